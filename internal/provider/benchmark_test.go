package provider_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
)

// BenchmarkRefreshAndPlan is what a plan without changes asks of the provider
// for one secret of a folder of a thousand: validate, read, plan.
func BenchmarkRefreshAndPlan(b *testing.B) {
	env := acctest.New(b)
	for i := range 1000 {
		env.Put("dev", "/", fmt.Sprintf("SECRET_%d", i), "value", "")
	}
	p := newProtocol(b, env, nil)
	config := p.object(p.secret, attributes{"env_slug": "dev", "name": "SECRET_7", "value": "value"})
	record := env.Server.Records(env.Owner.Project.ID, "dev", "/")
	id := ""
	for _, r := range record {
		if r.BlindIndex == "SECRET_7" {
			id = r.ID
		}
	}
	state := p.object(p.secret, attributes{
		"env_slug": "dev", "name": "SECRET_7", "value": "value", "workspace_id": env.Owner.Project.ID, "folder_path": "/",
		"id": id, "type": "shared", "version": 1,
	})
	b.ReportAllocs()
	for b.Loop() {
		valid, err := p.server.ValidateResourceConfig(b.Context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: secretType, Config: config})
		if err != nil {
			b.Fatal(err)
		}
		p.succeeds("validate", valid.Diagnostics)
		read, err := p.server.ReadResource(b.Context(), &tfprotov6.ReadResourceRequest{TypeName: secretType, CurrentState: state})
		if err != nil {
			b.Fatal(err)
		}
		p.succeeds("read", read.Diagnostics)
		planned, err := p.server.PlanResourceChange(b.Context(), &tfprotov6.PlanResourceChangeRequest{
			TypeName: secretType, PriorState: read.NewState, ProposedNewState: read.NewState, Config: config, PriorPrivate: read.Private,
		})
		if err != nil {
			b.Fatal(err)
		}
		p.succeeds("plan", planned.Diagnostics)
	}
}
