package e2ee

import (
	"bytes"
	"crypto/fips140"
	"errors"
	"os"
	"os/exec"
	"sync"
	"testing"
)

// TestKeyIDIsPinned: computed once with Python's hmac and hashlib, as states
// hold it. A key that is none, or is none any more, has no id.
func TestKeyIDIsPinned(t *testing.T) {
	t.Parallel()
	key, again := mustKey(t, "0123456789abcdef0123456789abcdef"), mustKey(t, "0123456789abcdef0123456789abcdef")
	if key.ID() != "HQ1y82znK6MOKOEn2nRyqA" || again.ID() != key.ID() {
		t.Errorf("%q", key.ID())
	}
	if mustKey(t, keyText).ID() == key.ID() { // in capitals it is another key
		t.Error("two keys have one id")
	}
	key.Clear()
	if key.ID() != "" || (Key{}).ID() != "" {
		t.Error("an id of no key")
	}
}

// TestFIPSOnly looks from a process that allows nothing else than what FIPS
// 140-3 approves: the error blames that, and not the key or what was sealed.
func TestFIPSOnly(t *testing.T) {
	t.Parallel()
	if fips140.Enforced() {
		key := mustKey(t, keyText)
		if _, err := key.Seal([]byte("plaintext")); !errors.Is(err, errFIPSOnly) {
			t.Errorf("sealed: %v", err)
		}
		if _, err := key.Open(Sealed{IV: make([]byte, ivSize), Tag: make([]byte, tagSize)}); !errors.Is(err, errFIPSOnly) || errors.Is(err, ErrNotAuthentic) {
			t.Errorf("opened: %v", err)
		}
		if _, err := key.Fingerprint(nil, nil); err != nil { // HKDF and HMAC are approved
			t.Error(err)
		}
		return
	}
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary, "-test.v", "-test.run", "^TestFIPSOnly$")
	cmd.Env = append(os.Environ(), "GODEBUG=fips140=only")
	if out, err := cmd.CombinedOutput(); err != nil || !bytes.Contains(out, []byte("--- PASS: TestFIPSOnly")) {
		t.Errorf("%v\n%s", err, out)
	}
}

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
