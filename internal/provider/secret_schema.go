package provider

import (
	"context"
	"regexp"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// The values of on_existing; leaving it out means "fail".
const (
	onExistingFail  = "fail"
	onExistingAdopt = "adopt"
	onExistingKeep  = "keep"
)

// keepNeedsVersion explains the one condition of on_existing = "keep".
const keepNeedsVersion = "on_existing = \"keep\" takes the value that a secret has for the one of value_wo_version, and writes value_wo when that number changes. It needs both."

const keepDescription = "`keep` adopts it with the value it has, as the value of this `value_wo_version` (which it needs, with `value_wo`). " +
	"This also applies to an import and to a rename. The configured value is written when the version changes."

// tagID is a UUID, or an id of servers of 2023.
var tagID = regexp.MustCompile(`^([0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{24})$`)

func (r *secretResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := locationResourceAttributes()
	for name, attribute := range map[string]schema.Attribute{
		"id": schema.StringAttribute{
			Computed:            true,
			MarkdownDescription: "The server's id of the secret. It stays through renames.",
			PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
		},
		"name": schema.StringAttribute{
			Required:            true,
			MarkdownDescription: "Name of the secret. The server sees it in the clear. A change renames in place (a personal secret it replaces).",
			Validators:          []validator.String{secretNameValidator{}},
		},
		"type": schema.StringAttribute{
			Optional: true, Computed: true,
			Default: stringdefault.StaticString(typeShared),
			MarkdownDescription: "`shared` (the default), or `personal`: the user's own beside the shared one of that name. Only users have personal secrets, so that it needs `auth.api_key`; the server wants a shared one to be there. " +
				"A change replaces the resource.",
			PlanModifiers: []planmodifier.String{stringplanmodifier.RequiresReplace()},
			Validators:    []validator.String{stringvalidator.OneOf(typeShared, typePersonal)},
		},
		"value": schema.StringAttribute{
			Optional:  true,
			Sensitive: true,
			MarkdownDescription: "Value of the secret. It is sealed before it leaves this process, except in `es` mode. **It is kept in the state in the clear**; `value_wo` is not. " +
				"With none of `value`, `value_wo` and `value_base64` the value of an existing secret is left as it is and kept out of the state; to create one, one of them is needed.",
		},
		"value_base64": schema.StringAttribute{
			Optional:  true,
			Sensitive: true,
			MarkdownDescription: "The value as standard base64 of its bytes, for values that a Terraform string does not carry exactly: bytes that are no UTF-8 text, and text that is not in Unicode normal form C. " +
				"It is kept in the state in the clear.",
			Validators: []validator.String{base64Validator{}},
		},
		"value_wo": schema.StringAttribute{
			Optional:  true,
			WriteOnly: true,
			Sensitive: true,
			MarkdownDescription: "The value, write-only: it is in neither state nor plan and may come from an ephemeral resource (Terraform 1.11 and later). " +
				"Without `value_wo_version` it is written whenever it differs from what the server holds.",
		},
		"value_wo_version": schema.Int64Attribute{
			Optional: true,
			MarkdownDescription: "With it, `value_wo` is written when this number changes (up or down, so it may be a hash), or when the value was changed outside Terraform, and is otherwise not looked at. " +
				"**A source that gives another value on every run needs it**, or every plan has a change. A rename with another `value_wo` needs another version, or `on_existing = \"keep\"`.",
		},
		"value_fingerprint": schema.StringAttribute{
			Computed: true,
			MarkdownDescription: "Changes when the value (or the name) does, and tells nothing else of it: a keyed hash, useless without the key that it is made with. " +
				"For `replace_triggered_by` and for annotations on what consumes the secret.",
		},
		"comment": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "Comment, shown in plans. In `e2ee` mode it is sealed like the value; in `es` and `sealed` mode the server can read it. Taking it out of the configuration clears it; one that was never in it is left alone.",
			Validators:          []validator.String{printableValidator{}},
		},
		"tag_ids": schema.SetAttribute{
			Optional:            true,
			ElementType:         types.StringType,
			MarkdownDescription: "Ids of the project's tags on the secret. Taking it out of the configuration removes them.",
			Validators:          []validator.Set{setvalidator.ValueStringsAre(stringvalidator.RegexMatches(tagID, "must be the id of a tag of the project, not its slug or name"))},
		},
		"secret_reminder": schema.SingleNestedAttribute{
			Optional:            true,
			MarkdownDescription: "Asks people at intervals to change the secret. Taking it out of the configuration ends that. In `es` and `sealed` mode servers since 2025 remove a reminder for users of the web application only, so that a plan refuses it there.",
			Attributes: map[string]schema.Attribute{
				"note": schema.StringAttribute{
					Optional:            true,
					MarkdownDescription: "Text of the reminder, up to 255 characters. **The server sees it in the clear.**",
					// Servers store the secret and then fail on a longer note (PROTOCOL section 22).
					Validators: []validator.String{trimmedValidator{}, stringvalidator.UTF8LengthAtMost(255), printableValidator{}},
				},
				"repeat_days": schema.Int64Attribute{
					Required:            true,
					MarkdownDescription: "Days between reminders, 1 to 365.",
					Validators:          []validator.Int64{int64validator.Between(1, 365)},
				},
			},
		},
		"metadata": schema.MapAttribute{
			Optional:            true,
			ElementType:         types.StringType,
			MarkdownDescription: "Names and texts beside the secret. **The server sees them in the clear.** Taking it out of the configuration clears them. In `es` and `sealed` mode servers since 2025 keep them; older ones do not, which a plan says.",
			Validators:          []validator.Map{mapvalidator.KeysAre(printableValidator{}), mapvalidator.ValueStringsAre(printableValidator{})},
		},
		"skip_multiline_encoding": schema.BoolAttribute{
			Optional:            true,
			MarkdownDescription: "Tells clients that write dotenv files to leave line breaks in the value as they are.",
		},
		"on_existing": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "What to do when a secret of this name exists before it is created here: `fail` (the meaning of leaving it out) refuses one with other content and takes over one with the same; " +
				"`adopt` takes it over and updates it; " + keepDescription,
			Validators: []validator.String{stringvalidator.OneOf(onExistingFail, onExistingAdopt, onExistingKeep)},
		},
		"sealing_key_id": schema.StringAttribute{
			Computed:            true,
			MarkdownDescription: "In `sealed` mode the id of the key that the value is sealed under. Where it is not the first of `sealing_keys`, the next apply seals the value anew. Null in other modes.",
		},
		"generation": schema.Int64Attribute{
			Computed:            true,
			MarkdownDescription: "In `sealed` mode a number in the envelope that rises with each write, by which an older value is known that the server shows again. Null in other modes.",
		},
		"accept_rollback": schema.BoolAttribute{
			Optional:            true,
			MarkdownDescription: "In `sealed` mode accept a value older than the last one seen, for example after the server was restored from a backup. Set it for one apply: it accepts what the plan shows, and no later rollback. Defaults to `false`.",
		},
		"version": schema.Int64Attribute{
			Computed:            true,
			MarkdownDescription: "The server's count of the secret's changes. It begins at 1, or at 0 for secrets that were created together in one request.",
		},
	} {
		attributes[name] = attribute
	}
	resp.Schema = schema.Schema{
		// Version 0 is the official provider's, whose states this one takes over.
		Version: 1,
		MarkdownDescription: "One end-to-end encrypted secret.\n\n" +
			"The value and the comment are sealed before they are sent and opened after they are read; the server sees the name, the place, the sizes and the times. " +
			"In `sealed` mode it sees the comment, too, and in `es` mode all of it.",
		Attributes: attributes,
	}
}

func (r *secretResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: map[string]identityschema.Attribute{
		"workspace_id": identityschema.StringAttribute{OptionalForImport: true, Description: "Project id; the provider's project if left out."},
		"env_slug":     identityschema.StringAttribute{RequiredForImport: true, Description: "Environment, by its slug."},
		"folder_path":  identityschema.StringAttribute{OptionalForImport: true, Description: "Folder; / if left out."},
		"name":         identityschema.StringAttribute{RequiredForImport: true, Description: "Name of the secret."},
		"type":         identityschema.StringAttribute{OptionalForImport: true, Description: "shared if left out, or personal."},
	}}
}
