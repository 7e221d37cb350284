package secrets_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

const projectsRoute = "GET /api/v1/workspace"

// answers gives each route a fixed answer.
func (w *world) answers(faults map[string]devserver.Fault) {
	w.server.InjectFault(func(r devserver.Request) *devserver.Fault {
		if fault, ok := faults[r.Route]; ok {
			return &fault
		}
		return nil
	})
}

func (w *world) projects(id string, version int) devserver.Fault {
	return devserver.Fault{Body: fmt.Sprintf(`{"workspaces":[{"_id":"other","id":"other","name":"other","version":3,"environments":[]},`+
		`{"id":%q,"name":"mine","version":%d,"environments":[{"name":"Development","slug":"dev","id":"e1"}]}]}`, id, version)}
}

// TestAPIKeysLookProjectsUpInTheList: real servers refuse an API key at the
// address of a project (PROTOCOL section 22).
func TestAPIKeysLookProjectsUpInTheList(t *testing.T) {
	t.Parallel()
	refusal := devserver.Fault{Status: 403, Body: `{"statusCode":403,"message":"You are not allowed to access this resource","error":"/api/v1/workspace/x Unauthorized Access"}`}
	noRoute := devserver.Fault{Status: 404, Body: `{"statusCode":404,"message":"Route GET:/api/v1/workspace not found","error":"Not Found"}`}
	for name, c := range map[string]struct {
		list     func(w *world) devserver.Fault
		problem  secrets.Problem
		says     string
		warnings int // beside that of an unpinned key
		lookups  int
	}{
		"version 1":      {func(w *world) devserver.Fault { return w.projects(w.owner.Project.ID, 1) }, 0, "", 0, 0},
		"version 2":      {func(w *world) devserver.Fault { return w.projects(w.owner.Project.ID, 2) }, 0, "", 1, 0},
		"version 3":      {func(w *world) devserver.Fault { return w.projects(w.owner.Project.ID, 3) }, secrets.ProblemMode, "It is of version 3", 0, 0},
		"another's":      {func(w *world) devserver.Fault { return w.projects("5f1efa06-83ef-4dd8-850d-24bdfbd77c03", 1) }, secrets.ProblemWorkspace, "Add the user to that project", 0, 0},
		"no list":        {func(*world) devserver.Fault { return noRoute }, 0, "", 1, 1},
		"a refused list": {func(*world) devserver.Fault { return refusal }, 0, "", 1, 1},
		"no list at all": {func(*world) devserver.Fault { return devserver.Fault{Body: `{}`} }, secrets.ProblemServer, "did not answer as Infisical does", 0, 0},
		"a broken server": {func(*world) devserver.Fault {
			return devserver.Fault{Status: 500, Body: `{"statusCode":500,"message":"Something went wrong","error":"x"}`}
		}, secrets.ProblemServer, "The server failed", 0, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := ofEra(t, devserver.Era2024May)
			w.put("N", "v", "")
			store := w.with(w.apiKey(), func(cfg *secrets.Config) { cfg.MaxRetries = 0 })
			w.answers(map[string]devserver.Fault{guardRoute: refusal, projectsRoute: c.list(w)})
			found, err := store.Find(t.Context(), w.ref("N"), "")
			if c.says != "" {
				wantProblem(t, err, c.problem, c.says)
				return
			}
			if err != nil || found.Value.Reveal() != "v" {
				t.Fatal(err)
			}
			if err := store.CheckWrite(t.Context(), w.folder("/")); err != nil {
				t.Fatal(err)
			}
			if warnings := store.TakeWarnings(); len(warnings) != c.warnings+1 {
				t.Errorf("%v", warnings)
			}
			if got := w.requests(); got[projectsRoute] != 1 || got[guardRoute] != c.lookups {
				t.Errorf("%v", got)
			}
		})
	}
}

