package provider_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
)

// runsLimit is the time limit of requests in seeded runs.
const runsLimit = 300 * time.Millisecond

// TestSeededRuns: a seed decides on a plan of operations, of this
// configuration and of another client, and on the faults that its requests
// meet. A run that ends well has done what the model says; after the last one,
// without faults, the server holds exactly what the model does.
func TestSeededRuns(t *testing.T) {
	t.Parallel()
	inCells(t, seeds(40, 1000), 64, func(i int) string { return fmt.Sprint("seed ", i) }, func(t testing.TB, i int) {
		env := acctest.NewReworded(t, wordingOf(i))
		newLife(t, env, inProcess{newCore(t, env)}, uint64(i)).live(8)
	})
}

// terraformer is a Terraform: the one of this process, or the real one.
type terraformer interface {
	// apply runs with a time limit of requests; 0 = the provider's own.
	apply(config map[string]declared, limit time.Duration) error
	// ids are those that the state holds, by address; nil of what is tainted.
	ids() map[string][]string
	// unchanged tells why a plan and a refresh have something to say; "" if
	// they have not.
	unchanged(config map[string]declared) string
}

// inProcess is the Terraform of this process.
type inProcess struct{ *core }

func (c inProcess) apply(config map[string]declared, limit time.Duration) error {
	c.settings = nil
	if limit != 0 {
		c.settings = attributes{"request_timeout": limit.String()}
	}
	err := c.core.apply(config)
	if times, text := older(c.core); times > 0 {
		c.t.Errorf("an honest server is said to replay: %s", text)
	}
	return err
}

func (c inProcess) ids() map[string][]string {
	p := newProtocol(c.t, c.env, nil)
	out := map[string][]string{}
	for address, o := range c.state {
		if o.tainted {
			out[address] = nil
		} else {
			out[address] = p.idsOf(o)
		}
	}
	return out
}

func (c inProcess) unchanged(config map[string]declared) string {
	c.settings = nil
	changes, drifted, err := c.plan(config)
	if err != nil || len(changes)+len(drifted) > 0 {
		return fmt.Sprintf("%d changes, drift of %v, %v", len(changes), drifted, err)
	}
	return ""
}

// aLife is a project that a configuration and another client work on, and the
// model of what it is to hold.
type aLife struct {
	t       testing.TB
	env     *acctest.Env
	random  *rand.Rand
	tf      terraformer
	singles map[string]modelSecret // by address, in /
	bulk    map[string]string      // of /bulk, value#comment by name
	folders map[string]modelFolder // by address
	others  map[string]string      // of /bulk and /, what another client has made
	names   int
	story   []string
	// renamed are the addresses of secrets that another client renamed and that no
	// run has followed yet: until then a user who follows changes nothing else of it.
	renamed map[string]bool
}

type modelSecret struct{ name, text string }

type modelFolder struct{ name, secret string }

func newLife(t testing.TB, env *acctest.Env, tf terraformer, seed uint64) *aLife {
	env.Server.CreateFolder(env.Owner.Project.ID, "dev", "/bulk")
	return &aLife{
		t: t, env: env, random: rand.New(rand.NewPCG(seed, 2026)), tf: tf,
		singles: map[string]modelSecret{}, bulk: map[string]string{}, folders: map[string]modelFolder{}, others: map[string]string{}, renamed: map[string]bool{},
	}
}

func (l *aLife) fresh(prefix string) string {
	l.names++
	return fmt.Sprint(prefix, l.names)
}

func (l *aLife) text() string {
	text := l.fresh("v")
	if l.random.IntN(2) == 0 {
		text += "#c" + text
	}
	return text
}

