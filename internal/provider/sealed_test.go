package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/seal"
)

// inDialects runs a test against a server that has the older endpoints for
// secrets in the clear alone, and one that has the newer alone.
func inDialects(t *testing.T, test func(*testing.T, *acctest.Sealed)) {
	t.Helper()
	t.Parallel()
	for name, options := range map[string]func(*devserver.Options){"v3": func(*devserver.Options) {}, "v4": acctest.OverV4} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, acctest.NewSealed(t, options))
		})
	}
}

// TestSealedLife is the life of everything on a project of version 3, of which
// the server sees envelopes alone.
func TestSealedLife(t *testing.T) {
	t.Parallel()
	for name, credential := range map[string]func(*acctest.Env) acctest.Credential{
		"service token": (*acctest.Env).ServiceToken, "machine identity": (*acctest.Env).Identity,
	} {
		t.Run(name, func(t *testing.T) {
			inDialects(t, func(t *testing.T, s *acctest.Sealed) {
				hcl := everything
				if name != "service token" {
					hcl = strings.ReplaceAll(hcl, "data \"infisical_service_token\" \"this\" {}\n", "")
					hcl = strings.ReplaceAll(hcl, "data.infisical_service_token.this.can_write", "true")
				}
				c := credential(s.Env)
				if name == "service token" { // the fourth part is of no use here
					c.HCL = fmt.Sprintf("service_token = %q\n  workspace_id = %q", s.Token[:strings.LastIndex(s.Token, ".")], s.Owner.Project.ID)
				}
				c.HCL = strings.ReplaceAll(c.HCL, fmt.Sprintf("project_key = %q\n", s.Owner.KeyText), "")
				life(t, s, "/app", hcl, c, s.Settings()...)
				for _, r := range s.Server.Requests() {
					if strings.HasPrefix(r.Path, "/api/v3/secrets") && !strings.Contains(r.Path, "/raw") {
						t.Errorf("%s: an endpoint of end-to-end encrypted projects", r.Route)
					}
				}
				if got := s.Routes(); got["POST /api/v3/secrets/batch/raw"]+got["POST /api/v4/secrets/batch"] == 0 {
					t.Error("the secrets that belong together did not share a request")
				}
			})
		})
	}
}

// TestSealedPrefersV4: where both are there, nothing is asked of the older
// endpoints.
func TestSealedPrefersV4(t *testing.T) {
	t.Parallel()
	s := acctest.NewSealed(t, func(o *devserver.Options) { o.Era = devserver.Era2026July })
	play(t, resource.TestStep{Config: s.Config(simpleSecret + bulk(`A = { value = "a" }`)), Check: holds(s, "/", map[string]string{"N": "v", "A": "a"})})
	for _, r := range s.Server.Requests() {
		if strings.HasPrefix(r.Path, "/api/v3/secrets") {
			t.Errorf("%s was asked", r.Route)
		}
	}
}

// envelopes are what the server holds in a folder of dev, by name.
func envelopes(s *acctest.Sealed, path string) map[string]devserver.RawRecord {
	out := map[string]devserver.RawRecord{}
	for _, r := range s.Server.RawRecords(s.Owner.Project.ID, "dev", path) {
		out[r.Name] = r
	}
	return out
}

// keyIDs are the ids of the keys that the secrets of a folder are sealed under.
func keyIDs(t *testing.T, s *acctest.Sealed, path string) map[string]string {
	t.Helper()
	out := map[string]string{}
	for name, r := range envelopes(s, path) {
		id, err := seal.KeyID(r.Value)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out[name] = id
	}
	return out
}

func keyID(t *testing.T, text string) string {
	t.Helper()
	key, err := seal.ParseKey(text)
	if err != nil {
		t.Fatal(err)
	}
	return key.ID()
}

const kinds = `
resource "infisical_secret" "plain" {
  env_slug = "dev"
  name     = "PLAIN"
  value    = "plain"
  comment  = "said"
}
resource "infisical_secret" "bytes" {
  env_slug     = "dev"
  name         = "BYTES"
  value_base64 = "/wD+"
}
resource "infisical_secret" "versioned" {
  env_slug         = "dev"
  name             = "VERSIONED"
  value_wo         = "%[1]s"
  value_wo_version = 1
}
resource "infisical_secret" "compared" {
  env_slug = "dev"
  name     = "COMPARED"
  value_wo = "compared"
}
resource "infisical_secrets" "many" {
  env_slug = "dev"
  secrets = {
    A = { value = "a", comment = "of a" }
    B = { value_wo = "%[1]s", value_wo_version = 1 }
    C = { value_wo = "c" }
  }
}
`

