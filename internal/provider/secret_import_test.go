package provider_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
)

const importAddress = "infisical_secret_import.this"

// importInto is an import of a folder of prod into one of dev.
func importInto(path, sourcePath, attributes string) string {
	return fmt.Sprintf("resource \"infisical_secret_import\" \"this\" {\n env_slug = \"dev\"\n folder_path = %q\n"+
		" import_env_slug = \"prod\"\n import_folder_path = %q\n%s\n}\n", path, sourcePath, attributes)
}

// newSources is a project with folders of prod to be imported into /app of dev.
func newSources(t *testing.T) *acctest.Env {
	t.Helper()
	env := acctest.New(t)
	env.Server.CreateFolder(env.Owner.Project.ID, "dev", "/app")
	for _, name := range []string{"one", "two", "three", "four"} {
		env.Server.CreateFolder(env.Owner.Project.ID, "prod", "/"+name)
	}
	return env
}

// holdsImports checks the imports of /app of dev.
func holdsImports(env *acctest.Env, want ...string) resource.TestCheckFunc {
	return func(*terraform.State) error {
		if got := env.Other().Imports("dev", "/app"); !slices.Equal(got, append([]string{}, want...)) {
			return fmt.Errorf("the server holds %q, not %q", got, want)
		}
		return nil
	}
}

func TestSecretImportLifecycle(t *testing.T) {
	t.Parallel()
	env := newSources(t)
	env.Put("prod", "/one", "N", "v", "")
	step := func(action plancheck.ResourceActionType, hcl string, want ...string) resource.TestStep {
		return resource.TestStep{Config: env.Config(hcl), ConfigPlanChecks: planned(importAddress, action), Check: holdsImports(env, want...)}
	}
	run(
		t, env,
		step(plancheck.ResourceActionCreate, importInto("/app", "/one", ""), "1 prod:/one"),
		step(plancheck.ResourceActionUpdate, importInto("/app/", "/one", ""), "1 prod:/one"),
		step(plancheck.ResourceActionUpdate, importInto("/app/", "/one/", ""), "1 prod:/one"),
		step(plancheck.ResourceActionReplace, importInto("/app", "/two", ""), "1 prod:/two"),
		step(plancheck.ResourceActionReplace, strings.Replace(importInto("/app", "/", ""), `"prod"`, `"staging"`, 1), "1 staging:/"),
		step(plancheck.ResourceActionReplace, importInto("/", "/one", "")),
		step(plancheck.ResourceActionReplace, strings.Replace(importInto("/app", "/one", "depends_on = [infisical_folder.this]"), `"dev"`, `"staging"`, 1)+
			"resource \"infisical_folder\" \"this\" {\n env_slug = \"staging\"\n name = \"app\"\n}\n"),
	)
	if got := env.Other().Imports("dev", "/"); len(got) > 0 {
		t.Errorf("%q are left", got)
	}
	if len(env.Read("prod", "/one")) != 1 {
		t.Error("the source was touched")
	}
}

func TestSecretImportRequests(t *testing.T) {
	t.Parallel()
	env := newSources(t)
	s := newScene(t, env, strings.Replace(importInto("/app", "SOURCE", "count = 4"), `"SOURCE"`, `["/one", "/two", "/three", "/four"][count.index]`, 1))
	count := func(want map[string]int, args ...string) {
		t.Helper()
		env.Server.ResetRequests()
		s.Run(append(args, "-no-color")...)
		got := env.Routes()
		delete(got, tokenRoute)
		delete(got, workspaceRoute)
		if fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("%v cost %v, not %v", args, got, want)
		}
	}
	// A first plan looks whether the folder and the sources are there; so does each
	// process of an apply.
	count(map[string]int{"GET /api/v1/folders": 1, "GET /api/v3/secrets": 1}, "plan")
	count(map[string]int{"GET /api/v1/secret-imports": 1, "GET /api/v1/folders": 2, "GET /api/v3/secrets": 2, "POST /api/v1/secret-imports": 4}, "apply", "-auto-approve")
	count(map[string]int{"GET /api/v1/secret-imports": 1}, "plan")
	count(map[string]int{"GET /api/v1/secret-imports": 2, "DELETE /api/v1/secret-imports/:id": 4}, "destroy", "-auto-approve")
}

