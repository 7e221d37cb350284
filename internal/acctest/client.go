package acctest

import (
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// client is another client of a project, where the server's own memory cannot
// be looked into. Its view is never older than the call.
type client struct {
	t   testing.TB
	cfg secrets.Config
}

func (c client) read(environment, path string) map[string]seed.Plain {
	c.t.Helper()
	out := map[string]seed.Plain{}
	store, f := c.open(environment, path)
	listing, err := store.List(c.t.Context(), f)
	if secrets.ProblemOf(err) == secrets.ProblemFolderMissing {
		return out
	}
	if err != nil || len(listing.Damaged) > 0 {
		c.t.Fatal(err, listing.Damaged)
	}
	for _, s := range listing.Secrets {
		out[s.Name] = seed.Plain{ID: s.ID, Name: s.Name, Value: s.Value.Reveal(), Comment: s.Comment.Reveal(), Version: int(s.Version)}
	}
	return out
}

func (c client) change(environment, path, name, value string) {
	c.t.Helper()
	store, f := c.open(environment, path)
	to := secrets.NewValue(value)
	if _, err := store.Update(c.t.Context(), secrets.Ref{Folder: f, Name: name}, "", secrets.Change{Value: &to}); err != nil {
		c.t.Fatal(err)
	}
}

func (c client) remove(environment, path, name string) {
	c.t.Helper()
	store, f := c.open(environment, path)
	if err := store.Delete(c.t.Context(), secrets.Ref{Folder: f, Name: name}, ""); err != nil {
		c.t.Fatal(err)
	}
}

func (c client) open(environment, path string) (*secrets.Store, secrets.Folder) {
	c.t.Helper()
	store, err := secrets.Open(c.cfg)
	if err != nil {
		c.t.Fatal(err)
	}
	f, err := store.Locate(c.t.Context(), secrets.Folder{Environment: environment, Path: path})
	if err != nil {
		c.t.Fatal(err)
	}
	return store, f
}
