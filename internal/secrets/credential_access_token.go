package secrets

import (
	"errors"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/api"
)

// newAccessToken is for a token that somebody else got by a login, or that was
// made at an identity's Token Auth. What it was got with is not here.
func newAccessToken(cfg Config) (credential, error) {
	if err := checkText("auth.token", cfg.AccessToken); err != nil {
		return nil, err
	}
	if !isJWT(cfg.AccessToken) {
		return nil, &SettingError{Setting: "auth.token", Cause: errors.New("it is no access token, which has three parts with dots between and begins with `eyJ`; a service token belongs in service_token")}
	}
	return cfg.identity(api.AsAccessToken(cfg.AccessToken), &holder{
		noun:     "access token",
		rejected: "it is wrong, was revoked, has been used as often as it may be, or its identity was deleted",
		mend: "Set auth.token (or INFISICAL_TOKEN) to a new one: the provider was given this one ready and cannot get another. " +
			"Check that host is the server which issued it. Where a run outlives a token, let the provider log in by itself, by auth.universal or another part of auth.",
		wider: "Give the token's identity a role in the project that allows it.",
	}, "")
}
