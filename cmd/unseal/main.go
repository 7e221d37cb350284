// Command unseal is for who has a sealing key and no Terraform. It opens
// envelopes for applications (exec, open) and makes keys (keygen), and for that
// talks to no server. On a server it reads a secret (get), tells how secrets
// are sealed (verify), and seals them anew under another key (rekey). Of a
// project in E2EE mode it prints the id of the project key (project-key-id).
package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/seal"
)

const usage = `unseal opens sealed envelopes: values that an Infisical server holds and cannot read.

  unseal exec --project ID --env SLUG [--path /a/b] [--require NAME,NAME] [KEYS] -- app args
      Run app with every environment variable opened that holds an envelope. An
      envelope opens under the name and in the place that it was sealed for. What
      does not open stops everything; what is no envelope is handed on as it is,
      unless --require names it.

  unseal open --project ID --env SLUG [--path /a/b] --name NAME [KEYS]
      Read one envelope from standard input, and write its value, byte by byte.

  unseal keygen
      Print a new sealing key.

  unseal get --project ID --env SLUG [--path /a/b] [KEYS] NAME
      Read one secret from the server, and write its value, byte by byte.

  unseal verify --project ID --env SLUG [--path /a/b] [--recursive] [KEYS]
      List the secrets of a folder, and with --recursive of all folders below:
      state, key id, generation, folder, name. No values.

  unseal rekey --project ID --env SLUG [--path /a/b] [--recursive] [KEYS]
      Seal anew, under the first key, what is under another one. What does not
      open is not touched. Interrupted, it leaves some under each key; run it
      again.

  unseal project-key-id --project ID
      Print the id of the project key that the credential opens, for
      project_key_id in the provider block. This is for projects that Infisical
      itself encrypts end to end, and needs no sealing key.

--project is the project's id, --env the slug of the environment, --path the
folder (the root without it). KEYS is where the sealing keys are:

  --keys-file FILE   a file that only you can read (mode 600 or 400)
  --keys-fd N        a file descriptor, as in: unseal exec --keys-fd 3 ... 3< FILE

Commas or white space stand between keys; a # begins a comment. Without KEYS they
come from INFISICAL_SEALING_KEYS. exec does not hand that variable or the file
descriptor to app. But a program of the same user, app too, can read the variable
in the environment of the process that started unseal. Use a file or a file
descriptor where that matters.

get, verify, rekey and project-key-id find the server as the Terraform provider does: in
INFISICAL_HOST, then INFISICAL_API_URL, then INFISICAL_DOMAIN (default: Infisical's
cloud, https://app.infisical.com), and the one credential in
INFISICAL_SERVICE_TOKEN, in INFISICAL_TOKEN, in INFISICAL_UNIVERSAL_AUTH_CLIENT_ID
and INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET, or in the variables of the method that
INFISICAL_AUTH_METHOD names.

exec ends with the status of app, or with 125 if there was nothing to run it
with, 126 if it could not be run, 127 if there is none. open, get, rekey,
project-key-id and keygen end with 1 if they fail, rekey also if anything is not under the first key
then. verify ends with 0 if all is under the first key, 1 if something is under
another one, 2 if something does not open, is not sealed, or may not be read, 125
if it could not look. Wrong arguments are 2, and 125 for exec and verify.
`

// Exit statuses. Those of exec are those of env, timeout and nice, so that an
// application's own can be told from them.
const (
	statusFailed     = 1
	statusUsage      = 2
	statusNothingRun = 125
	statusCannotRun  = 126
	statusNotFound   = 127
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

func run(args []string, stdin io.Reader, stdout, stderr io.Writer) (status int) {
	command := ""
	if len(args) > 0 {
		command, args = args[0], args[1:]
	}
	var err error
	switch command {
	case "exec":
		status, err = execute(args)
	case "open":
		status, err = open(args, stdin, stdout)
	case "keygen":
		status, err = keygen(args, stdout, stderr)
	case "get":
		status, err = get(args, stdout, stderr)
	case "verify":
		status, err = verify(args, stdout, stderr)
	case "rekey":
		status, err = rekey(args, stdout, stderr)
	case "project-key-id":
		status, err = projectKeyID(args, stdout, stderr)
	case "help", "-h", "-help", "--help":
		err = flag.ErrHelp
	case "":
		fmt.Fprint(stderr, usage)
		return statusUsage
	default:
		status, err = statusUsage, errors.New("there is no such command") // not quoted: it may be a key or an envelope
	}
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(stdout, usage)
		return 0
	}
	if err != nil {
		fmt.Fprintf(stderr, "unseal: %v\n", err)
		if status == statusUsage {
			fmt.Fprintln(stderr, "`unseal help` tells how to call it.")
		}
	}
	return status
}

func keygen(args []string, stdout, stderr io.Writer) (status int, err error) {
	if len(args) > 0 {
		return statusUsage, errors.New("keygen takes no arguments")
	}
	key, err := seal.GenerateKey()
	if err != nil {
		return statusFailed, err
	}
	if _, err := fmt.Fprintln(stdout, key.Reveal()); err != nil {
		return statusFailed, err
	}
	fmt.Fprintf(stderr, `That is a new sealing key; envelopes will name it by its id, %s.
Keep it where the Infisical server cannot see it, and keep a second copy: a lost key is a lost secret.
Whoever has it can read and write every value that is sealed with it.
Hand it to Terraform as INFISICAL_SEALING_KEYS, and to unseal in a file (--keys-file). To replace an older key, put it behind that one
everywhere, then make it the first, re-seal, and only then drop the older one.
`, key.ID())
	return 0, nil
}

func open(args []string, stdin io.Reader, stdout io.Writer) (status int, err error) {
	options, rest, err := parseOptions("open", args)
	switch {
	case err != nil:
		return statusUsage, err
	case len(rest) > 0:
		return statusUsage, errors.New("open takes its envelope from standard input, and no arguments but flags")
	}
	ring, err := options.ring()
	if err != nil {
		return statusFailed, err
	}
	text, err := io.ReadAll(stdin)
	if err != nil {
		return statusFailed, fmt.Errorf("cannot read standard input: %w", err)
	}
	envelope := string(bytes.TrimSpace(text)) // an envelope holds no white space
	value, _, _, err := ring.Open(options.place, envelope)
	if err != nil {
		return statusFailed, fmt.Errorf("standard input does not open: %w", advise(err, envelope))
	}
	if _, err := stdout.Write(value); err != nil {
		return statusFailed, err
	}
	return 0, nil
}

// advise says what to do about an envelope that does not open.
func advise(err error, envelope string) error {
	do := ""
	switch {
	case errors.Is(err, seal.ErrNoEnvelope):
		do = "A plain value in its place was seen by the server, or comes from it: seal it, and change it if it is secret"
	case errors.Is(err, seal.ErrVersion):
		do = "Use a newer unseal"
	case errors.Is(err, seal.ErrUnknownKey):
		keyID, _ := seal.KeyID(envelope) // whole, or it would be another error
		do = fmt.Sprintf("The id is %s: add that key to the others", keyID)
	case errors.Is(err, seal.ErrOtherPlace):
		do = "If the flags are those of the secret, it was moved, renamed, imported, or swapped by the server: seal it anew where it is"
	case errors.Is(err, seal.ErrAltered):
		do = "Seal it anew"
	default:
		return err
	}
	return fmt.Errorf("%w. %s", err, do)
}
