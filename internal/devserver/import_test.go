package devserver

import (
	"fmt"
	"testing"
)

// importInto makes an import and returns its id.
func (w *world) importInto(path, environment, from string) string {
	w.t.Helper()
	r := w.do("POST", "/api/v1/secret-imports", w.at(path, map[string]any{
		"import": map[string]any{"environment": environment, "path": from},
	}))
	w.want(r, 200, nil)
	return r.body["secretImport"].(map[string]any)["id"].(string)
}

func (w *world) put(environment, path, name, text string) {
	w.PutRecord(Record{WorkspaceID: w.project.ID, Environment: environment, SecretPath: path, BlindIndex: name, Value: Field{Ciphertext: &text}})
}

func (w *world) getImported(path, name string) reply {
	w.t.Helper()
	return w.do("GET", "/api/v3/secrets/"+name+w.query("dev", path, "&include_imports=true"), nil)
}

func TestImportPrecedence(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, Project{})
	for _, folder := range []string{"/one", "/two", "/deep"} {
		for _, name := range []string{"A", "B", "C", "D"} {
			if folder == "/one" || folder == "/two" && name != "B" || folder == "/deep" {
				w.put("prod", folder, name, folder)
			}
		}
	}
	w.put("prod", "/deep", "E", "/deep")
	w.put("dev", "/", "A", "own")
	w.importInto("/", "prod", "/one")
	two := w.importInto("/", "prod", "/two")
	deep := w.do("POST", "/api/v1/secret-imports", map[string]any{
		"workspaceId": w.project.ID, "environment": "prod", "path": "/one", "import": map[string]any{"environment": "prod", "path": "/deep"},
	})
	w.want(deep, 200, nil)

	read := func() string {
		out := ""
		for _, name := range []string{"A", "B", "C", "E"} {
			out += fmt.Sprint(w.getImported("/", name).secret()["secretValueCiphertext"], " ")
		}
		return out
	}
	if got := read(); got != "own /one /two /deep " {
		t.Errorf("read %s", got)
	}
	if got := w.getImported("/", "C").secret(); got["environment"] != "prod" || got["workspace"] != w.project.ID {
		t.Errorf("%v", got)
	}
	w.want(w.do("PATCH", "/api/v3/secrets/B", w.at("/", value("v"))), 400, "Secret not found: blind index B")

	// The order of the list is the order of the positions.
	sources := func() (out string) {
		r := w.list("/", "&include_imports=true")
		w.want(r, 200, nil)
		for _, one := range r.body["imports"].([]any) {
			one := one.(map[string]any)
			out += fmt.Sprint(one["secretPath"], len(one["secrets"].([]any)), " ")
		}
		return out
	}
	if got := sources(); got != "/one9 /two3 " {
		t.Errorf("imports %s", got)
	}
	w.want(w.do("PATCH", "/api/v1/secret-imports/"+two, w.at("/", map[string]any{"import": map[string]any{"position": 1}})), 200, nil)
	if got := sources() + read(); got != "/two3 /one9 own /one /one /deep " {
		t.Errorf("after the move: %s", got)
	}
	w.want(w.do("DELETE", "/api/v1/secret-imports/"+two, w.at("/", nil)), 200, nil)
	r := w.do("GET", "/api/v1/secret-imports"+w.query("dev", "/", ""), nil)
	left := r.body["secretImports"].([]any)
	if len(left) != 1 || left[0].(map[string]any)["position"] != 1.0 {
		t.Errorf("%s", r.raw)
	}
	if r := w.list("/", "&include_imports=false"); r.body["imports"] != nil {
		t.Errorf("not asked for: %s", r.raw)
	}
}

// TestImportOfMissingPath: harmless alone, an exception beside a good one.
func TestImportOfMissingPath(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, Project{})
	w.put("prod", "/good", "A", "v")
	w.importInto("/", "prod", "/nope")
	if r := w.list("/", "&include_imports=true"); r.raw != `{"secrets":[],"imports":[]}` {
		t.Errorf("alone: %d %s", r.status, r.raw)
	}
	w.importInto("/", "prod", "/good")
	r := w.list("/", "&include_imports=true")
	w.want(r, 500, "Cannot read properties of undefined (reading '0')")
	if r.body["error"] != "Internal Server Error" {
		t.Errorf("%s", r.raw)
	}
	w.want(w.getImported("/", "A"), 500, nil)
	w.want(w.list("/", ""), 200, nil)
}

func TestImportsNothingIsChecked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, Project{})
	w.put("dev", "/", "A", "v")
	w.importInto("/", "dev", "/")
	w.importInto("/", "dev", "/")
	w.importInto("/", "prod", "/")
	// An import of itself ends after ten levels.
	r := w.list("/", "&include_imports=true")
	w.want(r, 200, nil)
	first := r.body["imports"].([]any)[0].(map[string]any)
	if n := len(first["secrets"].([]any)); n != maxImportDepth {
		t.Errorf("%d secrets, want one of each of %d levels", n, maxImportDepth)
	}
}

func TestImportRights(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, Project{})
	w.put("prod", "/", "P", "v")
	id := w.importInto("/", "prod", "/")
	devOnly := w.as(w.token(ServiceToken{Scopes: []Scope{{"dev", "/**"}}}))
	if r := devOnly.getImported("/", "P"); r.status != 200 {
		t.Errorf("a token for dev gets imported secrets of prod too: %s", r.raw)
	}
	body := func(environment string) map[string]any {
		return w.at("/", map[string]any{"import": map[string]any{"environment": environment, "path": "/"}})
	}
	w.want(devOnly.do("POST", "/api/v1/secret-imports", body("prod")), 401, "You are not allowed to create on secrets")
	w.want(w.do("POST", "/api/v1/secret-imports", body("nope")), 401, "You are not allowed to create on secrets")
	readOnly := w.as(w.token(ServiceToken{Permissions: []string{"read"}}))
	w.want(readOnly.do("DELETE", "/api/v1/secret-imports/"+id, w.at("/", nil)), 401, "You are not allowed to delete on secrets")
	w.want(w.do("PATCH", "/api/v1/secret-imports/5f1efa06-83ef-4dd8-850d-24bdfbd77c03", body("dev")), 400, "Secret import not found")
	w.want(w.do("DELETE", "/api/v1/secret-imports/5f1efa06-83ef-4dd8-850d-24bdfbd77c03", w.at("/", nil)), 400, "Secret import doc not found")
	w.want(w.do("POST", "/api/v1/secret-imports", w.at("/", nil)), 403, nil)
}
