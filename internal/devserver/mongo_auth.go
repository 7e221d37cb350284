package devserver

import (
	"crypto/subtle"
	"fmt"
	"net/http"
	"strings"
)

// mongoAuthenticate finds who sent a request. What goes in Authorization goes
// before an API key; a kind of credential that the route does not take is a bad
// request, as none is.
func (s *Server) mongoAuthenticate(c *call, r *http.Request, to *route) *failure {
	apiKey, header := r.Header.Get("X-API-Key"), r.Header.Get("Authorization")
	if to.access&nobody != 0 {
		return nil
	}
	if header == "" {
		if apiKey == "" || to.access&apiKeys == 0 {
			return errMongoBad
		}
		u, refused := s.mongoAPIKey(apiKey)
		c.actor.user = u
		return refused
	}
	scheme, text, more := strings.Cut(header, " ")
	switch first, _, _ := strings.Cut(text, "."); {
	case !strings.EqualFold(scheme, "Bearer"):
		return errMongoBad
	case !more:
		return mongoException("Cannot read properties of undefined (reading 'split')")
	case first != "st" && to.access == tokens, first == "st" && to.access&tokens == 0:
		return errMongoBad
	case first != "st":
		// Sessions of the web application, whose tokens this server does not make.
		return mongoException(s.jwtMessage(text))
	}
	t, refused := s.mongoToken(text)
	c.actor.token = t
	return refused
}

// mongoToken is useToken of 2023.
func (s *Server) mongoToken(text string) (*token, *failure) {
	parts := strings.Split(text, ".")
	s.mu.Lock()
	defer s.mu.Unlock()
	missing := mongoError(http.StatusNotFound, "service_token_data_not_found_error")
	if len(parts) < 2 {
		return nil, missing
	}
	if !isObjectID(parts[1]) {
		return nil, castError(parts[1], "ServiceTokenData")
	}
	t, used := s.tokens[parts[1]], now()
	switch {
	case t == nil:
		return nil, missing
	case !t.ExpiresAt.IsZero() && t.ExpiresAt.Before(used):
		delete(s.tokens, t.ID)
		return nil, errMongoUnauthorized
	case len(parts) < 3:
		return nil, mongoException("data and hash arguments required")
	case subtle.ConstantTimeCompare([]byte(parts[2]), []byte(t.Secret)) != 1:
		return nil, errMongoUnauthorized
	}
	t.lastUsed, t.updatedAt = used, used
	found := *t
	return &found, nil
}

// mongoAPIKey is useAPIKey of 2023.
func (s *Server) mongoAPIKey(text string) (*user, *failure) {
	parts := strings.Split(text, ".")
	s.mu.Lock()
	defer s.mu.Unlock()
	missing := mongoError(http.StatusNotFound, "api_key_data_not_found_error")
	if len(parts) < 2 {
		return nil, missing
	}
	if !isObjectID(parts[1]) {
		return nil, castError(parts[1], "APIKeyData")
	}
	k, used := s.apiKeys[parts[1]], now()
	switch {
	case k == nil:
		return nil, missing
	case !k.ExpiresAt.IsZero() && k.ExpiresAt.Before(used):
		delete(s.apiKeys, k.ID)
		return nil, errMongoUnauthorized
	case len(parts) < 3:
		return nil, mongoException("data and hash arguments required")
	case subtle.ConstantTimeCompare([]byte(parts[2]), []byte(k.Secret)) != 1:
		return nil, errMongoUnauthorized
	}
	u := s.users[k.UserID]
	if u == nil {
		return nil, errMongoUnauthorized
	}
	copied := *u
	return &copied, nil
}

func castError(text, model string) *failure {
	return mongoException(fmt.Sprintf("Cast to ObjectId failed for value %q (type string) at path \"_id\" for model %q", text, model))
}

// isObjectID tells a text that MongoDB takes for an id.
func isObjectID(text string) bool {
	return len(text) == 12 || len(text) == 24 && strings.Trim(text, "0123456789abcdefABCDEF") == ""
}

// mongoProject is the actor's project, which must be the one asked for and have
// a blind index. The caller holds the lock.
func (c *call) mongoProject(workspace string) (*project, error) {
	november := c.server.era == Era2023November
	switch {
	case workspace == "":
		return nil, errMongoUnauthorized
	case !isObjectID(workspace):
		return nil, mongoException("Argument passed in must be a string of 12 bytes or a string of 24 hex characters or an integer")
	}
	p, missing := c.server.projects[workspace], mongoError(http.StatusNotFound, "workspace_not_found_error")
	a := c.actor
	switch {
	case p == nil && !november, a.user != nil && !november && p.members[a.user.ID] == nil:
		return nil, missing
	case p == nil, a.token != nil && a.token.ProjectID != workspace, a.user != nil && p.members[a.user.ID] == nil, p.NoBlindIndex:
		return nil, errMongoUnauthorized
	}
	return p, nil
}

// mongoMay says whether the actor may do this at this place of his project. A
// token of June has one environment and one folder, whose path is compared as a
// text. Users may do everything.
func (c *call) mongoMay(a action, at place) bool {
	t := c.actor.token
	switch {
	case t == nil:
		return true
	case c.server.era == Era2023November:
		return t.may(a, at.environment, at.path)
	}
	return t.permits(a) && t.mongoScope() == Scope{at.environment, at.path}
}

// mongoScope is the one scope of a token of June.
func (t token) mongoScope() Scope {
	if len(t.Scopes) == 0 {
		return Scope{}
	}
	return t.Scopes[0]
}

// mongoUser is whose personal secrets the actor has: the user's, or those of who
// made the token.
func (c *call) mongoUser() string {
	if c.actor.token != nil {
		return c.server.owner.id
	}
	return c.actor.userID()
}

// mongoFolder finds a folder by its path; nil when there is none. Empty segments
// do not count.
func (p *project) mongoFolder(environment, path string) *folder {
	e := p.environment(environment)
	if e == nil {
		return nil
	}
	f := e.root
	for name := range strings.FieldsFuncSeq(path, func(c rune) bool { return c == '/' }) {
		if f = f.child(name); f == nil {
			return nil
		}
	}
	return f
}
