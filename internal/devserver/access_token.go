package devserver

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"github.com/google/uuid"
)

// accessToken is the row behind a JSON web token that a machine identity got.
type accessToken struct {
	id, clientID string
	createdAt    time.Time
	uses         int
	expired      bool // whatever the token itself says
}

// claims are what a token says; the real server's names.
type claims struct {
	ID      string `json:"identityAccessTokenId"`
	Type    string `json:"authTokenType"`
	Issued  int64  `json:"iat"`
	Expires int64  `json:"exp"`
}

// ExpireAccessTokens has every access token handed out so far be one whose time
// is over.
func (s *Server) ExpireAccessTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.accessTokens {
		t.expired = true
	}
}

// RevokeAccessTokens deletes every access token handed out so far: from then on
// they are unknown, if their signature and time are right.
func (s *Server) RevokeAccessTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.accessTokens)
}

// AccessToken is what a login of the identity would give; "" for an unknown
// client id.
func (s *Server) AccessToken(clientID string) (token string) {
	s.editIdentity(clientID, func(i *identity) { token = s.newAccessToken(i) })
	return token
}

// newAccessToken stores a row and signs a token for it. The caller holds the
// lock.
func (s *state) newAccessToken(i *identity) string {
	t := &accessToken{id: uuid.NewString(), clientID: i.clientID, createdAt: now()}
	s.accessTokens[t.id] = t
	return s.sign(t, i)
}

// sign makes the text of a token that is good for the identity's TTL from now.
func (s *state) sign(t *accessToken, i *identity) string {
	issued := time.Now()
	part := func(v any) string { return base64.RawURLEncoding.EncodeToString(encode(v)) }
	text := part(map[string]string{"alg": "HS256", "typ": "JWT"}) + "." +
		part(claims{t.id, "identityAccessToken", issued.Unix(), issued.Add(i.AccessTokenTTL).Unix()})
	return text + "." + s.signature(text)
}

func (s *state) signature(text string) string {
	mac := hmac.New(sha256.New, s.signingKey)
	mac.Write([]byte(text))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// useAccessToken finds the identity a token is for and counts the use.
func (s *Server) useAccessToken(text, ip string) (*identity, *failure) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t, i, refused := s.accessToken(text)
	if refused != nil {
		return nil, refused
	}
	if !trusted(i.TokenTrusted, ip) {
		return nil, errAddress
	}
	if refused := t.spent(i); refused != nil {
		return nil, refused
	}
	t.uses++
	return i.clone(), nil
}

// spent: the text is the server's, whatever is being done.
func (t *accessToken) spent(i *identity) *failure {
	if i.MaxUses > 0 && t.uses >= i.MaxUses {
		return unauthorized("Unable to renew because access token number of uses limit reached")
	}
	return nil
}

// accessToken finds a token's row and identity: first its form, signature and
// time, then whether it is known. The caller holds the lock.
func (s *state) accessToken(text string) (*accessToken, *identity, *failure) {
	if problem := s.jwtMessage(text); problem != "" {
		return nil, nil, internal(problem)
	}
	var said claims
	payload, _ := base64.RawURLEncoding.DecodeString(strings.Split(text, ".")[1])
	_ = json.Unmarshal(payload, &said)
	t := s.accessTokens[said.ID]
	if time.Now().Unix() >= said.Expires || t != nil && t.expired {
		return nil, nil, internal("jwt expired")
	}
	if t == nil || s.identities[t.clientID] == nil {
		return nil, nil, unauthorized("No identity access token found")
	}
	return t, s.identities[t.clientID], nil
}

// jwtMessage is what the JWT library says about a text that is no token of this
// server; "" about one that is.
func (s *state) jwtMessage(text string) string {
	if text == "" {
		return "jwt must be provided"
	}
	parts := strings.Split(text, ".")
	if len(parts) != 3 {
		return "jwt malformed"
	}
	header, err := base64.RawURLEncoding.DecodeString(parts[0])
	if err != nil || !json.Valid(header) {
		return "invalid token"
	}
	if parts[2] == "" {
		return "jwt signature is required"
	}
	if !hmac.Equal([]byte(parts[2]), []byte(s.signature(parts[0]+"."+parts[1]))) {
		return "invalid signature"
	}
	return ""
}

// renewAccessToken is POST /api/v1/auth/token/renew. One that would live longer
// than it may is destroyed (PROTOCOL_V3 section 1).
func renewAccessToken(c *call) (any, error) {
	f := newForm(c.body)
	text := f.text("accessToken")
	if err := f.err(); err != nil {
		return nil, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	t, i, refused := c.server.accessToken(text)
	if refused == nil {
		refused = t.spent(i)
	}
	if refused != nil {
		return nil, refused
	}
	if time.Now().Add(i.AccessTokenTTL).After(t.createdAt.Add(i.AccessTokenMaxTTL)) {
		delete(c.server.accessTokens, t.id)
		return nil, unauthorized("Failed to renew MI access token past its Max TTL expiration")
	}
	return i.login(c.server.sign(t, i)), nil
}

// revokeAccessToken is POST /api/v1/auth/token/revoke.
func revokeAccessToken(c *call) (any, error) {
	f := newForm(c.body)
	text := f.text("accessToken")
	if err := f.err(); err != nil {
		return nil, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	t, _, refused := c.server.accessToken(text)
	if refused != nil {
		return nil, refused
	}
	delete(c.server.accessTokens, t.id)
	return map[string]string{"message": "Successfully revoked access token"}, nil
}
