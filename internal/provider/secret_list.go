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

var _ list.ListResourceWithConfigure = (*secretList)(nil)

func newSecretList() list.ListResource { return &secretList{} }

// secretList finds secrets for `terraform query`.
type secretList struct {
	configured *configured
}

type secretListModel struct {
	locationModel
	Recursive types.Bool `tfsdk:"recursive"`
}

func (l *secretList) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_secret"
}

func (l *secretList) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Finds the secrets of a folder, to import them with generated configuration. Values are never part of a result: `terraform query -json` would print them.",
		Attributes: map[string]schema.Attribute{
			"workspace_id": schema.StringAttribute{Optional: true, Validators: notEmpty, MarkdownDescription: workspaceIDDescription},
			"env_slug":     schema.StringAttribute{Optional: true, Validators: notEmpty, MarkdownDescription: envSlugDescription},
			"folder_path":  schema.StringAttribute{Optional: true, Validators: isFolderPath, MarkdownDescription: folderPathDescription},
			"recursive":    schema.BoolAttribute{Optional: true, MarkdownDescription: "Go down into all folders below, too. Costs two requests a folder."},
		},
	}
}

func (l *secretList) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	l.configured = configuredFrom(req.ProviderData, &resp.Diagnostics)
}

// List pushes errors as results: Terraform drops what a stream ends with.
func (l *secretList) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	stream.Results = func(push func(list.ListResult) bool) {
		fail := func(diags diag.Diagnostics) { push(list.ListResult{Diagnostics: diags}) }
		var config secretListModel
		diags := req.Config.Get(ctx, &config)
		if diags.HasError() || !l.configured.known(&diags, "Listing secrets") {
			fail(diags)
			return
		}
		start, err := l.configured.store.Locate(ctx, config.folder())
		if err != nil {
			l.configured.addError(&diags, "Cannot List Secrets", err)
			fail(diags)
			return
		}
		folders := []secrets.Folder{start}
		if config.Recursive.ValueBool() {
			if folders, err = l.configured.store.FoldersBelow(ctx, start); err != nil {
				l.configured.addError(&diags, "Cannot List Secrets", err)
				fail(diags)
				return
			}
		}
		left := req.Limit
		for _, folder := range folders {
			if req.Limit > 0 && left == 0 {
				break
			}
			listing, err := l.configured.store.List(ctx, folder)
			if err != nil {
				var failed diag.Diagnostics
				l.configured.addError(&failed, "Cannot List Secrets", err)
				if !push(list.ListResult{Diagnostics: failed}) {
					return
				}
				continue // the other folders are still of use
			}
			var damaged diag.Diagnostics
			l.configured.addDamaged(&damaged, listing.Damaged)
			if len(damaged) > 0 && !push(list.ListResult{Diagnostics: damaged}) {
				return
			}
			for _, secret := range listing.Secrets {
				if req.Limit > 0 && left == 0 {
					break
				}
				left--
				if !push(l.result(ctx, req, secret.Secret)) {
					return
				}
			}
		}
		var warnings diag.Diagnostics
		if l.configured.addWarnings(&warnings); len(warnings) > 0 {
			push(list.ListResult{Diagnostics: warnings})
		}
	}
}

func (l *secretList) result(ctx context.Context, req list.ListRequest, secret secrets.Secret) list.ListResult {
	result := req.NewListResult(ctx)
	result.DisplayName = secrets.Printable(secret.Environment + ":" + secret.Path + ":" + secret.Name)
	found := emptySecretModel()
	found.Name = types.StringValue(secret.Name)
	found.read(secret, true)
	result.Diagnostics.Append(encode(ctx, result.Identity, found.identity())...)
	if req.IncludeResource {
		result.Diagnostics.Append(encode(ctx, result.Resource, found)...)
	}
	return result
}
