package provider_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
)

// TestReadSecrets reads a folder in every way.
func TestReadSecrets(t *testing.T) {
	t.Parallel()
	env, narrow := newProjectToRead(t)
	url := env.Read("dev", "/app")["URL"]
	values := func(pairs ...string) knownvalue.Check {
		want := map[string]knownvalue.Check{}
		for i := 0; i < len(pairs); i += 2 {
			want[pairs[i]] = text(pairs[i+1])
		}
		return knownvalue.MapExact(want)
	}
	const all, dev = "infisical_secrets", "  env_slug = \"dev\"\n  folder_path = \"/app\"\n"
	const password = "canary $pass\"word"
	const stored = "pg://${USER}:${PASSWORD}@${prod.shared.HOST}"
	readAll(t, env, narrow, []read{
		{label: "stored", kind: all, arguments: dev, gives: map[string]knownvalue.Check{
			"names": texts("BYTES", "PASSWORD", "URL", "USER"), "values": values("PASSWORD", password, "URL", stored, "USER", "u"),
			"dotenv": null, "json": text(`{"PASSWORD":"canary $pass\"word","URL":"` + stored + `","USER":"u"}`),
			"secrets|URL|value": text(stored), "secrets|URL|comment": text("canary comment!"), "secrets|URL|secret_type": text("shared"),
			"secrets|URL|id": text(url.ID), "secrets|URL|version": knownvalue.Int64Exact(1), "secrets|URL|tags": texts("app", "db"),
			"secrets|URL|source_env_slug": text("dev"), "secrets|URL|source_folder_path": text("/app"),
			"secrets|BYTES|value": null, "secrets|BYTES|value_base64": text("/wA="), "secrets|BYTES|comment": text(""), "secrets|BYTES|tags": texts(),
		}},
		{label: "imports", kind: all, arguments: dev + "include_imports = true", gives: map[string]knownvalue.Check{
			"names": texts("BYTES", "HOST", "PASSWORD", "PORT", "URL", "USER"), "secrets|USER|value": text("u"), "secrets|USER|source_env_slug": text("dev"),
			"secrets|HOST|value": text("h-${PORT}"), "secrets|HOST|source_env_slug": text("prod"), "secrets|HOST|source_folder_path": text("/shared"), "secrets|HOST|tags": null,
		}},
		{label: "references", kind: all, arguments: dev + "include_imports = true\nexpand_references = true\nname_regex = \"^(URL|HOST|PORT)$\"", gives: map[string]knownvalue.Check{
			"values": values("URL", "pg://u:"+password+"@h-5432", "HOST", "h-5432", "PORT", "5432"),
			"dotenv": text("HOST=h-5432\nPORT=5432\nURL='pg://u:canary $pass\"word@h-5432'\n"),
			"json":   text(`{"HOST":"h-5432","PORT":"5432","URL":"pg://u:canary $pass\"word@h-5432"}`),
		}},
		{label: "prefix", kind: all, arguments: dev + "name_prefix = \"U\"", gives: map[string]knownvalue.Check{"names": texts("URL", "USER")}},
		{label: "regex", kind: all, arguments: dev + "name_regex = \"(?i)s{1,2}\"", gives: map[string]knownvalue.Check{"names": texts("PASSWORD", "USER", "BYTES")}},
		{label: "prefix_and_regex", kind: all, arguments: dev + "name_prefix = \"U\"\nname_regex = \"S\"", gives: map[string]knownvalue.Check{"names": texts("USER")}},
		{label: "one_tag", kind: all, arguments: dev + "tag_slugs = [\"db\"]", gives: map[string]knownvalue.Check{"names": texts("URL")}},
		{label: "any_tag", kind: all, arguments: dev + "tag_slugs = [\"db\", \"app\", \"none\"]\ninclude_imports = true", gives: map[string]knownvalue.Check{"names": texts("URL", "USER")}},
		{label: "none", kind: all, arguments: dev + "name_prefix = \"NONE\"", gives: map[string]knownvalue.Check{
			"names": texts(), "values": values(), "secrets": knownvalue.MapExact(map[string]knownvalue.Check{}), "dotenv": text(""), "json": text("{}"),
		}},
		{label: "recursive", kind: all, arguments: dev + "recursive = true\nname_prefix = \"U\"", gives: map[string]knownvalue.Check{
			"names": texts("URL", "USER", "db/USER"), "values": values("URL", stored, "USER", "u", "db/USER", "below"),
			"secrets|db/USER|source_folder_path": text("/app/db"), "secrets|USER|source_folder_path": text("/app"),
			"dotenv": null, "json": text(`{"URL":"` + stored + `","USER":"u","db/USER":"below"}`),
		}},
		{label: "recursive_dotenv", kind: all, arguments: "env_slug = \"dev\"\nrecursive = true\ntag_slugs = [\"app\"]\nname_prefix = \"US\"", gives: map[string]knownvalue.Check{
			"names": texts("app/USER"), "dotenv": text("USER=u\n"),
		}},
		{label: "no_folder", kind: all, arguments: "env_slug = \"dev\"\nfolder_path = \"/app/x/y\"", refused: `There is no folder /app/x in environment "dev".`},
		{label: "no_folder_below", kind: all, arguments: "env_slug = \"dev\"\nfolder_path = \"/app/x/y\"\nrecursive = true\ninclude_imports = true", refused: `There is no folder /app/x in environment "dev".`},
		{label: "no_environment", kind: all, arguments: "env_slug = \"Dev\"", refused: `has no environment "Dev"`},
		{label: "no_place", kind: all, refused: "No env_slug is set"},

		{label: "narrow", kind: all, narrow: true, arguments: "include_imports = true\nrecursive = true\nname_regex = \"^(USER|HOST)$\"\nexpand_references = true", gives: map[string]knownvalue.Check{
			"values": values("USER", "u", "HOST", "h-5432"), "env_slug": text("dev"), "folder_path": text("/app"),
		}},
		{label: "narrow_reference", kind: all, narrow: true, arguments: "expand_references = true", refused: `the folder /shared of environment "prod" is outside of the scopes`},
	})
}

