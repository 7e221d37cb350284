package provider_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
)

const (
	officialProvider = "registry.terraform.io/infisical/infisical"
	tagA             = "6f1c9b2e-3d4a-4c5b-8e6f-7a8b9c0d1e2f"
	tagB             = "2b7e1516-28ae-4d2a-abf7-158809cf4f3c"
	takeOverCanary   = "canary of the take-over"
)

// officialAttributes is what the states of the official provider say that is
// on the server.
type officialAttributes struct {
	ID         string            `json:"id"`
	EnvSlug    string            `json:"env_slug"`
	FolderPath string            `json:"folder_path"`
	Name       string            `json:"name"`
	Value      *string           `json:"value"`
	TagIDs     []string          `json:"tag_ids"`
	Metadata   map[string]string `json:"metadata"`
	Reminder   *struct {
		Note       *string `json:"note"`
		RepeatDays int     `json:"repeat_days"`
	} `json:"secret_reminder"`
}

// put puts the secret on the server, as the state says it is.
func (a officialAttributes) put(env *acctest.Env) {
	env.T.Helper()
	value := "written-only-" + takeOverCanary
	if a.Value != nil {
		value = *a.Value
	}
	record := env.Put(a.EnvSlug, a.FolderPath, a.Name, value, "")
	if a.ID != "" {
		env.Server.DeleteRecord(env.Owner.Project.ID, record.ID)
		record.ID = a.ID
	}
	record.TagIDs, record.Metadata = a.TagIDs, a.Metadata
	if a.Reminder != nil && a.Reminder.RepeatDays > 0 {
		record.ReminderNote, record.ReminderRepeatDays = a.Reminder.Note, &a.Reminder.RepeatDays
	}
	env.Server.PutRecord(record)
}

// takeOver is a state of the official provider, a configuration that goes with
// it, and a server that holds what both say.
func takeOver(t *testing.T, shape string) (*acctest.Terraform, *acctest.Env, []officialAttributes) {
	t.Helper()
	env := acctest.NewProject(t, devserver.Project{Name: "take-over", Tags: []devserver.Tag{
		{ID: tagA, Slug: "a", Name: "A"}, {ID: tagB, Slug: "b", Name: "B"},
	}}, devserver.Options{})
	env.Secret(takeOverCanary)
	fill := strings.NewReplacer("{{workspace_id}}", env.Owner.Project.ID, "{{canary}}", takeOverCanary, "{{tag_a}}", tagA, "{{tag_b}}", tagB)
	folder := filepath.Join("testdata", "official", shape)
	state := fill.Replace(readFile(t, filepath.Join(folder, "state.json")))

	tf := acctest.NewTerraform(t, env)
	tf.Write(fill.Replace(readFile(t, filepath.Join(folder, "main.tf"))))
	writeRaw(t, tf, "terraform.tfstate", state)

	var content struct {
		Resources []struct {
			Mode      string
			Instances []struct{ Attributes officialAttributes }
		}
	}
	if err := json.Unmarshal([]byte(state), &content); err != nil {
		t.Fatal(err)
	}
	var all []officialAttributes
	for _, r := range content.Resources {
		for _, one := range r.Instances {
			if r.Mode == "managed" {
				one.Attributes.put(env)
				all = append(all, one.Attributes)
			}
		}
	}
	return tf, env, all
}

// ourProvider is the address of this provider where the command line at hand
// looks for providers.
func ourProvider() string {
	host := os.Getenv("TF_ACC_PROVIDER_HOST")
	if host == "" {
		host = "registry.terraform.io"
	}
	return host + "/infisical-e2ee/infisical"
}

// replaceProvider is the one command that a take-over needs, before init.
func replaceProvider(tf *acctest.Terraform, from string) {
	tf.T.Helper()
	tf.Run("state", "replace-provider", "-auto-approve", from, ourProvider())
	tf.Run("init", "-no-color")
}

// shown are the managed resources of the state, by place and name.
func shown(tf *acctest.Terraform) map[string]map[string]any {
	tf.T.Helper()
	var state struct {
		Values struct {
			Root struct {
				Resources []struct {
					Mode   string
					Values map[string]any
				}
			} `json:"root_module"`
		}
	}
	if err := json.Unmarshal([]byte(tf.Run("show", "-json")), &state); err != nil {
		tf.T.Fatal(err)
	}
	out := map[string]map[string]any{}
	for _, r := range state.Values.Root.Resources {
		if r.Mode == "managed" {
			out[r.Values["env_slug"].(string)+":"+r.Values["folder_path"].(string)+":"+r.Values["name"].(string)] = r.Values
		}
	}
	return out
}

