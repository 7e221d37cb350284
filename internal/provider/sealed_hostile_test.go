package provider_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
)

// switches are what a server may show in place of what was sealed under that
// name, and what is said of it.
var switches = map[string]string{
	"PLAIN":    "Its value is not sealed",
	"SWAPPED":  "Its value was sealed for another place",
	"ALTERED":  "Its value was altered, cut or damaged",
	"HIDDEN":   "The server does not show its value to this credential",
	"ROTATED":  "It is a rotated secret",
	"PERSONAL": "", // there is only somebody's own in its place: it is gone
}

// switchAll does all of that to what is in the root of dev.
func switchAll(s *acctest.Sealed) (back func()) {
	all := envelopes(s, "/")
	change := func(name string, to func(*devserver.RawRecord)) {
		r := all[name]
		to(&r)
		s.Server.PutRawRecord(r)
	}
	change("PLAIN", func(r *devserver.RawRecord) { r.Value = "hunter2" })
	change("SWAPPED", func(r *devserver.RawRecord) { r.Value = all["GOOD"].Value })
	change("ALTERED", func(r *devserver.RawRecord) { r.Value = r.Value[:len(r.Value)-8] + "AAAAAAAA" })
	return s.Server.InjectFault(func(r devserver.Request) *devserver.Fault {
		if !acctest.IsRawList(r) {
			return nil
		}
		return &devserver.Fault{Rewrite: func(status int, body []byte) (int, []byte) {
			text := strings.NewReplacer(`,"secretValueHidden":false`, "", `,"isRotatedSecret":false`, "").Replace(string(body))
			text = strings.Replace(text, `"secretKey":"HIDDEN"`, `"secretValueHidden":true,"secretKey":"HIDDEN"`, 1)
			text = strings.Replace(text, `"secretKey":"ROTATED"`, `"isRotatedSecret":true,"secretKey":"ROTATED"`, 1)
			rows := strings.Split(text, `{"id"`)
			for i, row := range rows {
				if strings.Contains(row, `"secretKey":"PERSONAL"`) {
					rows[i] = strings.Replace(row, `"type":"shared"`, `"type":"personal"`, 1)
				}
			}
			return status, []byte(strings.Join(rows, `{"id"`))
		}}
	})
}

// TestSealedHostileServerInLists: readers of whole folders leave out what was
// switched and say so of each; a resource for many stops at what is not shown or
// rotated, and writes what is configured over the rest.
func TestSealedHostileServerInLists(t *testing.T) { inDialects(t, testSealedHostileServerInLists) }

