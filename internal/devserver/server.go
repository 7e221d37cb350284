package devserver

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"runtime"
	"sync"
	"time"
)

// Options says how a Server is started. The zero value is what tests want.
type Options struct {
	// Era is whose server is played; "" is Era2024May.
	Era Era
	// WithoutV3 takes the endpoints of /api/v3/secrets away from a server that
	// has others, as later ones may.
	WithoutV3 bool
	// Addr is a loopback host:port; "" is "127.0.0.1:0", a free port.
	Addr string
	// RateLimit is the number of requests a minute allowed for each method,
	// route and client address. 0 keeps the era's limits: recorded in 2024-05
	// are 1000 for secrets, 600 for reads of other things, 50 for tags (PROTOCOL
	// section 10), in 2024-10 40, 60 and 200 (PROTOCOL_V3 section 0); in 2023-06
	// 200 and in 2023-11 350 for all routes and clients together (PROTOCOL_2023).
	RateLimit int
	// Latency is waited before every answer, after the work is done: as with a
	// real server, a client that gives up waiting has written all the same.
	Latency time.Duration
	// WriteCost is how long the server works for one secret that is written, a
	// batch for each of its items. With it requests are worked on one at a time,
	// Latency included: while a real server computes its blind indexes and
	// compares its token hashes, every other request waits (PROTOCOL section 5).
	WriteCost time.Duration
	// GiveUpAfter is how long a request may take before its connection is
	// closed, while the work goes on; 0 is 30 s, as recorded (PROTOCOL section 5).
	GiveUpAfter time.Duration
	// Reword gives every refusal other words, see reword.go: a seed, 0 = none.
	Reword uint64
}

// Server is a running devserver. All its methods may be called at the same time.
type Server struct {
	options Options
	addr    string
	closing chan struct{} // closed by Close, frees whoever waits or hangs
	routes  []route

	running sync.Mutex // guards what Restart replaces
	closed  bool
	http    *http.Server
	served  chan struct{} // closed when its accept loop has ended

	// gap runs between the look at whether a name is taken and the insert. The
	// real server has no unique index and no transaction around the two
	// (PROTOCOL section 12); tests put a barrier here to make the race certain.
	gap func()

	limits   limiter
	recorder recorder
	faults   faults
	restarts []<-chan struct{} // by faults, closed when over; faults.asking guards them

	engine sync.Mutex // held while a request is worked on, if work takes time

	mu sync.Mutex // guards state
	state
}

// Start listens on a loopback address and serves in the background until Close.
// It fails when Addr is no loopback address or cannot be listened on.
func Start(o Options) (*Server, error) {
	return start(o, runtime.Gosched)
}

func start(o Options, gap func()) (*Server, error) {
	if o.Addr == "" {
		o.Addr = "127.0.0.1:0"
	}
	if err := loopback(o.Addr); err != nil {
		return nil, err
	}
	if err := o.Era.check(); err != nil {
		return nil, err
	}
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", o.Addr)
	if err != nil {
		return nil, fmt.Errorf("devserver: %w", err)
	}
	s := &Server{
		options: o,
		addr:    listener.Addr().String(),
		closing: make(chan struct{}),
		routes:  routes(o),
		gap:     gap,
		limits:  limiter{override: o.RateLimit, now: time.Now},
		state:   newState(o.Era),
	}
	s.listen(listener)
	return s, nil
}

// listen serves what a listener accepts. The caller has the server to itself.
func (s *Server) listen(listener net.Listener) {
	server, served := &http.Server{
		Handler: http.HandlerFunc(s.serve),
		// Keep-Alive: timeout=72 (PROTOCOL section 0).
		IdleTimeout: 72 * time.Second,
		// Node refuses more than 16 KiB of request line and headers with 431;
		// net/http adds 4 KiB to what it is told.
		MaxHeaderBytes: 12 << 10,
	}, make(chan struct{})
	s.http, s.served = server, served
	go func() {
		defer close(served)
		_ = server.Serve(listener)
	}()
}

// loopback refuses an address other machines could reach: the server checks
// tokens in the clear and exists to be broken on purpose.
func loopback(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("devserver: address %q: %w", addr, err)
	}
	if host == "localhost" {
		return nil
	}
	if ip, err := netip.ParseAddr(host); err == nil && ip.IsLoopback() {
		return nil
	}
	return fmt.Errorf("devserver: address %q is not a loopback address; use 127.0.0.1, ::1 or localhost", addr)
}

