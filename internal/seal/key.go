// Package seal makes and opens sealed envelopes: values under keys that the
// server never gets, in a form that any server stores as an ordinary value.
//
// The contract:
//
//   - Open returns a value only if the envelope is whole, was made with a key
//     of the ring, and was made for the very place that is asked for. Every
//     failure is one of the errors below, and no plaintext comes with it.
//   - The place is proved by a commitment, compared in constant time, before
//     anything is decrypted.
//   - Each envelope has an encryption key of its own, derived from the key, a
//     random salt and the place, so that a nonce that came twice would do no harm.
//   - Nothing here panics on input from outside, whatever it is.
//   - A [Key] redacts itself wherever it is printed; [Key.Reveal] is the one
//     way out.
//   - What an envelope cannot prove is that it is the newest: an old one of
//     the same place opens too. The generation inside is for callers that
//     remember one.
//
// The format, version 1:
//
//   - A key is 32 random bytes, written `sealkey1.<base64url>.<key id>`. Its id
//     is HKDF-SHA-256 (RFC 5869) of the key without a salt, with the info
//     "sealed1 key id": 6 bytes, 8 characters of base64url, and a checksum of
//     the key's text at once.
//   - The context is each of "sealed1", key id, "infisical-secret", project id,
//     environment slug, folder path, name and type in UTF-8, after its length
//     in bytes (32 bits, big-endian).
//   - HKDF-SHA-256 of the key, with a random salt and the context as info, gives
//     64 bytes: the envelope's encryption key, and the commitment.
//   - The frame is the generation (64 bits, big-endian), the value, 0x80, and
//     zeros up to a multiple of 32 bytes.
//   - The envelope is `sealed1.<key id>.<payload>`; the payload is salt (32
//     bytes), commitment (32), random nonce (12), and AES-256-GCM of the frame
//     (ciphertext, then the tag of 16), with the context as additional data.
//   - base64url is without padding, and strict everywhere: one text for one
//     envelope. A value of n bytes makes 17 + ⌈4/3 · (92 + 32·⌈(n+9)/32⌉)⌉
//     characters.
//
// All of it is allowed in FIPS 140-3 mode, also under GODEBUG=fips140=only: the
// standard library itself chooses the nonces.
//
// The package holds no I/O and imports the standard library only.
package seal

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"
)

// Sizes in bytes.
const (
	keySize   = 32
	keyIDSize = 6 // 8 characters
)

const (
	keyPrefix  = "sealkey1."
	keyIDLabel = "sealed1 key id"
)

// What can be wrong with a key's text. The errors say nothing of the text.
var (
	ErrKeyFormat   = errors.New("a sealing key is `sealkey1.`, 43 characters of base64url, a dot, and an id of 8 characters")
	ErrKeyChecksum = errors.New("the sealing key's id does not belong to it: it was mistyped, or is put together from two keys")
)

// Key is a sealing key of 256 bits. The zero Key is none.
//
// The material hides in a closure: where fmt calls no methods (a Key in an
// unexported field of a printed struct) it prints an address, whereas a
// pointer to the bytes would be followed under some verbs.
type Key struct {
	material func() *material
	id       string
}

type material struct {
	mu    sync.RWMutex
	bytes []byte // nil once it is cleared
}

// with lends the bytes out. They may not be kept.
func (k Key) with(use func(bytes []byte) error) error {
	if k.material == nil {
		return ErrNoKeys
	}
	m := k.material()
	m.mu.RLock()
	defer m.mu.RUnlock()
	if m.bytes == nil {
		return ErrNoKeys
	}
	return use(m.bytes)
}

// clear overwrites the key, for all copies of it; from then on they seal and
// open nothing.
func (k Key) clear() {
	if k.material == nil {
		return
	}
	m := k.material()
	m.mu.Lock()
	defer m.mu.Unlock()
	clear(m.bytes)
	m.bytes = nil
}

// GenerateKey makes a new random key.
func GenerateKey() (Key, error) {
	material := make([]byte, keySize)
	_, _ = rand.Read(material) // crypto/rand.Read never fails: it crashes the program instead
	return newKey(material)
}

// ParseKey takes a key in the form of [Key.Reveal], and no other: nothing
// around it, no other spelling of the same bytes. It returns [ErrKeyFormat], or
// [ErrKeyChecksum] if the id is not that of the rest.
func ParseKey(text string) (Key, error) {
	rest, hasPrefix := strings.CutPrefix(text, keyPrefix)
	encoded, id, _ := strings.Cut(rest, ".")
	material, ok := decode(encoded)
	if !hasPrefix || !ok || len(material) != keySize || !isKeyID(id) {
		return Key{}, ErrKeyFormat
	}
	key, err := newKey(material)
	if err != nil {
		return Key{}, err
	}
	if key.id != id {
		return Key{}, ErrKeyChecksum
	}
	return key, nil
}

func newKey(bytes []byte) (Key, error) {
	id, err := hkdf.Key(sha256.New, bytes, nil, keyIDLabel, keyIDSize)
	if err != nil {
		return Key{}, fmt.Errorf("cannot make a key's id: %w", err)
	}
	m := &material{bytes: bytes}
	return Key{func() *material { return m }, base64.RawURLEncoding.EncodeToString(id)}, nil
}

// ID is what envelopes name the key by: 8 characters, derived from it and not
// secret. It is empty for the zero Key.
func (k Key) ID() string { return k.id }

// Reveal returns the key's text, which is all that it takes to open what it
// sealed. It is empty for the zero Key, and for one that was cleared.
func (k Key) Reveal() string {
	text := ""
	_ = k.with(func(bytes []byte) error {
		text = keyPrefix + base64.RawURLEncoding.EncodeToString(bytes) + "." + k.id
		return nil
	})
	return text
}

// Format prints a redaction for every verb.
func (Key) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte(redacted)) }

// MarshalText gives a redaction to JSON, slog and other encoders.
func (Key) MarshalText() ([]byte, error) { return []byte(redacted), nil }

const redacted = "[redacted]"

func isKeyID(text string) bool {
	raw, ok := decode(text)
	return ok && len(raw) == keyIDSize
}

// decode reads base64url without padding, in its one canonical spelling.
func decode(text string) ([]byte, bool) {
	if strings.ContainsAny(text, "\r\n") {
		return nil, false // which the standard library skips, also when it is strict
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	return raw, err == nil
}
