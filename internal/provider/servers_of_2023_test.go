package provider_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
)

// valuesAlone is what servers of before October 2023 say to all other changes.
const valuesAlone = "Servers of before October 2023 change the value of an existing secret and nothing else: no name, comment, tags, reminder or metadata. Nothing was sent."

// TestServerOfJune2023: what it cannot do is refused in the plan.
func TestServerOfJune2023(t *testing.T) {
	t.Parallel()
	env := newEra(t, devserver.Era2023June)
	// The token's one place is the default.
	here := strings.Replace(simpleSecret, `env_slug = "dev"`, "", 1)
	with := func(change ...string) string { return env.Config(strings.NewReplacer(change...).Replace(here)) }
	refused := func(config, want string) resource.TestStep {
		return resource.TestStep{Config: config, PlanOnly: true, ExpectError: says(want)}
	}
	many := func(comment string) string {
		return env.Config(here + fmt.Sprintf("resource \"infisical_secrets\" \"this\" {\n env_slug = \"dev\"\n secrets = { A = { value = \"a\"%s } }\n}\n", comment))
	}
	const noFolders = "Servers of before October 2023 show and change folders in their web application alone"
	play(
		t,
		resource.TestStep{Config: many(""), Check: holds(env, "/", map[string]string{"N": "v", "A": "a"})},
		refused(many(`, comment = "c"`), valuesAlone),
		refused(with(`"N"`, `"M"`), valuesAlone),
		refused(with(`"v"`, "\"v\"\ncomment = \"c\""), valuesAlone),
		refused(with(`"v"`, "\"v\"\nmetadata = { a = \"b\" }"), valuesAlone),
		refused(many("")+strings.Replace(secretNamed("NEW", "value = \"v\"\nmetadata = { a = \"b\" }"), `"this"`, `"new"`, 1), "Servers of 2023 like this one keep no tags, reminder, metadata or skip_multiline_encoding of a new secret. Leave them out."),
		refused(env.Config("resource \"infisical_folder\" \"this\" {\n env_slug = \"dev\"\n name = \"app\"\n}\n"), noFolders),
		refused(env.Config("resource \"infisical_secret_import\" \"this\" {\n env_slug = \"dev\"\n import_env_slug = \"prod\"\n import_folder_path = \"/\"\n}\n"), noFolders),
		refused(env.Config("data \"infisical_folders\" \"this\" {\n env_slug = \"dev\"\n}\n"), noFolders),
		refused(env.Config("data \"infisical_secret_imports\" \"this\" {\n env_slug = \"dev\"\n}\n"), noFolders),
		refused(env.Config("data \"infisical_secrets\" \"this\" {\n env_slug = \"dev\"\n recursive = true\n}\n"), noFolders),
		refused(env.Config("data \"infisical_environments\" \"this\" {}\n"), "Servers of 2023 do not tell a service token which environments a project has."),
		resource.TestStep{Config: many(""), PlanOnly: true},
	)
	for _, r := range env.Server.Requests() {
		if strings.HasSuffix(r.Path, "/batch") || strings.Contains(r.Path, "/folders") || strings.Contains(r.Path, "/secret-imports") {
			t.Errorf("it was asked what it does not have: %s", r.Path)
		}
	}
}

// TestNameTakenInAnotherEnvironmentInJune2023: no list shows why.
func TestNameTakenInAnotherEnvironmentInJune2023(t *testing.T) {
	t.Parallel()
	env := newEra(t, devserver.Era2023June)
	env.Put("prod", "/", "N", "of production", "")
	play(t, resource.TestStep{Config: env.Config(simpleSecret), ExpectError: says("take a name in the root of an environment for taken if the root of another one has it")})
}

// TestServerOfNovember2023: it renames, changes comments and takes batches, and
// refuses in the plan what is not known of it.
func TestServerOfNovember2023(t *testing.T) {
	t.Parallel()
	env := newEra(t, devserver.Era2023November)
	many := func(values string) string {
		return env.Config("resource \"infisical_secrets\" \"this\" {\n env_slug = \"dev\"\n secrets = {" + values + "}\n}\n")
	}
	play(
		t,
		resource.TestStep{Config: env.Config(secretNamed("N", `value = "v"`))},
		resource.TestStep{Config: env.Config(secretNamed("M", "value = \"v\"\ncomment = \"said since\"")), Check: holds(env, "/", map[string]string{"M": "v"})},
		resource.TestStep{
			Config:   env.Config(secretNamed("M", "value = \"v\"\ncomment = \"said since\"\nsecret_reminder = { note = \"n\", repeat_days = 3 }")),
			PlanOnly: true, ExpectError: says("Servers of late 2023 change the name, value and comment of an existing secret and, as far as is known, nothing else"),
		},
	)
	env.Server.ResetRequests()
	play(
		t,
		resource.TestStep{Config: many(`A = { value = "a" }, B = { value = "b" }, C = { value = "c" }`), Check: holds(env, "/", map[string]string{"A": "a", "B": "b", "C": "c"})},
		resource.TestStep{Config: many(`A = { value = "a2" }, B = { value = "b2", comment = "said" }, D = { value = "d" }`), Check: holds(env, "/", map[string]string{"A": "a2", "B": "b2", "D": "d"})},
	)
	routes := env.Routes()
	if routes["POST /api/v3/secrets/batch"] != 1 || routes["PATCH /api/v3/secrets/batch"] != 1 || routes["DELETE /api/v3/secrets/batch"] != 1 {
		t.Errorf("requests: %v", routes)
	}
	for _, r := range env.Server.Requests() {
		if r.Status >= 400 && r.Route != "GET /api/v1/workspace/:id" {
			t.Errorf("%s: status %d", r.Route, r.Status)
		}
	}
}

