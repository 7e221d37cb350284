//go:build unix

package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/seal"
)

// binary is this test binary under the name of the command, as which it behaves
// like it. Not one that tests build: they would stay cached when it changes.
var binary string

// appVariable makes this test binary the application that unseal runs.
const appVariable = "UNSEAL_TEST_APP"

func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "unseal" {
		if file := os.Getenv(peakVariable); file != "" {
			os.Exit(runMeasured(file))
		}
		main()
		return
	}
	if kind := os.Getenv(appVariable); kind != "" {
		app(kind)
		return
	}
	status, err := runTests(m)
	if err != nil {
		panic(err)
	}
	os.Exit(status)
}

func runTests(m *testing.M) (status int, err error) {
	dir, err := os.MkdirTemp("", "unseal-test-")
	if err != nil {
		return 0, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	binary = filepath.Join(dir, "unseal")
	if err := os.Symlink(self, binary); err != nil {
		return 0, err
	}
	return m.Run(), nil
}

func app(kind string) {
	switch kind {
	case "tell": // its process id, arguments and environment
		_ = json.NewEncoder(os.Stdout).Encode(told{os.Getpid(), os.Args, encodeAll(os.Environ())})
	case "exit":
		os.Exit(37)
	case "die":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
		select {}
	case "signals": // until SIGTERM
		received := make(chan os.Signal, 10)
		signal.Notify(received, syscall.SIGHUP, syscall.SIGINT, syscall.SIGUSR1, syscall.SIGTERM)
		fmt.Println("ready")
		for s := range received {
			fmt.Println(s)
			if s == syscall.SIGTERM {
				os.Exit(38)
			}
		}
	}
}

// told is what the application saw. Environment is in base64, because it need
// not be text.
type told struct {
	PID         int
	Args        []string
	Environment []string
}

func encodeAll(texts []string) []string {
	var encoded []string
	for _, text := range texts {
		encoded = append(encoded, base64.StdEncoding.EncodeToString([]byte(text)))
	}
	return encoded
}

// ran is what a run of the command left.
type ran struct {
	stdout, stderr string
	pid            int
	status         syscall.WaitStatus
}

// always is in every environment. With -cover, a binary complains if it is not
// told where to put what it measured.
func always() []string {
	return []string{"PATH=" + os.Getenv("PATH"), "GOCOVERDIR=" + filepath.Dir(binary)}
}

// unseal runs the command with an environment of its own.
func unseal(t *testing.T, environment []string, stdin string, args ...string) ran {
	t.Helper()
	cmd := exec.Command(binary, args...)
	cmd.Env, cmd.Stdin = append(always(), environment...), strings.NewReader(stdin)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		t.Fatal(err)
	}
	return ran{stdout.String(), stderr.String(), cmd.Process.Pid, cmd.ProcessState.Sys().(syscall.WaitStatus)}
}

// project is where the tests' secrets are, and where the flags say that they are.
const project = "bf357c54-0000-4000-8000-000000000001"

var placeFlags = []string{"--project", project, "--env", "prod", "--path", "/app"}

func place(name string) seal.Place {
	return seal.Place{ProjectID: project, Environment: "prod", Path: "/app", Name: name, Type: seal.TypeShared}
}

// execArgs are those of an exec of this test binary.
func execArgs(t *testing.T, more ...string) []string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return slices.Concat([]string{"exec"}, placeFlags, more, []string{"--", self, "one", "--two", ""})
}

