package secrets_test

import (
	"bytes"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// TestSealedPlacesAreNotTheServersWord: the token is for prod:/app, and the
// server says that it is for dev:/lured. What the configuration leaves out is an
// error, or the root, and never what the server says.
func TestSealedPlacesAreNotTheServersWord(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		defaults, asked secrets.Folder // "project" is the world's
		problem         secrets.Problem
		says            string
		want            secrets.Folder
	}{
		"no project":     {asked: secrets.Folder{Environment: "prod", Path: "/app"}, problem: secrets.ProblemWorkspace, says: "No workspace_id is set. An envelope opens in the place"},
		"no environment": {asked: secrets.Folder{WorkspaceID: "project", Path: "/app"}, problem: secrets.ProblemEnvironment, says: "No env_slug is set. An envelope opens in the place"},
		"no folder":      {asked: secrets.Folder{WorkspaceID: "project", Environment: "prod"}, problem: secrets.ProblemFolderMissing, says: "the service token is for /lured alone"},
		"nothing":        {problem: secrets.ProblemWorkspace, says: "INFISICAL_PROJECT_ID"},
		"everything":     {asked: secrets.Folder{WorkspaceID: "project", Environment: "prod", Path: "/app"}, want: secrets.Folder{Environment: "prod", Path: "/app"}},
		"defaults":       {defaults: secrets.Folder{WorkspaceID: "project", Environment: "prod", Path: "/app"}, want: secrets.Folder{Environment: "prod", Path: "/app"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newSealedProject(t)
			w.server.InjectFault(func(r devserver.Request) *devserver.Fault {
				if r.Route != tokenRoute {
					return nil
				}
				return &devserver.Fault{Rewrite: func(status int, body []byte) (int, []byte) {
					body = bytes.ReplaceAll(body, []byte(`"environment":"prod"`), []byte(`"environment":"dev"`))
					return status, bytes.ReplaceAll(body, []byte(`"secretPath":"/app"`), []byte(`"secretPath":"/lured"`))
				}}
			})
			theirs := func(f secrets.Folder) secrets.Folder {
				if f.WorkspaceID != "" {
					f.WorkspaceID = w.owner.Project.ID
				}
				return f
			}
			store := w.store(seed.Token{Scopes: []devserver.Scope{{Environment: "prod", SecretPath: "/app"}}}, w.inSealed(), func(cfg *secrets.Config) {
				f := theirs(c.defaults)
				cfg.WorkspaceID, cfg.Environment, cfg.Path = f.WorkspaceID, f.Environment, f.Path
			})
			got, err := store.Locate(t.Context(), theirs(c.asked))
			if c.says != "" {
				wantProblem(t, err, c.problem, c.says)
				return
			}
			if c.want.WorkspaceID = w.owner.Project.ID; err != nil || got != c.want {
				t.Errorf("%v: %v", got, err)
			}
		})
	}
	// A token of several folders, or of globs, says nothing: the root.
	w := newSealedProject(t)
	got, err := w.open().Locate(t.Context(), secrets.Folder{WorkspaceID: w.owner.Project.ID, Environment: "dev"})
	if err != nil || got.Path != "/" {
		t.Errorf("%v: %v", got, err)
	}
	// Nor is the project of a data source the server's word.
	_, err = w.open().Project(t.Context(), "")
	wantProblem(t, err, secrets.ProblemWorkspace, "No workspace_id is set")
}
