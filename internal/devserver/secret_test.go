package devserver

import (
	"net/url"
	"slices"
	"strings"
	"testing"
)

func TestNamesRoundTrip(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, Project{})
	for _, name := range []string{
		"lower", "with space", "a.b-c", "a/b", "100%", "q?x", "h#x", "a&b", "a+b", "a;b", "a:b", `a\b`, `"q"`, "a=b",
		"tab\there", "line\nbreak", "nul\x00", "ünï", "e\u0301", "\u00e9", "😀", "1st", "raw", "..", strings.Repeat("é", 100), strings.Repeat("😀", 50),
	} {
		escaped := url.PathEscape(name)
		if name == "raw" {
			// GET of a secret named raw is the raw list.
			w.want(w.create("/", escaped, "v"), 200, nil)
			w.want(w.get("/", escaped), 400, "failed to find bot key")
			w.want(w.do("DELETE", "/api/v3/secrets/"+escaped, w.at("/", nil)), 200, nil)
			continue
		}
		w.want(w.create("/", escaped, "v-"+name), 200, nil)
		if got := w.get("/", escaped); got.secret()["secretValueCiphertext"] != "v-"+name {
			t.Errorf("%q: %s", name, got.raw)
		}
		w.want(w.create("/", escaped, "again"), 400, "Secret already exist")
	}
	for _, name := range []string{strings.Repeat("é", 101), strings.Repeat("😀", 51)} {
		if r := w.create("/", url.PathEscape(name), "v"); r.status != 404 {
			t.Errorf("%d units: %d", len(name), r.status)
		}
	}
}

// TestTrimming: POST and GET trim the name in the URL, PATCH and DELETE do not.
func TestTrimming(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, Project{})
	w.want(w.create("/", "%20lead%09", "v"), 200, nil)
	w.want(w.create("/", "lead", "v"), 400, "Secret already exist")
	w.want(w.get("/", "lead%20"), 200, nil)
	w.want(w.do("PATCH", "/api/v3/secrets/%20lead", w.at("/", value("w"))), 400, "Secret not found: blind index  lead")
	w.want(w.do("DELETE", "/api/v3/secrets/%20lead", w.at("/", nil)), 400, "Secret not found: blind index  lead")
	w.want(w.do("PATCH", "/api/v3/secrets/lead", w.at("/", value("w"))), 200, nil)
	w.want(w.do("DELETE", "/api/v3/secrets/lead", w.at("/", nil)), 200, nil)

	w.want(w.create("/", "%20", "v"), 200, nil)
	w.want(w.get("/", "%20"), 200, nil)
	w.want(w.do("DELETE", "/api/v3/secrets/%20", w.at("/", nil)), 400, nil)
	w.want(w.do("DELETE", "/api/v3/secrets/batch", w.at("/", map[string]any{"secrets": []any{map[string]any{"secretName": ""}}})), 200, nil)
	w.want(w.get("/", "%20"), 400, "Secret not found")
}

