package devserver

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

func startServer(t *testing.T, o Options) *Server {
	t.Helper()
	s, err := Start(o)
	if err != nil {
		t.Fatal(err)
	}
	closeAfter(t, s)
	return s
}

func closeAfter(t *testing.T, s *Server) {
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
}

// world is a server with one project and a token that may do everything.
type world struct {
	*Server
	t       *testing.T
	project Project
	bearer  string
	apiKey  string
	client  *http.Client
}

func newWorld(t *testing.T, o Options, p Project) *world {
	t.Helper()
	return worldOn(t, startServer(t, o), p)
}

func worldOn(t *testing.T, s *Server, p Project) *world {
	t.Helper()
	if p.Name == "" {
		p.Name = "test"
	}
	// A fresh connection each time: the client must not repeat a cut request.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: 30 * time.Second}
	w := &world{Server: s, t: t, project: s.CreateProject(p), client: client}
	w.bearer = w.token(ServiceToken{})
	return w
}

// token makes a token; by default it may do everything in dev and prod.
func (w *world) token(st ServiceToken) string {
	if st.ProjectID == "" {
		st.ProjectID = w.project.ID
	}
	if st.Scopes == nil {
		st.Scopes = []Scope{{"dev", "/**"}, {"prod", "/**"}}
		if w.era == Era2023June {
			st.Scopes = []Scope{{"dev", "/"}}
		}
	}
	if st.Permissions == nil {
		st.Permissions = []string{"read", "write"}
	}
	_, bearer := w.CreateServiceToken(st)
	return bearer
}

func (w *world) as(bearer string) *world {
	other := *w
	other.bearer, other.apiKey = bearer, ""
	return &other
}

// member is a new user of the project, with an API key.
func (w *world) member() (*world, User) {
	u := w.CreateUser(User{Email: "member@example.com"})
	w.AddMember(Member{ProjectID: w.project.ID, UserID: u.ID, EncryptedKey: "boxed", Nonce: "nonce", SenderPublicKey: "public"})
	other := *w
	other.bearer = ""
	_, other.apiKey = w.CreateAPIKey(APIKey{UserID: u.ID})
	return &other, u
}

type reply struct {
	status int
	header http.Header
	raw    string
	body   map[string]any
}

func (r reply) message() any { return r.body["message"] }

// secrets are the records of a list or batch answer.
func (r reply) secrets() []map[string]any {
	list, _ := r.body["secrets"].([]any)
	out := []map[string]any{}
	for _, item := range list {
		out = append(out, item.(map[string]any))
	}
	return out
}

func (r reply) secret() map[string]any {
	one, _ := r.body["secret"].(map[string]any)
	return one
}

// send sends a request; body is nil, a string sent raw as JSON, or a value.
func (w *world) send(ctx context.Context, method, path string, body any, header ...string) (reply, error) {
	w.t.Helper()
	var reader io.Reader
	switch body := body.(type) {
	case nil:
	case string:
		reader = strings.NewReader(body)
	default:
		reader = bytes.NewReader(encode(body))
	}
	req, err := http.NewRequestWithContext(ctx, method, w.URL()+path, reader)
	if err != nil {
		w.t.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if w.bearer != "" {
		req.Header.Set("Authorization", "Bearer "+w.bearer)
	}
	if w.apiKey != "" {
		req.Header.Set("X-API-Key", w.apiKey)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	resp, err := w.client.Do(req)
	if err != nil {
		return reply{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		return reply{}, err
	}
	out := reply{status: resp.StatusCode, header: resp.Header, raw: string(raw)}
	_ = json.Unmarshal(raw, &out.body)
	return out, nil
}

func (w *world) do(method, path string, body any, header ...string) reply {
	w.t.Helper()
	out, err := w.send(context.Background(), method, path, body, header...)
	if err != nil {
		w.t.Fatalf("%s %s: %v", method, path, err)
	}
	return out
}

// at is a body or a query for a place of the project.
func (w *world) at(path string, more map[string]any) map[string]any {
	out := map[string]any{"workspaceId": w.project.ID, "environment": "dev", "secretPath": path, "path": path, "type": "shared"}
	for name, value := range more {
		out[name] = value
	}
	return out
}

func (w *world) query(environment, path, more string) string {
	return "?workspaceId=" + w.project.ID + "&environment=" + environment + "&secretPath=" + path + "&path=" + path + more
}

func value(text string) map[string]any {
	return map[string]any{"secretValueCiphertext": text, "secretValueIV": "iv", "secretValueTag": "tag"}
}

func sealedBody(text string) map[string]any {
	out := value(text)
	for _, part := range []string{"Ciphertext", "IV", "Tag"} {
		out["secretKey"+part] = "k"
	}
	return out
}

func item(name, text string) map[string]any {
	out := sealedBody(text)
	out["secretName"] = name
	return out
}

func (w *world) create(path, escapedName, text string) reply {
	w.t.Helper()
	return w.do("POST", "/api/v3/secrets/"+escapedName, w.at(path, sealedBody(text)))
}

func (w *world) get(path, escapedName string) reply {
	w.t.Helper()
	return w.do("GET", "/api/v3/secrets/"+escapedName+w.query("dev", path, ""), nil)
}

func (w *world) list(path, more string) reply {
	w.t.Helper()
	return w.do("GET", "/api/v3/secrets"+w.query("dev", path, more), nil)
}

func (w *world) want(r reply, status int, message any) {
	w.t.Helper()
	if r.status != status {
		w.t.Fatalf("status %d, want %d: %s", r.status, status, r.raw)
	}
	if message != nil && r.message() != message {
		w.t.Fatalf("message %v, want %v", r.message(), message)
	}
}
