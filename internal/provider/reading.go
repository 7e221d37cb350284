package provider

import (
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// readingModel says how secrets are read. Everything that only reads has it.
type readingModel struct {
	IncludeImports     types.Bool   `tfsdk:"include_imports"`
	ExpandReferences   types.Bool   `tfsdk:"expand_references"`
	OnMissingReference types.String `tfsdk:"on_missing_reference"`
	ReferencesWithin   types.String `tfsdk:"references_within"`
	PersonalOverrides  types.String `tfsdk:"personal_overrides"`
}

var onMissingReference = map[string]secrets.Missing{
	"error": secrets.MissingIsError, "keep": secrets.MissingIsKept, "empty": secrets.MissingIsEmpty,
}

var referencesWithin = map[string]secrets.Within{"folder": secrets.WithinFolder, "environment": secrets.WithinEnvironment}

func readingAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"include_imports": schema.BoolAttribute{
			Optional: true,
			MarkdownDescription: "Read what the folder imports, too. Its own secrets come first, then those of the last import; the server follows imports of imports. " +
				"Defaults to `false`.",
		},
		"expand_references": schema.BoolAttribute{
			Optional: true,
			MarkdownDescription: "Replace references such as `${KEY}`, `${env.KEY}` and `${env.folder.KEY}` in values. [References](../guides/references.md) says what counts as one. " +
				"Defaults to `false`: values come as they are stored. **Whoever can write a value of this folder can name a secret of any folder that this provider's credential may read**, and its value then stands here. " +
				"`references_within` bounds that.",
		},
		"on_missing_reference": schema.StringAttribute{
			Optional:   true,
			Validators: []validator.String{stringvalidator.OneOf("error", "keep", "empty"), missingReferenceValidator{}},
			MarkdownDescription: "What becomes of a reference to a secret, folder or environment that does not exist: `error` (default), `keep` its text, or put nothing (`empty`) in its place. " +
				"Only with `expand_references`: without it, it is an error.",
		},
		"references_within": schema.StringAttribute{
			Optional:   true,
			Validators: []validator.String{stringvalidator.OneOf("folder", "environment"), referencesWithinValidator{}},
			MarkdownDescription: "How far references may lead that name a place, such as `${env.folder.KEY}`: within the `folder` that is read and those below it, or within its `environment`. A reference that leads out is an error. " +
				"Without it, to all that the credential may read. Only with `expand_references`.",
		},
		"personal_overrides": schema.StringAttribute{
			Optional:   true,
			Validators: []validator.String{stringvalidator.OneOf("ignore", "prefer")},
			MarkdownDescription: "`ignore` (default): shared secrets alone, whoever asks. `prefer`: the user's own secret in place of the shared one of its name; " +
				"only an API key (`auth.api_key`) has any. Imported secrets are always shared ones.",
		},
	}
}

func (m readingModel) reading() secrets.Reading {
	return secrets.Reading{
		Imports: m.IncludeImports.ValueBool(),
		Expand:  m.ExpandReferences.ValueBool(),
		Missing: onMissingReference[m.OnMissingReference.ValueString()],
		Within:  referencesWithin[m.ReferencesWithin.ValueString()],

		Personal: m.PersonalOverrides.ValueString() == "prefer",
	}
}

// openedModel is what a secret that was read gives.
type openedModel struct {
	Value            types.String   `tfsdk:"value"`
	ValueBase64      types.String   `tfsdk:"value_base64"`
	Comment          types.String   `tfsdk:"comment"`
	ID               types.String   `tfsdk:"id"`
	Version          types.Int64    `tfsdk:"version"`
	ValueFingerprint types.String   `tfsdk:"value_fingerprint"`
	SecretType       types.String   `tfsdk:"secret_type"`
	Tags             []types.String `tfsdk:"tags"`
	SourceEnvSlug    types.String   `tfsdk:"source_env_slug"`
	SourceFolderPath types.String   `tfsdk:"source_folder_path"`
}

func openedAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"value": schema.StringAttribute{
			Computed: true, Sensitive: true,
			MarkdownDescription: "The value; null where it is no text that a Terraform string carries exactly (UTF-8 in normal form C).",
		},
		"value_base64": schema.StringAttribute{
			Computed: true, Sensitive: true,
			MarkdownDescription: "The value's exact bytes, as standard base64.",
		},
		"comment": schema.StringAttribute{
			Computed: true, MarkdownDescription: "The comment; empty where there is none.",
		},
		"id": schema.StringAttribute{
			Computed: true, MarkdownDescription: "The server's id of the secret.",
		},
		"version": schema.Int64Attribute{
			Computed: true, MarkdownDescription: "The server's count of the secret's changes.",
		},
		"value_fingerprint": schema.StringAttribute{
			Computed: true,
			MarkdownDescription: "A keyed hash of the stored value, which changes when the value does and tells nothing else of it. " +
				"It is the one of the resource `infisical_secret`; references are not replaced for it.",
		},
		"secret_type": schema.StringAttribute{
			Computed: true, MarkdownDescription: "`shared`, or `personal` for a user's own that stands in its place (`personal_overrides`).",
		},
		"tags": schema.SetAttribute{
			Computed: true, ElementType: types.StringType,
			MarkdownDescription: "The slugs of its tags; null for an imported secret, whose tags the server does not tell.",
		},
		"source_env_slug": schema.StringAttribute{
			Computed: true, MarkdownDescription: "Environment in which the secret lives: another than was asked for if it is imported.",
		},
		"source_folder_path": schema.StringAttribute{
			Computed:            true,
			MarkdownDescription: "Folder in which the secret lives. For one that an imported folder imports in turn it is that imported folder: the server does not tell more.",
		},
	}
}

func opened(s secrets.Secret) openedModel {
	m := openedModel{
		Comment: commentText(s.Comment), ID: types.StringValue(s.ID), Version: types.Int64Value(s.Version),
		ValueFingerprint: types.StringValue(s.Fingerprint), SecretType: typeOf(s.Ref),
		SourceEnvSlug: types.StringValue(s.Environment), SourceFolderPath: types.StringValue(s.Path),
	}
	m.Value, m.ValueBase64 = valueTexts(s.Value)
	if s.TagSlugs != nil {
		m.Tags = []types.String{}
	}
	for _, slug := range s.TagSlugs {
		m.Tags = append(m.Tags, types.StringValue(slug))
	}
	return m
}

// commentText is null where a Terraform string cannot carry the comment.
func commentText(v secrets.Value) types.String {
	text, _ := valueTexts(v)
	return text
}
