package secrets

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"
)

// Edit is what is to become of secrets of one folder, each by its name. No name
// stands in two of the maps.
type Edit struct {
	Create map[string]Draft
	Update map[string]Update
	Delete map[string]string // the id, or "" for whatever has the name; one that is gone, or has another name now, is left alone
}

// IsEmpty tells whether an edit changes nothing.
func (e Edit) IsEmpty() bool { return len(e.Create) == 0 && len(e.Update) == 0 && len(e.Delete) == 0 }

// Names are those of all secrets that an edit is about.
func (e Edit) Names() []string {
	return slices.Concat(slices.Collect(maps.Keys(e.Create)), slices.Collect(maps.Keys(e.Update)), slices.Collect(maps.Keys(e.Delete)))
}

// Update is a change to the secret with that id, if it still has its name.
type Update struct {
	ID string
	Change
}

// EditError holds what went wrong with an edit, by name.
type EditError map[string]error

// Error names the secrets and says what is wrong with each.
func (f EditError) Error() string {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(f)) {
		lines = append(lines, fmt.Sprintf("%q: %s", name, f[name]))
	}
	return strings.Join(lines, "\n")
}

// Unwrap gives the errors in the order of the names.
func (f EditError) Unwrap() []error {
	var all []error
	for _, name := range slices.Sorted(maps.Keys(f)) {
		all = append(all, f[name])
	}
	return all
}

// Edit makes many changes in one folder. Before anything is written, whatever
// can be known to fail is looked for, and then nothing is written at all.
// Afterwards a change that fails takes no other with it.
//
// It returns the secrets of the changes that were made, by name (of a delete
// the zero Secret), and [EditError] for the others. A secret that was created
// and is not what was sent is among both. Any other error is of the folder as a
// whole, and nothing was written.
//
// Cost: one request for a hundred changes of a kind, or for 900 KB of them
// (of a server of 2023, for 88), and one list a folder and Store. Updates without a value need a list of their
// own for each such request.
func (s *Store) Edit(ctx context.Context, f Folder, e Edit) (map[string]Secret, error) {
	if err := s.CheckWrite(ctx, f); err != nil {
		return nil, err
	}
	p, err := s.unlock(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.proveKey(ctx, p, f); err != nil {
		return nil, err
	}
	k := s.folder(f)
	defer k.claim(e.Names()...)()
	if _, err := s.load(ctx, p, f, time.Now().Add(-snapshotLife)); err != nil {
		return nil, err
	}
	if k.isMissing() {
		if len(e.Create) == 0 && len(e.Update) == 0 {
			return deleted(e.Delete), nil
		}
		return nil, s.folderMissing(ctx, f)
	}
	if refused := k.refuse(e, p); len(refused) > 0 {
		return nil, refused
	}

	var mu sync.Mutex
	done, failed := map[string]Secret{}, EditError{}
	note := func(name string, secret Secret, err error) {
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			failed[name] = err
		}
		if err != nil && secret.ID == "" {
			return
		}
		done[name] = secret
	}
	// Sorted, so that one edit sends the same requests each time. Deletes come
	// last: an edit that is interrupted has too much rather than too little.
	updates := slices.Sorted(maps.Keys(e.Update))
	together(s.dispatcher(p, f, updateSecret), len(updates), func(i int, via writer) {
		name, update := updates[i], e.Update[updates[i]]
		secret, err := s.update(ctx, p, via, Ref{Folder: f, Name: name}, update.ID, update.Change)
		note(name, secret, err)
	})
	creates := slices.Sorted(maps.Keys(e.Create))
	adopt := make([]Secret, len(creates))
	together(s.dispatcher(p, f, createSecret), len(creates), func(i int, via writer) {
		name, draft := creates[i], e.Create[creates[i]]
		secret, created, err := s.create(ctx, p, via, Ref{Folder: f, Name: name}, draft)
		if err == nil && !created && (draft.adjusts(secret) || s.isUnderOlderKey(secret)) {
			adopt[i] = secret
			return
		}
		note(name, secret, err)
	})
	together(s.dispatcher(p, f, updateSecret), len(creates), func(i int, via writer) {
		if adopt[i].ID == "" {
			return
		}
		rest := e.Create[creates[i]].rest()
		rest.SealedUnder = s.SealingKeyID()
		secret, err := s.update(ctx, p, via, adopt[i].Ref, adopt[i].ID, rest)
		note(creates[i], secret, err)
	})
	deletes := slices.Sorted(maps.Keys(e.Delete))
	together(s.dispatcher(p, f, deleteSecret), len(deletes), func(i int, via writer) {
		if !k.isNamed(e.Delete[deletes[i]], deletes[i]) {
			note(deletes[i], Secret{}, nil)
			return
		}
		note(deletes[i], Secret{}, s.delete(ctx, p, via, Ref{Folder: f, Name: deletes[i]}, e.Delete[deletes[i]]))
	})
	if len(failed) > 0 {
		return done, failed
	}
	return done, nil
}

func deleted(ids map[string]string) map[string]Secret {
	done := map[string]Secret{}
	for name := range ids {
		done[name] = Secret{}
	}
	return done
}

