//go:build unix

package provider_test

import (
	"fmt"
	"math/rand/v2"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/tfcli"
)

// manyKilled is more than one request carries.
const manyKilled = 120

// TestSecretsSurviveAKill: Terraform is killed at a seeded moment of an apply,
// alone (the provider then ends what it is at) or with the provider; the next
// apply ends with every secret there once, with the right value.
func TestSecretsSurviveAKill(t *testing.T) {
	t.Parallel()
	for moment := range 20 {
		t.Run(fmt.Sprint("moment ", moment), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(11, uint64(moment)))
			env := acctest.NewProject(t, devserver.Project{}, devserver.Options{WriteCost: 2 * time.Millisecond})
			s := newScene(t, env, manyElements(manyKilled, 0))
			changed := 0
			if update := moment%2 == 1; update {
				s.Apply()
				changed = manyKilled / 2
				s.Write(manyElements(manyKilled, changed))
			}
			before := len(env.Server.Requests())
			apply := exec.Command(acctest.CLI(), "apply", "-auto-approve", "-no-color")
			apply.Dir, apply.Env = s.Dir, append(tfcli.Environ(), s.Env...)
			apply.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // the provider is in the same group
			if err := apply.Start(); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- apply.Wait() }()
			// From the first write on, so that the moment falls into the work.
			await(t, func() bool { return hasWritten(env, before) })
			time.Sleep(time.Duration(random.IntN(350)) * time.Millisecond)
			if alone := moment%4 < 2; alone {
				_ = apply.Process.Kill()
			} else {
				_ = syscall.Kill(-apply.Process.Pid, syscall.SIGKILL)
			}
			<-ended
			t.Cleanup(func() { _ = syscall.Kill(-apply.Process.Pid, syscall.SIGKILL) })

			s.Apply()
			all := env.Read("dev", "/") // fails if a name is there twice
			for i := range manyKilled {
				want := map[bool]string{true: "new", false: "old"}[i < changed]
				if name := fmt.Sprintf("N%d", i); all[name].Value != fmt.Sprintf("%s-%d", want, i) {
					t.Errorf("%s is missing or has another value", name)
				}
			}
			if len(all) != manyKilled {
				t.Errorf("%d secrets in the end", len(all))
			}
			s.PlanIsEmpty()
		})
	}
}

func hasWritten(env *acctest.Env, before int) bool {
	for _, r := range env.Server.Requests()[before:] {
		if r.Method != "GET" {
			return true
		}
	}
	return false
}

// await looks until something is so.
func await(t *testing.T, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !so(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it did not come about within a minute")
		}
	}
}
