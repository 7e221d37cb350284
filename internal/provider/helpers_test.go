package provider_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
)

// says matches a text however Terraform wraps its lines.
func says(text string) *regexp.Regexp {
	words := strings.Fields(text)
	for i, word := range words {
		words[i] = regexp.QuoteMeta(word)
	}
	return regexp.MustCompile(strings.Join(words, `\s+`))
}

// project is a project of a development server, or one of a real server.
type project interface {
	Factories() map[string]func() (tfprotov6.ProviderServer, error)
	Provider(c acctest.Credential, settings ...string) string
	Secret(text string) string
	// Another client's view and doings.
	Read(environment, path string) map[string]seed.Plain
	Change(environment, path, name, value string)
	Remove(environment, path, name string)
}

// run runs the steps with the provider in this process.
func run(t *testing.T, env project, steps ...resource.TestStep) {
	t.Helper()
	resource.UnitTest(t, resource.TestCase{ProtoV6ProviderFactories: env.Factories(), Steps: steps})
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
