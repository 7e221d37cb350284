package secrets_test

import (
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// lies has the server tell one lie in every answer.
func (w *world) lies(name string) {
	w.t.Helper()
	all := devserver.Lies()
	at := slices.IndexFunc(all, func(l devserver.Lie) bool { return l.Name == name })
	if at < 0 {
		w.t.Fatalf("there is no lie %q", name)
	}
	w.server.InjectFault(devserver.NewLiar(1, 1, all[at]).Script(nil))
}

// patient waits for answers as long as a busy machine takes to read long ones.
func patient(c *secrets.Config) { c.RequestTimeout = time.Minute }

func (w *world) count() int { return len(w.server.Requests()) }

// TestFoldersWithoutEnd: each walk ends with an error that names the bound,
// after a bounded number of requests.
func TestFoldersWithoutEnd(t *testing.T) {
	t.Parallel()
	for lie, c := range map[string]struct {
		says     string
		problem  secrets.Problem
		requests int
	}{
		"a folder in every folder":         {"It is 50 folders deep and holds others, and a run goes no deeper", secrets.ProblemTooLarge, 200},
		"folders without end":              {"The server lists more than 20000 folders in what was read so far", secrets.ProblemTooLarge, 10},
		"the same folders in every folder": {"The server lists this very folder again as ", secrets.ProblemServer, 10},
	} {
		w := newWorld(t, devserver.Project{})
		w.server.CreateFolder(w.owner.Project.ID, "dev", "/a/b")
		w.lies(lie)
		for name, walk := range map[string]func(*secrets.Store) error{
			"folders": func(s *secrets.Store) error {
				_, err := s.Subfolders(t.Context(), w.folder("/"), true)
				return err
			},
			"secrets": func(s *secrets.Store) error {
				_, err := s.Gather(t.Context(), w.folder("/"), secrets.Reading{Recursive: true})
				return err
			},
		} {
			before := w.count()
			err := walk(w.store(seed.Token{}, patient))
			if err == nil || secrets.ProblemOf(err) != c.problem || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s, %s: %v", lie, name, err)
			}
			if asked := w.count() - before; asked > c.requests {
				t.Errorf("%s, %s: %d requests", lie, name, asked)
			}
		}
	}
}

// TestFoldersOfTheWholeStoreAreBounded: a server that lists a few folders a time
// ends it, too, and other reads of the run are of the same account.
func TestFoldersOfTheWholeStoreAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	folders := strings.Builder{}
	for i := range 3000 {
		fmt.Fprintf(&folders, `,{"id":"%%s-%d","name":"f%d"}`, i, i)
	}
	w.server.InjectFault(func(r devserver.Request) *devserver.Fault {
		if r.Route != "GET /api/v1/folders" {
			return nil
		}
		return &devserver.Fault{Body: `{"folders":[` + strings.ReplaceAll(folders.String()[1:], "%s", r.RawQuery) + `]}`}
	})
	store := w.store(seed.Token{})
	var err error
	reads := 0
	for ; err == nil && reads < 30; reads++ {
		_, err = store.Subfolders(t.Context(), w.folder(fmt.Sprintf("/f%d", reads)), false)
	}
	wantProblem(t, err, secrets.ProblemTooLarge, "The server lists more than 20000 folders in what was read so far")
	if reads > 8 {
		t.Errorf("%d reads", reads)
	}
}

