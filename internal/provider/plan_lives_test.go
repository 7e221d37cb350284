package provider_test

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
)

// TestPlanPromises: random configurations under random edits, by two states
// over one project and by another client. After every apply nothing is deleted,
// created, adopted or changed that the plan did not show or name in a warning,
// no secret holds a value that was configured for another, and a refused plan
// has changed nothing. No request fails here: TestSeededRuns has faults.
func TestPlanPromises(t *testing.T) {
	t.Parallel()
	var applies, refusals atomic.Int64
	inCells(t, seeds(150, 2000), 8, func(i int) string { return fmt.Sprint("seed ", i) }, func(t testing.TB, i int) {
		l := newPlanLife(t, uint64(i))
		l.live(8)
		applies.Add(l.applies)
		refusals.Add(l.refusals)
	})
	if refusals.Load()*2 > applies.Load() {
		t.Errorf("%d of %d plans were refused, which tests little", refusals.Load(), applies.Load())
	}
}

// otherClient is another client of the project of a test.
type otherClient interface {
	Change(environment, path, name, value string)
	Remove(environment, path, name string)
}

// anEntry is a secret of the model's configuration.
type anEntry struct {
	at         spot // of defaults where the place is left to the provider
	value      string
	form       string // "value", "wo", "versioned" or "unmanaged"
	version    int
	onExisting string
	ignore     []string
	placeless  bool // the folder is the provider's
}

// planLife is a project under two states, and what they are configured with.
type planLife struct {
	t       testing.TB
	env     *acctest.Env
	others  otherClient
	sealed  *acctest.Sealed
	random  *rand.Rand
	states  [2]*core
	folder  string // of the provider block
	singles map[string]*anEntry
	counted []*anEntry        // counted[0], counted[1], ...
	bulk    map[string]string // values by name; nil = no such resource
	bulkAt  string
	form    int  // of bulk: an index of bulkForms
	version int  // of its write-only values
	strict  bool // exclusive
	allowed map[spot]map[string]bool
	spared  map[string]bool // ids that were imported and are not configured
	story   []string
	count   int

	applies, refusals int64
}

var lifeFolders = []string{"/", "/a", "/b", "/missing"}

func newPlanLife(t testing.TB, number uint64) *planLife {
	l := &planLife{
		t: t, random: rand.New(rand.NewPCG(number, 16)), singles: map[string]*anEntry{}, bulkAt: "/bulk",
		folder: "/a", allowed: map[spot]map[string]bool{}, spared: map[string]bool{}, form: int(number / 3),
	}
	settings := attributes{}
	reword := wordingOf(int(number / 3))
	switch number % 3 {
	case 0:
		l.env = acctest.NewReworded(t, reword)
		l.others = l.env
	case 1:
		l.env = acctest.NewReworded(t, reword)
		l.env.SwitchToES()
		l.others = l.env
		settings["encryption_mode"] = "es"
	default:
		l.sealed = acctest.NewSealed(t, func(o *devserver.Options) { o.Reword = reword })
		l.env, l.others = l.sealed.Env, l.sealed
		settings["encryption_mode"] = "sealed"
		settings["workspace_id"] = l.env.Owner.Project.ID
	}
	for _, folder := range []string{"/a", "/b", "/bulk"} {
		l.env.Server.CreateFolder(l.env.Owner.Project.ID, "dev", folder)
		l.env.Server.CreateFolder(l.env.Owner.Project.ID, "prod", folder)
	}
	for i := range l.states {
		l.states[i] = newCore(t, l.env)
		l.states[i].settings = settings
	}
	l.setProvider()
	return l
}

// setProvider brings the provider block up to date.
func (l *planLife) setProvider() {
	for _, c := range l.states {
		c.settings = maps.Clone(c.settings)
		c.settings["folder_path"] = l.folder
		if l.sealed != nil {
			c.settings["sealing_keys"] = listOf(l.sealed.Keys...)
		}
	}
}

// fresh is a name that is no part of another; a value is told by its name.
func (l *planLife) fresh() string {
	l.count++
	return fmt.Sprintf("S%04d", l.count)
}

