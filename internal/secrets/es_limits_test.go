package secrets_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// TestESOfMayCarriesValuesAlone: what its raw endpoints neither take nor tell is
// refused before it is written, or said after.
func TestESOfMayCarriesValuesAlone(t *testing.T) {
	t.Parallel()
	w := ofEra(t, devserver.Era2024May)
	w.owner.SwitchToES()
	there := w.put("N", "v", "c")
	store := w.with(w.apiKey(), inES)
	tags, yes := []string{"b2f5ff47-436e-4b70-a0b4-f1cf6a5aca5d"}, true
	for attribute, change := range map[string]secrets.DetailsChange{
		"tag_ids": {TagIDs: &tags}, "secret_reminder": {Reminder: &secrets.Reminder{RepeatDays: 3}},
		"metadata": {Metadata: &map[string]string{"a": "b"}}, "skip_multiline_encoding": {SkipMultilineEncoding: &yes},
	} {
		_, err := store.Update(t.Context(), w.ref("N"), there.ID, secrets.Change{DetailsChange: change})
		wantProblem(t, err, secrets.ProblemServer, "neither takes nor tells "+attribute+". They were not written.")
	}
	if got := w.requests(); got[rawUpdateRoute] > 0 {
		t.Errorf("%v", got)
	}
	// Of what is new, metadata is known to be carried by none.
	d := draft("v", "")
	d.Metadata = &map[string]string{"a": "b"}
	_, err := store.Create(t.Context(), w.ref("NEW"), d)
	wantProblem(t, err, secrets.ProblemServer, "neither takes nor tells metadata. They were not written.")
	w.holds("N=v#c")
	d = draft("v", "")
	d.SkipMultilineEncoding = &yes
	_, err = store.Create(t.Context(), w.ref("NEW"), d)
	wantProblem(t, err, secrets.ProblemServer, "neither takes nor tells skip_multiline_encoding. They were not written.")
	w.holds("N=v#c")
	wantProblem(t, store.CheckDraft(t.Context(), w.ref("NEW"), d), secrets.ProblemServer, "neither takes nor tells skip_multiline_encoding.")
	// Where no row has shown it, the answer does: it is there then, and named by its id.
	w = ofEra(t, devserver.Era2024May)
	w.owner.SwitchToES()
	made, err := w.with(w.apiKey(), inES).Create(t.Context(), w.ref("NEW"), d)
	wantProblem(t, err, secrets.ProblemServer, "neither takes nor tells skip_multiline_encoding.")
	if made.ID == "" {
		t.Error("what was created has no id")
	}
	w.holds("NEW=v")
}

