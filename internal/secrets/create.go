package secrets

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Draft is a secret to be.
type Draft struct {
	Value   Value
	Comment *Value // nil = not said: none on a new secret
	DetailsChange
	// Adopt takes over an existing secret of that name, whatever it holds, and
	// brings it to the draft. Without it only one of the same content is.
	Adopt bool
	// Keep takes over an existing secret of that name with the value that it has,
	// and brings the rest to the draft.
	Keep bool
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
// server takes in a second step only (tags, reminder) was not, or it is not
// what was sent.
//
// Cost: one POST, a PATCH if there are tags or a reminder (not at /api/v4), and
// one list a folder and Store.
func (s *Store) Create(ctx context.Context, ref Ref, draft Draft) (Secret, error) {
	p, err := s.prepareWrite(ctx, ref)
	if err != nil {
		return Secret{}, err
	}
	if ref.Personal {
		if err := p.checkPersonal(); err != nil {
			return Secret{}, err
		}
	}
	if err := p.limit.check(ref, draft.content(), draft.DetailsChange); err != nil {
		return Secret{}, err
	}
	k := s.folder(ref.Folder)
	defer k.claim(ref.Name)()
	writer := k.writer(s.dispatcher(p, ref.Folder, createSecret))
	leave := writer.enter()
	secret, created, err := s.create(ctx, p, writer, ref, draft)
	leave()
	if err != nil {
		return secret, err
	}
	if draft.isEmpty() && !draft.adjusts(secret) && !s.isUnderOlderKey(secret) {
		return secret, nil
	}
	rest := draft.rest()
	rest.DetailsChange, rest.SealedUnder = draft.DetailsChange, s.SealingKeyID()
	if created {
		rest.Known = draft.empty() // a new secret has none of them
		if draft.differing(secret.Details).isEmpty() {
			return secret, nil // it has all of them already
		}
		if draft.Metadata != nil && len(*draft.Metadata) > 0 && secret.Untold.Metadata {
			rest.Value = nil // so that a list tells, before the update, whether the server has any
		}
	}
	updater := k.writer(s.dispatcher(p, ref.Folder, updateSecret))
	defer updater.enter()()
	finished, err := s.update(context.WithoutCancel(ctx), p, updater, secret.Ref, secret.ID, rest)
	switch {
	case err == nil:
		return finished, nil
	case created:
		return secret, err
	}
	return Secret{}, err // it was there before: nothing to undo, and not to be replaced
}

// adjusts tells whether a secret that was taken over needs to be brought to the
// draft.
func (d Draft) adjusts(secret Secret) bool {
	return d.Adopt || d.Keep && d.Comment != nil && !d.Comment.Equal(secret.Comment)
}

// rest brings a secret that was taken over to the draft. A value that is kept is
// read again just before it is sent.
func (d Draft) rest() Change {
	var rest Change
	if !d.Keep {
		rest.Value = &d.Value
	}
	if d.Adopt || d.Keep {
		rest.Comment = d.Comment
	}
	return rest
}

// create makes the secret or takes it over, notes it as this caller's, and
// tells which of the two it did.
func (s *Store) create(ctx context.Context, p *project, via writer, ref Ref, draft Draft) (secret Secret, created bool, err error) {
	secret, created, err = s.createOrTakeOver(ctx, p, via, ref, draft)
	if secret.ID != "" && !s.folder(ref.Folder).own(secret.ID, !created) {
		return Secret{}, false, alreadyWritten(ref)
	}
	return secret, created, err
}

// isUnderOlderKey tells of a secret that was taken over whether its value is to
// be sealed anew: who creates one expects it to be under the first key.
func (s *Store) isUnderOlderKey(secret Secret) bool {
	return secret.Envelope != nil && secret.Envelope.KeyID != s.SealingKeyID()
}

// alreadyWritten: two resources of one configuration claim one secret.
func alreadyWritten(ref Ref) *Error {
	return &Error{
		Problem: ProblemExists, Subject: ref.String(),
		Why: "Another resource of this run has created or taken over this very secret.",
		Do:  "Leave it to one of them, and remove the other: two would undo each other's work in turns.",
	}
}

func (s *Store) createOrTakeOver(ctx context.Context, p *project, via writer, ref Ref, draft Draft) (secret Secret, created bool, err error) {
	notBefore := time.Now().Add(-snapshotLife)
	var last error // of a refusal, after which there is one more look
	for attempts := (tries{}); ; {
		k, err := s.load(ctx, p, ref.Folder, notBefore)
		if last != nil && isLookLost(err) {
			return Secret{}, false, last
		}
		if err != nil {
			return Secret{}, false, err
		}
		if k.isMissing() {
			return Secret{}, false, s.folderMissing(ctx, ref.Folder)
		}
		existing, err := k.find(ref, "")
		switch {
		case err == nil && k.isOwned(existing.id):
			return Secret{}, false, alreadyWritten(ref)
		case err == nil:
			secret, err := takeOver(existing, ref, draft)
			if err == nil {
				s.noteAdoption(adoption(existing, ref, draft))
			}
			if err == nil && secret.plain {
				s.warn(Warning{"Secret Was Not Sealed", fmt.Sprintf("The %s was there in the clear, and is taken over to be sealed. "+
					"The server has seen the old value and keeps it in its history: if the new one is the same, rotate what it protects.", ref)})
			}
			return secret, false, err
		case ProblemOf(err) != ProblemNotFound:
			return Secret{}, false, err
		case last != nil && ref.Personal:
			return Secret{}, false, k.withoutShared(ref, last)
		case last != nil:
			return Secret{}, false, last
		}

		w := write{
			kind: createSecret, ref: ref, name: ref.Name, content: draft.content(), withComment: true, details: draft.DetailsChange,
		}
		if err := p.backend.carries(w); err != nil {
			return Secret{}, false, err
		}
		w.details = draft.only(p.backend.creates())
		w.want = w.details.on(Details{})
		d := via.do(ctx, w, attempts.alone())
		if d.err == nil {
			k.put(d.row)
			secret, err := d.row.secret()
			return secret, true, err
		}
		if d.row.id != "" {
			k.put(d.row)
			secret, _ := d.row.secret()
			return secret, true, d.err
		}
		then := attempts.after(d)
		switch failure := p.translate(d.err, ref.String(), ref.Folder); {
		case then == stop:
			return Secret{}, false, failure
		case then == look && !isAmbiguous(d.err):
			last = failure
		}
		notBefore = d.at // whatever happened, the folder shows it
		if isAmbiguous(d.err) {
			settled, settleErr := s.settleCreate(ctx, p, ref)
			if settleErr != nil {
				return Secret{}, false, unsettled(p.translate(d.err, ref.String(), ref.Folder), settleErr)
			}
			if settled != nil {
				secret, err := takeOver(*settled, ref, draft)
				return secret, true, err
			}
			if timedOut(d.err) {
				// The server may be at it still: sending it again could make two.
				return Secret{}, false, unsettled(p.translate(d.err, ref.String(), ref.Folder), nil)
			}
			if then == look {
				return Secret{}, false, p.translate(d.err, ref.String(), ref.Folder)
			}
		}
	}
}

// withoutShared explains a refusal where no shared secret of the name is there.
func (k *folder) withoutShared(ref Ref, refusal error) error {
	var e *Error
	if _, err := k.find(ref.shared(), ""); ProblemOf(err) != ProblemNotFound || !errors.As(refusal, &e) {
		return refusal
	}
	return &Error{
		Problem: ProblemOther, Subject: ref.String(), Server: e.Server,
		Why: "A personal secret stands beside a shared one of its name, and there is none.",
		Do:  "Create the shared secret first; where this configuration does, say so by depends_on.",
	}
}

// takeOver returns an existing secret as the created one, if it may.
func takeOver(existing row, ref Ref, draft Draft) (Secret, error) {
	secret, err := existing.secret()
	if draft.Adopt && existing.flaw == nil && ProblemOf(err) != ProblemCredential {
		// What does not open is replaced by what is written next; but not what
		// another key would open.
		secret.Ref, secret.ID = ref.named(existing.name), existing.id
		return secret, nil
	}
	if err != nil {
		return Secret{}, err
	}
	if !draft.Keep && !secret.equal(draft.content()) {
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
