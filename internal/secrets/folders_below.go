package secrets

import (
	"context"
	"fmt"
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
	below, err := s.walk(ctx, p, f)
	if err != nil {
		return nil, err
	}
	all := []Folder{f}
	for _, sub := range below {
		all = append(all, sub.Folder)
	}
	return all, nil
}

// walk returns all folders below f, parents first. A server that lists a folder
// in two places, or a folder in itself, would keep it going for ever.
func (s *Store) walk(ctx context.Context, p *project, f Folder) ([]Subfolder, error) {
	notBefore := time.Now().Add(-snapshotLife)
	var all []Subfolder
	known := map[string]Folder{} // by id
	for level := []Folder{f}; len(level) > 0; {
		below := make([][]Subfolder, len(level))
		var reads errgroup.Group
		reads.SetLimit(parallelReads)
		for i, parent := range level {
			reads.Go(func() error {
				folders, err := s.below(ctx, p, parent, notBefore)
				below[i] = reachable(parent, folders)
				if err == nil && len(below[i]) > 0 {
					err = tooDeepFolder(below[i][0].Folder)
				}
				return err
			})
		}
		if err := reads.Wait(); err != nil {
			return nil, err
		}
		level = nil
		for _, sub := range slices.Concat(below...) {
			if other, twice := known[sub.ID]; twice {
				return nil, listedTwice(other, sub.Folder)
			}
			known[sub.ID] = sub.Folder
			level = append(level, sub.Folder)
			all = append(all, sub)
		}
	}
	return all, nil
}

func listedTwice(one, two Folder) error {
	return &Error{
		Problem: ProblemServer, Subject: one.String(),
		Why: fmt.Sprintf("The server lists this very folder again as %s: what it lists for one folder is that of another.", two.Path),
		Do:  "Run again, as somebody may have moved it just now. If it stays so, the server or something before it does not answer what it is asked, and is not to be trusted until you know why.",
	}
}

// reachable are the folders in parent, sorted, without those whose names no
// path reaches (PROTOCOL section 6): nothing can be in them.
func reachable(parent Folder, folders []api.Folder) []Subfolder {
	var out []Subfolder
	for _, folder := range folders {
		if CheckFolderName(folder.Name) == nil {
			out = append(out, Subfolder{parent.Sub(folder.Name), folder.ID, folder.Created})
		}
	}
	slices.SortFunc(out, func(a, b Subfolder) int { return strings.Compare(a.Path, b.Path) })
	return out
}
