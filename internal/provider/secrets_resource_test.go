package provider_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
)

// bulk is an infisical_secrets in the root of dev.
func bulk(elements string, settings ...string) string {
	return fmt.Sprintf("resource \"infisical_secrets\" \"all\" {\n  env_slug = \"dev\"\n  %s\n  secrets = {\n%s\n  }\n}\n", strings.Join(settings, "\n  "), elements)
}

// manyElements are N0, N1, …; the first `changed` of them have another value.
func manyElements(count, changed int) string {
	return fmt.Sprintf("resource \"infisical_secrets\" \"all\" {\n  env_slug = \"dev\"\n"+
		"  secrets = { for i in range(%d) : \"N${i}\" => { value = \"${i < %d ? \"new\" : \"old\"}-${i}\" } }\n}\n", count, changed)
}

// versions are those of the server's secrets in the root of dev, by name.
func versions(env *acctest.Env) map[string]int {
	out := map[string]int{}
	for name, s := range env.Read("dev", "/") {
		out[name] = s.Version
	}
	return out
}

func TestSecretsLifecycle(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	for _, canary := range []string{"first canary", "changed canary", "write-only canary", "rotated canary", "canary remark"} {
		env.Secret(canary)
	}
	s := newScene(t, env, bulk(`
    A = { value = "first canary", comment = "canary remark" }
    B = { value_wo = var.b, value_wo_version = 1 }
    "with space" = { value = "" }
`)+"variable \"b\" {\n  ephemeral = true\n  sensitive = true\n}\n")
	s.set("b", "write-only canary")
	out := s.Run("plan", "-no-color")
	for _, name := range []string{"A", "B", "with space"} {
		if !strings.Contains(out, `"`+name+`"`) {
			t.Errorf("the plan does not show the name %q", name)
		}
	}
	if acctest.Search(strings.ReplaceAll(out, "canary remark", ""), env.Canaries()) > 0 {
		t.Error("the plan shows a value")
	}
	s.Apply()
	holds := func(want map[string]string) {
		t.Helper()
		all := env.Read("dev", "/")
		for name, value := range want {
			if all[name].Value != value {
				t.Errorf("%s has another value than expected", name)
			}
		}
		if len(all) != len(want) {
			t.Errorf("the server holds %d secrets", len(all))
		}
	}
	holds(map[string]string{"A": "first canary", "B": "write-only canary", "with space": ""})
	if strings.Contains(s.File("terraform.tfstate"), "write-only canary") {
		t.Error("the state holds a write-only value")
	}
	s.PlanIsEmpty()

	// One element changes: the plan shows that one alone, and one is written.
	s.set("b", "rotated canary")
	s.Write(bulk(`
    A = { value = "changed canary", comment = "canary remark" }
    B = { value_wo = var.b, value_wo_version = 1 }
    "with space" = { value = "" }
`) + "variable \"b\" {\n  ephemeral = true\n  sensitive = true\n}\n")
	before := versions(env)
	out = s.Run("plan", "-no-color")
	if strings.Contains(out, `~ "B"`) || strings.Contains(out, `~ "with space"`) || !strings.Contains(out, `~ "A"`) {
		t.Errorf("the plan shows other elements than the changed one:\n%s", out)
	}
	s.Apply()
	holds(map[string]string{"A": "changed canary", "B": "write-only canary", "with space": ""})
	if after := versions(env); after["A"] != before["A"]+1 || after["B"] != before["B"] || after["with space"] != before["with space"] {
		t.Errorf("versions went from %v to %v", before, after)
	}
	s.PlanIsEmpty()

	// A higher version writes the write-only value; one is added, one leaves.
	s.Write(bulk(`
    A = { value = "changed canary" }
    B = { value_wo = var.b, value_wo_version = 2 }
    C = { value = "third" }
`) + "variable \"b\" {\n  ephemeral = true\n  sensitive = true\n}\n")
	s.Apply()
	holds(map[string]string{"A": "changed canary", "B": "rotated canary", "C": "third"})
	if env.Read("dev", "/")["A"].Comment != "" {
		t.Error("a comment that left the configuration was not cleared")
	}
	s.PlanIsEmpty()

	s.Run("destroy", "-auto-approve", "-no-color")
	holds(nil)
}

// TestSecretsCost: the numbers that the documentation promises.
func TestSecretsCost(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	s := newScene(t, env, manyElements(500, 0))
	cost := func(args ...string) (reads, writes int) {
		t.Helper()
		env.Server.ResetRequests()
		s.Run(args...)
		for _, r := range env.Server.Requests() {
			if r.Method == http.MethodGet {
				reads++
			} else {
				writes++
			}
		}
		return reads, writes
	}
	// Each process of the provider reads the token, the project and the folder:
	// one to plan, a second one to apply, a third one to destroy.
	if reads, writes := cost("apply", "-auto-approve", "-no-color"); reads > 6 || writes > 5 {
		t.Errorf("create: %d reads, %d writes", reads, writes)
	}
	if reads, writes := cost("plan", "-no-color", "-detailed-exitcode"); reads > 3 || writes != 0 {
		t.Errorf("plan: %d reads, %d writes", reads, writes)
	}
	s.Write(manyElements(500, 50))
	if reads, writes := cost("apply", "-auto-approve", "-no-color"); reads > 6 || writes != 1 {
		t.Errorf("update of 50: %d reads, %d writes", reads, writes)
	}
	if reads, writes := cost("destroy", "-auto-approve", "-no-color"); reads > 9 || writes > 5 {
		t.Errorf("destroy: %d reads, %d writes", reads, writes)
	}
	if rest := len(env.Read("dev", "/")); rest != 0 {
		t.Errorf("%d secrets are left", rest)
	}
}

