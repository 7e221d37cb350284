package secrets_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

const (
	importsRoute      = "GET /api/v1/secret-imports"
	createImportRoute = "POST /api/v1/secret-imports"
	moveImportRoute   = "PATCH /api/v1/secret-imports/:id"
	deleteImportRoute = "DELETE /api/v1/secret-imports/:id"
)

// newImportWorld has the folders /one to /four in prod; the root of dev is
// where they are imported.
func newImportWorld(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, devserver.Project{})
	for _, path := range []string{"/one", "/two", "/three", "/four"} {
		w.server.CreateFolder(w.owner.Project.ID, "prod", path)
	}
	return w
}

func (w *world) source(path string) secrets.Folder {
	return secrets.Folder{WorkspaceID: w.owner.Project.ID, Environment: "prod", Path: path}
}

// wantImports compares the imports of the root of dev.
func (w *world) wantImports(want ...string) {
	w.t.Helper()
	if got := w.other().Imports("dev", "/"); !slices.Equal(got, want) {
		w.t.Errorf("the server holds %q, not %q", got, want)
	}
}

func (w *world) create(store *secrets.Store, path string, position int64) secrets.Import {
	w.t.Helper()
	made, err := store.CreateImport(w.t.Context(), w.folder("/"), w.source(path), position)
	if err != nil {
		w.t.Fatalf("%s: %v", path, err)
	}
	if made.ID == "" || made.Source != w.source(path) || position != 0 && made.Position != position {
		w.t.Errorf("%s at %d: %+v", path, position, made)
	}
	return made
}

func TestImportsAreRefusedThatTheServerTakes(t *testing.T) {
	t.Parallel()
	w := newImportWorld(t)
	store := w.store(seed.Token{})
	create := func(f, source secrets.Folder) error {
		_, err := store.CreateImport(t.Context(), f, source, 0)
		return err
	}
	root := w.folder("/")
	wantProblem(t, create(root, root), secrets.ProblemSource, "It cannot import itself")
	wantProblem(t, create(root, w.source("/one/nope/x")), secrets.ProblemSource,
		`There is no folder /one/nope in environment "prod"`, "Nothing was written")
	qa := root
	qa.Environment = "qa"
	wantProblem(t, create(root, qa), secrets.ProblemSourceEnvironment, "dev, staging, prod", "import_env_slug")
	wantProblem(t, create(w.folder("/nope"), w.source("/one")), secrets.ProblemFolderMissing, "There is no folder /nope")
	id := w.other().CreateImport("dev", "/", "prod", "/one")
	err := create(root, w.source("/one"))
	wantProblem(t, err, secrets.ProblemExists, "It is there already")
	if !strings.Contains(err.Error(), `folder /one of environment "prod"`) {
		t.Error(err)
	}
	if found, err := store.FindImport(t.Context(), root, w.source("/one"), ""); err != nil || found.ID != id {
		t.Errorf("%+v %v", found, err)
	}
	w.create(store, "/two", 0)
	wantProblem(t, create(root, w.source("/two")), secrets.ProblemExists, "Another resource of this run")
	if got := w.requests()[createImportRoute]; got != 2 { // the other client's, and ours
		t.Errorf("%d creates were sent", got)
	}
	w.wantImports("1 prod:/one", "2 prod:/two")
}

// TestSourceThatWasJustMade: that it is missing is not remembered.
func TestSourceThatWasJustMade(t *testing.T) {
	t.Parallel()
	w := newImportWorld(t)
	store := w.store(seed.Token{})
	_, err := store.CreateImport(t.Context(), w.folder("/"), w.source("/new/deep"), 0)
	wantProblem(t, err, secrets.ProblemSource)
	w.server.CreateFolder(w.owner.Project.ID, "prod", "/new/deep") // by another client
	w.create(store, "/new/deep", 0)
}

