package provider_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
)

func TestParseImportIDFunction(t *testing.T) {
	t.Parallel()
	is := func(workspace knownvalue.Check, environment, path string, name knownvalue.Check) knownvalue.Check {
		return knownvalue.ObjectExact(map[string]knownvalue.Check{
			"workspace_id": workspace, "env_slug": knownvalue.StringExact(environment), "folder_path": knownvalue.StringExact(path), "name": name,
		})
	}
	runFunctions(t, resource.TestStep{
		Config: `
output "secret" { value = provider::infisical::parse_import_id("dev:/app/db/:A:B") }
output "secret_of_workspace" { value = provider::infisical::parse_import_id("ws-1:dev:/:NAME") }
output "folder" { value = provider::infisical::parse_import_id("dev:/app") }
output "folder_of_workspace" { value = provider::infisical::parse_import_id("ws-1:dev:/") }`,
		ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectKnownOutputValue("secret", is(knownvalue.Null(), "dev", "/app/db", knownvalue.StringExact("A:B"))),
			statecheck.ExpectKnownOutputValue("secret_of_workspace", is(knownvalue.StringExact("ws-1"), "dev", "/", knownvalue.StringExact("NAME"))),
			statecheck.ExpectKnownOutputValue("folder", is(knownvalue.Null(), "dev", "/app", knownvalue.Null())),
			statecheck.ExpectKnownOutputValue("folder_of_workspace", is(knownvalue.StringExact("ws-1"), "dev", "/", knownvalue.Null())),
		},
	})
}
