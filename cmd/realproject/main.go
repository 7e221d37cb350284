// Command realproject prepares an empty Infisical server for the tests against
// a real one: it makes the first user, a project and a service token that reads
// and writes everything, and prints where they are, as export lines for a
// shell. INFISICAL_HOST says where the server is.
//
// The calls are those of the web application in mid-2024, read from Infisical's
// public source. compose.yaml in this folder starts such a server.
package main

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/nacl/box"
)

// patience is how long a server may take to start.
const patience = 3 * time.Minute

func main() {
	host := os.Getenv("INFISICAL_HOST")
	if host == "" {
		host = "http://127.0.0.1:8080"
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	made, err := prepare(ctx, host)
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, "realproject:", err)
		os.Exit(1)
	}
	fmt.Printf("export INFISICAL_HOST='%s'\nexport INFISICAL_PROJECT_ID='%s'\nexport INFISICAL_SERVICE_TOKEN='%s'\n", made.host, made.projectID, made.serviceToken)
}

type project struct{ host, projectID, serviceToken string }

func prepare(ctx context.Context, host string) (project, error) {
	s := session{ctx: ctx, host: strings.TrimRight(host, "/")}
	user, err := newUser("owner@example.invalid", randomHex(16))
	if err != nil {
		return project{}, err
	}

	if err := s.awaitStart(); err != nil {
		return project{}, err
	}
	var signedUp struct {
		Token        string
		User         struct{ ID string }
		Organization struct{ ID string }
	}
	if err := s.call(http.MethodPost, "/api/v1/admin/signup", user.signup, &signedUp); err != nil {
		return project{}, fmt.Errorf("the server takes no first user; it has to be empty: %w", err)
	}
	s.token = signedUp.Token
	var selected struct{ Token string }
	if err := s.call(http.MethodPost, "/api/v3/auth/select-organization", map[string]any{"organizationId": signedUp.Organization.ID}, &selected); err != nil {
		return project{}, err
	}
	s.token = selected.Token

	id, projectKey, err := s.projectOfVersion1(user, signedUp.Organization.ID, signedUp.User.ID)
	if err != nil {
		fmt.Fprintln(os.Stderr, "realproject: the server makes no project of version 1, so that this one is of version 2: the server holds its key, and the provider warns of that:", err)
		id, projectKey, err = s.projectOfVersion2(user, signedUp.Organization.ID)
	}
	if err != nil {
		return project{}, err
	}

	tokenKey := randomHex(16)
	sealed, err := seal([]byte(tokenKey), projectKey)
	if err != nil {
		return project{}, err
	}
	var scopes []map[string]string
	for _, environment := range []string{"dev", "staging", "prod"} {
		scopes = append(scopes, map[string]string{"environment": environment, "secretPath": "/**"})
	}
	var token struct{ ServiceToken string }
	if err := s.call(http.MethodPost, "/api/v2/service-token", map[string]any{
		"name": "acceptance", "workspaceId": id, "scopes": scopes, "permissions": []string{"read", "write"}, "expiresIn": nil,
		"encryptedKey": sealed.ciphertext, "iv": sealed.iv, "tag": sealed.tag,
	}, &token); err != nil {
		return project{}, err
	}
	return project{s.host, id, token.ServiceToken + "." + tokenKey}, nil
}

// projectOfVersion1 makes a project whose key is made here, as browsers did until
// early 2024. The server keeps it boxed for the user, and holds no key of its own.
func (s session) projectOfVersion1(user owner, organizationID, userID string) (id string, key []byte, err error) {
	var created struct {
		Workspace struct {
			ID      string
			Version int
		}
	}
	if err := s.call(http.MethodPost, "/api/v1/workspace", map[string]any{
		"workspaceName": "acceptance", "organizationId": organizationID,
	}, &created); err != nil {
		return "", nil, err
	}
	if created.Workspace.ID == "" || created.Workspace.Version > 1 {
		return "", nil, fmt.Errorf("it made one of version %d", created.Workspace.Version)
	}
	key = []byte(randomHex(16))
	var nonce [24]byte
	_, _ = rand.Read(nonce[:])
	boxed := box.Seal(nil, key, &nonce, user.public, user.private)
	encode := base64.StdEncoding.EncodeToString
	return created.Workspace.ID, key, s.call(http.MethodPost, "/api/v1/workspace/"+created.Workspace.ID+"/key", map[string]any{
		"key": map[string]string{"userId": userID, "encryptedKey": encode(boxed), "nonce": encode(nonce[:])},
	}, &struct{}{})
}

