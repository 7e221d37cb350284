package secrets_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

const (
	rawListRoute   = "GET /api/v3/secrets/raw"
	rawCreateRoute = "POST /api/v3/secrets/raw/:secretName"
	rawUpdateRoute = "PATCH /api/v3/secrets/raw/:secretName"
	rawDeleteRoute = "DELETE /api/v3/secrets/raw/:secretName"
)

// newES is a server with a project in ES mode, and a store in it.
func newES(t *testing.T) (*world, *secrets.Store) {
	t.Helper()
	w := newWorld(t, devserver.Project{})
	w.owner.SwitchToES()
	return w, w.store(seed.Token{}, inES)
}

func inES(c *secrets.Config) { c.Mode = secrets.ModeES }

// later makes the server tell what those of October 2024 tell (PROTOCOL_V3
// section 4): the record that the answer holds is changed by the test.
func (w *world) later(route string, change func(record map[string]any)) {
	w.server.InjectFault(func(r devserver.Request) *devserver.Fault {
		if w.route(r) != route {
			return nil
		}
		return &devserver.Fault{Rewrite: func(status int, body []byte) (int, []byte) {
			var answer map[string]any
			if status != http.StatusOK || json.Unmarshal(body, &answer) != nil {
				return status, body
			}
			records, _ := answer["secrets"].([]any)
			if one := answer["secret"]; one != nil {
				records = []any{one}
			}
			for _, record := range records {
				record := record.(map[string]any)
				record["skipMultilineEncoding"], record["secretReminderNote"], record["secretReminderRepeatDays"], record["metadata"] = nil, nil, nil, nil
				change(record)
			}
			body, _ = json.Marshal(answer)
			return status, body
		}}
	})
}

