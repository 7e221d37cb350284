package secrets_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

const (
	foldersRoute      = "GET /api/v1/folders"
	createFolderRoute = "POST /api/v1/folders"
	renameFolderRoute = "PATCH /api/v1/folders/:folder"
	deleteFolderRoute = "DELETE /api/v1/folders/:folder"
)

// other is another client of the world's project.
func (w *world) other() acctest.Other {
	w.t.Helper()
	token, err := w.owner.ServiceToken(seed.Token{Name: "other"})
	if err != nil {
		w.t.Fatal(err)
	}
	return acctest.Other{T: w.t, URL: w.server.URL(), Bearer: token[:strings.LastIndex(token, ".")], WorkspaceID: w.owner.Project.ID}
}

func (w *world) createFolder(path string) {
	w.server.CreateFolder(w.owner.Project.ID, "dev", path)
}

// folders are all folders of dev, sorted.
func (w *world) folders() string {
	w.t.Helper()
	other := w.other()
	var all []string
	for look := []string{"/"}; len(look) > 0; look = look[1:] {
		for name := range other.Folders("dev", look[0]) {
			path := strings.TrimSuffix(look[0], "/") + "/" + name
			all, look = append(all, path), append(look, path)
		}
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

func (w *world) wantFolders(want string) {
	w.t.Helper()
	if got := w.folders(); got != want {
		w.t.Errorf("the server holds %q, not %q", got, want)
	}
}

func TestFolderNames(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"a", "A-b_9", "-", strings.Repeat("n", 255)} {
		if err := secrets.CheckFolderName(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for _, bad := range []string{"", " ", "x y", "x.y", "x/y", "../x", "日本", "x%y", " a", strings.Repeat("n", 256)} {
		if secrets.CheckFolderName(bad) == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	root := secrets.Folder{WorkspaceID: "w", Environment: "dev", Path: "/"}
	for _, path := range []string{"/a", "/a/b", "/a/b/c-d_e"} {
		f := root
		f.Path = path
		if parent, name := f.Split(); parent.Sub(name) != f {
			t.Errorf("%s was split into %s and %q", path, parent.Path, name)
		}
	}
}

// TestSecretInAFolderThatWasJustMade: what was known of the folder when it was
// missing is forgotten, with the parents that the server makes along.
func TestSecretInAFolderThatWasJustMade(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	store := w.store(seed.Token{})
	parent := secrets.Ref{Folder: w.folder("/a"), Name: "N"}
	deep := secrets.Ref{Folder: w.folder("/a/b/c"), Name: "N"}
	for _, ref := range []secrets.Ref{parent, deep} {
		_, err := store.Create(t.Context(), ref, draft("v", ""))
		wantProblem(t, err, secrets.ProblemFolderMissing, "There is no folder /a in")
	}
	made, err := store.CreateFolder(t.Context(), deep.Folder, false)
	if err != nil || made.ID == "" || made.Path != "/a/b/c" {
		t.Fatalf("%+v %v", made, err)
	}
	for _, ref := range []secrets.Ref{parent, deep} {
		if _, err := store.Create(t.Context(), ref, draft("v", "")); err != nil {
			t.Error(err)
		}
	}
	w.wantFolders("/a /a/b /a/b/c")
}

// TestListUnderWayIsNotBelieved: a list that began before a folder came there
// ends after it.
func TestListUnderWayIsNotBelieved(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	if _, err := w.owner.Put("dev", "/b", "N", "v", ""); err != nil {
		t.Fatal(err)
	}
	store := w.store(seed.Token{})
	b, err := store.FindFolder(t.Context(), w.folder("/b"), "")
	if err != nil {
		t.Fatal(err)
	}
	arrived, goOn := make(chan struct{}), make(chan struct{})
	w.onceOn(listRoute, devserver.Fault{Rewrite: func(status int, body []byte) (int, []byte) {
		close(arrived)
		<-goOn
		return status, body
	}})
	ref := secrets.Ref{Folder: w.folder("/a"), Name: "N"}
	first := make(chan error, 1)
	go func() {
		_, err := store.Find(t.Context(), ref, "")
		first <- err
	}()
	<-arrived
	if _, err := store.RenameFolder(t.Context(), b.Folder, b.ID, "a"); err != nil {
		t.Fatal(err)
	}
	close(goOn)
	if err := <-first; err != nil && secrets.ProblemOf(err) != secrets.ProblemNotFound {
		t.Error(err)
	}
	if _, err := store.Find(t.Context(), ref, ""); err != nil {
		t.Errorf("what moved along with its folder is not seen: %v", err)
	}
}

func TestCreateFolderMeetsAnExistingOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	w.createFolder("/a")
	id := w.other().Folders("dev", "/")["a"]
	store := w.store(seed.Token{})
	_, err := store.CreateFolder(t.Context(), w.folder("/a"), false)
	wantProblem(t, err, secrets.ProblemExists, "It was not touched")
	adopted, err := store.CreateFolder(t.Context(), w.folder("/a"), true)
	if err != nil || adopted.ID != id {
		t.Errorf("%+v %v", adopted, err)
	}
	_, err = store.CreateFolder(t.Context(), w.folder("/a"), true)
	wantProblem(t, err, secrets.ProblemExists, "Another resource of this run")

	// An address that changed is a create that adopts and a delete.
	if err := store.DeleteFolder(t.Context(), w.folder("/a"), id, true); err != nil {
		t.Error(err)
	}
	if got := store.TakeWarnings(); len(got) != 2 || got[0].Summary != "Existing Folder Adopted: /a" || !strings.Contains(got[1].Detail, "was not deleted") {
		t.Errorf("%v", got)
	}
	w.wantFolders("/a")
	if got := w.requests()[createFolderRoute] + w.requests()[deleteFolderRoute]; got != 0 {
		t.Errorf("%d writes", got)
	}
}

// TestParentMadeAlongIsNotInTheWay: two resources without a dependency, the
// lower of which comes first.
func TestParentMadeAlongIsNotInTheWay(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	store := w.store(seed.Token{})
	for _, path := range []string{"/a/b/c", "/a", "/a/b"} {
		if _, err := store.CreateFolder(t.Context(), w.folder(path), false); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	_, err := store.CreateFolder(t.Context(), w.folder("/a"), false)
	wantProblem(t, err, secrets.ProblemExists, "Another resource of this run")
	w.wantFolders("/a /a/b /a/b/c")
}

func TestFoldersInParallelShareTheirLists(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	store := w.store(seed.Token{})
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			if _, err := store.CreateFolder(t.Context(), w.folder(fmt.Sprintf("/a/n%d", i)), false); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := w.requests(); got[createFolderRoute] != 20 || got[foldersRoute] > 6 {
		t.Errorf("%v", got)
	}
	w.server.ResetRequests()
	fresh := w.store(seed.Token{})
	for i := range 20 {
		all.Go(func() {
			if _, err := fresh.FindFolder(t.Context(), w.folder(fmt.Sprintf("/a/n%d", i)), ""); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := w.requests(); got[foldersRoute] != 1 {
		t.Errorf("%v", got)
	}
}

func TestFindFolder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	w.createFolder("/a/b")
	other := w.other()
	id := other.Folders("dev", "/a")["b"]
	find := func(path, id string) (secrets.Subfolder, error) {
		return w.store(seed.Token{}).FindFolder(t.Context(), w.folder(path), id)
	}
	if got, err := find("/a/b", id); err != nil || got.ID != id || got.Path != "/a/b" {
		t.Errorf("%+v %v", got, err)
	}
	other.RenameFolder("dev", "/a", "b", "c")
	if got, err := find("/a/b", id); err != nil || got.ID != id || got.Path != "/a/c" {
		t.Errorf("a rename was not followed: %+v %v", got, err)
	}
	other.CreateFolder("dev", "/a", "b")
	if got, err := find("/a/b", id); err != nil || got.Path != "/a/c" {
		t.Errorf("the id does not decide: %+v %v", got, err)
	}
	other.DeleteFolder("dev", "/a", "c")
	if got, err := find("/a/b", id); err != nil || got.ID == id || got.Path != "/a/b" {
		t.Errorf("the name does not decide where the id is gone: %+v %v", got, err)
	}
	other.DeleteFolder("dev", "/a", "b")
	_, err := find("/a/b", id)
	wantProblem(t, err, secrets.ProblemNotFound, "It does not exist on the server.")
	other.DeleteFolder("dev", "/", "a")
	_, err = find("/a/b", id)
	wantProblem(t, err, secrets.ProblemNotFound, "there is no folder /a.")
}

// TestFolderIsGoneOnlyWhereThatIsKnown: no error, and no environment that is
// gone, lets a state forget a folder.
func TestFolderIsGoneOnlyWhereThatIsKnown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	elsewhere := w.folder("/a")
	elsewhere.Environment = "qa"
	_, err := w.store(seed.Token{}).FindFolder(t.Context(), elsewhere, "id")
	wantProblem(t, err, secrets.ProblemEnvironment, "dev, staging, prod")
	lenient := w.server.InjectFault(func(r devserver.Request) *devserver.Fault {
		if r.Route == foldersRoute { // as a server might answer that knows no better
			return &devserver.Fault{Status: 200, Body: `{"folders":[]}`}
		}
		return nil
	})
	_, err = w.store(seed.Token{}).FindFolder(t.Context(), elsewhere, "id")
	wantProblem(t, err, secrets.ProblemEnvironment)
	lenient()

	for name, fault := range map[string]devserver.Fault{
		"a failure":              {Status: 500, Body: `{"statusCode":500,"message":"Something went wrong","error":"x"}`},
		"a refusal":              {Status: 401, Body: `{"statusCode":401,"message":"You are not allowed to read on secrets","error":"PermissionDenied"}`},
		"a missing address":      {Status: 404, Body: `{"statusCode":404,"message":"Route GET:/x not found","error":"Not Found"}`},
		"another JSON":           {Status: 200, Body: `{"folder":[]}`},
		"an environment unknown": {Status: 400, Body: `{"statusCode":400,"message":"Environment not found","error":"get folders"}`},
	} {
		w.onceOn(foldersRoute, fault)
		_, err := w.store(seed.Token{}).FindFolder(t.Context(), w.folder("/a"), "id")
		if err == nil || secrets.ProblemOf(err) == secrets.ProblemNotFound {
			t.Errorf("%s: %v", name, err)
		}
	}
	// Where the project's environments are not known, the server has to say it.
	w.server.InjectFault(func(r devserver.Request) *devserver.Fault {
		if r.Route == guardRoute {
			return &devserver.Fault{Status: 404, Body: `{"statusCode":404,"message":"Route GET:/x not found","error":"Not Found"}`}
		}
		return nil
	})
	_, err = w.store(seed.Token{}).FindFolder(t.Context(), elsewhere, "id")
	wantProblem(t, err, secrets.ProblemEnvironment)
}

// TestFolderThatGoesWhileItsSecretsAreWritten, as with a forced delete in the
// same run: what is in it is gone with it, and nothing else can be written.
func TestFolderThatGoesWhileItsSecretsAreWritten(t *testing.T) {
	t.Parallel()
	for _, alone := range []bool{true, false} {
		w := newWorld(t, devserver.Project{})
		w.createFolder("/a")
		ids := map[string]string{}
		for _, name := range []string{"ONE", "TWO"} {
			record, err := w.owner.Put("dev", "/a", name, "v", "")
			if err != nil {
				t.Fatal(err)
			}
			ids[name] = record.ID
		}
		store := w.store(seed.Token{})
		if _, err := store.List(t.Context(), w.folder("/a")); err != nil {
			t.Fatal(err)
		}
		w.server.DeleteFolder(w.owner.Project.ID, "dev", "/a")
		if alone {
			delete(ids, "TWO")
		}
		var all sync.WaitGroup
		for name, id := range ids {
			all.Go(func() {
				if err := store.Delete(t.Context(), secrets.Ref{Folder: w.folder("/a"), Name: name}, id); err != nil {
					t.Errorf("%s is gone with its folder: %v", name, err)
				}
			})
		}
		all.Wait()
	}
	w := newWorld(t, devserver.Project{})
	w.createFolder("/a/b")
	store := w.store(seed.Token{})
	if _, err := store.List(t.Context(), w.folder("/a/b")); err != nil {
		t.Fatal(err)
	}
	w.server.DeleteFolder(w.owner.Project.ID, "dev", "/a")
	_, err := store.Create(t.Context(), secrets.Ref{Folder: w.folder("/a/b"), Name: "N"}, draft("v", ""))
	wantProblem(t, err, secrets.ProblemFolderMissing, "There is no folder /a in")
}

func TestRenameFolder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	w.createFolder("/a/inner")
	w.createFolder("/taken")
	if _, err := w.owner.Put("dev", "/a", "N", "v", ""); err != nil {
		t.Fatal(err)
	}
	id := w.other().Folders("dev", "/")["a"]
	store := w.store(seed.Token{})
	in := func(path string) error {
		_, err := store.Find(t.Context(), secrets.Ref{Folder: w.folder(path), Name: "N"}, "")
		return err
	}
	wantProblem(t, in("/b"), secrets.ProblemNotFound)
	if err := in("/a"); err != nil {
		t.Fatal(err)
	}
	_, err := store.RenameFolder(t.Context(), w.folder("/a"), id, "taken")
	wantProblem(t, err, secrets.ProblemExists, `cannot be renamed to "taken"`, "Nothing was changed")
	if same, err := store.RenameFolder(t.Context(), w.folder("/a"), id, "a"); err != nil || same.Path != "/a" {
		t.Errorf("%+v %v", same, err)
	}
	if got := w.requests()[renameFolderRoute]; got != 0 {
		t.Errorf("%d renames were sent", got)
	}
	renamed, err := store.RenameFolder(t.Context(), w.folder("/a"), id, "b")
	if err != nil || renamed.ID != id || renamed.Path != "/b" {
		t.Fatalf("%+v %v", renamed, err)
	}
	w.wantFolders("/b /b/inner /taken")
	wantProblem(t, in("/a"), secrets.ProblemNotFound)
	if err := in("/b"); err != nil {
		t.Errorf("the secret did not move along: %v", err)
	}
	if _, err := store.FindFolder(t.Context(), w.folder("/b/inner"), ""); err != nil {
		t.Error(err)
	}
	_, err = store.RenameFolder(t.Context(), w.folder("/b"), "5f1efa06-83ef-4dd8-850d-24bdfbd77c03", "c")
	wantProblem(t, err, secrets.ProblemOther, "Nothing was changed")
}

// TestRenameMeetsANameTakenMeanwhile: the list is younger than a minute, and
// the name was taken since.
func TestRenameMeetsANameTakenMeanwhile(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	w.createFolder("/a")
	store := w.store(seed.Token{})
	a, err := store.FindFolder(t.Context(), w.folder("/a"), "")
	if err != nil {
		t.Fatal(err)
	}
	w.createFolder("/b")
	_, err = store.RenameFolder(t.Context(), w.folder("/a"), a.ID, "b")
	wantProblem(t, err, secrets.ProblemExists, "Nothing was changed")
	w.wantFolders("/a /b")
}

func TestDeleteFolder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	w.createFolder("/a/inner")
	w.createFolder("/a/deep/er")
	w.createFolder("/source")
	for i := range 7 {
		if _, err := w.owner.Put("dev", "/a", fmt.Sprintf("NAME_%d", i), "v", ""); err != nil {
			t.Fatal(err)
		}
	}
	other := w.other()
	other.CreateImport("dev", "/a", "dev", "/source")
	id := other.Folders("dev", "/")["a"]
	store := w.store(seed.Token{})
	err := store.DeleteFolder(t.Context(), w.folder("/a"), id, false)
	wantProblem(t, err, secrets.ProblemNotEmpty,
		"It holds 7 secrets (NAME_0, NAME_1, NAME_2, NAME_3, NAME_4 and 2 more), 2 folders (deep, inner), 1 import (dev:/source)",
		"nothing was deleted", "set force_delete = true, apply that, and destroy then")
	if w.requests()[deleteFolderRoute] != 0 {
		t.Error("a delete was sent")
	}

	// What another client puts there since is seen.
	inner := other.Folders("dev", "/a")["inner"]
	if _, err := store.List(t.Context(), w.folder("/a/inner")); err != nil {
		t.Fatal(err)
	}
	if _, err := w.owner.Put("dev", "/a/inner", "LATE", "v", ""); err != nil {
		t.Fatal(err)
	}
	err = store.DeleteFolder(t.Context(), w.folder("/a/inner"), inner, false)
	wantProblem(t, err, secrets.ProblemNotEmpty, "It holds 1 secret (LATE).")

	if err := store.DeleteFolder(t.Context(), w.folder("/a"), id, true); err != nil {
		t.Fatal(err)
	}
	w.wantFolders("/source")
	_, err = store.List(t.Context(), w.folder("/a/inner"))
	wantProblem(t, err, secrets.ProblemFolderMissing, "/a")
	if err := store.DeleteFolder(t.Context(), w.folder("/a"), id, false); err != nil {
		t.Errorf("gone already: %v", err)
	}
	if _, err := store.CreateFolder(t.Context(), w.folder("/a"), false); err != nil {
		t.Errorf("made again: %v", err)
	}
}

func TestDeleteFolderCounts(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	w.createFolder("/a")
	w.createFolder("/b")
	other := w.other().Folders("dev", "/")
	store := w.store(seed.Token{})
	if err := store.DeleteFolder(t.Context(), w.folder("/a"), other["a"], false); err != nil {
		t.Fatal(err)
	}
	if got := w.requests(); got[foldersRoute] != 1+2 || got[listRoute] != 1 || got["GET /api/v1/secret-imports"] != 1 || got[deleteFolderRoute] != 1 {
		t.Errorf("%v", got) // one of the folders' lists is the other client's
	}
	w.server.ResetRequests()
	if err := store.DeleteFolder(t.Context(), w.folder("/b"), other["b"], true); err != nil {
		t.Fatal(err)
	}
	if got := w.requests(); len(got) != 1 || got[deleteFolderRoute] != 1 {
		t.Errorf("%v", got)
	}
}

// TestFolderMadeAgainByAnotherClientIsNotDeleted: it has another id.
func TestFolderMadeAgainByAnotherClientIsNotDeleted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	w.createFolder("/a")
	other := w.other()
	id := other.Folders("dev", "/")["a"]
	other.DeleteFolder("dev", "/", "a")
	w.createFolder("/a")
	if err := w.store(seed.Token{}).DeleteFolder(t.Context(), w.folder("/a"), id, true); err != nil {
		t.Error(err)
	}
	w.wantFolders("/a")
}

func TestLostAnswersOfFoldersAreSettled(t *testing.T) {
	t.Parallel()
	for name, fault := range lost {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, devserver.Project{})
			store := w.store(seed.Token{})

			w.onceOn(createFolderRoute, fault)
			made, err := store.CreateFolder(t.Context(), w.folder("/a/b"), false)
			if err != nil {
				t.Fatal(err)
			}
			w.wantFolders("/a /a/b")

			w.onceOn(renameFolderRoute, fault)
			renamed, err := store.RenameFolder(t.Context(), made.Folder, made.ID, "c")
			if err != nil || renamed.ID != made.ID || renamed.Path != "/a/c" {
				t.Fatalf("%+v %v", renamed, err)
			}
			w.wantFolders("/a /a/c")

			w.onceOn(deleteFolderRoute, fault)
			if err := store.DeleteFolder(t.Context(), renamed.Folder, made.ID, false); err != nil {
				t.Fatal(err)
			}
			w.wantFolders("/a")
		})
	}
}

