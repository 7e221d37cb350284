package provider_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
)

// all declares an infisical_secrets in the root of dev.
func all(values map[string]string, more attributes) map[string]declared {
	config := attributes{"env_slug": "dev", "secrets": elements(values)}
	maps.Copy(config, more)
	return map[string]declared{"all": {kind: "infisical_secrets", config: config}}
}

// TestAdoptingWriteWhoseAnswerIsLost: once, which the run settles by itself, and
// with everything that follows, which the next run settles.
func TestAdoptingWriteWhoseAnswerIsLost(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"e2ee", "sealed"} {
		for name, c := range map[string]struct{ down, existing bool }{
			"the answer alone": {false, false}, "the answer alone, in an update": {false, true},
			"all that follows": {true, false}, "all that follows, in an update": {true, true},
		} {
			t.Run(mode+", "+name, func(t *testing.T) {
				t.Parallel()
				var env *acctest.Env
				var run *core
				held := func() map[string]string { return secretsHeld(env, "/") }
				if mode == "sealed" {
					s := acctest.NewSealed(t)
					env, run = s.Env, underKeys(newCore(t, s.Env), s.Keys...)
					held = func() map[string]string { return secretsHeldSealed(s) }
				} else {
					env = acctest.New(t)
					run = newCore(t, env)
				}
				must := func(err error) {
					t.Helper()
					if err != nil {
						t.Fatal(err)
					}
				}
				// What is to be adopted is of a configuration that forgot it.
				must(run.apply(all(map[string]string{"A": "theirs", "B": "theirs"}, nil)))
				clear(run.state)
				if c.existing {
					must(run.apply(all(map[string]string{"C": "c"}, nil)))
				}
				before := idsHeld(env, mode)

				settings := run.settings
				run.settings = attributes{"max_retries": 0}
				maps.Copy(run.settings, settings)
				lost := false
				remove := env.Server.InjectFault(func(r devserver.Request) *devserver.Fault {
					switch {
					case !lost && r.Method == http.MethodPatch:
						lost = true
						return &devserver.Fault{CutAfter: true}
					case lost && c.down:
						return &devserver.Fault{CutBefore: true}
					}
					return nil
				})
				config := all(map[string]string{"A": "a", "B": "b", "C": "c"}, attributes{"on_existing": "adopt"})
				err := run.apply(config)
				remove()
				if !lost || (err != nil) != c.down {
					t.Fatalf("the answer was lost: %t; %v", lost, err)
				}
				run.settings = settings
				claimed := newProtocol(t, env, settings)
				for address, o := range run.state {
					for _, id := range claimed.idsOf(o) {
						if !slices.Contains(slices.Collect(maps.Values(idsHeld(env, mode))), id) {
							t.Errorf("the state of %s claims what the server does not hold", address)
						}
					}
				}
				must(run.apply(config))
				changes, drifted, err := run.plan(config)
				if err != nil || len(changes)+len(drifted)+len(run.warnings) > 0 {
					t.Errorf("it did not converge: %d changes are planned, the state of %v is not the server's, %q: %v", len(changes), drifted, run.warnings, err)
				}
				if got := held(); !maps.Equal(got, map[string]string{"A": "a", "B": "b", "C": "c"}) {
					t.Errorf("the server holds %d secrets, or other values", len(got))
				}
				for name, id := range before {
					if idsHeld(env, mode)[name] != id {
						t.Errorf("%s was made again", name)
					}
				}
			})
		}
	}
}

func idsHeld(env *acctest.Env, mode string) map[string]string {
	out := map[string]string{}
	if mode == "sealed" {
		for _, r := range env.Server.RawRecords(env.Owner.Project.ID, "dev", "/") {
			out[r.Name] = r.ID
		}
		return out
	}
	for _, s := range env.Read("dev", "/") {
		out[s.Name] = s.ID
	}
	return out
}

// refusesToDelete has the server delete no secret of that name.
func refusesToDelete(env *acctest.Env, name string) (remove func()) {
	return env.Server.InjectFault(func(r devserver.Request) *devserver.Fault {
		if r.Method != http.MethodDelete || !strings.HasSuffix(r.Path, "/"+name) && !strings.Contains(string(r.Body), `"`+name+`"`) {
			return nil
		}
		return &devserver.Fault{Status: http.StatusForbidden, Body: `{"statusCode":403,"error":"ValidationFailure","message":[{"path":["secrets"],"message":"refused"}]}`}
	})
}

// TestWhatADestroyInPartForgets: a secret that is gone is not taken for the
// resource's own when somebody else makes one of its name.
func TestWhatADestroyInPartForgets(t *testing.T) {
	t.Parallel()
	env := acctest.NewES(t)
	c := newCore(t, env).with(attributes{"encryption_mode": "es"})
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(c.apply(all(map[string]string{"A": "a", "B": "b"}, nil)))
	remove := refusesToDelete(env, "B")
	err := c.apply(nil)
	remove()
	if held := secretsHeld(env, "/"); err == nil || len(held) != 1 || held["B"] != "b" {
		t.Fatalf("%d secrets are left: %v", len(held), err)
	}
	env.Put("dev", "/", "A", "theirs", "")
	only := map[string]string{"B": "b"}
	must(c.apply(all(only, attributes{"exclusive": true})))
	if changes, _, err := c.plan(all(only, attributes{"exclusive": true})); err != nil || len(changes) != 1 {
		t.Fatalf("%d changes are planned where one secret is to leave: %v", len(changes), err)
	}
	must(c.apply(all(only, attributes{"exclusive": false})))
	if held := secretsHeld(env, "/"); held["A"] != "theirs" {
		t.Error("what somebody else made was deleted")
	}
}

// TestDestroyInPartOfWhatWasRolledBack: an older value of a secret that is gone
// stops no plan.
func TestDestroyInPartOfWhatWasRolledBack(t *testing.T) {
	t.Parallel()
	s := acctest.NewSealed(t)
	c := underKeys(newCore(t, s.Env), s.Keys...)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(c.apply(all(map[string]string{"A": "first", "B": "first"}, nil)))
	old := envelopes(s, "/")["A"]
	must(c.apply(all(map[string]string{"A": "second", "B": "second"}, nil)))
	s.Server.PutRawRecord(old)
	remove := refusesToDelete(s.Env, "B")
	err := c.apply(nil)
	remove()
	if held := secretsHeldSealed(s); err == nil || len(held) != 1 {
		t.Fatalf("%d secrets are left: %v", len(held), err)
	}
	must(c.apply(all(map[string]string{"A": "third", "B": "third"}, nil)))
	if held := secretsHeldSealed(s); held["A"] != "third" || held["B"] != "third" {
		t.Error("the server holds other values")
	}
}
