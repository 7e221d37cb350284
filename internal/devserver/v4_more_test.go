package devserver

import (
	"encoding/json"
	"net/url"
	"testing"
	"time"
)

// listed is a list of dev's root, by name.
func (w *world) listedV4(query map[string]any) map[string]map[string]any {
	w.t.Helper()
	r := w.v4("GET", "", "/", query)
	w.want(r, 200, nil)
	out := map[string]map[string]any{}
	for _, s := range r.secrets() {
		out[s["secretKey"].(string)] = s
	}
	return out
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if g, w := string(encode(got)), string(encode(want)); g != w {
		t.Errorf("%s: %s, want %s", what, g, w)
	}
}

func entry(key, value string, encrypted bool) map[string]any {
	return map[string]any{"isEncrypted": encrypted, "key": key, "value": value}
}

// TestSecretMetadata: taken by every write, shown by every read, replaced as a
// whole, and filtered by what is not encrypted.
func TestSecretMetadata(t *testing.T) {
	t.Parallel()
	w := v4World(t, Options{})
	with := func(entries ...any) map[string]any {
		return map[string]any{"secretValue": "v", "secretMetadata": append([]any{}, entries...)}
	}
	w.want(w.v4("POST", "/A", "/", with(map[string]any{"key": " team ", "value": " a "}, entry("key", "hidden", true))), 200, nil)
	w.want(w.v4("POST", "/B", "/", with()), 200, nil)
	w.want(w.v4("POST", "/C", "/", with(map[string]any{"value": "a"})), 422, nil)
	w.want(w.v4("POST", "/C", "/", with(entry(" ", "a", false))), 422, nil)
	w.want(w.v4("POST", "/batch", "/", map[string]any{"secrets": []any{
		map[string]any{"secretKey": "D", "secretValue": "v", "secretMetadata": []any{entry("team", "a", false), entry("tier", "1", false)}},
	}}), 200, nil)

	full := []any{entry("team", "a", false), entry("key", "hidden", true)}
	list := w.listedV4(nil)
	same(t, "listed", list["A"]["secretMetadata"], full)
	same(t, "none", list["B"]["secretMetadata"], []any{})
	same(t, "by name", w.v4("GET", "/A", "/", nil).secret()["secretMetadata"], full)
	same(t, "by id", w.identity(Identity{}).do("GET", "/api/v4/secrets/id/"+list["A"]["id"].(string), nil).secret()["secretMetadata"], full)
	same(t, "over v3", w.rawList("/", "").secrets()[0]["secretMetadata"], full)

	for filter, want := range map[string][]string{
		"key=team,value=a":                  {"A", "D"},
		"key=team,value=a|key=tier,value=1": {"D"},
		"key=key,value=hidden":              {},
		"value=1, key=tier":                 {"D"},
		"nonsense":                          {"A", "B", "D"},
		"key=team":                          {"A", "B", "D"},
		"":                                  {"A", "B", "D"},
		"key=team,value=a|key=tier,value=2": {},
		"KEY=team,Value=a|key=tier,value=1|nonsense": {"D"},
	} {
		got := []string{}
		for _, s := range w.v4("GET", "", "/", map[string]any{"metadataFilter": filter}).secrets() {
			got = append(got, s["secretKey"].(string))
		}
		same(t, filter, got, want)
	}
	many := "key=a,value=b"
	for range 10 {
		many += "|key=a,value=b"
	}
	w.want(w.v4("GET", "", "/", map[string]any{"metadataFilter": many}), 422, nil)

	w.want(w.v4("PATCH", "/A", "/", map[string]any{"secretComment": "c"}), 200, nil)
	same(t, "kept", w.listedV4(nil)["A"]["secretMetadata"], full)
	w.want(w.v4("PATCH", "/A", "/", with(entry("team", "b", false))), 200, nil)
	same(t, "replaced", w.listedV4(nil)["A"]["secretMetadata"], []any{entry("team", "b", false)})
	w.want(w.v4("PATCH", "/batch", "/", map[string]any{"secrets": []any{map[string]any{"secretKey": "A", "secretMetadata": []any{}}}}), 200, nil)
	same(t, "cleared", w.listedV4(nil)["A"]["secretMetadata"], []any{})
}

