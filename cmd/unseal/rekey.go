package main

import (
	"errors"
	"fmt"
	"io"
)

// rekey seals anew what is under another key than the first.
func rekey(args []string, stdout, stderr io.Writer) (status int, err error) {
	options, rest, err := parseOptions("rekey", args)
	switch {
	case err != nil:
		return statusUsage, err
	case len(rest) > 0:
		return statusUsage, errors.New("rekey takes no arguments but flags")
	}
	ctx, stop, store, folder, err := options.reach()
	if err != nil {
		return statusFailed, err
	}
	defer stop()
	result, err := store.Reseal(ctx, folder, options.recursive)
	if err != nil {
		return statusFailed, inFlags(err)
	}
	printWarnings(stderr, store, result.Skipped)
	for _, err := range result.Failed {
		fmt.Fprintf(stderr, "unseal: %v\n", err)
	}
	printClosed(stderr, result.Closed)
	fmt.Fprintf(stdout, "%d sealed anew under key %s, %d failed, %d that do not open were left as they are\n",
		len(result.Resealed), store.SealingKeyID(), len(result.Failed), len(result.Closed))
	if !result.IsComplete() {
		return statusFailed, nil
	}
	return 0, nil
}