// TestSealedRotation: the key that is put first seals everything anew, once,
// and no value changes by it.
func TestSealedRotation(t *testing.T) { inDialects(t, testSealedRotation) }

func testSealedRotation(t *testing.T, s *acctest.Sealed) {
	t.Helper()
	first, second := s.Keys[0], s.NewKey()
	want := map[string]string{
		"PLAIN": "plain", "BYTES": "\xff\x00\xfe", "VERSIONED": "written", "COMPARED": "compared", "A": "a", "B": "written", "C": "c",
	}
	written, rotated := fmt.Sprintf(kinds, "written"), fmt.Sprintf(kinds, "not written")
	const report = `data "infisical_sealing_report" "all" { env_slug = "dev" }
output "ids" { value = join(",", data.infisical_sealing_report.all.sealing_key_ids) }
output "in_order" { value = data.infisical_sealing_report.all.in_order }
`
	sealed := func(key string) resource.TestCheckFunc {
		return func(*terraform.State) error {
			for name, id := range keyIDs(t, s, "/") {
				if id != keyID(t, key) {
					return fmt.Errorf("%s is sealed under another key", name)
				}
			}
			return nil
		}
	}
	set := func(keys ...string) func() { return func() { s.Keys = keys } }
	step := func(hcl string, prepare func(), checks ...resource.TestCheckFunc) resource.TestStep {
		if prepare != nil {
			prepare() // the configuration holds the keys
		}
		return resource.TestStep{Config: s.Config(hcl), Check: resource.ComposeAggregateTestCheckFunc(append(checks, holds(s, "/", want))...)}
	}
	steps := []resource.TestStep{
		step(written, set(first), sealed(first)),
		step(rotated, set(first, second), sealed(first)),
		// Every secret is an update in place, write-only values with a version too.
		func() resource.TestStep {
			out := step(rotated, set(second, first), sealed(second))
			for _, address := range []string{"infisical_secret.plain", "infisical_secret.bytes", "infisical_secret.versioned", "infisical_secret.compared", "infisical_secrets.many"} {
				out.ConfigPlanChecks.PreApply = append(out.ConfigPlanChecks.PreApply, plancheck.ExpectResourceAction(address, plancheck.ResourceActionUpdate))
			}
			out.ConfigStateChecks = []statecheck.StateCheck{
				statecheck.ExpectKnownValue("infisical_secret.plain", tfjsonpath.New("sealing_key_id"), knownvalue.StringExact(keyID(t, second))),
			}
			return out
		}(),
		step(rotated+report, nil, resource.TestCheckOutput("ids", keyID(t, second)), resource.TestCheckOutput("in_order", "true")),
		step(rotated, set(second), sealed(second)),
	}
	s.Keys = []string{second, first} // what reads in between has both
	run(t, s, steps...)
}