// TestProjectOfVersion2: its server has held the project key from the start.
func TestProjectOfVersion2(t *testing.T) {
	t.Parallel()
	w := ofEra(t, devserver.Era2024May)
	w.answers(map[string]devserver.Fault{guardRoute: {Rewrite: func(status int, body []byte) (int, []byte) {
		return status, []byte(strings.Replace(string(body), `"version":1`, `"version":2`, 1))
	}}})
	for name, c := range map[string]struct {
		change func(*secrets.Config)
		want   int
	}{
		"E2EE":         {func(*secrets.Config) {}, 1},
		"acknowledged": {func(cfg *secrets.Config) { cfg.AcknowledgeServerKeyAccess = true }, 0},
		"ES":           {inES, 0},
	} {
		store := w.store(seed.Token{}, c.change)
		for range 2 {
			if err := store.CheckWrite(t.Context(), w.folder("/")); err != nil {
				t.Fatal(err)
			}
		}
		warnings := store.TakeWarnings()
		if len(warnings) != c.want || c.want > 0 && warnings[0].Summary != "Server Holds The Project Key" {
			t.Errorf("%s: %v", name, warnings)
		}
	}
}

// TestProjectIDsThatAreNone: servers of 2024 fail at them with status 500, those
// of later years say 404.
func TestProjectIDsThatAreNone(t *testing.T) {
	t.Parallel()
	for _, answer := range []devserver.Fault{
		{Status: 500, Body: `{"statusCode":500,"message":"Something went wrong","error":"Failed to find project by id"}`},
		{Status: 404, Body: `{"statusCode":404,"message":"Project with ID 'x' not found","error":"NotFound"}`},
		{Status: 422, Body: `{"statusCode":422,"message":[{"path":["workspaceId"],"message":"Invalid uuid"}],"error":"ValidationFailure"}`},
	} {
		for id, says := range map[string]string{
			"my-project":                           "This is not the id of a project",
			"5f1efa06-83ef-4dd8-850d-24bdfbd77c03": "The server asked is http",
		} {
			w := october(t)
			w.answers(map[string]devserver.Fault{guardRoute: answer})
			store := w.with(w.identity(devserver.Identity{}), w.projectKey, func(cfg *secrets.Config) { cfg.WorkspaceID, cfg.MaxRetries = id, 0 })
			_, err := store.List(t.Context(), secrets.Folder{WorkspaceID: id, Environment: "dev", Path: "/"})
			wantProblem(t, err, secrets.ProblemWorkspace, says, "INFISICAL_PROJECT_ID", fmt.Sprintf("status %d", answer.Status))
		}
	}
}

