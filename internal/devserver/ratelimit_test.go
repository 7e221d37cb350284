package devserver

import (
	"net/http"
	"testing"
	"time"
)

func TestRateLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{RateLimit: 2}, Project{})
	for _, left := range []string{"1", "0"} {
		r := w.get("/", "A")
		w.want(r, 400, nil)
		if r.header.Get("X-Ratelimit-Limit") != "2" || r.header.Get("X-Ratelimit-Remaining") != left || r.header.Get("Retry-After") != "" {
			t.Errorf("headers %v", r.header)
		}
	}
	// Another name is the same route.
	r := w.get("/", "B")
	w.want(r, 429, "Rate limit exceeded, retry in 1 minute")
	if r.body["error"] != "Too Many Requests" || r.header.Get("Retry-After") == "" || r.header.Get("X-Ratelimit-Remaining") != "0" {
		t.Errorf("%s %v", r.raw, r.header)
	}
	// Not the token, but method, route and address count.
	w.want(w.as(w.token(ServiceToken{})).get("/", "B"), 429, nil)
	w.want(w.list("/", ""), 200, nil)
	w.want(w.create("/", "A", "v"), 200, nil)
	w.want(w.do("GET", "/api/v3/secrets/A"+w.query("dev", "/", ""), nil, "X-Forwarded-For", "192.0.2.7, 10.0.0.1"), 200, nil)
	// Authentication comes first.
	w.want(w.as("st.x.y").get("/", "A"), 403, accessDenied)
	for range 5 {
		w.want(w.as("").do("GET", "/api/status", nil), 200, nil)
	}
}

func TestLimiterWindow(t *testing.T) {
	t.Parallel()
	now := time.Unix(1000, 0)
	l := limiter{now: func() time.Time { return now }}
	take := func(route, client string) (http.Header, bool) { return l.take(route, client, 1) }
	if h, ok := take("r", "c"); !ok || h.Get("X-Ratelimit-Reset") != "60" || h.Get("X-Ratelimit-Limit") != "1" {
		t.Errorf("first: %v %v", h, ok)
	}
	now = now.Add(1500 * time.Millisecond)
	if h, ok := take("r", "c"); ok || h.Get("Retry-After") != "59" {
		t.Errorf("second: %v %v", h, ok)
	}
	if _, ok := take("r", "other"); !ok {
		t.Error("another client has a window of its own")
	}
	if _, ok := take("other", "c"); !ok {
		t.Error("another route has a window of its own")
	}
	// The window began with the first request and is not drawn out.
	now = time.Unix(1059, 999e6)
	if _, ok := take("r", "c"); ok {
		t.Error("the window has not ended")
	}
	now = time.Unix(1060, 0)
	if h, ok := take("r", "c"); !ok || h.Get("X-Ratelimit-Reset") != "60" {
		t.Errorf("next window: %v %v", h, ok)
	}
}
