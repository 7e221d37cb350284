//go:build unix

package provider_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/tfcli"
)

// restoreState does what a user does whose Terraform was ended while it wrote its
// state, whose file it empties first: the state is what it kept of before, if
// there was one.
func (s scene) restoreState(before bool) {
	s.T.Helper()
	if text := s.File("terraform.tfstate"); json.Valid([]byte(text)) || text == "" && !before {
		return
	}
	s.T.Log("Terraform lost its state")
	state := filepath.Join(s.Dir, "terraform.tfstate")
	if os.Rename(state+".backup", state) != nil {
		_ = os.Remove(state)
	}
}

// TestRunsThatEndAtOnce: a second Ctrl-C ends Terraform and its providers where
// they stand, and so does a kill; what they were at reaches no state. The next
// apply ends with every secret there once, with the right value. One Ctrl-C,
// and kills of infisical_secrets, are tested beside.
func TestRunsThatEndAtOnce(t *testing.T) {
	t.Parallel()
	const count = 60
	alone := func(run *exec.Cmd) { _ = run.Process.Kill() }
	together := func(run *exec.Cmd) { _ = syscall.Kill(-run.Process.Pid, syscall.SIGKILL) }
	one := func(changed int) string {
		return fmt.Sprintf("resource \"infisical_secret\" \"all\" {\n  count = %d\n  env_slug = \"dev\"\n  name = \"N${count.index}\"\n"+
			"  value = \"${count.index < %d ? \"new\" : \"old\"}-${count.index}\"\n}\n", count, changed)
	}
	bulk := func(changed int) string { return manyElements(2*count, changed) }
	for _, c := range []struct {
		name   string
		config func(changed int) string
		end    func(run *exec.Cmd) // nil = a second Ctrl-C
		update bool
	}{
		{"infisical_secret created, two interrupts", one, nil, false},
		{"infisical_secret updated, two interrupts", one, nil, true},
		{"infisical_secret created, killed alone", one, alone, false},
		{"infisical_secret updated, killed with its provider", one, together, true},
		{"infisical_secrets created, two interrupts", bulk, nil, false},
		{"infisical_secrets updated, two interrupts", bulk, nil, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			env := acctest.NewProject(t, devserver.Project{}, devserver.Options{WriteCost: 4 * time.Millisecond})
			s := newInstalledScene(t, env, c.config(0))
			changed := 0
			if c.update {
				s.Apply()
				changed = count
				s.Write(c.config(changed))
			}
			before := len(env.Server.Requests())
			run := exec.Command(acctest.CLI(), "apply", "-auto-approve", "-no-color")
			run.Dir, run.Env = s.Dir, append(tfcli.Environ(), s.Env...)
			run.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // the provider is in the same group
			out, err := run.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := run.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { together(run) })
			await(t, func() bool { return hasWritten(env, before) })
			time.Sleep(time.Duration(rand.IntN(120)) * time.Millisecond) // whenever it is, it has to hold
			if c.end != nil {
				c.end(run)
			} else {
				_ = run.Process.Signal(syscall.SIGINT)
			}
			heard := false
			for lines := bufio.NewScanner(out); lines.Scan(); {
				if c.end == nil && strings.Contains(lines.Text(), "Interrupt received") {
					heard = true
					_ = run.Process.Signal(syscall.SIGINT)
				}
			}
			if run.Wait() == nil {
				t.Fatal("the run ended well: the test shows nothing")
			}
			if c.end == nil && !heard {
				t.Error("Terraform did not hear of the first interrupt")
			}

			s.restoreState(c.update)
			s.Apply()
			all := env.Read("dev", "/") // fails if a name is there twice
			want := strings.Count(s.File("terraform.tfstate"), `"value_fingerprint"`)
			if len(all) != want || want < count {
				t.Errorf("the server holds %d secrets, the state %d", len(all), want)
			}
			for i := range want {
				value := fmt.Sprintf("%s-%d", map[bool]string{true: "new", false: "old"}[i < changed], i)
				if name := fmt.Sprintf("N%d", i); all[name].Value != value {
					t.Errorf("%s is missing or has another value", name)
				}
			}
			s.PlanIsEmpty()
		})
	}
}
