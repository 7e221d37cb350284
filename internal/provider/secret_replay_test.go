package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
)

// older counts what a run says of older versions, and which secrets it names.
func older(c *core) (times int, text string) {
	for _, warning := range c.warnings {
		if strings.Contains(warning, "Older Version Than Seen Before") {
			times++
			text += warning
		}
	}
	return times, text
}

// records are those of /, by name.
func records(env *acctest.Env) map[string]devserver.Record {
	out := map[string]devserver.Record{}
	for _, r := range env.Server.Records(env.Owner.Project.ID, "dev", "/") {
		out[r.BlindIndex] = r
	}
	return out
}

// TestReplayedVersionsAreWarnedOf: an old record of the same id is authentic in
// all its parts, so only the version tells. The apply writes over it.
func TestReplayedVersionsAreWarnedOf(t *testing.T) {
	t.Parallel()
	for kind, config := range map[string]func(value string) map[string]declared{
		"infisical_secret": func(value string) map[string]declared {
			return map[string]declared{"a": aSecret("/", "A", value, nil), "b": aSecret("/", "B", value, nil), "c": aSecret("/", "C", "c", nil)}
		},
		"infisical_secrets": func(value string) map[string]declared {
			return map[string]declared{"all": {kind: "infisical_secrets", config: attributes{
				"env_slug": "dev", "secrets": elements(map[string]string{"A": value, "B": value, "C": "c"}),
			}}}
		},
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			c := newCore(t, env)
			apply := func(value string) {
				t.Helper()
				if err := c.apply(config(value)); err != nil {
					t.Fatal(err)
				}
			}
			silent := func(when string) {
				t.Helper()
				if times, text := older(c); times > 0 {
					t.Errorf("%s: %s", when, text)
				}
			}
			apply("first") // together, so in version 0
			apply("the canary")
			old := records(env)
			for i := range 3 {
				apply(fmt.Sprint("replaced ", i))
				silent("an own change")
			}
			env.Put("dev", "/", "A", "of another client", "")
			apply("replaced")
			silent("a change by another client")
			if err := env.Owner.Delete("dev", "/", "A"); err != nil {
				t.Fatal(err)
			}
			env.Put("dev", "/", "A", "made again", "")
			apply("replaced")
			silent("a secret that was made again, whose versions begin anew")

			env.Server.PutRecord(old["B"])
			if _, drifted, err := c.plan(config("replaced")); err != nil || len(drifted) != 1 {
				t.Fatalf("the refresh saw %v: %v", drifted, err)
			}
			times, text := older(c)
			if want := fmt.Sprintf(`"B": version %d is there, and version %d was seen before`, old["B"].Version, old["B"].Version+4); times != 1 || !strings.Contains(text, want) {
				t.Errorf("%d warnings, not %q: %s", times, want, text)
			}
			if strings.Contains(text, `"A"`) || strings.Contains(text, `"C"`) || strings.Contains(text, "canary") {
				t.Errorf("the warning says too much: %s", text)
			}
			apply("replaced") // refreshes, and warns
			apply("replaced")
			silent("once it was written again")
			if held := secretsHeld(env, "/"); held["B"] != "replaced" {
				t.Error("the old value stayed")
			}
		})
	}
}
