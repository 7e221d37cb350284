package secrets_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// changes are an edit of existing secrets, of the given ids.
func changes(ids map[string]string, to string) map[string]secrets.Update {
	out := map[string]secrets.Update{}
	for name, id := range ids {
		out[name] = secrets.Update{ID: id, Change: changeTo(to, "")}
	}
	return out
}

func TestEditMakesAllKindsOfChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	change, gone, there := w.put("CHANGE", "old", "c"), w.put("GONE", "v", ""), w.put("THERE", "theirs", "")
	w.put("SAME", "v", "")
	edit := secrets.Edit{
		Create: map[string]secrets.Draft{
			"NEW": draft("v", "c"), "SAME": draft("v", ""), "THERE": {Value: secrets.NewValue("ours"), Adopt: true},
		},
		Update: changes(map[string]string{"CHANGE": change.ID}, "new"),
		Delete: map[string]string{"GONE": gone.ID, "NEVER": "5f1efa06-83ef-4dd8-850d-24bdfbd77c03"},
	}
	if edit.IsEmpty() || !(secrets.Edit{}).IsEmpty() {
		t.Error("IsEmpty")
	}
	names := edit.Names()
	slices.Sort(names)
	if got := strings.Join(names, " "); got != "CHANGE GONE NEVER NEW SAME THERE" {
		t.Errorf("it is about %s", got)
	}
	done, err := w.store(seed.Token{}).Edit(t.Context(), w.folder("/"), edit)
	if err != nil || len(done) != len(names) || done["CHANGE"].ID != change.ID || done["THERE"].ID != there.ID || done["GONE"].ID != "" {
		t.Errorf("%d done: %v", len(done), err)
	}
	w.holds("CHANGE=new", "NEW=v#c", "SAME=v", "THERE=ours")
}

// TestEditThatCannotSucceedWritesNothing: all that is wrong is told at once.
func TestEditThatCannotSucceedWritesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	w.put("THERE", "theirs", "")
	renamed, kept := w.put("RENAMED", "v", ""), w.put("KEPT", "v", "")
	if err := w.owner.Rename("dev", "/", "RENAMED", "MOVED"); err != nil {
		t.Fatal(err)
	}
	twin := w.put("TWIN", "v", "")
	twin.ID = ""
	w.server.PutRecord(twin)
	large := strings.Repeat("x", 1<<20)
	update := changes(map[string]string{"RENAMED": renamed.ID}, "new")
	update["KEPT"] = secrets.Update{ID: kept.ID, Change: changeTo(large, "")}
	done, err := w.store(seed.Token{}).Edit(t.Context(), w.folder("/"), secrets.Edit{
		Create: map[string]secrets.Draft{
			"THERE": draft("ours", ""), "a/b": draft("v", ""), "LARGE": draft(large, ""), "FINE": draft("v", ""), "TWIN": draft("v", ""),
		},
		Update: update,
	})
	var failed secrets.EditError
	if !errors.As(err, &failed) || done != nil {
		t.Fatalf("%d done: %v", len(done), err)
	}
	want := map[string]secrets.Problem{
		"THERE": secrets.ProblemExists, "a/b": secrets.ProblemName, "LARGE": secrets.ProblemTooLarge, "TWIN": secrets.ProblemDuplicate,
		"RENAMED": secrets.ProblemOther, "KEPT": secrets.ProblemTooLarge,
	}
	for name, problem := range want {
		wantProblem(t, failed[name], problem)
	}
	if len(failed) != len(want) {
		t.Errorf("%d are refused: %v", len(failed), err)
	}
	wantProblem(t, err, secrets.ProblemTooLarge) // of the first by name
	if text := err.Error(); strings.Index(text, `"KEPT": `) > strings.Index(text, `"THERE": `) || strings.Count(text, "\n") != len(want)-1 {
		t.Errorf("not a line for each, in order: %s", text)
	}
	for route := range w.requests() {
		if !strings.HasPrefix(route, "GET ") {
			t.Errorf("%s was sent", route)
		}
	}
}

func TestEditOfAMissingFolder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	store := w.store(seed.Token{})
	_, err := store.Edit(t.Context(), w.folder("/missing"), secrets.Edit{Create: map[string]secrets.Draft{"N": draft("v", "")}})
	wantProblem(t, err, secrets.ProblemFolderMissing, "no folder /missing")
	done, err := store.Edit(t.Context(), w.folder("/missing"), secrets.Edit{Delete: map[string]string{"N": "id"}})
	if _, told := done["N"]; err != nil || !told {
		t.Errorf("what is to go is gone with its folder: %v", err)
	}
	readOnly := w.store(seed.Token{ReadOnly: true})
	_, err = readOnly.Edit(t.Context(), w.folder("/"), secrets.Edit{Delete: map[string]string{"N": "id"}})
	wantProblem(t, err, secrets.ProblemPermission, "read-only")
}