// TestESThatChangesOnlyValues: a server that leaves a name or a comment as it
// was, or cuts it, is not believed to have changed it.
func TestESThatChangesOnlyValues(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answer map[string]any
		says   string
	}{
		"name kept":     {map[string]any{"secretKey": "N"}, "left the name as it was: its raw endpoints rename nothing"},
		"comment kept":  {map[string]any{"secretKey": "M", "secretComment": "c"}, "left the comment as it was: its raw endpoints change none"},
		"value lost":    {map[string]any{"secretKey": "M", "secretComment": "new", "secretValue": ""}, "does not hold the value that was sent: it is empty there"},
		"value altered": {map[string]any{"secretKey": "M", "secretComment": "new", "secretValue": "abc"}, "1 bytes were sent, and it holds 3 others"},
		"reminder lost": {map[string]any{"secretKey": "M", "secretComment": "new"}, "did not keep the reminder"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, store := newES(t)
			there := w.put("N", "v", "c")
			w.later(rawListRoute, func(map[string]any) {})
			w.later(rawUpdateRoute, func(record map[string]any) {
				for field, value := range c.answer {
					record[field] = value
				}
			})
			value, comment, renamed := secrets.NewValue("w"), secrets.NewValue("new"), "M"
			got, err := store.Update(t.Context(), w.ref("N"), there.ID, secrets.Change{
				Name: &renamed, Value: &value, Comment: &comment, DetailsChange: secrets.DetailsChange{Reminder: &secrets.Reminder{RepeatDays: 3}},
			})
			wantProblem(t, err, secrets.ProblemServer, c.says)
			if strings.Contains(err.Error(), "abc") || got.ID != "" {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestESCarriesText: bytes would come back as U+FFFD, and stay so.
func TestESCarriesText(t *testing.T) {
	t.Parallel()
	w, store := newES(t)
	for _, c := range []secrets.Content{content("\xff", ""), content("v", "\xff"), content("\ufffd", "")} {
		if err := store.CheckContent(t.Context(), w.ref("N"), c.Value, c.Comment); err == nil || !strings.Contains(err.Error(), "bytes that are no UTF-8 text") {
			t.Errorf("%v", err)
		}
		if _, err := store.Create(t.Context(), w.ref("N"), secrets.Draft{Value: c.Value, Comment: &c.Comment}); err == nil {
			t.Error("it was written")
		}
	}
	if err := store.CheckContent(t.Context(), w.ref("N"), secrets.NewValue("v"), secrets.Value{}); err != nil {
		t.Error(err)
	}
	if got := w.requests(); got[rawCreateRoute] > 0 {
		t.Errorf("%v", got)
	}
}

// TestESRefusesWhatTheServerWouldAlter beforehand: in the plan by the list that
// it has, and in an edit as a whole.
func TestESRefusesWhatTheServerWouldAlter(t *testing.T) {
	t.Parallel()
	w, store := newES(t)
	old := w.put("OLD", " from E2EE mode ", "c")
	fine := w.put("FINE", "v", "c")
	said := func(comment string) *secrets.Value { return new(secrets.NewValue(comment)) }
	update := func(name, id string, change secrets.Change) error {
		return store.CheckUpdate(t.Context(), w.ref(name), id, change)
	}
	if err := update("OLD", old.ID, secrets.Change{Comment: said("new")}); err != nil || w.requests()[rawListRoute] > 0 {
		t.Errorf("without a list it was looked for: %v", err)
	}
	if _, err := store.Contents(t.Context(), w.folder("/"), nil); err != nil {
		t.Fatal(err)
	}
	name := "RENAMED"
	for what, err := range map[string]error{
		"a new value":           store.CheckContent(t.Context(), w.ref("NEW"), secrets.NewValue("v\n\n"), secrets.Value{}),
		"a new comment":         store.CheckContent(t.Context(), w.ref("NEW"), secrets.NewValue("v"), secrets.NewValue("\tc")),
		"another value":         update("FINE", fine.ID, secrets.Change{Value: said("\u00a0v")}),
		"another comment":       update("FINE", fine.ID, secrets.Change{Comment: said("d")}),
		"another name":          update("FINE", fine.ID, secrets.Change{Name: &name}),
		"a value carried along": update("OLD", old.ID, secrets.Change{SealedUnder: "", Comment: said("d")}),
	} {
		if err == nil || !strings.Contains(err.Error(), "Nothing is sent.") {
			t.Errorf("%s: %v", what, err)
		}
	}
	for what, err := range map[string]error{
		"a line feed":    store.CheckContent(t.Context(), w.ref("NEW"), secrets.NewValue("v\n"), secrets.NewValue("c")),
		"no change":      update("OLD", old.ID, secrets.Change{Comment: said("c")}),
		"the same value": update("OLD", old.ID, secrets.Change{Value: said(" from E2EE mode ")}),
		"another value":  update("OLD", old.ID, secrets.Change{Value: said("new")}),
	} {
		if err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	edit := secrets.Edit{Create: map[string]secrets.Draft{"A": draft("a", ""), "B": draft("b ", "")}}
	if _, err := store.Edit(t.Context(), w.folder("/"), edit); err == nil || w.requests()[rawCreateRoute] > 0 {
		t.Errorf("it was not refused as a whole: %v", err)
	}
}

// TestESUnchangedListCostsNoBytes, with what the folder imports as without.
func TestESUnchangedListCostsNoBytes(t *testing.T) {
	t.Parallel()
	w, store := newES(t)
	w.server.CreateFolder(w.owner.Project.ID, "prod", "/s")
	there := w.put("N", "v", "c")
	if _, err := w.owner.Put("prod", "/s", "IMPORTED", "i", ""); err != nil {
		t.Fatal(err)
	}
	w.other().CreateImport("dev", "/", "prod", "/s")
	listing, err := store.Gather(t.Context(), w.folder("/"), secrets.Reading{Imports: true})
	if err != nil || len(listing.Secrets) != 2 || listing.Secrets[0].Value.Reveal()+listing.Secrets[1].Value.Reveal() != "iv" {
		t.Fatalf("%d secrets: %v", len(listing.Secrets), err)
	}
	other := w.with(w.apiKey(), inES)
	if _, err := other.Find(t.Context(), w.ref("N"), there.ID); err != nil {
		t.Fatal(err)
	}
	w.server.ResetRequests()
	comment := secrets.NewValue("c") // which is there: a look, and nothing to send
	if _, err := other.Update(t.Context(), w.ref("N"), there.ID, secrets.Change{Comment: &comment}); err != nil {
		t.Fatal(err)
	}
	sent := w.server.Requests()
	if len(sent) != 1 || sent[0].Route != rawListRoute || sent[0].Status != http.StatusNotModified {
		t.Errorf("%d requests", len(sent))
	}
}