func TestLostAnswersOfFoldersThatCannotBeSettled(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	w.createFolder("/a")
	id := w.other().Folders("dev", "/")["a"]
	store := w.store(seed.Token{})
	w.server.InjectFault(func(r devserver.Request) *devserver.Fault {
		if r.Method == http.MethodGet {
			return nil
		}
		return &devserver.Fault{CutBefore: true}
	})
	_, err := store.CreateFolder(t.Context(), w.folder("/b"), false)
	wantProblem(t, err, secrets.ProblemServer, "may be carried out all the same", `import it, or set on_existing = "adopt"`)
	_, err = store.RenameFolder(t.Context(), w.folder("/a"), id, "c")
	wantProblem(t, err, secrets.ProblemServer, "may be carried out all the same")
	wantProblem(t, store.DeleteFolder(t.Context(), w.folder("/a"), id, true), secrets.ProblemServer, "may be carried out all the same")
}

func TestInterruptedCreateOfAFolderIsReported(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	store := w.store(seed.Token{})
	ctx, interrupt := context.WithCancel(t.Context())
	w.onceOn(createFolderRoute, devserver.Fault{Rewrite: func(status int, body []byte) (int, []byte) {
		interrupt()
		return status, body
	}})
	if _, err := store.CreateFolder(ctx, w.folder("/a"), false); err != nil {
		t.Errorf("the server holds it and the caller does not know: %v", err)
	}
	if _, err := store.CreateFolder(ctx, w.folder("/b"), false); err == nil {
		t.Error("a write began after the interrupt")
	}
	w.wantFolders("/a")
}

