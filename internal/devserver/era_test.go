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

// TestLimitOf2023 counts all routes, what no route matches and all clients
// together.
func TestLimitOf2023(t *testing.T) {
	t.Parallel()
	for _, era := range []Era{Era2023June, Era2023November} {
		w := newWorld(t, Options{Era: era, RateLimit: 3}, Project{})
		w.want(w.list("/", ""), 200, nil)
		w.want(w.do("GET", "/nothing", nil, "X-Forwarded-For", "192.0.2.1"), 404, nil)
		r := w.get("/", "A")
		w.want(r, 404, nil)
		if r.header.Get("Ratelimit-Remaining") != "0" || r.header.Get("X-Ratelimit-Remaining") != "" {
			t.Errorf("headers %v", r.header)
		}
		w.want(w.do("GET", "/nothing", nil, "X-Forwarded-For", "192.0.2.2"), 429, nil)
		w.want(w.do("GET", "/api/status", nil), 200, nil)
	}
}

func TestBodyLimits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		era    Era
		bytes  int
		status int
	}{
		{Era2023June, 100 << 10, 200},
		{Era2023June, 100<<10 + 1, 500},
		{Era2023November, 100 << 10, 200},
		{Era2023November, 100<<10 + 1, 500},
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
