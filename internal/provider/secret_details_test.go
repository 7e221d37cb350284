package provider_test

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
)

// detailStep is one configuration of a secret in the test of an attribute.
// That a second plan is empty, the test framework checks after each.
type detailStep struct {
	outside    func()                      // what another client does before
	attributes string                      // beside env_slug, name and value
	sends      string                      // methods of the writes
	holds      func(devserver.Record) bool // of what the server then has
	refused    string                      // instead: the error
}

func detailed(env *acctest.Env, attributes string) string {
	if !regexp.MustCompile(`(?m)^\s*value\s*=`).MatchString(attributes) {
		attributes = "value = \"v\"\n" + attributes
	}
	return env.Config("resource \"infisical_secret\" \"this\" {\n env_slug = \"dev\"\n name = \"NAME\"\n" + attributes + "\n}")
}

// runDetails runs the steps on one secret.
func runDetails(t *testing.T, env *acctest.Env, steps ...detailStep) {
	t.Helper()
	mark := 0
	sent := func() string {
		var methods []string
		for _, r := range env.Server.Requests()[mark:] {
			if r.Method != http.MethodGet {
				methods = append(methods, r.Method)
			}
		}
		return strings.Join(methods, " ")
	}
	var out []resource.TestStep
	for i, s := range steps {
		step := resource.TestStep{
			Config: detailed(env, s.attributes),
			PreConfig: func() {
				if i > 0 && steps[i-1].refused != "" && sent() != steps[i-1].sends {
					t.Errorf("step %d (refused): it sent %q instead of %q", i, sent(), steps[i-1].sends)
				}
				if s.outside != nil {
					s.outside()
				}
				mark = len(env.Server.Requests())
			},
		}
		if s.refused != "" {
			step.ExpectError = says(s.refused)
		} else {
			step.Check = func(*terraform.State) error {
				if got := sent(); got != s.sends {
					return fmt.Errorf("it sent %q instead of %q", got, s.sends)
				}
				records := env.Server.Records(env.Owner.Project.ID, "dev", "/")
				if len(records) != 1 {
					return fmt.Errorf("the server holds %d secrets", len(records))
				}
				if s.holds != nil && !s.holds(records[0]) {
					return fmt.Errorf("the server holds something else: %+v", records[0])
				}
				return nil
			}
		}
		out = append(out, step)
	}
	play(t, out...)
}

// edit changes the one secret as another client would.
func edit(env *acctest.Env, change func(*devserver.Record)) func() {
	return func() {
		record := env.Server.Records(env.Owner.Project.ID, "dev", "/")[0]
		change(&record)
		record.Version++
		env.Server.PutRecord(record)
	}
}

// noComment are the three forms in which servers hold the absence of one.
func noComment(t *testing.T, env *acctest.Env) map[string]devserver.Field {
	t.Helper()
	empty := ""
	sealed, err := env.Owner.Seal("")
	if err != nil {
		t.Fatal(err)
	}
	return map[string]devserver.Field{"null": {}, "texts": {Ciphertext: &empty, IV: &empty, Tag: &empty}, "sealed": sealed}
}

// TestNoCommentIsOneThingInEveryForm: three ways to write it times three forms
// on the server, each way to each other way.
func TestNoCommentIsOneThingInEveryForm(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	forms := noComment(t, env)
	ways := []string{"", "comment = null", `comment = ""`}
	hcl := func(turn int) string {
		var b strings.Builder
		for _, form := range slices.Sorted(maps.Keys(forms)) {
			for i := range ways {
				fmt.Fprintf(&b, "resource \"infisical_secret\" \"%[1]s%[2]d\" {\n env_slug = \"dev\"\n name = \"%[1]s%[2]d\"\n value = \"v\"\n %[3]s\n}\n",
					form, i, ways[(i+turn)%len(ways)])
			}
		}
		return env.Config(b.String())
	}
	play(
		t,
		resource.TestStep{Config: hcl(0)},
		resource.TestStep{
			PreConfig: func() {
				for _, record := range env.Server.Records(env.Owner.Project.ID, "dev", "/") {
					record.Comment = forms[record.BlindIndex[:len(record.BlindIndex)-1]]
					env.Server.PutRecord(record)
				}
			},
			Config: hcl(0), PlanOnly: true,
		},
		resource.TestStep{Config: hcl(1)},
		resource.TestStep{Config: hcl(2)},
		resource.TestStep{Config: hcl(0)},
	)
	if writes := env.Writes(); writes["PATCH"] != 0 {
		t.Errorf("comments were changed: %v", writes)
	}
}

