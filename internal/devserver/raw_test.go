package devserver

import (
	"strings"
	"testing"
)

const testKey = "0123456789abcdef0123456789abcdef"

func esWorld(t *testing.T, p Project) *world {
	t.Helper()
	w := newWorld(t, Options{}, p)
	w.HandOverKey(w.project.ID, testKey)
	return w
}

func (w *world) raw(method, escapedName string, more map[string]any) reply {
	w.t.Helper()
	return w.do(method, "/api/v3/secrets/raw/"+escapedName, w.at("/", more))
}

func (w *world) rawList(path, more string) reply {
	w.t.Helper()
	return w.do("GET", "/api/v3/secrets/raw"+w.query("dev", path, more), nil)
}

// TestRawNeedsTheKey: before it is handed over, and after it was taken back.
func TestRawNeedsTheKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, Project{})
	secret := map[string]any{"secretValue": "v"}
	w.want(w.rawList("/", ""), 400, "failed to find bot key")
	w.want(w.raw("POST", "A", secret), 400, "failed to find bot key")
	w.HandOverKey(w.project.ID, testKey)
	w.want(w.raw("POST", "A", secret), 200, nil)
	w.TakeBackKey(w.project.ID)
	w.want(w.rawList("/", ""), 400, "Bot is not active")
	for _, method := range []string{"POST", "PATCH", "DELETE"} {
		w.want(w.raw(method, "A", secret), 400, "Bot is not active")
	}
	if got := len(w.list("/", "").secrets()); got != 1 {
		t.Errorf("the E2EE list shows %d secrets", got)
	}
}

// TestRawAndE2EEShareTheirRows: each sees what the other wrote.
func TestRawAndE2EEShareTheirRows(t *testing.T) {
	t.Parallel()
	w := esWorld(t, Project{})
	w.want(w.raw("POST", "RAW", map[string]any{"secretValue": "plain", "secretComment": "why"}), 200, nil)
	bot := &bot{key: []byte(testKey)}
	stored := w.Records(w.project.ID, "dev", "/")[0]
	for want, field := range map[string]Field{"RAW": stored.Key, "plain": stored.Value, "why": stored.Comment} {
		if got, err := bot.open(field); got != want || err != nil {
			t.Errorf("%q was stored as %q: %v", want, got, err)
		}
	}
	body := w.at("/", nil)
	for name, text := range map[string]string{"secretKey": "SEALED", "secretValue": "by a client"} {
		sealed := bot.seal(text)
		body[name+"Ciphertext"], body[name+"IV"], body[name+"Tag"] = *sealed.Ciphertext, *sealed.IV, *sealed.Tag
	}
	w.want(w.do("POST", "/api/v3/secrets/SEALED", body), 200, nil)
	got := w.do("GET", "/api/v3/secrets/raw/SEALED"+w.query("dev", "/", ""), nil).secret()
	if got["secretKey"] != "SEALED" || got["secretValue"] != "by a client" || got["secretComment"] != "" {
		t.Errorf("%v", got)
	}
	// A row under another key blinds the whole raw list.
	w.create("/", "FOREIGN", "xxxx")
	w.want(w.rawList("/", ""), 500, nil)
}

func TestRawValuesAreTrimmed(t *testing.T) {
	t.Parallel()
	w := esWorld(t, Project{})
	for sent, want := range map[string]string{
		" a ": "a", "a\n": "a\n", "a \n\n": "a\n", "\ta b\r\n": "a b\n", "\u00a0a\ufeff": "a", "": "",
	} {
		w.raw("DELETE", "A", nil)
		w.want(w.raw("POST", "A", map[string]any{"secretValue": sent}), 200, nil)
		if got := w.rawList("/", "").secrets()[0]["secretValue"]; got != want {
			t.Errorf("%q was created as %q, want %q", sent, got, want)
		}
		got := w.raw("PATCH", "A", map[string]any{"secretValue": sent, "newSecretName": "B", "secretComment": "c"}).secret()
		if got["secretValue"] != want || got["secretKey"] != "A" || got["secretComment"] != "" {
			t.Errorf("%q was updated to %v", sent, got)
		}
	}
}

// TestRawOfVersion3: without a blind index, and unseen by the E2EE endpoints.
func TestRawOfVersion3(t *testing.T) {
	t.Parallel()
	w := esWorld(t, Project{Version: 3})
	w.want(w.raw("POST", "A", map[string]any{"secretValue": "v"}), 200, nil)
	w.want(w.raw("PATCH", "A", map[string]any{"secretValue": "w"}), 200, nil)
	if got := w.rawList("/", "").secrets(); len(got) != 1 || got[0]["secretValue"] != "w" {
		t.Errorf("%v", got)
	}
	if got := w.list("/", "").secrets(); len(got) != 0 {
		t.Errorf("the E2EE list shows %v", got)
	}
	w.want(w.raw("DELETE", "A", nil), 200, nil)
}

func TestRawRights(t *testing.T) {
	t.Parallel()
	w := esWorld(t, Project{})
	reader := w.as(w.token(ServiceToken{Permissions: []string{"read"}}))
	w.want(w.raw("POST", "A", map[string]any{"secretValue": "v"}), 200, nil)
	w.want(reader.rawList("/", ""), 200, nil)
	w.want(reader.raw("POST", "B", map[string]any{"secretValue": "v"}), 401, "You are not allowed to create on secrets")
	w.want(reader.raw("PATCH", "A", map[string]any{"secretValue": "v"}), 401, "You are not allowed to edit on secrets")
	w.want(reader.raw("DELETE", "A", nil), 401, "You are not allowed to delete on secrets")
	w.want(w.raw("PATCH", "NOPE", map[string]any{"secretValue": "v"}), 400, "Secret not found: blind index NOPE")
	w.want(w.raw("POST", "A", map[string]any{"secretValue": "v", "type": "personal"}), 400, "Must be user to create personal secret")
}

func TestRawImports(t *testing.T) {
	t.Parallel()
	w := esWorld(t, Project{})
	w.CreateFolder(w.project.ID, "dev", "/source")
	w.want(w.do("POST", "/api/v3/secrets/raw/I", w.at("/source", map[string]any{"secretValue": "imported"})), 200, nil)
	w.want(w.do("POST", "/api/v1/secret-imports", w.at("/", map[string]any{"import": map[string]any{"environment": "dev", "path": "/source"}})), 200, nil)
	if got := w.rawList("/", "&include_imports=true"); !strings.Contains(got.raw, `"secretValue":"imported"`) {
		t.Errorf("%s", got.raw)
	}
	if got := w.rawList("/", ""); !strings.Contains(got.raw, `"imports":[]`) || strings.Contains(got.raw, "imported") {
		t.Errorf("%s", got.raw)
	}
	found := w.do("GET", "/api/v3/secrets/raw/I"+w.query("dev", "/", "&include_imports=true"), nil)
	if found.secret()["secretValue"] != "imported" {
		t.Errorf("%s", found.raw)
	}
	w.want(w.do("GET", "/api/v3/secrets/raw/I"+w.query("dev", "/", ""), nil), 400, "Secret not found")
}
