package secrets

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/api"
)

// settleWaits are the pauses before each look at what a write did whose answer
// was lost: the server finishes what it began, a little later.
var settleWaits = []time.Duration{0, 500 * time.Millisecond, 1500 * time.Millisecond}

// Create stores a new secret. If one of that name is there already with the
// same content (as after a run that was killed), it is taken over; with other
// content the error is [ProblemExists] and names its id.
//
// Cost: one POST, and one list a folder and Store.
func (s *Store) Create(ctx context.Context, ref Ref, content Content) (Secret, error) {
	p, err := s.prepareWrite(ctx, ref)
	if err != nil {
		return Secret{}, err
	}
	defer s.folder(ref.Folder).claim(ref.Name)()

	notBefore := time.Now().Add(-snapshotLife)
	for attempt := 1; ; attempt++ {
		k, err := s.load(ctx, p, ref.Folder, notBefore)
		if err != nil {
			return Secret{}, err
		}
		if k.isMissing() {
			return Secret{}, s.folderMissing(ctx, ref.Folder)
		}
		existing, err := k.find(ref, "")
		switch {
		case err == nil:
			return adoptEqual(existing, ref, content)
		case ProblemOf(err) != ProblemNotFound:
			return Secret{}, err
		}

		echo, err := p.backend.create(ctx, ref, content)
		if err == nil {
			k.put(echo)
			return echo.secret(ref.Folder)
		}
		if attempt == 2 {
			return Secret{}, p.translate(err, ref.String(), ref.Folder)
		}
		switch {
		case api.KindOf(err) == api.KindSecretExists:
			notBefore = time.Now() // created by another since the list: look at it
		case isAmbiguous(err):
			settled, settleErr := s.settleCreate(ctx, p, ref)
			if settleErr != nil {
				return Secret{}, unsettled(p.translate(err, ref.String(), ref.Folder), settleErr)
			}
			if settled != nil {
				return adoptEqual(*settled, ref, content)
			}
		default:
			return Secret{}, p.translate(err, ref.String(), ref.Folder)
		}
	}
}

// adoptEqual returns an existing secret as the created one if its content is
// what was to be created.
func adoptEqual(existing row, ref Ref, content Content) (Secret, error) {
	secret, err := existing.secret(ref.Folder)
	if err != nil {
		return Secret{}, err
	}
	if !secret.equal(content) {
		return Secret{}, &Error{
			Problem: ProblemExists, Subject: ref.String(), ID: existing.id,
			Why: "A secret of this name is there already, with another value or comment. It was not touched.",
		}
	}
	return secret, nil
}

// settleCreate looks whether a create whose answer was lost has happened.
func (s *Store) settleCreate(ctx context.Context, p *project, ref Ref) (*row, error) {
	ctx = context.WithoutCancel(ctx) // an interrupted run must still learn what it did
	for _, wait := range settleWaits {
		time.Sleep(wait)
		k, err := s.load(ctx, p, ref.Folder, time.Now())
		if err != nil {
			return nil, err
		}
		r, err := k.find(ref, "")
		if err == nil {
			return &r, nil
		}
		if ProblemOf(err) != ProblemNotFound {
			return nil, err
		}
	}
	return nil, nil
}

// Change is what an update is to bring about; nil leaves a part as it is.
type Change struct {
	Name    *string
	Value   *Value
	Comment *Value
}

