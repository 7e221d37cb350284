package provider_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
)

// faultLimit is the time limit of requests among faults. What hangs is long
// past it, and a busy machine is not.
const faultLimit = 400 * time.Millisecond

// everyFault has tests meet all faults that they know, not a seeded choice:
// with INFISICAL_ACCTEST_FAULTS=all, as `make faults` does.
var everyFault = os.Getenv("INFISICAL_ACCTEST_FAULTS") == "all"

// seeds is how many seeded runs or moments a test tries, and how many with
// everyFault.
func seeds(some, all int) int {
	if everyFault {
		return all
	}
	return some
}

// What a cell of the matrix may say.
const (
	converged = "converged"
	clearly   = "clear error, nothing lost"
)

// operation is a row of the matrix: what is there, and what is to become of it.
type operation struct {
	resource, name string
	before, after  map[string]declared
	imports        string // the id, where after is imported instead of applied
	holds          func(env *acctest.Env) map[string]string
	want           map[string]string
}

// causes are what an error of a fault has to say. A busy machine may let any
// request run into its time limit.
var causes = map[string]string{
	"cut": "connection was lost|no connection", "restart": "connection was lost|no connection",
	"hang": "did not answer within", "commit late": "did not answer within",
	"429": "rate limit", "500": "status 500", "502": "status 502", "503": "status 503", "504": "status 504",
	"HTML": "HTML page", "empty": "answer is empty", "truncated": "connection was lost|cut off",
	"endless": "longer than|did not answer within", "idle": "connection was lost",
}

func causeOf(fault string) *regexp.Regexp {
	for name, says := range causes {
		if strings.HasPrefix(fault, name) {
			return regexp.MustCompile(says + "|did not answer within")
		}
	}
	panic("no cause for " + fault)
}

// TestFaultMatrix meets each operation of each resource with each fault, at
// each request of the run in turn. Either the run ends well, or with an error
// that names the cause; applying again ends well, and then the server holds
// what the configuration says, once, under the ids that it had, and the state
// is what the server holds.
func TestFaultMatrix(t *testing.T) {
	t.Parallel()
	operations, faults := operations(), devserver.Faults(faultLimit)
	type spot struct{ operation, fault, request int }
	var spots []spot
	routes := make([][]devserver.Request, len(operations))
	inCells(t, len(operations), 8, func(i int) string { return operations[i].title() }, func(t testing.TB, i int) {
		routes[i] = operations[i].run(t, nil, 0, 0, 0).requests
	})
	for o := range operations {
		for f := range faults {
			for _, n := range met(routes[o], uint64(o*len(faults)+f)) {
				spots = append(spots, spot{o, f, n})
			}
		}
	}
	outcomes := make([]trial, len(spots))
	inCells(t, len(spots), 64, func(i int) string {
		return fmt.Sprintf("%s, %s, request %d", operations[spots[i].operation].title(), faults[spots[i].fault].Name, spots[i].request)
	}, func(t testing.TB, i int) {
		// On a busy machine a run may end in another time limit before.
		for limit := faultLimit; limit < 30*time.Second && !outcomes[i].met && !t.Failed(); limit *= 3 {
			outcomes[i] = operations[spots[i].operation].run(t, &devserver.Faults(limit)[spots[i].fault], spots[i].request, limit, wordingOf(i))
		}
	})

	// A cell says the worst of its requests.
	cells, meetings := map[spot]string{}, map[spot]bool{}
	for i, s := range spots {
		s.request = 0
		if cells[s] == "" || cells[s] == converged {
			cells[s] = outcomes[i].verdict
		}
		meetings[s] = meetings[s] || outcomes[i].met
	}
	var table strings.Builder
	counts := map[string]int{}
	for o := range operations {
		for f := range faults {
			verdict := cells[spot{o, f, 0}]
			counts[verdict]++
			fmt.Fprintf(&table, "%-20s %-18s %-24s %s\n", operations[o].resource, operations[o].name, faults[f].Name, verdict)
			if verdict != converged && verdict != clearly {
				t.Errorf("%s, %s: %q", operations[o].title(), faults[f].Name, verdict)
			}
			if !meetings[spot{o, f, 0}] {
				t.Errorf("%s, %s: no request met the fault", operations[o].title(), faults[f].Name)
			}
		}
	}
	t.Logf("%d runs\n%s%v", len(spots), table.String(), counts)
}

