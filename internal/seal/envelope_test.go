package seal

import (
	"bytes"
	"crypto/cipher"
	"crypto/fips140"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"math"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

var somewhere = Place{"bf357c54-0000-4000-8000-000000000001", "prod", "/app/db", "DB_PASSWORD", TypeShared}

// envelopeErrors are all that an envelope may fail with.
var envelopeErrors = []error{ErrNoEnvelope, ErrVersion, ErrUnknownKey, ErrOtherPlace, ErrAltered}

// refuses checks that an envelope ends in this error and in nothing else.
func refuses(t testing.TB, ring Ring, place Place, envelope string, want error) {
	t.Helper()
	value, generation, keyID, err := ring.Open(place, envelope)
	if !errors.Is(err, want) {
		t.Fatalf("%v, want %v", err, want)
	}
	if value != nil || generation != 0 || keyID != "" {
		t.Fatal("something was returned with the error")
	}
}

func mustSeal(t testing.TB, ring Ring, place Place, generation uint64, value []byte) string {
	t.Helper()
	envelope, err := ring.Seal(place, generation, value)
	if err != nil {
		t.Fatal(err)
	}
	return envelope
}

func opens(t testing.TB, ring Ring, place Place, envelope string, generation uint64, value []byte) {
	t.Helper()
	got, gotGeneration, keyID, err := ring.Open(place, envelope)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, value) || gotGeneration != generation {
		t.Fatalf("%d bytes of generation %d opened to something else", len(value), generation)
	}
	if named, err := KeyID(envelope); err != nil || named != keyID || !IsEnvelope(envelope) {
		t.Fatalf("opened with key %q, names %q: %v", keyID, named, err)
	}
}

var envelopeForm = regexp.MustCompile(`^sealed1\.[A-Za-z0-9_-]{8}\.[A-Za-z0-9_-]{166,}$`)

func TestSealedValuesOpenToTheSameBytes(t *testing.T) {
	t.Parallel()
	ring := mustRing(t, keyText, otherKeyText)
	values := [][]byte{{0}, {0x80}, {0x80, 0, 0}, []byte("line\r\n"), {0xff, 0xfe}, []byte("sealed1.AAAAAAAA.")}
	for size := range 100 {
		values = append(values, bytes.Repeat([]byte{0}, size), bytes.Repeat([]byte{0x80}, size))
	}
	large := make([]byte, 1<<20)
	_, _ = rand.Read(large)
	values = append(values, large)
	for i, value := range values {
		generation := []uint64{0, 1, uint64(i), math.MaxUint64}[i%4]
		before := bytes.Clone(value)
		envelope := mustSeal(t, ring, somewhere, generation, value)
		if !bytes.Equal(value, before) {
			t.Fatal("Seal wrote into the caller's memory")
		}
		if !envelopeForm.MatchString(envelope) || !strings.HasPrefix(envelope, "sealed1.PrYwf89m.") {
			t.Fatal("an envelope of another form")
		}
		opens(t, ring, somewhere, envelope, generation, value)
	}
}

func TestLengthsOfEnvelopes(t *testing.T) {
	t.Parallel()
	ring := mustRing(t, keyText)
	for _, c := range []struct{ value, envelope int }{
		{0, 183}, {16, 183}, {23, 183}, {24, 225}, {1 << 10, 1548}, {64 << 10, 87564},
	} {
		if got := len(mustSeal(t, ring, somewhere, 1, make([]byte, c.value))); got != c.envelope {
			t.Errorf("%d bytes make %d characters, want %d", c.value, got, c.envelope)
		}
	}
}

func TestEnvelopesOfOneValueHaveNothingInCommon(t *testing.T) {
	t.Parallel()
	ring := mustRing(t, keyText)
	seen := map[string]bool{}
	for range 1000 {
		payload, ok := decode(mustSeal(t, ring, somewhere, 1, []byte("same"))[17:])
		if !ok {
			t.Fatal("the payload is no base64url")
		}
		for _, part := range [][]byte{payload[:32], payload[32:64], payload[64:76], payload[76:92], payload[92:108]} {
			if seen[string(part)] {
				t.Fatal("a salt, commitment, nonce or ciphertext came twice")
			}
			seen[string(part)] = true
		}
	}
}

