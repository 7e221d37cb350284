package provider_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
)

// secretNames are names with what a plan says against them; "" where they live
// a whole life. Two that Terraform cannot tell apart are in two environments.
var secretNames = []struct {
	name, refused string
	environment   string // "" = dev
}{
	{name: "lower_case"},
	{name: "LOWER_CASE"},
	{name: "with inner  spaces"},
	{name: "dotted.name.txt"},
	{name: "100%41%2F%zz"},
	{name: "who?workspaceId=none"},
	{name: "part#fragment"},
	{name: "a&b;c+d=e,f"},
	{name: "prod::elsewhere:NAME"},
	{name: `back\slash\n`},
	{name: `"double" 'single'`},
	{name: "${var.none} %{if true}"},
	{name: "naïve-日本語-Жук-عربى"},
	{name: "🔑👩\u200d💻"},
	{name: "CAF\u00c9"},
	{name: "CAFE\u0301", environment: "staging"},
	{name: "\u1112\u1161\u11ab"}, // becomes one Hangul syllable
	{name: strings.Repeat("x", 100)},
	{name: strings.Repeat("🔑", 50)},
	{name: "Batch"},
	{name: "RAW"},
	{name: "007_leading_digit"},
	{name: "."},
	{name: ".."},
	{name: "inner\u00a0no-break\ufeffspaces"},

	{name: "", refused: "it is empty"},
	{name: strings.Repeat("x", 101), refused: "it is 101 UTF-16 units long; the server takes at most 100"},
	{name: strings.Repeat("🔑", 51), refused: "it is 102 UTF-16 units long; the server takes at most 100"},
	{name: "batch", refused: `"batch" is taken by the server's own addresses`},
	{name: "raw", refused: `"raw" is taken by the server's own addresses`},
	{name: "tags", refused: `"tags" is taken by the server's own addresses`},
	{name: "move", refused: `"move" is taken by the server's own addresses`},
	{name: " blank before", refused: "it has white space at its beginning or end"},
	{name: "newline after\n", refused: "it has white space at its beginning or end"},
	{name: "no-break space after\u00a0", refused: "it has white space at its beginning or end"},
	{name: "\ufeffbyte order mark before", refused: "it has white space at its beginning or end"},
	{name: "two\nlines", refused: "it holds a line break, a control character, or a mark that turns the direction of text"},
	{name: "a\ttab", refused: "it holds a line break"},
	{name: "zero\x00byte", refused: "it holds a line break"},
	{name: "escape\x1b[2K", refused: "it holds a line break"},
	{name: "turned\u202eback", refused: "it holds a line break"},
	{name: "folder/NAME", refused: "it holds a slash; folders are named by folder_path"},
}

// TestNamesThatTheServerHolds takes all of them through one configuration.
func TestNamesThatTheServerHolds(t *testing.T) {
	t.Parallel()
	if len(secretNames) != 42 {
		t.Errorf("%d names", len(secretNames))
	}
	env := acctest.New(t)
	type place struct {
		Environment string `json:"environment"`
		Name        string `json:"name"`
	}
	places, want := map[string]place{}, map[string]map[string]bool{"dev": {}, "staging": {}}
	for i, n := range secretNames {
		if n.refused != "" {
			continue
		}
		p := place{"dev", n.name}
		if n.environment != "" {
			p.Environment = n.environment
		}
		places[fmt.Sprintf("name%d", i)] = p
		want[p.Environment][norm.NFC.String(n.name)] = true
	}

	tf := acctest.NewTerraform(t, env)
	const managed = `
variable "places" { type = map(object({ environment = string, name = string })) }
variable "value" {}

resource "infisical_secret" "this" {
  for_each = var.places
  env_slug = each.value.environment
  name     = each.value.name
  value    = "${var.value} of ${each.key}"
}
`
	tf.Write(managed)
	tf.Run("init", "-no-color")
	set := func(value string) { writeVariables(t, tf, map[string]any{"places": places, "value": value}) }
	holds := func(value string) {
		t.Helper()
		for environment, names := range want {
			got := env.Read(environment, "/")
			for _, r := range env.Server.Records(env.Owner.Project.ID, environment, "/") {
				if sealed, err := env.Owner.Open(r.Key); err != nil || sealed != r.BlindIndex {
					t.Errorf("found as %q and sealed as %q: %v", r.BlindIndex, sealed, err)
				}
			}
			if len(got) != len(names) {
				t.Errorf("the server holds %d secrets in %s instead of %d", len(got), environment, len(names))
			}
			for name := range names {
				if plain, ok := got[name]; !ok || !strings.HasPrefix(plain.Value, value+" of name") {
					t.Errorf("%q: held: %t, value %q", name, ok, plain.Value)
				}
			}
		}
	}

	set("first")
	if out := tf.Apply(); !strings.Contains(out, fmt.Sprintf("%d added, 0 changed, 0 destroyed", len(places))) {
		t.Errorf("not all were created:\n%s", out)
	}
	holds("first")
	tf.PlanIsEmpty()

	set("second")
	if out := tf.Apply(); !strings.Contains(out, fmt.Sprintf("0 added, %d changed, 0 destroyed", len(places))) {
		t.Errorf("not all were updated in place:\n%s", out)
	}
	holds("second")

	// Forgotten and imported again: some by the command, the others by blocks.
	tf.Run("state", "rm", "infisical_secret.this")
	before := len(env.Server.Requests())
	command := 0
	for key, p := range places {
		if strings.ContainsAny(p.Name, ":\n%\"") || p.Name == ".." {
			tf.Run("import", "-no-color", fmt.Sprintf("infisical_secret.this[%q]", key), p.Environment+":/:"+p.Name)
			command++
		}
	}
	tf.Write(managed + `
import {
  for_each = var.places
  to       = infisical_secret.this[each.key]
  id       = "${each.value.environment}:/:${each.value.name}"
}
`)
	out := tf.Apply()
	if want := fmt.Sprintf("%d imported, 0 added, %d changed, 0 destroyed", len(places)-command, len(places)); command < 5 || !strings.Contains(out, want) {
		t.Errorf("%d were imported by the command; the others were not %q:\n%s", command, want, out)
	}
	for _, r := range env.Server.Requests()[before:] {
		if r.Method != http.MethodGet {
			t.Errorf("importing sent %s %s", r.Method, r.Path)
		}
	}
	holds("second")
	tf.PlanIsEmpty()

	tf.Write(managed)
	tf.Run("destroy", "-auto-approve", "-no-color")
	for environment := range want {
		for name := range env.Read(environment, "/") {
			t.Errorf("%q is left", name)
		}
	}
}

