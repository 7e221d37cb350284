package secrets_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

const canary = "hunter2-canary"

// lies are ways to put a sealed value of the project where the name of the
// managed secret ONE belongs.
var lies = map[string]func(w *world, one *devserver.Record){
	"a value of the folder":   func(w *world, one *devserver.Record) { one.Key = w.put("TWO", canary, "").Value },
	"a comment of the folder": func(w *world, one *devserver.Record) { one.Key = w.put("TWO", "v", canary).Comment },
	"its own value":           func(w *world, one *devserver.Record) { *one = w.put("ONE", canary, ""); one.Key = one.Value },
	"its own value, in turn": func(w *world, one *devserver.Record) {
		*one = w.put("ONE", canary, "")
		one.Key, one.Value = one.Value, one.Key
	},
	"swapped with a value": func(w *world, one *devserver.Record) {
		two := w.put("TWO", canary, "")
		one.Key, two.Value = two.Value, one.Key
		w.server.PutRecord(two)
	},
	"another folder":      func(w *world, one *devserver.Record) { one.Key = w.elsewhere("dev", "/app").Value },
	"another environment": func(w *world, one *devserver.Record) { one.Key = w.elsewhere("prod", "/").Value },
	"an old version": func(w *world, one *devserver.Record) {
		one.Key = w.put("OLD", canary, "").Value
		w.put("OLD", "new", "")
	},
	"an old version of itself": func(w *world, one *devserver.Record) {
		old := w.put("ONE", canary, "")
		*one = w.put("ONE", "v", "")
		one.Key = old.Value
	},
}

func (w *world) elsewhere(environment, path string) devserver.Record {
	w.t.Helper()
	if path != "/" {
		w.server.CreateFolder(w.owner.Project.ID, environment, path)
	}
	record, err := w.owner.Put(environment, path, "THERE", canary, "")
	if err != nil {
		w.t.Fatal(err)
	}
	return record
}

// TestNamesAreNoOracle: whatever sealed text the server puts in the place of a
// name, nothing that a store is asked to do sends it back or names it.
func TestNamesAreNoOracle(t *testing.T) {
	t.Parallel()
	comment, newName := secrets.NewValue("c"), "NEW"
	update := func(change secrets.Change) func(*testing.T, *secrets.Store, secrets.Ref, string) error {
		return func(t *testing.T, s *secrets.Store, one secrets.Ref, id string) error {
			return second(s.Update(t.Context(), one, id, change))
		}
	}
	edit := func(e func(id string) secrets.Edit) func(*testing.T, *secrets.Store, secrets.Ref, string) error {
		return func(t *testing.T, s *secrets.Store, one secrets.Ref, id string) error {
			_, err := s.Edit(t.Context(), one.Folder, e(id))
			return err
		}
	}
	for name, ask := range map[string]func(*testing.T, *secrets.Store, secrets.Ref, string) error{
		"find": func(t *testing.T, s *secrets.Store, one secrets.Ref, id string) error {
			found, err := s.Find(t.Context(), one, id)
			if strings.Contains(found.Name, canary) {
				t.Error("it is found under the text")
			}
			return err
		},
		"update":                 update(changeTo("v", "")),
		"update without a value": update(secrets.Change{Comment: &comment}),
		"rename":                 update(secrets.Change{Name: &newName}),
		"delete": func(t *testing.T, s *secrets.Store, one secrets.Ref, id string) error {
			return s.Delete(t.Context(), one, id)
		},
		"edit": edit(func(id string) secrets.Edit {
			return secrets.Edit{Update: map[string]secrets.Update{"ONE": {ID: id, Change: changeTo("w", "")}}}
		}),
		"edit without a value": edit(func(id string) secrets.Edit {
			return secrets.Edit{Update: map[string]secrets.Update{"ONE": {ID: id, Change: secrets.Change{Comment: &comment}}}}
		}),
		"delete in an edit": edit(func(id string) secrets.Edit { return secrets.Edit{Delete: map[string]string{"ONE": id}} }),
	} {
		for lie, tell := range lies {
			// The lie is there when the folder is first read, or only when a write
			// looks again.
			for _, late := range []bool{false, true} {
				t.Run(fmt.Sprint(name, "/", lie, "/late ", late), func(t *testing.T) {
					t.Parallel()
					w := newWorld(t, devserver.Project{})
					one := w.put("ONE", "mine", "")
					store := w.store(seed.Token{})
					if late {
						if _, err := store.Find(t.Context(), w.ref("ONE"), one.ID); err != nil {
							t.Fatal(err)
						}
						// The first write is lost, so that it is settled by reading.
						w.onceOn(updateRoute, devserver.Fault{CutBefore: true})
						w.onceOn(deleteRoute, devserver.Fault{CutBefore: true})
					}
					tell(w, &one)
					w.server.PutRecord(one)
					w.server.ResetRequests()
					err := ask(t, store, w.ref("ONE"), one.ID)
					if err != nil && strings.Contains(err.Error(), canary) {
						t.Error("the error holds the text")
					}
					if problem := secrets.ProblemOf(err); !late && name != "delete in an edit" && name != "edit" && name != "edit without a value" &&
						problem != secrets.ProblemRenamed && problem != secrets.ProblemNotAuthentic {
						t.Errorf("problem %d: %v", problem, err)
					}
					w.sentNothingOf(canary)
				})
			}
		}
	}
}

