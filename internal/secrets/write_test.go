package secrets_test

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

func TestCreateMeetsAnExistingSecret(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	there := w.put("N", "v", "c")
	store := w.store(seed.Token{})

	same, err := store.Create(t.Context(), w.ref("N"), draft("v", "c"))
	if err != nil || same.ID != there.ID {
		t.Errorf("the same content was not taken over: %v", err)
	}
	later := w.store(seed.Token{}) // a run of its own: to the first one the secret is one that it took over
	for _, other := range []secrets.Draft{draft("w", "c"), draft("v", ""), draft("v", "d"), {Value: secrets.NewValue("v")}} {
		_, err := later.Create(t.Context(), w.ref("N"), other)
		wantProblem(t, err, secrets.ProblemExists, "It was not touched")
	}
	if got := w.requests()[createRoute]; got != 0 {
		t.Errorf("%d creates were sent", got)
	}
	w.holds("N=v#c")
}

// TestCreateThatLosesARace: another client creates the secret between this
// one's list and its create.
func TestCreateThatLosesARace(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	store := w.store(seed.Token{})
	if _, err := store.List(t.Context(), w.folder("/")); err != nil {
		t.Fatal(err)
	}
	there := w.put("SAME", "v", "")
	w.put("OTHER", "theirs", "")
	if got, err := store.Create(t.Context(), w.ref("SAME"), draft("v", "")); err != nil || got.ID != there.ID {
		t.Errorf("%v", err)
	}
	_, err := store.Create(t.Context(), w.ref("OTHER"), draft("ours", ""))
	wantProblem(t, err, secrets.ProblemExists)
	w.holds("SAME=v", "OTHER=theirs")
}

// TestCreatesOfOneNameTakeTurns: the server has no uniqueness under a race, so
// this process must not run one against itself.
func TestCreatesOfOneNameTakeTurns(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	store := w.store(seed.Token{})
	var all sync.WaitGroup
	var mu sync.Mutex
	created := 0
	for i := range 20 {
		all.Go(func() {
			_, err := store.Create(t.Context(), w.ref("N"), draft(strings.Repeat("v", i), ""))
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				created++
			} else if secrets.ProblemOf(err) != secrets.ProblemExists {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if rows := w.server.Records(w.owner.Project.ID, "dev", "/"); len(rows) != 1 || created != 1 {
		t.Errorf("%d rows, %d creates succeeded", len(rows), created)
	}
}

// lost are the ways in which an answer does not arrive although the work may
// have been done.
var lost = map[string]devserver.Fault{
	"done, then cut": {CutAfter: true},
	"done, then half an answer": {Rewrite: func(status int, body []byte) (int, []byte) {
		return status, body[:len(body)/2]
	}},
	"done, then a gateway's page": {Rewrite: func(int, []byte) (int, []byte) { return 502, []byte("<html>Bad Gateway</html>") }},
	"not done, cut":               {CutBefore: true},
	"not done, a gateway's page":  {Status: 504, Body: "<html>Gateway Time-out</html>"},
}

func TestLostAnswersAreSettled(t *testing.T) {
	t.Parallel()
	for name, fault := range lost {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, devserver.Project{})
			store := w.store(seed.Token{})

			w.onceOn(createRoute, fault)
			created, err := store.Create(t.Context(), w.ref("N"), draft("v", "c"))
			if err != nil {
				t.Fatal(err)
			}
			w.holds("N=v#c")

			w.onceOn(updateRoute, fault)
			newName, change := "M", changeTo("w", "")
			change.Name = &newName
			updated, err := store.Update(t.Context(), w.ref("N"), created.ID, change)
			if err != nil || updated.ID != created.ID || updated.Name != "M" {
				t.Fatalf("%v", err)
			}
			w.holds("M=w")

			w.onceOn(deleteRoute, fault)
			if err := store.Delete(t.Context(), w.ref("M"), created.ID); err != nil {
				t.Fatal(err)
			}
			w.holds()
		})
	}
}

