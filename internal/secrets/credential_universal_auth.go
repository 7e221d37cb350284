package secrets

import (
	"cmp"
	"context"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/api"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/e2ee"
)

// universalAuth is a machine identity. The server keeps no project key for it:
// in E2EE mode the user gives it (PROTOCOL section 18).
type universalAuth struct {
	workspaceID string
	login       api.Credential
	projectKey  *e2ee.Key
	ownKey      e2ee.Key
}

func newUniversalAuth(cfg Config) (credential, error) {
	if err := cmp.Or(checkText("auth.universal.client_id", cfg.ClientID), checkText("auth.universal.client_secret", cfg.ClientSecret)); err != nil {
		return nil, err
	}
	if err := cfg.needsWorkspace("a machine identity"); err != nil {
		return nil, err
	}
	u := &universalAuth{workspaceID: cfg.WorkspaceID, login: api.UniversalAuthCredential(cfg.ClientID, cfg.ClientSecret)}
	if cfg.ProjectKey != "" {
		key, err := e2ee.ParseKey(cfg.ProjectKey)
		if err != nil {
			return nil, &SettingError{Setting: "project_key", Cause: err}
		}
		u.projectKey = &key
	} else if cfg.Mode == ModeE2EE {
		return nil, &SettingError{"project_key", errNoProjectKey, true}
	}
	var err error
	u.ownKey, err = e2ee.FingerprintKey(cfg.ClientSecret)
	return u, err
}

func (u *universalAuth) proof() api.Credential { return u.login }

func (u *universalAuth) clear() {
	if u.projectKey != nil {
		u.projectKey.Clear()
	}
	u.ownKey.Clear()
}

func (u *universalAuth) holder() *holder {
	return &holder{
		noun:     "machine identity",
		rejected: "its access token was revoked, has been used as often as it may be, or the identity was deleted",
		mend:     "Look at the identity in the organisation's settings, and at its limits under Universal Auth.",
		wider:    "Give the identity a role in the project that allows it.",
		outside:  "Add the identity to that project, or correct workspace_id. If the server was set up anew, take what is gone out of the state with terraform state rm.",
	}
}

// look asks nothing: what the identity may do the server tells nobody but by
// its answers.
func (u *universalAuth) look(context.Context, *api.Client) (access, error) {
	a := access{holder: u.holder(), workspaceID: u.workspaceID, ownKey: u.ownKey}
	if u.projectKey != nil {
		a.projectKey = func() (e2ee.Key, error) { return *u.projectKey, nil }
		a.keyUnchecked = true
	}
	return a, nil
}