// TestRefusalsOfLaterServers are explained although no row of the table knows
// their words.
func TestRefusalsOfLaterServers(t *testing.T) {
	t.Parallel()
	const elsewhere = `{"statusCode":403,"message":"You are not allowed to access this resource","error":"Identity is not a member of the specified project with ID '1'"}`
	identity := func(w *world) *secrets.Store { return w.with(w.identity(devserver.Identity{}), w.projectKey) }
	token := func(w *world) *secrets.Store { return w.store(seed.Token{}) }
	es := func(w *world) *secrets.Store { return w.store(seed.Token{}, inES) }
	tagged := func(store *secrets.Store, w *world) error {
		draft := draft("v", "")
		draft.TagIDs = &[]string{"9f1efa06-83ef-4dd8-850d-24bdfbd77c03"}
		_, err := store.Create(t.Context(), w.ref("N"), draft)
		return err
	}
	list := func(store *secrets.Store, w *world) error {
		_, err := store.List(t.Context(), w.folder("/"))
		return err
	}
	for name, c := range map[string]struct {
		route   string
		fault   devserver.Fault
		open    func(*world) *secrets.Store
		do      func(*secrets.Store, *world) error
		problem secrets.Problem
		says    string
	}{
		"expired token": {
			tokenRoute,
			devserver.Fault{Status: 403, Body: `{"statusCode":403,"message":"Service token has expired","error":"ForbiddenError"}`},
			token, list,
			secrets.ProblemCredential, "The service token has expired.",
		},
		"unknown token": {
			tokenRoute,
			devserver.Fault{Status: 404, Body: `{"statusCode":404,"message":"Service token with ID '637e1097' not found","error":"NotFound"}`},
			token, list,
			secrets.ProblemCredential, "The server does not accept the service token",
		},
		"unknown token, in other words": {
			tokenRoute,
			devserver.Fault{Status: 404, Body: `{"statusCode":404,"message":"No such credential","error":"NotFound"}`},
			token, list,
			secrets.ProblemCredential, "The server does not accept the service token",
		},
		"token that expires meanwhile": {
			listRoute,
			devserver.Fault{Status: 403, Body: `{"statusCode":403,"message":"Service token has expired","error":"ForbiddenError"}`},
			token, list,
			secrets.ProblemCredential, "The service token has expired.",
		},
		"identity outside": {guardRoute, devserver.Fault{Status: 403, Body: elsewhere}, identity, list, secrets.ProblemWorkspace, "Add the identity to that project"},
		"no bot": {
			rawListRoute,
			devserver.Fault{Status: 404, Body: `{"statusCode":404,"message":"Project bot not found for project with ID '1'. Please ask an administrator to log-in.","error":"NotFound"}`},
			es, list,
			secrets.ProblemMode, "The project is end-to-end encrypted",
		},
		"tags": {
			updateRoute,
			devserver.Fault{Status: 404, Body: `{"statusCode":404,"message":"One or more tags not found","error":"NotFound"}`},
			token, tagged,
			secrets.ProblemTag, "Correct tag_ids",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := october(t)
			store := c.open(w)
			w.answers(map[string]devserver.Fault{c.route: c.fault})
			wantProblem(t, c.do(store, w), c.problem, c.says)
		})
	}
}

// TestSealedSecretThatOthersRenamed is said to be renamed, which its envelope
// proves, and not to be swapped.
func TestSealedSecretThatOthersRenamed(t *testing.T) {
	t.Parallel()
	w := newSealedProject(t)
	own := w.plant(w.ref("OLD"), 1, "canary")
	own.Name = "NEW"
	w.server.PutRawRecord(own)
	store := w.open()
	found, err := store.Find(t.Context(), w.ref("OLD"), own.ID)
	wantProblem(t, err, secrets.ProblemNotAuthentic, `It was renamed to "NEW" outside of Terraform.`, `Rename it back to "OLD"`)
	if strings.Contains(err.Error(), "untrustworthy") || !found.Value.IsEmpty() {
		t.Error(err)
	}
	comment := secrets.NewValue("c")
	_, err = store.Update(t.Context(), w.ref("OLD"), own.ID, secrets.Change{Comment: &comment})
	wantProblem(t, err, secrets.ProblemNotAuthentic, `It was renamed to "NEW"`)
	// Who does not know the old name is told what it may be.
	_, err = store.Find(t.Context(), w.ref("NEW"), "")
	wantProblem(t, err, secrets.ProblemNotAuthentic, "it was renamed, moved, copied or imported", "project, environment, folder, name")
	// The way on that the error names.
	draft := draft("fresh", "")
	draft.Adopt = true
	if _, err := w.open().Create(t.Context(), w.ref("NEW"), draft); err != nil {
		t.Fatal(err)
	}
	if got, _ := w.opened("NEW"); got != "fresh" {
		t.Errorf("%q", got)
	}
	// Another envelope under the old id is what a server would show that swaps.
	other := w.plant(w.ref("OTHER"), 1, "other")
	own.Value = other.Value
	own.Name = "ELSEWHERE"
	w.server.PutRawRecord(own)
	_, err = w.open().Find(t.Context(), w.ref("OLD"), own.ID)
	wantProblem(t, err, secrets.ProblemNotAuthentic, "Its value was sealed for another place", "untrustworthy")
}
