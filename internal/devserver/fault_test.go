package devserver

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// rawExchange sends a text over a plain connection and reads all that comes back.
func rawExchange(t *testing.T, s *Server, text string) string {
	t.Helper()
	conn, err := net.Dial("tcp", s.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	got, _ := io.ReadAll(conn)
	return string(got)
}

func isPost(f Fault) func(Request) *Fault {
	return func(r Request) *Fault {
		if r.Method != http.MethodPost || r.Status != 0 {
			return nil
		}
		return &f
	}
}

// TestFaults has each kind: whether the client gets an answer, whether the work
// was done, and what the recorder says.
func TestFaults(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fault    Fault
		status   int // 0: no answer
		body     string
		stored   int
		recorded int
	}{
		"none":         {Fault{}, 200, "", 1, 200},
		"fixed":        {Fault{Status: 503, Body: "<html>", Header: http.Header{"Retry-After": {"7"}, "Content-Type": {"text/html"}}}, 503, "<html>", 0, 503},
		"fixed status": {Fault{Status: 502}, 502, "", 0, 502},
		"fixed body":   {Fault{Body: `{}`}, 200, `{}`, 0, 200},
		"cut before":   {Fault{CutBefore: true}, 0, "", 0, 0},
		"cut after":    {Fault{CutAfter: true}, 0, "", 1, 0},
		"delay":        {Fault{Delay: time.Millisecond}, 200, "", 1, 200},
		"rewrite": {Fault{Rewrite: func(status int, body []byte) (int, []byte) {
			return status + 1, []byte(strings.ToUpper(string(body[:9])))
		}}, 201, `{"SECRET"`, 1, 201},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, Options{}, Project{})
			remove := w.InjectFault(isPost(tc.fault))
			r, err := w.send(context.Background(), "POST", "/api/v3/secrets/A", w.at("/", sealedBody("v")))
			if (err != nil) != (tc.status == 0) || r.status != tc.status || tc.body != "" && r.raw != tc.body {
				t.Errorf("%v %d %q", err, r.status, r.raw)
			}
			for name, values := range tc.fault.Header {
				if r.header.Get(name) != values[0] {
					t.Errorf("header %s: %q", name, r.header.Get(name))
				}
			}
			if n := len(w.Records(w.project.ID, "dev", "/")); n != tc.stored {
				t.Errorf("%d records, want %d", n, tc.stored)
			}
			seen := w.Requests()
			if len(seen) != 1 || seen[0].Status != tc.recorded || seen[0].Route != "POST /api/v3/secrets/:secretName" || !strings.Contains(string(seen[0].Body), `"secretValueTag"`) {
				t.Errorf("recorded %+v", seen)
			}
			w.want(w.list("/", ""), 200, nil) // another route is left alone
			remove()
			remove()
			w.want(w.create("/", "B", "v"), 200, nil)
			w.ResetRequests()
			if len(w.Requests()) != 0 {
				t.Error("ResetRequests")
			}
		})
	}
}

func TestHangs(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fault  Fault
		stored int
	}{
		"before": {Fault{HangBefore: true}, 0},
		"after":  {Fault{HangAfter: true}, 1},
	} {
		t.Run(name+" until the client leaves", func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, Options{}, Project{})
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			fault := tc.fault
			// Runs when the work is done, just before the hang.
			fault.Rewrite = func(status int, body []byte) (int, []byte) {
				cancel()
				return status, body
			}
			w.InjectFault(func(Request) *Fault {
				if fault.HangBefore {
					cancel()
				}
				return &fault
			})
			if _, err := w.send(ctx, "POST", "/api/v3/secrets/A", w.at("/", sealedBody("v"))); err == nil {
				t.Error("an answer came")
			}
			if n := len(w.Records(w.project.ID, "dev", "/")); n != tc.stored {
				t.Errorf("%d records, want %d", n, tc.stored)
			}
			if seen := w.Requests(); len(seen) != 1 || seen[0].Status != 0 {
				t.Errorf("recorded %+v", seen)
			}
		})
		t.Run(name+" until the server closes", func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, Options{}, Project{})
			arrived := make(chan struct{})
			w.InjectFault(func(Request) *Fault {
				close(arrived)
				return &tc.fault
			})
			failed := make(chan error)
			go func() {
				_, err := w.send(context.Background(), "POST", "/api/v3/secrets/A", w.at("/", sealedBody("v")))
				failed <- err
			}()
			<-arrived
			if err := w.Close(); err != nil {
				t.Error(err)
			}
			if <-failed == nil {
				t.Error("an answer came")
			}
		})
	}
}

// TestFaultsAreAskedInOrder: the oldest first, the first that says something
// wins, and a rule may take itself away.
func TestFaultsAreAskedInOrder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, Project{})
	var remove func()
	asked := 0 // needs no lock: asked one at a time
	remove = w.InjectFault(func(Request) *Fault {
		asked++
		if asked < 2 {
			return nil
		}
		remove()
		return &Fault{Status: 500}
	})
	w.InjectFault(func(r Request) *Fault {
		if r.Route == "" {
			return &Fault{Status: 418}
		}
		return nil
	})
	for i, want := range []int{418, 500, 418} {
		if r := w.do("GET", "/nowhere", nil); r.status != want {
			t.Errorf("request %d: %d, want %d", i, r.status, want)
		}
	}
	w.want(w.list("/", ""), 200, nil)
}

// TestLatency: a client that gives up waiting has written all the same.
func TestLatency(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{Latency: time.Hour}, Project{})
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	w.InjectFault(func(Request) *Fault {
		return &Fault{Rewrite: func(status int, body []byte) (int, []byte) {
			cancel() // the work is done, the latency begins
			return status, body
		}}
	})
	if _, err := w.send(ctx, "POST", "/api/v3/secrets/A", w.at("/", sealedBody("v"))); err == nil {
		t.Error("answered at once")
	}
	if len(w.Records(w.project.ID, "dev", "/")) != 1 {
		t.Error("nothing was written")
	}
	quick := newWorld(t, Options{Latency: 20 * time.Millisecond}, Project{})
	began := time.Now()
	quick.want(quick.do("GET", "/nowhere", nil), 404, nil)
	if took := time.Since(began); took < 20*time.Millisecond {
		t.Errorf("answered after %v", took)
	}
}

func TestRequestsAreCopies(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, Project{})
	w.want(w.create("/", "a%2Fb", "v"), 200, nil)
	first := w.Requests()[0]
	first.Header.Set("Authorization", "changed")
	first.Body[0] = 'X'
	again := w.Requests()[0]
	if again.Header.Get("Authorization") != "Bearer "+w.bearer || again.Body[0] != '{' || again.Path != "/api/v3/secrets/a%2Fb" {
		t.Errorf("%+v", again)
	}
	w.list("/", "")
	if got := w.Requests()[1]; got.RawQuery != strings.TrimPrefix(w.query("dev", "/", ""), "?") || got.Path != "/api/v3/secrets" {
		t.Errorf("%+v", got)
	}
}