func expectNoWrites(t *testing.T, env *acctest.Env) {
	t.Helper()
	if writes := env.Writes(); len(writes) != 0 {
		t.Errorf("something was written: %v", writes)
	}
}

func TestStateTakeOver(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ shape, from string }{
		{"v0.3.0", officialProvider},
		{"v0.3.0-opentofu", "registry.opentofu.org/infisical/infisical"},
		{"v0.15", officialProvider},
		{"v0.19", officialProvider},
	} {
		t.Run(c.shape, func(t *testing.T) {
			t.Parallel()
			tf, env, official := takeOver(t, c.shape)
			replaceProvider(tf, c.from)
			tf.PlanIsEmpty()
			if out := tf.Apply(); acctest.Search(out, env.Canaries()) > 0 {
				t.Error("apply printed a secret")
			}
			expectNoWrites(t, env)

			state := shown(tf)
			if len(state) != len(official) {
				t.Errorf("the state holds %d secrets, not %d", len(state), len(official))
			}
			for _, secret := range official {
				place := secret.EnvSlug + ":" + secret.FolderPath + ":" + secret.Name
				got := state[place]
				held := env.Read(secret.EnvSlug, "/"+strings.Trim(secret.FolderPath, "/"))[secret.Name]
				if got["id"] != held.ID || got["version"] != float64(held.Version) || got["type"] != "shared" || got["workspace_id"] != env.Owner.Project.ID {
					t.Errorf("%s: id %v, version %v, type %v, workspace %v", place, got["id"], got["version"], got["type"], got["workspace_id"])
				}
				if fingerprint, _ := got["value_fingerprint"].(string); fingerprint == "" {
					t.Errorf("%s: there is no fingerprint", place)
				}
				if secret.Value != nil && got["value"] != *secret.Value || secret.Value == nil && got["value"] != nil {
					t.Errorf("%s: the value is another", place)
				}
			}
			for _, file := range []string{"terraform.tfstate", "terraform.tfstate.backup"} {
				if strings.Contains(tf.File(file), "written-only-") {
					t.Errorf("%s holds a write-only value", file)
				}
			}
			tf.PlanIsEmpty()
		})
	}
}

// What is changed outside is seen and mended, also for a write-only value.
func TestTakenOverSecretsAreWatched(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ shape, folder, name string }{{"v0.3.0", "/", "DB_PASSWORD"}, {"v0.15", "/app", "HIDDEN"}} {
		t.Run(c.shape, func(t *testing.T) {
			t.Parallel()
			tf, env, _ := takeOver(t, c.shape)
			replaceProvider(tf, officialProvider)
			tf.Apply()
			want := env.Read("dev", c.folder)[c.name].Value

			env.Put("dev", c.folder, c.name, env.Secret("written by another client"), "")
			out, err := tf.Try("plan", "-no-color", "-detailed-exitcode")
			if err == nil || !strings.Contains(out, "0 to add, 1 to change, 0 to destroy") {
				t.Errorf("what changed outside is not planned as an update:\n%s", out)
			}
			tf.Apply()
			if env.Read("dev", c.folder)[c.name].Value != want {
				t.Error("the value was not written again")
			}
			tf.PlanIsEmpty()
		})
	}
}

// Nothing was read yet of what is planned here.
func TestTakeOverWithoutRefresh(t *testing.T) {
	t.Parallel()
	tf, env, _ := takeOver(t, "v0.3.0")
	replaceProvider(tf, officialProvider)
	before := env.Read("dev", "/")["DB_PASSWORD"]
	out := tf.Run("apply", "-auto-approve", "-no-color", "-refresh=false")
	if !strings.Contains(out, "0 added,") || !strings.Contains(out, "0 destroyed") {
		t.Errorf("something was added or destroyed:\n%s", out)
	}
	expectNoWrites(t, env)
	if after := env.Read("dev", "/")["DB_PASSWORD"]; after != before {
		t.Error("the secret was changed")
	}
	tf.PlanIsEmpty()
}

