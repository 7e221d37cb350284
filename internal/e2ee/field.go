package e2ee

import (
	"crypto/rand"
	"errors"
	"fmt"
)

// Sizes in bytes (PROTOCOL section 17).
const (
	ivSize      = 16 // what is written
	ivSizeShort = 12 // written by other clients, accepted on reading
	tagSize     = 16
)

// ErrNotAuthentic is the one answer to every field that does not open: wrong
// key, altered ciphertext, IV or tag, or a wrong length of any of them.
var ErrNotAuthentic = errors.New("not authentic: it was altered, damaged, or sealed under another key")

// Sealed is one encrypted field. IV is 16 bytes (12 in records of some other
// clients), Tag 16, Ciphertext as long as the plaintext.
type Sealed struct {
	Ciphertext, IV, Tag []byte
}

// Seal encrypts plaintext under a fresh random IV. What it returns shares no
// memory with plaintext.
func (k Key) Seal(plaintext []byte) (Sealed, error) {
	gcm, err := k.aead(ivSize)
	if err != nil {
		return Sealed{}, fmt.Errorf("cannot seal: %w", err)
	}
	iv := make([]byte, ivSize)
	_, _ = rand.Read(iv) // crypto/rand.Read never fails: it crashes the program instead
	joined := gcm.Seal(nil, iv, plaintext, nil)
	cut := len(joined) - tagSize
	return Sealed{Ciphertext: joined[:cut:cut], IV: iv, Tag: joined[cut:]}, nil
}

// Open decrypts a field. The error is [ErrNotAuthentic] whatever is wrong with
// s, and no plaintext is returned with it.
func (k Key) Open(s Sealed) ([]byte, error) {
	if len(s.IV) != ivSize && len(s.IV) != ivSizeShort {
		return nil, ErrNotAuthentic
	}
	if len(s.Tag) != tagSize {
		return nil, ErrNotAuthentic
	}
	gcm, err := k.aead(len(s.IV))
	if err != nil {
		return nil, fmt.Errorf("cannot open: %w", err)
	}
	// A copy: appending the tag to s.Ciphertext could overwrite the caller's
	// buffer behind it.
	joined := make([]byte, 0, len(s.Ciphertext)+tagSize)
	joined = append(append(joined, s.Ciphertext...), s.Tag...)
	plaintext, err := gcm.Open(joined[:0], s.IV, joined, nil)
	if err != nil {
		return nil, ErrNotAuthentic
	}
	return plaintext, nil
}

// OpenKey opens a field that holds a key: the project key in a service token's
// record (PROTOCOL section 2). It returns [ErrNotAuthentic] if the field does
// not open, and [ErrKeyFormat] if what is inside is no key.
func (k Key) OpenKey(s Sealed) (Key, error) {
	text, err := k.Open(s)
	if err != nil {
		return Key{}, err
	}
	return parseKey(text)
}
