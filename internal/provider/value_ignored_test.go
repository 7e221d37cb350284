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

// element is one secret of a test's configuration, in either resource.
type element struct {
	bulk       bool
	place      string   // attributes of the resource
	attributes string   // of the secret; %s stands for what a step changes
	ignored    []string // of these attributes
}

// block is the element as secret of that name; its resource is called label.
func (e element) block(label, name, change string, ignored ...string) string {
	attributes, ignored := fmt.Sprintf(e.attributes, change), append(ignored, e.ignored...)
	kind, body := "infisical_secret", fmt.Sprintf("name = %q\n%s", name, attributes)
	if e.bulk {
		kind, body = "infisical_secrets", fmt.Sprintf("secrets = { %s = {\n%s\n} }", name, attributes)
		for i, attribute := range ignored {
			ignored[i] = fmt.Sprintf("secrets[%q].%s", name, attribute)
		}
	}
	return fmt.Sprintf("resource %q %q {\nenv_slug = \"dev\"\n%s\n%s\nlifecycle {\nignore_changes = [%s]\n}\n}\n", kind, label, e.place, body, strings.Join(ignored, ", "))
}

// ignoredValues give a value once, and leave it to people.
func ignoredValues() map[string]element {
	out := map[string]element{}
	for label, one := range map[string]element{
		"VERSIONED": {attributes: "value_wo = \"placeholder\"\nvalue_wo_version = var.value_version\n%s", ignored: []string{"value_wo"}},
		"BOTH":      {attributes: "value_wo = \"placeholder\"\nvalue_wo_version = var.value_version\n%s", ignored: []string{"value_wo", "value_wo_version"}},
		"COMPARED":  {attributes: "value_wo = \"placeholder\"\n%s", ignored: []string{"value_wo"}},
		"PLAIN":     {attributes: "value = \"placeholder\"\n%s", ignored: []string{"value"}},
	} {
		out[label] = one
		one.bulk = true
		out["IN_BULK_"+label] = one
	}
	return out
}

// TestWrittenOnceThenManagedByPeople: whatever else of a secret Terraform
// changes, it does not write a value that ignore_changes leaves to others.
func TestWrittenOnceThenManagedByPeople(t *testing.T) {
	inRenamingModes(t, func(t *testing.T, w *valueWorld) {
		s, all := w.scene(t, ""), ignoredValues()
		suffix := "" // of the names, where they can be changed
		name := func(label string) string {
			if all[label].bulk {
				return label
			}
			return label + suffix
		}
		config := func(change string, ignored ...string) {
			hcl := "variable \"value_version\" {}\n"
			for label, one := range all {
				hcl += one.block(label, name(label), change, ignored...)
			}
			s.Write(hcl)
		}
		want := "placeholder"
		byPeople := func(value string) {
			want = value
			for label := range all {
				w.Change("dev", "/", name(label), want)
			}
		}
		left := func(when string) {
			t.Helper()
			for label := range all {
				if got := w.Read("dev", "/")[name(label)].Value; got != want {
					t.Errorf("%s: the value of %s was written", when, label)
				}
			}
		}
		s.set("value_version", "1")
		config("")
		s.Apply()
		left("create")

		byPeople("by people")
		config("comment = \"changed\"")
		s.Run("plan", "-no-color", "-out=saved")
		s.Run("apply", "-no-color", "saved")
		left("a comment")
		s.set("value_version", "2")
		config("comment = \"changed again\"", "comment")
		s.Apply()
		left("another version")
		suffix = "_RENAMED"
		config("comment = \"changed\"")
		s.Apply()
		left("a rename")
		byPeople("by people, once more") // and the next plan does not look
		suffix = ""
		config("comment = \"changed\"")
		s.Run("apply", "-auto-approve", "-no-color", "-refresh=false")
		left("a rename without a look at the server")
		s.PlanIsEmpty()
		if w.sealed == nil {
			return
		}

		w.sealed.Keys = append([]string{w.sealed.NewKey()}, w.sealed.Keys...)
		s.Env = append(s.Env, w.sealed.Variables()...)
		s.Apply()
		left("a new key")
		first := keyID(t, w.sealed.Keys[0])
		for name, id := range keyIDs(t, w.sealed, "/") {
			if id != first {
				t.Errorf("%s was not sealed under the new key", name)
			}
		}
		s.PlanIsEmpty()
	})
}

