package clients

import (
	_ "embed"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// nodeSDK is the package as npm names it.
const nodeSDK = "@infisical/sdk@5.0.2"

//go:embed node_sdk.mjs
var nodeScript []byte

// TestNodeSDK is node_sdk.mjs, which stops at what it does not expect.
func TestNodeSDK(t *testing.T) {
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("this needs %s: %v", program, err)
		}
	}
	s, dir := start(t), t.TempDir()
	in := func(name string, args ...string) {
		t.Helper()
		run := exec.Command(name, args...)
		run.Dir = dir
		given, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		run.Env = append(os.Environ(), "SERVER="+string(given))
		if out, err := run.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", name, err, out)
		}
	}
	for name, content := range map[string][]byte{"package.json": []byte(`{"private": true}`), "node_sdk.mjs": nodeScript} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	in("npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", nodeSDK)
	in("node", "node_sdk.mjs")
}
