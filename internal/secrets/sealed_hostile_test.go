package secrets_test

import (
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/seal"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// TestSealedTakeOver: of what is there already, plain text is sealed with a
// warning, wrecks and swapped envelopes are written over, and what is under
// a key that is missing is left alone, alone and among others.
func TestSealedTakeOver(t *testing.T) {
	t.Parallel()
	w := newSealedWorld(t, 2)
	mine, theirs := w.keys[0], w.keys[1]
	strange := w.envelope(theirs, "STRANGE", 1, "canary")
	plant := func() {
		for _, r := range w.server.RawRecords(w.owner.Project.ID, "dev", "/") {
			w.server.DeleteRawRecord(w.owner.Project.ID, r.ID)
		}
		w.plant("PLAIN", "canary")
		w.plant("SWAPPED", w.envelope(mine, "OTHER", 1, "canary"))
		w.plant("STRANGE", strange)
	}
	check := func(store *secrets.Store) {
		t.Helper()
		warnings := store.TakeWarnings()
		if len(warnings) != 2 || warnings[0].Summary != "Secret Was Not Sealed" || !strings.Contains(warnings[0].Detail, `"PLAIN"`) || strings.Contains(warnings[0].Detail, "canary") || warnings[1].Summary != "Existing Secrets Overwritten: 2 in dev:/" {
			t.Errorf("warns %q", warnings)
		}
		if w.held("STRANGE") != strange {
			t.Error("what is under a missing key was written over")
		}
		for _, name := range []string{"PLAIN", "SWAPPED"} {
			if s, err := w.with(mine).Find(t.Context(), w.ref(name), ""); err != nil || s.Value.Reveal() != "mine" {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	adopting := draft("mine", "")
	plant()
	_, err := w.with(mine).Create(t.Context(), w.ref("PLAIN"), draft("mine", ""))
	wantProblem(t, err, secrets.ProblemNotAuthentic, "Its value is not sealed", "on_existing = \"adopt\"")
	adopting.Adopt = true
	store := w.with(mine)
	for _, name := range []string{"PLAIN", "SWAPPED"} {
		if _, err := store.Create(t.Context(), w.ref(name), adopting); err != nil {
			t.Fatal(err)
		}
	}
	_, err = store.Create(t.Context(), w.ref("STRANGE"), adopting)
	wantProblem(t, err, secrets.ProblemCredential, "sealed with a key of id "+theirs.ID())
	_, err = store.Update(t.Context(), w.ref("STRANGE"), "", changeTo("mine", ""))
	wantProblem(t, err, secrets.ProblemCredential, "sealed with a key of id "+theirs.ID())
	check(store)

	plant()
	store = w.with(mine)
	all := secrets.Edit{Create: map[string]secrets.Draft{"PLAIN": adopting, "SWAPPED": adopting, "STRANGE": adopting}}
	if done, err := store.Edit(t.Context(), w.folder("/"), all); len(done) != 0 || err == nil || w.held("PLAIN") != "canary" {
		t.Errorf("%d were written although one can be seen to fail: %v", len(done), err)
	}
	delete(all.Create, "STRANGE")
	if _, err := store.Edit(t.Context(), w.folder("/"), all); err != nil {
		t.Fatal(err)
	}
	check(store)
}

// TestSealedTakeOverSealsAnew: an equal secret that is taken over, as after a
// run whose state was lost, ends up under the key that seals now.
func TestSealedTakeOverSealsAnew(t *testing.T) {
	t.Parallel()
	w := newSealedWorld(t, 2)
	for i, adopt := range []bool{false, true} {
		for j, bulk := range []bool{false, true} {
			name := fmt.Sprint("N", i, j)
			old := w.envelope(w.keys[1], name, 5, "v")
			w.plant(name, old)
			same := draft("v", "")
			same.Adopt = adopt
			store, secret := w.with(w.keys[0], w.keys[1]), secrets.Secret{}
			var err error
			if bulk {
				var done map[string]secrets.Secret
				done, err = store.Edit(t.Context(), w.folder("/"), secrets.Edit{Create: map[string]secrets.Draft{name: same}})
				secret = done[name]
			} else {
				secret, err = store.Create(t.Context(), w.ref(name), same)
			}
			if err != nil || secret.Envelope == nil || secret.Envelope.KeyID != w.keys[0].ID() || secret.Envelope.Generation <= 5 || w.held(name) == old {
				t.Errorf("adopt %t, bulk %t: %+v: %v", adopt, bulk, secret.Envelope, err)
			}
		}
	}
}

// TestSealedContents: what does not open is nobody's to delete, and the
// comparison of two folders counts it as different.
func TestSealedContents(t *testing.T) {
	t.Parallel()
	w := newSealedWorld(t, 2)
	store := w.with(w.keys[0])
	w.plant("MINE", w.envelope(w.keys[0], "MINE", 1, "v"))
	w.plant("PLAIN", "canary")
	w.plant("STRANGE", w.envelope(w.keys[1], "STRANGE", 1, "v"))
	w.plant("OPEN", w.envelope(w.keys[0], "OPEN", 1, "v"))
	got, err := store.Contents(t.Context(), w.folder("/"), []string{"MINE"})
	if err != nil || len(got.Others) != 1 || got.Others[0].Name != "OPEN" || len(got.LeftOut) != 2 || len(got.Damaged) != 0 {
		t.Errorf("%d others, %d left out: %v", len(got.Others), len(got.LeftOut), err)
	}
	got, err = store.Contents(t.Context(), w.folder("/"), []string{"PLAIN", "STRANGE"})
	if err != nil || secrets.ProblemOf(got.Damaged["PLAIN"]) != secrets.ProblemNotAuthentic || secrets.ProblemOf(got.Damaged["STRANGE"]) != secrets.ProblemCredential ||
		!got.Secrets["PLAIN"].Value.IsEmpty() || got.Secrets["STRANGE"].Envelope.KeyID != w.keys[1].ID() {
		t.Errorf("%+v: %v", got, err)
	}
	folder := w.folder("/")
	d, _, err := store.Compare(t.Context(), [2]secrets.Folder{folder, folder}, secrets.Reading{})
	if err != nil || d.InSync() || !slices.Equal(d.Different, []string{"PLAIN", "STRANGE"}) || !slices.Equal(d.Equal, []string{"MINE", "OPEN"}) {
		t.Errorf("%+v: %v", d, err)
	}
}

// TestSealedHeldForApproval: nothing was written, and nothing passes for it.
func TestSealedHeldForApproval(t *testing.T) {
	t.Parallel()
	w := newSealedWorld(t, 1)
	w.server.InjectFault(func(r devserver.Request) *devserver.Fault {
		if r.Method == http.MethodGet {
			return nil
		}
		return &devserver.Fault{Body: `{"approval":{"id":"a1","status":"open"}}`}
	})
	store := w.with(w.keys[0])
	_, err := store.Create(t.Context(), w.ref("N"), draft("v", ""))
	wantProblem(t, err, secrets.ProblemApproval, "nothing was written")
	done, err := store.Edit(t.Context(), w.folder("/"), secrets.Edit{Create: map[string]secrets.Draft{"A": draft("a", ""), "B": draft("b", "")}})
	wantProblem(t, err, secrets.ProblemApproval, "nothing was written")
	if len(done) != 0 {
		t.Errorf("%d passed for done", len(done))
	}
	if _, err := store.Find(t.Context(), w.ref("N"), ""); secrets.ProblemOf(err) != secrets.ProblemNotFound {
		t.Errorf("it is thought to be there: %v", err)
	}
}

// TestSealedAnswersToWrites: what the server answers to a write is compared
// with what was sent, byte by byte, alone and in company.
func TestSealedAnswersToWrites(t *testing.T) {
	t.Parallel()
	value := regexp.MustCompile(`"secretValue":"[^"]*"`)
	for name, rewrite := range map[string]func(envelope string) string{
		"plain text":       func(string) string { return "canary" },
		"nothing":          func(string) string { return "" },
		"cut by one":       func(envelope string) string { return envelope[:len(envelope)-1] },
		"with white space": func(envelope string) string { return envelope + " " },
		"another version":  func(envelope string) string { return "sealed2" + envelope[len("sealed1"):] },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newSealedWorld(t, 1)
			for _, name := range []string{"UPDATED", "A", "B"} {
				w.plant(name, w.envelope(w.keys[0], name, 1, "old"))
			}
			w.server.InjectFault(func(r devserver.Request) *devserver.Fault {
				if r.Method == http.MethodGet {
					return nil
				}
				return &devserver.Fault{Rewrite: func(status int, body []byte) (int, []byte) {
					return status, value.ReplaceAllFunc(body, func(field []byte) []byte {
						return []byte(`"secretValue":"` + rewrite(string(field[len(`"secretValue":"`):len(field)-1])) + `"`)
					})
				}}
			})
			const why = "The server answered the write with another value than was sent."
			store := w.with(w.keys[0])
			_, err := store.Create(t.Context(), w.ref("N"), draft("v", ""))
			wantProblem(t, err, secrets.ProblemNotAuthentic, why)
			_, err = store.Update(t.Context(), w.ref("UPDATED"), "", changeTo("new", ""))
			wantProblem(t, err, secrets.ProblemNotAuthentic, why)
			_, err = store.Edit(t.Context(), w.folder("/"), secrets.Edit{
				Create: map[string]secrets.Draft{"C": draft("c", ""), "D": draft("d", "")},
				Update: map[string]secrets.Update{"A": {Change: changeTo("a", "")}, "B": {Change: changeTo("b", "")}},
			})
			var each secrets.EditError
			if !errors.As(err, &each) || len(each) != 4 {
				t.Fatalf("%v", err)
			}
			for _, err := range each {
				wantProblem(t, err, secrets.ProblemNotAuthentic, why)
				if strings.Contains(err.Error(), "canary") {
					t.Error("it repeats what the server made up")
				}
			}
		})
	}
}

// TestSealedImportsInARing: each folder is asked of once, whatever leads to it.
func TestSealedImportsInARing(t *testing.T) {
	t.Parallel()
	w := newSealedWorld(t, 1)
	id := w.owner.Project.ID
	ring, _ := seal.NewRing(w.keys[0])
	w.server.CreateFolder(id, "dev", "/b")
	for from, to := range map[string][]string{"/": {"/b", "/"}, "/b": {"/", "/b"}} {
		for _, source := range to {
			w.server.PutImport(id, "dev", from, "dev", source)
		}
	}
	for path, name := range map[string]string{"/": "A", "/b": "B"} {
		text, _ := ring.Seal(seal.Place{ProjectID: id, Environment: "dev", Path: path, Name: name, Type: seal.TypeShared}, 1, []byte(path))
		w.server.PutRawRecord(devserver.RawRecord{WorkspaceID: id, Environment: "dev", SecretPath: path, Name: name, Value: text, Type: "shared", Version: 1})
	}
	got, err := w.with(w.keys[0]).Gather(t.Context(), w.folder("/"), secrets.Reading{Imports: true})
	if err != nil || len(got.Secrets) != 2 || got.Secrets[1].Value.Reveal() != "/b" || len(got.Damaged) != 0 {
		t.Fatalf("%d secrets, %v: %v", len(got.Secrets), got.Damaged, err)
	}
	if r := w.requests(); r["GET /api/v3/secrets/raw"] != 3 || r[importsRoute] != 2 {
		t.Errorf("it asked %v", r)
	}
}

// TestSealedImportsOfEachOther: ways through folders that import each other
// multiply, and end in an error before memory does.
func TestSealedImportsOfEachOther(t *testing.T) {
	t.Parallel()
	w := newSealedWorld(t, 1)
	paths := []string{"/a", "/b", "/c", "/d", "/e", "/f"}
	for _, path := range paths {
		w.server.CreateFolder(w.owner.Project.ID, "dev", path)
	}
	for _, from := range paths {
		for _, to := range paths {
			w.server.PutImport(w.owner.Project.ID, "dev", from, "dev", to)
		}
	}
	_, err := w.with(w.keys[0]).Gather(t.Context(), w.folder("/a"), secrets.Reading{Imports: true})
	wantProblem(t, err, secrets.ProblemTooLarge, `Its imports lead to more than 100000 secrets`, "Remove imports between folders that import each other")
	if r := w.requests(); r["GET /api/v3/secrets/raw"] > 2*len(paths) || r[importsRoute] > len(paths) {
		t.Errorf("it asked %v", r)
	}
}

// TestSealedImportThatMayNotBeRead: the error names it, and not the folder that
// was asked for.
func TestSealedImportThatMayNotBeRead(t *testing.T) {
	t.Parallel()
	w := newSealedWorld(t, 1)
	w.server.CreateFolder(w.owner.Project.ID, "dev", "/b")
	w.other().CreateImport("dev", "/", "dev", "/b")
	store := w.withToken(seed.Token{Scopes: []devserver.Scope{{Environment: "dev", SecretPath: "/"}}}, w.keys[0])
	_, err := store.Gather(t.Context(), w.folder("/"), secrets.Reading{Imports: true})
	wantProblem(t, err, secrets.ProblemPermission, `folder /b of environment "dev": The folder / of environment "dev" imports it`)
}