func TestSecretsThatExist(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	env.Put("dev", "/", "SAME", "as configured", "")
	other := env.Put("dev", "/", "OTHER", env.Secret("what another client wrote"), "")
	elements := `
    SAME  = { value = "as configured" }
    OTHER = { value = "ours" }
    NEW   = { value = "new" }
`
	run(t, env,
		resource.TestStep{
			Config:      env.Config(bulk(elements)),
			ExpectError: says(`"OTHER": A secret of this name is there already, with another value or comment. It was not touched.`),
		},
		resource.TestStep{
			PreConfig: func() {
				if got := env.Writes(); len(got) != 0 {
					t.Errorf("something was written although one secret cannot be: %v", got)
				}
			},
			Config: env.Config(bulk(elements, `on_existing = "adopt"`)),
			Check: func(*terraform.State) error {
				all := env.Read("dev", "/")
				if all["OTHER"].Value != "ours" || all["NEW"].Value != "new" || len(all) != 3 {
					return fmt.Errorf("the server holds something else than is configured")
				}
				if all["SAME"].Version != 1 {
					return fmt.Errorf("a secret with the same content was written")
				}
				return nil
			},
		},
		resource.TestStep{ // on_existing alone sends nothing
			PreConfig:        env.Server.ResetRequests,
			Config:           env.Config(bulk(elements)),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction("infisical_secrets.all", plancheck.ResourceActionUpdate)}},
			Check: func(*terraform.State) error {
				if got := env.Writes(); len(got) != 0 {
					return fmt.Errorf("written: %v", got)
				}
				return nil
			},
		},
	)
	_ = other
}

// TestSecretsExclusive: other secrets of the folder go, after they were shown.
func TestSecretsExclusive(t *testing.T) {
	inModesOfClearNames(t, func(t *testing.T, m modal) {
		m.put("/", "STRAY", "x")
		m.Server.CreateFolder(m.Owner.Project.ID, "dev", "/below")
		m.put("/below", "DEEPER", "x")
		s := m.scene(t, bulk(`A = { value = "1" }`))
		s.Apply()
		if len(m.read("/")) != 2 {
			t.Error("a secret went without exclusive")
		}
		s.Write(bulk(`A = { value = "1" }`, "exclusive = true"))
		if out := s.Apply(); !strings.Contains(out, "Exclusive Will Delete Secrets") || !strings.Contains(out, `"STRAY"`) {
			t.Errorf("no warning names what is to be deleted:\n%s", out)
		}
		if len(m.read("/")) != 2 {
			t.Error("a secret went that no plan had shown")
		}
		if out := s.Apply(); !strings.Contains(out, `- "STRAY"`) {
			t.Errorf("the plan does not show what is deleted:\n%s", out)
		}
		if all := m.read("/"); len(all) != 1 || all["A"].Value != "1" {
			t.Errorf("%d secrets are there", len(all))
		}
		s.PlanIsEmpty()

		m.put("/", "LATER", m.Secret("what somebody added"))
		if out := s.Run("plan", "-no-color"); !strings.Contains(out, `- "LATER"`) {
			t.Errorf("the plan does not show what is to be deleted:\n%s", out)
		}
		s.Apply()
		if len(m.read("/")) != 1 {
			t.Error("a secret that was added outside is there still")
		}
		s.PlanIsEmpty()
		if strings.Contains(s.File("terraform.tfstate.backup"), "what somebody added") {
			t.Error("the state holds a value that nobody configured")
		}

		m.put("/", "LAST", "x")
		s.Run("destroy", "-auto-approve", "-no-color")
		if all := m.read("/"); len(all) != 1 || all["LAST"].Name == "" {
			t.Error("destroy took a secret that nobody configured and no plan had shown")
		}
		if len(m.read("/below")) != 1 {
			t.Error("exclusive went into a folder below")
		}
	})
}

func TestSecretsExclusiveFromTheStart(t *testing.T) {
	inModesOfClearNames(t, func(t *testing.T, m modal) {
		m.put("/", "STRAY", "x")
		s := m.scene(t, bulk(`A = { value = "1" }`, "exclusive = true"))
		if out := s.Run("plan", "-no-color"); !strings.Contains(out, `"STRAY"`) {
			t.Errorf("no warning names what is to be deleted:\n%s", out)
		}
		s.Apply()
		s.Apply()
		if all := m.read("/"); len(all) != 1 || all["A"].Value != "1" {
			t.Errorf("%d secrets are there", len(all))
		}
		s.PlanIsEmpty()
	})
}

