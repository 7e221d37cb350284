package devserver

import (
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Environment is a stage of a project. An empty ID is made.
type Environment struct{ ID, Name, Slug string }

// Tag can be put on secrets. Color is a CSS colour such as "#ff0000".
type Tag struct{ ID, Slug, Name, Color string }

// Project is what an owner makes in the web application.
type Project struct {
	ID, Name, Slug string // ID and Slug are made when empty
	// Version is 0 or 1 for an end-to-end encrypted project. 2 is what the web
	// application makes since early 2024: encrypted for clients, but the server's
	// bot holds Key from birth, and opens what is written (PROTOCOL section 22).
	// 3 is one born as version 3, which has no blind index (PROTOCOL section 21).
	Version int
	Key     string // the project key of version 2, 32 hexadecimal characters; made when empty
	// UpgradeStatus is "" for null; "IN_PROGRESS" refuses writes of secrets
	// (PROTOCOL section 4).
	UpgradeStatus string
	// NoBlindIndex is a project nobody has opened in the web application since
	// blind indexes exist: lists work, by-name and batch calls do not.
	NoBlindIndex bool
	Environments []Environment // nil is Development/dev, Staging/staging, Production/prod
	Tags         []Tag         // an empty ID is made
}

// CreateProject makes a project, or replaces the one with the same ID and all
// it holds, and returns it with everything filled in.
func (s *Server) CreateProject(p Project) Project {
	if p.ID == "" {
		p.ID = s.era.newID()
	}
	if p.Slug == "" {
		p.Slug = strings.ToLower(strings.ReplaceAll(p.Name, " ", "-")) + "-" + uuid.NewString()[:4]
	}
	if p.Version == 0 {
		p.Version = 1
	}
	if p.Version >= 3 {
		p.NoBlindIndex = true
	}
	if p.Environments == nil {
		p.Environments = []Environment{
			{Name: "Development", Slug: "dev"}, {Name: "Staging", Slug: "staging"}, {Name: "Production", Slug: "prod"},
		}
	}
	p.Environments, p.Tags = slices.Clone(p.Environments), slices.Clone(p.Tags)
	t := now()
	made := &project{createdAt: t, updatedAt: t, members: map[string]*Member{}, policies: map[string]*policy{}, kms: &bot{[]byte(newTokenSecret()), true}}
	for i := range p.Environments {
		if p.Environments[i].ID == "" {
			p.Environments[i].ID = s.era.newID()
		}
		e := &environment{Environment: p.Environments[i], era: s.era}
		e.root = newFolder(e, nil, "root")
		made.environments = append(made.environments, e)
	}
	for i := range p.Tags {
		if p.Tags[i].ID == "" {
			p.Tags[i].ID = s.era.newID()
		}
	}
	if p.Version == 2 {
		if p.Key == "" {
			p.Key = newTokenSecret()
		}
		made.bot = &bot{[]byte(p.Key), true}
	}
	made.Project = p
	made.Environments, made.Tags = slices.Clone(p.Environments), slices.Clone(p.Tags)

	s.mu.Lock()
	defer s.mu.Unlock()
	s.projects[p.ID] = made
	return p
}

// SetUpgradeStatus sets the project's upgradeStatus; "" is null. While it is
// "IN_PROGRESS" secrets cannot be written. An unknown id does nothing.
func (s *Server) SetUpgradeStatus(id, status string) {
	s.editProject(id, func(p *project) { p.UpgradeStatus = status })
}

func (s *Server) editProject(id string, edit func(*project)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p := s.projects[id]; p != nil {
		edit(p)
		p.updatedAt = now()
	}
}

// DeleteProject removes a project, all it holds and its service tokens.
func (s *Server) DeleteProject(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.projects, id)
	for _, t := range s.tokens {
		if t.ProjectID == id {
			delete(s.tokens, t.ID)
		}
	}
}

// Scope is a part of a project a token may see: an environment's slug and a
// glob for folders (PROTOCOL section 2).
type Scope struct{ Environment, SecretPath string }

// ServiceToken is a credential for one project.
type ServiceToken struct {
	Name, ProjectID string
	Scopes          []Scope
	Permissions     []string  // "read", "write"
	ExpiresAt       time.Time // zero is never
	// EncryptedKey, IV and Tag are the project key in base64, sealed by the
	// owner under a key that is never told to the server.
	EncryptedKey, IV, Tag string
	Secret                string // 32 hex characters; made when empty
	ID                    string // uuid; made when empty
}

// CreateServiceToken stores a token and returns its id and the text to send
// after "Bearer ": "st.<id>.<secret>", without the fourth part, which is the
// owner's to add.
func (s *Server) CreateServiceToken(t ServiceToken) (id, bearer string) {
	if t.ID == "" {
		t.ID = s.era.newID()
	}
	if t.Secret == "" {
		t.Secret = newTokenSecret()
	}
	t.Scopes, t.Permissions = slices.Clone(t.Scopes), slices.Clone(t.Permissions)
	made := now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens[t.ID] = &token{
		ServiceToken: t,
		secretHash:   "$2b$10$" + newTokenSecret() + newTokenSecret()[:21],
		createdAt:    made, updatedAt: made,
	}
	return t.ID, "st." + t.ID + "." + t.Secret
}

// RevokeServiceToken deletes a token; from then on it is an unknown one.
func (s *Server) RevokeServiceToken(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.tokens, id)
}
