package secrets

import (
	"context"
	"errors"
	"time"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/api"
)

// What became of a write that was not answered with success, the server's lists
// tell, and nothing else does: an answer may be lost, and servers change the words
// of their refusals every month. This file decides it for all writes.

// settleWaits are the pauses before each look at what a write did whose answer
// was lost: the server finishes what it began, a little later.
var settleWaits = []time.Duration{0, 500 * time.Millisecond, 1500 * time.Millisecond}

// next is what comes after a write that failed.
type next int

const (
	stop  next = iota // the answer is about the credential, a limit or the like: no look tells more
	look              // look once more; if it is still to be done, the failure stands
	again             // look, and send it again if it is still to be done
)

// tries counts the attempts at one write.
type tries struct {
	lone, shared int
	lost         bool // an answer was lost: what is there now may be this write's
}

// alone: after two refusals in company the next request is for this write
// only, so that the answer is about it and nothing else.
func (t *tries) alone() bool { return t.shared >= 2 }

// after takes an attempt that failed. It is sent again if it may have been
// carried out all the same, or if the refusal may have been for another write in
// the same request.
func (t *tries) after(d delivery) next {
	if d.shared {
		t.shared++
	} else {
		t.lone++
	}
	var e *api.Error
	switch {
	case !errors.As(d.err, &e): // what an echo showed is final: it was carried out
		return stop
	case e.Ambiguous():
		t.lost = true
		if t.lone >= 2 {
			return look
		}
		return again
	case d.shared && (e.IsRefusal() || e.Kind == api.KindBodyTooLarge):
		return again
	case e.IsRefusal():
		return look
	}
	return stop
}

// step is one change to folders or imports.
type step struct {
	// look tells from lists whether the change is made, or why it cannot be. The
	// lists began at notBefore or later. lost: an earlier answer was lost.
	look func(ctx context.Context, notBefore time.Time, lost bool) (done bool, err error)
	send func(ctx context.Context) error
	// doubles: two requests that are carried out make two.
	doubles bool
}

// carryOut makes a change: it looks, sends, and if that failed looks again. The
// error is the look's, or that of the last request, which is not translated.
func (c step) carryOut(ctx context.Context) error {
	done, err := c.look(ctx, time.Now().Add(-snapshotLife), false)
	for attempts := (tries{}); err == nil && !done; {
		sent := c.send(ctx)
		if sent == nil {
			return nil
		}
		then := attempts.after(delivery{outcome: outcome{err: sent}})
		if then == stop {
			return sent
		}
		waits := settleWaits[:1]
		if isAmbiguous(sent) {
			ctx = context.WithoutCancel(ctx) // an interrupted run must still learn what it did
			waits = settleWaits[attempts.lone : attempts.lone+1]
			if c.doubles {
				waits = settleWaits
			}
		}
		for _, wait := range waits {
			time.Sleep(wait)
			if done, err = c.look(ctx, time.Now(), attempts.lost); done || err != nil {
				break
			}
		}
		if isLookLost(err) || err == nil && !done && (then == look || c.doubles && timedOut(sent)) {
			return sent // the server may be at it still: sent again it could be made twice
		}
	}
	return err
}

// isLookLost tells a look that failed from one that has found something.
func isLookLost(err error) bool {
	switch ProblemOf(err) {
	case ProblemServer, ProblemPermission, ProblemCredential:
		return true
	}
	var e *Error
	return err != nil && !errors.As(err, &e)
}

// isAmbiguous tells whether a write may have been carried out.
func isAmbiguous(err error) bool {
	var e *api.Error
	return errors.As(err, &e) && e.Ambiguous()
}

// isRefused tells a refusal whose reason a look has to tell.
func isRefused(err error) bool {
	var e *api.Error
	return errors.As(err, &e) && e.IsRefusal()
}

func timedOut(err error) bool {
	var e *api.Error
	return errors.As(err, &e) && e.TimedOut
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

// undecided says that a change to folders or imports may or may not have
// happened.
func undecided(err error, do string) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	out := *e
	out.Why += " It may be carried out all the same."
	out.Do = do
	return &out
}