func newKey(t *testing.T) seal.Key {
	t.Helper()
	key, err := seal.GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func envelope(t *testing.T, key seal.Key, place seal.Place, value string) string {
	t.Helper()
	ring, err := seal.NewRing(key)
	if err != nil {
		t.Fatal(err)
	}
	text, err := ring.Seal(place, 1, []byte(value))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// refused checks that a run failed with this status, said this, printed nothing
// else, and gave none of the secrets away.
func refused(t *testing.T, r ran, status int, says []string, secrets ...string) {
	t.Helper()
	if r.status.ExitStatus() != status || r.stdout != "" {
		t.Errorf("ended with %d and %d bytes on standard output, want %d and none", r.status.ExitStatus(), len(r.stdout), status)
	}
	for _, text := range says {
		if !strings.Contains(r.stderr, text) {
			t.Errorf("%q does not say %q", r.stderr, text)
		}
	}
	for _, secret := range secrets {
		if strings.Contains(r.stderr, secret) {
			t.Error("a value, an envelope or a key was printed")
		}
	}
}

func TestExecOpensTheEnvironment(t *testing.T) {
	t.Parallel()
	key, older := newKey(t), newKey(t)
	values := map[string]string{
		"DB_PASSWORD": "correct horse", "EMPTY": "", "LINES": " a=b\n${X}\r\n", "BYTES": "\xff\xfe", "lower.case": "x",
	}
	var environment []string
	want := always()
	for name, value := range values {
		sealedBy := key
		if name == "LINES" {
			sealedBy = older
		}
		environment = append(environment, name+"="+envelope(t, sealedBy, place(name), value))
		want = append(want, name+"="+value)
	}
	for _, plain := range []string{"PLAIN=hunter2", "LOOKS=sealed.x", "NOTHING=", appVariable + "=tell"} {
		environment, want = append(environment, plain), append(want, plain)
	}
	keys := key.Reveal() + ",\n" + older.Reveal() + "\n"
	file := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(file, []byte(keys), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		about       string
		environment []string
		args        []string
	}{
		{"keys from the environment", []string{keysVariable + "=" + keys}, execArgs(t)},
		{"keys from a file", nil, execArgs(t, "--keys-file", file)},
		{"from a file rather than from the environment", []string{keysVariable + "=" + newKey(t).Reveal()}, execArgs(t, "--keys-file", file)},
		{"all required", []string{keysVariable + "=" + keys}, execArgs(t, "--require", "DB_PASSWORD, EMPTY", "--path", "/app/")},
		{"FIPS 140-3 alone", []string{keysVariable + "=" + keys, "GODEBUG=fips140=only"}, execArgs(t)},
	} {
		t.Run(c.about, func(t *testing.T) {
			t.Parallel()
			r := unseal(t, append(slices.Clone(environment), c.environment...), "", c.args...)
			if r.stderr != "" || r.status != 0 {
				t.Fatalf("ended with %d: %s", r.status.ExitStatus(), r.stderr)
			}
			var saw told
			if err := json.Unmarshal([]byte(r.stdout), &saw); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(saw.Args[1:], []string{"one", "--two", ""}) || saw.PID != r.pid {
				t.Errorf("arguments %q in process %d, want it in place of %d", saw.Args, saw.PID, r.pid)
			}
			wanted := slices.Clone(want)
			if strings.HasPrefix(c.about, "FIPS") {
				wanted = append(wanted, "GODEBUG=fips140=only")
			}
			wanted = encodeAll(wanted)
			slices.Sort(wanted)
			slices.Sort(saw.Environment)
			if !slices.Equal(saw.Environment, wanted) {
				t.Errorf("the application's environment is another one:\n%q\nwant\n%q", saw.Environment, wanted)
			}
		})
	}
}

func TestExecEndsAsTheApplicationDoes(t *testing.T) {
	t.Parallel()
	keys := keysVariable + "=" + newKey(t).Reveal()
	if r := unseal(t, []string{keys, appVariable + "=exit"}, "", execArgs(t)...); r.status.ExitStatus() != 37 || r.stderr != "" {
		t.Errorf("ended with %d, want 37: %s", r.status.ExitStatus(), r.stderr)
	}
	if r := unseal(t, []string{keys, appVariable + "=die"}, "", execArgs(t)...); r.status.Signal() != syscall.SIGKILL {
		t.Errorf("ended with %v, want the application's own signal", r.status)
	}
}

func TestExecHandsSignalsOn(t *testing.T) {
	t.Parallel()
	cmd := exec.Command(binary, execArgs(t)...)
	cmd.Env = []string{keysVariable + "=" + newKey(t).Reveal(), appVariable + "=signals"}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() }) // does nothing once it has ended
	lines := bufio.NewScanner(stdout)
	next := func() string {
		if !lines.Scan() {
			t.Fatal("the application ended too early")
		}
		return lines.Text()
	}
	if next() != "ready" {
		t.Fatal("the application is not ready")
	}
	for _, s := range []syscall.Signal{syscall.SIGHUP, syscall.SIGINT, syscall.SIGUSR1, syscall.SIGTERM} {
		if err := cmd.Process.Signal(s); err != nil {
			t.Fatal(err)
		}
		if got := next(); got != s.String() {
			t.Errorf("it got %s, want %s", got, s)
		}
	}
	if err := cmd.Wait(); cmd.ProcessState.ExitCode() != 38 {
		t.Errorf("ended with %v, want 38", err)
	}
}

