package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/infisical-e2ee/terraform-provider-infisical"

// TestImportTable holds the rings of DESIGN.md: which package may reach which,
// directly or through another.
func TestImportTable(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		pkg string
		may []string // packages of this module; the package itself goes without saying
		not []string // prefixes of anything else
	}{
		{"internal/e2ee", nil, []string{"encoding/json", "log", "net", "github.com/", "golang.org/"}},
		{"internal/seal", nil, []string{"encoding/json", "log", "net", "github.com/", "golang.org/"}},
		{"internal/api", nil, []string{"github.com/hashicorp/terraform-plugin"}},
		{"internal/userkey", []string{"internal/e2ee"}, []string{"log", "net", "github.com/"}},
		{"internal/awsauth", nil, []string{"github.com/hashicorp/"}},
		{"internal/secrets", []string{"internal/api", "internal/awsauth", "internal/e2ee", "internal/userkey", "internal/seal"}, []string{"github.com/hashicorp/terraform-plugin"}},
		{"internal/dotenv", nil, []string{"encoding/json", "log", "net", "github.com/", "golang.org/"}},
		{"internal/devserver", nil, []string{"github.com/hashicorp/"}},
		{"internal/devserver/seed", []string{"internal/devserver", "internal/e2ee"}, nil},
		{"internal/provider", []string{"internal/secrets", "internal/dotenv", "internal/api", "internal/awsauth", "internal/e2ee", "internal/userkey", "internal/seal"}, nil},
		{"internal/tfcli", nil, nil},
		{"cmd/unseal", []string{"internal/seal", "internal/secrets", "internal/awsauth", "internal/api", "internal/e2ee", "internal/userkey"}, []string{"github.com/hashicorp/terraform-plugin"}},
	} {
		for _, dep := range goList(t, "-deps", "./"+row.pkg) {
			if own, ok := strings.CutPrefix(dep, module+"/"); ok {
				if own != row.pkg && !slices.Contains(row.may, own) {
					t.Errorf("%s reaches %s", row.pkg, own)
				}
				continue
			}
			for _, prefix := range row.not {
				// The standard library's own vendored packages are its affair.
				if strings.HasPrefix(dep, prefix) && !strings.HasPrefix(dep, "vendor/") {
					t.Errorf("%s reaches %s", row.pkg, dep)
				}
			}
		}
	}

	for _, imported := range goList(t, "-f", `{{join .Imports "\n"}}`, "./internal/provider") {
		for _, never := range []string{module + "/internal/e2ee", module + "/internal/api", "net/http", "crypto/"} {
			if strings.HasPrefix(imported, never) {
				t.Errorf("internal/provider imports %s", imported)
			}
		}
	}
	for _, pkg := range goList(t, "./...") {
		for _, imported := range goList(t, "-f", `{{join .Imports "\n"}}`, pkg) {
			if imported == module+"/internal/acctest" {
				t.Errorf("%s imports acctest outside of a test", pkg)
			}
			if strings.HasPrefix(imported, "github.com/hashicorp/terraform-plugin-framework") &&
				pkg != module && pkg != module+"/internal/provider" && !strings.HasPrefix(pkg, module+"/internal/acctest") && pkg != module+"/cmd/docs" {
				t.Errorf("%s imports the framework", pkg)
			}
		}
	}
}

func goList(t *testing.T, args ...string) []string {
	t.Helper()
	out, err := exec.Command("go", append([]string{"list"}, args...)...).Output()
	if err != nil {
		t.Fatalf("go list %v: %v", args, err)
	}
	return strings.Fields(string(out))
}
