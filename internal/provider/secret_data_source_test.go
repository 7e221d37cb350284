package provider_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
)

// TestReadSecret reads one secret in every way.
func TestReadSecret(t *testing.T) {
	t.Parallel()
	env, narrow := newProjectToRead(t)
	id := func(environment, path, name string) string { return env.Read(environment, path)[name].ID }
	const one, dev = "infisical_secret", "  env_slug = \"dev\"\n  folder_path = \"/app\"\n"
	readAll(t, env, narrow, []read{
		{label: "stored", kind: one, arguments: dev + "name = \"URL\"", gives: map[string]knownvalue.Check{
			"value": text("pg://${USER}:${PASSWORD}@${prod.shared.HOST}"), "value_base64": text("cGc6Ly8ke1VTRVJ9OiR7UEFTU1dPUkR9QCR7cHJvZC5zaGFyZWQuSE9TVH0="),
			"comment": text("canary comment!"), "id": text(id("dev", "/app", "URL")), "version": knownvalue.Int64Exact(1), "secret_type": text("shared"),
			"tags": texts("app", "db"), "source_env_slug": text("dev"), "source_folder_path": text("/app"),
			"workspace_id": text(env.Owner.Project.ID), "folder_path": text("/app"), "name": text("URL"),
		}},
		{label: "no_comment", kind: one, arguments: "env_slug = \"dev\"\nfolder_path = \"/app/\"\nname = \"PASSWORD\"", gives: map[string]knownvalue.Check{
			"comment": text(""), "tags": texts(), "folder_path": text("/app/"), "value": text("canary $pass\"word"),
		}},
		{label: "bytes", kind: one, arguments: dev + "name = \"BYTES\"", gives: map[string]knownvalue.Check{"value": null, "value_base64": text("/wA=")}},
		{label: "references", kind: one, arguments: dev + "name = \"URL\"\nexpand_references = true", gives: map[string]knownvalue.Check{
			"value": text("pg://u:canary $pass\"word@h-5432"),
		}},
		{label: "imported", kind: one, arguments: dev + "name = \"HOST\"\ninclude_imports = true\nexpand_references = true", gives: map[string]knownvalue.Check{
			"value": text("h-5432"), "source_env_slug": text("prod"), "source_folder_path": text("/shared"), "env_slug": text("dev"), "folder_path": text("/app"),
			"id": text(id("prod", "/shared", "HOST")), "tags": null,
		}},
		{label: "own_first", kind: one, arguments: dev + "name = \"USER\"\ninclude_imports = true", gives: map[string]knownvalue.Check{
			"value": text("u"), "source_env_slug": text("dev"),
		}},
		{label: "not_asked_for", kind: one, arguments: dev + "name = \"HOST\"", refused: `Secret "HOST" (environment "dev", folder /app). It does not exist on the server.`},
		{label: "no_folder", kind: one, arguments: "env_slug = \"dev\"\nfolder_path = \"/app/x/y\"\nname = \"URL\"", refused: `There is no folder /app/x in environment "dev".`},
		{label: "no_environment", kind: one, arguments: "env_slug = \"Dev\"\nname = \"URL\"", refused: `has no environment "Dev"`},

		{label: "narrow", kind: one, narrow: true, arguments: "name = \"HOST\"\ninclude_imports = true\nexpand_references = true", gives: map[string]knownvalue.Check{
			"value": text("h-5432"), "env_slug": text("dev"), "folder_path": text("/app"), "source_env_slug": text("prod"),
		}},
		{
			label: "narrow_reference", kind: one, narrow: true, arguments: "name = \"URL\"\nexpand_references = true",
			refused: `Its value holds ${prod.shared.HOST}, and the folder /shared of environment "prod" is outside of the scopes of the service token "narrow". It may read in dev:/app.`,
		},
		{label: "narrow_elsewhere", kind: one, narrow: true, arguments: "env_slug = \"prod\"\nname = \"X\"", refused: `may not do that in the folder /app of environment "prod"`},
	})
}

