package secrets

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/api"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
)

// TestSnapshotIsRevalidatedByETag: after a minute the folder is asked again,
// and an unchanged one costs no bytes.
func TestSnapshotIsRevalidatedByETag(t *testing.T) {
	t.Parallel()
	server, err := devserver.Start(devserver.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	owner, err := seed.NewOwner(server, devserver.Project{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := owner.Put("dev", "/", "N", "v", ""); err != nil {
		t.Fatal(err)
	}
	token, err := owner.ServiceToken(seed.Token{})
	if err != nil {
		t.Fatal(err)
	}
	store, err := Open(Config{Host: server.URL(), ServiceToken: token})
	if err != nil {
		t.Fatal(err)
	}
	ref := Ref{Folder: Folder{owner.Project.ID, "dev", "/"}, Name: "N"}
	read := func(want string, statuses ...int) {
		t.Helper()
		server.ResetRequests()
		secret, err := store.Find(t.Context(), ref, "")
		if err != nil || secret.Value.Reveal() != want {
			t.Fatalf("%v, or another value", err)
		}
		var got []int
		for _, r := range server.Requests() {
			if r.Route == "GET /api/v3/secrets" {
				got = append(got, r.Status)
			}
		}
		if len(got) != len(statuses) || len(got) > 0 && got[0] != statuses[0] {
			t.Errorf("lists were answered %v, want %v", got, statuses)
		}
	}
	minuteLater := func() {
		k := store.folder(ref.Folder)
		k.mu.Lock()
		defer k.mu.Unlock()
		k.readAt = k.readAt.Add(-snapshotLife - time.Second)
	}
	read("v", 200)
	read("v")
	minuteLater()
	read("v", 304)
	read("v")
	if _, err := owner.Put("dev", "/", "N", "changed", ""); err != nil {
		t.Fatal(err)
	}
	read("v") // younger than a minute
	minuteLater()
	read("changed", 200)

	// After an own write the rows are no longer what the server listed.
	value := NewValue("own")
	if _, err := store.Update(t.Context(), ref, "", Change{Value: &value}); err != nil {
		t.Fatal(err)
	}
	minuteLater()
	read("own", 200)
}

// TestListDoesNotUndoWritesThatEndedMeanwhile: a list that began before a write
// may not hold it, and comes after it.
func TestListDoesNotUndoWritesThatEndedMeanwhile(t *testing.T) {
	t.Parallel()
	k := &folder{claims: map[string]*sync.Mutex{}, owned: map[string]bool{}}
	place := Folder{"ws", "dev", "/"}
	old := row{id: "1", name: "A", version: 1}
	store := &Store{client: &api.Client{}, folders: map[Folder]*folder{place: k}, bounds: newBounds()}
	p := &project{backend: fakeList{func() []row {
		// While the list is under way: one changed, one made, one deleted.
		k.put(row{id: "1", name: "RENAMED", version: 2})
		k.put(row{id: "2", name: "NEW", version: 1})
		k.drop("3")
		return []row{old, {id: "3", name: "GONE", version: 1}}
	}}}
	if err := store.list(t.Context(), p, place, k, false); err != nil {
		t.Fatal(err)
	}
	for name, there := range map[string]bool{"RENAMED": true, "NEW": true, "A": false, "GONE": false} {
		if _, err := k.find(Ref{Folder: place, Name: name}, ""); (err == nil) != there {
			t.Errorf("%s: %v", name, err)
		}
	}
	// A row that is older than what is known changes nothing.
	k.put(old)
	if _, err := k.find(Ref{Folder: place, Name: "RENAMED"}, ""); err != nil {
		t.Error("an older echo undid a newer one")
	}
}

// TestListsOfAFolderTakeTurns: what writes do meanwhile is kept for one list,
// with imports or without them.
func TestListsOfAFolderTakeTurns(t *testing.T) {
	t.Parallel()
	var under, most atomic.Int64
	p := &project{backend: fakeList{func() []row {
		most.Store(max(most.Load(), under.Add(1)))
		for range 100 {
			runtime.Gosched()
		}
		under.Add(-1)
		return nil
	}}}
	store := &Store{client: &api.Client{}, folders: map[Folder]*folder{}, bounds: newBounds(), unlocked: p}
	var readers sync.WaitGroup
	for i := range 200 {
		place := Folder{"ws", "dev", fmt.Sprintf("/f%d", i)}
		for _, imports := range []bool{false, true, false, true} {
			readers.Go(func() {
				if _, err := store.see(t.Context(), p, place, view{imports: imports}); err != nil {
					t.Error(err)
				}
			})
		}
		readers.Wait()
	}
	if most.Load() != 1 {
		t.Errorf("%d lists of one folder at the same time", most.Load())
	}
}

type fakeList struct{ rows func() []row }

func (b fakeList) list(context.Context, Folder, bool, string, *intake) (listed, error) {
	return listed{rows: b.rows()}, nil
}
func (fakeList) writeOne(context.Context, write) (row, error) { return row{}, nil }
func (fakeList) writeMany(context.Context, writeKind, Folder, []write) ([]outcome, error) {
	return nil, nil
}
func (fakeList) isLater() bool                           { return false }
func (fakeList) creates() Parts                          { return Parts{} }
func (fakeList) usesProjectKey() bool                    { return true }
func (fakeList) serves(*api.Workspace) (*Warning, error) { return nil, nil }
func (fakeList) carries(write) error                     { return nil }
func (fakeList) fingerprint(Ref, Value, string) string   { return "" }
func (fakeList) clear()                                  {}
func (fakeList) fingerprintKeyID() string                { return "" }

// TestListWithImportsIsRevalidatedByItsOwnETag: that of a list without them is
// of other content.
func TestListWithImportsIsRevalidatedByItsOwnETag(t *testing.T) {
	t.Parallel()
	server, err := devserver.Start(devserver.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	owner, err := seed.NewOwner(server, devserver.Project{})
	if err != nil {
		t.Fatal(err)
	}
	put := func(environment, value string) {
		t.Helper()
		if _, err := owner.Put(environment, "/", "N_"+environment, value, ""); err != nil {
			t.Fatal(err)
		}
	}
	put("dev", "1")
	put("prod", "1")
	token, err := owner.ServiceToken(seed.Token{})
	if err != nil {
		t.Fatal(err)
	}
	store, err := Open(Config{Host: server.URL(), ServiceToken: token})
	if err != nil {
		t.Fatal(err)
	}
	place := Folder{owner.Project.ID, "dev", "/"}
	if _, err := store.client.CreateImport(t.Context(), api.Place{WorkspaceID: place.WorkspaceID, Environment: "dev", Path: "/"}, "prod", "/"); err != nil {
		t.Fatal(err)
	}
	read := func(imports bool, want string, statuses ...int) {
		t.Helper()
		server.ResetRequests()
		listing, err := store.Gather(t.Context(), place, Reading{Imports: imports})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, s := range listing.Secrets {
			got += s.Name + "=" + s.Value.Reveal() + " "
		}
		var answered []int
		for _, r := range server.Requests() {
			if r.Route == "GET /api/v3/secrets" {
				answered = append(answered, r.Status)
			}
		}
		if got != want || !slices.Equal(answered, statuses) {
			t.Errorf("read %q by lists that were answered %v, want %q and %v", got, answered, want, statuses)
		}
	}
	minuteLater := func() {
		k := store.folder(place)
		k.mu.Lock()
		defer k.mu.Unlock()
		k.readAt = k.readAt.Add(-snapshotLife - time.Second)
		k.importsAt.time = k.importsAt.time.Add(-snapshotLife - time.Second)
	}
	read(true, "N_dev=1 N_prod=1 ", 200)
	read(true, "N_dev=1 N_prod=1 ")
	read(false, "N_dev=1 ") // the list with imports holds the others, too
	minuteLater()
	read(true, "N_dev=1 N_prod=1 ", 304)
	put("prod", "2")
	read(true, "N_dev=1 N_prod=1 ") // younger than a minute
	minuteLater()
	read(false, "N_dev=1 ", 200)
	if sent := server.Requests()[0].Header.Get("If-None-Match"); sent != "" {
		t.Errorf("a list without imports was asked for by the ETag %s of one with them", sent)
	}
	read(true, "N_dev=1 N_prod=2 ", 200)
	put("dev", "2")
	minuteLater()
	read(false, "N_dev=2 ", 200)
	put("dev", "1") // as it was when the list with imports was answered
	minuteLater()
	read(true, "N_dev=1 N_prod=2 ", 200)
	minuteLater()
	read(false, "N_dev=1 ", 200)
}
