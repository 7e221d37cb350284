package provider_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
)

// wordingSeeds are the ways in which a server may word its refusals that the
// tests meet.
func wordingSeeds() int { return seeds(2, 20) }

// wordingOf is a way for the ith cell of a test; 0 is the era's own words.
func wordingOf(i int) uint64 { return uint64(i % 21) }

// TestWording: whatever words, labels and statuses a server refuses in, within
// what contracts leave open, every object ends where it ends on a server that is
// known: the server holds the same, the state claims the same, and the next plan
// has as much to do. In each cell another client is faster than the first write,
// or the answer to it is lost.
func TestWording(t *testing.T) {
	t.Parallel()
	type trial struct {
		server wordedServer
		race   race
	}
	var trials []trial
	for _, server := range wordedServers() {
		for _, race := range races(server) {
			trials = append(trials, trial{server, race})
		}
	}
	inCells(t, len(trials), 8, func(i int) string { return trials[i].server.name + ", " + trials[i].race.name }, func(t testing.TB, i int) {
		known := trials[i].race.run(t, trials[i].server, 0)
		for n := range wordingSeeds() {
			reword := uint64(n + 1)
			if !everyFault { // each cell meets others
				reword = 1 + uint64(i+n*7)%20
			}
			if got := trials[i].race.run(t, trials[i].server, reword); got != known {
				t.Errorf("in the words of seed %d it ends as\n%s\nand in known ones as\n%s", reword, got, known)
			}
		}
	})
}

// wordedServer is an era and a mode.
type wordedServer struct {
	name    string
	folders bool // the credential may change folders
	imports bool // and the tests' other client imports
	whole   bool // it renames secrets and changes their comments
	start   func(t testing.TB, reword uint64) *wordedWorld
}

// wordedWorld is a project on such a server, and the other client.
type wordedWorld struct {
	*acctest.Env
	settings attributes
	sealed   *acctest.Sealed
}

func wordedServers() []wordedServer {
	e2ee := func(era devserver.Era, es bool) func(testing.TB, uint64) *wordedWorld {
		return func(t testing.TB, reword uint64) *wordedWorld {
			w := &wordedWorld{Env: acctest.NewProject(t, devserver.Project{Name: "acceptance"}, devserver.Options{Era: era, RateLimit: 1000, Reword: reword})}
			if es {
				w.SwitchToES()
				w.settings = attributes{"encryption_mode": "es"}
			}
			return w
		}
	}
	sealed := func(change ...func(*devserver.Options)) func(testing.TB, uint64) *wordedWorld {
		return func(t testing.TB, reword uint64) *wordedWorld {
			s := acctest.NewSealed(t, append(change, func(o *devserver.Options) { o.Reword = reword })...)
			return &wordedWorld{s.Env, attributes{"encryption_mode": "sealed", "sealing_keys": listOf(s.Keys...), "workspace_id": s.Owner.Project.ID}, s}
		}
	}
	return []wordedServer{
		{name: "June 2023", start: e2ee(devserver.Era2023June, false)},
		{name: "November 2023", folders: true, whole: true, start: e2ee(devserver.Era2023November, false)},
		{name: "May 2024", folders: true, imports: true, whole: true, start: e2ee(devserver.Era2024May, false)},
		{name: "October 2024", folders: true, imports: true, whole: true, start: e2ee(devserver.Era2024October, false)},
		{name: "ES, May 2024", folders: true, imports: true, start: e2ee(devserver.Era2024May, true)},
		{name: "sealed", folders: true, imports: true, whole: true, start: sealed()},
		{name: "sealed over v4", folders: true, imports: true, whole: true, start: sealed(acctest.OverV4)},
	}
}

// held are the secrets of a folder, by name.
func (w *wordedWorld) held(path string) map[string]seed.Plain {
	if w.sealed != nil {
		return w.sealed.Held("dev", path)
	}
	return w.Read("dev", path)
}

// put, remove and rename act as the other client.
func (w *wordedWorld) put(name, value string) {
	if w.sealed != nil {
		w.sealed.Plant("dev", "/", name, value)
		return
	}
	w.Put("dev", "/", name, value, "")
}

func (w *wordedWorld) remove(name string) {
	if w.sealed != nil {
		w.Server.DeleteRawRecord(w.Owner.Project.ID, w.held("/")[name].ID)
		return
	}
	if err := w.Owner.Delete("dev", "/", name); err != nil {
		w.T.Error(err)
	}
}

func (w *wordedWorld) createFolder(path string) {
	w.Server.CreateFolder(w.Owner.Project.ID, "dev", path)
}

func (w *wordedWorld) deleteFolder(path string) {
	w.Server.DeleteFolder(w.Owner.Project.ID, "dev", path)
}

// race is an operation, and what the other client does just before its first
// write; nil = the answer to that is lost.
type race struct {
	name          string
	before, after map[string]declared
	there         func(w *wordedWorld) // what is there from the start
	others        func(w *wordedWorld)
	about         string // the name in the write that is meant; "" = the first
	early         bool   // before the run
	says          string // of the error; "" = it ends well
}

