package devserver

import (
	"strings"
	"testing"
)

func TestUnknownEra(t *testing.T) {
	t.Parallel()
	if s, err := Start(Options{Era: "2022"}); err == nil {
		_ = s.Close()
		t.Error("an era that does not exist was taken")
	}
}

// TestLimitOfOctober2024: only the headers tell it from a failure.
func TestLimitOfOctober2024(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{Era: Era2024October}, Project{})
	for range 40 {
		w.want(w.list("/", ""), 200, nil)
	}
	r := w.list("/", "")
	w.want(r, 500, "Something went wrong")
	if r.body["error"] != "InternalServerError" || r.header.Get("Retry-After") == "" || r.header.Get("X-Ratelimit-Remaining") != "0" {
		t.Errorf("%s %v", r.raw, r.header)
	}
	w.want(w.get("/", "A"), 404, "Secret not found") // another route
}

// TestLimitOf2023 counts all routes together.
func TestLimitOf2023(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{Era: Era2023, RateLimit: 2}, Project{})
	w.want(w.list("/", ""), 200, nil)
	r := w.get("/", "A")
	w.want(r, 404, "The requested secret was not found")
	if r.header.Get("Ratelimit-Remaining") != "0" || r.header.Get("X-Ratelimit-Remaining") != "" {
		t.Errorf("headers %v", r.header)
	}
	w.want(w.create("/", "A", "v"), 429, nil)
}

func TestBodyLimits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		era    Era
		bytes  int
		status int
	}{
		{Era2023, 100 << 10, 200},
		{Era2023, 100<<10 + 1, 500},
		{Era2024May, 1 << 20, 200},
		{Era2024May, 1<<20 + 1, 413},
		{Era2024October, 1 << 20, 200},
		{Era2024October, 1<<20 + 1, 500},
	} {
		w := newWorld(t, Options{Era: c.era}, Project{})
		body := w.at("/", sealedBody(""))
		body["pad"] = strings.Repeat("x", c.bytes-len(encode(w.at("/", sealedBody(""))))-len(`,"pad":""`))
		if got := len(encode(body)); got != c.bytes {
			t.Fatalf("%d bytes, want %d", got, c.bytes)
		}
		if r := w.do("POST", "/api/v3/secrets/A", body); r.status != c.status {
			t.Errorf("era %s, %d bytes: status %d, want %d", c.era, c.bytes, r.status, c.status)
		}
	}
}

func TestTokensAndIDsOf2023(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{Era: Era2023}, Project{})
	one := w.as(w.token(ServiceToken{Scopes: []Scope{{"dev", "/app"}}}))
	r := one.do("GET", "/api/v2/service-token", nil)
	if r.body["environment"] != "dev" || r.body["secretPath"] != "/app" || r.body["scopes"] != nil || r.body["id"] != nil {
		t.Errorf("the token answers %s", r.raw)
	}
	made := w.create("/", "A", "v").secret()
	if id, _ := made["_id"].(string); made["id"] != nil || !Era2023.isID(id) {
		t.Errorf("a secret answers %v", made)
	}
	w.want(one.list("/", ""), 401, "Failed service token authorization for the given workspace environment")
	w.want(w.as("st.0.0").list("/", ""), 401, "You are not authorized to access this resource")
	w.want(w.create("/", "A", "v"), 400, "Failed to create secret that already exists")
	w.want(w.do("POST", "/api/v3/secrets/B", w.at("/", nil)), 400, "The request failed validation")
	w.want(w.do("GET", "/api/v1/workspace/"+w.project.ID, nil), 401, nil)
}

// TestOverridesOf2023: the token creator's personal secret stands in a list
// instead of the shared one.
func TestOverridesOf2023(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{Era: Era2023}, Project{})
	shared := w.create("/", "A", "v").secret()["_id"]
	personal := w.PutRecord(Record{WorkspaceID: w.project.ID, Environment: "dev", BlindIndex: "A", Type: "personal"}).ID
	if list := w.list("/", "").secrets(); len(list) != 1 || list[0]["_id"] != personal {
		t.Errorf("the list shows %v", list)
	}
	if got := w.get("/", "A").secret()["_id"]; got != personal {
		t.Error("a read without a type does not answer the personal secret")
	}
	if got := w.do("GET", "/api/v3/secrets/A"+w.query("dev", "/", "&type=shared"), nil).secret()["_id"]; got != shared {
		t.Error("a read of type shared does not answer the shared secret")
	}
}