// TestSecretsThatNothingCanBeDoneAbout: what does not open, and what is there
// twice, is named where a whole folder is taken over or cleared, and stays.
func TestSecretsThatNothingCanBeDoneAbout(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	twin := env.Put("dev", "/", "TWIN", "1", "")
	twin.ID = ""
	env.Server.PutRecord(twin)
	damaged := env.Put("dev", "/", "DAMAGED", "1", "")
	damaged.Value.Tag = new("AAAAAAAAAAAAAAAAAAAAAA==")
	env.Server.PutRecord(damaged)
	left := func() int { return len(env.Server.Records(env.Owner.Project.ID, "dev", "/")) }
	names := func(out string) {
		t.Helper()
		out = strings.ReplaceAll(out, "│", "")
		if !says(`Secret "TWIN" (environment "dev", folder /). The server holds 2 secrets of this name`).MatchString(out) ||
			!says(`Secret "DAMAGED" (environment "dev", folder /). Its value is`).MatchString(out) {
			t.Errorf("not both are named:\n%s", out)
		}
	}
	s := newScene(t, env, bulk(`A = { value = "1" }`, "exclusive = true"))
	names(s.Apply())
	if left() != 4 {
		t.Errorf("%d records are there", left())
	}
	names(s.Run("plan", "-no-color", "-detailed-exitcode")) // nothing to do, and not silent

	s = newScene(t, env, bulk(`A = {}`))
	names(s.Run("import", "-no-color", "infisical_secrets.all", "dev:/"))
	s.Apply()
	s.PlanIsEmpty()
}

// TestSecretsImport: a folder is taken over without its values and without a
// write.
func TestSecretsImport(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	env.Put("dev", "/", "A", env.Secret("imported canary"), "remark")
	env.Put("dev", "/", "B", "b", "")
	s := newScene(t, env, `
import {
  to = infisical_secrets.all
  id = "dev:/"
}
`)
	s.Run("plan", "-no-color", "-generate-config-out=generated.tf")
	env.Server.ResetRequests()
	// The change is that the configuration names them; it is in the state alone.
	if out := s.Apply(); !strings.Contains(out, "1 imported, 0 added, 1 changed, 0 destroyed") || len(env.Writes()) > 0 {
		t.Errorf("the generated configuration does not just take the folder in:\n%s\n%s", s.File("generated.tf"), out)
	}
	s.PlanIsEmpty()
	if acctest.Search(s.File("terraform.tfstate")+s.File("generated.tf"), env.Canaries()) > 0 {
		t.Error("the import brought a value into the state or the configuration")
	}
	if !strings.Contains(s.File("terraform.tfstate"), `"remark"`) {
		t.Error("the comment was not learnt")
	}

	// The same with the values: an update that sends nothing.
	s = newScene(t, env, bulk(`
    A = { value = var.a, comment = "remark" }
    B = { value_wo = "b" }
`)+"variable \"a\" {\n  sensitive = true\n}\n")
	s.set("a", "imported canary")
	s.Run("import", "-no-color", "infisical_secrets.all", env.Owner.Project.ID+":dev:/")
	s.Apply()
	s.PlanIsEmpty()
	if got := env.Writes(); len(got) != 0 {
		t.Errorf("values that are equal were written: %v", got)
	}
	if out, err := s.Try("import", "-no-color", "infisical_secrets.all", "dev"); err == nil || !says("is not of the form env:/path or workspace:env:/path").MatchString(strings.ReplaceAll(out, "│", "")) {
		t.Errorf("a bad id:\n%s", out)
	}
}

// TestSecretsDriftIsMended: changed, deleted, replaced and damaged outside.
func TestSecretsDriftIsMended(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	s := newScene(t, env, bulk(`
    A = { value = "1" }
    B = { value_wo = "2", value_wo_version = 1 }
    C = { value = "3" }
    D = { value = "4" }
`))
	s.Apply()
	env.Put("dev", "/", "A", "changed", "")
	env.Put("dev", "/", "B", "changed", "")
	for _, name := range []string{"C", "D"} {
		if err := env.Owner.Delete("dev", "/", name); err != nil {
			t.Fatal(err)
		}
	}
	env.Put("dev", "/", "D", "made anew", "")
	s.plans("1 to change")
	s.Apply()
	s.PlanIsEmpty()
	for name, value := range map[string]string{"A": "1", "B": "2", "C": "3", "D": "4"} {
		if env.Read("dev", "/")[name].Value != value {
			t.Errorf("%s was not mended", name)
		}
	}

	for _, r := range env.Server.Records(env.Owner.Project.ID, "dev", "/") {
		if r.BlindIndex == "A" {
			r.Value.Tag = new("AAAAAAAAAAAAAAAAAAAAAA==")
			env.Server.PutRecord(r)
		}
	}
	if out := s.Apply(); !says(`"A": Its value is`).MatchString(strings.ReplaceAll(out, "│", "")) {
		t.Errorf("no warning names the damaged secret:\n%s", out)
	}
	s.PlanIsEmpty()
	if env.Read("dev", "/")["A"].Value != "1" {
		t.Error("a damaged value was not mended")
	}
}

