package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func create(ctx context.Context, c *Client) error {
	_, err := c.CreateSecret(ctx, here, "N", NewSecret{Key: sealedA, Value: sealedB})
	return err
}

func get(ctx context.Context, c *Client) error {
	_, err := c.GetSecret(ctx, here, "N")
	return err
}

// TestRetries: what had no effect is repeated, a read is repeated, and a write
// whose outcome is unknown is sent exactly once.
func TestRetries(t *testing.T) {
	t.Parallel()
	ok := answers(200, `{"secret":`+recordOK+`}`)
	limited := answers(429, `{"statusCode":429,"error":"Too Many Requests","message":"Rate limit exceeded, retry in 1 minute"}`, "Retry-After", "0")
	limited500 := answers(500, `{"statusCode":500,"message":"Something went wrong","error":"InternalServerError"}`, "Retry-After", "0", "X-Ratelimit-Remaining", "0")
	for _, c := range []struct {
		name   string
		first  http.HandlerFunc
		call   func(context.Context, *Client) error
		sent   int
		kind   Kind // of the error; KindUnexpected = none
		unsure bool
	}{
		{"read, rate limit", limited, get, 2, KindUnexpected, false},
		{"write, rate limit", limited, create, 2, KindUnexpected, false},
		{"write, rate limit as a 500", limited500, create, 2, KindUnexpected, false},
		{"read, 502", answers(502, "<html>"), get, 2, KindUnexpected, false},
		{"read, 503", answers(503, ""), get, 2, KindUnexpected, false},
		{"read, 504", answers(504, ""), get, 2, KindUnexpected, false},
		{"read, cut", cut, get, 2, KindUnexpected, false},
		{"read, 500", answers(500, `{"message":"x"}`), get, 1, KindServer, false},
		{"read, 400", answers(400, `{"message":"Secret not found"}`), get, 1, KindRefused, false},
		{"write, 502", answers(502, "<html>"), create, 1, KindServer, true},
		{"write, 503", answers(503, ""), create, 1, KindServer, true},
		{"write, 500", answers(500, `{"message":"x"}`), create, 1, KindServer, true},
		{"write, cut", cut, create, 1, KindTransport, true},
		{"write, half an answer", answers(200, `{"secret":{"id`), create, 1, KindMalformed, true},
		{"write, 400", answers(400, `{"message":"Secret already exist"}`), create, 1, KindRefused, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			server := newFake(t, inOrder(c.first, ok))
			client := server.client(t, func(cfg *Config) { cfg.MaxRetries = 3 })
			// A connection of its own: the standard library repeats reads on
			// one that was idle, and the count is of ours.
			client.http.HTTPClient.Transport.(*finishWrites).next.(*http.Transport).DisableKeepAlives = true
			err := c.call(t.Context(), client)
			if (err == nil) != (c.kind == KindUnexpected) || KindOf(err) != c.kind {
				t.Errorf("%v", err)
			}
			if got := len(server.seen()); got != c.sent {
				t.Errorf("sent %d times, want %d", got, c.sent)
			}
			if e := new(Error); errors.As(err, &e) && e.Ambiguous() != c.unsure {
				t.Errorf("ambiguous: %v", e.Ambiguous())
			}
		})
	}
}

func TestRetriesEnd(t *testing.T) {
	t.Parallel()
	server := newFake(t, answers(429, `{"message":"slow"}`, "Retry-After", "0"))
	err := get(t.Context(), server.client(t, func(cfg *Config) { cfg.MaxRetries = 2 }))
	if KindOf(err) != KindRateLimited || len(server.seen()) != 3 {
		t.Errorf("%d requests: %v", len(server.seen()), err)
	}
}

func TestWaitsAreCappedAndAnnounced(t *testing.T) {
	t.Parallel()
	log := &recordingLogger{}
	wait := backoff(log)
	resp := func(retryAfter string) *http.Response {
		req := httptest.NewRequestWithContext(context.WithValue(t.Context(), callKey{}, call{route: "/r"}), http.MethodGet, "/", nil)
		return &http.Response{Request: req, Header: http.Header{"Retry-After": {retryAfter}}}
	}
	for attempt := range 40 {
		if got := wait(0, 0, attempt, nil); got <= 0 || got > longestBackoff {
			t.Errorf("attempt %d waits %s", attempt, got)
		}
	}
	if log.String() != "" {
		t.Error("a wait that nobody notices was announced")
	}
	if got := wait(0, 0, 0, resp("2")); got < 2*time.Second || got > 3*time.Second {
		t.Errorf("Retry-After: 2 waits %s", got)
	}
	if got := wait(0, 0, 0, resp("86400")); got < longestRetryAfter || got > longestRetryAfter+time.Second {
		t.Errorf("Retry-After of a day waits %s", got)
	}
	if !strings.Contains(log.String(), "WARN") || !strings.Contains(log.String(), "seconds:65") {
		t.Errorf("the wait was not announced: %s", log)
	}
	for _, bad := range []string{"-5", "soon", ""} {
		if got := wait(0, 0, 0, resp(bad)); got <= 0 || got > longestBackoff {
			t.Errorf("Retry-After %q waits %s", bad, got)
		}
	}
}