func (l *planLife) valueFor(name string) string {
	l.count++
	return fmt.Sprintf("%s-v%04d", name, l.count)
}

func (l *planLife) allow(at spot, value string) {
	if l.allowed[at] == nil {
		l.allowed[at] = map[string]bool{}
	}
	l.allowed[at][value] = true
}

func (l *planLife) tell(words ...any) { l.story = append(l.story, fmt.Sprint(words...)) }

func (l *planLife) flip(outOf int) bool { return l.random.IntN(outOf) == 0 }

func oneOf[T any](l *planLife, from ...T) (none T) {
	if len(from) == 0 {
		return none
	}
	return from[l.random.IntN(len(from))]
}

// anAddress is one of the single secrets; "" if there is none.
func (l *planLife) anAddress() string { return oneOf(l, slices.Sorted(maps.Keys(l.singles))...) }

func (l *planLife) newEntry(name string) *anEntry {
	e := &anEntry{
		at: spot{oneOf(l, "dev", "dev", "prod"), oneOf(l, "/", "/a", "/b"), name}, value: l.valueFor(name),
		form: oneOf(l, "value", "wo", "versioned", "versioned"), version: 1,
		onExisting: oneOf(l, "", "", "fail", "adopt"), placeless: l.flip(4),
	}
	if e.form == "versioned" && l.flip(4) {
		e.onExisting = "keep"
	}
	if l.flip(3) {
		e.ignore = oneOf(l, []string{"value_wo"}, []string{"value_wo", "value_wo_version"}, []string{"value", "value_wo"}, []string{"comment"})
	}
	return e
}

// declare is an entry as a resource block.
func (l *planLife) declare(e *anEntry) declared {
	config := attributes{"env_slug": e.at.env, "name": e.at.name}
	if !e.placeless {
		config["folder_path"] = e.at.folder
	}
	if e.onExisting != "" {
		config["on_existing"] = e.onExisting
	}
	switch e.form {
	case "value":
		config["value"] = e.value
	case "wo":
		config["value_wo"] = e.value
	case "versioned":
		config["value_wo"], config["value_wo_version"] = e.value, e.version
	}
	return declared{kind: secretType, config: config, ignore: e.ignore}
}

// place is where an entry lies under the provider block of now.
func (l *planLife) place(e *anEntry) spot {
	at := e.at
	if e.placeless {
		at.folder = l.folder
	}
	return at
}

// config is the model as resources. What it configures may be on the server.
func (l *planLife) config() map[string]declared {
	out := map[string]declared{}
	add := func(address string, e *anEntry) {
		out[address] = l.declare(e)
		l.allow(l.place(e), e.value)
	}
	for address, e := range l.singles {
		add(address, e)
	}
	for i, e := range l.counted {
		add(fmt.Sprintf("counted[%d]", i), e)
	}
	if l.bulk != nil {
		config := attributes{"env_slug": "dev", "folder_path": l.bulkAt}
		switch form := bulkForms[l.form%len(bulkForms)]; form {
		case "secrets":
			config[form] = elements(l.bulk)
		case "values_wo":
			config["values_wo_version"] = l.version
			fallthrough
		default:
			config[form] = textMap(l.bulk)
		}
		if l.strict {
			config["exclusive"] = true
		}
		out["bulk"] = declared{kind: "infisical_secrets", config: config}
		for name, value := range l.bulk {
			l.allow(spot{"dev", l.bulkAt, name}, value)
		}
	}
	return out
}

// look is what the server holds, by id.
func (l *planLife) look() map[string]held {
	out := map[string]held{}
	for _, env := range []string{"dev", "prod"} {
		for _, folder := range []string{"/", "/a", "/b", "/bulk"} {
			for name, s := range l.read(env, folder) {
				out[s.ID] = held{spot{env, folder, name}, s.Value}
			}
		}
	}
	return out
}

