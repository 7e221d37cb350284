package seal

import (
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
)

// What can be wrong with a set of keys.
var (
	ErrNoKeys       = errors.New("there is no sealing key")
	ErrDuplicateKey = errors.New("it is there already")
	ErrKeyIDTaken   = errors.New("another key before it has the same id: generate a new key instead of it")
)

// Ring is an ordered set of keys: the first one seals, all of them open. The
// zero Ring seals and opens nothing.
type Ring struct {
	keys []Key
}

// NewRing checks that there is a key, and that no key and no key id is there
// twice. Its errors count the keys from 1 and are [ErrNoKeys], [ErrDuplicateKey]
// or [ErrKeyIDTaken].
func NewRing(keys ...Key) (Ring, error) {
	if len(keys) == 0 {
		return Ring{}, ErrNoKeys
	}
	for i, key := range keys {
		if key.material == nil {
			return Ring{}, fmt.Errorf("sealing key %d: %w", i+1, ErrNoKeys)
		}
		for _, earlier := range keys[:i] {
			if earlier.equal(key) {
				return Ring{}, fmt.Errorf("sealing key %d: %w", i+1, ErrDuplicateKey)
			}
			if earlier.id == key.id {
				return Ring{}, fmt.Errorf("sealing key %d: %w", i+1, ErrKeyIDTaken)
			}
		}
	}
	return Ring{slices.Clone(keys)}, nil
}

// ParseRing takes keys as [SplitKeys] does. Its errors are those of [ParseKey]
// and [NewRing], and say which key they are about.
func ParseRing(text string) (Ring, error) {
	var keys []Key
	for i, item := range SplitKeys(text) {
		key, err := ParseKey(item)
		if err != nil {
			return Ring{}, fmt.Errorf("sealing key %d: %w", i+1, err)
		}
		keys = append(keys, key)
	}
	return NewRing(keys...)
}

// SplitKeys takes the keys out of a text that holds several, such as an
// environment variable or a file: commas and white space stand between them,
// and from a # to the end of its line is a comment. It does not look at the
// keys.
func SplitKeys(text string) []string {
	var keys []string
	for line := range strings.Lines(strings.ReplaceAll(text, "\r", "\n")) {
		line, _, _ = strings.Cut(line, "#")
		keys = append(keys, strings.FieldsFunc(line, func(c rune) bool { return c == ',' || unicode.IsSpace(c) })...)
	}
	return keys
}

// Clear overwrites all keys, for all copies of the ring; from then on they seal
// and open nothing.
func (r Ring) Clear() {
	for _, key := range r.keys {
		key.clear()
	}
}

func (k Key) equal(other Key) (equal bool) {
	_ = k.with(func(mine []byte) error {
		return other.with(func(theirs []byte) error {
			equal = subtle.ConstantTimeCompare(mine, theirs) == 1
			return nil
		})
	})
	return equal
}

// SealingKeyID is the id of the key that seals. It is empty for the zero Ring.
func (r Ring) SealingKeyID() string {
	if len(r.keys) == 0 {
		return ""
	}
	return r.keys[0].id
}

// key returns the key of that id, or [ErrUnknownKey].
func (r Ring) key(id string) (Key, error) {
	for _, key := range r.keys {
		if key.id == id {
			return key, nil
		}
	}
	return Key{}, ErrUnknownKey
}
