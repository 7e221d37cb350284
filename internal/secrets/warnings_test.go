package secrets_test

import (
	"strings"
	"testing"
	"time"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// TestExpiryIsWarnedOfOnce, by who writes, and only where it is soon.
func TestExpiryIsWarnedOfOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	for name, c := range map[string]struct {
		left, warning time.Duration // 0 left = never
		want          int
	}{
		"soon":     {time.Hour, 2 * time.Hour, 1},
		"later":    {3 * time.Hour, 2 * time.Hour, 0},
		"never":    {0, 2 * time.Hour, 0},
		"no words": {time.Hour, 0, 0},
	} {
		token := seed.Token{Name: "robot"}
		if c.left > 0 {
			token.ExpiresAt = time.Now().Add(c.left)
		}
		store := w.store(token, func(cfg *secrets.Config) { cfg.ExpiryWarning = c.warning })
		for range 3 {
			if err := store.CheckWrite(t.Context(), w.folder("/")); err != nil {
				t.Fatal(err)
			}
		}
		warnings := store.TakeWarnings()
		if len(warnings) != c.want || c.want > 0 && !strings.Contains(warnings[0].Detail, `The service token "robot" expires at `+token.ExpiresAt.UTC().Format("2006-01-02 15:04")) {
			t.Errorf("%s: %v", name, warnings)
		}
		if again := store.TakeWarnings(); len(again) > 0 {
			t.Errorf("%s: %v again", name, again)
		}
	}
	_, err := w.store(seed.Token{ExpiresAt: time.Now().Add(-time.Hour)}).Find(t.Context(), w.ref("N"), "")
	wantProblem(t, err, secrets.ProblemCredential, "The service token has expired.")
}

// TestServerThatCanTakeTheKey is told of once, where the mode's promise hangs on
// it, and not to who has acknowledged it.
func TestServerThatCanTakeTheKey(t *testing.T) {
	t.Parallel()
	w := october(t)
	sealed := newSealedProject(t)
	may := ofEra(t, devserver.Era2024May)
	for name, c := range map[string]struct {
		in    *world
		store *secrets.Store
		want  int
	}{
		"E2EE":         {w, w.store(seed.Token{}), 1},
		"acknowledged": {w, w.store(seed.Token{}, func(cfg *secrets.Config) { cfg.AcknowledgeServerKeyAccess = true }), 0},
		"May":          {may, may.store(seed.Token{}), 0},
		"sealed":       {sealed.world, sealed.open(), 0},
	} {
		for range 2 {
			if err := c.store.CheckWrite(t.Context(), c.in.folder("/")); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
		warnings := c.store.TakeWarnings()
		if len(warnings) != c.want || c.want > 0 && warnings[0].Summary != "Server Can Take The Project Key" {
			t.Errorf("%s: %v", name, warnings)
		}
	}
}
