package secrets_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

const batchRoute = "/api/v3/secrets/batch"

// inParallel runs work for each of count, ten at a time, as Terraform does.
func inParallel(count int, work func(i int)) {
	next := make(chan int)
	var workers sync.WaitGroup
	for range 10 {
		workers.Go(func() {
			for i := range next {
				work(i)
			}
		})
	}
	for i := range count {
		next <- i
	}
	close(next)
	workers.Wait()
}

// TestAThousandWritesShareRequests: create, update and delete of a thousand,
// ten at a time, cost a tenth of that in requests.
func TestAThousandWritesShareRequests(t *testing.T) {
	t.Parallel()
	w := worldWith(t, devserver.Options{RateLimit: 100_000})
	const count = 1000
	ids := make([]string, count)
	name := func(i int) secrets.Ref { return w.ref(fmt.Sprintf("N%d", i)) }
	for _, step := range []struct {
		name string
		work func(store *secrets.Store, i int) error
	}{
		{"create", func(store *secrets.Store, i int) error {
			s, err := store.Create(t.Context(), name(i), draft("v", "c"))
			ids[i] = s.ID
			return err
		}},
		{"update", func(store *secrets.Store, i int) error {
			_, err := store.Update(t.Context(), name(i), ids[i], changeTo(fmt.Sprint(i), "c"))
			return err
		}},
		{"delete", func(store *secrets.Store, i int) error { return store.Delete(t.Context(), name(i), ids[i]) }},
	} {
		w.server.ResetRequests()
		store := w.store(seed.Token{})
		inParallel(count, func(i int) {
			if err := step.work(store, i); err != nil {
				t.Error(err)
			}
		})
		// Where the machine is busy with other things, some leave by the clock.
		if got := len(w.server.Requests()); got > 130 {
			t.Errorf("%s: %d requests", step.name, got)
		}
		if left := len(w.server.Records(w.owner.Project.ID, "dev", "/")); (step.name == "delete") != (left == 0) {
			t.Errorf("%s: %d secrets are there", step.name, left)
		}
	}
}

// TestSingleFileWritesDoNotWait: who comes alone is sent alone, at once.
func TestSingleFileWritesDoNotWait(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	store := w.store(seed.Token{})
	for i := range 20 {
		if _, err := store.Create(t.Context(), w.ref(fmt.Sprintf("N%d", i)), draft("v", "")); err != nil {
			t.Fatal(err)
		}
	}
	if got := w.requests(); got[createRoute] != 20 || got["POST "+batchRoute] != 0 {
		t.Errorf("%v", got)
	}
}

// TestNoClockWhileARequestIsUnderWay: what comes meanwhile shares one request,
// however far apart it comes.
func TestNoClockWhileARequestIsUnderWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	store := w.store(seed.Token{})
	if _, err := store.List(t.Context(), w.folder("/")); err != nil {
		t.Fatal(err)
	}
	first, release := make(chan struct{}), make(chan struct{})
	var once sync.Once
	w.server.InjectFault(func(r devserver.Request) *devserver.Fault {
		if r.Method != http.MethodPost {
			return nil
		}
		held := false
		once.Do(func() { held = true })
		if !held {
			return nil
		}
		return &devserver.Fault{Before: func() { close(first); <-release }}
	})
	var writers sync.WaitGroup
	create := func(names ...string) {
		for _, name := range names {
			writers.Go(func() {
				if _, err := store.Create(t.Context(), w.ref(name), draft("v", "")); err != nil {
					t.Error(err)
				}
			})
		}
	}
	create("FIRST")
	<-first
	create("A", "B")
	time.Sleep(600 * time.Millisecond) // longer than any wait for others
	create("C", "D")
	time.Sleep(100 * time.Millisecond)
	close(release)
	writers.Wait()
	if got := w.requests()["POST "+batchRoute]; got != 1 {
		t.Errorf("%d shared requests for four writes", got)
	}
	w.holds("FIRST=v", "A=v", "B=v", "C=v", "D=v")
}

