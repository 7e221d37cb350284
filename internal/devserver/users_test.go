package devserver

import (
	"testing"
	"time"
)

func TestAPIKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, Project{})
	user, u := w.member()
	w.want(user.create("/", "A", "v"), 200, nil)
	w.want(user.list("/", ""), 200, nil)
	w.want(user.do("GET", "/api/v1/workspace/"+w.project.ID, nil), 403, nil)
	w.want(user.do("POST", "/api/v1/folders", w.at("/", map[string]any{"name": "made"})), 200, nil)
	w.want(user.do("GET", "/api/v1/secret-imports"+w.query("dev", "/made", ""), nil), 200, nil)

	me := user.do("GET", "/api/v2/users/me", nil)
	if got, _ := me.body["user"].(map[string]any); got["id"] != u.ID || got["encryptionVersion"] != 2.0 {
		t.Errorf("%s", me.raw)
	}
	r := user.do("GET", "/api/v2/service-token", nil)
	w.want(r, 403, accessDenied)
	if r.body["error"] != "/api/v2/service-token Unauthorized Access" {
		t.Errorf("%s", r.raw)
	}
	w.want(w.do("GET", "/api/v2/users/me", nil), 403, accessDenied)

	// A user knows no scopes: an environment which does not exist is an empty one.
	if r := user.do("GET", "/api/v3/secrets"+w.query("nope", "/", ""), nil); r.raw != `{"secrets":[],"imports":[]}` {
		t.Errorf("%d %s", r.status, r.raw)
	}
	w.want(user.do("GET", "/api/v3/secrets/A"+w.query("nope", "/", ""), nil), 400, "Folder not found for the given environment slug & secret path")
	other := w.CreateProject(Project{Name: "other"})
	r = user.do("GET", "/api/v1/folders?workspaceId="+other.ID+"&environment=dev", nil)
	w.want(r, 403, accessDenied)
	if r.body["error"] != "User not in project" {
		t.Errorf("%s", r.raw)
	}
}

func TestBadAPIKeys(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, Project{})
	user, u := w.member()
	id, good := w.CreateAPIKey(APIKey{UserID: u.ID})
	_, late := w.CreateAPIKey(APIKey{UserID: u.ID, ExpiresAt: time.Now().Add(-time.Minute)})
	get := func(header, key string) reply {
		return w.as("").do("GET", "/api/v2/users/me", nil, header, key)
	}
	w.want(get("X-API-Key", good), 200, nil)
	w.want(get("X_API_KEY", good), 403, "Token missing")
	for name, key := range map[string]string{
		"form": "nonsense", "unknown": "ak.7b0b1c1e-3a53-4a35-9d54-0d8c0c3a8a11.00", "secret": "ak." + id + ".00", "expired": late,
	} {
		if r := get("X-API-Key", key); r.status != 403 || r.body["error"] != "UnauthorizedError" {
			t.Errorf("%s: %d %s", name, r.status, r.raw)
		}
	}
	w.RevokeAPIKey(id)
	w.want(get("X-API-Key", good), 403, accessDenied)
	w.RemoveMember(w.project.ID, u.ID)
	w.want(user.list("/", ""), 403, accessDenied)
}

func TestEncryptedKey(t *testing.T) {
	t.Parallel()
	for _, era := range Eras() {
		w := newWorld(t, Options{Era: era}, Project{})
		path := "/api/v2/workspace/" + w.project.ID + "/encrypted-key"
		user, u := w.member()
		r := user.do("GET", path, nil)
		sender, _ := r.body["sender"].(map[string]any)
		if r.status != 200 || r.body["encryptedKey"] != "boxed" || r.body["nonce"] != "nonce" || sender["publicKey"] != "public" {
			t.Errorf("%s: %d %s", era, r.status, r.raw)
		}
		if era.Of2023() { // the rest is recorded
			continue
		}
		if receiver := r.body["receiverId"]; receiver != u.ID || r.body["projectId"] != w.project.ID {
			t.Errorf("%s: %s", era, r.raw)
		}
		if r := w.do("GET", path, nil); r.status != 200 || r.raw != "" {
			t.Errorf("%s, service token: %d %q", era, r.status, r.raw)
		}
		w.want(w.as("").do("GET", path, nil), 500, nil)
		w.RemoveMember(w.project.ID, u.ID)
		if r := user.do("GET", path, nil); r.status < 400 {
			t.Errorf("%s, no member: %d %s", era, r.status, r.raw)
		}
	}
}

// types are the types a list shows, and whether some row has the value.
func types(r reply, value string) (out map[string]int, found bool) {
	out = map[string]int{}
	for _, one := range r.secrets() {
		out[one["type"].(string)]++
		found = found || one["secretValueCiphertext"] == value
	}
	return out, found
}

