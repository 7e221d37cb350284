package secrets_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

const (
	v4ListRoute   = "GET /api/v4/secrets"
	v4CreateRoute = "POST /api/v4/secrets/:secretName"
	v4UpdateRoute = "PATCH /api/v4/secrets/:secretName"
)

// asked counts requests by the beginning of their path.
func (w *world) asked() (v3, v4 int) {
	for _, r := range w.server.Requests() {
		switch {
		case strings.HasPrefix(r.Path, "/api/v3/secrets"):
			v3++
		case strings.HasPrefix(r.Path, "/api/v4/"):
			v4++
		}
	}
	return v3, v4
}

func (w *sealedProject) folders(count int) []secrets.Folder {
	out := []secrets.Folder{w.folder("/")}
	for i := 1; i < count; i++ {
		path := "/f" + strings.Repeat("x", i)
		w.server.CreateFolder(w.owner.Project.ID, "dev", path)
		out = append(out, w.folder(path))
	}
	for _, f := range out {
		w.plant(secrets.Ref{Folder: f, Name: "N"}, 1, "v")
	}
	return out
}

// TestFindingTheDialect costs nothing where there is v4, and elsewhere one
// request a process, however many folders are read at once.
func TestFindingTheDialect(t *testing.T) {
	t.Parallel()
	const count = 12
	for name, c := range map[string]struct {
		options devserver.Options
		v3, v4  int
	}{
		"v4 beside v3": {devserver.Options{Era: devserver.Era2026July}, 0, count},
		"v4 alone":     {devserver.Options{Era: devserver.Era2026July, WithoutV3: true}, 0, count},
		"v3":           {devserver.Options{Era: devserver.Era2024October}, count, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := sealedProjectOn(t, c.options)
			store := w.open()
			read := func() {
				var all sync.WaitGroup
				for _, f := range w.folders(count) {
					all.Go(func() {
						if got, err := store.Find(t.Context(), secrets.Ref{Folder: f, Name: "N"}, ""); err != nil || got.Value.Reveal() != "v" {
							t.Errorf("%s: %v", f, err)
						}
					})
				}
				all.Wait()
			}
			read()
			if v3, v4 := w.asked(); v3 != c.v3 || v4 != c.v4 {
				t.Errorf("%d requests to v3 and %d to v4, want %d and %d", v3, v4, c.v3, c.v4)
			}
			for i, r := range w.server.Requests() {
				if strings.Contains(r.Path, "/secrets") && i < 2 {
					t.Errorf("%s came before the version of the project was known", r.Path)
				}
			}
			w.server.ResetRequests()
			if _, err := store.Create(t.Context(), w.ref("NEW"), draft("v", "")); err != nil {
				t.Fatal(err)
			}
			if v3, v4 := w.asked(); v3 > 0 && c.v3 == 0 || v4 > 0 && c.v3 > 0 {
				t.Errorf("later %d requests to v3 and %d to v4", v3, v4)
			}
		})
	}
}

