package provider_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
)

// TestModules runs the tests that each module under examples/ brings, against
// a server of its own. Terraform fails them if they leave anything behind.
func TestModules(t *testing.T) {
	t.Parallel()
	if acctest.IsTofu() {
		t.Skip("OpenTofu's test command knows what earlier runs gave in variables alone, not in conditions")
	}
	modules, err := os.ReadDir(filepath.Join(repository, "examples", "modules"))
	if err != nil {
		t.Fatal(err)
	}
	for _, module := range modules {
		if !module.IsDir() {
			continue
		}
		t.Run(module.Name(), func(t *testing.T) {
			t.Parallel()
			var tf *acctest.Terraform
			if module.Name() == "e2ee-to-sealed" { // of two projects
				s := acctest.NewSealed(t)
				_, old := newOldProject(t, s)
				tf = acctest.NewTerraform(t, s.Env)
				tf.Env = append(tf.Env, "INFISICAL_SERVICE_TOKEN="+old, "TF_VAR_new_project_token="+s.Token, "TF_VAR_new_project_id="+s.Owner.Project.ID, "INFISICAL_SEALING_KEYS="+s.Keys[0])
			} else {
				tf = acctest.NewTerraform(t, acctest.New(t))
			}
			tf.InstallRandom()
			if err := os.CopyFS(tf.Dir, os.DirFS(filepath.Join(repository, "examples", "modules", module.Name()))); err != nil {
				t.Fatal(err)
			}
			skipBelow(t, tf, module.Name(), readFile(t, filepath.Join(tf.Dir, "main.tf")))
			tf.Run("init", "-no-color")
			if out := tf.Run("test", "-no-color"); !strings.Contains(out, " passed, 0 failed.") || strings.Contains(out, "Success! 0 passed") {
				t.Errorf("no test ran:\n%s", out)
			}
		})
	}
}
