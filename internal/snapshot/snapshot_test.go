// Package snapshot tests what `make snapshot` built, as a registry and a user
// would look at it: `make check-snapshot`. Without SNAPSHOT_DIST, the folder
// that holds it, there is nothing to test.
package snapshot_test

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/tfcli"
)

const name = "terraform-provider-infisical"

// platforms are what a whole release is for; a snapshot may be for this
// machine's alone.
var platforms = []string{
	"darwin_amd64", "darwin_arm64",
	"freebsd_386", "freebsd_amd64", "freebsd_arm", "freebsd_arm64",
	"linux_386", "linux_amd64", "linux_arm", "linux_arm64",
	"windows_386", "windows_amd64", "windows_arm64",
}

var thisPlatform = runtime.GOOS + "_" + runtime.GOARCH

// dist is a snapshot: the folder, the version, and the checksum of each file.
type dist struct {
	dir, version string
	sums         map[string]string
}

func open(t *testing.T) dist {
	t.Helper()
	dir := os.Getenv("SNAPSHOT_DIST")
	if dir == "" {
		t.Skip("make check-snapshot says where the snapshot is")
	}
	found, err := filepath.Glob(filepath.Join(dir, name+"_*_SHA256SUMS"))
	if err != nil || len(found) != 1 {
		t.Fatalf("there is no snapshot in %s: run make snapshot first", dir)
	}
	d := dist{dir: dir, sums: map[string]string{}}
	d.version = strings.TrimSuffix(strings.TrimPrefix(filepath.Base(found[0]), name+"_"), "_SHA256SUMS")
	for line := range strings.Lines(string(read(t, found[0]))) {
		sum, file, ok := strings.Cut(strings.TrimSpace(line), "  ")
		if !ok {
			t.Fatalf("a line of the checksums is %q", line)
		}
		d.sums[file] = sum
	}
	return d
}

func (d dist) file(suffix string) string { return name + "_" + d.version + "_" + suffix }

// TestRegistryTakesIt looks at the files as the Terraform registry does when a
// release is published.
func TestRegistryTakesIt(t *testing.T) {
	t.Parallel()
	d := open(t)

	var built []string
	ofProvider := 0
	for file, want := range d.sums {
		path := filepath.Join(d.dir, file)
		if strings.HasSuffix(file, "_manifest.json") {
			path = filepath.Join("..", "..", "terraform-registry-manifest.json") // uploaded from there
		}
		if sum := sha256.Sum256(read(t, path)); hex.EncodeToString(sum[:]) != want {
			t.Errorf("%s is not what its checksum says", file)
		}
		if rest, ok := strings.CutPrefix(file, d.file("")); ok {
			ofProvider++
			if platform, ok := strings.CutSuffix(rest, ".zip"); ok {
				built = append(built, platform)
			}
		}
	}
	slices.Sort(built)
	if !slices.Equal(built, platforms) && !slices.Equal(built, []string{thisPlatform}) {
		t.Errorf("the zips are for %q, want those for %q", built, platforms)
	}
	if ofProvider != 2*len(built)+1 {
		t.Errorf("%d files are in the checksums, want a zip and a bill of materials for each platform, and the manifest", ofProvider)
	}

	var manifest struct {
		Version  int
		Metadata struct {
			Protocols []string `json:"protocol_versions"`
		}
	}
	if d.sums[d.file("manifest.json")] == "" {
		t.Error("the checksums lack the manifest")
	}
	decode(t, read(t, filepath.Join("..", "..", "terraform-registry-manifest.json")), &manifest)
	if manifest.Version != 1 || !slices.Equal(manifest.Metadata.Protocols, []string{"6.0"}) {
		t.Errorf("the manifest says %+v", manifest)
	}

	for _, platform := range built {
		binary := name + "_v" + d.version
		if strings.HasPrefix(platform, "windows") {
			binary += ".exe"
		}
		archive, err := zip.OpenReader(filepath.Join(d.dir, d.file(platform+".zip")))
		if err != nil {
			t.Fatal(err)
		}
		var holds []string
		for _, f := range archive.File {
			holds = append(holds, f.Name)
			if f.Name == binary && f.Mode().Perm() != 0o755 {
				t.Errorf("%s: the binary has mode %v", platform, f.Mode())
			}
		}
		_ = archive.Close()
		slices.Sort(holds)
		if !slices.Equal(holds, []string{"LICENSE", binary}) {
			t.Errorf("%s: the zip holds %q", platform, holds)
		}

		var bom struct {
			Format     string `json:"bomFormat"`
			Components []struct {
				Name string `json:"name"`
			} `json:"components"`
		}
		decode(t, read(t, filepath.Join(d.dir, d.file(platform+".cdx.json"))), &bom)
		listed := map[string]bool{}
		for _, component := range bom.Components {
			listed[component.Name] = true
		}
		if bom.Format != "CycloneDX" || !listed["github.com/hashicorp/terraform-plugin-framework"] || !listed["std"] {
			t.Errorf("%s: the bill of materials lacks what the provider is built of", platform)
		}
	}
}