// TestESCosts: what each operation sends, in order.
func TestESCosts(t *testing.T) {
	t.Parallel()
	w, store := newES(t)
	made, err := store.Create(t.Context(), w.ref("N"), draft("v", "c"))
	if err != nil {
		t.Fatal(err)
	}
	v := secrets.NewValue("w")
	if _, err := store.Update(t.Context(), w.ref("N"), made.ID, secrets.Change{Value: &v}); err != nil {
		t.Fatal(err)
	}
	w.holds("N=w#c")
	if err := store.Delete(t.Context(), w.ref("N"), made.ID); err != nil {
		t.Fatal(err)
	}
	w.holds()
	// The empty folder is looked for once, as it lists like a missing one.
	want := map[string]int{
		tokenRoute: 1, guardRoute: 1, rawListRoute: 1, "GET /api/v1/folders": 1,
		rawCreateRoute: 1, rawUpdateRoute: 1, rawDeleteRoute: 1,
	}
	if got := w.requests(); !maps.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

// TestESEditSendsOneByOne: the server has no batches here.
func TestESEditSendsOneByOne(t *testing.T) {
	t.Parallel()
	w, store := newES(t)
	edit := secrets.Edit{Create: map[string]secrets.Draft{"A": draft("a", ""), "B": draft("b", ""), "C": draft("c", "")}}
	if done, err := store.Edit(t.Context(), w.folder("/"), edit); len(done) != 3 || err != nil {
		t.Errorf("%d were done: %v", len(done), err)
	}
	w.holds("A=a", "B=b", "C=c")
	if got := w.requests(); got[rawCreateRoute] != 3 {
		t.Errorf("%v", got)
	}
}

// TestESLostAnswersAreSettled as in the other mode: by looking.
func TestESLostAnswersAreSettled(t *testing.T) {
	t.Parallel()
	w, store := newES(t)
	w.onceOn(rawCreateRoute, devserver.Fault{CutAfter: true})
	made, err := store.Create(t.Context(), w.ref("N"), draft("v", "c"))
	if err != nil {
		t.Fatal(err)
	}
	w.onceOn(rawUpdateRoute, devserver.Fault{CutAfter: true})
	v := secrets.NewValue("w")
	if _, err := store.Update(t.Context(), w.ref("N"), made.ID, secrets.Change{Value: &v}); err != nil {
		t.Fatal(err)
	}
	w.holds("N=w#c")
	if got := w.requests(); got[rawCreateRoute] != 1 || got[rawUpdateRoute] != 1 {
		t.Errorf("%v", got)
	}
}

// TestESErrorsHoldNoValue: a server that quotes what it was sent.
func TestESErrorsHoldNoValue(t *testing.T) {
	t.Parallel()
	w, store := newES(t)
	const value, comment = "canary value", "canary comment"
	w.onceOn(rawCreateRoute, devserver.Fault{Status: 400, Body: `{"statusCode":400,"message":"bad: canary value / canary comment","error":"BadRequest"}`})
	_, err := store.Create(t.Context(), w.ref("N"), draft(value, comment))
	if err == nil || strings.Contains(err.Error(), "canary") {
		t.Errorf("%v", err)
	}
	// And one that altered it.
	w.later(rawCreateRoute, func(record map[string]any) { record["secretValue"] = "canary" })
	_, err = store.Create(t.Context(), w.ref("N"), draft(value, comment))
	wantProblem(t, err, secrets.ProblemServer, "12 bytes were sent, and it holds 6 others")
	if strings.Contains(err.Error(), "canary") {
		t.Error("the error holds the value")
	}
}

// TestESOfLaterServers: their updates take a comment, a name and the details,
// and their answers show no comment where none was sent.
func TestESOfLaterServers(t *testing.T) {
	t.Parallel()
	w, store := newES(t)
	there := w.put("N", "v", "kept")
	w.later(rawListRoute, func(record map[string]any) { record["tags"] = []any{} })
	answer := map[string]any{}
	w.later(rawUpdateRoute, func(record map[string]any) {
		record["secretComment"] = ""
		for name, value := range answer {
			record[name] = value
		}
	})
	v := secrets.NewValue("w")
	got, err := store.Update(t.Context(), w.ref("N"), there.ID, secrets.Change{Value: &v})
	if err != nil || got.Comment.Reveal() != "kept" {
		t.Fatalf("%q, %v", got.Comment.Reveal(), err)
	}
	tags, skip := []string{"b2f5ff47-436e-4b70-a0b4-f1cf6a5aca5d"}, true
	answer = map[string]any{
		"secretKey": "M", "secretComment": "new", "skipMultilineEncoding": true, "secretReminderRepeatDays": 3, "secretReminderNote": "note",
	}
	name, comment := "M", secrets.NewValue("new")
	got, err = store.Update(t.Context(), w.ref("N"), there.ID, secrets.Change{
		Name: &name, Comment: &comment, DetailsChange: secrets.DetailsChange{
			TagIDs: &tags, SkipMultilineEncoding: &skip, Reminder: &secrets.Reminder{RepeatDays: 3, Note: "note"},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got.Name != "M" || got.Comment.Reveal() != "new" || !got.SkipMultilineEncoding || got.Reminder.RepeatDays != 3 || len(got.TagIDs) != 1 {
		t.Errorf("%+v", got.Details)
	}
	sent := w.server.Requests()
	body := string(sent[len(sent)-1].Body)
	for _, part := range []string{
		`"newSecretName":"M"`, `"secretComment":"new"`, `"secretValue":"w"`, `"tagIds":["` + tags[0] + `"]`,
		`"secretReminderRepeatDays":3`, `"secretReminderNote":"note"`, `"skipMultilineEncoding":true`,
	} {
		if !strings.Contains(body, part) {
			t.Errorf("%s was not sent", part)
		}
	}
}

// TestESEchoOfAnotherSecretIsRefused, whatever the server makes of it.
func TestESEchoOfAnotherSecretIsRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		field   string
		value   any
		problem secrets.Problem
		says    string
	}{
		{"secretKey", "OTHER", secrets.ProblemNotAuthentic, "a secret of another name"},
		{"type", "personal", secrets.ProblemNotAuthentic, "a secret of another type"},
		{"environment", "prod", secrets.ProblemNotAuthentic, "another project, environment or folder"},
		{"workspace", "another", secrets.ProblemNotAuthentic, "another project, environment or folder"},
		{"id", "another", secrets.ProblemOther, "made again outside of Terraform while this ran"},
		{"secretValue", "another", secrets.ProblemServer, "does not hold the value that was sent"},
	} {
		t.Run(c.field, func(t *testing.T) {
			t.Parallel()
			w, store := newES(t)
			there := w.put("N", "v", "c")
			value := secrets.NewValue("w")
			w.later(rawUpdateRoute, func(record map[string]any) { record[c.field] = c.value })
			_, err := store.Update(t.Context(), w.ref("N"), there.ID, secrets.Change{Value: &value})
			wantProblem(t, err, c.problem, c.says)
		})
	}
}

// TestESListOfAnotherPlaceIsRefused: nothing is sealed, and what a record says
// of itself is all that can be held against it.
func TestESListOfAnotherPlaceIsRefused(t *testing.T) {
	t.Parallel()
	for field, value := range map[string]string{"environment": "prod", "workspace": "another", "secretPath": "/other"} {
		w, store := newES(t)
		there := w.put("N", "v", "c")
		w.onceOn(rawListRoute, rewritten(func(record map[string]any) { record[field] = value }))
		_, err := store.Find(t.Context(), w.ref("N"), there.ID)
		wantProblem(t, err, secrets.ProblemNotAuthentic, "another project, environment or folder")
	}
}

// TestFingerprintsAreTheSameInBothModes, unless the server keeps no key for
// the token.
func TestFingerprintsAreTheSameInBothModes(t *testing.T) {
	t.Parallel()
	w, es := newES(t)
	w.put("N", "v", "")
	fingerprint := func(store *secrets.Store) string {
		t.Helper()
		secret, err := store.Find(t.Context(), w.ref("N"), "")
		if err != nil {
			t.Fatal(err)
		}
		computed, err := store.Fingerprint(t.Context(), w.ref("N"), secrets.NewValue("v"))
		if err != nil || computed != secret.Fingerprint || computed == "" {
			t.Errorf("%q was read and %q computed: %v", secret.Fingerprint, computed, err)
		}
		return computed
	}
	e2ee, keyless := w.store(seed.Token{}), w.store(seed.Token{Keyless: true}, inES)
	if fingerprint(es) != fingerprint(e2ee) {
		t.Error("they differ")
	}
	if fingerprint(keyless) == fingerprint(e2ee) {
		t.Error("the token's own key is the project's")
	}
}
