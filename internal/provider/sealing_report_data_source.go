package provider

import (
	"context"
	"errors"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

var _ datasource.DataSourceWithConfigure = (*sealingReportDataSource)(nil)

func newSealingReportDataSource() datasource.DataSource { return &sealingReportDataSource{} }

type sealingReportDataSource struct {
	configured *configured
}

type sealingReportModel struct {
	locationModel
	Recursive     types.Bool     `tfsdk:"recursive"`
	Sealings      []sealingState `tfsdk:"secrets"`
	SealingKeyIDs []string       `tfsdk:"sealing_key_ids"`
	InOrder       types.Bool     `tfsdk:"in_order"`
}

// sealingState is how one secret is sealed.
type sealingState struct {
	Name         types.String `tfsdk:"name"`
	FolderPath   types.String `tfsdk:"folder_path"`
	Type         types.String `tfsdk:"type"`
	SealingKeyID types.String `tfsdk:"sealing_key_id"`
	Generation   types.Int64  `tfsdk:"generation"`
	Flaw         types.String `tfsdk:"flaw"`
}

func (d *sealingReportDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_sealing_report"
}

func (d *sealingReportDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := locationDataSourceAttributes()
	attributes["recursive"] = schema.BoolAttribute{
		Optional:            true,
		MarkdownDescription: "Go down into all folders below, too. Costs a request a folder.",
	}
	attributes["secrets"] = schema.ListNestedAttribute{
		Computed:            true,
		MarkdownDescription: "The secrets, sorted by folder, name and type.",
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"name":           schema.StringAttribute{Computed: true, MarkdownDescription: "Its name."},
			"folder_path":    schema.StringAttribute{Computed: true, MarkdownDescription: "The folder that it is in."},
			"type":           schema.StringAttribute{Computed: true, MarkdownDescription: "`shared`, or `personal` for one's own of the user whose API key is used."},
			"sealing_key_id": schema.StringAttribute{Computed: true, MarkdownDescription: "The id of the key that its envelope names; null for what is no envelope. Only of one without a `flaw` it is known to be true."},
			"generation":     schema.Int64Attribute{Computed: true, MarkdownDescription: "The number in the envelope that rises with each write; null where it does not open."},
			"flaw":           schema.StringAttribute{Computed: true, MarkdownDescription: "Why it does not open; null if it does."},
		}},
	}
	attributes["sealing_key_ids"] = schema.SetAttribute{
		Computed: true, ElementType: types.StringType,
		MarkdownDescription: "The ids of all keys that are in use in what could be read. A key that is not among them for any folder can leave `sealing_keys`; with `in_order` nothing was left out.",
	}
	attributes["in_order"] = schema.BoolAttribute{
		Computed:            true,
		MarkdownDescription: "Whether all of them could be read, open, and are sealed under the first of `sealing_keys`.",
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "In `sealed` mode, under which keys the secrets of a folder are sealed, and which do not open: what to look at while keys are rotated. It holds no values.",
		Attributes:          attributes,
	}
}

func (d *sealingReportDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.configured = configuredFrom(req.ProviderData, &resp.Diagnostics)
}

func (d *sealingReportDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	const summary = "Cannot Report On Sealing"
	var model sealingReportModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() || !d.configured.known(&resp.Diagnostics, "A report on sealing") {
		return
	}
	folder, err := d.configured.store.Locate(ctx, model.folder())
	if err != nil {
		d.configured.addError(&resp.Diagnostics, summary, err)
		return
	}
	report, skipped, err := d.configured.store.SealingReport(ctx, folder, model.Recursive.ValueBool())
	if err != nil {
		d.configured.addError(&resp.Diagnostics, summary, err)
		return
	}
	d.configured.addSkipped(&resp.Diagnostics, skipped)
	model.set(folder)
	model.Sealings, model.SealingKeyIDs = []sealingState{}, []string{}
	inOrder := len(skipped) == 0
	for _, s := range report {
		one := sealingState{Name: types.StringValue(s.Name), FolderPath: types.StringValue(s.Path), Type: typeOf(s.Ref)}
		if s.KeyID != "" {
			one.SealingKeyID = types.StringValue(s.KeyID)
			model.SealingKeyIDs = append(model.SealingKeyIDs, s.KeyID)
		}
		if s.Flaw == nil {
			one.Generation = generationValue(s.Envelope)
		} else {
			one.Flaw = types.StringValue(whyOf(s.Flaw))
		}
		inOrder = inOrder && s.Flaw == nil && s.KeyID == d.configured.store.SealingKeyID()
		model.Sealings = append(model.Sealings, one)
	}
	slices.Sort(model.SealingKeyIDs)
	model.SealingKeyIDs, model.InOrder = slices.Compact(model.SealingKeyIDs), types.BoolValue(inOrder)
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
	d.configured.addWarnings(&resp.Diagnostics)
}

// whyOf is what is wrong, without what to do about it.
func whyOf(err error) string {
	var e *secrets.Error
	if errors.As(err, &e) {
		return e.Why
	}
	return err.Error()
}
