package provider

import (
	"context"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework-validators/mapvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

var _ datasource.DataSourceWithConfigure = (*secretsDataSource)(nil)

func newSecretsDataSource() datasource.DataSource { return &secretsDataSource{} }

type secretsDataSource struct {
	configured *configured
}

func (d *secretsDataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_secrets"
}

func (d *secretsDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := secretsReadAttributes()
	attributes["include_values"] = schema.BoolAttribute{
		Optional: true,
		MarkdownDescription: "`false` leaves every value out, and thereby out of the state: `value`, `value_base64`, `values`, `dotenv` and `json` are null. " +
			"What stays is enough for `for_each` and, by the fingerprints, to notice changes; the ephemeral resource has the values. Defaults to `true`.",
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "The secrets of one folder, or of it and all below, opened inside the provider.\n\n" +
			"The values are kept in the state in the clear, marked sensitive. To keep them out of it, set `include_values = false`, and use the ephemeral resource `infisical_secrets`.",
		Attributes: attributes,
	}
}

// secretsReadAttributes are those of the data source and of the ephemeral
// resource.
func secretsReadAttributes() map[string]schema.Attribute {
	attributes := locationDataSourceAttributes()
	maps.Copy(attributes, readingAttributes())
	maps.Copy(attributes, map[string]schema.Attribute{
		"recursive": schema.BoolAttribute{
			Optional: true,
			MarkdownDescription: "Read all folders below, too. Those that the credential may not read are left out, with a warning. Costs two requests for each folder. " +
				"Defaults to `false`.",
		},
		"name_prefix": schema.StringAttribute{
			Optional: true, Validators: notEmpty,
			MarkdownDescription: "Only secrets whose names begin so.",
		},
		"name_regex": schema.StringAttribute{
			Optional: true, Validators: []validator.String{regexpValidator{}},
			MarkdownDescription: "Only secrets in whose names this regular expression ([RE2](https://github.com/google/re2/wiki/Syntax)) finds something; with `^` and `$` it is about the whole name.",
		},
		"tag_slugs": schema.SetAttribute{
			Optional: true, ElementType: types.StringType,
			Validators:          []validator.Set{setvalidator.SizeAtLeast(1), setvalidator.ValueStringsAre(notEmpty...)},
			MarkdownDescription: "Only secrets that have at least one of these tags, by their slugs. Imported secrets come without tags, so none of them is found.",
		},
		"metadata_filter": schema.MapAttribute{
			Optional: true, ElementType: types.StringType,
			Validators:          []validator.Map{mapvalidator.SizeAtLeast(1), mapvalidator.KeysAre(notEmpty...)},
			MarkdownDescription: "Only secrets that have all of these entries in their `metadata`, with these values. In `es` and `sealed` mode servers of before 2025 do not tell metadata, which is an error.",
		},
		"names": schema.SetAttribute{
			Computed: true, ElementType: types.StringType,
			MarkdownDescription: "The keys of `secrets` alone. They are not sensitive: use them for `for_each`.",
		},
		"values": schema.MapAttribute{
			Computed: true, Sensitive: true, ElementType: types.StringType,
			MarkdownDescription: "The values by the same keys, as one sensitive map. Values that are no text are left out: take their `value_base64` from `secrets`.",
		},
		"secrets": schema.MapNestedAttribute{
			Computed: true,
			MarkdownDescription: "The secrets by name. With `recursive`, one in a folder below has the path from here before its name, as in `db/PASSWORD`, " +
				"so that equal names in two folders stay two.",
			NestedObject: schema.NestedAttributeObject{Attributes: openedAttributes()},
		},
		"dotenv": schema.StringAttribute{
			Computed: true, Sensitive: true,
			MarkdownDescription: "The secrets as the text of a dotenv file, sorted by name. With `recursive` it has the bare names. " +
				"Null where such a file could not say it: a name twice, a name of other characters than letters, digits, `_`, `-` and `.`, or a value that is no text. `provider::infisical::dotenv_encode` says which quotes are used.",
		},
		"json": schema.StringAttribute{
			Computed: true, Sensitive: true,
			MarkdownDescription: "The values as a JSON object by the keys of `secrets`, sorted. It holds values exactly, also those in another normal form than Terraform's strings. " +
				"Only values that are no UTF-8 text are left out.",
		},
	})
	return attributes
}

func (d *secretsDataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.configured = configuredFrom(req.ProviderData, &resp.Diagnostics)
}

func (d *secretsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model secretsDataModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() || !d.configured.known(&resp.Diagnostics, "Reading secrets") {
		return
	}
	withoutValues := !model.IncludeValues.IsNull() && !model.IncludeValues.ValueBool()
	if withoutValues && model.ExpandReferences.ValueBool() {
		resp.Diagnostics.AddAttributeError(path.Root("expand_references"), "References Without Values",
			"expand_references is about values, and include_values = false leaves them out.\n\nRemove one of the two.")
		return
	}
	if err := d.configured.readSecrets(ctx, &model.secretsModel, &resp.Diagnostics); err != nil {
		d.configured.addError(&resp.Diagnostics, "Cannot Read Secrets", err)
		return
	}
	if withoutValues {
		model.dropValues()
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, model)...)
}

// readSecrets fills a model.
func (s *configured) readSecrets(ctx context.Context, m *secretsModel, diags *diag.Diagnostics) error {
	folder, err := s.store.Locate(ctx, m.folder())
	if err != nil {
		return err
	}
	listing, err := s.store.Gather(ctx, folder, m.reading())
	if err != nil {
		return err
	}
	s.addDamaged(diags, listing.Damaged)
	s.addSkipped(diags, listing.Skipped)
	m.listed(listing)
	s.addWarnings(diags)
	return nil
}
