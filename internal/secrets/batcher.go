package secrets

import (
	"context"
	"sync"
	"time"
)

// Bounds of a shared request.
const (
	// maxSharedItems of about 90 ms each take the server 9 s: below half of the
	// 30 s after which it drops the connection (PROTOCOL section 5).
	maxSharedItems = 100
)

// Waiting for others. Terraform delivers operations one by one, because it writes its
// state in between, and has as many under way as its -parallelism.
const (
	// idleWait: nobody came for so long, so nobody will. Where the gaps between
	// arrivals are long, it is gapFactor times the gap, up to longestIdleWait.
	idleWait        = 100 * time.Millisecond
	longestIdleWait = 400 * time.Millisecond
	gapFactor       = 4
	// A longer gap is no gap but another time.
	longestGap = time.Second
)

// sharing is "off" in the builds that `make bench` compares with.
var sharing = "on"

// batcher collects writes of one kind in one folder that arrive together, and
// sends them in one request. One that comes alone is sent at once.
//
// A request is full with nine tenths of the operations that were ever under way
// together: while it is sent, Terraform writes its state for the others, and they
// begin the next one. While a request is under way there is no clock; the operations
// that it ends bring others. A clock alone would settle for less: two groups that
// take turns, each half as large as it could be.
type batcher struct {
	dispatcher

	mu      sync.Mutex
	pending []*waiting
	bytes   int
	sending int // shared requests under way
	inside  int // operations between enter and leave
	peak    int // the most that were inside together; less after a wait in vain
	arrived time.Time
	gap     time.Duration // between arrivals, smoothed
	timer   *time.Timer
}

// waiting is a write and whoever waits for it.
type waiting struct {
	ctx  context.Context
	w    write
	done chan delivery
}

// delivery is what a waiting write gets. shared: the request held others too,
// so that a refusal may be for one of those.
type delivery struct {
	outcome
	shared bool
	at     time.Time // when it was answered
}

// enter announces an operation that will write here, or not; leave ends it. The
// number inside tells how much company a write can expect.
func (b *batcher) enter() (leave func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.inside++
	b.peak = max(b.peak, b.inside)
	return func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.inside--
	}
}

func (b *batcher) do(ctx context.Context, w write, alone bool) delivery {
	if err := ctx.Err(); err != nil {
		return delivery{outcome: outcome{err: err}}
	}
	if alone || w.alone(b.limit) || sharing == "off" || !canBatch(b.backend) {
		return b.alone(ctx, w)
	}
	me := &waiting{ctx: ctx, w: w, done: make(chan delivery, 1)}
	b.add(me)
	select {
	case d := <-me.done:
		return d
	case <-ctx.Done():
		if b.takeBack(me) {
			return delivery{outcome: outcome{err: ctx.Err()}}
		}
		return <-me.done
	}
}

func (b *batcher) add(me *waiting) {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	if gap := now.Sub(b.arrived); gap < longestGap {
		b.gap = (3*b.gap + gap) / 4
	}
	b.arrived = now
	if size := me.w.size(); b.bytes+size > b.limit.shared() {
		b.flush()
	}
	b.pending = append(b.pending, me)
	b.bytes += me.w.size()
	switch {
	case len(b.pending) >= b.peak-b.peak/10, len(b.pending) >= maxSharedItems:
		b.flush()
	case b.sending == 0:
		b.setTimer()
	}
}

// setTimer sends what is pending if nobody comes any more. The caller holds the lock.
func (b *batcher) setTimer() {
	if b.timer != nil {
		b.timer.Stop()
	}
	b.timer = time.AfterFunc(min(max(idleWait, gapFactor*b.gap), longestIdleWait), func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.peak = max(len(b.pending), b.inside) // so many do not come together any more
		b.flush()
	})
}

func (b *batcher) takeBack(me *waiting) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, other := range b.pending {
		if other == me {
			b.pending = append(b.pending[:i:i], b.pending[i+1:]...)
			b.bytes -= me.w.size()
			return true
		}
	}
	return false
}

// flush sends what is pending. The caller holds the lock.
func (b *batcher) flush() {
	if b.timer != nil {
		b.timer.Stop()
		b.timer = nil
	}
	if len(b.pending) == 0 {
		return
	}
	batch := b.pending
	b.pending, b.bytes = nil, 0
	b.sending++
	go func() {
		b.send(batch)
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.sending--; b.sending == 0 && len(b.pending) > 0 {
			b.setTimer()
		}
	}()
}