func TestExecRunsNothingIfAnEnvelopeDoesNotOpen(t *testing.T) {
	t.Parallel()
	key, stranger := newKey(t), newKey(t)
	const value = "canary-of-a-value"
	good := envelope(t, key, place("GOOD"), value)
	elsewhere := place("ELSEWHERE")
	elsewhere.Path = "/"
	for _, c := range []struct {
		about, entry string
		says         []string
	}{
		{"of another name", "OTHER=" + good, []string{"OTHER: it was sealed for another", "seal it anew where it is"}},
		{"of another folder", "ELSEWHERE=" + envelope(t, key, elsewhere, value), []string{"ELSEWHERE: it was sealed for another"}},
		{"under an unknown key", "STRANGE=" + envelope(t, stranger, place("STRANGE"), value), []string{"STRANGE: none of the sealing keys", stranger.ID()}},
		{"altered", "GOOD=" + good[:len(good)-8] + "AAAAAAAA", []string{"GOOD: it was altered"}},
		{"cut", "GOOD=" + good[:30], []string{"GOOD: it was altered"}},
		{"of another version", "GOOD=sealed2" + good[7:], []string{"GOOD: it is a sealed envelope of a version", "newer unseal"}},
		{"with a NUL byte", "NUL=" + envelope(t, key, place("NUL"), value+"\x00"), []string{"NUL: its value holds a NUL byte"}},
	} {
		t.Run(c.about, func(t *testing.T) {
			t.Parallel()
			_, text, _ := strings.Cut(c.entry, "=")
			environment := []string{"FINE=" + envelope(t, key, place("FINE"), value), c.entry, keysVariable + "=" + key.Reveal(), appVariable + "=tell"}
			r := unseal(t, environment, "", execArgs(t)...)
			refused(t, r, 125, c.says, value, text, text[len("sealed1.PrYwf89m."):], key.Reveal(), "FINE")
		})
	}
	t.Run("several", func(t *testing.T) {
		t.Parallel()
		environment := []string{"B=" + good, "A=" + good, "PLAIN=" + value, keysVariable + "=" + key.Reveal(), appVariable + "=tell"}
		r := unseal(t, environment, "", execArgs(t, "--require", "PLAIN,MISSING")...)
		refused(t, r, 125, []string{"variables:\n  A: it was", "\n  B: it was", "PLAIN: it is required", "MISSING: it is required"}, value, good, key.Reveal())
	})
}

func TestExecRefusesAPlainValueThatIsRequired(t *testing.T) {
	t.Parallel()
	environment := []string{"DB_PASSWORD=canary-of-a-value", keysVariable + "=" + newKey(t).Reveal(), appVariable + "=exit"}
	if r := unseal(t, environment, "", execArgs(t)...); r.status.ExitStatus() != 37 {
		t.Errorf("a plain value that is not required stops it: %s", r.stderr)
	}
	r := unseal(t, environment, "", execArgs(t, "--require", "DB_PASSWORD")...)
	refused(t, r, 125, []string{"DB_PASSWORD: it is required"}, "canary-of-a-value")
}

func TestProgramsThatCannotBeRun(t *testing.T) {
	t.Parallel()
	keys := keysVariable + "=" + newKey(t).Reveal()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		program string
		status  int
		says    string
	}{
		{"no-such-program-anywhere", 127, "no such program"},
		{file + "-missing", 127, "no such program"},
		{file, 126, "permission denied"},
		{filepath.Dir(file), 126, "is a directory"},
	} {
		refused(t, unseal(t, []string{keys}, "", slices.Concat([]string{"exec"}, placeFlags, []string{c.program})...), c.status, []string{c.says})
	}
}

