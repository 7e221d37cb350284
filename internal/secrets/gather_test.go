package secrets_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

var withImports = secrets.Reading{Imports: true}

const (
	tagA = "0b5c3f62-6a1f-4bb1-9a53-1f0f5b1b0a01"
	tagB = "0b5c3f62-6a1f-4bb1-9a53-1f0f5b1b0a02"
)

// gathers reads a folder and compares what it shows, written as
// KEY=value@environment:path of where it lives, with the number of damaged.
func (w *world) gathers(store *secrets.Store, at string, r secrets.Reading, damaged int, want ...string) secrets.Listing {
	w.t.Helper()
	listing, err := store.Gather(w.t.Context(), w.place(at), r)
	if err != nil {
		w.t.Fatal(err)
	}
	var got []string
	for _, s := range listing.Secrets {
		got = append(got, fmt.Sprintf("%s=%s@%s:%s", s.Key, s.Value.Reveal(), s.Environment, s.Path))
	}
	if !slices.Equal(got, want) {
		w.t.Errorf("%s shows %q, want %q", at, got, want)
	}
	if len(listing.Damaged) != damaged {
		w.t.Errorf("%d damaged, want %d: %v", len(listing.Damaged), damaged, listing.Damaged)
	}
	return listing
}

// lists are the statuses of all lists with these imports.
func (w *world) lists(imports bool) []int {
	var statuses []int
	for _, r := range w.server.Requests() {
		if r.Route == listRoute && strings.Contains(r.RawQuery, fmt.Sprintf("include_imports=%t", imports)) {
			statuses = append(statuses, r.Status)
		}
	}
	return statuses
}

// importing is a world whose dev:/app imports prod:/one and prod:/two, and
// prod:/one imports staging:/deep.
func importing(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, devserver.Project{Tags: []devserver.Tag{{ID: tagA, Slug: "a"}, {ID: tagB, Slug: "b"}}})
	for _, line := range []string{
		"dev:/app:A=own", "prod:/one:A=1", "prod:/two:A=2", "prod:/one:B=1", "prod:/two:B=2", "prod:/one:C=1",
		"staging:/deep:C=3", "staging:/deep:D=3",
	} {
		w.putAt(line)
	}
	w.importInto("dev:/app", "prod:/one")
	w.importInto("dev:/app", "prod:/two")
	w.importInto("prod:/one", "staging:/deep")
	w.server.ResetRequests()
	return w
}

