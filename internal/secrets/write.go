package secrets

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/api"
)

// settleWaits are the pauses before each look at what a write did whose answer
// was lost: the server finishes what it began, a little later.
var settleWaits = []time.Duration{0, 500 * time.Millisecond, 1500 * time.Millisecond}

// Draft is a secret to be.
type Draft struct {
	Value   Value
	Comment *Value // nil = not said: none on a new secret
	DetailsChange
	// Adopt takes over an existing secret of that name, whatever it holds, and
	// brings it to the draft. Without it only one of the same content is.
	Adopt bool
}

func (d Draft) content() Content {
	content := Content{Value: d.Value}
	if d.Comment != nil {
		content.Comment = *d.Comment
	}
	return content
}

// Create stores a new secret. If one of that name is there already with the
// same content (as after a run that was killed), it is taken over; with other
// content the error is [ProblemExists] and names its id, unless the draft says
// to adopt it.
//
// An error with a Secret that has an id means: it was created, and what the
// server takes in a second step only (tags, reminder) was not.
//
// Cost: one POST, a PATCH if there are tags or a reminder, and one list a
// folder and Store.
func (s *Store) Create(ctx context.Context, ref Ref, draft Draft) (Secret, error) {
	if err := checkSize(ref, draft.content(), draft.DetailsChange); err != nil {
		return Secret{}, err
	}
	p, err := s.prepareWrite(ctx, ref)
	if err != nil {
		return Secret{}, err
	}
	defer s.folder(ref.Folder).claim(ref.Name)()

	secret, created, err := s.create(ctx, p, ref, draft)
	if err != nil {
		return Secret{}, err
	}
	if !s.folder(ref.Folder).own(secret.ID, !created) {
		return Secret{}, &Error{
			Problem: ProblemExists, Subject: ref.String(),
			Why: "Another resource of this run has created or taken over this very secret.",
			Do:  "Remove one of the two resources; two cannot manage one secret.",
		}
	}
	if draft.isEmpty() && !draft.Adopt {
		return secret, nil
	}
	rest := Change{DetailsChange: draft.DetailsChange}
	if draft.Adopt {
		rest.Value, rest.Comment = &draft.Value, draft.Comment
	}
	finished, err := s.update(context.WithoutCancel(ctx), p, secret.Ref, secret.ID, rest)
	switch {
	case err == nil:
		return finished, nil
	case created:
		return secret, err
	}
	return Secret{}, err // it was there before: nothing to undo, and not to be replaced
}

// create returns the secret, and whether it was made here or taken over.
func (s *Store) create(ctx context.Context, p *project, ref Ref, draft Draft) (secret Secret, created bool, err error) {
	writer := s.folder(ref.Folder).writer(p, createSecret)
	defer writer.enter()()
	sent := DetailsChange{Metadata: draft.Metadata, SkipMultilineEncoding: draft.SkipMultilineEncoding}
	w := write{
		kind: createSecret, ref: ref, name: ref.Name, content: draft.content(), withComment: true,
		details: sent, want: sent.on(Details{}),
	}
	notBefore := time.Now().Add(-snapshotLife)
	for attempts := (tries{}); ; {
		k, err := s.load(ctx, p, ref.Folder, notBefore)
		if err != nil {
			return Secret{}, false, err
		}
		if k.isMissing() {
			return Secret{}, false, s.folderMissing(ctx, ref.Folder)
		}
		existing, err := k.find(ref, "")
		switch {
		case err == nil:
			secret, err := takeOver(existing, ref, draft)
			return secret, false, err
		case ProblemOf(err) != ProblemNotFound:
			return Secret{}, false, err
		}

		d := writer.do(ctx, w, attempts.alone())
		if d.err == nil {
			k.put(d.row)
			secret, err := d.row.secret()
			return secret, true, err
		}
		if !attempts.again(d) {
			return Secret{}, false, p.translate(d.err, ref.String(), ref.Folder)
		}
		notBefore = time.Now() // whatever happened, the folder shows it
		if isAmbiguous(d.err) {
			settled, settleErr := s.settleCreate(ctx, p, ref)
			if settleErr != nil {
				return Secret{}, false, unsettled(p.translate(d.err, ref.String(), ref.Folder), settleErr)
			}
			if settled != nil {
				secret, err := takeOver(*settled, ref, draft)
				return secret, true, err
			}
			var e *api.Error
			if errors.As(d.err, &e) && e.TimedOut {
				// The server may be at it still: sending it again could make two.
				return Secret{}, false, unsettled(p.translate(d.err, ref.String(), ref.Folder), nil)
			}
		}
	}
}