// TestJSONIsExact: Terraform brings strings to one normal form, which the JSON
// must survive.
func TestJSONIsExact(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	want := map[string]string{
		"NFD": "cafe\u0301", "NFC": "caf\u00e9", "EMOJI": "🔑\u200d", "HTML": "<a href=\"x\">&amp;</a>", "LINES": "a\r\nb\tc\\n", "NUL": "\x00\x7f", "EMPTY": "",
		"name \"with\" <quotes>\u00e9": "v", "LINE SEPARATORS": "\u2028\u2029",
	}
	for name, value := range want {
		env.Put("dev", "/", name, value, "")
	}
	s := newScene(t, env, "data \"infisical_secrets\" \"all\" { env_slug = \"dev\" }\noutput \"json\" {\n value = data.infisical_secrets.all.json\n sensitive = true\n}")
	s.Apply()
	out := s.Run("output", "-raw", "json")
	got := map[string]string{}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	for name, value := range want {
		if got[name] != value {
			t.Errorf("%q is %q", name, got[name])
		}
	}
	if len(got) != len(want) || strings.Contains(out, `\u003c`) {
		t.Errorf("%s", out)
	}
}

// TestReadsWarnOfWhatIsLeftOut: rows that do not open, and folders that the
// token may not read.
func TestReadsWarnOfWhatIsLeftOut(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	env.Put("dev", "/app", "GOOD", "g", "")
	env.Put("dev", "/app", "NAMES_IT", "${BAD}", "")
	env.Put("dev", "/app/db", "BELOW", "b", "")
	bad := env.Put("dev", "/app", "BAD", "b", "")
	tag := "AAAAAAAAAAAAAAAAAAAAAA=="
	bad.Value.Tag = &tag
	env.Server.PutRecord(bad)
	s := newScene(t, env, "")
	withToken(s.Terraform, env.NewToken(seed.Token{Name: "narrow", Scopes: []devserver.Scope{{Environment: "dev", SecretPath: "/app"}}}))
	for _, kind := range []string{"data", "ephemeral"} {
		s.Write(kind + " \"infisical_secrets\" \"all\" {\n  recursive = true\n  expand_references = true\n}\n" +
			kind + " \"infisical_secrets\" \"good\" {\n  name_prefix = \"GOOD\"\n}\n")
		out := s.Run("plan", "-no-color")
		for _, want := range []string{
			"2 secrets cannot be opened and are missing from the result", `Secret "BAD" (environment "dev", folder /app). Its value is`,
			`Secret "NAMES_IT" (environment "dev", folder /app). Its value refers to the secret "BAD"`,
			`Folders of environment "dev" that the service token may not read are missing from the result: /app/db.`,
		} {
			if !says(want).MatchString(out) {
				t.Errorf("%s: the plan does not say %q:\n%s", kind, want, out)
			}
		}
		if strings.Contains(out, "with "+kind+".infisical_secrets.good") {
			t.Errorf("%s: a warning about what was filtered out:\n%s", kind, out)
		}
	}
	s.Write("data \"infisical_secrets\" \"all\" { expand_references = true }\noutput \"names\" { value = data.infisical_secrets.all.names }")
	if out := s.Run("apply", "-auto-approve", "-no-color"); !says("names = toset([ \"GOOD\", ])").MatchString(out) {
		t.Errorf("%s", out)
	}
	for _, kind := range []string{"data", "ephemeral"} {
		s.Write(kind + " \"infisical_secret\" \"bad\" {\n  name = \"NAMES_IT\"\n  expand_references = true\n}")
		refuses(t, env, s.Terraform, `refers to the secret "BAD" (environment "dev", folder /app), whose value cannot be read`, "plan")
	}
}

