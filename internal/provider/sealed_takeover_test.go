package provider_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
)

// newOldProject is a project in E2EE mode on the same server. It watches over
// its keys.
func newOldProject(t *testing.T, s *acctest.Sealed) (owner *seed.Owner, token string) {
	t.Helper()
	owner, err := seed.NewOwner(s.Server, devserver.Project{Name: "old"})
	if err != nil {
		t.Fatal(err)
	}
	if token, err = owner.ServiceToken(seed.Token{Name: "old"}); err != nil {
		t.Fatal(err)
	}
	s.Secret(owner.KeyText)
	s.Secret(token[strings.LastIndex(token, ".")+1:])
	return owner, token
}

// TestSealedFromE2EE: with the module for it, the values of an end-to-end
// encrypted project are sealed in another one, and are in no state, no plan, no
// log at any level, and not on the wire.
func TestSealedFromE2EE(t *testing.T) {
	t.Parallel()
	s := acctest.NewSealed(t)
	owner, token := newOldProject(t, s)
	values := map[string]string{
		"DB_PASSWORD": s.Secret("first-Wert-€-canary"), "LINES": s.Secret("second\n\"quoted\" ${canary}"), "REFERENCE": "${DB_PASSWORD}",
	}
	for name, value := range values {
		if _, err := owner.Put("dev", "/", name, value, s.Secret("canary of a comment")); err != nil {
			t.Fatal(err)
		}
	}
	tf := acctest.NewTerraform(t, s.Env)
	module := filepath.Join(tf.Dir, "e2ee-to-sealed")
	if err := os.CopyFS(module, os.DirFS(filepath.Join(repository, "examples", "modules", "e2ee-to-sealed"))); err != nil {
		t.Fatal(err)
	}
	tf.Write(`
variable "old_token" { sensitive = true }
provider "infisical" {
  alias         = "old"
  service_token = var.old_token
}
provider "infisical" {
  alias           = "new"
  encryption_mode = "sealed"
}
module "move" {
  source    = "./e2ee-to-sealed"
  from      = { env_slug = "dev" }
  to        = { env_slug = "prod" }
  providers = { infisical.old = infisical.old, infisical.new = infisical.new }
}
`)
	tf.Env = append(tf.Env, "TF_VAR_old_token="+token, "INFISICAL_SEALING_KEYS="+s.Keys[0], "TF_LOG=TRACE", "TF_LOG_PATH=trace.log")
	skipBelow(t, tf, "e2ee-to-sealed", readFile(t, filepath.Join(module, "main.tf")))
	tf.Run("init", "-no-color")
	tf.Run("plan", "-no-color", "-out=saved")
	shown := tf.Run("show", "-json", "saved")
	tf.Run("apply", "-no-color", "saved")
	tf.PlanIsEmpty()

	got := s.Read("prod", "/")
	for name, value := range values {
		if got[name].Value != value || got[name].Comment != "" {
			t.Errorf("%s is another one in the new project", name)
		}
	}
	if len(got) != len(values) {
		t.Errorf("%d secrets in the new project", len(got))
	}
	log := tf.File("trace.log")
	if !strings.Contains(log, "Infisical request") || !strings.Contains(log, "[TRACE]") {
		t.Fatal("the log holds no trace of requests: the search would prove nothing")
	}
	// The old project's comments are in the state, as its data source tells.
	canaries := []string{values["DB_PASSWORD"], values["LINES"], s.Keys[0], owner.KeyText}
	for what, text := range map[string]string{"the log": log, "the plan": shown + tf.File("saved"), "the state": tf.File("terraform.tfstate")} {
		if acctest.Search(text, canaries) > 0 {
			t.Errorf("%s holds a secret", what)
		}
	}
	for _, r := range s.Server.Requests() {
		raw := strings.Contains(r.Path, "/raw")
		if of := strings.Contains(r.RawQuery+string(r.Body), owner.Project.ID); strings.HasPrefix(r.Path, "/api/v3/secrets") && raw == of {
			t.Errorf("%s: an endpoint of the other mode", r.Route)
		}
	}
}
