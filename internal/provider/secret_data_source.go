package provider

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

var _ datasource.DataSourceWithConfigure = (*secretDataSource)(nil)

func newSecretDataSource() datasource.DataSource { return &secretDataSource{} }

type secretDataSource struct {
	configured *configured
}

// secretReadModel is the data of an infisical_secret that is only read: of the
// data source and of the ephemeral resource.
type secretReadModel struct {
	locationModel
	readingModel
	Name types.String `tfsdk:"name"`
	openedModel
}

func secretReadAttributes() map[string]schema.Attribute {
	attributes := locationDataSourceAttributes()
	maps.Copy(attributes, readingAttributes())
	maps.Copy(attributes, openedAttributes())
	attributes["name"] = schema.StringAttribute{
		Required: true, Validators: []validator.String{secretNameValidator{}},
		MarkdownDescription: "Name of the secret.",
	}
	return attributes
}

func (d *secretDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_secret"
}

func (d *secretDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "One end-to-end encrypted secret, opened inside the provider.\n\n" +
			"The value is kept in the state in the clear, marked sensitive. To keep it out of it, use the ephemeral resource `infisical_secret`.",
		Attributes: secretReadAttributes(),
	}
}

func (d *secretDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.configured = configuredFrom(req.ProviderData, &resp.Diagnostics)
}

func (d *secretDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model secretReadModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() || !d.configured.known(&resp.Diagnostics, "Reading a secret") {
		return
	}
	if err := d.configured.readSecret(ctx, &model, &resp.Diagnostics); err != nil {
		d.configured.addError(&resp.Diagnostics, "Cannot Read Secret", err)
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
}

// readSecret fills a model.
func (s *configured) readSecret(ctx context.Context, m *secretReadModel, diags *diag.Diagnostics) error {
	folder, err := s.store.Locate(ctx, m.folder())
	if err != nil {
		return err
	}
	secret, err := s.store.Lookup(ctx, secrets.Ref{Folder: folder, Name: m.Name.ValueString()}, m.reading())
	if err != nil {
		return err
	}
	m.set(folder)
	m.openedModel = opened(secret)
	s.addWarnings(diags)
	return nil
}
