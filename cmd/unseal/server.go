package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"syscall"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/seal"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// reach opens the store that the environment describes, and finds the folder
// of the flags there. ctx ends with an interrupt; what was sent by then is
// answered all the same.
func (o options) reach() (ctx context.Context, stop func(), store *secrets.Store, folder secrets.Folder, err error) {
	ctx, stop = signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	store, folder, err = o.open(ctx)
	if err != nil {
		stop()
	}
	return ctx, stop, store, folder, inFlags(err)
}

func (o options) open(ctx context.Context) (*secrets.Store, secrets.Folder, error) {
	_, keys, err := o.keys()
	if err != nil {
		return nil, secrets.Folder{}, err
	}
	path, err := secrets.CanonicalPath(o.place.Path)
	if err != nil {
		return nil, secrets.Folder{}, fmt.Errorf("--path cannot be used: %w", err)
	}
	store, err := o.store(secrets.ModeSealed, seal.SplitKeys(keys))
	if err != nil {
		return nil, secrets.Folder{}, err
	}
	folder, err := store.Locate(ctx, secrets.Folder{WorkspaceID: o.place.ProjectID, Environment: o.place.Environment, Path: path})
	return store, folder, err
}

// store is that of the environment's server and credential.
func (o options) store(mode secrets.Mode, keys []string) (*secrets.Store, error) {
	insecure, err := strconv.ParseBool(cmp.Or(secrets.FromEnvironment("allow_insecure_http"), "false"))
	if err != nil {
		return nil, errors.New("INFISICAL_ALLOW_INSECURE_HTTP is neither true nor false")
	}
	host, hostFrom, err := (secrets.Settings{}).Host()
	if err != nil {
		return nil, err
	}
	cfg := secrets.Config{
		Host: host, HostFrom: hostFrom, AllowInsecureHTTP: insecure,
		Mode: mode, SealingKeys: keys,
		WorkspaceID: o.place.ProjectID, UserAgent: "unseal", MaxRetries: secrets.DefaultMaxRetries,
		TLS: secrets.TLS{
			CACertPEM: secrets.FromEnvironment("ca_cert_pem"), CACertFile: secrets.FromEnvironment("ca_cert_file"),
			ClientCertFile: secrets.FromEnvironment("client_cert_file"), ClientKeyFile: secrets.FromEnvironment("client_key_file"),
		},
	}
	for _, err := range (secrets.Settings{}).Credential(&cfg) {
		return nil, err
	}
	store, err := secrets.Open(cfg)
	if setting := (*secrets.SettingError)(nil); errors.As(err, &setting) {
		name, what := cmp.Or(secrets.Variables(setting.Setting), setting.Setting), "cannot be used"
		if setting.Setting == "host" {
			name = hostFrom
		}
		if setting.Missing {
			what = "is not set"
		}
		err = fmt.Errorf("%s %s: %w", name, what, err)
	}
	return store, err
}

// inFlags says of an error whose mend is one of the flags which of them it is:
// the store speaks of a provider's settings.
func inFlags(err error) error {
	var e *secrets.Error
	if !errors.As(err, &e) {
		return err
	}
	do := map[secrets.Problem]string{
		secrets.ProblemNotFound:      "Check the name, which is case-sensitive, --env and --path; unseal verify lists what is there.",
		secrets.ProblemFolderMissing: "Correct --path, or make the folder.",
		secrets.ProblemEnvironment:   "Correct --env: it is the slug of the environment, such as dev, not its name.",
		secrets.ProblemWorkspace:     "Correct --project, or use a credential of that project.",
	}[e.Problem]
	if do == "" {
		return err
	}
	said := *e
	said.Do = do
	return &said
}

// printWarnings writes what the store has to say beside its results.
func printWarnings(stderr io.Writer, store *secrets.Store, skipped []secrets.Folder) {
	for _, warning := range store.TakeWarnings() {
		fmt.Fprintf(stderr, "unseal: %s: %s\n", warning.Summary, warning.Detail)
	}
	for _, f := range skipped {
		fmt.Fprintf(stderr, "unseal: %s may not be read, and was left out\n", f)
	}
}