// TestSecretsRenamedOutside: names decide, also for a plan that was made before
// the rename: neither a delete nor a change follows the secret.
func TestSecretsRenamedOutside(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	s := newScene(t, env, bulk("A = { value = \"1\" }\nB = { value = \"2\" }"))
	s.Apply()
	s.Write(bulk(`A = { value = "1" }`))
	s.Run("plan", "-no-color", "-out=saved")
	if err := env.Owner.Rename("dev", "/", "B", "RENAMED"); err != nil {
		t.Fatal(err)
	}
	s.Run("apply", "-no-color", "saved")
	if env.Read("dev", "/")["RENAMED"].Value != "2" {
		t.Error("a secret was deleted under its new name")
	}
	s.PlanIsEmpty()

	s.Write(bulk("A = { value = \"changed\" }\nC = { value = \"3\" }"))
	s.Run("plan", "-no-color", "-out=saved")
	if err := env.Owner.Rename("dev", "/", "A", "ALSO"); err != nil {
		t.Fatal(err)
	}
	out, err := s.Try("apply", "-no-color", "saved")
	if err == nil || !says(`"A": It was renamed outside of Terraform since it was last read.`).MatchString(strings.ReplaceAll(out, "│", "")) {
		t.Errorf("the apply does not tell of the rename:\n%s", out)
	}
	if all := env.Read("dev", "/"); all["ALSO"].Value != "1" || len(all) != 2 {
		t.Error("a renamed secret was changed, or something else was")
	}
	s.Apply()
	s.PlanIsEmpty()
}

// TestSecretsOfAFolderThatIsGone: the resource leaves the state with its folder.
func TestSecretsOfAFolderThatIsGone(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	project := env.Owner.Project.ID
	env.Server.CreateFolder(project, "dev", "/app")
	config := strings.Replace(bulk(`A = { value = "1" }`), `env_slug = "dev"`, "env_slug = \"dev\"\n  folder_path = \"/app/\"", 1)
	run(t, env,
		resource.TestStep{
			Config: env.Config(config),
			Check:  resource.TestCheckResourceAttr("infisical_secrets.all", "folder_path", "/app/"),
		},
		resource.TestStep{
			PreConfig: func() { env.Server.DeleteFolder(project, "dev", "/app") },
			Config:    env.Config(config),
			// Gone, so planned anew; the folder is nobody's to make here.
			ExpectError: says(`There is no folder /app in environment "dev"`),
		},
	)
}

// TestSecretsOfNoNames: a map may be empty, and its folder must be there all
// the same: without it each plan would make the resource again.
func TestSecretsOfNoNames(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	play(t,
		resource.TestStep{Config: env.Config(bulk(``, `folder_path = "/missing"`)), ExpectError: says(`There is no folder /missing in environment "dev"`)},
		resource.TestStep{Config: env.Config(bulk(``))},
		resource.TestStep{Config: env.Config(bulk(``)), PlanOnly: true},
		resource.TestStep{Config: env.Config(bulk(`A = { value = "1" }`))},
		resource.TestStep{Config: env.Config(bulk(``))},
	)
	if rest := len(env.Read("dev", "/")); rest != 0 {
		t.Errorf("%d secrets are left", rest)
	}
}

// TestSecretsWithUnknownParts: values, elements and whole maps that are known
// only after apply.
func TestSecretsWithUnknownParts(t *testing.T) {
	t.Parallel()
	for title, secretsOf := range map[string]string{
		"value":   `secrets = { A = { value = terraform_data.late.output } }`,
		"version": `secrets = { A = { value_wo = "x", value_wo_version = terraform_data.late.output } }`,
		"element": `secrets = { A = terraform_data.late.output }`,
		"map":     `secrets = { (terraform_data.late.output) = { value = "x" } }`,
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			input := map[string]string{"value": `"x"`, "version": "3", "map": `"A"`, "element": `{ value = "x", value_wo = null, value_wo_version = null, comment = null }`}[title]
			config := env.Config(fmt.Sprintf("resource \"terraform_data\" \"late\" {\n  input = %s\n}\nresource \"infisical_secrets\" \"all\" {\n  env_slug = \"dev\"\n  %s\n}\n", input, secretsOf))
			play(t, resource.TestStep{
				Config: config,
				Check: func(*terraform.State) error {
					if all := env.Read("dev", "/"); len(all) != 1 || all["A"].Value != "x" {
						return fmt.Errorf("the server holds %d secrets, or another value", len(all))
					}
					return nil
				},
			}, resource.TestStep{Config: config, PlanOnly: true})
		})
	}
}

