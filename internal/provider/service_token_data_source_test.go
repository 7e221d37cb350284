package provider_test

import (
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
)

func TestServiceTokenDataSource(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	const ds = "data.infisical_service_token.this"
	const hcl = "data \"infisical_service_token\" \"this\" {}"
	expires := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	narrow := env.NewToken(seed.Token{
		Name: "narrow", ReadOnly: true, ExpiresAt: expires,
		Scopes: []devserver.Scope{{Environment: "dev", SecretPath: "/app/**"}, {Environment: "prod", SecretPath: "/"}},
	})
	run(
		t, env,
		resource.TestStep{Config: env.ConfigWithToken(narrow, hcl), Check: resource.ComposeAggregateTestCheckFunc(
			resource.TestCheckResourceAttr(ds, "name", "narrow"),
			resource.TestCheckResourceAttr(ds, "workspace_id", env.Owner.Project.ID),
			resource.TestCheckResourceAttr(ds, "scopes.#", "2"),
			resource.TestCheckResourceAttr(ds, "scopes.0.env_slug", "dev"),
			resource.TestCheckResourceAttr(ds, "scopes.0.secret_path", "/app/**"),
			resource.TestCheckResourceAttr(ds, "scopes.1.env_slug", "prod"),
			resource.TestCheckResourceAttr(ds, "scopes.1.secret_path", "/"),
			resource.TestCheckResourceAttr(ds, "permissions.#", "1"),
			resource.TestCheckTypeSetElemAttr(ds, "permissions.*", "read"),
			resource.TestCheckResourceAttr(ds, "expires_at", expires.Format("2006-01-02T15:04:05Z")),
			resource.TestCheckResourceAttr(ds, "can_write", "false"),
		)},
		resource.TestStep{Config: env.Config(hcl), Check: resource.ComposeAggregateTestCheckFunc(
			resource.TestCheckResourceAttr(ds, "name", "acceptance"),
			resource.TestCheckNoResourceAttr(ds, "expires_at"),
			resource.TestCheckResourceAttr(ds, "permissions.#", "2"),
			resource.TestCheckResourceAttr(ds, "can_write", "true"),
		)},
	)
	// Nothing of the token is in what the data source says.
	s := newScene(t, env, hcl+"\noutput \"all\" { value = data.infisical_service_token.this }")
	s.Apply()
	said := s.Run("output", "-json") + s.File("terraform.tfstate")
	for _, part := range strings.Split(env.Token, ".")[1:] {
		if strings.Contains(said, part) {
			t.Error("a part of the token is in the state or the output")
		}
	}
}
