package secrets

import (
	"context"
	"slices"
	"sync"
	"time"
)

// cached is a list of the server's that all who read it in a run share, with
// own writes folded in.
type cached[T any] struct {
	mu     sync.Mutex
	items  []T
	readAt time.Time // when the list began; zero: it must be asked for
	writes int       // own writes that have ended: a list that began before one may not hold it
}

// load returns the list as it was at notBefore or later. All who ask at the
// same time share one request, which the flight names.
func (c *cached[T]) load(ctx context.Context, s *Store, flight string, notBefore time.Time, ask func(context.Context) ([]T, error)) ([]T, error) {
	for {
		if items, ok := c.get(notBefore); ok {
			return items, nil
		}
		err := s.shared(ctx, flight, func(ctx context.Context) error {
			if _, ok := c.get(notBefore); ok { // by a flight that landed while this caller was on its way here
				return nil
			}
			c.mu.Lock()
			writes, began := c.writes, time.Now()
			c.mu.Unlock()
			items, err := ask(ctx)
			if err != nil {
				return err
			}
			c.mu.Lock()
			defer c.mu.Unlock()
			if c.writes == writes {
				c.items, c.readAt = items, began
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
}

func (c *cached[T]) get(notBefore time.Time) ([]T, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.readAt.IsZero() || c.readAt.Before(notBefore) {
		return nil, false
	}
	return slices.Clone(c.items), true
}

// fold takes an own write into the list.
func (c *cached[T]) fold(change func(items []T) []T) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writes++
	if !c.readAt.IsZero() {
		c.items = change(c.items)
	}
}

// forget has the next reader ask anew.
func (c *cached[T]) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writes++
	c.items, c.readAt = nil, time.Time{}
}
