package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
)

// TestFullFolderIsNotDeleted says what it holds, by count and some names, of
// each kind alone and of all together, as it is at the time of the delete.
func TestFullFolderIsNotDeleted(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	env.Server.CreateFolder(env.Owner.Project.ID, "prod", "/shared")
	other := env.Other()
	s := newScene(t, env, folderNamed("app", ""))
	s.Apply()
	const nothing = "The server would delete all of it along with the folder, so nothing was deleted."
	refused := func(holds string) {
		t.Helper()
		refuses(t, env, s.Terraform, `Folder /app of environment "dev". It holds `+holds+". "+nothing, "destroy", "-auto-approve")
	}
	other.CreateImport("dev", "/app", "prod", "/shared")
	refused("1 import (prod:/shared)")
	other.CreateFolder("dev", "/app", "inner")
	refused("1 folder (inner), 1 import (prod:/shared)")
	for i := range 8 {
		env.Put("dev", "/app", fmt.Sprintf("NAME_%d", i), "v", "")
	}
	refused("8 secrets (NAME_0, NAME_1, NAME_2, NAME_3, NAME_4 and 3 more), 1 folder (inner), 1 import (prod:/shared)")
	other.DeleteImport("dev", "/app", other.ImportID("dev", "/app", "prod", "/shared"))
	other.DeleteFolder("dev", "/app", "inner")
	for i := range 8 {
		if err := env.Owner.Delete("dev", "/app", fmt.Sprintf("NAME_%d", i)); err != nil {
			t.Fatal(err)
		}
	}
	other.CreateFolder("dev", "/app", "odd/name") // which no path reaches
	refused("1 folder (odd/name)")
	damaged := env.Put("dev", "/app", "DAMAGED", "v", "")
	damaged.Key.Tag = flipped(damaged.Key.Tag)
	env.Server.PutRecord(damaged)
	refused("1 secret, 1 folder (odd/name)")

	// What is in the folder when it is destroyed counts, not when it was planned.
	env.Server.DeleteFolder(env.Owner.Project.ID, "dev", "/app")
	s.Apply()
	s.Run("plan", "-destroy", "-out=plan.out", "-no-color")
	env.Put("dev", "/app", "LATE", "v", "")
	refuses(t, env, s.Terraform, "It holds 1 secret (LATE)", "apply", "plan.out")

	// The mend that the error names, which goes by what the state says.
	s.Write(folderNamed("app", "force_delete = true"))
	refused("1 secret (LATE)")
	before := env.Writes()
	s.Apply()
	if now := env.Writes(); fmt.Sprint(now) != fmt.Sprint(before) {
		t.Errorf("force_delete alone was written: %v, %v before", now, before)
	}
	s.Run("destroy", "-auto-approve", "-no-color")
	if got := foldersOf(env, "dev"); len(got) > 0 {
		t.Errorf("%q are left", got)
	}
}

// TestForcedDeleteTakesAllAlong, also secrets that Terraform manages and
// destroys at the same time.
func TestForcedDeleteTakesAllAlong(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	env.Put("dev", "/app/inner/deep", "THEIRS", "v", "")
	env.Put("prod", "/app", "ELSEWHERE", "v", "")
	play(t, resource.TestStep{
		Config: env.Config(folderNamed("app", "force_delete = true\non_existing = \"adopt\"") + `
resource "infisical_secret" "this" {
  count       = 5
  env_slug    = "dev"
  folder_path = "/app/inner"
  name        = "N${count.index}"
  value       = "v"
}`),
		Check: func(*terraform.State) error {
			env.Server.ResetRequests()
			return nil
		},
	})
	if err := holdsFolders(env)(nil); err != nil {
		t.Error(err)
	}
	if len(env.Read("prod", "/app")) != 1 {
		t.Error("another environment was touched")
	}
}

// TestForcedDeleteIsNamed: no count of a plan tells what goes along with a folder.
func TestForcedDeleteIsNamed(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	env.Put("dev", "/app", "THEIRS", "v", "")
	env.Put("dev", "/app/inner", "DEEP", "v", "")
	own := `
resource "infisical_secret" "own" {
  env_slug    = "dev"
  folder_path = infisical_folder.this.path
  name        = "OWN"
  value       = "v"
}`
	adopted := "force_delete = true\non_existing = \"adopt\"\n"
	s := newScene(t, env, folderNamed("app", adopted)+own)
	s.Apply()
	named := func(out string) {
		t.Helper()
		said(t, out, "Folder Will Be Deleted With Contents: /app", "THEIRS), 1 folder (inner)", "- /app/inner: 1 secret (DEEP)")
	}
	s.PlanIsEmpty()
	out := s.Run("plan", "-destroy", "-no-color")
	named(out)
	said(t, out, "- /app: 1 secret (THEIRS)") // the plan shows OWN itself
	env.Server.CreateFolder(env.Owner.Project.ID, "dev", "/other")
	s.Write(folderNamed("app", adopted+"parent_path = \"/other\"") + own)
	named(s.Run("plan", "-no-color"))
	s.Write("")
	named(s.Apply())
	if err := holdsFolders(env, "/other")(nil); err != nil {
		t.Error(err)
	}

	// Nothing is said of a folder that holds nothing of others.
	s.Write(folderNamed("own", "force_delete = true") + own)
	s.Apply()
	if out := s.Run("destroy", "-auto-approve", "-no-color"); strings.Contains(out, "With Contents") {
		t.Errorf("nothing goes along, but a warning says so:\n%s", out)
	}
}

