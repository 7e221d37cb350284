package provider_test

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
)

// TestHostileServersThatGrow: folders, rows and imports without end take no more
// than a fixed amount of memory and of requests. Not in parallel: it measures.
func TestHostileServersThatGrow(t *testing.T) { //nolint:paralleltest // it measures the process
	modes, lies := hostileModes(), devserver.LiesThatGrow()
	var heavy, light []int
	for i, lie := range lies {
		switch {
		case lie.Name == "a few folders in every folder" && !everyFault: // which takes thousands of requests to its bound
		case strings.Contains(lie.Name, "in every folder"), strings.Contains(lie.Name, "failure"):
			light = append(light, i)
		default:
			heavy = append(heavy, i)
		}
	}
	mode := func(i int) hostileMode {
		name := lies[i].Name
		if strings.Contains(name, "import") && !strings.Contains(name, "failure") || name == "a folder in every folder" {
			return modes[2] // where the provider follows imports itself, and the server allows more requests a minute
		}
		return modes[i%len(modes)]
	}
	meet := func(which []int, atATime int) {
		inCells(t, len(which), atATime, func(n int) string { return mode(which[n]).name + ", " + lies[which[n]].Name }, func(t testing.TB, n int) {
			growAgainst(t, mode(which[n]), lies[which[n]])
		})
	}
	meet(light, len(light))
	meet(heavy, 1)
}

func growAgainst(t testing.TB, mode hostileMode, lie devserver.Lie) {
	began := time.Now()
	l := newHostileLife(&quiet{TB: t}, mode, 1, 1, lie)
	before := len(l.env.Server.Requests())
	remove := l.env.Server.InjectFault(l.liar.Script(nil))
	defer remove()
	grown := peak(func() {
		l.ends("apply", l.core.apply(l.config(1)))
		r := reading{"data infisical_secrets", "infisical_secrets", false, attributes{"env_slug": "dev", "include_imports": true, "recursive": true, "expand_references": true}}
		l.core.warnings = nil
		_, err := r.readBy(l.core)
		l.ends(r.title, err)
		l.listAll()
	})
	asked := len(l.env.Server.Requests()) - before
	t.Logf("%s, %s: %d MiB more, %d requests, %d errors, %s", mode.name, lie.Name, grown>>20, asked, l.errors, time.Since(began).Round(100*time.Millisecond))
	if grown > 200<<20 {
		t.Errorf("it took %d MiB", grown>>20)
	}
	if asked > 6000 && !everyFault {
		t.Errorf("%d requests", asked)
	}
	if len(l.liar.Told()) == 0 {
		t.Error("the lie was never told: this proves nothing")
	}
}

// peak is by how much the memory in use grew while something ran, with what was
// not yet collected.
func peak(run func()) int64 {
	now := func() int64 {
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		metrics.Read(sample)
		return int64(sample[0].Value.Uint64())
	}
	defer debug.SetGCPercent(debug.SetGCPercent(50)) // to see what is held rather than what was
	runtime.GC()
	before, most, done := now(), int64(0), make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() {
		for ticker := time.NewTicker(5 * time.Millisecond); ; {
			select {
			case <-done:
				ticker.Stop()
				return
			case <-ticker.C:
				most = max(most, now())
			}
		}
	})
	run()
	close(done)
	watch.Wait()
	return most - before
}