func (l *planLife) read(env, folder string) map[string]seed.Plain {
	if l.sealed != nil {
		return l.sealed.Held(env, folder)
	}
	return l.env.Read(env, folder)
}

// edit changes the model, or what the server holds, by one step; false where
// there is nothing that it could be about.
func (l *planLife) edit() bool {
	address := l.anAddress()
	e := l.singles[address]
	switch kind := l.random.IntN(24); {
	case kind <= 1:
		address := fmt.Sprint("single", l.fresh())
		l.singles[address] = l.newEntry(l.fresh())
		l.tell("add ", address)
	case kind == 2: // a list by count
		e := l.newEntry(l.fresh())
		if len(l.counted) > 0 {
			first := *l.counted[0] // one block: all but name and value are the same
			first.at.name, first.value = e.at.name, e.value
			e = &first
		}
		i := l.random.IntN(len(l.counted) + 1)
		l.counted = slices.Insert(l.counted, i, e)
		l.tell("add to counted at ", i, " ", e.at.name)
	case kind <= 4 && len(l.counted) > 0:
		i := l.random.IntN(len(l.counted))
		l.tell("drop counted[", i, "] ", l.counted[i].at.name)
		l.counted = slices.Delete(l.counted, i, i+1)
	case kind <= 6 && e != nil:
		e.at.name = l.fresh()
		if len(e.ignore) > 0 || l.flip(2) {
			e.value = l.valueFor(e.at.name)
		} else {
			l.allow(l.place(e), e.value)
		}
		if l.flip(3) {
			e.version = oneOf(l, e.version+1, e.version-1)
		}
		l.tell("rename ", address, " to ", e.at.name)
	case kind == 7 && e != nil:
		e.value = l.valueFor(e.at.name)
		if l.flip(2) {
			e.version = oneOf(l, e.version+1, e.version-1)
		}
		l.tell("another value for ", address)
	case kind == 8 && len(l.singles) > 1:
		other := l.anAddress()
		f := l.singles[other]
		e.at.name, f.at.name = f.at.name, e.at.name
		e.value, f.value = l.valueFor(e.at.name), l.valueFor(f.at.name)
		l.tell("swap ", address, " and ", other)
	case kind == 9 && e != nil:
		moved := fmt.Sprint("single", l.fresh())
		l.singles[moved] = e
		delete(l.singles, address)
		how := "change the address of "
		if l.flip(2) { // with a moved block
			how = "move "
			for _, c := range l.states {
				if o := c.state[address]; o != nil {
					c.state[moved] = o
					delete(c.state, address)
				}
			}
		}
		l.tell(how, address, " to ", moved)
	case kind <= 11 && e != nil:
		e.at.folder, e.at.env = oneOf(l, lifeFolders...), oneOf(l, "dev", "prod")
		l.allow(l.place(e), e.value)
		l.tell("put ", address, " into ", e.at.env, e.at.folder)
	case kind == 12:
		l.folder = oneOf(l, lifeFolders...)
		l.setProvider()
		l.tell("the provider's folder is ", l.folder)
	case kind == 13 && e != nil:
		e.form, e.onExisting = oneOf(l, "value", "wo", "versioned", "unmanaged"), ""
		l.tell(address, " has ", e.form)
	case kind == 14 && e != nil:
		e.ignore = oneOf(l, nil, []string{"value_wo"}, []string{"value_wo", "value_wo_version"}, []string{"value"})
		l.tell(address, " ignores ", e.ignore)
	case kind == 15 && e != nil:
		delete(l.singles, address)
		l.tell("drop ", address)
	case kind == 16: // taint
		c := l.states[0]
		if address := oneOf(l, slices.Sorted(maps.Keys(c.state))...); address != "" {
			c.state[address].tainted = true
			l.tell("taint ", address)
		}
	case kind == 17 && e != nil: // a second resource
		twin := *e
		second := fmt.Sprint("single", l.fresh())
		l.singles[second] = &twin
		l.tell(second, " is a second resource for ", address)
	case kind <= 19:
		l.editBulk()
	case kind == 20 && l.sealed != nil:
		l.sealed.Keys = append([]string{l.sealed.NewKey()}, l.sealed.Keys...)
		l.setProvider()
		l.tell("rotate the key")
	case kind == 21:
		return l.importOne()
	default:
		return l.disturb()
	}
	return true
}

