package devserver

import (
	"crypto/subtle"
	"maps"
	"net/http"
	"net/netip"
	"slices"
	"time"
)

// Role is what a machine identity may do in a project.
type Role string

// The roles.
const (
	RoleAdmin    Role = "admin"
	RoleMember   Role = "member"
	RoleViewer   Role = "viewer"
	RoleNoAccess Role = "no-access"
)

// may: roles know no scopes. No access is a seat in the project all the same.
func (r Role) may(a action) bool {
	return r == RoleAdmin || r == RoleMember || r == RoleViewer && a == toRead
}

// Identity is a machine identity with universal auth, and one client secret
// (PROTOCOL_V3 section 1). The zero values of its limits are those of the web
// application: 30 days, any number of uses, any address.
type Identity struct {
	Name, ProjectID   string // no project: a member of the organization alone
	Role              Role   // "" is RoleMember
	AccessTokenTTL    time.Duration
	AccessTokenMaxTTL time.Duration // at least the TTL
	MaxUses           int           // of an access token
	SecretMaxUses     int           // of the client secret: so many logins
	SecretExpiresAt   time.Time
	// From where one may log in, and use an access token.
	SecretTrusted, TokenTrusted []netip.Prefix
	Lockout                     Lockout
}

// identity is one with its credentials. The real server keeps a bcrypt hash of
// the secret.
type identity struct {
	Identity
	id                     string
	clientID, clientSecret string
	secretUses             int
	secretRevoked          bool
	lock                   lock
	roles                  map[string]Role // by project
	vouched                map[Way]voucher // how else it may log in
}

const thirtyDays = 30 * 24 * time.Hour

// CreateIdentity stores a machine identity and returns what it logs in with.
func (s *Server) CreateIdentity(i Identity) (clientID, clientSecret string) {
	if i.AccessTokenTTL == 0 {
		i.AccessTokenTTL = thirtyDays
	}
	i.AccessTokenMaxTTL = max(i.AccessTokenMaxTTL, i.AccessTokenTTL)
	i.SecretTrusted, i.TokenTrusted = slices.Clone(i.SecretTrusted), slices.Clone(i.TokenTrusted)
	made := &identity{
		Identity: i, id: s.era.newID(), clientID: s.era.newID(), clientSecret: newTokenSecret() + newTokenSecret(),
		roles: map[string]Role{}, vouched: map[Way]voucher{},
	}
	s.mu.Lock()
	s.identities[made.clientID] = made
	s.mu.Unlock()
	if i.ProjectID != "" {
		s.SetRole(made.clientID, i.ProjectID, i.Role)
	}
	return made.clientID, made.clientSecret
}

// SetRole makes an identity a member of a project, in that role; "" is
// RoleMember. An unknown client id does nothing.
func (s *Server) SetRole(clientID, projectID string, role Role) {
	if role == "" {
		role = RoleMember
	}
	s.editIdentity(clientID, func(i *identity) { i.roles[projectID] = role })
}

// RevokeClientSecret ends logins; access tokens go on working (PROTOCOL_V3
// section 1). An unknown client id does nothing.
func (s *Server) RevokeClientSecret(clientID string) {
	s.editIdentity(clientID, func(i *identity) { i.secretRevoked = true })
}

// DeleteIdentity removes an identity; its access tokens are unknown from then
// on. An unknown client id does nothing.
func (s *Server) DeleteIdentity(clientID string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.identities, clientID)
}

func (s *Server) editIdentity(clientID string, edit func(*identity)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i := s.identities[clientID]; i != nil {
		edit(i)
	}
}

func (i *identity) clone() *identity {
	out := *i
	out.roles, out.vouched = maps.Clone(i.roles), maps.Clone(i.vouched)
	return &out
}

type loginBody struct {
	AccessToken       string `json:"accessToken"`
	ExpiresIn         int    `json:"expiresIn"` // seconds, like the next
	AccessTokenMaxTTL int    `json:"accessTokenMaxTTL"`
	TokenType         string `json:"tokenType"`
}

func (i *identity) login(token string) loginBody {
	return loginBody{token, int(i.AccessTokenTTL.Seconds()), int(i.AccessTokenMaxTTL.Seconds()), "Bearer"}
}

// login is POST /api/v1/auth/universal-auth/login (PROTOCOL_V3 section 1). In
// May 2024 it tells less about what is wrong (the server's source).
func login(c *call) (any, error) {
	f := newForm(c.body)
	clientID, secret := f.text("clientId"), f.text("clientSecret")
	if err := f.err(); err != nil {
		return nil, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	i := c.server.identities[clientID]
	if i == nil {
		switch {
		case c.server.era.since2026():
			return nil, unauthorized("Invalid credentials")
		case c.server.era.sinceOctober():
			return nil, &failure{Status: http.StatusNotFound, Message: "No identity with specified client ID was found", Label: "NotFound"}
		}
		return nil, unauthorized(accessDenied)
	}
	if !trusted(i.SecretTrusted, c.ip) {
		return nil, errAddress
	}
	if i.locked(c.server.era) {
		return nil, errLocked
	}
	if i.secretRevoked || subtle.ConstantTimeCompare([]byte(secret), []byte(i.clientSecret)) != 1 {
		i.failed(c.server.era)
		if c.server.era.sinceOctober() {
			return nil, unauthorized("Invalid credentials")
		}
		return nil, unauthorized(accessDenied)
	}
	i.lock = lock{}
	if !i.SecretExpiresAt.IsZero() && i.SecretExpiresAt.Before(now()) {
		i.secretRevoked = true
		return nil, unauthorized("Access denied due to expired client secret")
	}
	if i.SecretMaxUses > 0 && i.secretUses >= i.SecretMaxUses {
		i.secretRevoked = true
		return nil, unauthorized("Access denied due to client secret usage limit reached")
	}
	i.secretUses++
	return i.login(c.server.newAccessToken(i)), nil
}

var errAddress = &failure{
	Status: http.StatusForbidden, Message: accessDenied + " from the current IP address", Label: "ForbiddenError",
}

// trusted: no prefixes at all is any address.
func trusted(prefixes []netip.Prefix, ip string) bool {
	address, err := netip.ParseAddr(ip)
	return len(prefixes) == 0 || err == nil && slices.ContainsFunc(prefixes, func(p netip.Prefix) bool { return p.Contains(address) })
}
