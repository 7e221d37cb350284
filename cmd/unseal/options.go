package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/seal"
)

const keysVariable = "INFISICAL_SEALING_KEYS"

// options are the flags of all commands but keygen.
type options struct {
	place     seal.Place // with a name in open alone
	keysFile  string
	require   []string // of exec
	recursive bool     // of verify and rekey
}

// parseOptions also returns what is no flag: for exec, which hands flags on,
// all that is behind its own; for the others also what stands between flags.
func parseOptions(command string, args []string) (options, []string, error) {
	o := options{place: seal.Place{Type: seal.TypeShared}}
	flags := flag.NewFlagSet("unseal "+command, flag.ContinueOnError)
	flags.SetOutput(io.Discard) // run prints the error
	flags.StringVar(&o.place.ProjectID, "project", "", "")
	flags.StringVar(&o.place.Environment, "env", "", "")
	flags.StringVar(&o.place.Path, "path", "/", "")
	flags.StringVar(&o.keysFile, "keys-file", "", "")
	required := ""
	switch command {
	case "exec":
		flags.StringVar(&required, "require", "", "")
	case "open":
		flags.StringVar(&o.place.Name, "name", "", "")
	case "verify", "rekey":
		flags.BoolVar(&o.recursive, "recursive", false, "")
	}
	if err := flags.Parse(args); err != nil {
		return o, nil, err
	}
	rest := flags.Args()
	if command != "exec" {
		rest = nil
		for flags.NArg() > 0 {
			rest = append(rest, flags.Arg(0))
			if err := flags.Parse(flags.Args()[1:]); err != nil {
				return o, nil, err
			}
		}
	}
	behind := ""
	if command == "exec" && len(rest) > 0 {
		behind = "; what stands behind the program is the program's"
	}
	switch {
	case o.place.ProjectID == "":
		return o, nil, errors.New("--project is missing: the id of the project that the secrets are in" + behind)
	case o.place.Environment == "":
		return o, nil, errors.New("--env is missing: the slug of the environment that the secrets are in" + behind)
	case command == "open" && o.place.Name == "":
		return o, nil, errors.New("--name is missing: the name of the secret")
	}
	if o.place.Path != "/" {
		o.place.Path = strings.TrimSuffix(o.place.Path, "/")
	}
	for name := range strings.SplitSeq(required, ",") {
		if name = strings.TrimSpace(name); name != "" {
			o.require = append(o.require, name)
		}
	}
	return o, rest, nil
}

// ring reads the keys from where the user said that they are.
func (o options) ring() (seal.Ring, error) {
	ring, _, err := o.keys()
	return ring, err
}

// keys is ring, and the text that it was read from.
func (o options) keys() (ring seal.Ring, text string, err error) {
	from := keysVariable
	text = os.Getenv(keysVariable)
	if o.keysFile != "" {
		if strings.Contains(o.keysFile, "sealkey1.") {
			return ring, "", errors.New("--keys-file is given a key; it takes the name of a file that holds one, because others can see arguments")
		}
		raw, err := os.ReadFile(o.keysFile)
		if err != nil {
			return ring, "", fmt.Errorf("cannot read the keys: %w", err)
		}
		from, text = o.keysFile, string(raw)
	}
	ring, err = seal.ParseRing(text)
	if errors.Is(err, seal.ErrNoKeys) {
		return ring, "", fmt.Errorf("%w in %s. Keys come from %s or from the file of --keys-file", err, from, keysVariable)
	}
	if err != nil {
		return ring, "", fmt.Errorf("%s: %w", from, err)
	}
	return ring, text, nil
}
