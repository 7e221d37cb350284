package devserver

// HoldForApproval puts an approval policy on an environment, or takes it away:
// what a user writes of shared secrets there is answered with 200 and an
// approval, and nothing is written (PROTOCOL section 18). Service tokens and
// identities are not held. An unknown project does nothing.
func (s *Server) HoldForApproval(projectID, environment string, hold bool) {
	s.editProject(projectID, func(p *project) { p.held[environment] = hold })
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
	if c.actor.user == nil || kind == "personal" || !p.held[f.environment.Slug] {
		return nil
	}
	t := stamp(now())
	return &approvalAnswer{approvalBody{
		ID: c.server.era.newID(), PolicyID: c.server.era.newID(), Status: "open", Slug: newTokenSecret()[:10],
		FolderID: f.id, CommitterID: c.actor.user.ID, CreatedAt: t, UpdatedAt: t,
	}}
}
