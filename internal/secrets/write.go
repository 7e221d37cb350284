package secrets

import (
	"context"
	"errors"
	"time"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/api"
)

// settleWaits are the pauses before each look at what a write did whose answer
// was lost: the server finishes what it began, a little later.
var settleWaits = []time.Duration{0, 500 * time.Millisecond, 1500 * time.Millisecond}

// prepareWrite refuses what can be refused without asking.
func (s *Store) prepareWrite(ctx context.Context, ref Ref) (*project, error) {
	if err := checkName(ref); err != nil {
		return nil, err
	}
	if err := s.CheckWrite(ctx, ref.Folder); err != nil {
		return nil, err
	}
	p, err := s.unlock(ctx)
	if err != nil {
		return nil, err
	}
	if ref.Personal {
		if err := p.checkOwner(ref); err != nil {
			return nil, err
		}
	}
	return p, s.proveKey(ctx, p, ref.Folder)
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

// writer is what sends writes of one kind in one folder, alone or in company:
// a [batcher] for operations that happen to come together, a [group] for those
// that belong together.
type writer interface {
	// do makes one write. An interrupt takes a write back that was not sent
	// yet; one that was is answered.
	do(ctx context.Context, w write, alone bool) delivery
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
	return e.Ambiguous() || e.Kind == api.KindSecretExists || e.Kind == api.KindFolderNotFound || d.shared && aboutOne[e.Kind]
}

// aboutOne are the refusals of a batch that are for one of its items.
var aboutOne = map[api.Kind]bool{
	api.KindSecretNotFound: true, api.KindValidation: true, api.KindTagNotFound: true,
	api.KindBodyTooLarge: true, api.KindUnexpected: true,
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
