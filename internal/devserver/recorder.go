package devserver

import (
	"bytes"
	"net/http"
	"strings"
	"sync"
)

// Request is one request as it arrived, and how it was answered.
type Request struct {
	Method string
	Path   string // as sent on the wire: escaped, without the query
	Route  string // pattern, such as "GET /api/v3/secrets/:secretName"; "" when no route matched
	// RawQuery is what followed the question mark, escaped.
	RawQuery string
	Header   http.Header
	// Body is what was sent, cut after 1 MiB and one byte.
	Body []byte
	// Status is what was answered; 0 while the work goes on and for ever when
	// the connection was cut or left hanging.
	Status int
}

func (r Request) clone() Request {
	r.Header = r.Header.Clone()
	r.Body = bytes.Clone(r.Body)
	return r
}

func newRequest(r *http.Request, m match, body []byte) Request {
	path, _, _ := strings.Cut(target(r), "?")
	return Request{
		Method:   r.Method,
		Path:     path,
		Route:    m.name(),
		RawQuery: r.URL.RawQuery,
		Header:   r.Header.Clone(),
		Body:     body,
	}
}

// recorder keeps every request in order of arrival.
type recorder struct {
	mu      sync.Mutex
	entries []*Request
}

func (c *recorder) add(r Request) *Request {
	entry := r.clone()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.entries = append(c.entries, &entry)
	return &entry
}

func (c *recorder) answered(entry *Request, status int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	entry.Status = status
}

// Requests returns copies of all requests since the start or the last
// ResetRequests, in order of arrival. Those no route matched are among them.
func (s *Server) Requests() []Request {
	s.recorder.mu.Lock()
	defer s.recorder.mu.Unlock()
	out := make([]Request, len(s.recorder.entries))
	for i, entry := range s.recorder.entries {
		out[i] = entry.clone()
	}
	return out
}

// ResetRequests forgets the requests so far. One that is being worked on is
// forgotten too.
func (s *Server) ResetRequests() {
	s.recorder.mu.Lock()
	defer s.recorder.mu.Unlock()
	s.recorder.entries = nil
}