func TestEveryKeyOfTheRingOpens(t *testing.T) {
	t.Parallel()
	before, after := mustRing(t, otherKeyText), mustRing(t, keyText, otherKeyText)
	old := mustSeal(t, before, somewhere, 1, []byte("value"))
	opens(t, after, somewhere, old, 1, []byte("value"))
	fresh := mustSeal(t, after, somewhere, 2, []byte("value"))
	opens(t, after, somewhere, fresh, 2, []byte("value"))
	refuses(t, before, somewhere, fresh, ErrUnknownKey)
	refuses(t, Ring{}, somewhere, fresh, ErrUnknownKey)
	if _, err := (Ring{}).Seal(somewhere, 1, nil); !errors.Is(err, ErrNoKeys) {
		t.Errorf("the zero ring seals: %v", err)
	}

	// The key of another envelope, and another key of the same id.
	refuses(t, after, somewhere, strings.Replace(fresh, "PrYwf89m", after.keys[1].id, 1), ErrOtherPlace)
	forged, err := NewRing(Key{mustKey(t, otherKeyText).material, "PrYwf89m"})
	if err != nil {
		t.Fatal(err)
	}
	refuses(t, forged, somewhere, fresh, ErrOtherPlace)
}

func TestAnEnvelopeOpensInItsOwnPlaceOnly(t *testing.T) {
	t.Parallel()
	ring := mustRing(t, keyText)
	envelope := mustSeal(t, ring, somewhere, 1, []byte("value"))
	for _, move := range []func(*Place){
		func(p *Place) { p.ProjectID = strings.Replace(p.ProjectID, "1", "2", 1) },
		func(p *Place) { p.Environment = "dev" },
		func(p *Place) { p.Path = "/app" },
		func(p *Place) { p.Path = "/" },
		func(p *Place) { p.Name = "DB_PASSWORD2" },
		func(p *Place) { p.Name = "db_password" },
		func(p *Place) { p.Type = "personal" },
		func(p *Place) { p.Environment, p.Name = p.Name, p.Environment },
		func(p *Place) { p.ProjectID, p.Environment = p.ProjectID+"p", "rod" },
		func(p *Place) { p.Environment, p.Path = "prod/app", "/db" },
		func(p *Place) { p.Name, p.Type = "DB_PASSWORDs", "hared" },
	} {
		other := somewhere
		move(&other)
		refuses(t, ring, other, envelope, ErrOtherPlace)
	}
	// One letter in two normal forms makes two names.
	composed, decomposed := somewhere, somewhere
	composed.Name, decomposed.Name = "\u00e9", "e\u0301"
	refuses(t, ring, composed, mustSeal(t, ring, decomposed, 1, nil), ErrOtherPlace)
}

func TestWhatIsNoPlaceIsRefused(t *testing.T) {
	t.Parallel()
	ring := mustRing(t, keyText)
	envelope := mustSeal(t, ring, somewhere, 1, []byte("value"))
	for _, c := range []struct {
		says  string
		wrong func(*Place)
	}{
		{"project id is empty", func(p *Place) { p.ProjectID = "" }},
		{"environment is empty", func(p *Place) { p.Environment = "" }},
		{"folder path is empty", func(p *Place) { p.Path = "" }},
		{"name is empty", func(p *Place) { p.Name = "" }},
		{"type is empty", func(p *Place) { p.Type = "" }},
		{"name is not valid UTF-8", func(p *Place) { p.Name = "a\xff" }},
		{"does not begin with a slash", func(p *Place) { p.Path = "app" }},
		{"ends in a slash", func(p *Place) { p.Path = "/app/" }},
		{"ends in a slash", func(p *Place) { p.Path = "//" }},
		{"two slashes", func(p *Place) { p.Path = "/app//db" }},
	} {
		place := somewhere
		c.wrong(&place)
		refuses(t, ring, place, envelope, ErrPlace)
		if _, err := ring.Seal(place, 1, nil); !errors.Is(err, ErrPlace) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%v does not say %q", err, c.says)
		}
		if _, err := ring.Fingerprint("PrYwf89m", place, nil); !errors.Is(err, ErrPlace) {
			t.Errorf("%s: a fingerprint was made: %v", c.says, err)
		}
	}
}