// TestSecretImportIsRefused where the server would take it and be the worse
// for it, before anything is written.
func TestSecretImportIsRefused(t *testing.T) {
	t.Parallel()
	env := newSources(t)
	for name, c := range map[string]struct {
		hcl      string
		planOnly bool
		want     string
	}{
		"a source that is not there": {importInto("/app", "/nope/deep", ""), false, `Source folder /nope/deep of environment "prod". There is no folder /nope in environment "prod". The server would take the import all the same, and then fail on every list with imports. Nothing was written.`},
		"a folder that is not there": {importInto("/nope", "/one", ""), false, `There is no folder /nope in environment "dev"`},
		"itself":                     {strings.Replace(importInto("/app", "/app/", ""), `"prod"`, `"dev"`, 1), true, `Folder /app of environment "dev". It cannot import itself.`},
		"an unknown source environment": {
			strings.Replace(importInto("/app", "/one", ""), `"prod"`, `"Production"`, 1), true,
			`has no environment "Production". It has: dev, staging, prod. Correct import_env_slug`,
		},
		"an unknown environment": {strings.Replace(importInto("/app", "/one", ""), `"dev"`, `"qa"`, 1), true, `has no environment "qa"`},
		"a path that is none":    {importInto("/app", "one", ""), true, "import_folder_path cannot be used: it must begin with a slash"},
		"an empty environment":   {strings.Replace(importInto("/app", "/one", ""), `"prod"`, `""`, 1), true, "import_env_slug is empty"},
		"no environment":         {strings.Replace(importInto("/app", "/one", ""), `env_slug = "dev"`, "", 1), true, "No env_slug is set"},
		"a position below 1":     {importInto("/app", "/one", "position = 0"), true, "position value must be between 1 and 1000000"},
		"another project":        {importInto("/app", "/one", `workspace_id = "5f1efa06-83ef-4dd8-850d-24bdfbd77c03"`), true, "belongs to another project"},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, resource.TestStep{Config: env.Config(c.hcl), PlanOnly: c.planOnly, ExpectError: says(c.want)})
			if writes := env.Writes(); len(writes) > 0 {
				t.Errorf("something was written: %v", writes)
			}
		})
	}
}

func TestExistingSecretImportFailsWithAReadyImportBlock(t *testing.T) {
	t.Parallel()
	env := newSources(t)
	env.Other().CreateImport("dev", "/app", "prod", "/two")
	id := env.Other().CreateImport("dev", "/app", "prod", "/one")
	s := newScene(t, env, importInto("/app", "/one", ""))
	out, err := s.Try("apply", "-auto-approve", "-no-color")
	if err == nil || !says(`Import of the folder /one of environment "prod" into the folder /app of environment "dev". It is there already. It was not touched.`).MatchString(out) {
		t.Fatalf("%v\n%s", err, out)
	}
	useImportBlock(t, s, out, importAddress)
	if out := s.Apply(); !strings.Contains(out, "1 imported, 0 added, 0 changed") {
		t.Errorf("%s", out)
	}
	s.PlanIsEmpty()
	if state := s.Run("state", "show", "-no-color", importAddress); !strings.Contains(state, id) || !strings.Contains(state, "position           = 2") {
		t.Errorf("%s", state)
	}
	if err := holdsImports(env, "1 prod:/two", "2 prod:/one")(nil); err != nil {
		t.Error(err)
	}
}

func TestTwoResourcesOfOneSecretImport(t *testing.T) {
	t.Parallel()
	env := newSources(t)
	play(t, resource.TestStep{
		Config:      env.Config(importInto("/app", "/one", "count = 2")),
		ExpectError: says("Another resource of this run has created this very import. Leave it to one of them"),
	})
}

