package devserver

import (
	"context"
	"fmt"
	"sync"
	"testing"
)

// together runs n calls at the same time and returns how many answers there
// were of each status.
func together(t *testing.T, n int, call func(int) (reply, error)) map[int]int {
	t.Helper()
	var (
		wg     sync.WaitGroup
		mu     sync.Mutex
		counts = map[int]int{}
	)
	for i := range n {
		wg.Go(func() {
			r, err := call(i)
			if err != nil {
				t.Errorf("call %d: %v", i, err)
			}
			mu.Lock()
			defer mu.Unlock()
			counts[r.status]++
		})
	}
	wg.Wait()
	return counts
}

// TestCreatesCanRace makes sure of the interleaving that the real server shows
// now and then: both look, then both insert.
func TestCreatesCanRace(t *testing.T) {
	t.Parallel()
	var looked sync.WaitGroup
	looked.Add(2)
	s, err := start(Options{}, func() {
		looked.Done()
		looked.Wait()
	})
	if err != nil {
		t.Fatal(err)
	}
	closeAfter(t, s)
	w := worldOn(t, s, Project{})
	counts := together(t, 2, func(int) (reply, error) {
		return w.send(context.Background(), "POST", "/api/v3/secrets/ONE", w.at("/", sealedBody("v")))
	})
	if counts[200] != 2 || len(w.list("/", "").secrets()) != 2 {
		t.Errorf("statuses %v, stored %d", counts, len(w.Records(w.project.ID, "dev", "/")))
	}
	w.want(w.get("/", "ONE"), 200, nil)
}

func TestConcurrentWrites(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, Project{})
	w.CreateFolder(w.project.ID, "dev", "/same")
	ctx := context.Background()
	counts := together(t, 20, func(i int) (reply, error) {
		return w.send(ctx, "POST", fmt.Sprintf("/api/v3/secrets/N%d", i), w.at("/", sealedBody("v")))
	})
	if counts[200] != 20 || len(w.Records(w.project.ID, "dev", "/")) != 20 {
		t.Errorf("distinct creates: %v", counts)
	}
	counts = together(t, 20, func(int) (reply, error) {
		return w.send(ctx, "POST", "/api/v3/secrets/SAME", w.at("/same", sealedBody("v")))
	})
	if stored := len(w.Records(w.project.ID, "dev", "/same")); counts[200] < 1 || counts[200] != stored || counts[200]+counts[400] != 20 {
		t.Errorf("creates of one name: %v, %d stored", counts, stored)
	}
	counts = together(t, 20, func(int) (reply, error) {
		return w.send(ctx, "PATCH", "/api/v3/secrets/N0", w.at("/", value("w")))
	})
	if v := w.get("/", "N0").secret()["version"]; counts[200] != 20 || v != 21.0 {
		t.Errorf("updates: %v, version %v", counts, v)
	}
	counts = together(t, 20, func(int) (reply, error) {
		return w.send(ctx, "DELETE", "/api/v3/secrets/N0", w.at("/", nil))
	})
	if counts[200] != 1 || counts[400] != 19 {
		t.Errorf("deletes of one: %v", counts)
	}
	counts = together(t, 10, func(int) (reply, error) {
		return w.send(ctx, "POST", "/api/v1/folders", w.at("/p1/p2", map[string]any{"name": "same"}))
	})
	folders := w.do("GET", "/api/v1/folders"+w.query("dev", "/p1/p2", ""), nil)
	if list := folders.body["folders"].([]any); counts[200] != 10 || len(list) != 1 {
		t.Errorf("folders: %v %s", counts, folders.raw)
	}
	if n := len(w.Requests()); n != 20+20+20+1+20+10+1 {
		t.Errorf("%d requests recorded", n)
	}
}
