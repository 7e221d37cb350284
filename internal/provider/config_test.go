package provider_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
)

// TestEnvironmentVariables: each variable reaches what it stands in for, and
// none that the schema names is left out here.
func TestEnvironmentVariables(t *testing.T) {
	t.Parallel()
	const withoutPlace = "resource \"infisical_secret\" \"this\" {\n name = \"N\"\n value = \"v\"\n}"
	tested := map[string]bool{}
	const pod = "INFISICAL_SERVICE_TOKEN= INFISICAL_PROJECT_ID=5f1efa06-83ef-4dd8-850d-24bdfbd77c03 INFISICAL_PROJECT_KEY=0123456789abcdef0123456789abcdef INFISICAL_MACHINE_IDENTITY_ID=0f0f7a8c-4a52-4b0e-9a3e-5b6c1d2e3f40"
	tested["INFISICAL_API_URL"], tested["INFISICAL_DOMAIN"] = true, true // by TestHostVariables
	for _, c := range []struct {
		name, variables string
		fails           bool
		want            string
	}{
		{"environment", "INFISICAL_ENVIRONMENT=staging", false, `+ env_slug          = "staging"`},
		{"unknown environment", "INFISICAL_ENVIRONMENT=nope", true, `has no environment "nope"`},
		{"folder", "INFISICAL_FOLDER_PATH=/some/where", false, `+ folder_path       = "/some/where"`},
		{"folder that is none", "INFISICAL_FOLDER_PATH=nope", true, "folder_path cannot be used"},
		{"project", "INFISICAL_PROJECT_ID=5f1efa06-83ef-4dd8-850d-24bdfbd77c03", true, "belongs to another project"},
		{"host", "INFISICAL_HOST=http://infisical.example.com", true, "without TLS everyone on the way sees the token"},
		{"empty host", "INFISICAL_HOST= INFISICAL_API_URL=http://infisical.example.com", true, "INFISICAL_HOST is set and empty"},
		{"timeout", "INFISICAL_REQUEST_TIMEOUT=soon", true, "request_timeout cannot be used"},
		{"retries", "INFISICAL_MAX_RETRIES=many", true, "max_retries cannot be used"},
		{"expiry", "INFISICAL_EXPIRY_WARNING_DAYS=-1", true, "expiry_warning_days cannot be used"},
		{"mode without its keys", "INFISICAL_ENCRYPTION_MODE=sealed", true, "sealing_keys cannot be used: there is none"},
		{"mode that is none", "INFISICAL_ENCRYPTION_MODE=raw", true, `"raw" is no mode; there are "e2ee", the default, "es" and "sealed"`},
		{"insecure", "INFISICAL_ALLOW_INSECURE_HTTP=perhaps", true, "allow_insecure_http cannot be used"},
		{"requests", "INFISICAL_MAX_REQUESTS_PER_MINUTE=0", true, "max_requests_per_minute cannot be used"},
		{"acknowledgement", "INFISICAL_ACKNOWLEDGE_SERVER_KEY_ACCESS=perhaps", true, "acknowledge_server_key_access cannot be used"},
		{"token", "INFISICAL_SERVICE_TOKEN=st.x", true, "service_token cannot be used"},
		{"token by its other name", "INFISICAL_SERVICE_TOKEN= INFISICAL_TOKEN=st.x", true, "service_token cannot be used"},
		{"method that is none", "INFISICAL_SERVICE_TOKEN= INFISICAL_AUTH_METHOD=guess", true, `INFISICAL_AUTH_METHOD is "guess", and auth has no such part`},
		{"identity that is none", strings.Replace(pod, "INFISICAL_MACHINE_IDENTITY_ID=", "INFISICAL_MACHINE_IDENTITY_ID=x", 1) + " INFISICAL_AUTH_METHOD=kubernetes", true, "auth.kubernetes.identity_id cannot be used"},
		{"pod's token that is none", pod + " INFISICAL_AUTH_METHOD=kubernetes INFISICAL_KUBERNETES_SERVICE_ACCOUNT_TOKEN=x", true, "auth.kubernetes.service_account_token cannot be used"},
		{"pod's token that is not there", pod + " INFISICAL_AUTH_METHOD=kubernetes INFISICAL_KUBERNETES_SERVICE_ACCOUNT_TOKEN_PATH=/nowhere/token", true, "There is no file /nowhere/token"},
		{"JSON web token that is none", pod + " INFISICAL_AUTH_METHOD=oidc INFISICAL_AUTH_JWT=x", true, "what the environment variable INFISICAL_AUTH_JWT holds is no JSON web token"},
		{"variable of a token", pod + " INFISICAL_AUTH_METHOD=oidc INFISICAL_OIDC_AUTH_TOKEN_NAME=NOWHERE", true, "the environment variable NOWHERE, in which it looks for the token, is not set"},
		{"variable of a token, as documented", pod + " INFISICAL_AUTH_METHOD=oidc INFISICAL_OIDC_AUTH_TOKEN_KEY_NAME=NOWHERE", true, "the environment variable NOWHERE, in which it looks for the token, is not set"},
		{"organisation beside a token, which is of one already", "INFISICAL_AUTH_ORGANIZATION_SLUG=x", false, `+ env_slug          = "dev"`},
		{"API key alone", "INFISICAL_SERVICE_TOKEN= INFISICAL_API_KEY=ak.x", true, "auth.api_key.private_key is not set"},
		{"private key alone", "INFISICAL_SERVICE_TOKEN= INFISICAL_PRIVATE_KEY=x", true, "auth.api_key.api_key is not set"},
		{"client id alone", "INFISICAL_SERVICE_TOKEN= INFISICAL_UNIVERSAL_AUTH_CLIENT_ID=x", true, "auth.universal.client_secret is not set"},
		{"client secret alone", "INFISICAL_SERVICE_TOKEN= INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET=x", true, "auth.universal.client_id is not set"},
		{
			"project key that is none",
			"INFISICAL_SERVICE_TOKEN= INFISICAL_UNIVERSAL_AUTH_CLIENT_ID=x INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET=x INFISICAL_PROJECT_ID=5f1efa06-83ef-4dd8-850d-24bdfbd77c03 INFISICAL_PROJECT_KEY=x",
			true, "project_key cannot be used",
		},
		{"sealing key that is none", "INFISICAL_ENCRYPTION_MODE=sealed INFISICAL_SEALING_KEYS=x", true, "sealing_keys cannot be used"},
		{"authority", "INFISICAL_CA_CERT_PEM=none", true, "ca_cert_pem cannot be used"},
		{"file of an authority", "INFISICAL_CA_CERT_FILE=nowhere.pem", true, "ca_cert_file cannot be used: there is no file nowhere.pem"},
		{"client certificate", "INFISICAL_CLIENT_CERT_FILE=c.pem INFISICAL_CLIENT_KEY_FILE=k.pem", true, "client_cert_file cannot be used: there is no file c.pem"},
		{"pin of the project key", "INFISICAL_PROJECT_KEY_ID=short", true, "it is not an id of a project key"},
		{"client key alone", "INFISICAL_CLIENT_KEY_FILE=k.pem", true, "client_cert_file cannot be used: client_key_file is set"},
	} {
		for _, variable := range strings.Fields(c.variables) {
			name, _, _ := strings.Cut(variable, "=")
			tested[name] = true
		}
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newInstalledScene(t, acctest.New(t), withoutPlace)
			s.Env = append(append(s.Env, "INFISICAL_ENVIRONMENT=dev"), strings.Fields(c.variables)...)
			out, err := s.Try("plan", "-no-color")
			if (err != nil) != c.fails || !says(c.want).MatchString(out) {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}

	server, err := acctest.New(t).Factories()["infisical"]()
	if err != nil {
		t.Fatal(err)
	}
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	named, found := regexp.MustCompile("INFISICAL_[A-Z_]+"), 0
	var walk func([]*tfprotov6.SchemaAttribute)
	walk = func(attributes []*tfprotov6.SchemaAttribute) {
		for _, attribute := range attributes {
			for _, variable := range named.FindAllString(attribute.Description, -1) {
				if found++; !tested[variable] {
					t.Errorf("nothing tests %s", variable)
				}
			}
			if attribute.NestedType != nil {
				walk(attribute.NestedType.Attributes)
			}
		}
	}
	walk(schemas.Provider.Block.Attributes)
	if found < 10 {
		t.Errorf("the schema names %d variables: less than there are", found)
	}
}

// TestHostVariables: without INFISICAL_HOST the address of Infisical's command
// line counts, or the token would go to the cloud.
func TestHostVariables(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ variables, want string }{
		{"INFISICAL_API_URL=http://cli.example.com/api INFISICAL_DOMAIN=http://domain.example.com", "host is http://cli.example.com: without TLS everyone on the way sees the token and can alter what is read. Use https://, or set allow_insecure_http = true if the way to that host is protected by other means (from INFISICAL_API_URL)"},
		{"INFISICAL_DOMAIN=http://domain.example.com", "(from INFISICAL_DOMAIN)"},
	} {
		env := acctest.New(t)
		s := newInstalledScene(t, env, secretNamed("N", `value = "v"`))
		s.Env = append([]string{"INFISICAL_SERVICE_TOKEN=" + env.Token}, strings.Fields(c.variables)...)
		if out, err := s.Try("plan", "-no-color"); err == nil || !says(c.want).MatchString(out) {
			t.Errorf("%v\n%s", err, out)
		}
	}
}

func TestTokenVariables(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	s := newInstalledScene(t, env, secretNamed("N", `value = "v"`))
	s.Env = []string{"INFISICAL_HOST=" + env.Server.URL(), "INFISICAL_TOKEN=" + env.Token}
	s.Run("plan", "-no-color")
	s.Env = append(s.Env, "INFISICAL_SERVICE_TOKEN=st.x") // comes first
	if out, err := s.Try("plan", "-no-color"); err == nil || !strings.Contains(out, "service_token cannot be used") {
		t.Errorf("%v\n%s", err, out)
	}
	// What stands in the configuration comes before both.
	s.Write(env.Config(secretNamed("N", `value = "v"`)))
	s.Run("plan", "-no-color")
}