func TestPersonalSecrets(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, Project{})
	one, _ := w.member()
	two, _ := w.member()
	with := func(more map[string]any) map[string]any {
		more["type"] = "personal"
		return w.at("/", more)
	}
	personal := func(as *world) reply {
		return as.do("GET", "/api/v3/secrets/A"+w.query("dev", "/", "&type=personal"), nil)
	}
	const path = "/api/v3/secrets/A"

	w.want(one.do("POST", path, with(sealedBody("mine"))), 400, "Failed to create personal secret override for no corresponding shared secret")
	w.want(w.create("/", "A", "shared"), 200, nil)
	w.want(one.do("DELETE", path, with(map[string]any{})), 500, "Cannot read properties of undefined (reading 'id')")
	w.want(one.do("PATCH", path, with(value("x"))), 400, "Secret not found: blind index A")
	w.want(w.do("POST", path, with(sealedBody("mine"))), 400, "Must be user to create personal secret")
	w.want(one.do("POST", path, with(sealedBody("mine"))), 200, nil)
	w.want(one.do("POST", path, with(sealedBody("mine"))), 400, "Secret already exist")
	w.want(two.do("POST", path, with(sealedBody("hers"))), 200, nil)

	if got, found := types(one.list("/", ""), "mine"); got["shared"] != 1 || got["personal"] != 1 || !found {
		t.Errorf("one sees %v", got)
	}
	if got, found := types(two.list("/", ""), "mine"); got["personal"] != 1 || found {
		t.Errorf("the other sees %v", got)
	}
	if got, _ := types(w.list("/", ""), ""); got["shared"] != 1 || got["personal"] != 0 {
		t.Errorf("a service token sees %v", got)
	}
	w.want(one.do("PATCH", path, with(value("changed"))), 200, nil)
	w.want(one.do("PATCH", path, with(map[string]any{
		"secretName": "B", "secretValueCiphertext": "", "secretValueIV": "", "secretValueTag": "",
	})), 400, "Personal secret cannot change the key name")
	if got := personal(one).secret(); got["secretValueCiphertext"] != "changed" || got["version"] != 2.0 {
		t.Errorf("%v", got)
	}
	if got := personal(w).secret(); got["type"] != "shared" {
		t.Errorf("a service token gets %v", got)
	}
	w.want(one.do("DELETE", path, with(map[string]any{})), 200, nil)
	w.want(personal(one), 400, "Secret not found")
	if got := one.get("/", "A").secret(); got["secretValueCiphertext"] != "shared" {
		t.Errorf("the shared secret is %v", got)
	}
	// The shared one takes the others along.
	w.want(one.do("DELETE", path, w.at("/", nil)), 200, nil)
	if left := w.Records(w.project.ID, "dev", "/"); len(left) != 0 {
		t.Errorf("%d records are left", len(left))
	}
}

// TestPersonalSecretsOf2023: the user's own stands before the shared one, and
// nobody else sees it.
func TestPersonalSecretsOf2023(t *testing.T) {
	t.Parallel()
	for _, era := range []Era{Era2023June, Era2023November} {
		w := newWorld(t, Options{Era: era}, Project{})
		user, _ := w.member()
		other, _ := w.member()
		w.want(w.create("/", "A", "shared"), 200, nil)
		mine := sealedBody("mine")
		mine["type"] = "personal"
		w.want(user.do("POST", "/api/v3/secrets/A", w.at("/", mine)), 200, nil)
		if list := user.list("/", "").secrets(); len(list) != 2 || list[0]["type"] != "personal" {
			t.Errorf("%s: the list shows %v", era, list)
		}
		if got := user.get("/", "A").secret(); got["secretValueCiphertext"] != "mine" {
			t.Errorf("%s: a read without a type answers %v", era, got)
		}
		for name, as := range map[string]*world{"another user": other, "a service token": w} {
			if got, _ := types(as.list("/", ""), ""); got["shared"] != 1 || got["personal"] != 0 {
				t.Errorf("%s: %s sees %v", era, name, got)
			}
		}
	}
}

func TestApprovals(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, Project{})
	user, _ := w.member()
	w.want(w.create("/", "A", "v"), 200, nil)
	w.HoldForApproval(w.project.ID, "dev", true)
	before := w.Records(w.project.ID, "dev", "/")
	update := item("A", "w")
	batch := func(items ...map[string]any) map[string]any { return w.at("/", map[string]any{"secrets": items}) }
	for name, r := range map[string]reply{
		"create":       user.create("/", "B", "v"),
		"update":       user.do("PATCH", "/api/v3/secrets/A", w.at("/", value("w"))),
		"delete":       user.do("DELETE", "/api/v3/secrets/A", w.at("/", nil)),
		"batch create": user.do("POST", "/api/v3/secrets/batch", batch(item("B", "v"))),
		"batch update": user.do("PATCH", "/api/v3/secrets/batch", batch(update)),
		"batch delete": user.do("DELETE", "/api/v3/secrets/batch", batch(update)),
	} {
		if approval, _ := r.body["approval"].(map[string]any); r.status != 200 || approval["status"] != "open" || len(r.body) != 1 {
			t.Errorf("%s: %d %s", name, r.status, r.raw)
		}
	}
	if after := w.Records(w.project.ID, "dev", "/"); len(after) != 1 || after[0].Version != before[0].Version {
		t.Errorf("something was written: %d records", len(after))
	}
	// Checks come first; tokens, personal secrets and other environments pass.
	w.want(user.create("/", "A", "v"), 400, "Secret already exist")
	own := sealedBody("mine")
	own["type"] = "personal"
	if r := user.do("POST", "/api/v3/secrets/A", w.at("/", own)); r.secret() == nil {
		t.Errorf("%s", r.raw)
	}
	if r := w.create("/", "C", "v"); r.secret() == nil {
		t.Errorf("%s", r.raw)
	}
	w.HoldForApproval(w.project.ID, "dev", false)
	if r := user.create("/", "D", "v"); r.secret() == nil {
		t.Errorf("%s", r.raw)
	}
}
