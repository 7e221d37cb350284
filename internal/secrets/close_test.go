package secrets_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// TestClosedStore opens and sends nothing any more, whatever it knew before.
func TestClosedStore(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	there := w.put("N", "value", "comment")
	store := w.store(seed.Token{})
	if found, err := store.Find(t.Context(), w.ref("N"), there.ID); err != nil || found.Value.Reveal() != "value" {
		t.Fatal(err)
	}
	w.server.ResetRequests()
	store.Close()
	if found, err := store.Find(t.Context(), w.ref("N"), there.ID); err == nil || !found.Value.IsEmpty() {
		t.Errorf("a value was opened: %v", err)
	}
	if _, err := store.Create(t.Context(), w.ref("NEW"), draft("v", "")); err == nil || !strings.Contains(err.Error(), "there is no key, or it was cleared") {
		t.Errorf("%v", err)
	}
	for _, r := range w.server.Requests() {
		if r.Method != http.MethodGet {
			t.Errorf("%s was sent", r.Route)
		}
	}
	w.holds("N=value#comment")

	w.store(seed.Token{}).Close() // of one that never unlocked
}

// TestHeadersHoldNoKey: what would be a request's header all the same.
func TestHeadersHoldNoKey(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	token, err := w.owner.ServiceToken(seed.Token{})
	if err != nil {
		t.Fatal(err)
	}
	for header, fails := range map[string]bool{
		token:                                   true,
		"Bearer " + token + ";":                 true,
		token[strings.LastIndex(token, ".")+1:]: true,
		token[:strings.LastIndex(token, ".")]:   false,
		"something else":                        false,
	} {
		_, err := secrets.Open(secrets.Config{Host: w.server.URL(), ServiceToken: token, Headers: map[string]string{"X-Access": header}})
		var setting *secrets.SettingError
		if (err != nil) != fails || fails && (!errors.As(err, &setting) || setting.Setting != "headers") {
			t.Errorf("%v", err)
		}
	}
}