func TestImportRights(t *testing.T) {
	t.Parallel()
	w := newImportWorld(t)
	root, one := w.folder("/"), w.source("/one")
	for want, token := range map[string]seed.Token{
		"is read-only": {ReadOnly: true},
		`Source folder /one of environment "prod": It is outside of the scopes`: {Scopes: []devserver.Scope{{Environment: "dev", SecretPath: "/**"}}},
		`folder / of environment "dev": It is outside of the scopes`:            {Scopes: []devserver.Scope{{Environment: "prod", SecretPath: "/**"}}},
	} {
		err := w.store(token).CheckImport(t.Context(), root, one)
		wantProblem(t, err, secrets.ProblemPermission)
		if !strings.Contains(strings.ToLower(err.Error()), strings.ToLower(want)) {
			t.Errorf("%q does not say %q", err, want)
		}
	}
	if err := w.store(seed.Token{}).CheckImport(t.Context(), root, one); err != nil {
		t.Error(err)
	}
}

// TestPositionsInAnyOrderOfCreation: one apply creates all, as they come.
func TestPositionsInAnyOrderOfCreation(t *testing.T) {
	t.Parallel()
	paths := []string{"/one", "/two", "/three", "/four"}
	want := []string{"1 prod:/one", "2 prod:/two", "3 prod:/three", "4 prod:/four"}
	for _, turn := range [][]int{{0, 1, 2, 3}, {3, 2, 1, 0}, {2, 0, 3, 1}, {1, 3, 0, 2}} {
		t.Run("single file", func(t *testing.T) {
			t.Parallel()
			w := newImportWorld(t)
			store := w.store(seed.Token{})
			for _, i := range turn {
				w.create(store, paths[i], int64(i+1))
			}
			w.wantImports(want...)
		})
	}
	for range 8 {
		t.Run("in parallel", func(t *testing.T) {
			t.Parallel()
			w := newImportWorld(t)
			store := w.store(seed.Token{})
			ids := make([]string, len(paths))
			var all sync.WaitGroup
			for i, path := range paths {
				all.Go(func() { ids[i] = w.create(store, path, int64(i+1)).ID })
			}
			all.Wait()
			w.wantImports(want...)
			if got := w.requests(); got[createImportRoute] != 4 || got[importsRoute] != 2 {
				t.Errorf("%v", got)
			}

			// And all are deleted at once; nobody is put back in vain for long.
			for i, path := range paths {
				all.Go(func() {
					if err := store.DeleteImport(t.Context(), w.folder("/"), w.source(path), ids[i], true); err != nil {
						t.Error(err)
					}
				})
			}
			all.Wait()
			w.wantImports()
		})
	}
}

func TestPositionsWithGaps(t *testing.T) {
	t.Parallel()
	w := newImportWorld(t)
	store := w.store(seed.Token{})
	two := w.create(store, "/two", 20)
	w.create(store, "/one", 10)
	w.wantImports("10 prod:/one", "20 prod:/two")
	w.create(store, "/three", 0)
	w.wantImports("10 prod:/one", "20 prod:/two", "21 prod:/three")

	// Another run knows nothing of the wishes of this one.
	store = w.store(seed.Token{})
	w.create(store, "/four", 15)
	w.wantImports("10 prod:/one", "15 prod:/four", "20 prod:/two", "21 prod:/three")
	moved, err := store.MoveImport(t.Context(), w.folder("/"), two.Source, two.ID, 5)
	if err != nil || moved.ID != two.ID || moved.Position != 5 {
		t.Errorf("%+v %v", moved, err)
	}
	w.wantImports("5 prod:/two", "10 prod:/one", "15 prod:/four", "21 prod:/three")
	w.server.ResetRequests()
	if _, err := store.MoveImport(t.Context(), w.folder("/"), two.Source, two.ID, 5); err != nil {
		t.Error(err)
	}
	if got := w.requests(); len(got) != 0 {
		t.Errorf("nothing was to be done: %v", got)
	}
}

func TestPositionOfTwoImports(t *testing.T) {
	t.Parallel()
	w := newImportWorld(t)
	store := w.store(seed.Token{})
	one := w.create(store, "/one", 1)
	two := w.create(store, "/two", 0)
	_, err := store.CreateImport(t.Context(), w.folder("/"), w.source("/three"), 1)
	wantProblem(t, err, secrets.ProblemPosition, "position 1", "Another import of this run has it")
	_, err = store.MoveImport(t.Context(), w.folder("/"), two.Source, two.ID, 1)
	wantProblem(t, err, secrets.ProblemPosition)
	w.wantImports("1 prod:/one", "2 prod:/two")

	// As it is planned.
	for range 2 {
		if err := store.ClaimPosition(w.folder("/"), one.Source, 7); err != nil {
			t.Error(err)
		}
	}
	wantProblem(t, store.ClaimPosition(w.folder("/"), two.Source, 7), secrets.ProblemPosition, "folder /one of environment \"prod\"")
	if err := store.ClaimPosition(w.folder("/elsewhere"), two.Source, 7); err != nil {
		t.Error(err)
	}
}

