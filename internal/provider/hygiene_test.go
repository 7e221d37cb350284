//go:build unix

package provider_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/tfcli"
)

// everyObject reads and writes values and comments through everything that
// carries any, and shows none of them.
const everyObject = `
variable "value" { sensitive = true }
variable "comment" { sensitive = true }

resource "infisical_secret" "one" {
  env_slug = "dev"
  name     = "ONE"
  value    = "${var.value} 1"
  comment  = "${var.comment} 1"
}
resource "infisical_secret" "written" {
  env_slug = "dev"
  name     = "WRITTEN"
  value_wo = "${var.value} 2"
}
resource "infisical_secrets" "many" {
  env_slug = "prod"
  secrets = {
    A = { value = "${var.value} 3", comment = "${var.comment} 3" }
    B = { value_wo = "${var.value} 4" }
  }
}
data "infisical_secret" "one" {
  env_slug = "staging"
  name     = "THERE"
}
data "infisical_secrets" "all" {
  env_slug          = "staging"
  expand_references = true
}
data "infisical_secrets_diff" "both" {
  left  = { env_slug = "dev" }
  right = { env_slug = "staging" }
}
ephemeral "infisical_secret" "one" {
  env_slug = "staging"
  name     = "THERE"
}
ephemeral "infisical_secrets" "all" { env_slug = "staging" }
output "dotenv" {
  sensitive = true
  value     = provider::infisical::dotenv_encode(data.infisical_secrets.all.values)
}
output "back" {
  sensitive = true
  value     = provider::infisical::dotenv_decode(data.infisical_secrets.all.dotenv)
}
`

// TestNothingIsPrinted: at the most talkative log level, when all goes well, when
// rows are damaged and when writes fail. Requests are searched by acctest.
func TestNothingIsPrinted(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	value, comment := env.Secret("canary of a value"), env.Secret("canary of a comment")
	env.Put("staging", "/", "THERE", value+" 5", comment+" 5")
	env.Put("staging", "/", "REFERS", "${THERE} and more", "")
	s := newInstalledScene(t, env, everyObject)
	s.Env = append(s.Env, "TF_LOG=TRACE", "TF_LOG_PATH=trace.log")
	s.set("value", value)
	s.set("comment", comment)
	printed := s.Run("plan", "-no-color", "-out=saved") + s.Run("apply", "-no-color", "saved")
	s.PlanIsEmpty()

	damaged := env.Put("staging", "/", "DAMAGED", value+" 6", comment+" 6")
	damaged.Value.Tag = flipped(damaged.Value.Tag)
	env.Server.PutRecord(damaged)
	s.set("value", value+", a new one")
	// The server fails each write, and quotes what it got.
	env.Server.InjectFault(func(r devserver.Request) *devserver.Fault {
		if r.Method == http.MethodGet {
			return nil
		}
		return &devserver.Fault{Status: 400, Body: fmt.Sprintf(`{"statusCode":400,"error":"BadRequest","message":%q}`, "refused "+r.Header.Get("Authorization")+" "+string(r.Body))}
	})
	out, err := s.Try("apply", "-auto-approve", "-no-color")
	if err == nil || !strings.Contains(out, "refused") || !strings.Contains(out, "DAMAGED") {
		t.Fatalf("the writes did not fail, or the damage was not told: the search would prove little\n%s", out)
	}
	printed += out
	log := s.File("trace.log")
	if strings.Count(log, "Infisical request") < 6 || !strings.Contains(log, "[TRACE]") {
		t.Fatal("the log holds no trace of requests")
	}
	bearer := env.Token[:strings.LastIndex(env.Token, ".")]
	for what, text := range map[string]string{"output": printed, "log": log} {
		if acctest.Search(text, append(env.Canaries(), bearer, bearer[strings.LastIndex(bearer, ".")+1:])) > 0 {
			t.Errorf("the %s holds a secret", what)
		}
	}
}

