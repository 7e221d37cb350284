package provider_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
)

// TestEnvironmentsDataSource: also those outside of the token's scopes, from
// what every run asks anyway.
func TestEnvironmentsDataSource(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	token := env.NewToken(seed.Token{Name: "narrow", ReadOnly: true, Scopes: []devserver.Scope{{Environment: "dev", SecretPath: "/app"}}})
	const ds = "data.infisical_environments.this"
	hcl := "data \"infisical_environments\" \"this\" {\n%s}\n"
	run(
		t, env,
		resource.TestStep{Config: env.ConfigWithToken(token, fmt.Sprintf(hcl, "")), Check: resource.ComposeAggregateTestCheckFunc(
			resource.TestCheckResourceAttr(ds, "workspace_id", env.Owner.Project.ID),
			resource.TestCheckResourceAttr(ds, "environments.#", "3"),
			resource.TestCheckResourceAttr(ds, "environments.0.slug", "dev"),
			resource.TestCheckResourceAttr(ds, "environments.0.name", "Development"),
			resource.TestCheckResourceAttr(ds, "environments.0.id", env.Owner.Project.Environments[0].ID),
			resource.TestCheckResourceAttr(ds, "environments.1.slug", "staging"),
			resource.TestCheckResourceAttr(ds, "environments.2.slug", "prod"),
			resource.TestCheckResourceAttr(ds, "slugs.#", "3"),
			resource.TestCheckTypeSetElemAttr(ds, "slugs.*", "prod"),
		)},
		resource.TestStep{
			Config:      env.Config(fmt.Sprintf(hcl, "workspace_id = \"5f1efa06-83ef-4dd8-850d-24bdfbd77c03\"\n")),
			ExpectError: says("belongs to another project"),
		},
	)
	s := newScene(t, env, fmt.Sprintf(hcl, "")+"data \"infisical_service_token\" \"this\" {}\n")
	env.Server.ResetRequests()
	s.Run("plan", "-no-color")
	if got := env.Routes(); len(got) != 2 || got[tokenRoute] != 1 || got[workspaceRoute] != 1 {
		t.Errorf("%v", got)
	}
}

// TestEnvironmentsThatCannotBeLookedUp: nothing is made up.
func TestEnvironmentsThatCannotBeLookedUp(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	env.Server.InjectFault(func(r devserver.Request) *devserver.Fault {
		if r.Route == workspaceRoute {
			return &devserver.Fault{Status: 401, Body: `{"statusCode":401,"message":"You are not allowed to read on project","error":"PermissionDenied"}`}
		}
		return nil
	})
	play(t, resource.TestStep{
		Config: env.Config("data \"infisical_environments\" \"this\" {}"), ExpectError: says("Cannot Read Environments"),
	})
}
