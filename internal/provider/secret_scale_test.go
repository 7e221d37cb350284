package provider_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/tfcli"
)

func manySecrets(count int) string {
	return fmt.Sprintf("resource \"infisical_secret\" \"all\" {\n count = %d\n env_slug = \"dev\"\n name = \"N${count.index}\"\n value = \"v${count.index}\"\n}\n", count)
}

// TestRunOfThreeHundredSecretsUnderAStrictLimit: 60 requests a minute and
// route, as servers since May 2024 allow, are enough.
func TestRunOfThreeHundredSecretsUnderAStrictLimit(t *testing.T) {
	t.Parallel()
	env := acctest.NewProject(t, devserver.Project{}, devserver.Options{RateLimit: 60})
	s := newInstalledScene(t, env, manySecrets(300))
	if out := s.Apply(); !strings.Contains(out, "300 added") {
		t.Errorf("%s", out)
	}
	for _, r := range env.Server.Requests() {
		if r.Status == http.StatusTooManyRequests {
			t.Errorf("%s: the limit was run into", r.Route)
		}
	}
	env.Server.ResetRequests()
	s.PlanIsEmpty()
	if reads := len(env.Server.Requests()); reads != 3 {
		t.Errorf("%d requests to plan", reads)
	}
}

// TestOwnRateLimitMakesARunWait: with one request of a kind a minute a create
// of thirty waits and says so, and does not fail. Nobody has a minute here: the
// run is interrupted when it has said so.
func TestOwnRateLimitMakesARunWait(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no signal that a test could send to another process")
	}
	t.Parallel()
	env := acctest.New(t)
	s := newInstalledScene(t, env, "variable \"limit\" {}\nprovider \"infisical\" {\n max_requests_per_minute = var.limit\n}\n"+manySecrets(30))
	s.set("limit", "1")
	mostOfARoute := func() int {
		routes := map[string]int{}
		for _, r := range env.Server.Requests() {
			routes[r.Route]++
		}
		return slices.Max(slices.Collect(maps.Values(routes)))
	}
	s.Run("plan", "-no-color", "-out=saved")
	env.Server.ResetRequests() // the apply is another process, and counts anew

	apply := exec.Command(acctest.CLI(), "apply", "-no-color", "saved")
	apply.Dir, apply.Env = s.Dir, append(append(tfcli.Environ(), s.Env...), "TF_LOG_PROVIDER=WARN")
	log, err := apply.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := apply.Start(); err != nil {
		t.Fatal(err)
	}
	waits, failed, interrupted := false, 0, 0
	for lines := bufio.NewScanner(log); lines.Scan(); {
		switch line := lines.Text(); {
		case !waits && strings.Contains(line, "waiting until it ends"):
			waits = true
			_ = apply.Process.Signal(syscall.SIGINT)
		case strings.HasPrefix(line, "Error: Cannot Create Secret"):
			failed++
		case strings.HasPrefix(line, "The run was interrupted before this was done"):
			interrupted++
		}
	}
	_ = apply.Wait() // interrupted, so with an error
	if !waits || failed != interrupted {
		t.Errorf("waited: %t; %d creates failed, %d were interrupted", waits, failed, interrupted)
	}
	if most := mostOfARoute(); most != 1 {
		t.Errorf("%d requests of one kind", most)
	}
	recorded, held := idsInState(t, s.File("terraform.tfstate")), env.Read("dev", "/")
	if len(held) == 0 || len(recorded) != len(held) {
		t.Errorf("the server holds %d secrets, the state %d", len(held), len(recorded))
	}

	s.set("limit", "1000")
	s.Apply()
	if got := len(env.Read("dev", "/")); got != 30 {
		t.Errorf("%d secrets in the end", got)
	}
	s.set("limit", "1")
	env.Server.ResetRequests()
	s.PlanIsEmpty()
	if most := mostOfARoute(); most != 1 {
		t.Errorf("%d requests of one kind to plan", most)
	}
}

// TestInterruptedCreateRecordsWhatTheServerHolds: Ctrl-C once, at seeded
// moments of a create of a hundred: with that many writes before it, and so
// long after the last of them came.
func TestInterruptedCreateRecordsWhatTheServerHolds(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no signal that a test could send to another process")
	}
	acctest.NeedsProcess(t)
	t.Parallel()
	moments := seeds(5, 10)
	var interrupted atomic.Int32
	t.Cleanup(func() {
		if got := int(interrupted.Load()); got < moments/2 {
			t.Errorf("%d of %d runs were interrupted: the test shows little", got, moments)
		}
	})
	for moment := range moments {
		t.Run(fmt.Sprint(moment), func(t *testing.T) {
			t.Parallel()
			env := acctest.NewProject(t, devserver.Project{}, devserver.Options{Latency: 15 * time.Millisecond})
			s := newInstalledScene(t, env, manySecrets(100))
			random := rand.New(rand.NewPCG(3, uint64(moment)))
			writes, delay := 1+random.IntN(8), time.Duration(random.IntN(60))*time.Millisecond
			apply := exec.Command(acctest.CLI(), "apply", "-auto-approve", "-no-color")
			apply.Dir, apply.Env = s.Dir, append(tfcli.Environ(), s.Env...)
			if err := apply.Start(); err != nil {
				t.Fatal(err)
			}
			env.Server.InjectFault(func(r devserver.Request) *devserver.Fault {
				if r.Method == http.MethodGet {
					return nil
				}
				if writes--; writes == 0 {
					time.AfterFunc(delay, func() { _ = apply.Process.Signal(syscall.SIGINT) })
				}
				return nil
			})
			if apply.Wait() != nil {
				interrupted.Add(1)
			}

			held := map[string]bool{}
			for _, r := range env.Server.Records(env.Owner.Project.ID, "dev", "/") {
				held[r.ID] = true
			}
			recorded := idsInState(t, s.File("terraform.tfstate"))
			for id := range held {
				if !recorded[id] {
					t.Error("the server holds a secret that the state does not")
				}
			}
			for id := range recorded {
				if !held[id] {
					t.Error("the state holds a secret that the server does not")
				}
			}
			s.Apply()
			if got := len(env.Read("dev", "/")); got != 100 {
				t.Errorf("%d secrets in the end", got)
			}
			s.PlanIsEmpty()
		})
	}
}

func idsInState(t *testing.T, state string) map[string]bool {
	t.Helper()
	var parsed struct {
		Resources []struct {
			Instances []struct {
				Status     string `json:"status"`
				Attributes struct {
					ID string `json:"id"`
				} `json:"attributes"`
			} `json:"instances"`
		} `json:"resources"`
	}
	if state != "" {
		if err := json.Unmarshal([]byte(state), &parsed); err != nil {
			t.Fatal(err)
		}
	}
	ids := map[string]bool{}
	for _, r := range parsed.Resources {
		for _, i := range r.Instances {
			if i.Status == "tainted" {
				t.Error("a secret is tainted")
			}
			ids[i.Attributes.ID] = true
		}
	}
	return ids
}