// With a service token the official provider keeps reminders and metadata in
// its state and never sends them. Here that is what it looks like: a difference.
func TestTakeOverSendsWhatWasOnlyInTheState(t *testing.T) {
	t.Parallel()
	tf, env, _ := takeOver(t, "v0.19")
	for _, record := range env.Server.Records(env.Owner.Project.ID, "dev", "/") {
		record.ReminderNote, record.ReminderRepeatDays, record.Metadata = nil, nil, nil
		env.Server.PutRecord(record)
	}
	value := env.Read("dev", "/")["FULL"].Value
	replaceProvider(tf, officialProvider)
	if out := tf.Apply(); !strings.Contains(out, "0 added, 1 changed, 0 destroyed") {
		t.Errorf("it was no update:\n%s", out)
	}
	for _, record := range env.Server.Records(env.Owner.Project.ID, "dev", "/") {
		if record.BlindIndex == "FULL" && (record.ReminderRepeatDays == nil || *record.ReminderRepeatDays != 365 || record.Metadata["owner"] != "team-a" || len(record.TagIDs) != 2) {
			t.Errorf("the server holds %v, %v and %v", record.ReminderRepeatDays, record.Metadata, record.TagIDs)
		}
	}
	if env.Read("dev", "/")["FULL"].Value != value {
		t.Error("the value was changed")
	}
	tf.PlanIsEmpty()
}

func TestOfficialDataSourceWorksUnchanged(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	value := env.Secret("canary of the official data source")
	env.Put("dev", "/", "NAME", value, "its comment")
	tf := acctest.NewTerraform(t, env)
	tf.Write(`
data "infisical_secrets" "x" {
  env_slug     = "dev"
  workspace_id = "` + env.Owner.Project.ID + `"
  folder_path  = "/"
}

output "one" {
  value     = data.infisical_secrets.x.secrets["NAME"].value
  sensitive = true
}

output "beside" {
  value = [data.infisical_secrets.x.secrets["NAME"].comment, data.infisical_secrets.x.secrets["NAME"].secret_type]
}
`)
	tf.Run("init", "-no-color")
	if acctest.Search(tf.Apply(), env.Canaries()) > 0 {
		t.Error("apply printed a secret")
	}
	if tf.Run("output", "-raw", "one") != value {
		t.Error("the output is not the value")
	}
	if out := strings.TrimSpace(tf.Run("output", "-json", "beside")); out != `["its comment","shared"]` {
		t.Errorf("beside the value is %s", out)
	}
}

const officialJSON = `{"env_slug":"dev","folder_path":"/app/","id":"","last_updated":"Tuesday, 12-Dec-23 10:15:42 UTC","metadata":{"owner":"team-a"},` +
	`"name":"NAME","secret_reminder":{"note":"n","repeat_days":30},"tag_ids":["` + tagA + `"],"value":"` + takeOverCanary + `","value_wo":null,` +
	`"value_wo_version":null,"workspace_id":"5f1efa06-83ef-4dd8-850d-24bdfbd77c03","a_later_one":[{"x":1}]}`

// expectTakenOver compares a state with what officialJSON says.
func (p *protocol) expectTakenOver(state *tfprotov6.DynamicValue) {
	p.t.Helper()
	got := p.plain(p.secret, state)
	for attribute, want := range map[string]string{
		"workspace_id": "5f1efa06-83ef-4dd8-850d-24bdfbd77c03", "env_slug": "dev", "folder_path": "/app/", "name": "NAME",
		"type": "shared", "value": takeOverCanary, "id": "", "value_wo_version": "", "on_existing": "", "comment": "",
	} {
		if got[attribute] != want {
			p.t.Errorf("%s is %q, not %q", attribute, got[attribute], want)
		}
	}
	for attribute, part := range map[string]string{"tag_ids": tagA, "metadata": "team-a", "secret_reminder": "30"} {
		if !strings.Contains(got[attribute], part) {
			p.t.Errorf("%s is %s", attribute, got[attribute])
		}
	}
}

