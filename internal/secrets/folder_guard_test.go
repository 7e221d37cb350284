package secrets_test

import (
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// TestServerGuardsFolderDeletes: what is put into a folder between our look and
// the delete is not lost where the server looks itself.
func TestServerGuardsFolderDeletes(t *testing.T) {
	t.Parallel()
	const guarded, unguarded = "DELETE /api/v2/folders/:folder", "DELETE /api/v1/folders/:folder"
	w := sealedProjectOn(t, devserver.Options{Era: devserver.Era2026July})
	store := w.open()
	made, err := store.CreateFolder(t.Context(), w.folder("/app"), false)
	if err != nil {
		t.Fatal(err)
	}
	late := secrets.Ref{Folder: w.folder("/app"), Name: "LATE"}
	remove := w.server.InjectFault(func(r devserver.Request) *devserver.Fault {
		if r.Route == guarded || r.Route == unguarded {
			w.plant(late, 1, "v")
		}
		return nil
	})
	wantProblem(t, store.DeleteFolder(t.Context(), w.folder("/app"), made.ID, false), secrets.ProblemNotEmpty, "It holds 1 secret (LATE).")
	if len(w.server.RawRecords(w.owner.Project.ID, "dev", "/app")) != 1 {
		t.Error("what came late is gone")
	}
	if got := w.requests(); got[guarded] != 1 || got[unguarded] > 0 {
		t.Errorf("%v", got)
	}
	remove()
	if err := w.open().DeleteFolder(t.Context(), w.folder("/app"), made.ID, true); err != nil {
		t.Fatal(err)
	}
	// A server that lacks the address is asked at the older one.
	store = w.open()
	made, err = store.CreateFolder(t.Context(), w.folder("/app"), false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.List(t.Context(), w.folder("/app")); err != nil {
		t.Fatal(err)
	}
	w.onceOn(guarded, devserver.Fault{Status: 404, Body: `{"statusCode":404,"message":"Route DELETE:/api/v2/folders/x not found","error":"Not Found"}`})
	if err := store.DeleteFolder(t.Context(), w.folder("/app"), made.ID, false); err != nil {
		t.Fatal(err)
	}
	if w.server.RawRecords(w.owner.Project.ID, "dev", "/app") != nil {
		t.Error("the folder is still there")
	}
}
