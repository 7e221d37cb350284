package secrets_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/api"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// place reads "dev:/app".
func (w *world) place(text string) secrets.Folder {
	environment, path, _ := strings.Cut(text, ":")
	return secrets.Folder{WorkspaceID: w.owner.Project.ID, Environment: environment, Path: path}
}

// putAt stores "dev:/app:NAME=value".
func (w *world) putAt(line string) devserver.Record {
	w.t.Helper()
	where, value, _ := strings.Cut(line, "=")
	parts := strings.SplitN(where, ":", 3)
	record, err := w.owner.Put(parts[0], parts[1], parts[2], value, "")
	if err != nil {
		w.t.Fatal(err)
	}
	return record
}

// importInto makes one folder import another, as the owner would.
func (w *world) importInto(folder, source string) {
	w.t.Helper()
	token, err := w.owner.ServiceToken(seed.Token{})
	if err != nil {
		w.t.Fatal(err)
	}
	client, err := api.New(api.Config{Host: w.server.URL(), Credential: api.AsServiceToken(token)})
	if err != nil {
		w.t.Fatal(err)
	}
	at, from := w.place(folder), w.place(source)
	if _, err := client.CreateImport(w.t.Context(), api.Place{WorkspaceID: at.WorkspaceID, Environment: at.Environment, Path: at.Path}, from.Environment, from.Path); err != nil {
		w.t.Fatal(err)
	}
}

