package seal

import (
	"errors"
	"strings"
	"testing"
)

// Computed once with Python's hmac and hashlib, so that the format cannot
// drift: states of users hold these.
const pinnedFingerprint = "HnkPbepcKVpZLWvVQEHKV6uz0n72H38-7u-8X0Glga4"

func TestFingerprintIsPinned(t *testing.T) {
	t.Parallel()
	place := Place{"00000000-0000-4000-8000-000000000001", "prod", "/app/db", "DB_PASSWORD", TypeShared}
	got, err := mustRing(t, otherKeyText, keyText).Fingerprint("PrYwf89m", place, []byte("value\n"))
	if err != nil || got != pinnedFingerprint {
		t.Errorf("%s %v", got, err)
	}
}

func TestFingerprintsDifferWithKeyPlaceAndValue(t *testing.T) {
	t.Parallel()
	ring := mustRing(t, keyText, otherKeyText)
	elsewhere := somewhere
	elsewhere.Path = "/app"
	shifted := somewhere
	shifted.Name, shifted.Type = "DB_PASSWORDs", "hared"
	seen := map[string]int{}
	for i, c := range []struct {
		keyID string
		place Place
		value string
	}{
		{ring.keys[0].id, somewhere, "v"},
		{ring.keys[1].id, somewhere, "v"},
		{ring.keys[0].id, elsewhere, "v"},
		{ring.keys[0].id, shifted, "v"},
		{ring.keys[0].id, somewhere, "w"},
		{ring.keys[0].id, somewhere, ""},
	} {
		got, err := ring.Fingerprint(c.keyID, c.place, []byte(c.value))
		if err != nil {
			t.Fatal(err)
		}
		if other, taken := seen[got]; taken {
			t.Errorf("cases %d and %d have one fingerprint", other, i)
		}
		seen[got] = i
	}
	if got, err := ring.Fingerprint(strings.Repeat("A", 8), somewhere, nil); !errors.Is(err, ErrUnknownKey) || got != "" {
		t.Errorf("a fingerprint under no key: %v", err)
	}
}
