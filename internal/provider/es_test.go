package provider_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/echoprovider"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
)

const esVariable = "INFISICAL_ENCRYPTION_MODE="

// allThatTouchesSecrets is a configuration of all objects that touch secrets.
const allThatTouchesSecrets = `
variable "secret" {
  ephemeral = true
  sensitive = true
}
variable "plain" { default = "plain" }
variable "version_of_b" { default = 1 }

resource "infisical_folder" "app" {
  env_slug = "dev"
  name     = "app"
}
resource "infisical_secret" "plain" {
  env_slug                = "dev"
  name                    = "PLAIN"
  value                   = var.plain
  comment                 = "comment"
  tag_ids                 = ["TAG"]
  secret_reminder         = { repeat_days = 30, note = "rotate" }
  metadata                = { team = "a" }
  skip_multiline_encoding = true
}
resource "infisical_secret" "versioned" {
  env_slug         = "dev"
  name             = "VERSIONED"
  value_wo         = var.secret
  value_wo_version = 1
}
resource "infisical_secret" "compared" {
  env_slug = "dev"
  name     = "COMPARED"
  value_wo = var.secret
}
resource "infisical_secret" "bytes" {
  env_slug     = "dev"
  name         = "BYTES"
  value_base64 = base64encode("bytes\n")
}
resource "infisical_secrets" "all" {
  env_slug    = "dev"
  folder_path = "/app"
  exclusive   = true
  secrets = {
    A = { value = "a", comment = "of a" }
    B = { value_wo = var.secret, value_wo_version = var.version_of_b }
    C = { value_wo = var.secret }
  }
  depends_on = [infisical_folder.app]
}
resource "infisical_secret_import" "app" {
  env_slug           = "dev"
  folder_path        = "/"
  import_env_slug    = "dev"
  import_folder_path = "/app"
  depends_on         = [infisical_folder.app]
}
resource "terraform_data" "consumer" {
  triggers_replace = [
    infisical_secret.plain.value_fingerprint, infisical_secret.versioned.value_fingerprint,
    [for name in ["A", "B", "C"] : infisical_secrets.all.secrets[name].value_fingerprint],
  ]
}
data "infisical_secrets" "root" {
  env_slug        = "dev"
  folder_path     = "/"
  include_imports = true
}
output "read" {
  value = {
    names = data.infisical_secrets.root.names
    all   = { for name, s in data.infisical_secrets.root.secrets : name => merge(s, { tags = null }) } # which this server does not tell in ES mode
  }
  sensitive = true
}
`

// parts are what a state keeps of each resource, private state and all. What a
// data source tells of tags is left out: in ES mode this server does not tell.
func (s scene) parts() map[string]string {
	s.T.Helper()
	var state struct {
		Outputs   any
		Resources []struct {
			Mode, Type, Name string
			Instances        []struct {
				Attributes map[string]any
				Private    string
			}
		}
	}
	if err := json.Unmarshal([]byte(s.File("terraform.tfstate")), &state); err != nil {
		s.T.Fatal(err)
	}
	out := map[string]string{"outputs": fmt.Sprint(state.Outputs)}
	for _, r := range state.Resources {
		if list, ok := r.Instances[0].Attributes["secrets"].(map[string]any); ok && r.Mode == "data" {
			for _, one := range list {
				delete(one.(map[string]any), "tags")
			}
		}
		out[r.Mode+"."+r.Type+"."+r.Name] = fmt.Sprint(r.Instances)
	}
	return out
}