func TestRequestsEndInTime(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	server := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost { // begins to answer, and never ends
			w.WriteHeader(http.StatusOK)
			_, _ = io.WriteString(w, "{")
			w.(http.Flusher).Flush()
		}
		<-release
	})
	defer close(release)
	client := server.client(t, func(cfg *Config) { cfg.RequestTimeout, cfg.MaxRetries = 100*time.Millisecond, 3 })
	for _, call := range []func(context.Context, *Client) error{get, create} {
		err := call(t.Context(), client)
		if KindOf(err) != KindTransport || !strings.Contains(err.Error(), "did not answer within 100ms") {
			t.Error(err)
		}
	}
	if got := len(server.seen()); got != 2 {
		t.Errorf("a request that was too slow was repeated: %d requests", got)
	}
}

// TestInterruptedWritesAreFinished: what was sent is answered all the same, so
// that nobody has to guess; what was not is not sent.
func TestInterruptedWritesAreFinished(t *testing.T) {
	t.Parallel()
	arrived, release := make(chan struct{}), make(chan struct{})
	server := newFake(t, func(w http.ResponseWriter, _ *http.Request) {
		close(arrived)
		<-release
		_, _ = io.WriteString(w, `{"secret":`+recordOK+`}`)
	})
	client := server.client(t)
	ctx, interrupt := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- create(ctx, client) }()
	<-arrived
	interrupt()
	close(release)
	if err := <-done; err != nil {
		t.Errorf("the answer was lost: %v", err)
	}
	var e *Error
	if err := create(ctx, client); !errors.As(err, &e) || e.Kind != KindInterrupted || e.Ambiguous() {
		t.Errorf("after the interrupt: %v", err)
	}
	if err := get(ctx, client); KindOf(err) != KindInterrupted {
		t.Errorf("after the interrupt: %v", err)
	}
	if len(server.seen()) != 1 {
		t.Errorf("%d requests", len(server.seen()))
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	elsewhere := newFake(t, answers(200, `{"secret":`+recordOK+`}`))
	for _, status := range []int{301, 302, 303, 307, 308} {
		server := newFake(t, answers(status, "", "Location", elsewhere.URL))
		if err := get(t.Context(), server.client(t)); KindOf(err) != KindMalformed || !strings.Contains(err.Error(), "redirect") {
			t.Errorf("%d: %v", status, err)
		}
	}
	if len(elsewhere.seen()) != 0 {
		t.Error("the token went to another host")
	}
}

func TestHosts(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ host, want string }{
		{"https://app.infisical.com", "https://app.infisical.com"},
		{"https://app.infisical.com/", "https://app.infisical.com"},
		{"https://app.infisical.com/api", "https://app.infisical.com"},
		{"https://app.infisical.com/api/", "https://app.infisical.com"},
		{"https://example.com:8443/infisical/api", "https://example.com:8443/infisical"},
		{"http://localhost:8080", "http://localhost:8080"},
		{"http://127.0.0.2", "http://127.0.0.2"},
		{"http://[::1]:80", "http://[::1]:80"},
	} {
		if got, err := parseHost(c.host, false); err != nil || got != c.want {
			t.Errorf("%s: %q, %v", c.host, got, err)
		}
	}
	for _, host := range []string{
		"", "app.infisical.com", "https://", "://x", "ftp://x", "https://u:p@x", "https://x?y", "https://x#y",
		"http://example.com", "http://127.0.0.1.example.com", "http://localhost.example.com", "http://0.0.0.0",
	} {
		if got, err := parseHost(host, false); err == nil {
			t.Errorf("%q was taken as %q", host, got)
		}
	}
	if _, err := parseHost("http://example.com", true); err != nil {
		t.Error(err)
	}
}

func TestTheKeyIsNotSentEvenByMistake(t *testing.T) {
	t.Parallel()
	server := newFake(t, answers(200, `{"secret":`+recordOK+`}`))
	client := server.client(t, func(cfg *Config) {
		cfg.Credential = AsServiceToken(testBearer + ".ac7bde86f59c83e225fbeba99aae632e")
	})
	if _, err := client.GetSecret(t.Context(), here, "N"); err != nil {
		t.Fatal(err)
	}
	if got := server.seen()[0].header.Get("Authorization"); got != "Bearer "+testBearer {
		t.Errorf("the header has %d characters, want those of three parts", len(got))
	}
}

func TestLogAndFormattingHoldNoSecret(t *testing.T) {
	t.Parallel()
	log := &recordingLogger{}
	server := newFake(t, inOrder(answers(429, `{"message":"x"}`, "Retry-After", "0"), answers(200, `{"secret":`+recordOK+`}`), cut))
	client := server.client(t, func(cfg *Config) { cfg.Logger, cfg.MaxRetries = log, 1 })
	_ = create(t.Context(), client)
	_ = create(t.Context(), client)
	var out bytes.Buffer
	fmt.Fprintf(&out, "%v %+v %#v %s", client, client, client, log)
	for _, secret := range []string{testBearer, testBearer[41:], sealedA.Ciphertext, sealedB.Ciphertext} {
		if strings.Contains(out.String(), secret) {
			t.Error("a token or ciphertext was printed")
		}
	}
	for _, want := range []string{"/api/v3/secrets/:secretName", "status:429", "status:200", "outcome:no answer"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log does not tell %s:\n%s", want, log)
		}
	}
}
