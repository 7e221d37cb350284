package api

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"
)

// ServiceToken is what the server tells a service token about itself
// (section 2). SealedKey opens with the token's fourth part.
type ServiceToken struct {
	Name        string
	WorkspaceID string
	Scopes      []Scope
	Permissions []string // "read", "write"
	ExpiresAt   time.Time
	SealedKey   Field
	Of2023      bool // the answer is one of a server of 2023 (PROTOCOL_2023)
	// OneFolder: it is one of before July 2023, whose tokens are for one
	// environment and one folder, and whose paths are compared as texts.
	OneFolder bool
}

// Scope is one place a service token may go; SecretPath is a glob.
type Scope struct {
	Environment string
	SecretPath  string
}

// ServiceToken looks up the token that this client authenticates with.
func (c *Client) ServiceToken(ctx context.Context) (ServiceToken, error) {
	var answer struct {
		Name      label `json:"name"`
		Workspace label `json:"workspace"`
		Scopes    []struct {
			Environment label `json:"environment"`
			SecretPath  label `json:"secretPath"`
		} `json:"scopes"`
		Permissions  []label    `json:"permissions"`
		ID           string     `json:"id"`
		Environment  label      `json:"environment"` // servers of 2023, instead of scopes
		SecretPath   *label     `json:"secretPath"`
		ExpiresAt    *time.Time `json:"expiresAt"`
		EncryptedKey string     `json:"encryptedKey"`
		IV           string     `json:"iv"`
		Tag          string     `json:"tag"`
	}
	lookup := call{
		method: http.MethodGet, route: serviceTokenRoute, path: []string{"api", "v2", "service-token"},
	}
	if err := c.do(ctx, lookup, &answer); err != nil {
		return ServiceToken{}, err
	}
	if answer.Workspace == "" {
		return ServiceToken{}, lookup.malformed("the answer names no project")
	}
	token := ServiceToken{
		Name: string(answer.Name), WorkspaceID: string(answer.Workspace), Permissions: texts(answer.Permissions),
		SealedKey: Field{answer.EncryptedKey, answer.IV, answer.Tag},
		Of2023:    c.isOf2023(answer.ID),
	}
	if answer.Scopes != nil {
		token.Scopes = []Scope{}
	}
	for _, s := range answer.Scopes {
		token.Scopes = append(token.Scopes, Scope{string(s.Environment), string(s.SecretPath)})
	}
	if answer.Scopes == nil && answer.Environment != "" {
		path := "/**" // before folders there was only the environment
		if answer.SecretPath != nil {
			path = string(*answer.SecretPath)
		}
		token.Scopes, token.OneFolder = []Scope{{Environment: string(answer.Environment), SecretPath: path}}, true
	}
	if answer.ExpiresAt != nil {
		token.ExpiresAt = *answer.ExpiresAt
	}
	return token, nil
}

// UserKey is a project key as the server keeps it for one user: in a nacl box,
// all parts standard base64 (section 18).
type UserKey struct {
	Box             string
	Nonce           string
	SenderPublicKey string
	UserID          string // whose key it is; "" where it is not told
	Of2023          bool   // the answer is one of a server of 2023 (PROTOCOL_2023)
}

// IsEmpty tells whether the server keeps none.
func (k UserKey) IsEmpty() bool { return k.Box == "" }