// TestSwitchOfModesPlansEmpty: E2EE, ES and E2EE again, each time with one
// provider argument changed and nothing to do, state and all.
func TestSwitchOfModesPlansEmpty(t *testing.T) {
	t.Parallel()
	const tag = "b2f5ff47-436e-4b70-a0b4-f1cf6a5aca5d"
	env := acctest.NewProject(t, devserver.Project{Name: "switched", Tags: []devserver.Tag{{ID: tag, Slug: "red", Name: "Red"}}}, devserver.Options{})
	s := newScene(t, env, strings.Replace(allThatTouchesSecrets, "TAG", tag, 1))
	s.set("secret", "write-only")
	s.Apply()
	s.Apply() // the data source reads what the first run made
	s.PlanIsEmpty()
	sealed := s.parts()
	if env.RawRequests() != 0 {
		t.Error("E2EE mode asked a raw endpoint")
	}

	env.SwitchToES()
	s.Env = append(s.Env, esVariable+"es")
	before := env.Routes()
	s.PlanIsEmpty()
	s.Apply()
	after := env.Routes()
	for route, count := range after {
		secrets := strings.Contains(route, "/v3/secrets") && !strings.Contains(route, "/raw")
		writes := !strings.HasPrefix(route, http.MethodGet)
		if count > before[route] && (secrets || writes) {
			t.Errorf("ES mode sent %s %d times", route, count-before[route])
		}
	}
	for name, now := range s.parts() {
		if now != sealed[name] {
			t.Errorf("the switch changed the state of %s:\n%s\n%s", name, sealed[name], now)
		}
	}

	// Changes made in ES mode, to a plain value and to write-only ones.
	s.set("plain", "changed")
	s.set("secret", "rotated")
	s.set("version_of_b", "2")
	s.Apply()
	s.Apply() // the data source again
	s.PlanIsEmpty()
	root, app := env.Read("dev", "/"), env.Read("dev", "/app")
	for name, want := range map[string]string{"PLAIN": "changed", "VERSIONED": "write-only", "COMPARED": "rotated", "BYTES": "bytes\n"} {
		if root[name].Value != want {
			t.Errorf("%s holds another value than %q", name, want)
		}
	}
	if app["A"].Value != "a" || app["B"].Value != "rotated" || app["C"].Value != "rotated" || app["A"].Comment != "of a" {
		t.Errorf("/app holds %v", app)
	}

	env.Owner.SwitchToE2EE()
	s.Env = append(s.Env, esVariable+"e2ee")
	raw := env.RawRequests()
	s.PlanIsEmpty()
	if env.RawRequests() != raw {
		t.Error("E2EE mode asked a raw endpoint")
	}
	// What the raw endpoints did not carry is as it was.
	record := env.Server.Records(env.Owner.Project.ID, "dev", "/")
	for _, r := range record {
		if r.BlindIndex == "PLAIN" && (len(r.TagIDs) != 1 || r.Metadata["team"] != "a" || !r.SkipMultilineEncoding || r.ReminderRepeatDays == nil) {
			t.Errorf("the details were lost: %+v", r)
		}
	}
	s.Run("destroy", "-no-color", "-auto-approve")
}

// TestESLifecycle: create, drift, update, import and delete, and what each costs.
func TestESLifecycle(t *testing.T) {
	t.Parallel()
	env := acctest.NewES(t)
	config := func(value string) string {
		return env.ES(secretNamed("N", `value = "`+value+"\"\ncomment = \"why\""))
	}
	run(
		t, env,
		resource.TestStep{Config: config("v"), ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectKnownValue("infisical_secret.this", tfjsonpath.New("version"), knownvalue.Int64Exact(1)),
			statecheck.ExpectKnownValue("infisical_secret.this", tfjsonpath.New("value_fingerprint"), knownvalue.NotNull()),
		}},
		resource.TestStep{
			PreConfig: func() {
				if got := env.Routes(); got["POST /api/v3/secrets/raw/:secretName"] != 1 || got["GET /api/v3/secrets"] != 0 {
					t.Errorf("the create sent %v", got)
				}
				env.Put("dev", "/", "N", "drifted", "why")
			},
			Config: config("v"),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction("infisical_secret.this", plancheck.ResourceActionUpdate),
			}},
		},
		resource.TestStep{Config: config("w"), ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
			plancheck.ExpectResourceAction("infisical_secret.this", plancheck.ResourceActionUpdate),
		}}},
		resource.TestStep{
			ResourceName: "infisical_secret.this", ImportState: true, ImportStateId: "dev:/:N",
			ImportStateVerify: true, ImportStateVerifyIgnore: []string{"value", "on_existing"},
		},
		resource.TestStep{PreConfig: func() {
			if got := env.Read("dev", "/")["N"]; got.Value != "w" || got.Comment != "why" {
				t.Errorf("the server holds %+v", got)
			}
			if err := env.Owner.Delete("dev", "/", "N"); err != nil {
				t.Fatal(err)
			}
		}, Config: config("w"), ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
			plancheck.ExpectResourceAction("infisical_secret.this", plancheck.ResourceActionCreate),
		}}},
		resource.TestStep{Config: env.ES("")},
	)
	if left := env.Read("dev", "/"); len(left) != 0 {
		t.Errorf("%d secrets are left", len(left))
	}
	if sent := env.Writes(); sent[http.MethodPost] != 2 || sent[http.MethodPatch] != 2 || sent[http.MethodDelete] != 1 {
		t.Errorf("%v were sent", sent)
	}
}

