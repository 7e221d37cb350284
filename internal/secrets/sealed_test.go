package secrets_test

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/seal"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// sealedWorld is a world whose project is of version 3, with sealing keys.
type sealedWorld struct {
	*world
	keys []seal.Key
}

func newSealedWorld(t *testing.T, keys int) *sealedWorld {
	t.Helper()
	w := &sealedWorld{world: start(t, devserver.Project{Version: 3}, devserver.Options{Era: devserver.Era2024October, RateLimit: 1000})}
	for range keys {
		key, err := seal.GenerateKey()
		if err != nil {
			t.Fatal(err)
		}
		w.keys = append(w.keys, key)
	}
	return w
}

// with opens a Store with these of the keys.
func (w *sealedWorld) with(keys ...seal.Key) *secrets.Store {
	w.t.Helper()
	return w.withToken(seed.Token{Name: "sealed"}, keys...)
}

func (w *sealedWorld) withToken(token seed.Token, keys ...seal.Key) *secrets.Store {
	w.t.Helper()
	return w.store(token, func(c *secrets.Config) {
		c.Mode = secrets.ModeSealed
		for _, key := range keys {
			c.SealingKeys = append(c.SealingKeys, key.Reveal())
		}
	})
}

// envelope is one as a holder of the key makes it.
func (w *sealedWorld) envelope(key seal.Key, name string, generation uint64, value string) string {
	w.t.Helper()
	ring, err := seal.NewRing(key)
	if err != nil {
		w.t.Fatal(err)
	}
	text, err := ring.Seal(seal.Place{ProjectID: w.owner.Project.ID, Environment: "dev", Path: "/", Name: name, Type: seal.TypeShared}, generation, []byte(value))
	if err != nil {
		w.t.Fatal(err)
	}
	return text
}

func (w *sealedWorld) plant(name, value string) devserver.RawRecord {
	return w.server.PutRawRecord(devserver.RawRecord{WorkspaceID: w.owner.Project.ID, Environment: "dev", Name: name, Value: value, Type: "shared", Version: 1})
}

func (w *sealedWorld) held(name string) string {
	w.t.Helper()
	for _, r := range w.server.RawRecords(w.owner.Project.ID, "dev", "/") {
		if r.Name == name {
			return r.Value
		}
	}
	return ""
}

