package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
)

var _ ephemeral.EphemeralResourceWithConfigure = (*secretEphemeral)(nil)

func newSecretEphemeral() ephemeral.EphemeralResource { return &secretEphemeral{} }

type secretEphemeral struct {
	configured *configured
}

func (e *secretEphemeral) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_secret"
}

func (e *secretEphemeral) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "One end-to-end encrypted secret, opened for the length of a run: nothing of it is kept in state or plan.",
		Attributes:          asEphemeral(secretReadAttributes()),
	}
}

func (e *secretEphemeral) Configure(_ context.Context, req ephemeral.ConfigureRequest, resp *ephemeral.ConfigureResponse) {
	e.configured = configuredFrom(req.ProviderData, &resp.Diagnostics)
}

func (e *secretEphemeral) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var model secretReadModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() || !e.configured.known(&resp.Diagnostics, "Opening a secret") {
		return
	}
	if err := e.configured.readSecret(ctx, &model, &resp.Diagnostics); err != nil {
		e.configured.addError(&resp.Diagnostics, "Cannot Open Secret", openedAtPlan(err))
		return
	}
	resp.Diagnostics.Append(resp.Result.Set(ctx, model)...)
}