// TestEditOfWhatAnotherResourceMade: one secret has one resource.
func TestEditOfWhatAnotherResourceMade(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	store := w.store(seed.Token{})
	if _, err := store.Create(t.Context(), w.ref("N"), draft("v", "")); err != nil {
		t.Fatal(err)
	}
	_, err := store.Edit(t.Context(), w.folder("/"), secrets.Edit{Create: map[string]secrets.Draft{"N": draft("v", "")}})
	wantProblem(t, err, secrets.ProblemExists, "Another resource of this run")
}

func TestContents(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	w.put("ASKED", "v", "")
	w.put("OTHER", "o", "")
	damaged := w.put("DAMAGED", "v", "")
	damaged.Value.Tag = damaged.Key.Tag
	w.server.PutRecord(damaged)
	nameless, broken := w.put("NAMELESS", "v", ""), w.put("BROKEN", "v", "")
	nameless.Key.Tag, broken.Value.Tag = damaged.Value.Tag, damaged.Value.Tag
	w.server.PutRecord(nameless)
	w.server.PutRecord(broken)
	twin := w.put("TWIN", "v", "")
	twin.ID = ""
	w.server.PutRecord(twin)

	store := w.store(seed.Token{})
	got, err := store.Contents(t.Context(), w.folder("/"), []string{"ASKED", "DAMAGED", "MISSING"})
	if err != nil {
		t.Fatal(err)
	}
	if _, missing := got.Secrets["MISSING"]; missing || len(got.Secrets) != 2 || got.Secrets["ASKED"].Value.Reveal() != "v" || got.Secrets["DAMAGED"].ID != damaged.ID {
		t.Errorf("asked for: %d", len(got.Secrets))
	}
	wantProblem(t, got.Damaged["DAMAGED"], secrets.ProblemNotAuthentic)
	if len(got.Damaged) != 1 || len(got.Others) != 1 || got.Others[0].Name != "OTHER" {
		t.Errorf("%d damaged, %d others", len(got.Damaged), len(got.Others))
	}
	if len(got.LeftOut) != 3 {
		t.Errorf("left out: %v", got.LeftOut)
	}
	_, err = store.Contents(t.Context(), w.folder("/"), []string{"TWIN"})
	wantProblem(t, err, secrets.ProblemDuplicate)
	_, err = store.Contents(t.Context(), w.folder("/missing"), nil)
	wantProblem(t, err, secrets.ProblemFolderMissing)
}

// TestClaims has every two claims meet, in both orders.
func TestClaims(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		one, other secrets.Claim
		meet       bool
	}{
		{secrets.Keeps, secrets.Keeps, true},
		{secrets.Keeps, secrets.Takes, true},
		{secrets.Keeps, secrets.Drops, true},
		{secrets.Keeps, secrets.Clears, true},
		{secrets.Takes, secrets.Takes, true},
		{secrets.Takes, secrets.Drops, false},
		{secrets.Takes, secrets.Clears, true},
		{secrets.Takes, secrets.Renames, false},
		{secrets.Creates, secrets.Keeps, true},
		{secrets.Creates, secrets.Creates, true},
		{secrets.Creates, secrets.Drops, false},
		{secrets.Creates, secrets.Renames, true},
		{secrets.Clears, secrets.Creates, true},
		{secrets.Clears, secrets.Renames, true},
		{secrets.Clears, secrets.Clears, false},
		{secrets.Drops, secrets.Drops, false},
		{secrets.Drops, secrets.Clears, false},
		{secrets.Clears, secrets.Clears, false},
	} {
		for _, order := range [][2]secrets.Claim{{c.one, c.other}, {c.other, c.one}} {
			w := newWorld(t, devserver.Project{})
			store, first, second := w.store(seed.Token{}), secrets.NewOwner(), secrets.NewOwner()
			// A name in two Unicode forms is one name.
			if taken := store.Hold(first, order[0], refs(w.folder("/"), "e\u0301", "FREE")...); len(taken) > 0 {
				t.Errorf("taken from nobody: %q", taken)
			}
			taken := store.Hold(second, order[1], refs(w.folder("/"), "Z", "\u00e9", "A")...)
			if (len(taken) == 1 && taken[0] == "\u00e9") != c.meet || len(taken) > 1 {
				t.Errorf("%d after %d: taken %q", order[1], order[0], taken)
			}
			if again := store.Hold(first, secrets.Drops, refs(w.folder("/"), "e\u0301")...); len(again) > 0 && c.meet {
				t.Errorf("an owner is in its own way, or a refused claim stays: %q", again)
			}
			if elsewhere := store.Hold(second, order[1], refs(w.folder("/other"), "e\u0301")...); len(elsewhere) > 0 {
				t.Errorf("taken in another folder: %q", elsewhere)
			}
		}
	}
}

func refs(f secrets.Folder, names ...string) []secrets.Ref {
	var out []secrets.Ref
	for _, name := range names {
		out = append(out, secrets.Ref{Folder: f, Name: name})
	}
	return out
}