// TestESWriteOnlyDrift: without a value in the state, and repaired.
func TestESWriteOnlyDrift(t *testing.T) {
	t.Parallel()
	env := acctest.NewES(t)
	s := newScene(t, env, writeOnly)
	s.Env = append(s.Env, esVariable+"es")
	s.set("value", "mine")
	s.set("value_version", "1")
	s.Apply()
	s.PlanIsEmpty()
	env.Put("dev", "/", "TOKEN", "theirs", "")
	s.plans("value_fingerprint")
	s.Apply()
	s.holds("TOKEN", "mine", 3)
	if strings.Contains(s.File("terraform.tfstate"), "mine") {
		t.Error("the state holds the value")
	}
}

// TestWhatTheServerTrimsIsRefusedInThePlan, before it is stored otherwise: values
// in ES mode, comments in sealed mode too.
func TestWhatTheServerTrimsIsRefusedInThePlan(t *testing.T) {
	inRenamingModes(t, func(t *testing.T, w *valueWorld) {
		const padded = "secret_padded"
		one := element{attributes: "%s"}
		many := element{bulk: true, attributes: "%s"}
		s := w.scene(t, "")
		config := func(attributes string) {
			s.Write(one.block("one", "ONE", attributes) + many.block("many", "MANY", attributes))
		}
		refused := func(what, attributes string) {
			t.Helper()
			before, requests := w.Read("dev", "/"), w.env.Writes()
			config(attributes)
			out, err := s.Try("apply", "-auto-approve", "-no-color")
			if err == nil || strings.Count(out, "Error: Cannot Plan Secret") != 2 || !says("Nothing is sent.").MatchString(out) {
				t.Errorf("%s: %v\n%s", what, err, out)
			}
			if !maps.Equal(w.Read("dev", "/"), before) || !maps.Equal(w.env.Writes(), requests) {
				t.Errorf("%s: something was written", what)
			}
		}
		stays := func(_, attributes string) {
			t.Helper()
			config(attributes)
			s.Apply()
			s.PlanIsEmpty()
		}
		isES, isE2EE := len(w.mode) == 1, len(w.mode) == 0
		check := func(may bool) func(string, string) {
			if may {
				return stays
			}
			return refused
		}
		check(!isES)("create, a value", `value = " `+padded+`"`)
		check(!isES)("create, a write-only value", `value_wo = "`+padded+`\n\n"`)
		check(isE2EE)("create, a comment", "value = \"v\"\ncomment = \"said \"")
		stays("one line feed stays", "value = \"v\\n\"\ncomment = \"said\"")
		check(!isES)("update, a value", "value = \"\\u00a0v\"\ncomment = \"said\"")
		check(!isES)("update, a write-only value", "value_wo = \"v \"\nvalue_wo_version = 1\ncomment = \"said\"")
		check(isE2EE)("update, a comment", "value = \"w\"\ncomment = \" said\"")
		stays("at last", "value = \"w\"\ncomment = \"said\"")
	})
}