// TestDeletedImportAndThoseBehindIt: the server closes the gap, which is put
// back only where somebody counts on it.
func TestDeletedImportAndThoseBehindIt(t *testing.T) {
	t.Parallel()
	for keep, want := range map[bool][]string{
		true:  {"2 prod:/two", "3 prod:/three"},
		false: {"1 prod:/two", "2 prod:/three"},
	} {
		w := newImportWorld(t)
		other := w.other()
		id := other.CreateImport("dev", "/", "prod", "/one")
		other.CreateImport("dev", "/", "prod", "/two")
		other.CreateImport("dev", "/", "prod", "/three")
		w.server.ResetRequests()
		store := w.store(seed.Token{})
		if err := store.DeleteImport(t.Context(), w.folder("/"), w.source("/one"), id, keep); err != nil {
			t.Fatal(err)
		}
		moved := 0
		if keep {
			moved = 2
		}
		if got := w.requests(); got[deleteImportRoute] != 1 || got[moveImportRoute] != moved || got[importsRoute] != 1 {
			t.Errorf("%v", got)
		}
		w.wantImports(want...)
		w.create(store, "/four", 0)
		if err := store.DeleteImport(t.Context(), w.folder("/"), w.source("/one"), id, keep); err != nil {
			t.Errorf("gone already: %v", err)
		}
		if got := w.requests()[deleteImportRoute]; got != 1 {
			t.Errorf("%d deletes", got)
		}
	}
}

func TestReplacedImportKeepsThePlaceOfTheOthers(t *testing.T) {
	t.Parallel()
	for _, createFirst := range []bool{false, true} {
		w := newImportWorld(t)
		other := w.other()
		id := other.CreateImport("dev", "/", "prod", "/one")
		other.CreateImport("dev", "/", "prod", "/two")
		store := w.store(seed.Token{})
		steps := []func(){
			func() {
				if err := store.DeleteImport(t.Context(), w.folder("/"), w.source("/one"), id, true); err != nil {
					t.Error(err)
				}
			},
			func() { w.create(store, "/three", 1) },
		}
		if createFirst {
			slices.Reverse(steps)
		}
		for _, step := range steps {
			step()
		}
		w.wantImports("1 prod:/three", "2 prod:/two")
	}
}

func TestFindImport(t *testing.T) {
	t.Parallel()
	w := newImportWorld(t)
	w.createFolder("/app")
	other := w.other()
	id := other.CreateImport("dev", "/app", "prod", "/one/")
	find := func() (secrets.Import, error) {
		return w.store(seed.Token{}).FindImport(t.Context(), w.folder("/app"), w.source("/one"), id)
	}
	if got, err := find(); err != nil || got.ID != id || got.Source != w.source("/one") || got.Position != 1 {
		t.Errorf("%+v %v", got, err)
	}
	other.ChangeImport("dev", "/app", id, map[string]any{"path": "/two"})
	if got, err := find(); err != nil || got.ID != id || got.Source != w.source("/two") {
		t.Errorf("a change of the source was not seen: %+v %v", got, err)
	}
	other.DeleteImport("dev", "/app", id)
	other.CreateImport("dev", "/app", "prod", "/one")
	if got, err := find(); err != nil || got.ID == id || got.Source != w.source("/one") {
		t.Errorf("made again: %+v %v", got, err)
	}
	other.DeleteImport("dev", "/app", other.ImportID("dev", "/app", "prod", "/one"))
	_, err := find()
	wantProblem(t, err, secrets.ProblemNotFound, "It does not exist on the server.")

	w.onceOn(importsRoute, devserver.Fault{Status: 500, Body: `{"statusCode":500,"message":"x","error":"y"}`})
	_, err = w.store(seed.Token{}, func(cfg *secrets.Config) { cfg.MaxRetries = 0 }).FindImport(t.Context(), w.folder("/app"), w.source("/one"), id)
	wantProblem(t, err, secrets.ProblemServer)

	other.DeleteFolder("dev", "/", "app")
	_, err = find()
	wantProblem(t, err, secrets.ProblemNotFound, "and neither does its folder")
	other404 := devserver.Fault{Status: 404, Body: `{"statusCode":404,"message":"Folder with path '/app' not found","error":"NotFound"}`}
	w.onceOn(importsRoute, other404) // as servers of later years say it
	_, err = find()
	wantProblem(t, err, secrets.ProblemNotFound, "and neither does its folder")
	// Answers that the folders contradict.
	w.createFolder("/app")
	w.onceOn(importsRoute, other404)
	_, err = find()
	wantProblem(t, err, secrets.ProblemServer, "The server lists the folder, and answers as if it did not exist")
	w.onceOn(importsRoute, devserver.Fault{Status: 400, Body: `{"statusCode":400,"message":"Folder not found","error":"Get imports"}`})
	_, err = find()
	wantProblem(t, err, secrets.ProblemServer, "The server lists the folder, and answers as if it did not exist")
}

