package secrets

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/api"
)

// The positions of a folder's imports are numbers that the server keeps. Only
// their order means something; they may have gaps. The server shifts others
// when one is moved or deleted: see shift and closeGap.

// move gives one import another position.
type move struct {
	id string
	to int64
}

// sortImports puts all imports of a folder where they are to be. The caller has
// the turn.
func (s *Store) sortImports(ctx context.Context, p *project, k *imports, f Folder) error {
	notBefore := time.Now().Add(-snapshotLife)
	var refused move
	var refusal error
	for attempt := 1; ; attempt++ {
		rows, err := s.seeImports(ctx, p, k, f, notBefore)
		if ProblemOf(err) == ProblemFolderMissing {
			return nil
		}
		if err == nil && refusal != nil && importByID(rows, refused.id) != nil || isLookLost(err) && refusal != nil {
			return refusal // it was not for an import that went meanwhile
		}
		if err != nil {
			return err
		}
		refused, err = s.sendMoves(ctx, k, f, moves(rows, order(rows, k.placed, k.seen)))
		if err == nil {
			k.unsorted = false
			return nil
		}
		k.list.forget()
		failure := p.translate(err, f.String(), f)
		switch {
		case attempt > 2, !isAmbiguous(err) && !isRefused(err):
			return failure
		case isRefused(err):
			refusal = failure
		default:
			refusal = nil
			time.Sleep(settleWaits[attempt])
		}
		notBefore = time.Now()
	}
}

// sendMoves returns the move that failed, if one did.
func (s *Store) sendMoves(ctx context.Context, k *imports, f Folder, all []move) (move, error) {
	for _, m := range all {
		row, err := s.client.MoveImport(ctx, place(f), m.id, m.to)
		if err != nil {
			return m, err
		}
		if row.ID != m.id || row.Position != m.to {
			return m, &Error{Problem: ProblemServer, Subject: f.String(), Why: "The server did not give an import of it the position that was asked for."}
		}
		k.list.fold(func(rows []api.Import) []api.Import {
			shift(rows, m.id, m.to)
			return rows
		})
	}
	return move{}, nil
}

// order gives each import the position that it is to have. Those that
// resources of this run have placed get exactly theirs. The others make room
// as the server would have them do, and apart from that stay at, or return to,
// the position at which this run first saw them.
func order(rows []api.Import, placed, seen map[string]int64) map[string]int64 {
	type item struct {
		id     string
		at     int64
		placed bool
	}
	var fixed, rest []item
	for _, r := range rows {
		if at, ok := placed[r.ID]; ok {
			fixed = append(fixed, item{r.ID, at, true})
		} else {
			rest = append(rest, item{r.ID, r.Position, false})
		}
	}
	byPosition := func(a, b item) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.id, b.id)) }
	slices.SortFunc(rest, byPosition)
	slices.SortFunc(fixed, byPosition)
	// Take out what is placed, then put it in where it belongs.
	last := int64(0)
	for i, before := range rest {
		for _, r := range rows {
			if _, ok := placed[r.ID]; ok && r.Position < before.at {
				rest[i].at--
			}
		}
		rest[i].at = max(rest[i].at, last+1) // two clients can make two of one position
		last = rest[i].at
	}
	for _, f := range fixed {
		for i := range rest {
			if rest[i].at >= f.at {
				rest[i].at++
			}
		}
	}
	all := slices.Concat(rest, fixed)
	slices.SortFunc(all, byPosition)

	targets := make(map[string]int64, len(all))
	last = 0
	for i, one := range all {
		at := one.at
		if !one.placed {
			limit := int64(math.MaxInt32)
			for j := i + 1; j < len(all); j++ {
				if all[j].placed {
					limit = all[j].at - int64(j-i)
					break
				}
			}
			at = max(last+1, min(seen[one.id], limit))
		}
		targets[one.id], last = at, at
	}
	return targets
}

// moves are the requests that bring all imports to their targets. Moving down
// from the lowest target on disturbs only what comes later; then moving up
// from the highest on does, too.
func moves(rows []api.Import, targets map[string]int64) []move {
	rows = slices.Clone(rows)
	var out []move
	send := func(r api.Import) {
		out = append(out, move{r.ID, targets[r.ID]})
		shift(rows, r.ID, targets[r.ID])
	}
	byTarget := slices.Clone(rows)
	slices.SortFunc(byTarget, func(a, b api.Import) int { return cmp.Compare(targets[a.ID], targets[b.ID]) })
	for _, r := range byTarget {
		if importByID(rows, r.ID).Position > targets[r.ID] {
			send(r)
		}
	}
	slices.Reverse(byTarget)
	for _, r := range byTarget {
		if importByID(rows, r.ID).Position < targets[r.ID] {
			send(r)
		}
	}
	return out
}

// shift is what the server does when an import is moved: those between the old
// and the new position move by one towards the old.
func shift(rows []api.Import, id string, to int64) {
	moved := importByID(rows, id)
	if moved == nil {
		return
	}
	from := moved.Position
	for i := range rows {
		switch at := rows[i].Position; {
		case at > from && at <= to:
			rows[i].Position--
		case at < from && at >= to:
			rows[i].Position++
		}
	}
	moved.Position = to
}

// closeGap is what the server does when an import is deleted.
func closeGap(rows []api.Import, at int64) {
	for i := range rows {
		if rows[i].Position > at {
			rows[i].Position--
		}
	}
}

func importByID(rows []api.Import, id string) *api.Import {
	return first(rows, func(r api.Import) bool { return r.ID == id })
}