// TestCreateWithEverything: tags and a reminder in one request.
func TestCreateWithEverything(t *testing.T) {
	t.Parallel()
	w := v4World(t, Options{})
	tag := w.project.Tags[0].ID
	w.want(w.v4("POST", "/A", "/", map[string]any{
		"secretValue": "v", "tagIds": []string{tag}, "secretReminderRepeatDays": 7, "secretReminderNote": "n", "skipMultilineEncoding": nil,
	}), 200, nil)
	w.want(w.v4("POST", "/B", "/", map[string]any{"secretValue": "v", "secretReminderNote": "n"}), 200, nil)
	list := w.listedV4(nil)
	a := list["A"]
	if a["secretReminderRepeatDays"] != 7.0 || a["secretReminderNote"] != "n" || a["skipMultilineEncoding"] != nil || a["tags"].([]any)[0].(map[string]any)["slug"] != "red" {
		t.Errorf("%v", a)
	}
	if list["B"]["secretReminderNote"] != nil {
		t.Error("a note without days is a reminder")
	}
	if got := w.listedV4(map[string]any{"tagSlugs": " red ,blue"}); len(got) != 1 || got["A"] == nil {
		t.Errorf("by tag %d secrets", len(got))
	}
	long := make([]byte, longestNote+1)
	for i := range long {
		long[i] = 'n'
	}
	w.want(w.v4("POST", "/C", "/", map[string]any{"secretValue": "v", "secretReminderNote": string(long)}), 422, nil)
	// Nothing takes a reminder away, and its own endpoints are for users alone.
	w.want(w.v4("PATCH", "/A", "/", map[string]any{"secretReminderRepeatDays": 0, "secretReminderNote": nil}), 200, nil)
	for _, method := range []string{"GET", "POST", "DELETE"} {
		for _, who := range []*world{w, w.identity(Identity{})} {
			w.want(who.do(method, "/api/v1/reminders/secrets/"+a["id"].(string), nil), 403, nil)
		}
	}
	if w.listedV4(nil)["A"]["secretReminderRepeatDays"] != 7.0 {
		t.Error("the reminder is gone")
	}
}

