package provider

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// secretsMemory is what an infisical_secrets keeps in private state.
type secretsMemory struct {
	// Owner tells this resource from every other one, see [secrets.Store.Hold].
	Owner string `json:"owner,omitempty"`
	// Imported: the next read takes over the whole folder.
	Imported bool `json:"imported,omitempty"`
	// Left are secrets that another resource has too and keeps, so that the planned
	// delete leaves them. Only the apply of that plan sees it.
	Left []string `json:"left,omitempty"`
	// Secrets are those whose value was written or read.
	Secrets map[string]memory `json:"secrets,omitempty"`
	// Decisions are of a planned update; only the apply of that plan sees them.
	Decisions *decisions `json:"decisions,omitempty"`
}

// decisions are what a plan does with the values of existing elements, by name.
// A value that stays as it is has none.
type decisions map[string]valueDecision

func recallSecrets(ctx context.Context, private privateGetter) (secretsMemory, diag.Diagnostics) {
	var m secretsMemory
	raw, diags := private.GetKey(ctx, memoryKey)
	if len(raw) > 0 && json.Unmarshal(raw, &m) != nil {
		m = secretsMemory{} // another version's: learnt again by the next read
	}
	if m.Secrets == nil {
		m.Secrets = map[string]memory{}
	}
	return m, diags
}

func (m secretsMemory) save(ctx context.Context, private privateSetter) diag.Diagnostics {
	return savePrivate(ctx, private, m)
}

// learn takes over what a write or a read showed of one secret. before is as in
// [memory.learn].
func (m *secretsMemory) learn(name string, s secrets.Secret, before string, written bool) {
	if m.Owner == "" {
		m.Owner = secrets.NewOwner()
	}
	one := m.Secrets[name]
	one.learn(s, before, written)
	m.Secrets[name] = one
}

// forget is [memory.forget] for one secret.
func (m *secretsMemory) forget(name string, s secrets.Secret, before string, stored types.String) (forgotten bool) {
	one := m.Secrets[name]
	if forgotten = one.forget(s, before, stored); forgotten {
		m.Secrets[name] = one
	}
	return forgotten
}

// accept is [memory.accept] for one secret.
func (m *secretsMemory) accept(name string, stored types.String) {
	one := m.Secrets[name]
	one.accept(stored)
	m.Secrets[name] = one
}

// before is the fingerprint of a secret's value under the key that what was
// written there had its own made with; "" where that key is gone.
func (s *configured) before(ctx context.Context, m secretsMemory, name string, secret secrets.Secret, diags *diag.Diagnostics) string {
	one := m.Secrets[name]
	if one.Envelope == nil {
		return "" // one key for all
	}
	fingerprint, err := s.store.FingerprintUnder(ctx, secret.Ref, secret.Value, one.KeyID)
	if err != nil {
		s.addError(diags, "Cannot Read Secrets", err)
	}
	return fingerprint
}

// any is what is remembered of one of the secrets: all are under one project key.
func (m secretsMemory) any() memory {
	for _, one := range m.Secrets {
		if one.projectKeyID() != "" {
			return one
		}
	}
	return memory{}
}

// rolledBack are the names of secrets of which the server shows an older value
// than was seen before, sorted.
func (m secretsMemory) rolledBack() []string {
	var names []string
	for name, one := range m.Secrets {
		if one.isRolledBack() {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (m *secretsMemory) acceptRollbacks() {
	for name, one := range m.Secrets {
		one.acceptRollback()
		m.Secrets[name] = one
	}
}
