package secrets

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"
)

// snapshotLife is how long a folder's list is believed before it is read
// again.
const snapshotLife = time.Minute

// asOf is when something was read: at that time, and after so many writes of
// this process had ended. What is of other folders than the writes can fold in
// is believed only as long as no write ended since.
type asOf struct {
	time   time.Time
	writes int64
}

// notBefore tells whether it shows all that a reader who asked then must see.
func (a asOf) notBefore(b asOf) bool { return !a.time.Before(b.time) && a.writes >= b.writes }

// now is for what begins to be read; recent is what a reader who asks now
// must see.
func (s *Store) now() asOf { return asOf{time.Now(), s.client.Writes()} }

func (s *Store) recent() asOf { return asOf{time.Now().Add(-snapshotLife), s.client.Writes()} }

// folder is what a Store knows of one folder: the last list, with its own
// writes folded in. All readers of a run share it.
type folder struct {
	place   Folder
	mu      sync.Mutex
	rows    map[string]row      // by id; nil until read
	named   map[string][]string // ids by the key of their Ref
	missing bool                // the server said that there is no such folder
	readAt  time.Time
	etag    string // of the list that the rows are; "" after an own write
	// imports are what the folder imported at importsAt, which is zero until
	// they were asked for; etagImports: the list that has the etag holds them.
	imports     []imported
	importsAt   asOf
	etagImports bool
	shown       map[view]*seen // all of that for readers; made when it is asked for

	turn    sync.Mutex             // held by a list, so that there is one at a time
	listing bool                   // a list is under way
	stale   bool                   // and began before the folder was made, renamed or deleted
	during  []func()               // own writes that ended meanwhile: the list may not hold them yet
	claims  map[string]*sync.Mutex // by nameKey: writers of one name take turns
	writers [writeKinds]*batcher
	// owned are the ids that creates of this run returned: true if the secret
	// was there before and was taken over.
	owned map[string]bool
	// held is what resources of this run mean to do with a secret, by the key of
	// its Ref and owner.
	held map[string]map[string]Claim
	// owners are the resources whose state has a secret, by its id.
	owners map[string]map[string]bool
}

// own notes that a create returned this id; false if one did before.
func (k *folder) own(id string, takenOver bool) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	_, before := k.owned[id]
	if !before {
		k.owned[id] = takenOver
	}
	return !before
}

func (k *folder) isOwned(id string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	_, owned := k.owned[id]
	return owned
}

// tookOver tells whether a create of this run took over the secret with that
// id. One that it made new can be in no other resource's state.
func (k *folder) tookOver(id string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.owned[id]
}

// writer is where writes of a kind in this folder meet.
func (k *folder) writer(d dispatcher) *batcher {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.writers[d.kind] == nil {
		k.writers[d.kind] = &batcher{dispatcher: d}
	}
	return k.writers[d.kind]
}

func (s *Store) folder(f Folder) *folder {
	s.mu.Lock()
	defer s.mu.Unlock()
	known, ok := s.folders[f]
	if !ok {
		known = &folder{place: f, claims: map[string]*sync.Mutex{}, owned: map[string]bool{}, held: map[string]map[string]Claim{}, owners: map[string]map[string]bool{}, shown: map[view]*seen{}}
		s.folders[f] = known
	}
	return known
}

// claim makes writers of one name in this process take turns: the server has
// no uniqueness under a race (PROTOCOL section 12). Several names are taken in
// one order by everyone, so that two renames cannot wait for each other.
func (k *folder) claim(names ...string) (release func()) {
	keys := make([]string, 0, len(names))
	for _, name := range names {
		keys = append(keys, nameKey(name))
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	locks := make([]*sync.Mutex, 0, len(keys))
	for _, key := range keys {
		k.mu.Lock()
		lock, ok := k.claims[key]
		if !ok {
			lock = &sync.Mutex{}
			k.claims[key] = lock
		}
		k.mu.Unlock()
		lock.Lock()
		locks = append(locks, lock)
	}
	return func() {
		for _, lock := range locks {
			lock.Unlock()
		}
	}
}

// put folds a write's echo in; drop a deletion.
func (k *folder) put(r row) {
	k.apply(func() {
		known, ok := k.rows[r.id]
		if ok && known.version > r.version {
			return
		}
		if ok {
			k.unindex(known)
		}
		k.rows[r.id] = r
		k.index(r)
	})
}

// drop also takes the personal secrets along that the server deletes with a
// shared one (PROTOCOL section 4).
func (k *folder) drop(id string) {
	k.apply(func() {
		gone := k.rows[id]
		ids := []string{id}
		if gone.name != "" && !gone.personal {
			ids = append(ids, k.named[Ref{Name: gone.name, Personal: true}.key()]...)
		}
		for _, id := range ids {
			k.unindex(k.rows[id])
			delete(k.rows, id)
			delete(k.owned, id)
		}
	})
}

// hasPersonal tells whether the user has a personal secret of that name.
func (k *folder) hasPersonal(name string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.named[Ref{Name: name, Personal: true}.key()]) > 0
}

func (k *folder) apply(change func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.rows != nil {
		k.missing = false
		k.etag = "" // the rows are no longer what the server listed
		clear(k.shown)
		change()
	}
	if k.listing {
		k.during = append(k.during, change)
	}
}

