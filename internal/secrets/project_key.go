package secrets

import (
	"context"
	"fmt"
	"slices"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/api"
)

// keyProver is a backend whose key may be the user's word alone.
type keyProver interface {
	// below lists everything in a folder and below it, names alone.
	below(ctx context.Context, f Folder) ([]row, error)
}

// checkKey refuses a key that was given and opens nothing that is there: what is
// written under it nobody else could read.
func (p *project) checkKey(where string, rows []row) error {
	if len(rows) == 0 {
		return nil
	}
	if slices.ContainsFunc(rows, func(r row) bool { return r.name != "" || r.nameWithheld }) {
		p.keyProven.Store(true)
		return nil
	}
	return &Error{
		Problem: ProblemCredential, Subject: where,
		Why: fmt.Sprintf("The project key opens none of the secrets that are there (%d): it is of another project, or mistyped.", len(rows)),
		Do:  "Set project_key (or INFISICAL_PROJECT_KEY) to this project's key. If somebody else wrote all of them under another key, delete them in Infisical's web application.",
	}
}

// proveKey looks, before the first write under a key that was given, for
// anything in the environment that it opens. Where there is nothing at all, or
// the credential may not look, the key has to be believed.
//
// Cost: one request an environment and Store, unless a folder has shown a secret
// that opens.
func (s *Store) proveKey(ctx context.Context, p *project, f Folder) error {
	prover, ok := p.backend.(keyProver)
	if !ok || !p.access.keyUnchecked || p.keyProven.Load() {
		return nil
	}
	return s.shared(ctx, "prove key\x00"+f.Environment, func(ctx context.Context) error {
		if _, believed := p.keyBelieved.Load(f.Environment); believed || p.keyProven.Load() {
			return nil
		}
		f.Path = "/"
		rows, err := prover.below(ctx, f)
		switch {
		case api.KindOf(err) == api.KindPermission:
		case err != nil:
			return p.translate(err, f.String(), f)
		case len(rows) > 0:
			return p.checkKey(fmt.Sprintf("environment %q", f.Environment), rows)
		}
		p.keyBelieved.Store(f.Environment, true)
		return nil
	})
}

func (b *e2eeBackend) below(ctx context.Context, f Folder) ([]row, error) {
	var rows []row
	_, err := b.client.ListSecretsBelow(ctx, place(f), func(s api.Secret) (bool, error) {
		name, err := b.open(s.Key)
		if err != nil {
			name = ""
		}
		if name == "" && len(rows) < maxUnnamed || name != "" && len(rows) < 2*maxUnnamed { // one that opens is enough
			rows = append(rows, row{id: s.ID, name: name})
		}
		return false, nil
	})
	return rows, err
}
