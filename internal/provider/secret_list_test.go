package provider_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/querycheck"
	"github.com/hashicorp/terraform-plugin-testing/querycheck/queryfilter"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
)

// listed is what came out of one list block.
type listed struct {
	found       []tfprotov6.ListResourceResult
	diagnostics []*tfprotov6.Diagnostic // of the results that are nothing else
}

func (l listed) names() []string {
	var names []string
	for _, result := range l.found {
		names = append(names, result.DisplayName)
	}
	return names
}

func (p *protocol) list(config attributes, request tfprotov6.ListResourceRequest) listed {
	p.t.Helper()
	request.TypeName, request.Config = p.kind, p.object(p.schemas.ListResourceSchemas[p.kind].ValueType(), config)
	stream, err := p.server.(tfprotov6.ListResourceServer).ListResource(p.t.Context(), &request)
	if err != nil {
		p.t.Fatal(err)
	}
	var out listed
	for result := range stream.Results {
		if result.DisplayName == "" {
			if result.Identity != nil || result.Resource != nil {
				p.t.Error("a result without a name")
			}
			if len(result.Diagnostics) == 0 {
				p.t.Error("a result without anything in it")
			}
			out.diagnostics = append(out.diagnostics, result.Diagnostics...)
			continue
		}
		if len(result.Diagnostics) > 0 {
			p.t.Errorf("%s: %s: %s", result.DisplayName, result.Diagnostics[0].Summary, result.Diagnostics[0].Detail)
		}
		out.found = append(out.found, result)
	}
	return out
}

func expectNames(t *testing.T, got listed, want ...string) {
	t.Helper()
	if names := got.names(); !slices.Equal(names, want) {
		t.Errorf("found %q, not %q", names, want)
	}
}

func expectNoDiagnostics(t *testing.T, got listed) {
	t.Helper()
	for _, d := range got.diagnostics {
		t.Errorf("%s: %s", d.Summary, d.Detail)
	}
}

// newProjectToList has secrets in three folders of one environment and in
// another environment.
func newProjectToList(t *testing.T) *acctest.Env {
	t.Helper()
	env := acctest.NewProject(t, devserver.Project{Name: "list", Tags: []devserver.Tag{{ID: tagA, Slug: "a", Name: "A"}}}, devserver.Options{})
	value := env.Secret("canary of the list")
	env.Put("dev", "/", "ROOT_B", value, "")
	env.Put("dev", "/", "ROOT_A", value, "")
	env.Put("dev", "/app/db", "DEEP", value, "")
	env.Put("staging", "/", "ELSEWHERE", value, "")
	note, days := "Rotate it", 30
	full := env.Put("dev", "/app", "FULL", value, "a comment")
	full.ReminderNote, full.ReminderRepeatDays = &note, &days
	full.Metadata, full.TagIDs, full.SkipMultilineEncoding = map[string]string{"owner": "team-a"}, []string{tagA}, true
	env.Server.PutRecord(full)
	env.Server.CreateFolder(env.Owner.Project.ID, "dev", "/empty")
	return env
}

func TestListFindsAFolder(t *testing.T) {
	t.Parallel()
	env := newProjectToList(t)
	for _, c := range []struct {
		name     string
		provider attributes
		config   attributes
		want     []string
	}{
		{"the root", nil, attributes{"env_slug": "dev"}, []string{"dev:/:ROOT_A", "dev:/:ROOT_B"}},
		{"a folder", nil, attributes{"env_slug": "dev", "folder_path": "/app"}, []string{"dev:/app:FULL"}},
		{"a slash at the end", nil, attributes{"env_slug": "dev", "folder_path": "/app/"}, []string{"dev:/app:FULL"}},
		{"an empty folder", nil, attributes{"env_slug": "dev", "folder_path": "/empty"}, nil},
		{"the provider's defaults", attributes{"env_slug": "dev", "folder_path": "/app/db"}, nil, []string{"dev:/app/db:DEEP"}},
		{
			"all folders", nil,
			attributes{"env_slug": "dev", "recursive": true},
			[]string{"dev:/:ROOT_A", "dev:/:ROOT_B", "dev:/app:FULL", "dev:/app/db:DEEP"},
		},
		{"all below one", nil, attributes{"env_slug": "dev", "folder_path": "/app", "recursive": true}, []string{"dev:/app:FULL", "dev:/app/db:DEEP"}},
		{
			"this project", nil,
			attributes{"workspace_id": env.Owner.Project.ID, "env_slug": "staging", "recursive": false},
			[]string{"staging:/:ELSEWHERE"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := newProtocol(t, env, c.provider)
			got := p.list(c.config, tfprotov6.ListResourceRequest{})
			expectNoDiagnostics(t, got)
			expectNames(t, got, c.want...)
			for _, result := range got.found {
				parts := strings.SplitN(result.DisplayName, ":", 3)
				expectIdentity(t, p.identityOf(result.Identity), identityIn(env, parts[0], parts[1], parts[2]))
				if result.Resource != nil {
					t.Errorf("%s comes with the resource, which was not asked for", result.DisplayName)
				}
			}
		})
	}
}

