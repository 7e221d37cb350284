package provider_test

import (
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
)

// TestKeepAdoptsWithTheValueThatIsThere: a secret that exists keeps its value as
// that of the version, whatever is configured, and the rest is brought to the
// configuration.
func TestKeepAdoptsWithTheValueThatIsThere(t *testing.T) {
	inRenamingModes(t, func(t *testing.T, w *valueWorld) {
		one := element{place: `on_existing = "keep"`, attributes: "value_wo = var.value\nvalue_wo_version = var.value_version\n%s"}
		many := one
		many.bulk = true
		s := w.scene(t, "")
		config := func(change string) {
			s.Write("variable \"value\" { ephemeral = true }\nvariable \"value_version\" { type = number }\n" +
				one.block("one", "ONE", change) + many.block("many", "MANY", change) + one.block("new", "NEW", ""))
		}
		there := element{attributes: "value = \"in use\"%s"}
		w.scene(t, there.block("one", "ONE", "")+there.block("many", "MANY", "")).Apply()
		s.set("value", "rotated once")
		s.set("value_version", "7")
		config("comment = \"said\"")
		s.Apply()
		w.wants(t, "created", map[string]string{"ONE": "in use", "MANY": "in use", "NEW": "rotated once"})
		for name, got := range w.Read("dev", "/") {
			if got.Comment != "said" && name != "NEW" {
				t.Errorf("%s lacks its comment", name)
			}
		}
		s.set("value", "rotated twice")
		s.PlanIsEmpty()
		config("comment = \"said again\"")
		s.Apply()
		w.wants(t, "a comment", map[string]string{"ONE": "in use", "MANY": "in use", "NEW": "rotated once"})
		s.set("value_version", "3")
		s.Apply()
		w.wants(t, "another version", map[string]string{"ONE": "rotated twice", "MANY": "rotated twice", "NEW": "rotated twice"})
		s.PlanIsEmpty()
		for _, name := range []string{"ONE", "MANY"} { // drift of a value of this version
			w.Change("dev", "/", name, "theirs")
		}
		s.Apply()
		w.wants(t, "drift", map[string]string{"ONE": "rotated twice", "MANY": "rotated twice", "NEW": "rotated twice"})
		s.PlanIsEmpty()
	})
}

// TestKeepAfterSomebodyRenamedTheFolder: at its new path the secret is a new one
// for Terraform. Under sealed mode it opens there no more, which is an error.
func TestKeepAfterSomebodyRenamedTheFolder(t *testing.T) {
	inRenamingModes(t, func(t *testing.T, w *valueWorld) {
		w.env.Other().CreateFolder("dev", "/", "old")
		s := w.scene(t, "")
		config := func(path string) {
			one := element{place: `on_existing = "keep"`, attributes: "value_wo = var.value\nvalue_wo_version = 1\nfolder_path = \"%s\""}
			s.Write("variable \"value\" { ephemeral = true }\n" + one.block("one", "A", path))
		}
		s.set("value", "in use")
		config("/old")
		s.Apply()
		w.env.Other().RenameFolder("dev", "/", "old", "new")
		s.set("value", "rotated")
		config("/new")
		if w.sealed != nil {
			s.refuses("Cannot Create Secret", "apply", "-auto-approve")
			return
		}
		s.Apply()
		if got := w.Read("dev", "/new")["A"].Value; got != "in use" {
			t.Error("it does not hold the value that it had")
		}
		s.PlanIsEmpty()
	})
}

// TestKeepNeedsAVersion of everything that it could keep.
func TestKeepNeedsAVersion(t *testing.T) {
	t.Parallel()
	for _, attributes := range []string{`value = "v"`, `value_wo = "v"`, `comment = "c"`} {
		for _, bulk := range []bool{false, true} {
			s := newScene(t, nil, element{bulk: bulk, place: `on_existing = "keep"`, attributes: attributes + "%s"}.block("one", "A", ""))
			s.refuses("Keep Without Versioned Value", "validate")
		}
	}
}

// TestKeepDoesNotAdoptWhatIsNotSealed: a value in the clear may be the server's.
func TestKeepDoesNotAdoptWhatIsNotSealed(t *testing.T) {
	inDialects(t, func(t *testing.T, sealed *acctest.Sealed) {
		w := &valueWorld{project: sealed, env: sealed.Env, sealed: sealed, mode: sealed.Variables()}
		s := w.scene(t, element{attributes: "value = \"in use\"%s"}.block("one", "A", ""))
		s.Apply()
		record := envelopes(sealed, "/")["A"]
		record.Value = "in the clear"
		sealed.Server.PutRawRecord(record)
		fresh := w.scene(t, element{place: `on_existing = "keep"`, attributes: "value_wo = \"v\"\nvalue_wo_version = 1%s"}.block("one", "A", ""))
		out, err := fresh.Try("apply", "-auto-approve", "-no-color")
		if err == nil || !says("Its value is not sealed").MatchString(out) {
			t.Errorf("%v\n%s", err, out)
		}
	})
}
