// Command bench measures what a thousand secrets cost: requests, seconds as a
// ratio to something measured in the same run, and the provider's peak memory.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/seal"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/tfcli"
)

const module = "github.com/infisical-e2ee/terraform-provider-infisical"

func main() {
	count := flag.Int("secrets", 1000, "how many secrets")
	slow := flag.Int("slow-secrets", 100, "how many on a server with real costs")
	mode := flag.String("mode", "e2ee", "encryption mode, e2ee or sealed")
	forms := flag.Bool("forms", false, "measure the forms of infisical_secrets and nothing else")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *mode, *count, *slow, *forms)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// bench is what all measurements share.
type bench struct {
	ctx     context.Context
	cli     tfcli.CLI
	dir     string
	shared  string // the provider as it is
	unbatch string // built to send every write alone
	sealed  bool   // in sealed mode, on a server of October 2024
}

func run(ctx context.Context, mode string, count, slow int, forms bool) error {
	if mode != "e2ee" && mode != "sealed" {
		return fmt.Errorf("there is no mode %q", mode)
	}
	cli, err := tfcli.Find(ctx, ".cache", os.Stderr)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "infisical-bench-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	b := &bench{ctx, cli, dir, filepath.Join(dir, "shared"), filepath.Join(dir, "alone"), mode == "sealed"}
	fmt.Fprintln(os.Stderr, "Building the provider twice: as it is, and sending every write alone.")
	for binary, flags := range map[string]string{b.shared: "", b.unbatch: "-X " + module + "/internal/secrets.sharing=off"} {
		build := exec.CommandContext(ctx, "go", "build", "-ldflags", flags, "-o", binary, module)
		if out, err := build.CombinedOutput(); err != nil {
			return fmt.Errorf("%w\n%s", err, out)
		}
	}

	fmt.Printf("%-52s %9s %9s %8s %8s\n", "", "requests", "seconds", "ratio", "MB")
	fast := devserver.Options{Latency: time.Millisecond}
	if forms {
		return b.forms()
	}
	floor, err := b.floor(count)
	if err != nil {
		return err
	}
	fmt.Printf("%-52s %9s %9.1f %8s %8s\n", fmt.Sprintf("plan of %d terraform_data", count), "", floor.Seconds(), "1.0", "")

	if err := b.lifecycle(fmt.Sprintf("%d secrets, latency 1 ms", count), count, fast, floor); err != nil {
		return err
	}
	slowServer := devserver.Options{Latency: 100 * time.Millisecond, WriteCost: 90 * time.Millisecond}
	if err := b.lifecycle(fmt.Sprintf("%d secrets, 90 ms a write and 100 ms a request", slow), slow, slowServer, 0); err != nil {
		return err
	}
	if err := b.forms(); err != nil {
		return err
	}
	return b.memory()
}

// lifecycle measures plan, create, update and destroy, each beside the same
// with every write alone.
func (b *bench) lifecycle(title string, count int, options devserver.Options, floor time.Duration) error {
	fmt.Println(title)
	results := map[string]map[string]result{}
	for _, mode := range []string{"alone", "shared"} {
		binary := map[string]string{"alone": b.unbatch, "shared": b.shared}[mode]
		results[mode] = map[string]result{}
		w, err := b.world(binary, options)
		if err != nil {
			return err
		}
		w.write(secretsHCL(count))
		for _, step := range []struct {
			name string
			env  string
			args []string
		}{
			{"create", "TF_VAR_value=1", []string{"apply", "-auto-approve"}},
			{"plan", "TF_VAR_value=1", []string{"plan"}},
			{"update", "TF_VAR_value=2", []string{"apply", "-auto-approve"}},
			{"destroy", "TF_VAR_value=2", []string{"destroy", "-auto-approve"}},
		} {
			fmt.Fprintf(os.Stderr, "  %s, %s …\n", step.name, mode)
			r, err := w.measure(append(w.env, step.env), step.args...)
			if err != nil {
				w.close()
				return err
			}
			results[mode][step.name] = r
		}
		w.close()
	}
	for _, step := range []string{"create", "update", "destroy"} {
		alone, shared := results["alone"][step], results["shared"][step]
		fmt.Printf("  %-50s %9d %9.1f %8s %8d\n", step+", every write alone", alone.requests, alone.took.Seconds(), "1.0", alone.peakMB)
		fmt.Printf("  %-50s %9d %9.1f %8.2f %8d\n", step, shared.requests, shared.took.Seconds(), shared.took.Seconds()/alone.took.Seconds(), shared.peakMB)
	}
	plan, ratio := results["shared"]["plan"], ""
	if floor > 0 {
		ratio = fmt.Sprintf("%.2f", plan.took.Seconds()/floor.Seconds())
	}
	fmt.Printf("  %-50s %9d %9.1f %8s %8d\n", "plan", plan.requests, plan.took.Seconds(), ratio, plan.peakMB)
	return nil
}

