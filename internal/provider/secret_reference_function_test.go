package provider_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
)

func TestSecretReferenceFunction(t *testing.T) {
	t.Parallel()
	exactly := func(texts ...string) knownvalue.Check {
		var checks []knownvalue.Check
		for _, text := range texts {
			checks = append(checks, knownvalue.StringExact(text))
		}
		return knownvalue.TupleExact(checks)
	}
	runFunctions(t, resource.TestStep{
		Config: `
output "same_folder" {
  value = [provider::infisical::secret_reference("", "", "KEY")]
}
output "root" {
  value = [provider::infisical::secret_reference("prod", "", "KEY"), provider::infisical::secret_reference("prod", "/", "KEY")]
}
output "folder" {
  value = [provider::infisical::secret_reference("prod", "/f1", "KEY"), provider::infisical::secret_reference("prod", "/f-1/f_2/", "a key:1")]
}`,
		ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectKnownOutputValue("same_folder", exactly("${KEY}")),
			statecheck.ExpectKnownOutputValue("root", exactly("${prod.KEY}", "${prod.KEY}")),
			statecheck.ExpectKnownOutputValue("folder", exactly("${prod.f1.KEY}", "${prod.f-1.f_2.a key:1}")),
		},
	})
	if acctest.IsTofu() {
		return // it sends a null that the framework cannot read
	}
	runFunctions(t, resource.TestStep{
		Config: `
output "same_folder" {
  value = [provider::infisical::secret_reference(null, null, "KEY"), provider::infisical::secret_reference("", null, "KEY")]
}
output "root" {
  value = [provider::infisical::secret_reference("prod", null, "KEY")]
}`,
		ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectKnownOutputValue("same_folder", exactly("${KEY}", "${KEY}")),
			statecheck.ExpectKnownOutputValue("root", exactly("${prod.KEY}")),
		},
	})
}
