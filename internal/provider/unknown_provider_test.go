package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
)

// later is a resource that gives out a text, anew for each number, so that the
// plan does not know it.
func later(text string, number int) string {
	return fmt.Sprintf("resource \"terraform_data\" \"later\" {\n input = %q\n triggers_replace = %d\n}\n", text, number)
}

// plans are checks that a plan does this with these addresses.
func plans(action plancheck.ResourceActionType, addresses ...string) (checks resource.ConfigPlanChecks) {
	for _, address := range addresses {
		checks.PreApply = append(checks.PreApply, plancheck.ExpectResourceAction(address, action))
	}
	return checks
}

// writes counts requests that change secrets.
func writes(env *acctest.Env) int {
	count := 0
	for route, n := range env.Routes() {
		if strings.Contains(route, "/secrets") && !strings.HasPrefix(route, "GET ") {
			count += n
		}
	}
	return count
}

var ofKinds = []string{"infisical_secret.plain", "infisical_secret.bytes", "infisical_secret.versioned", "infisical_secret.compared", "infisical_secrets.many"}

// TestSealedByAProviderUnknownAtPlan: the key that seals may be another one than
// the plan could see. What is still under the right key is not written.
func TestSealedByAProviderUnknownAtPlan(t *testing.T) {
	t.Parallel()
	for attribute, c := range map[string]struct {
		text     func(s *acctest.Sealed) string
		settings func(s *acctest.Sealed) []string
		same     plancheck.ResourceActionType // planned where nothing changes
	}{
		"env_slug": {
			func(*acctest.Sealed) string { return "dev" },
			func(s *acctest.Sealed) []string {
				return append(s.Settings(), "env_slug = terraform_data.later.output")
			},
			plancheck.ResourceActionNoop, // the key that seals is known
		},
		"sealing_keys": {
			func(s *acctest.Sealed) string { return s.Keys[0] },
			func(s *acctest.Sealed) []string {
				keys := strings.Replace(s.Settings()[1], fmt.Sprintf("%q", s.Keys[0]), "terraform_data.later.output", 1)
				return []string{s.Settings()[0], keys}
			},
			plancheck.ResourceActionUpdate,
		},
		"encryption_mode": {
			func(*acctest.Sealed) string { return "sealed" },
			func(s *acctest.Sealed) []string {
				return []string{"encryption_mode = terraform_data.later.output", s.Settings()[1]}
			},
			plancheck.ResourceActionUpdate,
		},
	} {
		t.Run(attribute, func(t *testing.T) {
			t.Parallel()
			s := acctest.NewSealed(t)
			first, second := s.Keys[0], s.NewKey()
			config := func(number int, secret, comment string, keys ...string) string {
				s.Keys = keys
				hcl := strings.ReplaceAll(fmt.Sprintf(kinds, secret), `"said"`, fmt.Sprintf("%q", comment))
				hcl = strings.ReplaceAll(hcl, `"of a"`, fmt.Sprintf("%q", comment))
				hcl = strings.ReplaceAll(hcl, `"VERSIONED"`, fmt.Sprintf("\"VERSIONED\"\n  comment = %q", comment))
				return s.ConfigAs(s.ServiceToken(), later(c.text(s), number)+hcl, c.settings(s)...)
			}
			want := map[string]string{
				"PLAIN": "plain", "BYTES": "\xff\x00\xfe", "VERSIONED": "written", "COMPARED": "compared", "A": "a", "B": "written", "C": "c",
			}
			before := 0
			step := func(hcl, sealedUnder string, written bool, action plancheck.ResourceActionType) resource.TestStep {
				return resource.TestStep{
					PreConfig: func() { before = writes(s.Env) },
					Config:    hcl, ConfigPlanChecks: plans(action, ofKinds...),
					Check: resource.ComposeAggregateTestCheckFunc(holds(s, "/", want), func(*terraform.State) error {
						if got := writes(s.Env) - before; (got > 0) != written {
							return fmt.Errorf("there were %d requests that write", got)
						}
						for name, id := range keyIDs(t, s, "/") {
							if id != keyID(t, sealedUnder) {
								return fmt.Errorf("%s is sealed under another key", name)
							}
						}
						return nil
					}),
				}
			}
			const create, update, noop = plancheck.ResourceActionCreate, plancheck.ResourceActionUpdate, plancheck.ResourceActionNoop
			steps := []resource.TestStep{
				step(config(1, "written", "said", first), first, true, create),
				step(config(2, "not written", "said", first), first, false, c.same),
				step(config(3, "not written", "said", second, first), second, true, update),
				step(config(3, "not written", "said", second, first), second, false, noop),
				// With a change that the plan knows of.
				step(config(4, "not written", "said anew", first, second), first, true, update),
			}
			s.Keys = []string{second, first} // what reads in between has both
			run(t, s, steps...)
		})
	}
}

