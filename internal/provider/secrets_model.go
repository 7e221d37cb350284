package provider

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// secretsModel is the data of an infisical_secrets that is only read: of the
// data source and of the ephemeral resource.
type secretsModel struct {
	locationModel
	readingModel
	Recursive  types.Bool     `tfsdk:"recursive"`
	NamePrefix types.String   `tfsdk:"name_prefix"`
	NameRegex  types.String   `tfsdk:"name_regex"`
	TagSlugs   []types.String `tfsdk:"tag_slugs"`

	MetadataFilter map[string]types.String `tfsdk:"metadata_filter"`
	Names          []types.String          `tfsdk:"names"`
	Values         map[string]types.String `tfsdk:"values"`
	Secrets        map[string]openedModel  `tfsdk:"secrets"`
	Dotenv         types.String            `tfsdk:"dotenv"`
	JSON           types.String            `tfsdk:"json"`
}

// secretsDataModel is the data source's, which has a state to keep values out of.
type secretsDataModel struct {
	secretsModel
	IncludeValues types.Bool `tfsdk:"include_values"`
}

func (m *secretsModel) dropValues() {
	for key, s := range m.Secrets {
		s.Value, s.ValueBase64 = types.StringNull(), types.StringNull()
		m.Secrets[key] = s
	}
	m.Values, m.Dotenv, m.JSON = nil, types.StringNull(), types.StringNull()
}

func (m secretsModel) reading() secrets.Reading {
	r := m.readingModel.reading()
	r.Recursive = m.Recursive.ValueBool()
	r.Filter.Prefix = m.NamePrefix.ValueString()
	if !m.NameRegex.IsNull() {
		r.Filter.Pattern, _ = regexp.Compile(m.NameRegex.ValueString()) // which its validator has tried
	}
	for _, slug := range m.TagSlugs {
		r.Filter.TagSlugs = append(r.Filter.TagSlugs, slug.ValueString())
	}
	for key, value := range m.MetadataFilter {
		if r.Filter.Metadata == nil {
			r.Filter.Metadata = map[string]string{}
		}
		r.Filter.Metadata[key] = value.ValueString()
	}
	return r
}

// listed takes over what was read.
func (m *secretsModel) listed(listing secrets.Listing) {
	m.set(listing.Folder)
	m.Names = make([]types.String, 0, len(listing.Secrets))
	m.Values = make(map[string]types.String, len(listing.Secrets))
	m.Secrets = make(map[string]openedModel, len(listing.Secrets))
	for _, s := range listing.Secrets {
		m.Names = append(m.Names, types.StringValue(s.Key))
		m.Secrets[s.Key] = opened(s.Secret)
		if value := m.Secrets[s.Key].Value; !value.IsNull() {
			m.Values[s.Key] = value
		}
	}
	m.Dotenv = dotenvText(listing.Secrets)
	m.JSON = jsonText(listing.Secrets)
}

// jsonText is an object of all values that are UTF-8, by key. It is made of
// ASCII alone, so that Terraform, which brings its strings to one normal form,
// changes nothing in it.
func jsonText(list []secrets.Listed) types.String {
	values := map[string]string{}
	for _, s := range list {
		if value := s.Value.Reveal(); utf8.ValidString(value) {
			values[s.Key] = value
		}
	}
	var out strings.Builder
	for i, key := range slices.Sorted(maps.Keys(values)) {
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteString(jsonString(key) + ":" + jsonString(values[key]))
	}
	return types.StringValue("{" + out.String() + "}")
}

func jsonString(text string) string {
	var out strings.Builder
	quoted := json.NewEncoder(&out)
	quoted.SetEscapeHTML(false)
	_ = quoted.Encode(text) // a string always has an encoding
	encoded := strings.TrimSuffix(out.String(), "\n")
	out.Reset()
	for _, r := range encoded {
		if r < utf8.RuneSelf {
			out.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&out, `\u%04x`, unit)
		}
	}
	return out.String()
}