func TestUpdate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, Project{Tags: []Tag{{Slug: "a"}, {Slug: "b"}}})
	tag := w.project.Tags[0].ID
	w.want(w.create("/", "A", "v"), 200, nil)
	w.want(w.create("/", "B", "v"), 200, nil)
	patch := func(name string, more map[string]any) reply {
		body := w.at("/", value("v2"))
		for k, v := range more {
			body[k] = v
		}
		return w.do("PATCH", "/api/v3/secrets/"+name, body)
	}
	comment := func(text string) map[string]any {
		return map[string]any{"secretCommentCiphertext": text, "secretCommentIV": text, "secretCommentTag": text}
	}
	if r := patch("A", comment("c")); r.secret()["secretCommentCiphertext"] != "c" || r.secret()["version"] != 2.0 {
		t.Errorf("comment: %s", r.raw)
	}
	if r := patch("A", nil); r.secret()["secretCommentCiphertext"] != "c" || r.secret()["version"] != 3.0 {
		t.Errorf("comment kept: %s", r.raw)
	}
	if r := patch("A", comment("")); r.secret()["secretCommentIV"] != "" {
		t.Errorf("comment cleared: %s", r.raw)
	}
	if r := patch("A", map[string]any{"secretCommentCiphertext": nil}); r.status != 403 {
		t.Errorf("null comment: %s", r.raw)
	}
	if r := patch("A", map[string]any{"skipMultilineEncoding": true, "metadata": map[string]any{"k": "v"}, "secretReminderRepeatDays": 30, "secretReminderNote": "n"}); r.secret()["skipMultilineEncoding"] != true || r.secret()["secretReminderNote"] != "n" {
		t.Errorf("others: %s", r.raw)
	}
	if r := patch("A", map[string]any{"secretReminderRepeatDays": nil, "secretReminderNote": nil}); r.secret()["secretReminderNote"] != nil || r.secret()["skipMultilineEncoding"] != true || r.secret()["metadata"] == nil {
		t.Errorf("reminder cleared, others kept: %s", r.raw)
	}
	for name, tc := range map[string]struct {
		more    map[string]any
		status  int
		message any
	}{
		"taken name":    {map[string]any{"secretName": "B"}, 400, "Secret already exist"},
		"own name":      {map[string]any{"secretName": "A"}, 400, "Secret already exist"},
		"empty name":    {map[string]any{"secretName": " "}, 400, "New secret name cannot be empty"},
		"unknown tag":   {map[string]any{"tags": []any{"4c273a82-6dba-4ebb-b112-c0418c3d654b"}}, 400, "Tag not found"},
		"tag by slug":   {map[string]any{"tags": []any{"a"}}, 500, "Something went wrong"},
		"personal":      {map[string]any{"type": "personal"}, 400, "Must be user to create personal secret"},
		"weird type":    {map[string]any{"type": "weird"}, 403, nil},
		"null skip":     {map[string]any{"skipMultilineEncoding": nil}, 403, nil},
		"0 days":        {map[string]any{"secretReminderRepeatDays": 0}, 403, nil},
		"missing place": {map[string]any{"secretPath": "/nope"}, 400, "Folder not found for the given environment slug & secret path"},
	} {
		before := w.Records(w.project.ID, "dev", "/")
		if r := patch("A", tc.more); r.status != tc.status || tc.message != nil && r.message() != tc.message {
			t.Errorf("%s: %d %s", name, r.status, r.raw)
		}
		if after := w.Records(w.project.ID, "dev", "/"); after[0].Version != before[0].Version || after[1].Version != before[1].Version {
			t.Errorf("%s: something was changed", name)
		}
	}

	w.want(patch("A", map[string]any{"tags": []any{tag}}), 200, nil)
	w.want(patch("A", nil), 200, nil)
	tagged := func() int {
		n := 0
		for _, s := range w.list("/", "").secrets() {
			n += len(s["tags"].([]any))
		}
		return n
	}
	if tagged() != 1 {
		t.Error("the tag must be kept when tags are left out")
	}
	w.want(patch("A", map[string]any{"tags": []any{}}), 200, nil)
	if tagged() != 0 {
		t.Error("an empty list must clear the tags")
	}

	old := w.get("/", "A").secret()
	w.want(patch("A", map[string]any{"secretName": "A2"}), 200, nil)
	renamed := w.get("/", "A2").secret()
	if renamed["id"] != old["id"] || renamed["secretKeyCiphertext"] != old["secretKeyCiphertext"] || w.get("/", "A").status != 400 {
		t.Errorf("renamed %v", renamed)
	}
	// Any version asked for is the oldest one.
	r := w.do("GET", "/api/v3/secrets/A2"+w.query("dev", "/", "&version=99"), nil)
	if r.secret()["version"] != 1.0 || r.secret()["secretValueCiphertext"] != "v" {
		t.Errorf("version=99: %s", r.raw)
	}
}

func TestPersonal(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, Project{})
	user := "someone"
	w.want(w.create("/", "A", "shared"), 200, nil)
	w.PutRecord(Record{WorkspaceID: w.project.ID, Environment: "dev", BlindIndex: "A", Type: "personal", UserID: &user})
	if r := w.list("/", ""); len(r.secrets()) != 1 {
		t.Errorf("a service token sees %s", r.raw)
	}
	r := w.do("GET", "/api/v3/secrets/A"+w.query("dev", "/", "&type=personal"), nil)
	if r.secret()["type"] != "shared" {
		t.Errorf("type=personal: %s", r.raw)
	}
	w.want(w.do("DELETE", "/api/v3/secrets/A", w.at("/", map[string]any{"type": "personal"})), 400, "Must be user to create personal secret")
	w.want(w.do("DELETE", "/api/v3/secrets/A", w.at("/", nil)), 200, nil)
	if left := w.Records(w.project.ID, "dev", "/"); len(left) != 0 {
		t.Errorf("the overrides must go along: %v", left)
	}
}