// TestSealedAnewOutsideOfAProviderUnknownAtPlan: the state names a key that is
// gone, and the server has nothing under it any more.
func TestSealedAnewOutsideOfAProviderUnknownAtPlan(t *testing.T) {
	t.Parallel()
	s := acctest.NewSealed(t)
	first, second := s.Keys[0], s.NewKey()
	config := func(number int, key string) string {
		settings := []string{s.Settings()[0], "sealing_keys = [terraform_data.later.output]"}
		return s.ConfigAs(s.ServiceToken(), later(key, number)+fmt.Sprintf(kinds, "written"), settings...)
	}
	play(
		t,
		resource.TestStep{Config: config(1, first)},
		resource.TestStep{
			PreConfig: func() {
				s.Keys = []string{second, first}
				s.Rekey("dev", "/")
				s.Keys = []string{second}
			},
			Config: config(2, second),
			Check: holds(s, "/", map[string]string{
				"PLAIN": "plain", "BYTES": "\xff\x00\xfe", "VERSIONED": "written", "COMPARED": "compared", "A": "a", "B": "written", "C": "c",
			}),
		},
	)
}

// TestEncryptedByAProviderUnknownAtPlan: what a plan shows as known stays so,
// also where a value was changed outside, as an earlier refresh has seen.
func TestEncryptedByAProviderUnknownAtPlan(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"e2ee", "es"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			if mode == "es" {
				env.SwitchToES()
			}
			config := func(number int, a string) string {
				hcl := strings.ReplaceAll(fmt.Sprintf(kinds, "written"), `"a"`, fmt.Sprintf("%q", a))
				if mode == "es" { // takes no such bytes
					hcl = strings.ReplaceAll(hcl, `"/wD+"`, `"Ynl0ZXM="`)
				}
				return env.ConfigAs(env.ServiceToken(), later("dev", number)+hcl, "env_slug = terraform_data.later.output", fmt.Sprintf("encryption_mode = %q", mode))
			}
			bytes := map[string]string{"e2ee": "\xff\x00\xfe", "es": "bytes"}[mode]
			before := 0
			step := func(number int, a string, written bool, action plancheck.ResourceActionType) resource.TestStep {
				return resource.TestStep{
					PreConfig: func() { before = writes(env) },
					Config:    config(number, a), ConfigPlanChecks: plans(action, "infisical_secret.versioned", "infisical_secrets.many"),
					Check: resource.ComposeAggregateTestCheckFunc(
						holds(env, "/", map[string]string{
							"PLAIN": "plain", "BYTES": bytes, "VERSIONED": "written", "COMPARED": "compared", "A": a, "B": "written", "C": "c",
						}),
						func(*terraform.State) error {
							if got := writes(env) - before; (got > 0) != written {
								return fmt.Errorf("there were %d requests that write", got)
							}
							return nil
						},
					),
				}
			}
			const create, update, noop = plancheck.ResourceActionCreate, plancheck.ResourceActionUpdate, plancheck.ResourceActionNoop
			run(
				t, env,
				step(1, "a", true, create),
				step(2, "a", false, noop),
				resource.TestStep{
					PreConfig: func() {
						env.Change("dev", "/", "VERSIONED", "by somebody else")
						env.Change("dev", "/", "B", "by somebody else")
					},
					RefreshState: true, ExpectNonEmptyPlan: true,
				},
				step(3, "another", true, update),
				step(3, "another", false, noop),
			)
		})
	}
}

// TestKeyOfFingerprintsUnknownAtPlan: in ES mode it may be made of the
// credential, which is another one when the plan is applied.
func TestKeyOfFingerprintsUnknownAtPlan(t *testing.T) {
	t.Parallel()
	env := newEra(t, devserver.Era2024October) // earlier ones change no comments
	env.SwitchToES()
	step := func(token string, number int, value string) resource.TestStep {
		hcl := secretNamed("N", fmt.Sprintf("value = %q", value)) + fmt.Sprintf(`
resource "infisical_secret" "versioned" {
  env_slug         = "dev"
  name             = "VERSIONED"
  comment          = %q
  value_wo         = %[1]q
  value_wo_version = 1
}
`, value) + bulk(fmt.Sprintf(`
A = { value = %q }
B = { value = "b" }
`, value), "")
		return resource.TestStep{
			Config: env.ConfigAs(acctest.Credential{HCL: "service_token = terraform_data.later.output"}, later(token, number)+hcl, `encryption_mode = "es"`),
			Check:  holds(env, "/", map[string]string{"N": value, "VERSIONED": "first", "A": value, "B": "b"}),
		}
	}
	keyless := seed.Token{Keyless: true}
	play(t, step(env.NewToken(keyless), 1, "first"), step(env.NewToken(keyless), 2, "second"))
}