// TestSecretsExclusiveEnds: what exclusive was to delete, and has not, stays.
func TestSecretsExclusiveEnds(t *testing.T) {
	inModesOfClearNames(t, func(t *testing.T, m modal) {
		s := m.scene(t, bulk(`
    A = { value = "1" }
    B = { value = "2" }
`, "exclusive = true"))
		s.Apply()
		m.put("/", "STRAY", "x")
		s.Write(bulk(`A = { value = "1" }`))
		if out := s.Apply(); !says(`stay on the server: "STRAY".`).MatchString(out) {
			t.Errorf("no warning says what becomes of it:\n%s", out)
		}
		if all := m.read("/"); len(all) != 2 || all["STRAY"].Name == "" {
			t.Error("not just the secret was deleted that left the configuration")
		}
		s.PlanIsEmpty()
		if strings.Contains(s.File("terraform.tfstate"), "STRAY") {
			t.Error("the state holds a secret of somebody else")
		}

		// Another resource's secret, which exclusive may not delete: leaving out
		// exclusive settles it.
		single := "resource \"infisical_secret\" \"one\" {\n  env_slug = \"dev\"\n  name = \"LATER\"\n  value = \"1\"\n  depends_on = [infisical_secrets.all]\n}\n"
		s.Write(bulk(`A = { value = "1" }`, "exclusive = true") + single)
		s.Apply()
		if out, err := s.Try("plan", "-no-color"); err == nil {
			t.Fatalf("a plan deletes the secret of another resource:\n%s", out)
		}
		s.Write(bulk(`A = { value = "1" }`) + single)
		s.Apply()
		if m.read("/")["LATER"].Name == "" {
			t.Error("the secret of another resource was deleted")
		}
		s.PlanIsEmpty()
	})
}

// TestSecretsExclusiveThenConfigured: what exclusive was to delete is managed
// once it is configured, like any other: it goes with the resource.
func TestSecretsExclusiveThenConfigured(t *testing.T) {
	t.Parallel()
	for _, element := range []string{`{}`, `{ value = "same" }`, `{ value_wo = "same" }`} {
		t.Run(element, func(t *testing.T) {
			t.Parallel()
			env := acctest.NewES(t)
			s := newScene(t, env, bulk(`A = { value = "1" }`, "exclusive = true"))
			s.Env = append(s.Env, esVariable+"es")
			s.Apply()
			env.Put("dev", "/", "STRAY", "same", "")
			s.Write(bulk("A = { value = \"1\" }\nSTRAY = "+element, "exclusive = true"))
			env.Server.ResetRequests()
			s.Apply()
			if got := env.Writes(); len(got) != 0 {
				t.Errorf("what is equal was written: %v", got)
			}
			s.PlanIsEmpty()
			s.Run("destroy", "-auto-approve", "-no-color")
			if rest := len(env.Read("dev", "/")); rest != 0 {
				t.Errorf("%d secrets are left", rest)
			}
		})
	}
}

// TestSecretsExclusiveThatIsUnknown: whatever it turns out to be, a write-only
// value is planned as one that may be written by then.
func TestSecretsExclusiveThatIsUnknown(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	elements := `A = { value_wo = "x" }`
	late := "resource \"terraform_data\" \"late\" {\n  input = true\n}\n" + bulk(elements, "exclusive = terraform_data.late.output")
	play(t,
		resource.TestStep{Config: env.Config(bulk(elements))},
		resource.TestStep{Config: env.Config(late)},
		resource.TestStep{Config: env.Config(late), PlanOnly: true},
	)
}

// TestSecretsBadInput: every mistake is told at plan, with the name and without
// the value, although all stands in one line.
func TestSecretsBadInput(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	env.Secret("canary in the same line")
	readOnly := env.NewToken(seed.Token{Name: "reader", ReadOnly: true})
	scoped := env.NewToken(seed.Token{Name: "scoped", Scopes: []devserver.Scope{{Environment: "dev", SecretPath: "/app/**"}}})
	good := `A = { value = "canary in the same line" }`
	for title, c := range map[string]struct{ config, token, want string }{
		"name":         {`secrets = { "a/b" = { value = "canary in the same line" } }`, "", `The server cannot hold a secret named "a/b": it holds a slash`},
		"two values":   {`secrets = { A = { value = "canary in the same line", value_wo = "x" } }`, "", `Only one of value and value_wo of secret "A" can be set.`},
		"no value":     {`secrets = { A = { comment = "canary in the same line" } }`, "", `Secret "A" is to be created, and no value is configured.`},
		"null":         {`secrets = { B = { value = "canary in the same line" }, A = null }`, "", `secrets["A"] is null.`},
		"lone version": {`secrets = { A = { value = "canary in the same line", value_wo_version = 1 } }`, "", `value_wo_version of secret "A" says when value_wo is to be written`},
		"too large":    {`secrets = { A = { value = format("canary in the same line%s", join("", [for i in range(1000) : join("", [for j in range(1000) : "x"])])) } }`, "", `the server takes at most 1048576`},
		"read-only":    {"secrets = { " + good + " }", readOnly, `The service token "reader" is read-only.`},
		"scope":        {"secrets = { " + good + " }", scoped, `It is outside of the scopes of the service token "scoped".`},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, env, "resource \"infisical_secrets\" \"all\" {\n  env_slug = \"dev\"\n  "+c.config+"\n}\n")
			if c.token != "" {
				s.Env = append(s.Env, "INFISICAL_SERVICE_TOKEN="+c.token)
			}
			out, err := s.Try("plan", "-no-color")
			if err == nil || !says(c.want).MatchString(strings.NewReplacer("│", "", "╷", "", "╵", "").Replace(out)) {
				t.Errorf("the plan does not say %q:\n%s", c.want, out)
			}
			if title != "no value" && acctest.Search(out, env.Canaries()) > 0 {
				t.Errorf("the error shows a value:\n%s", out)
			}
		})
	}
	t.Cleanup(func() {
		if got := env.Writes(); len(got) != 0 {
			t.Errorf("something was written: %v", got)
		}
	})
}

