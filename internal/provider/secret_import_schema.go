package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/int64planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// maxPosition is far above any folder's need and far below the server's column.
const maxPosition = 1_000_000

func (r *secretImportResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := locationResourceAttributes()
	for name, attribute := range map[string]schema.Attribute{
		"import_env_slug": schema.StringAttribute{
			Required: true, Validators: notEmpty,
			MarkdownDescription: "Environment of the source, by its slug. A change replaces the resource.",
		},
		"import_folder_path": schema.StringAttribute{
			Required: true, Validators: isFolderPath,
			MarkdownDescription: "Folder that is imported, such as `/` or `/shared`. It must exist. A change replaces the resource.",
		},
		"position": schema.Int64Attribute{
			Optional: true, Computed: true,
			MarkdownDescription: "Which import wins where several of a folder bring one name: the one with the highest position. " +
				"Only the order matters, gaps are allowed, and no two imports of a folder can have the same. A change moves the import in place. " +
				"Without it the import is put after all others, and makes room for those with one.",
			Validators:    []validator.Int64{int64validator.Between(1, maxPosition)},
			PlanModifiers: []planmodifier.Int64{int64planmodifier.UseStateForUnknown()},
		},
		"id": schema.StringAttribute{
			Computed:            true,
			MarkdownDescription: "The server's id of the import.",
			PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
		},
	} {
		attributes[name] = attribute
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "An import of one folder, the source, into another: who reads the secrets of `folder_path` with imports also sees those of `import_folder_path`.",
		Attributes:          attributes,
	}
}

func (r *secretImportResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"workspace_id":       identityschema.StringAttribute{OptionalForImport: true, Description: "Project id; the provider's project if left out."},
		"env_slug":           identityschema.StringAttribute{RequiredForImport: true, Description: "Environment of the folder that imports, by its slug."},
		"folder_path":        identityschema.StringAttribute{OptionalForImport: true, Description: "Folder that imports; / if left out."},
		"import_env_slug":    identityschema.StringAttribute{RequiredForImport: true, Description: "Environment of the source, by its slug."},
		"import_folder_path": identityschema.StringAttribute{RequiredForImport: true, Description: "Folder that is imported."},
	}}
}
