package devserver

import (
	"crypto/subtle"
	"strings"
	"time"
)

// User is somebody who logs in. All keys are base64 texts; the server holds the
// private one sealed under a password it does not know, if it holds it at all.
type User struct {
	ID, Email string // ID is made when empty
	PublicKey string
	// The sealed private key and how it is sealed (PROTOCOL section 18).
	EncryptedPrivateKey, IV, Tag                  string
	ProtectedKey, ProtectedKeyIV, ProtectedKeyTag string
	Salt                                          string
}

type user struct {
	User
	createdAt time.Time
}

// Member is a user's seat in a project, with the project key sealed for him: a
// nacl box in base64, which the sender's public key opens (PROTOCOL section 18).
type Member struct {
	ProjectID, UserID                string
	EncryptedKey, Nonce              string
	SenderID, SenderPublicKey, KeyID string // the ids are made when empty
}

// APIKey is a user's credential for all his projects.
type APIKey struct {
	UserID    string
	ExpiresAt time.Time // zero is never
	ID        string    // made when empty
	Secret    string    // hexadecimal; made when empty
}

// CreateUser stores a user, or replaces the one with the same ID.
func (s *Server) CreateUser(u User) User {
	if u.ID == "" {
		u.ID = s.era.newID()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.users[u.ID] = &user{User: u, createdAt: now()}
	return u
}

// AddMember lets a user do everything in a project. An unknown project does
// nothing.
func (s *Server) AddMember(m Member) {
	for _, id := range []*string{&m.SenderID, &m.KeyID} {
		if *id == "" {
			*id = s.era.newID()
		}
	}
	s.editProject(m.ProjectID, func(p *project) { p.members[m.UserID] = &m })
}

// RemoveMember takes a user out of a project. Unknown ones do nothing.
func (s *Server) RemoveMember(projectID, userID string) {
	s.editProject(projectID, func(p *project) { delete(p.members, userID) })
}

// CreateAPIKey stores a key and returns its id and the text to send as
// X-API-Key: "ak.<id>.<secret>".
func (s *Server) CreateAPIKey(k APIKey) (id, text string) {
	if k.ID == "" {
		k.ID = s.era.newID()
	}
	if k.Secret == "" {
		k.Secret = newTokenSecret()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.apiKeys[k.ID] = &k
	return k.ID, "ak." + k.ID + "." + k.Secret
}

// RevokeAPIKey deletes a key; from then on it is an unknown one.
func (s *Server) RevokeAPIKey(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.apiKeys, id)
}

// useAPIKey finds the user of an API key. What is wrong with one is not told
// (PROTOCOL section 2). Nothing recorded of October 2024 uses one; they were
// still there, and are taken in all eras.
func (s *Server) useAPIKey(text string) (*user, *failure) {
	parts := strings.Split(text, ".")
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(parts) != 3 {
		return nil, unauthorized(accessDenied)
	}
	k := s.apiKeys[parts[1]]
	if k == nil || subtle.ConstantTimeCompare([]byte(parts[2]), []byte(k.Secret)) != 1 {
		return nil, unauthorized(accessDenied)
	}
	if !k.ExpiresAt.IsZero() && k.ExpiresAt.Before(now()) {
		delete(s.apiKeys, k.ID)
		return nil, unauthorized("Failed to authenticate API key") // (the server's source)
	}
	found := s.users[k.UserID]
	if found == nil {
		return nil, unauthorized(accessDenied)
	}
	copied := *found
	return &copied, nil
}

type meBody struct {
	userBody
	PublicKey           string `json:"publicKey"`
	EncryptedPrivateKey string `json:"encryptedPrivateKey"`
	IV                  string `json:"iv"`
	Tag                 string `json:"tag"`
	ProtectedKey        string `json:"protectedKey"`
	ProtectedKeyIV      string `json:"protectedKeyIV"`
	ProtectedKeyTag     string `json:"protectedKeyTag"`
	Salt                string `json:"salt"`
	EncryptionVersion   int    `json:"encryptionVersion"`
}

// getMe is GET /api/v2/users/me (PROTOCOL section 2).
func getMe(c *call) (any, error) {
	u := c.actor.user
	return map[string]any{"user": meBody{
		userBody: userBody{
			AuthMethods: []string{"email"}, ID: u.ID, CreatedAt: stamp(u.createdAt), UpdatedAt: stamp(u.createdAt),
			Email: u.Email, MongoID: u.ID,
		},
		PublicKey: u.PublicKey, EncryptedPrivateKey: u.EncryptedPrivateKey, IV: u.IV, Tag: u.Tag,
		ProtectedKey: u.ProtectedKey, ProtectedKeyIV: u.ProtectedKeyIV, ProtectedKeyTag: u.ProtectedKeyTag,
		Salt: u.Salt, EncryptionVersion: 2,
	}}, nil
}

type senderBody struct {
	PublicKey string `json:"publicKey"`
}

type encryptedKeyBody struct {
	ID           string     `json:"id"`
	EncryptedKey string     `json:"encryptedKey"`
	Nonce        string     `json:"nonce"`
	ReceiverID   string     `json:"receiverId"`
	SenderID     string     `json:"senderId"`
	CreatedAt    stamp      `json:"createdAt"`
	UpdatedAt    stamp      `json:"updatedAt"`
	ProjectID    string     `json:"projectId"`
	Sender       senderBody `json:"sender"`
}

// getEncryptedKey is GET /api/v2/workspace/:id/encrypted-key: the project key
// as it was sealed for the user. No credential is asked for before the handler
// fails without one, and who is no user has no key: 200 and nothing (PROTOCOL
// section 2).
func getEncryptedKey(c *call) (any, error) {
	if c.actor.kind() == nobody {
		return nil, internal("Cannot read properties of undefined (reading 'id')")
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	p, err := c.project(c.param)
	if err != nil {
		return nil, err
	}
	m := p.members[c.actor.userID()]
	if m == nil || m.EncryptedKey == "" {
		return nothing{}, nil
	}
	return encryptedKeyBody{
		ID: m.KeyID, EncryptedKey: m.EncryptedKey, Nonce: m.Nonce, ReceiverID: m.UserID, SenderID: m.SenderID,
		CreatedAt: stamp(p.createdAt), UpdatedAt: stamp(p.createdAt), ProjectID: p.ID, Sender: senderBody{PublicKey: m.SenderPublicKey},
	}, nil
}