func TestEveryFlippedBitOfAPayloadIsRefused(t *testing.T) {
	t.Parallel()
	for _, v := range readVectors(t) {
		payload, ok := decode(v.Envelope[17:])
		if !ok {
			t.Fatal("the payload is no base64url")
		}
		for i := range payload {
			want := ErrAltered // nonce, ciphertext, tag
			if i < saltSize+commitmentSize {
				want = ErrOtherPlace
			}
			for bit := range 8 {
				payload[i] ^= 1 << bit
				refuses(t, v.ring(t), v.place(), v.Envelope[:17]+base64.RawURLEncoding.EncodeToString(payload), want)
				payload[i] ^= 1 << bit
			}
		}
		opens(t, v.ring(t), v.place(), v.Envelope[:17]+base64.RawURLEncoding.EncodeToString(payload), v.Generation, []byte(v.Value))
	}
}

func TestEveryFlippedBitOfTheTextIsRefused(t *testing.T) {
	t.Parallel()
	const digits, alphabet = "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	for _, v := range readVectors(t) {
		ring, text := v.ring(t), []byte(v.Envelope)
		for i := range text {
			for bit := range 8 {
				text[i] ^= 1 << bit
				want := ErrAltered
				switch {
				case i == 6 && strings.ContainsRune(digits, rune(text[i])):
					want = ErrVersion
				case i < len("sealed1."):
					want = ErrNoEnvelope
				case !strings.ContainsRune(alphabet, rune(text[i])):
				case i < len("sealed1.PrYwf89m"):
					want = ErrUnknownKey
				case (i-17)*6 < (saltSize+commitmentSize)*8:
					// The character at the border carries bits of both sides.
					payload, _ := decode(string(text[17:]))
					whole, _ := decode(v.Envelope[17:])
					if !bytes.Equal(payload[:64], whole[:64]) {
						want = ErrOtherPlace
					}
				}
				refuses(t, ring, v.place(), string(text), want)
				text[i] ^= 1 << bit
			}
		}
	}
}

