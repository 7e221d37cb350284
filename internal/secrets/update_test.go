package secrets_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"sync"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// TestUpdatesWithoutAValueShareTheirLists: what re-sends the value that is
// there needs a list made for it, one for all that are sent together.
func TestUpdatesWithoutAValueShareTheirLists(t *testing.T) {
	t.Parallel()
	w := worldWith(t, devserver.Options{RateLimit: 100_000})
	const count = 200
	ids := make([]string, count)
	for i := range ids {
		ids[i] = w.put(fmt.Sprintf("N%d", i), "v", "").ID
	}
	store := w.listed()
	comment := secrets.NewValue("c")
	w.server.ResetRequests()
	inParallel(count, func(i int) {
		if _, err := store.Update(t.Context(), w.ref(fmt.Sprintf("N%d", i)), ids[i], secrets.Change{Comment: &comment}); err != nil {
			t.Error(err)
		}
	})
	got := w.requests()
	batches := got["PATCH "+batchRoute]
	if batches == 0 || batches > count/8 || got[listRoute] > batches+got[updateRoute] {
		t.Errorf("%v", got)
	}

	edit := secrets.Edit{Update: map[string]secrets.Update{}}
	again := secrets.NewValue("another")
	for i, id := range ids[:100] {
		edit.Update[fmt.Sprintf("N%d", i)] = secrets.Update{ID: id, Change: secrets.Change{Comment: &again}}
	}
	w.server.ResetRequests()
	if _, err := store.Edit(t.Context(), w.folder("/"), edit); err != nil {
		t.Fatal(err)
	}
	if got := w.requests(); !maps.Equal(got, map[string]int{listRoute: 1, "PATCH " + batchRoute: 1}) {
		t.Errorf("of one edit: %v", got)
	}
}

// TestUpdatesWithoutAValueSendTheOneThatIsThere changes the folder from
// outside while the updates wait for each other: just before the list that is
// made for them.
func TestUpdatesWithoutAValueSendTheOneThatIsThere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	const count = 10
	ids := make([]string, count)
	name := func(i int) string { return fmt.Sprintf("N%d", i) }
	for i := range ids {
		ids[i] = w.put(name(i), "v", "").ID
	}
	store := w.listed()
	meanwhile := sync.OnceFunc(func() {
		w.put(name(1), "theirs", "")
		w.put(name(2), "v", "c")
		for i, change := range map[int]func() error{
			3: func() error { return w.owner.Delete("dev", "/", name(3)) },
			4: func() error { return w.owner.Rename("dev", "/", name(4), "RENAMED") },
			5: func() error { return w.owner.Rename("dev", "/", name(5), "OTHER") },
			6: func() error { return w.owner.Rename("dev", "/", name(6), "KNOWN") },
		} {
			if err := change(); err != nil {
				t.Errorf("%d: %v", i, err)
			}
		}
	})
	w.server.InjectFault(func(r devserver.Request) *devserver.Fault {
		if r.Route == listRoute {
			meanwhile()
		}
		return nil
	})
	comment := secrets.NewValue("c")
	errs := make([]error, count)
	var all sync.WaitGroup
	for i := range count {
		all.Go(func() {
			change := secrets.Change{Comment: &comment}
			switch old, known := name(5), "KNOWN"; i {
			case 5:
				change.Name = &old // which the secret cannot get back without sending the new one
			case 6:
				change.Name = &known
			}
			_, errs[i] = store.Update(t.Context(), w.ref(name(i)), ids[i], change)
		})
	}
	all.Wait()
	for i, err := range errs {
		switch {
		case i == 3:
			wantProblem(t, err, secrets.ProblemNotFound)
		case i == 4, i == 5:
			wantProblem(t, err, secrets.ProblemRenamed)
		case err != nil:
			t.Errorf("%d: %v", i, err)
		}
	}
	w.holds("N0=v#c", "N1=theirs#c", "N2=v#c", "RENAMED=v", "OTHER=v", "KNOWN=v#c", "N7=v#c", "N8=v#c", "N9=v#c")
	for _, r := range w.server.Records(w.owner.Project.ID, "dev", "/") {
		if r.ID == ids[2] && r.Version != 2 {
			t.Error("a secret that had the comment already was written")
		}
	}
}

// TestFailedListIsAskedOnceForAllThatWait: a list that cannot be had is not
// asked for again by each of the updates.
func TestFailedListIsAskedOnceForAllThatWait(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	comment := secrets.NewValue("c")
	edit := secrets.Edit{Update: map[string]secrets.Update{}}
	for i := range 10 {
		name := fmt.Sprintf("N%d", i)
		edit.Update[name] = secrets.Update{ID: w.put(name, "v", "").ID, Change: secrets.Change{Comment: &comment}}
	}
	store := w.listed()
	w.server.ResetRequests()
	w.server.InjectFault(func(r devserver.Request) *devserver.Fault {
		if r.Route != listRoute {
			return nil
		}
		return &devserver.Fault{Status: http.StatusInternalServerError, Body: `{"statusCode":500,"message":"Something went wrong"}`}
	})
	_, err := store.Edit(t.Context(), w.folder("/"), edit)
	var failed secrets.EditError
	if !errors.As(err, &failed) || len(failed) != len(edit.Update) {
		t.Errorf("%v", err)
	}
	if got := w.requests(); !maps.Equal(got, map[string]int{listRoute: 1}) {
		t.Errorf("%v", got)
	}
}

// TestInterruptTakesBackWhatWaitsForItsTurn: a request that the limit holds
// back is not sent any more.
func TestInterruptTakesBackWhatWaitsForItsTurn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	ctx, interrupt := context.WithCancel(t.Context())
	store := w.store(seed.Token{}, func(cfg *secrets.Config) {
		cfg.MaxRequestsPerMinute = 1
		cfg.Logger = onWarning(interrupt)
	})
	done := make([]error, 30)
	inParallel(len(done), func(i int) {
		_, done[i] = store.Create(ctx, w.ref(fmt.Sprintf("N%d", i)), draft("v", ""))
	})
	for route, count := range w.requests() {
		if count > 1 {
			t.Errorf("%d requests of %s", count, route)
		}
	}
	created := 0
	for _, err := range done {
		switch {
		case err == nil:
			created++
		case !errors.Is(err, context.Canceled):
			t.Error(err)
		}
	}
	if held := len(w.server.Records(w.owner.Project.ID, "dev", "/")); held != created || held == 0 || held == len(done) {
		t.Errorf("%d secrets are there, %d were created", held, created)
	}
}

// onWarning is a log that calls at the first warning.
type onWarning func()

func (onWarning) Debug(context.Context, string, map[string]any)  {}
func (f onWarning) Warn(context.Context, string, map[string]any) { f() }
