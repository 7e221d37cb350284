package secrets

import (
	"context"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/api"
)

// parallelReads is how many folders one reader asks for at the same time.
// Terraform has ten readers, and the server two cores.
const parallelReads = 4

// walked is a folder and all below it, as they were at some time.
type walked struct {
	at      asOf
	folders []Folder
}

// FoldersBelow returns a folder and all folders below it, parents first. All
// who ask for one folder within a minute share the requests.
//
// Cost: one request for each of the folders.
func (s *Store) FoldersBelow(ctx context.Context, f Folder) ([]Folder, error) {
	p, err := s.unlock(ctx)
	if err != nil {
		return nil, err
	}
	recent := s.recent()
	known := func() (folders []Folder, ok bool) {
		s.mu.Lock()
		defer s.mu.Unlock()
		w := s.walks[f]
		return slices.Clone(w.folders), w.at.notBefore(recent)
	}
	// Twice at most: the first round may join a walk that began too early.
	for range 2 {
		if _, ok := known(); ok {
			break
		}
		err := s.shared(ctx, "walk\x00"+f.WorkspaceID+"\x00"+f.Environment+"\x00"+f.Path, func(ctx context.Context) error {
			if _, ok := known(); ok { // by a flight that landed while this caller was on its way here
				return nil
			}
			began := s.now()
			folders, err := s.walk(ctx, p, f)
			if err == nil {
				s.mu.Lock()
				defer s.mu.Unlock()
				s.walks[f] = walked{began, folders}
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	folders, _ := known()
	return folders, nil
}

// walk goes down level by level.
func (s *Store) walk(ctx context.Context, p *project, f Folder) ([]Folder, error) {
	var all []Folder
	for level := []Folder{f}; len(level) > 0; {
		all = append(all, level...)
		below := make([][]Folder, len(level))
		var reads errgroup.Group
		reads.SetLimit(parallelReads)
		for i, parent := range level {
			reads.Go(func() (err error) {
				below[i], err = s.directlyBelow(ctx, p, parent)
				return err
			})
		}
		if err := reads.Wait(); err != nil {
			return nil, err
		}
		level = slices.Concat(below...)
	}
	return all, nil
}

func (s *Store) directlyBelow(ctx context.Context, p *project, parent Folder) ([]Folder, error) {
	folders, err := s.client.Folders(ctx, place(parent))
	if err != nil {
		return nil, p.translate(err, parent.String(), parent)
	}
	slices.SortFunc(folders, func(a, b api.Folder) int { return strings.Compare(a.Name, b.Name) })
	var below []Folder
	for _, folder := range folders {
		child := parent
		child.Path = strings.TrimSuffix(parent.Path, "/") + "/" + folder.Name
		// A server can hold folders whose names no path reaches (PROTOCOL
		// section 6); nothing can be in them.
		if canonical, err := CanonicalPath(child.Path); err == nil && canonical == child.Path && !strings.Contains(folder.Name, "/") {
			below = append(below, child)
		}
	}
	return below, nil
}
