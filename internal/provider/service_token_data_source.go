package provider

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

var _ datasource.DataSourceWithConfigure = (*serviceTokenDataSource)(nil)

func newServiceTokenDataSource() datasource.DataSource { return &serviceTokenDataSource{} }

type serviceTokenDataSource struct {
	configured *configured
}

type serviceTokenModel struct {
	Name        types.String   `tfsdk:"name"`
	WorkspaceID types.String   `tfsdk:"workspace_id"`
	Scopes      []scopeModel   `tfsdk:"scopes"`
	Permissions []types.String `tfsdk:"permissions"`
	ExpiresAt   types.String   `tfsdk:"expires_at"`
	CanWrite    types.Bool     `tfsdk:"can_write"`
}

type scopeModel struct {
	EnvSlug    types.String `tfsdk:"env_slug"`
	SecretPath types.String `tfsdk:"secret_path"`
}

func (d *serviceTokenDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_service_token"
}

func (d *serviceTokenDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The service token that the provider is configured with: what it may do, and until when. Nothing of the token itself or its key.\n\n" +
			"Reading it costs no request beyond those of any run.",
		Attributes: map[string]schema.Attribute{
			"name":         schema.StringAttribute{Computed: true, MarkdownDescription: "Its name in the project's settings."},
			"workspace_id": schema.StringAttribute{Computed: true, MarkdownDescription: "Id of the project that it belongs to."},
			"scopes": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "Where it may go.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"env_slug":    schema.StringAttribute{Computed: true, MarkdownDescription: "Environment, by its slug."},
					"secret_path": schema.StringAttribute{Computed: true, MarkdownDescription: "Folders, as a pattern: `/` is the root alone, `/*` one level below it, `/**` everything, `/app/**` `/app` and all below."},
				}},
			},
			"permissions": schema.SetAttribute{
				Computed: true, ElementType: types.StringType,
				MarkdownDescription: "`read`, `write`, or both.",
			},
			"expires_at": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "When it expires, in RFC 3339 and UTC, such as `2027-01-31T12:00:00Z`; null if never.",
			},
			"can_write": schema.BoolAttribute{
				Computed:            true,
				MarkdownDescription: "Whether this provider can write with it, which takes both permissions: what is written is compared with what is there.",
			},
		},
	}
}

func (d *serviceTokenDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.configured = configuredFrom(req.ProviderData, &resp.Diagnostics)
}

func (d *serviceTokenDataSource) Read(ctx context.Context, _ datasource.ReadRequest, resp *datasource.ReadResponse) {
	if !d.configured.known(&resp.Diagnostics, "Reading the service token") {
		return
	}
	token, err := d.configured.store.Token(ctx)
	if err != nil {
		d.configured.addError(&resp.Diagnostics, "Cannot Read Service Token", err)
		return
	}
	model := serviceTokenModel{
		Name: types.StringValue(token.Name), WorkspaceID: types.StringValue(token.WorkspaceID),
		Scopes: []scopeModel{}, Permissions: []types.String{}, CanWrite: types.BoolValue(token.CanWrite),
	}
	for _, scope := range token.Scopes {
		model.Scopes = append(model.Scopes, scopeModel{types.StringValue(scope.Environment), types.StringValue(scope.Path)})
	}
	for _, permission := range token.Permissions {
		model.Permissions = append(model.Permissions, types.StringValue(permission))
	}
	if !token.ExpiresAt.IsZero() {
		model.ExpiresAt = types.StringValue(token.ExpiresAt.UTC().Format(time.RFC3339))
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
	d.configured.addWarnings(&resp.Diagnostics)
}
