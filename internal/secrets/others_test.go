package secrets_test

import (
	"strings"
	"testing"
	"time"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// What other clients, and other resources of the same run, do between this
// one's look at a folder and its write.

// listed opens a store that has read the root of dev.
func (w *world) listed() *secrets.Store {
	w.t.Helper()
	store := w.store(seed.Token{})
	if _, err := store.List(w.t.Context(), w.folder("/")); err != nil {
		w.t.Fatal(err)
	}
	return store
}

func TestChangeWithoutValueKeepsTheValueThatIsThereNow(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	there := w.put("N", "old", "")
	store := w.listed()
	w.put("N", "rotated by another client", "")
	comment := secrets.NewValue("c")
	if _, err := store.Update(t.Context(), w.ref("N"), there.ID, secrets.Change{Comment: &comment}); err != nil {
		t.Fatal(err)
	}
	w.holds("N=rotated by another client#c")
}

// again deletes a secret and makes another of its name, as another client.
func (w *world) again(name, value string) {
	w.t.Helper()
	if err := w.owner.Delete("dev", "/", name); err != nil {
		w.t.Fatal(err)
	}
	w.put(name, value, "")
}

func TestSecretMadeAgainByAnotherClientIsNotTouched(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	there := w.put("N", "ours", "")
	w.again("N", "theirs")
	store := w.store(seed.Token{})
	_, err := store.Update(t.Context(), w.ref("N"), there.ID, changeTo("ours", ""))
	wantProblem(t, err, secrets.ProblemOther, "The new one was not touched")
	if err := store.Delete(t.Context(), w.ref("N"), there.ID); err != nil {
		t.Error(err)
	}
	w.holds("N=theirs")
}

// TestWriteThatMeetsAnotherSecretSaysSo: writes go by name, so what happens in
// the instant before one cannot be helped; it can be told.
func TestWriteThatMeetsAnotherSecretSaysSo(t *testing.T) {
	t.Parallel()
	for _, together := range []bool{false, true} {
		w := newWorld(t, devserver.Project{})
		one, two := w.put("ONE", "1", ""), w.put("TWO", "2", "")
		store := w.listed()
		w.again("ONE", "theirs")
		errs := make(chan error, 2)
		update := func(name, id string) {
			_, err := store.Update(t.Context(), w.ref(name), id, changeTo("changed", ""))
			errs <- err
		}
		if together {
			go update("TWO", two.ID)
		} else {
			errs <- nil
		}
		go update("ONE", one.ID)
		first, second := <-errs, <-errs
		if first == nil {
			first = second
		}
		wantProblem(t, first, secrets.ProblemOther, "made again outside of Terraform while this ran")

		w.again("ONE", "theirs")
		err := store.Delete(t.Context(), w.ref("ONE"), one.ID)
		if err != nil {
			wantProblem(t, err, secrets.ProblemOther, "the new one was deleted instead")
		}
	}
}

// TestTakenOverSecretSurvivesItsOldResource: an address changed without a moved
// block is a create and a destroy, in any order.
func TestTakenOverSecretSurvivesItsOldResource(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	there := w.put("N", "v", "")
	store := w.store(seed.Token{})
	if taken, err := store.Create(t.Context(), w.ref("N"), draft("v", "")); err != nil || taken.ID != there.ID {
		t.Fatal(err)
	}
	if err := store.Delete(t.Context(), w.ref("N"), there.ID); err != nil {
		t.Fatal(err)
	}
	w.holds("N=v")
	if got := store.TakeWarnings(); len(got) != 2 || !strings.Contains(got[0].Detail, "was not deleted") || got[1].Summary != "Existing Secrets Adopted: N" {
		t.Errorf("%v", got)
	}
}

func TestTwoResourcesCannotCreateOneSecret(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	store := w.store(seed.Token{})
	if _, err := store.Create(t.Context(), w.ref("N"), draft("v", "")); err != nil {
		t.Fatal(err)
	}
	adopting := draft("w", "")
	adopting.Adopt = true
	for _, again := range []secrets.Draft{draft("v", ""), draft("w", ""), adopting} {
		_, err := store.Create(t.Context(), w.ref("N"), again)
		wantProblem(t, err, secrets.ProblemExists, "Another resource of this run")
	}
	w.holds("N=v")
}

// TestAdoptedSecretIsNotReportedAsCreated: a create that fails in its second
// step is replaced by Terraform, which would delete what others made.
func TestAdoptedSecretIsNotReportedAsCreated(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	w.put("THERE", "theirs", "their comment")
	unknown := []string{"5f1efa06-83ef-4dd8-850d-24bdfbd77c03"}
	adopt := secrets.Draft{Value: secrets.NewValue("ours"), Adopt: true, DetailsChange: secrets.DetailsChange{TagIDs: &unknown}}
	store := w.store(seed.Token{})
	secret, err := store.Create(t.Context(), w.ref("THERE"), adopt)
	wantProblem(t, err, secrets.ProblemTag)
	if secret.ID != "" {
		t.Error("an adopted secret counts as created")
	}
	w.holds("THERE=theirs#their comment")

	fresh, err := store.Create(t.Context(), w.ref("NEW"), adopt)
	wantProblem(t, err, secrets.ProblemTag)
	if fresh.ID == "" {
		t.Error("a created secret was not reported")
	}
}

func TestDamagedValueIsMendedWithoutLosingTheComment(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	there := w.put("N", "v", "their comment")
	there.Value.Tag = there.Key.Tag
	w.server.PutRecord(there)
	value := secrets.NewValue("w")
	if _, err := w.store(seed.Token{}).Update(t.Context(), w.ref("N"), there.ID, secrets.Change{Value: &value}); err != nil {
		t.Fatal(err)
	}
	w.holds("N=w#their comment")
}

// TestCreateThatTimedOutIsNotSentAgain: the server may be at it still.
func TestCreateThatTimedOutIsNotSentAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	store := w.store(seed.Token{}, func(cfg *secrets.Config) { cfg.RequestTimeout = 300 * time.Millisecond })
	w.onceOn(createRoute, devserver.Fault{HangBefore: true})
	_, err := store.Create(t.Context(), w.ref("N"), draft("v", ""))
	wantProblem(t, err, secrets.ProblemServer, "may be carried out all the same", "Apply again")
	if got := w.requests()[createRoute]; got != 1 {
		t.Errorf("sent %d times", got)
	}
}