// TestESValueFromBeforeTheSwitch: white space that was kept end to end would be
// cut off along with any other change.
func TestESValueFromBeforeTheSwitch(t *testing.T) {
	t.Parallel()
	env := newEra(t, devserver.Era2024October)
	s := newScene(t, env, "")
	env.Put("dev", "/", "ONE", " kept ", "said")
	env.SwitchToES()
	s.Env = append(s.Env, esVariable+"es")
	s.Write(element{attributes: "%s"}.block("one", "ONE", `comment = "said"`) + "import {\n to = infisical_secret.one\n id = \"dev:/:ONE\"\n}\n")
	s.Apply()
	s.Write(element{attributes: "%s"}.block("one", "ONE", `comment = "said again"`))
	s.refuses("Cannot Plan Secret", "plan")
	if got := env.Read("dev", "/")["ONE"]; got.Value != " kept " || got.Comment != "said" {
		t.Error("it was written")
	}
}

// TestESWhatThisServerDoesNotCarry: an error, and nothing lost.
func TestESWhatThisServerDoesNotCarry(t *testing.T) {
	t.Parallel()
	const tag = "b2f5ff47-436e-4b70-a0b4-f1cf6a5aca5d"
	env := acctest.NewProject(t, devserver.Project{Name: "es", Tags: []devserver.Tag{{ID: tag, Slug: "red", Name: "Red"}}}, devserver.Options{})
	env.SwitchToES()
	config := func(attributes ...string) string {
		return env.ES(secretNamed("N", strings.Join(append(attributes, `value = "v"`), "\n")))
	}
	play(
		t,
		resource.TestStep{Config: config(`metadata = { a = "b" }`), ExpectError: says("neither takes nor tells metadata. They were not written.")},
		resource.TestStep{Config: config(`skip_multiline_encoding = true`), ExpectError: says("neither takes nor tells skip_multiline_encoding")},
		resource.TestStep{Config: config(`skip_multiline_encoding = false`, `tag_ids = []`)},
		resource.TestStep{Config: config(`tag_ids = ["` + tag + `"]`), ExpectError: says("neither takes nor tells tag_ids. They were not written.")},
		resource.TestStep{Config: config(`secret_reminder = { repeat_days = 3 }`), ExpectError: says("neither takes nor tells secret_reminder. They were not written.")},
		resource.TestStep{Config: config(`comment = "new"`), ExpectError: says("this server changes no comment")},
		resource.TestStep{Config: env.ES(secretNamed("M", `value = "v"`)), ExpectError: says("this server renames nothing")},
		resource.TestStep{Config: config()},
		resource.TestStep{Config: config() + `data "infisical_secrets" "red" {
  env_slug  = "dev"
  tag_slugs = ["red"]
}`, ExpectError: says("this server does not tell the tags of secrets")},
	)
}

