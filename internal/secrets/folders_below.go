package secrets

import (
	"context"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/api"
)

// parallelReads is how many folders one reader asks for at the same time.
// Terraform has ten readers, and the server two cores.
const parallelReads = 4

// FoldersBelow returns a folder and all folders below it, parents first.
//
// Cost: one request for each of the folders that nobody asked for in the last
// minute.
func (s *Store) FoldersBelow(ctx context.Context, f Folder) ([]Folder, error) {
	p, err := s.unlock(ctx)
	if err != nil {
		return nil, err
	}
	notBefore := time.Now().Add(-snapshotLife)
	var all []Folder
	for level := []Folder{f}; len(level) > 0; {
		all = append(all, level...)
		below := make([][]Folder, len(level))
		var reads errgroup.Group
		reads.SetLimit(parallelReads)
		for i, parent := range level {
			reads.Go(func() error {
				folders, err := s.below(ctx, p, parent, notBefore)
				below[i] = reachable(parent, folders)
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

// reachable are the folders in parent, sorted, without those whose names no
// path reaches (PROTOCOL section 6): nothing can be in them.
func reachable(parent Folder, folders []api.Folder) []Folder {
	var out []Folder
	for _, folder := range folders {
		if CheckFolderName(folder.Name) == nil {
			out = append(out, parent.Sub(folder.Name))
		}
	}
	slices.SortFunc(out, func(a, b Folder) int { return strings.Compare(a.Path, b.Path) })
	return out
}