// tries counts the attempts at one write, and tells whether there is another.
type tries struct{ lone, shared int }

// alone: after two refusals in company the next request is for this write
// only, so that the answer is about it and nothing else.
func (t *tries) alone() bool { return t.shared >= 2 }

// again takes an attempt that failed. It is worth another if it may have been
// carried out all the same, if it lost a race, or if the refusal may have been
// for another write in the same request.
func (t *tries) again(d delivery) bool {
	if d.shared {
		t.shared++
	} else {
		t.lone++
	}
	var e *api.Error
	if t.lone >= 2 || !errors.As(d.err, &e) { // what an echo showed is final: it was carried out
		return false
	}
	return e.Ambiguous() || e.Kind == api.KindSecretExists || d.shared && aboutOne[e.Kind]
}

// aboutOne are the refusals of a batch that are for one of its items.
var aboutOne = map[api.Kind]bool{
	api.KindSecretNotFound: true, api.KindValidation: true, api.KindTagNotFound: true,
	api.KindBodyTooLarge: true, api.KindUnexpected: true,
}

// takeOver returns an existing secret as the created one, if it may.
func takeOver(existing row, ref Ref, draft Draft) (Secret, error) {
	secret, err := existing.secret()
	if draft.Adopt && existing.flaw == nil {
		// What does not open is replaced by what is written next.
		secret.Ref, secret.ID = Ref{ref.Folder, existing.name}, existing.id
		return secret, nil
	}
	if err != nil {
		return Secret{}, err
	}
	if !secret.equal(draft.content()) {
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
	DetailsChange
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
	return s.update(ctx, p, ref, id, change)
}

func (s *Store) update(ctx context.Context, p *project, ref Ref, id string, change Change) (Secret, error) {
	writer := s.folder(ref.Folder).writer(p, updateSecret)
	defer writer.enter()()
	notBefore := time.Now().Add(-snapshotLife)
	if change.Value == nil {
		notBefore = time.Now() // the value goes along with every update: it must be the one that is there
	}
	for attempts := (tries{}); ; {
		k, err := s.load(ctx, p, ref.Folder, notBefore)
		if err != nil {
			return Secret{}, err
		}
		current, err := k.find(ref, id)
		if err != nil {
			return Secret{}, err
		}
		if id != "" && current.id != id {
			return Secret{}, &Error{
				Problem: ProblemOther, Subject: ref.String(),
				Why: "It was deleted and made again outside of Terraform since it was last read. The new one was not touched.",
				Do:  "Run terraform plan to see what it holds.",
			}
		}
		secret, err := current.secret()
		damaged := err != nil && current.flaw == nil && change.Value != nil
		if err != nil && !damaged { // a damaged value or comment is mended by a new value
			return Secret{}, err
		}
		w := change.on(secret, current, ref.Folder)
		if damaged {
			w.withComment = w.withComment || secret.commentDamaged
		} else if w.name == current.name && !w.withComment && w.content.equal(secret.Content) && w.details.isEmpty() {
			return secret, nil
		}
		if err := checkSize(ref, w.content, w.details); err != nil {
			return Secret{}, err
		}

		d := writer.do(ctx, w, attempts.alone())
		if d.err == nil {
			k.put(d.row)
			return d.row.secret()
		}
		if api.KindOf(d.err) == api.KindSecretExists && w.name != current.name {
			return Secret{}, &Error{
				Problem: ProblemExists, Subject: ref.String(),
				Why: fmt.Sprintf("It cannot be renamed to %q: a secret of that name is there already. Nothing was changed.", w.name),
				Do:  "Choose another name, or delete or rename the other secret first.",
			}
		}
		if !attempts.again(d) {
			return Secret{}, p.translate(d.err, ref.String(), ref.Folder)
		}
		// Whatever happened, the folder soon shows it: done, or tried again.
		if isAmbiguous(d.err) {
			ctx = context.WithoutCancel(ctx)
			time.Sleep(settleWaits[1])
		}
		notBefore = time.Now()
	}
}

// on is the write that makes the change. The name keeps the server's spelling
// unless it really changes.
func (c Change) on(secret Secret, current row, f Folder) write {
	w := write{kind: updateSecret, ref: Ref{f, current.name}, id: current.id, name: current.name, content: secret.Content}
	if c.Value != nil {
		w.content.Value = *c.Value
	}
	if c.Comment != nil {
		w.withComment = !c.Comment.Equal(w.content.Comment)
		w.content.Comment = *c.Comment
	}
	if c.Name != nil && nameKey(*c.Name) != nameKey(current.name) {
		w.name = *c.Name
	}
	w.details = c.differing(current.details)
	w.want = w.details.on(current.details)
	return w
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

	writer := s.folder(ref.Folder).writer(p, deleteSecret)
	defer writer.enter()()
	notBefore := time.Now().Add(-snapshotLife)
	for attempts := (tries{}); ; {
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
		if k.tookOver(current.id) {
			// A resource of this run has taken it over, as when its address
			// changed without a moved block: it is that one's now.
			s.warn(Warning{"Secret Kept", fmt.Sprintf("%s is managed by another resource of this configuration too, and was not deleted.", ref)})
			return nil
		}
		d := writer.do(ctx, write{kind: deleteSecret, ref: Ref{ref.Folder, current.name}, id: current.id, name: current.name}, attempts.alone())
		if d.err == nil || !d.shared && api.KindOf(d.err) == api.KindSecretNotFound {
			k.drop(current.id)
			return nil
		}
		if !attempts.again(d) {
			return p.translate(d.err, ref.String(), ref.Folder)
		}
		if isAmbiguous(d.err) {
			ctx = context.WithoutCancel(ctx)
			time.Sleep(settleWaits[1])
		}
		notBefore = time.Now()
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

// maxRequestBytes is the server's limit for a body (PROTOCOL section 4), and
// requestOverhead more than what a request holds beside its contents: field
// names, places, IVs and tags.
const (
	maxRequestBytes = 1 << 20
	requestOverhead = 2 << 10
)

// CheckSize refuses what the server would refuse for its size.
func CheckSize(ref Ref, value Value, comment Value) error {
	return checkSize(ref, Content{value, comment}, DetailsChange{})
}

// size is about how many bytes a write is as an item of a request.
func (w write) size() int {
	size := requestOverhead
	for _, text := range []string{w.ref.Name, w.ref.Path, w.content.Value.Reveal(), w.content.Comment.Reveal()} {
		size += base64.StdEncoding.EncodedLen(len(text))
	}
	if w.details.Metadata != nil {
		for key, value := range *w.details.Metadata {
			size += len(key) + len(value) + 8
		}
	}
	return size
}

func checkSize(ref Ref, content Content, details DetailsChange) error {
	size := write{ref: ref, content: content, details: details}.size()
	if size <= maxRequestBytes {
		return nil
	}
	return &Error{
		Problem: ProblemTooLarge, Subject: ref.String(),
		Why: fmt.Sprintf("Its value of %d bytes and comment of %d make a request of about %d bytes; the server takes at most %d.",
			len(content.Value.Reveal()), len(content.Comment.Reveal()), size, maxRequestBytes),
		Do: fmt.Sprintf("Store a smaller value: with this name and comment at most %d bytes fit.",
			max(0, maxRequestBytes-(size-base64.StdEncoding.EncodedLen(len(content.Value.Reveal()))))/4*3),
	}
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
	out.Why += " It may be carried out all the same, and looking at the folder did not tell."
	out.Do = "Apply again: what was created with this content is taken over."
	var s *Error
	if errors.As(settle, &s) {
		out.Server += "; then " + s.Server
	}
	return &out
}
