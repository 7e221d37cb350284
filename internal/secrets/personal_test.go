package secrets_test

import (
	"strings"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

func (w *world) mine(name string) secrets.Ref {
	ref := w.ref(name)
	ref.Personal = true
	return ref
}

// kinds are those that the server holds of a name, with their values.
func (w *world) kinds(name string) map[string]string {
	w.t.Helper()
	out := map[string]string{}
	for _, r := range w.server.Records(w.owner.Project.ID, "dev", "/") {
		if r.BlindIndex != name {
			continue
		}
		value, err := w.owner.Open(r.Value)
		if err != nil {
			w.t.Fatal(err)
		}
		out[r.Type] += value
	}
	return out
}

// inBoth runs a test in each mode that has personal secrets on this server.
func inBoth(t *testing.T, test func(t *testing.T, w *world, mode func(*secrets.Config))) {
	t.Helper()
	for name, mode := range map[string]func(*secrets.Config){"E2EE": func(*secrets.Config) {}, "ES": inES} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := ofEra(t, devserver.Era2024May)
			if name == "ES" {
				w.owner.SwitchToES()
			}
			test(t, w, mode)
		})
	}
}

// TestPersonalSecretsAreTheUsersOwn: each sees the shared one and their own, and
// is shown one of the two as they ask.
func TestPersonalSecretsAreTheUsersOwn(t *testing.T) {
	t.Parallel()
	inBoth(t, func(t *testing.T, w *world, mode func(*secrets.Config)) {
		shared := w.put("N", "everybody's", "")
		one, other := w.apiKey(), w.apiKey()
		store := w.with(one, mode)
		made, err := store.Create(t.Context(), w.mine("N"), draft("mine", "said"))
		if err != nil || !made.Personal || made.ID == shared.ID {
			t.Fatal(err)
		}
		if got := w.kinds("N"); got["shared"] != "everybody's" || got["personal"] != "mine" {
			t.Errorf("%v", got)
		}
		v := secrets.NewValue("still mine")
		if _, err := store.Update(t.Context(), w.mine("N"), made.ID, secrets.Change{Value: &v}); err != nil {
			t.Fatal(err)
		}
		if got := w.kinds("N"); got["shared"] != "everybody's" || got["personal"] != "still mine" {
			t.Errorf("%v", got)
		}

		// Equal values of the two are told apart, and by each other's id no one is met.
		store = w.with(one, mode)
		for ref, want := range map[secrets.Ref]string{w.ref("N"): "everybody's", w.mine("N"): "still mine"} {
			for _, id := range []string{"", shared.ID, made.ID} {
				found, err := store.Find(t.Context(), ref, id)
				if err != nil || found.Value.Reveal() != want || found.Personal != ref.Personal {
					t.Errorf("%s by %q: %v", ref, id, err)
				}
			}
		}
		asked := func(store *secrets.Store, personal bool) string {
			t.Helper()
			listing, err := store.Gather(t.Context(), w.folder("/"), secrets.Reading{Personal: personal})
			if err != nil || len(listing.Secrets) != 1 {
				t.Fatalf("%d secrets: %v", len(listing.Secrets), err)
			}
			looked, err := store.Lookup(t.Context(), w.ref("N"), secrets.Reading{Personal: personal})
			if err != nil || !looked.Value.Equal(listing.Secrets[0].Value) {
				t.Errorf("one by one it is another: %v", err)
			}
			return looked.Value.Reveal()
		}
		if asked(store, false) != "everybody's" || asked(store, true) != "still mine" {
			t.Error("the user is shown the wrong one")
		}
		if others := w.with(other, mode); asked(others, true) != "everybody's" {
			t.Error("another user is shown it")
		} else if _, err := others.Find(t.Context(), w.mine("N"), made.ID); secrets.ProblemOf(err) != secrets.ProblemNotFound {
			t.Errorf("another user finds it: %v", err)
		}
		if asked(w.store(seed.Token{}, mode), true) != "everybody's" {
			t.Error("a token is shown it")
		}

		if err := store.Delete(t.Context(), w.mine("N"), made.ID); err != nil {
			t.Fatal(err)
		}
		if got := w.kinds("N"); len(got) != 1 || got["shared"] != "everybody's" {
			t.Errorf("%v", got)
		}
		for _, warning := range store.TakeWarnings() {
			if warning.Summary != "Project Key Not Pinned" { // once for any API key without a pin
				t.Errorf("%v", warning)
			}
		}
	})
}

