package secrets_test

import (
	"errors"
	"os"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// TestHost: who has set up Infisical's command line for a server of their own
// sends no token to the cloud.
func TestHost(t *testing.T) { //nolint:paralleltest // the environment is the whole process's
	const own, cli, domain = "https://own.example.com", "https://cli.example.com/api", "https://domain.example.com"
	set := func(configured string) secrets.Settings {
		return secrets.Settings{Configured: func(path string) (string, bool) { return configured, path == "host" && configured != "" }}
	}
	type variables map[string]string
	for name, c := range map[string]struct {
		settings  secrets.Settings
		variables variables
		want      string
		from      string
	}{
		"nothing":                       {secrets.Settings{}, nil, secrets.DefaultHost, "the default, because nothing sets another"},
		"INFISICAL_HOST first":          {secrets.Settings{}, variables{"INFISICAL_HOST": own, "INFISICAL_API_URL": cli, "INFISICAL_DOMAIN": domain}, own, "INFISICAL_HOST"},
		"the command line's":            {secrets.Settings{}, variables{"INFISICAL_API_URL": cli, "INFISICAL_DOMAIN": domain}, cli, "INFISICAL_API_URL"},
		"an empty one of the others":    {secrets.Settings{}, variables{"INFISICAL_API_URL": "", "INFISICAL_DOMAIN": domain}, domain, "INFISICAL_DOMAIN"},
		"configuration":                 {set(own), variables{"INFISICAL_HOST": domain}, own, "the provider block"},
		"configuration and empty":       {set(own), variables{"INFISICAL_HOST": ""}, own, "the provider block"},
		"empty":                         {secrets.Settings{}, variables{"INFISICAL_HOST": "", "INFISICAL_API_URL": cli}, "", "INFISICAL_HOST"},
		"empty, and nothing configured": {set(""), variables{"INFISICAL_HOST": ""}, "", "INFISICAL_HOST"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, variable := range []string{"INFISICAL_HOST", "INFISICAL_API_URL", "INFISICAL_DOMAIN"} {
				t.Setenv(variable, "") // so that it comes back afterwards
				value, ok := c.variables[variable]
				if !ok {
					_ = os.Unsetenv(variable)
					continue
				}
				t.Setenv(variable, value)
			}
			address, from, err := c.settings.Host()
			if setting := settingOf(err); address != c.want || from != c.from || (c.want == "") != (setting == "host") {
				t.Errorf("%q %q %v", address, from, err)
			}
		})
	}
}

// TestAuthenticationErrorsNameTheHost, and where it was set.
func TestAuthenticationErrorsNameTheHost(t *testing.T) {
	t.Parallel()
	for _, era := range []devserver.Era{devserver.Era2023November, devserver.Era2024May, devserver.Era2024October} {
		w := ofEra(t, era)
		from := func(cfg *secrets.Config) { cfg.Host, cfg.HostFrom = w.server.URL()+"/api", "INFISICAL_API_URL" }
		unknown := w.store(seed.Token{}, from, func(cfg *secrets.Config) {
			cfg.ServiceToken = "st.f126ad6c-336e-43b7-a3b6-931ff274ec95.45eca005fa3d4a38992e475dbdda606a.0123456789abcdef0123456789abcdef"
		})
		_, err := unknown.List(t.Context(), w.folder("/"))
		wantProblem(t, err, secrets.ProblemCredential, "The server asked is "+w.server.URL()+" (from INFISICAL_API_URL).")
		if era == devserver.Era2023November {
			continue
		}
		login := w.with(w.identity(devserver.Identity{}), w.projectKey, from, func(cfg *secrets.Config) { cfg.ClientSecret = "wrong" })
		_, err = login.List(t.Context(), w.folder("/"))
		if era == devserver.Era2024October {
			wantProblem(t, err, secrets.ProblemCredential, "The server asked is "+w.server.URL()+" (from INFISICAL_API_URL).")
		}
	}
	var e *secrets.Error
	w := october(t)
	closed := w.store(seed.Token{})
	_ = w.server.Close()
	if _, err := closed.List(t.Context(), w.folder("/")); !errors.As(err, &e) || e.Problem != secrets.ProblemServer {
		t.Error(err)
	}
	wantProblem(t, e, secrets.ProblemServer, "The server asked is "+w.server.URL()+".")
}