// TestFindingTheDialectOtherwise: a page in place of an answer tells nothing,
// unless the older endpoints answer.
func TestFindingTheDialectOtherwise(t *testing.T) {
	t.Parallel()
	page := devserver.Fault{Status: 404, Body: "<!DOCTYPE html><title>404</title>", Header: http.Header{"Content-Type": {"text/html"}}}
	at := func(w *sealedProject, prefix string, fault devserver.Fault) (remove func()) {
		return w.server.InjectFault(func(r devserver.Request) *devserver.Fault {
			if strings.HasPrefix(r.Path, prefix) {
				return &fault
			}
			return nil
		})
	}
	october := devserver.Options{Era: devserver.Era2024October}

	w := sealedProjectOn(t, october) // with the web application in one
	at(w, "/api/v4/", page)
	folders, store := w.folders(3), w.open()
	for _, f := range folders {
		if _, err := store.Find(t.Context(), secrets.Ref{Folder: f, Name: "N"}, ""); err != nil {
			t.Fatal(err)
		}
	}
	if v3, v4 := w.asked(); v3 != 3 || v4 != 1 {
		t.Errorf("%d requests to v3 and %d to v4", v3, v4)
	}

	for _, status := range []int{403, 404, 405} { // a gateway with words of its own
		w = sealedProjectOn(t, october)
		at(w, "/api/v4/", devserver.Fault{Status: status, Body: `{"message":"no Route matched with those values"}`})
		w.plant(w.ref("N"), 1, "v")
		if _, err := w.open().Find(t.Context(), w.ref("N"), ""); err != nil {
			t.Error(err)
		}
	}

	w = sealedProjectOn(t, october) // a refusal of the older endpoints is their answer
	at(w, "/api/v4/", page)
	remove := at(w, "/api/v3/", devserver.Fault{Status: 403, Body: `{"reqId":"r","statusCode":403,"message":"no","error":"PermissionDenied"}`})
	w.plant(w.ref("N"), 1, "v")
	store = w.open()
	_, err := store.Find(t.Context(), w.ref("N"), "")
	wantProblem(t, err, secrets.ProblemPermission)
	remove()
	if _, err := store.Find(t.Context(), w.ref("N"), ""); err != nil {
		t.Error(err)
	}
	if v3, v4 := w.asked(); v3 != 2 || v4 != 1 {
		t.Errorf("%d requests to v3 and %d to v4", v3, v4)
	}

	w = sealedProjectOn(t, october) // a proxy before all of it
	own := w.plant(w.ref("N"), 1, "v")
	remove = at(w, "/api/v4/", page)
	removeToo := at(w, "/api/v3/", page)
	store = w.open()
	_, err = store.Find(t.Context(), w.ref("N"), own.ID)
	wantProblem(t, err, secrets.ProblemServer, "What answered did not answer as Infisical does.", "HTML page")
	_, err = store.Create(t.Context(), w.ref("NEW"), draft("v", ""))
	wantProblem(t, err, secrets.ProblemServer, "What answered did not answer as Infisical does.")
	remove()
	removeToo()
	if _, err := store.Find(t.Context(), w.ref("N"), own.ID); err != nil {
		t.Errorf("nothing was found out, and later neither: %v", err)
	}

	for _, fault := range []devserver.Fault{{Status: 500, Body: `{"statusCode":500,"message":"Something went wrong","error":"InternalServerError"}`}, {Status: 502, Body: page.Body}, {Status: 200, Body: page.Body}} {
		w = sealedProjectOn(t, devserver.Options{Era: devserver.Era2026July})
		w.plant(w.ref("N"), 1, "v")
		w.onceOn(v4ListRoute, fault)
		store = w.store(seed.Token{}, w.inSealed(), func(cfg *secrets.Config) { cfg.MaxRetries = 0 })
		_, err = store.Find(t.Context(), w.ref("N"), "")
		wantProblem(t, err, secrets.ProblemServer)
		if _, err := store.Find(t.Context(), w.ref("N"), ""); err != nil {
			t.Error(err)
		}
		if v3, _ := w.asked(); v3 != 0 {
			t.Error("a failure passed for a server without v4")
		}
	}
}

// TestNobodyWaitsInARow: after a first list that failed and told nothing, the
// others go on side by side.
func TestNobodyWaitsInARow(t *testing.T) {
	t.Parallel()
	w := sealedProjectOn(t, devserver.Options{Era: devserver.Era2026July})
	const count = 8
	folders := w.folders(count)
	store := w.store(seed.Token{}, w.inSealed(), func(cfg *secrets.Config) { cfg.MaxRetries = 0 })
	arrived := make(chan struct{}, count)
	first := true
	w.server.InjectFault(func(r devserver.Request) *devserver.Fault {
		switch {
		case r.Route != v4ListRoute:
			return nil
		case first:
			first = false
			return &devserver.Fault{Status: 503, Body: "{}"}
		}
		arrived <- struct{}{}
		return &devserver.Fault{HangBefore: true}
	})
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for _, f := range folders {
		all.Go(func() { _, _ = store.Find(ctx, secrets.Ref{Folder: f, Name: "N"}, "") })
	}
	for range count - 1 {
		select {
		case <-arrived:
		case <-time.After(10 * time.Second): // less than what one that hangs is waited for
			t.Fatal("a list waits for another one that hangs")
		}
	}
	cancel()
	all.Wait()
}

