package secrets

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/api"
)

// Subfolder is a folder that is in another one: its own place, and its id.
type Subfolder struct {
	Folder
	ID      string
	Created time.Time // zero where the server does not tell
}

// Subfolders returns the folders in f, or with recursive all below it, sorted
// by path. Those whose names no path reaches are left out (PROTOCOL section 6).
// If f does not exist, that is [ProblemFolderMissing].
//
// Cost: one request a folder that is looked into, and Store; if f holds none,
// one more for each folder above it until one is there.
func (s *Store) Subfolders(ctx context.Context, f Folder, recursive bool) ([]Subfolder, error) {
	p, err := s.unlock(ctx)
	if err != nil {
		return nil, err
	}
	notBefore := time.Now().Add(-snapshotLife)
	if _, err := s.below(ctx, p, f, notBefore); err != nil {
		return nil, err
	}
	if missing, err := s.missingFolder(ctx, p, f, notBefore); err != nil {
		return nil, err
	} else if missing != "" {
		return nil, s.folderMissing(ctx, f)
	}
	all := []Subfolder{}
	if recursive {
		below, err := s.walk(ctx, p, f)
		if err != nil {
			return nil, err
		}
		all = append(all, below...)
	} else {
		folders, err := s.below(ctx, p, f, notBefore)
		if err != nil {
			return nil, err
		}
		all = append(all, reachable(f, folders)...)
	}
	slices.SortFunc(all, func(a, b Subfolder) int { return strings.Compare(a.Path, b.Path) })
	return all, nil
}

// FindFolder returns the folder with that id, under whatever name it has in
// its parent; without an id, or when it is gone, the one of that path. It
// returns [ProblemNotFound] only if the environment is known to be there, and
// the parent either known to be there or known not to be.
//
// Cost: one list of the parent's folders a Store; if the parent holds none,
// one more for each folder above it until one is there.
func (s *Store) FindFolder(ctx context.Context, f Folder, id string) (Subfolder, error) {
	p, err := s.unlock(ctx)
	if err != nil {
		return Subfolder{}, err
	}
	parent, name := f.Split()
	notBefore := time.Now().Add(-snapshotLife)
	folders, err := s.below(ctx, p, parent, notBefore)
	if err != nil {
		return Subfolder{}, err
	}
	found := byID(folders, id)
	if found == nil {
		found = named(folders, name)
	}
	if found != nil {
		if CheckFolderName(found.Name) != nil {
			return Subfolder{}, &Error{
				Problem: ProblemName, Subject: f.String(),
				Why: fmt.Sprintf("It was renamed outside of Terraform to %q, which no path reaches.", found.Name),
				Do:  "Rename it in Infisical's web application.",
			}
		}
		return Subfolder{parent.Sub(found.Name), found.ID, found.Created}, nil
	}
	missing, err := s.missingFolder(ctx, p, parent, notBefore)
	if err != nil {
		return Subfolder{}, err
	}
	e := &Error{Problem: ProblemNotFound, Subject: f.String(), Why: "It does not exist on the server.", Do: "Check the path and the environment."}
	if missing != "" {
		e.Why = fmt.Sprintf("It does not exist on the server: there is no folder %s.", missing)
	}
	return Subfolder{}, e
}

// CreateFolder makes a folder, and its parents if they are missing. One that is
// there already is [ProblemExists] and names its id, unless it is to be
// adopted, or was made in this run because one below it was.
//
// Cost: one POST, and the lists of FindFolder.
func (s *Store) CreateFolder(ctx context.Context, f Folder, adopt bool) (Subfolder, error) {
	p, err := s.prepareFolderWrite(ctx, f)
	if err != nil {
		return Subfolder{}, err
	}
	parent, name := f.Split()
	t := s.tree(f)
	t.turn.Lock()
	defer t.turn.Unlock()

	var made api.Folder
	missing := ""
	found, looked := false, false // it was there before
	err = step{
		look: func(ctx context.Context, notBefore time.Time, lost bool) (bool, error) {
			folders, err := s.below(ctx, p, parent, notBefore)
			if err != nil {
				return false, err
			}
			if existing := named(folders, name); existing != nil {
				if made = *existing; lost {
					return true, nil
				}
				found = true
				return true, t.takeOver(f, existing.ID, adopt)
			}
			if !looked {
				missing, err = s.missingFolder(ctx, p, parent, notBefore)
				looked = true
			}
			return false, err
		},
		send: func(ctx context.Context) (err error) {
			made, err = s.client.CreateFolder(ctx, place(parent), name)
			s.forget(f)
			if missing != "" { // made along with it, if it was made
				absent := parent
				absent.Path = missing
				s.forget(absent)
				above, _ := absent.Split()
				s.level(above).forget()
			}
			if err == nil && made.Name != name {
				err = otherFolder(f)
			}
			if err != nil {
				s.level(parent).forget()
				return err
			}
			s.level(parent).fold(func(folders []api.Folder) []api.Folder { return append(folders, made) })
			return nil
		},
	}.carryOut(ctx)
	switch {
	case isAmbiguous(err):
		return Subfolder{}, undecided(p.translate(err, f.String(), f), `Apply again. If it is then said to exist, it was made: import it, or set on_existing = "adopt".`)
	case err != nil:
		return Subfolder{}, p.translate(err, f.String(), f)
	}
	folder := Subfolder{f, made.ID, made.Created}
	if found {
		if t.tookOver(made.ID) {
			s.warn(FolderAdoption(folder, false))
		}
		return folder, nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.owned[made.ID] = false
	for ; missing != "" && len(parent.Path) >= len(missing); parent, _ = parent.Split() {
		t.implied[parent.Path] = true
	}
	return folder, nil
}

// takeOver notes an existing folder as this caller's, if it may have it.
func (t *tree) takeOver(f Folder, id string, adopt bool) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, taken := t.owned[id]; taken {
		return &Error{
			Problem: ProblemExists, Subject: f.String(),
			Why: "Another resource of this run has created or taken over this very folder.",
			Do:  "Leave it to one of them, and remove the other: two cannot manage one folder.",
		}
	}
	if !t.implied[f.Path] {
		if !adopt {
			return &Error{Problem: ProblemExists, Subject: f.String(), ID: id, Why: "It is there already. It was not touched."}
		}
		t.owned[id] = true
		return nil
	}
	delete(t.implied, f.Path)
	t.owned[id] = false
	return nil
}

