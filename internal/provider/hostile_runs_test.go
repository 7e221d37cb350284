package provider_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// hostileMode is a server and how the provider is configured for it.
type hostileMode struct {
	name     string
	start    func(t testing.TB) (*acctest.Env, attributes, func(environment, path string) map[string]seed.Plain)
	isSealed bool
}

func hostileModes() []hostileMode {
	sealed := func(change ...func(*devserver.Options)) func(testing.TB) (*acctest.Env, attributes, func(string, string) map[string]seed.Plain) {
		return func(t testing.TB) (*acctest.Env, attributes, func(string, string) map[string]seed.Plain) {
			s := acctest.NewSealed(t, change...)
			return s.Env, attributes{"encryption_mode": "sealed", "sealing_keys": listOf(s.Keys...), "workspace_id": s.Owner.Project.ID}, s.Read
		}
	}
	return []hostileMode{
		{name: "e2ee", start: func(t testing.TB) (*acctest.Env, attributes, func(string, string) map[string]seed.Plain) {
			env := acctest.New(t)
			return env, nil, env.Read
		}},
		{name: "es", start: func(t testing.TB) (*acctest.Env, attributes, func(string, string) map[string]seed.Plain) {
			env := acctest.NewES(t)
			return env, attributes{"encryption_mode": "es"}, env.Read
		}},
		{name: "sealed", isSealed: true, start: sealed()},
		{name: "sealed over v4", isSealed: true, start: sealed(acctest.OverV4)},
	}
}

func listOf(texts ...string) tftypes.Value {
	all := make([]tftypes.Value, len(texts))
	for i, text := range texts {
		all[i] = tftypes.NewValue(tftypes.String, text)
	}
	return tftypes.NewValue(tftypes.List{ElementType: tftypes.String}, all)
}

// hostileLife is the life of every object on a server that lies.
type hostileLife struct {
	t       testing.TB
	mode    hostileMode
	env     *acctest.Env
	core    *core
	liar    *devserver.Liar
	written map[string]map[string]bool // values ever configured, by place and name
	errors  int
}

// newHostileLife has every object made while the server is still honest.
func newHostileLife(t testing.TB, mode hostileMode, seed uint64, chance float64, lies ...devserver.Lie) *hostileLife {
	env, settings, _ := mode.start(t)
	l := &hostileLife{
		t: t, mode: mode, env: env, core: newCore(t, env).with(settings),
		liar: devserver.NewLiar(seed, chance, lies...), written: map[string]map[string]bool{},
	}
	for _, f := range [][3]string{{"dev", "/", "app"}, {"dev", "/app", "below"}, {"prod", "/", "shared"}} {
		env.Other().CreateFolder(f[0], f[1], f[2])
	}
	if err := l.core.apply(l.config(0)); err != nil {
		t.Fatalf("while the server is honest: %v", err)
	}
	return l
}

// config is what is configured at a step of the life: values, names and places
// change, and what the second step has is gone in the last.
func (l *hostileLife) config(step int) map[string]declared {
	value := func(place, name string, step int) string {
		text := fmt.Sprintf("canary of %s%s, number %d", place, name, step)
		key := place + "\x00" + name
		if l.written[key] == nil {
			l.written[key] = map[string]bool{}
		}
		l.written[key][text] = true
		return text
	}
	out := map[string]declared{
		"folder": {kind: "infisical_folder", config: attributes{"env_slug": "dev", "parent_path": "/app", "name": []string{"shop", "store", "store"}[step]}},
		"one":    aSecret("/app", "ONE", value("dev/app", "ONE", step)+"#a comment", nil),
		"many": {kind: "infisical_secrets", config: attributes{
			"env_slug": "prod", "folder_path": "/shared", "exclusive": true,
			"secrets": elements(map[string]string{"A": value("prod/shared", "A", step), "B": value("prod/shared", "B", 0), fmt.Sprint("C", step): value("prod/shared", fmt.Sprint("C", step), step)}),
		}},
		"import": {kind: "infisical_secret_import", config: attributes{
			"env_slug": "dev", "folder_path": "/app", "import_env_slug": "prod", "import_folder_path": "/shared", "position": 1,
		}},
	}
	if step < 2 {
		name := []string{"TWO", "RENAMED"}[step]
		two := aSecret("/", name, value("dev/", name, 0), nil)
		two.config["value_wo"], two.config["value_wo_version"] = two.config["value"], 1
		delete(two.config, "value")
		out["two"] = two
		out["refers"] = aSecret("/app/below", "REFERS", value("dev/app/below", "REFERS", 0)+" ${dev.app.ONE}", nil)
	}
	return out
}

