package provider_test

import (
	"crypto/md5"  //nolint:gosec // to look for, not to use
	"crypto/sha1" //nolint:gosec // to look for, not to use
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
)

// unkeyedHashes are the hashes of values that anyone could compare a guess with.
func unkeyedHashes(values ...string) []string {
	var out []string
	for _, value := range values {
		raw := []byte(value)
		m, s1, s256, s512 := md5.Sum(raw), sha1.Sum(raw), sha256.Sum256(raw), sha512.Sum512(raw) //nolint:gosec // to look for
		for _, sum := range [][]byte{m[:], s1[:], s256[:], s512[:]} {
			out = append(out, hex.EncodeToString(sum), base64.StdEncoding.EncodeToString(sum), base64.RawURLEncoding.EncodeToString(sum))
		}
	}
	return out
}

func secretNamed(name, attributes string) string {
	return fmt.Sprintf("resource \"infisical_secret\" \"this\" {\n env_slug = \"dev\"\n name = %q\n%s\n}\n", name, attributes)
}

func TestExistingSecretOfOtherContentFailsWithAReadyImportBlock(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	env.Put("dev", "/", `odd "name" ${x}`, env.Secret("theirs"), "")
	s := newScene(t, env, `
resource "infisical_secret" "this" {
  env_slug = "dev"
  name     = "odd \"name\" $${x}"
  value    = "ours"
}
`)
	out, err := s.Try("apply", "-auto-approve", "-no-color")
	if err == nil || !says("is there already, with another value or comment. It was not touched").MatchString(out) {
		t.Fatalf("%v\n%s", err, out)
	}
	// The block works as it is printed.
	start := strings.Index(out, "import {")
	if start < 0 {
		t.Fatalf("no import block:\n%s", out)
	}
	block := out[start : start+strings.Index(out[start:], "\n}")+2]
	block = strings.Replace(block, "infisical_secret.REPLACE_ME", "infisical_secret.this", 1)
	if err := os.WriteFile(filepath.Join(s.Dir, "import.tf"), []byte(block), 0o600); err != nil {
		t.Fatal(err)
	}
	if out := s.Apply(); !strings.Contains(out, "1 imported, 0 added, 1 changed") {
		t.Errorf("%s", out)
	}
	s.holds(`odd "name" ${x}`, "ours", 2)
}

func TestExistingSecretOfTheSameContentIsTakenOver(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	env.Put("dev", "/", "N", "v", "c")
	play(t, resource.TestStep{Config: env.Config(secretNamed("N", "value = \"v\"\ncomment = \"c\""))})
	if writes := env.Writes(); writes["POST"] != 0 || writes["PATCH"] != 0 {
		t.Errorf("%v", writes)
	}
}

func TestExistingSecretIsAdoptedAndUpdated(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	there := env.Put("dev", "/", "N", "theirs", "their comment")
	run(t, env, resource.TestStep{
		Config: env.Config(secretNamed("N", "value = \"ours\"\non_existing = \"adopt\"")),
		Check:  resource.TestCheckResourceAttr("infisical_secret.this", "id", there.ID),
		PreConfig: func() {
			if got := env.Read("dev", "/")["N"]; got.Value != "theirs" {
				t.Error("changed before the apply")
			}
		},
	}, resource.TestStep{
		Config: env.Config(secretNamed("N", "value = \"ours\"")), // on_existing has had its day
		Check: func(*terraform.State) error {
			if got := env.Read("dev", "/")["N"]; got.Value != "ours" || got.Comment != "their comment" || got.Version != 2 {
				return fmt.Errorf("version %d, or another value or comment", got.Version)
			}
			return nil
		},
	})
	if writes := env.Writes(); writes["POST"] != 0 || writes["PATCH"] != 1 {
		t.Errorf("%v", writes)
	}
}

