package provider_test

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
)

const forgedKey = "ffffffffffffffffffffffffffffffff"

var privateKeyIn = regexp.MustCompile(`private_key = "([^"]+)"`)

// forges has the server put a project key of its own in the place of the
// project's, and show nothing of what is sealed under the other one.
func forges(t *testing.T, env *acctest.Env, c acctest.Credential) (stop func()) {
	t.Helper()
	forged, err := seed.ForgeKey(privateKeyIn.FindStringSubmatch(c.HCL)[1], forgedKey)
	if err != nil {
		t.Fatal(err)
	}
	return env.Server.InjectFault(func(r devserver.Request) *devserver.Fault {
		switch {
		case strings.HasSuffix(r.Path, "/encrypted-key"):
			return &forged
		case r.Route == "GET /api/v3/secrets":
			return &devserver.Fault{Rewrite: func(status int, _ []byte) (int, []byte) { return status, []byte(`{"secrets":[],"imports":[]}`) }}
		}
		return nil
	})
}

// TestServerHandsOverAnotherProjectKey: with an API key the server could have
// everything sealed under a key of its own. What a state remembers and what the
// configuration names are held to, and a first use is told.
func TestServerHandsOverAnotherProjectKey(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	key := env.APIKey()
	value := env.Secret("canary of the pin")
	hcl := fmt.Sprintf(`
resource "infisical_secret" "one" {
  env_slug         = "dev"
  name             = "ONE"
  value_wo         = %[1]q
  value_wo_version = 1
}
resource "infisical_secrets" "many" {
  env_slug = "prod"
  secrets  = { TWO = { value = %[1]q } }
}
data "infisical_environments" "this" {}
output "id" { value = data.infisical_environments.this.project_key_id }
`, value)
	tf := acctest.NewInProcess(t, nil)
	tf.Write(env.ConfigAs(key, hcl))
	if out := tf.Apply(); !says("Project Key Not Pinned").MatchString(out) {
		t.Errorf("the first use is not told:\n%s", out)
	}
	id := tf.Run("output", "-raw", "id")

	stop := forges(t, env, key)
	writes := len(env.Writes())
	refused := func(config, want string) {
		t.Helper()
		tf.Write(config)
		for _, command := range [][]string{{"apply", "-auto-approve", "-no-color"}, {"apply", "-auto-approve", "-no-color", "-refresh=false"}} {
			if out, err := tf.Try(command...); err == nil || !says(want).MatchString(strings.ReplaceAll(out, "│", "")) {
				t.Errorf("%v: it is not refused with %q: %v\n%s", command, want, err, out)
			}
		}
	}
	changed := strings.Replace(hcl, "value_wo_version = 1", "value_wo_version = 2", 1)
	refused(env.ConfigAs(key, hcl+"resource \"infisical_secret\" \"new\" {\n env_slug = \"dev\"\n name = \"NEW\"\n value = \"v\"\n}\n"), "the state was written under "+id)
	refused(env.ConfigAs(key, changed), "the state was written under "+id)
	refused(env.ConfigAs(key, hcl, fmt.Sprintf("project_key_id = %q", id)), "the configuration names "+id)
	refused(env.ConfigAs(key, hcl, fmt.Sprintf("project_key = %q", env.Owner.KeyText)), "the configuration names "+id)
	if got := len(env.Writes()); got != writes {
		t.Errorf("%d kinds of writes, before %d", got, writes)
	}
	stop()

	tf.Write(env.ConfigAs(key, hcl, fmt.Sprintf("project_key_id = %q", id)))
	if out := tf.Run("plan", "-no-color", "-detailed-exitcode"); strings.Contains(out, "Not Pinned") {
		t.Errorf("a pinned key is told:\n%s", out)
	}
}

// TestPinsWhereThereIsNoKey: what could not be compared is an error.
func TestPinsWhereThereIsNoKey(t *testing.T) {
	t.Parallel()
	s := acctest.NewSealed(t)
	tf := acctest.NewInProcess(t, nil)
	tf.Write(s.Config("data \"infisical_environments\" \"this\" {}\n", `project_key_id = "HQ1y82znK6MOKOEn2nRyqA"`))
	if out, err := tf.Try("plan", "-no-color"); err == nil || !says("sealed mode seals under sealing_keys alone").MatchString(strings.ReplaceAll(out, "│", "")) {
		t.Errorf("%v\n%s", err, out)
	}
}
