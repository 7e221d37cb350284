package provider_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
)

// underKeys sets the keys of sealed mode.
func underKeys(c *core, keys ...string) *core {
	texts := make([]tftypes.Value, 0, len(keys))
	for _, key := range keys {
		texts = append(texts, tftypes.NewValue(tftypes.String, key))
	}
	c.settings = attributes{
		"workspace_id": c.env.Owner.Project.ID, "encryption_mode": "sealed", "sealing_keys": tftypes.NewValue(tftypes.List{ElementType: tftypes.String}, texts),
	}
	return c
}

// anElement is one of infisical_secrets.
func anElement(fields attributes) tftypes.Value {
	all := map[string]tftypes.Value{}
	for field, kind := range elementType.AttributeTypes {
		all[field] = tftypes.NewValue(kind, fields[field])
	}
	return tftypes.NewValue(elementType, all)
}

// kept is a configuration of write-only values whose version does not rise.
func kept(value string) map[string]declared {
	one := attributes{"value_wo": value, "value_wo_version": 1}
	alone := attributes{"env_slug": "dev", "name": "N"}
	maps.Copy(alone, one)
	return map[string]declared{
		"alone": {kind: secretType, config: alone},
		"many": {kind: "infisical_secrets", config: attributes{
			"env_slug": "dev",
			"secrets":  tftypes.NewValue(tftypes.Map{ElementType: elementType}, map[string]tftypes.Value{"A": anElement(one), "B": anElement(one)}),
		}},
	}
}

// TestSealedAnewOutsideAndTheOldKeyIsGone: what cannot be compared is no drift,
// and is told once; what was found changed while it could be compared is drift.
func TestSealedAnewOutsideAndTheOldKeyIsGone(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		changed  func(s *acctest.Sealed) // while both keys are there
		between  bool                    // a run that has both keys
		warnings []string
		drift    bool
	}{
		"at once":            {warnings: []string{`Secret "N"`, `Secrets "A", "B"`}},
		"after one more run": {between: true},
		"changed as well": {
			changed: func(s *acctest.Sealed) {
				s.Change("dev", "/", "N", "by somebody else")
				s.Change("dev", "/", "A", "by somebody else")
			},
			between: true, drift: true,
			warnings: []string{`Secrets "B"`},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := acctest.NewSealed(t)
			first, second := s.Keys[0], s.NewKey()
			run := newCore(t, s.Env)
			must := func(err error) {
				t.Helper()
				if err != nil {
					t.Fatal(err)
				}
			}
			must(underKeys(run, first).apply(kept("written")))

			s.Keys = []string{second, first}
			if c.changed != nil {
				c.changed(s)
				_, _, err := underKeys(run, first, second).plan(kept("not written")) // and not applied
				must(err)
			}
			s.Rekey("dev", "/")
			s.Keys = []string{second}
			if c.between && !c.drift {
				must(underKeys(run, second, first).apply(kept("not written")))
			}

			changes, _, err := underKeys(run, second).plan(kept("not written"))
			must(err)
			if drift := len(changes) > 0; drift != c.drift {
				t.Errorf("%d changes are planned", len(changes))
			}
			told := slices.DeleteFunc(run.warnings, func(w string) bool { return !strings.Contains(w, "Be Compared") })
			slices.Sort(told)
			if len(told) != len(c.warnings) {
				t.Fatalf("%d warnings, not %d: %q", len(told), len(c.warnings), told)
			}
			for i, want := range c.warnings {
				if !says(want).MatchString(told[i]) {
					t.Errorf("the warning does not name %s: %s", want, told[i])
				}
			}
			must(run.apply(kept("written anew")))
			want := map[string]string{"N": "written", "A": "written", "B": "written"}
			if c.drift {
				want = map[string]string{"N": "written anew", "A": "written anew", "B": "written"}
			}
			if held := secretsHeldSealed(s); !maps.Equal(held, want) {
				t.Errorf("the server holds %v", slices.Sorted(maps.Keys(held)))
			}
			changes, _, err = run.plan(kept("not written"))
			must(err)
			if len(changes) > 0 || len(run.warnings) > 0 {
				t.Errorf("%d changes are planned, and it says %q", len(changes), run.warnings)
			}
			// A change under the key that is there is drift as ever.
			s.Change("dev", "/", "N", "by somebody else")
			s.Change("dev", "/", "B", "by somebody else")
			changes, _, err = run.plan(kept("not written"))
			must(err)
			if len(changes) != 2 {
				t.Errorf("%d changes are planned where two values were changed", len(changes))
			}
		})
	}
}

// TestDriftOutlastsAnotherMode: what is not the value that was written is not
// taken for it by looking twice.
func TestDriftOutlastsAnotherMode(t *testing.T) {
	t.Parallel()
	s := acctest.NewSealed(t)
	run := underKeys(newCore(t, s.Env), s.Keys...)
	if err := run.apply(kept("written")); err != nil {
		t.Fatal(err)
	}
	run.settings = attributes{"encryption_mode": "es"}
	for range 3 {
		changes, _, err := run.plan(kept("not written"))
		if err != nil || len(changes) != 2 {
			t.Fatalf("%d changes are planned where envelopes stand for values: %v", len(changes), err)
		}
	}
}

func secretsHeldSealed(s *acctest.Sealed) map[string]string {
	out := map[string]string{}
	for name, one := range s.Read("dev", "/") {
		out[name] = one.Value
	}
	return out
}
