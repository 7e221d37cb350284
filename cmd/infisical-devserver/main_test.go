package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// start runs the command and returns what it printed until it was ready.
func start(t *testing.T, lines int, args ...string) (printed string, stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- run(ctx, args, writer, io.Discard) }()
	scanner := bufio.NewScanner(reader)
	for range lines {
		if !scanner.Scan() {
			t.Fatalf("it printed too little, and ended with %v", <-done)
		}
		printed += scanner.Text() + "\n"
	}
	stop = func() error { cancel(); return <-done }
	return printed, stop
}

func TestEra(t *testing.T) {
	t.Parallel()
	if err := run(t.Context(), []string{"-era", "2022"}, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), "2024-10") {
		t.Errorf("an era that does not exist: %v", err)
	}
	line, stop := start(t, 1, "-json", "-era", "2024-10")
	var out struct{ Host string }
	if err := json.Unmarshal([]byte(line), &out); err != nil {
		t.Fatal(err)
	}
	resp, err := http.Get(out.Host + "/api/v2/service-token")
	if err != nil {
		t.Fatal(err)
	}
	if err := resp.Body.Close(); err != nil || resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("without a token: status %d, want 401 as in that era, not 403", resp.StatusCode)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	line, stop := start(t, 1, "-json", "-rate-limit", "3")
	var out map[string]any
	if err := json.Unmarshal([]byte(line), &out); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"host", "service_token", "service_token_read_only", "workspace_id", "environments", "project_key", "api_key", "private_key", "client_id", "client_secret"} {
		if out[key] == nil {
			t.Errorf("%s is missing", key)
		}
	}
	if len(out) != 10 {
		t.Errorf("%d keys", len(out))
	}
	token := out["service_token"].(string)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, out["host"].(string)+"/api/v2/service-token", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+token[:strings.LastIndex(token, ".")])
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != http.StatusOK || resp.Header.Get("X-Ratelimit-Limit") != "3" {
		t.Errorf("status %d, limit %s", resp.StatusCode, resp.Header.Get("X-Ratelimit-Limit"))
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestProjectOfVersion3(t *testing.T) {
	t.Parallel()
	for _, more := range [][]string{nil, {"-era", "2026-07"}} {
		projectOfVersion3(t, more...)
	}
}

func projectOfVersion3(t *testing.T, more ...string) {
	t.Helper()
	line, stop := start(t, 1, append([]string{"-json", "-project-version", "3"}, more...)...)
	var out ready
	if err := json.Unmarshal([]byte(line), &out); err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, out.Host+"/api/v1/workspace/"+out.WorkspaceID, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+out.ServiceToken[:strings.LastIndex(out.ServiceToken, ".")])
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	var answer struct{ Workspace struct{ Version int } }
	err = json.NewDecoder(resp.Body).Decode(&answer)
	_ = resp.Body.Close()
	if err != nil || answer.Workspace.Version != 3 {
		t.Errorf("a project of version %d: %v", answer.Workspace.Version, err)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestExportLines(t *testing.T) {
	t.Parallel()
	printed, stop := start(t, 2)
	if !strings.HasPrefix(printed, "export INFISICAL_HOST=http://127.0.0.1:") || !strings.Contains(printed, "\nexport INFISICAL_SERVICE_TOKEN=st.") {
		t.Errorf("%s", printed)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}

func TestWrongFlags(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{
		{"-addr", "0.0.0.0:0"}, {"-addr", "example.com:80"}, {"-addr", "nonsense"}, {"-rate-limit", "-1"}, {"-latency", "-1s"}, {"-latency", "soon"}, {"-project-version", "4"}, {"-project-version", "2", "-era", "2023-11"}, {"-project-version", "3", "-era", "2024-05"}, {"-era", "2026-07"}, {"-nope"}, {"word"},
	} {
		var stdout, stderr bytes.Buffer
		if err := run(t.Context(), args, &stdout, &stderr); err == nil {
			t.Errorf("%v was taken", args)
		}
		if stdout.Len() > 0 {
			t.Errorf("%v printed %q", args, stdout.String())
		}
	}
	if err := run(t.Context(), []string{"-h"}, io.Discard, io.Discard); err != nil {
		t.Errorf("-h: %v", err)
	}
}

func TestEndsCleanlyOnSignals(t *testing.T) {
	t.Parallel()
	binary := filepath.Join(t.TempDir(), "infisical-devserver")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, signal := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		cmd := exec.Command(binary, "-json")
		stdout, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if _, err := bufio.NewReader(stdout).ReadString('\n'); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Process.Signal(signal); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("%s: %v", signal, err)
		}
	}
}

func TestFolders(t *testing.T) {
	t.Parallel()
	line, stop := start(t, 1, "-json", "-folder", "/app,/x/y")
	var out struct {
		Host         string `json:"host"`
		ServiceToken string `json:"service_token"`
		WorkspaceID  string `json:"workspace_id"`
	}
	if err := json.Unmarshal([]byte(line), &out); err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, out.Host+"/api/v1/folders?environment=prod&path=/&workspaceId="+out.WorkspaceID, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+out.ServiceToken[:strings.LastIndex(out.ServiceToken, ".")])
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(resp.Body)
	if err != nil || !strings.Contains(string(body), `"name":"app"`) || !strings.Contains(string(body), `"name":"x"`) {
		t.Errorf("%v: %s", err, body)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
	if err := run(t.Context(), []string{"-folder", "app"}, io.Discard, io.Discard); err == nil {
		t.Error("a path without a slash was taken")
	}
}
