package devserver

import (
	"net/http"
	"strings"
	"testing"
)

func TestStartRefusesOtherThanLoopback(t *testing.T) {
	t.Parallel()
	for _, addr := range []string{":0", "0.0.0.0:0", "[::]:0", "192.0.2.1:0", "example.com:0", "127.0.0.1"} {
		s, err := Start(Options{Addr: addr})
		if err == nil {
			_ = s.Close()
			t.Errorf("%s: no error", addr)
		} else if !strings.Contains(err.Error(), "address") {
			t.Errorf("%s: %v", addr, err)
		}
	}
}

func TestCloseTwiceAndURL(t *testing.T) {
	t.Parallel()
	s := startServer(t, Options{Addr: "localhost:0"})
	if !strings.HasPrefix(s.URL(), "http://127.0.0.1:") && !strings.HasPrefix(s.URL(), "http://[::1]:") {
		t.Errorf("URL %s", s.URL())
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if resp, err := http.Get(s.URL() + "/api/status"); err == nil {
		_ = resp.Body.Close()
		t.Error("answers after Close")
	}
}

func TestRouting(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, Project{})
	long := strings.Repeat("a", 101)
	place := w.query("dev", "/", "")
	for _, tc := range []struct {
		method, path string
		status       int
		message      string
		route        string
	}{
		{"GET", "/api/v3/secrets/" + place, 200, "", "GET /api/v3/secrets"},
		{"GET", "/api/v3/secrets/." + place, 400, "Secret not found", "GET /api/v3/secrets/:secretName"},
		{"GET", "/api/v3/secrets/.." + place, 400, "Secret not found", "GET /api/v3/secrets/:secretName"},
		{"GET", "/api/v3/secrets/batch" + place, 400, "Secret not found", "GET /api/v3/secrets/:secretName"},
		{"GET", "/api/v3/secrets/raw" + place, 400, "failed to find bot key", "GET /api/v3/secrets/raw"},
		{"GET", "/api/v3/secrets/%72aw" + place, 400, "failed to find bot key", "GET /api/v3/secrets/raw"},
		{"GET", "/api/v3/secrets/a/b" + place, 404, "Route GET:/api/v3/secrets/a/b" + place + " not found", ""},
		{"GET", "/api/v3//secrets" + place, 404, "Route GET:/api/v3//secrets" + place + " not found", ""},
		{"GET", "/api/v3/x/../secrets", 404, "Route GET:/api/v3/x/../secrets not found", ""},
		{"PATCH", "/api/v3/secrets/" + long, 404, "Route PATCH:/api/v3/secrets/" + long + " not found", ""},
		{"POST", "/api/status", 404, "Route POST:/api/status not found", ""},
		{"GET", "/api/v3/secrets/%FF", 400, "'/api/v3/secrets/%FF' is not a valid url component", ""},
	} {
		w.ResetRequests()
		var body any
		if tc.method != "GET" {
			body = map[string]any{}
		}
		r := w.do(tc.method, tc.path, body)
		if r.status != tc.status || tc.message != "" && r.message() != tc.message {
			t.Errorf("%s %s: %d %v, want %d %s", tc.method, tc.path, r.status, r.message(), tc.status, tc.message)
		}
		sent, _, _ := strings.Cut(tc.path, "?")
		if seen := w.Requests(); len(seen) != 1 || seen[0].Route != tc.route || seen[0].Path != sent || seen[0].Status != tc.status {
			t.Errorf("%s %s: recorded %+v", tc.method, tc.path, seen)
		}
	}
}

func TestMalformedEscape(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, Project{})
	// net/http refuses this by itself, with another body.
	if got := rawExchange(t, w.Server, "GET /api/v3/secrets/%zz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"); !strings.HasPrefix(got, "HTTP/1.1 400 ") {
		t.Errorf("answer %q", got)
	}
}

func TestTooLongURL(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, Project{})
	if r := w.do("GET", "/api/status?"+strings.Repeat("a", 15<<10), nil); r.status != 200 {
		t.Errorf("15 KiB: %d", r.status)
	}
	if r := w.do("GET", "/api/status?"+strings.Repeat("a", 17<<10), nil); r.status != 431 {
		t.Errorf("17 KiB: %d", r.status)
	}
}

func TestETag(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, Project{})
	first := w.list("/", "")
	tag := first.header.Get("ETag")
	if tag == "" || first.header.Get("Keep-Alive") != "timeout=72" {
		t.Fatalf("headers %v", first.header)
	}
	same := w.do("GET", "/api/v3/secrets"+w.query("dev", "/", ""), nil, "If-None-Match", tag)
	if same.status != 304 || same.raw != "" || same.header.Get("ETag") != tag || same.header.Get("X-Ratelimit-Remaining") != "998" {
		t.Errorf("%d %q %v", same.status, same.raw, same.header)
	}
	w.want(w.create("/", "A", "v"), 200, nil)
	changed := w.do("GET", "/api/v3/secrets"+w.query("dev", "/", ""), nil, "If-None-Match", tag)
	if changed.status != 200 || changed.header.Get("ETag") == tag {
		t.Errorf("%d %v", changed.status, changed.header)
	}
	if failed := w.get("/", "MISSING"); failed.header.Get("ETag") == "" || w.do("GET", "/api/v3/secrets/MISSING"+w.query("dev", "/", ""), nil, "If-None-Match", failed.header.Get("ETag")).status != 400 {
		t.Error("an error must stay an error")
	}
}

func TestRequestBodies(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, Project{})
	padded := func(size int) string {
		body := string(encode(w.at("/", sealedBody("v"))))
		return body + strings.Repeat(" ", size-len(body))
	}
	for name, tc := range map[string]struct {
		body    any
		header  []string
		status  int
		code    any
		message any
	}{
		"exactly 1 MiB":    {padded(1 << 20), nil, 200, nil, nil},
		"1 MiB and a byte": {padded(1<<20 + 1), nil, 413, "FST_ERR_CTP_BODY_TOO_LARGE", "Request body is too large"},
		"3 MiB":            {padded(3 << 20), nil, 413, "FST_ERR_CTP_BODY_TOO_LARGE", nil},
		"empty":            {"", nil, 400, "FST_ERR_CTP_EMPTY_JSON_BODY", nil},
		"other type":       {"a=b", []string{"Content-Type", "application/xml"}, 415, "FST_ERR_CTP_INVALID_MEDIA_TYPE", nil},
		"cut JSON":         {`{"a":`, nil, 400, nil, "Unexpected end of JSON input"},
		"trailing comma":   {`{"a":1,}`, nil, 400, nil, "Expected double-quoted property name in JSON at position 7"},
		"no colon":         {`{"a" 1}`, nil, 400, nil, "Expected ':' after property name in JSON at position 5"},
		"bad token":        {`{"a":x}`, nil, 400, nil, `Unexpected token 'x', "{\"a\":x}" is not valid JSON`},
		"after the end":    {`{} x`, nil, 400, nil, "Unexpected non-whitespace character after JSON at position 3"},
	} {
		r := w.do("POST", "/api/v3/secrets/"+strings.ReplaceAll(name, " ", "_"), tc.body, tc.header...)
		if r.status != tc.status || r.body["code"] != tc.code || tc.message != nil && r.message() != tc.message {
			t.Errorf("%s: %d %s", name, r.status, r.raw)
		}
	}
}
