package provider_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
)

// repository is its root, seen from this package.
const repository = "../.."

// TestExamples applies every configuration in examples/ as it is, in a folder
// and a project of its own.
func TestExamples(t *testing.T) {
	t.Parallel()
	for _, file := range filesIn(t, filepath.Join(repository, "examples"), ".tf") {
		if strings.Contains(filepath.ToSlash(file), "/examples/modules/") {
			continue // see TestModules
		}
		t.Run(flatName(file), func(t *testing.T) {
			t.Parallel()
			example := readFile(t, file)
			tf, env := newExample(t)
			if strings.Contains(example, `encryption_mode = "sealed"`) {
				tf, env = newSealedExample(t)
			}
			skipBelow(t, tf, file, example)
			writeRaw(t, tf, "example.tf", example)
			for _, variable := range inputVariables(example) {
				tf.Env = append(tf.Env, "TF_VAR_"+variable+"="+env.Secret("canary of "+variable))
			}
			tf.Run("init", "-no-color")
			if acctest.Search(tf.Apply(), env.Canaries()) > 0 {
				t.Error("apply printed a secret")
			}
			tf.PlanIsEmpty()
			tf.Run("destroy", "-auto-approve", "-no-color")
			if rest := tf.Run("state", "list"); rest != "" {
				t.Errorf("destroy left in the state:\n%s", rest)
			}
		})
	}
}

// importCommand is a line of an import.sh: type, name and id.
var importCommand = regexp.MustCompile(`(?m)^terraform import ([a-z0-9_]+)\.([a-z0-9_]+) (\S+)$`)

// TestExampleImportCommands runs the commands of every import.sh. An empty
// block is all that `terraform import` wants.
func TestExampleImportCommands(t *testing.T) {
	t.Parallel()
	for _, file := range filesIn(t, filepath.Join(repository, "examples"), "import.sh") {
		t.Run(flatName(file), func(t *testing.T) {
			t.Parallel()
			commands := importCommand.FindAllStringSubmatch(readFile(t, file), -1)
			if len(commands) == 0 {
				t.Fatal("there is no line of the form: terraform import TYPE.NAME ID")
			}
			for _, command := range commands {
				kind, label, id := command[1], command[2], strings.Trim(command[3], `'"`)
				tf, _ := newExample(t)
				tf.Write(fmt.Sprintf("resource %q %q {}\n", kind, label))
				tf.Run("init", "-no-color")
				tf.Run("import", "-no-color", kind+"."+label, id)
				if list := tf.Run("state", "list"); strings.TrimSpace(list) != kind+"."+label {
					t.Errorf("the state holds %q", list)
				}
			}
		})
	}
}

// TestHCL checks that every example, and every block of HCL in the
// documentation, parses and is formatted.
func TestHCL(t *testing.T) {
	t.Parallel()
	tf := acctest.NewTerraform(t, nil)
	for _, ending := range []string{".tf", ".tftest.hcl"} {
		for _, file := range filesIn(t, filepath.Join(repository, "examples"), ending) {
			writeRaw(t, tf, flatName(file), readFile(t, file))
		}
	}
	pages := filesIn(t, filepath.Join(repository, "docs"), ".md")
	if _, err := os.Stat(filepath.Join(repository, "README.md")); err == nil {
		pages = append(pages, filepath.Join(repository, "README.md"))
	}
	blocks := 0
	for _, page := range pages {
		for line, block := range hclBlocks(readFile(t, page)) {
			blocks++
			writeRaw(t, tf, flatName(page)+"-line-"+strconv.Itoa(line)+".tf", block)
		}
	}
	if blocks == 0 {
		t.Fatal("the documentation holds no HCL: this test looks in the wrong place")
	}
	if out, err := tf.Try("fmt", "-check", "-diff", "-no-color"); err != nil {
		t.Errorf("HCL in the documentation does not parse or is not formatted (each file is named after where it is from):\n%s", out)
	}
}

