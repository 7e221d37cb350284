package seal

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// keyText and otherKeyText are keys whose ids were computed with Python's hmac
// and hashlib.
const (
	keyText      = "sealkey1.AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8.PrYwf89m"
	otherKeyText = "sealkey1.______________________________________v__P0.41QOkOA6"
)

func mustKey(t testing.TB, text string) Key {
	t.Helper()
	key, err := ParseKey(text)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func mustRing(t testing.TB, texts ...string) Ring {
	t.Helper()
	ring, err := ParseRing(strings.Join(texts, "\n"))
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

func TestKeysComeBackFromTheirText(t *testing.T) {
	t.Parallel()
	for _, text := range []string{keyText, otherKeyText} {
		key := mustKey(t, text)
		if key.Reveal() != text || key.ID() != text[len(text)-8:] {
			t.Errorf("key %s does not come back", key.ID())
		}
	}
}

func TestGeneratedKeysAreKeysAndDiffer(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 100 {
		key, err := GenerateKey()
		if err != nil {
			t.Fatal(err)
		}
		text := key.Reveal()
		if back := mustKey(t, text); back.Reveal() != text || len(text) != 61 {
			t.Fatal("a generated key does not come back from its text")
		}
		if seen[text] || seen[key.ID()] {
			t.Fatal("a key came twice")
		}
		seen[text], seen[key.ID()] = true, true
	}
}

func TestWhatIsNoKeyIsRefusedAndNotQuoted(t *testing.T) {
	t.Parallel()
	const encoded = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
	for _, c := range []struct {
		about, text string
		want        error
	}{
		{"empty", "", ErrKeyFormat},
		{"blank in front", " " + keyText, ErrKeyFormat},
		{"newline behind", keyText + "\n", ErrKeyFormat},
		{"newline inside", strings.Replace(keyText, "AAEC", "AA\nEC", 1), ErrKeyFormat},
		{"carriage return in the id", strings.Replace(keyText, "PrYw", "Pr\rYw", 1), ErrKeyFormat},
		{"another prefix", strings.Replace(keyText, "sealkey1", "sealkey2", 1), ErrKeyFormat},
		{"upper case prefix", strings.Replace(keyText, "sealkey1", "SEALKEY1", 1), ErrKeyFormat},
		{"no id", "sealkey1." + encoded, ErrKeyFormat},
		{"empty id", "sealkey1." + encoded + ".", ErrKeyFormat},
		{"short id", keyText[:len(keyText)-1], ErrKeyFormat},
		{"long id", keyText + "A", ErrKeyFormat},
		{"a part too many", keyText + ".", ErrKeyFormat},
		{"another id", "sealkey1." + encoded + ".PrYwf89n", ErrKeyChecksum},
		{"id of another key", "sealkey1." + encoded + otherKeyText[52:], ErrKeyChecksum},
		{"another key of that id", otherKeyText[:52] + ".PrYwf89m", ErrKeyChecksum},
		{"a character mistyped", strings.Replace(keyText, "AAEC", "AAED", 1), ErrKeyChecksum},
		{"a character lost", strings.Replace(keyText, "AAEC", "AAE", 1), ErrKeyFormat},
		{"another spelling of the last character", strings.Replace(keyText, "Hh8", "Hh9", 1), ErrKeyFormat},
		{"padding", strings.Replace(keyText, "Hh8", "Hh8=", 1), ErrKeyFormat},
		{"standard base64", strings.ReplaceAll(strings.Replace(otherKeyText, "-", "+", 1), "_", "/"), ErrKeyFormat},
		{"an envelope", "sealed1.PrYwf89m." + encoded, ErrKeyFormat},
	} {
		t.Run(c.about, func(t *testing.T) {
			t.Parallel()
			key, err := ParseKey(c.text)
			if !errors.Is(err, c.want) {
				t.Fatalf("%v, want %v", err, c.want)
			}
			if key.material != nil || key.ID() != "" || key.Reveal() != "" {
				t.Error("a key was returned with the error")
			}
			if err.Error() != c.want.Error() {
				t.Errorf("the error says more: %v", err)
			}
		})
	}
}

func TestRings(t *testing.T) {
	t.Parallel()
	taken := Key{mustKey(t, otherKeyText).material, mustKey(t, keyText).id}
	for _, c := range []struct {
		about string
		keys  []Key
		want  error
		says  string
	}{
		{"none", nil, ErrNoKeys, ""},
		{"the zero key", []Key{mustKey(t, keyText), {}}, ErrNoKeys, "key 2"},
		{"twice the same", []Key{mustKey(t, otherKeyText), mustKey(t, keyText), mustKey(t, otherKeyText)}, ErrDuplicateKey, "key 3"},
		{"two of one id", []Key{mustKey(t, keyText), taken}, ErrKeyIDTaken, "key 2"},
	} {
		ring, err := NewRing(c.keys...)
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v", c.about, err)
		}
		if ring.SealingKeyID() != "" {
			t.Errorf("%s: a ring was returned with the error", c.about)
		}
	}
	keys := []Key{mustKey(t, otherKeyText), mustKey(t, keyText)}
	ring, err := NewRing(keys...)
	if err != nil {
		t.Fatal(err)
	}
	keys[0] = keys[1] // which is the caller's own slice
	if ring.SealingKeyID() != mustKey(t, otherKeyText).ID() {
		t.Error("the first key is not the one that seals")
	}
}

func TestRingsFromText(t *testing.T) {
	t.Parallel()
	first := mustKey(t, keyText).ID()
	for _, text := range []string{
		keyText,
		keyText + "," + otherKeyText,
		"\n " + keyText + " ,\r\n\t" + otherKeyText + "\r\n\n",
	} {
		ring, err := ParseRing(text)
		if err != nil || ring.SealingKeyID() != first {
			t.Errorf("%v", err)
			continue
		}
		if _, err := ring.key(mustKey(t, otherKeyText).ID()); (err == nil) != strings.Contains(text, otherKeyText) {
			t.Errorf("the second key: %v", err)
		}
	}
	for _, c := range []struct {
		text string
		want error
		says string
	}{
		{"", ErrNoKeys, ""},
		{" ,\n,", ErrNoKeys, ""},
		{keyText + ",," + otherKeyText[1:], ErrKeyFormat, "key 2"},
		{keyText + "; " + otherKeyText, ErrKeyFormat, "key 1"},
		{keyText + "\n" + keyText, ErrDuplicateKey, "key 2"},
		{strings.Replace(keyText, "AAEC", "AAED", 1), ErrKeyChecksum, "key 1"},
	} {
		if _, err := ParseRing(c.text); !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), keyText[9:20]) {
			t.Errorf("%v, want %v", err, c.want)
		}
	}
}

