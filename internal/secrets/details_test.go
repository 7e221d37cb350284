package secrets_test

import (
	"reflect"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

func TestDetailsAreWrittenReadAndCleared(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{Tags: []devserver.Tag{{Slug: "red", Name: "Red"}, {Slug: "blue", Name: "Blue"}}})
	red, blue := w.owner.Project.Tags[0].ID, w.owner.Project.Tags[1].ID
	yes, no := true, false
	full := secrets.DetailsChange{
		TagIDs: &[]string{red, blue}, Reminder: &secrets.Reminder{RepeatDays: 30, Note: "rotate"},
		Metadata: &map[string]string{"a": "b"}, SkipMultilineEncoding: &yes,
	}
	none := secrets.DetailsChange{TagIDs: &[]string{}, Reminder: &secrets.Reminder{}, Metadata: &map[string]string{}, SkipMultilineEncoding: &no}
	store := w.store(seed.Token{})
	d := draft("v", "")
	d.DetailsChange = full
	created, err := store.Create(t.Context(), w.ref("N"), d)
	if err != nil {
		t.Fatal(err)
	}
	if got := w.requests(); got[createRoute] != 1 || got[updateRoute] != 1 || got[listRoute] != 1 {
		t.Errorf("%v", got)
	}
	shows := func(store *secrets.Store, full bool) {
		t.Helper()
		s, err := store.Find(t.Context(), w.ref("N"), created.ID)
		if err != nil {
			t.Fatal(err)
		}
		if full != (len(s.TagIDs) == 2 && s.Reminder == secrets.Reminder{RepeatDays: 30, Note: "rotate"} &&
			reflect.DeepEqual(s.Metadata, map[string]string{"a": "b"}) && s.SkipMultilineEncoding) {
			t.Errorf("tags %d, reminder %v, metadata %v, skip %v", len(s.TagIDs), s.Reminder, s.Metadata, s.SkipMultilineEncoding)
		}
		if !full && (len(s.TagIDs) != 0 || s.Reminder != secrets.Reminder{} || len(s.Metadata) != 0 || s.SkipMultilineEncoding) {
			t.Error("something was not cleared")
		}
	}
	shows(store, true)
	shows(w.store(seed.Token{}), true)
	// What an update does not touch stays known without another list.
	if _, err := store.Update(t.Context(), w.ref("N"), created.ID, changeTo("w", "c")); err != nil {
		t.Fatal(err)
	}
	shows(store, true)
	same := changeTo("w", "c")
	same.DetailsChange = secrets.DetailsChange{TagIDs: &[]string{blue, red}, Reminder: full.Reminder, Metadata: full.Metadata, SkipMultilineEncoding: &yes}
	before := w.requests()[updateRoute]
	if _, err := store.Update(t.Context(), w.ref("N"), created.ID, same); err != nil {
		t.Fatal(err)
	}
	if got := w.requests()[updateRoute]; got != before {
		t.Error("details that are so already were written")
	}
	same.DetailsChange = none
	if _, err := store.Update(t.Context(), w.ref("N"), created.ID, same); err != nil {
		t.Fatal(err)
	}
	shows(store, false)
	shows(w.store(seed.Token{}), false)
}

// TestNoteWithoutReminderIsNone: the server keeps the two apart.
func TestNoteWithoutReminderIsNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	record, note := w.put("N", "v", ""), "left over"
	record.ReminderNote = &note
	w.server.PutRecord(record)
	if s, err := w.store(seed.Token{}).Find(t.Context(), w.ref("N"), ""); err != nil || s.Reminder != (secrets.Reminder{}) {
		t.Errorf("%v %v", s.Reminder, err)
	}
}

func TestDetailsThatTheServerDoesNotKeep(t *testing.T) {
	t.Parallel()
	yes := true
	for name, c := range map[string]struct {
		details secrets.DetailsChange
		change  func(map[string]any)
	}{
		"metadata": {secrets.DetailsChange{Metadata: &map[string]string{"a": "b"}}, func(r map[string]any) { r["metadata"] = nil }},
		"skip":     {secrets.DetailsChange{SkipMultilineEncoding: &yes}, func(r map[string]any) { r["skipMultilineEncoding"] = false }},
		"reminder": {secrets.DetailsChange{Reminder: &secrets.Reminder{RepeatDays: 3, Note: "n"}}, func(r map[string]any) { r["secretReminderNote"] = "other" }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, devserver.Project{})
			there := w.put("N", "v", "")
			w.onceOn(updateRoute, rewritten(c.change))
			_, err := w.store(seed.Token{}).Update(t.Context(), w.ref("N"), there.ID, secrets.Change{DetailsChange: c.details})
			wantProblem(t, err, secrets.ProblemServer, "did not keep the reminder, metadata or skip_multiline_encoding")
		})
	}
}

// TestFingerprintsAreOfOnePlace: every part of a secret's place counts, and the
// name in the form in which it is matched.
func TestFingerprintsAreOfOnePlace(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	store := w.store(seed.Token{})
	of := func(ref secrets.Ref) string {
		t.Helper()
		fingerprint, err := store.Fingerprint(t.Context(), ref, secrets.NewValue("v"))
		if err != nil {
			t.Fatal(err)
		}
		return fingerprint
	}
	base := secrets.Ref{Folder: secrets.Folder{WorkspaceID: "ws", Environment: "dev", Path: "/a"}, Name: "caf\u00e9"}
	seen := map[string]bool{of(base): true}
	for _, change := range []func(*secrets.Ref){
		func(r *secrets.Ref) { r.WorkspaceID = "other" }, func(r *secrets.Ref) { r.Environment = "prod" },
		func(r *secrets.Ref) { r.Path = "/b" }, func(r *secrets.Ref) { r.Name = "cafe" },
	} {
		other := base
		change(&other)
		if seen[of(other)] {
			t.Errorf("%v has the fingerprint of another place", other)
		}
		seen[of(other)] = true
	}
	decomposed := base
	decomposed.Name = "cafe\u0301"
	if of(decomposed) != of(base) {
		t.Error("the spelling of a name changes the fingerprint")
	}
}

// TestMissingFolderIsConfirmedWhereTheEnvironmentsAreUnknown: with a credential
// that may not look up the project, the folders themselves are asked.
func TestMissingFolderIsConfirmedWhereTheEnvironmentsAreUnknown(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	w.server.InjectFault(func(r devserver.Request) *devserver.Fault {
		switch r.Route {
		case guardRoute:
			return &devserver.Fault{Status: 403, Body: `{"statusCode":403,"message":"You are not allowed to access this resource","error":"UnauthorizedError"}`}
		case listRoute:
			return &devserver.Fault{Status: 200, Body: `{"secrets":[],"imports":[]}`}
		}
		return nil
	})
	ref := w.ref("N")
	ref.Environment = "gone"
	_, err := w.store(seed.Token{}).Find(t.Context(), ref, "id")
	wantProblem(t, err, secrets.ProblemServer, `seems to miss the folder / or the environment "gone"`)
	ref.Environment, ref.Path = "dev", "/gone"
	_, err = w.store(seed.Token{}).Find(t.Context(), ref, "id")
	wantProblem(t, err, secrets.ProblemNotFound)
}
