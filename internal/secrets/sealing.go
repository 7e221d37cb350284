package secrets

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/seal"
)

// Envelope is what can be known of an envelope without its value.
type Envelope struct {
	KeyID string // of the sealing key
	// Generation counts up with each write of the secret.
	Generation uint64
	// Hash of its text: an envelope that was seen before needs no key to be
	// known again.
	Hash string
}

func envelopeHash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

func parseRing(texts []string) (seal.Ring, error) {
	wrong := func(err error) error { return &SettingError{"sealing_keys", err} }
	if len(texts) == 0 {
		return seal.Ring{}, wrong(errors.New("there is none, and sealed mode needs at least one: the first seals, all of them open"))
	}
	keys := make([]seal.Key, 0, len(texts))
	for i, text := range texts {
		key, err := seal.ParseKey(text)
		if err != nil {
			return seal.Ring{}, wrong(fmt.Errorf("number %d: %w", i+1, err))
		}
		keys = append(keys, key)
	}
	ring, err := seal.NewRing(keys...)
	if err != nil {
		return seal.Ring{}, wrong(err)
	}
	return ring, nil
}

// SealingKeyID is the id of the key that seals; "" in other modes than sealed.
func (s *Store) SealingKeyID() string { return s.ring.SealingKeyID() }

// sealedPlace is where an envelope belongs: exactly as the server spells it.
func sealedPlace(ref Ref) seal.Place {
	return seal.Place{ProjectID: ref.WorkspaceID, Environment: ref.Environment, Path: ref.Path, Name: ref.Name, Type: ref.kind()}
}

// fingerprintPlace has the name in the form in which it is matched: Terraform
// and the server may spell it differently.
func fingerprintPlace(ref Ref) seal.Place { return sealedPlace(ref.named(nameKey(ref.Name))) }