func TestImportsAndTheirPrecedence(t *testing.T) {
	t.Parallel()
	w := importing(t)
	// Of prod it may read nothing, and gets what dev imports all the same.
	store := w.store(seed.Token{Scopes: []devserver.Scope{{Environment: "dev", SecretPath: "/**"}}})
	all := []string{"A=own@dev:/app", "B=2@prod:/two", "C=1@prod:/one", "D=3@prod:/one"}
	w.gathers(store, "dev:/app", withImports, 0, all...)
	w.gathers(store, "dev:/app", secrets.Reading{}, 0, "A=own@dev:/app")
	if plain, imports := len(w.lists(false)), len(w.lists(true)); plain != 0 || imports != 1 {
		t.Errorf("%d lists without imports and %d with them", plain, imports)
	}
	for _, line := range all {
		name, rest, _ := strings.Cut(line, "=")
		got, err := store.Lookup(t.Context(), secrets.Ref{Folder: w.place("dev:/app"), Name: name}, withImports)
		if err != nil || got.Value.Reveal()+"@"+got.Environment+":"+got.Path != rest {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, err := store.Lookup(t.Context(), secrets.Ref{Folder: w.place("dev:/app"), Name: "B"}, secrets.Reading{})
	wantProblem(t, err, secrets.ProblemNotFound, `"B"`, "set include_imports")
	_, err = store.Lookup(t.Context(), secrets.Ref{Folder: w.place("dev:/app"), Name: "NONE"}, withImports)
	wantProblem(t, err, secrets.ProblemNotFound, "imports none of this name")
	_, err = store.Lookup(t.Context(), secrets.Ref{Folder: w.place("dev:/x/y"), Name: "A"}, withImports)
	wantProblem(t, err, secrets.ProblemFolderMissing, "no folder /x in")
	if len(w.lists(true)) != 2 {
		t.Errorf("%d lists", len(w.lists(true)))
	}

	// The fingerprint of an imported secret is that of the place where it lives.
	everywhere := w.store(seed.Token{})
	source, err := everywhere.Find(t.Context(), secrets.Ref{Folder: w.place("prod:/two"), Name: "B"}, "")
	if err != nil {
		t.Fatal(err)
	}
	imported, err := everywhere.Lookup(t.Context(), secrets.Ref{Folder: w.place("dev:/app"), Name: "B"}, withImports)
	if err != nil || imported.Fingerprint != source.Fingerprint || imported.ID != source.ID || imported.TagSlugs != nil {
		t.Errorf("%v", err)
	}
}

func TestReadersWithAndWithoutImportsShareLists(t *testing.T) {
	t.Parallel()
	w := importing(t)
	store := w.store(seed.Token{})
	var readers sync.WaitGroup
	for i := range 40 {
		readers.Go(func() {
			r := secrets.Reading{Imports: i%2 == 0}
			if _, err := store.Gather(t.Context(), w.place("dev:/app"), r); err != nil {
				t.Error(err)
			}
		})
	}
	readers.Wait()
	if plain, imports := len(w.lists(false)), len(w.lists(true)); plain > 1 || imports != 1 {
		t.Errorf("%d lists without imports and %d with them", plain, imports)
	}
	w.gathers(store, "dev:/app", secrets.Reading{}, 0, "A=own@dev:/app")
	if got := w.requests(); got[listRoute] > 2 || len(got) != 3 {
		t.Errorf("%v", got)
	}
}

// TestOwnWritesShowThroughImports: an import list from before a write in the
// source would hide it.
func TestOwnWritesShowThroughImports(t *testing.T) {
	t.Parallel()
	w := importing(t)
	store := w.store(seed.Token{})
	w.gathers(store, "dev:/app", withImports, 0, "A=own@dev:/app", "B=2@prod:/two", "C=1@prod:/one", "D=3@prod:/one")
	if _, err := store.Update(t.Context(), secrets.Ref{Folder: w.place("prod:/two"), Name: "B"}, "", changeTo("new", "")); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Create(t.Context(), secrets.Ref{Folder: w.place("staging:/deep"), Name: "E"}, draft("deep", "")); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Create(t.Context(), secrets.Ref{Folder: w.place("dev:/app"), Name: "F"}, draft("mine", "")); err != nil {
		t.Fatal(err)
	}
	want := []string{"A=own@dev:/app", "B=new@prod:/two", "C=1@prod:/one", "D=3@prod:/one", "E=deep@prod:/one", "F=mine@dev:/app"}
	w.gathers(store, "dev:/app", withImports, 0, want...)
	w.gathers(store, "dev:/app", withImports, 0, want...)
	if got := len(w.lists(true)); got != 2 {
		t.Errorf("%d lists with imports, want one before the writes and one after", got)
	}
}

func TestDamagedImportsAreLeftOut(t *testing.T) {
	t.Parallel()
	w := importing(t)
	other := newWorld(t, devserver.Project{})
	foreign := other.put("X", "v", "")
	foreign.WorkspaceID, foreign.Environment, foreign.SecretPath = w.owner.Project.ID, "prod", "/two"
	w.server.PutRecord(foreign)
	tag := "AAAAAAAAAAAAAAAAAAAAAA=="
	hidden := w.putAt("prod:/two:A=2")
	hidden.Value.Tag = &tag
	w.server.PutRecord(hidden) // hidden by an own one: nobody sees it
	shown := w.putAt("prod:/two:B=2")
	shown.Value.Tag = &tag
	w.server.PutRecord(shown)
	listing := w.gathers(w.store(seed.Token{}), "dev:/app", withImports, 2, "A=own@dev:/app", "C=1@prod:/one", "D=3@prod:/one")
	wantProblem(t, listing.Damaged[0], secrets.ProblemNotAuthentic, `secret "B" (environment "prod", folder /two)`)
	wantProblem(t, listing.Damaged[1], secrets.ProblemNotAuthentic, foreign.ID)
}

// TestHostileImports: a row of the source says where it is, one of what the
// source imports says something else.
func TestHostileImports(t *testing.T) {
	t.Parallel()
	w := importing(t)
	w.onceOn(listRoute, devserver.Fault{Rewrite: func(status int, body []byte) (int, []byte) {
		return status, []byte(strings.ReplaceAll(string(body), `"environment":"prod"}`, `"environment":"staging"}`))
	}})
	listing := w.gathers(w.store(seed.Token{}), "dev:/app", withImports, 2, "A=own@dev:/app", "D=3@prod:/one")
	for _, err := range listing.Damaged {
		wantProblem(t, err, secrets.ProblemNotAuthentic, "a record of another project, environment or folder")
	}

	// A name that is a copy of a value of the same answer.
	b, c := w.putAt("prod:/two:B=2"), w.putAt("prod:/one:C=1")
	b.Key = c.Value
	w.server.PutRecord(b)
	listing, err := w.store(seed.Token{}).Gather(t.Context(), w.place("dev:/app"), withImports)
	if err != nil || len(listing.Damaged) != 1 {
		t.Fatalf("%d damaged: %v", len(listing.Damaged), err)
	}
	wantProblem(t, listing.Damaged[0], secrets.ProblemNotAuthentic, "copy of a value or comment")
}

func TestTwoRowsOfANameInAnImport(t *testing.T) {
	t.Parallel()
	w := importing(t)
	second := w.putAt("prod:/two:B=2")
	second.ID = ""
	w.server.PutRecord(second)
	_, err := w.store(seed.Token{}).Gather(t.Context(), w.place("dev:/app"), withImports)
	wantProblem(t, err, secrets.ProblemDuplicate, `secret "B" (environment "prod", folder /two)`, "holds 2 secrets of this name")
	w.gathers(w.store(seed.Token{}), "dev:/app", secrets.Reading{Imports: true, Filter: secrets.Filter{Prefix: "A"}}, 0, "A=own@dev:/app")
}

func TestBrokenImportIsNamed(t *testing.T) {
	t.Parallel()
	const failure = "Cannot read properties of undefined"
	for _, c := range []struct {
		name    string
		imports []string
		scopes  []devserver.Scope
		says    []string // nil = no error
		not     string
	}{
		{"alone it is harmless", []string{"dev:/app<prod:/none"}, nil, nil, ""},
		{
			"beside a good one",
			[]string{"dev:/app<prod:/good", "dev:/app<prod:/none/x"},
			nil,
			[]string{`folder /app of environment "dev" imports the folder /none/x of environment "prod".`, "source of an import does not exist", "Delete that import, create the folder", failure},
			"/good",
		},
		{
			"several",
			[]string{"dev:/app<prod:/good", "dev:/app<prod:/none", "dev:/app<dev:/gone"},
			nil,
			[]string{`imports the folder /gone of environment "dev"; the folder /app of environment "dev" imports the folder /none`, "Delete those imports"},
			"/good",
		},
		{
			"further down",
			[]string{"dev:/app<prod:/good", "prod:/good<prod:/fine", "prod:/good<prod:/none"},
			nil,
			[]string{`the folder /good of environment "prod" imports the folder /none of environment "prod".`},
			`"dev" imports`,
		},
		{
			"further down than the token may look",
			[]string{"dev:/app<prod:/good", "prod:/good<prod:/fine", "prod:/good<prod:/none"},
			[]devserver.Scope{{Environment: "dev", SecretPath: "/**"}},
			[]string{"The server failed.", failure},
			"/none",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, devserver.Project{})
			w.putAt("dev:/app:A=own")
			w.putAt("prod:/good:G=g")
			w.putAt("prod:/fine:F=f")
			for _, line := range c.imports {
				folder, source, _ := strings.Cut(line, "<")
				w.importInto(folder, source)
			}
			store := w.store(seed.Token{Scopes: c.scopes})
			if c.says == nil {
				w.gathers(store, "dev:/app", withImports, 0, "A=own@dev:/app")
				return
			}
			_, err := store.Gather(t.Context(), w.place("dev:/app"), withImports)
			wantProblem(t, err, secrets.ProblemServer, c.says...)
			if c.not != "" && strings.Contains(err.Error(), c.not) {
				t.Errorf("%q speaks of %q", err, c.not)
			}
			w.gathers(store, "dev:/app", secrets.Reading{}, 0, "A=own@dev:/app")
		})
	}
}

