package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// Statuses of verify beside 0.
const (
	statusOtherKey = 1
	statusClosed   = 2
)

// verify lists how secrets are sealed.
func verify(args []string, stdout, stderr io.Writer) (status int, err error) {
	options, rest, err := parseOptions("verify", args)
	switch {
	case err != nil:
		return statusNothingRun, err
	case len(rest) > 0:
		return statusNothingRun, errors.New("verify takes no arguments but flags")
	}
	ctx, stop, store, folder, err := options.reach()
	if err != nil {
		return statusNothingRun, err
	}
	defer stop()
	report, skipped, err := store.SealingReport(ctx, folder, options.recursive)
	if err != nil {
		return statusNothingRun, inFlags(err)
	}
	printWarnings(stderr, store, skipped)
	if len(skipped) > 0 {
		status = statusClosed
	}
	table := tabwriter.NewWriter(stdout, 0, 0, 2, ' ', 0) // Flush tells of errors
	_, _ = fmt.Fprintln(table, "STATE\tKEY ID\tGENERATION\tFOLDER\tNAME")
	for _, one := range report {
		state, generation := "sealed", strconv.FormatUint(one.Generation, 10)
		switch {
		case one.Flaw != nil:
			state, generation, status = "closed", "-", statusClosed
		case one.KeyID != store.SealingKeyID():
			state, status = "other key", max(status, statusOtherKey)
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", state, cmp.Or(one.KeyID, "-"), generation, column(one.Path), column(one.Name))
	}
	if err := table.Flush(); err != nil {
		return statusNothingRun, err
	}
	printClosed(stderr, flawed(report))
	return status, nil
}

func flawed(report []secrets.Sealing) []secrets.Sealing {
	var closed []secrets.Sealing
	for _, one := range report {
		if one.Flaw != nil {
			closed = append(closed, one)
		}
	}
	return closed
}

// printClosed says of each secret that does not open why.
func printClosed(stderr io.Writer, closed []secrets.Sealing) {
	for _, one := range closed {
		fmt.Fprintf(stderr, "unseal: %v\n", one.Flaw)
	}
}

// column is a name as it is, or quoted if a terminal or a reader of columns
// could take it for something else: it is the server's word, and may be empty.
func column(name string) string {
	if quoted := strconv.Quote(name); name == "" || strings.Contains(name, " ") || quoted != `"`+name+`"` || secrets.Printable(name) != name {
		return strconv.QuoteToASCII(name)
	}
	return name
}
