package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

var _ list.ListResourceWithConfigure = (*folderList)(nil)

func newFolderList() list.ListResource { return &folderList{} }

// folderList finds folders for `terraform query`.
type folderList struct {
	configured *configured
}

type folderListModel struct {
	locationModel
	Recursive types.Bool `tfsdk:"recursive"`
}

func (l *folderList) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_folder"
}

func (l *folderList) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Finds the folders in a folder, to import them with generated configuration.",
		Attributes: map[string]schema.Attribute{
			"workspace_id": schema.StringAttribute{Optional: true, Validators: notEmpty, MarkdownDescription: workspaceIDDescription},
			"env_slug":     schema.StringAttribute{Optional: true, Validators: notEmpty, MarkdownDescription: envSlugDescription},
			"folder_path":  schema.StringAttribute{Optional: true, Validators: isFolderPath, MarkdownDescription: folderPathDescription + " It is not found itself, only what is in it."},
			"recursive":    schema.BoolAttribute{Optional: true, MarkdownDescription: "Go down into all folders below, too. Costs a request a folder."},
		},
	}
}

func (l *folderList) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	l.configured = configuredFrom(req.ProviderData, &resp.Diagnostics)
}

// List pushes errors as results: Terraform drops what a stream ends with.
func (l *folderList) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	stream.Results = func(push func(list.ListResult) bool) {
		fail := func(diags diag.Diagnostics) { push(list.ListResult{Diagnostics: diags}) }
		var config folderListModel
		diags := req.Config.Get(ctx, &config)
		if diags.HasError() || !l.configured.known(&diags, "Listing folders") {
			fail(diags)
			return
		}
		start, err := l.configured.store.Locate(ctx, config.folder())
		if err != nil {
			l.configured.addError(&diags, "Cannot List Folders", err)
			fail(diags)
			return
		}
		folders, err := l.configured.store.Subfolders(ctx, start, config.Recursive.ValueBool())
		if err != nil {
			l.configured.addError(&diags, "Cannot List Folders", err)
			fail(diags)
			return
		}
		if req.Limit > 0 && int64(len(folders)) > req.Limit {
			folders = folders[:req.Limit]
		}
		for _, folder := range folders {
			if !push(l.result(ctx, req, folder)) {
				return
			}
		}
		var warnings diag.Diagnostics
		if l.configured.addWarnings(&warnings); len(warnings) > 0 {
			push(list.ListResult{Diagnostics: warnings})
		}
	}
}

func (l *folderList) result(ctx context.Context, req list.ListRequest, folder secrets.Subfolder) list.ListResult {
	result := req.NewListResult(ctx)
	result.DisplayName = folder.Environment + ":" + folder.Path
	var found folderModel
	found.set(folder)
	result.Diagnostics.Append(result.Identity.Set(ctx, found.identity())...)
	if req.IncludeResource {
		result.Diagnostics.Append(result.Resource.Set(ctx, found)...)
	}
	return result
}
