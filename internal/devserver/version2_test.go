package devserver

import "testing"

// TestVersion2: the server holds the project key from birth, opens what clients
// write, and cannot be made to give it up (PROTOCOL section 22).
func TestVersion2(t *testing.T) {
	t.Parallel()
	for _, era := range []Era{Era2024May, Era2024October} {
		w := newWorld(t, Options{Era: era, RateLimit: 1000}, Project{Version: 2, Key: testKey})
		info := w.do("GET", "/api/v1/workspace/"+w.project.ID, nil).body["workspace"].(map[string]any)
		if info["version"] != 2.0 || !w.HoldsProjectKey(w.project.ID) {
			t.Errorf("%s: %v", era, info)
		}
		w.TakeBackKey(w.project.ID)
		w.want(w.raw("POST", "RAW", map[string]any{"secretValue": "v"}), 200, nil)
		status, text := 500, any("Unsupported state or unable to authenticate data")
		if era == Era2024October {
			text = somethingWrong
		}
		w.want(w.create("/", "FOREIGN", "xxxx"), status, text)
		bot := &bot{key: []byte(testKey)}
		body := w.at("/", nil)
		for name, text := range map[string]string{"secretKey": "SEALED", "secretValue": "by a client"} {
			sealed := bot.seal(text)
			body[name+"Ciphertext"], body[name+"IV"], body[name+"Tag"] = *sealed.Ciphertext, *sealed.IV, *sealed.Tag
		}
		w.want(w.do("POST", "/api/v3/secrets/SEALED", body), 200, nil)
		if got := w.do("GET", "/api/v3/secrets/raw/SEALED"+w.query("dev", "/", ""), nil).secret(); got["secretValue"] != "by a client" {
			t.Errorf("%s: %v", era, got)
		}
	}
}

// TestWorkspacesOfAUser: an API key lists them, a token may not.
func TestWorkspacesOfAUser(t *testing.T) {
	t.Parallel()
	for _, era := range []Era{Era2024May, Era2024October, Era2026July} {
		w := newWorld(t, Options{Era: era}, Project{Version: 1})
		w.CreateProject(Project{Name: "another's"})
		user, _ := w.member()
		r := user.do("GET", "/api/v1/workspace", nil)
		w.want(r, 200, nil)
		list := r.body["workspaces"].([]any)
		if len(list) != 1 {
			t.Fatalf("%s: %s", era, r.raw)
		}
		one := list[0].(map[string]any)
		if one["id"] != w.project.ID || one["version"] != 1.0 || len(one["environments"].([]any)) != 3 {
			t.Errorf("%s: %v", era, one)
		}
		w.want(w.do("GET", "/api/v1/workspace", nil), 403, nil)
	}
}
