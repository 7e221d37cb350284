package devserver

import (
	"crypto/subtle"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"
)

// token is a service token's row. The real server keeps a bcrypt hash of the
// secret; the text itself is kept here so that tests need not wait for bcrypt.
type token struct {
	ServiceToken
	secretHash string // what the answer shows; a made-up text
	lastUsed   time.Time
	createdAt  time.Time
	updatedAt  time.Time
}

// authenticate checks the credential before anything else, the rate limit
// included (PROTOCOL sections 2 and 10). Where none is needed, one that is sent
// is checked all the same (section 1).
func (s *Server) authenticate(r *http.Request, to *route) (actor, *failure) {
	who, refused := s.identify(r)
	switch {
	case refused != nil:
		return actor{}, refused
	case to.access&who.kind() == 0 && who.kind() == nobody:
		return actor{}, &failure{Status: http.StatusForbidden, Message: "Token missing", Label: "Unauthorized access"}
	case to.access&who.kind() == 0:
		path, _, _ := strings.Cut(target(r), "?")
		return actor{}, &failure{Status: http.StatusForbidden, Message: accessDenied, Label: path + " Unauthorized Access"}
	}
	return who, nil
}

// identify finds who sent a request. An API key goes before what else is sent.
func (s *Server) identify(r *http.Request) (actor, *failure) {
	if key := r.Header.Get("X-API-Key"); key != "" {
		u, refused := s.useAPIKey(key)
		return actor{user: u}, refused
	}
	header := r.Header.Get("Authorization")
	if header == "" {
		return actor{}, nil
	}
	if s.era.sinceLateOctober() && !strings.Contains(header, " ") {
		return actor{}, &failure{Status: http.StatusForbidden, Message: "invalid token", Label: "TokenError"}
	}
	// The scheme word is not looked at: the first seven characters are dropped.
	text := header[min(len("Bearer "), len(header)):]
	if strings.HasPrefix(text, "st.") {
		t, refused := s.useToken(text)
		return actor{token: t}, refused
	}
	i, refused := s.useAccessToken(text, clientIP(r))
	return actor{identity: i}, refused
}

const accessDenied = "You are not allowed to access this resource"

// useToken finds a service token and notes that it was used. Only the first
// three parts are looked at; a fourth, the key, is ignored.
func (s *Server) useToken(text string) (*token, *failure) {
	parts := strings.Split(text, ".")
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.tokens[parts[1]]
	if t == nil && s.era.sinceLateOctober() {
		return nil, notFoundAs("Service token with ID '" + parts[1] + "' not found")
	}
	if t == nil {
		return nil, unauthorized(accessDenied)
	}
	used := now()
	if !t.ExpiresAt.IsZero() && t.ExpiresAt.Before(used) {
		delete(s.tokens, t.ID)
		if s.era.sinceLateOctober() {
			return nil, &failure{Status: http.StatusForbidden, Message: "Service token has expired", Label: "ForbiddenError"}
		}
		return nil, unauthorized("failed to authenticate expired service token")
	}
	if len(parts) < 3 {
		return nil, internal("data and hash arguments required")
	}
	if subtle.ConstantTimeCompare([]byte(parts[2]), []byte(t.Secret)) != 1 {
		return nil, unauthorized(accessDenied)
	}
	t.lastUsed, t.updatedAt = used, used
	found := *t
	return &found, nil
}

type scopeBody struct {
	SecretPath  string `json:"secretPath"`
	Environment string `json:"environment"`
}

type userBody struct {
	AuthMethods []string `json:"authMethods"`
	ID          string   `json:"id"`
	CreatedAt   stamp    `json:"createdAt"`
	UpdatedAt   stamp    `json:"updatedAt"`
	Devices     any      `json:"devices"`
	Email       string   `json:"email"`
	FirstName   string   `json:"firstName"`
	LastName    string   `json:"lastName"`
	MFAMethods  any      `json:"mfaMethods"`
	V           int      `json:"__v"`
	MongoID     string   `json:"_id"`
}

type tokenBody struct {
	ID           string      `json:"id"`
	Name         string      `json:"name"`
	Scopes       []scopeBody `json:"scopes"`
	Permissions  []string    `json:"permissions"`
	LastUsed     stamp       `json:"lastUsed"`
	ExpiresAt    *stamp      `json:"expiresAt"`
	SecretHash   string      `json:"secretHash"`
	EncryptedKey string      `json:"encryptedKey"`
	IV           string      `json:"iv"`
	Tag          string      `json:"tag"`
	CreatedAt    stamp       `json:"createdAt"`
	UpdatedAt    stamp       `json:"updatedAt"`
	CreatedBy    string      `json:"createdBy"`
	ProjectID    string      `json:"projectId"`
	Workspace    string      `json:"workspace"`
	User         userBody    `json:"user"`
	MongoID      string      `json:"_id"`
	V            int         `json:"__v"`
}

func getServiceToken(c *call) (any, error) {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	t, owner := c.actor.token, c.server.owner
	body := tokenBody{
		ID: t.ID, Name: t.Name, Scopes: []scopeBody{}, Permissions: append([]string{}, t.Permissions...),
		LastUsed: stamp(t.lastUsed), SecretHash: t.secretHash,
		EncryptedKey: t.EncryptedKey, IV: t.IV, Tag: t.Tag,
		CreatedAt: stamp(t.createdAt), UpdatedAt: stamp(t.updatedAt),
		CreatedBy: owner.id, ProjectID: t.ProjectID, Workspace: t.ProjectID, MongoID: t.ID,
		User: userBody{
			AuthMethods: []string{"email"}, ID: owner.id, CreatedAt: stamp(owner.createdAt), UpdatedAt: stamp(owner.createdAt),
			Email: "owner@example.com", FirstName: "owner", MongoID: owner.id,
		},
	}
	for _, scope := range t.Scopes {
		body.Scopes = append(body.Scopes, scopeBody{scope.SecretPath, scope.Environment})
	}
	if !t.ExpiresAt.IsZero() {
		expires := stamp(t.ExpiresAt)
		body.ExpiresAt = &expires
	}
	return body, nil
}

// newTokenSecret makes the third part of a token text: 32 hex characters.
func newTokenSecret() string {
	return strings.ReplaceAll(uuid.NewString(), "-", "")
}