// config is what the model says, as resources.
func (l *aLife) config() map[string]declared {
	out := map[string]declared{}
	for address, s := range l.singles {
		out[address] = aSecret("/", s.name, s.text, nil)
	}
	if len(l.bulk) > 0 {
		out["bulk"] = declared{kind: "infisical_secrets", config: attributes{"env_slug": "dev", "folder_path": "/bulk", "secrets": elements(l.bulk)}}
	}
	for address, f := range l.folders {
		out[address] = declared{kind: "infisical_folder", config: attributes{"env_slug": "dev", "parent_path": "/", "name": f.name, "on_existing": "adopt"}}
		in := aSecret("/"+f.name, "INSIDE", f.secret, attributes{"on_existing": "adopt"})
		in.after = []string{address}
		out["in."+address] = in
	}
	return out
}

// known are the addresses that an operation may be about: after a failed
// create a user applies again before changing what is to be created.
func (l *aLife) known(prefix string) []string {
	var out []string
	held := l.tf.ids()
	for _, address := range slices.Sorted(maps.Keys(held)) {
		_, whole := held["in."+address]
		if !l.renamed[address] && strings.HasPrefix(address, prefix) && (prefix != "folder" || whole) {
			out = append(out, address)
		}
	}
	return out
}

// elements are the names of bulk that the state holds.
func (l *aLife) elements() []string {
	var out []string
	there := secretsHeld(l.env, "/bulk")
	ids := l.tf.ids()["bulk"]
	for _, r := range l.env.Server.Records(l.env.Owner.Project.ID, "dev", "/bulk") {
		if _, configured := l.bulk[r.BlindIndex]; configured && slices.Contains(ids, r.ID) && there[r.BlindIndex] != "" {
			out = append(out, r.BlindIndex)
		}
	}
	slices.Sort(out)
	return out
}

func (l *aLife) pick(from []string) (string, bool) {
	if len(from) == 0 {
		return "", false
	}
	return from[l.random.IntN(len(from))], true
}

// operate changes the model by one operation; false if there is nothing that
// it could be about.
func (l *aLife) operate() bool {
	kind := l.random.IntN(14)
	single, hasSingle := l.pick(l.known("single"))
	folder, hasFolder := l.pick(l.known("folder"))
	s, f := l.singles[single], l.folders[folder]
	_, hasSingle2 := l.singles[single]
	_, hasFolder2 := l.folders[folder]
	hasSingle, hasFolder = hasSingle && hasSingle2, hasFolder && hasFolder2
	switch {
	case kind <= 1:
		for range 1 + l.random.IntN(3) {
			l.singles[l.fresh("single")] = modelSecret{l.fresh("S"), l.text()}
		}
		l.tell("create secrets")
	case kind == 2 && hasSingle:
		s.text = l.text()
		l.singles[single] = s
		l.tell("update", single)
	case kind == 3 && hasSingle:
		value, _, _ := strings.Cut(s.text, "#")
		s.text = value + "#" + l.fresh("c")
		l.singles[single] = s
		l.tell("update the comment of", single)
	case kind == 4 && hasSingle:
		s.name = l.fresh("S")
		l.singles[single] = s
		l.tell("rename", single)
	case kind == 5 && hasSingle:
		delete(l.singles, single)
		l.tell("delete", single)
	case kind <= 7:
		for _, name := range l.elements() {
			switch l.random.IntN(4) {
			case 0:
				l.bulk[name] = l.text()
			case 1:
				delete(l.bulk, name)
			}
		}
		for range l.random.IntN(5) {
			l.bulk[l.fresh("B")] = l.text()
		}
		l.tell("edit many")
	case kind == 8:
		l.folders[l.fresh("folder")] = modelFolder{l.fresh("F"), l.text()}
		l.tell("make a folder")
	case kind == 9 && hasFolder:
		f.name = l.fresh("F")
		l.folders[folder] = f
		l.tell("rename", folder)
	case kind == 10 && hasFolder:
		delete(l.folders, folder)
		l.tell("delete", folder)
	case kind == 11 && hasSingle:
		l.disturb("/", l.nameOf(single), single)
	case kind == 12 && len(l.elements()) > 0:
		name, _ := l.pick(l.elements())
		l.disturb("/bulk", name, "")
	case kind == 13:
		name := l.fresh("O")
		l.env.Put("dev", "/bulk", name, name, "")
		l.others["/bulk/"+name] = name
		l.tell("another client creates", name)
	default:
		return false
	}
	return true
}