// TestIgnoredDetailsAreNotWritten along with a change to something else.
func TestIgnoredDetailsAreNotWritten(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	s := newScene(t, env, "")
	one := element{attributes: "%s", ignored: []string{"comment", "metadata", "secret_reminder", "skip_multiline_encoding"}}
	many := element{bulk: true, attributes: "%s", ignored: []string{"comment"}}
	config := func(value, said string, days int) string {
		attributes := fmt.Sprintf("value = %q\ncomment = %q\n", value, said)
		return many.block("many", "B", attributes) +
			one.block("one", "A", attributes+fmt.Sprintf("metadata = { by = %q }\nsecret_reminder = { repeat_days = %d }\nskip_multiline_encoding = true\n", said, days))
	}
	s.Write(config("one", "Terraform", 7))
	s.Apply()
	// Without a look at the server: what the state holds is older than that.
	for _, name := range []string{"A", "B"} {
		env.Put("dev", "/", name, "one", "people")
	}
	s.Write(config("two", "Terraform again", 9))
	s.Run("apply", "-auto-approve", "-no-color", "-refresh=false")
	for name, got := range env.Read("dev", "/") {
		if got.Value != "two" || got.Comment != "people" {
			t.Errorf("%s: an ignored comment was written, or a value was not", name)
		}
	}
	for _, r := range env.Server.Requests() {
		if r.Method != http.MethodGet && strings.Contains(string(r.Body), `"Terraform again"`) {
			t.Errorf("%s: ignored metadata was sent", r.Route)
		}
	}
	s.PlanIsEmpty()
}

// TestImportOfAPasswordInUse: an ephemeral source that rotates is configured,
// whose value is ignored or which on_existing = "keep" leaves alone until its
// version changes.
func TestImportOfAPasswordInUse(t *testing.T) {
	inRenamingModes(t, func(t *testing.T, w *valueWorld) {
		const versioned = "value_wo = var.value\nvalue_wo_version = var.value_version\n%s"
		all := map[string]element{
			"IGNORED":      {attributes: versioned, ignored: []string{"value_wo", "value_wo_version"}},
			"VALUE":        {attributes: versioned, ignored: []string{"value_wo"}},
			"COMPARED":     {attributes: "value_wo = var.value\n%s", ignored: []string{"value_wo"}},
			"KEPT":         {attributes: versioned, place: `on_existing = "keep"`},
			"BULK_IGNORED": {bulk: true, attributes: versioned, ignored: []string{"value_wo", "value_wo_version"}},
			"BULK_KEPT":    {bulk: true, attributes: versioned, place: `on_existing = "keep"`},
		}
		others, s := "", w.scene(t, "")
		config := func(change string) {
			hcl := "variable \"value\" { ephemeral = true }\nvariable \"value_version\" { default = 1 }\n"
			for label, one := range all {
				one.place += fmt.Sprintf("\nfolder_path = \"/%s\"", label)
				hcl += one.block(label, "A", change)
			}
			s.Write(hcl)
		}
		holds := func(when, want, kept string) {
			t.Helper()
			for label := range all {
				expected := want
				if strings.HasSuffix(label, "KEPT") {
					expected = kept
				}
				if w.Read("dev", "/"+label)["A"].Value != expected {
					t.Errorf("%s: %s holds another value", when, label)
				}
			}
		}
		for label := range all {
			w.env.Other().CreateFolder("dev", "/", label)
			others += element{attributes: "value = \"in use\"%s", place: fmt.Sprintf("folder_path = \"/%s\"", label)}.block(label, "A", "")
		}
		w.scene(t, others).Apply()
		config("")
		s.set("value", "rotated once")
		imports := ""
		for _, label := range slices.Sorted(maps.Keys(all)) {
			if all[label].bulk {
				imports += fmt.Sprintf("import {\nto = infisical_secrets.%[1]s\nid = \"dev:/%[1]s\"\n}\n", label)
			} else {
				imports += fmt.Sprintf("import {\nto = infisical_secret.%[1]s\nid = \"dev:/%[1]s:A\"\n}\n", label)
			}
		}
		s.WriteFile("imports.tf", imports)
		s.Apply()
		holds("imported", "in use", "in use")
		s.set("value", "rotated twice")
		s.PlanIsEmpty()
		config("comment = \"said\"")
		s.Apply()
		holds("a comment", "in use", "in use")
		s.set("value_version", "2")
		s.Apply()
		holds("another version", "in use", "rotated twice")
		s.PlanIsEmpty()
	})
}