// TestFoldersOfNovember2023: a folder's own folders are shown, and one that is
// not there is none.
func TestFoldersOfNovember2023(t *testing.T) {
	t.Parallel()
	env := newEra(t, devserver.Era2023November)
	for _, path := range []string{"/app/db", "/ro"} {
		env.Server.CreateFolder(env.Owner.Project.ID, "dev", path)
	}
	env.Put("dev", "/app/db", "DEEP", "d", "")
	read := func(kind, more string) string {
		return env.Config(fmt.Sprintf("data %q \"this\" {\n env_slug = \"dev\"\n %s\n}\n", kind, more))
	}
	shown := func(paths string) string {
		return fmt.Sprintf("output \"shown\" {\n value = join(\",\", data.infisical_folders.this.paths)\n}\n# %s", paths)
	}
	imported := func(path string) string {
		return env.Config(fmt.Sprintf("import {\n to = infisical_folder.this\n id = \"dev:%s\"\n}\nresource \"infisical_folder\" \"this\" {\n env_slug = \"dev\"\n name = \"ro\"\n parent_path = \"/app\"\n}\n", path))
	}
	play(
		t,
		resource.TestStep{Config: read("infisical_folders", `folder_path = "/app"`) + shown(""), Check: resource.TestCheckOutput("shown", "/app/db")},
		resource.TestStep{Config: read("infisical_folders", `recursive = true`) + shown(""), Check: resource.TestCheckOutput("shown", "/app,/app/db,/ro")},
		resource.TestStep{Config: read("infisical_secrets", `recursive = true`) + "output \"shown\" {\n value = join(\",\", data.infisical_secrets.this.names)\n}\n", Check: resource.TestCheckOutput("shown", "app/db/DEEP")},
		resource.TestStep{Config: read("infisical_folders", `folder_path = "/nope"`), ExpectError: says("There is no folder /nope")},
		resource.TestStep{Config: read("infisical_secrets", `folder_path = "/nope"`), ExpectError: says("There is no folder /nope")},
		resource.TestStep{Config: imported("/app/ro"), ExpectError: says("Folder /app/ro of environment \"dev\". It does not exist on the server.")},
	)
	for _, r := range env.Server.Requests() {
		if r.Route == "GET /api/v1/folders" && !strings.Contains(r.RawQuery, "directory=") {
			t.Errorf("a path under a name that it does not read: %s", r.RawQuery)
		}
	}
}

// TestLeftByADeleteOfNovember2023: one row of two goes, and a personal secret
// stays; both are said.
func TestLeftByADeleteOfNovember2023(t *testing.T) {
	t.Parallel()
	env := newEra(t, devserver.Era2023November)
	tf := acctest.NewInProcess(t, env)
	tf.Write(env.Config(simpleSecret))
	tf.Apply()
	again := true
	env.Server.InjectFault(func(r devserver.Request) *devserver.Fault {
		if r.Method == http.MethodDelete && again { // what a race had made meanwhile
			again = false
			record := env.Server.Records(env.Owner.Project.ID, "dev", "/")[0]
			record.ID = ""
			env.Server.PutRecord(record)
		}
		return nil
	})
	said := tf.Run("destroy", "-auto-approve", "-no-color")
	if !says("deletes one at a time: it still holds one with the id").MatchString(said) {
		t.Errorf("it does not say that there is another: %s", said)
	}
}

// TestRefusalsOf2023: answers without words get the advice that fits what can be
// known.
func TestRefusalsOf2023(t *testing.T) {
	t.Parallel()
	for _, era := range []devserver.Era{devserver.Era2023June, devserver.Era2023November} {
		t.Run(string(era), func(t *testing.T) {
			t.Parallel()
			env := newEra(t, era)
			unsalted := acctest.NewProject(t, devserver.Project{NoBlindIndex: true}, devserver.Options{Era: era, RateLimit: 1000})
			unknown := env.ConfigWithToken("st.64b000000000000000000000."+strings.Repeat("0", 32)+"."+strings.Repeat("0", 32), simpleSecret)
			play(
				t,
				resource.TestStep{Config: unsalted.Config(simpleSecret), ExpectError: says("The server refuses it without a reason, and takes the service token. Either that may not do it there, or the environment or the folder does not exist, or the project has no salt for its blind index.")},
				resource.TestStep{Config: unknown, ExpectError: says("The server does not accept the service token: it is wrong, was revoked, or has expired.")},
			)
		})
	}
}
