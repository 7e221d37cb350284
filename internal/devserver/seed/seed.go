// Package seed plays the human owner of a project on the development server:
// it makes the project key, seals it for service tokens, and seals secrets as
// another client would. The server itself only ever gets sealed material,
// unless the owner hands it the project key, or logs in where that is as much.
package seed

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"golang.org/x/crypto/nacl/box"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/e2ee"
)

// Owner owns one project. It keeps the project key, as its browser would.
type Owner struct {
	Server  *devserver.Server
	Project devserver.Project
	// KeyText is the project key: 32 hexadecimal characters.
	KeyText string

	key         e2ee.Key
	public, own *[32]byte // the owner's key pair, which seals the project key for members
}

// NewOwner makes the project and its key.
func NewOwner(server *devserver.Server, project devserver.Project) (*Owner, error) {
	keyText := randomHex(16)
	key, err := e2ee.ParseKey(keyText)
	if err != nil {
		return nil, err
	}
	public, own, err := box.GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	if project.Version == 2 {
		project.Key = keyText
	}
	return &Owner{Server: server, Project: server.CreateProject(project), KeyText: keyText, key: key, public: public, own: own}, nil
}

// SwitchToES hands the project key to the server, as who switches a project to
// Encrypted Standard mode does; SwitchToE2EE takes it back.
func (o *Owner) SwitchToES() { o.Server.HandOverKey(o.Project.ID, o.KeyText) }

// SwitchToE2EE has the server use the project key no more.
func (o *Owner) SwitchToE2EE() { o.Server.TakeBackKey(o.Project.ID) }

// LogIn is the login of a member with his password, as the web application and
// the CLI do it. A server of October 2024 knows his private key from then on, and
// takes the project key as soon as something is written.
func (o *Owner) LogIn() { o.Server.KnowPrivateKey(o.Project.ID, o.KeyText) }

// Token says what a service token may do. The zero Token reads and writes
// everything.
type Token struct {
	Name      string
	Scopes    []devserver.Scope // nil = everything in every environment; in 2023-06 the first one's root
	ReadOnly  bool
	ExpiresAt time.Time // zero = never
	// Keyless: the server keeps no project key for it, as for tokens of
	// projects that were never end-to-end encrypted.
	Keyless bool
}

// ServiceToken makes a service token and returns its four parts. Only three of
// them, and the sealed project key, go to the server.
func (o *Owner) ServiceToken(t Token) (string, error) {
	tokenKeyText := randomHex(16)
	tokenKey, err := e2ee.ParseKey(tokenKeyText)
	if err != nil {
		return "", err
	}
	sealed, err := tokenKey.Seal([]byte(o.KeyText))
	if err != nil {
		return "", err
	}
	june := o.Server.Era() == devserver.Era2023June
	switch {
	case t.Scopes == nil && june:
		t.Scopes = []devserver.Scope{{Environment: o.Project.Environments[0].Slug, SecretPath: "/"}}
	case june && len(t.Scopes) != 1:
		return "", errors.New("a service token of 2023-06 is for one environment and one folder")
	case t.Scopes == nil:
		for _, e := range o.Project.Environments {
			t.Scopes = append(t.Scopes, devserver.Scope{Environment: e.Slug, SecretPath: "/**"})
		}
	}
	permissions := []string{"read", "write"}
	if t.ReadOnly {
		permissions = []string{"read"}
	}
	made := devserver.ServiceToken{
		Name: t.Name, ProjectID: o.Project.ID, Scopes: t.Scopes, Permissions: permissions, ExpiresAt: t.ExpiresAt,
	}
	if !t.Keyless {
		made.EncryptedKey, made.IV, made.Tag = encode(sealed.Ciphertext), encode(sealed.IV), encode(sealed.Tag)
	}
	_, bearer := o.Server.CreateServiceToken(made)
	return bearer + "." + tokenKeyText, nil
}

