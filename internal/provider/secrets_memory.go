package provider

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// secretsMemory is what an infisical_secrets keeps in private state.
type secretsMemory struct {
	// Owner tells this resource from every other one, see [secrets.Store.Hold].
	Owner string `json:"owner,omitempty"`
	// Imported: the next read takes over the whole folder.
	Imported bool `json:"imported,omitempty"`
	// Secrets are those that the configuration names: not the ones that are in
	// the state only because exclusive is to delete them.
	Secrets map[string]memory `json:"secrets,omitempty"`
}

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

// learn takes over what a write or a read showed of one secret.
func (m *secretsMemory) learn(name string, s secrets.Secret, written bool) {
	if m.Owner == "" {
		m.Owner = secrets.NewOwner()
	}
	one := m.Secrets[name]
	one.learn(s, "", written)
	m.Secrets[name] = one
}
