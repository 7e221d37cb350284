// Mutate takes each check that this provider's promises rest on out of the
// source, one at a time, and tells whether a test of the package notices. The
// source itself is not touched: the compiler is shown another file in place of
// the one that is changed.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
)

// mutation replaces the only occurrence of a text in a file.
type mutation struct {
	file, what, from, to string
	// run is the tests that are to notice, of the file's package or, as in
	// internal/provider:TestX, of another one; "" = all of the file's package.
	run string
}

func main() {
	only := flag.String("only", "", "`pattern` of the mutations to try")
	workers := flag.Int("workers", 2, "how many at the same time")
	flag.Parse()
	if err := mutate(regexp.MustCompile(*only), *workers); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func mutate(only *regexp.Regexp, workers int) error {
	dir, err := os.MkdirTemp("", "mutate-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	all, err := mutations()
	if err != nil {
		return err
	}
	var mu sync.Mutex
	var waiting sync.WaitGroup
	caught, survived := 0, []string{}
	slots := make(chan struct{}, workers)
	for i, m := range all {
		if !only.MatchString(m.file + ": " + m.what) {
			continue
		}
		slots <- struct{}{}
		waiting.Go(func() {
			defer func() { <-slots }()
			by, err := m.try(filepath.Join(dir, fmt.Sprint(i)))
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				by = err.Error()
				survived = append(survived, m.what)
			} else {
				caught++
			}
			fmt.Printf("%-34s %-46s %s\n", m.file, m.what, by)
		})
	}
	waiting.Wait()
	if len(survived) > 0 {
		return fmt.Errorf("%d caught, %d NOT: %s", caught, len(survived), strings.Join(survived, "; "))
	}
	fmt.Printf("All %d are caught.\n", caught)
	return nil
}

// mutated is the file as the compiler is to see it.
func (m mutation) mutated() (string, error) {
	source, err := os.ReadFile(m.file)
	if err != nil {
		return "", err
	}
	if found := strings.Count(string(source), m.from); found != 1 {
		return "", fmt.Errorf("%d occurrences of %q: mend the list in cmd/mutate", found, m.from)
	}
	return strings.Replace(string(source), m.from, m.to, 1), nil
}

var failedTest = regexp.MustCompile(`(?m)^\s*--- FAIL: (\S+)`)

// try returns the name of a test that notices, or an error if none does, or if
// the mutation is none.
func (m mutation) try(base string) (by string, err error) {
	changed, err := m.mutated()
	if err != nil {
		return "", err
	}
	path, err := filepath.Abs(m.file)
	if err != nil {
		return "", err
	}
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {path: base + ".go"}})
	if err != nil {
		return "", err
	}
	for name, content := range map[string]string{base + ".go": changed, base + ".json": string(overlay)} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			return "", err
		}
	}
	args := []string{"test", "-overlay", base + ".json", "-count=1", "-failfast", "-timeout=5m"}
	in, run := filepath.Dir(m.file), m.run
	if other, pattern, ok := strings.Cut(run, ":"); ok {
		in, run = other, pattern
	}
	if run != "" {
		args = append(args, "-run", run)
	}
	out, err := exec.CommandContext(context.Background(), "go", append(args, "./"+in)...).CombinedOutput()
	switch found := failedTest.FindStringSubmatch(string(out)); {
	case err == nil:
		return "", fmt.Errorf("NOT CAUGHT")
	case strings.Contains(string(out), "[build failed]"):
		return "", fmt.Errorf("does not compile:\n%s", out)
	case found != nil:
		return found[1], nil
	case strings.Contains(string(out), "panic:"):
		return "a panic", nil
	default:
		return "", fmt.Errorf("no test ran:\n%s", out)
	}
}
