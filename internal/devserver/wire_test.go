package devserver

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

type wireFile struct {
	ProjectKeyES string         `json:"project_key_es"`
	Exchanges    []wireExchange `json:"exchanges"`
}

type wireExchange struct {
	Name    string  `json:"name"`
	Token   *string `json:"token"`
	Request struct {
		Method  string            `json:"method"`
		Path    string            `json:"path"`
		Query   inOrder           `json:"query"`
		Headers map[string]string `json:"headers"`
		Body    any               `json:"body"`
	} `json:"request"`
	Response struct {
		Status  int               `json:"status"`
		Headers map[string]string `json:"headers"`
		Body    any               `json:"body"`
	} `json:"response"`
}

// inOrder is an object of texts in the order of the recording: the server's
// texts quote the query.
type inOrder [][2]string

func (q *inOrder) UnmarshalJSON(raw []byte) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	var texts []string
	for {
		switch token, err := d.Token(); text := token.(type) {
		case string:
			texts = append(texts, text)
		case nil:
			for pair := range slices.Chunk(texts, 2) {
				*q = append(*q, [2]string(pair))
			}
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return err
		}
	}
}

// replay carries what differs from run to run: the ids of the recording and
// what they are here.
type replay struct {
	server *Server
	tokens map[string]string
	here   map[string]string // recorded id or placeholder -> own
	there  map[string]string // own -> recorded
	// The client's address; "" is its own.
	address string
	// Project keys: what the server sealed itself is equal if it opens to the same.
	keys []*bot
}

// TestWireRecordedExchanges replays what a real server was asked and answered.
// Everything must be equal but ids (which must correspond one to one over the
// whole recording), times and the token's hash.
func TestWireRecordedExchanges(t *testing.T) {
	raw, err := os.ReadFile("testdata/wire.json")
	if err != nil {
		t.Fatal(err)
	}
	var file wireFile
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Exchanges) != 105 {
		t.Fatalf("%d exchanges, want 105", len(file.Exchanges))
	}
	r := newReplay(t, file)
	for _, e := range file.Exchanges {
		t.Run(e.Name, func(t *testing.T) {
			if e.Name == "list with tags" {
				r.putUnrecorded(t, file)
			}
			r.exchange(t, e)
		})
	}
}

func newReplay(t *testing.T, file wireFile) *replay {
	s := startServer(t, Options{})
	project := s.CreateProject(Project{
		Name: "transcript", Slug: "transcript-261b",
		Tags: []Tag{{Slug: "team", Name: "Team", Color: "#ff0000"}},
	})
	other := s.CreateProject(Project{Name: "es", Slug: "transcript-es-d0e2"})
	s.HandOverKey(other.ID, file.ProjectKeyES)
	unindexed := s.CreateProject(Project{Name: "no blind index", NoBlindIndex: true})
	r := &replay{server: s, tokens: map[string]string{}, there: map[string]string{}, here: map[string]string{
		"{{workspace}}":                project.ID,
		"{{workspace_es}}":             other.ID,
		"{{workspace_no_blind_index}}": unindexed.ID,
		"{{tag_id}}":                   project.Tags[0].ID,
	}}
	sealed := map[string]map[string]any{}
	for _, e := range file.Exchanges {
		if body, ok := e.Response.Body.(map[string]any); ok && body["encryptedKey"] != nil {
			sealed[*e.Token] = body
		}
	}
	all := []Scope{{"dev", "/**"}, {"staging", "/**"}, {"prod", "/**"}}
	mint := func(name string, token ServiceToken) (id string) {
		token.Name = name
		if token.ProjectID == "" {
			token.ProjectID = project.ID
		}
		if body := sealed[name]; body != nil {
			token.EncryptedKey, token.IV, token.Tag = body["encryptedKey"].(string), body["iv"].(string), body["tag"].(string)
		}
		id, r.tokens[name] = s.CreateServiceToken(token)
		return id
	}
	both := []string{"read", "write"}
	mint("rw", ServiceToken{Scopes: all, Permissions: both})
	mint("ro", ServiceToken{Scopes: all, Permissions: []string{"read"}})
	mint("wo", ServiceToken{Scopes: all[:1], Permissions: []string{"write"}})
	mint("scoped", ServiceToken{Scopes: []Scope{{"dev", "/app/*"}}, Permissions: both})
	mint("expired", ServiceToken{Scopes: all, Permissions: both, ExpiresAt: time.Now().Add(-time.Minute)})
	mint("es", ServiceToken{ProjectID: other.ID, Scopes: all, Permissions: both})
	mint("no_blind_index", ServiceToken{ProjectID: unindexed.ID, Scopes: all, Permissions: both})
	s.RevokeServiceToken(mint("deleted", ServiceToken{Scopes: all, Permissions: both}))
	return r
}

