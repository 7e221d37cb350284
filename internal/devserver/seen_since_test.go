package devserver

import (
	"net/http"
	"net/netip"
	"strings"
	"testing"
)

// What servers of 29 May and 24 October 2024 did where nothing was recorded before
// (PROTOCOL section 22, PROTOCOL_V3 "Seen since").

// TestMoreThanTheDatabaseTakes passes validation and fails afterwards, with
// nothing written by that request.
func TestMoreThanTheDatabaseTakes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, Project{})
	w.want(w.create("/", "A", "v"), 200, nil)
	patch := func(more map[string]any) map[string]any {
		body := w.at("/", sealedBody("w"))
		for name, value := range more {
			body[name] = value
		}
		return body
	}
	for name, more := range map[string]map[string]any{
		"long note": {"secretReminderRepeatDays": 1, "secretReminderNote": strings.Repeat("n", 256)},
		"NUL":       {"secretReminderRepeatDays": 1, "secretReminderNote": "a\x00b"},
		"half days": {"secretReminderRepeatDays": 1.5},
		"metadata":  {"metadata": map[string]any{"a": "b\x00"}},
	} {
		r := w.do("PATCH", "/api/v3/secrets/A", patch(more))
		w.want(r, 500, somethingWrong)
		if held := w.Records(w.project.ID, "dev", "/"); held[0].Version != 1 {
			t.Errorf("%s: it was written", name)
		}
	}
	w.want(w.do("PATCH", "/api/v3/secrets/A", patch(map[string]any{"secretReminderRepeatDays": 1, "secretReminderNote": strings.Repeat("n", 255)})), 200, nil)
	w.want(w.do("POST", "/api/v3/secrets/B", patch(map[string]any{"metadata": map[string]any{"a": "b\x00"}})), 500, nil)
	raw := v3World(t)
	w.want(raw.raw("POST", "A", map[string]any{"secretValue": "v", "secretReminderRepeatDays": 1, "secretReminderNote": strings.Repeat("n", 256)}), 500, nil)

	one := item("A", "x")
	one["metadata"] = map[string]any{"dropped": "yes"}
	w.want(w.do("PATCH", "/api/v3/secrets/batch", w.at("/", map[string]any{"secrets": []any{one}})), 200, nil)
	if held := w.Records(w.project.ID, "dev", "/"); held[0].Metadata != nil {
		t.Errorf("a batch stored %v", held[0].Metadata)
	}
	w.CreateFolder(w.project.ID, "dev", "/app")
	w.want(w.do("PATCH", "/api/v1/folders/app", w.at("/", map[string]any{"name": strings.Repeat("n", 256)})), 500, nil)
	w.want(w.do("DELETE", "/api/v1/folders/app", w.at("/nope", nil)), 400, "Secret path not found")
	w.want(w.do("GET", "/api/v1/workspace/nope", nil), 500, somethingWrong)
}

// TestImportsSeenSince: rings, places between two, and ids.
func TestImportsSeenSince(t *testing.T) {
	t.Parallel()
	for _, era := range []Era{Era2024May, Era2024October, Era2024OctoberLate} {
		w := newWorld(t, Options{Era: era, RateLimit: 1000}, Project{})
		for _, path := range []string{"/a", "/b"} {
			w.CreateFolder(w.project.ID, "dev", path)
		}
		from := func(in, path string) reply {
			return w.do("POST", "/api/v1/secret-imports", w.at(in, map[string]any{"import": map[string]any{"environment": "dev", "path": path}}))
		}
		made := from("/a", "/b")
		w.want(made, 200, nil)
		id := made.body["secretImport"].(map[string]any)["id"].(string)
		w.want(from("/b", "/a"), 400, "Cyclic import not allowed")
		w.want(from("/a", "/a"), 200, nil)
		w.want(from("/b", "/b"), 200, nil)
		change := func(id, in string, to map[string]any) reply {
			return w.do("PATCH", "/api/v1/secret-imports/"+id, w.at(in, map[string]any{"import": to}))
		}
		w.want(change(id, "/a", map[string]any{"position": 1.5}), 500, nil)
		w.want(change("nonsense", "/a", map[string]any{"position": 1}), 500, nil)
		w.want(w.do("DELETE", "/api/v1/secret-imports/"+id, w.at("/b", nil)), 500, nil)
		w.want(w.do("DELETE", "/api/v1/secret-imports/"+id, w.at("/a", nil)), 200, nil)
	}
}

// TestHTTPSeenSince: other methods and bodies.
func TestHTTPSeenSince(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, Project{})
	list := "/api/v3/secrets" + w.query("dev", "/", "")
	r := w.do("HEAD", list, nil)
	w.want(r, 200, nil)
	if r.raw != "" {
		t.Errorf("HEAD has a body: %s", r.raw)
	}
	w.want(w.do("OPTIONS", list, nil), 400, "Invalid Preflight Request")
	w.want(w.do("POST", "/api/v3/secrets/A", "a=b", "Content-Type", "application/x-www-form-urlencoded"), 403, nil)
	w.want(w.do("POST", "/api/v3/secrets/A", `{"__proto__": {"a": 1}}`), 400, nil)
}