// TestLostCreateMeetsAnother: between the lost create and the look at the
// folder, somebody else's secret of that name is there.
func TestLostCreateMeetsAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	store := w.store(seed.Token{})
	if _, err := store.List(t.Context(), w.folder("/")); err != nil {
		t.Fatal(err)
	}
	w.put("N", "theirs", "")
	w.onceOn(createRoute, devserver.Fault{CutBefore: true})
	_, err := store.Create(t.Context(), w.ref("N"), draft("ours", ""))
	wantProblem(t, err, secrets.ProblemExists)
	w.holds("N=theirs")
}

func TestLostCreateThatCannotBeSettledSaysSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	store := w.store(seed.Token{})
	if _, err := store.List(t.Context(), w.folder("/")); err != nil {
		t.Fatal(err)
	}
	w.server.InjectFault(func(r devserver.Request) *devserver.Fault {
		switch r.Route {
		case createRoute:
			return &devserver.Fault{CutAfter: true}
		case listRoute:
			return &devserver.Fault{Status: 500, Body: `{"statusCode":500,"message":"x","error":"y"}`}
		}
		return nil
	})
	_, err := store.Create(t.Context(), w.ref("N"), draft("v", ""))
	wantProblem(t, err, secrets.ProblemServer, "may be carried out all the same", "Apply again: what was created with this content is taken over")
}

// TestInterruptedCreateIsReported: Terraform cancels all operations at once on
// Ctrl-C; what the server has must reach the state.
func TestInterruptedCreateIsReported(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	store := w.store(seed.Token{})
	ctx, interrupt := context.WithCancel(t.Context())
	w.onceOn(createRoute, devserver.Fault{Rewrite: func(status int, body []byte) (int, []byte) {
		interrupt()
		return status, body
	}})
	if _, err := store.Create(ctx, w.ref("N"), draft("v", "")); err != nil {
		t.Errorf("the server holds it and the caller does not know: %v", err)
	}
	w.holds("N=v")
	if _, err := store.Create(ctx, w.ref("M"), draft("v", "")); err == nil {
		t.Error("a write began after the interrupt")
	}
	w.holds("N=v")
}

func TestUpdateSendsOnlyWhatDiffers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	there := w.put("N", "v", "c")
	store := w.store(seed.Token{})
	name := "N"
	equal := changeTo("v", "c")
	equal.Name = &name
	for _, nothing := range []secrets.Change{{}, equal} {
		if got, err := store.Update(t.Context(), w.ref("N"), there.ID, nothing); err != nil || got.Version != 1 {
			t.Errorf("%v", err)
		}
	}
	if got := w.requests()[updateRoute]; got != 0 {
		t.Fatalf("%d updates were sent for no change", got)
	}

	value, comment, empty := secrets.NewValue("w"), secrets.NewValue("d"), secrets.NewValue("")
	for _, step := range []struct {
		change secrets.Change
		want   string
	}{
		{secrets.Change{Value: &value}, "N=w#c"},
		{secrets.Change{Comment: &comment}, "N=w#d"},
		{secrets.Change{Comment: &empty}, "N=w"},
		{secrets.Change{Value: &empty}, "N="},
	} {
		if _, err := store.Update(t.Context(), w.ref("N"), there.ID, step.change); err != nil {
			t.Fatal(err)
		}
		w.holds(step.want)
	}
	if got := w.requests()[updateRoute]; got != 4 {
		t.Errorf("%d updates", got)
	}
}

func TestUpdateOfASecretThatIsGone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	_, err := w.store(seed.Token{}).Update(t.Context(), w.ref("N"), "id", changeTo("v", ""))
	wantProblem(t, err, secrets.ProblemNotFound)
	w.holds()
}

func TestRenameToATakenName(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	there := w.put("N", "v", "")
	w.put("TAKEN", "t", "")
	name := "TAKEN"
	_, err := w.store(seed.Token{}).Update(t.Context(), w.ref("N"), there.ID, secrets.Change{Name: &name})
	wantProblem(t, err, secrets.ProblemExists, `cannot be renamed to "TAKEN"`)
	w.holds("N=v", "TAKEN=t")
}