// `terraform query -json` prints sensitive attributes in the clear.
func TestListLeavesValuesOut(t *testing.T) {
	t.Parallel()
	env := newProjectToList(t)
	env.Put("dev", "/app", "BYTES", env.Secret("no text: \xff\xfe"), "")
	p := newProtocol(t, env, nil)
	got := p.list(attributes{"env_slug": "dev", "folder_path": "/app"}, tfprotov6.ListResourceRequest{IncludeResource: true})
	expectNoDiagnostics(t, got)
	expectNames(t, got, "dev:/app:BYTES", "dev:/app:FULL")
	for _, result := range got.found {
		state := p.plain(p.secret, result.Resource)
		for _, attribute := range []string{"value", "value_base64", "value_wo", "value_wo_version", "on_existing"} {
			if _, ok := state[attribute]; ok {
				t.Errorf("%s has %s", result.DisplayName, attribute)
			}
		}
		for _, attribute := range []string{"id", "value_fingerprint", "version"} {
			if state[attribute] == "" {
				t.Errorf("%s has no %s", result.DisplayName, attribute)
			}
		}
	}
	full := p.unpack(p.secret, got.found[1].Resource)
	types := p.secret.(tftypes.Object).AttributeTypes
	for attribute, want := range map[string]any{
		"workspace_id": env.Owner.Project.ID, "env_slug": "dev", "folder_path": "/app", "name": "FULL", "type": "shared",
		"comment": "a comment", "skip_multiline_encoding": true, "version": 1,
		"tag_ids":  []tftypes.Value{tftypes.NewValue(tftypes.String, tagA)},
		"metadata": map[string]tftypes.Value{"owner": tftypes.NewValue(tftypes.String, "team-a")},
		"secret_reminder": map[string]tftypes.Value{
			"note": tftypes.NewValue(tftypes.String, "Rotate it"), "repeat_days": tftypes.NewValue(tftypes.Number, 30),
		},
	} {
		if value := tftypes.NewValue(types[attribute], want); !full[attribute].Equal(value) {
			t.Errorf("%s is %s, not %s", attribute, full[attribute], value)
		}
	}
	bytes := p.plain(p.secret, got.found[0].Resource)
	for _, attribute := range []string{"comment", "tag_ids", "metadata", "secret_reminder", "skip_multiline_encoding"} {
		if value, ok := bytes[attribute]; ok {
			t.Errorf("what has no %s is found with %s", attribute, value)
		}
	}
}

func TestListStopsAtTheLimit(t *testing.T) {
	t.Parallel()
	env := newProjectToList(t)
	all := []string{"dev:/:ROOT_A", "dev:/:ROOT_B", "dev:/app:FULL", "dev:/app/db:DEEP"}
	for limit := 1; limit <= len(all)+1; limit++ {
		got := newProtocol(t, env, nil).list(attributes{"env_slug": "dev", "recursive": true}, tfprotov6.ListResourceRequest{Limit: int64(limit)})
		expectNoDiagnostics(t, got)
		expectNames(t, got, all[:min(limit, len(all))]...)
	}
}

