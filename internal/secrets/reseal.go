package secrets

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Resealing is what became of a [Store.Reseal].
type Resealing struct {
	Resealed []Ref     // under the first key now, and not before
	Failed   []error   // of what is under another key still, and why
	Closed   []Sealing // what does not open: it was not touched
	Skipped  []Folder  // as of [Store.SealingReport]
}

// IsComplete tells whether everything is known to open and to be under the
// first key.
func (r Resealing) IsComplete() bool { return len(r.Failed)+len(r.Closed)+len(r.Skipped) == 0 }

// Reseal seals anew, under the first key, what is under another one in a folder
// and with recursive in all folders below. Each value is the one that is there
// when it is written. An interrupted run leaves some under each key, and the
// next one goes on. Errors are as of [Store.SealingReport]; what goes wrong
// later is in the result.
//
// Cost: as SealingReport, and for each hundred that are sealed anew a list and
// a write.
func (s *Store) Reseal(ctx context.Context, f Folder, recursive bool) (Resealing, error) {
	report, skipped, err := s.SealingReport(ctx, f, recursive)
	if err != nil {
		return Resealing{}, err
	}
	out := Resealing{Skipped: skipped}
	var folders []Folder // in the report's order
	edits := map[Folder]Edit{}
	for _, one := range report {
		switch {
		case one.Flaw != nil:
			out.Closed = append(out.Closed, one)
			continue
		case one.KeyID == s.SealingKeyID():
			continue
		case one.Personal: // an edit is of shared secrets
			out.Failed = append(out.Failed, &Error{
				Problem: ProblemOther, Subject: one.String(), Why: "It is a user's own, and is not sealed anew together with others.",
				Do: "Write it anew with the user's API key.",
			})
			continue
		}
		edit, begun := edits[one.Folder]
		if !begun {
			folders = append(folders, one.Folder)
			edit.Update = map[string]Update{}
		}
		edit.Update[one.Name] = Update{ID: one.ID, Change: Change{SealedUnder: s.SealingKeyID(), Seen: one.Generation}}
		edits[one.Folder] = edit
	}
	for _, f := range folders {
		done, err := s.Edit(ctx, f, edits[f])
		var each EditError
		if err != nil && !errors.As(err, &each) {
			each = EditError{}
			for name := range edits[f].Update {
				each[name] = err
			}
		}
		for _, name := range slices.Sorted(maps.Keys(edits[f].Update)) {
			ref := Ref{Folder: f, Name: name}
			if err := each[name]; err != nil {
				if errors.Is(err, context.Canceled) {
					err = fmt.Errorf("%s: the run was interrupted before it was sealed anew: %w", ref, err)
				}
				out.Failed = append(out.Failed, err)
			} else if _, ok := done[name]; ok {
				out.Resealed = append(out.Resealed, ref)
			}
		}
	}
	return out, nil
}