// TestModeOfAnotherProject: each has one sentence and a mend, and nothing is
// tried by another way.
func TestModeOfAnotherProject(t *testing.T) {
	t.Parallel()
	const noKey, version3 = "The project is end-to-end encrypted: the server holds no key of it", "It is of version 3"
	for _, c := range []struct {
		name    string
		project devserver.Project
		prepare func(*acctest.Env)
		mode    string
		says    string
	}{
		{"es without a key", devserver.Project{}, func(e *acctest.Env) { e.SwitchToES(); e.Server.CreateProject(e.Owner.Project) }, "es", noKey},
		{"es after the key was taken back", devserver.Project{}, func(e *acctest.Env) { e.SwitchToES(); e.Owner.SwitchToE2EE() }, "es", noKey},
		{"es of a later server", devserver.Project{}, func(e *acctest.Env) {
			e.SwitchToES()
			e.Server.InjectFault(func(r devserver.Request) *devserver.Fault {
				if !strings.Contains(r.Path, "/raw") {
					return nil
				}
				return &devserver.Fault{Status: 404, Body: `{"statusCode":404,"message":"Bot not found. Please ask admin user to login","error":"NotFound"}`}
			})
		}, "es", noKey},
		{"e2ee of version 3", devserver.Project{Version: 3}, func(*acctest.Env) {}, "e2ee", version3},
		{"e2ee without a blind index", devserver.Project{NoBlindIndex: true}, func(*acctest.Env) {}, "e2ee", "The project has no blind index"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.project.Name = "mode"
			env := acctest.NewProject(t, c.project, devserver.Options{})
			c.prepare(env)
			play(t, resource.TestStep{
				Config:      env.Config(secretNamed("N", `value = "v"`), `encryption_mode = "`+c.mode+`"`),
				ExpectError: says(c.says),
			})
			for route := range env.Routes() {
				if raw := strings.Contains(route, "/raw"); strings.Contains(route, "/v3/secrets") && raw != (c.mode == "es") {
					t.Errorf("%s was tried", route)
				}
			}
		})
	}
}

// TestESOfVersion3: with a token for which the server keeps no project key, as
// in projects that were never end-to-end encrypted.
func TestESOfVersion3(t *testing.T) {
	t.Parallel()
	env := acctest.NewProject(t, devserver.Project{Name: "v3", Version: 3}, devserver.Options{})
	env.SwitchToES()
	token := env.NewToken(seed.Token{Name: "keyless", Keyless: true})
	config := func(value string) string {
		return env.ConfigWithToken(token, secretNamed("N", `value = "`+value+`"`), `encryption_mode = "es"`)
	}
	run(
		t, env,
		resource.TestStep{Config: config("v")},
		resource.TestStep{Config: config("w"), ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
			plancheck.ExpectResourceAction("infisical_secret.this", plancheck.ResourceActionUpdate),
		}}},
		resource.TestStep{Config: config("w"), ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}},
	)
}

// TestESReads: data sources and ephemerals, with imports and references, which
// this client replaces and not the server.
func TestESReads(t *testing.T) {
	t.Parallel()
	env := acctest.NewES(t)
	env.Put("dev", "/", "BASE", "https://${HOST}", "why")
	env.Put("dev", "/app", "HOST", "example.com", "")
	env.Other().CreateImport("dev", "/", "dev", "/app")
	factories := env.Factories()
	factories["echo"] = echoprovider.NewProviderServer()
	resource.UnitTest(t, resource.TestCase{
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_10_0)},
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{{
			Config: env.ES(`
data "infisical_secrets" "this" {
  env_slug          = "dev"
  include_imports   = true
  expand_references = true
}
data "infisical_secret" "this" {
  env_slug = "dev"
  name     = "BASE"
}
ephemeral "infisical_secret" "this" {
  env_slug          = "dev"
  name              = "BASE"
  include_imports   = true
  expand_references = true
}
ephemeral "infisical_secrets" "this" {
  env_slug    = "dev"
  folder_path = "/app"
}
provider "echo" {
  data = { one = ephemeral.infisical_secret.this.value, all = ephemeral.infisical_secrets.this.values }
}
resource "echo" "this" {}
`),
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue("data.infisical_secrets.this", tfjsonpath.New("values"), knownvalue.MapExact(map[string]knownvalue.Check{
					"BASE": knownvalue.StringExact("https://example.com"), "HOST": knownvalue.StringExact("example.com"),
				})),
				statecheck.ExpectKnownValue("data.infisical_secret.this", tfjsonpath.New("value"), knownvalue.StringExact("https://${HOST}")),
				statecheck.ExpectKnownValue("data.infisical_secret.this", tfjsonpath.New("comment"), knownvalue.StringExact("why")),
				statecheck.ExpectKnownValue("echo.this", tfjsonpath.New("data").AtMapKey("one"), knownvalue.StringExact("https://example.com")),
				statecheck.ExpectKnownValue("echo.this", tfjsonpath.New("data").AtMapKey("all").AtMapKey("HOST"), knownvalue.StringExact("example.com")),
			},
		}},
	})
	for _, r := range env.Server.Requests() {
		if strings.HasPrefix(r.Path, "/api/v3/secrets") && (!strings.HasPrefix(r.Path, "/api/v3/secrets/raw") || !strings.Contains(r.RawQuery, "expandSecretReferences=false")) {
			t.Errorf("%s?%s was asked", r.Path, r.RawQuery)
		}
	}
}