// met are the requests that a fault meets in turn, counted from 1: all writes,
// and one of the others, or all with everyFault.
func met(requests []devserver.Request, seed uint64) []int {
	var all, reads []int
	for i, r := range requests {
		if r.Method != http.MethodGet || everyFault {
			all = append(all, i+1)
		} else {
			reads = append(reads, i+1)
		}
	}
	random := rand.New(rand.NewPCG(seed, 5))
	random.Shuffle(len(reads), func(i, j int) { reads[i], reads[j] = reads[j], reads[i] })
	return append(all, reads[:min(1, len(reads))]...)
}

func (o operation) title() string { return o.resource + " " + o.name }

// trial is how a run went.
type trial struct {
	verdict  string
	met      bool // the fault met a request
	requests []devserver.Request
}

// run makes one operation with the fault at the nth request, under a time limit
// of requests, on a server that refuses in the words of a seed; with no fault it
// only counts.
func (o operation) run(t testing.TB, fault *devserver.NamedFault, nth int, limit time.Duration, reword uint64) (out trial) {
	env := acctest.NewReworded(t, reword)
	env.Server.CreateFolder(env.Owner.Project.ID, "prod", "/shared")
	env.Server.CreateFolder(env.Owner.Project.ID, "prod", "/common")
	c := newCore(t, env)
	if err := c.apply(o.before); err != nil {
		t.Fatalf("before the fault: %v", err)
	}
	ids := idsByName(env)
	if o.imports != "" {
		clear(c.state)
	}
	operate := func(c *core) error {
		if o.imports != "" {
			for address, d := range o.after {
				if c.holds(address) {
					continue
				}
				if err := c.importInto(address, d, o.imports); err != nil {
					return err
				}
			}
		}
		return c.apply(o.after)
	}
	sent := len(env.Server.Requests())
	if fault == nil {
		if err := operate(c); err != nil {
			t.Fatal(err)
		}
		return trial{requests: env.Server.Requests()[sent:]}
	}

	late := &lateWrites{}
	script := devserver.Nth("*", nth, fault.Fault)
	var met atomic.Bool // a request given up may still be on its way to the server
	remove := env.Server.InjectFault(func(r devserver.Request) *devserver.Fault {
		f := script(r)
		if f != nil {
			met.Store(true)
		}
		return late.watch(f)
	})
	among := c.with(attributes{"request_timeout": limit.String()})
	err := operate(among)
	remove()
	late.await(t)
	env.Server.AwaitRestart()
	out.met = met.Load()
	c = among.with(nil)
	out.verdict = converged
	if err != nil {
		out.verdict = clearly
		if !causeOf(fault.Name).MatchString(err.Error()) {
			t.Errorf("the error does not name the cause: %v", err)
		}
		o.checkClaims(t, c, ids)
		again := operate(c)
		if again != nil && o.takeOver(t, c, again) {
			again = operate(c)
		}
		if again != nil {
			t.Fatalf("after %v\napplying again fails: %v", err, again)
		}
	}
	if late.count.Load() > 0 {
		// What came late came twice: the same again, and a version more.
		_, _, _ = c.plan(o.after)
	}
	o.checkEnd(t, c, ids)
	return out
}

