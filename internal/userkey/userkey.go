// Package userkey opens a project key that was boxed for one user: a nacl box
// (X25519, XSalsa20, Poly1305) of PROTOCOL section 18. It is apart from e2ee,
// which is the standard library's alone.
package userkey

import (
	"encoding/base64"
	"errors"
	"fmt"

	"golang.org/x/crypto/nacl/box"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/e2ee"
)

// Errors. None says anything of what was given.
var (
	ErrPrivateKey = errors.New("a private key is 32 bytes in standard base64, 44 characters")
	ErrBox        = errors.New("the box does not open: it is of another private key, or was altered")
)

const (
	keyBytes   = 32
	nonceBytes = 24
)

// PrivateKey is a user's X25519 private key. It redacts itself wherever it is
// printed. The zero PrivateKey opens nothing.
type PrivateKey struct {
	material func() *[keyBytes]byte // a closure for the reason given at e2ee.Key
}

// ParsePrivateKey takes a key in the form in which Infisical's clients carry
// it: standard base64. It returns [ErrPrivateKey] for anything else.
func ParsePrivateKey(text string) (PrivateKey, error) {
	raw, err := base64.StdEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) != keyBytes {
		return PrivateKey{}, ErrPrivateKey
	}
	material := [keyBytes]byte(raw)
	return PrivateKey{func() *[keyBytes]byte { return &material }}, nil
}

// OpenKey returns the project key in a box. All three are standard base64, the
// nonce of 24 bytes, the sender's public key of 32. It returns [ErrBox] unless
// the box is authentic, and [e2ee.ErrKeyFormat] if what is in it is no key.
func (k PrivateKey) OpenKey(sealed, nonce, senderPublicKey string) (e2ee.Key, error) {
	if k.material == nil {
		return e2ee.Key{}, ErrPrivateKey
	}
	var parts [3][]byte
	for i, text := range []string{sealed, nonce, senderPublicKey} {
		raw, err := base64.StdEncoding.Strict().DecodeString(text)
		if err != nil {
			return e2ee.Key{}, ErrBox
		}
		parts[i] = raw
	}
	if len(parts[1]) != nonceBytes || len(parts[2]) != keyBytes {
		return e2ee.Key{}, ErrBox
	}
	nonceOf, sender := [nonceBytes]byte(parts[1]), [keyBytes]byte(parts[2])
	plaintext, ok := box.Open(nil, parts[0], &nonceOf, &sender, k.material())
	if !ok {
		return e2ee.Key{}, ErrBox
	}
	return e2ee.ParseKey(string(plaintext))
}

const redacted = "[redacted]"

// Clear overwrites the key, which opens nothing afterwards. It must not be used
// by anybody at the same time.
func (k PrivateKey) Clear() {
	if k.material != nil {
		clear(k.material()[:])
	}
}

// Format prints a redaction for every verb.
func (PrivateKey) Format(s fmt.State, _ rune) { _, _ = s.Write([]byte(redacted)) }

// MarshalText gives a redaction to JSON, slog and other encoders.
func (PrivateKey) MarshalText() ([]byte, error) { return []byte(redacted), nil }
