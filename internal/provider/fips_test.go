package provider_test

import (
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
)

// TestFIPS: the protocol's nonces are not allowed where nothing else than FIPS
// 140-3 is.
func TestFIPS(t *testing.T) {
	t.Parallel()
	s := newInstalledScene(t, acctest.New(t), secretNamed("N", `value = "v"`))
	s.Env = append(s.Env, "GODEBUG=fips140=only")
	if out, err := s.Try("plan", "-no-color"); err == nil || !says("this process runs with GODEBUG=fips140=only, which forbids the 16-byte AES-GCM nonces").MatchString(out) {
		t.Errorf("%v\n%s", err, out)
	}
	s.Env = append(s.Env, "GODEBUG=fips140=on")
	s.Apply()
	s.holds("N", "v", 1)
}
