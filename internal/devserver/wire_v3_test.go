package devserver

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// How many exchanges of wire_v3.json wait for what this server does not play,
// by what it is: upgrades, reads of the bot and of the workspace by who is
// logged in to the web application.
var pendingV3 = map[string]int{"users": 8}

// pending says why an exchange is not replayed; "" if it is.
func pending(e wireExchange) string {
	if e.Token != nil && *e.Token == "user" {
		return "users"
	}
	return ""
}

// TestWireRecordedExchangesOfOctober2024 replays, as its sister does, what a
// server of that era answered.
func TestWireRecordedExchangesOfOctober2024(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/wire_v3.json")
	if err != nil {
		t.Fatal(err)
	}
	var file wireFileV3
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	r := newReplayV3(t, file)
	run, waiting := 0, map[string]int{}
	for i, e := range file.Exchanges {
		r.before(t, i, e)
		if why := pending(e); why != "" {
			waiting[why]++
			continue
		}
		run++
		t.Run(e.Name, func(t *testing.T) {
			if strings.Contains(fmt.Sprint(e.Request), "{{workspace_of_it}}") || e.Token != nil && *e.Token == "st_of_it" {
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

type wireFileV3 struct {
	wireFile
	KeyE2EE     string `json:"project_key_e2ee"`
	KeyUpgraded string `json:"project_key_upgraded"`
	KeyAutobot  string `json:"project_key_autobot"`
	KeyVia2     string `json:"project_key_upgraded_via_2"`
}

// replayV3 is a replay with what is particular to this recording.
type replayV3 struct {
	*replay
	exchanges []wireExchange
	keyOf     map[string]string // of projects by name
}

func newReplayV3(t *testing.T, file wireFileV3) *replayV3 {
	s := startServer(t, Options{Era: Era2024October})
	r := &replayV3{
		replay: &replay{server: s, tokens: map[string]string{}, there: map[string]string{}, here: map[string]string{
			"{{org_id}}": s.owner.organization, "{{user_id}}": s.owner.id,
		}},
		exchanges: file.Exchanges,
		keyOf: map[string]string{
			"e2ee": file.KeyE2EE, "upgraded": file.KeyUpgraded, "autobot": file.KeyAutobot, "upgraded_via_2": file.KeyVia2,
		},
	}
	for _, key := range r.keyOf {
		r.keys = append(r.keys, &bot{key: []byte(key)})
	}
	r.identities()
	for name, version := range map[string]int{"e2ee": 1, "upgraded": 1, "upgraded_via_2": 1, "autobot": 1, "v3": 3, "triggers": 1} {
		r.projectOf(file.Exchanges, name, version)
	}
	v3 := r.here["{{workspace_v3}}"]
	_, r.tokens["st_v3_ro"] = s.CreateServiceToken(ServiceToken{ProjectID: v3, Scopes: allScopes, Permissions: []string{"read"}})
	for who, role := range map[string]Role{
		"member": RoleMember, "viewer": RoleViewer, "no_access": RoleNoAccess,
		"short": RoleMember, "uses": RoleMember, "renewable": RoleMember, "badip": RoleMember, "csrev": RoleMember, "gone": RoleMember,
	} {
		s.SetRole(r.here["{{client_id_"+clientsV3[who]+"}}"], v3, role)
	}
	return r
}

var allScopes = []Scope{{"dev", "/**"}, {"staging", "/**"}, {"prod", "/**"}}

// projectOf makes a project and its service token, called as some exchange
// shows them.
func (r *replayV3) projectOf(exchanges []wireExchange, name string, version int) {
	p := Project{Version: version, Tags: []Tag{{Slug: "team", Name: "Team", Color: "#ff0000"}}}
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
	if name == "v3" {
		r.here["{{tag_id}}"] = made.Tags[0].ID
	}
	_, r.tokens["st_"+name] = r.server.CreateServiceToken(st)
	r.server.SetRole(r.here["{{client_id_admin}}"], made.ID, RoleAdmin)
}

// before does what happened between the exchanges, most of it in the web
// application and some of it over requests that are not in the recording.
func (r *replayV3) before(t *testing.T, i int, e wireExchange) {
	r.address = fmt.Sprintf("10.0.%d.%d", i/256, i%256) // each had one of its own
	workspace := func(name string) string { return r.here["{{workspace_"+name+"}}"] }
	client := func(name string) string { return r.here["{{client_id_"+name+"}}"] }
	token := map[string]string{
		"renew token of 1 h": "renewable", "revoke token": "renewable", "renew expired": "short",
		"renew token whose ttl is the max ttl": "rev", "revoke after the failed renew": "rev",
	}[e.Name]
	delete(r.here, "{{access_token}}")
	if token != "" {
		r.here["{{access_token}}"] = r.tokens[token]
	}
	switch e.Name {
	case "e2ee: raw list, key known":
		for name, key := range r.keyOf {
			r.server.KnowPrivateKey(workspace(name), key)
		}
	case "upgraded: start of the upgrade":
		r.server.UpgradeProject(workspace("upgraded"))
	case "upgraded_via_2: upgrade to version 2":
		r.server.HandOverKey(workspace("upgraded_via_2"), r.keyOf["upgraded_via_2"])
		r.server.editProject(workspace("upgraded_via_2"), func(p *project) { p.Version = 2 })
		r.plant(t, r.exchanges[i+3], "upgraded_via_2") // sealed anew
	case "upgraded_via_2: upgrade to version 3":
		r.server.UpgradeProject(workspace("upgraded_via_2"))
	case "raw batch create a name twice, again":
		for _, raw := range r.server.RawRecords(workspace("v3"), "dev", "/") {
			if raw.Name == "TW" {
				r.server.DeleteRawRecord(workspace("v3"), raw.ID)
			}
		}
	case "raw list after the delete of a duplicated name":
		r.plantRaw(e)
	case "login, client secret revoked":
		r.server.RevokeClientSecret(client("csrevoked"))
	case "login, identity deleted":
		r.server.DeleteIdentity(client("gone"))
	case "access token of 2 s, expired":
		r.expire(client("short"))
	case "foreign row: raw list":
		r.server.KnowPrivateKey(workspace("triggers"), testKey)
		b := &bot{key: []byte(testKey)}
		r.server.PutRecord(Record{
			WorkspaceID: workspace("triggers"), Environment: "dev", BlindIndex: "R1", ID: r.ownID(r.exchanges[i+1]),
			Key: b.seal("R1"), Value: b.seal("v"),
		})
	case "foreign row: E2EE list":
		r.plant(t, e, "triggers") // under the key of the recording, which is not in it
	}
	if strings.HasPrefix(e.Name, "limits: ") && !strings.Contains(e.Name, "another address") {
		r.address = "10.1.0.0"
	}
	if e.Name == "limits: raw list, over the limit" {
		for range 40 {
			r.server.limits.take("GET /api/v3/secrets/raw", r.address, 40)
		}
	}
}

// expire ends an identity's access tokens.
func (r *replayV3) expire(clientID string) {
	r.server.mu.Lock()
	defer r.server.mu.Unlock()
	for _, token := range r.server.accessTokens {
		token.expired = token.expired || token.clientID == clientID
	}
}

// ownID is an id of this server for the secret that an exchange shows.
func (r *replayV3) ownID(e wireExchange) string {
	recorded := e.Response.Body.(map[string]any)["secret"].(map[string]any)["id"].(string)
	own := Era2024October.newID()
	r.here[recorded], r.there[own] = own, recorded
	return own
}

// plant stores the sealed records of a list as they were recorded, if their ids
// are known.
func (r *replayV3) plant(t *testing.T, e wireExchange, project string) {
	t.Helper()
	for _, item := range e.Response.Body.(map[string]any)["secrets"].([]any) {
		recorded := item.(map[string]any)
		for _, record := range r.server.Records(r.here["{{workspace_"+project+"}}"], "dev", "/") {
			if record.ID != r.here[recorded["id"].(string)] {
				continue
			}
			record.Key, record.Value, record.Comment = fieldOf(recorded, "secretKey"), fieldOf(recorded, "secretValue"), fieldOf(recorded, "secretComment")
			r.server.PutRecord(record)
		}
	}
}

// plantRaw stores what a raw list shows and no exchange made.
func (r *replayV3) plantRaw(e wireExchange) {
	for _, item := range e.Response.Body.(map[string]any)["secrets"].([]any) {
		recorded := item.(map[string]any)
		if r.here[recorded["id"].(string)] == "" {
			r.server.PutRawRecord(RawRecord{
				WorkspaceID: r.here["{{workspace_v3}}"], Environment: "dev", Name: recorded["secretKey"].(string),
				Value: recorded["secretValue"].(string), Version: int(recorded["version"].(float64)),
			})
		}
	}
}

// clientsV3 are the identities' client ids in the recording, by who they are.
var clientsV3 = map[string]string{
	"identity": "admin", "member": "member", "viewer": "viewer", "no_access": "no_access", "outsider": "outsider",
	"short": "short", "uses": "uses", "onelogin": "onelogin", "renewable": "renewable", "rev": "rev",
	"badip": "badip", "badip2": "badip2", "csrev": "csrevoked", "gone": "gone", "cssecs": "cssecs",
}

// identities makes the machine identities, and logs those in whose logins are
// not recorded.
func (r *replayV3) identities() {
	limits := map[string]Identity{
		"short": {AccessTokenTTL: 2 * time.Second}, "uses": {MaxUses: 2}, "onelogin": {SecretMaxUses: 1},
		"renewable": {AccessTokenTTL: time.Hour, AccessTokenMaxTTL: 24 * time.Hour},
		"badip":     {TokenTrusted: elsewhere}, "badip2": {SecretTrusted: elsewhere},
		"cssecs": {SecretExpiresAt: time.Now().Add(-time.Second)},
	}
	for who, client := range clientsV3 {
		id, secret := r.server.CreateIdentity(limits[who])
		r.here["{{client_id_"+client+"}}"], r.here["{{client_secret_"+client+"}}"] = id, secret
		if slices.Contains([]string{"identity", "member", "viewer", "no_access", "outsider", "rev"}, who) {
			r.server.mu.Lock()
			r.tokens[who] = r.server.newAccessToken(r.server.identities[id])
			r.server.mu.Unlock()
		}
	}
	r.tokens["{{access_token with a wrong signature}}"] = r.tokens["identity"] + "x"
}
