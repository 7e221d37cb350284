package provider_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
)

const (
	tokenRoute     = "GET /api/v2/service-token"
	workspaceRoute = "GET /api/v1/workspace/:id"
	listRoute      = "GET /api/v3/secrets"
)

// threeSecrets are in one folder.
const threeSecrets = `
variable "value" { default = "v" }

resource "infisical_secret" "this" {
  count    = 3
  env_slug = "dev"
  name     = "NAME_${count.index}"
  value    = var.value
}
`

// withToken makes later commands use another token.
func withToken(tf *acctest.Terraform, token string) {
	tf.Env = append(tf.Env, "INFISICAL_SERVICE_TOKEN="+token)
}

// refuses runs a command that must fail with that error and write nothing.
func refuses(t *testing.T, env *acctest.Env, tf *acctest.Terraform, want string, args ...string) {
	t.Helper()
	before := env.Writes()
	out, err := tf.Try(append(args, "-no-color")...)
	if err == nil || !says(want).MatchString(out) {
		t.Errorf("%v was not refused with %q: %v\n%s", args, want, err, out)
	}
	if now := env.Writes(); fmt.Sprint(now) != fmt.Sprint(before) {
		t.Errorf("%v: something was written: %v, %v before", args, now, before)
	}
}

func TestReadOnlyTokenPlansWhereNothingChanges(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	tf := acctest.NewTerraform(t, env)
	tf.Write(threeSecrets)
	tf.Run("init", "-no-color")
	tf.Apply()

	withToken(tf, env.NewToken(seed.Token{Name: "reader", ReadOnly: true}))
	tf.PlanIsEmpty()
	const refused = `The service token "reader" is read-only. Use a token with write permission.`
	refuses(t, env, tf, refused, "plan", "-var", "value=w")
	refuses(t, env, tf, refused, "plan", "-destroy")
	refuses(t, env, tf, refused, "plan", "-replace", "infisical_secret.this[1]")
	tf.PlanIsEmpty()

	// A change that stays in the state is none.
	tf.Write(strings.Replace(threeSecrets, "count ", "on_existing = \"adopt\"\n  count ", 1))
	tf.Apply()
	tf.PlanIsEmpty()
}

func TestWriteOnlyTokenIsRefused(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	// Sealed under itself, the project key is a token's fourth part.
	sealed, err := env.Owner.Seal(env.Owner.KeyText)
	if err != nil {
		t.Fatal(err)
	}
	_, bearer := env.Server.CreateServiceToken(devserver.ServiceToken{
		Name: "writer", ProjectID: env.Owner.Project.ID, Scopes: []devserver.Scope{{Environment: "dev", SecretPath: "/**"}},
		Permissions: []string{"write"}, EncryptedKey: *sealed.Ciphertext, IV: *sealed.IV, Tag: *sealed.Tag,
	})
	tf := acctest.NewTerraform(t, env)
	tf.Write(threeSecrets)
	tf.Run("init", "-no-color")
	good := tf.Env
	withToken(tf, bearer+"."+env.Owner.KeyText)
	refuses(t, env, tf, `The service token "writer" may write and not read`, "plan")

	tf.Env = good
	tf.Apply()
	withToken(tf, bearer+"."+env.Owner.KeyText)
	refuses(t, env, tf, `The service token may not do that in the folder / of environment "dev". It may write in dev:/**.`, "plan")
	refuses(t, env, tf, `The service token "writer" may write and not read`, "plan", "-refresh=false", "-var", "value=w")
}

