package provider_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/provider"
)

// TestStopOverwritesKeys: what is still under way when a process ends cannot
// seal or open anything.
func TestStopOverwritesKeys(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	factory, stop := provider.NewStoppable("test")
	env.Server.InjectFault(func(r devserver.Request) *devserver.Fault {
		if r.Route == listRoute {
			stop()
		}
		return nil
	})
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: map[string]func() (tfprotov6.ProviderServer, error){
			"infisical": providerserver.NewProtocol6WithError(factory()),
		},
		Steps: []resource.TestStep{{
			Config:      env.Config(secretNamed("N", `value = "v"`)),
			ExpectError: says("could not be sealed: cannot seal: there is no key, or it was cleared"),
		}},
	})
	if rest := env.Read("dev", "/"); len(rest) != 0 {
		t.Errorf("%d secrets were written", len(rest))
	}
}