// TestRowsThatCannotBeUsedCostNothing: a quarter of a million rows without names,
// or with names that do not open, take no more memory than the few that are
// reported. Not in parallel: it measures.
func TestRowsThatCannotBeUsedCostNothing(t *testing.T) { //nolint:paralleltest // it measures the process
	w := newWorld(t, devserver.Project{})
	w.put("GOOD", "v", "")
	unopened := strings.Builder{}
	for i := range 100_000 {
		fmt.Fprintf(&unopened, `{"id":"n%d","type":"shared","secretKeyCiphertext":"c2VjcmV0c2VjcmV0","secretKeyIV":"AAAAAAAAAAAAAAAAAAAAAA==","secretKeyTag":"AAAAAAAAAAAAAAAAAAAAAA==","secretValueCiphertext":"c2VjcmV0"},`, i)
	}
	rows := []byte(unopened.String())
	for name, script := range map[string]func(devserver.Request) *devserver.Fault{
		"without names": devserver.NewLiar(1, 1, devserver.LiesThatGrow()[slices.IndexFunc(devserver.LiesThatGrow(), func(l devserver.Lie) bool { return l.Name == "rows without names" })]).Script(nil),
		"names that do not open": func(r devserver.Request) *devserver.Fault {
			if r.Route != listRoute {
				return nil
			}
			return &devserver.Fault{Rewrite: func(status int, body []byte) (int, []byte) {
				return status, slices.Concat([]byte(`{"secrets":[`), rows, body[len(`{"secrets":[`):])
			}}
		},
	} {
		remove := w.server.InjectFault(script)
		store := w.store(seed.Token{}, patient)
		if _, err := store.Locate(t.Context(), w.folder("/")); err != nil {
			t.Fatal(err)
		}
		before := live()
		listing, err := store.List(t.Context(), w.folder("/"))
		grown := live() - before
		if err != nil || len(listing.Secrets) != 1 || len(listing.Damaged) != 101 || !strings.Contains(fmt.Sprint(listing.Damaged), "more of its rows have no name that could be shown") {
			t.Fatalf("%s: %d secrets, %d damaged: %v", name, len(listing.Secrets), len(listing.Damaged), err)
		}
		if grown > 24<<20 {
			t.Errorf("%s: %d MiB are held", name, grown>>20)
		}
		runtime.KeepAlive(store)
		remove()
	}
}

// live is how much memory is in use.
func live() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// TestRowsOfTheWholeStoreAreBounded: copies of a row that opens are rows like
// others, up to a number and a length in all folders together.
func TestRowsOfTheWholeStoreAreBounded(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	w.put("GOOD", "v", "")
	for _, path := range []string{"/a", "/b"} {
		if _, err := w.owner.Put("dev", path, "GOOD", "v", ""); err != nil {
			t.Fatal(err)
		}
	}
	w.lies("copies of a row")
	store := w.store(seed.Token{}, patient)
	if _, err := store.List(t.Context(), w.folder("/a")); secrets.ProblemOf(err) != secrets.ProblemDuplicate {
		t.Errorf("20,000 copies: %v", err)
	}
	_, err := store.List(t.Context(), w.folder("/b"))
	wantProblem(t, err, secrets.ProblemTooLarge, `folder /b of environment "dev": With it the server shows more than 25000 secrets in what was read so far`)

	w = newWorld(t, devserver.Project{})
	for _, path := range []string{"/a", "/b", "/c"} {
		if _, err := w.owner.Put("dev", path, "LONG", strings.Repeat("v", 400_000), ""); err != nil {
			t.Fatal(err)
		}
	}
	w.server.InjectFault(func(r devserver.Request) *devserver.Fault {
		if r.Route != listRoute {
			return nil
		}
		return &devserver.Fault{Rewrite: func(status int, body []byte) (int, []byte) {
			row := body[len(`{"secrets":[`) : len(body)-len(`]}`)]
			if at := strings.LastIndex(string(row), "]"); at >= 0 && strings.HasSuffix(string(row), `,"imports":[`) {
				row = row[:at]
			}
			rows := make([]string, 44)
			for i := range rows {
				rows[i] = strings.Replace(string(row), `"id":"`, fmt.Sprintf(`"id":"%d-`, i), 1)
			}
			return status, []byte(`{"secrets":[` + strings.Join(rows, ",") + `]}`)
		}}
	})
	store = w.store(seed.Token{}, patient)
	for _, path := range []string{"/a", "/b", "/c"} {
		_, err = store.List(t.Context(), w.folder(path))
	}
	wantProblem(t, err, secrets.ProblemTooLarge, `folder /c of environment "dev": With it the secrets that were read so far are longer than 64 MiB`)
	// What is read again takes the place of what was read before.
	again := newWorld(t, devserver.Project{})
	again.put("GOOD", "v", "")
	again.lies("copies of a row")
	store = again.store(seed.Token{}, patient)
	for range 3 {
		if _, err := store.Find(t.Context(), again.ref("GOOD"), ""); secrets.ProblemOf(err) != secrets.ProblemDuplicate {
			t.Errorf("%v", err)
		}
		if _, err := store.Create(t.Context(), again.ref("OTHER"), draft("v", "")); secrets.ProblemOf(err) == secrets.ProblemTooLarge {
			t.Errorf("%v", err)
		}
	}
}

