package provider_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/echoprovider"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/api"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
)

// addImport makes one folder import another, both written as dev:/app.
func addImport(env *acctest.Env, folder, source string) {
	env.T.Helper()
	client, err := api.New(api.Config{Host: env.Server.URL(), Credential: api.ServiceTokenCredential(env.Token)})
	if err != nil {
		env.T.Fatal(err)
	}
	environment, path, _ := strings.Cut(folder, ":")
	sourceEnvironment, sourcePath, _ := strings.Cut(source, ":")
	at := api.Place{WorkspaceID: env.Owner.Project.ID, Environment: environment, Path: path}
	if _, err := client.CreateImport(env.T.Context(), at, sourceEnvironment, sourcePath); err != nil {
		env.T.Fatal(err)
	}
}

// lists counts the lists of secrets since the last reset.
func lists(env *acctest.Env) int {
	count := 0
	for _, r := range env.Server.Requests() {
		if r.Route == listRoute {
			count++
		}
	}
	return count
}

// newProjectToRead has a folder with everything that can be read, and a token
// that may read that folder alone.
func newProjectToRead(t *testing.T) (env *acctest.Env, narrow string) {
	t.Helper()
	env = acctest.NewProject(t, devserver.Project{Name: "read", Tags: []devserver.Tag{{ID: tagA, Slug: "app"}, {ID: tagB, Slug: "db"}}}, devserver.Options{})
	url := env.Put("dev", "/app", "URL", "pg://${USER}:${PASSWORD}@${prod.shared.HOST}", env.Secret("canary comment")+"!")
	url.TagIDs = []string{tagB, tagA}
	env.Server.PutRecord(url)
	user := env.Put("dev", "/app", "USER", "u", "")
	user.TagIDs = []string{tagA}
	env.Server.PutRecord(user)
	env.Put("dev", "/app", "PASSWORD", env.Secret("canary $pass\"word"), "")
	env.Put("dev", "/app", "BYTES", "\xff\x00", "")
	env.Put("dev", "/app/db", "USER", "below", "")
	env.Put("prod", "/shared", "HOST", "h-${PORT}", "")
	env.Put("prod", "/shared", "PORT", "5432", "")
	env.Put("prod", "/shared", "USER", "hidden by an own one", "")
	addImport(env, "dev:/app", "prod:/shared")
	env.Server.ResetRequests()
	return env, env.NewToken(seed.Token{Name: "narrow", ReadOnly: true, Scopes: []devserver.Scope{{Environment: "dev", SecretPath: "/app"}}})
}

// read is one secret or one list that is read, through a data source and
// through its ephemeral twin, which must give the same.
type read struct {
	label     string // of the blocks: letters and underscores
	kind      string // infisical_secret or infisical_secrets
	arguments string
	narrow    bool                        // with the token that may read one folder
	gives     map[string]knownvalue.Check // by names, as in secrets|A|value
	refused   string                      // what the error says instead
}

// blocks are both objects of a read.
func (r read) blocks() string {
	return fmt.Sprintf("data %[1]q %[2]q {\n%[3]s\n}\nephemeral %[1]q %[2]q {\n%[3]s\n}\n", r.kind, r.label, r.arguments)
}

// readAll makes the reads of a token in one configuration, and those that are
// refused in another.
func readAll(t *testing.T, env *acctest.Env, narrow string, reads []read) {
	t.Helper()
	for _, isNarrow := range []bool{false, true} {
		token, name := env.Token, ""
		if isNarrow {
			token, name = narrow, ", by the narrow token"
		}
		var given, refused []read
		for _, r := range reads {
			switch {
			case r.narrow != isNarrow:
			case r.refused != "":
				refused = append(refused, r)
			default:
				given = append(given, r)
			}
		}
		if len(given) > 0 {
			t.Run("given"+name, func(t *testing.T) {
				t.Parallel()
				give(t, env, token, given)
			})
		}
		if len(refused) > 0 {
			t.Run("refused"+name, func(t *testing.T) {
				t.Parallel()
				refuse(t, env, token, refused)
			})
		}
	}
}

func give(t *testing.T, env *acctest.Env, token string, reads []read) {
	t.Helper()
	var blocks, handed strings.Builder
	var checks []statecheck.StateCheck
	for _, r := range reads {
		blocks.WriteString(r.blocks())
		fmt.Fprintf(&handed, "    %s = ephemeral.%s.%s\n", r.label, r.kind, r.label)
		for place, check := range r.gives {
			steps := strings.Split(place, "|")
			inData, inEcho := tfjsonpath.New(steps[0]), tfjsonpath.New("data").AtMapKey(r.label).AtMapKey(steps[0])
			for _, step := range steps[1:] {
				inData, inEcho = inData.AtMapKey(step), inEcho.AtMapKey(step)
			}
			checks = append(checks, named{r.label, statecheck.ExpectKnownValue("data."+r.kind+"."+r.label, inData, check)},
				named{r.label, statecheck.ExpectKnownValue("echo.this", inEcho, check)})
		}
	}
	factories := env.Factories()
	factories["echo"] = echoprovider.NewProviderServer()
	resource.UnitTest(t, resource.TestCase{
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_10_0)},
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{{
			Config: env.ConfigWithToken(token, blocks.String()+
				"provider \"echo\" {\n  data = {\n"+handed.String()+"  }\n}\nresource \"echo\" \"this\" {}\n"),
			ConfigStateChecks: checks,
		}},
	})
}

func refuse(t *testing.T, env *acctest.Env, token string, reads []read) {
	t.Helper()
	var blocks strings.Builder
	for _, r := range reads {
		blocks.WriteString(r.blocks())
	}
	out, err := newScene(t, env, env.ConfigWithToken(token, blocks.String())).Try("plan", "-no-color")
	if err == nil {
		t.Errorf("nothing was refused:\n%s", out)
	}
	if acctest.Search(out, env.Canaries()) > 0 {
		t.Error("an error quotes a value")
	}
	errors := strings.Split(out, "Error: ")
	for _, r := range reads {
		for _, block := range []string{"data", "ephemeral"} {
			with := "with " + block + "." + r.kind + "." + r.label + ","
			if !slices.ContainsFunc(errors, func(e string) bool { return strings.Contains(e, with) && says(r.refused).MatchString(e) }) {
				t.Errorf("%s %s: no error says %q:\n%s", block, r.label, r.refused, out)
			}
		}
	}
}

// named says which read a failed check is of.
type named struct {
	label string
	statecheck.StateCheck
}

func (n named) CheckState(ctx context.Context, req statecheck.CheckStateRequest, resp *statecheck.CheckStateResponse) {
	if n.StateCheck.CheckState(ctx, req, resp); resp.Error != nil {
		resp.Error = fmt.Errorf("%s: %w", n.label, resp.Error)
	}
}

var (
	null = knownvalue.Null()
	text = knownvalue.StringExact
)

func texts(list ...string) knownvalue.Check {
	checks := make([]knownvalue.Check, 0, len(list))
	for _, one := range list {
		checks = append(checks, text(one))
	}
	return knownvalue.SetExact(checks)
}
