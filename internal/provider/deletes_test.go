package provider_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
)

// modal is a project in one of the modes.
type modal struct {
	*acctest.Env
	mode      string
	variables []string
	read      func(path string) map[string]seed.Plain
	put       func(path, name, value string) // as another client
	change    func(path, name, value string)
	remove    func(path, name string)
}

// inEachMode runs a test in every mode.
func inEachMode(t *testing.T, test func(*testing.T, modal)) {
	t.Helper()
	inModes(t, test, "e2ee", "es", "sealed")
}

// inModesOfClearNames runs a test where the server knows the names.
func inModesOfClearNames(t *testing.T, test func(*testing.T, modal)) {
	t.Helper()
	inModes(t, test, "es", "sealed")
}

func inModes(t *testing.T, test func(*testing.T, modal), modes ...string) {
	t.Helper()
	t.Parallel()
	for _, mode := range modes {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			m := modal{mode: mode, variables: []string{esVariable + mode}}
			if mode == "sealed" {
				s := acctest.NewSealed(t)
				m.Env, m.variables = s.Env, s.Variables()
				m.read = func(path string) map[string]seed.Plain { return s.Read("dev", path) }
				m.put = func(path, name, value string) { s.Add("dev", path, name, value) }
				m.change = func(path, name, value string) { s.Change("dev", path, name, value) }
				m.remove = func(path, name string) { s.Remove("dev", path, name) }
			} else {
				m.Env = acctest.New(t)
				if mode == "es" {
					m.SwitchToES()
				}
				m.read = func(path string) map[string]seed.Plain { return m.Read("dev", path) }
				m.put = func(path, name, value string) { m.Put("dev", path, name, value, "") }
				m.change = m.put
				m.remove = func(path, name string) {
					if err := m.Owner.Delete("dev", path, name); err != nil {
						t.Fatal(err)
					}
				}
			}
			test(t, m)
		})
	}
}

func (m modal) scene(t *testing.T, hcl string) scene {
	t.Helper()
	s := newScene(t, m.Env, hcl)
	s.Env = append(s.Env, m.variables...)
	return s
}

// holds fails the test unless the root of dev has exactly these secrets.
func (m modal) holds(t *testing.T, want map[string]string) {
	t.Helper()
	got := map[string]string{}
	for name, s := range m.read("/") {
		got[name] = s.Value
	}
	if !maps.Equal(got, want) {
		t.Fatalf("the server does not hold what it should, but %d secrets", len(got))
	}
}

// said fails the test unless Terraform printed all of these.
func said(t *testing.T, out string, texts ...string) {
	t.Helper()
	flat := strings.NewReplacer("│", "", "╷", "", "╵", "").Replace(out)
	for _, text := range texts {
		if !says(text).MatchString(flat) {
			t.Errorf("Terraform did not say %q:\n%s", text, out)
		}
	}
}

// TestTaintedSecretsAreDeleted: the delete of a tainted object is handed the
// private state of its replacement, so that what is to be deleted has to be in
// the state.
func TestTaintedSecretsAreDeleted(t *testing.T) {
	inEachMode(t, func(t *testing.T, m modal) {
		s := m.scene(t, bulk("A = { value = \"a\" }\nB = { value = \"b\" }\nC = { value = \"c\" }"))
		s.Apply()
		s.Run("taint", "infisical_secrets.all")
		s.Write(bulk("A = { value = \"changed\" }\nC = { value = \"c\" }"))
		s.Run("plan", "-no-color", "-out=saved")
		s.Run("apply", "-no-color", "saved")
		m.holds(t, map[string]string{"A": "changed", "C": "c"})
		s.PlanIsEmpty()

		s.Run("taint", "infisical_secrets.all")
		s.Write(bulk("C = { value = \"again\" }", "folder_path = \"/\""))
		s.Apply()
		m.holds(t, map[string]string{"C": "again"})
		s.PlanIsEmpty()
		s.Run("taint", "infisical_secrets.all")
		s.Run("destroy", "-auto-approve", "-no-color")
		m.holds(t, map[string]string{})
	})
}