// newExample is a project as the examples expect one: a folder `/app` in every
// environment, some secrets in that of dev, and an import of that of prod there.
// The file app.env is beside the example.
func newExample(t *testing.T) (*acctest.Terraform, *acctest.Env) {
	t.Helper()
	env := acctest.New(t)
	for _, environment := range env.Owner.Project.Environments {
		env.Server.CreateFolder(env.Owner.Project.ID, environment.Slug, "/app")
	}
	env.Put("dev", "/app", "API_KEY", env.Secret("canary of the API key"), "")
	env.Put("dev", "/app", "PARTNER_SERVICE_TOKEN", env.Token, "")
	env.Other().CreateImport("dev", "/app", "prod", "/app")
	tf := acctest.NewTerraform(t, env)
	writeRaw(t, tf, "app.env", "LOG_LEVEL="+env.Secret("canary-of-the-log-level")+"\nSMTP_PASSWORD='"+env.Secret("canary of the SMTP password")+"'\n")
	return tf, env
}

// newSealedExample is newExample of a project of version 3.
func newSealedExample(t *testing.T) (*acctest.Terraform, *acctest.Env) {
	t.Helper()
	s := acctest.NewSealed(t)
	for _, environment := range s.Owner.Project.Environments {
		s.Server.CreateFolder(s.Owner.Project.ID, environment.Slug, "/app")
	}
	tf := acctest.NewTerraform(t, s.Env)
	tf.Env = append(tf.Env, "INFISICAL_SEALING_KEYS="+s.Keys[0], "INFISICAL_PROJECT_ID="+s.Owner.Project.ID)
	return tf, s.Env
}

// inputVariables are the variables that an example wants to be given.
func inputVariables(example string) []string {
	var names []string
	for _, match := range regexp.MustCompile(`variable "(\w+)" \{([^}]*)\}`).FindAllStringSubmatch(example, -1) {
		if !strings.Contains(match[2], "default") {
			names = append(names, match[1])
		}
	}
	return names
}

// skipBelow skips an example that the command line at hand is too old for.
func skipBelow(t *testing.T, tf *acctest.Terraform, file, example string) {
	t.Helper()
	type floor struct{ terraform, tofu int } // minor versions
	var need floor
	for _, feature := range []struct {
		used  bool
		floor floor
	}{
		{strings.Contains(example, "provider::"), floor{8, 7}},
		{strings.Contains(example, "ephemeral \""), floor{10, 11}},
		{regexp.MustCompile(`\w_wo +=`).MatchString(example), floor{11, 11}},
		{filepath.Base(file) == "import-by-identity.tf", floor{12, 12}},
	} {
		if feature.used {
			need = floor{max(need.terraform, feature.floor.terraform), max(need.tofu, feature.floor.tofu)}
		}
	}
	if need == (floor{}) {
		return
	}
	var version struct {
		Terraform string `json:"terraform_version"`
	}
	if err := json.Unmarshal([]byte(tf.Run("version", "-json")), &version); err != nil {
		t.Fatal(err)
	}
	least := need.terraform
	if strings.Contains(tf.Run("version"), "OpenTofu") {
		least = need.tofu
	}
	parts := strings.Split(version.Terraform, ".")
	if minor, err := strconv.Atoi(parts[1]); parts[0] == "1" && err == nil && minor < least {
		t.Skipf("needs 1.%d, this is %s", least, version.Terraform)
	}
}

// filesIn lists the files under a folder whose name ends so.
func filesIn(t *testing.T, folder, ending string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && entry.Name() == ".terraform": // of somebody who tried the example there
			return filepath.SkipDir
		case !entry.IsDir() && strings.HasSuffix(path, ending):
			found = append(found, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		t.Fatalf("%s holds no file that ends in %s", folder, ending)
	}
	return found
}

// flatName says in one word which file of the repository it is.
func flatName(file string) string {
	relative, _ := filepath.Rel(repository, file)
	return strings.ReplaceAll(filepath.ToSlash(relative), "/", "_")
}

func readFile(t *testing.T, file string) string {
	t.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// writeRaw writes a file without what tf.Write puts before it.
func writeRaw(t *testing.T, tf *acctest.Terraform, file, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(tf.Dir, file), []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

var hclFence = regexp.MustCompile("(?m)^```(?:terraform|hcl|tf)\n((?s:.*?))^```$")

// hclBlocks are the blocks of HCL on a page by the line on which they begin.
func hclBlocks(page string) map[int]string {
	blocks := map[int]string{}
	page = strings.ReplaceAll(page, "\r\n", "\n")
	for _, at := range hclFence.FindAllStringSubmatchIndex(page, -1) {
		blocks[1+strings.Count(page[:at[2]], "\n")] = page[at[2]:at[3]]
	}
	return blocks
}