// failing makes the server refuse every write of one secret, alone or in
// company.
func failing(env *acctest.Env, method, name string) (remove func()) {
	return env.Server.InjectFault(func(r devserver.Request) *devserver.Fault {
		if r.Method == method && (strings.HasSuffix(r.Path, "/"+name) || strings.Contains(string(r.Body), `"secretName":"`+name+`"`)) {
			return &devserver.Fault{Status: 403, Body: `{"statusCode":403,"error":"ValidationFailure","message":[{"path":["secrets"],"message":"refused"}]}`}
		}
		return nil
	})
}

// TestSecretsPartOfACreateFails: what was made is in the state, the error names
// the rest, and the next apply ends well.
func TestSecretsPartOfACreateFails(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	s := newScene(t, env, manyElements(20, 0))
	remove := failing(env, http.MethodPost, "N7")
	out, err := s.Try("apply", "-auto-approve", "-no-color")
	flat := strings.ReplaceAll(out, "│", "")
	if err == nil || !says(`"N7": `).MatchString(flat) || !says("19 other changes were made and are in the state").MatchString(flat) || !says("marks the resource as tainted").MatchString(flat) {
		t.Errorf("the error does not tell what was done and what was not:\n%s", out)
	}
	if len(env.Read("dev", "/")) != 19 {
		t.Error("innocent secrets were not made")
	}
	state := s.File("terraform.tfstate")
	if strings.Count(state, `"value_fingerprint"`) != 19 || strings.Contains(state, `"N7"`) {
		t.Error("the state does not hold exactly what the server does")
	}
	remove()

	// The tip of the error: what is missing is made, and nothing else touched.
	s.Run("untaint", "infisical_secrets.all")
	before := versions(env)
	s.Apply()
	s.PlanIsEmpty()
	after := versions(env)
	for name, version := range before {
		if after[name] != version {
			t.Errorf("%s was written again", name)
		}
	}
	if len(after) != 20 {
		t.Errorf("%d secrets in the end", len(after))
	}
}

// TestSecretsAllOfACreateFails: nothing was made, so nothing is tainted.
func TestSecretsAllOfACreateFails(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	s := newScene(t, env, manyElements(1, 0))
	failing(env, http.MethodPost, "N0")
	out, err := s.Try("apply", "-auto-approve", "-no-color")
	if err == nil || !says("Nothing else was changed. Apply again").MatchString(out) || strings.Contains(out, "taint") {
		t.Errorf("the error does not tell what there is:\n%s", out)
	}
}

func TestSecretsTaintedCreateConverges(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	s := newScene(t, env, manyElements(20, 0))
	remove := failing(env, http.MethodPost, "N7")
	if _, err := s.Try("apply", "-auto-approve", "-no-color"); err == nil {
		t.Fatal("the apply did not fail")
	}
	remove()
	if out := s.Apply(); !strings.Contains(out, "1 added, 0 changed, 1 destroyed") {
		t.Errorf("%s", out)
	}
	if len(env.Read("dev", "/")) != 20 {
		t.Error("not all secrets are there")
	}
	s.PlanIsEmpty()
}

// TestSecretsPartOfAnUpdateFails: the state holds what the server holds, and
// the next apply does the rest alone.
func TestSecretsPartOfAnUpdateFails(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	s := newScene(t, env, manyElements(20, 0))
	s.Apply()
	s.Write(strings.Replace(manyElements(20, 10), "range(20)", "range(1, 22)", 1)) // N0 leaves, N20 and N21 come
	removers := []func(){failing(env, http.MethodPatch, "N3"), failing(env, http.MethodPost, "N20"), failing(env, http.MethodDelete, "N0")}
	out, err := s.Try("apply", "-auto-approve", "-no-color")
	flat := strings.ReplaceAll(out, "│", "")
	if err == nil || !says(`- "N0": The`).MatchString(flat) || !says(`- "N20": The`).MatchString(flat) || !says(`- "N3": The`).MatchString(flat) || !says("9 other changes were made and are in the state. Apply again").MatchString(flat) {
		t.Errorf("the error does not tell what was done and what was not:\n%s", out)
	}
	if strings.Contains(s.File("terraform.tfstate"), "tainted") {
		t.Error("the resource is tainted")
	}
	for _, remove := range removers {
		remove()
	}
	env.Server.ResetRequests()
	s.Apply()
	if got := env.Writes(); got[http.MethodPatch] != 1 || got[http.MethodPost] != 1 || got[http.MethodDelete] != 1 {
		t.Errorf("the rest took %v", got)
	}
	s.PlanIsEmpty()
	all := env.Read("dev", "/")
	for i := 1; i < 22; i++ {
		value := map[bool]string{true: "new", false: "old"}[i < 10]
		if name := fmt.Sprintf("N%d", i); all[name].Value != fmt.Sprintf("%s-%d", value, i) {
			t.Errorf("%s has another value than configured", name)
		}
	}
	if len(all) != 21 {
		t.Errorf("%d secrets in the end", len(all))
	}
}