// takeOver follows an error that says of a folder or an import that it is there
// already, as after a create that could not be settled: it was made, and what
// is made without content of its own is taken over only by an import, with the
// block that the error holds.
func (o operation) takeOver(t testing.TB, c *core, err error) bool {
	id := regexp.MustCompile(`(?s)there already.*import \{\n.*  id = "([^"]+)"`).FindStringSubmatch(err.Error())
	if id == nil || len(o.after) != 1 {
		return false
	}
	for address, d := range o.after {
		if d.kind == "infisical_folder" || d.kind == "infisical_secret_import" {
			if err := c.importInto(address, d, id[1]); err != nil {
				t.Errorf("the block that the error holds does not import: %v", err)
			}
			return true
		}
	}
	return false
}

// checkClaims: the state holds nothing that the server does not, once the last
// late write is done. Where a delete failed nobody knows: the state keeps what
// was to go until a refresh tells.
func (o operation) checkClaims(t testing.TB, c *core, before map[string]string) {
	known := slices.Collect(maps.Values(idsByName(c.env)))
	for name := range o.gone() {
		known = append(known, before[name])
	}
	p := newProtocol(t, c.env, nil)
	for address, kept := range c.state {
		for _, id := range p.idsOf(kept) {
			if !slices.Contains(known, id) {
				t.Errorf("the state of %s claims what the server does not hold", address)
			}
		}
	}
}

// checkEnd: what the configuration says is there once, and stayed what it was;
// a plan has nothing to do and a refresh nothing to tell.
func (o operation) checkEnd(t testing.TB, c *core, before map[string]string) {
	changes, drifted, err := c.plan(o.after)
	if err != nil || len(changes) > 0 || len(drifted) > 0 {
		t.Errorf("it did not converge: %d changes are planned, the state of %v is not the server's: %v", len(changes), drifted, err)
	}
	if held := o.holds(c.env); !maps.Equal(held, o.want) {
		t.Errorf("the server holds %v, not %v", held, o.want) // of values that are made up
	}
	after := slices.Collect(maps.Values(idsByName(c.env)))
	for name, id := range before {
		if _, gone := o.gone()[name]; !gone && !slices.Contains(after, id) {
			t.Errorf("%s was made again", name)
		}
	}
}

// gone are the names whose end the operation is.
func (o operation) gone() map[string]bool {
	out := map[string]bool{}
	for address, d := range o.before {
		_, kept := o.after[address]
		if !kept {
			out[address] = true
		}
		if d.kind == "infisical_secrets" {
			for _, name := range []string{"N0", "N1", "N2", "N3"} {
				out[name] = !kept || o.name == "update" && name == "N0"
			}
		}
	}
	maps.DeleteFunc(out, func(_ string, gone bool) bool { return !gone })
	return out
}

// idsByName are the ids of all that the server holds, under the addresses of
// the operations' resources or their own names.
func idsByName(env *acctest.Env) map[string]string {
	out := map[string]string{}
	for _, path := range []string{"/", "/shop", "/store"} {
		for _, r := range env.Server.Records(env.Owner.Project.ID, "dev", path) {
			out[r.BlindIndex] = r.ID
		}
	}
	for _, id := range env.Other().Folders("dev", "/") {
		out["folder"] = id
	}
	for _, source := range []string{"/shared", "/common"} {
		if id := env.Other().ImportID("dev", "/", "prod", source); id != "" {
			out[strings.Trim(source, "/")] = id
		}
	}
	return out
}

// idsOf are the ids that a state holds.
func (p *protocol) idsOf(o *object) []string {
	p = p.of(o.kind)
	all := p.unpack(p.secret, o.state)
	if id, ok := all["id"]; ok {
		return []string{textOf(id)}
	}
	var out []string
	for _, fields := range elementsOf(all) {
		out = append(out, textOf(fields["id"]))
	}
	return out
}

func textOf(value tftypes.Value) (text string) {
	_ = value.As(&text)
	return text
}

// lateWrites are requests that the server works on after their time limit.
type lateWrites struct{ under, count atomic.Int64 }