func TestOpen(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	keys := []string{keysVariable + "=" + key.Reveal()}
	args := slices.Concat([]string{"open", "--name", "N"}, placeFlags)
	for i, value := range []string{"", "text", "\xff\x00\n", strings.Repeat("long ", 50_000)} {
		r := unseal(t, keys, " "+envelope(t, key, place("N"), value)+"\n", args...)
		if r.stdout != value || r.stderr != "" || r.status != 0 {
			t.Errorf("value %d opens to something else than what went in: %s", i, r.stderr)
		}
	}
	const value = "canary-of-a-value"
	other := envelope(t, key, place("OTHER"), value)
	stranger := newKey(t)
	refused(t, unseal(t, keys, other, args...), 1, []string{"another project, environment, folder, name or type"}, value, other)
	refused(t, unseal(t, keys, value, args...), 1, []string{"it is no sealed envelope"}, value)
	refused(t, unseal(t, keys, "", args...), 1, []string{"it is no sealed envelope"})
	refused(t, unseal(t, keys, envelope(t, stranger, place("N"), value), args...), 1, []string{"The id is " + stranger.ID()}, value)
}

func TestKeygen(t *testing.T) {
	t.Parallel()
	r := unseal(t, nil, "", "keygen")
	text, oneLine := strings.CutSuffix(r.stdout, "\n")
	key, err := seal.ParseKey(text)
	if err != nil || !oneLine || r.status != 0 {
		t.Fatalf("ended with %d and no key on a line: %v", r.status.ExitStatus(), err)
	}
	if !strings.Contains(r.stderr, key.ID()) || !strings.Contains(r.stderr, "INFISICAL_SEALING_KEYS") || strings.Contains(r.stderr, text) {
		t.Errorf("says %q", r.stderr)
	}
	if again := unseal(t, nil, "", "keygen"); again.stdout == r.stdout {
		t.Error("it made the same key twice")
	}
}

