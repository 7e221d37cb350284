package e2ee

import "testing"

// Computed once with Python's hmac and hashlib, so that the format cannot
// drift: states of users hold these.
const pinnedFingerprint = "xpdQynhcu6dXtvW92LYRHqwUNd7ec9l6s_1mRLw3nEs"

func TestFingerprintIsPinned(t *testing.T) {
	t.Parallel()
	got, err := mustKey(t, keyText).Fingerprint([]string{"workspace", "dev", "/", "NAME", "shared"}, []byte("value\n"))
	if err != nil || got != pinnedFingerprint {
		t.Errorf("%s %v", got, err)
	}
}

func TestFingerprintsDifferWithKeyPlaceAndValue(t *testing.T) {
	t.Parallel()
	key := mustKey(t, keyText)
	seen := map[string]int{}
	for i, c := range []struct {
		key   Key
		place []string
		value string
	}{
		{key, []string{"a", "bc"}, "v"},
		{key, []string{"ab", "c"}, "v"},
		{key, []string{"abc"}, "v"},
		{key, []string{"a", "bc", ""}, "v"},
		{key, []string{"a", "bc"}, "w"},
		{key, []string{"a", "bc"}, ""},
		{key, nil, "v"},
		{mustKey(t, tokenKey), []string{"a", "bc"}, "v"},
	} {
		got, err := c.key.Fingerprint(c.place, []byte(c.value))
		if err != nil {
			t.Fatal(err)
		}
		if other, taken := seen[got]; taken {
			t.Errorf("cases %d and %d have one fingerprint", other, i)
		}
		seen[got] = i
	}
}

// Computed in the same way, of the secret "client secret".
const pinnedOwnFingerprint = "QRGPCXmUMq2tGYb1tluDE6hLQCDQSRgw9jiu5b8TlUs"

// TestFingerprintKeyIsPinned: where there is no project key, states hold
// fingerprints that were made with it.
func TestFingerprintKeyIsPinned(t *testing.T) {
	t.Parallel()
	key, err := FingerprintKey("client secret")
	if err != nil {
		t.Fatal(err)
	}
	got, err := key.Fingerprint([]string{"workspace", "dev", "/", "NAME", "shared"}, []byte("value\n"))
	if err != nil || got != pinnedOwnFingerprint {
		t.Errorf("%s %v", got, err)
	}
	other, err := FingerprintKey("client secreT")
	if err != nil {
		t.Fatal(err)
	}
	if other.ID() == key.ID() {
		t.Error("two secrets make one key")
	}
}
