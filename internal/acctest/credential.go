package acctest

import (
	"fmt"
	"strings"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
)

// Credential is one of the ways in which a provider block says who is asking.
type Credential struct {
	Name string
	HCL  string // its arguments of a provider block
}

// ServiceToken is the token that may do everything.
func (e *Env) ServiceToken() Credential {
	return Credential{"service token", fmt.Sprintf("service_token = %q", e.Token)}
}

// APIKey is that of a new member of the project, who may do everything. It
// watches over the private key.
func (e *Env) APIKey() Credential {
	e.T.Helper()
	key, private, err := e.Owner.APIKey()
	if err != nil {
		e.T.Fatal(err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.keys = append(e.keys, private)
	return Credential{"API key", fmt.Sprintf("auth = { api_key = { api_key = %q, private_key = %q } }\n  workspace_id = %q", key, private, e.Owner.Project.ID)}
}

// Identity is a machine identity that may do everything, with the project key.
func (e *Env) Identity() Credential {
	return e.IdentityWith(devserver.Identity{Role: "admin"})
}

// IdentityWith is a machine identity with the project key.
func (e *Env) IdentityWith(identity devserver.Identity) Credential {
	e.T.Helper()
	id, secret := e.Owner.Identity(identity)
	return Credential{"machine identity", e.identityHCL(fmt.Sprintf("universal = { client_id = %q, client_secret = %q }", id, secret))}
}

// ConfigAs is Config with another credential.
func (e *Env) ConfigAs(c Credential, hcl string, settings ...string) string {
	return e.Provider(c, settings...) + hcl
}

// Provider is a provider block for this server.
func (e *Env) Provider(c Credential, settings ...string) string {
	return providerBlock(e.Server.URL(), c, settings...)
}

func providerBlock(host string, c Credential, settings ...string) string {
	return fmt.Sprintf("provider \"infisical\" {\n  host = %q\n  %s\n  %s\n}\n", host, c.HCL, strings.Join(settings, "\n  "))
}
