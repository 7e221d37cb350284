package secrets

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Delete removes the secret with that id. One that is gone already is no error.
// One that was renamed is deleted under its new name, but in E2EE mode not at
// all: that is [ProblemRenamed].
//
// Cost: one DELETE, and one list a folder and Store.
func (s *Store) Delete(ctx context.Context, ref Ref, id string) error {
	p, err := s.prepareWrite(ctx, ref)
	if err != nil {
		return err
	}
	k := s.folder(ref.Folder)
	defer k.claim(ref.Name)()
	writer := k.writer(s.dispatcher(p, ref.Folder, deleteSecret))
	defer writer.enter()()
	return s.delete(ctx, p, writer, ref, id)
}

func (s *Store) delete(ctx context.Context, p *project, via writer, ref Ref, id string) error {
	notBefore := time.Now().Add(-snapshotLife)
	var last error // of the last attempt, after which there is one more look
	for attempts := (tries{}); ; {
		k, err := s.load(ctx, p, ref.Folder, notBefore)
		if last != nil && isLookLost(err) {
			return last
		}
		if err != nil {
			return err
		}
		current, err := k.find(ref, id)
		switch {
		case ProblemOf(err) == ProblemNotFound:
			return nil
		case ProblemOf(err) == ProblemRenamed:
			return renamedDelete(err)
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
			s.warn(Warning{"Secret Kept", fmt.Sprintf("%s was taken over in this run, by another resource or by this one (create_before_destroy, a new address without a moved block), and so was not deleted.", ref)})
			return nil
		}
		if last != nil {
			return last
		}
		d := via.do(ctx, write{kind: deleteSecret, ref: ref.named(current.name), id: current.id, name: current.name}, attempts.alone())
		if d.err == nil {
			late2023 := p.access.of2023 && !p.access.early
			if !late2023 && !current.personal && k.hasPersonal(current.name) {
				s.warn(Warning{"Personal Secret Deleted Along", fmt.Sprintf("With %s the server has deleted your personal secret of that name, and those of others. "+
					"Where Terraform manages yours, the next apply makes it again, if there is a shared one.", ref)})
			}
			k.drop(current.id)
			return s.lookAfterDelete(ctx, p, ref.named(current.name), current.id)
		}
		switch then, failure := attempts.after(d), p.translate(d.err, ref.String(), ref.Folder); then {
		case stop:
			return failure
		case look:
			last = failure
		}
		if isAmbiguous(d.err) {
			ctx = context.WithoutCancel(ctx)
			time.Sleep(settleWaits[1])
			d.at = time.Now()
		}
		notBefore = d.at
	}
}

// renamedDelete says how a secret goes whose name cannot be sent.
func renamedDelete(err error) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	out := *e
	out.Do = "It was not deleted. Delete it in Infisical's web application and run again, or take it out of the state (terraform state rm). " +
		"If you renamed it and the configuration still has it, set name to the new name, apply, and then delete it. " +
		"If nobody renamed it, treat the server as untrustworthy until you know why."
	return &out
}