func TestEmptyFolderWithImportsIsNotMissing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	w.server.CreateFolder(w.owner.Project.ID, "dev", "/empty")
	store := w.store(seed.Token{})
	w.gathers(store, "dev:/empty", withImports, 0)
	w.gathers(store, "dev:/", withImports, 0)
	_, err := store.Gather(t.Context(), w.place("dev:/empty/none"), withImports)
	wantProblem(t, err, secrets.ProblemFolderMissing, "no folder /empty/none in")

	// The answers for a missing folder, and with imports for an empty one, are
	// the same, and so are their ETags.
	_, err = store.Gather(t.Context(), w.place("dev:/later"), secrets.Reading{})
	wantProblem(t, err, secrets.ProblemFolderMissing)
	w.server.CreateFolder(w.owner.Project.ID, "dev", "/later")
	w.gathers(store, "dev:/later", withImports, 0)
}

// TestFiltersLeaveTroubleOut: two rows of a name, a row that does not open and a
// reference into nothing fail nobody who did not ask for them.
func TestFiltersLeaveTroubleOut(t *testing.T) {
	t.Parallel()
	w := importing(t)
	tagged := func(line string, tags ...string) devserver.Record {
		record := w.putAt(line)
		record.TagIDs = tags
		return w.server.PutRecord(record)
	}
	tagged("dev:/app:APP_ONE=1", tagA)
	tagged("dev:/app:APP_TWO=${APP_ONE}", tagA, tagB)
	tagged("dev:/app:B=own", tagB)
	twice := w.putAt("dev:/app:TWICE=t")
	twice.ID = ""
	w.server.PutRecord(twice)
	w.putAt("dev:/app:BAD_REFERENCE=${NONE}")
	damaged := w.putAt("dev:/app:DAMAGED=d")
	tag := "AAAAAAAAAAAAAAAAAAAAAA=="
	damaged.Value.Tag = &tag
	w.server.PutRecord(damaged)

	store := w.store(seed.Token{})
	one, two, own := "APP_ONE=1@dev:/app", "APP_TWO=1@dev:/app", "B=own@dev:/app"
	for _, c := range []struct {
		name   string
		filter secrets.Filter
		want   []string
	}{
		{"prefix", secrets.Filter{Prefix: "APP_"}, []string{one, two}},
		{"pattern", secrets.Filter{Pattern: regexp.MustCompile(`_TWO|^C$`)}, []string{two, "C=1@prod:/one"}},
		{"both", secrets.Filter{Prefix: "APP_", Pattern: regexp.MustCompile("ONE")}, []string{one}},
		{"one tag", secrets.Filter{TagSlugs: []string{"a"}}, []string{one, two}},
		{"any of two tags", secrets.Filter{TagSlugs: []string{"b", "none"}}, []string{two, own}},
		// An imported B does not come forward where the own one is filtered out.
		{"what it hides stays hidden", secrets.Filter{Prefix: "B", TagSlugs: []string{"a"}}, nil},
		{"nothing", secrets.Filter{Prefix: "NONE"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			w.t = t
			w.gathers(store, "dev:/app", secrets.Reading{Imports: true, Expand: true, Filter: c.filter}, 0, c.want...)
		})
	}
	w.t = t
	listing := w.gathers(store, "dev:/app", secrets.Reading{Filter: secrets.Filter{Prefix: "DAM"}}, 1)
	wantProblem(t, listing.Damaged[0], secrets.ProblemNotAuthentic, `"DAMAGED"`)
	_, err := store.Gather(t.Context(), w.place("dev:/app"), secrets.Reading{Filter: secrets.Filter{Prefix: "TW"}})
	wantProblem(t, err, secrets.ProblemDuplicate)
}

