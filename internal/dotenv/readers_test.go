package dotenv_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/joho/godotenv"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/dotenv"
)

// TestOtherReaders gives programs of other people every value of up to three
// of the characters that mean something to one of them. What the package
// comment says of a reader is here the other way round: which values it reads
// as others.
func TestOtherReaders(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		read   func(t *testing.T, file string) map[string]string
		others func(value string, doubleQuoted bool) bool
	}{
		{"godotenv", readWithGodotenv, func(value string, doubleQuoted bool) bool {
			return doubleQuoted && (strings.HasSuffix(value, `"`) || strings.HasSuffix(value, `\`))
		}},
		{"bash", readWithShell("bash"), func(value string, _ bool) bool { return strings.Contains(value, "\r") }},
		{"sh", readWithShell("sh"), func(value string, _ bool) bool { return strings.Contains(value, "\r") }},
		{"node", readWithNode, func(value string, doubleQuoted bool) bool {
			return doubleQuoted && strings.ContainsAny(value, "\r\"\\$`")
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			var pairs []dotenv.Pair
			for i, value := range combinations("'\"\\$`\n\r\t #=!~{(nX5é", 3) {
				pair := dotenv.Pair{Name: "V" + strconv.Itoa(i), Value: value}
				text := encode(t, []dotenv.Pair{pair})
				if !c.others(value, strings.HasPrefix(text, pair.Name+`="`)) {
					pairs = append(pairs, pair)
				}
			}
			if len(pairs) < 4000 {
				t.Fatalf("only %d values are left", len(pairs))
			}
			file := filepath.Join(t.TempDir(), ".env")
			if err := os.WriteFile(file, []byte(encode(t, pairs)), 0o600); err != nil {
				t.Fatal(err)
			}
			got := c.read(t, file)
			for _, pair := range pairs {
				if value, found := got[pair.Name]; !found || value != pair.Value {
					t.Errorf("%q, written as %q, was read as %q", pair.Value, encode(t, []dotenv.Pair{pair}), value)
				}
			}
		})
	}
}

func encode(t *testing.T, pairs []dotenv.Pair) string {
	t.Helper()
	text, err := dotenv.Encode(pairs)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// combinations are all texts of up to so many of the characters.
func combinations(characters string, length int) []string {
	all := []string{""}
	for begin := 0; length > 0; length-- {
		end := len(all)
		for _, text := range all[begin:end] {
			for _, c := range characters {
				all = append(all, text+string(c))
			}
		}
		begin = end
	}
	return all
}

func readWithGodotenv(t *testing.T, file string) map[string]string {
	t.Helper()
	values, err := godotenv.Read(file)
	if err != nil {
		t.Fatal(err)
	}
	return values
}

// readWithShell sources the file, as `set -a; . file` does in scripts.
func readWithShell(shell string) func(t *testing.T, file string) map[string]string {
	return func(t *testing.T, file string) map[string]string {
		t.Helper()
		need(t, shell)
		need(t, "env")
		out := output(t, shell, "-c", `set -ea; . "$0"; exec env -0`, file)
		values := map[string]string{}
		for _, entry := range strings.Split(out, "\x00") {
			name, value, _ := strings.Cut(entry, "=")
			values[name] = value
		}
		return values
	}
}

// readWithNode uses the reader that is built in, that of `node --env-file`.
func readWithNode(t *testing.T, file string) map[string]string {
	t.Helper()
	need(t, "node")
	out := output(t, "node", "-e", `
const { parseEnv } = require("util"), { readFileSync } = require("fs")
process.stdout.write(JSON.stringify(parseEnv ? parseEnv(readFileSync(process.argv[1], "utf8")) : null))`, file)
	var values map[string]string
	if err := json.Unmarshal([]byte(out), &values); err != nil {
		t.Fatal(err)
	}
	if values == nil {
		t.Skip("this node has no util.parseEnv, which came with 20.12")
	}
	return values
}

func need(t *testing.T, program string) {
	t.Helper()
	if _, err := exec.LookPath(program); err != nil {
		t.Skipf("there is no %s on this machine", program)
	}
}

func output(t *testing.T, program string, args ...string) string {
	t.Helper()
	command := exec.Command(program, args...)
	command.Env = []string{"PATH=" + os.Getenv("PATH")}
	var out, errors bytes.Buffer
	command.Stdout, command.Stderr = &out, &errors
	if err := command.Run(); err != nil {
		t.Fatalf("%v: %s", err, errors.String())
	}
	return out.String()
}
