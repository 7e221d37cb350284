package secrets

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/api"
)

// project is what unlocking learns: which project the credential opens, what
// it may do there, and the backend that holds its key.
type project struct {
	id           string
	host         string // its server, and where that was set
	access       access
	environments []api.Environment // in the project's order; nil when they could not be looked up
	backend      backend
	limit        bodyLimit
	keyProven    atomic.Bool // a key that was given opens something
	keyBelieved  sync.Map    // environments in which there is nothing that could tell
	version      int64       // 0 where it could not be looked up
	keyAccess    keyAccess
}

// checkID refuses a project that is not the credential's.
func (p *project) checkID(id string) error {
	if id == p.id {
		return nil
	}
	if p.access.scopes == nil {
		return &Error{
			Problem: ProblemWorkspace, Subject: "project " + id,
			Why: fmt.Sprintf("The provider is configured for another project (%s).", p.id),
			Do:  "Leave workspace_id out to use that one, or make a provider block with an alias for the other.",
		}
	}
	return &Error{
		Problem: ProblemWorkspace, Subject: "project " + id,
		Why: fmt.Sprintf("The service token belongs to another project (%s).", p.id),
		Do:  "Leave workspace_id out to use the token's own project, or use a token of the other one.",
	}
}

func (p *project) hasEnvironment(slug string) bool {
	return p.environments == nil || slices.Contains(p.slugs(), slug)
}

// scopesName tells whether a scope of the token is of that environment.
func (p *project) scopesName(slug string) bool {
	return slices.ContainsFunc(p.access.scopes, func(s api.Scope) bool { return s.Environment == slug })
}

func (p *project) slugs() []string {
	slugs := make([]string, 0, len(p.environments))
	for _, e := range p.environments {
		slugs = append(slugs, e.Slug)
	}
	return slugs
}

func (p *project) environmentMissing(slug string) (problem Problem, why, do string) {
	why = fmt.Sprintf("The project has no environment %q.", slug)
	if p != nil && len(p.environments) > 0 {
		why += fmt.Sprintf(" It has: %s.", strings.Join(p.slugs(), ", "))
	}
	return ProblemEnvironment, why, "Correct env_slug: it is the environment's slug, in lower case, not its name."
}

// describeAccess says what a token may do, so that a user sees why a place is
// outside of it; of other credentials the server does not tell. Scopes are no
// secrets.
func (p *project) describeAccess() string {
	if p.access.scopes == nil {
		return ""
	}
	scopes := make([]string, 0, len(p.access.scopes))
	for _, s := range p.access.scopes {
		scopes = append(scopes, s.Environment+":"+s.SecretPath)
	}
	return fmt.Sprintf("It may %s in %s.", strings.Join(p.access.permissions, " and "), strings.Join(scopes, ", "))
}

// soleEnvironment is the environment that all scopes name, if it is one.
func (p *project) soleEnvironment() (string, bool) {
	if len(p.access.scopes) == 0 {
		return "", false
	}
	environment := p.access.scopes[0].Environment
	for _, s := range p.access.scopes[1:] {
		if s.Environment != environment {
			return "", false
		}
	}
	return environment, true
}

func (p *project) scopedEnvironments() string {
	var slugs []string
	for _, s := range p.access.scopes {
		if !slices.Contains(slugs, s.Environment) {
			slugs = append(slugs, s.Environment)
		}
	}
	return strings.Join(slugs, ", ")
}

// solePath is the folder of the only scope, if it names one literally.
func (p *project) solePath() (string, bool) {
	if len(p.access.scopes) != 1 {
		return "", false
	}
	return literalPath(p.access.scopes[0])
}

// literalPath is the one folder that a scope is of.
func literalPath(scope api.Scope) (path string, ok bool) {
	if strings.ContainsAny(scope.SecretPath, "*?[]{}()!+@\\") {
		return "", false
	}
	path, err := CanonicalPath(scope.SecretPath)
	return path, err == nil
}

// Printable makes a text that a server chose one that may be shown: see
// [api.Printable]. What an answer says of places and ids is so already.
func Printable(text string) string { return api.Printable(text) }
