package schemajson_test

import (
	"context"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// everything is a provider whose schemas hold each thing that a schema can
// hold. It answers nothing but the questions about schemas.
type everything struct {
	tfprotov6.ProviderServer
}

func (everything) GetMetadata(context.Context, *tfprotov6.GetMetadataRequest) (*tfprotov6.GetMetadataResponse, error) {
	return &tfprotov6.GetMetadataResponse{ServerCapabilities: &tfprotov6.ServerCapabilities{}}, nil
}

func (everything) StopProvider(context.Context, *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	return &tfprotov6.StopProviderResponse{}, nil
}

func (everything) GetResourceIdentitySchemas(context.Context, *tfprotov6.GetResourceIdentitySchemasRequest) (*tfprotov6.GetResourceIdentitySchemasResponse, error) {
	return &tfprotov6.GetResourceIdentitySchemasResponse{IdentitySchemas: map[string]*tfprotov6.ResourceIdentitySchema{
		"infisical_all": {Version: 2, IdentityAttributes: []*tfprotov6.ResourceIdentitySchemaAttribute{
			{Name: "name", Type: tftypes.String, Description: "the name", RequiredForImport: true},
			{Name: "parts", Type: tftypes.List{ElementType: tftypes.Number}, OptionalForImport: true},
		}},
	}}, nil
}

func (everything) GetProviderSchema(context.Context, *tfprotov6.GetProviderSchemaRequest) (*tfprotov6.GetProviderSchemaResponse, error) {
	object := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"a": tftypes.Bool, "b": tftypes.Set{ElementType: tftypes.String}}}
	one := func(name string) *tfprotov6.Schema {
		return &tfprotov6.Schema{Block: &tfprotov6.SchemaBlock{Attributes: []*tfprotov6.SchemaAttribute{{Name: name, Type: tftypes.String, Optional: true}}}}
	}
	return &tfprotov6.GetProviderSchemaResponse{
		ServerCapabilities: &tfprotov6.ServerCapabilities{},
		Provider:           &tfprotov6.Schema{Block: &tfprotov6.SchemaBlock{}},
		ResourceSchemas: map[string]*tfprotov6.Schema{"infisical_all": {
			Version: 3,
			Block: &tfprotov6.SchemaBlock{
				Description: "a `block`", DescriptionKind: tfprotov6.StringKindMarkdown, Deprecated: true,
				Attributes: []*tfprotov6.SchemaAttribute{
					{Name: "required", Type: tftypes.String, Required: true, Description: "plain <text>"},
					{Name: "optional", Type: tftypes.Number, Optional: true, Description: "*markdown*", DescriptionKind: tfprotov6.StringKindMarkdown},
					{Name: "computed", Type: tftypes.Bool, Computed: true, Sensitive: true},
					{Name: "wo", Type: tftypes.String, Optional: true, Sensitive: true, WriteOnly: true},
					{Name: "old", Type: tftypes.Map{ElementType: tftypes.String}, Optional: true, Computed: true, Deprecated: true},
					{Name: "any", Type: tftypes.DynamicPseudoType, Optional: true},
					{Name: "list", Type: tftypes.List{ElementType: object}, Optional: true},
					{Name: "tuple", Type: tftypes.Tuple{ElementTypes: []tftypes.Type{tftypes.String, tftypes.Bool}}, Optional: true},
					nested("single", tfprotov6.SchemaObjectNestingModeSingle),
					nested("in_list", tfprotov6.SchemaObjectNestingModeList),
					nested("in_set", tfprotov6.SchemaObjectNestingModeSet),
					nested("in_map", tfprotov6.SchemaObjectNestingModeMap),
				},
				BlockTypes: []*tfprotov6.SchemaNestedBlock{
					{TypeName: "block_single", Nesting: tfprotov6.SchemaNestedBlockNestingModeSingle, Block: one("x").Block},
					{TypeName: "block_list", Nesting: tfprotov6.SchemaNestedBlockNestingModeList, Block: one("x").Block, MinItems: 1, MaxItems: 4},
					{TypeName: "block_set", Nesting: tfprotov6.SchemaNestedBlockNestingModeSet, Block: one("x").Block, MaxItems: 2},
					{TypeName: "block_map", Nesting: tfprotov6.SchemaNestedBlockNestingModeMap, Block: one("x").Block},
					{TypeName: "block_group", Nesting: tfprotov6.SchemaNestedBlockNestingModeGroup, Block: one("x").Block},
				},
			},
		}},
		DataSourceSchemas:        map[string]*tfprotov6.Schema{"infisical_data": one("d")},
		EphemeralResourceSchemas: map[string]*tfprotov6.Schema{"infisical_ephemeral": one("e")},
		ListResourceSchemas:      map[string]*tfprotov6.Schema{"infisical_all": one("l")},
		Functions: map[string]*tfprotov6.Function{"join": {
			Summary: "a summary", Description: "a description", DescriptionKind: tfprotov6.StringKindMarkdown, DeprecationMessage: "use another",
			Parameters: []*tfprotov6.FunctionParameter{
				{Name: "first", Type: tftypes.String, Description: "a parameter"},
				{Name: "second", Type: tftypes.Map{ElementType: tftypes.String}, AllowNullValue: true},
			},
			VariadicParameter: &tfprotov6.FunctionParameter{Name: "rest", Type: tftypes.Number},
			Return:            &tfprotov6.FunctionReturn{Type: tftypes.List{ElementType: tftypes.String}},
		}},
	}, nil
}

func nested(name string, mode tfprotov6.SchemaObjectNestingMode) *tfprotov6.SchemaAttribute {
	return &tfprotov6.SchemaAttribute{
		Name: name, Optional: true, Description: "nested",
		NestedType: &tfprotov6.SchemaObject{
			Nesting: mode,
			Attributes: []*tfprotov6.SchemaAttribute{
				{Name: "inner", Type: tftypes.String, Required: true, Sensitive: true},
				{
					Name: "deeper", Optional: true,
					NestedType: &tfprotov6.SchemaObject{
						Nesting:    tfprotov6.SchemaObjectNestingModeSingle,
						Attributes: []*tfprotov6.SchemaAttribute{{Name: "innermost", Type: tftypes.Bool, Optional: true}},
					},
				},
			},
		},
	}
}