// TestLateOctober goes through the table of 24 October.
func TestLateOctober(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{Era: Era2024OctoberLate}, Project{Version: 3})
	w.CreateFolder(w.project.ID, "dev", "/app")
	value := map[string]any{"secretValue": "v"}
	at := func(path string, more map[string]any) map[string]any { return w.at(path, more) }
	const nowhere = "Folder with path '/x' in environment with slug 'dev' not found"
	one := []any{rawItemOf("A", "v")}
	const raw, batch = "/api/v3/secrets/raw/A", "/api/v3/secrets/batch/raw"
	for _, c := range []struct {
		method, address string
		body            map[string]any
		label           string
		message         string
	}{
		{"POST", raw, at("/x", value), "CreateSecret", nowhere},
		{"PATCH", raw, at("/x", value), "UpdateSecret", nowhere},
		{"DELETE", raw, at("/x", nil), "DeleteSecret", nowhere},
		{"POST", batch, at("/x", map[string]any{"secrets": one}), "CreateManySecret", nowhere},
		{"PATCH", batch, at("/x", map[string]any{"secrets": one}), "UpdateManySecret", nowhere},
		{"DELETE", batch, at("/x", map[string]any{"secrets": one}), "DeleteManySecret", nowhere},
		{"PATCH", raw, at("/", value), "NotFound", "Secret with name A not found"},
		{"DELETE", raw, at("/", nil), "NotFound", "Secret with name 'A' not found"},
		{"POST", raw, at("/", map[string]any{"secretValue": "v", "tagIds": []string{w.project.ID}}), "NotFound", "One or more tags not found"},
		{"DELETE", "/api/v1/folders/nope", at("/", nil), "NotFound", "Failed to delete folder with ID 'nope', not found"},
		{"PATCH", "/api/v1/folders/nope", at("/", map[string]any{"name": "n"}), "NotFound", "Failed to update folder with ID 'nope'"},
	} {
		r := w.do(c.method, c.address, c.body)
		if r.status != 404 || r.body["error"] != c.label || r.message() != c.message {
			t.Errorf("%s %s: %d %s", c.method, c.address, r.status, r.raw)
		}
	}
	who := w.identity(Identity{Role: RoleAdmin})
	w.want(who.do("POST", "/api/v1/secret-imports", at("/", map[string]any{"import": map[string]any{"environment": "nope", "path": "/"}})), 404, "The requested entity is not found")
	got := w.do("GET", raw+w.query("dev", "/x", ""), nil)
	if got.status != 404 || got.body["error"] != "GetSecretByName" || got.message() != nowhere {
		t.Errorf("%s", got.raw)
	}

	// Credentials.
	w.want(w.as("st.bad.bad").list("/", ""), 404, "Service token with ID 'bad' not found")
	id, expired := w.CreateServiceToken(ServiceToken{ProjectID: w.project.ID, ExpiresAt: now().Add(-1)})
	w.want(w.as(expired).list("/", ""), 403, "Service token has expired")
	w.want(w.as(expired).list("/", ""), 404, "Service token with ID '"+id+"' not found")
	plain := w.do("GET", "/api/v3/secrets"+w.query("dev", "/", ""), nil, "Authorization", "nonsense")
	if plain.status != 403 || plain.body["error"] != "TokenError" {
		t.Errorf("%s", plain.raw)
	}
	other := w.CreateProject(Project{Name: "other", Version: 3})
	for who, label := range map[*world]string{
		w:   "Service token not a part of the specified project with ID " + other.ID,
		who: "Identity is not a member of the specified project with ID '" + other.ID + "'",
	} {
		if r := who.do("GET", "/api/v1/workspace/"+other.ID, nil); r.status != 403 || r.body["error"] != label {
			t.Errorf("%s", r.raw)
		}
	}

	// The client secret is deleted when it was used up.
	clientID, secret := w.CreateIdentity(Identity{ProjectID: w.project.ID, SecretMaxUses: 1, SecretTrusted: []netip.Prefix{}})
	for _, want := range []any{nil, "Access denied due to client secret usage limit reached", "Invalid credentials"} {
		r := w.as("").do("POST", "/api/v1/auth/universal-auth/login", map[string]any{"clientId": clientID, "clientSecret": secret})
		if r.message() != want {
			t.Errorf("%s", r.raw)
		}
	}

	// An import that leads nowhere is left out, one to itself is shown once.
	for _, path := range []string{"/app", "/nowhere"} {
		w.want(w.do("POST", "/api/v1/secret-imports", at("/app", map[string]any{"import": map[string]any{"environment": "dev", "path": path}})), 200, nil)
	}
	w.PutRawRecord(RawRecord{WorkspaceID: w.project.ID, Environment: "dev", SecretPath: "/app", Name: "ONCE", Value: "v"})
	list := w.rawList("/app", "&include_imports=true")
	if imports, _ := list.body["imports"].([]any); len(imports) != 1 || strings.Count(list.raw, `"ONCE"`) != 2 {
		t.Errorf("%s", list.raw)
	}

	// Over the limit, and it says so.
	limited := newWorld(t, Options{Era: Era2024OctoberLate, RateLimit: 1}, Project{Version: 3})
	limited.rawList("/", "")
	if r := limited.rawList("/", ""); r.status != http.StatusTooManyRequests || r.body["error"] != "RateLimitExceeded" {
		t.Errorf("%s", r.raw)
	}
}
