package devserver

import (
	"net/url"
	"testing"
)

// official sends what the official provider sends (its main branch of August
// 2026, universal auth; PROTOCOL_V4 section 3), and keeps a state as it does: what
// a refresh is told 404 of leaves the state and is planned anew.
type official struct {
	*world
	secret, folder string // ids in the state; "" is none
}

func officialProvider(t *testing.T, w *world) *official {
	t.Helper()
	id, secret := w.CreateIdentity(Identity{ProjectID: w.project.ID, Role: RoleMember})
	r := w.as("").do("POST", "/api/v1/auth/universal-auth/login", map[string]any{"clientId": id, "clientSecret": secret})
	w.want(r, 200, nil)
	return &official{world: w.as(r.body["accessToken"].(string))}
}

func (o *official) in(more map[string]any) map[string]any {
	out := map[string]any{"workspaceId": o.project.ID, "environment": "dev", "secretPath": "/app", "type": "shared"}
	for name, value := range more {
		out[name] = value
	}
	return out
}

// write is a create or an update of its resource infisical_secret.
func (o *official) write(method, name, value string) reply {
	o.t.Helper()
	r := o.do(method, "/api/v3/secrets/raw/"+name, o.in(map[string]any{
		"secretKey": name, "secretValue": value, "secretComment": "", "secretReminderNote": "", "secretReminderRepeatDays": 0, "tagIds": []string{},
	}))
	if s := r.secret(); s != nil {
		o.secret = s["id"].(string)
	}
	return r
}

// refresh reads what is in the state.
func (o *official) refresh() (value any, path any) {
	o.t.Helper()
	if r := o.do("GET", "/api/v3/secrets/raw/id/"+o.secret, nil); r.status == 404 {
		o.secret = ""
	} else {
		o.want(r, 200, nil)
		value = r.secret()["secretValue"]
	}
	if r := o.do("GET", "/api/v1/folders/"+o.folder, nil); r.status == 404 {
		o.folder = ""
	} else {
		o.want(r, 200, nil)
		path = r.body["folder"].(map[string]any)["path"]
	}
	return value, path
}

// TestOfficialProvider: apply, refresh, change, refresh, destroy. Nothing may
// leave its state before it is destroyed.
func TestOfficialProvider(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{Era: Era2026July}, Project{Version: 3})
	w.CreateFolder(w.project.ID, "dev", "/app")
	o := officialProvider(t, w)

	made := o.do("POST", "/api/v1/folders", map[string]any{"workspaceId": w.project.ID, "environment": "dev", "name": "below", "path": "/app"})
	w.want(made, 200, nil)
	folder := made.body["folder"].(map[string]any)
	if folder["path"] != "/app/below" {
		t.Errorf("a folder without its path: %s", made.raw)
	}
	o.folder = folder["id"].(string)
	w.want(o.write("POST", "A", "one"), 200, nil)
	if value, path := o.refresh(); value != "one" || path != "/app/below" || o.secret == "" || o.folder == "" {
		t.Errorf("a refresh shows %v and %v", value, path)
	}
	w.want(o.write("PATCH", "A", "two"), 200, nil)
	if value, _ := o.refresh(); value != "two" {
		t.Errorf("after an update %v", value)
	}

	// Its data source, whose references are expanded, and its ephemeral resource.
	w.want(o.write("POST", "REF", "to ${A}"), 200, nil)
	query := url.Values{"workspaceId": {w.project.ID}, "environment": {"dev"}, "secretPath": {"/app"}, "expandSecretReferences": {"true"}}
	list := o.do("GET", "/api/v3/secrets/raw?"+query.Encode(), nil)
	if s := list.secrets(); len(s) != 2 || s[0]["secretKey"] != "A" || s[1]["secretValue"] != "to two" {
		t.Errorf("%s", list.raw)
	}
	query = url.Values{"workspaceId": {w.project.ID}, "environment": {"dev"}, "secretPath": {"/app"}, "type": {"shared"}, "viewSecretValue": {"true"}}
	if got := o.do("GET", "/api/v3/secrets/raw/A?"+query.Encode(), nil).secret(); got["secretValue"] != "two" {
		t.Errorf("%v", got)
	}
	folders := o.do("GET", "/api/v1/folders"+w.query("dev", "/app", ""), nil)
	if len(folders.body["folders"].([]any)) != 1 {
		t.Errorf("%s", folders.raw)
	}

	w.want(o.do("DELETE", "/api/v3/secrets/raw/REF", o.in(nil)), 200, nil)
	w.want(o.do("DELETE", "/api/v3/secrets/raw/A", o.in(nil)), 200, nil)
	below := map[string]any{"projectId": w.project.ID, "environment": "dev", "path": "/app", "forceDelete": true}
	w.want(o.do("DELETE", "/api/v2/folders/"+o.folder, below), 200, nil)
	w.PutRawRecord(RawRecord{WorkspaceID: w.project.ID, Environment: "dev", SecretPath: "/app", Name: "OTHER"})
	o.secret = o.folder // any id that is not there
	if o.refresh(); o.secret != "" || o.folder != "" {
		t.Error("what was destroyed is still in the state")
	}
}
