package secrets_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// TestFoldersWithoutEndInEachEra: a server that lists the root's folders for
// every folder, and one that makes up new ones, are an error after few requests.
func TestFoldersWithoutEndInEachEra(t *testing.T) {
	t.Parallel()
	const folders = "GET /api/v1/folders"
	for _, era := range devserver.Eras() {
		made := 0
		for name, list := range map[string]func() []map[string]string{
			"the root's again": func() []map[string]string {
				return []map[string]string{{"id": "a", "name": "app"}, {"id": "b", "name": "ro"}}
			},
			"a new one each time": func() []map[string]string {
				made++
				return []map[string]string{{"id": fmt.Sprint("new", made), "name": "f"}}
			},
		} {
			w := ofEra(t, era)
			w.server.InjectFault(func(r devserver.Request) *devserver.Fault {
				if r.Route != folders {
					return nil
				}
				body, err := json.Marshal(map[string]any{"folders": list()})
				if err != nil {
					t.Error(err)
				}
				return &devserver.Fault{Body: string(body)}
			})
			store := w.store(seed.Token{})
			if _, err := store.FoldersBelow(t.Context(), w.folder("/")); secrets.ProblemOf(err) == secrets.ProblemOther {
				t.Errorf("%s, %s: it ends with %v", era, name, err)
			}
			if _, err := store.Subfolders(t.Context(), w.folder("/"), true); secrets.ProblemOf(err) == secrets.ProblemOther {
				t.Errorf("%s, %s: it ends with %v", era, name, err)
			}
			asked := 0
			for _, r := range w.server.Requests() {
				if r.Route == folders {
					asked++
				}
			}
			if early := era == devserver.Era2023June; asked > 100 || early != (asked == 0) {
				t.Errorf("%s, %s: %d requests", era, name, asked)
			}
		}
	}
}

// TestMissingFolderIsNoEmptyOneInEachEra: servers of late 2023 list one as the
// other. The first of 2023 lets a token see one folder alone.
func TestMissingFolderIsNoEmptyOneInEachEra(t *testing.T) {
	t.Parallel()
	for _, era := range devserver.Eras() {
		if era == devserver.Era2023June {
			continue
		}
		w := ofEra(t, era)
		w.server.CreateFolder(w.owner.Project.ID, "dev", "/empty")
		narrow := seed.Token{Scopes: []devserver.Scope{{Environment: "dev", SecretPath: "/empty"}, {Environment: "dev", SecretPath: "/nope"}}}
		for name, token := range map[string]seed.Token{"wide": {}, "narrow": narrow} {
			store := w.store(token)
			if _, err := store.Contents(t.Context(), w.folder("/empty"), nil); err != nil {
				t.Errorf("%s, %s: %v", era, name, err)
			}
			_, err := store.Contents(t.Context(), w.folder("/nope"), nil)
			wantProblem(t, err, secrets.ProblemFolderMissing, "There is no folder /nope")
		}
	}
}
