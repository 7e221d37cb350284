package provider_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
)

func TestSecretsDataSource(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	env.Put("dev", "/app", "A", env.Secret("value of a\n"), "comment of a")
	env.Put("dev", "/app", "EMPTY", "", "")
	env.Put("dev", "/app", "BYTES", "\xff\x00", "")
	env.Put("dev", "/", "ELSEWHERE", "not here", "")
	const ds = "data.infisical_secrets.this"
	run(t, env, resource.TestStep{
		Config: env.Config("data \"infisical_secrets\" \"this\" {\n env_slug = \"dev\"\n folder_path = \"/app/\"\n}"),
		Check: resource.ComposeAggregateTestCheckFunc(
			resource.TestCheckResourceAttr(ds, "names.#", "3"),
			resource.TestCheckTypeSetElemAttr(ds, "names.*", "A"),
			resource.TestCheckTypeSetElemAttr(ds, "names.*", "EMPTY"),
			resource.TestCheckTypeSetElemAttr(ds, "names.*", "BYTES"),
			resource.TestCheckResourceAttr(ds, "values.%", "2"),
			resource.TestCheckResourceAttr(ds, "values.A", "value of a\n"),
			resource.TestCheckResourceAttr(ds, "values.EMPTY", ""),
			resource.TestCheckResourceAttr(ds, "secrets.%", "3"),
			resource.TestCheckResourceAttr(ds, "secrets.A.value", "value of a\n"),
			resource.TestCheckResourceAttr(ds, "secrets.A.comment", "comment of a"),
			resource.TestCheckResourceAttr(ds, "secrets.A.secret_type", "shared"),
			resource.TestCheckResourceAttr(ds, "secrets.EMPTY.comment", ""),
			resource.TestCheckNoResourceAttr(ds, "secrets.BYTES.value"),
			resource.TestCheckResourceAttr(ds, "secrets.BYTES.value_base64", base64.StdEncoding.EncodeToString([]byte("\xff\x00"))),
			resource.TestCheckResourceAttr(ds, "folder_path", "/app/"),
			resource.TestCheckResourceAttr(ds, "workspace_id", env.Owner.Project.ID),
		),
	})
}

// TestNamesAreForForEachAndValuesStayHidden: names show in a plan, values only
// where they are asked for.
func TestNamesAreForForEachAndValuesStayHidden(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	value := env.Secret("hidden canary")
	env.Put("dev", "/", "A", value, "")
	env.Put("dev", "/", "B", value, "")
	s := newScene(t, env, `
data "infisical_secrets" "all" { env_slug = "dev" }
resource "infisical_secret" "copy" {
  for_each = data.infisical_secrets.all.names
  env_slug = "staging"
  name     = each.key
  value    = data.infisical_secrets.all.values[each.key]
}
output "names" { value = data.infisical_secrets.all.names }
output "values" {
  value     = data.infisical_secrets.all.values
  sensitive = true
}
`)
	plan := s.Run("plan", "-no-color")
	if !strings.Contains(plan, `infisical_secret.copy["A"]`) || acctest.Search(plan, env.Canaries()) > 0 {
		t.Errorf("%s", plan)
	}
	applied := s.Apply()
	if acctest.Search(applied+s.Run("output", "-no-color"), env.Canaries()) > 0 {
		t.Error("a value was printed")
	}
	if got := env.Read("staging", "/"); len(got) != 2 || got["B"].Value != value {
		t.Errorf("%d copies, or another value", len(got))
	}
	s.PlanIsEmpty()
	if out := s.Run("output", "-json", "values"); !strings.Contains(out, value) {
		t.Error("a value that was asked for is not there")
	}
}

// TestOneListForAllObjectsOfARun counts what a plan costs.
func TestOneListForAllObjectsOfARun(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	for i := range 50 {
		env.Put("dev", "/", fmt.Sprintf("N%d", i), "v", "")
	}
	s := newScene(t, env, `
resource "infisical_secret" "all" {
  count    = 10
  env_slug = "dev"
  name     = "N${count.index}"
  value    = "v"
}
data "infisical_secrets" "all" {
  count    = 10
  env_slug = "dev"
}
ephemeral "infisical_secret" "all" {
  count    = 50
  env_slug = "dev"
  name     = "N${count.index}"
}
`)
	s.Apply()
	env.Server.ResetRequests()
	plan := s.Run("plan", "-no-color")
	if opened, read := strings.Count(plan, "Opening..."), strings.Count(plan, "Read complete"); opened != 50 || read != 10 || !strings.Contains(plan, "No changes") {
		t.Errorf("%d ephemerals were opened, %d data sources read, or something was planned", opened, read)
	}
	routes := map[string]int{}
	for _, r := range env.Server.Requests() {
		routes[r.Route]++
	}
	if len(routes) != 3 || routes["GET /api/v2/service-token"] != 1 || routes["GET /api/v1/workspace/:id"] != 1 || routes["GET /api/v3/secrets"] != 1 {
		t.Errorf("%v", routes)
	}
}
