package provider

import (
	"strings"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

func TestParseImportID(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ id, workspace, environment, path, name string }{
		{"dev:/:NAME", "", "dev", "/", "NAME"},
		{"dev:/a/b:NAME", "", "dev", "/a/b", "NAME"},
		{"dev:/a/b/:NAME", "", "dev", "/a/b", "NAME"},
		{"dev:/:A:B", "", "dev", "/", "A:B"},
		{"dev:/::", "", "dev", "/", ":"},
		{"ws:dev:/:NAME", "ws", "dev", "/", "NAME"},
		{"ws:dev:/x:A:B:C", "ws", "dev", "/x", "A:B:C"},
		{"dev:/:with space", "", "dev", "/", "with space"},
	} {
		folder, name, err := parseImportID(c.id)
		if err != nil || folder.WorkspaceID != c.workspace || folder.Environment != c.environment || folder.Path != c.path || name != c.name {
			t.Errorf("%q: %+v %q %v", c.id, folder, name, err)
		}
	}
	for _, id := range []string{"", ":", "NAME", "dev", "dev:NAME", "dev:/", "dev:/:", ":/:NAME", "ws::/:NAME", "ws:dev:NAME", "dev:a:NAME", "dev:/a b:NAME", ":dev:/:NAME", "dev:/: lead", "dev:/:a/b"} {
		if folder, name, err := parseImportID(id); err == nil {
			t.Errorf("%q was taken as %+v %q", id, folder, name)
		}
	}
}

func TestParsePlaceID(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ id, workspace, environment, path string }{
		{"dev:/", "", "dev", "/"},
		{"dev:/a/b/", "", "dev", "/a/b"},
		{"ws:dev:/a", "ws", "dev", "/a"},
	} {
		folder, name, err := parsePlaceID(c.id)
		if err != nil || folder.WorkspaceID != c.workspace || folder.Environment != c.environment || folder.Path != c.path || name != nil {
			t.Errorf("%q: %+v %v %v", c.id, folder, name, err)
		}
	}
}

// FuzzImportID prints what was read and reads that again.
func FuzzImportID(f *testing.F) {
	for _, seed := range []string{
		"dev:/:NAME", "ws:dev:/a/b/:N:M", "dev:/a", "ws:dev:/", "::/", ":dev:/:N", "dev:/::", "a:b:c:/:N", "dev:/a//b:N", "dev:/: N", "",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, id string) {
		folder, name, err := parsePlaceID(id)
		if _, _, importErr := parseImportID(id); (importErr == nil) != (err == nil && name != nil) {
			t.Fatalf("taken as an import id: %v; as the id of a place: %v", importErr, err)
		}
		if err != nil {
			if folder != (secrets.Folder{}) || name != nil {
				t.Fatal("something was returned with the error")
			}
			return
		}
		printed := placeID(folder, name)
		again, nameAgain, err := parsePlaceID(printed)
		if err != nil || again != folder || (name == nil) != (nameAgain == nil) || name != nil && *name != *nameAgain {
			t.Fatalf("printed as %q, read as %+v: %v", printed, again, err)
		}
		// Nothing but the slashes at the end of the path may be lost.
		if squeeze := strings.NewReplacer("/", ""); squeeze.Replace(printed) != squeeze.Replace(id) {
			t.Fatalf("printed as %q", printed)
		}
	})
}

func TestHCLString(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`a`: `"a"`, `a"b\c`: `"a\"b\\c"`, "a\nb\tc\rd": `"a\nb\tc\rd"`, "${x} %{y} $x": `"$${x} %%{y} $x"`,
	} {
		if got := hclString(in); got != want {
			t.Errorf("%q became %s", in, got)
		}
	}
}
