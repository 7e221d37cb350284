package provider

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/dotenv"
)

var _ function.Function = dotenvEncodeFunction{}

func newDotenvEncodeFunction() function.Function { return dotenvEncodeFunction{} }

type dotenvEncodeFunction struct{}

func (dotenvEncodeFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "dotenv_encode"
}

func (dotenvEncodeFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Write a map as a dotenv file",
		MarkdownDescription: "Writes a map of strings as the text of a dotenv (`.env`) file, one name a line, sorted by name. " +
			"`dotenv_decode` reads back exactly the same map. The result is sensitive or ephemeral if the map or anything in it is.\n\n" +
			"Programs differ in how they read such files. Values without a single quote, a carriage return and a backslash at the end are written as they are or in single quotes, " +
			"and all of the programs below read them alike and expand nothing in them. The others are written in double quotes with backslashes, and of those\n\n" +
			"- shells (`set -a; . ./.env`) misread those with a carriage return;\n" +
			"- Docker Compose misreads those with a backtick;\n" +
			"- godotenv misreads those that end in a double quote or a backslash;\n" +
			"- dotenv of Node.js misreads those with a double quote, backslash, dollar sign or backtick, and `node --env-file` also those with a carriage return.\n\n" +
			"`docker run --env-file` knows no quotes at all: use it only with values made of letters, digits and `_-.,:/@%+=`.",
		Parameters: []function.Parameter{function.MapParameter{
			Name: "values", ElementType: types.StringType,
			MarkdownDescription: "The values by name. A name is made of letters A-Z and a-z, digits, underscores, dashes and dots, and begins with a letter, digit or underscore. " +
				"Shells take none with a dash, a dot or a digit at the beginning, godotenv none with a dash.",
		}},
		Return: function.StringReturn{},
	}
}

func (dotenvEncodeFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var values map[string]*string
	if resp.Error = req.Arguments.Get(ctx, &values); resp.Error != nil {
		return
	}
	pairs := make([]dotenv.Pair, 0, len(values))
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if values[name] == nil {
			resp.Error = function.NewArgumentFuncError(0, fmt.Sprintf(
				"%q is null, which a dotenv file cannot say; leave it out, as { for k, v in values : k => v if v != null } does", name))
			return
		}
		pairs = append(pairs, dotenv.Pair{Name: name, Value: *values[name]})
	}
	text, err := dotenv.Encode(pairs)
	if err != nil {
		resp.Error = function.NewArgumentFuncError(0, err.Error())
		return
	}
	resp.Error = resp.Result.Set(ctx, text)
}
