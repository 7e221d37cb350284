package devserver

import (
	"strings"
	"testing"
	"time"
)

func TestAuthentication(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, Project{})
	id, bearer := w.CreateServiceToken(ServiceToken{ProjectID: w.project.ID, Permissions: []string{"read"}})
	doomed := w.CreateProject(Project{Name: "doomed"})
	orphan := w.token(ServiceToken{ProjectID: doomed.ID})
	w.DeleteProject(doomed.ID)
	for name, tc := range map[string]struct {
		header  string
		status  int
		message any
		label   any
	}{
		"good":             {"Bearer " + bearer, 200, nil, nil},
		"other scheme":     {"bearer " + bearer, 200, nil, nil},
		"with the key":     {"Bearer " + bearer + "." + strings.Repeat("ab", 16), 200, nil, nil},
		"none":             {"", 403, "Token missing", "Unauthorized access"},
		"empty":            {"Bearer ", 500, "jwt must be provided", "Internal Server Error"},
		"garbage":          {"Bearer garbage", 500, "jwt malformed", "Internal Server Error"},
		"jwt":              {"Bearer eyJhbGciOiJIUzI1NiJ9.e30.c2ln", 500, "invalid signature", "Internal Server Error"},
		"nothing after st": {"Bearer st.", 403, accessDenied, "UnauthorizedError"},
		"unknown":          {"Bearer st.7b0b1c1e-3a53-4a35-9d54-0d8c0c3a8a11.secret", 403, accessDenied, "UnauthorizedError"},
		"wrong secret":     {"Bearer st." + id + ".0123", 403, accessDenied, "UnauthorizedError"},
		"no secret":        {"Bearer st." + id, 500, "data and hash arguments required", "Internal Server Error"},
		"deleted project":  {"Bearer " + orphan, 403, accessDenied, "UnauthorizedError"},
	} {
		for _, path := range []string{"/api/v2/service-token", "/api/status"} {
			if path == "/api/status" && name == "none" {
				continue
			}
			r := w.as("").do("GET", path, nil, "Authorization", tc.header)
			if r.status != tc.status || tc.message != nil && (r.message() != tc.message || r.body["error"] != tc.label) {
				t.Errorf("%s %s: %d %s", name, path, r.status, r.raw)
			}
		}
	}
	w.want(w.as("").do("GET", "/api/status", nil), 200, "Ok")
	w.want(w.do("GET", "/api/v2/service-token", nil, "X-API-Key", "ak.x.y"), 403, accessDenied)
	w.RevokeServiceToken(id)
	w.want(w.as(bearer).do("GET", "/api/v2/service-token", nil), 403, accessDenied)
}

func TestExpiredToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, Project{})
	late := w.as(w.token(ServiceToken{ExpiresAt: time.Now().Add(time.Hour)}))
	if r := late.do("GET", "/api/v2/service-token", nil); r.status != 200 || r.body["expiresAt"] == nil {
		t.Errorf("%d %s", r.status, r.raw)
	}
	past := w.as(w.token(ServiceToken{ExpiresAt: time.Now().Add(-time.Second)}))
	w.want(past.list("/", ""), 403, "failed to authenticate expired service token")
	w.want(past.list("/", ""), 403, accessDenied)
}

func TestServiceTokenAndWorkspace(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, Project{Version: 2, UpgradeStatus: "FAILED", Environments: []Environment{{Name: "One", Slug: "one"}}})
	r := w.do("GET", "/api/v1/workspace/"+w.project.ID, nil)
	got, _ := r.body["workspace"].(map[string]any)
	if got["version"] != 2.0 || got["upgradeStatus"] != "FAILED" || len(got["environments"].([]any)) != 1 {
		t.Errorf("%s", r.raw)
	}
	other := w.CreateProject(Project{Name: "other"})
	w.want(w.do("GET", "/api/v1/workspace/"+other.ID, nil), 403, "Failed to find service authorization for given project")
	w.want(w.do("POST", "/api/v1/workspace/"+w.project.ID+"/tags", map[string]any{}), 403, accessDenied)
}

