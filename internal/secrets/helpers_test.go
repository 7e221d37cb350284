package secrets_test

import (
	"cmp"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// world is a server with a project and its owner.
type world struct {
	t      *testing.T
	server *devserver.Server
	owner  *seed.Owner
	v4     bool // routes of /api/v4/secrets count as the raw ones that they stand for
}

// route is the name by which tests know a request's.
func (w *world) route(r devserver.Request) string {
	if method, rest, ok := strings.Cut(r.Route, " /api/v4/secrets"); ok && w.v4 {
		if rest == "/batch" {
			return method + " " + rawBatchRoute
		}
		return method + " /api/v3/secrets/raw" + rest
	}
	return r.Route
}

func newWorld(t *testing.T, project devserver.Project) *world {
	t.Helper()
	return start(t, project, devserver.Options{})
}

func worldWith(t *testing.T, options devserver.Options) *world {
	t.Helper()
	return start(t, devserver.Project{}, options)
}

func start(t *testing.T, project devserver.Project, options devserver.Options) *world {
	t.Helper()
	if era := devserver.Era(os.Getenv("INFISICAL_ACCTEST_ERA")); options.Era == "" && era != "" {
		options.Era, options.RateLimit = era, cmp.Or(options.RateLimit, 1000)
	}
	server, err := devserver.Start(options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	owner, err := seed.NewOwner(server, project)
	if err != nil {
		t.Fatal(err)
	}
	return &world{t: t, server: server, owner: owner}
}

// store opens a Store with a token of its own, as one Terraform process would.
func (w *world) store(token seed.Token, change ...func(*secrets.Config)) *secrets.Store {
	w.t.Helper()
	text, err := w.owner.ServiceToken(token)
	if err != nil {
		w.t.Fatal(err)
	}
	cfg := secrets.Config{Host: w.server.URL(), ServiceToken: text, RequestTimeout: 5 * time.Second, MaxRetries: 1}
	for _, c := range change {
		c(&cfg)
	}
	store, err := secrets.Open(cfg)
	if err != nil {
		w.t.Fatal(err)
	}
	return store
}

func (w *world) folder(path string) secrets.Folder {
	return secrets.Folder{WorkspaceID: w.owner.Project.ID, Environment: "dev", Path: path}
}

func (w *world) ref(name string) secrets.Ref {
	return secrets.Ref{Folder: w.folder("/"), Name: name}
}

func (w *world) put(name, value, comment string) devserver.Record {
	w.t.Helper()
	record, err := w.owner.Put("dev", "/", name, value, comment)
	if err != nil {
		w.t.Fatal(err)
	}
	return record
}

// holds fails the test unless the root of dev holds exactly these, written as
// NAME=value#comment.
func (w *world) holds(want ...string) {
	w.t.Helper()
	list, err := w.owner.Read("dev", "/")
	if err != nil {
		w.t.Fatal(err)
	}
	got := map[string]bool{}
	for _, s := range list {
		line := s.Name + "=" + s.Value
		if s.Comment != "" {
			line += "#" + s.Comment
		}
		got[line] = true
	}
	for _, line := range want {
		if !got[line] {
			w.t.Errorf("the server does not hold %q", line)
		}
	}
	if len(list) != len(want) {
		w.t.Errorf("the server holds %d secrets, want %d", len(list), len(want))
	}
}

// requests counts by route.
func (w *world) requests() map[string]int {
	out := map[string]int{}
	for _, r := range w.server.Requests() {
		out[w.route(r)]++
	}
	return out
}

// onceOn injects a fault into the first request of a route.
func (w *world) onceOn(route string, fault devserver.Fault) {
	fired := false
	w.server.InjectFault(func(r devserver.Request) *devserver.Fault {
		if fired || w.route(r) != route {
			return nil
		}
		fired = true
		return &fault
	})
}

const (
	listRoute   = "GET /api/v3/secrets"
	createRoute = "POST /api/v3/secrets/:secretName"
	updateRoute = "PATCH /api/v3/secrets/:secretName"
	deleteRoute = "DELETE /api/v3/secrets/:secretName"
	tokenRoute  = "GET /api/v2/service-token"
	guardRoute  = "GET /api/v1/workspace/:id"
)

func content(value, comment string) secrets.Content {
	return secrets.Content{Value: secrets.NewValue(value), Comment: secrets.NewValue(comment)}
}

func draft(value, comment string) secrets.Draft {
	c := content(value, comment)
	return secrets.Draft{Value: c.Value, Comment: &c.Comment}
}

func changeTo(value, comment string) secrets.Change {
	c := content(value, comment)
	return secrets.Change{Value: &c.Value, Comment: &c.Comment}
}

func wantProblem(t *testing.T, err error, want secrets.Problem, says ...string) {
	t.Helper()
	if err == nil || secrets.ProblemOf(err) != want {
		t.Fatalf("problem %d, want %d: %v", secrets.ProblemOf(err), want, err)
	}
	for _, text := range says {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("%q does not say %q", err, text)
		}
	}
}
