package provider_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
)

const folderAddress = "infisical_folder.this"

func folderNamed(name, attributes string) string {
	return fmt.Sprintf("resource \"infisical_folder\" \"this\" {\n env_slug = \"dev\"\n name = %q\n%s\n}\n", name, attributes)
}

// foldersOf are all folders of an environment, sorted.
func foldersOf(env *acctest.Env, environment string) []string {
	env.T.Helper()
	other, all := env.Other(), []string{}
	for look := []string{"/"}; len(look) > 0; look = look[1:] {
		for name := range other.Folders(environment, look[0]) {
			path := strings.TrimSuffix(look[0], "/") + "/" + name
			all, look = append(all, path), append(look, path)
		}
	}
	slices.Sort(all)
	return all
}

// holdsFolders checks all folders of dev.
func holdsFolders(env *acctest.Env, want ...string) resource.TestCheckFunc {
	return func(*terraform.State) error {
		if got := foldersOf(env, "dev"); !slices.Equal(got, append([]string{}, want...)) {
			return fmt.Errorf("the server holds %q, not %q", got, want)
		}
		return nil
	}
}

// planned is the action that a step plans for the folder.
func planned(address string, action plancheck.ResourceActionType, more ...plancheck.PlanCheck) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: append([]plancheck.PlanCheck{plancheck.ExpectResourceAction(address, action)}, more...)}
}

// newProject is a folder with secrets, a folder in it, and an import of it
// into another environment, all in one configuration.
const newProject = `
resource "infisical_folder" "app" {
  env_slug = "dev"
  name     = "app"
}

resource "infisical_folder" "db" {
  env_slug    = "dev"
  parent_path = infisical_folder.app.path
  name        = "db"
}

resource "infisical_secret" "this" {
  for_each    = { A = infisical_folder.app.path, B = infisical_folder.app.path, C = infisical_folder.db.path }
  env_slug    = "dev"
  folder_path = each.value
  name        = each.key
  value       = "v"
}

resource "infisical_secret_import" "this" {
  env_slug           = "prod"
  import_env_slug    = "dev"
  import_folder_path = infisical_folder.db.path
}
`

// TestFolderSecretsAndImportInOneApply is how a project is set up: everything
// in one apply, nothing to do after it, everything gone with one destroy.
func TestFolderSecretsAndImportInOneApply(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	s := newScene(t, env, newProject)
	plan := s.Run("plan", "-no-color")
	for _, known := range []string{`+ path         = "/app/db"`, `+ folder_path       = "/app/db"`, `+ import_folder_path = "/app/db"`} {
		if !strings.Contains(plan, known) {
			t.Errorf("the plan does not show %s:\n%s", known, plan)
		}
	}
	env.Server.ResetRequests()
	s.Apply()
	creates := env.Writes()["POST"]
	if routes := env.Routes(); routes["POST /api/v1/folders"] != 2 || routes["POST /api/v1/secret-imports"] != 1 || len(env.Read("dev", "/app")) != 2 || len(env.Read("dev", "/app/db")) != 1 {
		t.Errorf("%d creates: %v", creates, routes)
	}
	if got := env.Other().Imports("prod", "/"); !slices.Equal(got, []string{"1 dev:/app/db"}) {
		t.Errorf("%q", got)
	}

	env.Server.ResetRequests()
	s.PlanIsEmpty()
	want := map[string]int{tokenRoute: 1, workspaceRoute: 1, "GET /api/v1/folders": 2, "GET /api/v1/secret-imports": 1, listRoute: 2}
	if got := env.Routes(); fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("a plan costs %v, not %v", got, want)
	}

	s.Run("destroy", "-auto-approve", "-no-color")
	if got := foldersOf(env, "dev"); len(got) > 0 {
		t.Errorf("%q are left", got)
	}
	if got := env.Other().Imports("prod", "/"); len(got) > 0 {
		t.Errorf("%q are left", got)
	}
	if rest := s.Run("state", "list"); rest != "" {
		t.Errorf("the state still holds %s", rest)
	}
}