// UserKey reads the project key that is kept for the user whose API key this
// client has. To whom it keeps none the server answers with nothing at all,
// which is no error here.
func (c *Client) UserKey(ctx context.Context, workspaceID string) (UserKey, error) {
	var answer struct {
		ID           string `json:"id"` // not in 2023
		EncryptedKey string `json:"encryptedKey"`
		Nonce        string `json:"nonce"`
		ReceiverID   label  `json:"receiverId"`
		Receiver     label  `json:"receiver"` // in 2023
		Sender       struct {
			PublicKey string `json:"publicKey"`
		} `json:"sender"`
	}
	get := call{
		method: http.MethodGet, route: userKeyRoute,
		path: []string{"api", "v2", "workspace", workspaceID, "encrypted-key"},
	}
	get.read = func(body io.Reader) error {
		raw, err := io.ReadAll(body)
		if err != nil || len(bytes.TrimSpace(raw)) == 0 {
			return err
		}
		return decode(raw, &answer)
	}
	if err := c.do(ctx, get, nil); err != nil {
		return UserKey{}, err
	}
	return UserKey{
		Box: answer.EncryptedKey, Nonce: answer.Nonce, SenderPublicKey: answer.Sender.PublicKey,
		UserID: string(cmp.Or(answer.ReceiverID, answer.Receiver)),
		Of2023: answer.EncryptedKey != "" && c.isOf2023(answer.ID),
	}, nil
}

// Workspace is a project as its service tokens see it.
type Workspace struct {
	ID           string
	Name         string
	Version      int64 // 1 and 2: E2EE endpoints hold the secrets; 3: they do not (section 21)
	Environments []Environment
	// TakesKey: the answer has a field that came in mid-2024, as did the servers'
	// way of taking the project key at the first E2EE write once a member's
	// private key is known to them (PROTOCOL_V3 section 6). No answer shows the
	// taking itself.
	TakesKey bool
}

// Environment is one of a project's environments.
type Environment struct {
	Name, Slug, ID string
}

type wireWorkspace struct {
	ID           label  `json:"id"`
	MongoID      label  `json:"_id"`
	Name         label  `json:"name"`
	Version      *int64 `json:"version"`
	Environments []struct {
		Name label `json:"name"`
		Slug label `json:"slug"`
		ID   label `json:"id"`
	} `json:"environments"`

	// Null in most projects: that they are there tells.
	KMSKey       json.RawMessage `json:"kmsCertificateKeyId"`
	LogRetention json.RawMessage `json:"auditLogsRetentionDays"`
	VersionLimit json.RawMessage `json:"pitVersionLimit"`
}

func (answer wireWorkspace) workspace() Workspace {
	w := Workspace{
		ID: string(cmp.Or(answer.ID, answer.MongoID)), Name: string(answer.Name), Version: 1,
		TakesKey: answer.KMSKey != nil || answer.LogRetention != nil || answer.VersionLimit != nil,
	}
	if answer.Environments != nil {
		w.Environments = []Environment{}
	}
	for _, e := range answer.Environments {
		w.Environments = append(w.Environments, Environment{string(e.Name), string(e.Slug), string(e.ID)})
	}
	if answer.Version != nil { // servers before versions had only what is now version 1
		w.Version = *answer.Version
	}
	return w
}

// Workspace reads a project (section 2).
func (c *Client) Workspace(ctx context.Context, id string) (Workspace, error) {
	var answer struct {
		Workspace *wireWorkspace `json:"workspace"`
	}
	get := call{
		method: http.MethodGet, route: workspaceRoute, path: []string{"api", "v1", "workspace", id},
	}
	if err := c.do(ctx, get, &answer); err != nil {
		return Workspace{}, err
	}
	if answer.Workspace == nil {
		return Workspace{}, get.malformed("the answer holds no project")
	}
	return answer.Workspace.workspace(), nil
}

// Workspaces reads the projects of the user whose API key this client has. It is
// the only address that tells a user of a project's version: that of one project
// refuses API keys (section 22).
func (c *Client) Workspaces(ctx context.Context) ([]Workspace, error) {
	var answer struct {
		Workspaces *[]wireWorkspace `json:"workspaces"`
	}
	list := call{method: http.MethodGet, route: "/api/v1/workspace", path: []string{"api", "v1", "workspace"}}
	if err := c.do(ctx, list, &answer); err != nil {
		return nil, err
	}
	if answer.Workspaces == nil {
		return nil, list.malformed("the answer holds no list of projects")
	}
	out := make([]Workspace, 0, len(*answer.Workspaces))
	for _, one := range *answer.Workspaces {
		out = append(out, one.workspace())
	}
	return out, nil
}
