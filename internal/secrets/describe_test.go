package secrets_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

func TestProjectAndTokenAreDescribed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	expires := time.Now().Add(time.Hour).UTC().Truncate(time.Second)
	store := w.store(seed.Token{
		Name: "ci", ReadOnly: true, ExpiresAt: expires,
		Scopes: []devserver.Scope{{Environment: "dev", SecretPath: "/a/**"}},
	})
	token, err := store.Token(t.Context())
	if err != nil || token.Name != "ci" || token.WorkspaceID != w.owner.Project.ID || token.CanWrite || !token.ExpiresAt.Equal(expires) ||
		fmt.Sprint(token.Scopes, token.Permissions) != "[{dev /a/**}] [read]" {
		t.Errorf("%+v %v", token, err)
	}
	project, err := store.Project(t.Context(), "")
	if err != nil || project.ID != w.owner.Project.ID || len(project.Environments) != 3 || project.Environments[0].Slug != "dev" || project.Environments[0].ID == "" {
		t.Errorf("%+v %v", project, err)
	}
	_, err = store.Project(t.Context(), "5f1efa06-83ef-4dd8-850d-24bdfbd77c03")
	wantProblem(t, err, secrets.ProblemWorkspace, "another project")
	if got := w.requests(); got[tokenRoute] != 1 || got[guardRoute] != 1 || len(got) != 2 {
		t.Errorf("%v", got)
	}
	if token, err := w.store(seed.Token{}).Token(t.Context()); err != nil || !token.CanWrite {
		t.Errorf("%v", err)
	}
}

// TestProjectThatCannotBeLookedUpSaysWhy, and is asked for anew each time.
func TestProjectThatCannotBeLookedUpSaysWhy(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	remove := w.server.InjectFault(func(r devserver.Request) *devserver.Fault {
		if r.Route != guardRoute {
			return nil
		}
		return &devserver.Fault{Status: 404, Body: `{"statusCode":404,"message":"Route GET:/api/v1/workspace/x not found","error":"Not Found"}`}
	})
	store := w.store(seed.Token{})
	_, err := store.Project(t.Context(), "")
	wantProblem(t, err, secrets.ProblemServer, "does not know the address")
	remove()
	if project, err := store.Project(t.Context(), ""); err != nil || len(project.Environments) != 3 {
		t.Errorf("%+v %v", project, err)
	}
}

// TestAnswersBecomeErrorsThatHelp: for each answer that a server gives, which
// problem it is, and what the user is told to do.
func TestAnswersBecomeErrorsThatHelp(t *testing.T) {
	t.Parallel()
	const unauthorized = "You are not allowed to access this resource"
	for _, c := range []struct {
		status         int
		message, label string
		problem        secrets.Problem
		says           string
	}{
		{403, unauthorized, "UnauthorizedError", secrets.ProblemCredential, "Set service_token"},
		{403, "failed to authenticate expired service token", "UnauthorizedError", secrets.ProblemCredential, "has expired"},
		{403, "Failed to find service authorization for given project", "UnauthorizedError", secrets.ProblemWorkspace, "Use a token of that project"},
		{401, "You are not allowed to create on secrets", "PermissionDenied", secrets.ProblemPermission, "scopes and permissions"},
		{400, "Secret not found", "BadRequest", secrets.ProblemServer, "The server refused the request"},
		{400, "Environment not found", "BadRequest", secrets.ProblemServer, "Check folder_path and env_slug"},
		{400, "Folder not found for the given environment slug & secret path", "Create secret", secrets.ProblemServer, "Check folder_path and env_slug"},
		{400, "Tag not found", "BadRequest", secrets.ProblemTag, "Correct tag_ids"},
		{400, "Blind index not found", "CreateSecret", secrets.ProblemMode, "web application"},
		{400, "failed to find bot key", "BadRequest", secrets.ProblemMode, "Remove encryption_mode"},
		{400, "Project is currently being upgraded, and secrets cannot be written. Please try again", "BadRequest", secrets.ProblemServer, "when the upgrade is done"},
		{413, "Request body is too large", "Payload Too Large", secrets.ProblemTooLarge, "Store a smaller value"},
		{404, "Route POST:/api/v3/secrets/N not found", "Not Found", secrets.ProblemServer, "Check that host is an Infisical server"},
		{429, "Rate limit exceeded", "Too Many Requests", secrets.ProblemServer, "Apply again later"},
		{418, "I am a teapot", "Teapot", secrets.ProblemServer, "The server refused the request"},
		{403, "Must be user to create personal secret", "BadRequest", secrets.ProblemType, "Leave type out"},
	} {
		w := newWorld(t, devserver.Project{})
		body := fmt.Sprintf(`{"statusCode":%d,"message":%q,"error":%q}`, c.status, c.message, c.label)
		w.server.InjectFault(func(r devserver.Request) *devserver.Fault {
			if r.Route != createRoute {
				return nil
			}
			return &devserver.Fault{Status: c.status, Body: body}
		})
		store := w.store(seed.Token{}, func(cfg *secrets.Config) { cfg.MaxRetries = 0 })
		_, err := store.Create(t.Context(), w.ref("N"), draft("v", ""))
		wantProblem(t, err, c.problem, c.says, fmt.Sprintf("status %d", c.status))
		w.holds()
	}
}

// TestServerOf2023ChangesNotAll: what it would leave out without a word is
// refused before it is sent, and takes no other write along.
func TestServerOf2023ChangesNotAll(t *testing.T) {
	t.Parallel()
	newName, value, tags := "RENAMED", secrets.NewValue("new"), []string{"0123456789abcdef01234567"}
	metadata := secrets.Change{Value: &value, DetailsChange: secrets.DetailsChange{Metadata: &map[string]string{"a": "b"}}}
	for era, changes := range map[devserver.Era][]secrets.Change{
		devserver.Era2023June:     {{Name: &newName, Value: &value}, metadata},
		devserver.Era2023November: {metadata},
	} {
		w := ofEra(t, era)
		ids := map[string]string{}
		for _, name := range []string{"A", "B", "C"} {
			ids[name] = w.put(name, "old", "c").ID
		}
		store := w.store(seed.Token{})
		for _, change := range changes {
			_, err := store.Update(t.Context(), w.ref("A"), ids["A"], change)
			wantProblem(t, err, secrets.ProblemServer, "of an existing secret and", "nothing else", "Nothing was sent")
		}
		w.holds("A=old#c", "B=old#c", "C=old#c")

		done, err := store.Edit(t.Context(), w.folder("/"), secrets.Edit{Update: map[string]secrets.Update{
			"A": {ID: ids["A"], Change: secrets.Change{Value: &value}},
			"B": {ID: ids["B"], Change: secrets.Change{Value: &value, DetailsChange: secrets.DetailsChange{TagIDs: &tags}}},
			"C": {ID: ids["C"], Change: secrets.Change{Value: &value}},
		}})
		wantProblem(t, err, secrets.ProblemServer, `"B": `, "Servers of")
		if len(done) != 2 {
			t.Errorf("%s: %d were done", era, len(done))
		}
		w.holds("A=new#c", "B=old#c", "C=new#c")
	}
}