// memory measures the provider on a folder of ten thousand secrets.
func (b *bench) memory() error {
	w, err := b.world(b.shared, devserver.Options{})
	if err != nil {
		return err
	}
	defer w.close()
	fmt.Fprintln(os.Stderr, "  filling a folder with 10,000 secrets …")
	for i := range 10_000 {
		if err := w.put(fmt.Sprintf("SECRET_%d", i), strings.Repeat("v", 1024)); err != nil {
			return err
		}
	}
	w.write("ephemeral \"infisical_secret\" \"one\" {\n env_slug = \"dev\"\n name = \"SECRET_7\"\n}\n")
	r, err := w.measure(w.env, "plan")
	if err != nil {
		return err
	}
	fmt.Printf("%-52s %9d %9.1f %8s %8d\n", "one read in a folder of 10,000 secrets of 1 KiB", r.requests, r.took.Seconds(), "", r.peakMB)
	return nil
}

// put stores a secret as another client with the keys would.
func (w *world) put(name, value string) error {
	if w.b.sealed {
		place := seal.Place{ProjectID: w.owner.Project.ID, Environment: "dev", Path: "/", Name: name, Type: seal.TypeShared}
		envelope, err := w.ring.Seal(place, 1, []byte(value))
		w.server.PutRawRecord(devserver.RawRecord{WorkspaceID: w.owner.Project.ID, Environment: "dev", SecretPath: "/", Type: "shared", Version: 1, Name: name, Value: envelope})
		return err
	}
	sealedName, err := w.owner.Seal(name)
	if err != nil {
		return err
	}
	sealedValue, err := w.owner.Seal(value)
	w.server.PutRecord(devserver.Record{WorkspaceID: w.owner.Project.ID, Environment: "dev", SecretPath: "/", Type: "shared", Version: 1, Key: sealedName, Value: sealedValue})
	return err
}

func secretsHCL(count int) string {
	return fmt.Sprintf(`
variable "value" {}
resource "infisical_secret" "all" {
  count    = %d
  env_slug = "dev"
  name     = "SECRET_${count.index}"
  value    = "${var.value}-${count.index}"
}
`, count)
}

func (b *bench) floor(count int) (time.Duration, error) {
	w, err := b.world(b.shared, devserver.Options{})
	if err != nil {
		return 0, err
	}
	defer w.close()
	fmt.Fprintln(os.Stderr, "  what Terraform takes for resources of its own …")
	w.write(fmt.Sprintf("resource \"terraform_data\" \"all\" {\n count = %d\n input = count.index\n}\n", count))
	if _, err := w.measure(w.env, "apply", "-auto-approve"); err != nil {
		return 0, err
	}
	r, err := w.measure(w.env, "plan")
	return r.took, err
}

