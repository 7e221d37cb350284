package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestFragments holds what lies in .changes/unreleased to the form that the
// next release can read.
func TestFragments(t *testing.T) {
	t.Parallel()
	dir := filepath.Join("..", "..", ".changes", "unreleased")
	if _, _, err := gather(dir); err != nil {
		t.Error(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if name := entry.Name(); name != ".gitkeep" && filepath.Ext(name) != ".md" {
			t.Errorf("%s: only files that end in .md are gathered", name)
		}
	}
}

func TestRelease(t *testing.T) {
	t.Parallel()
	root := project(t, map[string]string{
		"b.md": "fixed: A rename keeps the comment.\n",
		"a.md": "added: One more attribute,\nin two lines: both kept.\n",
		"c.md": "breaking: `old` is gone.",
	})
	const want = "### Breaking\n\n- `old` is gone.\n\n### Added\n\n- One more attribute,\n  in two lines: both kept.\n\n### Fixed\n\n- A rename keeps the comment.\n"
	if got := must(t, root); got != want {
		t.Errorf("the next release would say %q, want %q", got, want)
	}

	must(t, root, "-release", "0.2.0")
	if got := must(t, root); got != "" {
		t.Errorf("after the release there is left %q", got)
	}
	if got := must(t, root, "-notes", "0.2.0"); got != want {
		t.Errorf("the notes are %q, want %q", got, want)
	}
	if got := must(t, root, "-notes", "0.1.0"); got != "- First.\n" {
		t.Errorf("the notes of the version before became %q", got)
	}
	text, err := os.ReadFile(filepath.Join(root, "CHANGELOG.md"))
	if err != nil {
		t.Fatal(err)
	}
	if want := "# Changelog\n\nHow it is kept.\n\n## 0.2.0 (2026-12-01)\n\n" + want + "\n## 0.1.0 (2026-11-01)\n\n- First.\n"; string(text) != want {
		t.Errorf("CHANGELOG.md became %q, want %q", text, want)
	}
}

func TestRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fragment string
		args     []string
		says     string
	}{
		"unknown kind":      {"improved: Speed.", nil, "x.md: it has to begin with its kind"},
		"no kind":           {"Speed.", nil, "kinds are breaking, security, added, changed, fixed"},
		"nothing said":      {"fixed: \n", nil, "say something"},
		"no version":        {"fixed: It.", []string{"-release", "v0.2.0"}, "is no version"},
		"released already":  {"fixed: It.", []string{"-release", "0.1.0"}, "has version 0.1.0 already"},
		"nothing to do":     {"", []string{"-release", "0.2.0"}, "no changes"},
		"notes of nothing":  {"", []string{"-notes", "0.1"}, "is no version"},
		"notes of a future": {"", []string{"-notes", "0.1.1"}, "make changelog RELEASE=0.1.1"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fragments := map[string]string{}
			if c.fragment != "" {
				fragments["x.md"] = c.fragment
			}
			root := project(t, fragments)
			before, _ := os.ReadFile(filepath.Join(root, "CHANGELOG.md"))
			err := run(root, c.args, day, &bytes.Buffer{})
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("the error is %v, want one with %q", err, c.says)
			}
			if after, _ := os.ReadFile(filepath.Join(root, "CHANGELOG.md")); !bytes.Equal(before, after) {
				t.Error("CHANGELOG.md was changed all the same")
			}
		})
	}
}

var day = time.Date(2026, 12, 1, 12, 0, 0, 0, time.UTC)

func project(t *testing.T, fragments map[string]string) string {
	t.Helper()
	root := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(root, ".changes", "unreleased"), 0o700); err != nil {
		t.Fatal(err)
	}
	write("CHANGELOG.md", "# Changelog\n\nHow it is kept.\n\n## 0.1.0 (2026-11-01)\n\n- First.\n")
	for name, text := range fragments {
		write(filepath.Join(".changes", "unreleased", name), text)
	}
	return root
}

func must(t *testing.T, root string, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	if err := run(root, args, day, &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}
