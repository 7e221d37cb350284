package api

import (
	"cmp"
	"context"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// window is how long the server counts (section 10).
const window = time.Minute

// pacer keeps a client below the server's limits, so that a run slows down
// before the server has to say 429. The server counts by method and route in
// windows of a minute and tells with each answer what is left of one.
type pacer struct {
	logger     Logger
	ownLimit   int // requests a minute and route that the user allows; 0 = the server's say alone
	now        func() time.Time
	mu         sync.Mutex
	allowances map[string]*allowance
}

// allowance is what is left of a route's window.
type allowance struct {
	known bool
	left  int
	until time.Time

	ownLeft  int
	ownUntil time.Time
}

func newPacer(cfg Config) *pacer {
	return &pacer{logger: cfg.Logger, ownLimit: cfg.MaxRequestsPerMinute, now: time.Now, allowances: map[string]*allowance{}}
}

// wait returns when a request of that route may be sent, or with the error of
// a context that ended first.
func (p *pacer) wait(ctx context.Context, method, route string) error {
	for {
		pause := p.take(method + " " + route)
		if pause <= 0 {
			return nil
		}
		if p.logger != nil && pause >= announceAfter {
			p.logger.Warn(ctx, "The request limit is reached: waiting until it ends", map[string]any{
				"route": route, "seconds": int(pause.Seconds() + 0.5),
			})
		}
		timer := time.NewTimer(pause)
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-timer.C:
		}
	}
}

// take counts a request, or says how long to wait before asking again.
func (p *pacer) take(key string) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	a, now := p.allowance(key), p.now()
	if a.known && now.After(a.until) {
		a.known = false
	}
	if a.known && a.left <= 0 {
		return a.until.Sub(now) + rand.N(500*time.Millisecond) + 10*time.Millisecond
	}
	if p.ownLimit > 0 {
		if now.After(a.ownUntil) {
			a.ownLeft, a.ownUntil = p.ownLimit, now.Add(window)
		}
		if a.ownLeft <= 0 {
			return a.ownUntil.Sub(now) + 10*time.Millisecond
		}
		a.ownLeft--
	}
	a.left--
	return 0
}

// learn takes over what an answer says of the route's window. Answers come out
// of order: within one window the smaller number is the newer. Servers of 2023
// count all routes together and leave out the X- (section 16).
func (p *pacer) learn(method, route string, resp *http.Response) {
	header := func(name string) string {
		return cmp.Or(resp.Header.Get("X-"+name), resp.Header.Get(name))
	}
	left, err := strconv.Atoi(header("Ratelimit-Remaining"))
	if err != nil {
		return
	}
	seconds, err := strconv.Atoi(header("Ratelimit-Reset"))
	if err != nil || isRateLimit(resp) {
		if seconds, err = strconv.Atoi(resp.Header.Get("Retry-After")); err != nil {
			return
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	a := p.allowance(method + " " + route)
	until := p.now().Add(min(time.Duration(max(seconds, 0))*time.Second, longestRetryAfter))
	if !a.known || until.After(a.until.Add(2*time.Second)) { // another window
		a.known, a.left, a.until = true, left, until
		return
	}
	a.left = min(a.left, left)
}

func (p *pacer) allowance(key string) *allowance {
	a, ok := p.allowances[key]
	if !ok {
		a = &allowance{}
		p.allowances[key] = a
	}
	return a
}
