//go:build unix

package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/e2ee"
)

// TestProjectKeyID: every credential that opens the project key gives one id,
// which tells nothing of the key; where only the server vouches for it, that is
// said.
func TestProjectKeyID(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	key, err := e2ee.ParseKey(env.Owner.KeyText)
	if err != nil {
		t.Fatal(err)
	}
	user := regexp.MustCompile(`api_key = "([^"]+)", private_key = "([^"]+)"`).FindStringSubmatch(env.APIKey().HCL)
	id, secret := env.Owner.Identity(devserver.Identity{Role: "admin"})
	host := "INFISICAL_HOST=" + env.Server.URL()
	args := []string{"project-key-id", "--project", env.Owner.Project.ID}
	for about, c := range map[string]struct {
		environment []string
		warned      bool
	}{
		"service token":    {[]string{host, "INFISICAL_SERVICE_TOKEN=" + env.Token}, false},
		"API key":          {[]string{host, "INFISICAL_API_KEY=" + user[1], "INFISICAL_PRIVATE_KEY=" + user[2]}, true},
		"a pinned API key": {[]string{host, "INFISICAL_API_KEY=" + user[1], "INFISICAL_PRIVATE_KEY=" + user[2], "INFISICAL_PROJECT_KEY_ID=" + key.ID()}, false},
		"machine identity": {[]string{host, "INFISICAL_UNIVERSAL_AUTH_CLIENT_ID=" + id, "INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET=" + secret, "INFISICAL_PROJECT_KEY=" + env.Owner.KeyText}, false},
	} {
		r := unseal(t, c.environment, "", args...)
		if r.status != 0 || r.stdout != key.ID()+"\n" || strings.Contains(r.stderr, "Project Key Not Pinned") != c.warned {
			t.Errorf("%s: status %d\n%s\n%s", about, r.status, r.stdout, r.stderr)
		}
	}
	refused(t, unseal(t, []string{host, "INFISICAL_SERVICE_TOKEN=" + env.Token}, "", append(args, "more")...), statusUsage, []string{"no arguments but flags"})
	refused(t, unseal(t, []string{host, "INFISICAL_SERVICE_TOKEN=" + env.Token}, "", "project-key-id", "--project", "another"), statusFailed, []string{"Correct --project"})
}

// TestNamesAreNoOracle: an envelope in the place of a name stays one, whatever
// is asked for. That nothing of its value was sent, the end of the site tells.
func TestNamesAreNoOracle(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	const victim = "hunter2-of-the-victim"
	s.Secret(victim)
	s.Other().CreateFolder("dev", "/", "far")
	older := s.NewKey()
	s.seal(older, "/far", map[string]string{"VICTIM": victim})
	s.seal(older, "/", map[string]string{"ONE": "1"})
	s.plant("/", s.held("/far")["VICTIM"], s.held("/")["ONE"])
	environment := s.environment(s.Keys[0], older)
	for _, command := range [][]string{
		s.flags("get", "ONE"), s.flags("verify", "--recursive"), s.flags("rekey", "--recursive"), s.flags("verify", "--recursive"),
	} {
		if r := unseal(t, environment, "", command...); strings.Contains(r.stdout+r.stderr, victim) {
			t.Errorf("%s: it shows the value", command[0])
		}
	}
}
