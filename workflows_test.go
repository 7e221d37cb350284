package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// pinned is an action of a certain commit, with the version for people behind
// it. A tag may be moved to other code, which would then have our secrets.
var pinned = regexp.MustCompile(`^\S+@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)

func TestActionsArePinned(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join(".github", "workflows", "*.yml"))
	if err != nil || len(files) == 0 {
		t.Fatal("there are no workflows", err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			_, action, ok := strings.Cut(line, "uses: ")
			if action = strings.TrimSpace(action); ok && !pinned.MatchString(action) && !strings.HasPrefix(action, "./") {
				t.Errorf("%s: %q is not pinned as OWNER/NAME@DIGEST # vX.Y.Z", file, action)
			}
		}
	}
}
