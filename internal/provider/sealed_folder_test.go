package provider_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
)

// TestSealedFolderRename: an envelope opens in its own folder alone, so that
// under another name of the folder it is made anew.
func TestSealedFolderRename(t *testing.T) { inDialects(t, testSealedFolderRename) }

func testSealedFolderRename(t *testing.T, s *acctest.Sealed) {
	t.Helper()
	named := func(name, secret string) string {
		return s.Config(folderNamed(name, "") + secret)
	}
	const inside = "resource \"infisical_secret\" \"this\" {\n env_slug = \"dev\"\n folder_path = infisical_folder.this.path\n name = \"N\"\n value = \"v\"\n}\n"
	folder := func(action plancheck.ResourceActionType) resource.ConfigPlanChecks {
		return resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction("infisical_folder.this", action)}}
	}
	value := map[string]string{"N": "v"}
	run(
		t, s,
		resource.TestStep{Config: named("empty", "")},
		resource.TestStep{Config: named("a", ""), ConfigPlanChecks: folder(plancheck.ResourceActionUpdate)},
		resource.TestStep{Config: named("a", inside), Check: holds(s, "/a", value)},
		resource.TestStep{
			Config: named("b", inside), Check: holds(s, "/b", value),
			ConfigPlanChecks: folder(plancheck.ResourceActionDestroyBeforeCreate),
		},
		resource.TestStep{
			PreConfig: func() {
				if got := foldersOf(s.Env, "dev"); !slices.Equal(got, []string{"/b"}) {
					t.Errorf("the folders are %v", got)
				}
				s.Other().RenameFolder("dev", "/", "b", "moved")
			},
			Config: named("b", inside), Check: holds(s, "/b", value),
			ConfigPlanChecks: folder(plancheck.ResourceActionUpdate), // what is in it opens again then
		},
		resource.TestStep{
			PreConfig: func() {
				other := newScene(t, s.Env, "resource \"infisical_secret\" \"other\" {\n env_slug = \"dev\"\n folder_path = \"/b\"\n name = \"OTHER\"\n value = \"o\"\n}\n")
				other.Env = append(other.Env, s.Variables()...)
				other.Apply()
			},
			Config: named("c", inside), ExpectError: says("It holds 1 secret (OTHER)"),
		},
		resource.TestStep{
			PreConfig: func() { s.Remove("dev", "/b", "OTHER") },
			Config:    named("c", inside), Check: holds(s, "/c", value),
		},
	)
}

// TestSealedFolderRenameNeedsTheProvider: an apply cannot plan another folder
// any more, so that the plan does not let it come to that.
func TestSealedFolderRenameNeedsTheProvider(t *testing.T) {
	t.Parallel()
	for unknown, settings := range map[string]func(*acctest.Sealed) []string{
		"encryption_mode": func(s *acctest.Sealed) []string {
			return []string{"encryption_mode = terraform_data.later.output", s.Settings()[1]}
		},
		"env_slug": func(s *acctest.Sealed) []string {
			return append(s.Settings(), "env_slug = terraform_data.later.output")
		},
	} {
		t.Run(unknown, func(t *testing.T) {
			t.Parallel()
			s := acctest.NewSealed(t)
			later := map[string]string{"encryption_mode": "sealed", "env_slug": "dev"}[unknown]
			config := func(name string, run int) string {
				return s.ConfigAs(s.ServiceToken(), folderNamed(name, "")+fmt.Sprintf(
					"resource \"terraform_data\" \"later\" {\n input = %q\n triggers_replace = %d\n}\n", later, run), settings(s)...)
			}
			play(
				t,
				resource.TestStep{Config: config("a", 1)},
				resource.TestStep{Config: config("b", 2), ExpectError: says("In sealed mode, renaming a folder needs the server now, but the provider's " + unknown)},
				resource.TestStep{Config: config("a", 2)},
				resource.TestStep{Config: config("b", 2)},
			)
		})
	}
}
