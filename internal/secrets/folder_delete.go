package secrets

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/api"
)

// DeleteFolder removes the folder with that id, under whatever name it has now.
// One that is gone already is no error. Without force one that holds secrets,
// folders or imports is [ProblemNotEmpty]; with it, all of them go along.
//
// Cost: one DELETE and one list of the parent's folders a Store; without force
// three lists of what the folder holds, made for this. Servers since late 2025
// look themselves as well, so that what came after the lists is not lost.
func (s *Store) DeleteFolder(ctx context.Context, f Folder, id string, force bool) error {
	p, err := s.prepareFolderWrite(ctx, f)
	if err != nil {
		return err
	}
	parent, _ := f.Split()
	t := s.tree(f)
	t.turn.Lock()
	defer t.turn.Unlock()

	var current *api.Folder
	err = step{
		look: func(ctx context.Context, notBefore time.Time, _ bool) (bool, error) {
			folders, err := s.below(ctx, p, parent, notBefore)
			if err != nil {
				return false, err
			}
			if current = byID(folders, id); current == nil {
				return true, nil
			}
			if t.tookOver(id) {
				// A resource of this run has adopted it, as when its address
				// changed without a moved block: it is that one's now.
				s.warn(Warning{"Folder Kept", fmt.Sprintf("The %s is managed by another resource of this configuration too, and was not deleted.", f)})
				return true, nil
			}
			return false, nil
		},
		send: func(ctx context.Context) error {
			at := parent.Sub(current.Name)
			if !force {
				if err := s.refuseFull(ctx, p, at); err != nil {
					return err
				}
			}
			defer s.forget(at)
			guarded, err := s.removeFolder(ctx, p, parent, *current, force)
			if guarded && isRefused(err) {
				// The server found something that came after our look: another says what.
				if full := s.refuseFull(ctx, p, at); ProblemOf(full) == ProblemNotEmpty {
					return full
				}
			}
			if err != nil {
				s.level(parent).forget()
				return err
			}
			s.level(parent).fold(func(folders []api.Folder) []api.Folder {
				return slices.DeleteFunc(folders, func(f api.Folder) bool { return f.ID == id })
			})
			return nil
		},
	}.carryOut(ctx)
	if isAmbiguous(err) {
		return undecided(p.translate(err, f.String(), f), "Apply again: what is gone by then is left alone.")
	}
	return p.translate(err, f.String(), f)
}

// removeFolder sends the delete, and tells whether the server itself refuses it of
// a folder that is not empty. Servers that are known to be late enough are asked to;
// one that has no such address is not known before.
func (s *Store) removeFolder(ctx context.Context, p *project, parent Folder, folder api.Folder, force bool) (guarded bool, err error) {
	if !force && p.backend.isLater() {
		_, err = s.client.DeleteEmptyFolder(ctx, place(parent), folder)
		if api.KindOf(err) != api.KindRouteNotFound || err == nil {
			return true, err
		}
	}
	_, err = s.client.DeleteFolder(ctx, place(parent), folder)
	return false, err
}

// tookOver tells whether a create of this run adopted the folder with that id.
func (t *tree) tookOver(id string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.owned[id]
}

// refuseFull says what a folder holds, by a look that is made now.
func (s *Store) refuseFull(ctx context.Context, p *project, f Folder) error {
	held, err := s.held(ctx, p, f, time.Now(), nil)
	if err != nil || held == "" {
		return err
	}
	return &Error{
		Problem: ProblemNotEmpty, Subject: f.String(),
		Why: fmt.Sprintf("It holds %s. The server would delete all of it along with the folder, so nothing was deleted.", held),
		Do: "Delete or move what it holds first; what Terraform manages in it should take its path from this resource, so that it is destroyed before it. " +
			"Or, to delete everything in it, set force_delete = true, apply that, and destroy then: a destroy goes by what the state says.",
	}
}

// held says what a folder holds, by lists that began at notBefore or later; "" if
// nothing. Secrets that leave returns true for are not counted.
func (s *Store) held(ctx context.Context, p *project, f Folder, notBefore time.Time, leave func(*folder, row) bool) (string, error) {
	k, err := s.load(ctx, p, f, notBefore)
	if err != nil {
		return "", err
	}
	var secrets, folders, imports []string
	for _, r := range k.list() {
		if leave == nil || !leave(k, r) {
			secrets = append(secrets, r.name)
		}
	}
	below, err := s.below(ctx, p, f, notBefore)
	if err != nil {
		return "", err
	}
	for _, folder := range below {
		folders = append(folders, folder.Name)
	}
	rows, err := s.listImports(ctx, f, notBefore)
	if isRefused(err) {
		if err = s.provenMissing(ctx, p, f, err); ProblemOf(err) == ProblemFolderMissing {
			err = nil // it went meanwhile
		}
	}
	if err != nil {
		return "", p.translate(err, f.String(), f)
	}
	for _, row := range rows {
		imports = append(imports, row.Environment+":"+row.Path)
	}
	var held []string
	for _, kind := range []struct {
		name  string
		items []string
	}{{"secret", secrets}, {"folder", folders}, {"import", imports}} {
		if len(kind.items) > 0 {
			held = append(held, count(kind.name, kind.items))
		}
	}
	return strings.Join(held, ", "), nil
}

// ForcedDelete warns of what goes along if a folder is deleted with all that it
// holds. Secrets that a state of this run has are left out: their own resources say
// what becomes of them. ok is false if nothing else is in the folder.
//
// Cost: three lists a folder, from it downwards, of those that nobody asked for in
// the last minute.
func (s *Store) ForcedDelete(ctx context.Context, f Folder) (warning Warning, ok bool) {
	var lines []string
	err := func() error {
		p, err := s.unlock(ctx)
		if err != nil {
			return err
		}
		all, err := s.FoldersBelow(ctx, f)
		if err != nil {
			return err
		}
		for _, below := range all {
			held, err := s.held(ctx, p, below, time.Now().Add(-snapshotLife), func(k *folder, r row) bool {
				return s.HasOther(k.place, "", r.id) || k.isLeaving(r)
			})
			if err != nil {
				return err
			}
			if held != "" {
				lines = append(lines, "- "+Printable(below.Path)+": "+held)
			}
		}
		return nil
	}()
	summary := Titled("Folder Will Be Deleted With Contents", f, []string{Printable(f.Path)})
	switch {
	case onlyMissing(err) != nil: // there is nothing to delete
		return Warning{}, false
	case err != nil:
		return Warning{summary, fmt.Sprintf("This plan deletes the %s with everything in it, because its force_delete is true. What it holds could not be seen: %s", f, err)}, true
	case len(lines) == 0:
		return Warning{}, false
	}
	return Warning{summary, fmt.Sprintf("This plan deletes the %s with everything in it, because its force_delete is true. "+
		"What other resources delete before is not lost with it; the rest is:\n\n%s", f, shortened(lines))}, true
}

// shownNames is how many names of a kind are told.
const shownNames = 5

// count tells how many there are, and some of their names.
func count(kind string, names []string) string {
	slices.Sort(names)
	shown := slices.DeleteFunc(slices.Clone(names), func(name string) bool { return name == "" }) // of what does not open
	if len(shown) > shownNames {
		shown = shown[:shownNames]
	}
	if len(names) != 1 {
		kind += "s"
	}
	text := fmt.Sprintf("%d %s", len(names), kind)
	if len(shown) == 0 {
		return text
	}
	list := Printable(strings.Join(shown, ", "))
	if more := len(names) - len(shown); more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	return text + " (" + list + ")"
}
