package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

var _ function.Function = parseImportIDFunction{}

func newParseImportIDFunction() function.Function { return parseImportIDFunction{} }

type parseImportIDFunction struct{}

func (parseImportIDFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "parse_import_id"
}

func (parseImportIDFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Take an import id apart",
		MarkdownDescription: "Reads the import id of a secret or a folder as imports read it (not that of an `infisical_secret_import`, which names two folders) and returns an object of `workspace_id`, `env_slug`, `folder_path` and `name`. " +
			"`workspace_id` is null where the id does not hold it, `name` where the id is that of a folder. `folder_path` has no slash at its end.",
		Parameters: []function.Parameter{function.StringParameter{
			Name: "id", MarkdownDescription: "`ENVIRONMENT:/FOLDER:NAME` of a secret, or `ENVIRONMENT:/FOLDER` of a folder, each also behind `WORKSPACE_ID:`. A name may hold colons.",
		}},
		Return: function.ObjectReturn{AttributeTypes: map[string]attr.Type{
			"workspace_id": types.StringType, "env_slug": types.StringType, "folder_path": types.StringType, "name": types.StringType,
		}},
	}
}

func (parseImportIDFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var id string
	if resp.Error = req.Arguments.Get(ctx, &id); resp.Error != nil {
		return
	}
	folder, name, err := parsePlaceID(id)
	if err != nil {
		resp.Error = function.NewArgumentFuncError(0, err.Error())
		return
	}
	result := struct {
		locationModel
		Name types.String `tfsdk:"name"`
	}{
		locationModel{types.StringNull(), types.StringValue(folder.Environment), types.StringValue(folder.Path)},
		types.StringPointerValue(name),
	}
	if folder.WorkspaceID != "" {
		result.WorkspaceID = types.StringValue(folder.WorkspaceID)
	}
	resp.Error = resp.Result.Set(ctx, result)
}
