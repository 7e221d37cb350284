package main

import (
	"os"
	"os/exec"
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

// TestImagesArePinned: all but the one under test, of which the weekly job prints
// the digest.
func TestImagesArePinned(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("cmd", "realproject", "compose.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	images := regexp.MustCompile(`(?m)^ *image: (\S+)`).FindAllStringSubmatch(string(text), -1)
	for _, image := range images {
		if !strings.Contains(image[1], "INFISICAL_IMAGE") && !regexp.MustCompile(`@sha256:[0-9a-f]{64}$`).MatchString(image[1]) {
			t.Errorf("%s is not pinned by its digest", image[1])
		}
	}
	if len(images) < 3 {
		t.Errorf("%d images: this looks in the wrong place", len(images))
	}
}

// TestEveryPartOfATokenIsMasked runs what the weekly job does with its token.
func TestEveryPartOfATokenIsMasked(t *testing.T) {
	t.Parallel()
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash")
	}
	text, err := os.ReadFile(filepath.Join(".github", "workflows", "real.yml"))
	if err != nil {
		t.Fatal(err)
	}
	var script strings.Builder
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, "add-mask") || strings.Contains(line, "IFS=.") {
			script.WriteString(line)
		}
	}
	cmd := exec.CommandContext(t.Context(), bash, "-euo", "pipefail", "-c", "token=st.the-id.the-secret.the-key\n"+script.String())
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, part := range []string{"st.the-id.the-secret.the-key", "the-id", "the-secret", "the-key", "st.the-id.the-secret"} {
		if !strings.Contains(string(out), "::add-mask::"+part+"\n") {
			t.Errorf("%s is not masked: %s", part, out)
		}
	}
}
