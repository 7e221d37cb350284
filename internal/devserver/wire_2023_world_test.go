package devserver

import (
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// world2023 is what the owner had made on a recorded server.
type world2023 struct {
	Main    string            `json:"ws"`
	Bot     string            `json:"ws_bot"`
	NoBlind string            `json:"ws_noblind"`
	Foreign string            `json:"ws_foreign"`
	Keys    map[string]string `json:"keys"`
	Tokens  map[string]string `json:"tokens"`
	APIKey  string            `json:"apiKey"`
	Folders map[string]string `json:"folders"`
}

type replay2023 struct {
	*replay
	era Era
	gap *meeting
}

// meeting lets so many creates meet between the look and the insert.
type meeting struct {
	mu   sync.Mutex
	wait *sync.WaitGroup
}

func (m *meeting) expect(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.wait = &sync.WaitGroup{}
	m.wait.Add(n)
}

func (m *meeting) come() {
	m.mu.Lock()
	wait := m.wait
	m.mu.Unlock()
	if wait != nil {
		wait.Done()
		wait.Wait()
	}
}

func (m *meeting) end() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.wait = nil
}

var (
	objectIDText = regexp.MustCompile(`^[0-9a-f]{24}$`)
	folderIDText = regexp.MustCompile(`^([\w-]{12}|root)$`)
)

// newReplay2023 makes the recorded world, with its ids.
func newReplay2023(t *testing.T, era Era, w world2023, main []wireExchange, limit int) *replay2023 {
	gap := &meeting{}
	s, err := start(Options{Era: era, RateLimit: limit}, gap.come)
	if err != nil {
		t.Fatal(err)
	}
	closeAfter(t, s)
	r := &replay2023{era: era, gap: gap, replay: &replay{server: s, tokens: map[string]string{}, there: map[string]string{}, here: map[string]string{}}}
	r.isID = func(at, text string) bool {
		switch {
		case strings.HasSuffix(at, ".secretBlindIndex"):
			return true
		case strings.HasSuffix(at, ".folder"), strings.HasSuffix(at, ".folderId"), strings.HasSuffix(at, ".id"):
			return folderIDText.MatchString(text)
		}
		return objectIDText.MatchString(text)
	}
	for name, id := range map[string]string{"ws": w.Main, "ws_bot": w.Bot, "ws_noblind": w.NoBlind, "ws_foreign": w.Foreign} {
		s.CreateProject(Project{ID: id, Name: name})
		r.here["{{"+name+"}}"] = id
	}
	s.HandOverKey(w.Bot, w.Keys["bot"])
	r.keys = append(r.keys, &bot{key: []byte(w.Keys["bot"])})
	s.CreateFolder(w.Main, "dev", "/app/deep")
	s.mu.Lock()
	app := s.projects[w.Main].environment("dev").root.child("app")
	app.id, app.child("deep").id = w.Folders["app"], w.Folders["deep"]
	s.mu.Unlock()
	r.owner(t, w, main)
	r.mint(w, main)
	return r
}

// owner makes the user whom the exchanges show.
func (r *replay2023) owner(t *testing.T, w world2023, main []wireExchange) {
	t.Helper()
	var me, key map[string]any
	for _, e := range main {
		body, _ := e.Response.Body.(map[string]any)
		switch e.Name {
		case "api key me":
			me = body["user"].(map[string]any)
		case "api key encrypted-key":
			key = body
		}
	}
	text := func(of map[string]any, name string) string { return of[name].(string) }
	u := User{
		ID: text(me, "_id"), Email: text(me, "email"), PublicKey: text(me, "publicKey"), Salt: text(me, "salt"),
		EncryptedPrivateKey: text(me, "encryptedPrivateKey"), IV: text(me, "iv"), Tag: text(me, "tag"),
		ProtectedKey: text(me, "protectedKey"), ProtectedKeyIV: text(me, "protectedKeyIV"), ProtectedKeyTag: text(me, "protectedKeyTag"),
	}
	r.server.CreateUser(u)
	r.server.mu.Lock()
	r.server.owner.id = u.ID
	r.server.mu.Unlock()
	r.server.AddMember(Member{
		ProjectID: w.Main, UserID: u.ID, SenderID: u.ID, SenderPublicKey: u.PublicKey,
		EncryptedKey: text(key, "encryptedKey"), Nonce: text(key, "nonce"), KeyID: text(key, "_id"),
	})
	parts := strings.Split(w.APIKey, ".")
	r.server.CreateAPIKey(APIKey{ID: parts[1], UserID: u.ID, Secret: parts[2]})
}

// mint makes the tokens, with what the exchanges show of them.
func (r *replay2023) mint(w world2023, main []wireExchange) {
	both, read, write := []string{"read", "write"}, []string{"read"}, []string{"write"}
	dev := []Scope{{"dev", "/"}}
	for name, token := range map[string]ServiceToken{
		"rw": {Scopes: dev, Permissions: both}, "ro": {Scopes: dev, Permissions: read}, "wo": {Scopes: dev, Permissions: write},
		"prod": {Scopes: []Scope{{"prod", "/"}}, Permissions: both}, "app": {Scopes: []Scope{{"dev", "/app"}}, Permissions: both},
		"all": {Scopes: allScopes, Permissions: both}, "expired": {Scopes: dev, Permissions: both, ExpiresAt: time.Now().Add(-time.Second)},
		"bot": {ProjectID: w.Bot, Scopes: dev, Permissions: both}, "botro": {ProjectID: w.Bot, Scopes: dev, Permissions: read},
		"noblind": {Name: "nb", ProjectID: w.NoBlind, Scopes: dev, Permissions: both},
		"foreign": {ProjectID: w.Foreign, Scopes: dev, Permissions: both},
	} {
		parts := strings.Split(w.Tokens[name], ".")
		if len(parts) < 3 {
			continue // not made in June
		}
		token.ID, token.Secret = parts[1], parts[2]
		if token.Name == "" {
			token.Name = name
		}
		if token.ProjectID == "" {
			token.ProjectID = w.Main
		}
		r.server.CreateServiceToken(token)
		r.tokens[name] = w.Tokens[name]
	}
	// The sealed key is nothing that the server makes.
	for _, e := range main {
		if body, _ := e.Response.Body.(map[string]any); body["encryptedKey"] != nil && body["permissions"] != nil {
			r.sealedKeyOf(body)
		}
	}
}

func (r *replay2023) sealedKeyOf(body map[string]any) {
	r.server.mu.Lock()
	defer r.server.mu.Unlock()
	if t := r.server.tokens[body["_id"].(string)]; t != nil {
		t.EncryptedKey, t.IV, t.Tag = body["encryptedKey"].(string), body["iv"].(string), body["tag"].(string)
	}
}
