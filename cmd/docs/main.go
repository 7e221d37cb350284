// Command docs generates docs/ from the provider's schemas, templates/ and
// examples/. It takes the schemas from the provider itself, so that the pages
// are the same on every machine, whatever command line is there.
package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/provider"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/schemajson"
)

const toolsModule = "tools/go.mod"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	pages, err := generate(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "The documentation was not generated:", err)
		os.Exit(1)
	}
	fmt.Printf("Generated %d pages in docs/ from the provider's schemas, templates/ and examples/.\n", pages)
}

func generate(ctx context.Context) (pages int, err error) {
	if _, err := os.Stat(toolsModule); err != nil {
		return 0, fmt.Errorf("%s is not here: run this in the root of the repository", toolsModule)
	}
	schemas, err := schemajson.Marshal(ctx, providerserver.NewProtocol6(provider.New("docs")())())
	if err != nil {
		return 0, err
	}
	dir, err := os.MkdirTemp("", "infisical-docs-")
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	file := filepath.Join(dir, "schemas.json")
	if err := os.WriteFile(file, schemas, 0o600); err != nil {
		return 0, err
	}
	if err := tfplugindocs(ctx, file); err != nil {
		return 0, err
	}
	return countPages("docs")
}

func tfplugindocs(ctx context.Context, schemas string) error {
	command := exec.CommandContext(ctx, "go", "tool", "-modfile="+toolsModule, "tfplugindocs", "generate",
		"--provider-name", "infisical", "--rendered-provider-name", "Infisical", "--providers-schema", schemas)
	out, err := command.CombinedOutput()
	switch {
	case ctx.Err() != nil:
		return errors.New("interrupted; run it again, docs/ may be incomplete")
	case err != nil:
		return fmt.Errorf("tfplugindocs failed (%w); a template or an example in what it says below is at fault, "+
			"or its module could not be downloaded:\n%s", err, out)
	}
	// tfplugindocs only warns, and leaves a page without content.
	for line := range strings.Lines(string(out)) {
		if strings.Contains(line, "does not exist") {
			return fmt.Errorf("a template in templates/ is for something that the provider does not have; rename or delete it: %s", strings.TrimSpace(line))
		}
	}
	return nil
}

func countPages(dir string) (pages int, err error) {
	err = filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(entry.Name()) == ".md" {
			pages++
		}
		return err
	})
	return pages, err
}
