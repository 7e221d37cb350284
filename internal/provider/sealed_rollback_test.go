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