// putUnrecorded stores the one secret the lists of the recording show although
// its creation is not among the exchanges: an answer too big to keep.
func (r *replay) putUnrecorded(t *testing.T, file wireFile) {
	i := slices.IndexFunc(file.Exchanges, func(e wireExchange) bool { return e.Name == "list with tags" })
	for _, item := range file.Exchanges[i].Response.Body.(map[string]any)["secrets"].([]any) {
		recorded := item.(map[string]any)
		if fmt.Sprint(recorded["metadata"]) != "map[pad:xxxxxxxxxx]" {
			continue
		}
		field := func(name string) Field {
			part := func(suffix string) *string {
				text, ok := recorded[name+suffix].(string)
				if !ok {
					return nil
				}
				return &text
			}
			return Field{part("Ciphertext"), part("IV"), part("Tag")}
		}
		r.server.PutRecord(Record{
			WorkspaceID: r.here["{{workspace}}"], Environment: "dev", BlindIndex: "unrecorded",
			Key: field("secretKey"), Value: field("secretValue"), Comment: field("secretComment"),
			Metadata: map[string]string{"pad": "xxxxxxxxxx"},
		})
		return
	}
	t.Fatal("the recording has changed: no secret with a pad")
}

func (r *replay) exchange(t *testing.T, e wireExchange) {
	target := r.server.URL() + r.translate(e.Request.Path)
	for i, pair := range e.Request.Query {
		target += []string{"?", "&"}[min(i, 1)] + pair[0] + "=" + url.QueryEscape(r.translate(pair[1]))
	}
	var body io.Reader
	if text, ok := e.Request.Body.(string); ok {
		body = strings.NewReader(text) // bad JSON, sent as it is
	} else if e.Request.Body != nil {
		body = strings.NewReader(r.translate(string(encode(inFull(e.Request.Body)))))
	}
	req, err := http.NewRequest(e.Request.Method, target, body)
	if err != nil {
		t.Fatal(err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if e.Token != nil {
		bearer, known := r.tokens[*e.Token]
		if !known {
			bearer = *e.Token
		}
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	for name, text := range e.Request.Headers {
		req.Header.Set(name, r.translate(text))
	}
	if r.address != "" {
		req.Header.Set("X-Forwarded-For", r.address)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != e.Response.Status {
		t.Fatalf("status %d, want %d: %s", resp.StatusCode, e.Response.Status, raw)
	}
	if recorded := e.Response.Headers["etag"]; recorded != "" {
		r.compareID(t, "header ETag", resp.Header.Get("ETag"), recorded)
	}
	for _, name := range []string{"Content-Type", "X-Ratelimit-Limit"} {
		if resp.StatusCode == http.StatusNotModified && name == "Content-Type" {
			continue // net/http never sends it here
		}
		if got, want := resp.Header.Get(name), e.Response.Headers[strings.ToLower(name)]; got != want {
			t.Errorf("header %s: %q, want %q", name, got, want)
		}
	}
	switch e.Response.Body {
	case "":
		if len(raw) > 0 {
			t.Errorf("a body of %d bytes, want none", len(raw))
		}
		return
	case "{{elided}}":
		return
	}
	var got any
	if err := json.Unmarshal(raw, &got); err != nil {
		t.Fatalf("%v: %s", err, raw)
	}
	r.learnToken(e, got)
	r.compare(t, "body", got, e.Response.Body)
}

// translate puts own ids in the place of recorded ones.
func (r *replay) translate(text string) string {
	for recorded, own := range r.here {
		text = strings.ReplaceAll(text, recorded, own)
	}
	return text
}

var (
	uuidText = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	timeText = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`)
)

func (r *replay) compare(t *testing.T, at string, got, want any) {
	t.Helper()
	switch {
	case strings.HasSuffix(at, ".user.firstName"), strings.HasSuffix(at, ".user.devices"):
		return // whoever recorded
	case strings.HasSuffix(at, ".lastUsed") && want == nil:
		return // it may be noted only after the answer
	}
	switch want := want.(type) {
	case map[string]any:
		object, ok := got.(map[string]any)
		if !ok {
			t.Errorf("%s: %v, want an object", at, got)
			return
		}
		r.sameWhenOpened(object, want)
		for name := range want {
			if _, ok := object[name]; !ok {
				t.Errorf("%s.%s is missing", at, name)
			} else {
				r.compare(t, at+"."+name, object[name], want[name])
			}
		}
		for name := range object {
			if _, ok := want[name]; !ok {
				t.Errorf("%s.%s is not in the recording", at, name)
			}
		}
	case []any:
		list, ok := got.([]any)
		if !ok || len(list) != len(want) {
			t.Errorf("%s: %v, want %d items", at, got, len(want))
			return
		}
		// Lists come in the order of random ids; bring both into one of content.
		list, want = slices.Clone(list), slices.Clone(want)
		slices.SortStableFunc(list, r.byContent)
		slices.SortStableFunc(want, r.byContent)
		for i := range want {
			r.compare(t, fmt.Sprintf("%s[%d]", at, i), list[i], want[i])
		}
	case string:
		text, ok := got.(string)
		switch {
		case !ok:
			t.Errorf("%s: %v, want a text", at, got)
		case uuidText.MatchString(want):
			r.compareID(t, at, text, want)
		case timeText.MatchString(want):
			if !timeText.MatchString(text) {
				t.Errorf("%s: %q is not a time like %q", at, text, want)
			}
		case strings.HasSuffix(at, ".secretHash"):
			if !strings.HasPrefix(text, "$2b$10$") {
				t.Errorf("%s: %q", at, text)
			}
		case want == "{{access_token}}":
			if len(strings.Split(text, ".")) != 3 {
				t.Errorf("%s: not a JSON web token", at)
			}
		case text != r.translate(want) && elided(text, want) != want:
			t.Errorf("%s: %q, want %q", at, text, r.translate(want))
		}
	default:
		if got != want {
			t.Errorf("%s: %v, want %v", at, got, want)
		}
	}
}

// compareID wants ids to correspond one to one.
func (r *replay) compareID(t *testing.T, at, got, want string) {
	t.Helper()
	if uuidText.MatchString(want) && !uuidText.MatchString(got) {
		t.Errorf("%s: %q is not a uuid", at, got)
		return
	}
	if _, known := r.here[want]; !known && r.there[got] == "" {
		r.here[want], r.there[got] = got, want
	}
	if r.here[want] != got || r.there[got] != want {
		t.Errorf("%s: %s stands for %q, want %s", at, got, r.there[got], want)
	}
}

func (r *replay) byContent(a, b any) int {
	key := func(v any) string {
		object, ok := v.(map[string]any)
		if !ok {
			return ""
		}
		if text, ok := object["secretKey"].(string); ok {
			return text + "=" + object["secretValue"].(string)
		}
		if text, ok := r.opened(object, "secretKey"); ok {
			return text
		}
		for _, name := range []string{"secretKeyCiphertext", "secretPath", "slug"} {
			if text, ok := object[name].(string); ok {
				return text
			}
		}
		text, _ := object["name"].(string)
		return text
	}
	return strings.Compare(key(a), key(b))
}