// TestMixedFailure: in one batch one name is taken, one secret was deleted
// meanwhile, one tag does not exist; each gets its own answer, the others are
// done.
func TestMixedFailure(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	ids := map[string]string{}
	for i := range 10 {
		name := fmt.Sprintf("OLD%d", i)
		ids[name] = w.put(name, "v", "").ID
	}
	store := w.listed()
	w.put("NEW3", "theirs", "")
	if err := w.owner.Delete("dev", "/", "OLD5"); err != nil {
		t.Fatal(err)
	}
	unknown := []string{"5f1efa06-83ef-4dd8-850d-24bdfbd77c03"}
	created, updated := make([]error, 10), make([]error, 10)
	var all sync.WaitGroup
	for i := range 10 {
		all.Go(func() {
			value := "v"
			if i == 7 {
				value = strings.Repeat("v", 800<<10)
			}
			_, created[i] = store.Create(t.Context(), w.ref(fmt.Sprintf("NEW%d", i)), draft(value, ""))
		})
		all.Go(func() {
			name := fmt.Sprintf("OLD%d", i)
			change := changeTo("changed", "")
			if i == 8 {
				change.TagIDs = &unknown
			}
			_, updated[i] = store.Update(t.Context(), w.ref(name), ids[name], change)
		})
	}
	all.Wait()
	for i := range 10 {
		for _, c := range []struct {
			what string
			err  error
			want map[int]secrets.Problem
		}{
			{"create", created[i], map[int]secrets.Problem{3: secrets.ProblemExists, 7: secrets.ProblemTooLarge}},
			{"update", updated[i], map[int]secrets.Problem{5: secrets.ProblemNotFound, 8: secrets.ProblemTag}},
		} {
			want, fails := c.want[i]
			if (c.err != nil) != fails || fails && secrets.ProblemOf(c.err) != want {
				t.Errorf("%s %d: %v", c.what, i, c.err)
			}
		}
	}
	list, err := w.owner.Read("dev", "/")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, s := range list {
		got[s.Name] = s.Value
	}
	if len(got) != len(list) || len(list) != 9+9 || got["NEW3"] != "theirs" || got["OLD8"] != "v" || got["OLD0"] != "changed" || got["NEW0"] != "v" {
		t.Errorf("%d secrets in %d rows, or wrong values", len(got), len(list))
	}
}

// TestSharedRequestsStayBelowTheBodyLimit: large values share less.
func TestSharedRequestsStayBelowTheBodyLimit(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	store := w.store(seed.Token{})
	inParallel(30, func(i int) {
		if _, err := store.Create(t.Context(), w.ref(fmt.Sprintf("N%d", i)), draft(strings.Repeat("v", 150<<10), "")); err != nil {
			t.Error(err)
		}
	})
	for _, r := range w.server.Requests() {
		if len(r.Body) > 900<<10 || r.Status == 413 {
			t.Errorf("%s: %d bytes, status %d", r.Route, len(r.Body), r.Status)
		}
	}
	if got := len(w.server.Records(w.owner.Project.ID, "dev", "/")); got != 30 {
		t.Errorf("%d secrets", got)
	}
}

// TestDroppedBatchIsSettledAndNotSentAgain: the server gives the connection up
// and goes on.
func TestDroppedBatchIsSettledAndNotSentAgain(t *testing.T) {
	t.Parallel()
	w := worldWith(t, devserver.Options{WriteCost: 40 * time.Millisecond, GiveUpAfter: 250 * time.Millisecond})
	store := w.store(seed.Token{})
	inParallel(10, func(i int) {
		if _, err := store.Create(t.Context(), w.ref(fmt.Sprintf("N%d", i)), draft("v", "")); err != nil {
			t.Error(err)
		}
	})
	batches := 0
	sent := map[string]int{}
	for _, r := range w.server.Requests() {
		switch r.Route {
		case createRoute:
			sent[r.Path[strings.LastIndex(r.Path, "/")+1:]]++
		case "POST " + batchRoute:
			batches++
			for i := range 10 {
				sent[fmt.Sprintf("N%d", i)] += strings.Count(string(r.Body), fmt.Sprintf(`"secretName":"N%d"`, i))
			}
		}
	}
	for name, times := range sent {
		if times != 1 {
			t.Errorf("%s was sent %d times", name, times)
		}
	}
	if batches == 0 || len(sent) != 10 {
		t.Errorf("%d batches, %d names", batches, len(sent))
	}
	if got := len(w.server.Records(w.owner.Project.ID, "dev", "/")); got != 10 {
		t.Errorf("%d secrets", got)
	}
}