func TestBadReadsAreRefusedByValidate(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	readAll(t, env, "", []read{
		{label: "name", kind: "infisical_secret", arguments: "name = \"a/b\"", refused: "Invalid Secret Name"},
		{label: "mode", kind: "infisical_secret", arguments: "name = \"A\"\non_missing_reference = \"drop\"", refused: "on_missing_reference value must be one of"},
		{label: "not_expanded", kind: "infisical_secret", arguments: "name = \"A\"\non_missing_reference = \"keep\"", refused: "without expand_references = true no reference is looked at"},
		{label: "bound_mode", kind: "infisical_secret", arguments: "name = \"A\"\nexpand_references = true\nreferences_within = \"project\"", refused: "references_within value must be one of"},
		{label: "bound_of_nothing", kind: "infisical_secret", arguments: "name = \"A\"\nreferences_within = \"folder\"", refused: "says how far references may lead, and without expand_references = true"},
		{label: "turned_off", kind: "infisical_secrets", arguments: "expand_references = false\non_missing_reference = \"error\"", refused: "without expand_references = true no reference is looked at"},
		{label: "path", kind: "infisical_secrets", arguments: "folder_path = \"app\"", refused: "Invalid Folder Path"},
		{label: "regex", kind: "infisical_secrets", arguments: "name_regex = \"(a\"", refused: "name_regex is no regular expression (RE2): error parsing regexp: missing closing )"},
		{label: "look_around", kind: "infisical_secrets", arguments: "name_regex = \"^(?!X)\"", refused: "RE2 has no look-around"},
		{label: "prefix", kind: "infisical_secrets", arguments: "name_prefix = \"\"", refused: "name_prefix is empty"},
		{label: "tags", kind: "infisical_secrets", arguments: "tag_slugs = []", refused: "tag_slugs set must contain at least 1 elements"},
		{label: "tag", kind: "infisical_secrets", arguments: "tag_slugs = [\"\"]", refused: "is empty"},
	})
	if requests := env.Server.Requests(); len(requests) > 0 {
		t.Errorf("%d requests", len(requests))
	}
}

func TestMissingReferences(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	env.Put("dev", "/", "A", env.Secret("canary <")+"${NONE}>", "")
	env.Put("dev", "/", "RING", "${GNIR}", "")
	env.Put("dev", "/", "GNIR", "${RING}", "")
	const one, all, dev, a = "infisical_secret", "infisical_secrets", "env_slug = \"dev\"\n", "env_slug = \"dev\"\nname = \"A\"\nexpand_references = true\n"
	const missing = `Secret "A" (environment "dev", folder /). Its value holds ${NONE}, and there is no secret of that name in the folder / of environment "dev".`
	gives := func(value string) map[string]knownvalue.Check {
		return map[string]knownvalue.Check{"value": text(value)}
	}
	readAll(t, env, "", []read{
		{label: "by_default", kind: one, arguments: a, refused: missing},
		{label: "error", kind: one, arguments: a + "on_missing_reference = \"error\"", refused: missing},
		{label: "keep", kind: one, arguments: a + "on_missing_reference = \"keep\"", gives: gives("canary <${NONE}>")},
		{label: "empty", kind: one, arguments: a + "on_missing_reference = \"empty\"", gives: gives("canary <>")},
		{label: "not_expanded", kind: one, arguments: dev + "name = \"RING\"\nexpand_references = false", gives: gives("${GNIR}")},
		{
			label: "ring", kind: one, arguments: dev + "name = \"RING\"\nexpand_references = true\non_missing_reference = \"empty\"",
			refused: "Its value refers to itself: dev:/:GNIR → dev:/:RING → dev:/:GNIR.",
		},
		{label: "all_at_once", kind: all, arguments: dev + "expand_references = true", refused: "2 references cannot be replaced:"},
		{label: "filtered_out", kind: all, arguments: dev + "expand_references = true\nname_prefix = \"X\"", gives: map[string]knownvalue.Check{"names": texts()}},
	})
}

// TestReadFingerprintIsTheResources: what consumes a secret sees the same one
// change, however it reads it, and whatever references grow into.
func TestReadFingerprintIsTheResources(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	env.Put("prod", "/", "HOST", "h", "")
	env.Server.CreateFolder(env.Owner.Project.ID, "staging", "/importer")
	addImport(env, "staging:/importer", "dev:/")
	run(t, env, resource.TestStep{
		Config: env.Config(`
resource "infisical_secret" "this" {
  env_slug = "dev"
  name     = "NAME"
  value    = "$${prod.HOST}"
}
data "infisical_secret" "this" {
  env_slug          = "dev"
  name              = infisical_secret.this.name
  expand_references = true
}
data "infisical_secrets" "imported" {
  env_slug        = "staging"
  folder_path     = "/importer"
  include_imports = true
  name_prefix     = infisical_secret.this.name
}
`),
		Check: resource.ComposeAggregateTestCheckFunc(
			resource.TestCheckResourceAttrPair("infisical_secret.this", "value_fingerprint", "data.infisical_secret.this", "value_fingerprint"),
			resource.TestCheckResourceAttrPair("infisical_secret.this", "value_fingerprint", "data.infisical_secrets.imported", "secrets.NAME.value_fingerprint"),
			resource.TestCheckResourceAttrPair("infisical_secret.this", "id", "data.infisical_secrets.imported", "secrets.NAME.id"),
			resource.TestCheckResourceAttr("data.infisical_secret.this", "value", "h"),
			resource.TestCheckResourceAttr("data.infisical_secrets.imported", "values.NAME", "${prod.HOST}"),
		),
	})
}