// TestImportedSecretsThatNobodyConfigures: an import manages what the
// configuration names. The rest stays, and a warning names it.
func TestImportedSecretsThatNobodyConfigures(t *testing.T) {
	inEachMode(t, func(t *testing.T, m modal) {
		for _, name := range []string{"A", "B", "THEIRS"} {
			m.put("/", name, "x")
		}
		all := map[string]string{"A": "x", "B": "x", "THEIRS": "x"}
		imported := "import {\n  to = infisical_secrets.all\n  id = \"dev:/\"\n}\n"
		s := m.scene(t, imported+bulk("A = { value = \"x\" }\nB = {}"))
		s.Run("plan", "-no-color", "-out=saved")
		m.Server.ResetRequests()
		said(t, s.Run("apply", "-no-color", "saved"), "1 imported, 0 added, 1 changed, 0 destroyed")
		m.holds(t, all)
		if got := m.Writes(); len(got) != 0 {
			t.Errorf("an import of what is as it should be has written %v", got)
		}
		s.PlanIsEmpty()

		// The same without a saved plan, and the warning.
		s = m.scene(t, imported+bulk(`A = { value = "x" }`))
		said(t, s.Apply(), "Secrets Stay On The Server", `stay on the server: "B", "THEIRS".`)
		m.holds(t, all)
		s.PlanIsEmpty()

		// With exclusive it is deleted by the plan after, which shows it. In E2EE
		// mode nothing but the configuration gives a name to delete.
		s = m.scene(t, imported+bulk(`A = { value = "x" }`, "exclusive = true"))
		s.Apply()
		m.holds(t, all)
		if m.mode == "e2ee" {
			return
		}
		said(t, s.Apply(), `- "B"`, `- "THEIRS"`, `Secrets Will Be Deleted`, `deletes them from the folder / of environment "dev": "B", "THEIRS".`)
		m.holds(t, map[string]string{"A": "x"})
		s.PlanIsEmpty()
	})
}

// TestImportedSecretsThatWereNeverApplied: what no plan has confirmed is not
// deleted.
func TestImportedSecretsThatWereNeverApplied(t *testing.T) {
	inEachMode(t, func(t *testing.T, m modal) {
		m.put("/", "A", "x")
		m.put("/", "B", "x")
		s := m.scene(t, bulk(`A = { value = "x" }`))
		s.Run("import", "-no-color", "infisical_secrets.all", "dev:/")
		s.Run("taint", "infisical_secrets.all")
		s.Apply()
		m.holds(t, map[string]string{"A": "x", "B": "x"})
		s.PlanIsEmpty()
		s.Run("state", "rm", "infisical_secrets.all")
		s.Run("import", "-no-color", "infisical_secrets.all", "dev:/")
		said(t, s.Run("destroy", "-auto-approve", "-no-color"), `stay on the server: "A", "B".`)
		m.holds(t, map[string]string{"A": "x", "B": "x"})
	})
}

// TestFolderImportedBesideOneOfItsSecrets: what the folder's resource does not
// name stays the other's.
func TestFolderImportedBesideOneOfItsSecrets(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	env.Put("dev", "/", "A", "1", "")
	s := newScene(t, env, `
import {
  to = infisical_secrets.all
  id = "dev:/"
}
resource "infisical_secret" "one" {
  env_slug = "dev"
  name     = "S"
  value    = "2"
}
`+bulk(`A = {}`))
	s.Run("apply", "-auto-approve", "-no-color", "-target=infisical_secret.one")
	said(t, s.Apply(), `stay on the server: "S".`)
	if all := env.Read("dev", "/"); all["S"].Value != "2" || len(all) != 2 {
		t.Error("the server holds something else")
	}
	s.PlanIsEmpty()
}

// TestSecretsThatLeaveAreNamed: the summary of a plan does not count them.
func TestSecretsThatLeaveAreNamed(t *testing.T) {
	inEachMode(t, func(t *testing.T, m modal) {
		s := m.scene(t, bulk("A = { value = \"a\" }\nB = { value = \"b\" }"))
		s.Apply()
		s.Write(bulk(`A = { value = "a" }`))
		said(t, s.Run("plan", "-no-color", "-out=saved"), "1 to change, 0 to destroy", "Secrets Will Be Deleted", `"B".`)
		s.Run("apply", "-no-color", "saved")
		m.holds(t, map[string]string{"A": "a"})
		s.PlanIsEmpty()
	})
}

