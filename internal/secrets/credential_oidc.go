package secrets

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/api"
)

// OIDC is the login of a machine identity by OpenID Connect: an environment
// variable holds a token that somebody else made, such as a CI system.
type OIDC struct{ IdentityID, Variable string }

func newOIDC(cfg Config) (credential, error) {
	const way, setting = "OIDC Auth", "auth.oidc.identity_id"
	if err := checkIdentityID(setting, cfg.OIDC.IdentityID); err != nil {
		return nil, err
	}
	variable := cfg.OIDC.Variable
	if _, err := jwtOf(variable); err != nil {
		return nil, &SettingError{Setting: "auth.oidc.token_environment_variable_name", Cause: err}
	}
	who := identityHolder(way, map[api.Kind]refusal{
		api.KindLoginUnknown: unknownIdentity(way, setting),
		api.KindLoginRejected: {
			fmt.Sprintf("The server does not take the token in %s for this machine identity.", variable),
			"Compare the token's issuer, subject, audience and claims with those that the identity's OIDC Auth asks for; the server's words may say which of them does not fit.",
		},
		api.KindLoginFailed: {
			"The server failed at the login. It does when it cannot reach the token's issuer.",
			"Check the discovery URL at the identity's OIDC Auth; the server's own log says more.",
		},
	}, map[api.Hint]refusal{
		api.HintExpired: {
			fmt.Sprintf("The token in %s has expired.", variable),
			"Have a new one made right before each run of Terraform. If it expired amid a run, let it live longer, or let the access tokens of the identity's OIDC Auth live as long as a run.",
		},
	})
	login := api.ByOIDC(api.Identity{ID: cfg.OIDC.IdentityID, OrganizationSlug: cfg.OrganizationSlug}, func() (string, error) { return jwtOf(variable) })
	return cfg.identity(login, who, "")
}

func jwtOf(variable string) (string, error) {
	token := strings.TrimSpace(os.Getenv(variable))
	switch {
	case token == "":
		return "", fmt.Errorf("the environment variable %s, in which it looks for the token, is not set", variable)
	case !isJWT(token):
		return "", errors.New("what the environment variable " + variable + " holds is no JSON web token")
	}
	return token, nil
}
