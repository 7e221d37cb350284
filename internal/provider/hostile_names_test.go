package provider_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
)

// victim is the value of a secret that the server would like to read.
const victim = "hunter2-of-the-victim"

// nameLies are where a server can take a sealed value from, to put it where the
// name of another secret belongs.
var nameLies = map[string]func(env *acctest.Env) devserver.Field{
	"of the same folder":     func(env *acctest.Env) devserver.Field { return env.Put("dev", "/", "VICTIM", victim, "").Value },
	"of another folder":      func(env *acctest.Env) devserver.Field { return env.Put("dev", "/far", "VICTIM", victim, "").Value },
	"of another environment": func(env *acctest.Env) devserver.Field { return env.Put("prod", "/", "VICTIM", victim, "").Value },
	"of a comment":           func(env *acctest.Env) devserver.Field { return env.Put("prod", "/", "VICTIM", "v", victim).Comment },
	"of an old version": func(env *acctest.Env) devserver.Field {
		old := env.Put("dev", "/", "VICTIM", victim, "")
		env.Put("dev", "/", "VICTIM", "new", "")
		return old.Value
	},
	"of an import": func(env *acctest.Env) devserver.Field {
		field := env.Put("prod", "/shared", "VICTIM", victim, "").Value
		env.Other().CreateImport("dev", "/", "prod", "/shared")
		return field
	},
}

// TestNamesAreNoOracle: a server that puts a sealed value where a name belongs
// learns nothing of it, whatever the configuration does next. That nothing was
// sent the end of each environment tells.
func TestNamesAreNoOracle(t *testing.T) {
	t.Parallel()
	bulkOf := func(values map[string]string, more attributes) declared {
		config := attributes{"env_slug": "dev", "folder_path": "/bulk", "secrets": elements(values)}
		maps.Copy(config, more)
		return declared{kind: "infisical_secrets", config: config}
	}
	two, three := map[string]string{"TWO": "2", "THREE": "3"}, map[string]string{"THREE": "3"}
	type step struct {
		title   string
		config  map[string]declared
		refused bool // because of the rename of ONE
		warned  bool // of what is there beside, which may be shown as names
	}
	steps := []step{
		{"the same", map[string]declared{"one": aSecret("/", "ONE", "1", nil), "bulk": bulkOf(two, nil)}, true, false},
		{"another value", map[string]declared{"one": aSecret("/", "ONE", "11", nil)}, true, false},
		{"another comment", map[string]declared{"one": aSecret("/", "ONE", "1#c", nil)}, true, false},
		{"another name", map[string]declared{"one": aSecret("/", "NEW", "1", nil)}, true, false},
		{"another folder", map[string]declared{"one": aSecret("/far", "ONE", "1", nil)}, true, false},
		{"adopted", map[string]declared{"one": aSecret("/", "ONE", "1", attributes{"on_existing": "adopt"})}, true, false},
		{"gone from the configuration", nil, true, false},
		{"bulk with another value", map[string]declared{"bulk": bulkOf(map[string]string{"TWO": "22", "THREE": "3"}, nil)}, true, false},
		{"bulk of less", map[string]declared{"bulk": bulkOf(three, nil)}, true, false},
		{"bulk that is exclusive", map[string]declared{"bulk": bulkOf(two, attributes{"exclusive": true})}, true, true},
	}
	lies := slices.Sorted(maps.Keys(nameLies))
	inCells(t, len(lies)*len(steps), 8, func(i int) string { return lies[i/len(steps)] + ", " + steps[i%len(steps)].title }, func(t testing.TB, i int) {
		env := acctest.New(t)
		env.Secret(victim)
		for _, path := range []string{"/far", "/bulk"} {
			env.Server.CreateFolder(env.Owner.Project.ID, "dev", path)
		}
		env.Server.CreateFolder(env.Owner.Project.ID, "prod", "/shared")
		c := newCore(t, env)
		if err := c.apply(steps[0].config); err != nil {
			t.Fatal(err)
		}
		field := nameLies[lies[i/len(steps)]](env)
		rename(env, "/", "ONE", field)
		rename(env, "/bulk", "TWO", field)
		s := steps[i%len(steps)]
		quiet := func(when string, err error) {
			t.Helper()
			if err != nil && strings.Contains(err.Error(), victim) || !s.warned && strings.Contains(strings.Join(c.warnings, "\n"), victim) {
				t.Errorf("%s: the value is shown", when)
			}
			for _, address := range []string{"one", "bulk"} {
				if o := c.state[address]; o != nil && (strings.Contains(string(o.state.MsgPack), victim) || strings.Contains(string(o.private), victim)) {
					t.Errorf("%s: the state of %s holds the value", when, address)
				}
			}
		}
		err := c.apply(s.config)
		if s.refused && err == nil {
			t.Error("it was not refused")
		}
		quiet("first", err)
		// Without what the plan stops for, the rest goes on.
		delete(c.state, "one")
		later := maps.Clone(s.config)
		delete(later, "one")
		for range 3 {
			quiet("later", c.apply(later))
		}
		quiet("at the end", c.apply(nil))
	})
}

