package secrets_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

func TestOpenDialsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	w.store(seed.Token{})
	if got := w.requests(); len(got) != 0 {
		t.Errorf("%v", got)
	}
	_, err := secrets.Open(secrets.Config{Host: w.server.URL(), ServiceToken: "st.x"})
	if got := settingOf(err); got != "service_token" {
		t.Errorf("%q: %v", got, err)
	}
	token, err := w.owner.ServiceToken(seed.Token{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := secrets.Open(secrets.Config{Host: "nowhere", ServiceToken: token}); settingOf(err) != "host" {
		t.Error(err)
	}
}

// settingOf is the setting that an error of Open is about.
func settingOf(err error) string {
	var e *secrets.SettingError
	if !errors.As(err, &e) {
		return ""
	}
	return e.Setting
}

func TestLocate(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	all := []devserver.Scope{{Environment: "dev", SecretPath: "/**"}, {Environment: "prod", SecretPath: "/**"}}
	for _, c := range []struct {
		name     string
		scopes   []devserver.Scope
		defaults secrets.Folder
		ask      secrets.Folder
		want     string // environment and path
		problem  secrets.Problem
	}{
		{"asked for", all, secrets.Folder{Environment: "prod", Path: "/p"}, secrets.Folder{Environment: "dev", Path: "/a"}, "dev /a", 0},
		{"trailing slash", all, secrets.Folder{}, secrets.Folder{Environment: "dev", Path: "/a/b/"}, "dev /a/b", 0},
		{"provider's default", all, secrets.Folder{Environment: "prod", Path: "/p"}, secrets.Folder{}, "prod /p", 0},
		{"the only environment", []devserver.Scope{{Environment: "dev", SecretPath: "/a"}, {Environment: "dev", SecretPath: "/b"}}, secrets.Folder{}, secrets.Folder{}, "dev /", 0},
		{"the only scope", []devserver.Scope{{Environment: "dev", SecretPath: "/a/b"}}, secrets.Folder{}, secrets.Folder{}, "dev /a/b", 0},
		{"the only scope, a glob", []devserver.Scope{{Environment: "dev", SecretPath: "/a/*"}}, secrets.Folder{}, secrets.Folder{}, "dev /", 0},
		{"several environments", all, secrets.Folder{}, secrets.Folder{}, "", secrets.ProblemEnvironment},
		{"no path", all, secrets.Folder{}, secrets.Folder{Environment: "dev", Path: "a"}, "", secrets.ProblemFolderMissing},
		{"another project", all, secrets.Folder{}, secrets.Folder{WorkspaceID: "other", Environment: "dev"}, "", secrets.ProblemWorkspace},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			store := w.store(seed.Token{Scopes: c.scopes}, func(cfg *secrets.Config) {
				cfg.WorkspaceID, cfg.Environment, cfg.Path = c.defaults.WorkspaceID, c.defaults.Environment, c.defaults.Path
			})
			got, err := store.Locate(t.Context(), c.ask)
			if c.want == "" {
				wantProblem(t, err, c.problem)
				return
			}
			if err != nil || got.Environment+" "+got.Path != c.want || got.WorkspaceID != w.owner.Project.ID {
				t.Errorf("%v %v", got, err)
			}
		})
	}
}

// TestProjectVersion: no list is believed and nothing is written where the
// E2EE endpoints are a façade.
func TestProjectVersion(t *testing.T) {
	t.Parallel()
	born := newWorld(t, devserver.Project{Name: "new", Version: 3})
	upgraded := newWorld(t, devserver.Project{Name: "old"})
	upgraded.put("STALE", "v", "")
	upgraded.server.UpgradeProject(upgraded.owner.Project.ID)
	for _, w := range []*world{born, upgraded} {
		store := w.store(seed.Token{})
		_, err := store.List(t.Context(), w.folder("/"))
		wantProblem(t, err, secrets.ProblemMode, "It is of version 3")
		_, err = store.Create(t.Context(), w.ref("N"), draft("v", ""))
		wantProblem(t, err, secrets.ProblemMode, "invisible to every other client")
		if got := w.requests(); got[listRoute] != 0 || got[createRoute] != 0 {
			t.Errorf("%v", got)
		}
	}
}

func TestProjectVersionThatMayNotBeLookedUpIsWarnedOfOnce(t *testing.T) {
	t.Parallel()
	for _, fault := range []devserver.Fault{
		{Status: 403, Body: `{"statusCode":403,"message":"You are not allowed to access this resource","error":"UnauthorizedError"}`},
		{Status: 401, Body: `{"statusCode":401,"message":"You are not allowed to read on project","error":"PermissionDenied"}`},
		{Status: 404, Body: `{"statusCode":404,"message":"Route GET:/api/v1/workspace/x not found","error":"Not Found"}`},
	} {
		w := newWorld(t, devserver.Project{})
		w.put("N", "v", "")
		w.server.InjectFault(func(r devserver.Request) *devserver.Fault {
			if r.Route == guardRoute {
				return &fault
			}
			return nil
		})
		store := w.store(seed.Token{})
		for range 3 {
			if _, err := store.Find(t.Context(), w.ref("N"), ""); err != nil {
				t.Fatal(err)
			}
		}
		if got := store.TakeWarnings(); len(got) != 1 || !strings.Contains(got[0].Detail, "version could not be looked up") {
			t.Errorf("%q", got)
		}
		if got := store.TakeWarnings(); len(got) != 0 {
			t.Errorf("told again: %q", got)
		}
	}
}

