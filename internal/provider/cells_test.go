package provider_test

import (
	"fmt"
	"runtime"
	"sync"
	"testing"
)

// cell is a test within a test. Of tests, go test runs as many at a time as
// there are cores; cells wait for servers that hang most of their time, and a
// hundred of them run beside each other.
type cell struct {
	testing.TB
	mu       sync.Mutex
	failures []string
	cleanups []func()
}

// inCells runs n cells, some of them at a time, and fails the test with what
// they report.
func inCells(t *testing.T, n, atATime int, name func(i int) string, run func(t testing.TB, i int)) {
	t.Helper()
	var all sync.WaitGroup
	slots := make(chan struct{}, atATime)
	for i := range n {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			c := &cell{TB: t}
			done := make(chan struct{})
			go func() { // of its own, so that a Fatal ends the cell alone
				defer close(done)
				defer c.cleanUp()
				run(c, i)
			}()
			<-done
			for _, failure := range c.failures {
				t.Errorf("%s: %s", name(i), failure)
			}
		})
	}
	all.Wait()
}

func (c *cell) cleanUp() {
	for i := len(c.cleanups) - 1; i >= 0; i-- {
		c.cleanups[i]()
	}
}

func (c *cell) Helper()          {}
func (c *cell) Cleanup(f func()) { c.cleanups = append(c.cleanups, f) }

func (c *cell) Error(args ...any) { c.fail(fmt.Sprint(args...)) }

func (c *cell) Errorf(format string, args ...any) { c.fail(fmt.Sprintf(format, args...)) }

func (c *cell) Fatal(args ...any) {
	c.fail(fmt.Sprint(args...))
	runtime.Goexit()
}

func (c *cell) Fatalf(format string, args ...any) {
	c.fail(fmt.Sprintf(format, args...))
	runtime.Goexit()
}

func (c *cell) Failed() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.failures) > 0
}

func (c *cell) fail(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.failures = append(c.failures, text)
}