// rename puts a sealed text where the name of a secret belongs.
func rename(env *acctest.Env, path, name string, field devserver.Field) {
	for _, r := range env.Server.Records(env.Owner.Project.ID, "dev", path) {
		if r.BlindIndex == name {
			r.Key = field
			env.Server.PutRecord(r)
		}
	}
}

// TestNamesThatAreReadAreNoOracle: the same for what only reads, and for imports.
func TestNamesThatAreReadAreNoOracle(t *testing.T) {
	t.Parallel()
	all := attributes{"env_slug": "dev", "include_imports": true, "recursive": true, "expand_references": true}
	readings := []reading{
		{"data infisical_secret", "infisical_secret", false, attributes{"env_slug": "dev", "name": "ONE"}},
		{"data infisical_secrets", "infisical_secrets", false, all},
		{"data infisical_secrets_diff", "infisical_secrets_diff", false, attributes{"left": place("dev", "/"), "right": place("prod", "/")}},
		{"ephemeral infisical_secret", "infisical_secret", true, attributes{"env_slug": "dev", "name": "ONE"}},
		{"ephemeral infisical_secrets", "infisical_secrets", true, all},
	}
	for lie, field := range nameLies {
		t.Run(lie, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			env.Secret(victim)
			env.Server.CreateFolder(env.Owner.Project.ID, "dev", "/far")
			env.Server.CreateFolder(env.Owner.Project.ID, "prod", "/shared")
			env.Put("dev", "/", "ONE", "1", "")
			env.Put("dev", "/", "REFERENCE", "${ONE} ${VICTIM} ${prod.VICTIM}", "")
			rename(env, "/", "ONE", field(env))
			for _, r := range readings {
				if _, err := r.read(t, env, nil); err != nil && strings.Contains(err.Error(), victim) {
					t.Errorf("%s: the error shows the value", r.title)
				}
			}
			p := newProtocol(t, env, nil)
			p.list(attributes{"env_slug": "dev", "recursive": true}, tfprotov6.ListResourceRequest{Limit: 100, IncludeResource: true})
			c := newCore(t, env)
			one := aSecret("/", "ONE", "1", nil)
			if err := c.importInto("one", one, "dev:/:ONE"); err == nil {
				t.Error("a secret whose name is another text is imported by it")
			}
			many := declared{kind: "infisical_secrets", config: attributes{"env_slug": "dev", "secrets": elements(map[string]string{"ONE": "1"})}}
			for _, exclusive := range []bool{false, true} {
				many.config["exclusive"] = exclusive
				if err := c.importInto("many", many, "dev:/"); err != nil && strings.Contains(err.Error(), victim) {
					t.Error("the error shows the value")
				}
				for _, config := range []map[string]declared{{"many": many}, {"many": many}, nil} {
					if err := c.apply(config); err != nil && strings.Contains(err.Error(), victim) {
						t.Error("the error shows the value")
					}
				}
			}
		})
	}
}

// TestWhatIsNoNameIsInNoState: data sources and lists leave out texts that break
// the rules for names.
func TestWhatIsNoNameIsInNoState(t *testing.T) {
	t.Parallel()
	for i, text := range []string{victim + "/x", " " + victim, strings.Repeat(victim, 5), victim + "\n"} {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			env.Put("dev", "/", "ONE", "1", "")
			field, err := env.Owner.Seal(text)
			if err != nil {
				t.Fatal(err)
			}
			rename(env, "/", "ONE", field)
			for _, r := range []reading{
				{"data infisical_secrets", "infisical_secrets", false, attributes{"env_slug": "dev"}},
				{"data infisical_secrets_diff", "infisical_secrets_diff", false, attributes{"left": place("dev", "/"), "right": place("prod", "/")}},
				{"ephemeral infisical_secrets", "infisical_secrets", true, attributes{"env_slug": "dev"}},
			} {
				got, err := r.read(t, env, nil)
				if err != nil || strings.Contains(got.String(), victim) {
					t.Errorf("%s: it holds the text, or %v", r.title, err)
				}
			}
			p := newProtocol(t, env, nil)
			listed := p.list(attributes{"env_slug": "dev"}, tfprotov6.ListResourceRequest{Limit: 100, IncludeResource: true})
			if len(listed.found) != 0 || len(listed.diagnostics) != 1 || strings.Contains(listed.diagnostics[0].Detail, victim) {
				t.Errorf("%d listed, %d told", len(listed.found), len(listed.diagnostics))
			}
		})
	}
}