func TestNoCommentIsOneThingToAnImport(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	var hcl strings.Builder
	for form, field := range noComment(t, env) {
		for i, way := range []string{"", "comment = null", `comment = ""`} {
			name := fmt.Sprintf("%s%d", form, i)
			record := env.Put("dev", "/", name, "v", "")
			record.Comment = field
			env.Server.PutRecord(record)
			fmt.Fprintf(&hcl, "resource \"infisical_secret\" \"%[1]s\" {\n env_slug = \"dev\"\n name = \"%[1]s\"\n %[2]s\n}\n"+
				"import {\n to = infisical_secret.%[1]s\n id = \"dev:/:%[1]s\"\n}\n", name, way)
		}
	}
	tf := acctest.NewTerraform(t, env)
	tf.Write(hcl.String())
	tf.Run("init", "-no-color")
	// An empty text that is configured must appear in the state: Terraform's
	// rule, and no request.
	if out := tf.Apply(); !strings.Contains(out, "9 imported, 0 added, 3 changed, 0 destroyed") {
		t.Errorf("they were imported with other changes:\n%s", out)
	}
	if writes := env.Writes(); len(writes) != 0 {
		t.Errorf("something was written: %v", writes)
	}
	tf.PlanIsEmpty()
}

func TestComment(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	first, second, theirs := env.Secret("first canary comment"), env.Secret("second canary\ncomment"), env.Secret("canary comment of others")
	comment := func(want string) func(devserver.Record) bool {
		return func(r devserver.Record) bool {
			got, err := env.Owner.Open(r.Comment)
			return err == nil && got == want
		}
	}
	theySet := func(text string) func() {
		return edit(env, func(r *devserver.Record) {
			var err error
			if r.Comment, err = env.Owner.Seal(text); err != nil {
				t.Fatal(err)
			}
		})
	}
	runDetails(
		t, env,
		detailStep{sends: "POST", holds: comment("")},
		detailStep{outside: theySet(theirs), holds: comment(theirs)}, // never configured: left alone
		detailStep{attributes: `value = "w"`, sends: "PATCH", holds: comment(theirs)},
		detailStep{attributes: fmt.Sprintf("comment = %q", first), sends: "PATCH", holds: comment(first)},
		detailStep{attributes: fmt.Sprintf("comment = %q", second), sends: "PATCH", holds: comment(second)},
		detailStep{outside: theySet(theirs), attributes: fmt.Sprintf("comment = %q", second), sends: "PATCH", holds: comment(second)},
		detailStep{
			outside:    edit(env, func(r *devserver.Record) { r.Comment = devserver.Field{} }),
			attributes: fmt.Sprintf("comment = %q", second), sends: "PATCH", holds: comment(second),
		},
		detailStep{sends: "PATCH", holds: comment("")}, // taken out: cleared
		detailStep{attributes: `comment = ""`, holds: comment("")},
		detailStep{outside: theySet(theirs), attributes: `comment = ""`, sends: "PATCH", holds: comment("")},
		detailStep{attributes: "comment = null", holds: comment("")},
	)
}

// tagged is a project with three tags.
func tagged(t *testing.T) (env *acctest.Env, ids [3]string) {
	t.Helper()
	env = acctest.NewProject(t, devserver.Project{Name: "tagged", Tags: []devserver.Tag{
		{Slug: "red", Name: "Red", Color: "#ff0000"}, {Slug: "green", Name: "Green", Color: "#00ff00"}, {Slug: "blue", Name: "Blue", Color: "#0000ff"},
	}}, devserver.Options{})
	for i, tag := range env.Owner.Project.Tags {
		ids[i] = tag.ID
	}
	return env, ids
}

func hasTags(want ...string) func(devserver.Record) bool {
	return func(r devserver.Record) bool {
		return slices.Equal(slices.Sorted(slices.Values(r.TagIDs)), slices.Sorted(slices.Values(want)))
	}
}

