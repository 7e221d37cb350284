package devserver

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

// keysBody are the fields that came between May and October 2024.
type keysBody struct {
	PitVersionLimit       int     `json:"pitVersionLimit"`
	KMSCertificateKeyID   *string `json:"kmsCertificateKeyId"`
	AuditLogsRetentionDay *int    `json:"auditLogsRetentionDays"`
}

// getWorkspace is GET /api/v1/workspace/:id, which a service token may read for
// its own project (PROTOCOL section 2).
func getWorkspace(c *call) (any, error) {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	p, err := c.project(c.param)
	if err != nil {
		return nil, err
	}
	body := workspaceBody{
		ID: p.ID, Name: p.Name, Slug: p.Slug, AutoCapitalization: true, OrgID: c.server.owner.organization,
		CreatedAt: stamp(p.createdAt), UpdatedAt: stamp(p.updatedAt), Version: p.Version, MongoID: p.ID,
		Environments: []importEnvBody{},
	}
	if c.server.era == Era2024October {
		body.keysBody = &keysBody{PitVersionLimit: 10}
	}
	if p.UpgradeStatus != "" {
		status := p.UpgradeStatus
		body.UpgradeStatus = &status
	}
	for _, e := range p.environments {
		body.Environments = append(body.Environments, importEnvBody{e.Name, e.Slug, e.ID})
	}
	return map[string]any{"workspace": body}, nil
}

// getStatus is GET /api/status (PROTOCOL section 1).
func getStatus(*call) (any, error) {
	return map[string]any{
		"date": stamp(now()), "message": "Ok", "emailConfigured": false, "inviteOnlySignup": true,
		"redisConfigured": true, "secretScanningConfigured": false,
	}, nil
}
