package e2ee

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

const keyText = "0123456789abcdef0123456789ABCDEF"

func mustKey(t testing.TB, text string) Key {
	t.Helper()
	key, err := ParseKey(text)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestSealedFieldsOpenToTheSameBytes(t *testing.T) {
	t.Parallel()
	key := mustKey(t, keyText)
	large := make([]byte, 1<<20)
	_, _ = rand.Read(large)
	for _, plaintext := range [][]byte{nil, {0}, []byte("a"), []byte("line\r\n"), {0xff, 0xfe}, large} {
		sealed, err := key.Seal(plaintext)
		if err != nil {
			t.Fatal(err)
		}
		if len(sealed.IV) != 16 || len(sealed.Tag) != 16 || len(sealed.Ciphertext) != len(plaintext) {
			t.Fatalf("sizes of iv, tag, ciphertext: %d %d %d", len(sealed.IV), len(sealed.Tag), len(sealed.Ciphertext))
		}
		got, err := key.Open(sealed)
		if err != nil || !bytes.Equal(got, plaintext) {
			t.Fatalf("%d bytes did not come back: %v", len(plaintext), err)
		}
	}
}

func TestEveryFieldHasItsOwnIV(t *testing.T) {
	t.Parallel()
	key := mustKey(t, keyText)
	seen := map[string]bool{}
	for range 1000 {
		sealed, err := key.Seal([]byte("same"))
		if err != nil {
			t.Fatal(err)
		}
		if seen[string(sealed.IV)] {
			t.Fatal("an IV came twice")
		}
		seen[string(sealed.IV)] = true
	}
}

func TestOpenLeavesTheCallersBuffersAlone(t *testing.T) {
	t.Parallel()
	key := mustKey(t, keyText)
	sealed, err := key.Seal([]byte("value"))
	if err != nil {
		t.Fatal(err)
	}
	wide := append(bytes.Clone(sealed.Ciphertext), "behind the ciphertext"...)
	sealed.Ciphertext = wide[:len(sealed.Ciphertext)]
	before := bytes.Clone(wide)
	if _, err := key.Open(sealed); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(wide, before) {
		t.Error("Open wrote into the caller's memory")
	}
}

func TestWrongLengthsAreNotAuthenticAndDoNotPanic(t *testing.T) {
	t.Parallel()
	key := mustKey(t, keyText)
	sealed, err := key.Seal([]byte("value"))
	if err != nil {
		t.Fatal(err)
	}
	for iv := range 34 {
		for tag := range 34 {
			if iv == 16 && tag == 16 {
				continue
			}
			s := Sealed{sealed.Ciphertext, make([]byte, iv), make([]byte, tag)}
			copy(s.IV, sealed.IV)
			copy(s.Tag, sealed.Tag)
			if plaintext, err := key.Open(s); !errors.Is(err, ErrNotAuthentic) || plaintext != nil {
				t.Fatalf("iv of %d and tag of %d bytes: %v", iv, tag, err)
			}
		}
	}
}

// TestTheTagBeginsWhereItSays: bytes moved between ciphertext and tag join to
// the same text, and are refused all the same.
func TestTheTagBeginsWhereItSays(t *testing.T) {
	t.Parallel()
	key := mustKey(t, keyText)
	sealed, err := key.Seal([]byte("value"))
	if err != nil {
		t.Fatal(err)
	}
	joined := append(bytes.Clone(sealed.Ciphertext), sealed.Tag...)
	for cut := range len(joined) + 1 {
		_, err := key.Open(Sealed{joined[:cut], sealed.IV, joined[cut:]})
		if whole := cut == len(sealed.Ciphertext); whole != (err == nil) || !whole && !errors.Is(err, ErrNotAuthentic) {
			t.Errorf("cut after %d bytes: %v", cut, err)
		}
	}
}

func TestOpensIVsOf12Bytes(t *testing.T) {
	t.Parallel()
	key := mustKey(t, keyText)
	gcm, err := key.aead(12)
	if err != nil {
		t.Fatal(err)
	}
	iv := make([]byte, 12)
	joined := gcm.Seal(nil, iv, []byte("value"), nil)
	got, err := key.Open(Sealed{joined[:5], iv, joined[5:]})
	if err != nil || string(got) != "value" {
		t.Errorf("%v", err)
	}
}

func TestAnotherKeyOpensNothing(t *testing.T) {
	t.Parallel()
	sealed, err := mustKey(t, keyText).Seal([]byte("value"))
	if err != nil {
		t.Fatal(err)
	}
	// Upper and lower case are different keys: the text itself is the key.
	if _, err := mustKey(t, strings.ToLower(keyText)).Open(sealed); !errors.Is(err, ErrNotAuthentic) {
		t.Error(err)
	}
	if _, err := (Key{}).Open(sealed); err == nil {
		t.Error("the zero key opens")
	}
	if _, err := (Key{}).Seal(nil); err == nil {
		t.Error("the zero key seals")
	}
	if _, err := (Key{}).Fingerprint(nil, nil); err == nil {
		t.Error("the zero key fingerprints")
	}
}

func TestOpenKeyRefusesWhatIsNoKey(t *testing.T) {
	t.Parallel()
	key := mustKey(t, keyText)
	for _, inside := range []string{"", "short", keyText + "0", strings.Repeat("g", 32)} {
		sealed, err := key.Seal([]byte(inside))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := key.OpenKey(sealed); !errors.Is(err, ErrKeyFormat) {
			t.Errorf("%d characters: %v", len(inside), err)
		}
	}
}

func TestNothingPrintsAKeyOrAToken(t *testing.T) {
	t.Parallel()
	token, err := ParseServiceToken(goodToken)
	if err != nil {
		t.Fatal(err)
	}
	type holder struct {
		Key    Key
		Token  ServiceToken
		hidden struct {
			key   Key
			token ServiceToken
		}
	}
	h := holder{Key: token.Key(), Token: token}
	h.hidden.key, h.hidden.token = token.Key(), token

	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		for _, v := range []any{h, &h, token, &token, token.Key(), []Key{token.Key()}, map[string]ServiceToken{"a": token}} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
	}
	encoded, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(encoded)
	slog.New(slog.NewTextHandler(&out, nil)).Info("x", "token", token, "holder", h)
	slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "token", token, "holder", h)

	printed := out.String()
	for _, secret := range []string{
		tokenSecret, tokenKey, fmt.Sprintf("%x", tokenKey), fmt.Sprintf("%X", tokenKey),
		asNumbers(tokenKey), asNumbers(tokenSecret),
	} {
		if strings.Contains(printed, secret) {
			t.Error("a key or a token's secret was printed")
		}
	}
	if !strings.Contains(printed, redacted) {
		t.Error("nothing was redacted: the test looks at the wrong thing")
	}
}

