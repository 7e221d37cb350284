// Package e2ee seals and opens single fields the way Infisical's end-to-end
// encrypted clients do: AES-256-GCM under a key that the server never gets.
//
// The contract:
//
//   - Open returns plaintext only if the tag verifies; every failure is the
//     same [ErrNotAuthentic], so that an error tells nothing about the input.
//   - Nothing here panics on input from outside, whatever its length.
//   - A [Key] redacts itself wherever it is printed and has no accessor.
//   - There is no additional authenticated data in this protocol: a field is
//     bound to its key and to nothing else. Callers that need to know *where*
//     a value belongs must compare the name field, and cannot detect a server
//     that swaps two values (PROTOCOL section 17).
//
// The package holds no I/O and imports the standard library only.
package e2ee

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/fips140"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"sync"
)

// keyTextLength is the length of a key in hexadecimal characters. The text
// itself, as 32 UTF-8 bytes, is the AES-256 key; it is not decoded to 16
// bytes (PROTOCOL section 17).
const keyTextLength = 32

// ErrKeyFormat means that a text is no key. It says nothing of the text.
var ErrKeyFormat = fmt.Errorf("a key is exactly %d hexadecimal characters", keyTextLength)

// errFIPSOnly is what a process started with GODEBUG=fips140=only gets: in
// that mode the standard library refuses GCM with a nonce of the caller's
// choosing, which this protocol cannot do without.
var errFIPSOnly = errors.New("this process runs with GODEBUG=fips140=only, which forbids the 16-byte AES-GCM nonces " +
	"that Infisical's end-to-end encryption uses; fips140=on works")

// Key is a 256-bit key: a project's, or the one in a service token. The zero
// Key seals and opens nothing, and so do all copies of one that was cleared.
//
// The material hides in a closure: where fmt calls no methods (a Key in an
// unexported field of a printed struct) it prints an address, whereas a
// pointer to the bytes would be followed under some verbs.
type Key struct {
	material func() *material
}

type material struct {
	mu    sync.RWMutex
	bytes []byte // nil once it is cleared
}

// newKey takes the bytes over.
func newKey(bytes []byte) Key {
	m := &material{bytes: bytes}
	return Key{func() *material { return m }}
}

var errNoKey = errors.New("there is no key, or it was cleared")

// with lends the bytes out. They may not be kept.
func (k Key) with(use func(bytes []byte) error) error {
	if k.material == nil {
		return errNoKey
	}
	m := k.material()
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.bytes == nil {
		return errNoKey
	}
	return use(m.bytes)
}

// Clear overwrites the key, for all copies of it; from then on they seal and
// open nothing. It does not reach what was made of the key on the way: the
// round keys of past operations, and the text that it was parsed from.
func (k Key) Clear() {
	if k.material == nil {
		return
	}
	m := k.material()
	m.mu.Lock()
	defer m.mu.Unlock()
	clear(m.bytes)
	m.bytes = nil
}

// ParseKey takes a key in the form in which service tokens and projects carry
// it: 32 hexadecimal characters (PROTOCOL sections 15 and 17). It returns
// [ErrKeyFormat] for anything else.
func ParseKey(text string) (Key, error) { return parseKey([]byte(text)) }

// parseKey is ParseKey of bytes that it takes over.
func parseKey(text []byte) (Key, error) {
	if !isHex(text, keyTextLength) {
		return Key{}, ErrKeyFormat
	}
	return newKey(text), nil
}

// ID tells one key from another and nothing else of it: 22 characters, the same
// for the same key. Nobody can make another key with the id of one, so that it
// serves as a pin. The zero Key has none, nor has one that was cleared.
func (k Key) ID() string {
	var id []byte
	err := k.with(func(bytes []byte) (err error) {
		id, err = hkdf.Key(sha256.New, bytes, nil, "infisical-e2ee key id v2", 16)
		return err
	})
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(id)
}

// Format prints a redaction for every verb.
func (Key) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte(redacted)) }

// MarshalText gives a redaction to JSON, slog and other encoders.
func (Key) MarshalText() ([]byte, error) { return []byte(redacted), nil }

const redacted = "[redacted]"

// aead returns AES-256-GCM for nonces of the given size in bytes. Callers
// check the size first: the standard library panics in Open on a nonce of
// another length than this one.
func (k Key) aead(nonceSize int) (gcm cipher.AEAD, err error) {
	if fips140.Enforced() {
		return nil, errFIPSOnly
	}
	err = k.with(func(bytes []byte) error {
		block, err := aes.NewCipher(bytes)
		if err != nil {
			return err
		}
		gcm, err = cipher.NewGCMWithNonceSize(block, nonceSize)
		return err
	})
	return gcm, err
}

func isHex[T string | []byte](text T, length int) bool {
	if len(text) != length {
		return false
	}
	for _, c := range []byte(text) {
		switch {
		case '0' <= c && c <= '9', 'a' <= c && c <= 'f', 'A' <= c && c <= 'F':
		default:
			return false
		}
	}
	return true
}

// IsKeyID tells whether a text has the form of a [Key.ID].
func IsKeyID(text string) bool {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	return err == nil && len(raw) == 16
}
