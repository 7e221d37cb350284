package seal

import (
	"crypto/cipher"
	"encoding/hex"
	"encoding/json"
	"os"
	"testing"
)

// vector is one of testdata/sealed_vectors.json, which two other
// implementations agreed on.
type vector struct {
	Name        string
	KeyHex      string
	SaltHex     string
	NonceHex    string
	Kid         string
	ContextHex  string
	CommitHex   string
	Value       string
	Envelope    string
	Place       struct{ Project, Env, Path, Name, Type string }
	Generation  uint64
	PlainLen    int
	EnvelopeLen int
}

func (v vector) place() Place {
	return Place{v.Place.Project, v.Place.Env, v.Place.Path, v.Place.Name, v.Place.Type}
}

func (v vector) ring(t testing.TB) Ring {
	t.Helper()
	key, err := newKey(unhex(t, v.KeyHex))
	if err != nil {
		t.Fatal(err)
	}
	ring, err := NewRing(key)
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

func readVectors(t testing.TB) []vector {
	t.Helper()
	raw, err := os.ReadFile("testdata/sealed_vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var vectors []vector
	if err := json.Unmarshal(raw, &vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors) != 6 {
		t.Fatalf("%d vectors, want 6", len(vectors))
	}
	return vectors
}

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	raw, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestVectorsOpen(t *testing.T) {
	t.Parallel()
	for _, v := range readVectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			if keyID, err := KeyID(v.Envelope); keyID != v.Kid || err != nil {
				t.Errorf("key id %q: %v", keyID, err)
			}
			value, generation, keyID, err := v.ring(t).Open(v.place(), v.Envelope)
			if err != nil {
				t.Fatal(err)
			}
			if string(value) != v.Value || len(value) != v.PlainLen || generation != v.Generation || keyID != v.Kid {
				t.Error("opens to something else than what went in")
			}
		})
	}
}

func TestVectorsSealToTheSameBytes(t *testing.T) {
	t.Parallel()
	for _, v := range readVectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			t.Parallel()
			ring := v.ring(t)
			if got := hex.EncodeToString(v.place().context(format, ring.SealingKeyID())); got != v.ContextHex {
				t.Errorf("context %s", got)
			}
			got, err := ring.seal(v.place(), frame(v.Generation, []byte(v.Value)), unhex(t, v.SaltHex), withNonce(unhex(t, v.NonceHex)))
			if err != nil {
				t.Fatal(err)
			}
			if got != v.Envelope || len(got) != v.EnvelopeLen {
				t.Errorf("sealed to\n%s, want\n%s", got, v.Envelope)
			}
		})
	}
}

// withNonce makes ciphers that take a given nonce instead of a random one.
func withNonce(nonce []byte) gcm {
	return func(block cipher.Block) (cipher.AEAD, error) {
		inner, err := cipher.NewGCM(block)
		return fixedNonce{inner, nonce}, err
	}
}

type fixedNonce struct {
	cipher.AEAD
	nonce []byte
}

func (f fixedNonce) Seal(_, _, plaintext, data []byte) []byte {
	return append(f.nonce[:len(f.nonce):len(f.nonce)], f.AEAD.Seal(nil, f.nonce, plaintext, data)...)
}
