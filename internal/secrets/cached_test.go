package secrets

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"
)

// TestCachedList: a list is asked for once, and again when it is too old, was
// forgotten, or began before a write that ended meanwhile.
func TestCachedList(t *testing.T) {
	t.Parallel()
	store, c := &Store{}, &cached[int]{}
	asked, failure := 0, error(nil)
	meanwhile := func() {}
	load := func(notBefore time.Time) []int {
		t.Helper()
		items, err := c.load(t.Context(), store, "flight", notBefore, func(context.Context) ([]int, error) {
			asked++
			answer := []int{asked}
			meanwhile()
			meanwhile = func() {}
			return answer, failure
		})
		if !errors.Is(err, failure) {
			t.Errorf("%v", err)
		}
		return items
	}
	start := time.Now()
	is := func(got []int, want ...int) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Errorf("%v, not %v", got, want)
		}
	}
	is(load(start), 1)
	is(load(start), 1)
	is(load(time.Now()), 2)
	c.fold(func(items []int) []int { return append(items, 7) })
	is(load(start), 2, 7)
	c.forget()
	c.fold(func(items []int) []int { return append(items, 8) }) // of which the next list knows
	is(load(start), 3)

	meanwhile = func() { c.fold(func(items []int) []int { return append(items, 9) }) }
	is(load(time.Now()), 5) // the fourth may not hold it
	meanwhile = c.forget
	is(load(time.Now()), 7)

	failure = errors.New("failed")
	is(load(time.Now()))
	failure = nil
	is(load(start), 7)
	if items := load(start); len(items) > 0 {
		items[0] = 100
	}
	is(load(start), 7) // nobody can change what others get
}
