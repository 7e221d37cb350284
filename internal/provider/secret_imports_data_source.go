package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

var _ datasource.DataSourceWithConfigure = (*secretImportsDataSource)(nil)

func newSecretImportsDataSource() datasource.DataSource { return &secretImportsDataSource{} }

type secretImportsDataSource struct {
	configured *configured
}

type secretImportsModel struct {
	locationModel
	Imports []importOfFolderModel `tfsdk:"secret_imports"`
}

type importOfFolderModel struct {
	ID               types.String `tfsdk:"id"`
	Position         types.Int64  `tfsdk:"position"`
	ImportEnvSlug    types.String `tfsdk:"import_env_slug"`
	ImportFolderPath types.String `tfsdk:"import_folder_path"`
}

func (d *secretImportsDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_secret_imports"
}

func (d *secretImportsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := locationDataSourceAttributes()
	attributes["secret_imports"] = schema.ListNestedAttribute{
		Computed:            true,
		MarkdownDescription: "The imports in the order of their positions: of two that bring one name the later wins.",
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"id":                 schema.StringAttribute{Computed: true, MarkdownDescription: "The server's id of the import."},
			"position":           schema.Int64Attribute{Computed: true, MarkdownDescription: "Its position. Positions may have gaps."},
			"import_env_slug":    schema.StringAttribute{Computed: true, MarkdownDescription: "Environment of the source, by its slug."},
			"import_folder_path": schema.StringAttribute{Computed: true, MarkdownDescription: "Folder of the source."},
		}},
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "What a folder imports: other folders whose secrets its readers see as well.",
		Attributes:          attributes,
	}
}

func (d *secretImportsDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.configured = configuredFrom(req.ProviderData, &resp.Diagnostics)
}

func (d *secretImportsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model secretImportsModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() || !d.configured.known(&resp.Diagnostics, "Reading secret imports") {
		return
	}
	folder, err := d.configured.store.Locate(ctx, model.folder())
	if err != nil {
		d.configured.addError(&resp.Diagnostics, "Cannot Read Secret Imports", err)
		return
	}
	imports, err := d.configured.store.Imports(ctx, folder)
	if err != nil {
		d.configured.addError(&resp.Diagnostics, "Cannot Read Secret Imports", err)
		return
	}
	model.set(folder)
	model.Imports = []importOfFolderModel{}
	for _, i := range imports {
		model.Imports = append(model.Imports, importOfFolderModel{
			ID: types.StringValue(i.ID), Position: types.Int64Value(i.Position),
			ImportEnvSlug: types.StringValue(i.Source.Environment), ImportFolderPath: types.StringValue(i.Source.Path),
		})
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
	d.configured.addWarnings(&resp.Diagnostics)
}
