package provider_test

import (
	"archive/zip"
	"encoding/base64"
	"encoding/json"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
)

// writeOnly is a configuration whose value comes from an ephemeral variable.
const writeOnly = `
variable "value" {
  ephemeral = true
  sensitive = true
}
variable "value_version" {
  type    = number
  default = null
}
variable "comment" { default = null }
variable "name" { default = "TOKEN" }

resource "infisical_secret" "this" {
  env_slug         = "dev"
  name             = var.name
  value_wo         = var.value
  value_wo_version = var.value_version
  comment          = var.comment
}
`

// scene is a configuration and the variables of its next run.
type scene struct {
	*acctest.Terraform
	env *acctest.Env
}

func newScene(t *testing.T, env *acctest.Env, hcl string) scene {
	t.Helper()
	tf := acctest.NewInProcess(t, env)
	tf.Write(hcl)
	return scene{tf, env}
}

// newInstalledScene has a provider that is installed as a user would have it: a
// process that can be ended, with an environment and a log.
func newInstalledScene(t *testing.T, env *acctest.Env, hcl string) scene {
	t.Helper()
	tf := acctest.NewTerraform(t, env)
	tf.Write(hcl)
	tf.Run("init", "-no-color")
	return scene{tf, env}
}

func (s scene) set(variable, value string) {
	s.Env = append(s.Env, "TF_VAR_"+variable+"="+value)
}

// holds fails the test unless dev:/ holds exactly this one secret.
func (s scene) holds(name, value string, version int) {
	s.T.Helper()
	all := s.env.Read("dev", "/")
	if got := all[name]; len(all) != 1 || got.Value != value || got.Version != version {
		s.T.Fatalf("the server holds %d secrets; %s has version %d, or another value than expected", len(all), name, got.Version)
	}
}

// plans fails the test unless the plan says that.
func (s scene) plans(want string) {
	s.T.Helper()
	out, err := s.Try("plan", "-no-color")
	if err != nil || !strings.Contains(out, want) {
		s.T.Fatalf("the plan does not say %q: %v\n%s", want, err, out)
	}
}

func TestWriteOnlyWithVersionWritesWhenTheVersionChangesOrTheValueDrifts(t *testing.T) {
	t.Parallel()
	s := newScene(t, acctest.New(t), writeOnly)
	s.set("value", "first")
	s.set("value_version", "1")
	s.Apply()
	s.holds("TOKEN", "first", 1)

	s.set("value", "rotated") // a source that gives another value on every run
	s.PlanIsEmpty()
	s.set("comment", "changed")
	s.Apply()
	s.holds("TOKEN", "first", 2)
	s.PlanIsEmpty()

	s.set("name", "RENAMED")
	s.set("value", "first") // with another one, a rename needs another version
	s.Apply()
	s.holds("RENAMED", "first", 3)
	s.PlanIsEmpty()

	s.set("value", "rotated")
	s.set("value_version", "2")
	s.Apply()
	s.holds("RENAMED", "rotated", 4)
	s.PlanIsEmpty()

	s.env.Put("dev", "/", "RENAMED", "changed outside", "changed")
	s.plans("0 to add, 1 to change, 0 to destroy")
	// Accepting the drift into the state does not end it.
	s.Run("apply", "-refresh-only", "-auto-approve")
	s.plans("0 to add, 1 to change, 0 to destroy")
	s.Apply()
	s.holds("RENAMED", "rotated", 6)
	s.PlanIsEmpty()

	// Renamed and changed outside at once: the rename is followed where the
	// configuration names it, the value is drift.
	if err := s.env.Owner.Rename("dev", "/", "RENAMED", "ELSEWHERE"); err != nil {
		t.Fatal(err)
	}
	if out, err := s.Try("plan", "-no-color"); err == nil || strings.Contains(out, "ELSEWHERE") || !says("The server shows it").MatchString(out) {
		t.Fatalf("%v\n%s", err, out)
	}
	s.set("name", "ELSEWHERE")
	s.PlanNames("RENAMED", "ELSEWHERE")
	s.env.Put("dev", "/", "ELSEWHERE", "again", "changed")
	s.Apply()
	s.holds("ELSEWHERE", "rotated", 9)
	s.PlanIsEmpty()
}

// PlanNames fails the test unless the plan renames.
func (s scene) PlanNames(from, to string) {
	s.T.Helper()
	out := s.Run("plan", "-no-color")
	if !strings.Contains(out, `"`+from+`" -> "`+to+`"`) {
		s.T.Fatalf("the plan does not rename %s to %s:\n%s", from, to, out)
	}
}