// TestScopesAreDecidedAsTheServerDoes asks both about every pattern and folder.
func TestScopesAreDecidedAsTheServerDoes(t *testing.T) {
	t.Parallel()
	folders := []string{"/", "/a", "/a/b", "/a/b/c", "/b"}
	for pattern, covered := range map[string][]string{
		"/":     {"/"},
		"/*":    {"/a", "/b"},
		"/**":   folders,
		"/a":    {"/a"},
		"/a/*":  {"/a/b"},
		"/a/**": {"/a", "/a/b", "/a/b/c"},
	} {
		t.Run(pattern, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			for _, folder := range folders {
				env.Server.CreateFolder(env.Owner.Project.ID, "dev", folder)
			}
			token := env.NewToken(seed.Token{Name: "scoped", Scopes: []devserver.Scope{{Environment: "dev", SecretPath: pattern}}})
			tf := acctest.NewTerraform(t, env)
			withToken(tf, token)
			tf.Write(`
resource "infisical_secret" "this" {
  for_each    = toset(["` + strings.Join(folders, `", "`) + `"])
  env_slug    = "dev"
  folder_path = each.key
  name        = "NAME"
  value       = "v"
}`)
			tf.Run("init", "-no-color")
			out, err := tf.Try("plan", "-no-color")
			if (err == nil) != (len(covered) == len(folders)) {
				t.Errorf("%v:\n%s", err, out)
			}
			for _, folder := range folders {
				refused := strings.Contains(out, fmt.Sprintf("with infisical_secret.this[%q]", folder))
				status := listStatus(t, env, token, folder)
				switch {
				case (status == http.StatusOK) != slices.Contains(covered, folder):
					t.Errorf("%s: the server answers %d", folder, status)
				case refused != (status == http.StatusUnauthorized):
					t.Errorf("%s: refused by the plan: %t; the server answers %d:\n%s", folder, refused, status, out)
				}
			}
			if err != nil && !says(`It is outside of the scopes of the service token "scoped". It may read and write in dev:`+pattern).MatchString(out) {
				t.Errorf("the scopes are not told:\n%s", out)
			}
			if writes := env.Writes(); len(writes) != 0 {
				t.Errorf("something was written: %v", writes)
			}
		})
	}
}

// listStatus is the server's answer to a list, asked without the key.
func listStatus(t *testing.T, env *acctest.Env, token, folder string) int {
	t.Helper()
	query := url.Values{"workspaceId": {env.Owner.Project.ID}, "environment": {"dev"}, "secretPath": {folder}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, env.Server.URL()+"/api/v3/secrets?"+query.Encode(), nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token[:strings.LastIndex(token, ".")])
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode
}

func TestTokenThatExpiresSoonWarnsWherePlansChangeSomething(t *testing.T) {
	t.Parallel()
	const warning = "Service Token Expires Soon"
	env := acctest.New(t)
	in := func(days int) string {
		return env.NewToken(seed.Token{Name: "expiring", ExpiresAt: time.Now().Add(time.Duration(days) * 24 * time.Hour)})
	}
	soon, later := in(3), in(30)
	tf := acctest.NewTerraform(t, env)
	tf.Write(threeSecrets)
	tf.Run("init", "-no-color")
	tf.Apply()
	for _, c := range []struct {
		name, token, setting, value string
		warns                       int
	}{
		{"three days and a change", soon, "", "w", 1},
		{"three days and no change", soon, "", "v", 0},
		{"three days and a limit of none", soon, "expiry_warning_days = 0", "w", 0},
		{"three days and a limit of one", soon, "expiry_warning_days = 1", "w", 0},
		{"three days and a limit of four", soon, "expiry_warning_days = 4", "w", 1},
		{"thirty days", later, "", "w", 0},
		{"thirty days and a limit of sixty", later, "expiry_warning_days = 60", "w", 1},
	} {
		withToken(tf, c.token)
		tf.Write("provider \"infisical\" {\n" + c.setting + "\n}\n" + threeSecrets)
		out := tf.Run("plan", "-no-color", "-var", "value="+c.value)
		if got := strings.Count(out, warning); got != c.warns {
			t.Errorf("%s: %d warnings instead of %d:\n%s", c.name, got, c.warns, out)
		}
		if c.warns > 0 && !says(`The service token "expiring" expires at`).MatchString(out) {
			t.Errorf("%s: the warning does not say which and when:\n%s", c.name, out)
		}
	}
}

func TestPreflightAsksTheServerNothingMore(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	tf := acctest.NewTerraform(t, env)
	tf.Write(threeSecrets)
	tf.Run("init", "-no-color")
	asks := func(want []string, args ...string) {
		t.Helper()
		before := len(env.Server.Requests())
		tf.Run(append(args, "-no-color")...)
		var routes []string
		for _, r := range env.Server.Requests()[before:] {
			routes = append(routes, r.Route)
		}
		if !slices.Equal(routes, want) {
			t.Errorf("%v asked %v instead of %v", args, routes, want)
		}
	}
	asks(nil, "validate")
	all := []string{tokenRoute, workspaceRoute, listRoute}
	asks(all, "plan") // which looks for the folder, and for what exists
	tf.Apply()
	asks(all, "plan")
	asks(all, "plan", "-var", "value=w")
	asks([]string{tokenRoute, workspaceRoute}, "plan", "-destroy", "-refresh=false")
	asks(all, "plan", "-replace", "infisical_secret.this[0]")
}