// TestFolderThatGoesWhileItsImportsAreWritten takes them along.
func TestFolderThatGoesWhileItsImportsAreWritten(t *testing.T) {
	t.Parallel()
	w := newImportWorld(t)
	w.createFolder("/app")
	other := w.other()
	one := other.CreateImport("dev", "/app", "prod", "/one")
	other.CreateImport("dev", "/app", "prod", "/two")
	store := w.store(seed.Token{})
	if _, err := store.Imports(t.Context(), w.folder("/app")); err != nil {
		t.Fatal(err)
	}
	w.onceOn(deleteImportRoute, devserver.Fault{Rewrite: func(status int, body []byte) (int, []byte) {
		other.DeleteFolder("dev", "/", "app") // before those behind it are put back
		return status, body
	}})
	if err := store.DeleteImport(t.Context(), w.folder("/app"), w.source("/one"), one, true); err != nil {
		t.Error(err)
	}
	if got := store.TakeWarnings(); len(got) != 0 {
		t.Errorf("%v", got)
	}
	w.createFolder("/app")
	three := other.CreateImport("dev", "/app", "prod", "/three")
	store = w.store(seed.Token{})
	if _, err := store.Imports(t.Context(), w.folder("/app")); err != nil {
		t.Fatal(err)
	}
	other.DeleteFolder("dev", "/", "app")
	if err := store.DeleteImport(t.Context(), w.folder("/app"), w.source("/three"), three, true); err != nil {
		t.Error(err)
	}
}

func TestLostAnswersOfImportsAreSettled(t *testing.T) {
	t.Parallel()
	for name, fault := range lost {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newImportWorld(t)
			store := w.store(seed.Token{})
			w.create(store, "/one", 0)

			w.onceOn(createImportRoute, fault)
			two := w.create(store, "/two", 0)
			w.wantImports("1 prod:/one", "2 prod:/two")

			w.onceOn(moveImportRoute, fault)
			if _, err := store.MoveImport(t.Context(), w.folder("/"), two.Source, two.ID, 1); err != nil {
				t.Fatal(err)
			}
			w.wantImports("1 prod:/two", "2 prod:/one")

			w.onceOn(deleteImportRoute, fault)
			if err := store.DeleteImport(t.Context(), w.folder("/"), two.Source, two.ID, true); err != nil {
				t.Fatal(err)
			}
			w.wantImports("1 prod:/one") // where this run first saw it
		})
	}
}

func TestLostCreateOfAnImportIsNotSentTwice(t *testing.T) {
	t.Parallel()
	w := newImportWorld(t)
	store := w.store(seed.Token{}, func(cfg *secrets.Config) { cfg.RequestTimeout = 300 * time.Millisecond })
	w.onceOn(createImportRoute, devserver.Fault{HangBefore: true})
	_, err := store.CreateImport(t.Context(), w.folder("/"), w.source("/one"), 0)
	wantProblem(t, err, secrets.ProblemServer, "may be carried out all the same", "If the import is then said to exist")
	if got := w.requests()[createImportRoute]; got != 1 {
		t.Errorf("sent %d times", got)
	}
	w.onceOn(createImportRoute, devserver.Fault{HangAfter: true})
	w.create(store, "/one", 0)
	w.wantImports("1 prod:/one")
}

