//go:build unix

package provider_test

import (
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/seal"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/tfcli"
)

// A rotation of three hundred.
const (
	rotatedSecrets = 300
	rotated        = `
resource "infisical_secret" "all" {
  count    = 40
  env_slug = "dev"
  name     = "ALONE_${count.index}"
  value    = "value ${count.index}"
}
resource "infisical_secrets" "all" {
  count    = 2
  env_slug = "dev"
  secrets  = { for i in range(130) : "N${count.index}${i}" => { value_wo = "value ${count.index}${i}", value_wo_version = 1 } }
}
`
)

// unreadable are how many of the secrets that the server holds do not open to
// their values; under is how many are under each key.
func unreadable(s *acctest.Sealed, ring seal.Ring) (wrong int, under map[string]int) {
	under = map[string]int{}
	held := envelopes(s, "/")
	for name, r := range held {
		place := seal.Place{ProjectID: s.Owner.Project.ID, Environment: "dev", Path: "/", Name: name, Type: seal.TypeShared}
		value, _, id, err := ring.Open(place, r.Value)
		if under[id]++; err != nil || string(value) != "value "+strings.TrimLeft(name, "ALONE_") {
			wrong++
		}
	}
	return wrong + rotatedSecrets - len(held), under
}

// TestSealedRotationIsKilled: Terraform and the provider are killed while a
// rotation has sent some of its requests. All can be read with both keys at
// every moment, and the next apply leaves none under the old one.
func TestSealedRotationIsKilled(t *testing.T) {
	t.Parallel()
	s := acctest.NewSealed(t)
	first, second := s.Keys[0], s.NewKey()
	ring, err := seal.ParseRing(first + "," + second)
	if err != nil {
		t.Fatal(err)
	}
	scene := newInstalledScene(t, s.Env, rotated)
	with := func(keys ...string) {
		s.Keys = keys
		scene.Env = append(scene.Env, s.Variables()...)
	}
	with(first)
	scene.Apply()
	if wrong, under := unreadable(s, ring); wrong > 0 || under[keyID(t, first)] != rotatedSecrets {
		t.Fatalf("%d cannot be read, and these are under each key: %v", wrong, under)
	}

	done, reader := make(chan struct{}), make(chan int)
	go func() { // somebody who reads all the time
		most := 0
		for ticker := time.NewTicker(20 * time.Millisecond); ; {
			wrong, _ := unreadable(s, ring)
			most = max(most, wrong)
			select {
			case <-done:
				ticker.Stop()
				reader <- most
				return
			case <-ticker.C:
			}
		}
	}()
	with(second, first)
	var sent, hung atomic.Int32
	mend := s.Server.InjectFault(func(r devserver.Request) *devserver.Fault {
		if r.Method != http.MethodPatch || sent.Add(1) == 1 {
			return nil
		}
		before := hung.Add(1)%2 == 1 // did what was asked, or not
		return &devserver.Fault{HangBefore: before, HangAfter: !before}
	})
	apply := exec.Command(acctest.CLI(), "apply", "-auto-approve", "-no-color")
	apply.Dir, apply.Env = scene.Dir, append(tfcli.Environ(), scene.Env...)
	apply.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // the provider is in the same group
	if err := apply.Start(); err != nil {
		t.Fatal(err)
	}
	await(t, func() bool {
		if hung.Load() == 0 {
			return false
		}
		_, under := unreadable(s, ring)
		return under[keyID(t, second)] > 0
	})
	_ = syscall.Kill(-apply.Process.Pid, syscall.SIGKILL)
	_ = apply.Wait() // it did not end well
	if wrong, under := unreadable(s, ring); wrong > 0 || under[keyID(t, first)] == 0 {
		t.Errorf("%d cannot be read, and these are under each key: %v", wrong, under)
	}
	mend()
	scene.restoreState(true)
	scene.Apply()
	close(done)
	if most := <-reader; most > 0 {
		t.Errorf("a reader with both keys could not read %d", most)
	}
	if wrong, under := unreadable(s, ring); wrong > 0 || len(under) != 1 || under[keyID(t, second)] == 0 {
		t.Errorf("%d cannot be read, and these are under each key: %v", wrong, under)
	}
	with(second)
	scene.PlanIsEmpty()
	if strings.Contains(scene.File("terraform.tfstate"), fmt.Sprintf("%q: %q", "sealing_key_id", keyID(t, first))) {
		t.Error("the state speaks of the old key")
	}
}
