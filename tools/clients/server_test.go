// Package clients runs clients that others wrote, unchanged, against the
// development server in its newest era: what they can do with a real server they
// must be able to do with ours. It is a module of its own, so that what they need
// is nothing that the provider needs.
package clients

import (
	"bufio"
	"context"
	"encoding/json"
	"os/exec"
	"path/filepath"
	"testing"
)

// server is a running development server and a machine identity of its project.
type server struct {
	Host         string `json:"host"`
	ProjectID    string `json:"workspace_id"`
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
}

// start builds and runs the development server until the test ends.
func start(t *testing.T) server {
	t.Helper()
	program := filepath.Join(t.TempDir(), "infisical-devserver.exe")
	build := exec.Command("go", "build", "-o", program, "./cmd/infisical-devserver")
	build.Dir = filepath.Join("..", "..")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	ctx, stop := context.WithCancel(context.Background())
	run := exec.CommandContext(ctx, program, "-json", "-project-version", "3", "-era", "2026-07", "-folder", "/app")
	out, err := run.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := run.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop()
		_ = run.Wait()
	})
	line, err := bufio.NewReader(out).ReadBytes('\n')
	if err != nil {
		t.Fatal(err)
	}
	var s server
	if err := json.Unmarshal(line, &s); err != nil || s.Host == "" || s.ClientID == "" {
		t.Fatalf("it did not say where it is: %v", err)
	}
	return s
}
