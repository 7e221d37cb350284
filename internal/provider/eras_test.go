package provider_test

import (
	"fmt"
	"net/http"
	"os/exec"
	"regexp"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/tfcli"
)

// inEachEra runs a test against a server of each era. The limits are those of
// none: what a run makes of them has tests of its own.
func inEachEra(t *testing.T, test func(t *testing.T, era devserver.Era, env *acctest.Env)) {
	t.Helper()
	for _, era := range devserver.Eras() {
		t.Run(string(era), func(t *testing.T) {
			t.Parallel()
			test(t, era, newEra(t, era))
		})
	}
}

func newEra(t *testing.T, era devserver.Era) *acctest.Env {
	t.Helper()
	return acctest.NewProject(t, devserver.Project{Name: "acceptance"}, devserver.Options{Era: era, RateLimit: 1000})
}

// everything is one of each that the provider has, on one folder.
const everything = `
variable "value" { type = string }

resource "infisical_folder" "app" {
  env_slug = "dev"
  name     = "app"
}

resource "infisical_secret" "one" {
  env_slug    = "dev"
  folder_path = infisical_folder.app.path
  name        = "ONE"
  value       = "${var.value} one"
  comment     = "said once"
}

resource "infisical_secret" "write_only" {
  env_slug    = "dev"
  folder_path = infisical_folder.app.path
  name        = "WRITE_ONLY"
  value_wo    = "${var.value} write-only"
}

resource "infisical_secrets" "many" {
  env_slug    = "dev"
  folder_path = infisical_folder.app.path
  secrets     = { for name in ["A", "B", "C"] : name => { value = "${var.value} ${name}" } }
}

resource "infisical_secret_import" "app" {
  env_slug           = "prod"
  import_env_slug    = "dev"
  import_folder_path = infisical_folder.app.path
}

data "infisical_secret" "one" {
  env_slug    = "dev"
  folder_path = infisical_folder.app.path
  name        = infisical_secret.one.name
  depends_on  = [infisical_secret.one]
}

data "infisical_secrets" "imported" {
  env_slug        = "prod"
  include_imports = true
  depends_on      = [infisical_secret_import.app, infisical_secret.one, infisical_secret.write_only, infisical_secrets.many]
}

data "infisical_folders" "all" {
  env_slug   = "dev"
  depends_on = [infisical_folder.app]
}

data "infisical_service_token" "this" {}

output "seen" {
  value = join(" ", [
    nonsensitive(data.infisical_secret.one.value), join(",", data.infisical_secrets.imported.names),
    join(",", data.infisical_folders.all.paths), data.infisical_service_token.this.can_write,
  ])
}
`

// everythingInJune2023 is all of that which servers of June 2023 can do: nothing
// of folders and imports, in the one folder that a service token is for.
const everythingInJune2023 = `
variable "value" { type = string }

resource "infisical_secret" "one" {
  env_slug = "dev"
  name     = "ONE"
  value    = "${var.value} one"
  comment  = "said once"
}

resource "infisical_secret" "write_only" {
  env_slug = "dev"
  name     = "WRITE_ONLY"
  value_wo = "${var.value} write-only"
}

resource "infisical_secrets" "many" {
  env_slug = "dev"
  secrets  = { for name in ["A", "B", "C"] : name => { value = "${var.value} ${name}" } }
}

ephemeral "infisical_secrets" "all" {
  env_slug   = "dev"
  depends_on = [infisical_secret.one]
}

data "infisical_secret" "one" {
  env_slug   = "dev"
  name       = infisical_secret.one.name
  depends_on = [infisical_secret.one]
}

data "infisical_secrets" "all" {
  env_slug   = "dev"
  depends_on = [infisical_secret.one, infisical_secret.write_only, infisical_secrets.many]
}

data "infisical_service_token" "this" {}

output "seen" {
  value = join(" ", [
    nonsensitive(data.infisical_secret.one.value), join(",", data.infisical_secrets.all.names),
    "/", data.infisical_service_token.this.can_write,
  ])
}
`