// TestSourceInTheSameApply: the source, and the folder that imports it, are
// made by the same apply; a source that is not known at plan is waited for.
func TestSourceInTheSameApply(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	s := newScene(t, env, `
resource "terraform_data" "name" { input = "late" }

resource "infisical_folder" "this" {
  for_each = { app = "dev", shared = "prod" }
  env_slug = each.value
  name     = each.key
}

resource "infisical_folder" "late" {
  env_slug = "prod"
  name     = terraform_data.name.output
}

resource "infisical_secret_import" "this" {
  for_each           = { shared = infisical_folder.this["shared"].path, late = infisical_folder.late.path }
  env_slug           = "dev"
  folder_path        = infisical_folder.this["app"].path
  import_env_slug    = "prod"
  import_folder_path = each.value
}
`)
	s.Apply()
	s.PlanIsEmpty()
	if got := env.Other().Imports("dev", "/app"); len(got) != 2 {
		t.Errorf("%q", got)
	}
	s.Run("destroy", "-auto-approve", "-no-color")
}

func TestSecretImportRights(t *testing.T) {
	t.Parallel()
	env := newSources(t)
	s := newScene(t, env, importInto("/app", "/one", ""))
	good := s.Env
	with := func(token seed.Token) {
		s.Env = good
		withToken(s.Terraform, env.NewToken(token))
	}
	inDev, inProd := devserver.Scope{Environment: "dev", SecretPath: "/**"}, devserver.Scope{Environment: "prod", SecretPath: "/**"}
	reader := seed.Token{Name: "reader", ReadOnly: true}
	with(reader)
	refuses(t, env, s.Terraform, `The service token "reader" is read-only`, "plan")
	with(seed.Token{Name: "dev only", Scopes: []devserver.Scope{inDev}})
	refuses(t, env, s.Terraform, `Source folder /one of environment "prod". It is outside of the scopes of the service token "dev only". It may read and write in dev:/**. `+
		`The server wants write permission in both folders of an import.`, "plan")
	with(seed.Token{Name: "prod only", Scopes: []devserver.Scope{inProd}})
	refuses(t, env, s.Terraform, `Folder /app of environment "dev". It is outside of the scopes of the service token "prod only"`, "plan")
	s.Env = good
	s.Apply()

	with(reader)
	s.PlanIsEmpty()
	s.Write(importInto("/app/", "/one/", ""))
	s.Apply() // stays in the state
	refuses(t, env, s.Terraform, "is read-only", "plan", "-destroy")
	s.Write(importInto("/app", "/one", "position = 7"))
	refuses(t, env, s.Terraform, "is read-only", "plan")
	s.Write(importInto("/app", "/two", ""))
	refuses(t, env, s.Terraform, "is read-only", "plan")
	// To move and to delete it, the source need not be in scope.
	with(seed.Token{Name: "dev only", Scopes: []devserver.Scope{inDev}})
	s.Write(importInto("/app", "/one", "position = 7"))
	s.Apply()
	s.Run("destroy", "-auto-approve", "-no-color")
	if err := holdsImports(env)(nil); err != nil {
		t.Error(err)
	}
}

