package seal

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
)

// fingerprintFormat separates the fingerprint's subkey from every other use of
// a key. Changing it changes every fingerprint in every state.
const fingerprintFormat = "sealed1 value fingerprint"

// Fingerprint returns HMAC-SHA-256 of a value under a subkey of the key of that
// id, derived by HKDF-SHA-256 for the place alone, as 43 characters of unpadded
// base64url. For a stored secret keyID is that of its envelope.
//
// It tells *that* a value changed and nothing more: without the key it can
// neither be computed nor checked against a guess, and equal values in two
// places have different fingerprints. Under another key it is another one. The
// error is [ErrUnknownKey] or [ErrPlace].
func (r Ring) Fingerprint(keyID string, place Place, value []byte) (string, error) {
	key, err := r.key(keyID)
	if err != nil {
		return "", err
	}
	if err := place.check(); err != nil {
		return "", err
	}
	context := place.context(fingerprintFormat, key.id)
	var subkey []byte
	err = key.with(func(bytes []byte) (err error) {
		subkey, err = hkdf.Key(sha256.New, bytes, nil, string(context), sha256.Size)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("cannot fingerprint: %w", err)
	}
	mac := hmac.New(sha256.New, subkey)
	mac.Write(value)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)), nil
}
