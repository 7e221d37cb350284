package secrets

import (
	"slices"

	"github.com/google/uuid"
)

// NewOwner is a name for something that holds secrets, see [Store.Hold].
func NewOwner() string { return uuid.NewString() }

// Claim is what the owner of a name means to do with it.
type Claim int

// The claims. A name may pass from one owner, who drops it, to one who takes it,
// whichever of the two comes first. Of two owners in one state, one may leave it
// to the other.
const (
	Keeps   Claim = iota // has it, and keeps it
	Takes                // will have it
	Drops                // has it, and deletes it
	Leaves               // has it, and gives it up without deleting it
	Clears               // deletes it, as nobody's
	Creates              // will have it, as a new secret
	Renames              // has it, and gives it another name
)

func (c Claim) meets(other Claim) bool {
	switch first, second := min(c, other), max(c, other); first {
	case Keeps:
		return second != Leaves
	case Takes:
		return second == Takes || second == Clears || second == Creates
	case Clears:
		return second != Clears
	case Creates, Renames: // a create would adopt, or meet, the secret that is renamed
		return true
	}
	return false
}

// Hold notes what owner means to do with secrets, and returns the names of
// those that another owner has a claim to which goes against it: two resources
// that manage one secret would undo each other's work in turns.
func (s *Store) Hold(owner string, claim Claim, refs ...Ref) (taken []string) {
	for _, ref := range refs {
		if !s.folder(ref.Folder).hold(ref, owner, claim) {
			taken = append(taken, ref.Name)
		}
	}
	slices.Sort(taken)
	return taken
}

func (k *folder) hold(ref Ref, owner string, claim Claim) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	claims := k.claimsTo(ref)
	for other, theirs := range claims {
		if other != owner && claim.meets(theirs) {
			return false
		}
	}
	claims[owner] = claim
	return true
}

// claimsTo are the claims to a secret by owner. The caller holds the lock.
func (k *folder) claimsTo(ref Ref) map[string]Claim {
	claims := k.held[ref.key()]
	if claims == nil {
		claims = map[string]Claim{}
		k.held[ref.key()] = claims
	}
	return claims
}

// Has notes that the state of owner has the secret with that id. Every refresh
// says so before it asks the server, so that most plans know of all owners.
func (s *Store) Has(f Folder, owner, id string) {
	if owner == "" || id == "" {
		return
	}
	k := s.folder(f)
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.owners[id] == nil {
		k.owners[id] = map[string]bool{}
	}
	k.owners[id][owner] = true
}

// HasOther tells whether the state of another owner has the secret with that
// id; with owner "" whether any has.
func (s *Store) HasOther(f Folder, owner, id string) bool {
	k := s.folder(f)
	k.mu.Lock()
	defer k.mu.Unlock()
	for other := range k.owners[id] {
		if other != owner {
			return true
		}
	}
	return false
}

// Drop notes that owner gives up the secret with that id. It returns true if
// another owner has it and keeps it, as far as is known: then owner must not
// delete it. Of several who give it up the last one deletes it.
func (s *Store) Drop(owner string, ref Ref, id string) (leave bool) {
	k := s.folder(ref.Folder)
	k.mu.Lock()
	defer k.mu.Unlock()
	claims := k.claimsTo(ref)
	for other, theirs := range claims {
		leave = leave || other != owner && theirs == Keeps
	}
	for other := range k.owners[id] {
		theirs, known := claims[other]
		leave = leave || other != owner && (!known || theirs != Drops && theirs != Leaves)
	}
	claims[owner] = Drops
	if leave {
		claims[owner] = Leaves
	}
	return leave
}

// isLeaving tells whether a resource of this run deletes the secret, or gives it up.
func (k *folder) isLeaving(r row) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, claim := range k.held[r.key()] {
		if claim == Drops || claim == Leaves {
			return true
		}
	}
	return false
}