// TestSecretImportChangedOutside: deleted, made again, with another source, or
// with its folder.
func TestSecretImportChangedOutside(t *testing.T) {
	t.Parallel()
	env := newSources(t)
	other := env.Other()
	hcl := env.Config(importInto("/app", "/one", ""))
	id := func() string { return other.ImportID("dev", "/app", "prod", "/one") }
	step := func(before func(), action plancheck.ResourceActionType, want ...string) resource.TestStep {
		return resource.TestStep{PreConfig: before, Config: hcl, ConfigPlanChecks: planned(importAddress, action), Check: holdsImports(env, want...)}
	}
	run(
		t, env,
		step(func() {}, plancheck.ResourceActionCreate, "1 prod:/one"),
		step(func() { other.DeleteImport("dev", "/app", id()) }, plancheck.ResourceActionCreate, "1 prod:/one"),
		step(func() {
			other.DeleteImport("dev", "/app", id())
			other.CreateImport("dev", "/app", "prod", "/one")
		}, plancheck.ResourceActionNoop, "1 prod:/one"),
		step(func() { other.ChangeImport("dev", "/app", id(), map[string]any{"path": "/two"}) }, plancheck.ResourceActionReplace, "1 prod:/one"),
		step(func() { other.ChangeImport("dev", "/app", id(), map[string]any{"position": 5}) }, plancheck.ResourceActionNoop, "5 prod:/one"),
		step(func() {
			other.DeleteFolder("dev", "/", "app")
			env.Server.CreateFolder(env.Owner.Project.ID, "dev", "/app")
		}, plancheck.ResourceActionCreate, "1 prod:/one"),
		resource.TestStep{
			PreConfig: func() { other.DeleteFolder("dev", "/", "app") },
			Config:    hcl, ExpectError: says(`There is no folder /app in environment "dev"`), // it is to be made again, and cannot be
		},
	)
}

func TestSecretImportStaysInTheStateWhereTheAnswerIsUncertain(t *testing.T) {
	t.Parallel()
	env := newSources(t)
	s := newScene(t, env, "provider \"infisical\" {\n max_retries = 0\n}\n"+importInto("/app", "/one", ""))
	s.Apply()
	for name, fault := range map[string]devserver.Fault{
		"a failure":                           {Status: 500, Body: `{"statusCode":500,"message":"Something went wrong","error":"x"}`},
		"a refusal":                           {Status: 401, Body: `{"statusCode":401,"message":"You are not allowed to read on secrets","error":"PermissionDenied"}`},
		"no address":                          {Status: 404, Body: `{"statusCode":404,"message":"Route GET:/x not found","error":"Not Found"}`},
		"a folder that is missing and is not": {Status: 400, Body: `{"statusCode":400,"message":"Folder not found","error":"Get imports"}`},
	} {
		remove := env.Server.InjectFault(func(r devserver.Request) *devserver.Fault {
			if r.Route == "GET /api/v1/secret-imports" {
				return &fault
			}
			return nil
		})
		if out, err := s.Try("apply", "-auto-approve", "-no-color"); err == nil || !says("Cannot Read Secret Import").MatchString(out) {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
		remove()
		if list := s.Run("state", "list"); !strings.Contains(list, importAddress) {
			t.Errorf("%s: the state forgot it", name)
		}
	}
	s.PlanIsEmpty()
}

func TestSecretImportWhoseAnswersWereLost(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]devserver.Fault{"done": {CutAfter: true}, "not done": {CutBefore: true}} {
		env := newSources(t)
		fired := map[string]bool{}
		env.Server.InjectFault(func(r devserver.Request) *devserver.Fault {
			if r.Method == http.MethodGet || r.Header.Get("User-Agent") == acctest.OtherAgent || fired[r.Method] {
				return nil
			}
			fired[r.Method] = true
			return &fault
		})
		play(
			t,
			resource.TestStep{Config: env.Config(importInto("/app", "/one", "")), Check: holdsImports(env, "1 prod:/one")},
			resource.TestStep{Config: env.Config(importInto("/app", "/one", "position = 3")), Check: holdsImports(env, "3 prod:/one")},
		)
		if err := holdsImports(env)(nil); err != nil || len(fired) != 3 {
			t.Errorf("%s: %v, %v", name, err, fired)
		}
	}
}