func TestProjectWithoutBlindIndex(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{NoBlindIndex: true})
	_, err := w.store(seed.Token{}).Create(t.Context(), w.ref("N"), draft("v", ""))
	wantProblem(t, err, secrets.ProblemMode, "has no blind index", "web application")
}

func TestProjectInUpgrade(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{UpgradeStatus: "IN_PROGRESS"})
	_, err := w.store(seed.Token{}).Create(t.Context(), w.ref("N"), draft("v", ""))
	wantProblem(t, err, secrets.ProblemServer, "being upgraded", "Nothing was written")
}

// TestReadsShareOneList: a hundred readers at once cost the lookups of the
// token and the project, and one list.
func TestReadsShareOneList(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	for i := range 50 {
		w.put(fmt.Sprintf("N%d", i), fmt.Sprintf("v%d", i), "")
	}
	store := w.store(seed.Token{})
	var readers sync.WaitGroup
	for i := range 100 {
		readers.Go(func() {
			secret, err := store.Find(t.Context(), w.ref(fmt.Sprintf("N%d", i%50)), "")
			if err != nil || secret.Value.Reveal() != fmt.Sprintf("v%d", i%50) {
				t.Errorf("%v", err)
			}
		})
	}
	readers.Wait()
	if got := w.requests(); got[tokenRoute] != 1 || got[guardRoute] != 1 || got[listRoute] != 1 || len(got) != 3 {
		t.Errorf("%v", got)
	}
}

func TestOwnWritesAreSeenWithoutAnotherList(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	store := w.store(seed.Token{})
	created, err := store.Create(t.Context(), w.ref("A"), draft("1", ""))
	if err != nil {
		t.Fatal(err)
	}
	newName, value := "B", secrets.NewValue("1")
	if _, err := store.Update(t.Context(), w.ref("A"), created.ID, secrets.Change{Name: &newName, Value: &value}); err != nil {
		t.Fatal(err)
	}
	_, err = store.Find(t.Context(), w.ref("A"), "")
	wantProblem(t, err, secrets.ProblemNotFound)
	if found, err := store.Find(t.Context(), w.ref("B"), created.ID); err != nil || found.Name != "B" || found.Value.Reveal() != "1" || found.Version != 2 {
		t.Errorf("%v", err)
	}
	if err := store.Delete(t.Context(), w.ref("B"), created.ID); err != nil {
		t.Fatal(err)
	}
	_, err = store.Find(t.Context(), w.ref("B"), created.ID)
	wantProblem(t, err, secrets.ProblemNotFound)
	if got := w.requests()[listRoute]; got != 1 {
		t.Errorf("%d lists", got)
	}
}

func TestFailedUnlockIsSharedAndNotKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	w.put("N", "v", "")
	w.onceOn(tokenRoute, devserver.Fault{Status: 500, Body: `{"statusCode":500,"message":"x","error":"y"}`})
	store := w.store(seed.Token{})
	_, err := store.Find(t.Context(), w.ref("N"), "")
	wantProblem(t, err, secrets.ProblemServer)
	if _, err := store.Find(t.Context(), w.ref("N"), ""); err != nil {
		t.Error(err)
	}
}

func TestInterruptedReaderDoesNotTakeTheOthersDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	w.put("N", "v", "")
	arrived := make(chan struct{})
	var once sync.Once
	w.server.InjectFault(func(r devserver.Request) *devserver.Fault {
		if r.Route == listRoute {
			once.Do(func() { close(arrived) })
			return &devserver.Fault{Delay: 100 * time.Millisecond}
		}
		return nil
	})
	store := w.store(seed.Token{})
	ctx, interrupt := context.WithCancel(t.Context())
	first, second := make(chan error), make(chan error)
	go func() { _, err := store.Find(ctx, w.ref("N"), ""); first <- err }()
	<-arrived
	go func() { _, err := store.Find(t.Context(), w.ref("N"), ""); second <- err }()
	interrupt()
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := <-second; err != nil {
		t.Error(err)
	}
}

func TestMissingFolder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	w.server.CreateFolder(w.owner.Project.ID, "dev", "/a")
	store := w.store(seed.Token{})
	_, err := store.List(t.Context(), w.folder("/a/b/c"))
	wantProblem(t, err, secrets.ProblemFolderMissing, "no folder /a/b in")
	_, err = store.Create(t.Context(), secrets.Ref{Folder: w.folder("/x/y"), Name: "N"}, draft("v", ""))
	wantProblem(t, err, secrets.ProblemFolderMissing, "no folder /x in")
	_, err = store.Find(t.Context(), secrets.Ref{Folder: w.folder("/x/y"), Name: "N"}, "some-id")
	wantProblem(t, err, secrets.ProblemNotFound)
	if listing, err := store.List(t.Context(), w.folder("/a")); err != nil || len(listing.Secrets) != 0 {
		t.Errorf("an empty folder: %v", err)
	}
	if w.requests()[createRoute] != 0 {
		t.Error("a create was sent into a folder known to be missing")
	}
}