// asNumbers is how fmt prints the bytes of a text.
func asNumbers(text string) string {
	return strings.Trim(fmt.Sprintf("%d", []byte(text)), "[]")
}

// FuzzOpen opens what nobody sealed, and what was sealed with one bit of it
// changed.
func FuzzOpen(f *testing.F) {
	key, err := ParseKey(keyText)
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte("ciphertext"), make([]byte, 16), make([]byte, 16), uint(0))
	f.Add([]byte(keyText), make([]byte, 12), make([]byte, 16), uint(32*8))
	f.Add([]byte{}, make([]byte, 12), make([]byte, 16), uint(255))
	f.Add([]byte{0xff}, make([]byte, 17), make([]byte, 15), uint(8))
	f.Add([]byte{}, []byte{}, []byte{}, uint(1))
	f.Fuzz(func(t *testing.T, text, iv, tag []byte, flip uint) {
		refuses := func(s Sealed) {
			t.Helper()
			if plaintext, err := key.Open(s); !errors.Is(err, ErrNotAuthentic) || plaintext != nil {
				t.Fatal("a field that nobody sealed opens")
			}
			if _, err := key.OpenKey(s); !errors.Is(err, ErrNotAuthentic) {
				t.Fatal("a field that nobody sealed opens to a key, or to none")
			}
		}
		refuses(Sealed{text, iv, tag})

		sealed, err := key.Seal(text)
		if err != nil {
			t.Fatal(err)
		}
		if plaintext, err := key.Open(sealed); err != nil || !bytes.Equal(plaintext, text) {
			t.Fatalf("what was sealed does not open: %v", err)
		}
		_, want := ParseKey(string(text))
		if _, err := key.OpenKey(sealed); !errors.Is(err, want) {
			t.Fatalf("taken for a key: %v, want %v", err, want)
		}
		for _, part := range [][]byte{sealed.Ciphertext, sealed.IV, sealed.Tag} {
			if len(part) > 0 {
				bit := flip % uint(len(part)*8)
				part[bit/8] ^= 1 << (bit % 8)
				refuses(sealed)
				part[bit/8] ^= 1 << (bit % 8)
			}
		}
	})
}