func TestWriteOnlyWithoutVersionWritesWhateverDiffers(t *testing.T) {
	t.Parallel()
	s := newScene(t, acctest.New(t), writeOnly)
	s.set("value", "first")
	s.Apply()
	s.PlanIsEmpty()
	s.holds("TOKEN", "first", 1)

	s.set("value", "second")
	s.plans("0 to add, 1 to change, 0 to destroy")
	s.Apply()
	s.holds("TOKEN", "second", 2)
	s.PlanIsEmpty()

	s.env.Put("dev", "/", "TOKEN", "changed outside", "")
	s.plans("0 to add, 1 to change, 0 to destroy")
	s.Apply()
	s.holds("TOKEN", "second", 4)
	s.PlanIsEmpty()

	// A comment alone leaves the value as it is, and costs one request.
	s.set("comment", "c")
	s.Apply()
	s.holds("TOKEN", "second", 5)
	s.PlanIsEmpty()
}

// TestWriteOnlyValueThatRotatesBetweenPlanAndApply: the plan was made with one
// value, the apply comes with another.
func TestWriteOnlyValueThatRotatesBetweenPlanAndApply(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"", "1"} {
		s := newScene(t, acctest.New(t), writeOnly)
		s.set("value", "first")
		if version != "" {
			s.set("value_version", version)
		}
		s.Apply()
		s.set("comment", "changes too")
		s.Run("plan", "-no-color", "-out=saved", "-var=value=second")
		s.Run("apply", "-no-color", "-var=value=third", "saved")
		want := "third"
		if version != "" {
			want = "first" // the value is not looked at
		}
		s.holds("TOKEN", want, 2)
	}
}

// TestWriteOnlyValueUnknownAtPlan: the ephemeral source depends on something
// that is made in the same run.
func TestWriteOnlyValueUnknownAtPlan(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	env.Put("prod", "/", "SOURCE", "from prod", "")
	s := newScene(t, env, `
variable "revision" {}
resource "terraform_data" "name" {
  input            = "SOURCE"
  triggers_replace = var.revision
}
ephemeral "infisical_secret" "source" {
  env_slug = "prod"
  name     = terraform_data.name.output
}
resource "infisical_secret" "this" {
  env_slug = "dev"
  name     = "COPY"
  value_wo = ephemeral.infisical_secret.source.value
}
`)
	s.set("revision", "1")
	s.Apply()
	s.holds("COPY", "from prod", 1)
	s.PlanIsEmpty()

	s.set("revision", "2") // unknown again, and equal when it is known
	s.Apply()
	s.holds("COPY", "from prod", 1)
	s.PlanIsEmpty()

	env.Put("prod", "/", "SOURCE", "new in prod", "")
	s.set("revision", "3") // unknown again, and another one
	s.Apply()
	s.holds("COPY", "new in prod", 2)
	s.PlanIsEmpty()
}

// TestValueAttributesSwitchInPlace goes through every way of giving a value.
// No switch re-creates, and one that changes nothing sends nothing.
func TestValueAttributesSwitchInPlace(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	s := newScene(t, env, "")
	version := 1
	step := func(attributes, wantValue string, writes bool) {
		t.Helper()
		if writes {
			version++
		}
		s.Write("resource \"infisical_secret\" \"this\" {\n env_slug = \"dev\"\n name = \"N\"\n" + attributes + "\n}")
		out := s.Apply()
		if !strings.Contains(out, "0 destroyed") {
			t.Fatalf("re-created:\n%s", out)
		}
		s.holds("N", wantValue, version)
		s.PlanIsEmpty()
	}
	s.Write("resource \"infisical_secret\" \"this\" {\n env_slug = \"dev\"\n name = \"N\"\n value = \"same\"\n}")
	s.Run("init", "-no-color")
	s.Apply()

	step(`value_wo = "same"`, "same", false)
	if strings.Contains(s.File("terraform.tfstate"), "same") {
		t.Error("the value is still in the state")
	}
	step("value_wo = \"same\"\nvalue_wo_version = 1", "same", false)
	step("value_wo = \"other\"\nvalue_wo_version = 1", "same", false)
	step("value_wo = \"other\"\nvalue_wo_version = 2", "other", true)
	step(`value = "other"`, "other", false)
	step(`value_base64 = "b3RoZXI="`, "other", false)
	step(`value_base64 = "/v8="`, "\xfe\xff", true)
	step("value_wo = \"again\"\nvalue_wo_version = 7", "again", true)
	step(`value_wo = "again"`, "again", false)
	step("", "again", false) // unmanaged from here
	if strings.Contains(s.File("terraform.tfstate"), "again") {
		t.Error("an unmanaged value is in the state")
	}
	env.Put("dev", "/", "N", "somebody else's", "")
	version++
	step("", "somebody else's", false)
	step("comment = \"mine\"", "somebody else's", true)
	step(`value = "mine"`, "mine", true)
	if writes := env.Writes(); writes["POST"] != 1 || writes["DELETE"] != 0 {
		t.Errorf("%v", writes)
	}
}

