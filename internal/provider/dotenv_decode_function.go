package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/dotenv"
)

var _ function.Function = dotenvDecodeFunction{}

func newDotenvDecodeFunction() function.Function { return dotenvDecodeFunction{} }

type dotenvDecodeFunction struct{}

func (dotenvDecodeFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "dotenv_decode"
}

func (dotenvDecodeFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Read a dotenv file as a map",
		MarkdownDescription: "Reads the text of a dotenv (`.env`) file as a map of strings. The result is sensitive or ephemeral if the text is; `file` gives one that is neither, so put it into `sensitive`.\n\n" +
			"- Values stand as they are, or in single quotes, double quotes or backticks, and then over several lines if need be. Nothing is expanded: `${X}` stays `${X}`.\n" +
			"- Between double quotes `\\n`, `\\r`, `\\t`, `\\\"`, `\\\\`, `\\$` and a backslash before a backtick stand for one character. Any other backslash stands for itself.\n" +
			"- `export` before a name, blanks around the `=`, empty lines and line ends of Windows make no difference. `#` begins a comment at the beginning of a line and behind a blank.\n" +
			"- A name that is set twice is an error. Errors give the number of the line and nothing of what it holds.",
		Parameters: []function.Parameter{function.StringParameter{
			Name: "text", MarkdownDescription: "The text of the file.",
		}},
		Return: function.MapReturn{ElementType: types.StringType},
	}
}

func (dotenvDecodeFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var text string
	if resp.Error = req.Arguments.Get(ctx, &text); resp.Error != nil {
		return
	}
	pairs, err := dotenv.Decode(text)
	if err != nil {
		resp.Error = function.NewArgumentFuncError(0, err.Error())
		return
	}
	values := make(map[string]string, len(pairs))
	for _, p := range pairs {
		values[p.Name] = p.Value
	}
	resp.Error = resp.Result.Set(ctx, values)
}
