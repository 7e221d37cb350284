package e2ee

import (
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
)

// fingerprintLabel separates the fingerprint's subkey from every other use of
// the key. Changing it changes every fingerprint in every state.
const fingerprintLabel = "infisical-e2ee value fingerprint v1"

// Fingerprint returns HMAC-SHA-256 over place and value, under a subkey of k
// derived by HKDF-SHA-256 (RFC 5869), as 43 characters of unpadded base64url.
//
// It tells *that* a value changed and nothing more: without the key it can
// neither be computed nor checked against a guess, and because the parts of
// place go into it, equal values in two places have different fingerprints.
func (k Key) Fingerprint(place []string, value []byte) (string, error) {
	var subkey []byte
	err := k.with(func(bytes []byte) (err error) {
		subkey, err = hkdf.Key(sha256.New, bytes, nil, fingerprintLabel, sha256.Size)
		return err
	})
	if err != nil {
		return "", fmt.Errorf("cannot fingerprint: %w", err)
	}
	mac := hmac.New(sha256.New, subkey)
	for _, part := range place {
		// Lengths keep ("a","bc") and ("ab","c") apart.
		_ = binary.Write(mac, binary.BigEndian, uint32(len(part)))
		mac.Write([]byte(part))
	}
	_ = binary.Write(mac, binary.BigEndian, uint32(len(value)))
	mac.Write(value)
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil)), nil
}

// FingerprintKey makes a key of any secret, for fingerprints where there is no
// project key. A secret that can be guessed makes fingerprints that can be.
func FingerprintKey(secret string) (Key, error) {
	material, err := hkdf.Key(sha256.New, []byte(secret), nil, "infisical-e2ee fingerprint key v1", keyTextLength)
	if err != nil {
		return Key{}, fmt.Errorf("cannot fingerprint: %w", err)
	}
	return newKey(material), nil
}
