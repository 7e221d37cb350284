package secrets

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/api"
)

// Import shows the secrets of another folder, the source, in a folder.
type Import struct {
	Folder
	Source Folder
	ID     string
	// Position tells which import wins where several bring one name: the one
	// with the highest. The server's numbers begin at 1 and may have gaps.
	Position int64
}

// imports is what a Store knows of the imports of one folder.
type imports struct {
	list   cached[api.Import]
	inside atomic.Int32 // operations that are here
	// turn is held by the one that is at it; it guards the rest.
	turn     sync.Mutex
	unsorted bool             // something was written since the positions were put right
	made     map[string]bool  // ids that creates of this run returned
	seen     map[string]int64 // by id, the position when this run first saw it
	placed   map[string]int64 // by id, the position that a resource of this run gave it

	mu     sync.Mutex
	claims map[int64]Folder // sources by the position that a configuration gives them
}

func (s *Store) importsOf(f Folder) *imports {
	s.mu.Lock()
	defer s.mu.Unlock()
	known, ok := s.imports[f]
	if !ok {
		known = &imports{made: map[string]bool{}, seen: map[string]int64{}, placed: map[string]int64{}, claims: map[int64]Folder{}}
		s.imports[f] = known
	}
	return known
}

// listImports returns what the server lists, which is an error for a folder
// that does not exist. The error is the server's, not yet translated.
func (s *Store) listImports(ctx context.Context, f Folder, notBefore time.Time) ([]api.Import, error) {
	flight := "imports\x00" + f.WorkspaceID + "\x00" + f.Environment + "\x00" + f.Path
	return s.importsOf(f).list.load(ctx, s, flight, notBefore, func(ctx context.Context) ([]api.Import, error) {
		rows, err := s.client.Imports(ctx, place(f))
		for i := range rows {
			if path, err := CanonicalPath(rows[i].Path); err == nil {
				rows[i].Path = path
			}
		}
		return rows, err
	})
}

func (f Folder) imported(row api.Import) Import {
	return Import{Folder: f, ID: row.ID, Source: Folder{f.WorkspaceID, row.Environment, row.Path}, Position: row.Position}
}

func importOf(rows []api.Import, source Folder) *api.Import {
	return first(rows, func(r api.Import) bool { return r.Environment == source.Environment && r.Path == source.Path })
}

// Imports returns the imports of a folder in the order of their positions. A
// folder that does not exist is [ProblemFolderMissing].
//
// Cost: one request a folder and Store.
func (s *Store) Imports(ctx context.Context, f Folder) ([]Import, error) {
	p, err := s.unlock(ctx)
	if err != nil {
		return nil, err
	}
	if err := p.refuseFolders(f.String()); err != nil {
		return nil, err
	}
	rows, err := s.listImports(ctx, f, time.Now().Add(-snapshotLife))
	if isRefused(err) {
		return nil, s.provenMissing(ctx, p, f, err)
	}
	if err != nil {
		return nil, p.translate(err, f.String(), f)
	}
	all := make([]Import, 0, len(rows))
	for _, row := range rows {
		all = append(all, f.imported(row))
	}
	slices.SortStableFunc(all, func(a, b Import) int { return cmp.Compare(a.Position, b.Position) })
	return all, nil
}

// FindImport returns the import with that id; without one, or when it is gone,
// the one of that source. It returns [ProblemNotFound] only if the server's
// list does not hold it, or the folder is known not to be there.
//
// Cost: one request a folder and Store.
func (s *Store) FindImport(ctx context.Context, f, source Folder, id string) (Import, error) {
	p, err := s.unlock(ctx)
	if err != nil {
		return Import{}, err
	}
	gone := &Error{
		Problem: ProblemNotFound, Subject: importSubject(f, source),
		Why: "It does not exist on the server.", Do: "Check both folders and environments.",
	}
	if err := p.refuseFolders(f.String()); err != nil {
		return Import{}, err
	}
	rows, err := s.listImports(ctx, f, time.Now().Add(-snapshotLife))
	if isRefused(err) {
		if err = s.proveMissing(ctx, p, f, err); err == nil {
			gone.Why = "It does not exist on the server, and neither does its folder."
			return Import{}, gone
		}
	}
	if err != nil {
		return Import{}, p.translate(err, importSubject(f, source), f)
	}
	if row := importByID(rows, id); row != nil {
		return f.imported(*row), nil
	}
	if row := importOf(rows, source); row != nil {
		return f.imported(*row), nil
	}
	return Import{}, gone
}

// CheckImport tells without a request of its own whether a folder can be
// expected to be allowed to import another.
func (s *Store) CheckImport(ctx context.Context, f, source Folder) error {
	if f == source {
		return &Error{
			Problem: ProblemSource, Subject: f.String(), Why: "It cannot import itself.",
			Do: "Set import_env_slug and import_folder_path to another folder than env_slug and folder_path.",
		}
	}
	if err := s.CheckFolders(ctx, f); err != nil {
		return err
	}
	if err := s.CheckWrite(ctx, f); err != nil {
		return err
	}
	var e *Error
	err := s.CheckWrite(ctx, source)
	if !errors.As(err, &e) {
		return err
	}
	out := *e
	out.Subject = "source " + source.String()
	if e.Problem == ProblemEnvironment {
		out.Problem, out.Do = ProblemSourceEnvironment, "Correct import_env_slug: it is the environment's slug, in lower case, not its name."
	} else {
		out.Why += " The server wants write permission in both folders of an import."
	}
	return &out
}

// ClaimPosition notes that a configuration gives the import of a source that
// position, and refuses one that it gives to another source too.
func (s *Store) ClaimPosition(f, source Folder, position int64) error {
	k := s.importsOf(f)
	k.mu.Lock()
	defer k.mu.Unlock()
	holder, claimed := k.claims[position]
	if claimed && holder != source {
		return positionTaken(f, source, position, fmt.Sprintf("The import of %s has it too.", holder))
	}
	k.claims[position] = source
	return nil
}

func positionTaken(f, source Folder, position int64, why string) *Error {
	return &Error{
		Problem: ProblemPosition, Subject: importSubject(f, source),
		Why: fmt.Sprintf("Its position %d can only be that of one import of the folder. %s", position, why), Do: "Give each another position.",
	}
}

func importSubject(f, source Folder) string {
	return fmt.Sprintf("import of the %s into the %s", source, f)
}
