package secrets

import (
	"cmp"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/api"
)

func newUniversalAuth(cfg Config) (credential, error) {
	if err := cmp.Or(checkText("auth.universal.client_id", cfg.ClientID), checkText("auth.universal.client_secret", cfg.ClientSecret)); err != nil {
		return nil, err
	}
	who := identityHolder("Universal Auth", map[api.Kind]refusal{
		api.KindLoginUnknown: {
			"The server knows no machine identity with this client id.",
			"Correct auth.universal.client_id (or INFISICAL_UNIVERSAL_AUTH_CLIENT_ID); it is shown at the identity's Universal Auth. Check that host is the server that the identity is of.",
		},
		api.KindLoginRejected: {
			"The server refuses the machine identity's client id and client secret. Which of the two is wrong it does not say, so that nobody learns which ids exist; a secret that was revoked gets the same answer.",
			"Correct auth.universal.client_secret (or INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET), or make a new one at the identity's Universal Auth; check the client id there, too.",
		},
	}, map[api.Hint]refusal{
		api.HintLoginSpent: {
			"The machine identity's client secret was used as often as it may be.",
			"Make a new client secret at the identity's Universal Auth, without a limit or with a higher one: each run logs in once.",
		},
		api.HintExpired: {
			"The machine identity's client secret has expired.",
			"Make a new client secret at the identity's Universal Auth.",
		},
	})
	return cfg.identity(api.ByUniversalAuth(cfg.ClientID, cfg.ClientSecret, cfg.OrganizationSlug), who, cfg.ClientSecret)
}