func TestExistingSecretThatIsDamagedIsAdopted(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	there := env.Put("dev", "/", "N", "theirs", "")
	there.Value.Tag = flipped(there.Value.Tag)
	env.Server.PutRecord(there)
	play(t, resource.TestStep{Config: env.Config(secretNamed("N", "value = \"ours\"\non_existing = \"adopt\""))})
}

func TestCreateWhoseAnswerWasLostIsSettledByReading(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	fired := false
	env.Server.InjectFault(func(r devserver.Request) *devserver.Fault {
		if r.Method != http.MethodPost || fired {
			return nil
		}
		fired = true
		return &devserver.Fault{CutAfter: true}
	})
	play(t, resource.TestStep{Config: env.Config(secretNamed("N", `value = "v"`))})
	if writes := env.Writes(); !fired || writes["POST"] != 1 {
		t.Errorf("%v", writes)
	}
}

func TestImportKeepsTheValueOutOfTheState(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	value := env.Secret("imported canary")
	env.Put("dev", "/", "A:B", value, "comment")
	for _, id := range []string{"dev:/:A:B", env.Owner.Project.ID + ":dev:/:A:B"} {
		s := newScene(t, env, secretNamed("A:B", "comment = \"comment\""))
		s.Run("import", "-no-color", "infisical_secret.this", id)
		s.PlanIsEmpty() // unmanaged

		s.Write(secretNamed("A:B", "comment = \"comment\"\nvalue_wo = \"imported canary\""))
		s.Apply()
		s.PlanIsEmpty()
		s.Write(secretNamed("A:B", "comment = \"comment\"\nvalue_wo = \"something else\"\nvalue_wo_version = 1"))
		if out := s.Run("plan", "-no-color"); !strings.Contains(out, "1 to change") {
			t.Errorf("%s", out)
		}
		if strings.Contains(s.File("terraform.tfstate"), value) {
			t.Error("the value is in the state")
		}
		s.Write(secretNamed("A:B", "comment = \"comment\"\nvalue = \"imported canary\""))
		s.Apply()
		s.PlanIsEmpty()
	}
	if writes := env.Writes(); len(writes) != 0 {
		t.Errorf("an equal value was written: %v", writes)
	}
}

func TestGeneratedConfigurationOfAnImportPlansEmpty(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	record := env.Put("dev", "/", "N", env.Secret("generated canary"), "comment")
	days, note := 30, "rotate"
	record.ReminderRepeatDays, record.ReminderNote = &days, &note
	record.Metadata = map[string]string{"source": "hand"}
	env.Server.PutRecord(record)
	s := newScene(t, env, "import {\n to = infisical_secret.this\n id = \"dev:/:N\"\n}")
	s.Run("plan", "-no-color", "-generate-config-out=generated.tf")
	generated := s.File("generated.tf")
	for _, want := range []string{`"comment"`, "repeat_days = 30", `source = "hand"`} {
		if !strings.Contains(generated, want) {
			t.Errorf("the generated configuration does not hold %s", want)
		}
	}
	if out := s.Apply(); !strings.Contains(out, "1 imported, 0 added, 0 changed, 0 destroyed") {
		t.Errorf("%s", out)
	}
	s.PlanIsEmpty()
	if writes := env.Writes(); len(writes) != 0 {
		t.Errorf("something was written: %v", writes)
	}
	if acctest.Search(generated+s.File("terraform.tfstate"), env.Canaries()) > 0 {
		t.Error("the value was generated or stored")
	}
}

func TestImportErrors(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	refusesImports(t, env.Config(secretNamed("N", `value = "v"`)), "infisical_secret.this", map[string]string{
		"dev":           "it is not of the form env:/path:NAME",
		"dev:NAME":      "it is not of the form",
		":/:NAME":       "it is not of the form",
		"dev:/:":        "its secret name cannot be used: it is empty",
		"dev:/a b:NAME": "its folder path cannot be used",
		"dev:/:MISSING": `Secret "MISSING" (environment "dev", folder /). It does not exist on the server`,
		"nope:/:NAME":   `has no environment "nope"`,
		"5f1efa06-83ef-4dd8-850d-24bdfbd77c03:dev:/:NAME": "belongs to another project",
	})
}

