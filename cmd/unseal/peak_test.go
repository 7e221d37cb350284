//go:build unix

package main

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strconv"
	"sync"
	"time"
)

// peakVariable names the file into which a command writes by how many bytes the
// memory in use grew. The size of the process would count that of its parent too.
const peakVariable = "UNSEAL_TEST_PEAK"

// runMeasured is main, and writes that file.
func runMeasured(file string) (status int) {
	now := func() int64 {
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		metrics.Read(sample)
		return int64(sample[0].Value.Uint64())
	}
	debug.SetGCPercent(50) // to see what is held rather than what was
	runtime.GC()
	before, most, done := now(), int64(0), make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() {
		ticker := time.NewTicker(5 * time.Millisecond)
		defer ticker.Stop()
		for {
			most = max(most, now())
			select {
			case <-done:
				return
			case <-ticker.C:
			}
		}
	})
	status = run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)
	close(done)
	watch.Wait()
	if err := os.WriteFile(file, []byte(strconv.FormatInt(most-before, 10)), 0o600); err != nil {
		panic(err)
	}
	return status
}