// live has the server lie from here on, and goes through everything that
// Terraform asks of a provider. What goes well is right, and the rest is an
// error that may be shown.
func (l *hostileLife) live() {
	remove := l.env.Server.InjectFault(l.liar.Script(func(r devserver.Request) bool { return r.Header.Get("User-Agent") == acctest.OtherAgent }))
	defer func() {
		remove()
		if l.t.Failed() {
			l.t.Errorf("the lies: %s", strings.Join(l.liar.Told(), "; "))
		}
	}()
	for step := range 3 {
		l.ends("apply", l.core.apply(l.config(step)))
		if step == 1 || everyFault {
			l.readAll()
			l.listAll()
			l.importAll(step)
		}
	}
	l.ends("destroy", l.core.apply(map[string]declared{}))
}

// ends looks at what a run said.
func (l *hostileLife) ends(what string, err error) {
	texts := l.core.warnings
	if err != nil {
		l.errors++
		texts = append(texts, err.Error())
	}
	for _, text := range texts {
		l.mayBeShown(what, text)
	}
}

// mayBeShown checks a text that Terraform prints.
func (l *hostileLife) mayBeShown(what, text string) {
	if got := secrets.Printable(strings.ReplaceAll(text, "\n", " ")); got != strings.ReplaceAll(text, "\n", " ") {
		l.t.Errorf("%s: it shows what a terminal obeys: %q", what, text)
	}
	for line := range strings.SplitSeq(text, "\n") {
		if strings.HasPrefix(strings.TrimSpace(line), "No changes.") {
			l.t.Errorf("%s: a line of the server's stands by itself: %q", what, text)
		}
	}
	if len(text) > 100_000 {
		l.t.Errorf("%s: it is %d bytes long", what, len(text))
	}
	if strings.HasPrefix(what, nameIn) && l.mode.name == "es" {
		return // the server reads all values, and can give one for a name
	}
	if acctest.Search(text, l.env.Canaries()) > 0 || strings.Contains(text, "canary of") {
		l.t.Errorf("%s: it holds a value or a key", what)
	}
}

// nameIn begins what a list shows of a secret.
const nameIn = "name in a list of "

// readAll reads through every data source and ephemeral resource, each in a run
// of its own.
func (l *hostileLife) readAll() {
	all := attributes{"env_slug": "dev", "include_imports": true, "recursive": true, "expand_references": true}
	one := attributes{"env_slug": "dev", "folder_path": "/app", "name": "ONE", "include_imports": true}
	readings := []reading{
		{"data infisical_secret", "infisical_secret", false, one},
		{"data infisical_secrets", "infisical_secrets", false, all},
		{"data infisical_folders", "infisical_folders", false, attributes{"env_slug": "dev", "recursive": true}},
		{"data infisical_secret_imports", "infisical_secret_imports", false, attributes{"env_slug": "dev", "folder_path": "/app"}},
		{"data infisical_environments", "infisical_environments", false, nil},
		{"data infisical_service_token", "infisical_service_token", false, nil},
		{"data infisical_secrets_diff", "infisical_secrets_diff", false, attributes{"left": place("dev", "/app"), "right": place("prod", "/shared")}},
		{"ephemeral infisical_secret", "infisical_secret", true, one},
		{"ephemeral infisical_secrets", "infisical_secrets", true, all},
	}
	if l.mode.isSealed {
		readings = append(readings, reading{"data infisical_sealing_report", "infisical_sealing_report", false, attributes{"env_slug": "dev", "recursive": true}})
	}
	for _, r := range readings {
		l.core.warnings = nil
		value, err := r.readBy(l.core)
		if l.ends(r.title, err); err != nil {
			continue
		}
		l.isRight(r, value)
	}
}

// isRight checks what a reading gives without an error: every value was once
// configured, in sealed mode as a value. The labels are
// printable. ES mode has no means to tell.
func (l *hostileLife) isRight(r reading, value tftypes.Value) {
	ever := map[string]bool{}
	for key, texts := range l.written {
		maps.Copy(ever, texts)
		if _, name, _ := strings.Cut(key, "\x00"); !l.mode.isSealed {
			// E2EE binds a ciphertext to no field: the server can put a name or a
			// comment where a value belongs.
			ever[name], ever["a comment"], ever[""] = true, true, true
		}
	}
	_ = tftypes.Walk(value, func(at *tftypes.AttributePath, v tftypes.Value) (bool, error) {
		if !v.IsKnown() || v.IsNull() || !v.Type().Is(tftypes.String) {
			return true, nil
		}
		text := textOf(v)
		last := ""
		for _, step := range at.Steps() {
			switch s := step.(type) {
			case tftypes.AttributeName:
				last = string(s)
			case tftypes.ElementKeyString:
				last = "values"
			}
		}
		switch last {
		case "value", "values":
			begin, _, _ := strings.Cut(text, " ${")
			begin, _, _ = strings.Cut(begin, " canary")
			if l.mode.name != "es" && r.kind != "infisical_secrets_diff" && !ever[begin] {
				l.t.Errorf("%s: %s is a value that was never configured", r.title, at)
			}
		case "comment", "dotenv", "json", "value_base64":
		default:
			if secrets.Printable(text) != text {
				l.t.Errorf("%s: %s is %q", r.title, at, text)
			}
		}
		return true, nil
	})
}