// TestAPIKeysSpeakV3, which v4 does not take.
func TestAPIKeysSpeakV3(t *testing.T) {
	t.Parallel()
	w := sealedProjectOn(t, devserver.Options{Era: devserver.Era2026July})
	w.plant(w.ref("N"), 1, "v")
	key, private, err := w.owner.APIKey()
	if err != nil {
		t.Fatal(err)
	}
	store := w.store(seed.Token{}, w.inSealed(), func(cfg *secrets.Config) {
		cfg.ServiceToken, cfg.APIKey, cfg.PrivateKey, cfg.WorkspaceID = "", key, private, w.owner.Project.ID
	})
	if got, err := store.Find(t.Context(), w.ref("N"), ""); err != nil || got.Value.Reveal() != "v" {
		t.Error(err)
	}
	if v3, v4 := w.asked(); v3 != 1 || v4 != 0 {
		t.Errorf("%d requests to v3 and %d to v4", v3, v4)
	}
}

// TestImportsOfAnEmptyFolderOverV4: its own list is that of a folder which may
// be missing.
func TestImportsOfAnEmptyFolderOverV4(t *testing.T) {
	t.Parallel()
	w := sealedProjectOn(t, devserver.Options{Era: devserver.Era2026July, WithoutV3: true})
	for _, path := range []string{"/app", "/between", "/source"} {
		w.server.CreateFolder(w.owner.Project.ID, "dev", path)
	}
	w.other().CreateImport("dev", "/app", "dev", "/between")
	w.other().CreateImport("dev", "/app", "dev", "/nope")
	w.other().CreateImport("dev", "/between", "dev", "/source")
	w.plant(secrets.Ref{Folder: w.folder("/source"), Name: "N"}, 1, "v")
	got, err := w.open().Gather(t.Context(), w.folder("/app"), secrets.Reading{Imports: true})
	if err != nil || len(got.Secrets) != 1 || got.Secrets[0].Value.Reveal() != "v" {
		t.Errorf("%d secrets: %v", len(got.Secrets), err)
	}
}

// TestDialectStays: a server that has answered at v4, if only by a refusal, and
// then knows no such address is an error, and nothing seems to be gone or is
// written elsewhere.
func TestDialectStays(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]func(*sealedProject, *secrets.Store) error{
		"after a list": func(w *sealedProject, s *secrets.Store) error {
			_, err := s.Find(t.Context(), w.ref("N"), "")
			return err
		},
		"after a folder that is missing": func(w *sealedProject, s *secrets.Store) error {
			if _, err := s.Find(t.Context(), secrets.Ref{Folder: w.folder("/nope"), Name: "N"}, ""); secrets.ProblemOf(err) != secrets.ProblemNotFound {
				return err
			}
			return nil
		},
		"after one that may not be read": func(w *sealedProject, s *secrets.Store) error {
			w.onceOn(v4ListRoute, devserver.Fault{Status: 403, Body: `{"reqId":"r","statusCode":403,"message":"no","error":"PermissionDenied"}`})
			if _, err := s.Find(t.Context(), secrets.Ref{Folder: w.folder("/app"), Name: "N"}, ""); secrets.ProblemOf(err) != secrets.ProblemPermission {
				return err
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := sealedProjectOn(t, devserver.Options{Era: devserver.Era2026July})
			own := w.plant(w.ref("N"), 1, "v")
			w.server.CreateFolder(w.owner.Project.ID, "dev", "/app")
			store := w.open()
			if err := first(w, store); err != nil {
				t.Fatal(err)
			}
			w.server.InjectFault(func(r devserver.Request) *devserver.Fault {
				if !strings.HasPrefix(r.Path, "/api/v4/") {
					return nil
				}
				return &devserver.Fault{Status: 404, Body: `{"message":"Route ` + r.Method + `:` + r.Path + ` not found","error":"Not Found","statusCode":404}`}
			})
			const why = "The server does not know the address of this request."
			_, err := store.Find(t.Context(), secrets.Ref{Folder: w.folder("/app"), Name: "N"}, own.ID)
			wantProblem(t, err, secrets.ProblemServer, why)
			two := secrets.NewValue("two")
			_, err = store.Update(t.Context(), w.ref("N"), own.ID, secrets.Change{Value: &two})
			wantProblem(t, err, secrets.ProblemServer, why)
			wantProblem(t, store.Delete(t.Context(), w.ref("N"), own.ID), secrets.ProblemServer, why)
			if v3, _ := w.asked(); v3 != 0 {
				t.Errorf("%d requests to v3", v3)
			}
			if w.record("N").Value != own.Value {
				t.Error("it was changed")
			}
		})
	}
}

