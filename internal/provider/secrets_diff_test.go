package provider_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
)

func TestSecretsDiff(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	for _, name := range []string{"EQUAL", "OTHER", "LEFT", "NESTED"} {
		env.Put("dev", "/l", name, env.Secret("canary of "+name), "a comment that only one has")
	}
	env.Put("prod", "/r", "EQUAL", "canary of EQUAL", "")
	env.Put("prod", "/r", "OTHER", env.Secret("another canary"), "")
	env.Put("prod", "/r", "RIGHT", "r", "")
	env.Put("prod", "/r", "NESTED", "${RIGHT}", "")
	env.Put("staging", "/i", "LEFT", "canary of LEFT", "")
	addImport(env, "prod:/r", "staging:/i")
	config := func(more string) string {
		return env.Config("data \"infisical_secrets_diff\" \"this\" {\n  left  = { env_slug = \"dev\", folder_path = \"/l/\" }\n" +
			"  right = { workspace_id = \"" + env.Owner.Project.ID + "\", env_slug = \"prod\", folder_path = \"/r\" }\n" + more + "\n}\n")
	}
	compares := func(more string, inSync bool, left, right, different, equal knownvalue.Check) resource.TestStep {
		step := resource.TestStep{Config: config(more)}
		for name, check := range map[string]knownvalue.Check{
			"only_left": left, "only_right": right, "different": different, "equal": equal, "in_sync": knownvalue.Bool(inSync),
			"left":  knownvalue.ObjectExact(map[string]knownvalue.Check{"workspace_id": text(env.Owner.Project.ID), "env_slug": text("dev"), "folder_path": text("/l/")}),
			"right": knownvalue.ObjectExact(map[string]knownvalue.Check{"workspace_id": text(env.Owner.Project.ID), "env_slug": text("prod"), "folder_path": text("/r")}),
		} {
			step.ConfigStateChecks = append(step.ConfigStateChecks, statecheck.ExpectKnownValue("data.infisical_secrets_diff.this", tfjsonpath.New(name), check))
		}
		return step
	}
	run(
		t, env,
		compares("", false, texts("LEFT"), texts("RIGHT"), texts("OTHER", "NESTED"), texts("EQUAL")),
		compares("include_imports = true", false, texts(), texts("RIGHT"), texts("OTHER", "NESTED"), texts("EQUAL", "LEFT")),
		resource.TestStep{
			PreConfig: func() {
				env.Put("dev", "/l", "NESTED", "r", "")
				env.Put("dev", "/l", "RIGHT", "r", "")
				env.Put("prod", "/r", "OTHER", "canary of OTHER", "")
			},
			Config: config("expand_references = true"),
		},
		compares("include_imports = true\nexpand_references = true", true, texts(), texts(), texts(), texts("EQUAL", "LEFT", "NESTED", "OTHER", "RIGHT")),
		compares("include_imports = true", false, texts(), texts(), texts("NESTED"), texts("EQUAL", "LEFT", "OTHER", "RIGHT")),
	)
}

// TestSecretsDiffShowsNoValues: neither where it is printed nor in the state.
// One list for each side is all that it costs.
func TestSecretsDiffShowsNoValues(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	env.Put("dev", "/", "A", env.Secret("left canary"), env.Secret("left comment canary"))
	env.Put("prod", "/", "A", env.Secret("right canary"), "")
	damaged := env.Put("prod", "/", "B", "b", "")
	env.Put("dev", "/", "B", "b", "")
	tag := "AAAAAAAAAAAAAAAAAAAAAA=="
	damaged.Value.Tag = &tag
	env.Server.PutRecord(damaged)
	const hcl = `
data "infisical_secrets_diff" "this" {
  left  = { env_slug = "dev" }
  right = { env_slug = "prod" }
}
output "diff" { value = data.infisical_secrets_diff.this }
`
	s := newInstalledScene(t, env, hcl)
	printed := s.Run("plan", "-no-color", "-out=saved") + s.Apply() + s.Run("output", "-json")
	if !says(`"different": [ "A", "B" ], "equal": [],`).MatchString(printed) || !strings.Contains(printed, `"in_sync": false`) {
		t.Errorf("%s", printed)
	}
	if !says(`1 secrets cannot be opened and are not known to be equal: - Secret "B" (environment "prod", folder /).`).MatchString(printed) {
		t.Errorf("no warning:\n%s", printed)
	}
	if acctest.Search(printed+s.File("terraform.tfstate")+planFile(t, s.Dir+"/saved"), env.Canaries()) > 0 {
		t.Error("a value was printed or kept")
	}
	env.Server.ResetRequests()
	s.PlanIsEmpty()
	if got := lists(env); got != 2 || len(env.Server.Requests()) != 4 {
		t.Errorf("%d lists, %d requests", got, len(env.Server.Requests()))
	}

	for _, c := range []struct{ from, to, says string }{
		{`{ env_slug = "prod" }`, `{ env_slug = "Prod" }`, `has no environment "Prod"`},
		{`{ env_slug = "dev" }`, `{ folder_path = "/" }`, `No env_slug is set`},
		{`{ env_slug = "dev" }`, `{ env_slug = "dev", folder_path = "/none" }`, `There is no folder /none in environment "dev"`},
		{`{ env_slug = "prod" }`, `{ env_slug = "prod", folder_path = "/none" }`, `There is no folder /none in environment "prod"`},
		{`{ env_slug = "dev" }`, `{ env_slug = "dev", workspace_id = "other" }`, `belongs to another project`},
	} {
		s.Write(strings.Replace(hcl, c.from, c.to, 1))
		// The line that it is about is shown.
		if out, err := s.Try("plan", "-no-color"); err == nil || !says(c.says).MatchString(out) || !says("= "+c.to).MatchString(out) {
			t.Errorf("%s: %s", c.to, out)
		}
	}
	s.Write(strings.Replace(hcl, `{ env_slug = "prod" }`, `{ env_slug = "prod", folder_path = "none" }`, 1))
	refuses(t, env, s.Terraform, "right.folder_path cannot be used: it must begin with a slash", "plan")
}
