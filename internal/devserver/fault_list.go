package devserver

import (
	"math/rand/v2"
	"net/http"
	"strings"
	"time"
)

// NamedFault is one way in which a request goes wrong.
type NamedFault struct {
	Name string
	Fault
}

// Faults are the ways in which a server, or what stands before it, fails
// without meaning harm. limit is how long the client waits for an answer:
// what comes late comes after twice that time.
func Faults(limit time.Duration) []NamedFault {
	failed := func(int, []byte) (int, []byte) {
		return http.StatusInternalServerError, database("Find by secret path").answer().body
	}
	page := http.Header{"Content-Type": {"text/html"}}
	answered := func(status int, body []byte) func(int, []byte) (int, []byte) {
		return func(int, []byte) (int, []byte) { return status, body }
	}
	return []NamedFault{
		{"cut before", Fault{CutBefore: true}},
		{"cut after commit", Fault{CutAfter: true}},
		{"hang before", Fault{HangBefore: true}},
		{"hang after commit", Fault{HangAfter: true}},
		{"commit late", Fault{Delay: 2 * limit}},
		{"429", Fault{Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"0"}}, Body: string(tooManyRequests().answer().body)}},
		{"500", Fault{Status: http.StatusInternalServerError, Body: string(database("Find by secret path").answer().body)}},
		{"500 after commit", Fault{Rewrite: failed}},
		{"502", Fault{Status: http.StatusBadGateway, Header: page, Body: "<html>Bad Gateway</html>"}},
		{"503", Fault{Status: http.StatusServiceUnavailable, Header: page, Body: "<html>Service Unavailable</html>"}},
		{"504 after commit", Fault{Rewrite: answered(http.StatusGatewayTimeout, []byte("<html>Gateway Time-out</html>"))}},
		{"HTML", Fault{Status: http.StatusOK, Header: page, Body: "<!DOCTYPE html><title>Sign in</title>"}},
		{"HTML after commit", Fault{Rewrite: answered(http.StatusOK, []byte("<!DOCTYPE html><title>Sign in</title>"))}},
		{"empty", Fault{Status: http.StatusOK}},
		{"empty after commit", Fault{Rewrite: answered(http.StatusOK, nil)}},
		{"truncated after commit", Fault{Truncate: true}},
		{"endless after commit", Fault{Endless: true}},
		{"idle connections closed", Fault{CloseAfter: true}},
		{"restart before", Fault{RestartBefore: true}},
		{"restart after commit", Fault{RestartAfter: true}},
	}
}

// Nth is a script for InjectFault: the fault meets the nth request of a route,
// counted from 1. A pattern that ends in * is a prefix: "PATCH *" are all
// updates, "*" all requests.
func Nth(pattern string, n int, f Fault) func(Request) *Fault {
	return func(r Request) *Fault {
		if !matches(pattern, r.Route) {
			return nil
		}
		if n--; n != 0 {
			return nil
		}
		return &f
	}
}

// AtRandom is a script for InjectFault: each request of a route meets one of
// the faults with that chance. Equal seeds give equal faults to equal requests.
func AtRandom(pattern string, random *rand.Rand, chance float64, all []NamedFault) func(Request) *Fault {
	return func(r Request) *Fault {
		if !matches(pattern, r.Route) || random.Float64() >= chance {
			return nil
		}
		f := all[random.IntN(len(all))].Fault
		return &f
	}
}

func matches(pattern, route string) bool {
	if prefix, ok := strings.CutSuffix(pattern, "*"); ok {
		return strings.HasPrefix(route, prefix)
	}
	return route == pattern
}
