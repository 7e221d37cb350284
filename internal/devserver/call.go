package devserver

import (
	"cmp"
	"errors"
	"net/http"
	"net/url"
)

// call is a request that is allowed to be worked on.
type call struct {
	server *Server
	actor  actor
	ip     string         // where the request came from
	v4     bool           // of /api/v4/secrets, or the second version of folders and imports
	param  string         // the path parameter, decoded
	query  map[string]any // a text, or a list when a name was repeated
	body   any            // decoded JSON; nil without a body
}

// work does what the request asks: authentication, then the rate limit, then
// the body, then the handler (the order of PROTOCOL section 10).
func (s *Server) work(r *http.Request, m match, body []byte) answer {
	if s.era.Of2023() {
		return s.mongoWork(r, m, body)
	}
	if m.err != nil {
		return s.era.answerTo(m.err)
	}
	c := &call{server: s, ip: clientIP(r), param: m.param, query: queryValues(r.URL.RawQuery)}
	var refused *failure
	if c.actor, refused = s.authenticate(r, m.route); refused != nil {
		return s.era.answerTo(refused)
	}

	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		c.body, refused = parseBody(r, body)
	}
	// Since October 2024 a body that cannot be read does not reach the limiter.
	if refused != nil && s.era.sinceOctober() {
		return s.era.answerTo(refused)
	}
	header := http.Header{}
	if limit := cmp.Or(s.limits.override, s.era.limit(m.route.limit)); m.route.limit > 0 && limit > 0 {
		var allowed bool
		header, allowed = s.limits.take(m.name(), c.ip, limit)
		if !allowed {
			f := tooManyRequests()
			if s.era.since2026() {
				f.Message = "Rate limit exceeded. Please try again in " + header.Get("Retry-After") + " seconds"
			}
			a := s.era.answerTo(f)
			a.header = header
			return a
		}
	}
	var a answer
	if refused != nil {
		a = s.era.answerTo(refused)
	} else {
		a = c.run(m.route)
	}
	a.header = header
	return a
}

func (c *call) run(route *route) answer {
	payload, err := route.handle(c)
	if f := (*failure)(nil); errors.As(err, &f) {
		switch {
		case c.server.era.since2026():
			f = c.named(route, f)
		case c.server.era.sinceLateOctober():
			f = c.namedLate(route, f)
		}
		return c.server.era.answerTo(f)
	}
	if payload == (nothing{}) {
		return answer{status: http.StatusOK}
	}
	return answer{status: http.StatusOK, body: encode(payload)}
}

// nothing is an answer without a body.
type nothing struct{}

// queryValues reads a query string, leniently: what cannot be read is left out.
func queryValues(raw string) map[string]any {
	parsed, _ := url.ParseQuery(raw)
	out := make(map[string]any, len(parsed))
	for name, values := range parsed {
		if len(values) == 1 {
			out[name] = values[0]
			continue
		}
		list := make([]any, len(values))
		for i, v := range values {
			list[i] = v
		}
		out[name] = list
	}
	return out
}
