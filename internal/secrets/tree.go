package secrets

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/api"
)

// tree is what a Store knows of the folders of one environment.
type tree struct {
	// turn is held by who writes: one folder's write makes, moves or removes
	// what another's looks at.
	turn sync.Mutex

	mu     sync.Mutex
	levels map[string]*cached[api.Folder] // by path, the folders directly in there
	// owned are the ids that creates of this run returned: true if the folder
	// was there before and was taken over.
	owned map[string]bool
	// implied are the paths of folders that the server made in this run because
	// one below them was created. A create may take them for its own.
	implied map[string]bool
}

func (s *Store) tree(f Folder) *tree {
	f.Path = ""
	s.mu.Lock()
	defer s.mu.Unlock()
	known, ok := s.trees[f]
	if !ok {
		known = &tree{levels: map[string]*cached[api.Folder]{}, owned: map[string]bool{}, implied: map[string]bool{}}
		s.trees[f] = known
	}
	return known
}

// level is what is known of the folders directly in f.
func (s *Store) level(f Folder) *cached[api.Folder] {
	t := s.tree(f)
	t.mu.Lock()
	defer t.mu.Unlock()
	known, ok := t.levels[f.Path]
	if !ok {
		known = &cached[api.Folder]{}
		t.levels[f.Path] = known
	}
	return known
}

// below returns the folders directly in f, by a list that began at notBefore
// or later. A folder that does not exist has none, see missingFolder.
func (s *Store) below(ctx context.Context, p *project, f Folder, notBefore time.Time) ([]api.Folder, error) {
	if !p.hasEnvironment(f.Environment) { // for which servers of later years may answer as for an empty one
		e := &Error{Subject: f.String()}
		e.Problem, e.Why, e.Do = p.environmentMissing(f.Environment)
		return nil, e
	}
	if p.environments == nil && p.access.scopes != nil && !p.scopesName(f.Environment) { // an empty answer would then mean nothing at all
		return nil, &Error{
			Problem: ProblemEnvironment, Subject: f.String(),
			Why: "The server does not tell this service token what environments there are, and the token's scopes do not name this one. " + p.describeAccess(),
			Do:  "Correct env_slug, or use a token whose scopes name it.",
		}
	}
	if err := p.refuseFolders(f.String()); err != nil {
		return nil, err
	}
	flight := "folders\x00" + f.WorkspaceID + "\x00" + f.Environment + "\x00" + f.Path
	folders, err := s.level(f).load(ctx, s, flight, notBefore, func(ctx context.Context) ([]api.Folder, error) {
		folders, err := s.client.Folders(ctx, place(f))
		if err == nil {
			err = s.bounds.listed(f, len(folders))
		}
		return folders, err
	})
	if err != nil {
		return nil, p.translate(err, f.String(), f)
	}
	return folders, nil
}

// missingFolder returns the path of the first folder on the way to f that does
// not exist; "" if f is there. It asks for nothing if f is known to hold a
// folder, and otherwise walks up until one is there.
func (s *Store) missingFolder(ctx context.Context, p *project, f Folder, notBefore time.Time) (string, error) {
	if held, _ := s.level(f).get(notBefore); len(held) > 0 {
		return "", nil
	}
	if f.Path == "/" { // which is there if the environment is
		_, err := s.below(ctx, p, f, notBefore)
		return "", err
	}
	parent, name := f.Split()
	if p.access.of2023 { // which does not list what is outside of a token's scopes
		return s.goneOf2023(ctx, p, f, notBefore)
	}
	siblings, err := s.below(ctx, p, parent, notBefore)
	if err != nil || named(siblings, name) != nil {
		return "", err
	}
	missing, err := s.missingFolder(ctx, p, parent, notBefore)
	if err == nil && missing == "" {
		missing = f.Path
	}
	return missing, err
}

// forget has everything in a folder and below it asked for anew: it was made,
// renamed or deleted.
func (s *Store) forget(f Folder) {
	t := s.tree(f)
	t.mu.Lock()
	for path, level := range t.levels {
		if (Folder{f.WorkspaceID, f.Environment, path}).within(f) {
			level.forget()
		}
	}
	t.mu.Unlock()

	s.mu.Lock()
	defer s.mu.Unlock()
	for place, known := range s.folders {
		if place.within(f) {
			known.forget()
		}
	}
	for place, known := range s.imports {
		if place.within(f) {
			known.list.forget()
		}
	}
}

func named(folders []api.Folder, name string) *api.Folder {
	return first(folders, func(f api.Folder) bool { return f.Name == name })
}

func byID(folders []api.Folder, id string) *api.Folder {
	return first(folders, func(f api.Folder) bool { return f.ID == id })
}

func first[T any](all []T, is func(T) bool) *T {
	if i := slices.IndexFunc(all, is); i >= 0 {
		return &all[i]
	}
	return nil
}