// TestESKeepsNoBytes: refused in the plan; and what E2EE mode wrote is not
// overwritten by what the server shows in its place.
func TestESKeepsNoBytes(t *testing.T) {
	t.Parallel()
	env := acctest.NewES(t)
	env.Put("dev", "/", "N", "\xff\xfe", "")
	run(
		t, env,
		resource.TestStep{
			Config: env.ES(strings.Replace(secretNamed("M", `value_base64 = "//4="`), `"this"`, `"bytes"`, 1)), PlanOnly: true,
			ExpectError: says("bytes that are no UTF-8 text"),
		},
		resource.TestStep{Config: env.ES(secretNamed("N", "")), ResourceName: "infisical_secret.this", ImportState: true, ImportStateId: "dev:/:N", ImportStatePersist: true},
		resource.TestStep{Config: env.ES(secretNamed("N", `comment = "new"`)), ExpectError: says("nothing is sent")},
		resource.TestStep{PreConfig: func() {
			if got := env.Read("dev", "/"); len(got) != 1 || got["N"].Value != "\xff\xfe" || len(env.Writes()) != 0 {
				t.Errorf("the server holds %d secrets, or other bytes; %v were sent", len(got), env.Writes())
			}
		}, Config: env.ES(secretNamed("N", "")), PlanOnly: true},
	)
}

// TestESEverything is the whole life of all objects in ES mode, less the
// attributes that this server does not carry.
func TestESEverything(t *testing.T) {
	t.Parallel()
	env := acctest.NewES(t)
	hcl := allThatTouchesSecrets
	for _, attribute := range []string{
		`tag_ids                 = ["TAG"]`, `secret_reminder         = { repeat_days = 30, note = "rotate" }`,
		`metadata                = { team = "a" }`, `skip_multiline_encoding = true`,
	} {
		if !strings.Contains(hcl, attribute) {
			t.Fatalf("the configuration has no %s", attribute)
		}
		hcl = strings.Replace(hcl, attribute, "", 1)
	}
	s := newScene(t, env, hcl)
	s.Env = append(s.Env, esVariable+"es")
	s.set("secret", "write-only")
	s.Apply()
	s.Apply() // the data source reads what the first run made
	s.PlanIsEmpty()
	root, app := env.Read("dev", "/"), env.Read("dev", "/app")
	if len(root) != 4 || len(app) != 3 || root["PLAIN"].Comment != "comment" || root["VERSIONED"].Value != "write-only" || app["A"].Value != "a" {
		t.Errorf("the server holds %d and %d secrets, or others than expected", len(root), len(app))
	}
	env.Put("dev", "/app", "INTRUDER", "x", "") // which exclusive deletes
	env.Put("dev", "/app", "B", "drifted", "")
	s.Apply()
	s.Apply()
	s.PlanIsEmpty()
	if app = env.Read("dev", "/app"); len(app) != 3 || app["B"].Value != "write-only" {
		t.Errorf("/app holds %d secrets, or B was not mended", len(app))
	}
	s.Run("destroy", "-no-color", "-auto-approve")
	if left := env.Read("dev", "/"); len(left) != 0 {
		t.Errorf("%d secrets are left", len(left))
	}
	for route := range env.Routes() {
		if strings.Contains(route, "/v3/secrets") && !strings.Contains(route, "/raw") {
			t.Errorf("%s was sent", route)
		}
	}
}
