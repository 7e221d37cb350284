package provider_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
)

// TestSecretsImportByIdentity speaks the protocol: command lines from
// Terraform 1.12 on have identities.
func TestSecretsImportByIdentity(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	env.Server.CreateFolder(env.Owner.Project.ID, "dev", "/app")
	env.Put("dev", "/app", "A", env.Secret("imported canary"), "")
	env.Put("dev", "/app", "B", "b", "")
	p := newProtocol(t, env, attributes{"host": env.Server.URL(), "service_token": env.Token})
	identity := tftypes.Object{AttributeTypes: map[string]tftypes.Type{
		"workspace_id": tftypes.String, "env_slug": tftypes.String, "folder_path": tftypes.String,
	}}
	imported, err := p.server.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{
		TypeName: "infisical_secrets",
		Identity: &tfprotov6.ResourceIdentityData{IdentityData: p.object(identity, attributes{"env_slug": "dev", "folder_path": "/app/"})},
	})
	if err != nil {
		t.Fatal(err)
	}
	p.succeeds("ImportResourceState", imported.Diagnostics)
	one := imported.ImportedResources[0]
	read, err := p.server.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{
		TypeName: "infisical_secrets", CurrentState: one.State, CurrentIdentity: one.Identity, Private: one.Private,
	})
	if err != nil {
		t.Fatal(err)
	}
	p.succeeds("ReadResource", read.Diagnostics)
	expectIdentity(t, p.plain(identity, read.NewIdentity.IdentityData), map[string]string{
		"workspace_id": env.Owner.Project.ID, "env_slug": "dev", "folder_path": "/app",
	})
	state := p.unpack(p.schemas.ResourceSchemas["infisical_secrets"].ValueType(), read.NewState)
	elements := map[string]tftypes.Value{}
	if err := state["secrets"].As(&elements); err != nil {
		t.Fatal(err)
	}
	if got := slices.Sorted(maps.Keys(elements)); !slices.Equal(got, []string{"A", "B"}) {
		t.Errorf("imported %v", got)
	}
}