func tagIDs(ids ...string) string {
	return fmt.Sprintf("tag_ids = [\"%s\"]", strings.Join(ids, `", "`))
}

func TestTags(t *testing.T) {
	t.Parallel()
	env, ids := tagged(t)
	red, green, blue := ids[0], ids[1], ids[2]
	theySet := func(ids ...string) func() { return edit(env, func(r *devserver.Record) { r.TagIDs = ids }) }
	runDetails(
		t, env,
		detailStep{attributes: tagIDs(red, green), sends: "POST PATCH", holds: hasTags(red, green)}, // no create takes tags
		detailStep{attributes: tagIDs(green, red), holds: hasTags(red, green)},                      // the order is none
		detailStep{attributes: tagIDs(green, blue), sends: "PATCH", holds: hasTags(green, blue)},
		detailStep{attributes: tagIDs(green, blue) + "\nvalue = \"w\"", sends: "PATCH", holds: hasTags(green, blue)},
		detailStep{outside: theySet(red), attributes: tagIDs(green, blue), sends: "PATCH", holds: hasTags(green, blue)},
		detailStep{outside: theySet(), attributes: tagIDs(green, blue), sends: "PATCH", holds: hasTags(green, blue)},
		detailStep{outside: theySet(blue, green), attributes: tagIDs(green, blue), holds: hasTags(green, blue)},
		detailStep{sends: "PATCH", holds: hasTags()}, // taken out: cleared
		detailStep{outside: theySet(red), holds: hasTags(red)},
		detailStep{attributes: "value = \"x\"", sends: "PATCH", holds: hasTags(red)}, // not ours: kept
		detailStep{attributes: tagIDs(red) + "\nvalue = \"x\"", holds: hasTags(red)},
		detailStep{attributes: tagIDs(blue) + "\nvalue = \"v\"", sends: "PATCH", holds: hasTags(blue)},
		detailStep{attributes: "tag_ids = null", sends: "PATCH", holds: hasTags()},
		detailStep{attributes: "tag_ids = []", holds: hasTags()},
		detailStep{outside: theySet(blue), attributes: "tag_ids = []", sends: "PATCH", holds: hasTags()},
		detailStep{attributes: tagIDs(red), sends: "PATCH", holds: hasTags(red)},
		detailStep{attributes: "tag_ids = []", sends: "PATCH", holds: hasTags()},
	)
}

// unknownTags are what is no tag of the project. The server's database fails on
// what is no id at all: 500.
var unknownTags = map[string]string{"an id": "5f1efa06-83ef-4dd8-850d-24bdfbd77c03", "a slug": "red"}

func twoTagged(env *acctest.Env, ids ...string) string {
	return env.Config("resource \"infisical_secret\" \"this\" {\n count = 2\n env_slug = \"dev\"\n name = \"NAME_${count.index}\"\n value = \"v\"\n" + tagIDs(ids...) + "\n}")
}

func TestUnknownTagIsAnErrorThatNamesTheAttribute(t *testing.T) {
	t.Parallel()
	for name, unknown := range unknownTags {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env, ids := tagged(t)
			play(t, resource.TestStep{Config: twoTagged(env, ids[0], unknown), ExpectError: regexp.MustCompile(`tag_ids`)})
		})
	}
}

// TestUnknownTagCorrectedConverges: a create has stored the secret when the
// server refuses its tags.
func TestUnknownTagCorrectedConverges(t *testing.T) {
	t.Parallel()
	env, ids := tagged(t)
	unknown := unknownTags["an id"]
	holds := func(ids ...string) resource.TestCheckFunc {
		return func(*terraform.State) error {
			records := env.Server.Records(env.Owner.Project.ID, "dev", "/")
			if len(records) != 2 {
				return fmt.Errorf("the server holds %d secrets instead of 2", len(records))
			}
			for _, r := range records {
				if !hasTags(ids...)(r) {
					return fmt.Errorf("%s has the tags %v", r.BlindIndex, r.TagIDs)
				}
			}
			return nil
		}
	}
	play(
		t,
		resource.TestStep{Config: twoTagged(env, ids[0], unknown), ExpectError: says("Cannot Create Secret")},
		resource.TestStep{Config: twoTagged(env, ids[0]), Check: holds(ids[0])},
		resource.TestStep{Config: twoTagged(env, ids[1], unknown), ExpectError: says("Cannot Update Secret")},
		resource.TestStep{Config: twoTagged(env, ids[1]), Check: holds(ids[1])},
	)
}

