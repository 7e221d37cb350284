package provider_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	link      = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading   = regexp.MustCompile(`(?m)^#+ (.+)$`)
	anchorTag = regexp.MustCompile(`<a id="([^"]+)"></a>`)
	noSlug    = regexp.MustCompile(`[^a-z0-9_ -]`)
)

// TestLinks follows every link from one page to another. A registry wants them
// without the ending .md, GitHub with it: both are taken.
func TestLinks(t *testing.T) {
	t.Parallel()
	followed := 0
	for _, page := range documentation(t) {
		for _, found := range link.FindAllStringSubmatch(readFile(t, page), -1) {
			target, anchor, _ := strings.Cut(found[1], "#")
			if strings.Contains(found[1], "://") {
				continue
			}
			followed++
			file := page
			if target != "" {
				file = pageAt(filepath.Join(filepath.Dir(page), filepath.FromSlash(target)))
			}
			if file == "" {
				t.Errorf("%s: the link %s leads nowhere", page, found[1])
			} else if anchor != "" && !anchors(readFile(t, file))[anchor] {
				t.Errorf("%s: the link %s leads to a page without that heading", page, found[1])
			}
		}
	}
	if followed == 0 {
		t.Fatal("there are no links: this test looks in the wrong place")
	}
}

// pageAt is the file that a link means; "" if there is none.
func pageAt(path string) string {
	for _, candidate := range []string{path + ".md", filepath.Join(path, "index.md"), path} {
		if _, err := os.Stat(candidate); err == nil {
			return candidate
		}
	}
	return ""
}

// anchors are the names that the headings of a page get.
func anchors(page string) map[string]bool {
	out := map[string]bool{}
	for _, found := range heading.FindAllStringSubmatch(page, -1) {
		out[strings.ReplaceAll(noSlug.ReplaceAllString(strings.ToLower(found[1]), ""), " ", "-")] = true
	}
	for _, found := range anchorTag.FindAllStringSubmatch(page, -1) {
		out[found[1]] = true
	}
	return out
}

// TestPagesShowExamples: every object has an example, and what can be imported
// shows all ways to do it.
func TestPagesShowExamples(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"resources", "data-sources", "ephemeral-resources", "list-resources", "functions"} {
		for _, page := range filesIn(t, filepath.Join(repository, "docs", kind), ".md") {
			text := readFile(t, page)
			wanted := []string{"## Example Usage\n\n```"}
			if kind == "resources" {
				wanted = append(wanted, "## Import\n", "\n  identity = {\n", "\n  id = \"", "\nterraform import infisical_")
			}
			for _, part := range wanted {
				if !strings.Contains(text, part) {
					t.Errorf("%s lacks %q", page, part)
				}
			}
		}
	}
}