func TestTagsOfAnOwnWriteAreReadOnceMore(t *testing.T) {
	t.Parallel()
	w := importing(t)
	store := w.store(seed.Token{})
	w.gathers(store, "dev:/app", secrets.Reading{}, 0, "A=own@dev:/app")
	tags := []string{tagB, tagA}
	if _, err := store.Update(t.Context(), secrets.Ref{Folder: w.place("dev:/app"), Name: "A"}, "", secrets.Change{DetailsChange: secrets.DetailsChange{TagIDs: &tags}}); err != nil {
		t.Fatal(err)
	}
	before := w.requests()[listRoute]
	for range 2 {
		got, err := store.Lookup(t.Context(), secrets.Ref{Folder: w.place("dev:/app"), Name: "A"}, secrets.Reading{})
		if err != nil || !slices.Equal(got.TagSlugs, []string{"a", "b"}) {
			t.Errorf("%q: %v", got.TagSlugs, err)
		}
	}
	if now := w.requests()[listRoute]; now != before+1 {
		t.Errorf("%d lists more", now-before)
	}
}

// below is a world with folders below dev:/app.
func below(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, devserver.Project{})
	for _, line := range []string{"dev:/:ROOT=r", "dev:/app:N=0", "dev:/app/db:N=1", "dev:/app/db/x:N=2", "dev:/app/a:M=3", "dev:/apple:N=4"} {
		w.putAt(line)
	}
	w.server.CreateFolder(w.owner.Project.ID, "dev", "/app/empty")
	return w
}

