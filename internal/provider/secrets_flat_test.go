package provider_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
)

// flatForms are the settings that give secrets in one map, each with what a change
// of values needs.
var flatForms = map[string]func(version int) string{
	"values":                func(int) string { return "values = var.all" },
	"values_wo":             func(int) string { return "values_wo = var.all" },
	"values_wo, a version":  func(version int) string { return fmt.Sprintf("values_wo = var.all\n  values_wo_version = %d", version) },
	"secrets, for contrast": func(int) string { return "secrets = { for k, v in var.all : k => { value = v } }" },
}

func flatBulk(form string, settings ...string) string {
	return fmt.Sprintf("variable \"all\" {\n  type = map(string)\n}\n\nresource \"infisical_secrets\" \"all\" {\n  env_slug = \"dev\"\n  %s\n  %s\n}\n", form, strings.Join(settings, "\n  "))
}

// gives sets the values of the next run.
func (s scene) gives(all map[string]string) {
	s.T.Helper()
	writeVariables(s.T.(*testing.T), s.Terraform, map[string]any{"all": all})
}

// TestFlatSecretsLifecycle: the forms differ in what a plan and a state show, and in
// nothing on the server.
func TestFlatSecretsLifecycle(t *testing.T) {
	inEachMode(t, func(t *testing.T, m modal) {
		for title, form := range flatForms {
			if title == "secrets, for contrast" || title == "values_wo" && m.mode != "e2ee" {
				continue
			}
			t.Run(title, func(t *testing.T) {
				writeOnly := strings.HasPrefix(title, "values_wo")
				s := m.scene(t, flatBulk(form(1)))
				all := map[string]string{"A": "canary-a", "B": "canary-b", "C": "canary-c", "D": ""}
				write := func(version int, settings ...string) {
					s.Write(flatBulk(form(version), settings...))
					s.gives(all)
				}
				write(1)
				if out := s.Apply(); strings.Contains(out, "canary") {
					t.Errorf("a value is shown:\n%s", out)
				}
				m.holds(t, all)
				if state := s.File("terraform.tfstate"); strings.Contains(state, "canary") == writeOnly {
					t.Error("the state holds values, or lacks those that were asked for")
				}
				m.Server.ResetRequests()
				s.PlanIsEmpty()
				if got := m.Writes(); len(got) != 0 {
					t.Errorf("a plan has written %v", got)
				}

				// One changes, one leaves, one comes.
				all = map[string]string{"A": "canary-a", "B": "canary-changed", "D": "", "E": "canary-e"}
				write(2)
				m.Server.ResetRequests()
				out := s.Apply()
				said(t, out, "0 added, 1 changed, 0 destroyed", "Secrets Will Be Deleted: C")
				m.holds(t, all)
				if m.read("/")["A"].Version != m.read("/")["D"].Version {
					t.Error("what did not change was written")
				}
				if got := m.Writes(); got["POST"] > 1 || got["PATCH"] > 1 || got["DELETE"] > 1 {
					t.Errorf("%v", got)
				}
				s.PlanIsEmpty()

				// Others change one value and delete a secret.
				m.change("/", "A", "canary-drift")
				m.remove("/", "E")
				out = s.Apply()
				m.holds(t, all)
				if title == "values_wo, a version" && m.mode != "es" {
					said(t, out, "Secret Changed Outside Of Terraform", `Secrets "A" of the`)
				}
				s.PlanIsEmpty()
				s.Run("destroy", "-auto-approve", "-no-color")
				m.holds(t, map[string]string{})
			})
		}
	})
}

// TestFormsOfSecretsAreInterchangeable: nothing is written when they change, and
// comments stay.
func TestFormsOfSecretsAreInterchangeable(t *testing.T) {
	inModes(t, func(t *testing.T, m modal) {
		all := map[string]string{"A": "a", "B": "b"}
		s := m.scene(t, "")
		s.Write(flatBulk("secrets = { for k, v in var.all : k => { value = v, comment = \"about ${k}\" } }"))
		s.gives(all)
		s.Apply()
		m.Server.ResetRequests()
		for _, form := range []string{"values", "values_wo, a version", "values", "secrets, for contrast", "values_wo"} {
			if form == "secrets, for contrast" { // with the comments, which a form without them has not touched
				s.Write(flatBulk("secrets = { for k, v in var.all : k => { value = v, comment = \"about ${k}\" } }"))
			} else {
				s.Write(flatBulk(flatForms[form](1)))
			}
			said(t, s.Apply(), "0 added, 1 changed, 0 destroyed")
			s.PlanIsEmpty()
		}
		m.holds(t, all)
		if got := m.Writes(); len(got) != 0 {
			t.Errorf("written: %v", got)
		}
		for name, secret := range m.read("/") {
			if secret.Comment != "about "+name {
				t.Errorf("%s has lost its comment", name)
			}
		}
	}, "e2ee", "sealed")
}

