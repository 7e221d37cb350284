package secrets

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/api"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/e2ee"
)

// credential is who asks, and the way to the key of what is sealed.
type credential interface {
	// proof is what the server gets of it.
	proof() api.Credential
	// look finds out what it opens and may do: one request at most.
	look(ctx context.Context, client *api.Client) (access, error)
	holder() *holder
}

// access is what a credential opens and may do, as far as the server tells.
type access struct {
	*holder
	workspaceID string
	name        string      // that the server keeps for it; "" = none
	scopes      []api.Scope // nil = not told
	permissions []string    // "read", "write"; nil = not told
	expiresAt   time.Time   // zero = never, or not told
	of2023      bool        // the server is one of 2023 (PROTOCOL section 16)
	user        bool        // somebody who has personal secrets

	// projectKey is nil where there is none to be had.
	projectKey func() (e2ee.Key, error)
	// ownKey is for fingerprints without a project key.
	ownKey e2ee.Key
	// keyUnchecked: the project key is the user's word, and nothing the server
	// keeps tells whether it is the right one.
	keyUnchecked bool
}

// holder is how errors speak of a kind of credential.
type holder struct {
	noun     string // "service token"
	rejected string // why the server may not accept it
	mend     string // what to do about it
	wider    string // what to do where it may not go
	login    map[api.Kind]refusal
}

// refusal is what a kind of answer to a login means, and what to do.
type refusal struct{ why, do string }

func (p *project) mayGo(f Folder) bool {
	return p.access.scopes == nil || inScopes(p.access.scopes, f)
}

func (p *project) may(permission string) bool {
	if p.access.permissions == nil {
		return true
	}
	for _, one := range p.access.permissions {
		if one == permission {
			return true
		}
	}
	return false
}

// IsUser tells whether the credential is somebody's who can have personal
// secrets.
func (s *Store) IsUser() bool {
	_, ok := s.credential.(*apiKey)
	return ok
}

// SettingError says what is wrong with one setting of a Config. Its text does
// not name the setting.
type SettingError struct {
	Setting string // as the provider's attribute, such as "auth.api_key.private_key"
	Cause   error
}

func (e *SettingError) Error() string { return e.Cause.Error() }

// Unwrap gives the cause.
func (e *SettingError) Unwrap() error { return e.Cause }

func (cfg Config) credential() (credential, error) {
	switch {
	case cfg.APIKey != "" || cfg.PrivateKey != "":
		return newAPIKey(cfg)
	case cfg.ClientID != "" || cfg.ClientSecret != "":
		return newUniversalAuth(cfg)
	case cfg.OIDC != nil:
		return newOIDC(cfg)
	case cfg.Kubernetes != nil:
		return newKubernetes(cfg)
	case cfg.AWSIAM != nil:
		return newAWSIAM(cfg)
	case cfg.AccessToken != "":
		return newAccessToken(cfg)
	}
	return newServiceToken(cfg)
}

// needsWorkspace refuses to guess a project: only a service token names its own.
func (cfg Config) needsWorkspace(noun string) error {
	if cfg.WorkspaceID != "" {
		return nil
	}
	return &SettingError{"workspace_id", errors.New("it is not set, and " + noun + " does not tell which project is meant")}
}

// checkText refuses what a copy and paste leaves behind.
func checkText(setting, text string) error {
	switch {
	case text == "":
		return &SettingError{setting, errors.New("it is not set")}
	case strings.ContainsFunc(text, isJavaScriptSpace):
		return &SettingError{setting, errors.New("it has white space in it")}
	}
	return nil
}