// TestSealedSizeLimit: the largest value that is let through at plan reaches
// the server, alone and in company, and the number in the error is that value.
func TestSealedSizeLimit(t *testing.T) {
	t.Parallel()
	w := newSealedWorld(t, 1)
	store := w.with(w.keys[0])
	name := strings.Repeat("N", 100)
	comment := strings.Repeat("c", 1000)
	for _, kind := range []string{"comment", "no comment"} {
		ref, said := w.ref(name), secrets.NewValue("")
		if kind == "comment" {
			said = secrets.NewValue(comment)
		}
		err := store.CheckContent(t.Context(), ref, secrets.NewValue(strings.Repeat("v", 1<<20)), said)
		wantProblem(t, err, secrets.ProblemTooLarge)
		fits := regexp.MustCompile(`at most (\d+) bytes fit`).FindStringSubmatch(err.Error())
		if fits == nil {
			t.Fatal(err)
		}
		most, _ := strconv.Atoi(fits[1])
		wantProblem(t, store.CheckContent(t.Context(), ref, secrets.NewValue(strings.Repeat("v", most+1)), said), secrets.ProblemTooLarge)
		for off := range 32 { // an envelope grows in steps of 32
			if err := store.CheckContent(t.Context(), ref, secrets.NewValue(strings.Repeat("v", most-off)), said); err != nil {
				t.Fatal(err)
			}
		}
		large := secrets.NewValue(strings.Repeat("v", most))
		if _, err := store.Create(t.Context(), ref, secrets.Draft{Value: large, Comment: &said}); err != nil {
			t.Fatal(err)
		}
		changed := secrets.NewValue(strings.Repeat("w", most))
		done, err := store.Edit(t.Context(), ref.Folder, secrets.Edit{
			Update: map[string]secrets.Update{name: {Change: secrets.Change{Value: &changed, Comment: &said}}},
			Create: map[string]secrets.Draft{"SMALL": draft("s", "")},
		})
		if err != nil || !done[name].Value.Equal(changed) {
			t.Fatal(err)
		}
		for name, s := range done {
			if err := store.Delete(t.Context(), w.ref(name), s.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	largest := 0
	for _, r := range w.server.Requests() {
		largest = max(largest, len(r.Body))
	}
	if largest > 1<<20 || largest < 1<<20-4096 {
		t.Errorf("the largest request was of %d bytes", largest)
	}
}

// TestSealedEditInChunks: five hundred secrets leave in as many requests as
// their envelopes need, by number and by bytes.
func TestSealedEditInChunks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		size, creates int
	}{{10, 5}, {12_000, 9}} {
		w := newSealedWorld(t, 1)
		edit := secrets.Edit{Create: map[string]secrets.Draft{}}
		for i := range 500 {
			edit.Create[fmt.Sprintf("N%d", i)] = draft(strings.Repeat("v", c.size), "")
		}
		if _, err := w.with(w.keys[0]).Edit(t.Context(), w.folder("/"), edit); err != nil {
			t.Fatal(err)
		}
		const route = "POST /api/v3/secrets/batch/raw"
		if got := w.requests(); got[route] < c.creates || got[route] > c.creates+2 || got["POST /api/v3/secrets/raw/:secretName"] != 0 {
			t.Errorf("%d bytes each: %v", c.size, got)
		}
		for _, r := range w.server.Requests() {
			if len(r.Body) > 900<<10 {
				t.Errorf("a request of %d bytes", len(r.Body))
			}
		}
	}
}

// TestSealedGenerations: each write is above all that was seen, whatever the
// clock says, and a number that ends is not stepped over.
func TestSealedGenerations(t *testing.T) {
	t.Parallel()
	const future = uint64(1) << 50 // a clock that was 30,000 years ahead
	w := newSealedWorld(t, 1)
	w.plant("N", w.envelope(w.keys[0], "N", future, "old"))
	store := w.with(w.keys[0])
	secret, err := store.Update(t.Context(), w.ref("N"), "", changeTo("new", ""))
	if err != nil || secret.Envelope.Generation != future+1 {
		t.Fatalf("%+v: %v", secret.Envelope, err)
	}
	// What the server shows is older than what the caller has seen, or does not
	// tell.
	for i, planted := range []string{w.envelope(w.keys[0], "M", 7, "old"), "plain"} {
		name := fmt.Sprint("M", map[int]string{1: "2"}[i])
		w.plant(name, planted)
		change := changeTo("new", "")
		change.Seen = future
		if secret, err = w.with(w.keys[0]).Update(t.Context(), w.ref(name), "", change); err != nil || secret.Envelope.Generation != future+1 {
			t.Fatalf("%s: %+v: %v", name, secret.Envelope, err)
		}
	}
	// Nor does a change that carries the value along make an older one the newest.
	old := w.envelope(w.keys[0], "OLD", 7, "old")
	w.plant("OLD", old)
	comment := secrets.NewValue("new")
	back := secrets.Change{Comment: &comment, Seen: 8}
	_, err = w.with(w.keys[0]).Update(t.Context(), w.ref("OLD"), "", back)
	wantProblem(t, err, secrets.ProblemNotAuthentic, "an older value than was seen before (generation 7, before it was 8)")
	_, err = w.with(w.keys[0]).Edit(t.Context(), w.folder("/"), secrets.Edit{Update: map[string]secrets.Update{"OLD": {Change: back}}})
	wantProblem(t, err, secrets.ProblemNotAuthentic)
	if w.held("OLD") != old {
		t.Error("it was written all the same")
	}
	back.AcceptOlder = true
	if secret, err = w.with(w.keys[0]).Update(t.Context(), w.ref("OLD"), "", back); err != nil || secret.Envelope.Generation <= 8 || secret.Value.Reveal() != "old" {
		t.Errorf("%+v: %v", secret.Envelope, err)
	}
	last := w.envelope(w.keys[0], "LAST", math.MaxUint64, "v")
	w.plant("LAST", last)
	_, err = w.with(w.keys[0]).Update(t.Context(), w.ref("LAST"), "", changeTo("new", ""))
	wantProblem(t, err, secrets.ProblemOther, "the highest that there is")
	if w.held("LAST") != last {
		t.Error("it was written all the same")
	}
}

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
		if len(warnings) != 1 || warnings[0].Summary != "Secret Was Not Sealed" || !strings.Contains(warnings[0].Detail, `"PLAIN"`) || strings.Contains(warnings[0].Detail, "canary") {
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

// TestSealedNamesInOtherForms: a name that another client stored in another
// normal form is one place, as the server spells it.
func TestSealedNamesInOtherForms(t *testing.T) {
	t.Parallel()
	const nfc, nfd = "caf\u00e9", "cafe\u0301"
	w := newSealedWorld(t, 2)
	w.plant(nfd, w.envelope(w.keys[0], nfd, 1, "v"))
	store := w.with(w.keys[1], w.keys[0])
	secret, err := store.Find(t.Context(), w.ref(nfc), "")
	if err != nil || secret.Value.Reveal() != "v" {
		t.Fatal(err)
	}
	fingerprint, err := store.FingerprintUnder(t.Context(), w.ref(nfc), secrets.NewValue("v"), w.keys[0].ID())
	if err != nil || fingerprint != secret.Fingerprint {
		t.Errorf("the two spellings have two fingerprints: %v", err)
	}
	// Sealed anew it opens for who goes by the server's spelling.
	result, err := store.Reseal(t.Context(), w.folder("/"), false)
	if err != nil || !result.IsComplete() || len(result.Resealed) != 1 {
		t.Fatalf("%+v: %v", result, err)
	}
	ring, _ := seal.NewRing(w.keys[1])
	if _, _, _, err := ring.Open(seal.Place{ProjectID: w.owner.Project.ID, Environment: "dev", Path: "/", Name: nfd, Type: seal.TypeShared}, w.held(nfd)); err != nil {
		t.Error(err)
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
			w.other().CreateImport("dev", from, "dev", source)
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