// Put creates or changes a secret as another client of the project would, and
// returns what the server then holds. An empty comment is stored as none.
func (o *Owner) Put(environment, path, name, value, comment string) (devserver.Record, error) {
	record := devserver.Record{
		WorkspaceID: o.Project.ID, Environment: environment, SecretPath: path, BlindIndex: name, Type: "shared", Version: 1,
	}
	if existing, ok := o.find(environment, path, name); ok {
		record = existing
		record.Version++
	}
	var err error
	if record.Key, err = o.Seal(name); err != nil {
		return devserver.Record{}, err
	}
	if record.Value, err = o.Seal(value); err != nil {
		return devserver.Record{}, err
	}
	record.Comment = devserver.Field{}
	if comment != "" {
		if record.Comment, err = o.Seal(comment); err != nil {
			return devserver.Record{}, err
		}
	}
	return o.Server.PutRecord(record), nil
}

// Rename gives a secret another name as another client would.
func (o *Owner) Rename(environment, path, name, newName string) error {
	record, ok := o.find(environment, path, name)
	if !ok {
		return fmt.Errorf("there is no secret %q", name)
	}
	var err error
	if record.Key, err = o.Seal(newName); err != nil {
		return err
	}
	record.BlindIndex = newName
	record.Version++
	o.Server.PutRecord(record)
	return nil
}

// Delete removes a secret as another client would.
func (o *Owner) Delete(environment, path, name string) error {
	record, ok := o.find(environment, path, name)
	if !ok || !o.Server.DeleteRecord(o.Project.ID, record.ID) {
		return fmt.Errorf("there is no secret %q", name)
	}
	return nil
}

// Plain is a stored secret in the clear.
type Plain struct {
	ID, Name, Value, Comment string
	Version                  int
}

// Read opens what the server holds in a folder, in the server's order.
func (o *Owner) Read(environment, path string) ([]Plain, error) {
	var out []Plain
	for _, record := range o.Server.Records(o.Project.ID, environment, path) {
		p := Plain{ID: record.ID, Version: record.Version}
		for _, part := range []struct {
			sealed devserver.Field
			into   *string
		}{{record.Key, &p.Name}, {record.Value, &p.Value}, {record.Comment, &p.Comment}} {
			text, err := o.Open(part.sealed)
			if err != nil {
				return nil, err
			}
			*part.into = text
		}
		out = append(out, p)
	}
	return out, nil
}

// Seal seals one field under the project key.
func (o *Owner) Seal(plaintext string) (devserver.Field, error) {
	sealed, err := o.key.Seal([]byte(plaintext))
	if err != nil {
		return devserver.Field{}, err
	}
	ciphertext, iv, tag := encode(sealed.Ciphertext), encode(sealed.IV), encode(sealed.Tag)
	return devserver.Field{Ciphertext: &ciphertext, IV: &iv, Tag: &tag}, nil
}

// Open opens one field; a field that is null or three empty texts is "".
func (o *Owner) Open(f devserver.Field) (string, error) {
	if f.IV == nil || *f.IV == "" {
		return "", nil
	}
	if f.Ciphertext == nil || f.Tag == nil {
		return "", errors.New("a part of the field is null")
	}
	var s e2ee.Sealed
	var err error
	if s.Ciphertext, err = base64.StdEncoding.DecodeString(*f.Ciphertext); err != nil {
		return "", err
	}
	if s.IV, err = base64.StdEncoding.DecodeString(*f.IV); err != nil {
		return "", err
	}
	if s.Tag, err = base64.StdEncoding.DecodeString(*f.Tag); err != nil {
		return "", err
	}
	plaintext, err := o.key.Open(s)
	return string(plaintext), err
}

func (o *Owner) find(environment, path, name string) (devserver.Record, bool) {
	for _, record := range o.Server.Records(o.Project.ID, environment, path) {
		if record.BlindIndex == name {
			return record, true
		}
	}
	return devserver.Record{}, false
}

func encode(raw []byte) string { return base64.StdEncoding.EncodeToString(raw) }

func randomHex(bytes int) string {
	raw := make([]byte, bytes)
	_, _ = rand.Read(raw)
	return hex.EncodeToString(raw)
}
