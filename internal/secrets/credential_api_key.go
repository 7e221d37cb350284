package secrets

import (
	"context"
	"errors"
	"strings"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/api"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/e2ee"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/userkey"
)

// apiKey is a user's. The user's private key, which is never sent, opens the
// project key (PROTOCOL section 18).
type apiKey struct {
	workspaceID string
	text        func() string // a closure for the reason given at e2ee.Key
	private     userkey.PrivateKey
	ownKey      e2ee.Key
}

func newAPIKey(cfg Config) (credential, error) {
	if err := checkText("auth.api_key.api_key", cfg.APIKey); err != nil {
		return nil, err
	}
	if !strings.HasPrefix(cfg.APIKey, "ak.") {
		return nil, &SettingError{Setting: "auth.api_key.api_key", Cause: errors.New("it does not begin with `ak.`")}
	}
	private, err := userkey.ParsePrivateKey(cfg.PrivateKey)
	if err != nil {
		return nil, &SettingError{Setting: "auth.api_key.private_key", Cause: err}
	}
	if err := cfg.needsWorkspace("an API key"); err != nil {
		return nil, err
	}
	ownKey, err := e2ee.FingerprintKey(cfg.PrivateKey)
	if err != nil {
		return nil, err
	}
	return &apiKey{cfg.WorkspaceID, func() string { return cfg.APIKey }, private, ownKey}, nil
}

func (k *apiKey) proof() api.Credential { return api.UserCredential(k.text()) }

func (k *apiKey) clear() {
	k.private.Clear()
	k.ownKey.Clear()
}

func (k *apiKey) holder() *holder {
	return &holder{
		noun:     "API key",
		rejected: "it is wrong, was deleted, or has expired",
		mend: "Set auth.api_key.api_key (or INFISICAL_API_KEY) to a key that is listed in the user's settings; " +
			"check that host is the server which issued it, and that it still takes API keys.",
		wider: "Have an administrator give the user a role in the project that allows it.",
		noKey: "Have a member of the project remove the user and add them again in Infisical's web application, which seals the key for them. " +
			"A project that was never end-to-end encrypted needs encryption_mode = \"es\", or \"sealed\".",
		outside: "Add the user to that project, or correct workspace_id. If the server was set up anew, take what is gone out of the state with terraform state rm.",
	}
}

func (k *apiKey) look(ctx context.Context, client *api.Client) (access, error) {
	boxed, err := client.UserKey(ctx, k.workspaceID)
	if err != nil {
		return access{}, err
	}
	a := access{holder: k.holder(), workspaceID: k.workspaceID, of2023: boxed.Of2023, user: true, userID: boxed.UserID, ownKey: k.ownKey}
	if !boxed.IsEmpty() {
		a.projectKey = func() (e2ee.Key, error) { return k.openKey(boxed) }
	}
	return a, nil
}

func (k *apiKey) openKey(boxed api.UserKey) (e2ee.Key, error) {
	key, err := k.private.OpenKey(boxed.Box, boxed.Nonce, boxed.SenderPublicKey)
	if err != nil {
		return e2ee.Key{}, &Error{
			Problem: ProblemCredential,
			Why:     "The private key does not open the project key that the server keeps for the user: it is not that user's, or the stored key was altered.",
			Do:      "Set auth.api_key.private_key (or INFISICAL_PRIVATE_KEY) to the private key of the user whose API key it is, in standard base64.",
		}
	}
	return key, nil
}