func TestSecretImportByID(t *testing.T) {
	t.Parallel()
	env := newSources(t)
	config := env.Config(importInto("/app", "/one", ""))
	env.Other().CreateImport("dev", "/app", "prod", "/one")
	for _, id := range []string{"dev:/app:prod:/one", env.Owner.Project.ID + ":dev:/app:prod:/one", "dev:/app/:prod:/one/"} {
		imports(t, config, importAddress, id)
	}
	refusesImports(t, config, importAddress, map[string]string{
		"dev:/app":                "not of the form env:/path:source_env:/source/path",
		"dev:/app:prod":           "not of the form",
		"dev:/app::/one":          "not of the form",
		":/app:prod:/one":         "not of the form",
		":dev:/app:prod:/one":     "not of the form",
		"a:b:dev:/app:prod:/one":  "not of the form",
		"dev:app:prod:/one":       "its folder path cannot be used",
		"dev:/app:prod:one":       "the path of its source cannot be used",
		"dev:/app:prod:/two":      "It does not exist on the server",
		"dev:/nope:prod:/two":     "and neither does its folder",
		"qa:/app:prod:/two":       `no environment "qa"`,
		"nope:dev:/app:prod:/one": "belongs to another project",
	})
}

func TestSecretImportIdentity(t *testing.T) {
	t.Parallel()
	env := newSources(t)
	other := env.Other()
	identity := func(sourcePath string) map[string]string {
		return map[string]string{
			"workspace_id": env.Owner.Project.ID, "env_slug": "dev", "folder_path": "/app", "import_env_slug": "prod", "import_folder_path": sourcePath,
		}
	}
	open := func(config attributes) *protocol { return newProtocol(t, env, config).of("infisical_secret_import") }
	p := open(nil)
	created := p.apply(instance{}, attributes{"env_slug": "dev", "folder_path": "/app/", "import_env_slug": "prod", "import_folder_path": "/one/"})
	expectIdentity(t, p.identityOf(created.identity), identity("/one"))
	if state := p.plain(p.secret, created.state); state["folder_path"] != "/app/" || state["import_folder_path"] != "/one/" || state["position"] != "1" {
		t.Errorf("%v", state)
	}
	id := other.ImportID("dev", "/app", "prod", "/one")
	other.ChangeImport("dev", "/app", id, map[string]any{"path": "/two"})
	p = open(nil)
	expectIdentity(t, p.identityOf(p.read(created).identity), identity("/two"))
	unknown := open(attributes{"host": tftypes.UnknownValue})
	expectIdentity(t, unknown.identityOf(unknown.read(created).identity), identity("/one"))

	for name, given := range map[string]attributes{
		"what is required": {"env_slug": "dev", "folder_path": "/app", "import_env_slug": "prod", "import_folder_path": "/two"},
		"all":              {"workspace_id": env.Owner.Project.ID, "env_slug": "dev", "folder_path": "/app/", "import_env_slug": "prod", "import_folder_path": "/two/"},
	} {
		read := p.imported(p.importIdentity(given))
		expectIdentity(t, p.identityOf(read.identity), identity("/two"))
		if state := p.plain(p.secret, read.state); state["id"] != id || state["position"] != "1" {
			t.Errorf("%s: %v", name, state)
		}
	}
	other.CreateImport("dev", "/", "prod", "/three")
	inRoot := open(attributes{"folder_path": "/app"})
	read := inRoot.imported(inRoot.importIdentity(attributes{"env_slug": "dev", "import_env_slug": "prod", "import_folder_path": "/three"}))
	if state := p.plain(p.secret, read.state); state["folder_path"] != "/" {
		t.Errorf("no folder_path is the root, whatever the provider's is: %v", state)
	}
	if text := errorsIn(p.importIdentity(attributes{"env_slug": "dev", "import_env_slug": "prod", "import_folder_path": "three"}).Diagnostics); !says("The identity cannot be imported: the path of its source").MatchString(text) {
		t.Error(text)
	}

	other.DeleteImport("dev", "/app", id)
	if gone := open(nil).read(instance{created.state, nil, created.private}); p.unpack(p.secret, gone.state) != nil {
		t.Error("a deleted import is still in the state")
	}
}
