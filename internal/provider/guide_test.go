package provider_test

import (
	"os"
	"regexp"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
)

// TestMoveToANewProject runs what the threat model's guide tells to do where a
// project key is to be replaced, and what it says of variables in saved plans.
func TestMoveToANewProject(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../templates/guides/threat-model.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s) *```terraform\n(.*?) *```").FindAllSubmatch(page, -1)
	if len(blocks) != 1 {
		t.Fatalf("the guide has %d configurations", len(blocks))
	}
	env := acctest.New(t)
	value := env.Secret("canary that moves")
	env.Put("prod", "/", "DATABASE_URL", value, "")
	owner, err := seed.NewOwner(env.Server, devserver.Project{Name: "new"})
	if err != nil {
		t.Fatal(err)
	}
	token, err := owner.ServiceToken(seed.Token{Name: "new"})
	if err != nil {
		t.Fatal(err)
	}
	s := newInstalledScene(t, env, string(blocks[0][1])+"variable \"kept\" { sensitive = true }\n")
	s.set("old_token", env.Token)
	s.set("new_token", token)
	s.set("kept", "an ordinary variable")
	s.Run("plan", "-no-color", "-out=saved")
	s.Run("apply", "-no-color", "saved")
	moved, err := owner.Read("prod", "/")
	if err != nil || len(moved) != 1 || moved[0].Value != value {
		t.Fatalf("%d secrets were moved, or another value: %v", len(moved), err)
	}
	plan, state := planFile(t, s.Dir+"/saved"), s.File("terraform.tfstate")
	if acctest.Search(plan+state+privateState(t, state), append(env.Canaries(), token, owner.KeyText)) > 0 {
		t.Error("a value or token was kept")
	}
	if acctest.Search(plan, []string{"an ordinary variable"}) == 0 {
		t.Error("a saved plan no longer holds ordinary variables: the guide says so")
	}
}