// TestPersonalSecretNeedsAUser to own it. To whom cannot see it, it is not gone.
func TestPersonalSecretNeedsAUser(t *testing.T) {
	t.Parallel()
	inBoth(t, func(t *testing.T, w *world, mode func(*secrets.Config)) {
		w.put("N", "everybody's", "")
		user := w.with(w.apiKey(), mode)
		made, err := user.Create(t.Context(), w.mine("N"), draft("mine", ""))
		if err != nil {
			t.Fatal(err)
		}
		if err := user.CheckPersonal(t.Context()); err != nil {
			t.Error(err)
		}
		for noun, store := range map[string]*secrets.Store{
			"service token": w.store(seed.Token{}, mode), "machine identity": w.with(w.identity(devserver.Identity{}), w.projectKey, mode),
		} {
			w.server.ResetRequests()
			wantProblem(t, store.CheckPersonal(t.Context()), secrets.ProblemType, "the provider's credential ("+noun+") is none")
			cannot := "It is a user's own, and the provider's credential (" + noun + ") cannot see it."
			_, err := store.Find(t.Context(), w.mine("N"), made.ID)
			wantProblem(t, err, secrets.ProblemCredential, cannot, `personal secret "N"`)
			_, err = store.Create(t.Context(), w.mine("N"), draft("x", ""))
			wantProblem(t, err, secrets.ProblemCredential, cannot)
			_, err = store.Update(t.Context(), w.mine("N"), made.ID, changeTo("x", ""))
			wantProblem(t, err, secrets.ProblemCredential, cannot)
			wantProblem(t, store.Delete(t.Context(), w.mine("N"), made.ID), secrets.ProblemCredential, cannot)
			if user, err := store.User(t.Context()); err != nil || user != "" {
				t.Errorf("%s is user %q: %v", noun, user, err)
			}
			for _, r := range w.server.Requests() {
				if strings.HasPrefix(r.Path, "/api/v3/secrets") {
					t.Errorf("%s asked %s", noun, r.Route)
				}
			}
		}
		if got := w.kinds("N"); got["shared"] != "everybody's" || got["personal"] != "mine" {
			t.Errorf("%v", got)
		}
	})
}

// TestPersonalSecretStandsBesideASharedOne.
func TestPersonalSecretStandsBesideASharedOne(t *testing.T) {
	t.Parallel()
	inBoth(t, func(t *testing.T, w *world, mode func(*secrets.Config)) {
		_, err := w.with(w.apiKey(), mode).Create(t.Context(), w.mine("ALONE"), draft("v", ""))
		if err == nil || !strings.Contains(err.Error(), "A personal secret stands beside a shared one of its name, and there is none.") || secrets.ProblemOf(err) == secrets.ProblemNotFound {
			t.Errorf("%v", err)
		}
		w.holds()
	})
}

// TestSharedSecretTakesPersonalOnesAlong: the server deletes them with it. The
// run says so, and knows that they are gone.
func TestSharedSecretTakesPersonalOnesAlong(t *testing.T) {
	t.Parallel()
	inBoth(t, func(t *testing.T, w *world, mode func(*secrets.Config)) {
		shared := w.put("N", "everybody's", "")
		w.put("M", "stays", "")
		store := w.with(w.apiKey(), mode)
		made, err := store.Create(t.Context(), w.mine("N"), draft("mine", ""))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := store.Create(t.Context(), w.mine("M"), draft("mine too", "")); err != nil {
			t.Fatal(err)
		}
		store.TakeWarnings()
		if err := store.Delete(t.Context(), w.ref("N"), shared.ID); err != nil {
			t.Fatal(err)
		}
		warnings := store.TakeWarnings()
		if len(warnings) != 1 || warnings[0].Summary != "Personal Secret Deleted Along" || !strings.Contains(warnings[0].Detail, `secret "N"`) {
			t.Errorf("%v", warnings)
		}
		w.server.ResetRequests()
		if _, err := store.Find(t.Context(), w.mine("N"), made.ID); secrets.ProblemOf(err) != secrets.ProblemNotFound {
			t.Errorf("%v", err)
		}
		if err := store.Delete(t.Context(), w.mine("N"), made.ID); err != nil || len(w.requests()) > 0 {
			t.Errorf("%v was sent: %v", w.requests(), err)
		}
		if got := w.kinds("M"); got["shared"] != "stays" || got["personal"] != "mine too" || len(w.kinds("N")) > 0 {
			t.Errorf("%v", got)
		}
	})
}

// TestSecretOfTheOtherKindIsNotFollowed: a server that calls a shared secret
// personal, or the other way round, has nobody read or write the other one.
func TestSecretOfTheOtherKindIsNotFollowed(t *testing.T) {
	t.Parallel()
	flipped := rewritten(func(r map[string]any) {
		r["type"] = map[any]string{"shared": "personal", "personal": "shared"}[r["type"]]
	})
	inBoth(t, func(t *testing.T, w *world, mode func(*secrets.Config)) {
		route, update, remove := listRoute, updateRoute, deleteRoute
		cfg := secrets.Config{}
		if mode(&cfg); cfg.Mode == secrets.ModeES {
			route, update, remove = rawListRoute, rawUpdateRoute, rawDeleteRoute
		}
		shared := w.put("N", "everybody's", "")
		key := w.apiKey()
		w.onceOn(route, flipped)
		store := w.with(key, mode)
		_, err := store.Find(t.Context(), w.ref("N"), shared.ID)
		wantProblem(t, err, secrets.ProblemNotFound)
		// What a write would be of, its echo has to say.
		w.onceOn(update, flipped)
		_, err = w.with(key, mode).Update(t.Context(), w.ref("N"), shared.ID, changeTo("x", ""))
		wantProblem(t, err, secrets.ProblemNotAuthentic, "secret of another type")

		// The shared one is not deleted in the place of the user's own.
		store = w.with(key, mode)
		made, err := store.Create(t.Context(), w.mine("N"), draft("mine", ""))
		if err != nil {
			t.Fatal(err)
		}
		w.onceOn(route, flipped)
		w.server.ResetRequests()
		if err := w.with(key, mode).Delete(t.Context(), w.mine("N"), made.ID); err != nil || w.requests()[remove] > 0 {
			t.Errorf("%v: %v", w.requests(), err)
		}
		if got := w.kinds("N"); got["personal"] != "mine" || got["shared"] == "" {
			t.Errorf("%v", got)
		}
	})
}

