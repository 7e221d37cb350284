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
	"strings"
	"syscall"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

const defaultHost = "https://app.infisical.com"

// settings are the variables that stand for settings of a store, which speaks
// of them as the provider does.
var settings = map[string]string{
	"host": "INFISICAL_HOST", "service_token": "INFISICAL_SERVICE_TOKEN", "workspace_id": "--project", "sealing_keys": keysVariable,
	"auth.universal.client_id": "INFISICAL_UNIVERSAL_AUTH_CLIENT_ID", "auth.universal.client_secret": "INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET",
}

// reach opens the store that the environment describes, and finds the folder
// of the flags there. ctx ends with an interrupt; what was sent by then is
// answered all the same.
func (o options) reach() (ctx context.Context, stop func(), store *secrets.Store, folder secrets.Folder, err error) {
	ctx, stop = signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	store, folder, err = o.open(ctx)
	if err != nil {
		stop()
	}
	return ctx, stop, store, folder, err
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
	insecure, err := strconv.ParseBool(cmp.Or(os.Getenv("INFISICAL_ALLOW_INSECURE_HTTP"), "false"))
	if err != nil {
		return nil, secrets.Folder{}, errors.New("INFISICAL_ALLOW_INSECURE_HTTP is neither true nor false")
	}
	cfg := secrets.Config{
		Host: cmp.Or(os.Getenv("INFISICAL_HOST"), defaultHost), AllowInsecureHTTP: insecure,
		ServiceToken: cmp.Or(os.Getenv("INFISICAL_SERVICE_TOKEN"), os.Getenv("INFISICAL_TOKEN")),
		ClientID:     os.Getenv(settings["auth.universal.client_id"]), ClientSecret: os.Getenv(settings["auth.universal.client_secret"]),
		Mode: secrets.ModeSealed, SealingKeys: strings.FieldsFunc(keys, func(c rune) bool { return strings.ContainsRune(", \t\r\n", c) }),
		WorkspaceID: o.place.ProjectID, UserAgent: "unseal", MaxRetries: secrets.DefaultMaxRetries,
		TLS: secrets.TLS{
			CACertPEM: os.Getenv("INFISICAL_CA_CERT_PEM"), CACertFile: os.Getenv("INFISICAL_CA_CERT_FILE"),
			ClientCertFile: os.Getenv("INFISICAL_CLIENT_CERT_FILE"), ClientKeyFile: os.Getenv("INFISICAL_CLIENT_KEY_FILE"),
		},
	}
	identity := cfg.ClientID != "" || cfg.ClientSecret != ""
	switch {
	case cfg.ServiceToken == "" && !identity:
		return nil, secrets.Folder{}, errors.New("there is no credential: set INFISICAL_SERVICE_TOKEN, or INFISICAL_UNIVERSAL_AUTH_CLIENT_ID and INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET")
	case cfg.ServiceToken != "" && identity:
		return nil, secrets.Folder{}, errors.New("there are two credentials, a service token and a machine identity, and which is meant cannot be known: unset one")
	}
	store, err := secrets.Open(cfg)
	var setting *secrets.SettingError
	switch {
	case errors.As(err, &setting) && setting.Missing:
		err = fmt.Errorf("%s is not set: %w", cmp.Or(settings[setting.Setting], setting.Setting), err)
	case errors.As(err, &setting):
		err = fmt.Errorf("%s cannot be used: %w", cmp.Or(settings[setting.Setting], setting.Setting), err)
	}
	if err != nil {
		return nil, secrets.Folder{}, err
	}
	folder, err := store.Locate(ctx, secrets.Folder{WorkspaceID: o.place.ProjectID, Environment: o.place.Environment, Path: path})
	return store, folder, err
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
