package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
)

// inFolder is one resource of each kind that lies in a folder, where place says.
var inFolder = map[string]string{
	"infisical_secret":        "resource \"infisical_secret\" \"this\" {\n  env_slug = \"dev\"\n  name = \"A\"\n  value = \"a\"\n  %s\n}\n",
	"infisical_secrets":       "resource \"infisical_secrets\" \"this\" {\n  env_slug = \"dev\"\n  secrets = { A = { value = \"a\" } }\n  %s\n}\n",
	"infisical_secret_import": "resource \"infisical_secret_import\" \"this\" {\n  env_slug = \"dev\"\n  import_env_slug = \"prod\"\n  import_folder_path = \"/\"\n  %s\n}\n",
}

// TestReplacementIntoAMissingFolder: nothing is deleted for a create that cannot
// succeed, wherever the path comes from.
func TestReplacementIntoAMissingFolder(t *testing.T) {
	inEachMode(t, func(t *testing.T, m modal) {
		for kind, hcl := range inFolder {
			t.Run(kind, func(t *testing.T) {
				path := "/" + strings.ReplaceAll(kind, "_", "")
				m.Server.CreateFolder(m.Owner.Project.ID, "dev", path)
				before := fmt.Sprintf("folder_path = %q", path)
				s := m.scene(t, fmt.Sprintf(hcl, before))
				s.Apply()
				m.Server.ResetRequests()
				refused := func(config string, command ...string) {
					t.Helper()
					s.Write(config)
					out, err := s.Try(append(command, "-no-color")...)
					if err == nil {
						t.Fatalf("it was not refused:\n%s", out)
					}
					said(t, out, `There is no folder /missing in environment "dev".`, "Nothing was deleted.")
					if got := m.Writes(); len(got) != 0 {
						t.Fatalf("written: %v", got)
					}
				}
				refused(fmt.Sprintf(hcl, `folder_path = "/missing"`), "plan")
				refused("provider \"infisical\" {\n  folder_path = \"/missing\"\n}\n"+fmt.Sprintf(hcl, ""), "plan")

				// Of a tainted object no plan knows that it is replaced.
				s.Write(fmt.Sprintf(hcl, before))
				s.Run("taint", kind+".this")
				refused(fmt.Sprintf(hcl, `folder_path = "/missing"`), "apply", "-auto-approve")
				s.Run("untaint", kind+".this")

				// What this run creates is there in time.
				folder := "resource \"infisical_folder\" \"%[1]s\" {\n  env_slug = \"dev\"\n  parent_path = \"/\"\n  name = \"%[1]s\"\n}\n"
				first, second := "one"+kind[10:], "two"+kind[10:]
				s.Write(fmt.Sprintf(folder, first) + fmt.Sprintf(hcl, "folder_path = infisical_folder."+first+".path"))
				s.Apply()
				s.PlanIsEmpty()
				s.Write(fmt.Sprintf(folder, first) + fmt.Sprintf(folder, second) +
					fmt.Sprintf(hcl, fmt.Sprintf("folder_path = \"/%[1]s\"\n  depends_on = [infisical_folder.%[1]s]", second)))
				s.Apply()
				s.PlanIsEmpty()
				s.Run("destroy", "-auto-approve", "-no-color")
			})
		}
	})
}

// TestTaintedImportKeepsTheOthersInPlace: the delete of a tainted import does not
// know whether positions were configured.
func TestTaintedImportKeepsTheOthersInPlace(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	project := env.Owner.Project.ID
	hcl := ""
	for i, name := range []string{"a", "b", "c"} {
		env.Server.CreateFolder(project, "dev", "/"+name)
		hcl += fmt.Sprintf("resource \"infisical_secret_import\" %q {\n  env_slug = \"dev\"\n  folder_path = \"/\"\n  import_env_slug = \"dev\"\n  import_folder_path = \"/%[1]s\"\n  position = %d\n}\n", name, i+1)
	}
	s := newScene(t, env, hcl)
	s.Apply()
	s.Run("taint", "infisical_secret_import.a")
	s.Apply()
	s.PlanIsEmpty()
}
