package devserver

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// connectionLimit is when a real server closes the connection of a request that
// it still works on (PROTOCOL section 0).
const connectionLimit = 30 * time.Second

// labour does the work and, with WriteCost, takes the time for it: one request
// after the other. A request that takes too long loses its connection and is
// carried out all the same.
func (s *Server) labour(r *http.Request, m match, body []byte) answer {
	if s.options.WriteCost == 0 {
		return s.work(r, m, body)
	}
	limit := s.options.GiveUpAfter
	if limit == 0 {
		limit = connectionLimit
	}
	done := make(chan answer, 1)
	go func() {
		s.engine.Lock()
		defer s.engine.Unlock()
		s.wait(context.Background(), s.options.Latency+time.Duration(itemsWritten(r, body))*s.options.WriteCost)
		done <- s.work(r, m, body)
	}()
	tooLong := time.NewTimer(limit)
	defer tooLong.Stop()
	select {
	case a := <-done:
		return a
	case <-tooLong.C:
	case <-s.closing:
	}
	panic(http.ErrAbortHandler)
}

// itemsWritten is how many secrets a request writes.
func itemsWritten(r *http.Request, body []byte) int {
	if r.Method == http.MethodGet || !strings.HasPrefix(r.URL.Path, "/api/v3/secrets") && !strings.HasPrefix(r.URL.Path, "/api/v4/secrets") {
		return 0
	}
	var batch struct {
		Secrets []json.RawMessage `json:"secrets"`
	}
	if json.Unmarshal(body, &batch) == nil && len(batch.Secrets) > 0 {
		return len(batch.Secrets)
	}
	return 1
}
