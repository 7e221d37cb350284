package provider_test

import (
	"strings"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
)

// TestEnvironmentVariables: each variable reaches what it stands in for.
func TestEnvironmentVariables(t *testing.T) {
	t.Parallel()
	const withoutPlace = "resource \"infisical_secret\" \"this\" {\n name = \"N\"\n value = \"v\"\n}"
	for _, c := range []struct {
		name, variable string
		fails          bool
		want           string
	}{
		{"environment", "INFISICAL_ENVIRONMENT=staging", false, `+ env_slug          = "staging"`},
		{"unknown environment", "INFISICAL_ENVIRONMENT=nope", true, `has no environment "nope"`},
		{"folder", "INFISICAL_FOLDER_PATH=/some/where", false, `+ folder_path       = "/some/where"`},
		{"folder that is none", "INFISICAL_FOLDER_PATH=nope", true, "folder_path cannot be used"},
		{"project", "INFISICAL_PROJECT_ID=5f1efa06-83ef-4dd8-850d-24bdfbd77c03", true, "belongs to another project"},
		{"host", "INFISICAL_HOST=http://infisical.example.com", true, "without TLS everyone on the way sees the token"},
		{"timeout", "INFISICAL_REQUEST_TIMEOUT=soon", true, "request_timeout cannot be used"},
		{"retries", "INFISICAL_MAX_RETRIES=many", true, "max_retries cannot be used"},
		{"expiry", "INFISICAL_EXPIRY_WARNING_DAYS=-1", true, "expiry_warning_days cannot be used"},
		{"mode without its keys", "INFISICAL_ENCRYPTION_MODE=sealed", true, "sealing_keys cannot be used: there is none"},
		{"mode that is none", "INFISICAL_ENCRYPTION_MODE=raw", true, `"raw" is no mode; there are "e2ee", the default, "es" and "sealed"`},
		{"insecure", "INFISICAL_ALLOW_INSECURE_HTTP=perhaps", true, "allow_insecure_http cannot be used"},
		{"token", "INFISICAL_SERVICE_TOKEN=st.x", true, "service_token cannot be used"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, acctest.New(t), withoutPlace)
			s.Env = append(s.Env, "INFISICAL_ENVIRONMENT=dev", c.variable)
			out, err := s.Try("plan", "-no-color")
			if (err != nil) != c.fails || !says(c.want).MatchString(out) {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

func TestTokenVariables(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	s := newScene(t, env, secretNamed("N", `value = "v"`))
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