// TestSecretsPartOfADestroyFails: what could not be deleted stays in the state.
func TestSecretsPartOfADestroyFails(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	s := newScene(t, env, manyElements(5, 0))
	s.Apply()
	remove := failing(env, http.MethodDelete, "N3")
	if out, err := s.Try("destroy", "-auto-approve", "-no-color"); err == nil || !says(`"N3": `).MatchString(strings.ReplaceAll(out, "│", "")) {
		t.Errorf("the error does not name the secret:\n%s", out)
	}
	if state := s.File("terraform.tfstate"); !strings.Contains(state, `"N3"`) || strings.Contains(state, `"N2"`) {
		t.Error("the state does not hold exactly what is left")
	}
	remove()
	s.Run("destroy", "-auto-approve", "-no-color")
	if rest := len(env.Read("dev", "/")); rest != 0 {
		t.Errorf("%d secrets are left", rest)
	}
}

// TestSecretsOfTwoResources: one secret is one resource's.
func TestSecretsOfTwoResources(t *testing.T) {
	t.Parallel()
	single := "resource \"infisical_secret\" \"one\" {\n  env_slug = \"dev\"\n  name = \"A\"\n  value = \"1\"\n}\n"
	double := strings.Replace(bulk(`A = { value = "1" }`), `"all"`, `"again"`, 1)
	for title, second := range map[string]string{"infisical_secret": single, "infisical_secrets": double} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			for _, first := range []string{"1", "2"} {
				s := newScene(t, acctest.New(t), bulk(`A = { value = "`+first+`" }`)+second)
				out, err := s.Try("apply", "-auto-approve", "-no-color")
				refusedAsAnothers(t, out, err)
			}

			// Both in the state, as after two imports.
			env := acctest.New(t)
			env.Put("dev", "/", "A", "1", "")
			s := newScene(t, env, bulk(`A = { value = "1" }`)+second)
			s.Run("import", "-no-color", "infisical_secrets.all", "dev:/")
			if title == "infisical_secret" {
				s.Run("import", "-no-color", "infisical_secret.one", "dev:/:A")
			} else {
				s.Run("import", "-no-color", "infisical_secrets.again", "dev:/")
			}
			out, err := s.Try("plan", "-no-color")
			if err == nil || !says(`Another resource of this configuration manages these secrets of the folder / of environment "dev" too: A.`).MatchString(strings.ReplaceAll(out, "│", "")) {
				t.Errorf("two resources with one secret in the state:\n%s", out)
			}
		})
	}
}

// TestSecretsExclusiveBesideAnotherResource: what another resource of the
// configuration manages is not deleted, neither in the first apply of both nor
// when exclusive is set later.
func TestSecretsExclusiveBesideAnotherResource(t *testing.T) {
	t.Parallel()
	env := acctest.NewES(t)
	single := "resource \"infisical_secret\" \"one\" {\n  env_slug = \"dev\"\n  name = \"S\"\n  value = \"1\"\n}\n"
	exclusive := []string{"exclusive = true", "depends_on = [infisical_secret.one]"}
	s := newScene(t, env, single+bulk(`A = { value = "1" }`, exclusive...))
	s.Env = append(s.Env, esVariable+"es")
	refused := func(args ...string) {
		t.Helper()
		out, err := s.Try(args...)
		if err == nil || !says(`Another resource of this configuration manages these secrets of the folder / of environment "dev" too: S.`).MatchString(strings.ReplaceAll(out, "│", "")) {
			t.Errorf("%v was not refused:\n%s", args, out)
		}
		if env.Read("dev", "/")["S"].Name == "" {
			t.Fatal("the secret of another resource was deleted")
		}
	}
	refused("apply", "-auto-approve", "-no-color")
	refused("plan", "-no-color") // now that it is in the state
	s.Write(single + bulk(`A = { value = "1" }`))
	s.Apply()
	s.Write(single + bulk(`A = { value = "1" }`, exclusive...))
	refused("plan", "-no-color")

	// Both in one: nothing is another's, also when the resource is replaced.
	s.Write(bulk(`
    A = { value = "1" }
    S = { value = "1" }
`, "exclusive = true"))
	s.Run("state", "rm", "infisical_secret.one")
	s.Apply()
	env.Put("dev", "/", "STRAY", "x", "")
	s.Run("apply", "-auto-approve", "-no-color", "-replace=infisical_secrets.all")
	s.Apply() // the first apply of a new one deletes nothing
	s.PlanIsEmpty()
	if got := len(env.Read("dev", "/")); got != 2 {
		t.Errorf("%d secrets in the end", got)
	}
}