// TestReferences reads dev:/app:X in each world and compares it with what it is
// to be, or with what the error is to say.
func TestReferences(t *testing.T) {
	t.Parallel()
	devAppOnly := []devserver.Scope{{Environment: "dev", SecretPath: "/app"}}
	rows := func(lines ...string) []string { return lines }
	for _, c := range []struct {
		name    string
		secrets []string // environment:path:NAME=value
		imports []string // environment:path < environment:path
		scopes  []devserver.Scope
		reading secrets.Reading // with Expand set
		want    string
		problem secrets.Problem
		says    []string
	}{
		// What is a reference, and what is not.
		{name: "none", secrets: rows("dev:/app:X=plain"), want: "plain"},
		{name: "an empty value", secrets: rows("dev:/app:X="), want: ""},
		{name: "one", secrets: rows("dev:/app:X=${A}", "dev:/app:A=a"), want: "a"},

		// How far they may lead.
		{name: "within the folder", secrets: rows("dev:/app:X=${A}${dev.app.A}${dev.app.db.B}", "dev:/app:A=a", "dev:/app/db:B=b"), reading: secrets.Reading{Within: secrets.WithinFolder}, want: "aab"},
		{
			name: "out of the folder", secrets: rows("dev:/app:X=${dev.A}", "dev:/:A=a"),
			reading: secrets.Reading{Within: secrets.WithinFolder}, problem: secrets.ProblemReference, says: rows("holds ${dev.A}, which leads out of the folder /app"),
		},
		{
			name: "out of the folder by a name that begins alike", secrets: rows("dev:/app:X=${dev.apple.A}", "dev:/apple:A=a"),
			reading: secrets.Reading{Within: secrets.WithinFolder}, problem: secrets.ProblemReference, says: rows("which leads out of the folder /app"),
		},
		{
			name: "out of the folder through one below", secrets: rows("dev:/app:X=${dev.app.db.B}", "dev:/app/db:B=${dev.A}", "dev:/:A=a"),
			reading: secrets.Reading{Within: secrets.WithinFolder}, problem: secrets.ProblemReference, says: rows("which leads out of the folder /app"),
		},
		{name: "within the environment", secrets: rows("dev:/app:X=${dev.A}", "dev:/:A=a"), reading: secrets.Reading{Within: secrets.WithinEnvironment}, want: "a"},
		{
			name: "out of the environment, to nothing", secrets: rows("dev:/app:X=${prod.A}"),
			reading: secrets.Reading{Within: secrets.WithinEnvironment, Missing: secrets.MissingIsEmpty}, problem: secrets.ProblemReference, says: rows(`which leads out of the environment "dev"`),
		},
		{name: "several in a text", secrets: rows("dev:/app:X=pg://${U}:${P}@h/${U}\n", "dev:/app:U=u", "dev:/app:P=p"), want: "pg://u:p@h/u\n"},
		{name: "an empty value replaces", secrets: rows("dev:/app:X=[${A}]", "dev:/app:A="), want: "[]"},
		{name: "blanks around a name", secrets: rows("dev:/app:X=${ A\u00a0}", "dev:/app:A=a"), want: "a"},
		{name: "blanks inside of a name", secrets: rows("dev:/app:X=${A B}", "dev:/app:A B=ab"), want: "ab"},
		{name: "no name", secrets: rows("dev:/app:X=${}${ }$ {A}$A}{"), want: "${}${ }$ {A}$A}{"},
		{name: "no end", secrets: rows("dev:/app:X=${A ${A} ${A", "dev:/app:A=a"), want: "${A a ${A"},
		{name: "over two lines", secrets: rows("dev:/app:X=${A\n}${A\t}${A}", "dev:/app:A=a"), want: "${A\n}${A\t}a"},
		{name: "one in another", secrets: rows("dev:/app:X=${${A}}", "dev:/app:A=A"), want: "${A}"},
		{name: "a dollar sign before it", secrets: rows("dev:/app:X=$${A}$", "dev:/app:A=a"), want: "$a$"},
		{name: "a brace behind it", secrets: rows("dev:/app:X={${A}}", "dev:/app:A=a"), want: "{a}"},
		{name: "a name of other scripts", secrets: rows("dev:/app:X=${caf\u00e9}", "dev:/app:cafe\u0301=a"), want: "a"},
		{name: "what a value brings is not looked at again", secrets: rows("dev:/app:X=${A}{B}", "dev:/app:A=$", "dev:/app:B=b"), want: "${B}"},
		{name: "names are case-sensitive", secrets: rows("dev:/app:X=${a}", "dev:/app:A=a"), problem: secrets.ProblemReference, says: rows("${a}")},

		// Nested, and from elsewhere.
		{name: "nested", secrets: rows("dev:/app:X=1${A}", "dev:/app:A=2${B}", "dev:/app:B=3"), want: "123"},
		{name: "another environment", secrets: rows("dev:/app:X=${prod.A}", "prod:/:A=a", "dev:/app:A=no"), want: "a"},
		{name: "another folder", secrets: rows("dev:/app:X=${dev.f1.f-2.A}", "dev:/f1/f-2:A=a"), want: "a"},
		{name: "its own folder by its whole name", secrets: rows("dev:/app:X=${dev.app.A}", "dev:/app:A=a"), want: "a"},
		{name: "nested where the value lives", secrets: rows("dev:/app:X=${prod.f.A}", "prod:/f:A=${B}", "prod:/f:B=there", "dev:/app:B=here"), want: "there"},
		{name: "a name with a dot comes first", secrets: rows("dev:/app:X=${prod.A}", "dev:/app:prod.A=own", "prod:/:A=other"), want: "own"},
		{name: "a name with a dot elsewhere", secrets: rows("dev:/app:X=${prod.f.A}", "prod:/:f.A=a"), problem: secrets.ProblemReference, says: rows(`no folder /f in environment "prod"`)},

		// Imports.
		{name: "imported and not asked for", secrets: rows("dev:/app:X=${A}", "prod:/s:A=a"), imports: rows("dev:/app<prod:/s"), problem: secrets.ProblemReference, says: rows("set include_imports")},
		{name: "imported", secrets: rows("dev:/app:X=${A}", "prod:/s:A=a"), imports: rows("dev:/app<prod:/s"), reading: secrets.Reading{Imports: true}, want: "a"},
		{name: "own before imported", secrets: rows("dev:/app:X=${A}", "dev:/app:A=own", "prod:/s:A=a"), imports: rows("dev:/app<prod:/s"), reading: secrets.Reading{Imports: true}, want: "own"},
		{name: "the last import wins", secrets: rows("dev:/app:X=${A}", "prod:/s:A=first", "prod:/t:A=last"), imports: rows("dev:/app<prod:/s", "dev:/app<prod:/t"), reading: secrets.Reading{Imports: true}, want: "last"},
		{name: "an imported one looks where it lives", secrets: rows("prod:/s:X=${A}", "prod:/s:A=there", "dev:/app:A=here"), imports: rows("dev:/app<prod:/s"), reading: secrets.Reading{Imports: true}, want: "there"},
		{
			name: "an imported one looks where it lives, outside of the scopes", scopes: devAppOnly, reading: secrets.Reading{Imports: true},
			secrets: rows("prod:/s:X=${A}", "prod:/s:A=${B}", "prod:/s:B=b"), imports: rows("dev:/app<prod:/s"), want: "b",
		},
		{
			name: "through an import of an import", scopes: devAppOnly, reading: secrets.Reading{Imports: true},
			secrets: rows("prod:/s:N=1", "staging:/d:X=${A}${B}", "staging:/d:A=a", "prod:/s:A=nearer", "staging:/e:B=b"),
			imports: rows("dev:/app<prod:/s", "prod:/s<staging:/d", "staging:/d<staging:/e"), want: "ab",
		},
		{name: "imports of another folder", secrets: rows("dev:/app:X=${prod.A}", "prod:/s:A=a", "prod:/:N=1"), imports: rows("prod:/<prod:/s"), reading: secrets.Reading{Imports: true}, want: "a"},
		{name: "a folder that imports itself", secrets: rows("dev:/app:X=${A}", "dev:/app:A=a"), imports: rows("dev:/app<dev:/app"), reading: secrets.Reading{Imports: true}, want: "a"},

		{name: "an import that imports itself", secrets: rows("prod:/s:X=${A}", "prod:/s:A=a"), imports: rows("dev:/app<prod:/s", "prod:/s<prod:/s"), reading: secrets.Reading{Imports: true}, want: "a"},

		// Rings.
		{name: "a ring of one", secrets: rows("dev:/app:X=${X}"), problem: secrets.ProblemReference, says: rows("dev:/app:X → dev:/app:X.")},
		{name: "a ring of two", secrets: rows("dev:/app:X=${A}", "dev:/app:A=${X}"), problem: secrets.ProblemReference, says: rows("dev:/app:A → dev:/app:X → dev:/app:A.")},
		{
			name: "a ring of three across environments", secrets: rows("dev:/app:X=${prod.A}", "prod:/:A=${B}", "prod:/:B=${dev.app.X}"),
			problem: secrets.ProblemReference, says: rows("dev:/app:X → prod:/:A → prod:/:B → dev:/app:X."),
		},
		{
			name: "a ring of four across environments", secrets: rows("dev:/app:X=${prod.A}", "prod:/:A=${staging.f.B}", "staging:/f:B=${dev.C}", "dev:/:C=${dev.app.X}"),
			problem: secrets.ProblemReference, says: rows("dev:/:C → dev:/app:X → prod:/:A → staging:/f:B → dev:/:C."),
		},
		{name: "a ring behind the first", secrets: rows("dev:/app:X=${A}", "dev:/app:A=${B}", "dev:/app:B=${A}"), problem: secrets.ProblemReference, says: rows(`secret "A"`, " dev:/app:A → dev:/app:B → dev:/app:A.")},
		{name: "a ring in an import", secrets: rows("prod:/s:X=${A}", "prod:/s:A=${X}"), imports: rows("dev:/app<prod:/s"), reading: secrets.Reading{Imports: true}, problem: secrets.ProblemReference, says: rows("prod:/s:A → prod:/s:X → prod:/s:A.")},
		{name: "a ring is one in every mode", secrets: rows("dev:/app:X=${X}"), reading: secrets.Reading{Missing: secrets.MissingIsKept}, problem: secrets.ProblemReference, says: rows("refers to itself")},
		{name: "the same one twice is none", secrets: rows("dev:/app:X=${A}${B}", "dev:/app:A=${C}", "dev:/app:B=${C}", "dev:/app:C=c"), want: "cc"},

		// Missing.
		{name: "missing", secrets: rows("dev:/app:X=canary ${A}"), problem: secrets.ProblemReference, says: rows(`secret "X" (environment "dev", folder /app)`, "holds ${A}", "in the folder /app of environment \"dev\"", "on_missing_reference")},
		{name: "missing and kept", secrets: rows("dev:/app:X=[${ A }]"), reading: secrets.Reading{Missing: secrets.MissingIsKept}, want: "[${ A }]"},
		{name: "missing and empty", secrets: rows("dev:/app:X=[${A}]"), reading: secrets.Reading{Missing: secrets.MissingIsEmpty}, want: "[]"},
		{name: "missing further on", secrets: rows("dev:/app:X=${A}", "dev:/app:A=${B}"), problem: secrets.ProblemReference, says: rows(`secret "A"`, "${B}")},
		{name: "missing elsewhere", secrets: rows("dev:/app:X=${prod.A}"), problem: secrets.ProblemReference, says: rows(`no such secret in the folder / of environment "prod"`)},
		{name: "missing folder", secrets: rows("dev:/app:X=${prod.f.g.A}"), problem: secrets.ProblemReference, says: rows(`there is no folder /f in environment "prod"`)},
		{name: "missing folder and kept", secrets: rows("dev:/app:X=${prod.f.A}"), reading: secrets.Reading{Missing: secrets.MissingIsKept}, want: "${prod.f.A}"},
		{name: "missing environment", secrets: rows("dev:/app:X=${Production.A}"), problem: secrets.ProblemReference, says: rows(`the project has no environment "Production". It has: dev, staging, prod`)},
		{name: "missing environment and empty", secrets: rows("dev:/app:X=${Production.A}"), reading: secrets.Reading{Missing: secrets.MissingIsEmpty}, want: ""},
		{name: "nothing that anybody meant", secrets: rows("dev:/app:X=${can%ary}"), problem: secrets.ProblemReference, says: rows("whose text is not shown")},
		{name: "a shell's own, kept", secrets: rows("dev:/app:X=${HOME:-/root}/${A}", "dev:/app:A=a"), reading: secrets.Reading{Missing: secrets.MissingIsKept}, want: "${HOME:-/root}/a"},

		// Scopes, bytes, damage, two of a name.
		{name: "outside of the scopes", scopes: devAppOnly, secrets: rows("dev:/app:X=${prod.A}", "prod:/:A=a"), problem: secrets.ProblemReference, says: rows(`folder / of environment "prod" is outside of the scopes`, "dev:/app")},
		{name: "outside of the scopes is not missing", scopes: devAppOnly, secrets: rows("dev:/app:X=${dev.A}"), reading: secrets.Reading{Missing: secrets.MissingIsEmpty}, problem: secrets.ProblemReference, says: rows("outside of the scopes")},
		{name: "bytes hold none", secrets: rows("dev:/app:X=\xff${A}", "dev:/app:A=a"), want: "\xff${A}"},
		{name: "bytes are brought as they are", secrets: rows("dev:/app:X=<${A}>", "dev:/app:A=\xff\x00"), want: "<\xff\x00>"},
		{name: "two of a name", secrets: rows("dev:/app:X=${caf\u00e9}", "dev:/app:cafe\u0301=1", "dev:/app:caf\u00e9=2"), problem: secrets.ProblemDuplicate, says: rows("differ in their Unicode form")},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, devserver.Project{})
			for _, line := range c.secrets {
				w.putAt(line)
			}
			for _, line := range c.imports {
				folder, source, _ := strings.Cut(line, "<")
				w.server.CreateFolder(w.owner.Project.ID, w.place(folder).Environment, w.place(folder).Path)
				w.importInto(folder, source)
			}
			c.reading.Expand = true
			store := w.store(seed.Token{Scopes: c.scopes})
			at := w.place("dev:/app")
			one, err := store.Lookup(t.Context(), secrets.Ref{Folder: at, Name: "X"}, c.reading)
			listing, listErr := store.Gather(t.Context(), at, c.reading)
			if c.problem != 0 {
				wantProblem(t, err, c.problem, c.says...)
				wantProblem(t, listErr, c.problem, c.says...)
				if strings.Contains(listErr.Error(), "can%ary") || strings.Contains(listErr.Error(), "canary") {
					t.Error("the error quotes the value")
				}
				return
			}
			if err != nil || listErr != nil {
				t.Fatal(err, listErr)
			}
			if got := one.Value.Reveal(); got != c.want {
				t.Errorf("read %q, want %q", got, c.want)
			}
			found := slices.IndexFunc(listing.Secrets, func(s secrets.Listed) bool { return s.Name == "X" })
			if found < 0 || listing.Secrets[found].Value.Reveal() != c.want {
				t.Errorf("the list holds something else (%d)", found)
			}
		})
	}
}