func TestReadsNameABrokenImport(t *testing.T) {
	t.Parallel()
	env, _ := newProjectToRead(t)
	addImport(env, "dev:/app", "prod:/gone")
	const says = `The server cannot list it with its imports, because the source of an import does not exist: the folder /app of environment "dev" imports the folder /gone of environment "prod".`
	const imports = "  env_slug = \"dev\"\n  folder_path = \"/app\"\n  include_imports = true\n"
	readAll(t, env, "", []read{
		{label: "one", kind: "infisical_secret", arguments: imports + "name = \"HOST\"", refused: says},
		{label: "all", kind: "infisical_secrets", arguments: imports, refused: says},
		{label: "without", kind: "infisical_secrets", arguments: "env_slug = \"dev\"\nfolder_path = \"/app\"\nname_prefix = \"US\"", gives: map[string]knownvalue.Check{"names": texts("USER")}},
	})
}

// TestForEachOverNamesOfImportsAndFolders: also where the names come from
// elsewhere, and the values stay sensitive.
func TestForEachOverNamesOfImportsAndFolders(t *testing.T) {
	t.Parallel()
	env, _ := newProjectToRead(t)
	s := newScene(t, env, `
data "infisical_secrets" "all" {
  env_slug          = "dev"
  folder_path       = "/app"
  recursive         = true
  include_imports   = true
  expand_references = true
  name_regex        = "^(USER|URL|HOST)$"
}
resource "infisical_secret" "copy" {
  for_each = data.infisical_secrets.all.names
  env_slug = "staging"
  name     = replace(each.key, "/", "_")
  value    = data.infisical_secrets.all.secrets[each.key].value
}
`)
	plan := s.Run("plan", "-no-color")
	for _, address := range []string{`copy["USER"]`, `copy["db/USER"]`, `copy["HOST"]`, `copy["URL"]`} {
		if !strings.Contains(plan, address) {
			t.Errorf("%s is not planned:\n%s", address, plan)
		}
	}
	if acctest.Search(plan, env.Canaries()) > 0 {
		t.Error("a value was printed")
	}
	s.Apply()
	got := env.Read("staging", "/")
	if len(got) != 4 || got["db_USER"].Value != "below" || got["URL"].Value != "pg://u:canary $pass\"word@h-5432" || got["HOST"].Value != "h-5432" {
		t.Errorf("%d copies, or another value", len(got))
	}
	s.PlanIsEmpty()
}