// listAll queries both list resources.
func (l *hostileLife) listAll() {
	for _, kind := range []string{"infisical_secret", "infisical_folder"} {
		p := newProtocol(l.t, l.env, l.core.settings).of(kind)
		config := p.object(p.schemas.ListResourceSchemas[kind].ValueType(), attributes{"env_slug": "dev", "recursive": true})
		stream, err := p.server.(tfprotov6.ListResourceServer).ListResource(l.t.Context(), &tfprotov6.ListResourceRequest{TypeName: kind, Config: config})
		if err != nil {
			l.t.Fatal(err)
		}
		count := 0
		for result := range stream.Results {
			count++
			l.mayBeShown(nameIn+kind, result.DisplayName)
			for name, text := range p.identityOf(result.Identity) {
				l.mayBeShown(nameIn+kind+", "+name, text)
			}
			for _, d := range result.Diagnostics {
				l.mayBeShown("list of "+kind, d.Summary+": "+d.Detail)
			}
		}
		if count > 100_000 {
			l.t.Errorf("%d results", count)
		}
	}
}

// importAll imports one of each kind into a state of its own.
func (l *hostileLife) importAll(step int) {
	c := newCore(l.t, l.env).with(l.core.settings)
	c.state = map[string]*object{}
	config := l.config(step)
	for address, id := range map[string]string{"one": "dev:/app:ONE", "many": "prod:/shared", "folder": "dev:/app/store", "import": "dev:/app:prod:/shared"} {
		c.warnings = nil
		err := c.importInto(address, config[address], id)
		l.core.warnings = c.warnings
		l.ends("import of "+address, err)
	}
}

// quiet is a test to which a plan that an apply does not follow is no failure of
// its own: the server says something else each time, and Terraform ends with an
// error then.
type quiet struct {
	testing.TB
	mu        sync.Mutex
	otherwise int
}

func (q *quiet) Errorf(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if strings.Contains(text, "inconsistent") || strings.Contains(text, "a destroy that failed") {
		q.mu.Lock()
		defer q.mu.Unlock()
		q.otherwise++
		return
	}
	q.TB.Errorf("%s", text)
}

// TestHostileRuns: a seed decides which lies each answer tells. Whatever they
// are, a run ends in a right result or in an error, sends no value in the clear
// (acctest looks), shows nothing that a terminal obeys, and asks a bounded number
// of times.
func TestHostileRuns(t *testing.T) {
	t.Parallel()
	modes := hostileModes()
	grow := devserver.LiesThatGrow()
	lies := slices.DeleteFunc(devserver.Lies(), func(lie devserver.Lie) bool { // which are for TestHostileServersThatGrow
		return slices.ContainsFunc(grow, func(g devserver.Lie) bool { return g.Name == lie.Name })
	})
	var mu sync.Mutex
	told, failed := map[string]bool{}, 0
	inCells(t, seeds(16, 800), 32, func(i int) string { return fmt.Sprintf("%s, seed %d", modes[i%len(modes)].name, i) }, func(t testing.TB, i int) {
		random := rand.New(rand.NewPCG(uint64(i), 3))
		some := slices.Clone(lies)
		random.Shuffle(len(some), func(i, j int) { some[i], some[j] = some[j], some[i] })
		l := newHostileLife(&quiet{TB: t}, modes[i%len(modes)], uint64(i), 0.1+random.Float64()/2, some[:1+random.IntN(len(some))]...)
		before := len(l.env.Server.Requests())
		l.live()
		if asked := len(l.env.Server.Requests()) - before; asked > 3000 {
			t.Errorf("%d requests", asked)
		}
		mu.Lock()
		defer mu.Unlock()
		failed += l.errors
		for _, lie := range l.liar.Told() {
			name, _, _ := strings.Cut(lie, " to ")
			told[name] = true
		}
	})
	t.Logf("%d kinds of lies were told, %d runs ended with an error", len(told), failed)
	if len(told) < len(lies)*3/4 || failed == 0 {
		t.Errorf("only %d of %d lies were told, and %d runs failed: this proves little", len(told), len(lies), failed)
	}
}

// TestHostileServersThatPrint: one kind of text at a time, in every answer.
func TestHostileServersThatPrint(t *testing.T) {
	t.Parallel()
	modes, lies := hostileModes(), devserver.LiesThatPrint()
	var mu sync.Mutex
	told := map[string]bool{}
	inCells(t, len(lies)*seeds(1, len(modes)), 32, func(i int) string { return modes[(i+i/len(lies))%len(modes)].name + ", " + lies[i%len(lies)].Name }, func(t testing.TB, i int) {
		lie, mode := lies[i%len(lies)], modes[(i+i/len(lies))%len(modes)]
		l := newHostileLife(&quiet{TB: t}, mode, uint64(i), 1, lie)
		l.live()
		mu.Lock()
		defer mu.Unlock()
		if len(l.liar.Told()) > 0 {
			told[lie.Name] = true
		}
	})
	if len(told) < len(lies)*2/3 {
		t.Errorf("only %d of %d lies were told", len(told), len(lies))
	}
}
