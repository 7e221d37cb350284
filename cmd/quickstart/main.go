// Command quickstart shows the provider's main job on this machine alone: it
// builds the provider and the development server, applies one end-to-end
// encrypted secret with real Terraform, and shows what the server holds beside
// what Terraform sees. It leaves nothing behind.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/tfcli"
)

const (
	module = "github.com/infisical-e2ee/terraform-provider-infisical"
	name   = "DB_PASSWORD"
	value  = "correct horse battery staple"
)

const preamble = `terraform {
  required_providers {
    infisical = { source = "infisical-e2ee/infisical" }
  }
}

provider "infisical" {} # host and token come from the environment

`

const configuration = `resource "infisical_secret" "db" {
  env_slug = "dev"
  name     = "` + name + `"
  value    = "` + value + `"
  comment  = "made by make quickstart"
}

output "value" {
  value     = infisical_secret.db.value
  sensitive = true
}
`

func main() {
	// A reader that goes away (| head) must not end this before it has cleaned
	// up; nor must a terminal that closes.
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	err := run(ctx)
	interrupted := ctx.Err() != nil
	stop()
	switch {
	case interrupted:
		fmt.Fprintln(os.Stderr, "\nInterrupted. The server was stopped and every file removed.")
		os.Exit(130)
	case err != nil:
		fmt.Fprintln(os.Stderr, "\nThe quickstart failed:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	start := time.Now()
	cli, err := tfcli.Find(ctx, ".cache", os.Stdout)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "infisical-quickstart-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	// What the programs below leave lying when they are interrupted goes too.
	if err := os.Setenv("TMPDIR", dir); err != nil {
		return err
	}

	step("Building the provider and the development server.")
	binary, server := filepath.Join(dir, "provider"), filepath.Join(dir, "infisical-devserver")
	for output, source := range map[string]string{binary: module, server: module + "/cmd/infisical-devserver"} {
		if _, err := command(ctx, "", nil, "go", "build", "-o", output, source); err != nil {
			return err
		}
	}

	step("Starting a server with a fresh end-to-end encrypted project. Of values and comments it gets ciphertext only; it has no key.")
	project, stop, err := startServer(ctx, server)
	if err != nil {
		return err
	}
	defer stop()
	fmt.Printf("    %s, project %s\n", project.Host, project.WorkspaceID)

	step("Applying this with %s:", cli.Name())
	fmt.Println(indent(configuration))
	work := filepath.Join(dir, "configuration")
	if err := os.Mkdir(work, 0o700); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(work, "main.tf"), []byte(preamble+configuration), 0o600); err != nil {
		return err
	}
	if err := tfcli.InstallProvider(binary, work); err != nil {
		return err
	}
	env := append(tfcli.Environ(), "INFISICAL_HOST="+project.Host, "INFISICAL_SERVICE_TOKEN="+project.ServiceToken)
	terraform := func(args ...string) (string, error) { return command(ctx, work, env, cli.Path, args...) }
	if _, err := terraform("init", "-no-color"); err != nil {
		return err
	}
	out, err := terraform("apply", "-auto-approve", "-no-color")
	if err != nil {
		return err
	}
	fmt.Println(indent(lastLineWith(out, "Apply complete!")))

	step("What the server holds, and what %s sees:", cli.Name())
	seen, err := terraform("output", "-raw", "value")
	if err != nil {
		return err
	}
	held, err := storedRecord(ctx, project)
	if err != nil {
		return err
	}
	if seen != value || strings.Contains(string(held), value) {
		return errors.New("the value did not come back as it went in, or the server holds it in the clear")
	}
	sideBySide(held, cli.Name())

	step("Planning again:")
	out, err = terraform("plan", "-detailed-exitcode", "-no-color")
	if err != nil {
		return err
	}
	fmt.Println(indent(lastLineWith(out, "No changes.")))

	step("Cleaning up: destroying the secret, stopping the server, removing every file.")
	if _, err := terraform("destroy", "-auto-approve", "-no-color"); err != nil {
		return err
	}
	fmt.Printf("\nIt works: %s managed an end-to-end encrypted secret, and the server only ever saw its value and comment as ciphertext (%d seconds).\n",
		cli.Name(), int(time.Since(start).Seconds()+0.5))
	return nil
}

var steps int

func step(format string, args ...any) {
	steps++
	fmt.Printf("\n%d. %s\n", steps, fmt.Sprintf(format, args...))
}

// command runs a program and shows what it printed only if it fails.
func command(ctx context.Context, dir string, env []string, program string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir, cmd.Env = dir, env
	inOwnGroup(cmd)
	cmd.WaitDelay = 10 * time.Second
	var stdout, all bytes.Buffer
	cmd.Stdout, cmd.Stderr = io.MultiWriter(&stdout, &all), &all
	if err := cmd.Run(); err != nil {
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		return "", fmt.Errorf("%s %s: %w\n%s", filepath.Base(program), strings.Join(args, " "), err, all.String())
	}
	return stdout.String(), nil
}

type project struct {
	Host         string `json:"host"`
	ServiceToken string `json:"service_token"`
	WorkspaceID  string `json:"workspace_id"`
}

// startServer starts the development server and waits for the line with which
// it says that it is ready.
func startServer(ctx context.Context, binary string) (p project, stop func(), err error) {
	cmd := exec.CommandContext(ctx, binary, "-json")
	inOwnGroup(cmd)
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return p, nil, err
	}
	if err := cmd.Start(); err != nil {
		return p, nil, err
	}
	stop = func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	}
	line, err := bufio.NewReader(stdout).ReadBytes('\n')
	if err == nil {
		err = json.Unmarshal(line, &p)
	}
	if err != nil {
		stop()
		return p, nil, fmt.Errorf("the development server did not start: %w", err)
	}
	return p, stop, nil
}

// storedRecord asks the server for the secret as any HTTP client could: the
// first three parts of the token read it, and cannot open it.
func storedRecord(ctx context.Context, p project) (json.RawMessage, error) {
	query := url.Values{"workspaceId": {p.WorkspaceID}, "environment": {"dev"}}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.Host+"/api/v3/secrets/"+name+"?"+query.Encode(), nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+p.ServiceToken[:strings.LastIndex(p.ServiceToken, ".")])
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("the server answered with status %d", resp.StatusCode)
	}
	return body, err
}

func sideBySide(answer json.RawMessage, cli string) {
	var body struct {
		Secret map[string]any `json:"secret"`
	}
	_ = json.Unmarshal(answer, &body)
	fmt.Printf("    %-24s%-50s%s\n", "", "the server", cli)
	for _, row := range []struct{ field, stored, seen string }{
		{"name", "", name},
		{"value", "secretValueCiphertext", value},
		{"  its IV", "secretValueIV", ""},
		{"  its tag", "secretValueTag", ""},
		{"comment", "secretCommentCiphertext", "made by make quickstart"},
	} {
		stored := body.Secret[row.stored]
		if row.stored == "" {
			stored = name + " (the server sees names)"
		}
		fmt.Printf("    %-24s%-50v%s\n", row.field, stored, row.seen)
	}
}

func lastLineWith(text, part string) string {
	found := ""
	for line := range strings.Lines(text) {
		if strings.Contains(line, part) {
			found = strings.TrimSpace(line)
		}
	}
	return found
}

func indent(text string) string {
	return "    " + strings.ReplaceAll(strings.TrimSpace(text), "\n", "\n    ")
}
