package provider_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
)

// TestSealedRollbackIsTold by the refresh, which knows nothing of the
// configuration, and by the error that stops a plan where it is not accepted. A
// newer envelope in a row of an older version is none.
func TestSealedRollbackIsTold(t *testing.T) {
	t.Parallel()
	for kind, config := range map[string]func(value string, more attributes) map[string]declared{
		"infisical_secret": func(value string, more attributes) map[string]declared {
			return map[string]declared{"one": aSecret("/", "A", value, more)}
		},
		"infisical_secrets": func(value string, more attributes) map[string]declared {
			return all(map[string]string{"A": value}, more)
		},
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := acctest.NewSealed(t)
			c := underKeys(newCore(t, s.Env), s.Keys...)
			apply := func(value string, more attributes) {
				t.Helper()
				if err := c.apply(config(value, more)); err != nil {
					t.Fatal(err)
				}
			}
			silent := func(when string) {
				t.Helper()
				if len(c.warnings) > 0 {
					t.Errorf("%s: %q", when, c.warnings)
				}
			}
			warned := func(when string) {
				t.Helper()
				if len(c.warnings) != 1 || !strings.Contains(c.warnings[0], "Older Value Than Seen Before") {
					t.Errorf("%s: %q", when, c.warnings)
				}
			}
			accepted := attributes{"accept_rollback": true}
			apply("first", nil)
			old := envelopes(s, "/")["A"]
			apply("second", nil)
			apply("third", nil)
			s.Server.PutRawRecord(old)

			_, _, err := c.plan(config("third", nil))
			if err == nil || strings.Count(err.Error(), "Rolled Back") != 1 {
				t.Errorf("the plan says: %v", err)
			}
			warned("a plan that is stopped")
			if _, _, err := c.plan(config("third", accepted)); err != nil {
				t.Errorf("the plan says: %v", err)
			}
			warned("a plan that accepts it")
			apply("third", accepted)
			warned("an apply that accepts it")
			apply("third", nil)
			silent("what comes after it")

			s.Change("dev", "/", "A", "by somebody else")
			newer := envelopes(s, "/")["A"]
			newer.Version = 1
			s.Server.PutRawRecord(newer)
			apply("third", nil)
			silent("a newer value in an older row")
			if held := secretsHeldSealed(s); !maps.Equal(held, map[string]string{"A": "third"}) {
				t.Error("the server holds another value")
			}
		})
	}
}

// TestSealedRollbackIsAcceptedByOneApply: accept_rollback that is left in the
// configuration hides the next rollback from no plan.
func TestSealedRollbackIsAcceptedByOneApply(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"infisical_secret", "infisical_secrets"} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			s := acctest.NewSealed(t)
			w := &valueWorld{project: s, env: s.Env, sealed: s, mode: s.Variables()}
			tf := w.scene(t, "")
			config := func(value, place string) {
				tf.Write(element{bulk: kind == "infisical_secrets", place: place, attributes: value + "%s", ignored: []string{"value"}}.block("one", "A", ""))
			}
			const accepted = "accept_rollback = true"
			config(`value = "first"`, "")
			tf.Apply()
			first := envelopes(s, "/")["A"]
			s.Change("dev", "/", "A", "second")
			second := envelopes(s, "/")["A"]
			s.Change("dev", "/", "A", "third")
			tf.Run("apply", "-refresh-only", "-auto-approve", "-no-color")

			s.Server.PutRawRecord(second)
			config(`value = "first"`, accepted)
			tf.Apply()
			tf.PlanIsEmpty()
			s.Server.PutRawRecord(first)
			tf.Run("apply", "-refresh-only", "-auto-approve", "-no-color")
			config(`value = "first"`, "")
			headline := "Secret Was Rolled Back"
			if kind == "infisical_secrets" {
				headline = "Secrets Were Rolled Back"
			}
			tf.refuses(headline, "plan")
			config(`value = "first"`, accepted) // again: the plan shows it
			tf.plans("0 to add, 1 to change, 0 to destroy")
			tf.Apply()
			tf.PlanIsEmpty()
			config(`value = "first"`, "")
			tf.Apply()
			tf.PlanIsEmpty()
			if got := s.Read("dev", "/")["A"].Value; got != "first" {
				t.Error("a value was written")
			}
		})
	}
}