// TestFollowedNotLost: what happens to a secret outside of Terraform.
func TestFollowedNotLost(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	s := newScene(t, env, secretNamed("N", `value = "v"`))
	s.Apply()

	if err := env.Owner.Rename("dev", "/", "N", "RENAMED"); err != nil {
		t.Fatal(err)
	}
	if out, err := s.Try("plan", "-no-color"); err == nil || strings.Contains(out, "RENAMED") {
		t.Errorf("a name that only the server has was followed, or shown: %v\n%s", err, out)
	}
	if err := env.Owner.Rename("dev", "/", "RENAMED", "N"); err != nil {
		t.Fatal(err)
	}
	s.Apply()
	s.holds("N", "v", 3)

	// Moved to another folder: gone from here.
	env.Server.CreateFolder(env.Owner.Project.ID, "dev", "/elsewhere")
	record := env.Server.Records(env.Owner.Project.ID, "dev", "/")[0]
	env.Server.DeleteRecord(env.Owner.Project.ID, record.ID)
	record.SecretPath, record.FolderID = "/elsewhere", ""
	env.Server.PutRecord(record)
	s.plans("1 to add, 0 to change, 0 to destroy")
	s.Apply()
	s.PlanIsEmpty()

	if err := env.Owner.Delete("dev", "/", "N"); err != nil {
		t.Fatal(err)
	}
	s.plans("1 to add, 0 to change, 0 to destroy")
	s.Apply()
	s.holds("N", "v", 1)
}

// TestTroubleKeepsTheState: none of these means that a secret is gone.
func TestTroubleKeepsTheState(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	s := newInstalledScene(t, env, secretNamed("N", `value = "v"`))
	s.Env = append(s.Env, "INFISICAL_MAX_RETRIES=0")
	s.Apply()
	body := func(status int, message, label string) devserver.Fault {
		return devserver.Fault{Status: status, Body: fmt.Sprintf(`{"statusCode":%d,"message":%q,"error":%q}`, status, message, label)}
	}
	for name, fault := range map[string]devserver.Fault{
		"bot":            body(400, "failed to find bot key", "BadRequest"),
		"blind index":    body(400, "Blind index not found", "CreateSecret"),
		"blind index 2":  body(404, "Blind index for project with ID 'x' not found", "NotFound"),
		"permission":     body(401, "You are not allowed to read on secrets", "PermissionDenied"),
		"environment":    body(400, "Environment not found", "get folders"),
		"project":        body(403, "Failed to find service authorization for given project", "UnauthorizedError"),
		"project gone":   body(404, "Project not found", "NotFound"),
		"token":          body(403, "You are not allowed to access this resource", "UnauthorizedError"),
		"tag":            body(400, "Tag not found", "BadRequest"),
		"server":         body(500, "Something went wrong", "Internal"),
		"gateway":        {Status: 502, Body: "<html>Bad Gateway</html>"},
		"unknown route":  body(404, "Route GET:/api/v3/secrets not found", "Not Found"),
		"page not found": {Status: 404, Body: "<html>Not Found</html>"},
		"cut":            {CutBefore: true},
	} {
		remove := env.Server.InjectFault(func(r devserver.Request) *devserver.Fault {
			if r.Route == "GET /api/v3/secrets" {
				return &fault
			}
			return nil
		})
		if out, err := s.Try("plan", "-no-color"); err == nil || !strings.Contains(out, "Cannot Read Secret") {
			t.Errorf("%s: planned all the same:\n%s", name, out)
		}
		remove()
	}
	s.PlanIsEmpty()
}

