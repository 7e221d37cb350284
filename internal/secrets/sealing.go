package secrets

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"

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

// SealingKeysFromEnvironment are the keys of INFISICAL_SEALING_KEYS, as
// Config.SealingKeys takes them.
func SealingKeysFromEnvironment() []string { return seal.SplitKeys(FromEnvironment("sealing_keys")) }

// SealingKeyID is the id of the key that seals, of keys as Config.SealingKeys
// takes them; errors are [SettingError].
func SealingKeyID(keys []string) (string, error) {
	ring, err := parseRing(keys)
	defer ring.Clear()
	return ring.SealingKeyID(), err
}

func parseRing(texts []string) (seal.Ring, error) {
	wrong := func(err error) error { return &SettingError{Setting: "sealing_keys", Cause: err} }
	if len(texts) == 0 {
		return seal.Ring{}, wrong(errors.New("there is none, and sealed mode needs at least one: the first seals, all of them open; unseal keygen makes one"))
	}
	for i, text := range texts {
		if len(seal.SplitKeys(text)) == 0 { // most likely a variable that is not set: without it another key would seal
			return seal.Ring{}, wrong(fmt.Errorf("number %d is empty", i+1))
		}
	}
	ring, err := seal.ParseRing(strings.Join(texts, "\n"))
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

// Sealing tells of one secret how it is sealed, and nothing of its value.
type Sealing struct {
	Ref
	ID       string
	Envelope // of what is no envelope, only the hash
	// Flaw is why it does not open; nil if it does.
	Flaw error
}

// SealingReport tells of all secrets of a folder, and with recursive of all
// folders below it that the credential may read, how they are sealed, sorted by
// folder and name, a shared one before the personal ones. A folder that does not exist is [ProblemFolderMissing]; in
// other modes than sealed there is nothing to tell, which is an error.
//
// Cost: as Gather.
func (s *Store) SealingReport(ctx context.Context, f Folder, recursive bool) (report []Sealing, skipped []Folder, err error) {
	if s.SealingKeyID() == "" {
		return nil, nil, &Error{
			Problem: ProblemMode, Subject: f.String(), Why: "Only in sealed mode is there anything to tell of sealing keys.",
			Do: "Set encryption_mode = \"sealed\", or remove the report.",
		}
	}
	p, err := s.unlock(ctx)
	if err != nil {
		return nil, nil, err
	}
	folders := []Folder{f}
	if recursive {
		if folders, err = s.FoldersBelow(ctx, f); err != nil {
			return nil, nil, err
		}
	}
	views, skipped, err := s.seeAll(ctx, p, folders, view{})
	if err != nil {
		return nil, nil, err
	}
	for i, v := range views {
		if v == nil {
			continue
		}
		from := len(report)
		for _, r := range s.folder(folders[i]).all() {
			one := Sealing{Ref: Ref{Folder: folders[i], Name: r.name, Personal: r.personal}, ID: r.id}
			secret, err := r.secret()
			if secret.Envelope != nil {
				one.Envelope = *secret.Envelope
			}
			one.Flaw = err
			report = append(report, one)
		}
		slices.SortFunc(report[from:], func(a, b Sealing) int {
			return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(b.kind(), a.kind()), strings.Compare(a.ID, b.ID))
		})
	}
	return report, skipped, nil
}