// opened reads a secret again without keeping it.
const opened = `
ephemeral "infisical_secret" "one" {
  env_slug    = "dev"
  folder_path = "/app"
  name        = "ONE"
}

resource "infisical_secret" "copy" {
  env_slug = "staging"
  name     = "COPY"
  value_wo = ephemeral.infisical_secret.one.value
}
`

// holds checks what the server holds in a folder of dev.
func holds(env project, path string, want map[string]string) resource.TestCheckFunc {
	return func(*terraform.State) error {
		got := env.Read("dev", path)
		for name, value := range want {
			if got[name].Value != value {
				return fmt.Errorf("%s does not hold its value", name)
			}
		}
		if len(got) != len(want) {
			return fmt.Errorf("the server holds %d secrets, not %d", len(got), len(want))
		}
		return nil
	}
}

const simpleSecret = `
resource "infisical_secret" "this" {
  env_slug = "dev"
  name     = "N"
  value    = "v"
}
`

// TestErrorsInEachEra: the same mishaps have the same names everywhere.
func TestErrorsInEachEra(t *testing.T) {
	t.Parallel()
	inEachEra(t, func(t *testing.T, era devserver.Era, env *acctest.Env) {
		in := func(environment, path string) string {
			return strings.Replace(simpleSecret, `env_slug = "dev"`, fmt.Sprintf("env_slug = %q\n  folder_path = %q", environment, path), 1)
		}
		readOnly := env.NewToken(seed.Token{Name: "reader", ReadOnly: true})
		scoped := env.NewToken(seed.Token{Name: "scoped", Scopes: []devserver.Scope{{Environment: "dev", SecretPath: "/app"}}})
		revoked := env.NewToken(seed.Token{Name: "revoked"})
		env.Server.RevokeServiceToken(strings.Split(revoked, ".")[1])
		expired := env.NewToken(seed.Token{Name: "expired", ExpiresAt: time.Now().Add(-time.Hour)})
		env.Put("dev", "/", "TAKEN", "other", "")

		unknownEnvironment, largest := `The project has no environment "nope"`, 1<<20
		missingFolder, hasExpired := `There is no folder /nope in environment "dev"`, "The service token has expired"
		if era.Of2023() { // which does not tell a service token what environments there are
			unknownEnvironment, largest = "outside of the scopes", 100<<10
			hasExpired = "it is wrong, was revoked, or has expired"
		}
		if era == devserver.Era2023June { // whose tokens are for one folder
			missingFolder = "outside of the scopes"
		}
		fails := func(hcl, want string) resource.TestStep {
			return resource.TestStep{Config: hcl, ExpectError: says(want)}
		}
		big := strings.Replace(simpleSecret, `"v"`, `"`+strings.Repeat("x", largest*3/4)+`"`, 1)
		play(
			t,
			fails(env.ConfigWithToken(revoked, simpleSecret), "does not accept the service token"),
			fails(env.ConfigWithToken(expired, simpleSecret), hasExpired),
			fails(env.ConfigWithToken(readOnly, simpleSecret), `The service token "reader" is read-only`),
			fails(env.ConfigWithToken(scoped, in("dev", "/")), `outside of the scopes of the service token "scoped". It may read and write in dev:/app.`),
			fails(env.Config(in("nope", "/")), unknownEnvironment),
			fails(env.Config(in("dev", "/nope")), missingFolder),
			fails(env.Config(big), fmt.Sprintf("the server takes at most %d", largest)),
			fails(env.Config(strings.Replace(simpleSecret, `"N"`, `"TAKEN"`, 1)), "A secret of this name is there already"),
		)
		if got := len(env.Read("dev", "/")); got != 1 {
			t.Errorf("the server holds %d secrets", got)
		}
	})
}