func TestTwoRowsOfOneNameNameBothIDs(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	s := newScene(t, env, secretNamed("N", `value = "v"`))
	s.Apply()
	first := env.Server.Records(env.Owner.Project.ID, "dev", "/")[0]
	second := first
	second.ID = ""
	second = env.Server.PutRecord(second)
	for _, command := range [][]string{{"plan", "-no-color"}, {"destroy", "-no-color", "-auto-approve", "-refresh=false"}} {
		out, err := s.Try(command...)
		if err == nil || !strings.Contains(out, first.ID) || !strings.Contains(out, second.ID) {
			t.Errorf("%v: %v\n%s", command, err, out)
		}
	}
	if rows := env.Server.Records(env.Owner.Project.ID, "dev", "/"); len(rows) != 2 {
		t.Errorf("%d rows are left", len(rows))
	}
}

// TestChangedAddressWithoutMovedLosesNothing: to Terraform it is a create and a
// destroy; to the server it is the same secret.
func TestChangedAddressWithoutMovedLosesNothing(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	many := func(address string) string {
		return "resource \"infisical_secret\" \"" + address + "\" {\n count = 12\n env_slug = \"dev\"\n name = \"N${count.index}\"\n value = \"v\"\n}\n"
	}
	s := newScene(t, env, many("old"))
	s.Apply()
	s.Write(many("new"))
	// In either order, the first apply may leave the rest to the second.
	_, _ = s.Try("apply", "-auto-approve", "-no-color")
	s.Apply()
	if got := env.Read("dev", "/"); len(got) != 12 {
		t.Errorf("%d of 12 secrets are left", len(got))
	}
	s.PlanIsEmpty()
}

func TestCreateBeforeDestroyOnOneNameLosesNothing(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	s := newScene(t, env, secretNamed("N", "value = \"v\"\nlifecycle { create_before_destroy = true }"))
	s.Apply()
	if out := s.Run("apply", "-auto-approve", "-no-color", "-replace=infisical_secret.this"); !strings.Contains(out, "Secret Kept") {
		t.Errorf("nothing says that the secret was kept:\n%s", out)
	}
	if got := env.Read("dev", "/"); len(got) != 1 {
		t.Errorf("%d secrets are left", len(got))
	}
	s.PlanIsEmpty()
}

func TestTwoResourcesOfOneSecretAreRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ one, other string }{
		"same values":             {`value = "v"`, `value = "v"`},
		"other values":            {`value = "v"`, `value = "w"`},
		"both would take it over": {"value = \"v\"\non_existing = \"adopt\"", "value = \"w\"\non_existing = \"adopt\""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t, acctest.New(t), secretNamed("N", c.one)+strings.Replace(secretNamed("N", c.other), `"this"`, `"other"`, 1))
			out, err := s.Try("apply", "-auto-approve", "-no-color")
			refusedAsAnothers(t, out, err)
		})
	}
}

// refusedAsAnothers: what this run made is not to be taken over by its next
// resource, so nothing says how to.
func refusedAsAnothers(t *testing.T, out string, err error) {
	t.Helper()
	_, out, _ = strings.Cut(strings.ReplaceAll(out, "│", ""), "Error: ")
	if err == nil || !says("Another resource of this configuration manages these secrets").MatchString(out) ||
		strings.Contains(out, "import {") || strings.Contains(out, "on_existing") {
		t.Errorf("two creates of one secret: %v\n%s", err, out)
	}
}

// TestSecretMadeAgainAfterThePlanIsNotOverwritten: the plan was made for one
// secret, and another stands there when it is applied.
func TestSecretMadeAgainAfterThePlanIsNotOverwritten(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	s := newScene(t, env, secretNamed("N", `value = "ours"`))
	s.Apply()
	s.Write(secretNamed("N", `value = "new of ours"`))
	s.Run("plan", "-no-color", "-out=saved")
	if err := env.Owner.Delete("dev", "/", "N"); err != nil {
		t.Fatal(err)
	}
	env.Put("dev", "/", "N", "theirs", "")
	out, err := s.Try("apply", "-no-color", "saved")
	if err == nil || !says("The new one was not touched").MatchString(out) {
		t.Errorf("%v\n%s", err, out)
	}
	s.holds("N", "theirs", 1)
}
