package provider_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
)

// TestDotenvFunctions has values of every kind written and read, without a
// server and without a token, and everything logged.
func TestDotenvFunctions(t *testing.T) {
	t.Parallel()
	tf := acctest.NewTerraform(t, nil)
	skipBelow(t, tf, "", "provider::")
	tf.Env = append(tf.Env, "TF_LOG=TRACE", "TF_LOG_PATH=trace.log")
	values := map[string]string{
		"B":     "canary-plain",
		"A":     "canary 'single' and \"double\"",
		"EMPTY": "",
		"PEM":   "-----BEGIN CANARY-----\nabc+/=\n-----END CANARY-----\n",
		"b.c-1": "canary ${B} $(id) `id` %{ for }",
		"WIN":   "canary\r\nC:\\canary\\",
		"OUTER": "\t canary €\u00a0 ",
	}
	raw, err := json.Marshal(map[string]any{"values": values})
	if err != nil {
		t.Fatal(err)
	}
	writeRaw(t, tf, "terraform.tfvars.json", string(raw))
	tf.Write(`
variable "values" {
  type      = map(string)
  sensitive = true
}
locals {
  text = provider::infisical::dotenv_encode(var.values)
}
output "text" {
  value     = local.text
  sensitive = true
}
output "values" {
  value     = provider::infisical::dotenv_decode("\ufeff# written by hand\r\nexport HAND = 'made' # so\r\n${replace(local.text, "\n", "\r\n")}")
  sensitive = true
}
output "nothing" {
  value = [provider::infisical::dotenv_encode({}), provider::infisical::dotenv_decode("# nothing\n\n")]
}
`)
	tf.Run("init", "-no-color")
	if acctest.Search(tf.Apply(), []string{"canary", "CANARY"}) > 0 {
		t.Error("apply printed a value")
	}
	tf.PlanIsEmpty()
	log := tf.File("trace.log")
	if !strings.Contains(log, "dotenv_encode") || !strings.Contains(log, "[TRACE]") {
		t.Error("the log holds no trace of the functions: the search would prove nothing")
	}
	if acctest.Search(log, []string{"canary", "CANARY"}) > 0 {
		t.Error("the log holds a value")
	}
	const want = `A="canary 'single' and \"double\""
B=canary-plain
EMPTY=
OUTER='	 canary €` + "\u00a0" + ` '
PEM='-----BEGIN CANARY-----
abc+/=
-----END CANARY-----
'
WIN="canary\r
C:\\canary\\"
b.c-1='canary ${B} $(id) ` + "`id`" + ` %{ for }'
`
	if text := tf.Run("output", "-raw", "text"); text != want {
		t.Errorf("written as:\n%s", text)
	}
	var got map[string]string
	if err := json.Unmarshal([]byte(tf.Run("output", "-json", "values")), &got); err != nil {
		t.Fatal(err)
	}
	values["HAND"] = "made"
	for name, value := range values {
		if got[name] != value {
			t.Errorf("%s was read as %q", name, got[name])
		}
	}
	if len(got) != len(values) {
		t.Errorf("%d values were read", len(got))
	}
	if nothing := tf.Run("output", "-json", "nothing"); strings.TrimSpace(nothing) != `["",{}]` {
		t.Errorf("nothing became %s", nothing)
	}
}

// TestDotenvOfEphemeralValues makes a file of values that are kept nowhere, and
// keeps it nowhere but on the server.
func TestDotenvOfEphemeralValues(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	value := env.Secret("it's a canary")
	env.Put("dev", "/", "SOURCE", value, "")
	s := newInstalledScene(t, env, `
ephemeral "infisical_secret" "source" {
  env_slug = "dev"
  name     = "SOURCE"
}
resource "infisical_secret" "file" {
  env_slug = "prod"
  name     = "FILE"
  value_wo = provider::infisical::dotenv_encode({ A = ephemeral.infisical_secret.source.value })
}
`)
	s.Run("plan", "-no-color", "-out=saved")
	s.Run("apply", "-no-color", "saved")
	if text := env.Read("prod", "/")["FILE"].Value; text != "A=\"it's a canary\"\n" {
		t.Errorf("the server holds %q", text)
	}
	state := s.File("terraform.tfstate")
	if acctest.Search(state+privateState(t, state)+planFile(t, s.Dir+"/saved"), env.Canaries()) > 0 {
		t.Error("the value was kept")
	}
	s.PlanIsEmpty()
}