func TestNamesThatThePlanRefuses(t *testing.T) {
	t.Parallel()
	for _, n := range secretNames {
		if n.refused == "" {
			continue
		}
		t.Run(fmt.Sprintf("%.20q", n.name), func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			tf := acctest.NewInProcess(t, nil)
			tf.Write(env.Config(`
variable "name" {}

resource "infisical_secret" "this" {
  env_slug = "dev"
  name     = var.name
  value    = "v"
}`))
			writeVariables(t, tf, map[string]any{"name": n.name})
			refuses(t, env, tf, "The server cannot hold a secret of this name: "+n.refused, "plan")
		})
	}
}

const (
	composed   = "Caf\u00e9"
	decomposed = "Cafe\u0301"
)

// TestNameOfAnotherFormKeepsItsSpelling: Terraform brings all texts to normal
// form C, other clients do not.
func TestNameOfAnotherFormKeepsItsSpelling(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	there := env.Put("dev", "/", decomposed, "theirs", "")
	spelling := func() devserver.Record {
		t.Helper()
		records := env.Server.Records(env.Owner.Project.ID, "dev", "/")
		if len(records) != 1 {
			t.Fatalf("%d secrets", len(records))
		}
		if sealed, err := env.Owner.Open(records[0].Key); err != nil || sealed != decomposed || records[0].BlindIndex != decomposed || records[0].ID != there.ID {
			t.Errorf("the server now holds it as %+q, sealed as %+q: %v", records[0].BlindIndex, sealed, err)
		}
		return records[0]
	}

	tf := acctest.NewTerraform(t, env)
	set := func(value string) {
		tf.Write(`
resource "infisical_secret" "this" {
  env_slug = "dev"
  name     = "` + composed + `"
  value    = "` + value + `"
}`)
	}
	set("theirs")
	tf.Run("init", "-no-color")
	tf.Run("import", "-no-color", "infisical_secret.this", "dev:/:"+composed)
	tf.Apply()
	if writes := env.Writes(); len(writes) != 0 {
		t.Errorf("the import wrote: %v", writes)
	}
	tf.PlanIsEmpty()

	set("ours")
	tf.Apply()
	if r := spelling(); r.Version != 2 {
		t.Errorf("version %d", r.Version)
	}
	tf.PlanIsEmpty()
	tf.Run("destroy", "-auto-approve", "-no-color")
	if left := env.Read("dev", "/"); len(left) != 0 {
		t.Errorf("%d secrets are left", len(left))
	}
}

func TestTwoNamesOfOneComposedFormAreAnErrorThatNamesBoth(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	hcl := env.Config("resource \"infisical_secret\" \"this\" {\n env_slug = \"dev\"\n name = \"" + composed + "\"\n value = \"v\"\n}")
	var ids [2]string
	twins := func() {
		ids[0], ids[1] = env.Put("dev", "/", decomposed, "v", "").ID, env.Put("dev", "/", composed, "v", "").ID
	}
	twins()
	tf := acctest.NewInProcess(t, nil)
	for _, c := range []struct {
		config  string
		command []string
	}{
		{hcl, []string{"apply", "-auto-approve"}},
		{hcl, []string{"import", "infisical_secret.this", "dev:/:" + composed}},
		{env.Config("data \"infisical_secrets\" \"this\" {\n env_slug = \"dev\"\n}"), []string{"plan"}},
	} {
		tf.Write(c.config)
		out, err := tf.Try(slices.Insert(slices.Clone(c.command), 1, "-no-color")...)
		for _, want := range []string{ids[0], ids[1], "names look the same and differ in their Unicode form"} {
			if err == nil || !says(want).MatchString(out) {
				t.Errorf("%v does not say %q: %v\n%s", c.command, want, err, out)
			}
		}
	}
	if writes := env.Writes(); len(writes) != 0 {
		t.Errorf("something was written: %v", writes)
	}
}

// writeVariables sets a configuration's input variables to any texts.
func writeVariables(t *testing.T, tf *acctest.Terraform, values map[string]any) {
	t.Helper()
	raw, err := json.Marshal(values)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(tf.Dir, "terraform.tfvars.json"), raw, 0o600); err != nil {
		t.Fatal(err)
	}
}
