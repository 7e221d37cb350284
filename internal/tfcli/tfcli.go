// Package tfcli finds a Terraform or OpenTofu command line to run, or fetches
// one, so that tests and the quickstart work on a machine that has none.
package tfcli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"strings"
)

// fetchedVersion is what is fetched where nothing is found; hcInstall is the
// tool that fetches and verifies it.
const (
	fetchedVersion = "1.11.4"
	hcInstall      = "github.com/hashicorp/hc-install/cmd/hc-install@v0.10.0"
)

// CLI is a command line that can run providers.
type CLI struct {
	Path   string
	IsTofu bool
}

// Name is what to call it in front of people.
func (c CLI) Name() string {
	if c.IsTofu {
		return "OpenTofu"
	}
	return "Terraform"
}

// RegistryHost is where this CLI looks for providers that name no host.
func (c CLI) RegistryHost() string {
	if c.IsTofu {
		return "registry.opentofu.org"
	}
	return "registry.terraform.io"
}

// Find looks at $TF_ACC_TERRAFORM_PATH, for terraform and tofu on PATH, and in
// cacheDir, and at last fetches Terraform into cacheDir, which needs the
// internet. What it does beyond looking it tells to progress.
func Find(ctx context.Context, cacheDir string, progress io.Writer) (CLI, error) {
	if path := os.Getenv("TF_ACC_TERRAFORM_PATH"); path != "" {
		if _, err := exec.LookPath(path); err != nil {
			return CLI{}, fmt.Errorf("TF_ACC_TERRAFORM_PATH, or TF= behind make, names no program: %w", err)
		}
		return CLI{path, strings.Contains(filepath.Base(path), "tofu")}, nil
	}
	for _, name := range []string{"terraform", "tofu"} {
		if path, err := exec.LookPath(name); err == nil {
			return CLI{path, name == "tofu"}, nil
		}
	}
	cached := filepath.Join(cacheDir, "terraform")
	if runtime.GOOS == "windows" {
		cached += ".exe"
	}
	if _, err := os.Stat(cached); err == nil {
		return CLI{Path: cached}, nil
	}
	return fetch(ctx, cached, progress)
}

// fetch installs into a folder of its own and renames, so that parallel runs
// never see half a file.
func fetch(ctx context.Context, cached string, progress io.Writer) (CLI, error) {
	fmt.Fprintf(progress, "There is neither terraform nor tofu on PATH: fetching Terraform %s.\n", fetchedVersion)
	if err := os.MkdirAll(filepath.Dir(cached), 0o755); err != nil {
		return CLI{}, err
	}
	dir, err := os.MkdirTemp(filepath.Dir(cached), "fetch-")
	if err != nil {
		return CLI{}, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	install := exec.CommandContext(ctx, "go", "run", hcInstall, "install", "-version", fetchedVersion, "-path", dir, "terraform")
	install.Stdout, install.Stderr = progress, progress
	if err := install.Run(); err != nil {
		return CLI{}, errors.New("there is neither terraform nor tofu on PATH, and none could be fetched: install one, or name one behind make, as in TF=/opt/bin/terraform (without make, in TF_ACC_TERRAFORM_PATH)")
	}
	if err := os.Rename(filepath.Join(dir, filepath.Base(cached)), cached); err != nil {
		return CLI{}, err
	}
	return CLI{Path: cached}, nil
}

// Environ is the process's environment without what would change how a CLI or
// the provider behaves: logs, CLI configuration, credentials.
func Environ() []string {
	var out []string
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "TF_") && !strings.HasPrefix(variable, "INFISICAL_") {
			out = append(out, variable)
		}
	}
	return append(out, "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1", "TF_INPUT=0")
}

// InstallProvider copies or links a provider binary to where `init` of a
// configuration in dir finds it without any registry and without any CLI
// configuration, for Terraform and OpenTofu alike.
func InstallProvider(binary, dir string) error {
	return InstallProviderAs(binary, dir, "infisical-e2ee/infisical", ProviderVersion)
}

// InstallProviderAs is InstallProvider for another provider: source is its
// `namespace/type`.
func InstallProviderAs(binary, dir, source, version string) error {
	platform := runtime.GOOS + "_" + runtime.GOARCH
	for _, host := range []string{"registry.terraform.io", "registry.opentofu.org"} {
		target := filepath.Join(dir, "terraform.d", "plugins", host, filepath.FromSlash(source), version, platform)
		if err := os.MkdirAll(target, 0o755); err != nil {
			return err
		}
		file := filepath.Join(target, "terraform-provider-"+path.Base(source)+"_v"+version)
		if runtime.GOOS == "windows" {
			file += ".exe"
		}
		if err := os.Link(binary, file); err != nil {
			if err := copyFile(binary, file); err != nil {
				return err
			}
		}
	}
	return nil
}

// ProviderVersion is what a build from source calls itself.
const ProviderVersion = "0.0.1"

func copyFile(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o755)
	if err != nil {
		return err
	}
	if _, err := io.Copy(out, in); err != nil {
		_ = out.Close()
		return err
	}
	return out.Close()
}