// TestSecretsKeptByAnotherResource: no resource deletes what is in the state of
// another that keeps it, as after an import of what leaves the first.
func TestSecretsKeptByAnotherResource(t *testing.T) {
	t.Parallel()
	single := "resource \"infisical_secret\" \"one\" {\n  env_slug = \"dev\"\n  name = \"S\"\n}\n"
	imported := "import {\n  to = infisical_secret.one\n  id = \"dev:/:S\"\n}\n"
	whole := "import {\n  to = infisical_secrets.all\n  id = \"dev:/\"\n}\n"
	for title, c := range map[string]struct{ before, after string }{
		"dropped from many, imported as one":            {bulk("A = { value = \"1\" }\nS = { value = \"2\" }"), bulk(`A = { value = "1" }`) + imported + single},
		"many destroyed, one imported":                  {bulk("A = { value = \"1\" }\nS = { value = \"2\" }"), imported + single},
		"folder imported with it, the one is destroyed": {imported + single, whole + bulk("A = {}\nS = {}")},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			env.Put("dev", "/", "S", "2", "")
			s := newScene(t, env, c.before)
			s.Apply()
			if !strings.Contains(c.before, "A =") {
				env.Put("dev", "/", "A", "1", "")
			}
			s.Write(c.after)
			out, err := s.Try("apply", "-auto-approve", "-no-color")
			if err != nil { // planned before it was known that there are two
				said(t, out, "or one delete what the other keeps")
			} else {
				said(t, out, `stay on the server: "S".`)
			}
			if env.Read("dev", "/")["S"].Value != "2" {
				t.Error("a secret that a resource keeps was deleted")
			}
		})
	}
}

// TestSecretsChangeHands: what is no quarrel is not refused, and the secret is
// there in the end.
func TestSecretsChangeHands(t *testing.T) {
	t.Parallel()
	single := func(address, name string) string {
		return fmt.Sprintf("resource \"infisical_secret\" %q {\n  env_slug = \"dev\"\n  name = %q\n  value = \"2\"\n}\n", address, name)
	}
	alone, both := bulk(`A = { value = "1" }`), bulk("A = { value = \"1\" }\nS = { value = \"2\" }")
	for title, c := range map[string]struct{ before, after string }{
		"many to one":              {both, alone + single("one", "S")},
		"one to many":              {alone + single("one", "S"), both},
		"one to many that are new": {single("one", "S"), both},
		"many to one, all of them": {bulk(`S = { value = "2" }`), single("one", "S")},
		"another address":          {single("one", "S"), single("other", "S")},
		"another address of many":  {both, strings.Replace(both, `"all"`, `"other"`, 1)},
		"a moved block":            {both, strings.Replace(both, `"all"`, `"other"`, 1) + "moved {\n  from = infisical_secrets.all\n  to = infisical_secrets.other\n}\n"},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			s := newScene(t, env, c.before)
			s.Apply()
			s.Write(c.after)
			if out, err := s.Try("plan", "-no-color"); err != nil {
				t.Fatalf("refused:\n%s", out)
			}
			s.Apply()
			s.PlanIsEmpty()
			if env.Read("dev", "/")["S"].Value != "2" {
				t.Error("the secret is not there in the end")
			}
			s.Run("destroy", "-auto-approve", "-no-color")
			if rest := len(env.Read("dev", "/")); rest != 0 {
				t.Errorf("%d secrets are left", rest)
			}
		})
	}
}

// TestSecretsMoveBetweenResources: a name that leaves one map and enters
// another in the same apply is there in the end.
func TestSecretsMoveBetweenResources(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	other := func(elements string) string { return strings.Replace(bulk(elements), `"all"`, `"other"`, 1) }
	s := newScene(t, env, bulk(`
    A = { value = "1" }
    M = { value = "2" }
`)+other(`B = { value = "3" }`))
	s.Apply()
	s.Write(bulk(`A = { value = "1" }`) + other(`
    B = { value = "3" }
    M = { value = "2" }
`))
	s.Apply()
	if out, err := s.Try("plan", "-no-color", "-detailed-exitcode"); err != nil {
		// Deleted after it was made anew is told of, and made again.
		t.Errorf("not settled after one apply:\n%s", out)
	}
	if env.Read("dev", "/")["M"].Value != "2" {
		t.Error("the secret is gone")
	}
}

// TestSecretsWhileTheProviderIsUnknown: the state stays as it was last seen.
func TestSecretsWhileTheProviderIsUnknown(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	elements := `A = { value = "1" }`
	late := "resource \"terraform_data\" \"host\" {\n  input = \"%s\"\n}\n"
	provider := fmt.Sprintf("provider \"infisical\" {\n  host = terraform_data.host.output\n  service_token = %q\n}\n", env.Token)
	run(t, env,
		resource.TestStep{Config: provider + fmt.Sprintf(late, env.Server.URL()) + bulk(elements)},
		resource.TestStep{
			Config: provider + strings.Replace(fmt.Sprintf(late, env.Server.URL()), "input", "triggers_replace = 1\n  input", 1) + bulk(elements),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction("infisical_secrets.all", plancheck.ResourceActionNoop),
			}},
		},
	)
}
