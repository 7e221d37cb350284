package secrets

import (
	"context"
	"errors"
	"fmt"
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
	// clear overwrites its keys.
	clear()
}

// access is what a credential opens and may do, as far as the server tells.
type access struct {
	*holder
	workspaceID string
	name        string      // that the server keeps for it; "" = none
	scopes      []api.Scope // nil = not told
	permissions []string    // "read", "write"; nil = not told
	expiresAt   time.Time   // zero = never, or not told
	of2023      bool        // the server is one of 2023 (PROTOCOL_2023)
	early       bool        // and of before October 12
	user        bool        // somebody who has personal secrets
	userID      string      // "" where it is not told

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
	noKey    string // what to do where the server keeps no project key for it
	outside  string // what to do where it is of another project
	login    map[api.Kind]refusal
	hinted   map[api.Hint]refusal // instead, of logins whose refusal seems to say so
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

// Credential names the kind of credential for people, such as "service token".
func (s *Store) Credential() string { return s.credential.holder().noun }

// CheckPersonal refuses personal secrets where nobody is there to own them.
func (s *Store) CheckPersonal(ctx context.Context) error {
	p, err := s.unlock(ctx)
	if err != nil {
		return err
	}
	return p.checkPersonal()
}

func (p *project) checkPersonal() error {
	if p.access.user {
		return nil
	}
	return &Error{
		Problem: ProblemType,
		Why:     fmt.Sprintf("A personal secret belongs to a user, and the provider's credential (%s) is none.", p.access.noun),
		Do:      "Leave type out, or set it to shared; or give the provider a user's API key (auth.api_key).",
	}
}

// checkOwner refuses what cannot see, or change, a personal secret: to it none
// is there, which must not pass for a secret that is gone.
func (p *project) checkOwner(ref Ref) error {
	if !ref.Personal || p.access.user {
		return nil
	}
	return &Error{
		Problem: ProblemCredential, Subject: ref.String(),
		Why: fmt.Sprintf("It is a user's own, and the provider's credential (%s) cannot see it.", p.access.noun),
		Do:  "Use the API key of the user whose it is, or take it out of the state (terraform state rm, or a removed block with destroy = false).",
	}
}

// User is the server's id of the user whose credential it is; "" for others,
// and where it is not told.
func (s *Store) User(ctx context.Context) (string, error) {
	p, err := s.unlock(ctx)
	if err != nil {
		return "", err
	}
	return p.access.userID, nil
}

// SettingError says what is wrong with one setting of a Config. Its text does
// not name the setting.
type SettingError struct {
	Setting string // as the provider's attribute, such as "auth.api_key.private_key"
	Cause   error
	Missing bool // it is not set, and Cause says why it is needed
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
	return &SettingError{"workspace_id", errors.New(noun + " does not tell which project is meant"), true}
}

// checkText refuses what a copy and paste leaves behind.
func checkText(setting, text string) error {
	switch {
	case text == "":
		return &SettingError{setting, errors.New("the credential is not complete without it"), true}
	case strings.ContainsFunc(text, isJavaScriptSpace):
		return &SettingError{Setting: setting, Cause: errors.New("it has white space in it")}
	}
	return nil
}