// sentNothingOf searches what was sent.
func (w *world) sentNothingOf(text string) {
	w.t.Helper()
	for _, r := range w.server.Requests() {
		sent := fmt.Sprint(r.Path, "?", r.RawQuery, r.Header, string(r.Body))
		if plain, err := url.QueryUnescape(sent); err == nil {
			sent += plain
		}
		if strings.Contains(sent, text) {
			w.t.Errorf("%s: the text was sent", r.Route)
		}
	}
}

// TestWhatIsNoNameIsNotShown: a text that breaks the rules for names is in no
// listing, and in no error.
func TestWhatIsNoNameIsNotShown(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", canary + "/x", " " + canary, canary + "\n", strings.Repeat(canary, 10), "batch"} {
		w := newWorld(t, devserver.Project{})
		one := w.put("ONE", "mine", "")
		w.put("TWO", "2", "")
		key, err := w.owner.Seal(text)
		if err != nil {
			t.Fatal(err)
		}
		one.Key = key
		w.server.PutRecord(one)
		store := w.store(seed.Token{})
		listing, err := store.List(t.Context(), w.folder("/"))
		if err != nil || len(listing.Secrets) != 1 || listing.Secrets[0].Name != "TWO" || len(listing.Damaged) != 1 {
			t.Fatalf("%q: %d, %d: %v", text, len(listing.Secrets), len(listing.Damaged), err)
		}
		wantProblem(t, listing.Damaged[0], secrets.ProblemNotAuthentic, one.ID, "breaks the rules for names")
		contents, err := store.Contents(t.Context(), w.folder("/"), nil)
		if err != nil || len(contents.Others) != 1 || len(contents.LeftOut) != 1 {
			t.Fatalf("%q: %v, %v", text, contents, err)
		}
		_, found := store.Find(t.Context(), w.ref("ONE"), one.ID)
		wantProblem(t, found, secrets.ProblemNotAuthentic, one.ID)
		for _, err := range []error{listing.Damaged[0], contents.LeftOut[0], found, store.Delete(t.Context(), w.ref("ONE"), one.ID)} {
			if err == nil || strings.Contains(err.Error(), canary) {
				t.Errorf("%q: %v", text, err)
			}
		}
	}
}

// TestRenamesInPlainModesAreFollowed: where names are no ciphertext, they are
// what the server says.
func TestRenamesInPlainModesAreFollowed(t *testing.T) {
	t.Parallel()
	w, store := newES(t)
	there := w.put("N", "v", "")
	if err := w.owner.Rename("dev", "/", "N", "M"); err != nil {
		t.Fatal(err)
	}
	if found, err := store.Find(t.Context(), w.ref("N"), there.ID); err != nil || found.Name != "M" {
		t.Errorf("%q: %v", found.Name, err)
	}
	if err := store.Delete(t.Context(), w.ref("N"), there.ID); err != nil {
		t.Error(err)
	}
	w.holds()
}
