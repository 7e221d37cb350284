package devserver

import (
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

// action is what a call wants to do, in the words of the refusal.
type action string

const (
	toRead   action = "read"
	toCreate action = "create"
	toEdit   action = "edit"
	toDelete action = "delete"
)

// may says whether the token's permissions and one of its scopes allow an
// action. An environment that does not exist is simply in no scope, which is
// why both give the same answer (PROTOCOL section 0).
func (t token) may(a action, environment, path string) bool {
	return t.permits(a) && t.reaches(environment, path)
}

func (t token) permits(a action) bool {
	needed := "write"
	if a == toRead {
		needed = "read"
	}
	return slices.Contains(t.Permissions, needed)
}

func (t token) reaches(environment, path string) bool {
	return slices.ContainsFunc(t.Scopes, func(s Scope) bool {
		return s.Environment == environment && globMatches(s.SecretPath, path)
	})
}

// globMatches is picomatch as the server uses it (PROTOCOL section 2, scope
// globs). doublestar differs in three points, which are settled first.
func globMatches(pattern, path string) bool {
	switch path {
	case "":
		return false
	case "/":
		// A lone star wants at least one character, two stars do not.
		return pattern == "/" || pattern == "/**" || pattern == "**"
	}
	// Wildcards do not match a leading dot, so `/a/../b` and `/.hidden` are
	// outside every scope that does not spell the dot.
	if strings.Contains(path, "/.") && !strings.Contains(pattern, "/.") {
		return false
	}
	matched, err := doublestar.Match(pattern, path)
	return err == nil && matched
}