// TestEphemeralSecretsLeaveNoTrace feeds write-only values from a folder.
func TestEphemeralSecretsLeaveNoTrace(t *testing.T) {
	t.Parallel()
	env, _ := newProjectToRead(t)
	whole := env.Secret("pg://u:canary $pass\"word@h-5432")
	s := newInstalledScene(t, env, `
ephemeral "infisical_secrets" "app" {
  env_slug          = "dev"
  folder_path       = "/app"
  include_imports   = true
  expand_references = true
  name_regex        = "^(URL|PASSWORD)$"
}
resource "infisical_secret" "copy" {
  for_each = toset(["values", "secrets", "dotenv", "json"])
  env_slug = "prod"
  name     = "COPY_${each.key}"
  value_wo = {
    values  = ephemeral.infisical_secrets.app.values["URL"]
    secrets = ephemeral.infisical_secrets.app.secrets["URL"].value
    dotenv  = ephemeral.infisical_secrets.app.dotenv
    json    = ephemeral.infisical_secrets.app.json
  }[each.key]
}
`)
	printed := s.Run("plan", "-no-color", "-out=saved")
	printed += s.Run("apply", "-no-color", "saved")
	got := env.Read("prod", "/")
	if got["COPY_values"].Value != whole || got["COPY_secrets"].Value != whole || !strings.HasPrefix(got["COPY_dotenv"].Value, "PASSWORD=") || !strings.HasPrefix(got["COPY_json"].Value, `{"PASSWORD":`) {
		t.Error("the values were not copied")
	}
	state := s.File("terraform.tfstate")
	if acctest.Search(printed+state+privateState(t, state)+planFile(t, s.Dir+"/saved"), env.Canaries()) > 0 {
		t.Error("a value was kept or printed")
	}
	if !strings.Contains(state, "COPY_values") {
		t.Error("the state holds no copies: the search would prove nothing")
	}
	s.PlanIsEmpty()
}

func TestReadsNeedAKnownProviderConfiguration(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	tf := acctest.NewTerraform(t, nil)
	for kind, what := range map[string]string{
		"data \"infisical_secret\"": "Reading a secret", "data \"infisical_secrets\"": "Reading secrets", "data \"infisical_secrets_diff\"": "Comparing secrets",
		"ephemeral \"infisical_secret\"": "Opening a secret", "ephemeral \"infisical_secrets\"": "Opening secrets",
	} {
		arguments := map[string]string{"Reading a secret": "name = \"A\"", "Opening a secret": "name = \"A\"", "Comparing secrets": "left = {}\n right = {}"}[what]
		tf.Write("resource \"terraform_data\" \"made\" { input = \"" + env.Server.URL() + "\" }\nprovider \"infisical\" {\n  host = terraform_data.made.output\n  service_token = \"" +
			env.Token + "\"\n}\n" + kind + " \"this\" {\n" + arguments + "\n}\n")
		tf.Run("init", "-no-color")
		refuses(t, env, tf, what+" needs the server now, but the provider's host depends on a value that is known only after apply", "plan")
	}
}

// TestReadSecretsWithoutValues: names and fingerprints alone reach the state.
func TestReadSecretsWithoutValues(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	env.Put("dev", "/", "A", env.Secret("canary that stays out"), "")
	s := newScene(t, env, `
data "infisical_secrets" "all" {
  env_slug       = "dev"
  include_values = false
}

resource "terraform_data" "each" {
  for_each = data.infisical_secrets.all.names
  input    = data.infisical_secrets.all.secrets[each.key].value_fingerprint
}
`)
	s.Apply()
	if state := s.File("terraform.tfstate"); !strings.Contains(state, `"value_fingerprint": "`) || acctest.Search(state, env.Canaries()) > 0 {
		t.Error("the state holds a value, or no fingerprint")
	}
	s.PlanIsEmpty()
	env.Put("dev", "/", "A", env.Secret("another canary"), "")
	s.plans("1 to change") // the fingerprint tells
	s.Write("data \"infisical_secrets\" \"all\" {\n  env_slug = \"dev\"\n  include_values = false\n  expand_references = true\n}\n")
	if out, err := s.Try("plan", "-no-color"); err == nil || !strings.Contains(out, "References Without Values") {
		t.Errorf("expanding what is left out:\n%s", out)
	}
}
