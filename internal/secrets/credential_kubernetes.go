package secrets

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/api"
)

// DefaultServiceAccountTokenPath is where a pod finds its token.
const DefaultServiceAccountTokenPath = "/var/run/secrets/kubernetes.io/serviceaccount/token"

// Kubernetes is the login of a machine identity by a service account of a
// cluster. Without a Token the file is read at each login, because the cluster
// replaces it about once an hour; "" = where a pod finds it.
type Kubernetes struct{ IdentityID, Token, TokenPath string }

func newKubernetes(cfg Config) (credential, error) {
	const way, setting = "Kubernetes Auth", "auth.kubernetes.identity_id"
	if err := checkIdentityID(setting, cfg.Kubernetes.IdentityID); err != nil {
		return nil, err
	}
	token, path := strings.TrimSpace(cfg.Kubernetes.Token), cmp.Or(cfg.Kubernetes.TokenPath, DefaultServiceAccountTokenPath)
	from, jwt := "The token of the service account", func() (string, error) { return token, nil }
	switch {
	case token != "" && cfg.Kubernetes.TokenPath != "":
		return nil, &SettingError{Setting: "auth.kubernetes.service_account_token_path", Cause: errors.New("it is set beside service_account_token, and one of the two is used")}
	case token == "":
		from, jwt = fmt.Sprintf("The token in %s", path), func() (string, error) { return jwtIn(path) }
	case !isJWT(token):
		return nil, &SettingError{Setting: "auth.kubernetes.service_account_token", Cause: errors.New("it is no JSON web token")}
	}
	who := identityHolder(way, map[api.Kind]refusal{
		api.KindLoginUnknown: unknownIdentity(way, setting),
		api.KindLoginRejected: {
			from + " does not get this machine identity in: the cluster does not know it, or the identity's Kubernetes Auth asks for another namespace, name or audience.",
			"Compare the service account with what the identity's Kubernetes Auth allows; the server's words may say which of it does not fit. Check there, too, that the cluster's address, certificate and reviewer token are right.",
		},
		api.KindLoginFailed: {
			"The server failed at the login. It does when it cannot reach the cluster.",
			"Check the cluster's address and certificate at the identity's Kubernetes Auth; the server's own log says more.",
		},
	}, map[api.Hint]refusal{
		api.HintExpired: {from + " has expired.", "Make a new one with kubectl create token, or let the provider read the file that the cluster keeps fresh."},
	})
	login := api.ByKubernetes(api.Identity{ID: cfg.Kubernetes.IdentityID, OrganizationSlug: cfg.OrganizationSlug}, jwt)
	return cfg.identity(login, who, "")
}

func jwtIn(path string) (string, error) {
	raw, err := os.ReadFile(path)
	token := strings.TrimSpace(string(raw))
	if err == nil && isJWT(token) {
		return token, nil
	}
	e := &Error{
		Problem: ProblemCredential,
		Why:     fmt.Sprintf("The file %s, in which the provider looks for the service account's token, holds no JSON web token.", path),
		Do:      "Set auth.kubernetes.service_account_token_path (or INFISICAL_KUBERNETES_SERVICE_ACCOUNT_TOKEN_PATH) to the file that the cluster mounts, or give the token itself.",
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.Why = fmt.Sprintf("There is no file %s, in which the provider looks for the service account's token: this does not run in a pod, or the pod mounts none.", path)
	case err != nil:
		e.Why = fmt.Sprintf("The file %s, in which the provider looks for the service account's token, cannot be read.", path)
		e.Server = err.Error()
	}
	return "", e
}
