package devserver

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
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
	// isID tells texts that differ from run to run; nil: those that look like a UUID.
	isID func(at, text string) bool
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
	case strings.HasSuffix(at, ".firstName"), strings.HasSuffix(at, ".lastName"), strings.HasSuffix(at, ".user.devices"):
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
		case r.idAt(at, want):
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

func (r *replay) idAt(at, text string) bool {
	if r.isID != nil {
		return r.isID(at, text)
	}
	return uuidText.MatchString(text)
}

// compareID wants ids to correspond one to one.
func (r *replay) compareID(t *testing.T, at, got, want string) {
	t.Helper()
	if r.idAt(at, want) && !r.idAt(at, got) {
		t.Errorf("%s: %q is no id", at, got)
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

// fieldOf is a sealed field as a recorded object shows it.
func fieldOf(recorded map[string]any, name string) Field {
	text := func(suffix string) *string {
		s, ok := recorded[name+suffix].(string)
		if !ok {
			return nil
		}
		return &s
	}
	return Field{text("Ciphertext"), text("IV"), text("Tag")}
}
