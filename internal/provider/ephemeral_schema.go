package provider

import (
	"fmt"

	datasource "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	ephemeral "github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
)

// asEphemeral gives an ephemeral resource the attributes of the data source
// that it is the twin of. An attribute of a kind that is not here yet is found
// by the first test that asks for the schema.
func asEphemeral(attributes map[string]datasource.Attribute) map[string]ephemeral.Attribute {
	out := make(map[string]ephemeral.Attribute, len(attributes))
	for name, attribute := range attributes {
		switch a := attribute.(type) {
		case datasource.StringAttribute:
			out[name] = ephemeral.StringAttribute(a)
		case datasource.BoolAttribute:
			out[name] = ephemeral.BoolAttribute(a)
		case datasource.Int64Attribute:
			out[name] = ephemeral.Int64Attribute(a)
		case datasource.SetAttribute:
			out[name] = ephemeral.SetAttribute(a)
		case datasource.MapAttribute:
			out[name] = ephemeral.MapAttribute(a)
		case datasource.MapNestedAttribute:
			out[name] = ephemeral.MapNestedAttribute{
				CustomType: a.CustomType, Required: a.Required, Optional: a.Optional, Computed: a.Computed, Sensitive: a.Sensitive, Validators: a.Validators,
				Description: a.Description, MarkdownDescription: a.MarkdownDescription, DeprecationMessage: a.DeprecationMessage,
				NestedObject: ephemeral.NestedAttributeObject{
					CustomType: a.NestedObject.CustomType, Validators: a.NestedObject.Validators, Attributes: asEphemeral(a.NestedObject.Attributes),
				},
			}
		default:
			panic(fmt.Sprintf("%s: no twin for %T", name, attribute))
		}
	}
	return out
}
