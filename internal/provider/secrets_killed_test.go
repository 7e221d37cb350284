//go:build unix

package provider_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/tfcli"
)

// More than one request carries, and more than two do.
const (
	manyKilled      = 120
	manyInterrupted = 210
)

// TestSecretsSurviveAKill: Terraform is killed at a seeded moment of an apply,
// alone (the provider then ends what it is at) or with the provider; the next
// apply ends with every secret there once, with the right value.
func TestSecretsSurviveAKill(t *testing.T) {
	t.Parallel()
	for moment := range seeds(8, 20) {
		t.Run(fmt.Sprint("moment ", moment), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(11, uint64(moment)))
			env := acctest.NewProject(t, devserver.Project{}, devserver.Options{WriteCost: 2 * time.Millisecond})
			s := newInstalledScene(t, env, manyElements(manyKilled, 0))
			changed, update := 0, moment%2 == 1
			if update {
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
			// From the first write on, so that the moment falls into the work.
			await(t, func() bool { return hasWritten(env, before) })
			time.Sleep(time.Duration(random.IntN(350)) * time.Millisecond)
			if alone := moment%4 < 2; alone {
				_ = apply.Process.Kill()
			} else {
				_ = syscall.Kill(-apply.Process.Pid, syscall.SIGKILL)
			}
			_ = apply.Wait() // it did not end well
			t.Cleanup(func() { _ = syscall.Kill(-apply.Process.Pid, syscall.SIGKILL) })

			s.restoreState(update)
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

// TestSecretsInterrupted: after one Ctrl-C the request under way is answered,
// no other is sent, and the state holds what the server holds.
func TestSecretsInterrupted(t *testing.T) {
	t.Parallel()
	env := acctest.NewProject(t, devserver.Project{}, devserver.Options{WriteCost: 2 * time.Millisecond})
	s := newInstalledScene(t, env, manyElements(manyInterrupted, 0))
	apply := exec.Command(acctest.CLI(), "apply", "-auto-approve", "-no-color")
	apply.Dir, apply.Env = s.Dir, append(tfcli.Environ(), s.Env...)
	apply.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var out bytes.Buffer
	apply.Stdout, apply.Stderr = &out, &out
	if err := apply.Start(); err != nil {
		t.Fatal(err)
	}
	await(t, func() bool { return hasWritten(env, 0) })
	_ = apply.Process.Signal(syscall.SIGINT)
	if apply.Wait() == nil {
		t.Fatal("the run was not interrupted: the test shows nothing")
	}
	flat := strings.ReplaceAll(out.String(), "│", "")
	if !says("The run was interrupted before it was sent").MatchString(flat) || !says("other changes were made and are in the state").MatchString(flat) {
		t.Errorf("the error does not tell what was done:\n%s", out.String())
	}
	held, state := env.Read("dev", "/"), s.File("terraform.tfstate")
	for name := range held {
		if !strings.Contains(state, `"`+name+`": {`) {
			t.Errorf("the state does not hold %s, which the server does", name)
		}
	}
	if recorded := strings.Count(state, `"value_fingerprint"`); recorded != len(held) || recorded == 0 || recorded == manyInterrupted {
		t.Errorf("the state holds %d secrets, the server %d", recorded, len(held))
	}
	s.Run("untaint", "infisical_secrets.all")
	s.Apply()
	if got := len(env.Read("dev", "/")); got != manyInterrupted {
		t.Errorf("%d secrets in the end", got)
	}
	s.PlanIsEmpty()
}

func hasWritten(env *acctest.Env, before int) bool {
	for _, r := range env.Server.Requests()[before:] {
		if r.Method != http.MethodGet {
			return true
		}
	}
	return false
}