// TestMissingOverV4: a secret, a folder and an environment that are missing are
// one status there.
func TestMissingOverV4(t *testing.T) {
	t.Parallel()
	w := sealedProjectOn(t, devserver.Options{Era: devserver.Era2026July, WithoutV3: true})
	w.server.CreateFolder(w.owner.Project.ID, "dev", "/app")
	in := func(path string) secrets.Ref { return secrets.Ref{Folder: w.folder(path), Name: "N"} }
	identity := func() *secrets.Store {
		id, secret := w.owner.Identity(devserver.Identity{Role: devserver.RoleAdmin})
		return w.store(seed.Token{}, w.inSealed(), func(cfg *secrets.Config) {
			cfg.ServiceToken, cfg.ClientID, cfg.ClientSecret, cfg.WorkspaceID = "", id, secret, w.owner.Project.ID
		})
	}
	for name, open := range map[string]func() *secrets.Store{"token": func() *secrets.Store { return w.open() }, "identity": identity} {
		t.Run(name, func(t *testing.T) {
			_, err := open().Find(t.Context(), in("/app"), "")
			wantProblem(t, err, secrets.ProblemNotFound, "It does not exist on the server.")
			_, err = open().Find(t.Context(), in("/nope"), "")
			wantProblem(t, err, secrets.ProblemNotFound, "and neither does its folder")
			_, err = open().Gather(t.Context(), w.folder("/app/nope"), secrets.Reading{})
			wantProblem(t, err, secrets.ProblemFolderMissing, "There is no folder /app/nope")
			_, err = open().Create(t.Context(), in("/nope"), draft("v", ""))
			wantProblem(t, err, secrets.ProblemFolderMissing)
			elsewhere := in("/")
			elsewhere.Environment = "nope"
			_, err = open().Find(t.Context(), elsewhere, "")
			wantProblem(t, err, secrets.ProblemEnvironment, `The project has no environment "nope".`)
		})
	}

	// The folder goes, and comes back, while a run that knows it is at work.
	own := w.plant(in("/app"), 1, "v")
	store := w.open()
	if _, err := store.Find(t.Context(), in("/app"), own.ID); err != nil {
		t.Fatal(err)
	}
	w.server.DeleteFolder(w.owner.Project.ID, "dev", "/app")
	two := secrets.NewValue("two")
	_, err := store.Update(t.Context(), in("/app"), own.ID, secrets.Change{Value: &two})
	wantProblem(t, err, secrets.ProblemNotFound, "and neither does its folder")

	// A list that says so of a folder which is there tells nothing of secrets.
	own = w.plant(in("/app"), 1, "v")
	for _, fault := range []string{
		`{"reqId":"r","statusCode":404,"message":"Folder with path '/app' in environment 'dev' was not found. Please ensure the environment slug and secret path is correct.","error":"SecretPathNotFound"}`,
		`{"reqId":"r","statusCode":404,"message":"Environment with slug 'dev' not found","error":"NotFound"}`,
	} {
		w.onceOn(v4ListRoute, devserver.Fault{Status: 404, Body: fault})
		store = w.open()
		_, err = store.Find(t.Context(), in("/app"), own.ID)
		wantProblem(t, err, secrets.ProblemServer, "The server lists the folder, and answers as if it did not exist when it is asked for what it holds.")
		if _, err := store.Find(t.Context(), in("/app"), own.ID); err != nil {
			t.Error(err)
		}
	}
	w.onceOn(v4ListRoute, devserver.Fault{Status: 404, Body: `{"reqId":"r","statusCode":404,"message":"Nothing here","error":"NotFound"}`})
	if _, err = w.open().Find(t.Context(), in("/app"), own.ID); secrets.ProblemOf(err) != secrets.ProblemServer {
		t.Errorf("words that nobody knows: %v", err)
	}

	// No words make a delete one that is done: the list shows the secret.
	for _, fault := range []string{
		`{"reqId":"r","statusCode":404,"message":"Secret not found","error":"NotFound"}`,
		`{"reqId":"r","statusCode":404,"message":"Folder with path '/app' in environment with slug 'dev' not found","error":"DeleteSecret"}`,
		`{"reqId":"r","statusCode":404,"message":"Environment with slug 'dev' in project with ID 'x' not found","error":"NotFound"}`,
		`{"statusCode":404,"message":"Route DELETE:/api/v4/secrets/N not found","error":"Not Found"}`,
	} {
		remove := w.server.InjectFault(func(r devserver.Request) *devserver.Fault {
			if r.Method != http.MethodDelete {
				return nil
			}
			return &devserver.Fault{Status: 404, Body: fault}
		})
		err := w.open().Delete(t.Context(), in("/app"), own.ID)
		if secrets.ProblemOf(err) != secrets.ProblemServer {
			t.Errorf("%s: %v", fault, err)
		}
		remove()
	}
}