// refuse finds what can be known to fail, in the names, the sizes and the
// folder as it was listed.
func (k *folder) refuse(e Edit, p *project) EditError {
	refused := EditError{}
	for name, draft := range e.Create {
		ref := Ref{Folder: k.place, Name: name}
		err := checkName(ref)
		if err == nil {
			err = p.limit.check(ref, draft.content(), draft.DetailsChange)
		}
		if err == nil {
			err = p.backend.carries(write{kind: createSecret, ref: ref, name: name, content: draft.content(), withComment: true})
		}
		if err == nil {
			err = k.refuseCreate(ref, draft)
		}
		if err != nil {
			refused[name] = err
		}
	}
	for name, update := range e.Update {
		ref := Ref{Folder: k.place, Name: name}
		var err error
		if !k.isNamed(update.ID, name) {
			err = &Error{
				Problem: ProblemOther, Subject: ref.String(),
				Why: "It was renamed outside of Terraform since it was last read. It was not touched.",
				Do:  "Run terraform plan: by its name it is gone.",
			}
		} else if update.Value != nil {
			content := Content{Value: *update.Value}
			if update.Comment != nil {
				content.Comment = *update.Comment
			}
			err = p.limit.check(ref, content, update.DetailsChange)
		}
		if err == nil {
			if w, done := k.update(p.limit, ref, update.ID, update.Change); done == nil {
				err = p.backend.carries(w)
			}
		}
		if err != nil {
			refused[name] = err
		}
	}
	return refused
}

func (k *folder) refuseCreate(ref Ref, draft Draft) error {
	existing, err := k.find(ref, "")
	switch {
	case ProblemOf(err) == ProblemNotFound:
		return nil
	case err != nil:
		return err
	}
	if k.isOwned(existing.id) {
		return alreadyWritten(ref)
	}
	_, err = takeOver(existing, ref, draft)
	return err
}

// Contents is what a folder holds, seen by who manages some of its names.
type Contents struct {
	Secrets map[string]Secret // of the names asked for, by the name asked for
	Damaged map[string]error  // of those, why their content does not open; Secrets has their id and version
	Others  []Secret          // that nobody asked for, sorted by name
	LeftOut []error           // of those, what does not open, and what is there under one name twice
}

// Contents returns secrets of a folder by name, and what else is there. A
// folder that does not exist is [ProblemFolderMissing].
func (s *Store) Contents(ctx context.Context, f Folder, names []string) (Contents, error) {
	p, err := s.unlock(ctx)
	if err != nil {
		return Contents{}, err
	}
	k, err := s.load(ctx, p, f, time.Now().Add(-snapshotLife))
	if err != nil {
		return Contents{}, err
	}
	if k.isMissing() {
		return Contents{}, s.folderMissing(ctx, f)
	}
	out := Contents{Secrets: make(map[string]Secret, len(names)), Damaged: map[string]error{}}
	asked := make(map[string]bool, len(names))
	for _, name := range names {
		asked[nameKey(name)] = true
		r, err := k.find(Ref{Folder: f, Name: name}, "")
		if ProblemOf(err) == ProblemNotFound {
			continue
		}
		if err != nil {
			return Contents{}, err
		}
		secret, err := r.secret()
		if err != nil {
			out.Damaged[name] = err
			secret = Secret{Ref: Ref{Folder: f, Name: r.name}, ID: r.id, Version: r.version, Envelope: secret.Envelope}
		}
		out.Secrets[name] = secret
	}
	for _, r := range k.list() {
		if r.name != "" && asked[nameKey(r.name)] {
			continue
		}
		if r.name != "" {
			asked[nameKey(r.name)] = true
			if r, err = k.find(Ref{Folder: f, Name: r.name}, ""); err != nil {
				out.LeftOut = append(out.LeftOut, err)
				continue
			}
		}
		secret, err := r.secret()
		if err != nil {
			out.LeftOut = append(out.LeftOut, err)
			continue
		}
		out.Others = append(out.Others, secret)
	}
	slices.SortFunc(out.LeftOut, func(a, b error) int { return strings.Compare(a.Error(), b.Error()) })
	slices.SortFunc(out.Others, func(a, b Secret) int { return strings.Compare(a.Name, b.Name) })
	return out, nil
}

// IsListed tells whether [Store.Contents] of a folder costs no request now.
func (s *Store) IsListed(f Folder) bool { return s.folder(f).isRead(time.Now().Add(-snapshotLife)) }

// isNamed is false if the secret with that id is known to have another name:
// who manages a folder by names does not follow it.
func (k *folder) isNamed(id, name string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	r, ok := k.rows[id]
	return !ok || r.name == "" || nameKey(r.name) == nameKey(name)
}

// list are the shared rows, all are the user's own, too.
func (k *folder) list() []row { return sharedOf(k.all()) }

func (k *folder) all() []row {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Collect(maps.Values(k.rows))
}

// sharedOf takes the personal rows out of a slice, in place.
func sharedOf(rows []row) []row {
	return slices.DeleteFunc(rows, func(r row) bool { return r.personal })
}