// TestSealedHostileServer: whatever the server shows in place of what was
// sealed, each reader says what it is.
func TestSealedHostileServer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, says string
		show       func(s *acctest.Sealed, own, other devserver.RawRecord) string
	}{
		{"plaintext", "Its value is not sealed", func(*acctest.Sealed, devserver.RawRecord, devserver.RawRecord) string { return "hunter2" }},
		{"nothing", "Its value is not sealed", func(*acctest.Sealed, devserver.RawRecord, devserver.RawRecord) string { return "" }},
		{"the envelope of another secret", "Its value was sealed for another place", func(_ *acctest.Sealed, _, other devserver.RawRecord) string { return other.Value }},
		{"an altered envelope", "Its value was altered, cut or damaged", func(_ *acctest.Sealed, own, _ devserver.RawRecord) string {
			return own.Value[:len(own.Value)-8] + "AAAAAAAA"
		}},
		{"a cut envelope", "Its value was altered, cut or damaged", func(_ *acctest.Sealed, own, _ devserver.RawRecord) string { return own.Value[:60] }},
		{"an envelope to come", "sealed in a newer form", func(_ *acctest.Sealed, own, _ devserver.RawRecord) string {
			return strings.Replace(own.Value, "sealed1.", "sealed2.", 1)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := acctest.NewSealed(t)
			const two = `
resource "infisical_secret" "own" {
  env_slug = "dev"
  name     = "OWN"
  value    = "own"
}
resource "infisical_secret" "other" {
  env_slug = "dev"
  name     = "OTHER"
  value    = "other"
}
`
			play(
				t,
				resource.TestStep{Config: s.Config(two)},
				resource.TestStep{
					PreConfig: func() {
						all := envelopes(s, "/")
						own := all["OWN"]
						own.Value = c.show(s, own, all["OTHER"])
						s.Server.PutRawRecord(own)
					},
					Config: s.Config(two), ExpectError: says(c.says),
				},
				resource.TestStep{Config: s.Config(`data "infisical_secret" "own" {
  env_slug = "dev"
  name     = "OWN"
}`), ExpectError: says(c.says)},
				resource.TestStep{Config: s.Config(`ephemeral "infisical_secret" "own" {
  env_slug = "dev"
  name     = "OWN"
}
resource "infisical_secret" "copy" {
  env_slug = "dev"
  name     = "COPY"
  value_wo = ephemeral.infisical_secret.own.value
}`), ExpectError: says(c.says)},
				resource.TestStep{
					PreConfig: func() {
						for _, r := range envelopes(s, "/") {
							s.Server.DeleteRawRecord(s.Owner.Project.ID, r.ID)
						}
					},
					Config: s.Config(""),
				},
			)
		})
	}
}

// TestSealedRollback: an older envelope stops the plan, until it is accepted.
func TestSealedRollback(t *testing.T) { inDialects(t, testSealedRollback) }

func testSealedRollback(t *testing.T, s *acctest.Sealed) {
	t.Helper()
	one := func(value, more string) string {
		return s.Config(secretNamed("N", fmt.Sprintf("value = %q\n%s", value, more)) + bulk(`A = { value = "`+value+`" }`, more))
	}
	var old map[string]devserver.RawRecord
	back := func() {
		for _, r := range old {
			s.Server.PutRawRecord(r)
		}
	}
	play(
		t,
		resource.TestStep{Config: one("first", "")},
		resource.TestStep{PreConfig: func() { old = envelopes(s, "/") }, Config: one("second", "")},
		resource.TestStep{PreConfig: back, Config: one("second", ""), ExpectError: says("The server shows an older value than was seen before")},
		resource.TestStep{Config: one("second", ""), ExpectError: says("the server shows older values than were seen before of: A.")},
		resource.TestStep{Config: one("second", "accept_rollback = true")},
		resource.TestStep{Config: one("second", ""), Check: holds(s, "/", map[string]string{"N": "second", "A": "second"})},
	)
}

// TestSealedRollbackBeforeARotation: an older value that the server shows when a
// plan to seal anew is carried out does not become the newest.
func TestSealedRollbackBeforeARotation(t *testing.T) {
	t.Parallel()
	s := acctest.NewSealed(t)
	first, second := s.Keys[0], s.NewKey()
	scene := newScene(t, s.Env, `
variable "number" {}
resource "infisical_secret" "this" {
  env_slug         = "dev"
  name             = "N"
  value_wo         = "value ${var.number}"
  value_wo_version = var.number
}
resource "infisical_secrets" "all" {
  env_slug = "dev"
  secrets  = { A = { value_wo = "value ${var.number}", value_wo_version = var.number } }
}
`)
	scene.Env = append(scene.Env, s.Variables()...)
	scene.set("number", "1")
	scene.Apply()
	old := envelopes(s, "/")
	scene.set("number", "2")
	scene.Apply()
	s.Keys = []string{second, first}
	scene.Env = append(scene.Env, s.Variables()...)
	scene.Run("plan", "-no-color", "-out=saved")
	for _, r := range old {
		s.Server.PutRawRecord(r)
	}
	out, err := scene.Try("apply", "-no-color", "saved")
	if flat := strings.ReplaceAll(out, "│", ""); err == nil || len(says("an older value than was seen before").FindAllString(flat, -1)) != 2 {
		t.Errorf("%v\n%s", err, out)
	}
	for name, r := range envelopes(s, "/") {
		if r.Value != old[name].Value {
			t.Errorf("%s was written", name)
		}
	}
}