// races are those that a server can run.
func races(server wordedServer) []race {
	one := func(name, value string, more attributes) map[string]declared {
		return map[string]declared{"N": aSecret("/", name, value, more)}
	}
	nothing := map[string]declared{}
	many := func(value string) map[string]declared {
		out := map[string]declared{}
		for i := range 4 {
			out[fmt.Sprint("N", i)] = aSecret("/", fmt.Sprint("N", i), value, nil)
		}
		return out
	}
	bulk := func(values map[string]string) map[string]declared {
		return map[string]declared{"all": {kind: "infisical_secrets", config: attributes{"env_slug": "dev", "secrets": elements(values)}}}
	}
	four, changed := map[string]string{}, map[string]string{}
	for i := range 4 {
		four[fmt.Sprint("N", i)], changed[fmt.Sprint("N", i)] = "v", "w"
	}
	removes := func(name string) func(*wordedWorld) { return func(w *wordedWorld) { w.remove(name) } }
	puts := func(name, value string) func(*wordedWorld) { return func(w *wordedWorld) { w.put(name, value) } }
	const exists, gone = `(?s)is there already.*import \{`, "It does not exist on the server"
	all := []race{
		{name: "create, lost", before: nothing, after: one("N", "v", nil)},
		{name: "create, the same is there", before: nothing, after: one("N", "v", nil), others: puts("N", "v")},
		{name: "create, another is there", before: nothing, after: one("N", "v", nil), others: puts("N", "theirs"), says: exists},
		{name: "create and adopt", before: nothing, after: one("N", "v", attributes{"on_existing": "adopt"}), others: puts("N", "theirs")},
		{name: "update, lost", before: one("N", "v", nil), after: one("N", "w", nil)},
		{name: "update, gone", before: one("N", "v", nil), after: one("N", "w", nil), others: removes("N"), says: gone},
		{name: "delete, lost", before: one("N", "v", nil), after: nothing},
		{name: "delete, gone", before: one("N", "v", nil), after: nothing, others: removes("N")},
		{name: "4 creates, lost", before: nothing, after: many("v")},
		{name: "4 creates, one is there", before: nothing, after: many("v"), about: "N1", others: puts("N1", "theirs"), says: exists},
		{name: "4 creates, one is there alike", before: nothing, after: many("v"), about: "N1", others: puts("N1", "v")},
		{name: "4 updates, one is gone", before: many("v"), after: many("w"), about: "N1", others: removes("N1"), says: gone},
		{name: "4 deletes, one is gone", before: many("v"), after: nothing, about: "N1", others: removes("N1")},
		{name: "create many, one is there", before: nothing, after: bulk(four), about: "N1", others: puts("N1", "theirs"), says: "is there already"},
		{name: "create many, lost", before: nothing, after: bulk(four)},
		{name: "change many, one is gone", before: bulk(four), after: bulk(changed), about: "N1", others: removes("N1"), says: gone},
		{name: "delete many, one is gone", before: bulk(four), after: nothing, about: "N1", others: removes("N1")},
	}
	if server.whole {
		all = append(
			all,
			race{name: "rename, lost", before: one("N", "v", nil), after: one("M", "v", nil)},
			race{name: "rename, taken", before: one("N", "v", nil), after: one("M", "v", nil), others: puts("M", "theirs"), says: "cannot be renamed"},
			race{name: "rename, gone", before: one("N", "v", nil), after: one("M", "v", nil), others: removes("N"), says: gone},
			race{name: "comment, gone", before: one("N", "v", nil), after: one("N", "v#c", nil), others: removes("N"), says: gone},
		)
	}
	if server.folders {
		folder := func(name string) map[string]declared {
			return map[string]declared{"folder": {kind: "infisical_folder", config: attributes{"env_slug": "dev", "parent_path": "/", "name": name}}}
		}
		inside := map[string]declared{"in": aSecret("/app", "IN", "v", nil)}
		makes := func(path string) func(*wordedWorld) { return func(w *wordedWorld) { w.createFolder(path) } }
		drops := func(path string) func(*wordedWorld) { return func(w *wordedWorld) { w.deleteFolder(path) } }
		there := "" // servers before 2026 answer with the one that is there
		if server.name == "sealed over v4" {
			there = "It is there already"
		}
		all = append(
			all,
			race{name: "create a folder, lost", before: nothing, after: folder("shop")},
			race{name: "create a folder that is there", before: nothing, after: folder("shop"), others: makes("/shop"), says: there},
			race{name: "rename a folder, lost", before: folder("shop"), after: folder("store")},
			race{name: "rename a folder, taken", before: folder("shop"), after: folder("store"), others: makes("/store"), says: "a folder of that name is there already"},
			race{name: "rename a folder, gone", before: folder("shop"), after: folder("store"), others: drops("/shop"), says: "It was deleted"},
			race{name: "delete a folder, lost", before: folder("shop"), after: nothing},
			race{name: "delete a folder, gone", before: folder("shop"), after: nothing, others: drops("/shop")},
			race{name: "create in a folder that goes", before: nothing, after: inside, there: makes("/app"), others: drops("/app"), says: "There is no folder /app"},
			race{name: "update in a folder that goes", before: inside, after: map[string]declared{"in": aSecret("/app", "IN", "w", nil)}, there: makes("/app"), others: drops("/app"), says: gone},
			race{name: "delete in a folder that goes", before: inside, after: nothing, there: makes("/app"), others: drops("/app")},
			race{name: "refresh in a folder that is gone", before: inside, after: inside, there: makes("/app"), others: drops("/app"), early: true, says: "There is no folder /app"},
		)
	}
	if server.imports {
		imports := func(position int) map[string]declared {
			return map[string]declared{"import": {kind: "infisical_secret_import", config: attributes{
				"env_slug": "dev", "folder_path": "/", "import_env_slug": "prod", "import_folder_path": "/shared", "position": position,
			}}}
		}
		drops := func(w *wordedWorld) {
			w.Other().DeleteImport("dev", "/", w.Other().ImportID("dev", "/", "prod", "/shared"))
		}
		common := func(w *wordedWorld) { w.Other().CreateImport("dev", "/", "prod", "/common") }
		all = append(
			all,
			race{name: "create an import, lost", before: nothing, after: imports(1)},
			race{name: "move an import, lost", before: imports(1), after: imports(2), there: common},
			race{name: "move an import, gone", before: imports(1), after: imports(2), there: common, others: drops},
			race{name: "delete an import, lost", before: imports(1), after: nothing},
			race{name: "delete an import, gone", before: imports(1), after: nothing, others: drops},
		)
	}
	return all
}