func TestProjectStates(t *testing.T) {
	t.Parallel()
	batch := func(w *world) map[string]any {
		return w.at("/", map[string]any{"secrets": []any{item("B", "v")}})
	}
	calls := func(w *world) []reply {
		return []reply{
			w.create("/", "A", "v"),
			w.do("PATCH", "/api/v3/secrets/A", w.at("/", value("v2"))),
			w.do("POST", "/api/v3/secrets/batch", batch(w)),
			w.do("PATCH", "/api/v3/secrets/batch", batch(w)),
			w.do("DELETE", "/api/v3/secrets/batch", w.at("/", map[string]any{"secrets": []any{map[string]any{"secretName": "B"}}})),
			w.do("DELETE", "/api/v3/secrets/A", w.at("/", nil)),
		}
	}
	t.Run("no blind index", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, Options{}, Project{NoBlindIndex: true})
		for _, r := range append(calls(w), w.get("/", "A")) {
			w.want(r, 400, "Blind index not found")
		}
		w.want(w.list("/", ""), 200, nil)
	})
	t.Run("upgrade running", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, Options{}, Project{})
		w.want(w.create("/", "OLD", "v"), 200, nil)
		w.SetUpgradeStatus(w.project.ID, "IN_PROGRESS")
		for _, r := range calls(w) {
			w.want(r, 400, "Project is currently being upgraded, and secrets cannot be written. Please try again")
		}
		w.want(w.get("/", "OLD"), 200, nil)
		w.SetUpgradeStatus(w.project.ID, "")
		for _, r := range calls(w) {
			w.want(r, 200, nil)
		}
	})
	t.Run("born version 3", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, Options{}, Project{Version: 3})
		for _, r := range append(calls(w), w.get("/", "A")) {
			w.want(r, 404, "Blind index for project with ID '"+w.project.ID+"' not found")
		}
		if r := w.list("/", ""); r.status != 200 || len(r.secrets()) != 0 {
			t.Errorf("%d %s", r.status, r.raw)
		}
	})
	t.Run("upgraded to version 3", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, Options{}, Project{})
		w.want(w.create("/", "STALE", "old"), 200, nil)
		w.UpgradeProject(w.project.ID)
		if r := w.get("/", "STALE"); r.secret()["secretValueCiphertext"] != "old" || len(w.list("/", "").secrets()) != 1 {
			t.Errorf("%s", r.raw)
		}
		for _, r := range calls(w) {
			w.want(r, 200, nil)
		}
	})
}

func TestWhatTheServerHolds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, Project{})
	id := w.project.ID
	if w.Records(id, "dev", "/a") != nil {
		t.Error("a missing folder must be nil")
	}
	put := w.PutRecord(Record{WorkspaceID: id, Environment: "dev", SecretPath: "/a", BlindIndex: "X"})
	twin := w.PutRecord(Record{WorkspaceID: id, Environment: "dev", SecretPath: "/a", BlindIndex: "X"})
	ids := []string{put.ID, twin.ID}
	slices.Sort(ids)
	got := w.Records(id, "dev", "/a")
	if len(got) != 2 || got[0].ID != ids[0] || got[0].SecretPath != "/a" || got[0].FolderID == "" || got[0].Version != 1 || got[0].Type != "shared" {
		t.Fatalf("%+v", got)
	}
	text := "changed"
	put.Value.Ciphertext, put.SecretPath = &text, "/b"
	w.PutRecord(put)
	if a, b := w.Records(id, "dev", "/a"), w.Records(id, "dev", "/b"); len(a) != 1 || len(b) != 1 || *b[0].Value.Ciphertext != text {
		t.Errorf("%v %v", a, b)
	}
	if !w.DeleteRecord(id, put.ID) || w.DeleteRecord(id, put.ID) {
		t.Error("DeleteRecord must say whether there was one")
	}
	w.DeleteFolder(id, "dev", "/a")
	if w.Records(id, "dev", "/a") != nil || w.Records(id, "dev", "/b") == nil {
		t.Error("DeleteFolder")
	}
}
