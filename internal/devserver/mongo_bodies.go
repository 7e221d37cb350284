package devserver

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
)

// mongoSecretBody is a secret wherever one is shown: what is not set is absent.
type mongoSecretBody struct {
	ID                    string            `json:"_id"`
	Version               int               `json:"version"`
	Workspace             string            `json:"workspace"`
	Type                  string            `json:"type"`
	User                  *string           `json:"user,omitempty"` // of a personal one
	Tags                  []mongoTagBody    `json:"tags"`
	Environment           string            `json:"environment"`
	BlindIndex            string            `json:"secretBlindIndex,omitempty"` // in answers to a batch
	KeyCiphertext         *string           `json:"secretKeyCiphertext"`
	KeyIV                 *string           `json:"secretKeyIV"`
	KeyTag                *string           `json:"secretKeyTag"`
	ValueCiphertext       *string           `json:"secretValueCiphertext"`
	ValueIV               *string           `json:"secretValueIV"`
	ValueTag              *string           `json:"secretValueTag"`
	CommentCiphertext     *string           `json:"secretCommentCiphertext,omitempty"`
	CommentIV             *string           `json:"secretCommentIV,omitempty"`
	CommentTag            *string           `json:"secretCommentTag,omitempty"`
	SkipMultilineEncoding bool              `json:"skipMultilineEncoding,omitempty"`
	Algorithm             string            `json:"algorithm"`
	KeyEncoding           string            `json:"keyEncoding"`
	Folder                string            `json:"folder"`
	Metadata              map[string]string `json:"metadata,omitempty"`
	CreatedAt             stamp             `json:"createdAt"`
	UpdatedAt             stamp             `json:"updatedAt"`
	V                     int               `json:"__v"`
}

type mongoTagBody struct {
	ID   string `json:"_id"`
	Slug string `json:"slug"`
	Name string `json:"name"`
}

func (r *row) mongo(p *project) mongoSecretBody {
	c, tags := r.record(), []mongoTagBody{}
	for _, t := range p.tagsOf(r) {
		tags = append(tags, mongoTagBody{t.ID, t.Slug, t.Name})
	}
	return mongoSecretBody{
		ID: c.ID, Version: c.Version, Workspace: p.ID, Type: c.Type, User: c.UserID, Tags: tags, Environment: c.Environment,
		KeyCiphertext: c.Key.Ciphertext, KeyIV: c.Key.IV, KeyTag: c.Key.Tag,
		ValueCiphertext: c.Value.Ciphertext, ValueIV: c.Value.IV, ValueTag: c.Value.Tag,
		CommentCiphertext: c.Comment.Ciphertext, CommentIV: c.Comment.IV, CommentTag: c.Comment.Tag,
		SkipMultilineEncoding: c.SkipMultilineEncoding, Algorithm: "aes-256-gcm", KeyEncoding: "utf8",
		Folder: c.FolderID, Metadata: c.Metadata, CreatedAt: stamp(c.CreatedAt), UpdatedAt: stamp(c.UpdatedAt),
	}
}

// blindIndex stands for the hash of a name under the project's salt.
func blindIndex(name string) string {
	sum := sha256.Sum256([]byte(name))
	return base64.StdEncoding.EncodeToString(sum[:])
}

type mongoUserBody struct {
	ID          string   `json:"_id"`
	AuthMethods []string `json:"authMethods,omitempty"` // not in June
	Email       string   `json:"email"`
	MFA         bool     `json:"isMfaEnabled"`
	MFAMethods  []string `json:"mfaMethods"`
	CreatedAt   stamp    `json:"createdAt"`
	UpdatedAt   stamp    `json:"updatedAt"`
	V           int      `json:"__v"`
	FirstName   string   `json:"firstName"`
	LastName    string   `json:"lastName"`
}

// mongoUserOf shows a user; what is not known of one is what is known of the
// owner. The caller holds the lock.
func (s *state) mongoUserOf(id string) mongoUserBody {
	body := mongoUserBody{
		ID: id, Email: "owner@example.com", MFAMethods: []string{}, FirstName: "owner", LastName: "owner",
		CreatedAt: stamp(s.owner.createdAt), UpdatedAt: stamp(s.owner.createdAt),
	}
	if u := s.users[id]; u != nil {
		body.Email, body.CreatedAt, body.UpdatedAt = u.Email, stamp(u.createdAt), stamp(u.createdAt)
	}
	if s.era == Era2023November {
		body.AuthMethods = []string{"email"}
	}
	return body
}

type mongoScopeBody struct {
	ID          string `json:"_id"`
	Environment string `json:"environment"`
	SecretPath  string `json:"secretPath"`
}

