package devserver

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"net/http"
)

// bot is the server's own member of a project: with the project key it serves
// the raw endpoints (PROTOCOL section 9). The key of version 3 is one of these
// too, which is the server's alone.
type bot struct {
	key    []byte
	active bool
}

// HandOverKey switches a project to the mode in which the server holds the
// project key: 32 hexadecimal characters, which are used as they are, as bytes
// (PROTOCOL section 17). An unknown id does nothing.
func (s *Server) HandOverKey(id, key string) {
	s.editProject(id, func(p *project) { p.bot = &bot{[]byte(key), true} })
}

// TakeBackKey switches a project back. What was ever handed over is not
// forgotten: the bot stays and is off. Of version 2 it cannot be switched off
// (PROTOCOL section 22). An unknown id does nothing.
func (s *Server) TakeBackKey(id string) {
	s.editProject(id, func(p *project) {
		if p.bot != nil && p.Version != 2 {
			p.bot = &bot{p.bot.key, false}
		}
	})
}

// KnowPrivateKey is what a member's login with a password leads to since
// mid-2024: the server knows his private key, and with it this project key
// whenever it wants it. It takes it at the first raw call and the first E2EE
// write (PROTOCOL_V3 section 6); older servers never do. An unknown id does
// nothing.
func (s *Server) KnowPrivateKey(id, projectKey string) {
	s.editProject(id, func(p *project) { p.known = []byte(projectKey) })
}

// HoldsProjectKey says whether the server serves the project, which is none of
// version 3, in the clear.
func (s *Server) HoldsProjectKey(id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.projects[id]
	return p != nil && p.bot != nil && p.bot.active
}

// noticed is a write that the server has noticed: it takes the key, if it can,
// and says whether it has it. (It does so for deletes and imports in a job some
// seconds later.) Of version 3 there is none to take. The caller holds the lock.
func (c *call) noticed(p *project) bool {
	if !c.server.era.sinceOctober() && p.Version != 2 || p.Version >= 3 {
		return false
	}
	if p.known != nil && (p.bot == nil || !p.bot.active) {
		p.bot = &bot{p.known, true}
	}
	return p.bot != nil && p.bot.active
}

// readable is an E2EE write as the server looks at it: with the key it opens the
// value to look for references, and what it cannot open is an exception
// (PROTOCOL_V3 section 6). The caller holds the lock.
func (c *call) readable(p *project, at place, value Field) error {
	if at.raw || !c.noticed(p) {
		return nil
	}
	_, err := p.bot.open(value)
	return err
}

// findBot says why a raw call cannot be served. The caller holds the lock.
func (c *call) findBot(p *project) error {
	if c.server.era.sinceOctober() {
		switch {
		case p == nil:
			return notFoundAs("Project not found during bot lookup. Are you sure you are using the correct project ID?")
		case p.Version < 3 && !c.noticed(p):
			return notFoundAs("Bot not found. Please ask admin user to login")
		}
		return nil
	}
	switch {
	case p != nil && p.Version >= 3:
		return nil
	case p == nil || p.bot == nil:
		return badRequest("failed to find bot key")
	case !p.bot.active:
		return badRequest("Bot is not active")
	}
	return nil
}

// notFoundAs is a NotFoundError, which came after May 2024.
func notFoundAs(message string) *failure {
	return &failure{Status: http.StatusNotFound, Message: message, Label: "NotFound"}
}

const ivBytes, tagBytes = 16, 16

func (b *bot) gcm() cipher.AEAD {
	block, err := aes.NewCipher(b.key)
	if err != nil {
		panic("devserver: a project key has 32 characters")
	}
	gcm, err := cipher.NewGCMWithNonceSize(block, ivBytes)
	if err != nil {
		panic("devserver: " + err.Error())
	}
	return gcm
}

// seal is AES-256-GCM under a random IV, the three parts in base64.
func (b *bot) seal(text string) Field {
	iv := make([]byte, ivBytes)
	_, _ = rand.Read(iv)
	sealed := b.gcm().Seal(nil, iv, []byte(text), nil)
	split := len(sealed) - tagBytes
	part := func(raw []byte) *string {
		encoded := base64.StdEncoding.EncodeToString(raw)
		return &encoded
	}
	return Field{part(sealed[:split]), part(iv), part(sealed[split:])}
}

// open reads what this server or a client sealed. All parts empty or null are
// no text at all.
func (b *bot) open(f Field) (string, error) {
	var raw [3][]byte
	for i, part := range []*string{f.Ciphertext, f.IV, f.Tag} {
		if part == nil {
			continue
		}
		var err error
		if raw[i], err = base64.StdEncoding.DecodeString(*part); err != nil {
			return "", errUnreadable
		}
	}
	ciphertext, iv, tag := raw[0], raw[1], raw[2]
	if len(ciphertext)+len(iv)+len(tag) == 0 {
		return "", nil
	}
	if len(iv) != ivBytes || len(tag) != tagBytes {
		return "", errUnreadable
	}
	text, err := b.gcm().Open(nil, iv, append(ciphertext, tag...), nil)
	if err != nil {
		return "", errUnreadable
	}
	return string(text), nil
}

// errUnreadable is what one row under another key makes of a raw list, and what
// a write of one is answered (PROTOCOL_V3 section 6).
var errUnreadable error = internal("Unsupported state or unable to authenticate data")
