package provider_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/echoprovider"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
)

func TestEphemeralSecret(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	record := env.Put("dev", "/app", "A", env.Secret("ephemeral canary"), "comment")
	env.Put("dev", "/app", "BYTES", "\xfe", "")
	factories := env.Factories()
	factories["echo"] = echoprovider.NewProviderServer()
	data := func(name string) tfjsonpath.Path { return tfjsonpath.New("data").AtMapKey(name) }
	check := func(name string, want knownvalue.Check) statecheck.StateCheck {
		return statecheck.ExpectKnownValue("echo.this", data(name), want)
	}
	config := func(name string) string {
		return env.Config(`
ephemeral "infisical_secret" "this" {
  env_slug    = "dev"
  folder_path = "/app"
  name        = "` + name + `"
}
provider "echo" { data = ephemeral.infisical_secret.this }
resource "echo" "this" {}
`)
	}
	resource.UnitTest(t, resource.TestCase{
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_10_0)},
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{Config: config("MISSING"), ExpectError: says(`Secret "MISSING" (environment "dev", folder /app). It does not exist`)},
			{Config: config("A"), ConfigStateChecks: []statecheck.StateCheck{
				check("value", knownvalue.StringExact("ephemeral canary")),
				check("value_base64", knownvalue.StringExact("ZXBoZW1lcmFsIGNhbmFyeQ==")),
				check("comment", knownvalue.StringExact("comment")),
				check("id", knownvalue.StringExact(record.ID)),
				check("version", knownvalue.Int64Exact(1)),
				check("workspace_id", knownvalue.StringExact(env.Owner.Project.ID)),
			}},
		},
	})
}

// TestMissingFolderOfAnEphemeral: what is said of when ephemeral resources are
// opened is said of them alone.
func TestMissingFolderOfAnEphemeral(t *testing.T) {
	t.Parallel()
	const sentence = "An ephemeral resource is opened at plan"
	for kind, more := range map[string]struct {
		arguments string
		said      bool
	}{
		`ephemeral "infisical_secret"`:  {"name = \"A\"", true},
		`ephemeral "infisical_secrets"`: {"", true},
		`data "infisical_secret"`:       {"name = \"A\"", false},
		`data "infisical_secrets"`:      {"", false},
		`resource "infisical_secret"`:   {"name = \"A\"\nvalue = \"a\"", false},
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, acctest.New(t), kind+" \"this\" {\nenv_slug = \"dev\"\nfolder_path = \"/nope\"\n"+more.arguments+"\n}\n")
			out, err := s.Try("apply", "-no-color", "-auto-approve")
			if err == nil || !says(`There is no folder /nope in environment "dev".`).MatchString(out) || says(sentence).MatchString(out) != more.said {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// TestEphemeralSecretLeavesNoTrace feeds one secret from another.
func TestEphemeralSecretLeavesNoTrace(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	value := env.Secret("ephemeral canary that is copied")
	env.Put("dev", "/", "SOURCE", value, "")
	s := newInstalledScene(t, env, `
ephemeral "infisical_secret" "source" {
  env_slug = "dev"
  name     = "SOURCE"
}
resource "infisical_secret" "copy" {
  env_slug = "prod"
  name     = "COPY"
  value_wo = ephemeral.infisical_secret.source.value
}
`)
	s.Run("plan", "-no-color", "-out=saved")
	s.Run("apply", "-no-color", "saved")
	if env.Read("prod", "/")["COPY"].Value != value {
		t.Error("the value was not copied")
	}
	state := s.File("terraform.tfstate")
	if acctest.Search(state+privateState(t, state)+planFile(t, s.Dir+"/saved"), env.Canaries()) > 0 {
		t.Error("the value was kept")
	}
	s.PlanIsEmpty()
}