func TestDamagedTargetTakesOnlyThoseAlongThatNameIt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	w.put("GOOD", "good", "")
	w.put("FINE", "${GOOD}", "")
	w.put("NAMES_IT", "${BAD}", "")
	w.put("FURTHER", "${NAMES_IT}", "")
	bad := w.put("BAD", "v", "")
	tag := "AAAAAAAAAAAAAAAAAAAAAA=="
	bad.Value.Tag = &tag
	w.server.PutRecord(bad)
	listing, err := w.store(seed.Token{}).Gather(t.Context(), w.folder("/"), secrets.Reading{Expand: true})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range listing.Secrets {
		names = append(names, s.Name+"="+s.Value.Reveal())
	}
	if !slices.Equal(names, []string{"FINE=good", "GOOD=good"}) || len(listing.Damaged) != 3 {
		t.Errorf("%q and %d damaged", names, len(listing.Damaged))
	}
	for i, says := range []string{`secret "BAD"`, `refers to the secret "NAMES_IT"`, `refers to the secret "BAD"`} {
		wantProblem(t, listing.Damaged[i], secrets.ProblemNotAuthentic, says)
	}
	_, err = w.store(seed.Token{}).Lookup(t.Context(), w.ref("FURTHER"), secrets.Reading{Expand: true})
	wantProblem(t, err, secrets.ProblemNotAuthentic, `refers to the secret "NAMES_IT"`)
}

