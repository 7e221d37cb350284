package secrets

import (
	"cmp"
	"context"
	"fmt"
	"time"
)

// Change is what an update is to bring about; nil leaves a part as it is.
type Change struct {
	Name    *string
	Value   *Value
	Comment *Value
	DetailsChange
	// SealedUnder is the sealing key that the value is to be under: it is
	// written anew, even if it is there already, where it is under another.
	SealedUnder string
	// Seen is the highest generation that the caller has seen, in sealed mode. What
	// is written is above it, whatever the server shows. A change without a value
	// is refused where the server shows an older one, which it would make the
	// newest, unless AcceptOlder is set.
	Seen        uint64
	AcceptOlder bool
}

// Update brings the secret with that id (or, without one, of that name) to
// what change says, and sends nothing if it is so already. The id stays.
//
// Cost: one PATCH, and one list a folder and Store. A change without a value
// needs a list of its own; those that are sent together share it.
func (s *Store) Update(ctx context.Context, ref Ref, id string, change Change) (Secret, error) {
	if change.Name != nil {
		if err := checkName(ref.named(*change.Name)); err != nil {
			return Secret{}, err
		}
	}
	p, err := s.prepareWrite(ctx, ref)
	if err != nil {
		return Secret{}, err
	}
	k := s.folder(ref.Folder)
	defer k.claim(ref.Name, *cmp.Or(change.Name, &ref.Name))()
	writer := k.writer(s.dispatcher(p, ref.Folder, updateSecret))
	defer writer.enter()()
	return s.update(ctx, p, writer, ref, id, change)
}

func (s *Store) update(ctx context.Context, p *project, via writer, ref Ref, id string, change Change) (Secret, error) {
	began := time.Now()
	notBefore := began.Add(-snapshotLife)
	var last error // of the last attempt, after which there is one more look
	for attempts := (tries{}); ; {
		k, err := s.load(ctx, p, ref.Folder, notBefore)
		if last != nil && isLookLost(err) {
			return Secret{}, last
		}
		if err != nil {
			return Secret{}, err
		}
		w, done := k.update(p.limit, ref, id, change)
		if change.Value == nil {
			// The value goes along with every update: it must be the one that
			// is there. The list that shows it is made when the write is sent,
			// for all that are sent with it.
			if done != nil && !k.isRead(began) {
				notBefore = began
				continue
			}
			w.since, w.again = began, func() (write, *outcome) { return k.update(p.limit, ref, id, change) }
		}
		if done != nil {
			if done.err != nil {
				return Secret{}, done.err
			}
			return done.row.secret()
		}
		if last != nil {
			return Secret{}, k.explainRename(w, last)
		}

		d := via.do(ctx, w, attempts.alone())
		if d.err == nil {
			k.put(d.row)
			return d.row.secret()
		}
		if d.row.id != "" {
			k.put(d.row)
			return Secret{}, d.err
		}
		switch then, failure := attempts.after(d), p.translate(d.err, ref.String(), ref.Folder); then {
		case stop:
			return Secret{}, failure
		case look:
			last = failure
		}
		// Whatever happened, the folder soon shows it: done, or tried again.
		if isAmbiguous(d.err) {
			ctx = context.WithoutCancel(ctx)
			time.Sleep(settleWaits[1])
			d.at = time.Now()
		}
		notBefore = d.at
	}
}

// explainRename says of a rename that was not carried out that the name is taken,
// if the list shows it.
func (k *folder) explainRename(w write, refusal error) error {
	taken, err := k.find(w.ref.named(w.name), "")
	if w.name == w.ref.Name || ProblemOf(err) == ProblemNotFound || err == nil && taken.id == w.id {
		return refusal
	}
	return &Error{
		Problem: ProblemExists, Subject: w.ref.String(),
		Why: fmt.Sprintf("It cannot be renamed to %q: a secret of that name is there already. Nothing was changed.", w.name),
		Do:  "Choose another name, or delete or rename the other secret first.",
	}
}

// update is the write that makes the change, or what became of it if there is
// nothing to send.
func (k *folder) update(limit bodyLimit, ref Ref, id string, change Change) (write, *outcome) {
	var known []string
	if change.Name != nil {
		known = []string{*change.Name}
	}
	current, err := k.find(ref, id, known...)
	if err != nil {
		return write{}, &outcome{err: err}
	}
	if id != "" && current.id != id {
		return write{}, &outcome{err: &Error{
			Problem: ProblemOther, Subject: ref.String(),
			Why: "It was deleted and made again outside of Terraform since it was last read. The new one was not touched.",
			Do:  "Run terraform plan to see what it holds.",
		}}
	}
	secret, err := current.secretOf(ref)
	damaged := err != nil && current.flaw == nil && change.Value != nil && ProblemOf(err) != ProblemCredential
	if err != nil && !damaged { // a damaged value or comment is mended by a new value, one under another key is not damaged
		return write{}, &outcome{err: err}
	}
	if e := secret.Envelope; change.Value == nil && e != nil && e.Generation < change.Seen && !change.AcceptOlder {
		return write{}, &outcome{err: &Error{
			Problem: ProblemNotAuthentic, Subject: ref.String(),
			Why: fmt.Sprintf("The server shows an older value than was seen before (generation %d, before it was %d). To write along with it would make it the newest, so nothing was written.", e.Generation, change.Seen),
			Do:  "Run terraform plan. If the server was restored to an earlier point in time, accept_rollback takes its values for the right ones; otherwise treat it as untrustworthy until you know why.",
		}}
	}
	w := change.on(secret, current, ref)
	if damaged {
		w.withComment = w.withComment || secret.commentDamaged
	} else if reseal := change.SealedUnder != "" && secret.Envelope != nil && secret.Envelope.KeyID != change.SealedUnder; !reseal && w.name == current.name && !w.withComment && w.content.equal(secret.Content) && w.details.isEmpty() {
		return write{}, &outcome{row: current}
	}
	if err := limit.check(ref, w.content, w.details); err != nil {
		return write{}, &outcome{err: err}
	}
	return w, nil
}

// on is the write that makes the change. The name keeps the server's spelling
// unless it really changes.
func (c Change) on(secret Secret, current row, ref Ref) write {
	w := write{kind: updateSecret, ref: ref.named(current.name), id: current.id, name: current.name, content: secret.Content}
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
	w.replaces, w.wasPlain = c.Seen, secret.plain
	if secret.Envelope != nil {
		w.replaces = max(w.replaces, secret.Envelope.Generation)
	}
	w.details = c.differing(current.details)
	w.want = w.details.on(current.details)
	return w
}