// bulkForms are the attributes that give many secrets.
var bulkForms = []string{"secrets", "values", "values_wo"}

func textMap(values map[string]string) tftypes.Value {
	all := map[string]tftypes.Value{}
	for name, text := range values {
		all[name] = tftypes.NewValue(tftypes.String, text)
	}
	return tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, all)
}

func (l *planLife) editBulk() {
	l.version++
	switch kind := l.random.IntN(6); {
	case l.bulk == nil:
		l.bulk = map[string]string{}
		for range 1 + l.random.IntN(3) {
			name := l.fresh()
			l.bulk[name] = l.valueFor(name)
		}
		l.tell("bulk of ", slices.Sorted(maps.Keys(l.bulk)))
	case kind == 0:
		l.bulkAt = oneOf(l, "/bulk", "/b", "/missing")
		l.tell("bulk in ", l.bulkAt)
	case kind == 1:
		l.strict = !l.strict
		l.form++
		l.tell("exclusive ", l.strict, ", as ", bulkForms[l.form%len(bulkForms)])
	case kind == 2 && l.flip(3):
		l.bulk = nil
		l.tell("drop bulk")
	case kind == 3 && l.bulkAt != "/missing": // forgotten, and imported
		delete(l.states[0].state, "bulk")
		l.strict = false
		for name, s := range l.read("dev", l.bulkAt) {
			switch {
			case l.flip(2):
				delete(l.bulk, name)
				l.spared[s.ID] = !l.isHeld(s.ID)
			case l.bulk[name] == "":
				l.bulk[name] = l.valueFor(name)
			}
		}
		err := l.states[0].importInto("bulk", declared{kind: "infisical_secrets"}, "dev:"+l.bulkAt)
		l.tell("import bulk: ", err, ", of which it configures ", slices.Sorted(maps.Keys(l.bulk)))
	default:
		if name := oneOf(l, slices.Sorted(maps.Keys(l.bulk))...); name != "" {
			delete(l.bulk, name)
		}
		for range 1 + l.random.IntN(2) {
			name := l.fresh()
			l.bulk[name] = l.valueFor(name)
		}
		l.tell("bulk of ", slices.Sorted(maps.Keys(l.bulk)))
	}
}

// importOne imports a secret that no state holds.
func (l *planLife) importOne() bool {
	all := l.look()
	for _, id := range l.sorted(all) {
		if s := all[id]; !l.isHeld(id) && s.folder != "/bulk" {
			address := fmt.Sprint("single", l.fresh())
			e := l.newEntry(s.name)
			e.at, e.placeless = s.spot, false
			l.singles[address] = e
			err := l.states[0].importInto(address, l.declare(e), s.env+":"+s.folder+":"+s.name)
			l.tell("import ", s.spot, " into ", address, " ", cmp.Or(fmt.Sprint(err), "well"))
			return true
		}
	}
	return false
}

// sorted are ids in the order of what they are of, which a seed repeats.
func (l *planLife) sorted(all map[string]held) []string {
	return slices.SortedFunc(maps.Keys(all), func(a, b string) int {
		return strings.Compare(fmt.Sprint(all[a].spot), fmt.Sprint(all[b].spot))
	})
}

func (l *planLife) isHeld(id string) bool {
	for _, c := range l.states {
		p := newProtocol(l.t, l.env, c.settings)
		for _, o := range c.state {
			if slices.Contains(p.idsOf(o), id) {
				return true
			}
		}
	}
	return false
}

// disturb has another client write.
func (l *planLife) disturb() bool {
	all := l.look()
	id := oneOf(l, l.sorted(all)...)
	if id == "" {
		return false
	}
	s := all[id]
	switch l.random.IntN(3) {
	case 0:
		l.others.Remove(s.env, s.folder, s.name)
		l.tell("another client deletes ", s.spot)
	default:
		value := l.valueFor(s.name)
		l.others.Change(s.env, s.folder, s.name, value)
		l.allow(s.spot, value)
		l.tell("another client changes ", s.spot)
	}
	return true
}

