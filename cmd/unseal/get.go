package main

import (
	"errors"
	"io"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// get writes the value of one secret: it, and not a byte more.
func get(args []string, stdout, stderr io.Writer) (status int, err error) {
	options, rest, err := parseOptions("get", args)
	switch {
	case err != nil:
		return statusUsage, err
	case len(rest) != 1:
		return statusUsage, errors.New("get takes one argument beside its flags, the name of the secret")
	}
	ctx, stop, store, folder, err := options.reach()
	if err != nil {
		return statusFailed, err
	}
	defer stop()
	secret, err := store.Lookup(ctx, secrets.Ref{Folder: folder, Name: rest[0]}, secrets.Reading{})
	if err != nil {
		return statusFailed, inFlags(err)
	}
	printWarnings(stderr, store, nil)
	if _, err := io.WriteString(stdout, secret.Value.Reveal()); err != nil {
		return statusFailed, err
	}
	return 0, nil
}
