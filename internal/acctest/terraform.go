package acctest

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/tfcli"
)

// Terraform runs the real command line on a configuration of its own, with the
// provider built and installed as a user would have it: its own process, its
// own log.
type Terraform struct {
	T   testing.TB
	Dir string
	Env []string // on top of a clean environment

	serve func() (tfprotov6.ProviderServer, error) // in this process
}

const module = "github.com/infisical-e2ee/terraform-provider-infisical"

// NeedsProcess skips a test under the race detector: its provider is a process
// of its own, in which nobody looks for races.
func NeedsProcess(t testing.TB) {
	t.Helper()
	if UnderRaceDetector {
		t.Skip("its provider is a process of its own, without the race detector")
	}
}

var (
	buildProvider = sync.OnceValue(func() error { return build(providerBinary, module) })
	buildRandom   = sync.OnceValue(func() error { return build(randomBinary(), module+"/internal/acctest/randomprovider") })
)

func randomBinary() string { return filepath.Join(filepath.Dir(providerBinary), "random") }

func build(binary, pkg string) error {
	build := exec.Command("go", "build", "-o", binary, pkg)
	var out bytes.Buffer
	build.Stdout, build.Stderr = &out, &out
	if err := build.Run(); err != nil {
		return &buildError{out.String(), err}
	}
	return nil
}

type buildError struct {
	output string
	cause  error
}

func (e *buildError) Error() string { return e.cause.Error() + "\n" + e.output }

// NewTerraform installs the provider for a new configuration directory. The
// server and token of env, if there is one, come from the environment.
//
// Under the race detector such tests are skipped, see [NeedsProcess].
func NewTerraform(t testing.TB, env *Env) *Terraform {
	t.Helper()
	NeedsProcess(t)
	if err := buildProvider(); err != nil {
		t.Fatal(err)
	}
	tf := &Terraform{T: t, Dir: t.TempDir()}
	if err := tfcli.InstallProvider(providerBinary, tf.Dir); err != nil {
		t.Fatal(err)
	}
	if env != nil {
		tf.Env = environ(env)
		env.unwitnessed = true
	}
	return tf
}

func environ(env *Env) []string {
	return []string{"INFISICAL_HOST=" + env.Server.URL(), "INFISICAL_SERVICE_TOKEN=" + env.Token}
}

// InstallRandom installs a stand-in for hashicorp/random beside the provider.
func (tf *Terraform) InstallRandom() {
	tf.T.Helper()
	err := buildRandom()
	if err == nil {
		err = tfcli.InstallProviderAs(randomBinary(), tf.Dir, "hashicorp/random", "3.7.2")
	}
	if err != nil {
		tf.T.Fatal(err)
	}
}

// RequiredProviders is the block that a configuration run by Terraform needs.
const RequiredProviders = `
terraform {
  required_providers {
    infisical = { source = "infisical-e2ee/infisical" }
  }
}
`

// Write writes the configuration's only file.
func (tf *Terraform) Write(hcl string) {
	tf.T.Helper()
	tf.WriteFile("main.tf", RequiredProviders+hcl)
}

// WriteFile writes a file of the configuration's directory.
func (tf *Terraform) WriteFile(name, text string) {
	tf.T.Helper()
	if err := os.WriteFile(filepath.Join(tf.Dir, name), []byte(text), 0o600); err != nil {
		tf.T.Fatal(err)
	}
}

// Try runs a command and returns everything it printed.
func (tf *Terraform) Try(args ...string) (string, error) {
	command := exec.Command(cli.Path, args...)
	command.Dir = tf.Dir
	command.Env = append(tfcli.Environ(), tf.Env...)
	if tf.serve != nil {
		tf.settings()
		variable, stop := tf.attach()
		defer stop()
		command.Env = append(command.Env, variable)
	}
	var out bytes.Buffer
	command.Stdout, command.Stderr = &out, &out
	err := command.Run()
	return out.String(), err
}

// Run runs a command that must succeed.
func (tf *Terraform) Run(args ...string) string {
	tf.T.Helper()
	out, err := tf.Try(args...)
	if err != nil {
		tf.T.Fatalf("%s %v: %v\n%s", cli.Name(), args, err, out)
	}
	return out
}

// Apply applies what is written.
func (tf *Terraform) Apply() string {
	tf.T.Helper()
	return tf.Run("apply", "-auto-approve", "-no-color")
}

// PlanIsEmpty fails the test unless there is nothing to do.
func (tf *Terraform) PlanIsEmpty() {
	tf.T.Helper()
	if out, err := tf.Try("plan", "-no-color", "-detailed-exitcode"); err != nil {
		tf.T.Fatalf("the plan is not empty: %v\n%s", err, out)
	}
}

// File reads a file of the configuration's directory; "" if there is none.
func (tf *Terraform) File(name string) string {
	raw, err := os.ReadFile(filepath.Join(tf.Dir, name))
	if err != nil && !os.IsNotExist(err) {
		tf.T.Fatal(err)
	}
	return string(raw)
}

// IsTofu tells whether that program is OpenTofu.
func IsTofu() bool { return cli.IsTofu }

// CLI is the program that tests run, for those that need the process.
func CLI() string { return cli.Path }
