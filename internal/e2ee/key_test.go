package e2ee

import (
	"bytes"
	"errors"
	"sync"
	"testing"
)

// TestClear: a key that was cleared is overwritten, in all its copies, and
// seals nothing: least of all under the zeros that took its place.
func TestClear(t *testing.T) {
	t.Parallel()
	key, err := ParseKey("0123456789abcdef0123456789abcdef")
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := key.Seal([]byte("plaintext"))
	if err != nil {
		t.Fatal(err)
	}
	held, copied := key.material().bytes, key
	key.Clear()
	key.Clear()
	Key{}.Clear()
	if !bytes.Equal(held, make([]byte, 32)) {
		t.Error("the key is still there")
	}
	if _, err := copied.Seal([]byte("plaintext")); !errors.Is(err, errNoKey) {
		t.Errorf("sealed: %v", err)
	}
	if plaintext, err := copied.Open(sealed); !errors.Is(err, errNoKey) || plaintext != nil {
		t.Errorf("opened: %v", err)
	}
	if _, err := copied.Fingerprint(nil, nil); !errors.Is(err, errNoKey) {
		t.Errorf("made a fingerprint: %v", err)
	}
}

// TestClearWhileItIsUsed: whatever is sealed meanwhile is sealed under the key
// as it was.
func TestClearWhileItIsUsed(t *testing.T) {
	t.Parallel()
	const text = "0123456789abcdef0123456789abcdef"
	key, err := ParseKey(text)
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseKey(text)
	if err != nil {
		t.Fatal(err)
	}
	var users sync.WaitGroup
	for range 8 {
		users.Go(func() {
			for {
				sealed, err := key.Seal([]byte("plaintext"))
				if err != nil {
					return
				}
				if _, err := again.Open(sealed); err != nil {
					t.Error("sealed under another key")
				}
			}
		})
	}
	key.Clear()
	users.Wait()
}
