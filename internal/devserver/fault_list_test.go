package devserver

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestNamedFaults: what each of them leaves behind, and whether the client can
// take it for an answer.
func TestNamedFaults(t *testing.T) {
	t.Parallel()
	const limit = 200 * time.Millisecond
	for _, f := range Faults(limit) {
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, Options{}, Project{})
			w.InjectFault(Nth("POST *", 1, f.Fault))
			ctx, leave := context.WithTimeout(context.Background(), limit)
			defer leave()
			r, err := w.send(ctx, "POST", "/api/v3/secrets/A", w.at("/", sealedBody("v")))
			w.AwaitRestart()
			if f.Name == "commit late" {
				for deadline := time.Now().Add(10 * time.Second); len(w.Records(w.project.ID, "dev", "/")) == 0 && time.Now().Before(deadline); {
					time.Sleep(time.Millisecond)
				}
			}
			done := strings.Contains(f.Name, "after commit") || f.CloseAfter || f.Name == "commit late"
			if stored := len(w.Records(w.project.ID, "dev", "/")) == 1; stored != done {
				t.Errorf("stored: %t", stored)
			}
			whole := err == nil && r.status == http.StatusOK && strings.HasPrefix(r.raw, `{"secret"`) && strings.HasSuffix(r.raw, "}")
			if whole != f.CloseAfter {
				t.Errorf("an answer: %t, %v %d", whole, err, r.status)
			}
			w.want(w.create("/", "B", "v"), http.StatusOK, nil) // the server is still there, and the fault is not
		})
	}
}

func TestTruncatedAndEndlessAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, Project{})
	w.want(w.create("/", "A", "v"), http.StatusOK, nil)
	list := func() (*http.Response, error) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.URL()+"/api/v3/secrets"+w.query("dev", "/", ""), nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+w.bearer)
		return http.DefaultClient.Do(req)
	}
	w.InjectFault(Nth("GET /api/v3/secrets", 1, Fault{Truncate: true}))
	w.InjectFault(Nth("GET /api/v3/secrets", 1, Fault{Endless: true})) // not asked for the first: so its first is the second

	cut, err := list()
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(cut.Body)
	_ = cut.Body.Close()
	if !errors.Is(err, io.ErrUnexpectedEOF) || len(body) == 0 || int64(len(body)) != cut.ContentLength/2 {
		t.Errorf("%d of %d bytes: %v", len(body), cut.ContentLength, err)
	}

	endless, err := list()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = endless.Body.Close() }()
	if n, err := io.CopyN(io.Discard, endless.Body, 1<<20); err != nil {
		t.Errorf("it ended after %d bytes: %v", n, err)
	}
}

// TestRestart: the port and what is stored stay, connections do not.
func TestRestart(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, Project{})
	w.want(w.create("/", "A", "v"), http.StatusOK, nil)
	url, arrived, failed := w.URL(), make(chan struct{}), make(chan error)
	w.InjectFault(Nth("GET /api/v3/secrets", 1, Fault{Rewrite: func(status int, body []byte) (int, []byte) {
		close(arrived)
		return status, body
	}, HangAfter: true}))
	go func() {
		_, err := w.send(context.Background(), "GET", "/api/v3/secrets"+w.query("dev", "/", ""), nil)
		failed <- err
	}()
	<-arrived
	for range 3 {
		if err := w.Restart(); err != nil {
			t.Fatal(err)
		}
	}
	if <-failed == nil {
		t.Error("a request outlived the restart")
	}
	if w.URL() != url || len(w.Records(w.project.ID, "dev", "/")) != 1 {
		t.Error("the restart lost the address or what was stored")
	}
	w.want(w.list("/", ""), http.StatusOK, nil)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := w.Restart(); err != nil {
		t.Fatal(err)
	}
	if _, err := w.send(context.Background(), "GET", "/api/status", nil); err == nil {
		t.Error("a closed server was opened by a restart")
	}
}

// TestAwaitRestart: also of a request that is still being worked on when its
// client gives up.
func TestAwaitRestart(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, Project{})
	arrived, goOn := make(chan struct{}), make(chan struct{})
	worked := false
	w.InjectFault(Nth("GET /api/v3/secrets", 1, Fault{Rewrite: func(status int, body []byte) (int, []byte) {
		close(arrived)
		<-goOn
		worked = true
		return status, body
	}, RestartAfter: true}))
	ctx, giveUp := context.WithCancel(t.Context())
	gaveUp := make(chan error)
	go func() {
		_, err := w.send(ctx, "GET", "/api/v3/secrets"+w.query("dev", "/", ""), nil)
		gaveUp <- err
	}()
	<-arrived
	giveUp()
	if <-gaveUp == nil {
		t.Error("the client did not give up")
	}
	go close(goOn)
	w.AwaitRestart()
	if !worked {
		t.Fatal("it did not wait for the work")
	}
	w.want(w.list("/", ""), http.StatusOK, nil)
}

func TestFaultScripts(t *testing.T) {
	t.Parallel()
	post, patch := Request{Route: "POST /api/v3/secrets/:secretName"}, Request{Route: "PATCH /api/v3/secrets/:secretName"}
	third := Nth("PATCH *", 3, Fault{Status: 500})
	for i, want := range []bool{false, false, true, false, false} {
		if third(post) != nil || (third(patch) != nil) != want {
			t.Errorf("request %d", i+1)
		}
	}
	of := func(seed uint64) (met string) {
		script := AtRandom("*", rand.New(rand.NewPCG(seed, 0)), 0.5, Faults(time.Second))
		for range 50 {
			if f := script(post); f == nil {
				met += "-"
			} else {
				met += string(rune('A' + f.Status%26))
			}
		}
		return met
	}
	first, again, other := of(1), of(1), of(2)
	if first != again || first == other || strings.Count(first, "-") < 10 || strings.Count(first, "-") > 40 {
		t.Error("the faults do not follow the seed")
	}
}