// A caller that has enough stops listening.
func TestListEndsWithItsCaller(t *testing.T) {
	t.Parallel()
	env := newProjectToList(t)
	p := newProtocol(t, env, nil)
	stream, err := p.server.(tfprotov6.ListResourceServer).ListResource(t.Context(), &tfprotov6.ListResourceRequest{
		TypeName: secretType, Config: p.object(p.schemas.ListResourceSchemas[secretType].ValueType(), attributes{"env_slug": "dev"}),
	})
	if err != nil {
		t.Fatal(err)
	}
	for result := range stream.Results {
		if result.DisplayName != "dev:/:ROOT_A" {
			t.Errorf("the first is %q", result.DisplayName)
		}
		break
	}
}

func TestListErrorsAreResults(t *testing.T) {
	t.Parallel()
	env := newProjectToList(t)
	for _, c := range []struct {
		name             string
		provider, config attributes
		want             []string
	}{
		{"an unknown environment", nil, attributes{"env_slug": "qa"}, []string{"Cannot List Secrets", `has no environment "qa"`, "dev, staging, prod"}},
		{"an unknown environment, all folders", nil, attributes{"env_slug": "qa", "recursive": true}, []string{"Cannot List Secrets", `has no environment "qa"`}},
		{"a missing folder", nil, attributes{"env_slug": "dev", "folder_path": "/app/nope/below"}, []string{"Cannot List Secrets", "There is no folder /app/nope"}},
		{
			"a missing folder, all below", nil,
			attributes{"env_slug": "dev", "folder_path": "/app/nope/below", "recursive": true},
			[]string{"Cannot List Secrets", "There is no folder /app/nope"},
		},
		{"no environment", nil, nil, []string{"Cannot List Secrets", "No env_slug is set"}},
		{"another project", nil, attributes{"workspace_id": "5f1efa06-83ef-4dd8-850d-24bdfbd77c03", "env_slug": "dev"}, []string{"belongs to another project"}},
		{
			"a provider that is not known yet",
			attributes{"host": tftypes.UnknownValue},
			attributes{"env_slug": "dev"},
			[]string{"Provider Configuration Unknown", "Listing secrets needs the server now", "provider's host"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got := newProtocol(t, env, c.provider).list(c.config, tfprotov6.ListResourceRequest{IncludeResource: true})
			expectNames(t, got)
			text := errorsIn(got.diagnostics)
			for _, want := range c.want {
				if !says(want).MatchString(text) {
					t.Errorf("the error does not say %q: %s", want, text)
				}
			}
			if len(got.diagnostics) != 1 {
				t.Errorf("there are %d diagnostics", len(got.diagnostics))
			}
		})
	}
}

func TestListIsValidated(t *testing.T) {
	t.Parallel()
	p := newProtocol(t, acctest.New(t), nil)
	for attribute, bad := range map[string]string{"workspace_id": "", "env_slug": "", "folder_path": "app"} {
		validated, err := p.server.(tfprotov6.ListResourceServer).ValidateListResourceConfig(t.Context(), &tfprotov6.ValidateListResourceConfigRequest{
			TypeName: secretType, Config: p.object(p.schemas.ListResourceSchemas[secretType].ValueType(), attributes{attribute: bad}),
		})
		if err != nil {
			t.Fatal(err)
		}
		if errorsIn(validated.Diagnostics) == "" {
			t.Errorf("%s = %q is valid", attribute, bad)
		}
	}
}

func TestListGoesOnPastWhatFails(t *testing.T) {
	t.Parallel()
	env := newProjectToList(t)
	everything := attributes{"env_slug": "dev", "recursive": true}
	env.Server.InjectFault(func(r devserver.Request) *devserver.Fault {
		if r.Route == "GET /api/v3/secrets" && strings.Contains(r.RawQuery, "app&") {
			return &devserver.Fault{Status: http.StatusInternalServerError, Body: `{"statusCode":500,"message":"Something went wrong","error":"Internal"}`}
		}
		return nil
	})
	for _, include := range []bool{false, true} {
		got := newProtocol(t, env, attributes{"max_retries": 0}).list(everything, tfprotov6.ListResourceRequest{IncludeResource: include})
		expectNames(t, got, "dev:/:ROOT_A", "dev:/:ROOT_B", "dev:/app/db:DEEP")
		if text := errorsIn(got.diagnostics); !says("Cannot List Secrets").MatchString(text) || !strings.Contains(text, "/app") {
			t.Errorf("the folder that failed is not named: %s", text)
		}
	}
}