// TestReadsHideValues: a plan and an apply show names, and no value in any
// form; the ephemeral ones leave nothing in state or plan either.
func TestReadsHideValues(t *testing.T) {
	t.Parallel()
	env, _ := newProjectToRead(t)
	s := newScene(t, env, `
data "infisical_secret" "one" {
  env_slug          = "dev"
  folder_path       = "/app"
  name              = "URL"
  expand_references = true
}
data "infisical_secrets" "all" {
  env_slug          = "dev"
  folder_path       = "/app"
  include_imports   = true
  expand_references = true
}
output "names" { value = data.infisical_secrets.all.names }
output "one" {
  value     = data.infisical_secret.one.value
  sensitive = true
}
output "all" {
  value     = [data.infisical_secrets.all.values, data.infisical_secrets.all.dotenv, data.infisical_secrets.all.json, data.infisical_secrets.all.secrets]
  sensitive = true
}
resource "infisical_secret" "copy" {
  for_each = data.infisical_secrets.all.names
  env_slug = "staging"
  name     = each.key
  value    = lookup(data.infisical_secrets.all.values, each.key, data.infisical_secret.one.value)
  comment  = data.infisical_secret.one.comment
}
`)
	printed := s.Run("plan", "-no-color", "-out=saved") + s.Run("show", "-no-color", "saved") + s.Apply() + s.Run("output", "-no-color") + s.Run("show", "-no-color")
	if strings.Contains(printed, "pass\\\"word") || strings.Contains(printed, "u:canary") || acctest.Search(strings.ReplaceAll(printed, "canary comment!", ""), env.Canaries()) > 0 {
		t.Error("a value was printed")
	}
	for _, name := range []string{"PASSWORD", "HOST", "(sensitive value)"} {
		if !strings.Contains(printed, name) {
			t.Errorf("%s is not shown: the search would prove nothing", name)
		}
	}
	s.PlanIsEmpty()
	if out := s.Run("output", "-raw", "one"); out != "pg://u:canary $pass\"word@h-5432" {
		t.Error("a value that was asked for is not there")
	}
	for _, attribute := range []string{"values", "dotenv", "json"} {
		s.Write("data \"infisical_secrets\" \"all\" {\n env_slug = \"dev\"\n folder_path = \"/app\"\n}\noutput \"shown\" { value = data.infisical_secrets.all." + attribute + " }")
		if out, err := s.Try("plan", "-no-color"); err == nil || !says("Output refers to sensitive values").MatchString(out) {
			t.Errorf("%s is put out without a mark:\n%s", attribute, out)
		}
	}
}

// TestReadsShareOneList: a data source, an ephemeral and a resource of one
// folder, in one plan, each more than once.
func TestReadsShareOneList(t *testing.T) {
	t.Parallel()
	env, _ := newProjectToRead(t)
	const location = "  env_slug = \"dev\"\n  folder_path = \"/app\"\n"
	objects := func(reading string) string {
		var hcl strings.Builder
		for _, label := range []string{"a", "b", "c"} {
			for _, kind := range []string{"data", "ephemeral"} {
				hcl.WriteString(kind + " \"infisical_secret\" \"" + label + "\" {\n" + location + "  name = \"USER\"\n" + reading + "}\n")
				hcl.WriteString(kind + " \"infisical_secrets\" \"" + label + "\" {\n" + location + reading + "}\n")
			}
		}
		return hcl.String()
	}
	s := newScene(t, env, objects("")+"resource \"infisical_secret\" \"this\" {\n"+location+"  name = \"USER\"\n  value = \"u\"\n}\n")
	s.Apply()
	count := func(want map[string]int) {
		t.Helper()
		env.Server.ResetRequests()
		s.PlanIsEmpty()
		got := map[string]int{}
		for _, r := range env.Server.Requests() {
			got[r.Route]++
		}
		for route, n := range want {
			if got[route] != n {
				t.Errorf("%d of %s, want %d", got[route], route, n)
			}
			delete(got, route)
		}
		if len(got) > 0 {
			t.Errorf("and %v", got)
		}
	}
	count(map[string]int{tokenRoute: 1, workspaceRoute: 1, listRoute: 1})

	// The list with imports serves all that only read.
	s.Run("state", "rm", "infisical_secret.this")
	s.Write(objects("  include_imports = true\n"))
	s.Apply()
	count(map[string]int{tokenRoute: 1, workspaceRoute: 1, listRoute: 1})

	// One list for each folder that a reference names.
	s.Write(objects("  expand_references = true\n"))
	s.Apply()
	count(map[string]int{tokenRoute: 1, workspaceRoute: 1, listRoute: 2})

	// A list and a request for what is below, for each of the two folders.
	s.Write(strings.ReplaceAll(objects(""), "\"infisical_secrets\" \"a\" {", "\"infisical_secrets\" \"a\" {\n  recursive = true"))
	s.Apply()
	count(map[string]int{tokenRoute: 1, workspaceRoute: 1, listRoute: 2, "GET /api/v1/folders": 2})
}
