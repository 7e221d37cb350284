//go:build unix

package main

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/e2ee"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/seal"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// Bounds of one command against a server that lies.
const (
	mostRequests = 2000
	mostHeap     = 200 << 20 // bytes
)

// hostileSite is a site whose server lies to unseal, and to nobody else.
type hostileSite struct {
	site
	liar        *devserver.Liar
	environment []string
	secrets     []string                   // that no output may hold
	written     map[string]map[string]bool // values ever stored, by path, a space and name
	failed      int                        // commands that ended with an error
}

// newHostileSite has three folders under two keys, and values that were changed
// since. byIdentity: unseal logs in as a machine identity.
func newHostileSite(t *testing.T, liar *devserver.Liar, byIdentity bool, change ...func(*devserver.Options)) *hostileSite {
	t.Helper()
	s := site{acctest.NewSealed(t, change...), t}
	h := &hostileSite{site: s, liar: liar, written: map[string]map[string]bool{}}
	older := s.Keys[0]
	s.Other().CreateFolder("dev", "/", "app")
	s.Other().CreateFolder("dev", "/app", "below")
	for _, path := range []string{"/", "/app", "/app/below"} {
		values := map[string]string{}
		for _, name := range []string{"ONE", "TWO", "THREE"} {
			values[name] = h.value(path, name, 1)
		}
		s.seal(older, path, values)
	}
	s.Keys = []string{s.NewKey(), older}
	h.change("/app", "TWO", 2)
	h.environment = s.environment(s.Keys...)
	h.secrets = append(slices.Clone(s.Keys), s.Token)
	if byIdentity {
		id, secret := s.Owner.Identity(devserver.Identity{Role: "admin"})
		h.environment = []string{
			"INFISICAL_HOST=" + s.Server.URL(), keysVariable + "=" + strings.Join(s.Keys, ","),
			"INFISICAL_UNIVERSAL_AUTH_CLIENT_ID=" + id, "INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET=" + secret,
		}
		h.secrets = append(h.secrets, secret)
	}
	t.Cleanup(s.Server.InjectFault(liar.Script(func(r devserver.Request) bool { return !isUnseal(r) })))
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the lies: %s", strings.Join(liar.Told(), "; "))
		}
	})
	return h
}

func isUnseal(r devserver.Request) bool {
	return strings.HasPrefix(r.Header.Get("User-Agent"), "unseal")
}

// value is a new one of a name, and remembered.
func (h *hostileSite) value(path, name string, version int) string {
	key := path + " " + name
	if h.written[key] == nil {
		h.written[key] = map[string]bool{}
	}
	text := h.Secret(fmt.Sprintf("canary of %s, version %d", key, version))
	h.written[key][text] = true
	return text
}

// change stores another value, so that the server has an older one to answer with.
func (h *hostileSite) change(path, name string, version int) {
	h.Change("dev", path, name, h.value(path, name, version))
}

// runs has a command end, and checks what all of them have in common.
func (h *hostileSite) runs(statuses []int, args ...string) ran {
	h.t.Helper()
	return checked(h.t, h.Env, h.environment, h.secrets, statuses, &h.failed, args...)
}

// checked runs a command, and checks how it ends, what it shows and how often it
// asks. Standard output of get is the value, which the caller looks at.
func checked(t *testing.T, env *acctest.Env, environment, hidden []string, statuses []int, failed *int, args ...string) ran {
	t.Helper()
	before := len(env.Server.Requests())
	r := unseal(t, environment, "", args...)
	requests := env.Server.Requests()[before:]
	shown := r.stderr
	if args[0] != "get" {
		shown += r.stdout
	}
	status := r.status.ExitStatus()
	switch {
	case !slices.Contains(statuses, status), strings.Contains(r.stderr, "goroutine "):
		t.Errorf("%s ended with %d: %q", args[0], status, r.stderr)
	case status != 0 && args[0] != "verify" && r.stderr == "":
		t.Errorf("%s ended with %d and does not say why", args[0], status)
	}
	if status != 0 {
		*failed++
	}
	for _, r := range requests {
		if token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "); token != "" {
			hidden = append(hidden, token)
		}
		if r.Method == http.MethodDelete || r.Method == http.MethodPost && !strings.Contains(r.Route, "/login") || r.Method == http.MethodPatch && args[0] != "rekey" {
			t.Errorf("%s sent a %s to %s", args[0], r.Method, r.Route)
		}
	}
	if len(requests) > mostRequests {
		t.Errorf("%s sent %d requests", args[0], len(requests))
	}
	if slices.ContainsFunc(hidden, func(text string) bool { return strings.Contains(r.stdout+r.stderr, text) }) || strings.Contains(shown, "canary of") ||
		acctest.Search(shown, env.Canaries()) > 0 {
		t.Errorf("%s shows a value, a key or a token", args[0])
	}
	for line := range strings.SplitSeq(shown, "\n") {
		switch {
		case secrets.Printable(line) != line:
			t.Errorf("%s shows what a terminal obeys: %.300q", args[0], line)
		case strings.HasPrefix(strings.TrimSpace(line), "No changes."):
			t.Errorf("%s: a line of the server's stands by itself: %.300q", args[0], line)
		case len(line) > 20_000:
			t.Errorf("%s: a line is %d bytes long", args[0], len(line))
		}
	}
	return r
}

