package devserver

import (
	"bytes"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Fault is what goes wrong with one request. Several fields may be set: the
// delay comes first, then what another client does, what happens before the work, the work or the fixed
// answer, the rewrite, and what happens after.
type Fault struct {
	// Status, Header and Body are a fixed answer given instead of the real one;
	// nothing is done. Status 0 with a Body is 200; without one there is no
	// fixed answer. The Content-Type is JSON unless Header says otherwise.
	Status int
	Header http.Header
	Body   string

	Before func() // what another client does first; it may send requests

	CutBefore  bool          // close the connection, nothing done
	CutAfter   bool          // do the work, then close the connection without an answer
	HangBefore bool          // never answer, nothing done
	HangAfter  bool          // do the work, then never answer
	Delay      time.Duration // wait, then go on as usual, also when the client has left

	// Rewrite changes the real answer on its way out: a lying server.
	Rewrite func(status int, body []byte) (int, []byte)

	Truncate      bool // send half of the answer's body, then close the connection
	Endless       bool // after the answer's body send blanks until the client leaves
	CloseAfter    bool // send the whole answer, then close the connection and all idle ones without a word
	RestartBefore bool // restart the server, nothing done
	RestartAfter  bool // do the work, then restart without an answer
}

func (f *Fault) answer() (answer, bool) {
	if f.Status == 0 && f.Body == "" {
		return answer{}, false
	}
	status := f.Status
	if status == 0 {
		status = http.StatusOK
	}
	return answer{status: status, header: f.Header.Clone(), body: []byte(f.Body)}, true
}

// spoil prepares what of an answer goes wrong while it is sent.
func (f *Fault) spoil(w http.ResponseWriter, a *answer) {
	if f.Truncate || f.CloseAfter { // the client must know where it ends
		w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	}
	if f.Truncate {
		a.body = a.body[:len(a.body)/2]
	}
}

// finish is what happens once the answer is sent.
func (f *Fault) finish(s *Server, w http.ResponseWriter, r *http.Request) {
	out := http.NewResponseController(w)
	switch {
	case f.Endless:
		blanks := bytes.Repeat([]byte(" "), 64<<10)
		for r.Context().Err() == nil {
			if _, err := w.Write(blanks); err != nil {
				break
			}
			_ = out.Flush()
			s.wait(r.Context(), 5*time.Millisecond) // for what a client may take, not for what this machine can send
		}
		panic(http.ErrAbortHandler)
	case f.Truncate, f.CloseAfter:
		_ = out.Flush()
		if f.CloseAfter {
			s.closeIdle()
		}
		panic(http.ErrAbortHandler)
	}
}

type faults struct {
	// asking serialises the match functions, so that they may count without a
	// lock of their own. It is not mu: a match function may remove itself.
	asking sync.Mutex
	mu     sync.Mutex
	rules  []*faultRule
}

type faultRule struct{ match func(Request) *Fault }

func (f *faults) match(r Request) *Fault {
	f.mu.Lock()
	rules := slices.Clone(f.rules)
	f.mu.Unlock()
	for _, rule := range rules {
		if fault := rule.match(r.clone()); fault != nil {
			return fault
		}
	}
	return nil
}

// InjectFault has match asked for each request, in order of arrival and one at
// a time; nil means no fault. With several injected the oldest is asked first
// and the first non-nil answer wins. The Request given to match has Status 0.
// The returned function removes it and may be called from match and twice.
func (s *Server) InjectFault(match func(Request) *Fault) (remove func()) {
	rule := &faultRule{match}
	s.faults.mu.Lock()
	defer s.faults.mu.Unlock()
	s.faults.rules = append(s.faults.rules, rule)
	return func() {
		s.faults.mu.Lock()
		defer s.faults.mu.Unlock()
		s.faults.rules = slices.DeleteFunc(s.faults.rules, func(r *faultRule) bool { return r == rule })
	}
}