// TestFoldersV2: the guard of a delete, ids, paths, and what is there already.
func TestFoldersV2(t *testing.T) {
	t.Parallel()
	w := v4World(t, Options{})
	v2 := func(method, address string, more map[string]any) reply {
		body := map[string]any{"projectId": w.project.ID, "environment": "dev", "path": "/"}
		for name, value := range more {
			body[name] = value
		}
		if method != "GET" {
			return w.do(method, "/api/v2/folders"+address, body)
		}
		query := url.Values{}
		for name, value := range body {
			query.Set(name, value.(string))
		}
		return w.do(method, "/api/v2/folders?"+query.Encode(), nil)
	}
	folder := func(r reply) map[string]any {
		w.want(r, 200, nil)
		return r.body["folder"].(map[string]any)
	}
	app := folder(v2("POST", "", map[string]any{"name": "app"}))
	if app["path"] != "/app" {
		t.Errorf("%v", app)
	}
	w.want(v2("POST", "", map[string]any{"name": "app"}), 400, "Folder with name 'app' already exists in path '/'")
	w.want(w.do("POST", "/api/v1/folders", w.at("/", map[string]any{"name": "app"})), 400, "Folder with name 'app' already exists in path '/'")
	w.want(v2("POST", "", map[string]any{"name": "no way"}), 422, nil)
	deep := folder(v2("POST", "", map[string]any{"name": "deep", "path": "app/more"})) // missing parents, and the slash
	if deep["path"] != "/app/more/deep" {
		t.Errorf("%v", deep)
	}
	for _, address := range []string{"/api/v1/folders/", "/api/v2/folders/"} {
		got := folder(w.do("GET", address+deep["id"].(string), nil))
		if got["path"] != "/app/more/deep" || got["projectId"] != w.project.ID || got["environment"].(map[string]any)["envSlug"] != "dev" {
			t.Errorf("%v", got)
		}
		w.want(w.do("GET", address+w.project.ID, nil), 404, "Folder with ID '"+w.project.ID+"' not found")
	}
	list := func(more map[string]any) int {
		r := v2("GET", "", more)
		w.want(r, 200, nil)
		return len(r.body["folders"].([]any))
	}
	if direct, all, nowhere := list(nil), list(map[string]any{"recursive": "true"}), list(map[string]any{"path": "/nope"}); direct != 1 || all != 3 || nowhere != 0 {
		t.Errorf("%d, %d and %d folders", direct, all, nowhere)
	}
	w.want(v2("GET", "", map[string]any{"environment": "nope"}), 404, "Environment with slug 'nope' not found")

	w.want(v2("DELETE", "/app", nil), 400, `Cannot delete folder "app" because it contains resources. Use forceDelete=true to delete it forcefully.`)
	w.PutRawRecord(RawRecord{WorkspaceID: w.project.ID, Environment: "dev", SecretPath: "/app/more/deep", Name: "A"})
	w.want(v2("DELETE", "/"+deep["id"].(string), map[string]any{"path": "/app/more"}), 400, nil)
	w.want(v2("DELETE", "/nope", nil), 404, "Target folder not found")
	w.want(v2("DELETE", "/more", map[string]any{"path": "/app", "forceDelete": true}), 200, nil)
	w.want(v2("DELETE", "/"+app["id"].(string), nil), 200, nil)
	w.CreateFolder(w.project.ID, "dev", "/old/below") // the first version asks nothing
	w.want(w.do("DELETE", "/api/v1/folders/old", w.at("/", nil)), 200, nil)

	renamed := folder(v2("POST", "", map[string]any{"name": "one"}))
	if got := folder(v2("PATCH", "/"+renamed["id"].(string), map[string]any{"name": "two"})); got["path"] != "/two" || got["version"] != 2.0 {
		t.Errorf("%v", got)
	}
	w.CreateFolder(w.project.ID, "dev", "/three")
	w.want(v2("PATCH", "/two", map[string]any{"name": "three"}), 400, "Folder with specified name already exists")
}

// TestFolderUnderPolicy: who has one deleted.
func TestFolderUnderPolicy(t *testing.T) {
	t.Parallel()
	w := v4World(t, Options{})
	w.PutRawRecord(RawRecord{WorkspaceID: w.project.ID, Environment: "dev", SecretPath: "/app", Name: "A"})
	w.HoldForApproval(w.project.ID, "dev", true)
	r := w.do("DELETE", "/api/v1/folders/app", w.at("/", nil))
	w.want(r, 400, nil)
	if r.body["error"] != "DeleteFolderProtectedByPolicy" {
		t.Errorf("%s", r.raw)
	}
	w.want(w.identity(Identity{}).do("DELETE", "/api/v1/folders/app", w.at("/", nil)), 200, nil)
}

