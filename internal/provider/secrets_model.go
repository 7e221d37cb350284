package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// secretsModel is the data of an infisical_secrets data source.
type secretsModel struct {
	locationModel
	Names   []types.String               `tfsdk:"names"`
	Values  map[string]types.String      `tfsdk:"values"`
	Secrets map[string]secretOfListModel `tfsdk:"secrets"`
}

type secretOfListModel struct {
	Value       types.String `tfsdk:"value"`
	ValueBase64 types.String `tfsdk:"value_base64"`
	Comment     types.String `tfsdk:"comment"`
	SecretType  types.String `tfsdk:"secret_type"`
}

// listed takes over the content of a folder.
func (m *secretsModel) listed(listing secrets.Listing) {
	m.set(listing.Folder)
	m.Names = make([]types.String, 0, len(listing.Secrets))
	m.Values = make(map[string]types.String, len(listing.Secrets))
	m.Secrets = make(map[string]secretOfListModel, len(listing.Secrets))
	for _, s := range listing.Secrets {
		m.Names = append(m.Names, types.StringValue(s.Name))
		value, valueBase64 := valueTexts(s.Value)
		if !value.IsNull() {
			m.Values[s.Name] = value
		}
		m.Secrets[s.Name] = secretOfListModel{
			Value: value, ValueBase64: valueBase64,
			Comment: commentText(s.Comment), SecretType: types.StringValue("shared"),
		}
	}
}

// commentText is null where a Terraform string cannot carry the comment.
func commentText(v secrets.Value) types.String {
	text, _ := valueTexts(v)
	return text
}
