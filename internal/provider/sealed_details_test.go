package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
)

// TestSealedDetails: servers since 2025 keep metadata, in the one request that
// creates the secret; older ones do not, and the plan says so.
func TestSealedDetails(t *testing.T) { inDialects(t, testSealedDetails) }

func testSealedDetails(t *testing.T, s *acctest.Sealed) {
	config := func(more string) string { return s.Config(secretNamed("N", "value = \"v\"\n"+more)) }
	const metadata = `metadata = { owner = "me" }`
	if len(s.Server.Requests()) > 0 {
		t.Fatal("the server was asked before")
	}
	if s.Server.Era() != devserver.Era2026July {
		play(t,
			resource.TestStep{Config: config(metadata), PlanOnly: true, ExpectError: says("neither takes nor tells metadata")},
			resource.TestStep{Config: config("")},
			resource.TestStep{Config: config(metadata), PlanOnly: true, ExpectError: says("neither takes nor tells metadata")},
			resource.TestStep{Config: config("secret_reminder = { repeat_days = 3 }")},
			resource.TestStep{Config: config("")}, // which a server of 2024 takes away
		)
		return
	}
	held := func(want string) resource.TestCheckFunc {
		return func(*terraform.State) error {
			got := []string{}
			for _, e := range envelopes(s, "/")["N"].Metadata {
				got = append(got, e.Key+"="+e.Value)
			}
			if strings.Join(got, " ") != want {
				return fmt.Errorf("the server holds metadata %q, want %q", got, want)
			}
			return nil
		}
	}
	count := func(want map[string]int) resource.TestCheckFunc {
		return func(*terraform.State) error {
			got := map[string]int{}
			for _, r := range s.Server.Requests() {
				if method, _, _ := strings.Cut(r.Route, " "); method != "GET" {
					got[method]++
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				return fmt.Errorf("%v, want %v", got, want)
			}
			return nil
		}
	}
	const reminder = "secret_reminder = { repeat_days = 3, note = \"n\" }\nskip_multiline_encoding = true\n"
	all := resource.ComposeAggregateTestCheckFunc
	play(t,
		resource.TestStep{Config: config(reminder + metadata), Check: all(held("owner=me"), count(map[string]int{"POST": 1}))},
		resource.TestStep{Config: config(reminder + metadata), PlanOnly: true},
		resource.TestStep{Config: config(reminder + `metadata = { owner = "you", tier = "1" }`), Check: all(held("owner=you tier=1"), count(map[string]int{"POST": 1, "PATCH": 1}))},
		resource.TestStep{
			Config: config(reminder + metadata), Check: held("owner=me"), // drift
			PreConfig: func() {
				record := envelopes(s, "/")["N"]
				record.Metadata = nil
				s.Server.PutRawRecord(record)
			},
		},
		resource.TestStep{Config: config(reminder), Check: held("")},
		resource.TestStep{Config: config(""), PlanOnly: true, ExpectError: says("This server removes reminders for users of its web application only")},
		resource.TestStep{Config: config("secret_reminder = { repeat_days = 9 }")},
		resource.TestStep{Config: config("secret_reminder = { repeat_days = 9 }\n" + `metadata = { " a" = "b" }`), PlanOnly: true, ExpectError: says("Its metadata has white space at the beginning or end of a key or value")},
	)
}

// TestMetadataFilter: where the server tells metadata, readers choose by it.
func TestMetadataFilter(t *testing.T) {
	t.Parallel()
	const both = `
resource "infisical_secret" "one" {
  env_slug = "dev"
  name     = "ONE"
  value    = "1"
  metadata = { owner = "me", tier = "1" }
}
resource "infisical_secret" "two" {
  env_slug = "dev"
  name     = "TWO"
  value    = "2"
  metadata = { owner = "me" }
}
`
	filtered := func(kind, filter string) string {
		return kind + " \"infisical_secrets\" \"these\" {\n env_slug = \"dev\"\n metadata_filter = " + filter + "\n}\n"
	}
	data := func(filter string) string { return filtered("data", filter) }
	for name, env := range map[string]interface {
		Config(string, ...string) string
	}{
		"E2EE":   acctest.New(t),
		"sealed": acctest.NewSealed(t, acctest.OverV4),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			names := func(want string) string {
				return "output \"names\" {\n value = join(\" \", data.infisical_secrets.these.names)\n precondition {\n condition = join(\" \", data.infisical_secrets.these.names) == \"" + want + "\"\n error_message = \"other names\"\n }\n}\n"
			}
			play(t,
				resource.TestStep{Config: env.Config(both)},
				resource.TestStep{Config: env.Config(both + data(`{ owner = "me" }`) + names("ONE TWO"))},
				resource.TestStep{Config: env.Config(both + data(`{ owner = "me", tier = "1" }`) + names("ONE"))},
				resource.TestStep{Config: env.Config(both + data(`{ owner = "you" }`) + names(""))},
				resource.TestStep{Config: env.Config(both + filtered("ephemeral", `{ owner = "me" }`))},
			)
		})
	}
	october := acctest.NewSealed(t)
	play(t,
		resource.TestStep{Config: october.Config(secretNamed("N", `value = "v"`))},
		resource.TestStep{Config: october.Config(secretNamed("N", `value = "v"`) + data(`{ owner = "me" }`)), ExpectError: says("this server does not tell the metadata of secrets")},
	)
}