// TestExclusiveSendsNoNameOfTheServers: in E2EE mode exclusive names what else
// is there and deletes nothing. remove deletes by names that the user typed.
func TestExclusiveSendsNoNameOfTheServers(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	env.Put("dev", "/", "STRAY", "x", "")
	env.Put("dev", "/", "OTHER", "x", "")
	s := newScene(t, env, bulk(`A = { value = "1" }`, "exclusive = true"))
	for range 2 {
		said(t, s.Apply(), "Exclusive Leaves Other Secrets", `secrets (2) that the configuration does not name: "OTHER", "STRAY".`)
	}
	said(t, s.Run("plan", "-no-color", "-detailed-exitcode"), "Exclusive Leaves Other Secrets")
	if strings.Contains(s.File("terraform.tfstate"), "STRAY") {
		t.Error("the state holds a name that only the server gave")
	}
	for _, r := range env.Server.Requests() {
		if strings.Contains(r.Path+string(r.Body), "STRAY") && !strings.Contains(string(r.Body), "secretKeyCiphertext") {
			t.Errorf("%s %s sends a name that only the server gave", r.Method, r.Path)
		}
	}
	s.Write(bulk(`A = { value = "1" }`, "exclusive = true", `remove = ["STRAY"]`))
	said(t, s.Apply(), `deletes them from the folder / of environment "dev": "STRAY".`, `secrets (1) that the configuration does not name: "OTHER".`)
	if all := env.Read("dev", "/"); len(all) != 2 || all["OTHER"].Name == "" {
		t.Errorf("%d secrets are there", len(all))
	}
	s.Run("destroy", "-auto-approve", "-no-color")
	if all := env.Read("dev", "/"); len(all) != 1 || all["OTHER"].Name == "" {
		t.Errorf("%d secrets are there", len(all))
	}
}

// TestRemove: by name, at once and again when one of its name comes back.
func TestRemove(t *testing.T) {
	inEachMode(t, func(t *testing.T, m modal) {
		m.put("/", "OLD", "x")
		m.put("/", "OTHER", "x")
		s := m.scene(t, bulk(`A = { value = "a" }`, `remove = ["OLD", "NEVER"]`))
		said(t, s.Run("plan", "-no-color", "-out=saved"), "Secrets Will Be Deleted", `"OLD".`)
		s.Run("apply", "-no-color", "saved")
		m.holds(t, map[string]string{"A": "a", "OTHER": "x"})
		s.PlanIsEmpty()

		m.put("/", "OLD", "again")
		said(t, s.Apply(), `- "OLD"`, "Secrets Will Be Deleted")
		m.holds(t, map[string]string{"A": "a", "OTHER": "x"})
		s.PlanIsEmpty()

		// Managed before, and one that is there.
		s.Write(bulk(`B = { value = "b" }`, `remove = ["A", "OTHER"]`))
		said(t, s.Apply(), `deletes them from the folder / of environment "dev": "A", "OTHER".`)
		m.holds(t, map[string]string{"B": "b"})
		s.PlanIsEmpty()

		// What remove no longer holds stays, and so does what a destroy meets.
		m.put("/", "OTHER", "theirs")
		s.Write(bulk(`B = { value = "b" }`))
		said(t, s.Apply(), `stay on the server: "OTHER".`)
		m.holds(t, map[string]string{"B": "b", "OTHER": "theirs"})
		s.PlanIsEmpty()

		s.Write(bulk(`B = { value = "b" }`, `remove = ["B"]`))
		refused := func(want string) {
			t.Helper()
			out, err := s.Try("plan", "-no-color")
			if err == nil {
				t.Errorf("the plan was not refused:\n%s", out)
			}
			said(t, out, want)
		}
		refused(`"B" is in secrets and in remove.`)
		s.Write(bulk(`B = { value = "b" }`, `remove = ["a/b"]`))
		refused(`remove holds "a/b", and the server cannot hold a secret of this name`)
		s.Write("resource \"terraform_data\" \"late\" {\n  input = \"X\"\n}\n" + bulk(`B = { value = "b" }`, `remove = [terraform_data.late.output]`))
		refused("Names To Remove Are Unknown")
	})
}
