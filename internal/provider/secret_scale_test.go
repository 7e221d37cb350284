package provider_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os/exec"
	"runtime"
	"strings"
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
	s := newScene(t, env, manySecrets(300))
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

// TestInterruptedCreateRecordsWhatTheServerHolds: Ctrl-C once, at seeded
// moments of a create of a hundred.
func TestInterruptedCreateRecordsWhatTheServerHolds(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no signal that a test could send to another process")
	}
	t.Parallel()
	interrupted := 0
	for moment := range 5 {
		env := acctest.NewProject(t, devserver.Project{}, devserver.Options{Latency: 15 * time.Millisecond})
		s := newScene(t, env, manySecrets(100))
		random := rand.New(rand.NewPCG(3, uint64(moment)))
		apply := exec.Command(acctest.CLI(), "apply", "-auto-approve", "-no-color")
		apply.Dir, apply.Env = s.Dir, append(tfcli.Environ(), s.Env...)
		if err := apply.Start(); err != nil {
			t.Fatal(err)
		}
		// From the first create on, so that the moment falls into the work.
		for deadline := time.Now().Add(time.Minute); len(env.Writes()) == 0; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("nothing was written within a minute")
			}
		}
		time.Sleep(time.Duration(random.IntN(700)) * time.Millisecond)
		_ = apply.Process.Signal(syscall.SIGINT)
		if apply.Wait() != nil {
			interrupted++
		}
		held := map[string]bool{}
		for _, r := range env.Server.Records(env.Owner.Project.ID, "dev", "/") {
			held[r.ID] = true
		}
		recorded := idsInState(t, s.File("terraform.tfstate"))
		for id := range held {
			if !recorded[id] {
				t.Errorf("moment %d: the server holds a secret that the state does not", moment)
			}
		}
		for id := range recorded {
			if !held[id] {
				t.Errorf("moment %d: the state holds a secret that the server does not", moment)
			}
		}
		s.Apply()
		if got := len(env.Read("dev", "/")); got != 100 {
			t.Errorf("moment %d: %d secrets in the end", moment, got)
		}
		s.PlanIsEmpty()
	}
	if interrupted == 0 {
		t.Error("no run was interrupted: the test shows nothing")
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
