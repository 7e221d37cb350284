package provider

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// memory is what a resource keeps in private state, where no user sees it and
// nothing of a value may be: fingerprints are keyed.
type memory struct {
	// Owner tells this resource from every other one, see [secrets.Store.Hold].
	Owner string `json:"owner,omitempty"`
	// Written is the fingerprint of what was last written here, or found when
	// it was first read. The server's differs: somebody changed the value.
	Written string `json:"written,omitempty"`
	// Bytes: the server's value is one that a Terraform string cannot carry.
	Bytes bool `json:"bytes,omitempty"`
	// KeyID is of the key that Written was made with.
	KeyID string `json:"key_id,omitempty"`
	// User is whose a personal secret is.
	User string `json:"user,omitempty"`
	// Envelope is what the value was last seen in, in sealed mode.
	Envelope *secrets.Envelope `json:"envelope,omitempty"`
	// Generation is the highest that was seen and not taken back.
	Generation uint64 `json:"generation,omitempty"`
	// Left: another resource has the secret too and keeps it, so that the planned
	// delete leaves it. Only the apply of that plan sees it.
	Left bool `json:"left,omitempty"`
	// Renamed: the server shows the secret under another name, which a refresh has
	// left out of the state. See secret_rename.go.
	Renamed bool `json:"renamed,omitempty"`
	// Imported: the next read fills in what is not secret.
	Imported bool `json:"imported,omitempty"`
	// Decision is what a planned update does with the value; only the apply of
	// that plan sees it.
	Decision *valueDecision `json:"decision,omitempty"`
}

const memoryKey = "secret"

type privateGetter interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
}

type privateSetter interface {
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

func recall(ctx context.Context, private privateGetter) (memory, diag.Diagnostics) {
	var m memory
	raw, diags := private.GetKey(ctx, memoryKey)
	if len(raw) > 0 && json.Unmarshal(raw, &m) != nil {
		m = memory{} // another version's: learnt again by the next read
	}
	return m, diags
}

func (m memory) save(ctx context.Context, private privateSetter) diag.Diagnostics {
	return savePrivate(ctx, private, m)
}

func savePrivate(ctx context.Context, private privateSetter, m any) diag.Diagnostics {
	raw, err := json.Marshal(m)
	if err != nil {
		return diag.Diagnostics{diag.NewErrorDiagnostic("Internal Provider Error", "Private state could not be encoded.")}
	}
	return private.SetKey(ctx, memoryKey, raw)
}

// learn takes over what a write or a read showed. before is the fingerprint of
// the same value under the name that it had: a value that was not written
// keeps its drift, and one that did not drift follows a rename.
func (m *memory) learn(s secrets.Secret, before string, written bool) {
	// Under another key all fingerprints are others: what was written cannot be
	// compared any more, and is believed to be there. See forget for sealed mode.
	rekeyed := m.KeyID != "" && m.KeyID != s.FingerprintKeyID && m.Envelope == nil
	if written || rekeyed || m.Written == "" || m.Written == before {
		m.Written, m.KeyID = s.Fingerprint, s.FingerprintKeyID
	}
	if s.Envelope == nil {
		m.KeyID = s.FingerprintKeyID
	}
	m.Bytes = !s.Value.IsText()
	m.Envelope = s.Envelope
	if s.Envelope != nil {
		m.Generation = max(m.Generation, s.Envelope.Generation)
	}
}

// accept takes the value that was there when it was last read, under that
// fingerprint, for the one that was written.
func (m *memory) accept(stored types.String) {
	m.Written = stored.ValueString()
	if m.Envelope != nil {
		m.KeyID = m.Envelope.KeyID
	}
}

// forget gives up, before learn, what was written under a sealing key that is
// gone, where the value is under another one now: nothing can tell whether it is
// the same, and it is believed to be. A value that was found to be another while
// that could be told stays so. before is as in learn, stored the fingerprint that
// was there when the value was last read.
func (m *memory) forget(s secrets.Secret, before string, stored types.String) (forgotten bool) {
	if s.Envelope == nil || m.Written == "" || before != "" || m.drifted(stored) {
		return false
	}
	m.Written = ""
	return true
}

// projectKeyID is that of the project key under which the secret was last seen;
// "" in sealed mode, and where nothing is remembered.
func (m memory) projectKeyID() string {
	if m.Envelope != nil {
		return ""
	}
	return m.KeyID
}

// checkProjectKey refuses another project key than a state remembers.
func (s *configured) checkProjectKey(ctx context.Context, diags *diag.Diagnostics, summary string, memory memory) (ok bool) {
	if s.store == nil || memory.projectKeyID() == "" {
		return true
	}
	err := s.store.CheckProjectKey(ctx, memory.projectKeyID())
	if err != nil {
		s.addError(diags, summary, err)
	}
	return err == nil
}

// keyID is that of the sealing key that the last value was under; "" in other
// modes than sealed.
func (m memory) keyID() string {
	if m.Envelope == nil {
		return ""
	}
	return m.Envelope.KeyID
}

// knows tells whether this very envelope was opened before: then nothing has
// changed, and no key is needed to say so.
func (m memory) knows(e *secrets.Envelope) bool {
	return e != nil && m.Envelope != nil && e.Hash == m.Envelope.Hash
}

// drifted tells whether the value that is there is not the one last written.
func (m memory) drifted(stored types.String) bool {
	return m.Written != "" && m.Written != stored.ValueString()
}

// isRolledBack tells whether the server shows an older envelope than one that
// was seen before.
func (m memory) isRolledBack() bool {
	return m.Envelope != nil && m.Envelope.Generation < m.Generation
}

// acceptRollback believes the older one.
func (m *memory) acceptRollback() {
	if m.Envelope != nil {
		m.Generation = m.Envelope.Generation
	}
}