// TestMissingEnvironmentIsNotAMissingSecret: servers of later years answer a
// list of an unknown environment as one of a missing folder.
func TestMissingEnvironmentIsNotAMissingSecret(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	w.server.InjectFault(func(r devserver.Request) *devserver.Fault {
		if r.Route == listRoute {
			return &devserver.Fault{Status: http.StatusOK, Body: `{"secrets":[],"imports":[]}`}
		}
		return nil
	})
	ref := w.ref("N")
	ref.Environment = "gone"
	_, err := w.store(seed.Token{}).Find(t.Context(), ref, "id")
	wantProblem(t, err, secrets.ProblemEnvironment, `no environment "gone"`)
}

func TestPermissions(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	w.put("N", "v", "")
	reader := w.store(seed.Token{Name: "reader", ReadOnly: true})
	if _, err := reader.Find(t.Context(), w.ref("N"), ""); err != nil {
		t.Error(err)
	}
	_, err := reader.Create(t.Context(), w.ref("M"), draft("v", ""))
	wantProblem(t, err, secrets.ProblemPermission, `"reader" is read-only`)
	_, err = reader.Update(t.Context(), w.ref("N"), "", changeTo("w", ""))
	wantProblem(t, err, secrets.ProblemPermission)
	wantProblem(t, reader.Delete(t.Context(), w.ref("N"), ""), secrets.ProblemPermission)

	scoped := w.store(seed.Token{Scopes: []devserver.Scope{{Environment: "dev", SecretPath: "/app"}}})
	_, err = scoped.Find(t.Context(), w.ref("N"), "")
	wantProblem(t, err, secrets.ProblemPermission, "It may read and write in dev:/app")
	if got := w.requests(); got[createRoute]+got[updateRoute]+got[deleteRoute] != 0 {
		t.Errorf("%v", got)
	}
}

func TestNames(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	store := w.store(seed.Token{})
	for _, name := range []string{
		"", " lead", "trail ", "\ttab", "a/b", "batch", "raw", "tags", "move", strings.Repeat("a", 101), strings.Repeat("🔑", 51), "\xff", "\ufeffBOM", "nbsp\u00a0",
		"a\nb", "a\tb", "a\x1b[2Kb", "a\u202eb", "a\u2028b",
	} {
		_, err := store.Create(t.Context(), w.ref(name), draft("v", ""))
		wantProblem(t, err, secrets.ProblemName)
		good := "GOOD"
		_, err = store.Update(t.Context(), w.ref(good), "", secrets.Change{Name: &name})
		wantProblem(t, err, secrets.ProblemName)
	}
	if got := w.requests(); len(got) != 0 {
		t.Errorf("%v", got)
	}
	for _, name := range []string{
		"A", "a", "with space", "a.b", "..", "%2F", "a?b", "a#b", "a&b=c", "a+b", "a:b", "a;b", `a\b`, `a"b`,
		"ünï", "日本語", strings.Repeat("🔑", 50), strings.Repeat("b", 100), "1st", "Batch", "e\u0301",
	} {
		created, err := store.Create(t.Context(), w.ref(name), draft("v", ""))
		if err != nil {
			t.Errorf("%q: %v", name, err)
			continue
		}
		if _, err := store.Update(t.Context(), w.ref(name), created.ID, changeTo("w", "c")); err != nil {
			t.Errorf("%q: %v", name, err)
		}
		fresh := w.store(seed.Token{})
		if found, err := fresh.Find(t.Context(), w.ref(name), ""); err != nil || found.ID != created.ID || found.Value.Reveal() != "w" {
			t.Errorf("%q: %v", name, err)
		}
		if err := store.Delete(t.Context(), w.ref(name), created.ID); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	w.holds()
}

// TestNamesInAnotherNormalForm: Terraform can only ask for the composed form.
func TestNamesInAnotherNormalForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	stored := w.put("cafe\u0301", "v", "")
	store := w.store(seed.Token{})
	composed := w.ref("caf\u00e9")
	found, err := store.Find(t.Context(), composed, "")
	if err != nil || found.ID != stored.ID {
		t.Fatal(err)
	}
	name := composed.Name
	change := changeTo("w", "")
	change.Name = &name
	if _, err := store.Update(t.Context(), composed, stored.ID, change); err != nil {
		t.Fatal(err)
	}
	w.holds("cafe\u0301=w")
	_, err = store.Create(t.Context(), composed, draft("other", ""))
	wantProblem(t, err, secrets.ProblemExists)

	w.put("caf\u00e9", "second", "")
	_, err = w.store(seed.Token{}).Find(t.Context(), composed, "")
	wantProblem(t, err, secrets.ProblemDuplicate, "differ in their Unicode form")
}
