package secrets

import (
	"context"
	"slices"
	"sync"
	"time"
)

// snapshotLife is how long a folder's list is believed before it is read
// again.
const snapshotLife = time.Minute

// folder is what a Store knows of one folder: the last list, with its own
// writes folded in. All readers of a run share it.
type folder struct {
	place   Folder
	mu      sync.Mutex
	rows    map[string]row      // by id; nil until read
	named   map[string][]string // ids by nameKey
	missing bool                // the server said that there is no such folder
	readAt  time.Time
	etag    string                 // of the list that the rows are; "" after an own write
	listing bool                   // a list is under way
	during  []func()               // own writes that ended meanwhile: the list may not hold them yet
	claims  map[string]*sync.Mutex // by nameKey: writers of one name take turns
	writers [writeKinds]*batcher
	// owned are the ids that creates of this run returned: true if the secret
	// was there before and was taken over.
	owned map[string]bool
	// held is what resources of this run mean to do with a name, by nameKey and
	// owner.
	held map[string]map[string]Claim
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
func (k *folder) writer(p *project, kind writeKind) *batcher {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.writers[kind] == nil {
		k.writers[kind] = &batcher{kind: kind, folder: k.place, backend: p.backend}
	}
	return k.writers[kind]
}

func (s *Store) folder(f Folder) *folder {
	s.mu.Lock()
	defer s.mu.Unlock()
	known, ok := s.folders[f]
	if !ok {
		known = &folder{place: f, claims: map[string]*sync.Mutex{}, owned: map[string]bool{}, held: map[string]map[string]Claim{}}
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

func (k *folder) drop(id string) {
	k.apply(func() {
		k.unindex(k.rows[id])
		delete(k.rows, id)
		delete(k.owned, id)
	})
}

func (k *folder) apply(change func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.rows != nil {
		k.missing = false
		k.etag = "" // the rows are no longer what the server listed
		change()
	}
	if k.listing {
		k.during = append(k.during, change)
	}
}

func (k *folder) index(r row) {
	if r.name != "" {
		k.named[nameKey(r.name)] = append(k.named[nameKey(r.name)], r.id)
	}
}

func (k *folder) unindex(r row) {
	if r.name != "" {
		k.named[nameKey(r.name)] = slices.DeleteFunc(k.named[nameKey(r.name)], func(id string) bool { return id == r.id })
	}
}

// load makes sure that a list is there which began at notBefore or later. All
// who ask at the same time share one request.
func (s *Store) load(ctx context.Context, p *project, f Folder, notBefore time.Time) (*folder, error) {
	k := s.folder(f)
	flight := "list\x00" + f.WorkspaceID + "\x00" + f.Environment + "\x00" + f.Path
	// Twice at most: the first round may join a list that began too early.
	for range 2 {
		if k.isRead(notBefore) {
			break
		}
		err := s.shared(ctx, flight, func(ctx context.Context) error {
			if k.isRead(notBefore) { // by a flight that landed while this caller was on its way here
				return nil
			}
			return s.list(ctx, p, f, k)
		})
		if err != nil {
			return nil, err
		}
	}
	return k, nil
}

// isRead tells whether there is a list that began at notBefore or later.
func (k *folder) isRead(notBefore time.Time) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.rows != nil && !k.readAt.Before(notBefore)
}

func (s *Store) list(ctx context.Context, p *project, f Folder, k *folder) error {
	k.mu.Lock()
	k.listing = true
	etag := k.etag
	k.mu.Unlock()

	began := time.Now()
	got, err := p.backend.list(ctx, f, etag)
	missing := got.folderMissing
	if err == nil && missing {
		missing, err = s.confirmMissing(ctx, p, f)
	}

	k.mu.Lock()
	defer k.mu.Unlock()
	during := k.during
	k.listing, k.during = false, nil
	if err != nil {
		return p.translate(err, f.String(), f)
	}
	k.readAt = began
	if got.unchanged {
		return nil // own writes that ended meanwhile are in the rows already
	}
	k.rows, k.named = make(map[string]row, len(got.rows)), make(map[string][]string, len(got.rows))
	for _, r := range got.rows {
		k.rows[r.id] = r
		k.index(r)
	}
	k.etag, k.missing = got.etag, missing && len(during) == 0
	for _, change := range during {
		change()
		k.etag = "" // the rows are no longer what the server listed
	}
	return nil
}

// confirmMissing looks for a folder that a list says is not there: servers of
// later years answer with the same list for an environment that does not
// exist, which must not pass for a folder that is gone.
func (s *Store) confirmMissing(ctx context.Context, p *project, f Folder) (bool, error) {
	if !p.hasEnvironment(f.Environment) {
		e := &Error{Subject: f.String()}
		e.Problem, e.Why, e.Do = p.environmentMissing(f.Environment)
		return false, e
	}
	first, err := s.firstMissing(ctx, f)
	return first != "", err
}