// TestFlatSecretsThatExist: import, adoption, exclusive and remove do what they do
// for nested ones.
func TestFlatSecretsThatExist(t *testing.T) {
	inModes(t, func(t *testing.T, m modal) {
		all := map[string]string{"A": "a", "B": "b"}
		for name, value := range all {
			m.put("/", name, value)
		}
		m.put("/", "THEIRS", "x")
		imports := "import {\n  to = infisical_secrets.all\n  id = \"dev:/\"\n}\n"
		for _, form := range []string{"values", "values_wo, a version"} {
			s := m.scene(t, "")
			s.Write(flatBulk(flatForms[form](1)) + imports)
			s.gives(all)
			m.Server.ResetRequests()
			said(t, s.Apply(), "1 imported, 0 added, 1 changed", `stay on the server: "THEIRS".`)
			if got := m.Writes(); len(got) != 0 {
				t.Errorf("%s: written: %v", form, got)
			}
			s.PlanIsEmpty()
		}

		other := map[string]string{"A": "another", "B": "b"}
		s := m.scene(t, "")
		s.Write(flatBulk(flatForms["values_wo, a version"](1)))
		s.gives(other)
		if out, err := s.Try("apply", "-auto-approve", "-no-color"); err == nil {
			t.Errorf("a secret that exists was written over:\n%s", out)
		}
		m.holds(t, map[string]string{"A": "a", "B": "b", "THEIRS": "x"})
		s.Write(flatBulk(flatForms["values_wo, a version"](1), `on_existing = "keep"`))
		said(t, s.Apply(), "Existing Secrets Adopted")
		m.holds(t, map[string]string{"A": "a", "B": "b", "THEIRS": "x"})
		s.PlanIsEmpty()
		s.Write(flatBulk(flatForms["values_wo, a version"](2), `remove = ["THEIRS"]`))
		said(t, s.Apply(), "Secrets Will Be Deleted: THEIRS")
		m.holds(t, other)
		s.PlanIsEmpty()
		if m.mode == "e2ee" {
			return // nothing but the configuration gives a name to delete
		}
		m.put("/", "THEIRS", "x")
		s.Write(flatBulk(flatForms["values_wo, a version"](2), `exclusive = true`))
		said(t, s.Apply(), "Exclusive Will Delete Secrets")
		said(t, s.Apply(), "Secrets Will Be Deleted: THEIRS")
		m.holds(t, other)
		s.PlanIsEmpty()
	}, "e2ee", "sealed")
}

// TestIgnoredFlatValues: they are written once, and people manage them from then on.
func TestIgnoredFlatValues(t *testing.T) {
	inModes(t, func(t *testing.T, m modal) {
		for _, form := range []string{"values", "values_wo, a version"} {
			attribute, _, _ := strings.Cut(form, ",")
			ignored := "lifecycle {\n    ignore_changes = [" + attribute + "]\n  }"
			s := m.scene(t, flatBulk(flatForms[form](1), ignored))
			s.gives(map[string]string{"A": "placeholder", "B": "placeholder"})
			s.Apply()
			m.change("/", "A", "real")
			s.gives(map[string]string{"A": "other", "B": "other", "C": "other"})
			m.Server.ResetRequests()
			s.Run("apply", "-auto-approve", "-no-color")
			s.Write(flatBulk(flatForms[form](1), ignored, `on_existing = "adopt"`))
			s.Apply()
			if got := m.Writes(); len(got) != 0 {
				t.Errorf("%s: written: %v", form, got)
			}
			m.holds(t, map[string]string{"A": "real", "B": "placeholder"})
			s.Run("destroy", "-auto-approve", "-no-color")
			m.holds(t, map[string]string{})
		}
	}, "e2ee", "sealed")
}