// nameOf is what the server calls the secret of an address now; "" if it is
// gone.
func (l *aLife) nameOf(address string) string {
	ids := l.tf.ids()[address]
	for _, r := range l.env.Server.Records(l.env.Owner.Project.ID, "dev", "/") {
		if slices.Contains(ids, r.ID) {
			return r.BlindIndex
		}
	}
	return ""
}

// disturb has another client change a secret that is managed here, in bulk
// without an address of its own.
func (l *aLife) disturb(folder, name, address string) {
	if name == "" {
		return
	}
	switch l.random.IntN(3) {
	case 0:
		l.env.Put("dev", folder, name, l.fresh("theirs"), "")
		l.tell("another client changes", name)
	case 1:
		if err := l.env.Owner.Delete("dev", folder, name); err != nil {
			l.t.Fatal(err)
		}
		l.tell("another client deletes", name)
	default:
		newName := l.fresh("R")
		text := secretsHeld(l.env, folder)[name]
		if err := l.env.Owner.Rename("dev", folder, name, newName); err != nil {
			l.t.Fatal(err)
		}
		if folder == "/bulk" { // which goes by names: it is nobody's now
			l.others[folder+"/"+newName] = text
		} else { // the user is told, and names it
			l.singles[address], l.renamed[address] = modelSecret{newName, l.singles[address].text}, true
		}
		l.tell("another client renames", name, "to", newName)
	}
}

func (l *aLife) tell(words ...string) { l.story = append(l.story, strings.Join(words, " ")) }

// live runs operations among faults, and at last one without.
func (l *aLife) live(steps int) {
	defer func() {
		if l.t.Failed() {
			l.t.Errorf("the story: %s", strings.Join(l.story, "; "))
		}
	}()
	late := &lateWrites{}
	for range steps {
		for changed := false; !changed; {
			changed = l.operate()
		}
		lateBefore := late.count.Load()
		script := devserver.AtRandom("*", l.random, 0.12, devserver.Faults(runsLimit))
		remove := l.env.Server.InjectFault(func(r devserver.Request) *devserver.Fault {
			if r.Header.Get("User-Agent") == acctest.OtherAgent {
				return nil
			}
			return late.watch(script(r))
		})
		err := l.tf.apply(l.config(), runsLimit)
		remove()
		late.await(l.t)
		l.env.Server.AwaitRestart()
		if err == nil {
			clear(l.renamed)
		}
		if err != nil {
			l.tell("(failed)")
		} else if late.count.Load() == lateBefore { // what came late may have undone what came after it
			l.check("a run that ended well")
		}
	}
	if err := l.tf.apply(l.config(), 0); err != nil {
		l.t.Errorf("it does not converge: %v", err)
		return
	}
	l.check("the end")
	if why := l.tf.unchanged(l.config()); why != "" {
		l.t.Errorf("the state is not what the server holds: %s", why)
	}
}

// check compares what the server holds with the model.
func (l *aLife) check(when string) {
	want := maps.Clone(l.others)
	for _, s := range l.singles {
		want["/"+s.name] = s.text
	}
	for name, text := range l.bulk {
		want["/bulk/"+name] = text
	}
	got := map[string]string{}
	folders := map[string]bool{"bulk": true}
	for _, f := range l.folders {
		want["/"+f.name+"/INSIDE"] = f.secret
		folders[f.name] = true
	}
	for name := range l.env.Other().Folders("dev", "/") {
		if !folders[name] {
			l.t.Errorf("%s: the folder %s is left", when, name)
		}
		folders[name] = true
		for secret, text := range secretsHeld(l.env, "/"+name) {
			got["/"+name+"/"+secret] = text
		}
	}
	for name, text := range secretsHeld(l.env, "/") {
		got["/"+name] = text
	}
	if !maps.Equal(got, want) {
		l.t.Errorf("%s: the server holds %v, the model %v", when, got, want)
	}
}
