package devserver

import "net/http"

// actor is who asks: a service token, a user with an API key, a machine
// identity, or nobody. What is pointed to is a copy, as it was when the request
// came.
type actor struct {
	token    *token
	user     *user
	identity *identity
}

// kind is the credential, as routes name it.
func (a actor) kind() access {
	switch {
	case a.token != nil:
		return tokens
	case a.user != nil:
		return apiKeys
	case a.identity != nil:
		return identities
	}
	return nobody
}

// userID is whose personal secrets the actor has; "" for what is no user.
func (a actor) userID() string {
	if a.user == nil {
		return ""
	}
	return a.user.ID
}

// project is the actor's project, which must be the one asked for. The caller
// holds the lock.
func (c *call) project(workspace string) (*project, error) {
	p := c.server.projects[workspace]
	a := c.actor
	late := c.server.era.sinceLateOctober()
	switch {
	case late && p != nil && a.token != nil && a.token.ProjectID != workspace:
		return nil, outside("Service token not a part of the specified project with ID " + workspace)
	case late && p != nil && a.identity != nil && a.identity.roles[workspace] == "":
		return nil, outside("Identity is not a member of the specified project with ID '" + workspace + "'")
	case a.token != nil && (p == nil || a.token.ProjectID != workspace):
		return nil, unauthorized("Failed to find service authorization for given project")
	case a.user != nil && (p == nil || p.members[a.user.ID] == nil):
		return nil, outside("User not in project")
	case a.identity != nil && (p == nil || a.identity.roles[workspace] == ""):
		return nil, outside("Identity not in project")
	}
	return p, nil
}

func outside(label string) *failure {
	return &failure{Status: http.StatusForbidden, Message: accessDenied, Label: label}
}

// may says whether the actor is allowed an action at a place of a project that
// is his. Users and roles know no scopes; so an environment which does not exist
// is not refused to them.
func (c *call) may(p *project, a action, environment, path string) bool {
	switch {
	case c.actor.token != nil:
		return c.actor.token.may(a, environment, path)
	case c.actor.user != nil:
		return true
	case c.actor.identity != nil:
		return c.actor.identity.roles[p.ID].may(a)
	}
	return false
}

// projectAt is the project of a place. For a raw call the server's bot is looked
// for before anything else is (PROTOCOL section 9). The caller holds the lock.
func (c *call) projectAt(at place) (*project, error) {
	if at.workspace == "" && at.slug != "" {
		p := c.server.projectOf(at.slug)
		if p == nil {
			return nil, database("Failed to find project by slug")
		}
		at.workspace = p.ID
	}
	if at.raw {
		if err := c.findBot(c.server.projects[at.workspace]); err != nil {
			return nil, err
		}
	}
	return c.project(at.workspace)
}

// allow is the project, if the actor may do this at this place. The caller
// holds the lock.
func (c *call) allow(a action, at place) (*project, error) {
	p, err := c.projectAt(at)
	if err != nil {
		return nil, err
	}
	if !c.may(p, a, at.environment, at.path) {
		return nil, notAllowed(a)
	}
	return p, nil
}
