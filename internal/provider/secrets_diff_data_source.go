package provider

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

var _ datasource.DataSourceWithConfigure = (*secretsDiffDataSource)(nil)

func newSecretsDiffDataSource() datasource.DataSource { return &secretsDiffDataSource{} }

type secretsDiffDataSource struct {
	configured *configured
}

// secretsDiffModel is the data of an infisical_secrets_diff.
type secretsDiffModel struct {
	Left  locationModel `tfsdk:"left"`
	Right locationModel `tfsdk:"right"`
	readingModel
	OnlyLeft  []string   `tfsdk:"only_left"`
	OnlyRight []string   `tfsdk:"only_right"`
	Different []string   `tfsdk:"different"`
	Equal     []string   `tfsdk:"equal"`
	InSync    types.Bool `tfsdk:"in_sync"`
}

func (d *secretsDiffDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_secrets_diff"
}

func (d *secretsDiffDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	side := func(description string) schema.Attribute {
		return schema.SingleNestedAttribute{Required: true, Attributes: locationDataSourceAttributes(), MarkdownDescription: description}
	}
	names := func(description string) schema.Attribute {
		return schema.SetAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: description}
	}
	attributes := readingAttributes()
	maps.Copy(attributes, map[string]schema.Attribute{
		"left":       side("The one folder, such as `{ env_slug = \"staging\" }`."),
		"right":      side("The other folder, of the same project."),
		"only_left":  names("Names that only the left one has."),
		"only_right": names("Names that only the right one has."),
		"different":  names("Names that both have, with different values; also those that could not be opened on a side."),
		"equal":      names("Names that both have, with equal values."),
		"in_sync": schema.BoolAttribute{
			Computed: true, MarkdownDescription: "Whether both have the same names with equal values, and all could be opened.",
		},
	})
	resp.Schema = schema.Schema{
		MarkdownDescription: "How the secrets of two folders compare, such as those of two environments. The values are opened and compared inside the provider; " +
			"only names come out, and only names are kept in the state. Comments are not compared.",
		Attributes: attributes,
	}
}

func (d *secretsDiffDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.configured = configuredFrom(req.ProviderData, &resp.Diagnostics)
}

func (d *secretsDiffDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	const summary = "Cannot Compare Secrets"
	var model secretsDiffModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() || !d.configured.known(&resp.Diagnostics, "Comparing secrets") {
		return
	}
	// Terraform finds the line of an attribute, and none of what is in it.
	side := func(i int) func(string) path.Path {
		return func(string) path.Path { return path.Root([]string{"left", "right"}[i]) }
	}
	var folders [2]secrets.Folder
	for i, place := range []*locationModel{&model.Left, &model.Right} {
		var err error
		if folders[i], err = d.configured.store.Locate(ctx, place.folder()); err != nil {
			d.configured.addErrorAt(&resp.Diagnostics, side(i), summary, err)
			return
		}
		place.set(folders[i])
	}
	difference, about, err := d.configured.store.Compare(ctx, folders, model.reading())
	if err != nil {
		d.configured.addErrorAt(&resp.Diagnostics, side(about), summary, err)
		return
	}
	d.configured.addUncompared(&resp.Diagnostics, difference.Damaged)
	model.OnlyLeft, model.OnlyRight = notNull(difference.OnlyLeft), notNull(difference.OnlyRight)
	model.Different, model.Equal = notNull(difference.Different), notNull(difference.Equal)
	model.InSync = types.BoolValue(difference.InSync())
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
	d.configured.addWarnings(&resp.Diagnostics)
}

// notNull makes an empty set of no names: a nil slice would be null.
func notNull(names []string) []string { return append([]string{}, names...) }