// forget has the next reader ask anew: the folder was made, renamed or deleted.
// Who looks meanwhile finds what was there.
func (k *folder) forget() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.readAt, k.importsAt, k.etag, k.stale = time.Time{}, asOf{}, "", k.listing
	clear(k.shown)
}

func (k *folder) index(r row) {
	if r.name != "" {
		k.named[r.key()] = append(k.named[r.key()], r.id)
	}
}

func (k *folder) unindex(r row) {
	if r.name != "" {
		k.named[r.key()] = slices.DeleteFunc(k.named[r.key()], func(id string) bool { return id == r.id })
	}
}

// load makes sure that a list is there which began at notBefore or later. All
// who ask at the same time share one request.
func (s *Store) load(ctx context.Context, p *project, f Folder, notBefore time.Time) (*folder, error) {
	return s.loaded(ctx, p, f, false, func(k *folder) bool { return k.shows(notBefore) })
}

// isRead tells whether there is a list that began at notBefore or later.
func (k *folder) isRead(notBefore time.Time) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.shows(notBefore)
}

// shows is isRead for who holds the lock.
func (k *folder) shows(notBefore time.Time) bool {
	return k.rows != nil && !k.readAt.Before(notBefore)
}

// loadImports makes sure that a recent list is there which holds the imports
// too. It serves those who ask without imports as well.
func (s *Store) loadImports(ctx context.Context, p *project, f Folder) (*folder, error) {
	recent := s.recent()
	return s.loaded(ctx, p, f, true, func(k *folder) bool { return k.importsAt.notBefore(recent) })
}

func (s *Store) loaded(ctx context.Context, p *project, f Folder, imports bool, isRead func(*folder) bool) (*folder, error) {
	k := s.folder(f)
	done := func() bool {
		k.mu.Lock()
		defer k.mu.Unlock()
		return isRead(k)
	}
	flight := fmt.Sprintf("list\x00%t\x00%s\x00%s\x00%s", imports, f.WorkspaceID, f.Environment, f.Path)
	// Three times at most: the first round may join a list that began too
	// early, and one may be forgotten before it ends.
	for range 3 {
		if done() {
			break
		}
		err := s.shared(ctx, flight, func(ctx context.Context) error {
			k.turn.Lock()
			defer k.turn.Unlock()
			if done() { // by a flight that landed while this caller was on its way here
				return nil
			}
			return s.list(ctx, p, f, k, imports)
		})
		if err != nil {
			return nil, err
		}
	}
	return k, nil
}

func (s *Store) list(ctx context.Context, p *project, f Folder, k *folder, imports bool) error {
	k.mu.Lock()
	k.listing = true
	etag := k.etag
	if k.etagImports != imports {
		etag = ""
	}
	k.mu.Unlock()

	began := s.now()
	in := s.bounds.read(f)
	got, err := p.backend.list(ctx, f, imports, etag, in)
	missing := got.folderMissing
	switch {
	case isRefused(err): // a folder that is missing, perhaps
		if err = s.proveMissing(ctx, p, f, err); err == nil {
			got, missing = listed{folderMissing: true}, true
		}
	case err != nil && imports:
		err = s.explainImports(ctx, p, f, err)
	case err == nil && p.access.of2023 && !p.access.early && !got.unchanged && len(got.rows) == 0:
		missing, err = s.folderGone(ctx, p, f)
		got.folderMissing = missing
	case err == nil && missing:
		missing, err = s.confirmMissing(ctx, p, f)
	case err == nil && p.access.keyUnchecked && p.backend.usesProjectKey():
		err = p.checkKey(f.String(), got.rows)
	}

	k.mu.Lock()
	defer k.mu.Unlock()
	during, stale := k.during, k.stale
	k.listing, k.during, k.stale = false, nil, false
	if err == nil {
		err = checkIDs(f, got.rows)
	}
	if err == nil && !got.unchanged {
		err = in.done()
	}
	if err != nil {
		return p.translate(err, f.String(), f)
	}
	k.readAt = began.time
	if imports {
		k.importsAt = began
	}
	if stale {
		k.readAt, k.importsAt, got.etag = time.Time{}, asOf{}, ""
	}
	if got.unchanged {
		return nil // own writes that ended meanwhile are in the rows already
	}
	if imports {
		k.imports = got.imports
	}
	clear(k.shown)
	k.rows, k.named = make(map[string]row, len(got.rows)), make(map[string][]string, len(got.rows))
	for _, r := range got.rows {
		k.rows[r.id] = r
		k.index(r)
	}
	k.etag, k.etagImports, k.missing = got.etag, imports, missing && len(during) == 0
	if got.folderMissing || p.access.of2023 && len(got.rows) == 0 {
		k.etag = "" // a folder that is there and empty has the same, with imports or in 2023
	}
	for _, change := range during {
		change()
		k.etag = "" // the rows are no longer what the server listed
	}
	return nil
}

// checkIDs refuses a list in which two secrets have one id: whoever asked for
// the one by its name would be given the other.
func checkIDs(f Folder, rows []row) error {
	ids := make(map[string]bool, len(rows))
	for _, r := range rows {
		if ids[r.id] {
			return notAuthentic(f.String(), fmt.Sprintf("The server listed two secrets with the id %s.", r.id))
		}
		ids[r.id] = true
	}
	return nil
}