// Update brings the secret with that id (or, without one, of that name) to
// what change says, and sends nothing if it is so already. The id stays.
//
// Cost: one PATCH, and one list a folder and Store.
func (s *Store) Update(ctx context.Context, ref Ref, id string, change Change) (Secret, error) {
	if change.Name != nil {
		if err := checkName(Ref{ref.Folder, *change.Name}); err != nil {
			return Secret{}, err
		}
	}
	p, err := s.prepareWrite(ctx, ref)
	if err != nil {
		return Secret{}, err
	}
	defer s.folder(ref.Folder).claim(ref.Name, *cmp.Or(change.Name, &ref.Name))()

	notBefore := time.Now().Add(-snapshotLife)
	for attempt := 1; ; attempt++ {
		k, err := s.load(ctx, p, ref.Folder, notBefore)
		if err != nil {
			return Secret{}, err
		}
		current, err := k.find(ref, id)
		if err != nil {
			return Secret{}, err
		}
		secret, err := current.secret(ref.Folder)
		if err != nil && (change.Value == nil || ProblemOf(err) != ProblemNotAuthentic || current.flaw != nil) {
			return Secret{}, err
		}
		want, wantName, withComment := change.applied(secret, current.name)
		if err == nil && wantName == current.name && want.equal(secret.Content) {
			return secret, nil
		}
		if err != nil {
			// The value or comment is damaged and is now replaced: both are.
			withComment = true
		}

		echo, err := p.backend.update(ctx, Ref{ref.Folder, current.name}, wantName, want, withComment)
		switch {
		case err == nil:
			k.put(echo)
			return echo.secret(ref.Folder)
		case attempt == 1 && isAmbiguous(err):
			// Whatever happened, the folder now shows it: done, or tried again.
			ctx, notBefore = context.WithoutCancel(ctx), time.Now()
		case api.KindOf(err) == api.KindSecretExists && wantName != current.name:
			return Secret{}, &Error{
				Problem: ProblemExists, Subject: ref.String(),
				Why: fmt.Sprintf("It cannot be renamed to %q: a secret of that name is there already. Nothing was changed.", wantName),
				Do:  "Choose another name, or delete or rename the other secret first.",
			}
		default:
			return Secret{}, p.translate(err, ref.String(), ref.Folder)
		}
	}
}

// applied is the content and name that a change leads to. The name keeps the
// server's spelling unless it really changes.
func (c Change) applied(current Secret, currentName string) (want Content, name string, withComment bool) {
	want, name = current.Content, currentName
	if c.Value != nil {
		want.Value = *c.Value
	}
	if c.Comment != nil {
		withComment = !c.Comment.Equal(want.Comment)
		want.Comment = *c.Comment
	}
	if c.Name != nil && nameKey(*c.Name) != nameKey(currentName) {
		name = *c.Name
	}
	return want, name, withComment
}

// Delete removes the secret with that id, under whatever name it now has. One
// that is gone already is no error.
//
// Cost: one DELETE, and one list a folder and Store.
func (s *Store) Delete(ctx context.Context, ref Ref, id string) error {
	p, err := s.prepareWrite(ctx, ref)
	if err != nil {
		return err
	}
	defer s.folder(ref.Folder).claim(ref.Name)()

	notBefore := time.Now().Add(-snapshotLife)
	for attempt := 1; ; attempt++ {
		k, err := s.load(ctx, p, ref.Folder, notBefore)
		if err != nil {
			return err
		}
		current, err := k.find(ref, id)
		switch {
		case ProblemOf(err) == ProblemNotFound:
			return nil
		case err != nil:
			return err
		case id != "" && current.id != id:
			return nil // the one we had is gone; another took its name since
		case current.flaw != nil:
			return current.flaw
		}
		err = p.backend.remove(ctx, Ref{ref.Folder, current.name})
		switch {
		case err == nil || api.KindOf(err) == api.KindSecretNotFound:
			k.drop(current.id)
			return nil
		case attempt == 1 && isAmbiguous(err):
			ctx, notBefore = context.WithoutCancel(ctx), time.Now()
		default:
			return p.translate(err, ref.String(), ref.Folder)
		}
	}
}

// prepareWrite refuses what can be refused without asking.
func (s *Store) prepareWrite(ctx context.Context, ref Ref) (*project, error) {
	if err := checkName(ref); err != nil {
		return nil, err
	}
	if err := s.CheckWrite(ctx, ref.Folder); err != nil {
		return nil, err
	}
	return s.unlock(ctx)
}

func checkName(ref Ref) error {
	if err := CheckName(ref.Name); err != nil {
		return &Error{
			Problem: ProblemName, Subject: ref.String(),
			Why: "The server cannot hold a secret of this name: " + err.Error() + ".", Do: "Choose another name.",
		}
	}
	return nil
}

func (k *folder) isMissing() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.missing
}

func isAmbiguous(err error) bool {
	var e *api.Error
	return errors.As(err, &e) && e.Ambiguous()
}

// unsettled says that a write may or may not have happened.
func unsettled(write, settle error) error {
	var e *Error
	if !errors.As(write, &e) {
		return write
	}
	out := *e
	out.Why += " It may have been carried out all the same, and reading it back failed too."
	out.Do = "Apply again: what was created with this content is taken over."
	var s *Error
	if errors.As(settle, &s) {
		out.Server += "; then " + s.Server
	}
	return &out
}