// TestSealedWithoutTheKey: what has not changed needs no key to say so, and
// nothing is written over what cannot be opened.
func TestSealedWithoutTheKey(t *testing.T) {
	t.Parallel()
	s := acctest.NewSealed(t)
	hcl := secretNamed("N", "value_wo = \"v\"\nvalue_wo_version = 1") + bulk(`A = {
  value_wo         = "a"
  value_wo_version = 1
}`)
	first, second := s.Keys[0], s.NewKey()
	with := func(keys ...string) string {
		s.Keys = keys
		return s.Config(hcl)
	}
	all, newOne := with(first), with(second)
	s.Keys = []string{second, first}
	play(
		t,
		resource.TestStep{Config: all},
		// Unchanged, and not to be opened: nothing to read, and a change of the key
		// that cannot be made, which the plan says of both resources.
		resource.TestStep{Config: newOne, PlanOnly: true, ExpectError: says("It was sealed with a key of id " + keyID(t, first) + ", and none of sealing_keys has that id.")},
		resource.TestStep{Config: newOne, PlanOnly: true, ExpectError: says("Cannot Plan Secrets with infisical_secrets.all")},
		resource.TestStep{
			PreConfig: func() {
				s.Change("dev", "/", "N", "by somebody else")
				s.Change("dev", "/", "A", "by somebody else")
			},
			Config: all, ExpectError: says("It was sealed with a key of id " + keyID(t, second) + ", and none of sealing_keys has that id."),
		},
		resource.TestStep{Config: with(second, first), Check: holds(s, "/", map[string]string{"N": "v", "A": "a"})},
	)
}

// TestSealedNeedsVersion3: of other projects nothing is asked that could end
// their own encryption.
func TestSealedNeedsVersion3(t *testing.T) {
	t.Parallel()
	s := acctest.NewSealed(t)
	owner, err := seed.NewOwner(s.Server, devserver.Project{Name: "older"})
	if err != nil {
		t.Fatal(err)
	}
	older, err := owner.ServiceToken(seed.Token{})
	if err != nil {
		t.Fatal(err)
	}
	config := fmt.Sprintf("provider \"infisical\" {\n  host = %q\n  service_token = %q\n  workspace_id = %q\n  %s\n}\n", s.Server.URL(), older, owner.Project.ID, strings.Join(s.Settings(), "\n  ")) + simpleSecret
	play(t, resource.TestStep{Config: config, ExpectError: says("It is of version 1: a request to the raw endpoints could hand its key to the server. Sealed mode is for projects of version 3.")})
	if got := s.RawRequests(); got != 0 {
		t.Errorf("%d requests to raw endpoints", got)
	}
}

// TestSealingKeys: what is wrong with the ring is said, and nothing of a key.
func TestSealingKeys(t *testing.T) {
	t.Parallel()
	s := acctest.NewSealed(t)
	key := s.Keys[0]
	// One element with several, as a file holds them.
	play(t, resource.TestStep{Config: s.ConfigAs(s.ServiceToken(), simpleSecret, `encryption_mode = "sealed"`, fmt.Sprintf("sealing_keys = [%q]", "# of May\n"+key+"\n# of April\n"+s.NewKey()+"\n"))})
	for name, c := range map[string]struct{ settings, want string }{
		"none":                 {`encryption_mode = "sealed"`, "sealing_keys cannot be used: there is none"},
		"no key":               {"encryption_mode = \"sealed\"\nsealing_keys = [\"hunter2\"]", "sealing_keys cannot be used: sealing key 1:"},
		"an empty one first":   {fmt.Sprintf("encryption_mode = \"sealed\"\nsealing_keys = [\"\", %q]", key), "sealing_keys cannot be used: number 1 is empty"},
		"a key that is cut":    {fmt.Sprintf("encryption_mode = \"sealed\"\nsealing_keys = [%q]", key[:40]), "sealing_keys cannot be used: sealing key 1:"},
		"one key twice":        {fmt.Sprintf("encryption_mode = \"sealed\"\nsealing_keys = [%q, %q]", key, key), "sealing key 2: it is there already"},
		"a project key beside": {fmt.Sprintf("encryption_mode = \"sealed\"\nsealing_keys = [%q]\nproject_key = \"0123456789abcdef0123456789abcdef\"", key), "sealed mode seals under sealing_keys alone"},
		"keys in another mode": {fmt.Sprintf("sealing_keys = [%q]", key), "sealing_keys cannot be used: it is of sealed mode"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, resource.TestStep{Config: s.ConfigAs(s.ServiceToken(), simpleSecret, c.settings), ExpectError: says(c.want)})
		})
	}
}
