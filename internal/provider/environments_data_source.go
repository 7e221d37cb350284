package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

var _ datasource.DataSourceWithConfigure = (*environmentsDataSource)(nil)

func newEnvironmentsDataSource() datasource.DataSource { return &environmentsDataSource{} }

type environmentsDataSource struct {
	configured *configured
}

type environmentsModel struct {
	WorkspaceID  types.String       `tfsdk:"workspace_id"`
	Environments []environmentModel `tfsdk:"environments"`
	Slugs        []types.String     `tfsdk:"slugs"`
	ProjectKeyID types.String       `tfsdk:"project_key_id"`
}

type environmentModel struct {
	ID   types.String `tfsdk:"id"`
	Name types.String `tfsdk:"name"`
	Slug types.String `tfsdk:"slug"`
}

func (d *environmentsDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_environments"
}

func (d *environmentsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "The environments of a project, also those outside of the service token's scopes.\n\nReading them costs no request beyond those of any run.",
		Attributes: map[string]schema.Attribute{
			"workspace_id": schema.StringAttribute{Optional: true, Computed: true, Validators: notEmpty, MarkdownDescription: workspaceIDDescription},
			"environments": schema.ListNestedAttribute{
				Computed:            true,
				MarkdownDescription: "The environments, in the project's order.",
				NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
					"id":   schema.StringAttribute{Computed: true, MarkdownDescription: "The server's id of the environment."},
					"name": schema.StringAttribute{Computed: true, MarkdownDescription: "Its name, as the web application shows it."},
					"slug": schema.StringAttribute{Computed: true, MarkdownDescription: "Its slug, as `env_slug` of other objects wants it."},
				}},
			},
			"project_key_id": schema.StringAttribute{
				Computed: true,
				MarkdownDescription: "The id of the project key that the credential opens, as the provider's `project_key_id` wants it. It tells one key from another and nothing else. " +
					"Null in `sealed` mode, and in `es` mode where there is no project key.",
			},
			"slugs": schema.SetAttribute{
				Computed: true, ElementType: types.StringType,
				MarkdownDescription: "The slugs alone, for `for_each`.",
			},
		},
	}
}

func (d *environmentsDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.configured = configuredFrom(req.ProviderData, &resp.Diagnostics)
}

func (d *environmentsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model environmentsModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() || !d.configured.known(&resp.Diagnostics, "Reading environments") {
		return
	}
	project, err := d.configured.store.Project(ctx, model.WorkspaceID.ValueString())
	if err != nil {
		d.configured.addError(&resp.Diagnostics, "Cannot Read Environments", err)
		return
	}
	keyID, err := d.configured.store.ProjectKeyID(ctx)
	if err != nil {
		d.configured.addError(&resp.Diagnostics, "Cannot Read Environments", err)
		return
	}
	model.ProjectKeyID = types.StringNull()
	if keyID != "" {
		model.ProjectKeyID = types.StringValue(keyID)
	}
	model.WorkspaceID = types.StringValue(project.ID)
	model.Environments, model.Slugs = []environmentModel{}, []types.String{}
	for _, e := range project.Environments {
		model.Environments = append(model.Environments, environmentModel{
			ID: types.StringValue(e.ID), Name: types.StringValue(e.Name), Slug: types.StringValue(e.Slug),
		})
		model.Slugs = append(model.Slugs, types.StringValue(e.Slug))
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
	d.configured.addWarnings(&resp.Diagnostics)
}
