package provider_test

import (
	"strings"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
)

// valueWorld is a project in one of the modes, on a server that renames.
type valueWorld struct {
	project // another client of it
	env     *acctest.Env
	sealed  *acctest.Sealed // nil in other modes
	mode    []string        // variables of an environment
}

// inRenamingModes runs a test in each mode, on servers that rename.
func inRenamingModes(t *testing.T, test func(*testing.T, *valueWorld)) {
	t.Helper()
	t.Parallel()
	for mode, newWorld := range map[string]func(*testing.T) *valueWorld{
		"e2ee": func(t *testing.T) *valueWorld {
			env := acctest.New(t)
			return &valueWorld{project: env, env: env}
		},
		"es": func(t *testing.T) *valueWorld {
			env := newEra(t, devserver.Era2024October)
			env.SwitchToES()
			return &valueWorld{project: env, env: env, mode: []string{esVariable + "es"}}
		},
		"sealed": func(t *testing.T) *valueWorld {
			s := acctest.NewSealed(t)
			return &valueWorld{project: s, env: s.Env, sealed: s, mode: s.Variables()}
		},
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			test(t, newWorld(t))
		})
	}
}

// scene is a new configuration with a state of its own.
func (w *valueWorld) scene(t *testing.T, hcl string) scene {
	t.Helper()
	s := newScene(t, w.env, hcl)
	s.Env = append(s.Env, w.mode...)
	return s
}

// wants fails the test unless dev:/ holds exactly these values.
func (w *valueWorld) wants(t *testing.T, when string, values map[string]string) {
	t.Helper()
	if err := holds(w, "/", values)(nil); err != nil {
		t.Fatalf("%s: %v", when, err)
	}
}

// refuses fails the test unless Terraform refuses a command with that headline.
func (s scene) refuses(headline string, command ...string) {
	s.T.Helper()
	out, err := s.Try(append(command, "-no-color")...)
	if err == nil || !strings.Contains(out, "Error: "+headline) {
		s.T.Fatalf("%v was not refused with %q: %v\n%s", command, headline, err, out)
	}
}

const otherValue = "Renamed Secret Has Another Value"

// TestShiftOfCountGivesNoSecretAnothersValue: without the first element, the
// first instance gets the second's name and value.
func TestShiftOfCountGivesNoSecretAnothersValue(t *testing.T) {
	inRenamingModes(t, func(t *testing.T, w *valueWorld) {
		s := w.scene(t, `
variable "names" { type = list(string) }
resource "infisical_secret" "these" {
  count            = length(var.names)
  env_slug         = "dev"
  name             = var.names[count.index]
  value_wo         = "val-${var.names[count.index]}"
  value_wo_version = 1
}
`)
		s.set("names", `["P", "Q"]`)
		s.Apply()
		s.set("names", `["Q"]`)
		s.refuses(otherValue, "apply", "-auto-approve")
		w.wants(t, "after a shift of count", map[string]string{"P": "val-P", "Q": "val-Q"})
	})
}

const renamedWriteOnly = `
variable "name" {}
variable "value" { ephemeral = true }
variable "value_version" { type = number }
variable "on_existing" { default = null }
resource "infisical_secret" "this" {
  env_slug         = "dev"
  name             = var.name
  value_wo         = var.value
  value_wo_version = var.value_version
  on_existing      = var.on_existing
}
`

// TestRenameWithWriteOnlyValue goes through the ways to rename: with the value
// last written, with another version, and with on_existing = "keep".
func TestRenameWithWriteOnlyValue(t *testing.T) {
	inRenamingModes(t, func(t *testing.T, w *valueWorld) {
		s := w.scene(t, renamedWriteOnly)
		set := func(name, value, version string) {
			s.set("name", name)
			s.set("value", value)
			s.set("value_version", version)
		}
		set("FIRST", "one", "1")
		s.Apply()

		set("SECOND", "two", "1")
		s.refuses(otherValue, "plan")
		set("SECOND", "one", "1")
		s.Run("plan", "-no-color", "-out=saved")
		s.set("value", "two")
		s.refuses(otherValue, "apply", "saved")
		w.wants(t, "refused", map[string]string{"FIRST": "one"})
		if strings.Contains(privateState(t, s.File("terraform.tfstate")), "decision") {
			t.Error("the decision of a plan that was refused is in the state")
		}

		set("SECOND", "one", "1")
		s.Apply()
		w.wants(t, "renamed with the same value", map[string]string{"SECOND": "one"})
		set("THIRD", "two", "2")
		s.Apply()
		w.wants(t, "renamed with another version", map[string]string{"THIRD": "two"})

		set("FOURTH", "three", "2")
		s.set("on_existing", "keep")
		s.Apply()
		w.wants(t, "renamed with keep", map[string]string{"FOURTH": "two"})
		s.PlanIsEmpty()
		s.set("value_version", "3")
		s.Apply()
		w.wants(t, "another version", map[string]string{"FOURTH": "three"})
		s.PlanIsEmpty()

		// Another client changed the value, and it is renamed: keep takes the new one.
		w.Change("dev", "/", "FOURTH", "theirs")
		set("FIFTH", "four", "3")
		s.Apply()
		w.wants(t, "renamed with keep after a change", map[string]string{"FIFTH": "theirs"})
		s.PlanIsEmpty()
	})
}

// TestAnyOtherVersionWrites: a number that comes from a hash falls as often as
// it rises.
func TestAnyOtherVersionWrites(t *testing.T) {
	inRenamingModes(t, func(t *testing.T, w *valueWorld) {
		s := w.scene(t, renamedWriteOnly+`
resource "infisical_secrets" "all" {
  env_slug = "dev"
  secrets  = { A = { value_wo = var.value, value_wo_version = var.value_version } }
}
`)
		s.set("name", "N")
		for _, step := range [][2]string{{"one", "84115342173845"}, {"two", "17"}, {"three", "0"}, {"four", "281474976710655"}} {
			s.set("value", step[0])
			s.set("value_version", step[1])
			s.Apply()
			w.wants(t, "version "+step[1], map[string]string{"N": step[0], "A": step[0]})
			s.PlanIsEmpty()
		}
		s.set("value_version", "1")
		s.Run("destroy", "-auto-approve", "-no-color")
		w.wants(t, "destroyed", map[string]string{})
	})
}
