package secrets

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/api"
)

// CreateImport makes a folder import another, at a position, or for 0 after
// all that it imports already. A source that does not exist, the folder itself
// and one that is imported already ([ProblemExists], with the id) are refused
// before anything is written: the server takes them all, and one import of a
// folder that is missing makes it fail on every list with imports (PROTOCOL
// section 8).
//
// An error with an Import that has an id means: it was created, and not put at
// its position.
//
// Cost: one POST, a PATCH for each import that has to move, one list of the
// folder's imports and one of the folders beside the source a Store.
func (s *Store) CreateImport(ctx context.Context, f, source Folder, position int64) (Import, error) {
	if err := s.CheckImport(ctx, f, source); err != nil {
		return Import{}, err
	}
	p, err := s.unlock(ctx)
	if err != nil {
		return Import{}, err
	}
	if err := s.checkSource(ctx, p, source); err != nil {
		return Import{}, err
	}
	var made Import
	k := s.importsOf(f)
	err, orderErr := s.inTurn(ctx, p, f, k, func() error {
		row, err := s.createImport(ctx, p, k, f, source, position)
		if err != nil {
			return err
		}
		k.made[row.ID], k.seen[row.ID], k.unsorted = true, row.Position, true
		if position != 0 {
			k.placed[row.ID] = position
		}
		made = f.imported(row)
		return nil
	})
	if err != nil {
		return Import{}, err
	}
	return s.placed(made, position, orderErr)
}

// placed is an import as its resource keeps it: at the position that it asked
// for, although others that are on their way may still have to move it there.
func (s *Store) placed(i Import, position int64, orderErr error) (Import, error) {
	if orderErr != nil {
		rows, _ := s.importsOf(i.Folder).list.get(time.Time{})
		if row := importByID(rows, i.ID); row != nil {
			i.Position = row.Position
		}
		if position != 0 && i.Position != position {
			return i, orderErr
		}
		s.warnOfOrder(i.Folder, orderErr)
	}
	if position != 0 {
		i.Position = position
	}
	return i, nil
}

func (s *Store) warnOfOrder(f Folder, err error) {
	s.warn(Warning{"Import Positions Not Kept", fmt.Sprintf("Other imports of the %s have other positions now, and could not be put back: %s. The next plan shows them.", f, strings.TrimSuffix(err.Error(), "."))})
}

// createImport sends the create, and settles one whose answer was lost by
// reading: sent twice it would make two.
func (s *Store) createImport(ctx context.Context, p *project, k *imports, f, source Folder, position int64) (api.Import, error) {
	subject := importSubject(f, source)
	var made api.Import
	err := step{
		doubles: true,
		look: func(ctx context.Context, notBefore time.Time, lost bool) (bool, error) {
			rows, err := s.seeImports(ctx, p, k, f, notBefore)
			if err != nil {
				return false, err
			}
			existing := importOf(rows, source)
			switch {
			case existing == nil:
				return false, k.checkPosition(f, source, "", position)
			case lost:
				made = *existing
				return true, nil
			case k.made[existing.ID]:
				return false, &Error{
					Problem: ProblemExists, Subject: subject, Why: "Another resource of this run has created this very import.",
					Do: "Leave it to one of them, and remove the other: two cannot manage one import.",
				}
			}
			return false, &Error{Problem: ProblemExists, Subject: subject, ID: existing.ID, Why: "It is there already. It was not touched."}
		},
		send: func(ctx context.Context) (err error) {
			if made, err = s.client.CreateImport(ctx, place(f), source.Environment, source.Path); err != nil {
				k.list.forget()
				return err
			}
			if made.Environment != source.Environment || made.Path != source.Path {
				return &Error{Problem: ProblemServer, Subject: subject, Why: "The server answered the write with an import of another folder."}
			}
			k.list.fold(func(rows []api.Import) []api.Import { return append(rows, made) })
			return nil
		},
	}.carryOut(ctx)
	if isAmbiguous(err) {
		return api.Import{}, undecided(p.translate(err, subject, f), "Apply again. If the import is then said to exist, it was made: import it.")
	}
	return made, p.translate(err, subject, f)
}

// seeImports lists the imports of a folder and notes where each of them is.
// The caller has the turn.
func (s *Store) seeImports(ctx context.Context, p *project, k *imports, f Folder, notBefore time.Time) ([]api.Import, error) {
	rows, err := s.listImports(ctx, f, notBefore)
	if isRefused(err) {
		return nil, s.provenMissing(ctx, p, f, err)
	}
	if err != nil {
		return nil, p.translate(err, f.String(), f)
	}
	for _, row := range rows {
		if _, ok := k.seen[row.ID]; !ok {
			k.seen[row.ID] = row.Position
		}
	}
	return rows, nil
}

// checkSource refuses a source that is not there. That it is missing is only
// believed of a look that is made now.
func (s *Store) checkSource(ctx context.Context, p *project, source Folder) error {
	missing := ""
	for _, notBefore := range []time.Time{time.Now().Add(-snapshotLife), time.Now()} {
		var err error
		if missing, err = s.missingFolder(ctx, p, source, notBefore); err != nil || missing == "" {
			return err
		}
	}
	return &Error{
		Problem: ProblemSource, Subject: "source " + source.String(),
		Why: fmt.Sprintf("There is no folder %s in environment %q. The server would take the import all the same, and then fail on every list with imports. Nothing was written.", missing, source.Environment),
		Do:  "Create the folder first, and take import_folder_path from its resource if there is one, or correct import_folder_path.",
	}
}