// TestImportsWithoutEnd: finding out why a list failed, and following imports,
// both end.
func TestImportsWithoutEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	w.lies("an import, and a failure of lists")
	store := w.store(seed.Token{}, func(c *secrets.Config) { c.MaxRetries = 0 })
	for range 8 {
		_, err := store.Gather(t.Context(), w.folder("/"), secrets.Reading{Imports: true})
		wantProblem(t, err, secrets.ProblemServer)
	}
	if asked := w.count(); asked > 400 {
		t.Errorf("%d requests to explain eight failures", asked)
	}

	sealed := newSealedWorld(t, 1)
	sealed.lies("imports without end")
	_, err := sealed.with(sealed.keys[0]).Gather(t.Context(), sealed.folder("/"), secrets.Reading{Imports: true})
	wantProblem(t, err, secrets.ProblemTooLarge, "Imports and references lead to more than 500 folders")
	if asked := sealed.count(); asked > 2000 {
		t.Errorf("%d requests", asked)
	}
}

// TestUnknownRefusalsAreNotAbsence: a refusal in words that nobody knows, of
// anything that lies behind an import, is an error, and not a folder that does
// not exist. That one does not exist is believed of the list of folders.
func TestUnknownRefusalsAreNotAbsence(t *testing.T) {
	t.Parallel()
	for _, refusal := range []string{"something new", "Folder not found", "Environment not found"} {
		for _, route := range []string{importsRoute, "GET /api/v3/secrets/raw"} {
			w := newSealedWorld(t, 1)
			id := w.owner.Project.ID
			for _, path := range []string{"/b", "/c"} {
				w.server.CreateFolder(id, "dev", path)
			}
			w.other().CreateImport("dev", "/", "dev", "/b")
			w.other().CreateImport("dev", "/b", "dev", "/c")
			w.plantAt("/c", "BEHIND")
			missing := false
			w.server.InjectFault(func(r devserver.Request) *devserver.Fault {
				if r.Route != route || !strings.Contains(r.RawQuery, "%2Fb") || missing {
					return nil
				}
				return &devserver.Fault{Status: http.StatusNotFound, Body: fmt.Sprintf(`{"statusCode":404,"error":"NotFound","message":%q}`, refusal)}
			})
			got, err := w.with(w.keys[0]).Gather(t.Context(), w.folder("/"), secrets.Reading{Imports: true})
			if err == nil || !strings.Contains(err.Error(), refusal) {
				t.Errorf("%s of %s: %d secrets, and no error: %v", refusal, route, len(got.Secrets), err)
			}
		}
	}
	// A source that is not there brings nothing, as to the server's own readers.
	w := newSealedWorld(t, 1)
	w.other().CreateImport("dev", "/", "dev", "/nowhere")
	w.plantAt("/", "HERE")
	got, err := w.with(w.keys[0]).Gather(t.Context(), w.folder("/"), secrets.Reading{Imports: true})
	if err != nil || len(got.Secrets) != 1 {
		t.Errorf("%d secrets: %v", len(got.Secrets), err)
	}
}

// TestAFolderThatIsThereIsNotMissing: what the endpoint of imports says of a
// folder is not believed against the list of folders.
func TestAFolderThatIsThereIsNotMissing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	w.server.CreateFolder(w.owner.Project.ID, "dev", "/a")
	w.other().CreateImport("dev", "/a", "prod", "/")
	f := w.folder("/a")
	folders, err := w.store(seed.Token{}).Subfolders(t.Context(), w.folder("/"), false)
	if err != nil || len(folders) != 1 {
		t.Fatal(folders, err)
	}
	w.server.InjectFault(func(r devserver.Request) *devserver.Fault {
		if r.Route != importsRoute {
			return nil
		}
		return &devserver.Fault{Status: http.StatusBadRequest, Body: `{"statusCode":400,"error":"BadRequest","message":"Folder not found"}`}
	})
	store := w.store(seed.Token{})
	source := secrets.Folder{WorkspaceID: f.WorkspaceID, Environment: "prod", Path: "/"}
	const says = "The server lists the folder, and answers as if it did not exist"
	_, err = store.Imports(t.Context(), f)
	wantProblem(t, err, secrets.ProblemServer, says)
	wantProblem(t, store.DeleteImport(t.Context(), f, source, "an id", false), secrets.ProblemServer, says)
	wantProblem(t, store.DeleteFolder(t.Context(), f, folders[0].ID, false), secrets.ProblemServer, says)
}
