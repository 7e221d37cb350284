package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

var _ datasource.DataSourceWithConfigure = (*secretsDataSource)(nil)

func newSecretsDataSource() datasource.DataSource { return &secretsDataSource{} }

type secretsDataSource struct {
	configured *configured
}

func (d *secretsDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_secrets"
}

func (d *secretsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := locationDataSourceAttributes()
	attributes["names"] = schema.SetAttribute{
		Computed: true, ElementType: types.StringType,
		MarkdownDescription: "The names alone. They are not sensitive: use them for `for_each`.",
	}
	attributes["values"] = schema.MapAttribute{
		Computed: true, Sensitive: true, ElementType: types.StringType,
		MarkdownDescription: "The values by name, as one sensitive map. Values that are no text are left out: take their `value_base64` from `secrets`.",
	}
	attributes["secrets"] = schema.MapNestedAttribute{
		Computed:            true,
		MarkdownDescription: "The secrets by name.",
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"value": schema.StringAttribute{
				Computed: true, Sensitive: true,
				MarkdownDescription: "The value; null where it is no text that a Terraform string carries exactly (UTF-8 in normal form C).",
			},
			"value_base64": schema.StringAttribute{
				Computed: true, Sensitive: true,
				MarkdownDescription: "The value's exact bytes, as standard base64.",
			},
			"comment": schema.StringAttribute{
				Computed: true, MarkdownDescription: "The comment; empty where there is none.",
			},
			"secret_type": schema.StringAttribute{
				Computed: true, MarkdownDescription: "Always `shared` with a service token.",
			},
		}},
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "All secrets of one folder, opened inside the provider.\n\n" +
			"The values are kept in the state in the clear, marked sensitive. To keep them out of it, use the ephemeral resource `infisical_secret`.",
		Attributes: attributes,
	}
}

func (d *secretsDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.configured = configuredFrom(req.ProviderData, &resp.Diagnostics)
}

func (d *secretsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model secretsModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() || !d.configured.known(&resp.Diagnostics, "Reading secrets") {
		return
	}
	folder, err := d.configured.store.Locate(ctx, model.folder())
	if err != nil {
		d.configured.addError(&resp.Diagnostics, "Cannot Read Secrets", err)
		return
	}
	listing, err := d.configured.store.List(ctx, folder)
	if err != nil {
		d.configured.addError(&resp.Diagnostics, "Cannot Read Secrets", err)
		return
	}
	d.configured.addDamaged(&resp.Diagnostics, listing.Damaged)
	model.listed(listing)
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
	d.configured.addWarnings(&resp.Diagnostics)
}
