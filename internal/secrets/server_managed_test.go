package secrets_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// TestServerManagedSecrets: a honey token and a rotated secret leave the rest of a
// sealed folder readable, are named for what they are, and are never written to.
func TestServerManagedSecrets(t *testing.T) {
	t.Parallel()
	w := sealedProjectOn(t, devserver.Options{Era: devserver.Era2026July})
	w.plant(w.ref("MINE"), 1, "v")
	put := func(name string, honey, rotated bool) devserver.RawRecord {
		return w.server.PutRawRecord(devserver.RawRecord{
			WorkspaceID: w.owner.Project.ID, Environment: "dev", SecretPath: "/", Name: name, Value: "canary-" + name, Type: "shared", Version: 1,
			HoneyToken: honey, Rotated: rotated,
		})
	}
	honey, rotated := put("HONEY", true, false), put("ROTATED", false, true)
	listing, err := w.open().List(t.Context(), w.folder("/"))
	if err != nil || len(listing.Secrets) != 1 || len(listing.Damaged) != 2 {
		t.Fatalf("%d are listed: %v", len(listing.Secrets), err)
	}
	for _, damaged := range listing.Damaged {
		switch text := damaged.Error(); {
		case strings.Contains(text, `"HONEY"`):
			wantProblem(t, damaged, secrets.ProblemNotAuthentic, "it is a honey token")
		default:
			wantProblem(t, damaged, secrets.ProblemMode, "It is a rotated secret")
		}
	}
	value := secrets.NewValue("mine")
	adopt := draft("mine", "")
	adopt.Adopt = true
	const says = "It is a honey token or a rotated secret, which only the server changes and deletes."
	store := w.open()
	_, err = store.Update(t.Context(), w.ref("HONEY"), honey.ID, secrets.Change{Value: &value})
	wantProblem(t, err, secrets.ProblemMode, says)
	_, err = store.Create(t.Context(), w.ref("HONEY"), adopt)
	wantProblem(t, err, secrets.ProblemMode, says)
	wantProblem(t, w.open().Delete(t.Context(), w.ref("HONEY"), honey.ID), secrets.ProblemMode, says)
	_, err = store.Create(t.Context(), w.ref("ROTATED"), adopt)
	wantProblem(t, err, secrets.ProblemMode, "It is a rotated secret")
	// In company the server drops the value and says nothing.
	mine := w.record("MINE")
	_, err = w.open().Edit(t.Context(), w.folder("/"), secrets.Edit{Update: map[string]secrets.Update{
		"HONEY": {ID: honey.ID, Change: secrets.Change{Value: &value}}, "MINE": {ID: mine.ID, Change: secrets.Change{Value: &value}},
	}})
	wantProblem(t, err, secrets.ProblemMode, says, "kept a value that is not sealed")
	if got, _ := w.opened("MINE"); got != "mine" {
		t.Error("the other one was not written")
	}
	if w.record("HONEY").Value != honey.Value || w.record("ROTATED").Value != rotated.Value {
		t.Error("one of the server's own was written")
	}
}

// TestIdentityUnderAChangePolicy: the error names the request that holds the
// change, and repeats nothing else of the answer.
func TestIdentityUnderAChangePolicy(t *testing.T) {
	t.Parallel()
	w := sealedProjectOn(t, devserver.Options{Era: devserver.Era2026July})
	store := w.with(w.identity(devserver.Identity{Role: "admin"}), w.inSealed())
	w.server.HoldForApproval(w.owner.Project.ID, "dev", true)
	_, err := store.Create(t.Context(), w.ref("N"), draft("v", ""))
	wantProblem(t, err, secrets.ProblemApproval, "The server holds the change for approval: nothing was written.")
	if !regexp.MustCompile(`as request [0-9a-f-]{36}, nothing was written`).MatchString(err.Error()) {
		t.Errorf("the request is not named: %v", err)
	}
	for _, odd := range []string{`{"approval":{"id":"canary"}}`, `{"approval":"canary"}`, `{"approval":{"id":7}}`} {
		w.onceOn(v4CreateRoute, devserver.Fault{Body: odd})
		_, err := store.Create(t.Context(), w.ref("N"), draft("v", ""))
		wantProblem(t, err, secrets.ProblemApproval, "nothing was written")
		if strings.Contains(err.Error(), "canary") {
			t.Errorf("it repeats what the server sent: %v", err)
		}
	}
	w.server.BypassPolicy(w.owner.Project.ID, "dev", true)
	if _, err := store.Create(t.Context(), w.ref("N"), draft("v", "")); err != nil {
		t.Error(err)
	}
}
