package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/seal"
)

const keysVariable = "INFISICAL_SEALING_KEYS"

// options are the flags of all commands but keygen.
type options struct {
	place     seal.Place // with a name in open alone
	keysFile  string
	keysFD    int      // -1 = none
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
	flags.IntVar(&o.keysFD, "keys-fd", -1, "")
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
		return o, nil, flagError(err)
	}
	rest := flags.Args()
	own := args
	if command == "exec" {
		own = args[:len(args)-max(len(rest)-1, 0)] // the program's name may be one, too
	} else {
		rest = nil
		for flags.NArg() > 0 {
			rest = append(rest, flags.Arg(0))
			if err := flags.Parse(flags.Args()[1:]); err != nil {
				return o, nil, flagError(err)
			}
		}
	}
	if slices.ContainsFunc(own, holdsKey) {
		return o, nil, errKeyInArguments
	}
	behind := ""
	if command == "exec" && len(rest) > 0 {
		behind = "; what stands behind the program is the program's"
	}
	switch {
	case o.place.ProjectID == "":
		return o, nil, errors.New("--project is missing: the id of the project that the secrets are in" + behind)
	case o.place.Environment == "" && command != "project-key-id":
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

// holdsKey tells whether an argument holds a sealing key, whole or not.
func holdsKey(argument string) bool { return strings.Contains(strings.ToLower(argument), "sealkey1") }

var errKeyInArguments = errors.New("an argument holds a sealing key, and others on this machine can see arguments. Keys come from --keys-file, --keys-fd or " + keysVariable + ". Make a new key, and stop using this one")

// plainFlag is what the name of a flag looks like. Anything else in its place
// may be a key or a value, and is not repeated.
var plainFlag = regexp.MustCompile(`^(flag provided but not defined|flag needs an argument): -[a-z]{1,12}(-[a-z]{1,12})?$`)

// flagError is an error of the flag package as far as it is known to repeat
// nothing but names of flags.
func flagError(err error) error {
	if errors.Is(err, flag.ErrHelp) || plainFlag.MatchString(err.Error()) {
		return err
	}
	return errors.New("a flag is not one of this command, or has a value that it does not take. It is not repeated here, because it may be a key")
}

// ring reads the keys from where the user said that they are.
func (o options) ring() (seal.Ring, error) {
	ring, _, err := o.keys()
	return ring, err
}

// keys is ring, and the text that it was read from.
func (o options) keys() (ring seal.Ring, text string, err error) {
	from := keysVariable
	switch {
	case o.keysFile != "" && o.keysFD >= 0:
		return ring, "", errors.New("--keys-file and --keys-fd are both given: leave one out")
	case o.keysFile != "":
		from = o.keysFile
		text, err = readKeyFile(o.keysFile)
	case o.keysFD >= 0:
		from = fmt.Sprintf("file descriptor %d", o.keysFD)
		text, err = readKeyDescriptor(o.keysFD)
	default:
		text = os.Getenv(keysVariable)
	}
	if err != nil {
		return ring, "", fmt.Errorf("cannot read the keys: %w", err)
	}
	ring, err = seal.ParseRing(text)
	if errors.Is(err, seal.ErrNoKeys) {
		return ring, "", fmt.Errorf("%w in %s. Keys come from the file of --keys-file, from the file descriptor of --keys-fd, or from %s", err, from, keysVariable)
	}
	if err != nil {
		return ring, "", fmt.Errorf("%s: %w", from, err)
	}
	return ring, text, nil
}