// projectOfVersion2 makes a project whose key the server makes, keeps, and boxes
// for the user as well.
func (s session) projectOfVersion2(user owner, organizationID string) (id string, key []byte, err error) {
	var created struct {
		Project struct {
			ID      string
			Version int
		}
	}
	if err := s.call(http.MethodPost, "/api/v2/workspace", map[string]any{
		"projectName": "acceptance", "organizationId": organizationID,
	}, &created); err != nil {
		return "", nil, err
	}
	if created.Project.Version > 2 {
		return "", nil, fmt.Errorf("the server made a project of version %d, whose secrets end-to-end encryption does not reach: use one of before July 2024", created.Project.Version)
	}
	var boxed struct {
		EncryptedKey, Nonce string
		Sender              struct{ PublicKey string }
	}
	if err := s.call(http.MethodGet, "/api/v2/workspace/"+created.Project.ID+"/encrypted-key", nil, &boxed); err != nil {
		return "", nil, err
	}
	key, err = user.open(boxed.EncryptedKey, boxed.Nonce, boxed.Sender.PublicKey)
	return created.Project.ID, key, err
}

// owner is a user as its browser knows it: with the private key for which
// projects box their keys.
type owner struct {
	public, private *[32]byte
	signup          map[string]any
}

// newUser makes a key pair and seals its private half as the web application
// does (PROTOCOL section 18): a random key opens it, and argon2id of the
// password opens that. Nobody logs in with the password, so the verifier is
// random.
func newUser(email, password string) (owner, error) {
	public, private, err := box.GenerateKey(rand.Reader)
	if err != nil {
		return owner{}, err
	}
	salt, between := randomHex(32), make([]byte, 32)
	_, _ = rand.Read(between)
	protected, err := seal(argon2.IDKey([]byte(password), []byte(salt), 3, 64*1024, 1, 32), []byte(hex.EncodeToString(between)))
	if err != nil {
		return owner{}, err
	}
	sealedPrivate, err := seal(between, []byte(base64.StdEncoding.EncodeToString(private[:])))
	if err != nil {
		return owner{}, err
	}
	return owner{public, private, map[string]any{
		"email": email, "password": password, "firstName": "Acceptance", "lastName": "Test",
		"publicKey":    base64.StdEncoding.EncodeToString(public[:]),
		"protectedKey": protected.ciphertext, "protectedKeyIV": protected.iv, "protectedKeyTag": protected.tag,
		"encryptedPrivateKey": sealedPrivate.ciphertext, "encryptedPrivateKeyIV": sealedPrivate.iv, "encryptedPrivateKeyTag": sealedPrivate.tag,
		"salt": salt, "verifier": randomHex(256),
	}}, nil
}

func (o owner) open(ciphertext, nonce, senderPublicKey string) ([]byte, error) {
	var parts [3][]byte
	for i, text := range []string{ciphertext, nonce, senderPublicKey} {
		raw, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			return nil, err
		}
		parts[i] = raw
	}
	if len(parts[1]) != 24 || len(parts[2]) != 32 {
		return nil, errors.New("the box of the project key has another form")
	}
	key, ok := box.Open(nil, parts[0], (*[24]byte)(parts[1]), (*[32]byte)(parts[2]), o.private)
	if !ok {
		return nil, errors.New("the box of the project key does not open")
	}
	return key, nil
}

type sealedText struct{ ciphertext, iv, tag string }

// seal is AES-256-GCM as Infisical's clients use it: a nonce of 16 bytes, three
// fields in base64.
func seal(key, plaintext []byte) (sealedText, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return sealedText{}, err
	}
	gcm, err := cipher.NewGCMWithNonceSize(block, 16)
	if err != nil {
		return sealedText{}, err
	}
	iv := make([]byte, 16)
	_, _ = rand.Read(iv)
	out := gcm.Seal(nil, iv, plaintext, nil)
	encode, tagAt := base64.StdEncoding.EncodeToString, len(out)-gcm.Overhead()
	return sealedText{encode(out[:tagAt]), encode(iv), encode(out[tagAt:])}, nil
}

func randomHex(bytes int) string {
	raw := make([]byte, bytes)
	_, _ = rand.Read(raw)
	return hex.EncodeToString(raw)
}

// session is good for one run of this program, whose context it holds.
type session struct {
	ctx         context.Context
	host, token string
}

// awaitStart returns when the server answers at all.
func (s session) awaitStart() error {
	for {
		err := s.call(http.MethodGet, "/api/status", nil, &struct{}{})
		if err == nil {
			return nil
		}
		select {
		case <-s.ctx.Done():
			return fmt.Errorf("the server does not answer: %w", err)
		case <-time.After(time.Second):
		}
	}
}

// call sends a request and decodes a 200. An error quotes what the server said
// of it.
func (s session) call(method, path string, body, into any) error {
	var sent io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			return err
		}
		sent = bytes.NewReader(raw)
	}
	req, err := http.NewRequestWithContext(s.ctx, method, s.host+path, sent)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "terraform-provider-infisical-realproject")
	if s.token != "" {
		req.Header.Set("Authorization", "Bearer "+s.token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		var said struct{ Message any }
		_ = json.Unmarshal(answer, &said)
		return fmt.Errorf("%s %s: status %d: %v", method, path, resp.StatusCode, said.Message)
	}
	return json.Unmarshal(answer, into)
}
