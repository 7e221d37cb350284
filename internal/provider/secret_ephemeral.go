package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

var _ ephemeral.EphemeralResourceWithConfigure = (*secretEphemeral)(nil)

func newSecretEphemeral() ephemeral.EphemeralResource { return &secretEphemeral{} }

type secretEphemeral struct {
	configured *configured
}

type secretEphemeralModel struct {
	locationModel
	Name        types.String `tfsdk:"name"`
	Value       types.String `tfsdk:"value"`
	ValueBase64 types.String `tfsdk:"value_base64"`
	Comment     types.String `tfsdk:"comment"`
	ID          types.String `tfsdk:"id"`
	Version     types.Int64  `tfsdk:"version"`
}

func (e *secretEphemeral) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_secret"
}

func (e *secretEphemeral) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	attributes := locationEphemeralAttributes()
	attributes["name"] = schema.StringAttribute{
		Required: true, Validators: []validator.String{secretNameValidator{}},
		MarkdownDescription: "Name of the secret.",
	}
	attributes["value"] = schema.StringAttribute{
		Computed: true, Sensitive: true,
		MarkdownDescription: "The value; null where it is no text that a Terraform string carries exactly (UTF-8 in normal form C).",
	}
	attributes["value_base64"] = schema.StringAttribute{
		Computed: true, Sensitive: true, MarkdownDescription: "The value's exact bytes, as standard base64.",
	}
	attributes["comment"] = schema.StringAttribute{Computed: true, MarkdownDescription: "The comment; empty where there is none."}
	attributes["id"] = schema.StringAttribute{Computed: true, MarkdownDescription: "The server's id of the secret."}
	attributes["version"] = schema.Int64Attribute{Computed: true, MarkdownDescription: "The server's count of the secret's changes."}
	resp.Schema = schema.Schema{
		MarkdownDescription: "One end-to-end encrypted secret, opened for the length of a run: nothing of it is kept in state or plan.",
		Attributes:          attributes,
	}
}

func (e *secretEphemeral) Configure(_ context.Context, req ephemeral.ConfigureRequest, resp *ephemeral.ConfigureResponse) {
	e.configured = configuredFrom(req.ProviderData, &resp.Diagnostics)
}

func (e *secretEphemeral) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var model secretEphemeralModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() || !e.configured.known(&resp.Diagnostics, "Opening a secret") {
		return
	}
	folder, err := e.configured.store.Locate(ctx, model.folder())
	if err != nil {
		e.configured.addError(&resp.Diagnostics, "Cannot Open Secret", err)
		return
	}
	secret, err := e.configured.store.Find(ctx, secrets.Ref{Folder: folder, Name: model.Name.ValueString()}, "")
	if err != nil {
		e.configured.addError(&resp.Diagnostics, "Cannot Open Secret", err)
		return
	}
	model.set(folder)
	model.Value, model.ValueBase64 = valueTexts(secret.Value)
	model.Comment = commentText(secret.Comment)
	model.ID = types.StringValue(secret.ID)
	model.Version = types.Int64Value(secret.Version)
	resp.Diagnostics.Append(resp.Result.Set(ctx, model)...)
	e.configured.addWarnings(&resp.Diagnostics)
}
