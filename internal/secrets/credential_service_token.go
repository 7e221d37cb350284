package secrets

import (
	"context"
	"errors"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/api"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/e2ee"
)

// serviceToken is one project's, and its fourth part opens the project key.
type serviceToken struct{ token e2ee.ServiceToken }

func newServiceToken(cfg Config) (credential, error) {
	parse := e2ee.ParseServiceToken
	if cfg.Mode == ModeSealed {
		parse = e2ee.ParseServiceTokenOfThreeParts
	}
	token, err := parse(cfg.ServiceToken)
	if err != nil {
		return nil, &SettingError{Setting: "service_token", Cause: err}
	}
	return serviceToken{token}, nil
}

func (t serviceToken) proof() api.Credential { return api.AsServiceToken(t.token.Bearer()) }

func (t serviceToken) clear() { t.token.Key().Clear() }

func (t serviceToken) holder() *holder {
	return &holder{
		noun:     "service token",
		rejected: "it is wrong, was revoked, or has expired",
		mend: "Set service_token (or INFISICAL_SERVICE_TOKEN) to a token that is listed in the project's settings; " +
			"check that host is the server which issued it.",
		wider:   "Use a token whose scopes and permissions cover it.",
		noKey:   "Make a new token, in a project that is end-to-end encrypted. One that never was needs encryption_mode = \"es\", or \"sealed\".",
		outside: "Use a token of that project. If the server was set up anew, take what is gone out of the state with terraform state rm.",
	}
}

func (t serviceToken) look(ctx context.Context, client *api.Client) (access, error) {
	told, err := client.ServiceToken(ctx)
	if err != nil {
		return access{}, err
	}
	a := access{
		holder: t.holder(), workspaceID: told.WorkspaceID, name: told.Name, scopes: told.Scopes, permissions: told.Permissions,
		expiresAt: told.ExpiresAt, of2023: told.Of2023, early: told.OneFolder, ownKey: t.token.Key(),
	}
	if a.scopes == nil {
		a.scopes = []api.Scope{}
	}
	if a.permissions == nil {
		a.permissions = []string{}
	}
	if !told.SealedKey.IsEmpty() {
		a.projectKey = func() (e2ee.Key, error) { return t.openKey(told) }
	}
	return a, nil
}

func (t serviceToken) openKey(told api.ServiceToken) (e2ee.Key, error) {
	sealed, err := decodeField(told.SealedKey)
	if err != nil {
		return e2ee.Key{}, notAuthentic("project key", "The server's copy of the sealed project key is damaged.")
	}
	key, err := t.token.Key().OpenKey(sealed)
	if err != nil && !errors.Is(err, e2ee.ErrNotAuthentic) && !errors.Is(err, e2ee.ErrKeyFormat) {
		return e2ee.Key{}, cannotUseKeys(err)
	}
	if err != nil {
		return e2ee.Key{}, &Error{
			Problem: ProblemCredential,
			Why:     "The fourth part of the service token does not open the project key that the server keeps for it: that part is wrong, or the stored key was altered.",
			Do:      "Copy the whole token again, as it was shown when it was made. If that does not help, make a new one.",
		}
	}
	return key, nil
}