// Era is whose server is played.
func (s *Server) Era() Era { return s.era }

// URL is where the server is reached: "http://127.0.0.1:PORT".
func (s *Server) URL() string {
	return "http://" + s.addr
}

// Close stops at once and closes every connection, also those of requests that
// are being worked on. Closing twice is harmless.
func (s *Server) Close() error {
	s.running.Lock()
	defer s.running.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	close(s.closing)
	return s.stop()
}

// stop ends the accept loop and closes its connections. The caller holds the
// lock.
func (s *Server) stop() error {
	err := s.http.Close()
	<-s.served
	if errors.Is(err, http.ErrServerClosed) || errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

// Restart closes every connection and listens anew at the same address. What is
// stored stays, and what is being worked on is finished; no client hears of it.
// A closed server stays closed.
func (s *Server) Restart() error {
	s.running.Lock()
	defer s.running.Unlock()
	if s.closed {
		return nil
	}
	if err := s.stop(); err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", s.addr)
	if err != nil {
		return fmt.Errorf("devserver: restart: %w", err)
	}
	s.listen(listener)
	return nil
}

// AwaitRestart returns when the restarts that requests have met so far are over,
// which a client that gave up does not wait for.
func (s *Server) AwaitRestart() {
	s.faults.asking.Lock()
	restarts := s.restarts
	s.faults.asking.Unlock()
	for _, over := range restarts {
		<-over
	}
}

// closeIdle closes the connections that carry no request, without a word.
func (s *Server) closeIdle() {
	s.running.Lock()
	defer s.running.Unlock()
	s.http.SetKeepAlivesEnabled(false)
	s.http.SetKeepAlivesEnabled(!s.closed)
}

// serve is a request's whole way: read, record, ask for faults, work, answer.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	body, err := readBody(r)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	match := s.match(r)
	entry, fault, over := s.arrive(newRequest(r, match, body))
	defer over()
	s.wait(context.Background(), fault.Delay)
	if fault.Before != nil {
		fault.Before()
	}
	switch {
	case fault.CutBefore:
		panic(http.ErrAbortHandler)
	case fault.HangBefore:
		s.hang(r.Context())
	case fault.RestartBefore:
		s.drop(s.Restart())
	}

	a, fixed := fault.answer()
	if !fixed {
		a = reword(s.options.Reword, match.name(), s.era.Of2023(), s.labour(r, match, body))
	}
	if fault.Rewrite != nil {
		a.status, a.body = fault.Rewrite(a.status, a.body)
	}
	switch {
	case fault.CutAfter:
		panic(http.ErrAbortHandler)
	case fault.HangAfter:
		s.hang(r.Context())
	case fault.RestartAfter:
		s.drop(s.Restart())
	}
	if s.options.WriteCost == 0 {
		s.wait(r.Context(), s.options.Latency)
	}
	// A closed server answers no more: the work may have been done, the client
	// learns nothing.
	select {
	case <-s.closing:
		panic(http.ErrAbortHandler)
	default:
	}
	fault.spoil(w, &a)
	a.write(w, r, func(status int) { s.recorder.answered(entry, status) })
	fault.finish(s, w, r)
}

// drop ends a request whose connection a restart has closed.
func (s *Server) drop(err error) {
	if err != nil {
		panic(err) // the port was taken meanwhile: the test is no test any more
	}
	panic(http.ErrAbortHandler)
}

// arrive records a request and asks for a fault in one step, so that the faults
// are asked in the order the recorder shows. over is called when the request is
// done with.
func (s *Server) arrive(r Request) (entry *Request, fault *Fault, over func()) {
	s.faults.asking.Lock()
	defer s.faults.asking.Unlock()
	entry, fault, over = s.recorder.add(r), s.faults.match(r), func() {}
	if fault == nil {
		fault = &Fault{}
	}
	if fault.RestartBefore || fault.RestartAfter {
		restarted := make(chan struct{})
		s.restarts = append(s.restarts, restarted)
		over = func() { close(restarted) }
	}
	return entry, fault, over
}

// wait returns after d, or sooner when ctx ends or the server closes.
func (s *Server) wait(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	case <-s.closing:
	}
}

// hang keeps the connection open and silent until the client leaves or the
// server closes.
func (s *Server) hang(ctx context.Context) {
	select {
	case <-ctx.Done():
	case <-s.closing:
	}
	panic(http.ErrAbortHandler)
}
