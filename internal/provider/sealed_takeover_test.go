package provider_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/seal"
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
  workspace_id    = "` + s.Owner.Project.ID + `"
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

// plantSealed stores a value as another client with the key would.
func plantSealed(s *acctest.Sealed, keyText, name, value string) {
	s.T.Helper()
	ring, err := seal.ParseRing(keyText)
	if err != nil {
		s.T.Fatal(err)
	}
	place := seal.Place{ProjectID: s.Owner.Project.ID, Environment: "dev", Path: "/", Name: name, Type: seal.TypeShared}
	envelope, err := ring.Seal(place, 1, []byte(value))
	if err != nil {
		s.T.Fatal(err)
	}
	s.Server.PutRawRecord(devserver.RawRecord{
		WorkspaceID: place.ProjectID, Environment: "dev", SecretPath: "/", Name: name, Value: envelope, Type: "shared", Version: 1,
	})
}

// TestSealedListAndImport: what other clients with the key wrote is found and
// taken over, and sealed anew if it is under an older key, although its value
// is nobody's here. What is not sealed blinds nobody, and is not taken over.
func TestSealedListAndImport(t *testing.T) { inDialects(t, testSealedListAndImport) }

func testSealedListAndImport(t *testing.T, s *acctest.Sealed) {
	t.Helper()
	older := s.NewKey()
	s.Keys = append(s.Keys, older)
	plantSealed(s, s.Keys[0], "GOOD", s.Secret("canary of the list"))
	plantSealed(s, older, "OLDER", "older")
	s.Server.PutRawRecord(devserver.RawRecord{WorkspaceID: s.Owner.Project.ID, Environment: "dev", Name: "PLAIN", Value: "hunter2", Type: "shared", Version: 1})

	p := newProtocol(t, s.Env, attributes{"workspace_id": s.Owner.Project.ID, "encryption_mode": "sealed", "sealing_keys": []tftypes.Value{
		tftypes.NewValue(tftypes.String, s.Keys[0]), tftypes.NewValue(tftypes.String, older),
	}})
	got := p.list(attributes{"env_slug": "dev"}, tfprotov6.ListResourceRequest{IncludeResource: true})
	expectNames(t, got, "dev:/:GOOD", "dev:/:OLDER")
	if len(got.diagnostics) != 1 || !strings.Contains(got.diagnostics[0].Detail, "PLAIN") || !strings.Contains(got.diagnostics[0].Detail, "is not sealed") {
		t.Errorf("of what does not open it says %v", got.diagnostics)
	}
	for _, result := range got.found {
		state := p.plain(p.secret, result.Resource)
		if _, ok := state["value"]; ok || state["sealing_key_id"] == "" || state["generation"] == "" || state["value_fingerprint"] == "" {
			t.Errorf("%s is found with %d attributes, or with its value", result.DisplayName, len(state))
		}
	}

	const both = `
resource "infisical_secret" "good" {
  env_slug = "dev"
  name     = "GOOD"
}
resource "infisical_secret" "older" {
  env_slug = "dev"
  name     = "OLDER"
}
`
	imports := func(address, name string) resource.TestStep {
		return resource.TestStep{
			Config: s.Config(both), ResourceName: "infisical_secret." + address, ImportState: true, ImportStateId: "dev:/:" + name, ImportStatePersist: true,
		}
	}
	plain := imports("good", "PLAIN")
	plain.ImportStatePersist, plain.ExpectError = false, says(`Its value is not sealed`)
	run(
		t, s,
		plain, imports("good", "GOOD"), imports("older", "OLDER"),
		resource.TestStep{
			Config: s.Config(both), Check: func(*terraform.State) error {
				all := envelopes(s, "/")
				for _, name := range []string{"GOOD", "OLDER"} {
					if id, _ := seal.KeyID(all[name].Value); id != keyID(t, s.Keys[0]) {
						return fmt.Errorf("%s is not under the first key", name)
					}
				}
				if all["PLAIN"].Value != "hunter2" || all["GOOD"].Version != 1 {
					return errors.New("more was written than was to be sealed anew")
				}
				return nil
			},
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue("infisical_secret.older", tfjsonpath.New("value"), knownvalue.Null()),
				statecheck.ExpectKnownValue("infisical_secret.older", tfjsonpath.New("sealing_key_id"), knownvalue.StringExact(keyID(t, s.Keys[0]))),
			},
		},
	)
}