// world is a server and a configuration directory with a provider.
type world struct {
	b      *bench
	server *devserver.Server
	owner  *seed.Owner
	dir    string
	binary string
	env    []string
	ring   seal.Ring // of sealed mode
}

func (b *bench) world(binary string, options devserver.Options) (*world, error) {
	options.RateLimit = 1_000_000
	project := devserver.Project{Name: "bench"}
	var variables []string
	var ring seal.Ring
	if b.sealed {
		options.Era, project.Version = devserver.Era2024October, 3
		key, err := seal.GenerateKey()
		if err != nil {
			return nil, err
		}
		if ring, err = seal.NewRing(key); err != nil {
			return nil, err
		}
		variables = []string{"INFISICAL_ENCRYPTION_MODE=sealed", "INFISICAL_SEALING_KEYS=" + key.Reveal()}
	}
	server, err := devserver.Start(options)
	if err != nil {
		return nil, err
	}
	owner, err := seed.NewOwner(server, project)
	if err != nil {
		return nil, err
	}
	token, err := owner.ServiceToken(seed.Token{Name: "bench"})
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(b.dir, "world-")
	if err != nil {
		return nil, err
	}
	if err := tfcli.InstallProvider(binary, dir); err != nil {
		return nil, err
	}
	return &world{
		b: b, server: server, owner: owner, dir: dir, binary: binary, ring: ring,
		env: append(append(tfcli.Environ(), "INFISICAL_HOST="+server.URL(), "INFISICAL_SERVICE_TOKEN="+token), variables...),
	}, nil
}

func (w *world) close() { _ = w.server.Close() }

func (w *world) write(hcl string) {
	full := "terraform {\n required_providers {\n infisical = { source = \"infisical-e2ee/infisical\" }\n }\n}\n" + hcl
	_ = os.WriteFile(filepath.Join(w.dir, "main.tf"), []byte(full), 0o600)
	_, _ = w.command(w.env, "init")
}

type result struct {
	requests int
	took     time.Duration
	peakMB   int
}

func (w *world) measure(env []string, args ...string) (result, error) {
	w.server.ResetRequests()
	watched, stop := w.watchMemory()
	start := time.Now()
	out, err := w.command(env, args...)
	took := time.Since(start)
	stop()
	if err != nil {
		return result{}, fmt.Errorf("%v: %w\n%s", args, err, out)
	}
	return result{len(w.server.Requests()), took, watched()}, nil
}

func (w *world) command(env []string, args ...string) (string, error) {
	cmd := exec.CommandContext(w.b.ctx, w.b.cli.Path, append(args, "-no-color")...)
	cmd.Dir, cmd.Env = w.dir, env
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if w.b.ctx.Err() != nil {
		err = errors.New("interrupted")
	}
	return out.String(), err
}

// watchMemory follows the provider's processes of this world, where the system
// tells about them (Linux).
func (w *world) watchMemory() (peakMB func() int, stop func()) {
	var mu sync.Mutex
	peak, done, ended := 0, make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		ticker := time.NewTicker(20 * time.Millisecond)
		defer ticker.Stop()
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
				mu.Lock()
				peak = max(peak, peakOf(w.dir))
				mu.Unlock()
			}
		}
	}()
	return func() int { mu.Lock(); defer mu.Unlock(); return peak >> 10 }, func() { close(done); <-ended }
}

// peakOf is the largest resident size in KiB of the processes that run a
// program below dir.
func peakOf(dir string) int {
	peak := 0
	links, _ := filepath.Glob("/proc/[0-9]*/exe")
	for _, link := range links {
		if target, err := os.Readlink(link); err != nil || !strings.HasPrefix(target, dir) {
			continue
		}
		status, _ := os.ReadFile(filepath.Join(filepath.Dir(link), "status"))
		for line := range strings.Lines(string(status)) {
			if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
				kib, _ := strconv.Atoi(strings.Fields(rest)[0])
				peak = max(peak, kib)
			}
		}
	}
	return peak
}
