package secrets

import (
	"strings"

	"github.com/bmatcuk/doublestar/v4"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/api"
)

// inScopes tells whether a token's scopes cover a folder, by the server's rules
// (picomatch, PROTOCOL section 2): `/` is the root alone, `/*` one level below
// it, `/**` everything, `/a/*` one level below /a, `/a/**` /a and below.
//
// A pattern that is not understood counts as covering: this is asked before
// the server is, and must not refuse what the server would allow.
func inScopes(scopes []api.Scope, f Folder) bool {
	for _, scope := range scopes {
		if scope.Environment == f.Environment && globCovers(scope.SecretPath, f.Path) {
			return true
		}
	}
	return false
}

func globCovers(pattern, path string) bool {
	if pattern != "/" {
		pattern = strings.TrimSuffix(pattern, "/")
	}
	if path == "/" && strings.HasSuffix(pattern, "/*") {
		return false // a star stands for at least one character here
	}
	covers, err := doublestar.Match(pattern, path)
	return covers || err != nil
}