// MoveImport gives the import with that id another position, and sends nothing
// if it has it. Other imports keep theirs as far as they can.
//
// Cost: a PATCH for each import that has to move, and one list of the folder's
// imports a Store.
func (s *Store) MoveImport(ctx context.Context, f, source Folder, id string, position int64) (Import, error) {
	if err := s.CheckWrite(ctx, f); err != nil {
		return Import{}, err
	}
	p, err := s.unlock(ctx)
	if err != nil {
		return Import{}, err
	}
	var moved Import
	k := s.importsOf(f)
	err, orderErr := s.inTurn(ctx, p, f, k, func() error {
		rows, err := s.seeImports(ctx, p, k, f, time.Now().Add(-snapshotLife))
		if err != nil {
			return err
		}
		row := importByID(rows, id)
		if row == nil {
			return &Error{
				Problem: ProblemOther, Subject: importSubject(f, source),
				Why: "It was deleted outside of Terraform since it was last read.", Do: "Run terraform plan to see what is there.",
			}
		}
		if err := k.checkPosition(f, source, id, position); err != nil {
			return err
		}
		moved = f.imported(*row)
		k.placed[id], k.unsorted = position, true
		return nil
	})
	if err != nil {
		return Import{}, err
	}
	return s.placed(moved, position, orderErr)
}

// checkPosition refuses a position that another import of this run has.
func (k *imports) checkPosition(f, source Folder, id string, position int64) error {
	for other, at := range k.placed {
		if other != id && at == position && position != 0 {
			return positionTaken(f, source, position, "Another import of this run has it already.")
		}
	}
	return nil
}

// DeleteImport removes the import with that id; the source is not touched. One
// that is gone already is no error. The server then moves all behind it up by
// one; with keep they are put back to where they were.
//
// Cost: one DELETE, a PATCH for each import that is put back, and one list of
// the folder's imports a Store.
func (s *Store) DeleteImport(ctx context.Context, f, source Folder, id string, keep bool) error {
	if err := s.CheckWrite(ctx, f); err != nil {
		return err
	}
	p, err := s.unlock(ctx)
	if err != nil {
		return err
	}
	k := s.importsOf(f)
	err, orderErr := s.inTurn(ctx, p, f, k, func() error { return s.deleteImport(ctx, p, k, f, source, id, keep) })
	if err == nil && orderErr != nil {
		s.warnOfOrder(f, orderErr)
	}
	return err
}

func (s *Store) deleteImport(ctx context.Context, p *project, k *imports, f, source Folder, id string, keep bool) error {
	var row *api.Import
	var rows []api.Import
	at := int64(0) // where it was
	err := step{
		look: func(ctx context.Context, notBefore time.Time, _ bool) (done bool, err error) {
			if rows, err = s.seeImports(ctx, p, k, f, notBefore); err != nil {
				return ProblemOf(err) == ProblemFolderMissing, err
			}
			row = importByID(rows, id)
			return row == nil, nil
		},
		send: func(ctx context.Context) error {
			at = row.Position
			_, err := s.client.DeleteImport(ctx, place(f), id)
			if err != nil {
				k.list.forget()
			}
			return err
		},
	}.carryOut(ctx)
	switch {
	case ProblemOf(err) == ProblemFolderMissing:
		return nil
	case isAmbiguous(err):
		return undecided(p.translate(err, importSubject(f, source), f), "Apply again: what is gone by then is left alone.")
	case err == nil && at != 0:
		k.deleted(rows, id, at, keep)
	}
	return p.translate(err, importSubject(f, source), f)
}

// deleted takes over a delete. Rows is the last list, of before or after it.
func (k *imports) deleted(rows []api.Import, id string, at int64, keep bool) {
	before := importByID(rows, id) != nil
	for _, r := range rows {
		if behind := r.Position > at || !before && r.Position == at; behind && !keep {
			k.seen[r.ID]--
		}
	}
	if before {
		k.list.fold(func(rows []api.Import) []api.Import {
			rows = slices.DeleteFunc(rows, func(r api.Import) bool { return r.ID == id })
			closeGap(rows, at)
			return rows
		})
	}
	delete(k.seen, id)
	delete(k.placed, id)
	k.unsorted = true
}

// inTurn runs one operation on a folder's imports. They take turns, and the
// last of those that came together puts the positions right: each on its own
// would undo what another did. orderErr is of that.
func (s *Store) inTurn(ctx context.Context, p *project, f Folder, k *imports, operate func() error) (err, orderErr error) {
	k.inside.Add(1)
	k.turn.Lock()
	defer k.turn.Unlock()
	if err = ctx.Err(); err == nil {
		err = operate()
	}
	if k.inside.Add(-1) == 0 && k.unsorted {
		orderErr = s.sortImports(context.WithoutCancel(ctx), p, k, f)
	}
	return err, orderErr
}
