package acctest

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// Real is a project on a server that was started by others: INFISICAL_HOST and
// INFISICAL_SERVICE_TOKEN name it, INFISICAL_ENCRYPTION_MODE its mode ("e2ee" or
// "es"). It needs the environments dev, staging and prod, and nothing in them.
type Real struct {
	T           testing.TB
	host, token string
	mode        string
}

// realServer is what the environment says; Main takes it away before any test runs.
var realServer *Real

func readReal() *Real {
	host, token := os.Getenv("INFISICAL_HOST"), os.Getenv("INFISICAL_SERVICE_TOKEN")
	if os.Getenv("TF_ACC") == "" || host == "" || token == "" {
		return nil
	}
	mode := os.Getenv("INFISICAL_ENCRYPTION_MODE")
	if mode == "" {
		mode = "e2ee"
	}
	return &Real{host: host, token: token, mode: mode}
}

// NewReal is the project that the environment names. Where it names none, or
// TF_ACC is not set, the test is skipped.
func NewReal(t testing.TB) *Real {
	t.Helper()
	if realServer == nil {
		t.Skip("TF_ACC, INFISICAL_HOST and INFISICAL_SERVICE_TOKEN name no server to run against")
	}
	return &Real{T: t, host: realServer.host, token: realServer.token, mode: realServer.mode}
}

// Credential is the service token.
func (r *Real) Credential() Credential {
	return Credential{"service token", fmt.Sprintf("service_token = %q", r.token)}
}

// Mode is the setting of a provider block.
func (r *Real) Mode() string { return fmt.Sprintf("encryption_mode = %q", r.mode) }

// Provider is a provider block for the server.
func (r *Real) Provider(c Credential, settings ...string) string {
	return providerBlock(r.host, c, settings...)
}

// Secret returns the text: there is no recording to search.
func (r *Real) Secret(text string) string { return text }

// Factories serves the provider in this process.
func (*Real) Factories() map[string]func() (tfprotov6.ProviderServer, error) { return factories() }

// Read, Change and Remove act as another client of the project.
func (r *Real) Read(environment, path string) map[string]seed.Plain {
	r.T.Helper()
	return r.client().read(environment, path)
}

// Change gives a secret another value.
func (r *Real) Change(environment, path, name, value string) {
	r.T.Helper()
	r.client().change(environment, path, name, value)
}

// Remove deletes a secret.
func (r *Real) Remove(environment, path, name string) {
	r.T.Helper()
	r.client().remove(environment, path, name)
}

func (r *Real) client() client {
	cfg := secrets.Config{
		Host: r.host, ServiceToken: r.token, MaxRetries: secrets.DefaultMaxRetries,
		AllowInsecureHTTP: strings.HasPrefix(r.host, "http://"),
	}
	if r.mode == "es" {
		cfg.Mode = secrets.ModeES
	}
	return client{r.T, cfg}
}
