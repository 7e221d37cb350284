package secrets

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"
)

// Project is what a credential can know of its project.
type Project struct {
	ID           string
	Environments []Environment // in the project's order
}

// Environment is one of a project's environments.
type Environment struct{ ID, Name, Slug string }

// Project describes the project with that id, or for "" the provider's default
// or the token's own, which in sealed mode is not believed.
//
// Cost: nothing that a Store does not ask anyway.
func (s *Store) Project(ctx context.Context, id string) (Project, error) {
	p, err := s.unlock(ctx)
	if err != nil {
		return Project{}, err
	}
	if id = cmp.Or(id, s.defaults.WorkspaceID); id == "" && s.SealingKeyID() == "" {
		id = p.id
	}
	if id == "" {
		_, err := sealedLocation(p, Folder{})
		return Project{}, err
	}
	if err := p.checkID(id); err != nil {
		return Project{}, err
	}
	environments := p.environments
	if p.access.of2023 {
		return Project{}, &Error{
			Problem: ProblemServer, Subject: "project " + id,
			Why: fmt.Sprintf("Servers of 2023 do not tell a %s which environments a project has.", p.access.noun),
			Do:  "Name the environments in the configuration.",
		}
	}
	if environments == nil { // the look-up failed: it says why
		workspace, err := s.client.Workspace(ctx, id)
		if err != nil {
			return Project{}, p.translate(err, "project "+id, Folder{})
		}
		environments = workspace.Environments
	}
	out := Project{ID: id, Environments: make([]Environment, 0, len(environments))}
	for _, e := range environments {
		out.Environments = append(out.Environments, Environment{e.ID, e.Name, e.Slug})
	}
	return out, nil
}

// Token is what a service token may be told to be: nothing of its text or key.
type Token struct {
	Name        string
	WorkspaceID string
	Scopes      []Scope
	Permissions []string  // "read", "write"
	ExpiresAt   time.Time // zero = never
	CanWrite    bool      // what this Store takes for a write: both permissions
}

// Scope is one place that a token may go to.
type Scope struct {
	Environment string // slug
	Path        string // a glob
}

// Token describes the service token.
//
// Cost: nothing that a Store does not ask anyway.
func (s *Store) Token(ctx context.Context) (Token, error) {
	if _, ok := s.credential.(serviceToken); !ok {
		return Token{}, &Error{
			Problem: ProblemCredential,
			Why:     fmt.Sprintf("The provider is configured with another credential (%s), and has no service token to tell of.", s.credential.holder().noun),
			Do:      "Remove this data source, or use it with a provider block that has a service_token.",
		}
	}
	p, err := s.unlock(ctx)
	if err != nil {
		return Token{}, err
	}
	out := Token{
		Name: p.access.name, WorkspaceID: p.id, Permissions: slices.Clone(p.access.permissions), ExpiresAt: p.access.expiresAt,
		CanWrite: p.may("write") && p.may("read"), Scopes: make([]Scope, 0, len(p.access.scopes)),
	}
	for _, scope := range p.access.scopes {
		out.Scopes = append(out.Scopes, Scope{scope.Environment, scope.SecretPath})
	}
	return out, nil
}