// get reads a secret: it is one that was stored there once, or none.
func (h *hostileSite) get(path, name string) {
	h.t.Helper()
	r := h.runs([]int{0, statusFailed}, h.flags("get", "--path", path, name)...)
	if r.status == 0 && !h.written[path+" "+name][r.stdout] || r.status != 0 && r.stdout != "" {
		h.t.Errorf("get %s of %s: it ended with %d and %d bytes that were never stored there", name, path, r.status.ExitStatus(), len(r.stdout))
	}
}

var columns = regexp.MustCompile(" {2,}")

// verify lists secrets: what it says opens was stored there once, and its status
// is that of the worst line.
func (h *hostileSite) verify(more ...string) {
	h.t.Helper()
	r := h.runs([]int{0, statusOtherKey, statusClosed, statusNothingRun}, h.flags("verify", more...)...)
	worst := 0
	for i, line := range strings.Split(strings.TrimSuffix(r.stdout, "\n"), "\n") {
		fields := columns.Split(line, 5)
		switch {
		case i == 0:
		case len(fields) != 5 || fields[4] == "":
			h.t.Errorf("verify: a line of fewer columns: %q", line)
		case fields[0] == "closed":
			worst = statusClosed
		case h.written[fields[3]+" "+fields[4]] == nil:
			h.t.Errorf("verify: %q was never stored, and is said to open", line)
		case fields[0] == "other key":
			worst = max(worst, statusOtherKey)
		}
	}
	if status := r.status.ExitStatus(); status < worst || status == statusNothingRun && r.stdout != "" {
		h.t.Errorf("verify ended with %d, and its worst line is of %d", status, worst)
	}
}

// rekey seals anew: whatever it did, all that the server holds opens, to a value
// that was stored there once.
func (h *hostileSite) rekey(more ...string) {
	h.t.Helper()
	h.runs([]int{0, statusFailed}, h.flags("rekey", more...)...)
	ring, err := seal.ParseRing(strings.Join(h.Keys, ","))
	if err != nil {
		h.t.Fatal(err)
	}
	count := 0
	for _, path := range []string{"/", "/app", "/app/below"} {
		for _, r := range h.Server.RawRecords(h.Owner.Project.ID, "dev", path) {
			count++
			value, _, _, err := ring.Open(seal.Place{ProjectID: r.WorkspaceID, Environment: "dev", Path: path, Name: r.Name, Type: seal.TypeShared}, r.Value)
			if err != nil || !h.written[path+" "+r.Name][string(value)] {
				h.t.Errorf("after rekey, %s of %s holds something else: %v", r.Name, path, err)
			}
		}
	}
	if count != len(h.written) {
		h.t.Errorf("after rekey there are %d secrets, want %d", count, len(h.written))
	}
}

// tally counts over the cells of a test, to see that they prove something.
type tally struct {
	mu     sync.Mutex
	told   map[string]bool
	failed int
}

func (c *tally) add(liar *devserver.Liar, failed int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failed += failed
	for _, lie := range liar.Told() {
		name, _, _ := strings.Cut(lie, " to ")
		c.told[name] = true
	}
}

// expect checks that at least so many kinds of lies were told, once all cells
// have ended.
func (c *tally) expect(t *testing.T, lies int) {
	t.Cleanup(func() {
		t.Logf("%d kinds of lies were told, %d commands ended with an error", len(c.told), c.failed)
		if len(c.told) < lies || c.failed == 0 {
			t.Errorf("only %d lies were told, want %d, and %d commands failed: this proves little", len(c.told), lies, c.failed)
		}
	})
}

// TestHostileServers: a seed decides which lies each answer tells. Whatever they
// are, a command ends in a right result or in an error.
func TestHostileServers(t *testing.T) {
	t.Parallel()
	lies := slices.Concat(devserver.LiesAboutFields(), devserver.LiesAboutPlaces(), devserver.LiesAboutKeys(), devserver.LiesOfShape(), devserver.LiesThatPrint())
	sum := &tally{told: map[string]bool{}}
	sum.expect(t, len(lies)/2)
	for i := range 12 {
		t.Run(fmt.Sprint("seed ", i), func(t *testing.T) {
			t.Parallel()
			random := rand.New(rand.NewPCG(uint64(i), 7))
			some := slices.Clone(lies)
			random.Shuffle(len(some), func(i, j int) { some[i], some[j] = some[j], some[i] })
			liar := devserver.NewLiar(uint64(i), 0.1+random.Float64()/2, some[:1+random.IntN(len(some))]...)
			if i%4 == 3 {
				sum.add(liar, projectKeyIDs(t, liar))
				return
			}
			var change []func(*devserver.Options)
			if i%2 == 1 {
				change = append(change, acctest.OverV4)
			}
			h := newHostileSite(t, liar, i%3 == 0, change...)
			h.verify("--recursive")
			h.get("/app", "TWO")
			h.rekey("--recursive")
			h.change("/app", "TWO", 3)
			h.get("/app", "TWO")
			h.verify("--path", "/app")
			sum.add(liar, h.failed)
		})
	}
}

