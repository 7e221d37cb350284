package provider_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
)

// documentation is every page that holds configuration.
func documentation(t *testing.T) []string {
	t.Helper()
	pages := append(filesIn(t, filepath.Join(repository, "docs"), ".md"), filesIn(t, filepath.Join(repository, "examples"), ".md")...)
	return append(pages, filepath.Join(repository, "README.md"))
}

// fragment is the line before a block that cannot be validated here, and says
// why. Registries do not show it.
var fragment = regexp.MustCompile(`^<!-- fragment: (.+) -->$`)

// TestDocumentationIsValid has Terraform validate every block of HCL in the
// documentation. Each stands for a configuration of its own; all that is added
// is where the provider comes from, if it does not say so itself. Blocks that
// are an example are left to TestExamples. What is marked as a fragment is
// left to TestHCL.
func TestDocumentationIsValid(t *testing.T) {
	t.Parallel()
	examples := map[string]bool{}
	for _, ending := range []string{".tf", ".tfquery.hcl"} {
		for _, file := range filesIn(t, filepath.Join(repository, "examples"), ending) {
			examples[strings.TrimSpace(readFile(t, file))] = true
		}
	}
	initialised := acctest.NewTerraform(t, nil)
	initialised.Write("")
	initialised.Run("init", "-no-color")
	lock := initialised.File(".terraform.lock.hcl")

	validated := 0
	for _, page := range documentation(t) {
		text := readFile(t, page)
		lines := strings.Split(text, "\n")
		for line, block := range hclBlocks(text) {
			marked := line >= 3 && fragment.MatchString(lines[line-3])
			if marked || examples[strings.TrimSpace(block)] {
				continue
			}
			validated++
			t.Run(flatName(page)+"/line-"+strconv.Itoa(line), func(t *testing.T) {
				t.Parallel()
				tf := &acctest.Terraform{T: t, Dir: t.TempDir()}
				block = localModules(t, block)
				if !strings.Contains(block, "required_providers") {
					writeRaw(t, tf, "providers.tf", acctest.RequiredProviders)
				}
				writeRaw(t, tf, "main.tf", block)
				if strings.Contains(block, "module \"") || strings.Contains(block, "\"random_") {
					tf = initialisedAlone(t, tf)
				} else {
					writeRaw(t, tf, ".terraform.lock.hcl", lock)
					tf.Env = append(tf.Env, "TF_DATA_DIR="+filepath.Join(initialised.Dir, ".terraform"))
				}
				skipBelow(t, tf, page, block)
				if out, err := tf.Try("validate", "-no-color"); err != nil {
					t.Errorf("%s, line %d (mark it with <!-- fragment: why --> only if it needs what is not to be had here): %v\n%s", page, line, err, out)
				}
			})
		}
	}
	if validated == 0 {
		t.Fatal("nothing was validated: this test looks in the wrong place")
	}
}

const published = "github.com/infisical-e2ee/terraform-provider-infisical//"

// localModules takes the modules of this tree for those that are published.
func localModules(t *testing.T, block string) string {
	t.Helper()
	root, err := filepath.Abs(repository)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(block, published, filepath.ToSlash(root)+"/")
}

// initialisedAlone is a configuration with modules, or with random values.
func initialisedAlone(t *testing.T, tf *acctest.Terraform) *acctest.Terraform {
	t.Helper()
	own := acctest.NewTerraform(t, nil)
	own.InstallRandom()
	if err := os.CopyFS(own.Dir, os.DirFS(tf.Dir)); err != nil {
		t.Fatal(err)
	}
	own.Run("init", "-no-color")
	return own
}

var (
	fence          = regexp.MustCompile("(?m)(?:^<!-- (by hand|fragment): .+ -->\n)?^```(terraform|shell)\n((?s:.*?))^```$")
	gettingStarted = filepath.Join(repository, "docs", "guides", "getting-started.md")
)

// TestGettingStarted does what the page says, word for word, against a server
// of its own: it saves each configuration as main.tf in the folder that the
// commands have come to, and runs the commands. What the page does by hand (a
// clone, a server in another terminal) is marked.
func TestGettingStarted(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	for _, environment := range env.Owner.Project.Environments {
		env.Server.CreateFolder(env.Owner.Project.ID, environment.Slug, "/app")
	}
	env.Secret("correct horse")
	tf := acctest.NewTerraform(t, env)
	skipBelow(t, tf, gettingStarted, "x_wo =")

	script := "set -eu\n"
	for _, block := range fence.FindAllStringSubmatch(readFile(t, gettingStarted), -1) {
		switch {
		case block[1] == "by hand":
		case block[2] == "terraform":
			script += "cat >main.tf <<'END_OF_FILE'\n" + block[3] + "END_OF_FILE\n"
		default:
			script += block[3]
		}
	}
	if strings.Count(script, "\nterraform ") < 3 {
		t.Fatalf("the page runs too little for this test to look in the right place:\n%s", script)
	}

	home, scratch, bin := t.TempDir(), t.TempDir(), t.TempDir()
	for link, target := range map[string]string{
		filepath.Join(home, ".terraform.d"): filepath.Join(tf.Dir, "terraform.d"), // as make install leaves it
		filepath.Join(bin, "terraform"):     acctest.CLI(),
	} {
		if err := os.Symlink(target, link); err != nil {
			t.Fatal(err)
		}
	}
	command := exec.Command("bash", "-c", script)
	command.Dir = scratch
	command.Env = append(slices.Clone(tf.Env), "HOME="+home, "PATH="+bin+":"+os.Getenv("PATH"), "CHECKPOINT_DISABLE=1", "TF_INPUT=0", "TF_CLI_ARGS=-no-color")
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, promised := range []string{
		"\nnot in the state\n", "No changes.", "correct horse", "0 to add, 1 to change, 0 to destroy", "Destroy complete! Resources: 1 destroyed.",
	} {
		if !strings.Contains(string(out), promised) {
			t.Errorf("what the page promises was not printed: %q\n%s", promised, out)
		}
	}
	if writes := env.Writes(); writes["POST"] != 1 || writes["PATCH"] != 2 || writes["DELETE"] != 1 {
		t.Errorf("one create, one change by others, one repair and one delete were to be seen on the server, not %v", writes)
	}
}
