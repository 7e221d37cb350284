package devserver

import (
	"maps"
	"net/url"
	"strings"
	"testing"
)

func v4World(t *testing.T, o Options) *world {
	t.Helper()
	o.Era, o.RateLimit = Era2026July, 1000
	return newWorld(t, o, Project{Version: 3, Tags: []Tag{{Slug: "red", Name: "Red"}}})
}

// v4 asks the endpoints of /api/v4/secrets for what is in a folder of dev.
func (w *world) v4(method, address, path string, more map[string]any) reply {
	w.t.Helper()
	asked := map[string]any{"projectId": w.project.ID, "environment": "dev", "secretPath": path}
	maps.Copy(asked, more)
	if method != "GET" {
		return w.do(method, "/api/v4/secrets"+address, asked)
	}
	query := url.Values{}
	for name, value := range asked {
		query.Set(name, value.(string))
	}
	return w.do(method, "/api/v4/secrets"+address+"?"+query.Encode(), nil)
}

func TestV4(t *testing.T) {
	t.Parallel()
	w := v4World(t, Options{})
	made := w.v4("POST", "/A", "/", map[string]any{"secretValue": " v ", "secretComment": "c", "secretReminderRepeatDays": 3, "secretReminderNote": "n"})
	w.want(made, 200, nil)
	if s := made.secret(); s["secretValue"] != "v" || s["workspace"] != w.project.ID || s["secretValueHidden"] != nil || s["secretReminderNote"] != nil {
		t.Errorf("a create answers %s", made.raw)
	}
	listed := w.v4("GET", "", "/", nil)
	w.want(listed, 200, nil)
	if list := listed.secrets(); len(list) != 1 || list[0]["secretPath"] != "/" || list[0]["secretReminderNote"] != "n" || list[0]["secretReminderRepeatDays"] != 3.0 || listed.body["imports"] == nil {
		t.Errorf("a list answers %s", listed.raw)
	}
	w.want(w.v4("POST", "/A", "/", map[string]any{"secretValue": "v"}), 400, "Secret 'A' already exists in path '/' of environment 'dev'")
	w.want(w.v4("PATCH", "/A", "/", map[string]any{"secretValue": "w", "newSecretName": "B", "secretReminderRepeatDays": nil}), 200, nil)
	if got := w.v4("GET", "/B", "/", nil).secret(); got["secretValue"] != "w" || got["secretReminderNote"] != "n" {
		t.Errorf("a read answers %v", got)
	}
	batch := func(method string, names ...string) reply {
		var items []map[string]any
		for _, name := range names {
			items = append(items, map[string]any{"secretKey": name, "secretValue": "x"})
		}
		return w.v4(method, "/batch", "/", map[string]any{"secrets": items})
	}
	w.want(batch("POST", "C", "D"), 200, nil)
	w.want(batch("POST", "C"), 400, "Secret already exists: C")
	w.want(batch("PATCH", "C", "D"), 200, nil)
	w.want(batch("PATCH", "C", "E"), 404, "Secret does not exist: E in path /")
	w.want(batch("DELETE", "C", "E"), 404, "One or more secrets does not exist: C")
	w.want(batch("DELETE", "C", "D"), 200, nil)
	w.want(w.v4("DELETE", "/B", "/", nil), 200, nil)
	w.want(w.v4("DELETE", "/B", "/", nil), 404, "Secret not found")
	w.want(w.v4("PATCH", "/B", "/", map[string]any{"secretValue": "w"}), 404, "Secret with name B not found")
}

// TestV4Refusals: what does not exist is 404, whatever it is.
func TestV4Refusals(t *testing.T) {
	t.Parallel()
	w := v4World(t, Options{})
	const list = " was not found. Please ensure the environment slug and secret path is correct."
	r := w.v4("GET", "", "/nope", nil)
	w.want(r, 404, "Folder with path '/nope' in environment 'dev'"+list)
	if r.body["error"] != "SecretPathNotFound" || r.body["reqId"] == nil {
		t.Errorf("%s", r.raw)
	}
	w.want(w.v4("POST", "/A", "/nope", map[string]any{"secretValue": "v"}), 404, "Folder with path '/nope' in environment with slug 'dev' not found")
	w.want(w.v4("GET", "", "/", map[string]any{"environment": "nope"}), 403, nil)
	w.want(w.do("GET", "/api/v1/folders?workspaceId="+w.project.ID+"&environment=nope", nil), 404, "Environment with slug 'nope' not found")
	w.want(w.do("DELETE", "/api/v1/folders/nope", w.at("/", nil)), 404, "Target folder not found")
	for _, name := range []string{"a:b", "a%2Fb"} {
		r := w.v4("POST", "/"+name, "/", map[string]any{"secretValue": "v"})
		w.want(r, 422, nil)
		if r.body["error"] != "ValidationFailure" {
			t.Errorf("%s", r.raw)
		}
	}
	w.want(w.do("GET", "/api/v4/secrets?workspaceId="+w.project.ID+"&environment=dev", nil), 400, nil)

	missing := w.do("GET", "/api/v4/secret", nil)
	w.want(missing, 404, "Route GET:/api/v4/secret not found")
	if missing.body["reqId"] != nil || missing.body["error"] != "Not Found" {
		t.Errorf("%s", missing.raw)
	}
}

// TestV4ListsTheScope: of a token that has but one, whatever was asked for.
func TestV4ListsTheScope(t *testing.T) {
	t.Parallel()
	w := v4World(t, Options{})
	w.PutRawRecord(RawRecord{WorkspaceID: w.project.ID, Environment: "dev", SecretPath: "/app", Name: "A", Value: "v"})
	one := w.as(w.token(ServiceToken{Scopes: []Scope{{"dev", "/app"}}}))
	if list := one.v4("GET", "", "/", nil).secrets(); len(list) != 1 || list[0]["secretPath"] != "/app" {
		t.Errorf("%v", list)
	}
	two := w.as(w.token(ServiceToken{Scopes: []Scope{{"dev", "/app"}, {"prod", "/"}}}))
	w.want(two.v4("GET", "", "/", nil), 403, nil)
}

// TestEndpointsOf2026: none of end-to-end encryption, and v3 may be gone as a
// whole.
func TestEndpointsOf2026(t *testing.T) {
	t.Parallel()
	for address, status := range map[string]int{"/api/v3/secrets": 404, "/api/v3/secrets/A": 404, "/api/v3/secrets/raw": 200} {
		w := v4World(t, Options{})
		w.want(w.do("GET", address+w.query("dev", "/", ""), nil), status, nil)
		w = v4World(t, Options{WithoutV3: true})
		r := w.do("GET", address+w.query("dev", "/", ""), nil)
		w.want(r, 404, nil)
		if text, _ := r.message().(string); !strings.HasPrefix(text, "Route GET:") {
			t.Errorf("%s: %s", address, r.raw)
		}
	}
	october := newWorld(t, Options{Era: Era2024October}, Project{Version: 3})
	if text, _ := october.v4("GET", "", "/", nil).message().(string); !strings.HasPrefix(text, "Route GET:/api/v4/secrets") {
		t.Errorf("October 2024 answers %q", text)
	}
}
