package devserver

import (
	"cmp"
	"slices"
)

type workspaceBody struct {
	ID                 string  `json:"id"`
	Name               string  `json:"name"`
	Slug               string  `json:"slug"`
	AutoCapitalization bool    `json:"autoCapitalization"`
	OrgID              string  `json:"orgId"`
	CreatedAt          stamp   `json:"createdAt"`
	UpdatedAt          stamp   `json:"updatedAt"`
	Version            int     `json:"version"`
	UpgradeStatus      *string `json:"upgradeStatus"`
	MongoID            string  `json:"_id"`
	*keysBody
	Environments []importEnvBody `json:"environments"`
}

type tagRowBody struct {
	ID        string `json:"id"`
	Slug      string `json:"slug"`
	Color     string `json:"color"`
	CreatedAt stamp  `json:"createdAt"`
	UpdatedAt stamp  `json:"updatedAt"`
	CreatedBy string `json:"createdBy"`
	ProjectID string `json:"projectId"`
	// Came between May and October 2024, when the name went.
	CreatedByActorType string `json:"createdByActorType,omitempty"`
	Name               string `json:"name,omitempty"`
}

// keysBody are the fields that came between May and October 2024.
type keysBody struct {
	PitVersionLimit       int     `json:"pitVersionLimit"`
	KMSCertificateKeyID   *string `json:"kmsCertificateKeyId"`
	AuditLogsRetentionDay *int    `json:"auditLogsRetentionDays"`
}

// getWorkspace is GET /api/v1/workspace/:id, which a service token may read for
// its own project, and an identity without any rights too (PROTOCOL section 2,
// PROTOCOL_V3 section 2).
func getWorkspace(c *call) (any, error) {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	if c.server.projects[c.param] == nil { // in May 2024 too (PROTOCOL section 22)
		return nil, database("Failed to find project by id")
	}
	p, err := c.project(c.param)
	if err != nil {
		return nil, err
	}
	return map[string]any{"workspace": c.server.workspace(p)}, nil
}

// getProject is GET /api/v1/projects/:id, the newer name of it.
func getProject(c *call) (any, error) {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	if c.server.projects[c.param] == nil {
		return nil, database("Failed to find project by id")
	}
	p, err := c.project(c.param)
	if err != nil {
		return nil, err
	}
	return map[string]any{"project": c.server.workspace(p)}, nil
}

// listWorkspaces is GET /api/v1/workspace: the projects of a user, with their
// versions and environments (PROTOCOL section 22).
func listWorkspaces(c *call) (any, error) {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	type listed struct {
		workspaceBody
		Organization string `json:"organization"`
	}
	out := []listed{}
	for _, p := range c.server.projects {
		if p.members[c.actor.userID()] != nil {
			out = append(out, listed{c.server.workspace(p), c.server.owner.organization})
		}
	}
	slices.SortFunc(out, func(a, b listed) int { return cmp.Compare(a.ID, b.ID) })
	return map[string]any{"workspaces": out}, nil
}

// getWorkspaceBySlug is GET /api/v2/workspace/:slug (PROTOCOL_V3 section 2).
func getWorkspaceBySlug(c *call) (any, error) {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	p, err := c.projectAt(place{slug: c.param})
	if err != nil {
		return nil, err
	}
	return c.server.workspace(p), nil
}

// projectOf finds a project by its slug; nil when there is none.
func (s *state) projectOf(slug string) *project {
	for _, p := range s.projects {
		if p.Slug == slug {
			return p
		}
	}
	return nil
}

func (s *state) workspace(p *project) workspaceBody {
	body := workspaceBody{
		ID: p.ID, Name: p.Name, Slug: p.Slug, AutoCapitalization: true, OrgID: s.owner.organization,
		CreatedAt: stamp(p.createdAt), UpdatedAt: stamp(p.updatedAt), Version: p.Version, MongoID: p.ID,
		Environments: []importEnvBody{},
	}
	if s.era.sinceOctober() {
		body.keysBody = &keysBody{PitVersionLimit: 10}
	}
	if p.UpgradeStatus != "" {
		status := p.UpgradeStatus
		body.UpgradeStatus = &status
	}
	for _, e := range p.environments {
		body.Environments = append(body.Environments, importEnvBody{e.Name, e.Slug, e.ID})
	}
	return body
}

// getTags is GET /api/v1/workspace/:id/tags, which service tokens may not
// (PROTOCOL section 7, PROTOCOL_V3 section 2).
func getTags(c *call) (any, error) {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	p, err := c.project(c.param)
	if err != nil {
		return nil, err
	}
	out := []tagRowBody{}
	for _, t := range p.Tags {
		body := tagRowBody{
			ID: t.ID, Slug: t.Slug, Color: t.Color, CreatedAt: stamp(p.createdAt), UpdatedAt: stamp(p.createdAt),
			CreatedBy: c.server.owner.id, ProjectID: p.ID, CreatedByActorType: "user",
		}
		if !c.server.era.sinceOctober() {
			body.CreatedByActorType, body.Name = "", t.Name
		}
		out = append(out, body)
	}
	return map[string]any{"workspaceTags": out}, nil
}

// getStatus is GET /api/status (PROTOCOL section 1).
func getStatus(*call) (any, error) {
	return map[string]any{
		"date": stamp(now()), "message": "Ok", "emailConfigured": false, "inviteOnlySignup": true,
		"redisConfigured": true, "secretScanningConfigured": false,
	}, nil
}
