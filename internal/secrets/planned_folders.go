package secrets

import (
	"context"
	"strings"
)

// PlanFolder notes that this run creates a folder. One that is renamed had the
// other place before; else that is the zero Folder.
func (s *Store) PlanFolder(f, before Folder) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.planned[f] = before
}

// PlannedFolder tells whether this run creates a folder, as far as is known: one
// of a resource that is planned already, or a folder above one, which the server
// creates along. If it is in a folder that is renamed, before is where it is now.
func (s *Store) PlannedFolder(f Folder) (planned bool, before Folder) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for place, old := range s.planned {
		if place.WorkspaceID != f.WorkspaceID || place.Environment != f.Environment {
			continue
		}
		if place == f || strings.HasPrefix(place.Path, strings.TrimSuffix(f.Path, "/")+"/") {
			return true, Folder{}
		}
		if rest, below := strings.CutPrefix(f.Path, place.Path+"/"); below && old != (Folder{}) {
			before = old.Sub(rest)
		}
	}
	return false, before
}

// CheckFolder returns [ProblemFolderMissing] or [ProblemEnvironment] for a folder
// that does not exist and that this run does not create, as far as is known. What
// else goes wrong on the way is no answer, and is left to who writes there.
//
// Cost: one list of the folder a Store.
func (s *Store) CheckFolder(ctx context.Context, f Folder) error {
	planned, before := s.PlannedFolder(f)
	if planned {
		return nil
	}
	if before != (Folder{}) {
		f = before
	}
	_, err := s.Contents(ctx, f, nil)
	return onlyMissing(err)
}

// CheckSource is [Store.CheckFolder] for the source of an import, which the
// credential may not be allowed to read.
//
// Cost: one list of the folders beside it a Store.
func (s *Store) CheckSource(ctx context.Context, source Folder) error {
	planned, before := s.PlannedFolder(source)
	if planned {
		return nil
	}
	if before != (Folder{}) {
		source = before
	}
	p, err := s.unlock(ctx)
	if err != nil {
		return err
	}
	return onlyMissing(s.checkSource(ctx, p, source))
}

func onlyMissing(err error) error {
	switch ProblemOf(err) {
	case ProblemFolderMissing, ProblemEnvironment, ProblemSource, ProblemSourceEnvironment:
		return err
	}
	return nil
}
