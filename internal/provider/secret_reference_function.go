package provider

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/function"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

var _ function.Function = secretReferenceFunction{}

func newSecretReferenceFunction() function.Function { return secretReferenceFunction{} }

type secretReferenceFunction struct{}

func (secretReferenceFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "secret_reference"
}

func (secretReferenceFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	resp.Definition = function.Definition{
		Summary: "Write a reference to another secret",
		MarkdownDescription: "Writes the text that stands, inside the value of one secret, for the value of another: `${NAME}` for one of the same folder, " +
			"`${env.NAME}` for one of the root folder of an environment, `${env.folder.folder.NAME}` for one of another folder. " +
			"Infisical's clients put the value there when they read; the server cannot, because it sees neither. " +
			"Nothing is looked up: the other secret need not exist yet.",
		Parameters: []function.Parameter{
			function.StringParameter{
				Name: "env", AllowNullValue: true,
				MarkdownDescription: "Environment of the other secret, by its slug. Null, or empty, for the folder in which the reference will stand; then `path` must be so as well.",
			},
			function.StringParameter{
				Name: "path", AllowNullValue: true,
				MarkdownDescription: "Folder of the other secret in that environment, such as `/` or `/app/db`. Null, or empty, is `/`.",
			},
			function.StringParameter{
				Name:                "name",
				MarkdownDescription: "Name of the other secret. It may not hold `.`, `$`, `{` or `}`, which mean something in a reference.",
			},
		},
		Return: function.StringReturn{},
	}
}

func (secretReferenceFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var env, path *string
	var name string
	if resp.Error = req.Arguments.Get(ctx, &env, &path, &name); resp.Error != nil {
		return
	}
	// Empty is null, for OpenTofu, which sends a null of no type that nothing can read.
	inPath := path != nil && *path != ""
	var steps []string
	switch {
	case env != nil && *env != "":
		if strings.ContainsAny(*env, referenceSyntax) {
			resp.Error = function.NewArgumentFuncError(0, cannotReference)
			return
		}
		steps = append(steps, *env)
	case inPath:
		resp.Error = function.NewArgumentFuncError(1, "a reference without an environment is to the folder in which it stands; name the environment (env), or leave the path out (null or empty)")
		return
	}
	if inPath {
		folder, err := secrets.CanonicalPath(*path)
		if err != nil {
			resp.Error = function.NewArgumentFuncError(1, err.Error())
			return
		}
		if folder != "/" {
			steps = append(steps, strings.Split(folder[1:], "/")...)
		}
	}
	if err := secrets.CheckName(name); err != nil {
		resp.Error = function.NewArgumentFuncError(2, err.Error())
		return
	}
	if strings.ContainsAny(name, referenceSyntax) {
		resp.Error = function.NewArgumentFuncError(2, cannotReference)
		return
	}
	resp.Error = resp.Result.Set(ctx, "${"+strings.Join(append(steps, name), ".")+"}")
}

// referenceSyntax are the characters that mean something in a reference, and
// cannot be escaped (PROTOCOL section 19).
const referenceSyntax = ".${}"

const cannotReference = "it holds one of the characters . $ { } which mean something in a reference, and which nothing can escape there"
