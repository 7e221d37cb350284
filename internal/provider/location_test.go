package provider

import (
	"strings"
	"testing"
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
	for _, id := range []string{"", ":", "NAME", "dev", "dev:NAME", "dev:/", "dev:/:", ":/:NAME", "ws::/:NAME", "ws:dev:NAME", "dev:a:NAME", "dev:/a b:NAME", "dev:/: lead", "dev:/:a/b"} {
		if folder, name, err := parseImportID(id); err == nil {
			t.Errorf("%q was taken as %+v %q", id, folder, name)
		}
	}
}

func FuzzImportID(f *testing.F) {
	for _, seed := range []string{"dev:/:NAME", "ws:dev:/a/b:N:M", "::/", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, id string) {
		folder, name, err := parseImportID(id)
		if err != nil {
			return
		}
		if folder.Environment == "" || !strings.HasPrefix(folder.Path, "/") || name == "" || !strings.HasSuffix(id, ":"+name) {
			t.Errorf("taken as %+v %q", folder, name)
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