// TestWriteOnlyLeavesNoTrace searches everything that a run leaves behind:
// state, private state, saved plan, log, requests (by acctest).
func TestWriteOnlyLeavesNoTrace(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	first, second := env.Secret("write-only canary one"), env.Secret("write-only canary two ünïcode")
	s := newInstalledScene(t, env, writeOnly)
	s.Env = append(s.Env, "TF_LOG=TRACE", "TF_LOG_PATH=trace.log")
	s.set("value", first)
	s.set("value_version", "1")
	s.Run("plan", "-no-color", "-out=create.tfplan")
	s.Run("apply", "-no-color", "create.tfplan")
	s.holds("TOKEN", first, 1)
	s.set("value", second)
	s.set("value_version", "2")
	s.Run("plan", "-no-color", "-out=update.tfplan")
	s.Run("apply", "-no-color", "update.tfplan")
	s.holds("TOKEN", second, 2)
	s.PlanIsEmpty()

	state := s.File("terraform.tfstate")
	looked := map[string]string{
		"state": state, "backup": s.File("terraform.tfstate.backup"), "private state": privateState(t, state),
		"plan to create": planFile(t, filepath.Join(s.Dir, "create.tfplan")), "plan to update": planFile(t, filepath.Join(s.Dir, "update.tfplan")),
		"log": s.File("trace.log"),
	}
	for what, text := range looked {
		if len(text) < 40 {
			t.Errorf("%s: only %d bytes: the search would prove nothing", what, len(text))
		}
		if acctest.Search(text, env.Canaries()) > 0 {
			t.Errorf("%s holds a secret", what)
		}
		for _, hash := range unkeyedHashes(first, second) {
			if strings.Contains(text, hash) {
				t.Errorf("%s holds a hash that anyone can compute", what)
			}
		}
	}
	if !strings.Contains(looked["private state"], `"written"`) {
		t.Error("the private state was not found")
	}
	if strings.Contains(looked["private state"], "decision") {
		t.Error("the decision of a plan outlives its apply")
	}
}

// privateState decodes what resources keep beside their attributes.
func privateState(t *testing.T, state string) string {
	t.Helper()
	var parsed struct {
		Resources []struct {
			Instances []struct {
				Private string `json:"private"`
			} `json:"instances"`
		} `json:"resources"`
	}
	if err := json.Unmarshal([]byte(state), &parsed); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, r := range parsed.Resources {
		for _, i := range r.Instances {
			raw, err := base64.StdEncoding.DecodeString(i.Private)
			if err != nil {
				t.Fatal(err)
			}
			out.Write(raw)
			// The framework keeps each key's value in base64 once more.
			var keys map[string]string
			if json.Unmarshal(raw, &keys) == nil {
				for _, value := range keys {
					inner, err := base64.StdEncoding.DecodeString(value)
					if err == nil {
						out.Write(inner)
					}
				}
			}
		}
	}
	return out.String()
}

// planFile is everything in a saved plan.
func planFile(t *testing.T, name string) string {
	t.Helper()
	archive, err := zip.OpenReader(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = archive.Close() }()
	var out strings.Builder
	for _, file := range archive.File {
		reader, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(&out, reader); err != nil {
			t.Fatal(err)
		}
		_ = reader.Close()
	}
	return out.String()
}

// TestFingerprintTriggersOnTheValueAlone: what consumes a secret is replaced
// when its value changes, and not when its comment does.
func TestFingerprintTriggersOnTheValueAlone(t *testing.T) {
	t.Parallel()
	s := newScene(t, acctest.New(t), writeOnly+`
resource "terraform_data" "consumer" {
  lifecycle { replace_triggered_by = [infisical_secret.this.value_fingerprint] }
}
`)
	s.set("value", "first")
	s.set("value_version", "1")
	s.Apply()
	s.set("comment", "c")
	if out := s.Apply(); !strings.Contains(out, "0 added, 1 changed, 0 destroyed") {
		t.Errorf("a comment replaced the consumer:\n%s", out)
	}
	s.set("value_version", "2")
	s.set("value", "second")
	if out := s.Apply(); !strings.Contains(out, "1 added, 1 changed, 1 destroyed") {
		t.Errorf("a new value did not replace the consumer:\n%s", out)
	}
	s.env.Put("dev", "/", "TOKEN", "changed outside", "c")
	if out := s.Apply(); !strings.Contains(out, "1 added, 1 changed, 1 destroyed") {
		t.Errorf("drift did not replace the consumer:\n%s", out)
	}
	s.PlanIsEmpty()
}

// TestDriftIsNotForgottenByAnotherChange: a comment is changed while the value
// drifts, and the plan does not know of the drift.
func TestDriftIsNotForgottenByAnotherChange(t *testing.T) {
	t.Parallel()
	s := newScene(t, acctest.New(t), writeOnly)
	s.set("value", "ours")
	s.set("value_version", "1")
	s.Apply()
	s.env.Put("dev", "/", "TOKEN", "drifted", "")
	s.set("comment", "c")
	s.Run("apply", "-refresh=false", "-auto-approve", "-no-color")
	s.holds("TOKEN", "drifted", 3)
	s.plans("0 to add, 1 to change, 0 to destroy")
	s.Apply()
	s.holds("TOKEN", "ours", 4)
	s.PlanIsEmpty()
}
