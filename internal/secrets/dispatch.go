package secrets

import (
	"context"
	"sync/atomic"
	"time"
)

// dispatcher sends writes of one kind in one folder.
type dispatcher struct {
	kind    writeKind
	folder  Folder
	backend backend
	limit   bodyLimit
	// reload makes sure of a list of the folder that began then or later.
	reload func(ctx context.Context, since time.Time) error
}

func (s *Store) dispatcher(p *project, f Folder, kind writeKind) dispatcher {
	return dispatcher{kind: kind, folder: f, backend: p.backend, limit: p.limit, reload: func(ctx context.Context, since time.Time) error {
		_, err := s.load(ctx, p, f, since)
		return err
	}}
}

// alone sends a write in a request of its own.
func (d dispatcher) alone(ctx context.Context, w write) delivery {
	return delivery{outcome: d.sendOne(ctx, w), at: time.Now()}
}

func (d dispatcher) sendOne(ctx context.Context, w write) outcome {
	if w.again != nil {
		if err := d.reload(ctx, w.since); err != nil {
			return outcome{err: err}
		}
		var done *outcome
		if w, done = w.again(); done != nil {
			return *done
		}
	}
	r, err := d.backend.writeOne(ctx, w)
	return outcome{r, err}
}

// send sends the writes of a company in one request; several come only where
// the backend is batching. What has to be made anew is made from one list, just
// before.
func (d dispatcher) send(company []*waiting) {
	ctx, done := untilAllLeave(company)
	defer done()
	if len(company) == 1 {
		company[0].done <- d.alone(ctx, company[0].w)
		return
	}
	company = d.renew(ctx, company)
	if len(company) == 0 {
		return
	}
	writes := make([]write, len(company))
	for i, me := range company {
		writes[i] = me.w
	}
	outcomes, err := d.backend.(batching).writeMany(ctx, d.kind, d.folder, writes)
	answered := time.Now() // so that one list afterwards is for all of them
	for i, me := range company {
		answer := delivery{outcome: outcome{err: err}, shared: true, at: answered}
		if err == nil {
			answer.outcome = outcomes[i]
		}
		me.done <- answer
	}
}

// renew makes anew those writes that have to be, and returns what is still to
// be sent together. The others are answered, or sent alone.
func (d dispatcher) renew(ctx context.Context, company []*waiting) []*waiting {
	var since time.Time
	for _, me := range company {
		if me.w.since.After(since) {
			since = me.w.since
		}
	}
	if since.IsZero() {
		return company
	}
	listErr := d.reload(ctx, since)
	left := make([]*waiting, 0, len(company))
	for _, me := range company {
		if me.w.again == nil {
			left = append(left, me)
			continue
		}
		var done *outcome
		if listErr != nil {
			done = &outcome{err: listErr}
		} else {
			me.w, done = me.w.again()
		}
		switch {
		case done != nil:
			me.done <- delivery{outcome: *done}
		case me.w.alone(d.limit):
			me.done <- d.alone(ctx, me.w)
		default:
			left = append(left, me)
		}
	}
	return left
}

// untilAllLeave is a context that ends when every caller's has. Terraform
// interrupts all at once; what is then still waiting for its turn under a rate
// limit is not sent any more. (What was sent is finished: see api.)
func untilAllLeave(company []*waiting) (ctx context.Context, done func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(company[0].ctx))
	var staying atomic.Int64
	staying.Store(int64(len(company)))
	stops := make([]func() bool, len(company))
	for i, me := range company {
		stops[i] = context.AfterFunc(me.ctx, func() {
			if staying.Add(-1) == 0 {
				cancel()
			}
		})
	}
	return ctx, func() {
		for _, stop := range stops {
			stop()
		}
		cancel()
	}
}