// TestOtherTypesAreNotShown: what is neither shared nor the user's own is not
// there, and to a token no personal one is, whatever a server lists.
func TestOtherTypesAreNotShown(t *testing.T) {
	t.Parallel()
	inBoth(t, func(t *testing.T, w *world, mode func(*secrets.Config)) {
		route := listRoute
		cfg := secrets.Config{}
		if mode(&cfg); cfg.Mode == secrets.ModeES {
			route = rawListRoute
		}
		w.put("N", "v", "")
		for kind, store := range map[string]*secrets.Store{"personal": w.store(seed.Token{}, mode), "another": w.with(w.apiKey(), mode)} {
			w.onceOn(route, rewritten(func(r map[string]any) { r["type"] = kind }))
			listing, err := store.Gather(t.Context(), w.folder("/"), secrets.Reading{Personal: true})
			if err != nil || len(listing.Secrets)+len(listing.Damaged) > 0 {
				t.Errorf("%s: %d are shown: %v", kind, len(listing.Secrets), err)
			}
			if _, err := store.Find(t.Context(), w.ref("N"), ""); secrets.ProblemOf(err) != secrets.ProblemNotFound {
				t.Errorf("%s: %v", kind, err)
			}
		}
	})
}

// TestPersonalSecretOf2023: a user's own hides no shared one in lists there, and
// a service token sees the one of whoever made it and leaves it alone.
func TestPersonalSecretOf2023(t *testing.T) {
	t.Parallel()
	for _, era := range []devserver.Era{devserver.Era2023June, devserver.Era2023November} {
		w := ofEra(t, era)
		w.put("N", "everybody's", "")
		store := w.with(w.apiKey())
		made, err := store.Create(t.Context(), w.mine("N"), draft("mine", ""))
		if err != nil {
			t.Fatalf("%s: %v", era, err)
		}
		override := w.server.Records(w.owner.Project.ID, "dev", "/")[0]
		override.ID, override.Type = "", "personal"
		w.server.PutRecord(override)
		for name, s := range map[string]*secrets.Store{"user": w.with(w.apiKey()), "token": w.store(seed.Token{})} {
			if found, err := s.Find(t.Context(), w.ref("N"), ""); err != nil || found.Value.Reveal() != "everybody's" {
				t.Errorf("%s, %s: %v", era, name, err)
			}
		}
		if err := store.Delete(t.Context(), w.mine("N"), made.ID); err != nil {
			t.Errorf("%s: %v", era, err)
		}
	}
}

// TestHeldForApproval: 200, and nothing written, of neither one nor many.
func TestHeldForApproval(t *testing.T) {
	t.Parallel()
	inBoth(t, func(t *testing.T, w *world, mode func(*secrets.Config)) {
		there := w.put("N", "v", "")
		store := w.with(w.apiKey(), mode)
		w.server.HoldForApproval(w.owner.Project.ID, "dev", true)
		const waits = "The server holds the change for approval: nothing was written."
		_, err := store.Create(t.Context(), w.ref("NEW"), draft("v", ""))
		wantProblem(t, err, secrets.ProblemApproval, waits)
		_, err = store.Update(t.Context(), w.ref("N"), there.ID, changeTo("w", ""))
		wantProblem(t, err, secrets.ProblemApproval, waits)
		wantProblem(t, store.Delete(t.Context(), w.ref("N"), there.ID), secrets.ProblemApproval, waits)
		done, err := store.Edit(t.Context(), w.folder("/"), secrets.Edit{Create: map[string]secrets.Draft{"A": draft("a", ""), "B": draft("b", "")}})
		if len(done) > 0 || err == nil || !strings.Contains(err.Error(), waits) {
			t.Errorf("%d were done: %v", len(done), err)
		}
		w.holds("N=v")
		w.server.HoldForApproval(w.owner.Project.ID, "dev", false)
		if err := store.Delete(t.Context(), w.ref("N"), there.ID); err != nil {
			t.Error(err)
		}
		w.holds()
	})
}