func TestReminder(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	reminder := func(days int, note string) func(devserver.Record) bool {
		return func(r devserver.Record) bool {
			var gotDays int
			var gotNote string
			if r.ReminderRepeatDays != nil {
				gotDays = *r.ReminderRepeatDays
			}
			if r.ReminderNote != nil {
				gotNote = *r.ReminderNote
			}
			return gotDays == days && gotNote == note
		}
	}
	theySet := func(days *int, note *string) func() {
		return edit(env, func(r *devserver.Record) { r.ReminderRepeatDays, r.ReminderNote = days, note })
	}
	days, note, empty := 90, "theirs", ""
	const rotate = `secret_reminder = { note = "rotate", repeat_days = 30 }`
	runDetails(
		t, env,
		detailStep{attributes: rotate, sends: "POST PATCH", holds: reminder(30, "rotate")},
		detailStep{attributes: `secret_reminder = { note = "rotate now", repeat_days = 30 }`, sends: "PATCH", holds: reminder(30, "rotate now")},
		detailStep{attributes: `secret_reminder = { note = "rotate now", repeat_days = 365 }`, sends: "PATCH", holds: reminder(365, "rotate now")},
		detailStep{attributes: `secret_reminder = { repeat_days = 1 }`, sends: "PATCH", holds: reminder(1, "")},
		detailStep{attributes: `secret_reminder = { note = "", repeat_days = 1 }`, holds: reminder(1, "")},
		detailStep{outside: theySet(new(1), &empty), attributes: `secret_reminder = { repeat_days = 1 }`, holds: reminder(1, "")},
		detailStep{attributes: rotate, sends: "PATCH", holds: reminder(30, "rotate")},
		detailStep{attributes: rotate + "\nvalue = \"w\"", sends: "PATCH", holds: reminder(30, "rotate")},
		detailStep{outside: theySet(&days, &note), attributes: rotate, sends: "PATCH", holds: reminder(30, "rotate")},
		detailStep{outside: theySet(nil, nil), attributes: rotate, sends: "PATCH", holds: reminder(30, "rotate")},
		detailStep{sends: "PATCH", holds: reminder(0, "")},
		detailStep{outside: theySet(&days, &note), holds: reminder(90, "theirs")},
		detailStep{attributes: `value = "x"`, sends: "PATCH", holds: reminder(90, "theirs")},
	)
}

func TestReminderOutOfRangeIsRefusedByThePlan(t *testing.T) {
	t.Parallel()
	for reminder, want := range map[string]string{
		`repeat_days = 0`:                  "value must be between 1 and 365",
		`repeat_days = 366`:                "value must be between 1 and 365",
		`repeat_days = -1`:                 "value must be between 1 and 365",
		`note = "n"`:                       `attribute "repeat_days" is required`,
		`note = " n", repeat_days = 1`:     "begins or ends with white space, which the server drops",
		`note = "n\n", repeat_days = 1`:    "begins or ends with white space, which the server drops",
		`note = "\u00a0", repeat_days = 1`: "begins or ends with white space, which the server drops",
		`note = "` + strings.Repeat("n", 256) + `", repeat_days = 1`: "must be at most 255",
		`note = "n\ufeff", repeat_days = 1`:                          "begins or ends with white space, which the server drops",
		`note = "n", repeat_days = "monday"`:                         "number",
	} {
		t.Run(reminder, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			play(t, resource.TestStep{
				Config: detailed(env, "secret_reminder = { "+reminder+" }"), PlanOnly: true, ExpectError: says(want),
			})
			if writes := env.Writes(); len(writes) != 0 {
				t.Errorf("something was written: %v", writes)
			}
		})
	}
}