// TestPartOfAFlatUpdateFails: the version of the write-only values is the new one
// only when all are written.
func TestPartOfAFlatUpdateFails(t *testing.T) {
	t.Parallel()
	for title, form := range flatForms {
		if title == "values_wo" {
			continue
		}
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			s := newScene(t, env, flatBulk(form(1)))
			s.gives(map[string]string{"A": "a", "B": "b", "C": "c", "KEPT": "k"})
			s.Apply()
			want := map[string]string{"A": "new a", "B": "new b", "D": "d", "KEPT": "k"}
			s.Write(flatBulk(form(2)))
			s.gives(want)
			removers := []func(){failing(env, http.MethodPatch, "B"), failing(env, http.MethodPost, "D"), failing(env, http.MethodDelete, "C")}
			out, err := s.Try("apply", "-auto-approve", "-no-color")
			if err == nil {
				t.Fatal("it did not fail")
			}
			said(t, out, `- "B": The`, `- "C": The`, `- "D": The`, "in the state. Apply again")
			for _, remove := range removers {
				remove()
			}
			env.Server.ResetRequests()
			s.Apply()
			got := map[string]string{}
			for name, secret := range env.Read("dev", "/") {
				got[name] = secret.Value
			}
			if !maps.Equal(got, want) {
				t.Errorf("the server holds %q", slices.Sorted(maps.Keys(got)))
			}
			if got := env.Writes(); got["PATCH"] != 1 || got["POST"] != 1 || got["DELETE"] != 1 {
				t.Errorf("written the second time: %v", got)
			}
			s.PlanIsEmpty()
		})
	}
}

// TestFlatSecretsWithUnknownParts: one value, one name, and the whole map.
func TestFlatSecretsWithUnknownParts(t *testing.T) {
	t.Parallel()
	for _, attribute := range []string{"values", "values_wo"} {
		for title, all := range map[string]string{
			"value": `{ A = terraform_data.later.id, B = "b" }`,
			"map":   `{ for k in [terraform_data.later.id] : "NAME" => k }`,
			"names": `{ for k in [terraform_data.later.id] : "N_${replace(k, "-", "_")}" => "v" }`,
		} {
			t.Run(attribute+" "+title, func(t *testing.T) {
				t.Parallel()
				env := acctest.New(t)
				config := "resource \"terraform_data\" \"later\" {\n  triggers_replace = %d\n}\nresource \"infisical_secrets\" \"all\" {\n  env_slug = \"dev\"\n  " + attribute + " = " + all + "\n}\n"
				s := newScene(t, env, fmt.Sprintf(config, 1))
				s.Apply()
				s.PlanIsEmpty()
				before := env.Read("dev", "/")
				s.Write(fmt.Sprintf(config, 2))
				s.Apply()
				s.PlanIsEmpty()
				after := env.Read("dev", "/")
				if len(after) != len(before) || fmt.Sprint(after) == fmt.Sprint(before) {
					t.Errorf("the change did not arrive: %d secrets, before %d", len(after), len(before))
				}
				if b := after["B"]; b != before["B"] {
					t.Error("what did not change was written")
				}
			})
		}
	}
}

func TestBadFlatSecrets(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	s := newScene(t, env, "")
	for settings, want := range map[string]string{
		"": "None of secrets, values and values_wo is set.",
		"values = { A = \"canary\" }\nsecrets = {}":                                         "Only one of secrets, values and values_wo can be set.",
		"values = { A = \"canary\" }\nvalues_wo = { B = \"canary\" }":                       "Only one of secrets, values and values_wo can be set.",
		"values = { A = null }":                                                             `values["A"] is null.`,
		"values_wo = { A = null, B = \"canary\" }":                                          `values_wo["A"] is null.`,
		"values = { \"a/b\" = \"canary\" }":                                                 `The server cannot hold a secret named "a/b"`,
		"values = { A = \"canary\" }\nvalues_wo_version = 1":                                "values_wo_version says when values_wo is to be written, and there is no values_wo.",
		"values = { A = \"canary\" }\non_existing = \"keep\"":                               "Not all elements of secrets have them",
		"values_wo = { A = \"canary\" }\non_existing = \"keep\"":                            "Not all elements of secrets have them",
		"values_wo = { A = \"canary\" }\nremove = [\"A\"]":                                  `"A" is in values_wo and in remove.`,
		"values = { A = join(\"\", [for i in range(900) : format(\"canary%01020d\", i)]) }": "the server takes at most",
	} {
		s.Write("resource \"infisical_secrets\" \"all\" {\n  env_slug = \"dev\"\n" + settings + "\n}\n")
		out, err := s.Try("plan", "-no-color")
		if err == nil {
			t.Errorf("%s was taken", settings)
		}
		said(t, out, want)
		if strings.Contains(out, "canary") {
			t.Errorf("the value is in the error:\n%s", out)
		}
	}
	if got := env.Writes(); len(got) != 0 {
		t.Errorf("written: %v", got)
	}
}