func TestWrongLengthsAndSpellingsAreRefused(t *testing.T) {
	t.Parallel()
	ring := mustRing(t, keyText)
	envelope := mustSeal(t, ring, somewhere, 1, make([]byte, 60))
	for size := range envelope {
		want := ErrAltered
		if size < len("sealed1.") {
			want = ErrNoEnvelope
		}
		refuses(t, ring, somewhere, envelope[:size], want)
		if size > 0 {
			refuses(t, ring, somewhere, envelope[:size]+"\n"+envelope[size:], want)
		}
	}
	payload, _ := decode(envelope[17:])
	for size := range 300 {
		if size != len(payload) {
			refuses(t, ring, somewhere, envelope[:17]+base64.RawURLEncoding.EncodeToString(append(bytes.Clone(payload), make([]byte, 300)...)[:size]), ErrAltered)
		}
	}
	// 188 bytes leave two characters of which only eight bits count.
	last := strings.IndexByte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", envelope[len(envelope)-1])
	if len(payload) != 188 || last&3 != 0 {
		t.Fatal("the last character carries no unused bits: the test looks at the wrong thing")
	}
	for _, c := range []struct {
		about, text string
		want        error
	}{
		{"empty", "", ErrNoEnvelope},
		{"a plain value", "hunter2", ErrNoEnvelope},
		{"a key", keyText, ErrNoEnvelope},
		{"no number", "sealed." + envelope[8:], ErrNoEnvelope},
		{"a number and a letter", "sealed1a." + envelope[8:], ErrNoEnvelope},
		{"a negative number", "sealed-1." + envelope[8:], ErrNoEnvelope},
		{"a full-width digit", "sealed１." + envelope[8:], ErrNoEnvelope},
		{"upper case", "SEALED1." + envelope[8:], ErrNoEnvelope},
		{"blank in front", " " + envelope, ErrNoEnvelope},
		{"in quotes", `"` + envelope + `"`, ErrNoEnvelope},
		{"version 2", "sealed2." + envelope[8:], ErrVersion},
		{"version 2 of another form", "sealed2.x", ErrVersion},
		{"version 01", "sealed01." + envelope[8:], ErrVersion},
		{"version 10", "sealed10." + envelope[8:], ErrVersion},
		{"blank behind", envelope + " ", ErrAltered},
		{"newline behind", envelope + "\n", ErrAltered},
		{"padding", envelope + "=", ErrAltered},
		{"another spelling of the last character", envelope[:len(envelope)-1] + string("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[last+1]), ErrAltered},
		{"a part too many", envelope + ".", ErrAltered},
		{"two envelopes", envelope + "." + envelope, ErrAltered},
		{"an empty payload", envelope[:17], ErrAltered},
		{"no payload", envelope[:16], ErrAltered},
		{"a short key id", "sealed1.PrYwf89" + envelope[16:], ErrAltered},
		{"a long key id", "sealed1.PrYwf89mm" + envelope[16:], ErrAltered},
		{"an empty key id", "sealed1." + envelope[16:], ErrAltered},
		{"a newline for a character of the key id", "sealed1.PrYwf89\n" + envelope[16:], ErrAltered},
		{"an unknown key and a payload that is not whole", "sealed1.AAAAAAAA." + envelope[20:], ErrAltered},
	} {
		refuses(t, ring, somewhere, c.text, c.want)
		if IsEnvelope(c.text) != !errors.Is(c.want, ErrNoEnvelope) {
			t.Errorf("%s: passes for an envelope: %t", c.about, IsEnvelope(c.text))
		}
		if keyID, err := KeyID(c.text); !errors.Is(err, c.want) || keyID != "" {
			t.Errorf("%s: key id %q, %v", c.about, keyID, err)
		}
	}
}

// TestPaddingHasOneForm seals frames that Seal never makes.
func TestPaddingHasOneForm(t *testing.T) {
	t.Parallel()
	ring := mustRing(t, keyText)
	zeros := make([]byte, 64)
	with := func(at int, b byte, size int) []byte {
		frame := bytes.Clone(zeros[:size])
		frame[at] = b
		return frame
	}
	for _, c := range []struct {
		about string
		frame []byte
		good  bool
	}{
		{"the empty value", with(8, 0x80, 32), true},
		{"padding of one byte", with(31, 0x80, 32), true},
		{"padding of 32 bytes", with(32, 0x80, 64), true},
		{"padding of 33 bytes", with(31, 0x80, 64), false},
		{"a mark inside the generation", with(7, 0x80, 32), false},
		{"another mark", with(20, 0x81, 32), false},
		{"something behind the mark", append(with(8, 0x80, 31), 1), false},
		{"zeros alone", zeros[:32], false},
	} {
		envelope, err := ring.seal(somewhere, c.frame, zeros[:32], cipher.NewGCMWithRandomNonce)
		if err != nil {
			t.Fatal(err)
		}
		if !c.good {
			refuses(t, ring, somewhere, envelope, ErrAltered)
		} else if _, _, _, err := ring.Open(somewhere, envelope); err != nil {
			t.Errorf("%s: %v", c.about, err)
		}
	}
}

// TestFIPSOnly runs tests of this package again in a process that allows
// nothing else than what FIPS 140-3 approves.
func TestFIPSOnly(t *testing.T) {
	t.Parallel()
	if fips140.Enforced() {
		t.Skip("this process is that one already")
	}
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary, "-test.v", "-test.run", "^(TestVectorsOpen|TestSealedValuesOpenToTheSameBytes|TestGeneratedKeys.*|TestFingerprintIsPinned|TestEnforced)$")
	cmd.Env = append(os.Environ(), "GODEBUG=fips140=only", "SEAL_TEST_ENFORCED=1")
	out, err := cmd.CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte("--- PASS: TestEnforced")) || !bytes.Contains(out, []byte("--- PASS: TestSealedValuesOpenToTheSameBytes")) {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestEnforced shows that TestFIPSOnly tests what it says.
func TestEnforced(t *testing.T) {
	t.Parallel()
	if os.Getenv("SEAL_TEST_ENFORCED") == "" {
		t.Skip("TestFIPSOnly runs it")
	}
	if !fips140.Enforced() {
		t.Error("FIPS 140-3 mode is not enforced")
	}
}
