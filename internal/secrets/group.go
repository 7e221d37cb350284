package secrets

import (
	"context"
	"sync"
)

// maxLone is how many writes of a group are sent alone at the same time, after
// a request for all was refused twice.
const maxLone = 8

// group sends the writes of operations that belong together: once all that are
// still at it wait, what they want to write leaves in one request. Unlike the
// batcher it knows its members and needs no clock.
type group struct {
	dispatcher
	lone chan struct{}

	mu      sync.Mutex
	members int // that have not left
	pending []*waiting
	bytes   int
}

// together runs operate for each of n operations, as many at a time as one
// request carries. Each gets the group of its request.
func together(d dispatcher, n int, operate func(i int, via writer)) {
	for start := 0; start < n; start += maxSharedItems {
		end := min(start+maxSharedItems, n)
		g := &group{dispatcher: d, lone: make(chan struct{}, maxLone), members: end - start}
		var all sync.WaitGroup
		for i := start; i < end; i++ {
			all.Go(func() {
				defer g.join(-1)
				operate(i, g)
			})
		}
		all.Wait()
	}
}

// join adds members, or takes some away: those that stay may be complete now.
func (g *group) join(members int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.members += members
	if len(g.pending) == g.members {
		g.flush()
	}
}

func (g *group) do(ctx context.Context, w write, alone bool) delivery {
	if err := ctx.Err(); err != nil {
		return delivery{outcome: outcome{err: err}}
	}
	if alone || w.alone(g.limit) || !canBatch(g.backend) {
		g.join(-1) // the others need not wait for this one
		g.lone <- struct{}{}
		out := g.alone(ctx, w)
		<-g.lone
		g.join(1)
		return out
	}
	me := &waiting{ctx: ctx, w: w, done: make(chan delivery, 1)}
	g.add(me)
	return <-me.done // soon: the group waits for nobody but its members
}

func (g *group) add(me *waiting) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if size := me.w.size(); g.bytes+size > g.limit.shared() {
		g.flush()
	}
	g.pending = append(g.pending, me)
	g.bytes += me.w.size()
	if len(g.pending) == g.members {
		g.flush()
	}
}

// flush sends what is pending. The caller holds the lock.
func (g *group) flush() {
	if len(g.pending) == 0 {
		return
	}
	company := g.pending
	g.pending, g.bytes = nil, 0
	go g.send(company)
}
