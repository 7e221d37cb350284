package provider_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
)

// runFunctions runs the steps where the command line has functions, and checks
// that they sent nothing although the provider is configured.
func runFunctions(t *testing.T, steps ...resource.TestStep) {
	t.Helper()
	env := acctest.New(t)
	for i := range steps {
		steps[i].Config = env.Config(steps[i].Config)
	}
	resource.UnitTest(t, resource.TestCase{
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_8_0)},
		ProtoV6ProviderFactories: env.Factories(),
		Steps:                    steps,
	})
	if requests := env.Server.Requests(); len(requests) != 0 {
		t.Errorf("functions sent %d requests", len(requests))
	}
}

// oneCall has each function called with var.secret in an argument.
var oneCall = map[string]string{
	"dotenv_encode":              `provider::infisical::dotenv_encode({ A = "1", B = var.secret })`,
	"dotenv_decode":              `provider::infisical::dotenv_decode("A=${var.secret}")`,
	"parse_import_id":            `provider::infisical::parse_import_id("dev:/:${var.secret}")`,
	"secret_reference":           `provider::infisical::secret_reference("dev", "", var.secret)`,
	"secret_reference, one part": `provider::infisical::secret_reference(var.secret, "/app", "NAME")`,
}

// TestFunctionsPassMarksOn has results where Terraform lets nothing sensitive
// or ephemeral be.
func TestFunctionsPassMarksOn(t *testing.T) {
	t.Parallel()
	for name, call := range oneCall {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			output := func(variable, output string) string {
				return `variable "secret" {
  default = "canary"
  ` + variable + `
}
output "result" {
  value = ` + call + `
  ` + output + `
}`
			}
			runFunctions(t,
				resource.TestStep{Config: output("sensitive = true", ""), ExpectError: says("Output refers to sensitive values")},
				resource.TestStep{Config: output("sensitive = true", "sensitive = true")},
				resource.TestStep{Config: output("", "")},
			)
			t.Run("ephemeral", func(t *testing.T) {
				t.Parallel()
				tf := acctest.NewTerraform(t, nil)
				config := output("ephemeral = true", "")
				skipBelow(t, tf, "", config+"ephemeral \"")
				tf.Write(config)
				tf.Run("init", "-no-color")
				refused := says("Ephemeral value not allowed")
				if acctest.IsTofu() {
					refused = says("Output does not allow ephemeral value")
				}
				if out, err := tf.Try("plan", "-no-color"); err == nil || !refused.MatchString(out) {
					t.Errorf("an output was planned or refused otherwise: %v\n%s", err, out)
				}
			})
		})
	}
}

func TestFunctionsOfUnknownValues(t *testing.T) {
	t.Parallel()
	for name, call := range oneCall {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			runFunctions(t, resource.TestStep{
				Config: `
resource "terraform_data" "later" { input = "later" }
output "result" { value = ` + strings.ReplaceAll(call, "var.secret", "terraform_data.later.output") + ` }`,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectUnknownOutputValue("result")}},
			})
		})
	}
}

// TestFunctionErrors has a sensitive argument wherever an error could quote it.
// There is no provider block, no token and no server.
func TestFunctionErrors(t *testing.T) {
	t.Parallel()
	const argument = "Invalid function argument"
	const form = "it is not of the form env:/path:NAME or workspace:env:/path:NAME, such as dev:/:DB_PASSWORD"
	const syntax = "it holds one of the characters . $ { } which mean something in a reference, and which nothing can escape there"
	tf := acctest.NewTerraform(t, nil)
	skipBelow(t, tf, "", "provider::")
	secret := "canary of the functions"
	tf.Env = append(tf.Env, "TF_VAR_secret="+secret)
	config := func(call string) string {
		return "variable \"secret\" { sensitive = true }\noutput \"result\" {\n  value = provider::infisical::" + call + "\n  sensitive = true\n}\n"
	}
	tf.Write(config(`dotenv_encode({})`))
	tf.Run("init", "-no-color")
	for _, c := range []struct{ call, parameter, want string }{
		{`dotenv_encode({ A = var.secret, "B C" = "1" })`, "values", `"B C" is no name that a dotenv file can carry: letters A-Z and a-z, digits`},
		{`dotenv_encode({ A = var.secret, B = null })`, "values", `"B" is null, which a dotenv file cannot say; leave it out, as { for k, v in values : k => v if v != null } does`},
		{`dotenv_encode({ A = "${var.secret}\u0000" })`, "values", `"A" has a value with a NUL byte, which no environment variable can hold`},
		{`dotenv_encode(null)`, "values", "argument must not be null"},
		{`dotenv_decode(var.secret)`, "text", "line 1: it holds no `=`"},
		{`dotenv_decode("A=1\n\nB='${var.secret}")`, "text", "line 3: its quote is not closed"},
		{`dotenv_decode("A=1\n${var.secret}=1")`, "text", "line 2: what stands before its `=` is no name"},
		{`dotenv_decode("A=1\nB=2\nA=${var.secret}")`, "text", "line 3: it sets the same name as line 1"},
		{`dotenv_decode(null)`, "text", "argument must not be null"},
		{`parse_import_id(var.secret)`, "id", form},
		{`parse_import_id("dev:NAME")`, "id", form},
		{`parse_import_id("dev:/a b:${var.secret}")`, "id", "its folder path cannot be used: a folder's name is made of letters"},
		{`parse_import_id("dev:/:")`, "id", "its secret name cannot be used: it is empty"},
		{`parse_import_id(null)`, "id", "argument must not be null"},
		{`secret_reference("a.b", "", var.secret)`, "env", syntax},
		{`secret_reference("dev", "app", var.secret)`, "path", "it must begin with a slash"},
		{`secret_reference("dev", "/a.b", var.secret)`, "path", `a folder's name is made of letters A-Z and a-z, digits, dash and underscore; '.' is none of them`},
		{`secret_reference("", "/", var.secret)`, "path", "a reference without an environment is to the folder in which it stands; name the environment (env), or leave the path out (null or empty)"},
		{`secret_reference("", "/app", var.secret)`, "path", "a reference without an environment"},
		{`secret_reference("dev", "/", "${var.secret}.B")`, "name", syntax},
		{`secret_reference("dev", "/", "${var.secret}}")`, "name", syntax},
		{`secret_reference("dev", "/", "{${var.secret}")`, "name", syntax},
		{`secret_reference("dev", "/", "${var.secret}$")`, "name", syntax},
		{`secret_reference("dev", "/", "${var.secret}/B")`, "name", "it holds a slash"},
		{`secret_reference("dev", "/", "")`, "name", "it is empty"},
		{`secret_reference("dev", "/", null)`, "name", "argument must not be null"},
	} {
		tf.Write(config(c.call))
		out, err := tf.Try("plan", "-no-color")
		out = strings.ReplaceAll(out, "│", " ")
		if err == nil {
			t.Errorf("%s: it was planned:\n%s", c.call, out)
		}
		for _, want := range []string{argument, `Invalid value for "` + c.parameter + `" parameter: ` + c.want} {
			if !says(want).MatchString(out) {
				t.Errorf("%s: the error does not say %q:\n%s", c.call, want, out)
			}
		}
		if acctest.Search(out, []string{secret}) > 0 {
			t.Errorf("%s: the error holds the secret", c.call)
		}
	}
}