// TestOnlyScopeOverV4: the server lists a token's only folder, whatever was
// asked for, and what is elsewhere must not seem to be gone.
func TestOnlyScopeOverV4(t *testing.T) {
	t.Parallel()
	w := sealedProjectOn(t, devserver.Options{Era: devserver.Era2026July})
	w.server.CreateFolder(w.owner.Project.ID, "dev", "/app")
	own := w.plant(w.ref("N"), 1, "v")
	store := w.store(seed.Token{Scopes: []devserver.Scope{{Environment: "dev", SecretPath: "/app"}}}, w.inSealed())
	_, err := store.Find(t.Context(), w.ref("N"), own.ID)
	wantProblem(t, err, secrets.ProblemPermission, "It is outside of the service token's only scope, dev:/app.")
	_, err = store.Find(t.Context(), secrets.Ref{Folder: w.folder("/app"), Name: "N"}, "")
	wantProblem(t, err, secrets.ProblemNotFound)
}

// TestRemindersOverV4: the answer to a write shows none, so that the next list
// tells; and only users of the web application take one away, which plans know.
func TestRemindersOverV4(t *testing.T) {
	t.Parallel()
	w := sealedProjectOn(t, devserver.Options{Era: devserver.Era2026July})
	own := w.plant(w.ref("N"), 1, "v")
	store := w.open()
	change := func(r secrets.Reminder) secrets.Change {
		return secrets.Change{DetailsChange: secrets.DetailsChange{Reminder: &r}}
	}
	got, err := store.Update(t.Context(), w.ref("N"), own.ID, change(secrets.Reminder{RepeatDays: 3, Note: "n"}))
	if err != nil || got.Reminder.RepeatDays != 3 {
		t.Errorf("%+v %v", got.Details, err)
	}
	if held := w.record("N"); held.ReminderRepeatDays == nil || *held.ReminderRepeatDays != 3 {
		t.Error("the server does not hold it")
	}
	if found, err := w.open().Find(t.Context(), w.ref("N"), own.ID); err != nil || found.Reminder != (secrets.Reminder{RepeatDays: 3, Note: "n"}) {
		t.Errorf("%+v %v", found.Reminder, err)
	}
	w.server.ResetRequests()
	_, err = store.Update(t.Context(), w.ref("N"), own.ID, change(secrets.Reminder{}))
	wantProblem(t, err, secrets.ProblemOther, "This server removes reminders for users of its web application only")
	wantProblem(t, store.CheckUpdate(t.Context(), w.ref("N"), own.ID, change(secrets.Reminder{})), secrets.ProblemOther, "This server removes reminders")
	if got := w.requests(); got[v4UpdateRoute] > 0 {
		t.Errorf("%v", got)
	}
	// The same server in ES mode, over its older addresses.
	es := w.store(seed.Token{}, inES)
	if _, err := es.List(t.Context(), w.folder("/")); err != nil {
		t.Fatal(err)
	}
	wantProblem(t, es.CheckUpdate(t.Context(), w.ref("N"), own.ID, change(secrets.Reminder{})), secrets.ProblemOther, "This server removes reminders")
	if _, err := es.Update(t.Context(), w.ref("N"), own.ID, change(secrets.Reminder{RepeatDays: 7})); err != nil {
		t.Error(err)
	}
	if held := w.record("N"); held.ReminderRepeatDays == nil || *held.ReminderRepeatDays != 7 {
		t.Error("the server does not hold the other one")
	}
}