// TestAllBadReferencesAreToldAtOnce: one apply shows all there is to mend.
func TestAllBadReferencesAreToldAtOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	w.put("A", "${NONE}", "")
	w.put("B", "${A}", "")
	w.put("C", "${D}", "")
	w.put("D", "${C}", "")
	for i := range 30 {
		w.put(fmt.Sprintf("E%02d", i), "${NOPE}", "")
	}
	_, err := w.store(seed.Token{}).Gather(t.Context(), w.folder("/"), secrets.Reading{Expand: true})
	wantProblem(t, err, secrets.ProblemReference, "32 references cannot be replaced", "${NONE}", "dev:/:C → dev:/:D → dev:/:C", `"E17"`, "and 12 more", "Create it", "Take one of these")
	if strings.Contains(err.Error(), `"E18"`) || strings.Count(err.Error(), "Create it") != 1 || strings.Count(err.Error(), "→ dev:/:C.") != 1 {
		t.Error(err)
	}
}

func TestReferencesCannotExhaustMemory(t *testing.T) {
	t.Parallel()
	chain := func(w *world, n int) {
		for i := range n {
			w.put(fmt.Sprintf("N%03d", i), fmt.Sprintf("${N%03d}", i+1), "")
		}
		w.put(fmt.Sprintf("N%03d", n), "end", "")
	}
	laughs := func(w *world) {
		for i := range 12 {
			w.put(fmt.Sprintf("L%02d", i), strings.Repeat(fmt.Sprintf("${L%02d}", i+1), 10), "")
		}
		w.put("L12", "ha", "")
	}
	for _, c := range []struct {
		name string
		fill func(*world)
		read string // "" = the list
		want string // "" = an error
		says string
	}{
		{"a hundred in a chain", func(w *world) { chain(w, 100) }, "", "end", ""},
		{"one more", func(w *world) { chain(w, 101) }, "", "", "lead on to others more than 100 times"},
		{"one more, asked for alone", func(w *world) { chain(w, 101) }, "N000", "", `secret "N000"`},
		{"the rest of that", func(w *world) { chain(w, 101) }, "N001", "end", ""},
		{"one more, resolved from its end", func(w *world) {
			w.put("N000", "end", "")
			for i := range 101 {
				w.put(fmt.Sprintf("N%03d", i+1), fmt.Sprintf("${N%03d}", i), "")
			}
		}, "", "", `secret "N101"`},
		{"ten to the twelfth", laughs, "L00", "", "longer than 1 MiB"},
		{"ten to the fifth", laughs, "L07", strings.Repeat("ha", 100000), ""},
		{"many of the longest", func(w *world) {
			w.put("BIG", strings.Repeat("x", 700<<10), "")
			for i := range 100 {
				w.put(fmt.Sprintf("M%02d", i), "${BIG}", "")
			}
		}, "", "", "longer than 64 MiB together"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, devserver.Project{})
			c.fill(w)
			store := w.store(seed.Token{})
			var values []secrets.Value
			var err error
			if c.read != "" {
				var one secrets.Secret
				one, err = store.Lookup(t.Context(), w.ref(c.read), secrets.Reading{Expand: true})
				values = append(values, one.Value)
			} else {
				var listing secrets.Listing
				listing, err = store.Gather(t.Context(), w.folder("/"), secrets.Reading{Expand: true})
				for _, s := range listing.Secrets {
					values = append(values, s.Value)
				}
			}
			if c.want == "" {
				wantProblem(t, err, secrets.ProblemReference, c.says)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, v := range values {
				if v.Reveal() != c.want {
					t.Fatalf("another value of %d bytes", len(v.Reveal()))
				}
			}
		})
	}
}