// watch counts a request until its work is done.
func (l *lateWrites) watch(f *devserver.Fault) *devserver.Fault {
	if f == nil || f.Delay == 0 {
		return f
	}
	l.under.Add(1)
	l.count.Add(1)
	watched := *f
	watched.Rewrite = func(status int, body []byte) (int, []byte) {
		defer l.under.Add(-1)
		return status, body
	}
	return &watched
}

func (l *lateWrites) await(t testing.TB) {
	for deadline := time.Now().Add(time.Minute); l.under.Load() > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("a late request was never worked on")
		}
	}
}

// elementType is an element of infisical_secrets.
var elementType = tftypes.Object{AttributeTypes: map[string]tftypes.Type{
	"value": tftypes.String, "value_wo": tftypes.String, "value_wo_version": tftypes.Number, "comment": tftypes.String,
	"id": tftypes.String, "version": tftypes.Number, "value_fingerprint": tftypes.String,
}}

// elements are secrets with a value, or with a value#comment.
func elements(values map[string]string) tftypes.Value {
	all := map[string]tftypes.Value{}
	for name, text := range values {
		fields := map[string]tftypes.Value{}
		for field, kind := range elementType.AttributeTypes {
			fields[field] = tftypes.NewValue(kind, nil)
		}
		value, comment, commented := strings.Cut(text, "#")
		fields["value"] = tftypes.NewValue(tftypes.String, value)
		if commented {
			fields["comment"] = tftypes.NewValue(tftypes.String, comment)
		}
		all[name] = tftypes.NewValue(elementType, fields)
	}
	return tftypes.NewValue(tftypes.Map{ElementType: elementType}, all)
}

// aSecret declares a secret by value, or value#comment.
func aSecret(folder, name, text string, more attributes) declared {
	value, comment, commented := strings.Cut(text, "#")
	config := attributes{"env_slug": "dev", "folder_path": folder, "name": name, "value": value}
	if commented {
		config["comment"] = comment
	}
	maps.Copy(config, more)
	return declared{kind: secretType, config: config}
}

func secretsHeld(env *acctest.Env, folder string) map[string]string {
	out := map[string]string{}
	for name, s := range env.Read("dev", folder) {
		out[name] = s.Value
		if s.Comment != "" {
			out[name] += "#" + s.Comment
		}
	}
	return out
}