func TestSplitKeys(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		want []string
	}{
		{"", nil},
		{" ,\n\t,\r\n", nil},
		{"a", []string{"a"}},
		{"a,b", []string{"a", "b"}},
		{" a , b\n", []string{"a", "b"}},
		{"a b\tc\u00a0d", []string{"a", "b", "c", "d"}},
		{"a\nb\r\nc\rd", []string{"a", "b", "c", "d"}},
		{"a,,b,", []string{"a", "b"}},
		{"# of March\na # of May, b\n  #b\nc#d", []string{"a", "c"}},
		{"# old\ra", []string{"a"}},
	} {
		if got := SplitKeys(c.text); !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
}

func TestNothingPrintsAKey(t *testing.T) {
	t.Parallel()
	ring := mustRing(t, keyText, otherKeyText)
	key := mustKey(t, keyText)
	type holder struct {
		Key    Key
		Ring   Ring
		hidden struct {
			key  Key
			ring Ring
		}
	}
	h := holder{Key: key, Ring: ring}
	h.hidden.key, h.hidden.ring = key, ring

	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		for _, v := range []any{h, &h, key, &key, ring, &ring, []Key{key}, map[string]Ring{"a": ring}} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
	}
	encoded, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(encoded)
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "key", key, "holder", h)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "key", key, "holder", h)

	printed := out.String()
	for _, text := range []string{keyText, otherKeyText} {
		raw, err := base64.RawURLEncoding.DecodeString(text[9:52])
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{
			text[9:52], fmt.Sprintf("%x", text[9:52]), string(raw), fmt.Sprintf("%x", raw), fmt.Sprintf("%X", raw),
			strings.Trim(fmt.Sprintf("%d", raw), "[]"),
		} {
			if strings.Contains(printed, secret) {
				t.Error("a key was printed")
			}
		}
	}
	if !strings.Contains(printed, redacted) {
		t.Error("nothing was redacted: the test looks at the wrong thing")
	}
}

// keyForm is the form of a key in another notation than the parser's: the last
// of 43 characters carries two bits that must be zero.
var keyForm = regexp.MustCompile(`^sealkey1\.[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]\.[A-Za-z0-9_-]{8}$`)

func FuzzParseKey(f *testing.F) {
	for _, seed := range []string{
		keyText, otherKeyText, keyText + "\n", strings.ToUpper(keyText), keyText[:52], "sealkey1..", "",
		strings.Replace(keyText, "Hh8", "Hh9", 1), strings.Replace(keyText, "PrYw", "PrYx", 1), keyText + "," + otherKeyText,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		key, err := ParseKey(text)
		switch {
		case !keyForm.MatchString(text):
			if !errors.Is(err, ErrKeyFormat) {
				t.Fatalf("what has not the form of a key: %v", err)
			}
		case err != nil && !errors.Is(err, ErrKeyChecksum):
			t.Fatalf("what has the form of a key: %v", err)
		}
		if err != nil {
			if key.material != nil || (err.Error() != ErrKeyFormat.Error() && err.Error() != ErrKeyChecksum.Error()) {
				t.Fatal("a key was returned with the error, or the error says more")
			}
		} else if key.Reveal() != text || !strings.HasSuffix(text, "."+key.ID()) {
			t.Fatal("a key does not come back from its text")
		}
		// A key of the fuzzer's own, so that it need not find a checksum.
		sum := make([]byte, keySize)
		copy(sum, text)
		made, err := newKey(sum)
		if err != nil {
			t.Fatal(err)
		}
		if back, err := ParseKey(made.Reveal()); err != nil || back.Reveal() != made.Reveal() {
			t.Fatalf("a key does not come back from its text: %v", err)
		}
		if printed := fmt.Sprintf("%v %+v %#v %s %x", made, made, made, made, made); printed != strings.Repeat(redacted+" ", 4)+redacted {
			t.Fatal("a key prints more than its redaction")
		}
	})
}

func TestAClearedRingSealsAndOpensNothing(t *testing.T) {
	t.Parallel()
	ring := mustRing(t, keyText, otherKeyText)
	envelope := mustSeal(t, ring, somewhere, 1, []byte("value"))
	copied := ring
	ring.Clear()
	refuses(t, copied, somewhere, envelope, ErrNoKeys)
	if _, err := copied.Seal(somewhere, 1, nil); !errors.Is(err, ErrNoKeys) {
		t.Errorf("it seals: %v", err)
	}
	if _, err := copied.Fingerprint(copied.SealingKeyID(), somewhere, nil); !errors.Is(err, ErrNoKeys) {
		t.Errorf("it makes fingerprints: %v", err)
	}
}
