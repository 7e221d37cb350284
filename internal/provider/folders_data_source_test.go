package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
)

func TestFoldersDataSource(t *testing.T) {
	t.Parallel()
	env := newFoldersToList(t)
	const ds = "data.infisical_folders.this"
	read := func(attributes string) string {
		return env.Config("data \"infisical_folders\" \"this\" {\n env_slug = \"dev\"\n" + attributes + "\n}")
	}
	run(
		t, env,
		resource.TestStep{Config: read(`folder_path = "b"`), ExpectError: says("folder_path cannot be used")},
		resource.TestStep{Config: read(""), Check: resource.ComposeAggregateTestCheckFunc(
			resource.TestCheckResourceAttr(ds, "folders.#", "3"),
			resource.TestCheckResourceAttr(ds, "folders.0.path", "/a"),
			resource.TestCheckResourceAttr(ds, "folders.1.path", "/b"),
			resource.TestCheckResourceAttr(ds, "folders.2.path", "/b-x"),
			resource.TestCheckResourceAttr(ds, "paths.#", "3"),
			resource.TestCheckResourceAttr(ds, "folder_path", "/"),
		)},
		resource.TestStep{Config: read("folder_path = \"/b-x/\"\nrecursive = true"), Check: resource.ComposeAggregateTestCheckFunc(
			resource.TestCheckResourceAttr(ds, "folders.#", "2"),
			resource.TestCheckResourceAttr(ds, "folders.0.path", "/b-x/y"),
			resource.TestCheckResourceAttr(ds, "folders.0.name", "y"),
			resource.TestCheckResourceAttr(ds, "folders.0.parent_path", "/b-x"),
			resource.TestCheckResourceAttr(ds, "folders.0.id", env.Other().Folders("dev", "/b-x")["y"]),
			resource.TestCheckResourceAttr(ds, "folders.1.parent_path", "/b-x/y"),
			resource.TestCheckTypeSetElemAttr(ds, "paths.*", "/b-x/y/z"),
			resource.TestCheckResourceAttr(ds, "folder_path", "/b-x/"),
			resource.TestCheckResourceAttr(ds, "workspace_id", env.Owner.Project.ID),
		)},
		resource.TestStep{Config: read("folder_path = \"/a\"\nrecursive = true"), Check: resource.ComposeAggregateTestCheckFunc(
			resource.TestCheckResourceAttr(ds, "folders.#", "0"), resource.TestCheckResourceAttr(ds, "paths.#", "0"),
		)},
		resource.TestStep{Config: read("folder_path = \"/b/nope/deep\""), ExpectError: says(`There is no folder /b/nope in environment "dev"`)},
		resource.TestStep{Config: strings.Replace(read(""), `"dev"`, `"qa"`, 1), ExpectError: says(`has no environment "qa". It has: dev, staging, prod`)},
	)
}

// TestFolderPathsAreForForEach: a secret in each folder, with a request for
// each folder that is looked into and none more for a second data source.
func TestFolderPathsAreForForEach(t *testing.T) {
	t.Parallel()
	env := newFoldersToList(t)
	s := newScene(t, env, `
data "infisical_folders" "all" {
  env_slug  = "dev"
  recursive = true
}

data "infisical_folders" "some" { env_slug = "dev" }

resource "infisical_secret" "this" {
  for_each    = data.infisical_folders.all.paths
  env_slug    = "dev"
  folder_path = each.key
  name        = "N"
  value       = "v"
}
`)
	s.Apply()
	for _, path := range []string{"/a", "/b", "/b/inner", "/b-x", "/b-x/y", "/b-x/y/z"} {
		if len(env.Read("dev", path)) != 1 {
			t.Errorf("%s holds %d secrets", path, len(env.Read("dev", path)))
		}
	}
	env.Server.ResetRequests()
	s.PlanIsEmpty()
	if got := env.Routes()["GET /api/v1/folders"]; got != 7 {
		t.Errorf("%d requests for the root and six folders", got)
	}
}

// TestUnknownProviderAndFolders: resources keep their state, with a warning;
// data sources and imports say what is not known.
func TestUnknownProviderAndFolders(t *testing.T) {
	t.Parallel()
	env := newSources(t)
	tf := acctest.NewTerraform(t, nil)
	write := func(trigger, name string, more string) {
		tf.Write(fmt.Sprintf(`
resource "terraform_data" "made" {
  input            = %q
  triggers_replace = %q
}

provider "infisical" {
  host          = %q
  service_token = terraform_data.made.output
}
`, env.Token, trigger, env.Server.URL()) + folderNamed(name, "") + importInto("/app", "/one", "position = 2") + more)
	}
	write("1", "first", "")
	tf.Run("init", "-no-color")
	tf.Apply()
	tf.PlanIsEmpty()
	write("2", "first", "")
	out := tf.Apply()
	for _, want := range []string{"Folder Not Refreshed", "Secret Import Not Refreshed", "The provider's service_token is known only after apply", "1 added, 0 changed, 1 destroyed"} {
		if !says(want).MatchString(out) {
			t.Errorf("it does not say %q:\n%s", want, out)
		}
	}
	write("3", "second", "")
	if out := tf.Apply(); !strings.Contains(out, "1 added, 1 changed, 1 destroyed") {
		t.Errorf("%s", out)
	}
	tf.PlanIsEmpty()
	if err := holdsFolders(env, "/app", "/second")(nil); err != nil {
		t.Error(err)
	}
	for what, more := range map[string]string{
		"Reading folders":           "data \"infisical_folders\" \"x\" { env_slug = \"dev\" }",
		"Reading secret imports":    "data \"infisical_secret_imports\" \"x\" { env_slug = \"dev\" }",
		"Reading environments":      "data \"infisical_environments\" \"x\" {}",
		"Reading the service token": "data \"infisical_service_token\" \"x\" {}",
		"Importing a folder":        "resource \"infisical_folder\" \"x\" {\n env_slug = \"dev\"\n name = \"app\"\n}\nimport {\n to = infisical_folder.x\n id = \"dev:/app\"\n}",
		"Importing a secret import": strings.Replace(importInto("/app", "/two", ""), `"this"`, `"x"`, 1) + "import {\n to = infisical_secret_import.x\n id = \"dev:/app:prod:/two\"\n}",
	} {
		write("4", "second", more)
		refuses(t, env, tf, what+" needs the server now, but the provider's service_token depends on a value that is known only after apply", "plan")
	}
}
