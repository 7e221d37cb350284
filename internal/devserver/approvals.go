package devserver

// policy is an approval policy on an environment.
type policy struct{ bypassForIdentities bool }

// HoldForApproval puts an approval policy on an environment, or takes it away:
// what a user writes of shared secrets there is answered with 200 and an
// approval, and nothing is written (PROTOCOL section 18). Service tokens are
// never held; machine identities are since 2026, see BypassPolicy. An unknown
// project does nothing.
func (s *Server) HoldForApproval(projectID, environment string, hold bool) {
	s.editProject(projectID, func(p *project) {
		delete(p.policies, environment)
		if hold {
			p.policies[environment] = &policy{}
		}
	})
}

// BypassPolicy lets machine identities write in spite of the policy on an
// environment, as its own setting for that does (PROTOCOL_V4 section 1.4).
// Without a policy it does nothing.
func (s *Server) BypassPolicy(projectID, environment string, bypass bool) {
	s.editProject(projectID, func(p *project) {
		if held := p.policies[environment]; held != nil {
			held.bypassForIdentities = bypass
		}
	})
}

// approvalAnswer is a secret approval request, of which clients need no more
// than that it is one (the server's source).
type approvalAnswer struct {
	Approval approvalBody `json:"approval"`
}

type approvalBody struct {
	ID          string  `json:"id"`
	PolicyID    string  `json:"policyId"`
	HasMerged   bool    `json:"hasMerged"`
	Status      string  `json:"status"`
	Conflicts   *string `json:"conflicts"`
	Slug        string  `json:"slug"`
	FolderID    string  `json:"folderId"`
	CommitterID string  `json:"committerId"`
	CreatedAt   stamp   `json:"createdAt"`
	UpdatedAt   stamp   `json:"updatedAt"`
}

// hold is the approval that a write which passed all checks waits for; nil if it
// goes through. Personal secrets do (the server's source). The caller holds the
// lock.
func (c *call) hold(p *project, f *folder, kind string) *approvalAnswer {
	held := p.policies[f.environment.Slug]
	var committer string
	switch {
	case held == nil || kind == "personal":
		return nil
	case c.actor.user != nil:
		committer = c.actor.user.ID
	case c.actor.identity != nil && c.server.era.since2026() && !held.bypassForIdentities:
		committer = c.actor.identity.id
	default:
		return nil
	}
	t := stamp(now())
	return &approvalAnswer{approvalBody{
		ID: c.server.era.newID(), PolicyID: c.server.era.newID(), Status: "open", Slug: newTokenSecret()[:10],
		FolderID: f.id, CommitterID: committer, CreatedAt: t, UpdatedAt: t,
	}}
}
