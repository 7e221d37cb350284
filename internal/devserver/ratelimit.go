package devserver

import (
	"net/http"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"
)

// window is how long requests are counted, from the first one on.
const window = time.Minute

// limiter counts requests for each method + route pattern + client address in
// fixed windows (PROTOCOL section 10). The zero value with a clock is ready.
type limiter struct {
	override int // instead of each route's own limit, when above 0
	now      func() time.Time

	mu      sync.Mutex
	buckets map[string]*bucket
}

type bucket struct {
	ends time.Time
	used int
}

// take counts one request. The header goes on every limited answer; when the
// request is not allowed it also says, in seconds, when to come back.
func (l *limiter) take(route, client string, limit int) (header http.Header, allowed bool) {
	if l.override > 0 {
		limit = l.override
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.buckets == nil {
		l.buckets = map[string]*bucket{}
	}
	now := l.now()
	key := route + " " + client
	b := l.buckets[key]
	if b == nil || !now.Before(b.ends) {
		b = &bucket{ends: now.Add(window)}
		l.buckets[key] = b
	}
	b.used++

	left := strconv.Itoa(int((b.ends.Sub(now) + time.Second - 1) / time.Second))
	header = http.Header{}
	header.Set("X-Ratelimit-Limit", strconv.Itoa(limit))
	header.Set("X-Ratelimit-Remaining", strconv.Itoa(max(0, limit-b.used)))
	header.Set("X-Ratelimit-Reset", left)
	if b.used > limit {
		header.Set("Retry-After", left)
		return header, false
	}
	return header, true
}

func tooManyRequests() *failure {
	return &failure{
		Status:  http.StatusTooManyRequests,
		Message: "Rate limit exceeded, retry in 1 minute",
		Label:   "Too Many Requests",
	}
}

// clientIP is the address a request is counted under. The server believes what
// proxies, and liars, put into these headers.
func clientIP(r *http.Request) string {
	for _, name := range []string{
		"X-Client-IP", "X-Forwarded-For", "CF-Connecting-IP", "Fastly-Client-IP", "True-Client-IP",
		"X-Real-IP", "X-Cluster-Client-IP", "X-Forwarded", "Forwarded-For", "Forwarded",
	} {
		for _, part := range strings.Split(r.Header.Get(name), ",") {
			if ip, err := netip.ParseAddr(strings.TrimSpace(part)); err == nil {
				return ip.String()
			}
		}
	}
	if peer, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		return peer.Addr().String()
	}
	return r.RemoteAddr
}