func TestFolderDeleteRequests(t *testing.T) {
	t.Parallel()
	for force, want := range map[bool]map[string]int{
		false: {"DELETE /api/v1/folders/:folder": 4, "GET /api/v1/folders": 1 + 1 + 4, listRoute: 4, "GET /api/v1/secret-imports": 4},
		// Its plan lists once what each of them holds.
		true: {"DELETE /api/v1/folders/:folder": 4, "GET /api/v1/folders": 1 + 1 + 4, listRoute: 4, "GET /api/v1/secret-imports": 4},
	} {
		env := acctest.New(t)
		s := newScene(t, env, folderNamed("n${count.index}", fmt.Sprintf("count = 4\nforce_delete = %t", force)))
		s.Apply()
		env.Server.ResetRequests()
		s.Run("destroy", "-auto-approve", "-no-color")
		want[tokenRoute], want[workspaceRoute] = 3, 3 // of the processes that a destroy takes
		if got := env.Routes(); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("force_delete %t: %v, not %v", force, got, want)
		}
	}
}

func TestFolderDeleteWhoseAnswerWasLost(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]devserver.Fault{"done": {CutAfter: true}, "not done": {CutBefore: true}} {
		env := acctest.New(t)
		fired := false
		env.Server.InjectFault(func(r devserver.Request) *devserver.Fault {
			if fired || r.Route != "DELETE /api/v1/folders/:folder" {
				return nil
			}
			fired = true
			return &fault
		})
		play(t, resource.TestStep{Config: env.Config(folderNamed("n", ""))})
		if err := holdsFolders(env)(nil); err != nil || !fired {
			t.Errorf("%s: %v, %t", name, err, fired)
		}
	}
}

// TestFolderRights: a token without write permission, or whose scopes do not
// cover the parent, is refused at plan where there is something to do, and only
// there.
func TestFolderRights(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	s := newScene(t, env, folderNamed("n", ""))
	good := s.Env
	scoped := func(pattern string) string {
		return env.NewToken(seed.Token{Name: "scoped", Scopes: []devserver.Scope{{Environment: "dev", SecretPath: pattern}}})
	}
	reader := env.NewToken(seed.Token{Name: "reader", ReadOnly: true})
	with := func(token string) {
		s.Env = good
		withToken(s.Terraform, token)
	}
	with(reader)
	refuses(t, env, s.Terraform, `The service token "reader" is read-only`, "plan")
	with(scoped("/n/**"))
	refuses(t, env, s.Terraform, `Folder / of environment "dev". It is outside of the scopes of the service token "scoped"`, "plan")
	with(scoped("/"))
	s.Apply()

	with(reader)
	s.PlanIsEmpty()
	s.Write(folderNamed("n", "force_delete = true"))
	s.Apply() // stays in the state
	s.Write(folderNamed("m", "force_delete = true"))
	refuses(t, env, s.Terraform, `The service token "reader" is read-only`, "plan")
	refuses(t, env, s.Terraform, `The service token "reader" is read-only`, "plan", "-destroy")
	with(scoped("/n/**"))
	refuses(t, env, s.Terraform, "It is outside of the scopes", "plan")

	// Without force, what is in the folder has to be seen.
	with(scoped("/"))
	s.Write(folderNamed("m", ""))
	s.Apply()
	refuses(t, env, s.Terraform, `Folder /m of environment "dev". It is outside of the scopes`, "plan", "-destroy")
	s.Write(folderNamed("m", "force_delete = true"))
	s.Apply()
	s.Run("destroy", "-auto-approve", "-no-color")
}

// TestBadFolders is what can be known to be wrong without the server.
func TestBadFolders(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	const taken = "a folder's name is made of letters A-Z and a-z, digits, dash and underscore"
	for hcl, want := range map[string]string{
		folderNamed("", ""):                                          "The server cannot hold a folder of this name: it is empty",
		folderNamed("a b", ""):                                       taken + `; ' ' is none of them`,
		folderNamed("a.b", ""):                                       taken,
		folderNamed("日本", ""):                                        taken,
		folderNamed("a/b", ""):                                       taken,
		folderNamed("..", ""):                                        taken,
		folderNamed(strings.Repeat("n", 256), ""):                    "it is 256 characters long; the server takes at most 255",
		folderNamed("n", `parent_path = "app"`):                      "parent_path cannot be used: it must begin with a slash",
		folderNamed("n", `parent_path = ""`):                         "parent_path cannot be used: it must begin with a slash",
		folderNamed("n", `parent_path = "/a//b"`):                    "it has two slashes in a row",
		folderNamed("n", `parent_path = "/a b"`):                     taken,
		folderNamed("n", `on_existing = "ask"`):                      `on_existing value must be one of`,
		folderNamed("n", `workspace_id = "5f1efa06-83ef-4dd8-850d"`): "belongs to another project",
		strings.Replace(folderNamed("n", ""), `"dev"`, `"qa"`, 1):    `has no environment "qa". It has: dev, staging, prod`,
		strings.Replace(folderNamed("n", ""), `"dev"`, `""`, 1):      "env_slug is empty",
	} {
		play(t, resource.TestStep{Config: env.Config(hcl), PlanOnly: true, ExpectError: says(want)})
	}
	if writes := env.Writes(); len(writes) > 0 {
		t.Errorf("something was written: %v", writes)
	}
}