func TestMetadata(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	metadata := func(want map[string]string) func(devserver.Record) bool {
		return func(r devserver.Record) bool { return maps.Equal(r.Metadata, want) }
	}
	theySet := func(m map[string]string) func() { return edit(env, func(r *devserver.Record) { r.Metadata = m }) }
	ours, theirs := map[string]string{"team": "db", "empty": ""}, map[string]string{"team": "web"}
	const configured = `metadata = { team = "db", empty = "" }`
	runDetails(
		t, env,
		detailStep{attributes: configured, sends: "POST", holds: metadata(ours)},
		detailStep{attributes: `metadata = { team = "ops", "with blank" = "Ä" }`, sends: "PATCH", holds: metadata(map[string]string{"team": "ops", "with blank": "Ä"})},
		detailStep{attributes: configured, sends: "PATCH", holds: metadata(ours)},
		detailStep{attributes: configured + "\nvalue = \"w\"", sends: "PATCH", holds: metadata(ours)},
		detailStep{outside: theySet(theirs), attributes: configured, sends: "PATCH", holds: metadata(ours)},
		detailStep{outside: theySet(nil), attributes: configured, sends: "PATCH", holds: metadata(ours)},
		detailStep{sends: "PATCH", holds: metadata(nil)},
		detailStep{outside: theySet(theirs), holds: metadata(theirs)},
		detailStep{attributes: `value = "x"`, sends: "PATCH", holds: metadata(theirs)},
		detailStep{attributes: configured, sends: "PATCH", holds: metadata(ours)},
		detailStep{attributes: "metadata = {}", sends: "PATCH", holds: metadata(nil)},
		detailStep{attributes: "metadata = null", holds: metadata(nil)},
		detailStep{attributes: "metadata = {}", holds: metadata(nil)},
		detailStep{outside: theySet(theirs), attributes: "metadata = {}", sends: "PATCH", holds: metadata(nil)},
	)
}

// TestEmptyDetailOverAnothersIsCleared: the state does not know what another
// client set, so a plan cannot tell that there is something to clear.
func TestEmptyDetailOverAnothersIsCleared(t *testing.T) {
	t.Parallel()
	for _, attribute := range []string{`comment = ""`, "tag_ids = []", "metadata = {}", "skip_multiline_encoding = false"} {
		t.Run(attribute, func(t *testing.T) {
			t.Parallel()
			env, ids := tagged(t)
			theirs, err := env.Owner.Seal("theirs")
			if err != nil {
				t.Fatal(err)
			}
			runDetails(
				t, env,
				detailStep{sends: "POST"},
				detailStep{outside: edit(env, func(r *devserver.Record) {
					r.Comment, r.TagIDs, r.Metadata, r.SkipMultilineEncoding = theirs, ids[:1], map[string]string{"team": "theirs"}, true
				})},
				detailStep{attributes: attribute, sends: "PATCH"},
			)
		})
	}
}

func TestEmptyCollectionsOnCreate(t *testing.T) {
	t.Parallel()
	runDetails(
		t, acctest.New(t),
		detailStep{attributes: "metadata = {}\n tag_ids = []\n comment = \"\"\n skip_multiline_encoding = false", sends: "POST"},
		detailStep{},
	)
}

func TestSkipMultilineEncoding(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	skips := func(want bool) func(devserver.Record) bool {
		return func(r devserver.Record) bool { return r.SkipMultilineEncoding == want }
	}
	theySet := func(skip bool) func() { return edit(env, func(r *devserver.Record) { r.SkipMultilineEncoding = skip }) }
	const yes, no = "skip_multiline_encoding = true", "skip_multiline_encoding = false"
	runDetails(
		t, env,
		detailStep{attributes: yes, sends: "POST", holds: skips(true)},
		detailStep{attributes: no, sends: "PATCH", holds: skips(false)},
		detailStep{holds: skips(false)},
		detailStep{attributes: no, holds: skips(false)},
		detailStep{attributes: yes, sends: "PATCH", holds: skips(true)},
		detailStep{attributes: yes + "\nvalue = \"w\"", sends: "PATCH", holds: skips(true)},
		detailStep{outside: theySet(false), attributes: yes, sends: "PATCH", holds: skips(true)},
		detailStep{sends: "PATCH", holds: skips(false)},
		detailStep{outside: theySet(true), holds: skips(true)},
		detailStep{attributes: `value = "x"`, sends: "PATCH", holds: skips(true)},
	)
}

