package provider

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func (r *secretsResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := locationResourceAttributes()
	// No validators inside the map: a diagnostic about an element makes
	// Terraform print lines of the configuration that may hold values. See
	// ValidateConfig.
	attributes["secrets"] = schema.MapNestedAttribute{
		Optional: true,
		MarkdownDescription: "The secrets by name, each with a comment if you want. Set exactly one of `secrets`, `values` and `values_wo`. Plans show the names. " +
			"To rename a secret is to delete it and create another; `infisical_secret` renames in place. " +
			"Terraform's work grows with the square of this map's size; use `values` or `values_wo` for more than about 250 secrets.",
		NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
			"value": schema.StringAttribute{
				Optional: true, Sensitive: true,
				MarkdownDescription: "Value of the secret. It is sealed before it leaves this process, except in `es` mode. **It is kept in the state in the clear**; `value_wo` is not. " +
					"With neither `value` nor `value_wo` the value of an existing secret is left as it is and kept out of the state; to create one, one of them is needed. " +
					"Bytes that a Terraform string does not carry exactly are for `infisical_secret`, which has `value_base64`.",
			},
			"value_wo": schema.StringAttribute{
				// Not sensitive too, as it is in no state or plan: Terraform's work grows
				// with the square of the elements times their sensitive attributes.
				Optional: true, WriteOnly: true,
				MarkdownDescription: "The value, write-only: it is in neither state nor plan and may come from an ephemeral resource (Terraform 1.11 and later). " +
					"Without `value_wo_version` it is written whenever it differs from what the server holds.",
			},
			"value_wo_version": schema.Int64Attribute{
				Optional: true,
				MarkdownDescription: "With it, `value_wo` is written when this number changes (up or down, so it may be a hash), or when the value was changed outside Terraform, and is otherwise not looked at. " +
					"**A source that gives another value on every run needs it**, or every plan has a change.",
			},
			"comment": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Comment, shown in plans. In `e2ee` mode it is sealed like the value; in `es` and `sealed` mode the server can read it. Taking it out of the configuration clears it; one that was never in it is left alone.",
			},
			"id": schema.StringAttribute{Computed: true, MarkdownDescription: "The server's id of the secret."},
			"version": schema.Int64Attribute{
				Computed:            true,
				MarkdownDescription: "The server's count of the secret's changes. It begins at 0 for secrets that were created together in one request.",
			},
			"value_fingerprint": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "Changes when the value (or its place) does, and tells nothing else of it: a keyed hash, useless without the key that it is made with. In `sealed` mode it also changes when the value is sealed anew under another key. Which key that is `infisical_sealing_report` tells, and no attribute of an element.",
			},
		}},
	}
	maps.Copy(attributes, flatAttributes())
	attributes["exclusive"] = schema.BoolAttribute{
		Optional: true,
		MarkdownDescription: "Delete every other secret of the folder (not of folders below). Defaults to `false`. " +
			"A plan shows what is to be deleted as elements that leave `secrets` or `ids`. The apply that first sets it deletes nothing yet: a warning names what the next plan will show. " +
			"In `e2ee` mode the other secrets are only named in a warning; list the names in `remove` to delete them.",
	}
	attributes["remove"] = schema.SetAttribute{
		Optional: true, ElementType: types.StringType,
		MarkdownDescription: "Names of secrets to delete from the folder, if they are there. No name can be both in `remove` and among the secrets.",
	}
	attributes["on_existing"] = schema.StringAttribute{
		Optional: true,
		MarkdownDescription: "What to do when a secret exists before it is created here: `fail` (the meaning of leaving it out) refuses one with other content and takes over one with the same; " +
			"`adopt` takes it over and updates it; " + keepDescription,
		Validators: []validator.String{stringvalidator.OneOf(onExistingFail, onExistingAdopt, onExistingKeep)},
	}
	attributes["accept_rollback"] = schema.BoolAttribute{
		Optional:            true,
		MarkdownDescription: "In `sealed` mode accept values older than the last ones seen, for example after the server was restored from a backup. Set it for one apply: it accepts what the plan shows, and no later rollback. Defaults to `false`.",
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Many end-to-end encrypted secrets of one folder, written in as few requests as carry them: one for a hundred secrets or 900 KB.\n\n" +
			"Before anything is written the folder is listed, and what can be known to be refused (a secret that exists with other content, a size, a name, a right) is refused as a whole. " +
			"A set of secrets is no transaction all the same: after a failure in the middle, the state holds exactly what the server holds, and the error names what is missing.\n\n" +
			"Give the secrets as `values` (names and values), as `values_wo` (the same, write-only) or as `secrets` (with comments and settings for each).",
		Attributes: attributes,
	}
}

// flatAttributes are those of the forms without nesting. The maps of values are
// sensitive as a whole: each mark inside one would cost Terraform a walk over all.
func flatAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"values": schema.MapAttribute{
			Optional: true, Sensitive: true, ElementType: types.StringType,
			MarkdownDescription: "The values by name, for example `{ for k, v in local.settings : k => v }`. They are sealed before they leave this process, except in `es` mode. **They are kept in the state in the clear**; `values_wo` is not. " +
				"Plans hide this map as a whole; `versions` and `value_fingerprints` show which names change. Comments are left as they are.",
		},
		"values_wo": schema.MapAttribute{
			// Sensitive, too, for bridges to other tools that know no write-only attributes.
			Optional: true, Sensitive: true, WriteOnly: true, ElementType: types.StringType,
			MarkdownDescription: "The same, write-only: the values are in neither state nor plan and may come from an ephemeral resource (Terraform 1.11 and later), for example `provider::infisical::dotenv_decode(file(\"app.env\"))`. " +
				"The names are in both. Without `values_wo_version` a value is written whenever it differs from what the server holds.",
		},
		"values_wo_version": schema.Int64Attribute{
			Optional: true,
			MarkdownDescription: "With it, `values_wo` is written when this number changes (up or down, so it may be a hash), or where a value was changed outside Terraform, and is otherwise not looked at. " +
				"**A source that gives other values on every run needs it**, or every plan has a change.",
		},
		"ids": schema.MapAttribute{
			Computed: true, ElementType: types.StringType,
			MarkdownDescription: "The server's ids by name. Null where `secrets` is set, as are `versions` and `value_fingerprints`.",
		},
		"versions": schema.MapAttribute{
			Computed: true, ElementType: types.Int64Type,
			MarkdownDescription: "The server's counts of changes by name.",
		},
		"value_fingerprints": schema.MapAttribute{
			Computed: true, ElementType: types.StringType,
			MarkdownDescription: "Keyed hashes of the values by name, useless without the project key. One changes when the value (or its place) does, and reveals nothing else about it.",
		},
	}
}

func (r *secretsResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"workspace_id": identityschema.StringAttribute{OptionalForImport: true, Description: "Project id; the provider's project if left out."},
		"env_slug":     identityschema.StringAttribute{RequiredForImport: true, Description: "Environment, by its slug."},
		"folder_path":  identityschema.StringAttribute{OptionalForImport: true, Description: "Folder; / if left out."},
	}}
}
