package secrets_test

import (
	"strings"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/e2ee"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

const theirKey = "ffffffffffffffffffffffffffffffff"

func idOf(t *testing.T, keyText string) string {
	t.Helper()
	key, err := e2ee.ParseKey(keyText)
	if err != nil {
		t.Fatal(err)
	}
	return key.ID()
}

// forging is a server that hands the user of that credential a project key of
// its own.
func (w *world) forging(user func(*secrets.Config)) {
	w.t.Helper()
	var cfg secrets.Config
	user(&cfg)
	forged, err := seed.ForgeKey(cfg.PrivateKey, theirKey)
	if err != nil {
		w.t.Fatal(err)
	}
	w.server.InjectFault(func(r devserver.Request) *devserver.Fault {
		if !strings.HasSuffix(r.Path, "/encrypted-key") {
			return nil
		}
		return &forged
	})
}

// TestPinnedProjectKey: with a pin the server cannot put another project key in
// the place of the project's; without one that is told.
func TestPinnedProjectKey(t *testing.T) {
	t.Parallel()
	for name, pin := range map[string]func(w *world, cfg *secrets.Config){
		"by id":  func(w *world, cfg *secrets.Config) { cfg.ProjectKeyID = idOf(w.t, w.owner.KeyText) },
		"by key": func(w *world, cfg *secrets.Config) { cfg.ProjectKey = w.owner.KeyText },
		"by both": func(w *world, cfg *secrets.Config) {
			cfg.ProjectKey, cfg.ProjectKeyID = w.owner.KeyText, idOf(w.t, w.owner.KeyText)
		},
	} {
		for _, mode := range []secrets.Mode{secrets.ModeE2EE, secrets.ModeES} {
			w := newWorld(t, devserver.Project{})
			if mode == secrets.ModeES {
				w.owner.SwitchToES()
			}
			user := w.apiKey()
			open := func() *secrets.Store {
				return w.with(user, func(cfg *secrets.Config) { cfg.Mode = mode }, func(cfg *secrets.Config) { pin(w, cfg) })
			}
			store := open()
			if _, err := store.Create(t.Context(), w.ref("N"), draft("v", "")); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if warnings := store.TakeWarnings(); len(warnings) > 0 {
				t.Errorf("%s: %v", name, warnings)
			}
			w.forging(user)
			w.server.ResetRequests()
			_, err := open().Create(t.Context(), w.ref("M"), draft("v", ""))
			wantProblem(t, err, secrets.ProblemCredential, idOf(t, theirKey), idOf(t, w.owner.KeyText), "project_key_id")
			if got := w.requests(); len(got) != 1 {
				t.Errorf("%s: %v", name, got)
			}
			w.holds("N=v")
		}
	}
}

// TestProjectKeyWithoutAPin: a first use says that the server vouches for the
// key alone, and a state that remembers one refuses another.
func TestProjectKeyWithoutAPin(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	user := w.apiKey()
	store := w.with(user)
	id, err := store.ProjectKeyID(t.Context())
	if err != nil || id != idOf(t, w.owner.KeyText) {
		t.Fatalf("%q: %v", id, err)
	}
	if warnings := store.TakeWarnings(); len(warnings) != 1 || warnings[0].Summary != "Project Key Not Pinned" || !strings.Contains(warnings[0].Detail, id) {
		t.Errorf("%v", warnings)
	}
	if err := store.CheckProjectKey(t.Context(), id); err != nil {
		t.Error(err)
	}
	w.forging(user)
	wantProblem(t, w.with(user).CheckProjectKey(t.Context(), id), secrets.ProblemCredential, "the state was written under "+id)
	theirs := w.with(user, func(cfg *secrets.Config) { cfg.ProjectKeyID = idOf(t, theirKey) })
	if err := theirs.CheckProjectKey(t.Context(), id); err != nil {
		t.Errorf("a key that the configuration names: %v", err)
	}
}

// TestPinsOfOtherCredentials: whatever opens a project key is compared.
func TestPinsOfOtherCredentials(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	wrong := func(cfg *secrets.Config) { cfg.ProjectKeyID = idOf(t, theirKey) }
	_, err := w.store(seed.Token{}, wrong).Locate(t.Context(), w.folder("/"))
	wantProblem(t, err, secrets.ProblemCredential, "project_key_id")
	if _, err := w.store(seed.Token{}, func(cfg *secrets.Config) { cfg.ProjectKeyID = idOf(t, w.owner.KeyText) }).Locate(t.Context(), w.folder("/")); err != nil {
		t.Error(err)
	}
	for name, cfg := range map[string]secrets.Config{
		"an identity with another key": {ClientID: "c", ClientSecret: "s", WorkspaceID: "w", ProjectKey: theirKey, ProjectKeyID: idOf(t, w.owner.KeyText)},
		"no id":                        {ClientID: "c", ClientSecret: "s", WorkspaceID: "w", ProjectKey: theirKey, ProjectKeyID: "short"},
	} {
		cfg.Host = w.server.URL()
		_, err := secrets.Open(cfg)
		setting, ok := err.(*secrets.SettingError) //nolint:errorlint // as it is returned
		if !ok || setting.Setting != "project_key_id" {
			t.Errorf("%s: %v", name, err)
		}
	}
	never := newWorld(t, devserver.Project{Version: 3})
	_, err = never.with(never.identity(devserver.Identity{Role: "admin"}), inES, wrong).Locate(t.Context(), never.folder("/"))
	wantProblem(t, err, secrets.ProblemCredential, "the server keeps none")
}