func TestRecursive(t *testing.T) {
	t.Parallel()
	w := below(t)
	store := w.store(seed.Token{})
	recursive := secrets.Reading{Recursive: true}
	want := []string{"N=0@dev:/app", "a/M=3@dev:/app/a", "db/N=1@dev:/app/db", "db/x/N=2@dev:/app/db/x"}
	w.gathers(store, "dev:/app", secrets.Reading{}, 0, "N=0@dev:/app")
	var readers sync.WaitGroup
	for range 5 {
		readers.Go(func() {
			if _, err := store.Gather(t.Context(), w.place("dev:/app"), recursive); err != nil {
				t.Error(err)
			}
		})
	}
	readers.Wait()
	w.gathers(store, "dev:/app", recursive, 0, want...)
	// Five folders: one request for what is below each of them, and one list.
	if got := w.requests(); got["GET /api/v1/folders"] != 5 || got[listRoute] != 5 || len(got) != 4 {
		t.Errorf("%v", got)
	}
	w.gathers(store, "dev:/", recursive, 0, "ROOT=r@dev:/", "app/N=0@dev:/app", "apple/N=4@dev:/apple", "app/a/M=3@dev:/app/a", "app/db/N=1@dev:/app/db", "app/db/x/N=2@dev:/app/db/x")
	w.gathers(store, "dev:/app", secrets.Reading{Recursive: true, Filter: secrets.Filter{Prefix: "M"}}, 0, "a/M=3@dev:/app/a")
	_, err := store.Gather(t.Context(), w.place("dev:/none"), recursive)
	wantProblem(t, err, secrets.ProblemFolderMissing, "/none")
}

func TestRecursiveSeesOwnNewFolders(t *testing.T) {
	t.Parallel()
	w := below(t)
	store := w.store(seed.Token{})
	recursive := secrets.Reading{Recursive: true, Filter: secrets.Filter{Prefix: "N"}}
	w.gathers(store, "dev:/apple", recursive, 0, "N=4@dev:/apple")
	if _, err := store.CreateFolder(t.Context(), w.place("dev:/apple/pie"), false); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Create(t.Context(), secrets.Ref{Folder: w.place("dev:/apple/pie"), Name: "N"}, draft("5", "")); err != nil {
		t.Fatal(err)
	}
	w.gathers(store, "dev:/apple", recursive, 0, "N=4@dev:/apple", "pie/N=5@dev:/apple/pie")
}