func testSealedHostileServerInLists(t *testing.T, s *acctest.Sealed) {
	t.Helper()
	elements := "GOOD = { value = \"good\" }\n"
	for name := range switches {
		elements += fmt.Sprintf("%s = { value = \"mine\" }\n", name)
	}
	scene := newScene(t, s.Env, bulk(elements))
	scene.Env = append(scene.Env, s.Variables()...)
	scene.Apply()
	back := switchAll(s)
	state := scene.File("terraform.tfstate")

	told := func(out string) {
		t.Helper()
		flat := strings.NewReplacer("│", "", "╷", "", "╵", "").Replace(out)
		for name, why := range switches {
			if why != "" && (!says(why).MatchString(flat) || !says(name).MatchString(flat)) {
				t.Errorf("nothing is said of %s:\n%s", name, out)
			}
		}
		if strings.Contains(out, "hunter2") {
			t.Error("it shows what the server made up")
		}
	}
	for kind, hcl := range map[string]string{
		"data source":        "data \"infisical_secrets\" \"all\" { env_slug = \"dev\" }\noutput \"names\" { value = join(\",\", data.infisical_secrets.all.names) }\n",
		"ephemeral resource": "ephemeral \"infisical_secrets\" \"all\" { env_slug = \"dev\" }\n",
	} {
		reader := newScene(t, s.Env, hcl)
		reader.Env = append(reader.Env, s.Variables()...)
		out := reader.Run("plan", "-no-color")
		if told(out); kind == "data source" && !strings.Contains(out, `"GOOD"`) {
			t.Errorf("it shows more or less than what opens:\n%s", out)
		}
	}
	refuses := func(name string) {
		t.Helper()
		for _, command := range [][]string{{"plan", "-no-color"}, {"apply", "-auto-approve", "-no-color"}} {
			out, err := scene.Try(command...)
			if flat := strings.ReplaceAll(out, "│", ""); err == nil || !says(switches[name]).MatchString(flat) || !says(name).MatchString(flat) {
				t.Errorf("%s of what the server does not let be read or written: %v\n%s", command[0], err, out)
			}
		}
	}
	refuses("HIDDEN")
	back()
	remove := s.Server.InjectFault(func(r devserver.Request) *devserver.Fault {
		if !acctest.IsRawList(r) {
			return nil
		}
		return &devserver.Fault{Rewrite: func(status int, body []byte) (int, []byte) {
			text := strings.ReplaceAll(string(body), `,"isRotatedSecret":false`, "")
			return status, []byte(strings.Replace(text, `"secretKey":"ROTATED"`, `"isRotatedSecret":true,"secretKey":"ROTATED"`, 1))
		}}
	})
	refuses("ROTATED")
	remove()
	plan := scene.Run("plan", "-no-color")
	for _, name := range []string{"PLAIN", "SWAPPED", "ALTERED"} {
		if !says(name + `" = {`).MatchString(strings.ReplaceAll(plan, "~ ", "")) {
			t.Errorf("nothing is planned for %s:\n%s", name, plan)
		}
		if flat := strings.NewReplacer("│", "", "╷", "", "╵", "").Replace(plan); !says(switches[name]).MatchString(flat) {
			t.Errorf("nothing is said of %s:\n%s", name, plan)
		}
	}
	if strings.Contains(plan, "hunter2") {
		t.Error("the plan shows what the server made up")
	}
	scene.Apply()
	scene.PlanIsEmpty()
	got := s.Read("dev", "/") // fails if one does not open
	for name := range switches {
		if got[name].Value != "mine" {
			t.Errorf("%s holds another value", name)
		}
	}
	if len(got) != len(switches)+1 || !strings.Contains(state, "GOOD") {
		t.Errorf("%d secrets in the end", len(got))
	}
}

// TestSealedHiddenOrRotated: a value that the server does not show is no empty
// value, and one that it makes by itself is not believed.
func TestSealedHiddenOrRotated(t *testing.T) {
	t.Parallel()
	for mark, why := range map[string]string{"isRotatedSecret": switches["ROTATED"], "secretValueHidden": switches["HIDDEN"]} {
		t.Run(mark, func(t *testing.T) {
			t.Parallel()
			s := acctest.NewSealed(t)
			var back func()
			read := func(kind string) string {
				return s.Config(kind + " \"infisical_secret\" \"n\" {\n env_slug = \"dev\"\n name = \"N\"\n}\n")
			}
			play(
				t,
				resource.TestStep{Config: s.Config(simpleSecret)},
				resource.TestStep{
					PreConfig: func() {
						back = s.Server.InjectFault(func(r devserver.Request) *devserver.Fault {
							if !acctest.IsRawList(r) {
								return nil
							}
							return &devserver.Fault{Rewrite: func(status int, body []byte) (int, []byte) {
								return status, []byte(strings.ReplaceAll(string(body), `"secretKey"`, `"`+mark+`":true,"secretKey"`))
							}}
						})
					},
					Config: s.Config(simpleSecret), PlanOnly: true, ExpectError: says(why),
				},
				resource.TestStep{Config: read("ephemeral"), PlanOnly: true, ExpectError: says(why)},
				resource.TestStep{Config: read("data"), ExpectError: says(why)},
				resource.TestStep{PreConfig: func() { back() }, Config: s.Config(simpleSecret), PlanOnly: true},
			)
		})
	}
}

// TestSealedImports: imports of imports, over two environments, and references
// through them; each envelope is opened where it belongs.
func TestSealedImports(t *testing.T) { inDialects(t, testSealedImports) }

