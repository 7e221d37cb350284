// Command infisical-devserver serves a stand-in for an Infisical server on
// this machine, with one end-to-end encrypted project and two service tokens,
// all in memory.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "infisical-devserver:", err)
		os.Exit(1)
	}
}

// ready is what -json prints, on one line.
type ready struct {
	Host                 string   `json:"host"`
	ServiceToken         string   `json:"service_token"`
	ServiceTokenReadOnly string   `json:"service_token_read_only"`
	WorkspaceID          string   `json:"workspace_id"`
	Environments         []string `json:"environments"`
	ProjectKey           string   `json:"project_key"`

	// Other credentials of the project; a server of 2023 has no identities.
	APIKey       string `json:"api_key"`
	PrivateKey   string `json:"private_key"`
	ClientID     string `json:"client_id,omitempty"`
	ClientSecret string `json:"client_secret,omitempty"`
}

// run serves until ctx ends. What it prints on stdout is for other programs,
// on stderr for people.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	flags := flag.NewFlagSet("infisical-devserver", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprint(stderr, "infisical-devserver: a stand-in for an Infisical server, on this machine and in memory.\n"+
			"It prints where it is and two service tokens of a fresh end-to-end encrypted project, and serves until it is interrupted.\n\n")
		flags.PrintDefaults()
	}
	addr := flags.String("addr", "127.0.0.1:0", "loopback `host:port` to listen on; port 0 takes a free one")
	asJSON := flags.Bool("json", false, "print one line of JSON instead of export lines")
	era := flags.String("era", "", "whose `server` to play: 2023-06, 2023-11, 2024-05, 2024-10, 2024-10-24 with the texts of two weeks later or, for a project of version 3 alone, 2026-07, which has /api/v4/secrets (default 2024-05, for a project of version 3 2024-10)")
	version := flags.Int("project-version", 1, "`version` of the project: 1 is end-to-end encrypted, 2 likewise with a server that holds the project key, 3 is for sealed and ES mode")
	rateLimit := flags.Int("rate-limit", 0, "requests a `minute` for each route and client; 0 = as the era's server (in 2024-05 1000, 600 and 50)")
	latency := flags.Duration("latency", 0, "`time` to wait before each answer, such as 20ms")
	writeCost := flags.Duration("write-cost", 0, "`time` that the server works for each secret written, one request after the other; a real one of 2024 about 90ms")
	reword := flags.Uint64("reword", 0, "`seed` of other words for every refusal, as of a server that nobody has met; 0 = the era's own words")
	folders := flags.String("folder", "", "`paths` of folders to make in every environment, separated by commas, such as /app,/app/db")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return nil
		}
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("it takes no arguments, only flags: %q", flags.Args())
	}
	if *rateLimit < 0 || *latency < 0 || *writeCost < 0 {
		return errors.New("-rate-limit, -latency and -write-cost cannot be negative")
	}

	switch {
	case *version < 1 || *version > 3:
		return errors.New("-project-version is 1, 2 or 3")
	case *version == 3 && *era == "":
		*era = string(devserver.Era2024October)
	case *version == 2 && devserver.Era(*era).Of2023():
		return errors.New("projects of version 2 came in 2024")
	case *version == 3 && !slices.Contains([]devserver.Era{devserver.Era2024October, devserver.Era2024OctoberLate, devserver.Era2026July}, devserver.Era(*era)):
		return errors.New("projects of version 3 are played in the eras 2024-10, 2024-10-24 and 2026-07 alone")
	case *version != 3 && *era == string(devserver.Era2026July):
		return errors.New("the era 2026-07 is played for projects of version 3 alone: add -project-version 3")
	case *era == "":
		*era = string(devserver.Era2024May)
	}

	server, err := devserver.Start(devserver.Options{Addr: *addr, Era: devserver.Era(*era), RateLimit: *rateLimit, Latency: *latency, WriteCost: *writeCost, Reword: *reword})
	if err != nil {
		return err
	}
	defer func() { _ = server.Close() }()
	owner, err := seed.NewOwner(server, devserver.Project{Name: "development", Version: *version})
	if err != nil {
		return err
	}
	for path := range strings.SplitSeq(*folders, ",") {
		if path == "" {
			continue
		}
		if !strings.HasPrefix(path, "/") {
			return fmt.Errorf("-folder: %q does not begin with a slash", path)
		}
		for _, e := range owner.Project.Environments {
			server.CreateFolder(owner.Project.ID, e.Slug, path)
		}
	}
	out := ready{Host: server.URL(), WorkspaceID: owner.Project.ID, ProjectKey: owner.KeyText}
	if out.ServiceToken, err = owner.ServiceToken(seed.Token{Name: "read and write"}); err != nil {
		return err
	}
	if out.ServiceTokenReadOnly, err = owner.ServiceToken(seed.Token{Name: "read only", ReadOnly: true}); err != nil {
		return err
	}
	if out.APIKey, out.PrivateKey, err = owner.APIKey(); err != nil {
		return err
	}
	if !devserver.Era(*era).Of2023() {
		out.ClientID, out.ClientSecret = owner.Identity(devserver.Identity{Name: "development", Role: devserver.RoleAdmin})
	}
	for _, e := range owner.Project.Environments {
		out.Environments = append(out.Environments, e.Slug)
	}

	if *asJSON {
		if err := json.NewEncoder(stdout).Encode(out); err != nil {
			return err
		}
	} else {
		fmt.Fprintf(stdout, "export INFISICAL_HOST=%s\nexport INFISICAL_SERVICE_TOKEN=%s\n", out.Host, out.ServiceToken)
		fmt.Fprintf(stderr, "# Serving project %s with the environments %s. Everything is gone when this stops (Ctrl-C).\n",
			out.WorkspaceID, strings.Join(out.Environments, ", "))
		fmt.Fprintf(stderr, "# A token that may only read: %s\n", out.ServiceTokenReadOnly)
		fmt.Fprintf(stderr, "# Instead of a token, with INFISICAL_PROJECT_ID=%s:\n", out.WorkspaceID)
		fmt.Fprintf(stderr, "#   a member's API key: INFISICAL_API_KEY=%s INFISICAL_PRIVATE_KEY=%s\n", out.APIKey, out.PrivateKey)
		if out.ClientID != "" {
			fmt.Fprintf(stderr, "#   a machine identity: INFISICAL_UNIVERSAL_AUTH_CLIENT_ID=%s INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET=%s INFISICAL_PROJECT_KEY=%s\n",
				out.ClientID, out.ClientSecret, out.ProjectKey)
		}
	}
	<-ctx.Done()
	return nil
}
