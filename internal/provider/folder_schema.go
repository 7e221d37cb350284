package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

func (r *folderResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := locationResourceAttributes()
	delete(attributes, "folder_path")
	for name, attribute := range map[string]schema.Attribute{
		"parent_path": schema.StringAttribute{
			Optional: true, Computed: true, Validators: isFolderPath,
			MarkdownDescription: "Folder that this one is in, such as `/` or `/app`. Defaults to the provider's `folder_path`, then to the folder of the service token's only scope, or `/`. " +
				"Folders on the way that do not exist are made by the server, and are not deleted with this one. A change, also of the default, replaces the resource.",
		},
		"name": schema.StringAttribute{
			Required:            true,
			MarkdownDescription: "Name of the folder: letters, digits, dash and underscore. A change renames in place; everything in the folder stays. In sealed mode, where values are sealed for their folder, a change makes a new folder instead, unless the old one holds nothing that is sealed.",
			Validators:          []validator.String{folderNameValidator{}},
		},
		"force_delete": schema.BoolAttribute{
			Optional: true,
			MarkdownDescription: "Whether to delete the folder when it holds secrets, folders or imports, **and all of them with it**. " +
				"Without it, destroying such a folder is an error that says what it holds. A destroy goes by what the state says: apply `true` first.",
		},
		"on_existing": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "What to do when the folder exists before it is created here: `fail` (the meaning of leaving it out), or `adopt` to take it over with everything in it. " +
				"A folder that the server made in the same run, because one below it was created first, is taken over either way.",
			Validators: []validator.String{stringvalidator.OneOf("fail", "adopt")},
		},
		"id": schema.StringAttribute{
			Computed:            true,
			MarkdownDescription: "The server's id of the folder. It stays through renames.",
			PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
		},
		"path": schema.StringAttribute{
			Computed: true,
			MarkdownDescription: "The folder's own path, known when it is planned. Use it as `folder_path` of what is to be in the folder: " +
				"that is then created after the folder and destroyed before it.",
		},
	} {
		attributes[name] = attribute
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "One folder of an environment.\n\n" +
			"Folders hold secrets, other folders, and imports of other folders. The server sees their names in the clear.",
		Attributes: attributes,
	}
}

func (r *folderResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"workspace_id": identityschema.StringAttribute{OptionalForImport: true, Description: "Project id; the provider's project if left out."},
		"env_slug":     identityschema.StringAttribute{RequiredForImport: true, Description: "Environment, by its slug."},
		"path":         identityschema.StringAttribute{RequiredForImport: true, Description: "The folder's own path."},
	}}
}
