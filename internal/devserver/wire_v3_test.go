package devserver

import (
	"encoding/json"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
)

// How many exchanges of wire_v3.json wait for what this server does not play,
// by what it is.
var pendingV3 = map[string]int{
	"raw endpoints":                  326,
	"machine identities":             48,
	"users":                          8,
	"a server that can open secrets": 11,
}

// pending says why an exchange is not replayed; "" if it is.
func pending(e wireExchange) string {
	token := ""
	if e.Token != nil {
		token = *e.Token
	}
	switch {
	case strings.Contains(e.Request.Path, "/raw"):
		return "raw endpoints"
	case strings.Contains(e.Request.Path, "/api/v1/auth/"):
		return "machine identities"
	case token == "user":
		return "users"
	// These show what only a raw call, or a server that took the key, did; the
	// upgrade to version 2 seals everything anew.
	case strings.HasPrefix(e.Name, "autobot: E2EE") && strings.Contains(e.Name, "foreign"),
		strings.Contains(e.Name, "raw-made"), strings.HasPrefix(e.Name, "foreign row: "),
		strings.HasPrefix(e.Name, "upgraded_via_2, at version ") && strings.Contains(e.Name, "E2EE list"),
		e.Name == "limits: E2EE list from the same address":
		return "a server that can open secrets"
	// A service token does for folders and imports what an identity does, but
	// for an environment which does not exist.
	case e.Name == "folder create unknown environment":
		return "machine identities"
	case strings.HasPrefix(e.Name, "folder "), strings.HasPrefix(e.Name, "import "):
		return ""
	case token != "" && !strings.HasPrefix(token, "st_"):
		return "machine identities"
	}
	return ""
}

// TestWireRecordedExchangesOfOctober2024 replays, as its sister does, what a
// server of that era answered to service tokens.
func TestWireRecordedExchangesOfOctober2024(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/wire_v3.json")
	if err != nil {
		t.Fatal(err)
	}
	var file wireFile
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	r := newReplayV3(t, file)
	run, waiting := 0, map[string]int{}
	for _, e := range file.Exchanges {
		switch e.Name {
		case "upgraded: start of the upgrade":
			r.server.UpgradeProject(r.here["{{workspace_upgraded}}"])
		case "upgraded_via_2: upgrade to version 2":
			r.server.editProject(r.here["{{workspace_upgraded_via_2}}"], func(p *project) { p.Version = 2 })
		case "upgraded_via_2: upgrade to version 3":
			r.server.UpgradeProject(r.here["{{workspace_upgraded_via_2}}"])
		}
		if why := pending(e); why != "" {
			waiting[why]++
			continue
		}
		run++
		t.Run(e.Name, func(t *testing.T) {
			if e.Token != nil && *e.Token == "st_of_it" {
				r.freshProject(t, e)
			}
			r.exchange(t, e)
		})
	}
	for why, want := range pendingV3 {
		if waiting[why] != want {
			t.Errorf("%d exchanges wait for %s, want %d", waiting[why], why, want)
		}
		run += want
	}
	if run != 497 {
		t.Errorf("%d exchanges are run or wait, want 497", run)
	}
}

func newReplayV3(t *testing.T, file wireFile) *replay {
	s := startServer(t, Options{Era: Era2024October})
	r := &replay{server: s, tokens: map[string]string{}, there: map[string]string{}, here: map[string]string{
		"{{org_id}}": s.owner.organization, "{{user_id}}": s.owner.id,
	}}
	for name, version := range map[string]int{"e2ee": 1, "upgraded": 1, "upgraded_via_2": 1, "autobot": 1, "v3": 3} {
		r.projectOf(file.Exchanges, name, version)
	}
	r.tokens["identity"] = r.tokens["st_v3"]
	_, r.tokens["viewer"] = s.CreateServiceToken(ServiceToken{
		ProjectID: r.here["{{workspace_v3}}"], Scopes: allScopes, Permissions: []string{"read"},
	})
	return r
}

var allScopes = []Scope{{"dev", "/**"}, {"staging", "/**"}, {"prod", "/**"}}

// projectOf makes a project and its service token, called as some exchange
// shows them.
func (r *replay) projectOf(exchanges []wireExchange, name string, version int) {
	p := Project{Version: version}
	st := ServiceToken{Scopes: allScopes, Permissions: []string{"read", "write"}}
	for _, e := range exchanges {
		body, _ := e.Response.Body.(map[string]any)
		if w, ok := body["workspace"].(map[string]any); ok && w["id"] == "{{workspace_"+name+"}}" {
			p.Name, _ = w["name"].(string)
		}
		if body["workspace"] == "{{workspace_"+name+"}}" {
			st.Name = body["name"].(string)
			st.EncryptedKey, st.IV, st.Tag = body["encryptedKey"].(string), body["iv"].(string), body["tag"].(string)
		}
	}
	made := r.server.CreateProject(p)
	st.ProjectID = made.ID
	r.here["{{workspace_"+name+"}}"], r.here["{{slug_"+name+"}}"] = made.ID, made.Slug
	_, r.tokens["st_"+name] = r.server.CreateServiceToken(st)
}

// freshProject makes the project of one exchange, holding what its answer
// shows to have been there.
func (r *replay) freshProject(t *testing.T, e wireExchange) {
	t.Helper()
	r.projectOf([]wireExchange{e}, "of_it", 1)
	id := r.here["{{workspace_of_it}}"]
	body, _ := e.Response.Body.(map[string]any)
	var secrets []any
	if one, ok := body["secret"]; ok {
		secrets = append(secrets, one)
	} else {
		secrets, _ = body["secrets"].([]any)
	}
	for i, item := range secrets {
		if e.Request.Method == http.MethodPost {
			break
		}
		recorded := item.(map[string]any)
		text := func(name string) *string {
			s, ok := recorded[name].(string)
			if !ok {
				return nil
			}
			return &s
		}
		field := func(name string) Field {
			return Field{text(name + "Ciphertext"), text(name + "IV"), text(name + "Tag")}
		}
		version := int(recorded["version"].(float64))
		if e.Request.Method == http.MethodPatch {
			version--
		}
		r.server.PutRecord(Record{
			WorkspaceID: id, Environment: "dev", BlindIndex: []string{"A", "B"}[min(i, 1)], Version: version,
			Key: field("secretKey"), Value: field("secretValue"), Comment: field("secretComment"),
		})
	}
	if !strings.Contains(e.Name, "import") && e.Name != "triggers: folder list" || len(secrets) > 0 {
		return
	}
	r.server.CreateFolder(id, "dev", "/app")
	if e.Name == "triggers: folder list" {
		return
	}
	r.server.mu.Lock()
	defer r.server.mu.Unlock()
	p := r.server.projects[id]
	app, _ := p.folder("dev", "/app")
	made := &secretImport{id: r.server.era.newID(), environment: p.environment("prod"), path: "/", position: 1, createdAt: now(), updatedAt: now()}
	shown := e.Response.Body.(map[string]any)
	if list, ok := shown["secretImports"].([]any); ok {
		shown = list[0].(map[string]any)
	} else {
		shown = shown["secretImport"].(map[string]any)
	}
	if e.Request.Method != http.MethodPost {
		recorded := shown["id"].(string)
		made.environment = p.environment(shown["importEnv"].(map[string]any)["slug"].(string))
		r.here[recorded], r.there[made.id] = made.id, recorded
	}
	app.imports = slices.Concat(app.imports, []*secretImport{made})
}