// TestScopeGlobs holds the table of PROTOCOL section 2, and the odd paths of
// section 3.
func TestScopeGlobs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, Project{})
	for _, folder := range []string{"/a/b/c", "/ab", "/b"} {
		w.CreateFolder(w.project.ID, "dev", folder)
	}
	paths := []string{"/", "/a", "/a/b", "/a/b/c", "/ab", "/b"}
	for glob, allowed := range map[string]string{
		"/":       "/",
		"/*":      "/a /ab /b",
		"/**":     "/ /a /a/b /a/b/c /ab /b",
		"/a/*":    "/a/b",
		"/a/**":   "/a /a/b /a/b/c",
		"/a":      "/a",
		"/a*":     "/a /ab",
		"/{a,b}":  "/a /b",
		"/a/*/c":  "/a/b/c",
		"/**/c":   "/a/b/c",
		"nothing": "",
	} {
		scoped := w.as(w.token(ServiceToken{Scopes: []Scope{{"dev", glob}}}))
		var got []string
		for _, path := range paths {
			switch r := scoped.list(path, ""); r.status {
			case 200:
				got = append(got, path)
			case 401:
				w.want(r, 401, "You are not allowed to read on secrets")
			default:
				t.Errorf("%s on %s: %d %s", path, glob, r.status, r.raw)
			}
		}
		if strings.Join(got, " ") != allowed {
			t.Errorf("%s allows %v, want %s", glob, got, allowed)
		}
	}
}

func TestListPaths(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, Project{})
	w.CreateFolder(w.project.ID, "dev", "/a/b")
	w.PutRecord(Record{WorkspaceID: w.project.ID, Environment: "dev", SecretPath: "/a/b", BlindIndex: "X"})
	const none, found, missing = `{"secrets":[]}`, "X", `{"secrets":[],"imports":[]}`
	for path, want := range map[string]any{
		"/": none, "//": none, "/a": none, "/a/b": found, "/a/b/": found, "/a//b": missing, "/nope": missing,
		"": 401, "a": 401, "/a/../b": 401, "/.a": 401, "/x%20y": 500, "/x.y": 500, "/%E6%97%A5": 500,
	} {
		r := w.list(path, "")
		switch want := want.(type) {
		case int:
			if r.status != want || want == 500 && (r.message() != "Something went wrong" || r.body["error"] != "Find by secret path") {
				t.Errorf("%q: %d %s", path, r.status, r.raw)
			}
		case string:
			ok := r.raw == want
			if want == found {
				ok = len(r.secrets()) == 1 && r.secrets()[0]["secretPath"] == "/a/b"
			}
			if r.status != 200 || !ok {
				t.Errorf("%q: %d %s, want %s", path, r.status, r.raw, want)
			}
		}
	}
	if r := w.list("/nope", "&recursive=true"); r.raw != `{"secrets":[]}` {
		t.Errorf("recursive on a missing folder: %s", r.raw)
	}
	r := w.list("/", "&recursive=1")
	if issues, _ := r.message().([]any); r.status != 403 || len(issues) != 1 ||
		issues[0].(map[string]any)["message"] != "Invalid enum value. Expected 'true' | 'false', received '1'" {
		t.Errorf("recursive=1: %d %s", r.status, r.raw)
	}
}

func TestRecursiveListShowsOnlyTheScopes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, Project{})
	for _, path := range []string{"/", "/a", "/b/c"} {
		w.PutRecord(Record{WorkspaceID: w.project.ID, Environment: "dev", SecretPath: path, BlindIndex: "X"})
	}
	if r := w.list("/", "&recursive=true"); len(r.secrets()) != 3 {
		t.Errorf("%s", r.raw)
	}
	r := w.as(w.token(ServiceToken{Scopes: []Scope{{"dev", "/a"}}})).list("/", "&recursive=true")
	if r.status != 200 || len(r.secrets()) != 1 || r.secrets()[0]["secretPath"] != "/a" {
		t.Errorf("%d %s", r.status, r.raw)
	}
}

func TestPermissions(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, Project{})
	calls := func(w *world) []reply {
		return []reply{
			w.create("/", "A", "v"),
			w.get("/", "A"),
			w.do("PATCH", "/api/v3/secrets/A", w.at("/", value("v"))),
			w.do("DELETE", "/api/v3/secrets/A", w.at("/", nil)),
		}
	}
	writer := calls(w.as(w.token(ServiceToken{Permissions: []string{"write"}})))
	w.want(writer[1], 401, "You are not allowed to read on secrets")
	for _, i := range []int{0, 2, 3} {
		w.want(writer[i], 200, nil)
	}
	reader := calls(w.as(w.token(ServiceToken{Permissions: []string{"read"}})))
	for i, action := range []string{"create", "", "edit", "delete"} {
		r := reader[i]
		if action == "" {
			w.want(r, 400, "Secret not found")
			continue
		}
		w.want(r, 401, "You are not allowed to "+action+" on secrets")
		if r.body["error"] != "PermissionDenied" {
			t.Errorf("%s", r.raw)
		}
	}
	elsewhere := w.do("POST", "/api/v3/secrets/A", map[string]any{
		"workspaceId": "no-uuid", "environment": "dev", "secretKeyCiphertext": "", "secretKeyIV": "", "secretKeyTag": "",
		"secretValueCiphertext": "", "secretValueIV": "", "secretValueTag": "",
	})
	w.want(elsewhere, 403, "Failed to find service authorization for given project")
}