func TestFolderIsRenamedInPlace(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	id := ""
	run(
		t, env,
		resource.TestStep{
			Config: env.Config(folderNamed("first", "")),
			ConfigPlanChecks: planned(folderAddress, plancheck.ResourceActionCreate,
				plancheck.ExpectKnownValue(folderAddress, tfjsonpath.New("path"), knownvalue.StringExact("/first"))),
			Check: resource.TestCheckResourceAttrWith(folderAddress, "id", func(value string) error {
				id = value
				if id != env.Other().Folders("dev", "/")["first"] {
					return fmt.Errorf("the id is not the server's")
				}
				env.Put("dev", "/first/inner", "N", "v", "")
				env.Server.ResetRequests()
				return nil
			}),
		},
		resource.TestStep{
			Config: env.Config(folderNamed("second", "")),
			ConfigPlanChecks: planned(folderAddress, plancheck.ResourceActionUpdate,
				plancheck.ExpectKnownValue(folderAddress, tfjsonpath.New("path"), knownvalue.StringExact("/second"))),
			Check: func(state *terraform.State) error {
				if got := state.RootModule().Resources[folderAddress].Primary; got.ID != id || got.Attributes["path"] != "/second" {
					return fmt.Errorf("id %s, path %s", got.ID, got.Attributes["path"])
				}
				if len(env.Read("dev", "/second/inner")) != 1 {
					return fmt.Errorf("what was in the folder is not in it any more")
				}
				if writes := env.Writes(); writes["PATCH"] != 1 || len(writes) != 1 {
					return fmt.Errorf("%v", writes)
				}
				return holdsFolders(env, "/second", "/second/inner")(state)
			},
		},
		resource.TestStep{ // so that it can be destroyed
			PreConfig: func() { env.Server.DeleteFolder(env.Owner.Project.ID, "dev", "/second/inner") },
			Config:    env.Config(folderNamed("second", "")),
		},
	)
}

func TestFolderRenameToATakenName(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	env.Server.CreateFolder(env.Owner.Project.ID, "dev", "/taken")
	run(
		t, env,
		resource.TestStep{Config: env.Config(folderNamed("mine", ""))},
		resource.TestStep{
			Config:      env.Config(folderNamed("taken", "")),
			ExpectError: says(`Folder /mine of environment "dev". It cannot be renamed to "taken": a folder of that name is there already. Nothing was changed. Choose another name`),
		},
		resource.TestStep{
			Config: env.Config(folderNamed("mine", "")), ConfigPlanChecks: planned(folderAddress, plancheck.ResourceActionNoop),
			Check: holdsFolders(env, "/mine", "/taken"),
		},
	)
}

// TestFolderPlaceAndItsDefaults: where nothing is written, the provider's
// folder_path counts; one that changed replaces; a slash at the end stays as it
// is written and changes nothing.
func TestFolderPlaceAndItsDefaults(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	env.Server.CreateFolder(env.Owner.Project.ID, "dev", "/app")
	bare := "resource \"infisical_folder\" \"this\" {\n name = \"n\"\n%s}\n"
	step := func(action plancheck.ResourceActionType, parent, path, attributes string, settings ...string) resource.TestStep {
		return resource.TestStep{
			Config: env.Config(fmt.Sprintf(bare, attributes), append(settings, `env_slug = "dev"`)...), ConfigPlanChecks: planned(folderAddress, action),
			Check: resource.ComposeAggregateTestCheckFunc(
				resource.TestCheckResourceAttr(folderAddress, "parent_path", parent),
				resource.TestCheckResourceAttr(folderAddress, "path", path),
				resource.TestCheckResourceAttr(folderAddress, "workspace_id", env.Owner.Project.ID),
				func(state *terraform.State) error {
					if path == "/n" {
						return holdsFolders(env, "/app", "/n")(state)
					}
					return holdsFolders(env, "/app", "/app/n")(state)
				},
			),
		}
	}
	run(
		t, env,
		step(plancheck.ResourceActionCreate, "/", "/n", ""),
		step(plancheck.ResourceActionReplace, "/app", "/app/n", "", `folder_path = "/app"`),
		step(plancheck.ResourceActionNoop, "/app", "/app/n", "", `folder_path = "/app/"`),
		step(plancheck.ResourceActionUpdate, "/app/", "/app/n", `parent_path = "/app/"`+"\n"),
		step(plancheck.ResourceActionNoop, "/app/", "/app/n", `parent_path = "/app/"`+"\n", `folder_path = "/elsewhere"`),
		step(plancheck.ResourceActionReplace, "/", "/n", `parent_path = "/"`+"\n"),
		resource.TestStep{
			Config: env.Config(fmt.Sprintf(bare, ""), `env_slug = "prod"`), ConfigPlanChecks: planned(folderAddress, plancheck.ResourceActionReplace),
			Check: holdsFolders(env, "/app"),
		},
		resource.TestStep{Config: env.Config(fmt.Sprintf(bare, "")), ExpectError: says("No env_slug is set")},
	)
}