func TestAllDetailsAtOnce(t *testing.T) {
	t.Parallel()
	env, ids := tagged(t)
	all := tagIDs(ids[0]) + `
comment                 = "c"
metadata                = { a = "b" }
secret_reminder         = { note = "n", repeat_days = 7 }
skip_multiline_encoding = true
`
	runDetails(
		t, env,
		detailStep{attributes: all, sends: "POST PATCH", holds: func(r devserver.Record) bool {
			return hasTags(ids[0])(r) && r.Metadata["a"] == "b" && *r.ReminderRepeatDays == 7 && *r.ReminderNote == "n" && r.SkipMultilineEncoding
		}},
		detailStep{attributes: all, outside: edit(env, func(r *devserver.Record) {
			*r = devserver.Record{
				ID: r.ID, WorkspaceID: r.WorkspaceID, Environment: r.Environment, BlindIndex: r.BlindIndex, Version: r.Version, Key: r.Key, Value: r.Value,
			}
		}), sends: "PATCH", holds: func(r devserver.Record) bool {
			return hasTags(ids[0])(r) && r.Metadata["a"] == "b" && *r.ReminderRepeatDays == 7 && r.SkipMultilineEncoding && r.Comment.IV != nil
		}},
		detailStep{sends: "PATCH", holds: func(r devserver.Record) bool {
			return hasTags()(r) && len(r.Metadata) == 0 && r.ReminderRepeatDays == nil && !r.SkipMultilineEncoding
		}},
	)
}

func TestType(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	runDetails(
		t, env,
		detailStep{attributes: `type = "shared"`, sends: "POST"},
		detailStep{},
		detailStep{attributes: `type = "shared"`},
		detailStep{attributes: `type = "personal"`, refused: "These are two secrets of one name"},
		detailStep{attributes: `type = "other"`, refused: "value must be one of"},
		detailStep{attributes: "type = null"},
	)
}

func TestTrailingSlashOfAFolderPathIsASpelling(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	env.Server.CreateFolder(env.Owner.Project.ID, "dev", "/app/db")
	step := func(path string, action plancheck.ResourceActionType) resource.TestStep {
		return resource.TestStep{
			Config:           env.Config(fmt.Sprintf("resource \"infisical_secret\" \"this\" {\n env_slug = \"dev\"\n folder_path = %q\n name = \"NAME\"\n value = \"v\"\n}", path)),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction("infisical_secret.this", action)}},
			Check:            resource.TestCheckResourceAttr("infisical_secret.this", "folder_path", path),
		}
	}
	run(
		t, env,
		step("/app/db/", plancheck.ResourceActionCreate),
		step("/app/db/", plancheck.ResourceActionNoop),
		step("/app/db", plancheck.ResourceActionUpdate),
		step("/app/db/", plancheck.ResourceActionUpdate),
		resource.TestStep{
			Config: env.Config("resource \"infisical_secret\" \"this\" {\n env_slug = \"dev\"\n name = \"NAME\"\n value = \"v\"\n}", `folder_path = "/app/db/"`),
		},
	)
	if writes := env.Writes(); writes["POST"] != 1 || writes["PATCH"] != 0 {
		t.Errorf("%v", writes)
	}
	env2 := acctest.New(t)
	env2.Server.CreateFolder(env2.Owner.Project.ID, "dev", "/app")
	for _, path := range []string{"/app//", "/app//db", "app", ""} {
		play(t, resource.TestStep{
			Config:      env2.Config(fmt.Sprintf("resource \"infisical_secret\" \"this\" {\n env_slug = \"dev\"\n folder_path = %q\n name = \"NAME\"\n value = \"v\"\n}", path)),
			ExpectError: says("folder_path cannot be used"), PlanOnly: true,
		})
	}
}

func TestChangeOfOnExistingAloneSendsNothing(t *testing.T) {
	t.Parallel()
	runDetails(
		t, acctest.New(t),
		detailStep{sends: "POST"},
		detailStep{attributes: `on_existing = "adopt"`},
		detailStep{attributes: `on_existing = "fail"`},
		detailStep{attributes: "on_existing = null"},
		detailStep{attributes: `on_existing = "adopt"` + "\nvalue = \"w\"", sends: "PATCH"},
		detailStep{attributes: `on_existing = "replace"`, refused: "value must be one of"},
		detailStep{attributes: `value = "w"`},
	)
}