// TestKeyFilesOfOthers: a file that somebody else can read or change is refused;
// a file descriptor that the shell opened is not asked, and does not reach the
// application.
func TestKeyFilesOfOthers(t *testing.T) {
	t.Parallel()
	key := newKey(t)
	entry := "A=" + envelope(t, key, place("A"), "value of A")
	for _, c := range []struct {
		mode os.FileMode
		says string
	}{
		{0o600, ""}, {0o400, ""}, {0o640, "others can read or change the file (mode 0640)"}, {0o604, "(mode 0604)"}, {0o620, "(mode 0620)"}, {0o602, "(mode 0602)"},
	} {
		file := filepath.Join(t.TempDir(), "keys")
		if err := os.WriteFile(file, []byte(key.Reveal()), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(file, c.mode); err != nil {
			t.Fatal(err)
		}
		r := unseal(t, []string{entry, appVariable + "=exit"}, "", execArgs(t, "--keys-file", file)...)
		if c.says != "" {
			refused(t, r, 125, []string{c.says, "chmod 600"}, key.Reveal())
		} else if r.status.ExitStatus() != 37 {
			t.Errorf("mode %o: %s", c.mode, r.stderr)
		}
	}
	r := unseal(t, []string{entry, appVariable + "=tell"}, key.Reveal()+"\n", execArgs(t, "--keys-fd", "0")...)
	var saw told
	if err := json.Unmarshal([]byte(r.stdout), &saw); err != nil || !slices.Contains(saw.Environment, encodeAll([]string{"A=value of A"})[0]) {
		t.Errorf("keys from standard input: %v: %s", err, r.stderr)
	}
}

func TestWrongCalls(t *testing.T) {
	t.Parallel()
	key := newKey(t).Reveal()
	file := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(file, []byte(key+"\nnot-a-key\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	keys := []string{keysVariable + "=" + key}
	for i, c := range []struct {
		environment []string
		args        []string
		status      int
		says        string
	}{
		{keys, nil, 2, "unseal exec --project"},
		{keys, []string{key}, 2, "no such command"},
		{keys, []string{"keygen", key}, 2, "no arguments"},
		{keys, []string{"open", "--env", "e", "--name", "N"}, 2, "--project is missing"},
		{keys, []string{"open", "--project", "p", "--name", "N"}, 2, "--env is missing"},
		{keys, []string{"open", "--project", "p", "--env", "e"}, 2, "--name is missing"},
		{keys, []string{"open", "--project", "p", "--env", "e", "--name", "N", "text"}, 2, "standard input"},
		{keys, []string{"open", "--project", "p", "--env", "e", "--name", "N", key}, 2, "an argument holds a sealing key"},
		{keys, []string{"open", "--project", "p", "--env", "e", "--name", "N", "--require", "A"}, 2, "not defined: -require"},
		{keys, []string{"open", "--project", "p", "--env", "e", "--name", "N", "--path", "app"}, 1, "does not begin with a slash"},
		{nil, []string{"open", "--project", "p", "--env", "e", "--name", "N"}, 1, "from the file descriptor of --keys-fd, or from INFISICAL_SEALING_KEYS"},
		{keys, []string{"exec", "--env", "e", "--", "true"}, 125, "--project is missing"},
		{keys, []string{"exec", "--project", "p", "true", "--env", "e"}, 125, "what stands behind the program is the program's"},
		{keys, []string{"exec", "--project", "p", "--env", "e"}, 125, "no program to run"},
		{keys, []string{"exec", "--project", "p", "--env", "e", "--name", "N", "--", "true"}, 125, "not defined: -name"},
		{append(keys, "A=sealed1.x"), []string{"exec", "--project", "p", "--env", "e", "--path", "app", "--", "true"}, 125, "does not begin with a slash"},
		{nil, []string{"exec", "--project", "p", "--env", "e", "--", "true"}, 125, "no sealing key in INFISICAL_SEALING_KEYS"},
		{[]string{keysVariable + "=" + key + "," + key}, []string{"exec", "--project", "p", "--env", "e", "--", "true"}, 125, "sealing key 2: it is there already"},
		{keys, []string{"exec", "--project", "p", "--env", "e", "--keys-file", file, "--", "true"}, 125, "sealing key 2: a sealing key is"},
		{keys, []string{"exec", "--project", "p", "--env", "e", "--keys-file", key, "--", "true"}, 125, "an argument holds a sealing key"},
		{keys, []string{"exec", "--project", "p", "--env", "e", "--" + key, "--", "true"}, 125, "It is not repeated here"},
		{keys, []string{"exec", "--project", "p", "--env", "e", "--keys=" + key, "--", "true"}, 125, "not defined: -keys"},
		{keys, []string{"exec", "--project", "p", "--env", key, "--", "true"}, 125, "an argument holds a sealing key"},
		{keys, []string{"exec", "--project", "p", "--env", "e", "--", key}, 125, "an argument holds a sealing key"},
		{keys, []string{"exec", "--project", "p", "--env", "e", "--keys-fd", key, "--", "true"}, 125, "It is not repeated here"},
		{keys, []string{"exec", "--project", "p", "--env", "e", "--keys-fd", "77", "--", "true"}, 125, "cannot read the keys"},
		{keys, []string{"exec", "--project", "p", "--env", "e", "--keys-fd", "0", "--keys-file", file, "--", "true"}, 125, "leave one out"},
		{keys, []string{"verify", "--project", "p", "--env", "e", "--recursive=" + key}, 125, "It is not repeated here"},
		{keys, []string{"get", "--project", "p", "--env", "e", key}, 2, "an argument holds a sealing key"},
		{keys, []string{"get", "--project", key, "--env", "e", "N"}, 2, "an argument holds a sealing key"},
		{keys, []string{"exec", "--project", "p", "--env", "e", "--keys-file", file + "-missing", "--", "true"}, 125, "no such file"},
	} {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			t.Parallel()
			refused(t, unseal(t, c.environment, "", c.args...), c.status, []string{c.says}, key, "not-a-key")
		})
	}
	for _, args := range [][]string{{"help"}, {"--help"}, {"exec", "-h"}, {"open", "--help"}} {
		if r := unseal(t, nil, "", args...); r.status != 0 || r.stderr != "" || !strings.Contains(r.stdout, "unseal keygen\n") {
			t.Errorf("%v: ended with %d: %s", args, r.status.ExitStatus(), r.stderr)
		}
	}
}
