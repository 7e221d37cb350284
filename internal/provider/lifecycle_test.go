package provider_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
)

// TestLifecycleLeaksNothing is a secret's whole life under the real command
// line and the provider in a process of its own, with everything logged. The
// wire is searched when the test ends, by acctest.
func TestLifecycleLeaksNothing(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	value1, value2 := env.Secret("first-Wert-€-canary"), env.Secret("second\n\"quoted\" ${canary}")
	comment1, comment2 := env.Secret("first canary comment"), env.Secret("second canary comment")
	outside := env.Secret("value written by another client")

	tf := acctest.NewTerraform(t, env)
	tf.Env = append(tf.Env, "TF_LOG=TRACE", "TF_LOG_PATH=trace.log",
		"TF_VAR_value="+value1, "TF_VAR_comment="+comment1, "TF_VAR_name=DB_PASSWORD")
	set := func(variable, value string) { tf.Env = append(tf.Env, "TF_VAR_"+variable+"="+value) }
	tf.Write(`
variable "name" {}
variable "value" { sensitive = true }
variable "comment" { sensitive = true }

resource "infisical_secret" "this" {
  env_slug = "dev"
  name     = var.name
  value    = var.value
  comment  = var.comment
}

output "value" {
  value     = infisical_secret.this.value
  sensitive = true
}
`)
	tf.Run("init", "-no-color")
	holds := func(name, value, comment string, version int) {
		t.Helper()
		all := env.Read("dev", "/")
		if got := all[name]; len(all) != 1 || got.Value != value || got.Comment != comment || got.Version != version {
			t.Fatalf("the server holds %d secrets, version %d of %q, or another value or comment than expected", len(all), got.Version, got.Name)
		}
	}
	id := func() string { return env.Server.Records(env.Owner.Project.ID, "dev", "/")[0].ID }

	tf.Apply()
	holds("DB_PASSWORD", value1, comment1, 1)
	tf.PlanIsEmpty()
	if out := tf.Run("output", "-raw", "value"); out != value1 {
		t.Error("the output is not the value")
	}
	created := id()

	set("value", value2)
	tf.Apply()
	holds("DB_PASSWORD", value2, comment1, 2)

	set("comment", comment2)
	tf.Apply()
	holds("DB_PASSWORD", value2, comment2, 3)
	tf.PlanIsEmpty()

	set("name", "DB_PASSWORD_2")
	if out := tf.Apply(); !strings.Contains(out, "0 added, 1 changed, 0 destroyed") {
		t.Errorf("the rename was no update in place:\n%s", out)
	}
	holds("DB_PASSWORD_2", value2, comment2, 4)
	if id() != created {
		t.Error("the id did not survive the rename")
	}
	tf.PlanIsEmpty()

	tf.Run("state", "rm", "infisical_secret.this")
	tf.Run("import", "-no-color", "infisical_secret.this", "dev:/:DB_PASSWORD_2")
	if strings.Contains(tf.File("terraform.tfstate"), "quoted") {
		t.Error("the import brought the value into the state")
	}
	tf.Apply()
	holds("DB_PASSWORD_2", value2, comment2, 4) // equal: nothing was written
	tf.PlanIsEmpty()

	env.Put("dev", "/", "DB_PASSWORD_2", outside, comment2)
	if out, err := tf.Try("plan", "-no-color", "-detailed-exitcode"); err == nil || !strings.Contains(out, "1 to change") {
		t.Errorf("a value changed outside is not planned back:\n%s", out)
	}
	tf.Apply()
	holds("DB_PASSWORD_2", value2, comment2, 6)

	if err := env.Owner.Delete("dev", "/", "DB_PASSWORD_2"); err != nil {
		t.Fatal(err)
	}
	if out := tf.Apply(); !strings.Contains(out, "1 added, 0 changed, 0 destroyed") {
		t.Errorf("a secret deleted outside was not created again:\n%s", out)
	}
	holds("DB_PASSWORD_2", value2, comment2, 1)
	tf.PlanIsEmpty()

	tf.Run("destroy", "-auto-approve", "-no-color")
	if rest := env.Read("dev", "/"); len(rest) != 0 {
		t.Errorf("%d secrets are left", len(rest))
	}

	log := tf.File("trace.log")
	if !strings.Contains(log, "Infisical request") || !strings.Contains(log, "[TRACE]") {
		t.Fatal("the log holds no trace of requests: the search would prove nothing")
	}
	if acctest.IsTofu() {
		// OpenTofu itself traces old and new value of what no schema calls
		// sensitive, here the comment.
		log = regexp.MustCompile(`(?m)^.*- \.comment: was .*$`).ReplaceAllString(log, "")
	}
	if acctest.Search(log, env.Canaries()) > 0 {
		t.Error("the log holds a secret")
	}
}