func testSealedImports(t *testing.T, s *acctest.Sealed) {
	t.Helper()
	for _, f := range [][2]string{{"dev", "app"}, {"dev", "middle"}, {"prod", "base"}} {
		s.Other().CreateFolder(f[0], "/", f[1])
	}
	s.Other().CreateImport("dev", "/app", "dev", "/middle")
	s.Other().CreateImport("dev", "/middle", "prod", "/base")
	s.Other().CreateImport("prod", "/base", "dev", "/app") // and round
	const written = `
resource "infisical_secrets" "app" {
  env_slug    = "dev"
  folder_path = "/app"
  secrets     = { URL = { value = "https://$${HOST}/$${prod.base.DEEP}" }, BOTH = { value = "app" } }
}
resource "infisical_secrets" "middle" {
  env_slug    = "dev"
  folder_path = "/middle"
  secrets     = { HOST = { value = "host" }, BOTH = { value = "middle" } }
}
resource "infisical_secrets" "base" {
  env_slug    = "prod"
  folder_path = "/base"
  secrets     = { DEEP = { value = "deep" }, BOTH = { value = "base" } }
}
`
	const read = `
data "infisical_secrets" "app" {
  env_slug          = "dev"
  folder_path       = "/app"
  include_imports   = true
  expand_references = true
}
data "infisical_secret" "deep" {
  env_slug        = "dev"
  folder_path     = "/app"
  name            = "DEEP"
  include_imports = true
}
`
	run(
		t, s,
		resource.TestStep{Config: s.Config(written)},
		resource.TestStep{Config: s.Config(written + read), ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectKnownValue("data.infisical_secrets.app", tfjsonpath.New("values"), knownvalue.MapExact(map[string]knownvalue.Check{
				"URL": knownvalue.StringExact("https://host/deep"), "BOTH": knownvalue.StringExact("app"),
				"HOST": knownvalue.StringExact("host"), "DEEP": knownvalue.StringExact("deep"),
			})),
			statecheck.ExpectKnownValue("data.infisical_secret.deep", tfjsonpath.New("value"), knownvalue.StringExact("deep")),
		}},
		resource.TestStep{ // an envelope that the server itself brought to another folder
			PreConfig: func() {
				moved := s.Server.RawRecords(s.Owner.Project.ID, "prod", "/base")
				i := slices.IndexFunc(moved, func(r devserver.RawRecord) bool { return r.Name == "DEEP" })
				s.Server.PutRawRecord(devserver.RawRecord{
					WorkspaceID: s.Owner.Project.ID, Environment: "dev", SecretPath: "/app", Name: "DEEP", Value: moved[i].Value, Type: "shared", Version: 1,
				})
			},
			Config: s.Config(written + read), ExpectError: says("Its value was sealed for another place"),
		},
		resource.TestStep{PreConfig: func() {
			for _, r := range s.Server.RawRecords(s.Owner.Project.ID, "dev", "/app") {
				if r.Name == "DEEP" {
					s.Server.DeleteRawRecord(s.Owner.Project.ID, r.ID)
				}
			}
		}, Config: s.Config(written)},
	)
}

// TestSealedAdoptsPlainText: it is sealed, and a warning says that the
// server has seen it; who does not adopt is told, and nothing is touched.
func TestSealedAdoptsPlainText(t *testing.T) { inDialects(t, testSealedAdoptsPlainText) }

func testSealedAdoptsPlainText(t *testing.T, s *acctest.Sealed) {
	t.Helper()
	for _, name := range []string{"N", "A", "B"} {
		s.Server.PutRawRecord(devserver.RawRecord{
			WorkspaceID: s.Owner.Project.ID, Environment: "dev", Name: name, Value: "hunter2", Type: "shared", Version: 1,
		})
	}
	hcl := func(more string) string {
		return secretNamed("N", "value = \"mine\"\n"+more) + bulk("A = { value = \"a\" }\nB = { value = \"b\" }", more)
	}
	scene := newScene(t, s.Env, hcl(""))
	scene.Env = append(scene.Env, s.Variables()...)
	flat := func(out string) string { return strings.NewReplacer("│", "", "╷", "", "╵", "").Replace(out) }
	if out, err := scene.Try("apply", "-auto-approve", "-no-color"); err == nil || !says("Its value is not sealed").MatchString(flat(out)) {
		t.Errorf("plain text passed for a secret: %v\n%s", err, out)
	}
	for name, r := range envelopes(s, "/") {
		if r.Value != "hunter2" {
			t.Errorf("%s was written over", name)
		}
	}
	scene.Write(hcl(`on_existing = "adopt"`))
	out := flat(scene.Apply())
	if !says("Warning: Secret Was Not Sealed").MatchString(out) || strings.Contains(out, "hunter2") {
		t.Errorf("nothing is said of it:\n%s", out)
	}
	if got := s.Read("dev", "/"); got["N"].Value != "mine" || got["A"].Value != "a" || got["B"].Value != "b" {
		t.Error("the server holds other values than configured")
	}
	scene.PlanIsEmpty()
}