func TestFolderWritesAreRefusedWithoutRights(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	w.createFolder("/a")
	id := w.other().Folders("dev", "/")["a"]
	for want, token := range map[string]seed.Token{
		"is read-only":              {ReadOnly: true},
		"outside of the scopes":     {Scopes: []devserver.Scope{{Environment: "dev", SecretPath: "/a/**"}}},
		"of the service token \"t2": {Name: "t2", Scopes: []devserver.Scope{{Environment: "prod", SecretPath: "/**"}}},
	} {
		store := w.store(token)
		_, created := store.CreateFolder(t.Context(), w.folder("/b"), false)
		_, renamed := store.RenameFolder(t.Context(), w.folder("/a"), id, "b")
		for _, err := range []error{created, renamed, store.DeleteFolder(t.Context(), w.folder("/a"), id, true)} {
			wantProblem(t, err, secrets.ProblemPermission, want)
		}
	}
	// What counts is the right in the parent.
	below := w.store(seed.Token{Scopes: []devserver.Scope{{Environment: "dev", SecretPath: "/a"}}})
	if _, err := below.CreateFolder(t.Context(), w.folder("/a/b"), false); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"x y", "日本", "x.y"} {
		_, err := w.store(seed.Token{}).RenameFolder(t.Context(), w.folder("/a"), id, name)
		wantProblem(t, err, secrets.ProblemName)
	}
}