func TestRecursiveSkipsWhatTheTokenMayNotRead(t *testing.T) {
	t.Parallel()
	w := below(t)
	store := w.store(seed.Token{Scopes: []devserver.Scope{{Environment: "dev", SecretPath: "/app"}, {Environment: "dev", SecretPath: "/app/db/*"}}})
	listing := w.gathers(store, "dev:/app", secrets.Reading{Recursive: true}, 0, "N=0@dev:/app", "db/x/N=2@dev:/app/db/x")
	var skipped []string
	for _, f := range listing.Skipped {
		skipped = append(skipped, f.Path)
	}
	if !slices.Equal(skipped, []string{"/app/a", "/app/db", "/app/empty"}) {
		t.Errorf("skipped %q", skipped)
	}
	for _, r := range w.server.Requests() {
		if r.Status == http.StatusUnauthorized {
			t.Errorf("the server had to refuse %s", r.RawQuery)
		}
	}
	w.server.ResetRequests()
	_, err := store.Gather(t.Context(), w.place("dev:/"), secrets.Reading{Recursive: true})
	wantProblem(t, err, secrets.ProblemPermission)
	if got := w.requests(); got[listRoute] != 1 || len(got) != 1 {
		t.Errorf("%v", got)
	}
}

// TestRecursiveMeetsAFolderThatGoes: deleted between the walk and the list.
func TestRecursiveMeetsAFolderThatGoes(t *testing.T) {
	t.Parallel()
	w := below(t)
	w.server.InjectFault(func(r devserver.Request) *devserver.Fault {
		if r.Route == listRoute {
			w.server.DeleteFolder(w.owner.Project.ID, "dev", "/app/db")
		}
		return nil
	})
	w.gathers(w.store(seed.Token{}), "dev:/app", secrets.Reading{Recursive: true}, 0, "N=0@dev:/app", "a/M=3@dev:/app/a")
}

func TestNamesWithASlashAndFoldersBelow(t *testing.T) {
	t.Parallel()
	w := below(t)
	w.putAt("dev:/app:db/M=slash")
	onlyM := secrets.Reading{Recursive: true, Filter: secrets.Filter{Pattern: regexp.MustCompile("M")}}
	w.gathers(w.store(seed.Token{}), "dev:/app", onlyM, 1, "a/M=3@dev:/app/a")
	w.owner.SwitchToES() // where names are plain
	w.gathers(w.store(seed.Token{}, inES), "dev:/app", onlyM, 0, "db/M=slash@dev:/app", "a/M=3@dev:/app/a")
	w.putAt("dev:/app:db/N=slash")
	_, err := w.store(seed.Token{}, inES).Gather(t.Context(), w.place("dev:/app"), secrets.Reading{Recursive: true})
	wantProblem(t, err, secrets.ProblemDuplicate, `secret "db/N"`)
}

func TestRecursiveWithImportsAndReferences(t *testing.T) {
	t.Parallel()
	w := below(t)
	w.putAt("prod:/s:I=${J}")
	w.putAt("prod:/s:J=j")
	w.putAt("dev:/app/db:R=${I}${dev.app.N}")
	w.importInto("dev:/app/db", "prod:/s")
	store := w.store(seed.Token{})
	w.gathers(store, "dev:/app/db", secrets.Reading{Recursive: true, Imports: true, Expand: true}, 0,
		"I=j@prod:/s", "J=j@prod:/s", "N=1@dev:/app/db", "R=j0@dev:/app/db", "x/N=2@dev:/app/db/x")
	if got := w.requests(); got[listRoute] != 3 {
		t.Errorf("%d lists, want one for each of /app/db, /app/db/x and /app", got[listRoute])
	}
}
