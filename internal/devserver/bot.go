package devserver

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
)

// bot is the server's own member of a project: with the project key, which an
// owner handed over, it serves the raw endpoints (PROTOCOL section 9).
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
// forgotten: the bot stays and is off. An unknown id does nothing.
func (s *Server) TakeBackKey(id string) {
	s.editProject(id, func(p *project) {
		if p.bot != nil {
			p.bot.active = false
		}
	})
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

// errUnreadable is what one row under another key makes of a raw list
// (from the server's source).
var errUnreadable error = internal("Unsupported state or unable to authenticate data")