// operations are the rows.
func operations() []operation {
	var all []operation
	add := func(resource, name string, before, after map[string]declared, holds func(*acctest.Env) map[string]string, want map[string]string) {
		all = append(all, operation{resource: resource, name: name, before: before, after: after, holds: holds, want: want})
	}
	addImport := func(resource string, there map[string]declared, id string, holds func(*acctest.Env) map[string]string, want map[string]string) {
		all = append(all, operation{resource: resource, name: "import", before: there, after: there, imports: id, holds: holds, want: want})
	}
	nothing, none := map[string]declared{}, map[string]string{}

	root := func(env *acctest.Env) map[string]string { return secretsHeld(env, "/") }
	one := func(name, text string, more attributes) map[string]declared {
		return map[string]declared{"N": aSecret("/", name, text, more)}
	}
	first, want := one("N", "v#c", nil), map[string]string{"N": "v#c"}
	tagged := attributes{"secret_reminder": reminder(30), "skip_multiline_encoding": true}
	add("infisical_secret", "create", nothing, first, root, want)
	add("infisical_secret", "create, 2 steps", nothing, one("N", "v", tagged), root, map[string]string{"N": "v"})
	add("infisical_secret", "update value", first, one("N", "w#c", nil), root, map[string]string{"N": "w#c"})
	add("infisical_secret", "update comment", first, one("N", "v#d", nil), root, map[string]string{"N": "v#d"})
	add("infisical_secret", "rename", first, one("M", "v#c", nil), root, map[string]string{"M": "v#c"})
	add("infisical_secret", "delete", first, nothing, root, none)
	add("infisical_secret", "refresh", first, first, root, want)
	addImport("infisical_secret", first, "dev:/:N", root, want)

	many := func(value string) (map[string]declared, map[string]string) {
		config, want := map[string]declared{}, map[string]string{}
		for i := range 4 {
			name := fmt.Sprintf("N%d", i)
			config[name] = aSecret("/", name, value, nil)
			want[name] = value
		}
		return config, want
	}
	four, wantFour := many("v#c")
	changed, wantChanged := many("w#c")
	add("4 infisical_secret", "create", nothing, four, root, wantFour)
	add("4 infisical_secret", "update", four, changed, root, wantChanged)
	add("4 infisical_secret", "delete", four, nothing, root, none)

	folderOf := func(values map[string]string) map[string]declared {
		return map[string]declared{"all": {kind: "infisical_secrets", config: attributes{"env_slug": "dev", "secrets": elements(values)}}}
	}
	// One leaves, one comes, one keeps all, the others change.
	mixed := maps.Clone(wantChanged)
	delete(mixed, "N0")
	mixed["N1"], mixed["N4"] = "v#c", "new"
	add("infisical_secrets", "create", nothing, folderOf(wantFour), root, wantFour)
	add("infisical_secrets", "update", folderOf(wantFour), folderOf(mixed), root, mixed)
	add("infisical_secrets", "delete", folderOf(wantFour), nothing, root, none)
	add("infisical_secrets", "refresh", folderOf(wantFour), folderOf(wantFour), root, wantFour)
	addImport("infisical_secrets", folderOf(wantFour), "dev:/", root, wantFour)

	folders := func(env *acctest.Env) map[string]string {
		out := map[string]string{}
		for name := range env.Other().Folders("dev", "/") {
			out[name] = ""
		}
		return out
	}
	folder := func(name string) map[string]declared {
		return map[string]declared{"folder": {kind: "infisical_folder", config: attributes{"env_slug": "dev", "parent_path": "/", "name": name}}}
	}
	shop := map[string]string{"shop": ""}
	add("infisical_folder", "create", nothing, folder("shop"), folders, shop)
	add("infisical_folder", "rename", folder("shop"), folder("store"), folders, map[string]string{"store": ""})
	add("infisical_folder", "delete", folder("shop"), nothing, folders, none)
	add("infisical_folder", "refresh", folder("shop"), folder("shop"), folders, shop)
	addImport("infisical_folder", folder("shop"), "dev:/shop", folders, shop)

	imports := func(env *acctest.Env) map[string]string {
		out := map[string]string{}
		for _, line := range env.Other().Imports("dev", "/") {
			position, source, _ := strings.Cut(line, " ")
			out[source] = position
		}
		return out
	}
	imported := func(shared, common int) map[string]declared {
		out := map[string]declared{}
		for source, position := range map[string]int{"shared": shared, "common": common} {
			if position == 0 {
				continue
			}
			out[source] = declared{kind: "infisical_secret_import", config: attributes{
				"env_slug": "dev", "folder_path": "/", "import_env_slug": "prod", "import_folder_path": "/" + source, "position": position,
			}}
		}
		return out
	}
	add("infisical_secret_import", "create", nothing, imported(1, 0), imports, map[string]string{"prod:/shared": "1"})
	add("infisical_secret_import", "move", imported(1, 2), imported(2, 1), imports, map[string]string{"prod:/shared": "2", "prod:/common": "1"})
	add("infisical_secret_import", "delete", imported(1, 0), nothing, imports, none)
	add("infisical_secret_import", "refresh", imported(1, 0), imported(1, 0), imports, map[string]string{"prod:/shared": "1"})
	addImport("infisical_secret_import", imported(1, 0), "dev:/:prod:/shared", imports, map[string]string{"prod:/shared": "1"})
	return all
}

func reminder(days int) tftypes.Value {
	kind := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"note": tftypes.String, "repeat_days": tftypes.Number}}
	return tftypes.NewValue(kind, map[string]tftypes.Value{
		"note": tftypes.NewValue(tftypes.String, "look"), "repeat_days": tftypes.NewValue(tftypes.Number, days),
	})
}
