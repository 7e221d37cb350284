package secrets_test

import (
	"fmt"
	"math"
	"regexp"
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

// plantAt stores a secret as a holder of the first key does.
func (w *sealedWorld) plantAt(path, name string) {
	w.t.Helper()
	ring, err := seal.NewRing(w.keys[0])
	if err != nil {
		w.t.Fatal(err)
	}
	id := w.owner.Project.ID
	text, err := ring.Seal(seal.Place{ProjectID: id, Environment: "dev", Path: path, Name: name, Type: seal.TypeShared}, 1, []byte("value"))
	if err != nil {
		w.t.Fatal(err)
	}
	w.server.PutRawRecord(devserver.RawRecord{WorkspaceID: id, Environment: "dev", SecretPath: path, Name: name, Value: text, Type: "shared", Version: 1})
}
