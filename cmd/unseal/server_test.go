//go:build unix

package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/seal"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// site is a project on a server, as unseal finds it.
type site struct {
	*acctest.Sealed
	t *testing.T
}

func newSite(t *testing.T) site {
	t.Helper()
	return site{acctest.NewSealed(t), t}
}

// environment has the keys given, or the site's.
func (s site) environment(keys ...string) []string {
	if keys == nil {
		keys = s.Keys
	}
	return []string{"INFISICAL_HOST=" + s.Server.URL(), "INFISICAL_SERVICE_TOKEN=" + s.Token, keysVariable + "=" + strings.Join(keys, ",")}
}

func (s site) flags(command string, more ...string) []string {
	return append([]string{command, "--project", s.Owner.Project.ID, "--env", "dev"}, more...)
}

// seal writes secrets of a folder under a key.
func (s site) seal(key, path string, values map[string]string) {
	s.t.Helper()
	store, err := secrets.Open(secrets.Config{
		Host: s.Server.URL(), ServiceToken: s.Token, Mode: secrets.ModeSealed, SealingKeys: []string{key}, MaxRetries: 1,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	edit := secrets.Edit{Create: map[string]secrets.Draft{}}
	for name, value := range values {
		edit.Create[name] = secrets.Draft{Value: secrets.NewValue(value)}
	}
	folder := secrets.Folder{WorkspaceID: s.Owner.Project.ID, Environment: "dev", Path: path}
	if _, err := store.Edit(s.t.Context(), folder, edit); err != nil {
		s.t.Fatal(err)
	}
}

// plant puts a value there as the server or another client may.
func (s site) plant(path, name, value string) {
	s.Server.PutRawRecord(devserver.RawRecord{
		WorkspaceID: s.Owner.Project.ID, Environment: "dev", SecretPath: path, Name: name, Value: value, Type: "shared", Version: 1,
	})
}

// held are the values as the server holds them, by name.
func (s site) held(path string) map[string]string {
	out := map[string]string{}
	for _, r := range s.Server.RawRecords(s.Owner.Project.ID, "dev", path) {
		out[r.Name] = r.Value
	}
	return out
}

func idOf(t *testing.T, text string) string {
	t.Helper()
	key, err := seal.ParseKey(text)
	if err != nil {
		t.Fatal(err)
	}
	return key.ID()
}

func TestGet(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.Other().CreateFolder("dev", "/", "app")
	values := map[string]string{"EMPTY": "", "TEXT": "canary-of-a-value", "BYTES": "\xff\x00\n", "lines and blanks": " a\nb\n\n", "LONG": strings.Repeat("long ", 50_000)}
	s.seal(s.Keys[0], "/app", values)
	id, secret := s.Owner.Identity(devserver.Identity{Role: "admin"})
	accessID, _ := s.Owner.Identity(devserver.Identity{Role: "admin"})
	pipeline := s.Vouched(devserver.WayOIDC)
	variable, _, _ := strings.Cut(pipeline.Environ[0], "=")
	older := s.NewKey()
	for about, environment := range map[string][]string{
		"service token": s.environment(older, s.Keys[0]),
		"access token": {
			"INFISICAL_HOST=" + s.Server.URL(), "INFISICAL_TOKEN=" + s.Server.AccessToken(accessID), keysVariable + "=" + s.Keys[0],
		},
		"a method that is named, beside a token that is not meant": append([]string{
			"INFISICAL_HOST=" + s.Server.URL(), "INFISICAL_AUTH_METHOD=oidc", "INFISICAL_MACHINE_IDENTITY_ID=" + pipeline.ID,
			"INFISICAL_OIDC_AUTH_TOKEN_KEY_NAME=" + variable, "INFISICAL_SERVICE_TOKEN=hunter2",
			keysVariable + "=# a ring\n" + s.Keys[0] + "\n",
		}, pipeline.Environ...),
		"machine identity": {
			"INFISICAL_HOST=" + s.Server.URL() + "/api", "INFISICAL_UNIVERSAL_AUTH_CLIENT_ID=" + id,
			"INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET=" + secret, keysVariable + "=" + s.Keys[0],
		},
	} {
		for name, value := range values {
			r := unseal(t, environment, "", s.flags("get", "--path", "/app/", name)...)
			if r.stdout != value || r.stderr != "" || r.status != 0 {
				t.Errorf("%s: %s opens to something else than what went in: %s", about, name, r.stderr)
			}
		}
	}
	for _, args := range [][]string{
		{"get", "TEXT", "-path", "/app", "--project", s.Owner.Project.ID, "--env", "dev"},
		s.flags("get", "TEXT", "--path=/app"),
		s.flags("get", "--path", "/app", "--", "TEXT"),
	} {
		if r := unseal(t, s.environment(), "", args...); r.stdout != values["TEXT"] || r.status != 0 {
			t.Errorf("%q: %s", args, r.stderr)
		}
	}
	if writes := s.Writes(); writes[http.MethodPatch]+writes[http.MethodDelete] > 0 {
		t.Errorf("%v were sent", writes)
	}

	const value = "canary-of-a-value"
	all := s.held("/app")
	s.plant("/app", "SWAPPED", all["TEXT"])
	s.plant("/app", "PLAIN", value)
	s.plant("/app", "TWICE", all["TEXT"])
	s.plant("/app", "TWICE", all["TEXT"])
	for name, says := range map[string]string{
		"SWAPPED": "was sealed for another place", "PLAIN": "Its value is not sealed", "TWICE": "2 secrets of this name", "NONE": `: It does not exist on the server. Check the name, which is case-sensitive, --env and --path`,
	} {
		refused(t, unseal(t, s.environment(), "", s.flags("get", "--path", "/app", name)...), 1, []string{says}, value, all["TEXT"], s.Keys[0], s.Token)
	}
	refused(t, unseal(t, s.environment(older), "", s.flags("get", "--path", "/app", "TEXT")...), 1, []string{"with a key of id " + idOf(t, s.Keys[0])}, value, all["TEXT"], older)
	refused(t, unseal(t, s.environment(), "", s.flags("get", "--path", "/none", "TEXT")...), 1, []string{`There is no folder /none in environment "dev". Correct --path`})
	elsewhere := []string{"get", "TEXT", "--project", s.Owner.Project.ID, "--env", "Development"}
	refused(t, unseal(t, s.environment(), "", elsewhere...), 1, []string{`has no environment "Development"`, "Correct --env"})
	elsewhere = []string{"get", "TEXT", "--project", "5f1efa06-83ef-4dd8-850d-24bdfbd77c03", "--env", "dev"}
	refused(t, unseal(t, s.environment(), "", elsewhere...), 1, []string{"belongs to another project", "Correct --project"})
}

func TestVerify(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	first, second := s.Keys[0], s.NewKey()
	s.Other().CreateFolder("dev", "/", "app")
	s.Other().CreateFolder("dev", "/", "bad")
	s.seal(first, "/", map[string]string{"A": "canary-of-a-value", "two words": "b"})
	s.seal(second, "/app", map[string]string{"C": "c"})

	r := unseal(t, s.environment(first), "", s.flags("verify")...)
	lines := strings.Split(strings.TrimSpace(r.stdout), "\n")
	if r.status != 0 || r.stderr != "" || len(lines) != 3 {
		t.Fatalf("ended with %d: %s%s", r.status.ExitStatus(), r.stdout, r.stderr)
	}
	if fields := strings.Fields(lines[1]); fields[0] != "sealed" || fields[1] != idOf(t, first) || len(fields[2]) != 13 || fields[3] != "/" || fields[4] != "A" {
		t.Errorf("says %q", lines[1])
	}
	if !strings.HasSuffix(lines[2], `"two words"`) {
		t.Errorf("says %q", lines[2])
	}
	r = unseal(t, s.environment(first, second), "", s.flags("verify", "--recursive")...)
	if r.status.ExitStatus() != 1 || r.stderr != "" || !strings.Contains(r.stdout, "other key  "+idOf(t, second)) {
		t.Errorf("ended with %d: %s%s", r.status.ExitStatus(), r.stdout, r.stderr)
	}
	// What does not open counts more than what is under another key.
	s.plant("/bad", "PLAIN", "canary-of-a-value")
	s.plant("/bad", "LOUD\x1b[2J", "canary-of-a-value") // a name that is not shown
	r = unseal(t, s.environment(first, second), "", s.flags("verify", "--recursive")...)
	if r.status.ExitStatus() != 2 || !strings.Contains(r.stderr, "is not sealed") || !strings.Contains(r.stderr, "its name is not shown") ||
		strings.Count(r.stdout, "closed") != 2 || !strings.Contains(r.stdout, "/bad    PLAIN\n") || !strings.Contains(r.stdout, "/bad    \"\"\n") ||
		strings.Contains(r.stdout+r.stderr, "canary") || strings.Contains(r.stdout+r.stderr, "\x1b") {
		t.Errorf("ended with %d: %s%s", r.status.ExitStatus(), r.stdout, r.stderr)
	}
	// A key that is not there: which one it is can be seen.
	r = unseal(t, s.environment(first), "", s.flags("verify", "--path", "/app")...)
	if r.status.ExitStatus() != 2 || !strings.Contains(r.stdout, "closed  "+idOf(t, second)+"  -") {
		t.Errorf("ended with %d: %s%s", r.status.ExitStatus(), r.stdout, r.stderr)
	}
	// A folder that may not be read is not in order for all that is known.
	narrow := s.NewToken(seed.Token{Scopes: []devserver.Scope{{Environment: "dev", SecretPath: "/"}}})
	environment := append(s.environment(first), "INFISICAL_SERVICE_TOKEN="+narrow)
	r = unseal(t, environment, "", s.flags("verify", "--recursive")...)
	if r.status.ExitStatus() != 2 || !strings.Contains(r.stderr, "/app of environment \"dev\" may not be read") {
		t.Errorf("ended with %d: %s%s", r.status.ExitStatus(), r.stdout, r.stderr)
	}
	if writes := s.Writes(); writes[http.MethodPatch]+writes[http.MethodDelete] > 0 {
		t.Errorf("%v were sent", writes)
	}
	refused(t, unseal(t, s.environment(), "", s.flags("verify", "--path", "/none")...), 125, []string{"There is no folder /none"})
}

func TestRekey(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	first, second, stranger := s.Keys[0], s.NewKey(), s.NewKey()
	s.Other().CreateFolder("dev", "/", "app")
	values := map[string]string{"A": "canary-of-a-value", "BYTES": "\xff\x00", "EMPTY": ""}
	s.seal(first, "/", values)
	s.seal(second, "/", map[string]string{"DONE": "done"})
	s.seal(first, "/app", map[string]string{"BELOW": "below"})
	before := s.held("/")

	r := unseal(t, s.environment(second, first), "", s.flags("rekey")...)
	if r.status != 0 || r.stderr != "" || r.stdout != "3 sealed anew under key "+idOf(t, second)+", 0 failed, 0 that do not open were left as they are\n" {
		t.Fatalf("ended with %d: %s%s", r.status.ExitStatus(), r.stdout, r.stderr)
	}
	if s.held("/")["DONE"] != before["DONE"] {
		t.Error("what was under the first key was written again")
	}
	s.Keys = []string{second}
	for name, value := range values {
		if got := s.Read("dev", "/")[name].Value; got != value {
			t.Errorf("%s holds another value", name)
		}
	}
	if id, _ := seal.KeyID(s.held("/app")["BELOW"]); id != idOf(t, first) {
		t.Error("without --recursive it went down")
	}

	// What does not open stays byte by byte, and the rest does not wait for it.
	s.seal(stranger, "/app", map[string]string{"STRANGE": "strange"})
	s.plant("/app", "PLAIN", "canary-of-a-value")
	s.plant("/app", "SWAPPED", before["A"])
	closed := s.held("/app")
	r = unseal(t, s.environment(second, first), "", s.flags("rekey", "--recursive")...)
	if r.status.ExitStatus() != 1 || !strings.HasPrefix(r.stdout, "1 sealed anew") || !strings.Contains(r.stdout, "3 that do not open") ||
		strings.Count(r.stderr, "unseal: ") != 3 || strings.Contains(r.stderr, "canary") {
		t.Errorf("ended with %d: %s%s", r.status.ExitStatus(), r.stdout, r.stderr)
	}
	for _, name := range []string{"STRANGE", "PLAIN", "SWAPPED"} {
		if s.held("/app")[name] != closed[name] {
			t.Errorf("%s was touched", name)
		}
	}
	if id, _ := seal.KeyID(s.held("/app")["BELOW"]); id != idOf(t, second) {
		t.Error("with --recursive it did not go down")
	}
	s.Server.ResetRequests()
	r = unseal(t, s.environment(second, first), "", s.flags("rekey")...)
	if r.status != 0 || !strings.HasPrefix(r.stdout, "0 sealed anew") || len(s.Writes()) > 0 {
		t.Errorf("nothing was left to do: ended with %d: %s%s", r.status.ExitStatus(), r.stdout, r.stderr)
	}

	readOnly := s.NewToken(seed.Token{ReadOnly: true})
	environment := append(s.environment(first, second), "INFISICAL_SERVICE_TOKEN="+readOnly)
	r = unseal(t, environment, "", s.flags("rekey")...)
	if r.status.ExitStatus() != 1 || !strings.HasPrefix(r.stdout, "0 sealed anew") || !strings.Contains(r.stderr, "read") || len(s.Writes()) > 0 {
		t.Errorf("ended with %d: %s%s", r.status.ExitStatus(), r.stdout, r.stderr)
	}
}

// TestRekeyIsKilled: in the middle all can be read with both keys, and the next
// run goes on.
func TestRekeyIsKilled(t *testing.T) {
	t.Parallel()
	const count = 230 // of which the first request takes a hundred
	s := newSite(t)
	first, second := s.Keys[0], s.NewKey()
	values := map[string]string{}
	for i := range count {
		values[fmt.Sprintf("N%d", i)] = fmt.Sprint("value ", i)
	}
	s.seal(first, "/", values)
	writes := make(chan struct{})
	seen := 0
	stop := s.Server.InjectFault(func(r devserver.Request) *devserver.Fault {
		if r.Method != http.MethodPatch {
			return nil
		}
		if seen++; seen == 2 {
			close(writes)
		}
		return &devserver.Fault{Delay: 100 * time.Millisecond}
	})
	cmd := exec.Command(binary, s.flags("rekey")...)
	cmd.Env, cmd.Stdout, cmd.Stderr = append(always(), s.environment(second, first)...), io.Discard, io.Discard
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	<-writes
	_ = cmd.Process.Kill()
	if err := cmd.Wait(); !errors.As(err, new(*exec.ExitError)) || cmd.ProcessState.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
		t.Fatalf("it was not killed: %v", err)
	}
	stop()
	s.Keys = []string{second, first}
	got := s.Read("dev", "/") // fails if one does not open
	for name, value := range values {
		if got[name].Value != value {
			t.Fatalf("%s holds another value", name)
		}
	}
	r := unseal(t, s.environment(second, first), "", s.flags("rekey")...)
	if left := []string{"130 sealed anew", "30 sealed anew"}; r.status != 0 || !slices.ContainsFunc(left, func(text string) bool { return strings.HasPrefix(r.stdout, text) }) {
		t.Errorf("ended with %d: %s%s", r.status.ExitStatus(), r.stdout, r.stderr)
	}
	if r := unseal(t, s.environment(second), "", s.flags("verify")...); r.status != 0 {
		t.Errorf("it is not in order: %s%s", r.stdout, r.stderr)
	}
}

// TestWrongServers: what is wrong with the way to the server is said before
// anything is asked, and nothing of a credential.
func TestWrongServers(t *testing.T) {
	t.Parallel()
	key := newKey(t).Reveal()
	const token = "st.4b5f3c2a-0000-4000-8000-000000000001.0123456789abcdef0123456789abcdef"
	host, keys := "INFISICAL_HOST=http://127.0.0.1:1", keysVariable+"="+key
	for i, c := range []struct {
		environment []string
		args        []string
		status      int
		says        string
	}{
		{[]string{host, keys}, []string{"get", "--project", "p", "--env", "e", "N"}, 1, "No credential is configured, so nothing can be read or written. Set INFISICAL_SERVICE_TOKEN or INFISICAL_TOKEN in the environment"},
		{[]string{host, keys}, []string{"verify", "--project", "p", "--env", "e"}, 125, "No credential is configured"},
		{[]string{host, keys, "INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET=hunter2"}, []string{"rekey", "--project", "p", "--env", "e"}, 1, "Set INFISICAL_UNIVERSAL_AUTH_CLIENT_ID in the environment"},
		{[]string{host, keys, "INFISICAL_SERVICE_TOKEN=" + token, "INFISICAL_UNIVERSAL_AUTH_CLIENT_ID=id"}, []string{"rekey", "--project", "p", "--env", "e"}, 1, "More than one credential is given: INFISICAL_SERVICE_TOKEN, INFISICAL_UNIVERSAL_AUTH_CLIENT_ID."},
		{[]string{host, keys, "INFISICAL_AUTH_METHOD=guess"}, []string{"rekey", "--project", "p", "--env", "e"}, 1, "Set it to one of api_key, universal, oidc, kubernetes, aws_iam, token, or unset it."},
		{[]string{host, keys, "INFISICAL_AUTH_METHOD=aws_iam", "INFISICAL_SERVICE_TOKEN=" + token}, []string{"rekey", "--project", "p", "--env", "e"}, 1, "Set INFISICAL_MACHINE_IDENTITY_ID in the environment"},
		{[]string{host, keys, "INFISICAL_TOKEN=eyJx"}, []string{"get", "--project", "p", "--env", "e", "N"}, 1, "INFISICAL_TOKEN cannot be used: it is no access token"},
		{[]string{host, keys, "INFISICAL_SERVICE_TOKEN=hunter2"}, []string{"get", "--project", "p", "--env", "e", "N"}, 1, "INFISICAL_SERVICE_TOKEN or INFISICAL_TOKEN cannot be used"},
		{[]string{"INFISICAL_HOST=http://example.com", keys, "INFISICAL_SERVICE_TOKEN=" + token}, []string{"get", "--project", "p", "--env", "e", "N"}, 1, "INFISICAL_HOST cannot be used"},
		{[]string{"INFISICAL_API_URL=http://example.com/api", keys, "INFISICAL_SERVICE_TOKEN=" + token}, []string{"get", "--project", "p", "--env", "e", "N"}, 1, "INFISICAL_API_URL cannot be used"},
		{[]string{"INFISICAL_HOST=", "INFISICAL_API_URL=http://127.0.0.1:1", keys, "INFISICAL_SERVICE_TOKEN=" + token}, []string{"get", "--project", "p", "--env", "e", "N"}, 1, "INFISICAL_HOST is set and empty"},
		{[]string{"INFISICAL_DOMAIN=http://127.0.0.1:1/", keys, "INFISICAL_SERVICE_TOKEN=" + token}, []string{"get", "--project", "p", "--env", "e", "N"}, 1, "The server asked is http://127.0.0.1:1 (from INFISICAL_DOMAIN)."},
		{[]string{host, "INFISICAL_SERVICE_TOKEN=" + token}, []string{"get", "--project", "p", "--env", "e", "N"}, 1, "no sealing key in INFISICAL_SEALING_KEYS"},
		{[]string{host, keys}, []string{"get", "--project", "p", "--env", "e", "--path", "app", "N"}, 1, "--path cannot be used: it must begin with a slash"},
		{[]string{host, keys}, []string{"get", "--project", "p", "--env", "e"}, 2, "one argument"},
		{[]string{host, keys}, []string{"get", "--project", "p", "--env", "e", "N", "M"}, 2, "one argument"},
		{[]string{host, keys}, []string{"get", "N", "--project", "p", "M", "--env", "e"}, 2, "one argument"},
		{[]string{host, keys}, []string{"get", "N", "--project", "p", "--env", "e", "--nope"}, 2, "not defined: -nope"},
		{[]string{host, keys}, []string{"get", "--env", "e", "N"}, 2, "--project is missing"},
		{[]string{host, keys}, []string{"rekey", "--project", "p", "--env", "e", "/app"}, 2, "no arguments but flags"},
		{[]string{host, keys}, []string{"rekey", "/app", "--project", "p", "--env", "e", "--recursive"}, 2, "no arguments but flags"},
		{[]string{host, keys}, []string{"verify", "--project", "p", "--env", "e", "/app"}, 125, "no arguments but flags"},
		{[]string{host, keys}, []string{"get", "--project", "p", "--env", "e", "--recursive", "N"}, 2, "not defined: -recursive"},
	} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			refused(t, unseal(t, c.environment, "", c.args...), c.status, []string{c.says}, key, token, "hunter2")
		})
	}
}
