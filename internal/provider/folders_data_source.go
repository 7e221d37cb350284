package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

var _ datasource.DataSourceWithConfigure = (*foldersDataSource)(nil)

func newFoldersDataSource() datasource.DataSource { return &foldersDataSource{} }

type foldersDataSource struct {
	configured *configured
}

type foldersModel struct {
	locationModel
	Recursive types.Bool            `tfsdk:"recursive"`
	Folders   []folderOfFolderModel `tfsdk:"folders"`
	Paths     []types.String        `tfsdk:"paths"`
}

type folderOfFolderModel struct {
	ID         types.String `tfsdk:"id"`
	Name       types.String `tfsdk:"name"`
	Path       types.String `tfsdk:"path"`
	ParentPath types.String `tfsdk:"parent_path"`
}

func (d *foldersDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_folders"
}

func (d *foldersDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := locationDataSourceAttributes()
	attributes["recursive"] = schema.BoolAttribute{
		Optional:            true,
		MarkdownDescription: "Go down into all folders below, too. Costs a request a folder.",
	}
	attributes["folders"] = schema.ListNestedAttribute{
		Computed:            true,
		MarkdownDescription: "The folders, sorted by path.",
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"id":          schema.StringAttribute{Computed: true, MarkdownDescription: "The server's id of the folder."},
			"name":        schema.StringAttribute{Computed: true, MarkdownDescription: "Its name."},
			"path":        schema.StringAttribute{Computed: true, MarkdownDescription: "Its own path, as `folder_path` of other objects wants it."},
			"parent_path": schema.StringAttribute{Computed: true, MarkdownDescription: "The folder that it is in."},
		}},
	}
	attributes["paths"] = schema.SetAttribute{
		Computed: true, ElementType: types.StringType,
		MarkdownDescription: "The paths alone, for `for_each`.",
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "The folders in a folder, or all below it.\n\n" +
			"The folder itself is not among them. Folders that no path reaches, which other clients can make (with a slash in their name), are left out.",
		Attributes: attributes,
	}
}

func (d *foldersDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.configured = configuredFrom(req.ProviderData, &resp.Diagnostics)
}

func (d *foldersDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model foldersModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() || !d.configured.known(&resp.Diagnostics, "Reading folders") {
		return
	}
	start, err := d.configured.store.Locate(ctx, model.folder())
	if err != nil {
		d.configured.addError(&resp.Diagnostics, "Cannot Read Folders", err)
		return
	}
	folders, err := d.configured.store.Subfolders(ctx, start, model.Recursive.ValueBool())
	if err != nil {
		d.configured.addError(&resp.Diagnostics, "Cannot Read Folders", err)
		return
	}
	model.set(start)
	model.Folders, model.Paths = []folderOfFolderModel{}, []types.String{}
	for _, folder := range folders {
		parent, name := folder.Split()
		model.Folders = append(model.Folders, folderOfFolderModel{
			ID: types.StringValue(folder.ID), Name: types.StringValue(name),
			Path: types.StringValue(folder.Path), ParentPath: types.StringValue(parent.Path),
		})
		model.Paths = append(model.Paths, types.StringValue(folder.Path))
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
	d.configured.addWarnings(&resp.Diagnostics)
}