// TestAccidentsInEachEra: nothing is lost or doubled by an answer that is lost,
// and a limit that is reached is waited for.
func TestAccidentsInEachEra(t *testing.T) {
	t.Parallel()
	inEachEra(t, func(t *testing.T, era devserver.Era, env *acctest.Env) {
		lost, revoked := 0, "does not accept the service token"
		if strings.HasPrefix(string(era), "2023") { // its words are not believed: the token is looked up, and taken
			revoked = "The server refuses it without a reason"
		}
		remove := env.Server.InjectFault(func(r devserver.Request) *devserver.Fault {
			if r.Method != http.MethodPost || lost > 0 {
				return nil
			}
			lost++
			return &devserver.Fault{CutAfter: true}
		})
		defer remove()
		run(
			t, env,
			resource.TestStep{Config: env.Config(simpleSecret), Check: holds(env, "/", map[string]string{"N": "v"})},
			// A token that is revoked meanwhile takes nothing out of the state.
			resource.TestStep{
				PreConfig: func() {
					env.Server.InjectFault(onceFor(listRoute, devserver.Fault{Rewrite: func(int, []byte) (int, []byte) {
						return http.StatusUnauthorized, []byte(`{"statusCode":401,"message":"Token missing","error":"UnauthorizedError"}`)
					}}))
				},
				Config: env.Config(simpleSecret), ExpectError: says(revoked),
			},
			resource.TestStep{Config: env.Config(simpleSecret), PlanOnly: true},
			resource.TestStep{
				Config: env.Config(simpleSecret), ResourceName: "infisical_secret.this", ImportState: true, ImportStateId: "dev:/:N",
				ImportStateVerify: true, ImportStateVerifyIgnore: []string{"value", "on_existing"},
			},
		)
		if lost != 1 {
			t.Error("no answer was lost")
		}
	})
}

func onceFor(route string, fault devserver.Fault) func(devserver.Request) *devserver.Fault {
	done := false
	return func(r devserver.Request) *devserver.Fault {
		if done || r.Route != route {
			return nil
		}
		done = true
		return &fault
	}
}

// TestLimitReachedInEachEra: each era says it in its own way, as a failure in
// one; a run waits, and writes nothing twice.
func TestLimitReachedInEachEra(t *testing.T) {
	t.Parallel()
	inEachEra(t, func(t *testing.T, era devserver.Era, env *acctest.Env) {
		limit := devserver.Fault{
			Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"1"}},
			Body: `{"statusCode":429,"error":"Too Many Requests","message":"Rate limit exceeded, retry in 1 minute"}`,
		}
		if era == devserver.Era2024October {
			limit.Status, limit.Body = http.StatusInternalServerError, `{"statusCode":500,"message":"Something went wrong","error":"InternalServerError"}`
			limit.Header.Set("X-Ratelimit-Remaining", "0")
			limit.Header.Set("X-Ratelimit-Reset", "1")
		}
		for _, route := range []string{listRoute, "POST /api/v3/secrets/:secretName"} {
			env.Server.InjectFault(onceFor(route, limit))
		}
		play(t, resource.TestStep{Config: env.Config(simpleSecret), Check: holds(env, "/", map[string]string{"N": "v"})})
		if routes := env.Routes(); routes["POST /api/v3/secrets/:secretName"] != 2 {
			t.Errorf("requests: %v", routes)
		}
	})
}

