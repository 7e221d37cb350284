package api

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"time"
)

func remaining(left, reset int) *http.Response {
	return &http.Response{StatusCode: http.StatusOK, Header: http.Header{
		"X-Ratelimit-Remaining": {strconv.Itoa(left)}, "X-Ratelimit-Reset": {strconv.Itoa(reset)},
	}}
}

func TestPacerCountsAlongAndWaitsForTheNextWindow(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_000_000, 0)
	p := newPacer(Config{})
	p.now = func() time.Time { return now }
	if p.take("GET /r") != 0 {
		t.Fatal("waits before anything is known")
	}
	p.learn("GET", "/r", remaining(2, 40))
	p.learn("GET", "/r", remaining(3, 40)) // an older answer that came later
	for range 2 {
		if p.take("GET /r") != 0 {
			t.Fatal("waits although two are left")
		}
	}
	if wait := p.take("GET /r"); wait < 40*time.Second || wait > 41*time.Second {
		t.Errorf("waits %s", wait)
	}
	if p.take("POST /r") != 0 || p.take("GET /other") != 0 {
		t.Error("another route waits too")
	}
	now = now.Add(41 * time.Second)
	if p.take("GET /r") != 0 {
		t.Error("waits in a new window")
	}
	p.learn("GET", "/r", remaining(59, 60))
	for range 59 {
		if p.take("GET /r") != 0 {
			t.Fatal("the new window was not learnt")
		}
	}
	if p.take("GET /r") == 0 {
		t.Error("does not wait at the end of the new window")
	}
}

func TestPacerObeysRetryAfterUpToItsCap(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_000_000, 0)
	for header, atMost := range map[string]time.Duration{"5": 6 * time.Second, "86400": longestRetryAfter + time.Second} {
		p := newPacer(Config{})
		p.now = func() time.Time { return now }
		p.learn("GET", "/r", &http.Response{StatusCode: http.StatusTooManyRequests, Header: http.Header{"X-Ratelimit-Remaining": {"0"}, "Retry-After": {header}}})
		if wait := p.take("GET /r"); wait <= 4*time.Second || wait > atMost {
			t.Errorf("Retry-After %s: waits %s", header, wait)
		}
	}
}

// TestPacerKnowsTheHeadersOf2023, which have no X-.
func TestPacerKnowsTheHeadersOf2023(t *testing.T) {
	t.Parallel()
	p := newPacer(Config{})
	now := time.Unix(1_000_000, 0)
	p.now = func() time.Time { return now }
	p.learn("GET", "/r", &http.Response{StatusCode: http.StatusOK, Header: http.Header{"Ratelimit-Remaining": {"0"}, "Ratelimit-Reset": {"30"}}})
	if wait := p.take("GET /r"); wait < 30*time.Second || wait > 31*time.Second {
		t.Errorf("waits %s", wait)
	}
}

func TestPacerKeepsTheUsersOwnLimit(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_000_000, 0)
	p := newPacer(Config{MaxRequestsPerMinute: 3})
	p.now = func() time.Time { return now }
	for range 3 {
		if p.take("GET /r") != 0 {
			t.Fatal("waits too early")
		}
	}
	if wait := p.take("GET /r"); wait < 59*time.Second || wait > 61*time.Second {
		t.Errorf("waits %s", wait)
	}
	now = now.Add(61 * time.Second)
	if p.take("GET /r") != 0 {
		t.Error("waits in the next minute")
	}
}

func TestWaitingIsAnnouncedAndCanBeInterrupted(t *testing.T) {
	t.Parallel()
	log := &recordingLogger{}
	p := newPacer(Config{Logger: log})
	p.learn("GET", "/r", remaining(0, 60))
	ctx, interrupt := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- p.wait(ctx, "GET", "/r") }()
	interrupt()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if got := log.String(); got == "" || got[:4] != "WARN" {
		t.Errorf("%q", got)
	}
}

// TestParallelRequestsStayBelowTheLimit: with ten left of a window, a hundred
// goroutines send ten requests and then wait.
func TestParallelRequestsStayBelowTheLimit(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	left := 10
	server := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		left--
		w.Header().Set("X-Ratelimit-Remaining", strconv.Itoa(max(left, 0)))
		w.Header().Set("X-Ratelimit-Reset", "60")
		mu.Unlock()
		answers(200, `{"secret":`+recordOK+`}`)(w, r)
	})
	client := server.client(t)
	if err := get(t.Context(), client); err != nil { // learns
		t.Fatal(err)
	}
	ctx, interrupt := context.WithCancel(t.Context())
	var all sync.WaitGroup
	answered := make(chan struct{}, 100)
	for range 100 {
		all.Go(func() {
			if get(ctx, client) == nil {
				answered <- struct{}{}
			}
		})
	}
	for range 9 {
		<-answered
	}
	interrupt()
	all.Wait()
	if got := len(server.seen()); got != 10 {
		t.Errorf("%d requests in a window of 10", got)
	}
}