type mongoTokenBody struct {
	ID           string           `json:"_id"`
	Name         string           `json:"name"`
	Workspace    string           `json:"workspace"`
	Environment  string           `json:"environment,omitempty"` // in June, instead of scopes
	SecretPath   string           `json:"secretPath,omitempty"`
	Scopes       []mongoScopeBody `json:"scopes,omitempty"`
	User         mongoUserBody    `json:"user"`
	LastUsed     stamp            `json:"lastUsed"`
	ExpiresAt    *stamp           `json:"expiresAt,omitempty"`
	EncryptedKey string           `json:"encryptedKey"`
	IV           string           `json:"iv"`
	Tag          string           `json:"tag"`
	Permissions  []string         `json:"permissions"`
	CreatedAt    stamp            `json:"createdAt"`
	UpdatedAt    stamp            `json:"updatedAt"`
	V            int              `json:"__v"`
}

// mongoServiceToken is GET /api/v2/service-token.
func mongoServiceToken(c *call) (any, error) {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	t := c.actor.token
	body := mongoTokenBody{
		ID: t.ID, Name: t.Name, Workspace: t.ProjectID, User: c.server.mongoUserOf(c.server.owner.id), LastUsed: stamp(t.lastUsed),
		EncryptedKey: t.EncryptedKey, IV: t.IV, Tag: t.Tag, Permissions: append([]string{}, t.Permissions...),
		CreatedAt: stamp(t.createdAt), UpdatedAt: stamp(t.updatedAt),
	}
	if !t.ExpiresAt.IsZero() {
		body.ExpiresAt = new(stamp(t.ExpiresAt))
	}
	if c.server.era == Era2023June {
		body.Environment, body.SecretPath = t.mongoScope().Environment, t.mongoScope().SecretPath
		return body, nil
	}
	for i, scope := range t.Scopes {
		id := sha256.Sum256(fmt.Append(nil, t.ID, i)) // the same each time
		body.Scopes = append(body.Scopes, mongoScopeBody{fmt.Sprintf("%x", id[:12]), scope.Environment, scope.SecretPath})
	}
	return body, nil
}

type mongoMeBody struct {
	mongoUserBody
	EncryptionVersion   int    `json:"encryptionVersion"`
	EncryptedPrivateKey string `json:"encryptedPrivateKey"`
	IV                  string `json:"iv"`
	Tag                 string `json:"tag"`
	ProtectedKey        string `json:"protectedKey"`
	ProtectedKeyIV      string `json:"protectedKeyIV"`
	ProtectedKeyTag     string `json:"protectedKeyTag"`
	PublicKey           string `json:"publicKey"`
	Salt                string `json:"salt"`
}

// mongoMe is GET /api/v2/users/me.
func mongoMe(c *call) (any, error) {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	u := c.actor.user
	return map[string]any{"user": mongoMeBody{
		mongoUserBody: c.server.mongoUserOf(u.ID), EncryptionVersion: 2,
		EncryptedPrivateKey: u.EncryptedPrivateKey, IV: u.IV, Tag: u.Tag, PublicKey: u.PublicKey, Salt: u.Salt,
		ProtectedKey: u.ProtectedKey, ProtectedKeyIV: u.ProtectedKeyIV, ProtectedKeyTag: u.ProtectedKeyTag,
	}}, nil
}

type mongoSenderBody struct {
	mongoUserBody
	PublicKey string `json:"publicKey"`
}

type mongoKeyBody struct {
	ID           string          `json:"_id"`
	EncryptedKey string          `json:"encryptedKey"`
	Nonce        string          `json:"nonce"`
	Sender       mongoSenderBody `json:"sender"`
	Receiver     string          `json:"receiver"`
	Workspace    string          `json:"workspace"`
	CreatedAt    stamp           `json:"createdAt"`
	UpdatedAt    stamp           `json:"updatedAt"`
	V            int             `json:"__v"`
}

// mongoEncryptedKey is GET /api/v2/workspace/:id/encrypted-key. What a member
// without a key is answered is not recorded.
func mongoEncryptedKey(c *call) (any, error) {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	p, err := c.mongoProject(c.param)
	if err != nil {
		return nil, err
	}
	m := p.members[c.actor.userID()]
	if m.EncryptedKey == "" {
		return nil, errMongoBad
	}
	return mongoKeyBody{
		ID: m.KeyID, EncryptedKey: m.EncryptedKey, Nonce: m.Nonce, Receiver: m.UserID, Workspace: p.ID,
		Sender:    mongoSenderBody{c.server.mongoUserOf(m.SenderID), m.SenderPublicKey},
		CreatedAt: stamp(p.createdAt), UpdatedAt: stamp(p.createdAt),
	}, nil
}

// mongoStatus is GET /api/status.
func mongoStatus(c *call) (any, error) {
	body := map[string]any{"date": stamp(now()), "message": "Ok", "emailConfigured": false}
	if c.server.era == Era2023November {
		body["inviteOnlySignup"], body["redisConfigured"], body["secretScanningConfigured"] = false, true, false
	}
	return body, nil
}
