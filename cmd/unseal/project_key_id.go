package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// projectKeyID prints what the provider's project_key_id wants.
func projectKeyID(args []string, stdout, stderr io.Writer) (status int, err error) {
	options, rest, err := parseOptions("project-key-id", args)
	switch {
	case err != nil:
		return statusUsage, err
	case len(rest) > 0:
		return statusUsage, errors.New("project-key-id takes no arguments but flags")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	store, err := options.store(secrets.ModeE2EE, nil)
	if err != nil {
		return statusFailed, err
	}
	defer store.Close()
	project, err := store.Project(ctx, options.place.ProjectID)
	if err != nil {
		return statusFailed, inFlags(err)
	}
	id, err := store.ProjectKeyID(ctx)
	if err != nil {
		return statusFailed, err
	}
	printWarnings(stderr, store, nil)
	if _, err := fmt.Fprintln(stdout, id); err != nil {
		return statusFailed, err
	}
	fmt.Fprintf(stderr, "That is the project key of project %s as the %s opens it.\n", project.ID, store.Credential())
	return 0, nil
}
