package devserver

import (
	"strings"
	"testing"
)

func TestFolders(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, Project{})
	send := func(method, suffix, parent string, name any) reply {
		more := map[string]any{}
		if name != nil {
			more["name"] = name
		}
		return w.do(method, "/api/v1/folders"+suffix, w.at(parent, more))
	}
	folder := func(r reply) map[string]any {
		w.want(r, 200, nil)
		return r.body["folder"].(map[string]any)
	}
	names := func(path string) string {
		r := w.do("GET", "/api/v1/folders"+w.query("dev", path, ""), nil)
		w.want(r, 200, nil)
		seen := map[string]bool{}
		for _, f := range r.body["folders"].([]any) {
			seen[f.(map[string]any)["name"].(string)] = true
		}
		out := ""
		for _, n := range []string{"", "a", "b", "b2", "x", "x/y", "../x"} {
			if seen[n] {
				out += "[" + n + "]"
			}
		}
		return out
	}

	a := folder(send("POST", "", "/", " a "))
	if a["name"] != "a" || folder(send("POST", "", "/", "a"))["id"] != a["id"] {
		t.Errorf("trimmed and idempotent: %v", a)
	}
	root := folder(send("POST", "", "/", ""))
	if root["name"] != "root" || root["parentId"] != nil {
		t.Errorf("the empty name at / is the root: %v", root)
	}
	for _, odd := range []string{"x/y", "../x"} {
		if made := folder(send("POST", "", "/", odd)); made["name"] != odd {
			t.Errorf("%v", made)
		}
	}
	if r := w.list("/x/y", ""); r.raw != `{"secrets":[],"imports":[]}` {
		t.Errorf("no path may reach the folder named x/y: %s", r.raw)
	}
	folder(send("POST", "", "/a", ""))
	if r := w.list("/a//", ""); r.raw != `{"secrets":[],"imports":[]}` {
		t.Errorf("no path may reach the folder with no name: %s", r.raw)
	}
	if got := names("/") + names("/a"); got != "[a][x/y][../x][]" {
		t.Errorf("folders %s", got)
	}
	for _, bad := range []string{"x y", "x.y", "日本", "x%y", strings.Repeat("n", 300)} {
		w.want(send("POST", "", "/", bad), 500, "Something went wrong")
	}

	folder(send("POST", "", "/a", "b"))
	folder(send("POST", "", "/a", "b2"))
	w.want(send("PATCH", "/b", "/a", "b2"), 400, "Folder with specified name already exists")
	w.want(send("PATCH", "/b", "/", "q"), 400, "Folder not found")
	w.PutRecord(Record{WorkspaceID: w.project.ID, Environment: "dev", SecretPath: "/a/b", BlindIndex: "X"})
	if moved := folder(send("PATCH", "/b", "/a", "c")); moved["version"] != 2.0 {
		t.Errorf("%v", moved)
	}
	if r := w.list("/a/c", ""); len(r.secrets()) != 1 || r.secrets()[0]["secretPath"] != "/a/c" {
		t.Errorf("the secrets must move along: %s", r.raw)
	}
	w.want(send("DELETE", "/b2", "/", nil), 400, "Folder not found")
	w.want(send("DELETE", "/"+root["id"].(string), "/", nil), 400, "Folder not found")
	if r := w.do("DELETE", "/api/v1/folders/a", nil); r.status != 403 {
		t.Errorf("no body: %d", r.status)
	}
	folder(send("DELETE", "/"+a["id"].(string), "/", nil))
	if w.Records(w.project.ID, "dev", "/a/c") != nil {
		t.Error("a delete takes everything below")
	}
	r := send("DELETE", "/a", "/", nil)
	w.want(r, 400, "Folder not found")
	if r.body["error"] != "Delete folder" {
		t.Errorf("%s", r.raw)
	}
}

// TestFolderRights: reading asks for the project only, writing for the scope.
func TestFolderRights(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, Project{})
	w.CreateFolder(w.project.ID, "prod", "/hidden")
	narrow := w.as(w.token(ServiceToken{Scopes: []Scope{{"dev", "/a/*"}}, Permissions: []string{"write"}}))
	r := narrow.do("GET", "/api/v1/folders"+w.query("prod", "/", ""), nil)
	if r.status != 200 || len(r.body["folders"].([]any)) != 1 {
		t.Errorf("%d %s", r.status, r.raw)
	}
	w.want(narrow.do("POST", "/api/v1/folders", w.at("/", map[string]any{"name": "n"})), 401, "You are not allowed to create on secrets")
	w.want(narrow.do("PATCH", "/api/v1/folders/x", w.at("/", map[string]any{"name": "n"})), 401, "You are not allowed to edit on secrets")
	w.want(narrow.do("DELETE", "/api/v1/folders/x", w.at("/", nil)), 401, "You are not allowed to delete on secrets")
}