// TestFolderChangesThatStayInTheState send nothing.
func TestFolderChangesThatStayInTheState(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	run(
		t, env,
		resource.TestStep{Config: env.Config(folderNamed("n", ""))},
		resource.TestStep{
			PreConfig:        env.Server.ResetRequests,
			Config:           env.Config(folderNamed("n", "force_delete = true\non_existing = \"adopt\"\nparent_path = \"/\"")),
			ConfigPlanChecks: planned(folderAddress, plancheck.ResourceActionUpdate),
		},
		resource.TestStep{
			Config:           env.Config(folderNamed("n", "force_delete = false\non_existing = \"fail\"")),
			ConfigPlanChecks: planned(folderAddress, plancheck.ResourceActionUpdate),
			Check: func(*terraform.State) error {
				if writes := env.Writes(); len(writes) > 0 {
					return fmt.Errorf("%v", writes)
				}
				return nil
			},
		},
	)
}

func TestExistingFolderFailsWithAReadyImportBlock(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	env.Put("dev", "/app", "N", "v", "")
	s := newScene(t, env, folderNamed("app", ""))
	out, err := s.Try("apply", "-auto-approve", "-no-color")
	if err == nil || !says(`Folder /app of environment "dev". It is there already. It was not touched.`).MatchString(out) || !says(`set on_existing = "adopt"`).MatchString(out) {
		t.Fatalf("%v\n%s", err, out)
	}
	if writes := env.Writes(); len(writes) > 0 {
		t.Errorf("%v", writes)
	}
	useImportBlock(t, s, out, folderAddress)
	if out := s.Apply(); !strings.Contains(out, "1 imported, 0 added, 0 changed") {
		t.Errorf("%s", out)
	}
	s.PlanIsEmpty()
}