// TestInterruptTakesBackWhatWasNotSent and answers what was.
func TestInterruptTakesBackWhatWasNotSent(t *testing.T) {
	t.Parallel()
	for moment := range 10 {
		w := worldWith(t, devserver.Options{Latency: 3 * time.Millisecond})
		store := w.store(seed.Token{})
		ctx, interrupt := context.WithCancel(t.Context())
		random := rand.New(rand.NewPCG(1, uint64(moment)))
		timer := time.AfterFunc(time.Duration(random.IntN(60))*time.Millisecond, interrupt)
		var mu sync.Mutex
		reported := map[string]bool{}
		inParallel(100, func(i int) {
			s, err := store.Create(ctx, w.ref(fmt.Sprintf("N%d", i)), draft("v", ""))
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				reported[s.ID] = true
			case !errors.Is(err, context.Canceled):
				t.Error(err)
			}
		})
		timer.Stop()
		interrupt()
		for _, r := range w.server.Records(w.owner.Project.ID, "dev", "/") {
			if !reported[r.ID] {
				t.Error("the server holds a secret that nobody was told of")
			}
			delete(reported, r.ID)
		}
		if len(reported) > 0 {
			t.Error("a secret was reported that the server does not hold")
		}
	}
}

// TestConcurrentOperationsAgainstAModel runs creates, reads, updates and
// deletes of 200 secrets against a server that delays and drops at random.
// Whatever an operation says was done is done, and what it says failed is
// either way; nothing is there twice.
func TestConcurrentOperationsAgainstAModel(t *testing.T) {
	t.Parallel()
	for round := range 4 {
		w := newWorld(t, devserver.Project{})
		random := rand.New(rand.NewPCG(7, uint64(round)))
		w.server.InjectFault(func(devserver.Request) *devserver.Fault {
			switch random.IntN(12) {
			case 0:
				return &devserver.Fault{Delay: time.Duration(random.IntN(20)) * time.Millisecond}
			case 1:
				return &devserver.Fault{CutAfter: true}
			case 2:
				return &devserver.Fault{CutBefore: true}
			}
			return nil
		})
		store := w.store(seed.Token{}, func(cfg *secrets.Config) { cfg.MaxRetries = 6 })
		model := make([]map[string]bool, 200) // the values that each may have; "" = none
		seeds := make([]uint64, len(model))
		for i := range seeds {
			seeds[i] = random.Uint64()
		}
		var all sync.WaitGroup
		for i := range model {
			all.Go(func() { model[i] = life(t.Context(), store, w.ref(fmt.Sprintf("N%d", i)), seeds[i]) })
		}
		all.Wait()

		list, err := w.owner.Read("dev", "/")
		if err != nil {
			t.Fatal(err)
		}
		held := map[string]string{}
		for _, s := range list {
			if _, twice := held[s.Name]; twice {
				t.Errorf("%s is there twice", s.Name)
			}
			held[s.Name] = s.Value
		}
		for i, may := range model {
			if name := fmt.Sprintf("N%d", i); !may[held[name]] {
				t.Errorf("round %d: %s has a value that no operation left there", round, name)
			}
		}
	}
}

// life runs a few operations on one secret, and returns the values that it may
// have in the end.
func life(ctx context.Context, store *secrets.Store, ref secrets.Ref, seedOf uint64) map[string]bool {
	random := rand.New(rand.NewPCG(seedOf, 1))
	may, id := map[string]bool{"": true}, ""
	for step := range 5 {
		value := fmt.Sprintf("v%d", step)
		switch {
		case id == "":
			s, err := store.Create(ctx, ref, draft(value, ""))
			if err != nil {
				may[value] = true
				continue
			}
			may, id = map[string]bool{value: true}, s.ID
		case random.IntN(3) == 0:
			if err := store.Delete(ctx, ref, id); err != nil {
				may[""] = true
				continue
			}
			may, id = map[string]bool{"": true}, ""
		case random.IntN(2) == 0:
			_, _ = store.Find(ctx, ref, id)
		default:
			if _, err := store.Update(ctx, ref, id, changeTo(value, "")); err != nil {
				may[value] = true
				continue
			}
			may = map[string]bool{value: true}
		}
	}
	return may
}