// TestDetailsOverV4: a create brings all of them in its one request, alone and in
// company, and the next list shows them.
func TestDetailsOverV4(t *testing.T) {
	t.Parallel()
	w := &sealedProject{start(t, devserver.Project{Version: 3, Tags: []devserver.Tag{{Slug: "critical", Name: "Critical"}}},
		devserver.Options{Era: devserver.Era2026July, RateLimit: 1000}), newSealingKey(t)}
	tag := w.owner.Project.Tags[0].ID
	details := secrets.DetailsChange{
		TagIDs: &[]string{tag}, Metadata: &map[string]string{"owner": "me", "tier": ""}, SkipMultilineEncoding: new(true),
	}
	withReminder := details
	withReminder.Reminder = &secrets.Reminder{RepeatDays: 3, Note: "n"}
	store := w.open()
	for name, want := range map[string]secrets.DetailsChange{"REMINDED": withReminder, "PLAIN": details} {
		d := draft("v", "c")
		d.DetailsChange = want
		w.server.ResetRequests()
		made, err := store.Create(t.Context(), w.ref(name), d)
		if err != nil || made.ID == "" {
			t.Fatal(err)
		}
		if got := w.requests(); got[v4CreateRoute] != 1 || got[v4UpdateRoute] > 0 {
			t.Errorf("%v", got)
		}
		found, err := w.open().Find(t.Context(), w.ref(name), made.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, got := range []secrets.Secret{made, found} {
			if fmt.Sprint(got.TagIDs) != fmt.Sprint([]string{tag}) || !maps.Equal(got.Metadata, *want.Metadata) || !got.SkipMultilineEncoding ||
				want.Reminder != nil && got.Reminder != *want.Reminder || got.Untold != (secrets.Parts{}) {
				t.Errorf("%s: %+v", name, got.Details)
			}
		}
	}
	// In company, and changed and cleared.
	var together sync.WaitGroup
	w.server.ResetRequests()
	for _, name := range []string{"A", "B", "C"} {
		together.Go(func() {
			d := draft("v", "")
			d.DetailsChange = details
			if _, err := store.Create(t.Context(), w.ref(name), d); err != nil {
				t.Error(err)
			}
		})
	}
	together.Wait()
	id := w.record("A").ID
	if held := w.record("A").Metadata; len(held) != 2 || held[0].Key != "owner" || held[0].Value != "me" {
		t.Errorf("%v", held)
	}
	if _, err := store.Update(t.Context(), w.ref("A"), id, secrets.Change{DetailsChange: secrets.DetailsChange{Metadata: &map[string]string{"owner": "you"}}}); err != nil {
		t.Fatal(err)
	}
	if held := w.record("A").Metadata; len(held) != 1 || held[0].Value != "you" {
		t.Errorf("%v", held)
	}
	if _, err := store.Update(t.Context(), w.ref("A"), id, secrets.Change{DetailsChange: secrets.DetailsChange{Metadata: &map[string]string{}}}); err != nil {
		t.Fatal(err)
	}
	if held := w.record("A").Metadata; len(held) != 0 {
		t.Errorf("%v", held)
	}
	for says, metadata := range map[string]map[string]string{"is empty": {"": "x"}, "white space": {"a": " x"}, "a key or value": {"a ": "x"}} {
		d := draft("v", "")
		d.Metadata = &metadata
		wantProblem(t, store.CheckDraft(t.Context(), w.ref("D"), d), secrets.ProblemOther, says)
	}
	// In ES mode over the older addresses of the same server.
	d := draft("v", "")
	d.DetailsChange = withReminder
	made, err := w.store(seed.Token{}, inES).Create(t.Context(), secrets.Ref{Folder: w.folder("/"), Name: "ES"}, d)
	if err != nil || !maps.Equal(made.Metadata, *details.Metadata) {
		t.Errorf("%+v %v", made.Details, err)
	}
	// A server of 2024 has none, which the plan knows.
	october := newSealedProject(t)
	older := october.open()
	if _, err := older.List(t.Context(), october.folder("/")); err != nil {
		t.Fatal(err)
	}
	wantProblem(t, older.CheckDraft(t.Context(), october.ref("N"), d), secrets.ProblemServer, "neither takes nor tells metadata")
	_, err = older.Create(t.Context(), october.ref("N"), d)
	wantProblem(t, err, secrets.ProblemServer, "neither takes nor tells metadata")
	if got := october.requests(); got[rawCreateRoute] > 0 {
		t.Errorf("%v", got)
	}
}

// TestNamesThatV4Refuses are refused in the plan there, and taken elsewhere.
func TestNamesThatV4Refuses(t *testing.T) {
	t.Parallel()
	v4 := sealedProjectOn(t, devserver.Options{Era: devserver.Era2026July})
	october := newSealedProject(t)
	for name, says := range map[string]string{
		"A:B": "Its name holds a colon", "duplicate": "is part of an address of this server's own", "backfill-secret-references": "is part of an address of this server's own",
	} {
		wantProblem(t, v4.open().CheckDraft(t.Context(), v4.ref(name), draft("v", "")), secrets.ProblemOther, says)
		_, err := v4.open().Create(t.Context(), v4.ref(name), draft("v", ""))
		wantProblem(t, err, secrets.ProblemOther, says)
		if err := october.open().CheckDraft(t.Context(), october.ref(name), draft("v", "")); err != nil {
			t.Error(err)
		}
		if _, err := october.open().Create(t.Context(), october.ref(name), draft("v", "")); err != nil {
			t.Error(err)
		}
		// One that is there already can be adopted and changed.
		v4.plant(v4.ref(name), 1, "old")
		store := v4.open()
		adopted := draft("new", "")
		adopted.Adopt = true
		if err := store.CheckDraft(t.Context(), v4.ref(name), adopted); err != nil {
			t.Error(err)
		}
		if _, err := store.Create(t.Context(), v4.ref(name), adopted); err != nil {
			t.Error(err)
		}
	}
	if got := v4.requests(); got[v4CreateRoute] > 0 {
		t.Errorf("%v", got)
	}
}