func (p *protocol) move(fromProvider, fromType, state string) *tfprotov6.MoveResourceStateResponse {
	p.t.Helper()
	moved, err := p.server.MoveResourceState(p.t.Context(), &tfprotov6.MoveResourceStateRequest{
		SourceProviderAddress: fromProvider, SourceTypeName: fromType, TargetTypeName: secretType,
		SourceState: &tfprotov6.RawState{JSON: []byte(state)},
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return moved
}

// TestMovedBlocks asks as Terraform does for a `moved` block between
// providers, which needs the old one to be installed.
func TestMovedBlocks(t *testing.T) {
	t.Parallel()
	p := newProtocol(t, acctest.New(t), nil)
	for _, from := range []string{officialProvider, "registry.opentofu.org/infisical/infisical"} {
		moved := p.move(from, secretType, officialJSON)
		p.succeeds("MoveResourceState", moved.Diagnostics)
		p.expectTakenOver(moved.TargetState)
	}
	for _, foreign := range []struct{ provider, kind string }{
		{"registry.terraform.io/hashicorp/vault", secretType},
		{"registry.terraform.io/evil-infisical/infisical", secretType},
		{"registry.terraform.io/infisical/infisical-extra", secretType},
		{officialProvider, "infisical_secret_folder"},
		{officialProvider, "infisical_project"},
	} {
		moved := p.move(foreign.provider, foreign.kind, officialJSON)
		text := errorsIn(moved.Diagnostics)
		if text == "" || p.unpack(p.secret, moved.TargetState) != nil {
			t.Errorf("%s of %s was moved", foreign.kind, foreign.provider)
		}
		if acctest.Search(text, []string{takeOverCanary}) > 0 {
			t.Error("the error quotes the state")
		}
	}
}

// damagedStates are no states of the official provider.
var damagedStates = []string{
	"", "null", "{}", "[]", `"` + takeOverCanary + `"`, "{", officialJSON[:len(officialJSON)/2], officialJSON[:len(officialJSON)-1], officialJSON + officialJSON,
	`{"name":{"` + takeOverCanary + `":1},"value":"` + takeOverCanary + `"}`,
	`{"value":["` + takeOverCanary + `"]}`,
	`{"tag_ids":"` + takeOverCanary + `"}`,
	`{"tag_ids":{"` + takeOverCanary + `":true}}`,
	`{"metadata":{"k":{"` + takeOverCanary + `":1}}}`,
	`{"metadata":["` + takeOverCanary + `"]}`,
	`{"secret_reminder":{"repeat_days":"` + takeOverCanary + `"}}`,
	`{"secret_reminder":{"repeat_days":1.5}}`,
	`{"value_wo_version":"` + takeOverCanary + `"}`,
	`{"value":"` + takeOverCanary + `\ud8"}`,
	"\xff\xfe" + takeOverCanary,
}

func (p *protocol) upgrade(state []byte) *tfprotov6.UpgradeResourceStateResponse {
	p.t.Helper()
	upgraded, err := p.server.UpgradeResourceState(p.t.Context(), &tfprotov6.UpgradeResourceStateRequest{
		TypeName: secretType, Version: 0, RawState: &tfprotov6.RawState{JSON: state},
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return upgraded
}

func TestOfficialStateIsUpgraded(t *testing.T) {
	t.Parallel()
	p := newProtocol(t, acctest.New(t), nil)
	upgraded := p.upgrade([]byte(officialJSON))
	p.succeeds("UpgradeResourceState", upgraded.Diagnostics)
	p.expectTakenOver(upgraded.UpgradedState)
}

func TestDamagedStateIsRefusedAndNotQuoted(t *testing.T) {
	t.Parallel()
	p := newProtocol(t, acctest.New(t), nil)
	for _, state := range damagedStates {
		for call, text := range map[string]string{
			"upgrade": errorsIn(p.upgrade([]byte(state)).Diagnostics),
			"move":    errorsIn(p.move(officialProvider, secretType, state).Diagnostics),
		} {
			if text == "" {
				t.Errorf("%s: %.60q was taken", call, state)
			}
			if strings.Contains(text, "canary") {
				t.Errorf("%s: the error quotes the state: %s", call, text)
			}
		}
	}
}

// FuzzOfficialState: whatever a state holds, it is either a state or an error
// that quotes nothing of it: always the same.
func FuzzOfficialState(f *testing.F) {
	for _, state := range append(damagedStates, officialJSON, `{"name":null,"tag_ids":[null],"metadata":{"k":null}}`, `{"secret_reminder":{}}`, `{"id":7}`) {
		f.Add([]byte(state))
	}
	p := newProtocol(f, acctest.New(f), nil)
	refusal := errorsIn(p.upgrade([]byte("[]")).Diagnostics)
	f.Fuzz(func(t *testing.T, state []byte) {
		p := *p
		p.t = t
		upgraded := p.upgrade(state)
		switch text := errorsIn(upgraded.Diagnostics); text {
		case "":
			p.unpack(p.secret, upgraded.UpgradedState)
		case refusal:
		default:
			t.Errorf("the error is another: %s", text)
		}
	})
}