// writeOnlyAndEphemeral keeps no value in state or plan.
const writeOnlyAndEphemeral = `
variable "value" {
  sensitive = true
  ephemeral = true
}
ephemeral "infisical_secret" "there" {
  env_slug = "staging"
  name     = "THERE"
}
resource "infisical_secret" "given" {
  env_slug = "dev"
  name     = "GIVEN"
  value_wo = var.value
}
resource "infisical_secret" "copied" {
  env_slug = "dev"
  name     = "COPIED"
  value_wo = ephemeral.infisical_secret.there.value
}
`

func newWriteOnlyScene(t *testing.T, more string) scene {
	t.Helper()
	env := acctest.New(t)
	env.Put("staging", "/", "THERE", env.Secret("canary that is copied"), "")
	s := newInstalledScene(t, env, writeOnlyAndEphemeral+more)
	s.Env = append(s.Env, "TF_LOG=TRACE", "TF_LOG_PATH=trace.log", "GOTRACEBACK=all")
	s.set("value", env.Secret("canary that is given"))
	return s
}

// TestCrashPrintsNothing: the provider is made to print its stacks and to die
// while it holds values and keys.
func TestCrashPrintsNothing(t *testing.T) {
	t.Parallel()
	s := newWriteOnlyScene(t, "")
	s.env.Server.InjectFault(func(r devserver.Request) *devserver.Fault {
		if r.Method == http.MethodGet {
			return nil
		}
		return &devserver.Fault{HangBefore: true}
	})
	apply := exec.Command(acctest.CLI(), "apply", "-auto-approve", "-no-color")
	apply.Dir, apply.Env = s.Dir, append(tfcli.Environ(), s.Env...)
	var out bytes.Buffer
	apply.Stdout, apply.Stderr = &out, &out
	if err := apply.Start(); err != nil {
		t.Fatal(err)
	}
	await(t, func() bool { return hasWritten(s.env, 0) })
	started := regexp.MustCompile(`plugin started: path=\S*terraform-provider-infisical\S* pid=(\d+)`).FindAllStringSubmatch(s.File("trace.log"), -1)
	if len(started) == 0 {
		_ = apply.Process.Kill()
		t.Fatal("the log does not tell the provider's process")
	}
	pid, err := strconv.Atoi(started[len(started)-1][1])
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGQUIT); err != nil {
		t.Error(err)
	}
	if apply.Wait() == nil {
		t.Error("the run ended well")
	}
	log := s.File("trace.log")
	if !strings.Contains(log, "SIGQUIT") || !strings.Contains(log, "internal/secrets.") {
		t.Fatal("no stacks were printed: the search would prove nothing")
	}
	if acctest.Search(log+out.String()+s.File("terraform.tfstate")+s.File("errored.tfstate"), s.env.Canaries()) > 0 {
		t.Error("a secret was printed or kept")
	}
}

// TestStateThatCannotBeStored: Terraform then leaves it in a file beside the
// configuration.
func TestStateThatCannotBeStored(t *testing.T) {
	t.Parallel()
	var sent bytes.Buffer
	backend := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_, _ = io.Copy(&sent, r.Body)
		w.WriteHeader(http.StatusInternalServerError)
	}))
	t.Cleanup(backend.Close)
	s := newWriteOnlyScene(t, fmt.Sprintf("terraform {\n  backend \"http\" {\n    address   = %q\n    retry_max = 0\n  }\n}\n", backend.URL))
	s.Run("plan", "-no-color", "-out=saved")
	out, err := s.Try("apply", "-no-color", "saved")
	errored := s.File("errored.tfstate")
	if err == nil || !strings.Contains(errored, `"value_fingerprint"`) || sent.Len() == 0 {
		t.Fatalf("the state was not left in a file: %v\n%s", err, out)
	}
	if acctest.Search(out+errored+sent.String()+privateState(t, errored)+planFile(t, s.Dir+"/saved")+s.File("trace.log"), s.env.Canaries()) > 0 {
		t.Error("a secret was printed or kept")
	}
}
