package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/seal"
)

// execute runs a program in the opened environment. On Unix it does not return
// if that succeeds.
func execute(args []string) (status int, err error) {
	options, app, err := parseOptions("exec", args)
	switch {
	case err != nil:
		return statusNothingRun, err
	case len(app) == 0:
		return statusNothingRun, errors.New("exec is given no program to run: name it behind --")
	}
	ring, err := options.ring()
	if err != nil {
		return statusNothingRun, err
	}
	if err := os.Unsetenv(keysVariable); err != nil {
		return statusNothingRun, err
	}
	environment, err := openEnvironment(os.Environ(), ring, options.place, options.require)
	if err != nil {
		return statusNothingRun, err
	}
	path, err := exec.LookPath(app[0])
	if err == nil {
		status, err = start(path, app, environment)
	}
	switch {
	case err == nil:
		return status, nil
	case errors.Is(err, exec.ErrNotFound), errors.Is(err, fs.ErrNotExist):
		return statusNotFound, fmt.Errorf("cannot run %s: there is no such program, or that which is to interpret it is missing", app[0])
	default:
		return statusCannotRun, fmt.Errorf("cannot run %s: %w", app[0], err)
	}
}

// openEnvironment opens the variables that hold an envelope, each under its own
// name. The error names all that do not open, and of those that are required
// all that hold none.
func openEnvironment(environment []string, ring seal.Ring, place seal.Place, require []string) ([]string, error) {
	opened := slices.Clone(environment)
	var wrong []string
	held := map[string]bool{}
	for i, entry := range environment {
		name, text, _ := strings.Cut(entry, "=")
		if !seal.IsEnvelope(text) {
			continue
		}
		held[name] = true
		place.Name = name
		value, _, _, err := ring.Open(place, text)
		switch {
		case errors.Is(err, seal.ErrPlace):
			return nil, err
		case err != nil:
			wrong = append(wrong, fmt.Sprintf("%s: %v", name, advise(err, text)))
		case slices.Contains(value, 0):
			wrong = append(wrong, name+": its value holds a NUL byte, which no environment variable can. Take it with `unseal open`")
		default:
			opened[i] = name + "=" + string(value)
		}
	}
	for _, name := range require {
		if !held[name] {
			wrong = append(wrong, name+": it is required, and is not set or is no envelope. A plain value in its place may come from whoever can write to the server")
		}
	}
	if len(wrong) > 0 {
		slices.Sort(wrong)
		return nil, fmt.Errorf("nothing was run, because of these environment variables:\n  %s", strings.Join(wrong, "\n  "))
	}
	return opened, nil
}