// TestReferencesReadEachFolderOnce: many secrets that name the same, in two
// other folders, cost three lists.
func TestReferencesReadEachFolderOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	for i := range 200 {
		w.put(fmt.Sprintf("N%03d", i), "${prod.A}/${BASE}/${staging.f.B}", "")
	}
	w.put("BASE", "${prod.A}${staging.f.B}", "")
	w.putAt("prod:/:A=a")
	w.putAt("staging:/f:B=b")
	store := w.store(seed.Token{})
	for range 2 {
		listing, err := store.Gather(t.Context(), w.folder("/"), secrets.Reading{Expand: true})
		if err != nil || len(listing.Secrets) != 201 || listing.Secrets[200].Value.Reveal() != "a/ab/b" {
			t.Fatalf("%d secrets: %v", len(listing.Secrets), err)
		}
	}
	if got := w.requests(); got[listRoute] != 3 || len(got) != 3 {
		t.Errorf("%v", got)
	}
}

// TestFolderThatFailsIsAskedOnce: and what it was read for is told.
func TestFolderThatFailsIsAskedOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	for i := range 10 {
		w.put(fmt.Sprintf("N%d", i), "${prod.A}", "")
	}
	w.server.InjectFault(func(r devserver.Request) *devserver.Fault {
		if r.Route == listRoute && strings.Contains(r.RawQuery, "environment=prod") {
			return &devserver.Fault{Status: 500, Body: `{"statusCode":500,"message":"x","error":"y"}`}
		}
		return nil
	})
	_, err := w.store(seed.Token{}).Gather(t.Context(), w.folder("/"), secrets.Reading{Expand: true})
	wantProblem(t, err, secrets.ProblemServer, `folder / of environment "prod"`, `It was read because the value of the secret "N0"`)
	if strings.Contains(err.Error(), "N1") || w.requests()[listRoute] != 2 {
		t.Errorf("%d lists: %v", w.requests()[listRoute], err)
	}
}

func TestFingerprintIsOfTheStoredValue(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	w.put("X", "${A}", "")
	w.put("A", "a", "")
	store := w.store(seed.Token{})
	stored, err := store.Find(t.Context(), w.ref("X"), "")
	if err != nil {
		t.Fatal(err)
	}
	expanded, err := store.Lookup(t.Context(), w.ref("X"), secrets.Reading{Expand: true})
	if err != nil || expanded.Value.Reveal() != "a" || expanded.Fingerprint != stored.Fingerprint || stored.Fingerprint == "" {
		t.Errorf("%v", err)
	}
}