// run makes the operation, applies again, and tells where it ended.
func (r race) run(t testing.TB, server wordedServer, reword uint64) string {
	w := server.start(t, reword)
	for _, path := range []string{"/shared", "/common"} {
		w.Server.CreateFolder(w.Owner.Project.ID, "prod", path)
	}
	if r.there != nil {
		r.there(w)
	}
	c := newCore(t, w.Env).with(w.settings)
	if err := c.apply(r.before); err != nil {
		t.Fatalf("seed %d, before: %v", reword, err)
	}
	if r.early {
		r.others(w)
	}
	var met atomic.Bool
	remove := w.Server.InjectFault(func(q devserver.Request) *devserver.Fault {
		if q.Method == http.MethodGet || q.Header.Get("User-Agent") == acctest.OtherAgent || r.early ||
			!strings.Contains(q.Path+string(q.Body), r.about) || !met.CompareAndSwap(false, true) {
			return nil
		}
		if r.others == nil {
			return &devserver.Fault{CutAfter: true}
		}
		return &devserver.Fault{Before: func() { r.others(w) }}
	})
	err := c.apply(r.after)
	remove()
	switch {
	case !met.Load() && !r.early:
		t.Errorf("seed %d: nothing was written", reword)
	case err == nil && r.says != "", err != nil && (r.says == "" || !regexp.MustCompile(r.says).MatchString(err.Error())):
		t.Errorf("seed %d: %v", reword, err)
	}
	ends := []string{r.end(c, w, server, err)}
	ends = append(ends, r.end(c, w, server, c.apply(r.after)))
	changes, drifted, err := c.plan(r.after)
	return strings.Join(append(ends, fmt.Sprintf("then %d changes, drift of %v, failed %t", len(changes), drifted, err != nil)), "\n")
}

// end is what the server holds and the state claims, without ids.
func (r race) end(c *core, w *wordedWorld, server wordedServer, err error) string {
	var out []string
	names := map[string]string{}
	for _, path := range []string{"/", "/app"} {
		for name, s := range w.held(path) {
			names[s.ID] = name
			out = append(out, fmt.Sprintf("%s:%s=%s#%s", path, name, s.Value, s.Comment))
		}
	}
	if server.imports { // those of 2023 answer in another way
		for name, id := range w.Other().Folders("dev", "/") {
			names[id] = name
			out = append(out, "/"+name)
		}
		for _, source := range []string{"/shared", "/common"} {
			names[w.Other().ImportID("dev", "/", "prod", source)] = source
		}
		out = append(out, w.Other().Imports("dev", "/")...)
	}
	p := newProtocol(c.t, c.env, c.settings)
	for address, o := range c.state {
		var claims []string
		for _, id := range p.idsOf(o) {
			name, known := names[id]
			if !known && (server.imports || strings.HasPrefix(address, "N")) {
				name = "gone"
			}
			claims = append(claims, name)
		}
		slices.Sort(claims)
		out = append(out, fmt.Sprintf("%s claims %v, tainted %t", address, claims, o.tainted))
	}
	slices.Sort(out)
	var warnings []string
	for _, text := range c.warnings {
		_, rest, _ := strings.Cut(text, ": ")
		summary, _, _ := strings.Cut(rest, ": ")
		warnings = append(warnings, summary)
	}
	slices.Sort(warnings)
	return fmt.Sprintf("%s; failed %t, warned of %v", strings.Join(out, ", "), err != nil, slices.Compact(warnings))
}