func (l *planLife) live(steps int) {
	defer func() {
		if l.t.Failed() {
			l.t.Errorf("the story: %s", strings.Join(l.story, "; "))
		}
	}()
	for range steps {
		for range 1 + l.random.IntN(2) {
			for changed := false; !changed; {
				changed = l.edit()
			}
		}
		c := l.states[0]
		if l.flip(8) { // a copied directory, or CI without the state
			c = l.states[1]
			l.tell("by the other state:")
		}
		config := l.config()
		if l.flip(12) {
			config = map[string]declared{}
			l.tell("destroy")
		}
		l.apply(c, config)
		if l.t.Failed() {
			return
		}
	}
}

// apply applies, and holds it against the promises.
func (l *planLife) apply(c *core, config map[string]declared) {
	l.applies++
	before := l.look()
	planned, refused, err := c.promised(config)
	after := l.look()
	if refused && !maps.Equal(before, after) {
		l.t.Error("a refused plan changed the server")
	}
	for _, promise := range c.broken(planned, before, after, err) {
		l.t.Error(promise)
	}
	for id, s := range before {
		// The other state has not imported it: it may delete what it manages by name.
		if _, there := after[id]; l.spared[id] && !there && c == l.states[0] {
			l.t.Errorf("%v was deleted by the apply after its import", s.spot)
		}
	}
	clear(l.spared)
	l.follow(before, after)
	for _, s := range after {
		if !l.allowed[s.spot][s.value] {
			l.t.Errorf("%v holds %s, which was not configured for it", s.spot, s.value)
		}
	}
	switch {
	case refused:
		l.refusals++
		l.tell("(refused: ", err, ")")
	case err != nil:
		l.tell("(failed: ", err, ")")
	case !l.strict:
		if err := c.settled(config); err != nil {
			l.t.Errorf("after an apply that went well: %v", err)
		}
	}
}

// follow allows a value under another name where a rename was to carry it along.
func (l *planLife) follow(before, after map[string]held) {
	entries := slices.Concat(slices.Collect(maps.Values(l.singles)), l.counted)
	for id, now := range after {
		then, existed := before[id]
		if !existed || then.spot == now.spot {
			continue
		}
		for _, e := range entries {
			carries := e.form == "unmanaged" || e.onExisting == "keep" || slices.Contains(e.ignore, "value_wo") || slices.Contains(e.ignore, "value")
			if l.place(e) == now.spot && carries {
				l.allow(now.spot, then.value)
			}
		}
	}
}

// TestCreateBesideARename: Terraform does not order the two, and the create would
// adopt the secret that is then renamed: one of two names would be gone.
func TestCreateBesideARename(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	c := newCore(t, env)
	if err := c.apply(map[string]declared{"one": aSecret("/", "OLD", "v", nil)}); err != nil {
		t.Fatal(err)
	}
	err := c.apply(map[string]declared{"one": aSecret("/", "NEW", "w", nil), "two": aSecret("/", "OLD", "v", nil)})
	if err == nil || !strings.Contains(err.Error(), "apply the rename first") {
		t.Errorf("it was not refused: %v", err)
	}
	if got := secretsHeld(env, "/"); !maps.Equal(got, map[string]string{"OLD": "v"}) {
		t.Errorf("a refused plan left %v", got)
	}
	for _, config := range []map[string]declared{
		{"one": aSecret("/", "NEW", "w", nil)},
		{"one": aSecret("/", "NEW", "w", nil), "two": aSecret("/", "OLD", "v", nil)},
	} {
		if err := c.apply(config); err != nil {
			t.Error(err)
		}
	}
	if got := secretsHeld(env, "/"); !maps.Equal(got, map[string]string{"OLD": "v", "NEW": "w"}) {
		t.Errorf("one after the other they left %v", got)
	}
}
