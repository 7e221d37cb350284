package provider_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// oneOfEach has a resource of every type, each by itself.
const oneOfEach = `
resource "infisical_secret" "this" {
  env_slug = "dev"
  name     = "ONE"
  value    = "one"
  comment  = "about one"
}

resource "infisical_secrets" "this" {
  env_slug    = "dev"
  folder_path = "/bulk"
  secrets     = { A = { value = "a" }, B = { value = "b" } }
}

resource "infisical_folder" "this" {
  env_slug = "dev"
  name     = "made"
}

resource "infisical_secret_import" "this" {
  env_slug           = "dev"
  folder_path        = "/importing"
  import_env_slug    = "prod"
  import_folder_path = "/"
}
`

var eachType = []string{"infisical_secret", "infisical_secrets", "infisical_folder", "infisical_secret_import"}

// TestObjectsDeleteWhatTheyHold, however they came into the state: tainted, moved,
// imported, or written by another version of the provider, which left out what was
// added since and has no private state.
func TestObjectsDeleteWhatTheyHold(t *testing.T) {
	inModes(t, func(t *testing.T, m modal) {
		for _, path := range []string{"/bulk", "/importing"} {
			m.Server.CreateFolder(m.Owner.Project.ID, "dev", path)
		}
		m.put("/bulk", "THEIRS", "left alone")
		s, other := m.scene(t, oneOfEach), m.Other()

		// there are the ids of everything that oneOfEach creates.
		there := func() map[string]string {
			t.Helper()
			out := map[string]string{}
			for _, path := range []string{"/", "/bulk"} {
				for name, secret := range m.read(path) {
					if name != "THEIRS" {
						out[name] = secret.ID
					}
				}
			}
			if id := other.Folders("dev", "/")["made"]; id != "" {
				out["folder"] = id
			}
			if id := other.ImportID("dev", "/importing", "prod", "/"); id != "" {
				out["import"] = id
			}
			return out
		}
		whole := []string{"A", "B", "ONE", "folder", "import"}
		isWhole := func() map[string]string {
			t.Helper()
			now := there()
			if got := slices.Sorted(maps.Keys(now)); !slices.Equal(got, whole) {
				t.Fatalf("the server holds %q, not %q", got, whole)
			}
			return now
		}
		destroyed := func(command ...string) {
			t.Helper()
			s.Run(append(command, "-no-color")...)
			if now := there(); len(now) > 0 {
				t.Fatalf("%q are left on the server", slices.Sorted(maps.Keys(now)))
			}
			if m.read("/bulk")["THEIRS"].Value != "left alone" {
				t.Fatal("a secret of others was touched")
			}
		}
		unwritten := func(run func()) {
			t.Helper()
			m.Server.ResetRequests()
			run()
			if got := m.Writes(); len(got) > 0 {
				t.Errorf("written: %v", got)
			}
		}
		taint := func() {
			t.Helper()
			for _, kind := range eachType {
				s.Run("taint", kind+".this")
			}
		}

		s.Apply()
		first := isWhole()
		taint()
		s.Run("plan", "-out=saved", "-no-color")
		s.Run("apply", "-no-color", "saved")
		for name, id := range isWhole() {
			if id == first[name] {
				t.Errorf("tainted %s was not replaced", name)
			}
		}
		s.PlanIsEmpty()
		taint()
		destroyed("destroy", "-auto-approve")

		s.Apply()
		moved := strings.ReplaceAll(oneOfEach, `"this"`, `"moved"`)
		for _, kind := range eachType {
			moved += "moved {\n  from = " + kind + ".this\n  to = " + kind + ".moved\n}\n"
		}
		s.Write(moved)
		unwritten(func() { said(t, s.Apply(), "0 added, 0 changed, 0 destroyed") })
		s.PlanIsEmpty()
		s.Run("plan", "-destroy", "-out=saved", "-no-color")
		destroyed("apply", "saved")

		s.Write(oneOfEach)
		s.Apply()
		for _, kind := range eachType {
			s.Run("state", "rm", kind+".this")
		}
		s.Write(oneOfEach + imported(map[string]string{
			"infisical_secret": "dev:/:ONE", "infisical_secrets": "dev:/bulk", "infisical_folder": "dev:/made", "infisical_secret_import": "dev:/importing:prod:/",
		}))
		unwritten(func() { said(t, s.Apply(), "4 imported, 0 added") })
		s.PlanIsEmpty()
		destroyed("destroy", "-auto-approve")

		s.Write(oneOfEach)
		s.Apply()
		asOfAnotherVersion(t, filepath.Join(s.Dir, "terraform.tfstate"))
		unwritten(func() { s.Apply() })
		s.PlanIsEmpty()
		asOfAnotherVersion(t, filepath.Join(s.Dir, "terraform.tfstate"))
		destroyed("destroy", "-auto-approve")
	}, "e2ee", "sealed")
}

func imported(ids map[string]string) string {
	var out strings.Builder
	for kind, id := range ids {
		out.WriteString("import {\n  to = " + kind + ".this\n  id = \"" + id + "\"\n}\n")
	}
	return out.String()
}

// asOfAnotherVersion takes out of a state what not every version of the provider
// has written: private state, identities and computed attributes but the id.
func asOfAnotherVersion(t *testing.T, path string) {
	t.Helper()
	var state map[string]any
	if err := json.Unmarshal([]byte(readFile(t, path)), &state); err != nil {
		t.Fatal(err)
	}
	for _, resource := range state["resources"].([]any) {
		for _, one := range resource.(map[string]any)["instances"].([]any) {
			instance := one.(map[string]any)
			for _, key := range []string{"private", "identity", "identity_schema_version"} {
				delete(instance, key)
			}
			attributes := instance["attributes"].(map[string]any)
			for _, key := range []string{"sealing_key_id", "generation", "accept_rollback"} {
				delete(attributes, key)
			}
		}
	}
	raw, err := json.Marshal(state)
	if err == nil {
		err = os.WriteFile(path, raw, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}
