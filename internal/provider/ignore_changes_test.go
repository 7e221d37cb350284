package provider_test

import (
	"fmt"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
)

// TestIgnoredValuesAreNotWritten: a value that ignore_changes leaves to others
// is not written along with a change to the comment, although the configuration
// of an apply holds it.
func TestIgnoredValuesAreNotWritten(t *testing.T) {
	t.Parallel()
	single := func(attribute, comment string) string {
		return fmt.Sprintf("resource \"infisical_secret\" \"a\" {\n  env_slug = \"dev\"\n  name = \"A\"\n  %s = \"initial\"\n  comment = %q\n  lifecycle {\n    ignore_changes = [%[1]s]\n  }\n}\n", attribute, comment)
	}
	many := func(attribute, comment string) string {
		return bulk(fmt.Sprintf(`A = { %s = "initial", comment = %q }`, attribute, comment), fmt.Sprintf("lifecycle {\n    ignore_changes = [secrets[\"A\"].%s]\n  }", attribute))
	}
	for title, c := range map[string]struct {
		config    func(attribute, comment string) string
		attribute string
	}{
		"infisical_secret value":     {single, "value"},
		"infisical_secret value_wo":  {single, "value_wo"},
		"infisical_secrets value":    {many, "value"},
		"infisical_secrets value_wo": {many, "value_wo"},
	} {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			s := newScene(t, env, c.config(c.attribute, "one"))
			s.Apply()
			env.Put("dev", "/", "A", "rotated elsewhere", "one")
			s.Write(c.config(c.attribute, "two"))
			s.Apply()
			if a := env.Read("dev", "/")["A"]; a.Value != "rotated elsewhere" || a.Comment != "two" {
				t.Error("an ignored value was written")
			}
			s.PlanIsEmpty()
		})
	}
}