// projectKeyIDs asks with every kind of credential: it is the id of the true
// key, or there is none. It returns how many commands failed.
func projectKeyIDs(t *testing.T, liar *devserver.Liar) (failed int) {
	t.Helper()
	env := acctest.New(t)
	key, err := e2ee.ParseKey(env.Owner.KeyText)
	if err != nil {
		t.Fatal(err)
	}
	apiKey, private, err := env.Owner.APIKey()
	if err != nil {
		t.Fatal(err)
	}
	id, secret := env.Owner.Identity(devserver.Identity{Role: "admin"})
	defer env.Server.InjectFault(liar.Script(func(r devserver.Request) bool { return !isUnseal(r) }))()
	for _, environment := range [][]string{
		{"INFISICAL_SERVICE_TOKEN=" + env.Token},
		{"INFISICAL_API_KEY=" + apiKey, "INFISICAL_PRIVATE_KEY=" + private},
		{"INFISICAL_API_KEY=" + apiKey, "INFISICAL_PRIVATE_KEY=" + private, "INFISICAL_PROJECT_KEY_ID=" + key.ID()},
		{"INFISICAL_UNIVERSAL_AUTH_CLIENT_ID=" + id, "INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET=" + secret, "INFISICAL_PROJECT_KEY=" + env.Owner.KeyText},
	} {
		r := checked(t, env, append(environment, "INFISICAL_HOST="+env.Server.URL()), []string{env.Token, apiKey, private, secret, env.Owner.KeyText},
			[]int{0, statusFailed}, &failed, "project-key-id", "--project", env.Owner.Project.ID)
		if r.status == 0 && r.stdout != key.ID()+"\n" || r.status != 0 && r.stdout != "" {
			t.Errorf("project-key-id ended with %d and said %q", r.status.ExitStatus(), r.stdout)
		}
	}
	if t.Failed() {
		t.Logf("the lies: %s", strings.Join(liar.Told(), "; "))
	}
	return failed
}

// TestHostileServersThatPrint: one kind of text at a time, in every answer.
func TestHostileServersThatPrint(t *testing.T) {
	t.Parallel()
	lies := devserver.LiesThatPrint()
	sum := &tally{told: map[string]bool{}}
	sum.expect(t, len(lies)/2)
	for i, lie := range lies {
		t.Run(lie.Name, func(t *testing.T) {
			t.Parallel()
			liar := devserver.NewLiar(uint64(i), 1, lie)
			h := newHostileSite(t, liar, i%2 == 0)
			if h.verify("--recursive"); i%4 == 0 {
				h.get("/app", "NONE")
			}
			sum.add(liar, h.failed)
		})
	}
}

// TestHostileServersThatGrow: folders, rows and imports without end take no more
// than a fixed amount of memory and of requests.
func TestHostileServersThatGrow(t *testing.T) {
	t.Parallel()
	lies := slices.DeleteFunc(devserver.LiesThatGrow(), func(lie devserver.Lie) bool {
		return lie.Name == "a few folders in every folder" // which takes minutes of the server's rate limit to its bound
	})
	sum := &tally{told: map[string]bool{}}
	sum.expect(t, len(lies)/2)
	for i, lie := range lies {
		t.Run(lie.Name, func(t *testing.T) {
			t.Parallel()
			liar := devserver.NewLiar(1, 1, lie)
			h := newHostileSite(t, liar, false)
			file := filepath.Join(t.TempDir(), "peak")
			h.environment = append(h.environment, peakVariable+"="+file)
			before := len(h.Server.Requests())
			switch {
			case lie.Name == "rows without names": // of which one list takes long enough
				h.get("/app", "TWO")
			case lie.Name == "copies of a row":
				h.verify("--path", "/app")
			case i%2 == 0:
				h.verify("--recursive")
			default:
				h.rekey("--recursive")
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			grown, err := strconv.ParseInt(string(text), 10, 64)
			if err != nil || grown > mostHeap {
				t.Errorf("it took %d MiB: %v", grown>>20, err)
			}
			t.Logf("%d MiB more, %d requests", grown>>20, len(h.Server.Requests())-before)
			sum.add(liar, h.failed)
		})
	}
}
