package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
)

// TestAdoptionIsSaid: at plan and at apply, with the name, the version and the
// time, for what holds the same and for what is overwritten.
func TestAdoptionIsSaid(t *testing.T) {
	inEachMode(t, func(t *testing.T, m modal) {
		for _, c := range []struct{ title, hcl string }{
			{"single", singleSecret("same", "SAME", "x") + strings.Replace(singleSecret("other", "OTHER", "ours"), "value =", "on_existing = \"adopt\"\n  value =", 1)},
			{"bulk", bulk("SAME = { value = \"x\" }\nOTHER = { value = \"ours\" }\nNEW = { value = \"n\" }", `on_existing = "adopt"`)},
		} {
			m.put("/", "SAME", "x")
			m.put("/", "OTHER", m.Secret("theirs, "+c.title))
			s := m.scene(t, c.hcl)
			same, other := `secret "SAME" (environment "dev", folder /): version 1`, `secret "OTHER" (environment "dev", folder /): version 1`
			if m.mode != "es" { // whose lists do not tell on a server of May 2024
				same, other = same+", created 20", other+", created 20"
			}
			out := s.Run("plan", "-no-color", "-out=saved")
			said(t, out, "Existing Secrets Will Be Adopted", "A destroy of this resource will delete them.", same, "Existing Secrets Will Be Overwritten", other)
			out = s.Run("apply", "-no-color", "saved")
			said(t, out, "Existing Secrets Adopted", same, "Existing Secrets Overwritten", other)
			if strings.Contains(out, `"NEW" (`) {
				t.Errorf("%s: a new secret is said to be adopted", c.title)
			}
			s.PlanIsEmpty()
			s.Run("destroy", "-auto-approve", "-no-color")
			m.holds(t, map[string]string{})
		}
	})
}

// TestAdoptionByASecondState: a second workspace over one project.
func TestAdoptionByASecondState(t *testing.T) {
	inEachMode(t, func(t *testing.T, m modal) {
		hcl := bulk(`A = { value = "a" }`) + singleSecret("single", "B", "b")
		first, second := m.scene(t, hcl), m.scene(t, hcl)
		if out := first.Apply(); strings.Contains(out, "Warning: Existing") {
			t.Errorf("what is new is said to be adopted:\n%s", out)
		}
		said(t, second.Run("plan", "-no-color"), `secret "A" (environment "dev", folder /): version`, `secret "B" (environment "dev", folder /): version`)
		out := second.Apply()
		said(t, out, "Existing Secrets Adopted")
		for _, name := range []string{"A", "B"} { // by the plan and by the apply, where one resource may speak for both
			if count := strings.Count(out, fmt.Sprintf("- secret %q (environment", name)); count != 2 {
				t.Errorf("%s is named %d times:\n%s", name, count, out)
			}
		}

		// A replacement is no adoption of what this state has itself.
		out = second.Run("apply", "-auto-approve", "-no-color", "-replace=infisical_secrets.all", "-replace=infisical_secret.single")
		second.Run("taint", "infisical_secrets.all")
		second.Run("taint", "infisical_secret.single")
		out += second.Apply()
		if strings.Contains(out, "Existing Secrets") {
			t.Errorf("a replacement is said to adopt:\n%s", out)
		}
	})
}

// TestAdoptionOfAFolderIsSaid.
func TestAdoptionOfAFolderIsSaid(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	env.Server.CreateFolder(env.Owner.Project.ID, "dev", "/app")
	s := newScene(t, env, "resource \"infisical_folder\" \"app\" {\n  env_slug = \"dev\"\n  name = \"app\"\n  on_existing = \"adopt\"\n}\n")
	said(t, s.Run("plan", "-no-color", "-out=saved"), "Existing Folder Will Be Adopted", `The folder /app of environment "dev" exists already, created 20`)
	said(t, s.Run("apply", "-no-color", "saved"), "Existing Folder Adopted", "with everything in it")
	s.PlanIsEmpty()
}