// TestChangedDefaultReplaces: an attribute's own plan modifiers would keep what
// the state says.
func TestChangedDefaultReplaces(t *testing.T) {
	t.Parallel()
	const hcl = "resource \"infisical_secret\" \"this\" {\n name = \"NAME\"\n value = \"v\"\n}"
	env := acctest.New(t)
	env.Server.CreateFolder(env.Owner.Project.ID, "prod", "/app")
	step := func(action plancheck.ResourceActionType, environment, path string, settings ...string) resource.TestStep {
		return resource.TestStep{
			Config:           env.Config(hcl, settings...),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction("infisical_secret.this", action)}},
			Check: func(*terraform.State) error {
				for _, place := range [][2]string{{"dev", "/"}, {"prod", "/"}, {"prod", "/app"}} {
					want := 0
					if place == [2]string{environment, path} {
						want = 1
					}
					if got := len(env.Server.Records(env.Owner.Project.ID, place[0], place[1])); got != want {
						return fmt.Errorf("%d secrets in %v", got, place)
					}
				}
				return nil
			},
		}
	}
	run(
		t, env,
		step(plancheck.ResourceActionCreate, "dev", "/", `env_slug = "dev"`),
		step(plancheck.ResourceActionReplace, "prod", "/", `env_slug = "prod"`),
		step(plancheck.ResourceActionReplace, "prod", "/app", `env_slug = "prod"`, `folder_path = "/app"`),
		step(plancheck.ResourceActionNoop, "prod", "/app", `env_slug = "prod"`, `folder_path = "/app/"`),
		step(plancheck.ResourceActionReplace, "dev", "/", `env_slug = "dev"`),
		resource.TestStep{Config: env.Config(hcl), ExpectError: says("No env_slug is set, and the service token is valid for several environments")},
	)
}

// TestUnknownProviderConfiguration: another resource's output, not known before
// apply, is the host or the token.
func TestUnknownProviderConfiguration(t *testing.T) {
	t.Parallel()
	for attribute, other := range map[string]string{"host": "service_token", "service_token": "host"} {
		t.Run(attribute, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			settings := map[string]string{"host": env.Server.URL(), "service_token": env.Token}
			tf := acctest.NewTerraform(t, nil)
			write := func(trigger, value, rest string) {
				tf.Write(fmt.Sprintf(`
resource "terraform_data" "made" {
  input            = %q
  triggers_replace = %q
}

provider "infisical" {
  %s = terraform_data.made.output
  %s = %q
}

resource "infisical_secret" "this" {
  env_slug = "dev"
  name     = "NAME"
  value    = %q
}
%s`, settings[attribute], trigger, attribute, other, settings[other], value, rest))
			}
			holds := func(value string, version int) {
				t.Helper()
				if got := env.Read("dev", "/")["NAME"]; got.Value != value || got.Version != version {
					t.Errorf("the server holds %q, version %d", got.Value, got.Version)
				}
			}
			write("1", "first", "")
			tf.Run("init", "-no-color")
			tf.Apply()
			holds("first", 1)
			tf.PlanIsEmpty()

			write("2", "first", "")
			out := tf.Apply()
			if !says("Secret Not Refreshed").MatchString(out) || !says("The provider's "+attribute+" is known only after apply").MatchString(out) {
				t.Errorf("no warning names %s:\n%s", attribute, out)
			}
			if !strings.Contains(out, "1 added, 0 changed, 1 destroyed") {
				t.Errorf("the secret was not kept:\n%s", out)
			}
			holds("first", 1)
			tf.PlanIsEmpty()

			write("3", "second", "")
			if out := tf.Apply(); !strings.Contains(out, "1 added, 1 changed, 1 destroyed") {
				t.Errorf("the secret was not updated:\n%s", out)
			}
			holds("second", 2)
			tf.PlanIsEmpty()

			refused := "but the provider's " + attribute + " depends on a value that is known only after apply"
			write("4", "second", "data \"infisical_secrets\" \"this\" {\n env_slug = \"dev\"\n}")
			refuses(t, env, tf, "Reading secrets needs the server now, "+refused, "plan")
			write("4", "second", "resource \"infisical_secret\" \"other\" {\n env_slug = \"dev\"\n name = \"NAME\"\n}\n"+
				"import {\n to = infisical_secret.other\n id = \"dev:/:NAME\"\n}")
			refuses(t, env, tf, "Importing a secret needs the server now, "+refused, "plan")
		})
	}
}