func TestServerThatAnswersWithAnotherFolder(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	w.createFolder("/a")
	id := w.other().Folders("dev", "/")["a"]
	store := w.store(seed.Token{})
	lie := devserver.Fault{Rewrite: func(int, []byte) (int, []byte) { return 200, []byte(`{"folder":{"id":"x","name":"other"}}`) }}
	w.onceOn(createFolderRoute, lie)
	_, err := store.CreateFolder(t.Context(), w.folder("/b"), false)
	wantProblem(t, err, secrets.ProblemServer, "another folder")
	w.onceOn(renameFolderRoute, lie)
	_, err = store.RenameFolder(t.Context(), w.folder("/a"), id, "c")
	wantProblem(t, err, secrets.ProblemServer, "another folder")
}

func TestSubfolders(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	for _, path := range []string{"/b/c", "/a", "/b-x/y"} {
		w.createFolder(path)
	}
	w.other().CreateFolder("dev", "/", "x/y") // which no path reaches
	store := w.store(seed.Token{})
	paths := func(f secrets.Folder, recursive bool) string {
		t.Helper()
		all, err := store.Subfolders(t.Context(), f, recursive)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, sub := range all {
			out = append(out, sub.Path)
			if sub.ID == "" {
				t.Errorf("%s has no id", sub.Path)
			}
		}
		return strings.Join(out, " ")
	}
	for _, c := range []struct {
		path      string
		recursive bool
		want      string
	}{
		{"/", false, "/a /b /b-x"}, {"/", true, "/a /b /b-x /b-x/y /b/c"}, {"/b", true, "/b/c"}, {"/a", true, ""},
	} {
		if got := paths(w.folder(c.path), c.recursive); got != c.want {
			t.Errorf("%s, %t: %q", c.path, c.recursive, got)
		}
	}
	_, err := store.Subfolders(t.Context(), w.folder("/a/nope/deeper"), true)
	wantProblem(t, err, secrets.ProblemFolderMissing, "There is no folder /a/nope")
	unknown := w.folder("/")
	unknown.Environment = "qa"
	_, err = store.Subfolders(t.Context(), unknown, false)
	wantProblem(t, err, secrets.ProblemEnvironment, "dev, staging, prod")
}