// TestImportsV2: the field of the project, and one by its id.
func TestImportsV2(t *testing.T) {
	t.Parallel()
	w := v4World(t, Options{})
	w.CreateFolder(w.project.ID, "dev", "/source")
	r := w.do("POST", "/api/v2/secret-imports", map[string]any{
		"projectId": w.project.ID, "environment": "dev", "path": "/", "import": map[string]any{"environment": "dev", "path": "/source"},
	})
	w.want(r, 200, nil)
	id := r.body["secretImport"].(map[string]any)["id"].(string)
	for _, address := range []string{"/api/v1/secret-imports/", "/api/v2/secret-imports/"} {
		got := w.do("GET", address+id, nil)
		w.want(got, 200, nil)
		var one struct {
			SecretImport struct {
				ProjectID, SecretPath, ImportPath string
				Environment                       struct{ Slug string }
			}
		}
		if json.Unmarshal([]byte(got.raw), &one) != nil || one.SecretImport.ProjectID != w.project.ID || one.SecretImport.SecretPath != "/" || one.SecretImport.ImportPath != "/source" || one.SecretImport.Environment.Slug != "dev" {
			t.Errorf("%s", got.raw)
		}
		w.want(w.do("GET", address+w.project.ID, nil), 404, nil)
	}
	listed := w.do("GET", "/api/v2/secret-imports?projectId="+w.project.ID+"&environment=dev&path=/", nil)
	if len(listed.body["secretImports"].([]any)) != 1 {
		t.Errorf("%s", listed.raw)
	}
}

// TestByID: secrets and projects, whatever project they are in.
func TestByID(t *testing.T) {
	t.Parallel()
	w := v4World(t, Options{})
	put := w.PutRawRecord(RawRecord{WorkspaceID: w.project.ID, Environment: "dev", SecretPath: "/app", Name: "A", Value: "${B}"})
	who := w.identity(Identity{})
	for _, address := range []string{"/api/v3/secrets/raw/id/", "/api/v4/secrets/id/"} {
		r := who.do("GET", address+put.ID, nil)
		w.want(r, 200, nil)
		if s := r.secret(); s["secretPath"] != "/app" || s["environment"] != "dev" || s["workspace"] != w.project.ID || s["secretValue"] != "${B}" {
			t.Errorf("%s", r.raw)
		}
		w.want(who.do("GET", address+w.project.ID, nil), 404, "Secret with ID '"+w.project.ID+"' not found")
		w.want(w.do("GET", address+put.ID, nil), 403, nil)
		elsewhere := w.identity(Identity{ProjectID: w.CreateProject(Project{Name: "other", Version: 3}).ID})
		w.want(elsewhere.do("GET", address+put.ID, nil), 403, nil)
	}
	project := w.do("GET", "/api/v1/projects/"+w.project.ID, nil).body["project"].(map[string]any)
	if project["id"] != w.project.ID || project["version"] != 3.0 || len(project["environments"].([]any)) != 3 {
		t.Errorf("%v", project)
	}
}

// TestLockout: three wrong secrets, and not even the right one is taken.
func TestLockout(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{Era: Era2026July})
	w := worldOn(t, s, Project{Version: 3})
	login := func(id, secret string) reply {
		return w.as("").do("POST", "/api/v1/auth/universal-auth/login", map[string]any{"clientId": id, "clientSecret": secret})
	}
	id, secret := s.CreateIdentity(Identity{ProjectID: w.project.ID})
	for range 2 {
		w.want(login(id, "wrong"), 401, "Invalid credentials")
	}
	w.want(login(id, secret), 200, nil) // which forgets the wrong ones
	for range 3 {
		w.want(login(id, "wrong"), 401, "Invalid credentials")
	}
	w.want(login(id, secret), 401, "This identity auth method is temporarily locked, please try again later")
	s.ClearLockout(id)
	w.want(login(id, secret), 200, nil)

	id, secret = s.CreateIdentity(Identity{ProjectID: w.project.ID, Lockout: Lockout{After: 1, For: time.Nanosecond}})
	w.want(login(id, "wrong"), 401, nil)
	w.want(login(id, secret), 200, nil)
	id, secret = s.CreateIdentity(Identity{ProjectID: w.project.ID, Lockout: Lockout{Off: true}})
	for range 5 {
		w.want(login(id, "wrong"), 401, "Invalid credentials")
	}
	w.want(login(id, secret), 200, nil)
}

