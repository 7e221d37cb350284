package secrets_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// wrongKey is the key of another project.
func wrongKey(cfg *secrets.Config) { cfg.ProjectKey = strings.Repeat("a", 32) }

// proofs counts the looks at all that is in an environment.
func (w *world) proofs() int {
	count := 0
	for _, r := range w.server.Requests() {
		if r.Route == listRoute && strings.Contains(r.RawQuery, "recursive=true") {
			count++
		}
	}
	return count
}

const opensNone = "The project key opens none of the secrets that are there (1): it is of another project, or mistyped."

// TestWrongProjectKeySealsNothing: nobody else could read it.
func TestWrongProjectKeySealsNothing(t *testing.T) {
	t.Parallel()
	w := october(t)
	w.server.CreateFolder(w.owner.Project.ID, "dev", "/empty")
	if _, err := w.owner.Put("dev", "/elsewhere", "THERE", "v", ""); err != nil {
		t.Fatal(err)
	}
	store := w.with(w.identity(devserver.Identity{}), wrongKey)
	in := secrets.Ref{Folder: w.folder("/empty"), Name: "N"}
	// The folder shows nothing, and the environment something.
	if _, err := store.Find(t.Context(), in, ""); secrets.ProblemOf(err) != secrets.ProblemNotFound {
		t.Errorf("%v", err)
	}
	_, err := store.Create(t.Context(), in, draft("v", ""))
	wantProblem(t, err, secrets.ProblemCredential, `environment "dev": `+opensNone, "INFISICAL_PROJECT_KEY")
	_, err = store.Edit(t.Context(), in.Folder, secrets.Edit{Create: map[string]secrets.Draft{"A": draft("a", ""), "B": draft("b", "")}})
	wantProblem(t, err, secrets.ProblemCredential, opensNone)
	// So does the folder itself.
	_, err = store.List(t.Context(), w.folder("/elsewhere"))
	wantProblem(t, err, secrets.ProblemCredential, `folder /elsewhere of environment "dev": `+opensNone)
	if left := w.server.Records(w.owner.Project.ID, "dev", "/empty"); len(left) > 0 {
		t.Errorf("%d were written", len(left))
	}
}

// TestProjectKeyIsProvenOnce, by one request that all writes of a run share.
func TestProjectKeyIsProvenOnce(t *testing.T) {
	t.Parallel()
	w := october(t)
	if _, err := w.owner.Put("dev", "/elsewhere", "THERE", "v", ""); err != nil {
		t.Fatal(err)
	}
	store := w.with(w.identity(devserver.Identity{}), w.projectKey)
	var writers sync.WaitGroup
	for _, name := range []string{"A", "B", "C", "D"} {
		writers.Go(func() {
			if _, err := store.Create(t.Context(), w.ref(name), draft("v", "")); err != nil {
				t.Error(err)
			}
		})
	}
	writers.Wait()
	if _, err := store.Create(t.Context(), w.ref("E"), draft("v", "")); err != nil {
		t.Error(err)
	}
	if got := w.proofs(); got != 1 {
		t.Errorf("%d requests", got)
	}
	w.holds("A=v", "B=v", "C=v", "D=v", "E=v")

	// A folder that was read has proven it.
	w.server.ResetRequests()
	store = w.with(w.identity(devserver.Identity{}), w.projectKey)
	if _, err := store.Find(t.Context(), w.ref("A"), ""); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Create(t.Context(), w.ref("F"), draft("v", "")); err != nil || w.proofs() != 0 {
		t.Errorf("%d requests: %v", w.proofs(), err)
	}
	// One secret that opens is enough: others may be damaged.
	foreign := october(t).put("FOREIGN", "v", "")
	foreign.WorkspaceID, foreign.ID, foreign.FolderID = w.owner.Project.ID, "", ""
	w.server.PutRecord(foreign)
	if found, err := w.with(w.identity(devserver.Identity{}), w.projectKey).Find(t.Context(), w.ref("A"), ""); err != nil || found.Value.Reveal() != "v" {
		t.Errorf("%v", err)
	}
}

// TestProjectKeyIsBelieved where nothing tells: there is nothing at all, or the
// credential may not look. Any other failure is no answer.
func TestProjectKeyIsBelieved(t *testing.T) {
	t.Parallel()
	forbidden := devserver.Fault{Status: 403, Body: `{"statusCode":403,"message":"You are not allowed to read on secrets","error":"PermissionDenied"}`}
	failed := devserver.Fault{Status: 400, Body: `{"statusCode":400,"message":"no","error":"BadRequest"}`}
	for name, c := range map[string]struct {
		fault    *devserver.Fault
		believed bool
	}{"nothing there": {nil, true}, "may not look": {&forbidden, true}, "no answer": {&failed, false}} {
		w := october(t)
		if c.fault != nil {
			w.server.InjectFault(func(r devserver.Request) *devserver.Fault {
				if r.Route == listRoute && strings.Contains(r.RawQuery, "recursive=true") {
					return c.fault
				}
				return nil
			})
		}
		store := w.with(w.identity(devserver.Identity{}), w.projectKey)
		_, err := store.Create(t.Context(), w.ref("N"), draft("v", ""))
		if (err == nil) != c.believed || len(w.server.Records(w.owner.Project.ID, "dev", "/")) > 0 != c.believed {
			t.Errorf("%s: %v", name, err)
		}
		if !c.believed {
			continue
		}
		if _, err := store.Create(t.Context(), w.ref("M"), draft("v", "")); err != nil || w.proofs() != 1 {
			t.Errorf("%s: %d requests: %v", name, w.proofs(), err)
		}
	}
}