// useImportBlock pastes the block of an error, for the resource at an address.
func useImportBlock(t *testing.T, s scene, out, address string) {
	t.Helper()
	start := strings.Index(out, "import {")
	if start < 0 {
		t.Fatalf("no import block:\n%s", out)
	}
	block := out[start : start+strings.Index(out[start:], "\n}")+2]
	kind, _, _ := strings.Cut(address, ".")
	block = strings.Replace(block, kind+".REPLACE_ME", address, 1)
	if err := os.WriteFile(filepath.Join(s.Dir, "import.tf"), []byte(block), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestExistingFolderIsAdopted(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	env.Put("dev", "/app", "N", "v", "")
	id := env.Other().Folders("dev", "/")["app"]
	run(
		t, env,
		resource.TestStep{
			Config: env.Config(folderNamed("app", `on_existing = "adopt"`)),
			Check: resource.ComposeAggregateTestCheckFunc(
				resource.TestCheckResourceAttr(folderAddress, "id", id),
				func(*terraform.State) error {
					if writes := env.Writes(); len(writes) > 0 || len(env.Read("dev", "/app")) != 1 {
						return fmt.Errorf("%v", writes)
					}
					return nil
				},
			),
		},
		resource.TestStep{Config: env.Config(folderNamed("app", "force_delete = true")), ConfigPlanChecks: planned(folderAddress, plancheck.ResourceActionUpdate)},
	)
	if err := holdsFolders(env)(nil); err != nil {
		t.Error(err)
	}
}

// TestAdoptedFolderSurvivesItsOldAddress: without a moved block Terraform sees
// a create and a destroy.
func TestAdoptedFolderSurvivesItsOldAddress(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	s := newScene(t, env, folderNamed("app", ""))
	s.Apply()
	s.Write(strings.Replace(folderNamed("app", `on_existing = "adopt"`), `"this"`, `"that"`, 1))
	s.Apply() // which of the two comes first is chance
	s.PlanIsEmpty()
	if err := holdsFolders(env, "/app")(nil); err != nil {
		t.Error(err)
	}
}

// TestMissingParentsAreMadeAndStay says so in the schema, too.
func TestMissingParentsAreMadeAndStay(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	play(t, resource.TestStep{
		Config: env.Config(folderNamed("deep", `parent_path = "/a/b"`)), Check: holdsFolders(env, "/a", "/a/b", "/a/b/deep"),
	})
	if err := holdsFolders(env, "/a", "/a/b")(nil); err != nil {
		t.Error(err)
	}
}

// TestFoldersWithoutDependencies are created in any order: a parent that the
// server made along is not in the way of its own resource.
func TestFoldersWithoutDependencies(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	hcl := `
resource "infisical_folder" "this" {
  count        = 4
  env_slug     = "dev"
  parent_path  = ["/a/b/c", "/a/b", "/a", "/"][count.index]
  name         = ["d", "c", "b", "a"][count.index]
  force_delete = true
}
`
	play(t, resource.TestStep{Config: env.Config(hcl), Check: holdsFolders(env, "/a", "/a/b", "/a/b/c", "/a/b/c/d")})
	if err := holdsFolders(env)(nil); err != nil {
		t.Error(err)
	}
}

func TestTwoResourcesOfOneFolder(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	play(t, resource.TestStep{
		Config:      env.Config(folderNamed("n", "count = 2\non_existing = \"adopt\"")),
		ExpectError: says("Another resource of this run has created or taken over this very folder. Leave it to one of them"),
	})
}

// TestFolderRenamedOutsideIsFollowed by its id, also where another took its name.
func TestFolderRenamedOutsideIsFollowed(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	other := env.Other()
	id := ""
	run(
		t, env,
		resource.TestStep{
			Config: env.Config(folderNamed("ours", "")),
			Check: func(*terraform.State) error {
				id = other.Folders("dev", "/")["ours"]
				return nil
			},
		},
		resource.TestStep{
			PreConfig: func() { other.RenameFolder("dev", "/", "ours", "theirs") },
			Config:    env.Config(folderNamed("ours", "")), ConfigPlanChecks: planned(folderAddress, plancheck.ResourceActionUpdate),
			Check: resource.ComposeAggregateTestCheckFunc(holdsFolders(env, "/ours"), func(*terraform.State) error {
				if other.Folders("dev", "/")["ours"] != id {
					return fmt.Errorf("another folder has the name")
				}
				return nil
			}),
		},
		resource.TestStep{
			PreConfig: func() {
				other.RenameFolder("dev", "/", "ours", "moved")
				other.CreateFolder("dev", "/", "ours")
			},
			Config: env.Config(folderNamed("ours", "")), ExpectError: says(`Folder /moved of environment "dev". It cannot be renamed to "ours"`),
		},
		resource.TestStep{Config: env.Config(folderNamed("moved", "")), ConfigPlanChecks: planned(folderAddress, plancheck.ResourceActionNoop)},
	)
	if err := holdsFolders(env, "/ours")(nil); err != nil { // what another made under our name is not ours to delete
		t.Error(err)
	}
}

func TestFolderDeletedOutsideIsMadeAgain(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	hcl := env.Config(folderNamed("n", `parent_path = "/a/b"`))
	gone := func(path string) func() {
		return func() { env.Server.DeleteFolder(env.Owner.Project.ID, "dev", path) }
	}
	again := func(before func()) resource.TestStep {
		return resource.TestStep{
			PreConfig: before, Config: hcl, ConfigPlanChecks: planned(folderAddress, plancheck.ResourceActionCreate),
			Check: holdsFolders(env, "/a", "/a/b", "/a/b/n"),
		}
	}
	run(t, env, resource.TestStep{Config: hcl}, again(gone("/a/b/n")), again(gone("/a/b")), again(gone("/a")))
}

// TestFolderStaysInTheStateWhereTheAnswerIsUncertain: nothing but the server's
// own word lets it go.
func TestFolderStaysInTheStateWhereTheAnswerIsUncertain(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	s := newScene(t, env, folderNamed("n", ""))
	s.Apply()
	s.Write("provider \"infisical\" {\n max_retries = 0\n}\n" + folderNamed("n", ""))
	for name, fault := range map[string]devserver.Fault{
		"a failure":           {Status: 500, Body: `{"statusCode":500,"message":"Something went wrong","error":"x"}`},
		"a refusal":           {Status: 401, Body: `{"statusCode":401,"message":"You are not allowed to read on secrets","error":"PermissionDenied"}`},
		"a missing address":   {Status: 404, Body: `{"statusCode":404,"message":"Route GET:/x not found","error":"Not Found"}`},
		"another environment": {Status: 400, Body: `{"statusCode":400,"message":"Environment not found","error":"get folders"}`},
		"a cut connection":    {CutBefore: true},
	} {
		remove := env.Server.InjectFault(func(r devserver.Request) *devserver.Fault {
			if r.Route == "GET /api/v1/folders" {
				return &fault
			}
			return nil
		})
		if out, err := s.Try("apply", "-auto-approve", "-no-color"); err == nil || !says("Cannot Read Folder").MatchString(out) {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
		remove()
		if list := s.Run("state", "list"); !strings.Contains(list, folderAddress) {
			t.Errorf("%s: the state forgot it", name)
		}
	}
	s.PlanIsEmpty()
	// The environment is gone, as after a rename of its slug.
	project := env.Owner.Project
	project.Environments = []devserver.Environment{{Name: "Other", Slug: "other"}}
	env.Server.CreateProject(project)
	if out, err := s.Try("plan", "-no-color"); err == nil || !says(`has no environment "dev". It has: other`).MatchString(out) {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestFolderCreateWhoseAnswerWasLost(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	fired := false
	env.Server.InjectFault(func(r devserver.Request) *devserver.Fault {
		if r.Method != http.MethodPost || fired {
			return nil
		}
		fired = true
		return &devserver.Fault{CutAfter: true}
	})
	play(t, resource.TestStep{
		Config: env.Config(folderNamed("a", "") + secretNamed("N", "folder_path = infisical_folder.this.path\nvalue = \"v\"")),
		Check:  holdsFolders(env, "/a"),
	})
	if !fired {
		t.Error("no answer was lost")
	}
}

// TestFolderNameThatIsNotKnownYet: the path waits for it.
func TestFolderNameThatIsNotKnownYet(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	run(t, env, resource.TestStep{
		Config: env.Config(`
resource "terraform_data" "name" { input = "made" }
resource "infisical_folder" "this" {
  env_slug = "dev"
  name     = terraform_data.name.output
}
resource "infisical_folder" "below" {
  env_slug    = "dev"
  parent_path = infisical_folder.this.path
  name        = "below"
}
`),
		ConfigPlanChecks: planned(folderAddress, plancheck.ResourceActionCreate, plancheck.ExpectUnknownValue(folderAddress, tfjsonpath.New("path"))),
		Check:            holdsFolders(env, "/made", "/made/below"),
	})
}
