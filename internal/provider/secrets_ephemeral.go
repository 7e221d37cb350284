package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
)

var _ ephemeral.EphemeralResourceWithConfigure = (*secretsEphemeral)(nil)

func newSecretsEphemeral() ephemeral.EphemeralResource { return &secretsEphemeral{} }

type secretsEphemeral struct {
	configured *configured
}

func (e *secretsEphemeral) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_secrets"
}

func (e *secretsEphemeral) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The secrets of one folder, or of it and all below, opened for the length of a run: nothing of them is kept in state or plan.",
		Attributes:          asEphemeral(secretsReadAttributes()),
	}
}

func (e *secretsEphemeral) Configure(_ context.Context, req ephemeral.ConfigureRequest, resp *ephemeral.ConfigureResponse) {
	e.configured = configuredFrom(req.ProviderData, &resp.Diagnostics)
}

func (e *secretsEphemeral) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var model secretsModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() || !e.configured.known(&resp.Diagnostics, "Opening secrets") {
		return
	}
	if err := e.configured.readSecrets(ctx, &model, &resp.Diagnostics); err != nil {
		e.configured.addError(&resp.Diagnostics, "Cannot Open Secrets", openedAtPlan(err))
		return
	}
	resp.Diagnostics.Append(resp.Result.Set(ctx, model)...)
}
