// Package acctest is the machinery of lifecycle tests: a development server
// for each test, real Terraform, and the check that no secret was seen on the
// wire. Only tests import it.
package acctest

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/tfcli"
)

// cli is the command line that tests run; providerBinary the provider built
// for them, once, when the first test needs it.
var (
	cli            tfcli.CLI
	providerBinary string
)

// era is whose server tests get that ask for none: that of the environment
// variable INFISICAL_ACCTEST_ERA, to run all of them once against another.
var era devserver.Era

// Main runs a package's tests with a CLI at hand. It takes away what the
// environment of the person who runs them would change.
func Main(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	fail := func(err error) int {
		fmt.Fprintln(os.Stderr, "These tests need Terraform or OpenTofu:", err)
		return 1
	}
	root, err := moduleRoot()
	if err != nil {
		return fail(err)
	}
	if cli, err = tfcli.Find(context.Background(), filepath.Join(root, ".cache"), os.Stderr); err != nil {
		return fail(err)
	}
	era, realServer = devserver.Era(os.Getenv("INFISICAL_ACCTEST_ERA")), readReal()
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if strings.HasPrefix(name, "TF_") || strings.HasPrefix(name, "INFISICAL_") {
			_ = os.Unsetenv(name)
		}
	}
	_ = os.Setenv("CHECKPOINT_DISABLE", "1")
	for _, logger := range []string{"TF_LOG_SDK", "TF_LOG_PROVIDER_INFISICAL"} { // of providers in this process
		_ = os.Setenv(logger, "off")
	}
	_ = os.Setenv("TF_ACC_TERRAFORM_PATH", cli.Path)
	if cli.IsTofu {
		_ = os.Setenv("TF_ACC_PROVIDER_HOST", cli.RegistryHost())
	}

	dir, err := os.MkdirTemp("", "provider-under-test-")
	if err != nil {
		return fail(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	providerBinary = filepath.Join(dir, "terraform-provider-infisical")
	return m.Run()
}

func moduleRoot() (string, error) {
	out, err := exec.Command("go", "env", "GOMOD").Output()
	if err != nil {
		return "", fmt.Errorf("go env GOMOD: %w", err)
	}
	return filepath.Dir(strings.TrimSpace(string(out))), nil
}