func TestUpdateMendsADamagedValue(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	there := w.put("N", "v", "c")
	there.Value.Tag = there.Key.Tag
	w.server.PutRecord(there)
	store := w.store(seed.Token{})
	comment := secrets.NewValue("d")
	_, err := store.Update(t.Context(), w.ref("N"), there.ID, secrets.Change{Comment: &comment})
	wantProblem(t, err, secrets.ProblemNotAuthentic)
	if _, err := store.Update(t.Context(), w.ref("N"), there.ID, changeTo("w", "d")); err != nil {
		t.Fatal(err)
	}
	w.holds("N=w#d")
}

func TestDelete(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	there := w.put("N", "v", "")
	store := w.store(seed.Token{})
	if err := store.Delete(t.Context(), w.ref("N"), "another id"); err != nil {
		t.Error(err)
	}
	w.holds("N=v") // somebody else's secret under a name that once was ours
	if err := w.owner.Rename("dev", "/", "N", "M"); err != nil {
		t.Fatal(err)
	}
	w.server.ResetRequests()
	err := w.store(seed.Token{}).Delete(t.Context(), w.ref("N"), there.ID)
	wantProblem(t, err, secrets.ProblemRenamed, there.ID, "It was not deleted.")
	if got := w.requests()["DELETE /api/v3/secrets/:secretName"]; got != 0 || strings.Contains(err.Error(), `"M"`) {
		t.Errorf("%d deletes under a name that only the server vouches for: %v", got, err)
	}
	w.holds("M=v")
	if err := w.owner.Delete("dev", "/", "M"); err != nil {
		t.Fatal(err)
	}
	store = w.store(seed.Token{})
	if err := store.Delete(t.Context(), w.ref("N"), there.ID); err != nil {
		t.Errorf("gone already: %v", err)
	}
}

// TestTwoRowsOfOneName: one is never picked, and a delete, which would take
// both, is not sent.
func TestTwoRowsOfOneName(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	first := w.put("N", "first", "")
	second := first
	second.ID = ""
	second = w.server.PutRecord(second)
	store := w.store(seed.Token{})
	_, err := store.Find(t.Context(), w.ref("N"), "")
	wantProblem(t, err, secrets.ProblemDuplicate, first.ID, second.ID)
	_, err = store.Find(t.Context(), w.ref("N"), first.ID)
	wantProblem(t, err, secrets.ProblemDuplicate)
	_, err = store.List(t.Context(), w.folder("/"))
	wantProblem(t, err, secrets.ProblemDuplicate)
	_, err = store.Create(t.Context(), w.ref("N"), draft("first", ""))
	wantProblem(t, err, secrets.ProblemDuplicate)
	wantProblem(t, store.Delete(t.Context(), w.ref("N"), first.ID), secrets.ProblemDuplicate)
	if rows := w.server.Records(w.owner.Project.ID, "dev", "/"); len(rows) != 2 {
		t.Errorf("%d rows are left", len(rows))
	}
}

// TestTheLastAttemptIsSettledToo: the second answer is lost as the first was,
// and this time the server had done it.
func TestTheLastAttemptIsSettledToo(t *testing.T) {
	t.Parallel()
	for title, operate := range map[string]func(w *world, store *secrets.Store) error{
		"create": func(w *world, store *secrets.Store) error {
			_, err := store.Create(t.Context(), w.ref("NEW"), draft("v", ""))
			return err
		},
		"update": func(w *world, store *secrets.Store) error {
			_, err := store.Update(t.Context(), w.ref("OLD"), "", changeTo("changed", ""))
			return err
		},
		"delete": func(w *world, store *secrets.Store) error { return store.Delete(t.Context(), w.ref("OLD"), "") },
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, devserver.Project{})
			w.put("OLD", "v", "")
			var writes atomic.Int32
			w.server.InjectFault(func(r devserver.Request) *devserver.Fault {
				if r.Method == http.MethodGet {
					return nil
				}
				if writes.Add(1) == 1 {
					return &devserver.Fault{CutBefore: true}
				}
				return &devserver.Fault{CutAfter: true}
			})
			if err := operate(w, w.store(seed.Token{})); err != nil {
				t.Error(err)
			}
			if got := writes.Load(); got != 2 {
				t.Errorf("%d writes were sent", got)
			}
		})
	}
}