// TestSignature verifies the checksums with nothing but the public key, and
// that a changed byte is noticed.
func TestSignature(t *testing.T) {
	t.Parallel()
	d := open(t)
	home := filepath.Join(t.TempDir(), "gnupg")
	if err := os.Mkdir(home, 0o700); err != nil {
		t.Fatal(err)
	}
	gpg := func(args ...string) error {
		command := exec.Command("gpg", append([]string{"--batch", "--no-autostart", "--homedir", home}, args...)...)
		if out, err := command.CombinedOutput(); err != nil {
			return fmt.Errorf("%w: %s", err, out)
		}
		return nil
	}
	if err := gpg("--import", filepath.Join(d.dir, "snapshot-key.asc")); err != nil {
		t.Fatal(err)
	}
	sums := filepath.Join(d.dir, d.file("SHA256SUMS"))
	if err := gpg("--verify", sums+".sig", sums); err != nil {
		t.Error(err)
	}
	if bytes.HasPrefix(read(t, sums+".sig"), []byte("-----BEGIN")) {
		t.Error("the signature is armored: the registry takes binary ones")
	}
	altered := filepath.Join(t.TempDir(), "SHA256SUMS")
	if err := os.WriteFile(altered, append(read(t, sums), '\n'), 0o600); err != nil {
		t.Fatal(err)
	}
	if gpg("--verify", sums+".sig", altered) == nil {
		t.Error("the signature verifies other checksums too")
	}
}

// TestInstall installs the zip for this platform from a mirror, as it is, by
// plain `init`, and makes a secret with it.
func TestInstall(t *testing.T) {
	t.Parallel()
	d := open(t)
	cli, err := tfcli.Find(context.Background(), filepath.Join("..", "..", ".cache"), os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	source := cli.RegistryHost() + "/infisical-e2ee/infisical"
	dir, mirror := t.TempDir(), t.TempDir()
	packed := filepath.Join(mirror, filepath.FromSlash(source))
	if err := os.MkdirAll(packed, 0o700); err != nil {
		t.Fatal(err)
	}
	zipped := d.file(thisPlatform + ".zip")
	write(t, filepath.Join(packed, zipped), string(read(t, filepath.Join(d.dir, zipped))))
	write(t, filepath.Join(dir, "cli.hcl"), fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", filepath.ToSlash(mirror)))

	env := acctest.New(t)
	value := env.Secret("held by the snapshot alone")
	write(t, filepath.Join(dir, "main.tf"), fmt.Sprintf(`
terraform {
  required_providers {
    infisical = {
      source  = "infisical-e2ee/infisical"
      version = %q
    }
  }
}
resource "infisical_secret" "this" {
  env_slug = "dev"
  name     = "SNAPSHOT"
  value    = %q
}
`, d.version, value))

	terraform := func(args ...string) string {
		t.Helper()
		command := exec.Command(cli.Path, args...)
		command.Dir = dir
		command.Env = append(tfcli.Environ(), "TF_CLI_CONFIG_FILE="+filepath.Join(dir, "cli.hcl"),
			"INFISICAL_HOST="+env.Server.URL(), "INFISICAL_SERVICE_TOKEN="+env.Token)
		out, err := command.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %v: %v\n%s", cli.Name(), args, err, out)
		}
		return string(out)
	}
	if out := terraform("init", "-no-color"); !strings.Contains(out, "v"+d.version) {
		t.Errorf("init installed something else:\n%s", out)
	}
	terraform("validate", "-no-color")
	if out := terraform("plan", "-no-color"); !strings.Contains(out, "1 to add") {
		t.Errorf("the plan is\n%s", out)
	}
	terraform("apply", "-auto-approve", "-no-color")
	if got := env.Read("dev", "/")["SNAPSHOT"].Value; got != value {
		t.Error("the server does not hold the value")
	}
	introduced := false
	for _, request := range env.Server.Requests() {
		introduced = introduced || request.Header.Get("User-Agent") == name+"/"+d.version
	}
	if !introduced {
		t.Errorf("the provider does not call itself version %s", d.version)
	}
	terraform("plan", "-detailed-exitcode", "-no-color")
	terraform("destroy", "-auto-approve", "-no-color")
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func decode(t *testing.T, raw []byte, into any) {
	t.Helper()
	if err := json.Unmarshal(raw, into); err != nil {
		t.Fatal(err)
	}
}