// TestManagedSecrets: honey tokens, which no list marks, and rotated secrets.
func TestManagedSecrets(t *testing.T) {
	t.Parallel()
	w := v4World(t, Options{})
	for name, r := range map[string]RawRecord{"honey token": {Name: "HONEY", HoneyToken: true}, "rotated": {Name: "ROTATED", Rotated: true}} {
		r.WorkspaceID, r.Environment, r.Value = w.project.ID, "dev", "old"
		w.PutRawRecord(r)
		if got := w.listedV4(nil)[r.Name]; got["isRotatedSecret"] != r.Rotated || got["isHoneyTokenSecret"] != nil {
			t.Errorf("%s: listed as %v", name, got)
		}
		refused := map[string]string{"honey token": "Cannot update honey token secret name or value", "rotated": "Cannot update rotated secret name or value"}[name]
		w.want(w.v4("PATCH", "/"+r.Name, "/", map[string]any{"secretValue": "new"}), 400, refused)
		w.want(w.v4("PATCH", "/"+r.Name, "/", map[string]any{"newSecretName": "X"}), 400, refused)
		w.want(w.v4("PATCH", "/"+r.Name, "/", map[string]any{"secretComment": "fine"}), 200, nil)
		batch := w.v4("PATCH", "/batch", "/", map[string]any{"secrets": []any{map[string]any{"secretKey": r.Name, "secretValue": "new", "newSecretName": "X", "secretComment": "batch"}}})
		w.want(batch, 200, nil)
		if got := batch.secrets()[0]; got["secretValue"] != "old" || got["secretKey"] != r.Name || got["secretComment"] != "batch" {
			t.Errorf("%s: %v", name, got)
		}
		w.want(w.v4("DELETE", "/"+r.Name, "/", nil), 400, map[string]string{"honey token": "Cannot delete honey token secrets", "rotated": "Cannot delete rotated secrets"}[name])
		w.want(w.v4("DELETE", "/batch", "/", map[string]any{"secrets": []any{map[string]any{"secretKey": r.Name}}}), 400, nil)
	}
}

// TestPoliciesOf2026 hold machine identities too, unless they are let pass.
func TestPoliciesOf2026(t *testing.T) {
	t.Parallel()
	w := v4World(t, Options{})
	who := w.identity(Identity{})
	w.PutRawRecord(RawRecord{WorkspaceID: w.project.ID, Environment: "dev", Name: "A", Value: "v"})
	w.HoldForApproval(w.project.ID, "dev", true)
	one := map[string]any{"secrets": []any{map[string]any{"secretKey": "A", "secretValue": "w"}}}
	two := map[string]any{"secrets": []any{map[string]any{"secretKey": "B", "secretValue": "w"}}}
	for name, r := range map[string]reply{
		"create": who.v4("POST", "/B", "/", map[string]any{"secretValue": "v"}), "update": who.v4("PATCH", "/A", "/", map[string]any{"secretValue": "w"}),
		"delete": who.v4("DELETE", "/A", "/", nil), "batch create": who.v4("POST", "/batch", "/", two),
		"batch update": who.v4("PATCH", "/batch", "/", one), "batch delete": who.v4("DELETE", "/batch", "/", one),
	} {
		if r.status != 200 || r.body["approval"].(map[string]any)["id"] == "" {
			t.Errorf("%s: %s", name, r.raw)
		}
	}
	if held := w.RawRecords(w.project.ID, "dev", "/"); len(held) != 1 || held[0].Value != "v" || held[0].Version != 1 {
		t.Errorf("something was written: %v", held)
	}
	w.want(w.v4("PATCH", "/A", "/", map[string]any{"secretValue": "by a service token"}), 200, nil)
	w.BypassPolicy(w.project.ID, "dev", true)
	if r := who.v4("PATCH", "/A", "/", map[string]any{"secretValue": "x"}); r.secret() == nil {
		t.Errorf("%s", r.raw)
	}
}