func TestListNamesWhatItCannotOpen(t *testing.T) {
	t.Parallel()
	env := newProjectToList(t)
	damaged := env.Put("dev", "/app", "DAMAGED", "v", "")
	damaged.Value.Ciphertext = flipped(damaged.Value.Ciphertext)
	env.Server.PutRecord(damaged)
	for _, include := range []bool{false, true} {
		got := newProtocol(t, env, nil).list(attributes{"env_slug": "dev", "recursive": true}, tfprotov6.ListResourceRequest{IncludeResource: include})
		expectNames(t, got, "dev:/:ROOT_A", "dev:/:ROOT_B", "dev:/app:FULL", "dev:/app/db:DEEP")
		if len(got.diagnostics) != 1 || got.diagnostics[0].Severity != tfprotov6.DiagnosticSeverityWarning ||
			got.diagnostics[0].Summary != "Secrets Left Out" || !strings.Contains(got.diagnostics[0].Detail, `"DAMAGED"`) {
			t.Errorf("no warning names the secret that was left out: %v", got.diagnostics)
		}
	}
}

// What is said once in a run is said here too: nothing else may run in a query.
func TestListPassesOnWarnings(t *testing.T) {
	t.Parallel()
	env := newProjectToList(t)
	env.Server.InjectFault(func(r devserver.Request) *devserver.Fault {
		if r.Route == "GET /api/v1/workspace/:id" {
			return &devserver.Fault{Status: http.StatusNotFound, Body: `{"statusCode":404,"message":"Route GET:/x not found","error":"Not Found"}`}
		}
		return nil
	})
	got := newProtocol(t, env, nil).list(attributes{"env_slug": "dev"}, tfprotov6.ListResourceRequest{})
	expectNames(t, got, "dev:/:ROOT_A", "dev:/:ROOT_B")
	if len(got.diagnostics) != 1 || got.diagnostics[0].Summary != "Project Version Unknown" {
		t.Errorf("the warning is missing: %v", got.diagnostics)
	}
}

// TestQueryInTerraform is the same under a command line that knows of lists.
func TestQueryInTerraform(t *testing.T) {
	t.Parallel()
	env := newProjectToList(t)
	const address = "infisical_secret.all"
	identity := map[string]knownvalue.Check{}
	for attribute, value := range identityIn(env, "dev", "/app", "FULL") {
		identity[attribute] = knownvalue.StringExact(value)
	}
	query := func(environment string) string {
		return `
list "infisical_secret" "all" {
  provider         = infisical
  include_resource = true

  config {
    env_slug  = "` + environment + `"
    recursive = true
  }
}`
	}
	resource.UnitTest(t, resource.TestCase{
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_14_0)},
		ProtoV6ProviderFactories: env.Factories(),
		Steps: []resource.TestStep{
			{Config: env.Config(oneSecret)}, // the provider block of the queries
			{
				Query: true, Config: query("dev"),
				QueryResultChecks: []querycheck.QueryResultCheck{
					querycheck.ExpectLength(address, 5),
					querycheck.ExpectIdentity(address, identity),
					querycheck.ExpectResourceDisplayName(address, queryfilter.ByResourceIdentity(identity), knownvalue.StringExact("dev:/app:FULL")),
					querycheck.ExpectResourceKnownValues(address, queryfilter.ByResourceIdentity(identity), []querycheck.KnownValueCheck{
						{Path: tfjsonpath.New("comment"), KnownValue: knownvalue.StringExact("a comment")},
						{Path: tfjsonpath.New("value"), KnownValue: knownvalue.Null()},
						{Path: tfjsonpath.New("value_base64"), KnownValue: knownvalue.Null()},
					}),
				},
			},
			{Query: true, Config: query("qa"), ExpectError: says("Cannot List Secrets")},
		},
	})
}