// TestImportThatIsNotPutAtItsPosition is reported as created, where it is.
func TestImportThatIsNotPutAtItsPosition(t *testing.T) {
	t.Parallel()
	w := newImportWorld(t)
	store := w.store(seed.Token{})
	w.create(store, "/one", 0)
	w.onceOn(moveImportRoute, devserver.Fault{Status: 500, Body: `{"statusCode":500,"message":"x","error":"y"}`})
	w.onceOn(moveImportRoute, devserver.Fault{Status: 403, Body: `{"statusCode":403,"message":[],"error":"ValidationFailure"}`})
	made, err := store.CreateImport(t.Context(), w.folder("/"), w.source("/two"), 1)
	if err == nil || made.ID == "" || made.Position != 2 {
		t.Errorf("%+v %v", made, err)
	}
	// The next operation does it.
	w.create(store, "/three", 0)
	w.wantImports("1 prod:/two", "2 prod:/one", "3 prod:/three")

	// What fails for others alone is a warning.
	w.onceOn(moveImportRoute, devserver.Fault{Status: 403, Body: `{"statusCode":403,"message":[],"error":"ValidationFailure"}`})
	if err := store.DeleteImport(t.Context(), w.folder("/"), w.source("/two"), made.ID, true); err != nil {
		t.Error(err)
	}
	if got := store.TakeWarnings(); len(got) != 1 || got[0].Summary != "Import Positions Not Kept" {
		t.Errorf("%v", got)
	}
}

func TestServerThatKeepsAnotherPosition(t *testing.T) {
	t.Parallel()
	w := newImportWorld(t)
	store := w.store(seed.Token{})
	w.onceOn(moveImportRoute, devserver.Fault{Rewrite: func(status int, body []byte) (int, []byte) {
		return status, []byte(strings.Replace(string(body), `"position":5`, `"position":1`, 1))
	}})
	_, err := store.CreateImport(t.Context(), w.folder("/"), w.source("/one"), 5)
	wantProblem(t, err, secrets.ProblemServer, "the position that was asked for")
}

// TestInterruptedImportsArePutRight: those that wait are not begun, and what
// was done is finished.
func TestInterruptedImportsArePutRight(t *testing.T) {
	t.Parallel()
	w := newImportWorld(t)
	store := w.store(seed.Token{})
	w.create(store, "/one", 0)
	ctx, interrupt := context.WithCancel(t.Context())
	w.onceOn(createImportRoute, devserver.Fault{Rewrite: func(status int, body []byte) (int, []byte) {
		interrupt()
		return status, body
	}})
	made, err := store.CreateImport(ctx, w.folder("/"), w.source("/two"), 1)
	if err != nil || made.Position != 1 {
		t.Errorf("%+v %v", made, err)
	}
	if _, err := store.CreateImport(ctx, w.folder("/"), w.source("/three"), 1); err == nil {
		t.Error("a write began after the interrupt")
	}
	w.wantImports("1 prod:/two", "2 prod:/one")
}

func TestImportsAreForgottenWithTheirFolder(t *testing.T) {
	t.Parallel()
	w := newImportWorld(t)
	store := w.store(seed.Token{})
	made, err := store.CreateFolder(t.Context(), w.folder("/app"), false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.CreateImport(t.Context(), w.folder("/app"), w.source("/one"), 0); err != nil {
		t.Fatal(err)
	}
	wantProblem(t, store.DeleteFolder(t.Context(), w.folder("/app"), made.ID, false), secrets.ProblemNotEmpty, "It holds 1 import (prod:/one)")
	if err := store.DeleteFolder(t.Context(), w.folder("/app"), made.ID, true); err != nil {
		t.Fatal(err)
	}
	_, err = store.Imports(t.Context(), w.folder("/app"))
	wantProblem(t, err, secrets.ProblemFolderMissing, "There is no folder /app")
	if err := store.DeleteImport(t.Context(), w.folder("/app"), w.source("/one"), "id", true); err != nil {
		t.Errorf("gone with its folder: %v", err)
	}
}