// RenameFolder gives the folder with that id another name in its parent, and
// sends nothing if it has it already. The id and everything in it stay. In
// sealed mode one that holds what opens in its place alone is [ProblemMode].
//
// Cost: one PATCH, and one list of the parent's folders a Store; in sealed mode
// those of [Store.SealedIn].
func (s *Store) RenameFolder(ctx context.Context, f Folder, id, name string) (Subfolder, error) {
	parent, _ := f.Split()
	to := parent.Sub(name)
	p, err := s.prepareFolderWrite(ctx, to)
	if err != nil {
		return Subfolder{}, err
	}
	t := s.tree(f)
	t.turn.Lock()
	defer t.turn.Unlock()

	taken := &Error{
		Problem: ProblemExists, Subject: f.String(),
		Why: fmt.Sprintf("It cannot be renamed to %q: a folder of that name is there already. Nothing was changed.", name),
		Do:  "Choose another name, or delete or rename the other folder first.",
	}
	var current *api.Folder
	err = step{
		look: func(ctx context.Context, notBefore time.Time, _ bool) (bool, error) {
			folders, err := s.below(ctx, p, parent, notBefore)
			if err != nil {
				return false, err
			}
			current = byID(folders, id)
			switch {
			case current == nil:
				return false, &Error{
					Problem: ProblemOther, Subject: f.String(),
					Why: "It was deleted, or moved with a folder above it, outside of Terraform since it was last read. Nothing was changed.",
					Do:  "Run terraform plan to see what is there.",
				}
			case current.Name == name:
				return true, nil
			case named(folders, name) != nil:
				return false, taken
			}
			return false, nil
		},
		send: func(ctx context.Context) error {
			if err := s.refuseSealed(ctx, parent.Sub(current.Name)); err != nil {
				return err
			}
			defer s.forget(f)
			defer s.forget(to)
			renamed, err := s.client.RenameFolder(ctx, place(parent), *current, name)
			if err == nil && (renamed.ID != id || renamed.Name != name) {
				err = otherFolder(to)
			}
			if err != nil {
				s.level(parent).forget()
				return err
			}
			s.level(parent).fold(func(folders []api.Folder) []api.Folder {
				if renamed := byID(folders, id); renamed != nil {
					renamed.Name = name
				}
				return folders
			})
			return nil
		},
	}.carryOut(ctx)
	switch {
	case isAmbiguous(err):
		return Subfolder{}, undecided(p.translate(err, f.String(), f), "Apply again: the next plan shows which name it has.")
	case err != nil:
		return Subfolder{}, p.translate(err, f.String(), f)
	}
	return Subfolder{Folder: to, ID: id}, nil
}

// prepareFolderWrite refuses what can be refused without asking. The server
// looks at the rights in the parent alone.
func (s *Store) prepareFolderWrite(ctx context.Context, f Folder) (*project, error) {
	parent, name := f.Split()
	if err := CheckFolderName(name); err != nil {
		return nil, &Error{
			Problem: ProblemName, Subject: f.String(),
			Why: "The server cannot hold a folder of this name: " + err.Error() + ".", Do: "Choose another name.",
		}
	}
	if err := s.CheckWrite(ctx, parent); err != nil {
		return nil, err
	}
	if err := s.CheckFolders(ctx, f); err != nil {
		return nil, err
	}
	return s.unlock(ctx)
}

// otherFolder: the answer to a write is not about what was written.
func otherFolder(f Folder) *Error {
	return &Error{
		Problem: ProblemServer, Subject: f.String(), Why: "The server answered the write with another folder.",
		Do: "Look at the folders in Infisical's web application: what answers may not be Infisical, or something on the way rewrites its answers.",
	}
}
