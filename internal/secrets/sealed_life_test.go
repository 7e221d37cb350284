package secrets_test

import (
	"cmp"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/seal"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

const rawBatchRoute = "/api/v3/secrets/batch/raw"

// sealedProject is a server with a project of version 3, and a sealing key.
type sealedProject struct {
	*world
	key seal.Key
}

// newSealedProject is on a server of October 2024, which has no /api/v4.
func newSealedProject(t *testing.T) *sealedProject {
	t.Helper()
	return sealedProjectOn(t, devserver.Options{Era: devserver.Era2024October})
}

func sealedProjectOn(t *testing.T, options devserver.Options) *sealedProject {
	t.Helper()
	options.RateLimit = 1000
	return &sealedProject{start(t, devserver.Project{Version: 3}, options), newSealingKey(t)}
}

// inDialects runs a test against a server that has the older raw endpoints alone
// and against one that has the newer alone, whose routes it sees under the names
// of the older.
func inDialects(t *testing.T, test func(*testing.T, *sealedProject)) {
	t.Helper()
	t.Parallel()
	t.Run("v3", func(t *testing.T) {
		t.Parallel()
		test(t, newSealedProject(t))
	})
	t.Run("v4", func(t *testing.T) {
		t.Parallel()
		w := sealedProjectOn(t, devserver.Options{Era: devserver.Era2026July, WithoutV3: true})
		w.v4 = true
		test(t, w)
	})
}

func newSealingKey(t *testing.T) seal.Key {
	t.Helper()
	key, err := seal.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// open is a store with these keys, or with the one of the world.
func (w *sealedProject) open(keys ...seal.Key) *secrets.Store {
	w.t.Helper()
	return w.store(seed.Token{}, w.inSealed(keys...))
}

func (w *sealedProject) inSealed(keys ...seal.Key) func(*secrets.Config) {
	if keys == nil {
		keys = []seal.Key{w.key}
	}
	return func(cfg *secrets.Config) {
		cfg.Mode = secrets.ModeSealed
		for _, key := range keys {
			cfg.SealingKeys = append(cfg.SealingKeys, key.Reveal())
		}
	}
}

func (w *sealedProject) place(ref secrets.Ref) seal.Place {
	return seal.Place{ProjectID: ref.WorkspaceID, Environment: ref.Environment, Path: ref.Path, Name: ref.Name, Type: seal.TypeShared}
}

func ringOf(t *testing.T, keys ...seal.Key) seal.Ring {
	t.Helper()
	ring, err := seal.NewRing(keys...)
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

// plant stores an envelope of another client's, made for a place.
func (w *sealedProject) plant(ref secrets.Ref, generation uint64, value string, keys ...seal.Key) devserver.RawRecord {
	w.t.Helper()
	if keys == nil {
		keys = []seal.Key{w.key}
	}
	text, err := ringOf(w.t, keys...).Seal(w.place(ref), generation, []byte(value))
	if err != nil {
		w.t.Fatal(err)
	}
	return w.server.PutRawRecord(devserver.RawRecord{
		WorkspaceID: ref.WorkspaceID, Environment: ref.Environment, SecretPath: ref.Path, Name: ref.Name, Value: text, Type: "shared", Version: 1,
	})
}

// record is what the server holds of a secret of the root of dev.
func (w *sealedProject) record(name string) devserver.RawRecord {
	w.t.Helper()
	for _, r := range w.server.RawRecords(w.owner.Project.ID, "dev", "/") {
		if r.Name == name {
			return r
		}
	}
	w.t.Fatalf("the server holds no %s", name)
	return devserver.RawRecord{}
}

// opened opens what the server holds of a secret of the root of dev, where it
// belongs.
func (w *sealedProject) opened(name string, keys ...seal.Key) (value string, generation uint64) {
	w.t.Helper()
	if keys == nil {
		keys = []seal.Key{w.key}
	}
	plaintext, generation, _, err := ringOf(w.t, keys...).Open(w.place(w.ref(name)), w.record(name).Value)
	if err != nil {
		w.t.Fatalf("%s: %v", name, err)
	}
	return string(plaintext), generation
}

// unseen fails the test if a value was ever sent.
func (w *sealedProject) unseen(values ...string) {
	w.t.Helper()
	for _, r := range w.server.Requests() {
		for _, value := range values {
			if strings.Contains(string(r.Body), value) {
				w.t.Errorf("%s carried a value", r.Route)
			}
		}
	}
}

// TestSealedLife: what the server holds after each step opens in its own place,
// under a generation that only rises, and how many requests that took.
func TestSealedLife(t *testing.T) { inDialects(t, testSealedLife) }

func testSealedLife(t *testing.T, w *sealedProject) {
	t.Helper()
	store := w.open()
	made, err := store.Create(t.Context(), w.ref("N"), draft("canary one \xff", "said"))
	if err != nil {
		t.Fatal(err)
	}
	value, first := w.opened("N")
	if value != "canary one \xff" || made.Value.Reveal() != value || w.record("N").Comment != "said" || made.Comment.Reveal() != "said" {
		t.Errorf("%d bytes are sealed with the comment %q", len(value), made.Comment.Reveal())
	}
	if made.Envelope == nil || made.Envelope.Generation != first || made.Envelope.KeyID != w.key.ID() || made.Fingerprint == "" || made.FingerprintKeyID != w.key.ID() {
		t.Errorf("%+v", made.Envelope)
	}

	two := secrets.NewValue("canary two")
	changed, err := store.Update(t.Context(), w.ref("N"), made.ID, secrets.Change{Value: &two})
	if err != nil || changed.Comment.Reveal() != "said" || changed.Fingerprint == made.Fingerprint {
		t.Fatalf("%q %v", changed.Comment.Reveal(), err)
	}
	value, second := w.opened("N")
	if value != "canary two" || second <= first || w.record("N").Comment != "said" {
		t.Errorf("generation %d after %d, comment %q", second, first, w.record("N").Comment)
	}

	// A comment takes the value along, and a name binds it to another place.
	comment := secrets.NewValue("said anew")
	if changed, err = store.Update(t.Context(), w.ref("N"), made.ID, secrets.Change{Comment: &comment}); err != nil || !changed.Value.Equal(two) {
		t.Fatal(err)
	}
	value, third := w.opened("N")
	if value != "canary two" || third <= second || w.record("N").Comment != "said anew" {
		t.Errorf("generation %d after %d, comment %q", third, second, w.record("N").Comment)
	}
	name := "M"
	if changed, err = store.Update(t.Context(), w.ref("N"), made.ID, secrets.Change{Name: &name}); err != nil || changed.Name != "M" || !changed.Value.Equal(two) || changed.ID != made.ID {
		t.Fatal(err)
	}
	value, fourth := w.opened("M")
	if value != "canary two" || fourth <= third {
		t.Errorf("generation %d after %d", fourth, third)
	}
	// Nothing is sent for what is so already, though it would be another envelope.
	if _, err := store.Update(t.Context(), w.ref("M"), made.ID, secrets.Change{Value: &two, SealedUnder: w.key.ID()}); err != nil {
		t.Fatal(err)
	}

	// Another process reads the same, and its fingerprint.
	found, err := w.open().Find(t.Context(), w.ref("M"), made.ID)
	if err != nil || !found.Value.Equal(two) || found.Fingerprint != changed.Fingerprint || found.Envelope.Hash != changed.Envelope.Hash {
		t.Errorf("read otherwise: %v", err)
	}
	w.server.ResetRequests()
	if err := store.Delete(t.Context(), w.ref("M"), made.ID); err != nil {
		t.Fatal(err)
	}
	if left := w.server.RawRecords(w.owner.Project.ID, "dev", "/"); len(left) != 0 {
		t.Errorf("%d are left", len(left))
	}
	if got, want := w.requests(), map[string]int{rawDeleteRoute: 1}; !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	w.unseen("canary")
}

// TestSealedCosts: a write is one request, and all of a run share the rest. A
// change without a value looks first, and what is unchanged costs no bytes.
func TestSealedCosts(t *testing.T) { inDialects(t, testSealedCosts) }

func testSealedCosts(t *testing.T, w *sealedProject) {
	t.Helper()
	there := w.plant(w.ref("N"), 1, "v")
	store := w.open()
	v, comment := secrets.NewValue("w"), secrets.NewValue("c")
	if _, err := store.Update(t.Context(), w.ref("N"), there.ID, secrets.Change{Value: &v}); err != nil {
		t.Fatal(err)
	}
	want := map[string]int{tokenRoute: 1, guardRoute: 1, rawListRoute: 1, rawUpdateRoute: 1}
	if !w.v4 {
		want[""] = 1 // the look for v4
	}
	if got := w.requests(); !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}

	store = w.open()
	if _, err := store.Find(t.Context(), w.ref("N"), there.ID); err != nil {
		t.Fatal(err)
	}
	w.server.ResetRequests()
	if _, err := store.Update(t.Context(), w.ref("N"), there.ID, secrets.Change{Comment: &comment}); err != nil {
		t.Fatal(err)
	}
	if got, want := w.requests(), map[string]int{rawListRoute: 1, rawUpdateRoute: 1}; !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if list := w.server.Requests()[0]; list.Status != http.StatusNotModified {
		t.Errorf("an unchanged list was answered %d", list.Status)
	}
	if value, _ := w.opened("N"); value != "w" {
		t.Error("the value was changed along with the comment")
	}
}

// TestSealedBatches: what belongs together is one request for each kind.
func TestSealedBatches(t *testing.T) { inDialects(t, testSealedBatches) }

func testSealedBatches(t *testing.T, w *sealedProject) {
	t.Helper()
	store := w.open()
	edit := func(e secrets.Edit) map[string]secrets.Secret {
		t.Helper()
		done, err := store.Edit(t.Context(), w.folder("/"), e)
		if err != nil {
			t.Fatal(err)
		}
		return done
	}
	made := edit(secrets.Edit{Create: map[string]secrets.Draft{"A": draft("canary a", "of a"), "B": draft("canary b", ""), "C": draft("\x00canary", "")}})
	_, first := w.opened("A")
	a, b := secrets.NewValue("canary a2"), secrets.NewValue("canary b2")
	edit(secrets.Edit{Update: map[string]secrets.Update{
		"A": {ID: made["A"].ID, Change: secrets.Change{Value: &a}},
		"B": {ID: made["B"].ID, Change: secrets.Change{Value: &b}},
	}})
	value, second := w.opened("A")
	if value != "canary a2" || second <= first || w.record("A").Comment != "of a" {
		t.Errorf("generation %d after %d, comment %q", second, first, w.record("A").Comment)
	}
	if value, _ := w.opened("C"); value != "\x00canary" {
		t.Error("C was changed along")
	}
	edit(secrets.Edit{Delete: map[string]string{"A": made["A"].ID, "B": made["B"].ID}})
	if left := w.server.RawRecords(w.owner.Project.ID, "dev", "/"); len(left) != 1 || left[0].Name != "C" {
		t.Errorf("%d are left", len(left))
	}
	got := w.requests()
	for _, method := range []string{"POST ", "PATCH ", "DELETE "} {
		if got[method+rawBatchRoute] != 1 {
			t.Errorf("%v", got)
		}
	}
	if got[rawCreateRoute]+got[rawUpdateRoute]+got[rawDeleteRoute] > 0 {
		t.Errorf("%v", got)
	}
	w.unseen("canary")
}

// TestSealedBatchRefusesOnlyItsOwn: a comment goes in the clear, and must be
// text; what it is in company with is written all the same.
func TestSealedBatchRefusesOnlyItsOwn(t *testing.T) { inDialects(t, testSealedBatchRefusesOnlyItsOwn) }

func testSealedBatchRefusesOnlyItsOwn(t *testing.T, w *sealedProject) {
	t.Helper()
	store := w.open()
	drafts := map[string]secrets.Draft{"A": draft("a", "\xff"), "B": draft("b", "said"), "C": draft("c", "")}
	var all sync.WaitGroup
	for name, draft := range drafts {
		all.Go(func() {
			_, err := store.Create(t.Context(), w.ref(name), draft)
			if (err != nil) != (name == "A") || err != nil && !strings.Contains(err.Error(), "bytes that are no UTF-8 text") {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
	all.Wait()
	if len(w.server.RawRecords(w.owner.Project.ID, "dev", "/")) != 2 {
		t.Errorf("%v", w.requests())
	}
	// An edit is refused as a whole.
	w.server.ResetRequests()
	_, err := store.Edit(t.Context(), w.folder("/"), secrets.Edit{Create: map[string]secrets.Draft{"D": draft("d", "\xff"), "E": draft("e", "said")}})
	if err == nil || len(w.requests()) > 0 {
		t.Errorf("%v was sent: %v", w.requests(), err)
	}
	if err := store.CheckContent(t.Context(), w.ref("D"), secrets.NewValue("\xff"), secrets.NewValue("text")); err != nil {
		t.Errorf("bytes are refused: %v", err)
	}
	if err := store.CheckContent(t.Context(), w.ref("D"), secrets.NewValue("d"), secrets.NewValue("\xff")); err == nil {
		t.Error("a comment of bytes is taken")
	}
	wantProblem(t, store.CheckContent(t.Context(), w.ref("D"), secrets.NewValue(strings.Repeat("x", 1<<20)), secrets.Value{}), secrets.ProblemTooLarge)
}

// TestSealedLostAnswersAreSettled by looking, although no two envelopes of one
// value are alike: nothing is written twice.
func TestSealedLostAnswersAreSettled(t *testing.T) { inDialects(t, testSealedLostAnswersAreSettled) }

func testSealedLostAnswersAreSettled(t *testing.T, w *sealedProject) {
	t.Helper()
	store := w.open()
	w.onceOn(rawCreateRoute, devserver.Fault{CutAfter: true})
	made, err := store.Create(t.Context(), w.ref("N"), draft("v", "c"))
	if err != nil {
		t.Fatal(err)
	}
	w.onceOn(rawUpdateRoute, devserver.Fault{CutAfter: true})
	value := secrets.NewValue("w")
	changed, err := store.Update(t.Context(), w.ref("N"), made.ID, secrets.Change{Value: &value})
	if _, generation := w.opened("N"); err != nil || changed.Envelope.Generation != generation {
		t.Fatalf("%+v %v", changed.Envelope, err)
	}
	w.onceOn("POST "+rawBatchRoute, devserver.Fault{CutAfter: true})
	done, err := store.Edit(t.Context(), w.folder("/"), secrets.Edit{Create: map[string]secrets.Draft{"A": draft("a", ""), "B": draft("b", "")}})
	if err != nil || len(done) != 2 {
		t.Fatalf("%d were made: %v", len(done), err)
	}
	got := w.requests()
	if got[rawCreateRoute] != 1 || got[rawUpdateRoute] != 1 || got["POST "+rawBatchRoute] != 1 || len(w.server.RawRecords(w.owner.Project.ID, "dev", "/")) != 3 {
		t.Errorf("%v", got)
	}

	// A run that was killed has left what the next one is to create.
	w.server.ResetRequests()
	again, err := w.open().Create(t.Context(), w.ref("N"), draft("w", "c"))
	if err != nil || again.ID != made.ID || w.requests()[rawCreateRoute] > 0 {
		t.Errorf("%v: %v", w.requests(), err)
	}
	_, err = w.open().Create(t.Context(), w.ref("N"), draft("another", "c"))
	wantProblem(t, err, secrets.ProblemExists)
	if value, _ := w.opened("N"); value != "w" {
		t.Error("it was written over")
	}
}

// TestSealedWritesThatComeTogether share requests, as those of E2EE mode do.
func TestSealedWritesThatComeTogether(t *testing.T) { inDialects(t, testSealedWritesThatComeTogether) }

func testSealedWritesThatComeTogether(t *testing.T, w *sealedProject) {
	t.Helper()
	store := w.open()
	const count = 60
	inParallel(count, func(i int) {
		if _, err := store.Create(t.Context(), w.ref(fmt.Sprintf("N%d", i)), draft(fmt.Sprint(i), "")); err != nil {
			t.Error(err)
		}
	})
	if got := w.requests(); got[rawCreateRoute]+got["POST "+rawBatchRoute] > count/3 {
		t.Errorf("%v", got)
	}
	for i := range count {
		if value, _ := w.opened(fmt.Sprintf("N%d", i)); value != fmt.Sprint(i) {
			t.Errorf("N%d is another", i)
		}
	}
}

// TestSealedEchoes: the answer to a write must be the envelope that was sent.
func TestSealedEchoes(t *testing.T) {
	t.Parallel()
	set := func(part string, to any) func(map[string]any) { return func(r map[string]any) { r[part] = to } }
	for _, c := range []struct {
		name   string
		change func(map[string]any)
		want   string
		batch  string // what is said of one that is written with others
	}{
		{"a value of its own", set("secretValue", "hunter2"), "The server answered the write with another value than was sent.", ""},
		{"no value", set("secretValue", ""), "The server answered the write with another value than was sent.", ""},
		{"another name", set("secretKey", "OTHER"), "a secret of another name", "The server's answer to the write holds no secret of that name."},
		{"another environment", set("environment", "prod"), "another project, environment or folder", ""},
		{"a personal one", set("type", "personal"), "a secret of another type", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newSealedProject(t)
			there := []devserver.RawRecord{w.plant(w.ref("THERE"), 1, "v"), w.plant(w.ref("THERE2"), 1, "v")}
			for route, write := range map[string]func(*secrets.Store) error{
				rawCreateRoute: func(s *secrets.Store) error {
					_, err := s.Create(t.Context(), w.ref("N"), draft("value", ""))
					return err
				},
				rawUpdateRoute: func(s *secrets.Store) error {
					_, err := s.Update(t.Context(), w.ref("THERE"), there[0].ID, changeTo("value", ""))
					return err
				},
				"POST " + rawBatchRoute: func(s *secrets.Store) error {
					_, err := s.Edit(t.Context(), w.folder("/"), secrets.Edit{Create: map[string]secrets.Draft{"A": draft("a", ""), "B": draft("b", "")}})
					return err
				},
				"PATCH " + rawBatchRoute: func(s *secrets.Store) error {
					_, err := s.Edit(t.Context(), w.folder("/"), secrets.Edit{Update: map[string]secrets.Update{
						"THERE": {ID: there[0].ID, Change: changeTo("x", "")}, "THERE2": {ID: there[1].ID, Change: changeTo("x", "")},
					}})
					return err
				},
			} {
				w.onceOn(route, rewritten(c.change))
				want := c.want
				if strings.HasSuffix(route, rawBatchRoute) {
					want = cmp.Or(c.batch, want)
				}
				if err := write(w.open()); err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("%s: %v, want %q", route, err, want)
				}
			}
		})
	}
}

// TestSealedWritesOfAnotherSecret: writes go by name, and met another one than
// was looked at.
func TestSealedWritesOfAnotherSecret(t *testing.T) { inDialects(t, testSealedWritesOfAnotherSecret) }

func testSealedWritesOfAnotherSecret(t *testing.T, w *sealedProject) {
	t.Helper()
	a, b := w.plant(w.ref("A"), 1, "a"), w.plant(w.ref("B"), 1, "b")
	another := rewritten(func(r map[string]any) { r["id"] = "another" })
	for route, write := range map[string]func(*secrets.Store) error{
		rawDeleteRoute: func(s *secrets.Store) error { return s.Delete(t.Context(), w.ref("A"), a.ID) },
		rawUpdateRoute: func(s *secrets.Store) error {
			_, err := s.Update(t.Context(), w.ref("B"), b.ID, changeTo("x", ""))
			return err
		},
		"DELETE " + rawBatchRoute: func(s *secrets.Store) error {
			c, d := w.plant(w.ref("C"), 1, "c"), w.plant(w.ref("D"), 1, "d")
			_, err := s.Edit(t.Context(), w.folder("/"), secrets.Edit{Delete: map[string]string{"C": c.ID, "D": d.ID}})
			return err
		},
	} {
		w.onceOn(route, another)
		if err := write(w.open()); err == nil || !strings.Contains(err.Error(), "It was deleted and made again outside of Terraform while this ran") {
			t.Errorf("%s: %v", route, err)
		}
	}
}

// TestSealedGenerationRises, also where the clock stands behind the one that is
// there: a server that shows an old envelope again can be told from one that
// shows the newest.
func TestSealedGenerationRises(t *testing.T) { inDialects(t, testSealedGenerationRises) }

func testSealedGenerationRises(t *testing.T, w *sealedProject) {
	t.Helper()
	const future = 1 << 62
	n, a, b := w.plant(w.ref("N"), future, "v"), w.plant(w.ref("A"), future+7, "a"), w.plant(w.ref("B"), 3, "b")
	store := w.open()
	if _, err := store.Update(t.Context(), w.ref("N"), n.ID, changeTo("w", "")); err != nil {
		t.Fatal(err)
	}
	if _, generation := w.opened("N"); generation != future+1 {
		t.Errorf("%d after %d", generation, future)
	}
	comment, name := secrets.NewValue("said"), "M"
	if _, err := store.Update(t.Context(), w.ref("N"), n.ID, secrets.Change{Comment: &comment}); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Update(t.Context(), w.ref("N"), n.ID, secrets.Change{Name: &name}); err != nil {
		t.Fatal(err)
	}
	if value, generation := w.opened("M"); generation != future+3 || value != "w" {
		t.Errorf("%d after %d", generation, future+2)
	}
	if _, err := store.Edit(t.Context(), w.folder("/"), secrets.Edit{Update: map[string]secrets.Update{
		"A": {ID: a.ID, Change: changeTo("a2", "")}, "B": {ID: b.ID, Change: changeTo("b2", "")},
	}}); err != nil {
		t.Fatal(err)
	}
	if _, generation := w.opened("A"); generation != future+8 {
		t.Errorf("%d after %d", generation, future+7)
	}
	// The clock in milliseconds, so that a secret that is made anew goes on.
	if _, generation := w.opened("B"); generation < 1<<40 || generation >= 1<<45 {
		t.Errorf("%d is not the clock", generation)
	}
}

// TestSealedCannotOpen: each way not to open says what it means, holds no value,
// spares the others, and is not written over unless by a new value.
func TestSealedCannotOpen(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		problem secrets.Problem
		says    string
		show    func(w *sealedProject, own, other devserver.RawRecord) string
	}{
		{"plaintext", secrets.ProblemNotAuthentic, "Its value is not sealed", func(*sealedProject, devserver.RawRecord, devserver.RawRecord) string { return "canary" }},
		{"nothing", secrets.ProblemNotAuthentic, "Its value is not sealed", func(*sealedProject, devserver.RawRecord, devserver.RawRecord) string { return "" }},
		{"the envelope of another secret", secrets.ProblemNotAuthentic, "Its value was sealed for another place", func(_ *sealedProject, _, other devserver.RawRecord) string { return other.Value }},
		{"an altered envelope", secrets.ProblemNotAuthentic, "Its value was altered, cut or damaged", func(_ *sealedProject, own, _ devserver.RawRecord) string {
			return own.Value[:len(own.Value)-8] + "AAAAAAAA"
		}},
		{"a cut envelope", secrets.ProblemNotAuthentic, "Its value was altered, cut or damaged", func(_ *sealedProject, own, _ devserver.RawRecord) string { return own.Value[:60] }},
		{"an envelope to come", secrets.ProblemCredential, "sealed in a newer form", func(_ *sealedProject, own, _ devserver.RawRecord) string {
			return strings.Replace(own.Value, "sealed1.", "sealed2.", 1)
		}},
		{"the envelope of an unknown key", secrets.ProblemCredential, "and none of sealing_keys has that id", func(w *sealedProject, _, _ devserver.RawRecord) string {
			text, err := ringOf(w.t, newSealingKey(w.t)).Seal(w.place(w.ref("OWN")), 1, []byte("canary"))
			if err != nil {
				w.t.Fatal(err)
			}
			return text
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newSealedProject(t)
			own, other := w.plant(w.ref("OWN"), 1, "canary"), w.plant(w.ref("OTHER"), 1, "canary")
			own.Value = c.show(w, own, other)
			w.server.PutRawRecord(own)
			store := w.open()
			found, err := store.Find(t.Context(), w.ref("OWN"), own.ID)
			wantProblem(t, err, c.problem, c.says)
			if !found.Value.IsEmpty() || found.Fingerprint != "" || strings.Contains(err.Error(), "canary") || own.Value != "" && strings.Contains(err.Error(), own.Value) {
				t.Errorf("something of the value came along: %v", err)
			}
			if found, err := store.Find(t.Context(), w.ref("OTHER"), other.ID); err != nil || found.Value.Reveal() != "canary" {
				t.Errorf("the other one does not open: %v", err)
			}
			listing, err := store.List(t.Context(), w.folder("/"))
			if err != nil || len(listing.Secrets) != 1 || len(listing.Damaged) != 1 || !strings.Contains(listing.Damaged[0].Error(), c.says) {
				t.Errorf("%d are listed: %v", len(listing.Secrets), err)
			}

			w.server.ResetRequests()
			comment, name := secrets.NewValue("said"), "RENAMED"
			for _, change := range []secrets.Change{{Comment: &comment}, {Name: &name}} {
				_, err = store.Update(t.Context(), w.ref("OWN"), own.ID, change)
				wantProblem(t, err, c.problem, c.says)
			}
			if w.record("OWN").Value != own.Value || w.requests()[rawUpdateRoute] > 0 {
				t.Error("it was written over")
			}
			if c.problem == secrets.ProblemCredential { // which is not damaged
				return
			}
			value := secrets.NewValue("mended")
			if _, err := store.Update(t.Context(), w.ref("OWN"), own.ID, secrets.Change{Value: &value}); err != nil {
				t.Fatal(err)
			}
			if got, _ := w.opened("OWN"); got != "mended" {
				t.Error("a new value does not mend it")
			}
		})
	}
}

// TestSealedHiddenAndRotated: a value that is not shown is no value in the
// clear, and one that the server makes is none that was sealed.
func TestSealedHiddenAndRotated(t *testing.T) {
	t.Parallel()
	for field, c := range map[string]struct {
		problem secrets.Problem
		says    string
	}{
		"secretValueHidden": {secrets.ProblemPermission, "The server does not show its value to this credential."},
		"isRotatedSecret":   {secrets.ProblemMode, "the server makes its value by itself"},
	} {
		w := newSealedProject(t)
		own := w.plant(w.ref("N"), 1, "v")
		w.later(rawListRoute, func(r map[string]any) { r[field], r["secretValue"] = true, "" })
		store := w.open()
		_, err := store.Find(t.Context(), w.ref("N"), own.ID)
		wantProblem(t, err, c.problem, c.says)
		_, err = store.Update(t.Context(), w.ref("N"), own.ID, changeTo("w", ""))
		wantProblem(t, err, c.problem, c.says)
		if got := w.requests(); got[rawUpdateRoute] > 0 {
			t.Errorf("%v", got)
		}
	}
}

// TestSealedRecordOfAnotherPlace is not looked into at all.
func TestSealedRecordOfAnotherPlace(t *testing.T) {
	t.Parallel()
	for field, value := range map[string]string{"environment": "prod", "workspace": "another", "secretPath": "/other"} {
		w := newSealedProject(t)
		own := w.plant(w.ref("N"), 1, "v")
		w.onceOn(rawListRoute, rewritten(func(r map[string]any) { r[field] = value }))
		_, err := w.open().Find(t.Context(), w.ref("N"), own.ID)
		wantProblem(t, err, secrets.ProblemNotAuthentic, "another project, environment or folder")
	}
}

// TestSealedRotation: the key that is first seals what is written, all of them
// open, and what is under another is written anew where that is asked for alone.
func TestSealedRotation(t *testing.T) { inDialects(t, testSealedRotation) }

func testSealedRotation(t *testing.T, w *sealedProject) {
	t.Helper()
	there := w.plant(w.ref("N"), 5, "v")
	second := newSealingKey(t)
	store := w.open(second, w.key)
	if store.SealingKeyID() != second.ID() {
		t.Errorf("%q", store.SealingKeyID())
	}
	found, err := store.Find(t.Context(), w.ref("N"), there.ID)
	if err != nil || found.Envelope.KeyID != w.key.ID() || found.Envelope.Generation != 5 {
		t.Fatalf("%+v %v", found.Envelope, err)
	}
	v := secrets.NewValue("v")
	under := func(store *secrets.Store, keyID string) string {
		t.Helper()
		fingerprint, err := store.FingerprintUnder(t.Context(), w.ref("N"), v, keyID)
		if err != nil {
			t.Fatal(err)
		}
		return fingerprint
	}
	if under(store, w.key.ID()) != found.Fingerprint || under(store, "") != under(store, second.ID()) || under(store, "") == found.Fingerprint {
		t.Error("the fingerprint is not of the envelope's key")
	}
	if got := under(w.open(second), w.key.ID()); got != "" {
		t.Errorf("a fingerprint under a key that is not there any more: %q", got)
	}

	if _, err := store.Update(t.Context(), w.ref("N"), there.ID, secrets.Change{Value: &v}); err != nil {
		t.Fatal(err)
	}
	if w.record("N").Value != there.Value {
		t.Error("an equal value was written anew")
	}
	changed, err := store.Update(t.Context(), w.ref("N"), there.ID, secrets.Change{Value: &v, SealedUnder: second.ID()})
	if err != nil || changed.Envelope.KeyID != second.ID() || changed.Envelope.Generation <= 5 || changed.Fingerprint != under(store, second.ID()) {
		t.Fatalf("%+v %v", changed.Envelope, err)
	}
	if value, _ := w.opened("N", second); value != "v" { // the first key is not needed any more
		t.Error("another value was sealed")
	}
	_, err = w.open().Find(t.Context(), w.ref("N"), there.ID)
	wantProblem(t, err, secrets.ProblemCredential, "with a key of id "+second.ID())
}

// TestSealedImports: an envelope opens in its own place alone, so that imports
// are followed to where their secrets are, in other environments too.
func TestSealedImports(t *testing.T) { inDialects(t, testSealedImports) }

func testSealedImports(t *testing.T, w *sealedProject) {
	t.Helper()
	id := w.owner.Project.ID
	for _, path := range []string{"/a", "/b", "/gone"} {
		w.server.CreateFolder(id, "staging", path)
		w.server.CreateFolder(id, "prod", path)
	}
	in := func(environment, path, name string) secrets.Ref {
		return secrets.Ref{Folder: secrets.Folder{WorkspaceID: id, Environment: environment, Path: path}, Name: name}
	}
	w.plant(w.ref("OWN"), 1, "own")
	w.plant(in("staging", "/a", "NEAR"), 1, "near")
	w.plant(in("staging", "/a", "BOTH"), 1, "of staging")
	w.plant(in("prod", "/b", "FAR"), 1, "far")
	w.plant(in("prod", "/b", "BOTH"), 1, "of prod")
	w.plant(in("prod", "/a", "LAST"), 1, "last")
	w.plant(in("prod", "/a", "OWN"), 1, "hidden by the own one")
	swapped := w.plant(in("prod", "/a", "SWAPPED"), 1, "swapped")
	swapped.Value = w.plant(in("prod", "/b", "FAR2"), 1, "far2").Value
	w.server.PutRawRecord(swapped)
	other := w.other()
	other.CreateImport("staging", "/a", "prod", "/b")
	other.CreateImport("staging", "/a", "prod", "/gone")
	other.CreateImport("dev", "/", "staging", "/a")
	other.CreateImport("dev", "/", "prod", "/a")

	store := w.open()
	w.server.ResetRequests()
	listing, err := store.Gather(t.Context(), w.folder("/"), secrets.Reading{Imports: true})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, s := range listing.Secrets {
		got[s.Name] = s.Value.Reveal()
	}
	want := map[string]string{"OWN": "own", "NEAR": "near", "BOTH": "of staging", "FAR": "far", "FAR2": "far2", "LAST": "last"}
	if !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	if len(listing.Damaged) != 1 || !strings.Contains(listing.Damaged[0].Error(), "Its value was sealed for another place") {
		t.Errorf("%v", listing.Damaged)
	}
	// One list and one look at the imports for each folder that is reached; the
	// server's own way of following them is not asked for.
	if got := w.requests(); got[rawListRoute] != 5 || got[importsRoute] > 5 {
		t.Errorf("%v", got)
	}
	for _, r := range w.server.Requests() {
		if strings.Contains(r.RawQuery, "mports=true") {
			t.Error("the server was asked to follow imports")
		}
	}
	if found, err := store.Lookup(t.Context(), w.ref("FAR"), secrets.Reading{Imports: true}); err != nil || found.Value.Reveal() != "far" {
		t.Errorf("an import of an import: %v", err)
	}

	// An import of a folder that is gone brings nothing, and hides nothing.
	w.server.DeleteFolder(id, "prod", "/gone")
	if listing, err := w.open().Gather(t.Context(), w.folder("/"), secrets.Reading{Imports: true}); err != nil || len(listing.Secrets) != len(want) {
		t.Errorf("%d secrets: %v", len(listing.Secrets), err)
	}
	// What may not be read is an error: without it less would seem to be there.
	for _, route := range []string{importsRoute, rawListRoute} {
		w.onceOn(route, devserver.Fault{Status: 403, Body: `{"statusCode":403,"message":"no","error":"PermissionDenied"}`})
		if _, err := w.open().Gather(t.Context(), w.folder("/"), secrets.Reading{Imports: true}); err == nil {
			t.Errorf("%s: left out without a word", route)
		}
	}
}

// TestSealedRefusesOtherProjects before anything of theirs is asked for: a raw
// call could hand their key to the server.
func TestSealedRefusesOtherProjects(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		project devserver.Project
		era     devserver.Era
		fault   *devserver.Fault
		says    string
	}{
		"version 1":       {devserver.Project{Name: "older"}, devserver.Era2024October, nil, "It is of version 1: a request to the raw endpoints could hand its key to the server."},
		"version 1, v4":   {devserver.Project{Name: "older"}, devserver.Era2026July, nil, "It is of version 1: a request to the raw endpoints could hand its key to the server."},
		"version 2":       {devserver.Project{Name: "older", Version: 2}, devserver.Era2024October, nil, "It is of version 2"},
		"unknown version": {devserver.Project{Version: 3}, devserver.Era2024October, &devserver.Fault{Status: 403, Body: `{"statusCode":403,"message":"no","error":"PermissionDenied"}`}, "Its version could not be looked up with this credential"},
		"2023":            {devserver.Project{}, devserver.Era2023November, nil, "Servers of 2023 have no projects of version 3."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := &sealedProject{start(t, c.project, devserver.Options{Era: c.era, RateLimit: 1000}), newSealingKey(t)}
			if c.fault != nil {
				w.onceOn(guardRoute, *c.fault)
			}
			_, err := w.open().Create(t.Context(), w.ref("N"), draft("v", ""))
			wantProblem(t, err, secrets.ProblemMode, c.says, "Sealed mode is for projects of version 3.")
			for _, r := range w.server.Requests() {
				if strings.HasPrefix(r.Path, "/api/v3/") || strings.HasPrefix(r.Path, "/api/v4/") {
					t.Errorf("%s was asked", r.Path)
				}
			}
		})
	}
}

// TestSealedNeedsNoProjectKey: a token of three parts, and one whose fourth part
// is wrong, do as well.
func TestSealedNeedsNoProjectKey(t *testing.T) { inDialects(t, testSealedNeedsNoProjectKey) }

func testSealedNeedsNoProjectKey(t *testing.T, w *sealedProject) {
	t.Helper()
	w.plant(w.ref("N"), 1, "v")
	for _, end := range []string{"", "." + strings.Repeat("0", 32)} {
		store := w.store(seed.Token{}, w.inSealed(), func(cfg *secrets.Config) {
			cfg.ServiceToken = cfg.ServiceToken[:strings.LastIndex(cfg.ServiceToken, ".")] + end
		})
		if found, err := store.Find(t.Context(), w.ref("N"), ""); err != nil || found.Value.Reveal() != "v" {
			t.Error(err)
		}
	}
}

// TestSealingReport tells of each secret how it is sealed, and of no value.
func TestSealingReport(t *testing.T) { inDialects(t, testSealingReport) }

func testSealingReport(t *testing.T, w *sealedProject) {
	t.Helper()
	w.server.CreateFolder(w.owner.Project.ID, "dev", "/below")
	below := secrets.Ref{Folder: w.folder("/below"), Name: "C"}
	second := newSealingKey(t)
	w.plant(w.ref("B"), 7, "canary")
	w.plant(w.ref("A"), 9, "canary", second)
	w.plant(below, 1, "canary", newSealingKey(t))
	plain := w.plant(w.ref("D"), 1, "")
	plain.Value = "canary"
	w.server.PutRawRecord(plain)

	report, skipped, err := w.open(w.key, second).SealingReport(t.Context(), w.folder("/"), true)
	if err != nil || len(skipped) > 0 {
		t.Fatalf("%v %v", skipped, err)
	}
	var lines []string
	for _, one := range report {
		says := ""
		if one.Flaw != nil {
			says = map[secrets.Problem]string{secrets.ProblemNotAuthentic: "no envelope", secrets.ProblemCredential: "unknown key"}[secrets.ProblemOf(one.Flaw)]
		}
		id := map[string]string{w.key.ID(): "first", second.ID(): "second", "": "none"}[one.KeyID]
		lines = append(lines, fmt.Sprintf("%s%s %s %d %t %s", one.Path, one.Name, id, one.Generation, one.Hash != "", says))
		if strings.Contains(fmt.Sprintf("%v %+v", one.Flaw, one.Envelope), "canary") {
			t.Errorf("the report on %s holds its value", one.Name)
		}
	}
	want := []string{"/A second 9 true ", "/B first 7 true ", "/D none 0 true no envelope", "/belowC  0 true unknown key"}
	if got := strings.Join(lines, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("%s\nwant\n%s", got, strings.Join(want, "\n"))
	}
	if report, _, err := w.open(w.key, second).SealingReport(t.Context(), w.folder("/"), false); err != nil || len(report) != 3 {
		t.Errorf("%d of the folder alone: %v", len(report), err)
	}
	_, _, err = w.open().SealingReport(t.Context(), w.folder("/nowhere"), false)
	wantProblem(t, err, secrets.ProblemFolderMissing)
	_, _, err = w.open().SealingReport(t.Context(), w.folder("/nowhere"), true)
	wantProblem(t, err, secrets.ProblemFolderMissing)

	for path, held := range map[string][]string{"/": {"A", "B", "C"}, "/below": {"C"}, "/nowhere": nil} {
		if got, err := w.open(w.key, second).SealedIn(t.Context(), w.folder(path)); err != nil || !slices.Equal(got, held) {
			t.Errorf("a rename of %s takes %v along: %v", path, got, err)
		}
	}

	other := w.store(seed.Token{})
	if other.SealingKeyID() != "" {
		t.Errorf("%q", other.SealingKeyID())
	}
	_, _, err = other.SealingReport(t.Context(), w.folder("/"), false)
	wantProblem(t, err, secrets.ProblemMode, "Only in sealed mode")
}

// TestClosedStoreOfOtherModes refuses what it knew, like one of E2EE mode.
func TestClosedStoreOfOtherModes(t *testing.T) { inDialects(t, testClosedStoreOfOtherModes) }

func testClosedStoreOfOtherModes(t *testing.T, w *sealedProject) {
	t.Helper()
	own := w.plant(w.ref("N"), 1, "v")
	store := w.open()
	if _, err := store.Find(t.Context(), w.ref("N"), own.ID); err != nil {
		t.Fatal(err)
	}
	store.Close()
	if found, err := store.Find(t.Context(), w.ref("N"), own.ID); err == nil || !found.Value.IsEmpty() {
		t.Errorf("a value was opened: %v", err)
	}
	if _, err := store.Create(t.Context(), w.ref("NEW"), draft("canary", "")); err == nil || !strings.Contains(err.Error(), "Its value could not be sealed") {
		t.Errorf("%v", err)
	}
	if got := w.requests(); got[rawCreateRoute] > 0 {
		t.Errorf("%v", got)
	}

	es, store := newES(t)
	es.put("N", "v", "")
	value := secrets.NewValue("v")
	if got, err := store.Fingerprint(t.Context(), es.ref("N"), value); err != nil || got == "" {
		t.Fatal(err)
	}
	store.Close()
	if got, _ := store.Fingerprint(t.Context(), es.ref("N"), value); got != "" {
		t.Error("a fingerprint was made")
	}
}

// TestSealedFolderIsNotRenamed: what is in it would never open again.
func TestSealedFolderIsNotRenamed(t *testing.T) { inDialects(t, testSealedFolderIsNotRenamed) }

func testSealedFolderIsNotRenamed(t *testing.T, w *sealedProject) {
	t.Helper()
	w.server.CreateFolder(w.owner.Project.ID, "dev", "/app/below")
	ref := secrets.Ref{Folder: w.folder("/app/below"), Name: "N"}
	w.plant(ref, 1, "canary")
	store := w.open()
	app, err := store.FindFolder(t.Context(), w.folder("/app"), "")
	if err != nil {
		t.Fatal(err)
	}
	_, err = store.RenameFolder(t.Context(), app.Folder, app.ID, "other")
	wantProblem(t, err, secrets.ProblemMode, "It holds 1 secret (N) sealed for this folder", "It was not renamed")
	if got, err := w.open().Find(t.Context(), ref, ""); err != nil || got.Value.Reveal() != "canary" {
		t.Errorf("it does not open any more: %v", err)
	}
}