// TestInterruptedInEachEra: the state holds what the server holds.
func TestInterruptedInEachEra(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no signal that a test could send to another process")
	}
	t.Parallel()
	for _, era := range devserver.Eras() {
		t.Run(string(era), func(t *testing.T) {
			t.Parallel()
			env := acctest.NewProject(t, devserver.Project{}, devserver.Options{Era: era, RateLimit: 1000, Latency: 30 * time.Millisecond})
			s := newInstalledScene(t, env, manySecrets(60))
			apply := exec.Command(acctest.CLI(), "apply", "-auto-approve", "-no-color")
			apply.Dir, apply.Env = s.Dir, append(tfcli.Environ(), s.Env...)
			if err := apply.Start(); err != nil {
				t.Fatal(err)
			}
			await(t, func() bool { return len(env.Server.Records(env.Owner.Project.ID, "dev", "/")) > 0 })
			_ = apply.Process.Signal(syscall.SIGINT)
			if apply.Wait() == nil {
				t.Fatal("the run was not interrupted: the test shows nothing")
			}
			recorded, held := idsInState(t, s.File("terraform.tfstate")), env.Server.Records(env.Owner.Project.ID, "dev", "/")
			for _, r := range held {
				if !recorded[r.ID] {
					t.Error("the server holds a secret that the state does not")
				}
			}
			if len(recorded) != len(held) {
				t.Errorf("the state holds %d secrets, the server %d", len(recorded), len(held))
			}
			s.Apply()
			if got := len(env.Read("dev", "/")); got != 60 {
				t.Errorf("%d secrets in the end", got)
			}
			s.PlanIsEmpty()
		})
	}
}

// TestManySecretsInEachEra: requests stay below the era's limit for a body,
// which only one era names when it is exceeded.
func TestManySecretsInEachEra(t *testing.T) {
	t.Parallel()
	inEachEra(t, func(t *testing.T, era devserver.Era, env *acctest.Env) {
		largest := 1 << 20
		if era.Of2023() {
			largest = 100 << 10
		}
		many := fmt.Sprintf(`
locals {
  value = %q
}

resource "infisical_secrets" "this" {
  env_slug = "dev"
  secrets  = { for n in range(5) : "N${n}" => { value = local.value } }
}`, strings.Repeat("x", largest/4))
		play(t, resource.TestStep{Config: env.Config(many)})
		for _, r := range env.Server.Requests() {
			if len(r.Body) > largest || r.Status >= 500 {
				t.Errorf("%s: %d bytes, status %d", r.Route, len(r.Body), r.Status)
			}
		}
		routes := env.Routes()
		if era == devserver.Era2023June {
			if routes["POST /api/v3/secrets/:secretName"] != 5 {
				t.Errorf("requests: %v", routes)
			}
			return
		}
		if routes["POST /api/v3/secrets/batch"] < 2 {
			t.Errorf("requests: %v", routes)
		}
	})
}

// TestServerThatTakesTheKey: the warning comes in a plan that writes, once, on
// servers that are known to take the key, and can be silenced.
func TestServerThatTakesTheKey(t *testing.T) {
	t.Parallel()
	warning := regexp.MustCompile("Server Can Take The Project Key")
	for _, era := range devserver.Eras() {
		t.Run(string(era), func(t *testing.T) {
			t.Parallel()
			env := newEra(t, era)
			tf := acctest.NewTerraform(t, env)
			tf.Write(threeSecrets)
			tf.Run("init", "-no-color")
			want := 0
			if era == devserver.Era2024October {
				want = 1
			}
			warned := func(want int, args ...string) {
				t.Helper()
				if got := len(warning.FindAllString(tf.Run(append(args, "-no-color")...), -1)); got != want {
					t.Errorf("%v: warned %d times, want %d", args, got, want)
				}
			}
			warned(want, "plan")
			tf.Env = append(tf.Env, "INFISICAL_ACKNOWLEDGE_SERVER_KEY_ACCESS=true")
			warned(0, "plan")
			warned(0, "apply", "-auto-approve")
			tf.Env = append(tf.Env, "INFISICAL_ACKNOWLEDGE_SERVER_KEY_ACCESS=false")
			warned(0, "plan")                 // nothing to write
			if era == devserver.Era2023June { // which renames nothing
				return
			}
			tf.Write("provider \"infisical\" {\n acknowledge_server_key_access = true\n}\n" + strings.ReplaceAll(threeSecrets, "NAME_", "OTHER_"))
			warned(0, "plan")
		})
	}
}
