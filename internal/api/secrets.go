package api

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"
)

// Place is a folder as the server addresses it.
type Place struct {
	WorkspaceID string
	Environment string // slug
	Path        string // canonical: "/" or "/a/b"
	// Personal: of the secrets there those that only the user of an API key has
	// (section 11). Lists hold both.
	Personal bool
}

func (p Place) secretType() string {
	if p.Personal {
		return "personal"
	}
	return "shared"
}

// Field is one sealed field as standard base64 text. Null and "" both arrive
// as "": all three empty is one of the ways of saying "none" (section 4).
type Field struct {
	Ciphertext, IV, Tag string
}

// IsEmpty tells whether the field holds nothing at all, not even the empty
// text sealed.
func (f Field) IsEmpty() bool { return f == Field{} }

// Secret is one stored secret. Environment and WorkspaceID are "" where an
// endpoint leaves them out (batch), Path wherever it is not a list.
type Secret struct {
	ID          string
	Version     int64 // of a secret created alone 1, in a batch 0 (section 5)
	Type        string
	WorkspaceID string
	Environment string
	Path        string
	Key         Field
	Value       Field
	Comment     Field

	Created time.Time // zero where it is not told

	// FolderID tells rows of one folder from others in what an import brings.
	FolderID string

	TagIDs                []string // in lists only (section 4, Other fields)
	TagSlugs              []string // in any order; nil where the tags are not told, as in imports
	Reminder              Reminder
	Metadata              map[string]string // in the clear
	SkipMultilineEncoding bool
}

// Reminder asks people every RepeatDays (1 to 365) to change a secret; 0 is
// none. The note is in the clear.
type Reminder struct {
	RepeatDays int64
	Note       string
}

// wireSecret is the record of section 3. Fields that this client does not use
// are left out.
type wireSecret struct {
	ID                label  `json:"id"`
	MongoID           label  `json:"_id"` // alone on servers of 2023
	Version           int64  `json:"version"`
	Type              label  `json:"type"`
	Workspace         label  `json:"workspace"`
	Environment       label  `json:"environment"`
	SecretPath        label  `json:"secretPath"`
	FolderID          label  `json:"folderId"`
	CreatedAt         moment `json:"createdAt"`
	MongoFolder       label  `json:"folder"`
	KeyCiphertext     string `json:"secretKeyCiphertext"`
	KeyIV             string `json:"secretKeyIV"`
	KeyTag            string `json:"secretKeyTag"`
	ValueCiphertext   string `json:"secretValueCiphertext"`
	ValueIV           string `json:"secretValueIV"`
	ValueTag          string `json:"secretValueTag"`
	CommentCiphertext string `json:"secretCommentCiphertext"`
	CommentIV         string `json:"secretCommentIV"`
	CommentTag        string `json:"secretCommentTag"`

	ReminderRepeatDays    int64             `json:"secretReminderRepeatDays"`
	ReminderNote          remark            `json:"secretReminderNote"`
	Metadata              map[string]remark `json:"metadata"`
	SkipMultilineEncoding bool              `json:"skipMultilineEncoding"`
	Tags                  []wireTag         `json:"tags"`
}

type wireTag struct {
	ID   label `json:"id"`
	Slug label `json:"slug"`
}

func (w wireSecret) id() string { return string(cmp.Or(w.ID, w.MongoID)) }

func (w wireSecret) secret() Secret {
	var tags, slugs []string
	if w.Tags != nil {
		slugs = []string{}
	}
	for _, tag := range w.Tags {
		tags, slugs = append(tags, string(tag.ID)), append(slugs, string(tag.Slug))
	}
	var metadata map[string]string
	if w.Metadata != nil {
		metadata = make(map[string]string, len(w.Metadata))
	}
	for key, text := range w.Metadata {
		metadata[PrintableLines(key)] = string(text)
	}
	return Secret{
		ID: w.id(), Version: w.Version, Type: string(w.Type),
		WorkspaceID: string(w.Workspace), Environment: string(w.Environment), Path: string(w.SecretPath), FolderID: string(cmp.Or(w.FolderID, w.MongoFolder)), Created: w.CreatedAt.Time,
		Key:     Field{w.KeyCiphertext, w.KeyIV, w.KeyTag},
		Value:   Field{w.ValueCiphertext, w.ValueIV, w.ValueTag},
		Comment: Field{w.CommentCiphertext, w.CommentIV, w.CommentTag},
		TagIDs:  tags, TagSlugs: slugs, Reminder: Reminder{w.ReminderRepeatDays, string(w.ReminderNote)},
		Metadata: metadata, SkipMultilineEncoding: w.SkipMultilineEncoding,
	}
}

// GetSecret reads one secret by name, without imports.
func (c *Client) GetSecret(ctx context.Context, place Place, name string) (Secret, error) {
	query := place.query("secretPath")
	query.Set("type", place.secretType()) // without it servers of 2023 may answer someone's personal one (section 21)
	query.Set("include_imports", "false")
	return c.byName(ctx, http.MethodGet, name, query, nil)
}

// NewSecret is what a create stores.
type NewSecret struct {
	Key, Value Field
	Comment    Field // empty = none

	Metadata              map[string]string // nil = none
	SkipMultilineEncoding *bool
}

// CreateSecret stores a secret under a name that is free.
func (c *Client) CreateSecret(ctx context.Context, place Place, name string, s NewSecret) (Secret, error) {
	body := place.body()
	body.sealedFields = s.fields()
	return c.byName(ctx, http.MethodPost, name, nil, body)
}

func (s NewSecret) fields() sealedFields {
	var f sealedFields
	f.KeyCiphertext, f.KeyIV, f.KeyTag = s.Key.texts()
	f.ValueCiphertext, f.ValueIV, f.ValueTag = s.Value.texts()
	if !s.Comment.IsEmpty() { // null is refused (section 4)
		f.CommentCiphertext, f.CommentIV, f.CommentTag = s.Comment.texts()
	}
	if s.Metadata != nil {
		f.Metadata = &s.Metadata
	}
	f.SkipMultilineEncoding = s.SkipMultilineEncoding
	return f
}

// SecretChange is what an update stores; nil keeps a part as it is. The server
// needs the value in every update, whatever it changes (section 0, fact 9).
type SecretChange struct {
	Value   Field
	Comment *Field // three empty texts clear it
	Rename  *Rename

	TagIDs                *[]string // replaces all
	Reminder              *Reminder // of 0 days clears it
	Metadata              *map[string]string
	SkipMultilineEncoding *bool
}

// Rename gives a secret a new name. Plain name and sealed name go together:
// the server compares them nowhere (section 4, Rename).
type Rename struct {
	Name string
	Key  Field
}

// UpdateSecret changes the secret of that name. The id stays.
func (c *Client) UpdateSecret(ctx context.Context, place Place, name string, s SecretChange) (Secret, error) {
	body := place.body()
	body.sealedFields = s.fields()
	if s.Rename != nil {
		body.NewName = &s.Rename.Name
		body.KeyCiphertext, body.KeyIV, body.KeyTag = s.Rename.Key.texts()
	}
	return c.byName(ctx, http.MethodPatch, name, nil, body)
}

func (s SecretChange) fields() sealedFields {
	var f sealedFields
	f.ValueCiphertext, f.ValueIV, f.ValueTag = s.Value.texts()
	if s.Comment != nil {
		f.CommentCiphertext, f.CommentIV, f.CommentTag = s.Comment.texts()
	}
	if s.Reminder != nil {
		var days *int64 // null clears, and is the only null that is taken
		if s.Reminder.RepeatDays != 0 {
			days = &s.Reminder.RepeatDays
		}
		f.ReminderRepeatDays, f.ReminderNote = days, &s.Reminder.Note
	}
	f.TagIDs, f.Metadata, f.SkipMultilineEncoding = s.TagIDs, s.Metadata, s.SkipMultilineEncoding
	return f
}

// DeleteSecret removes the secret of that name, all rows of it if there
// are several (section 12), and users' personal overrides with it.
func (c *Client) DeleteSecret(ctx context.Context, place Place, name string) (Secret, error) {
	return c.byName(ctx, http.MethodDelete, name, nil, place.body())
}

// secretBody is the body of every by-name write.
type secretBody struct {
	WorkspaceID string  `json:"workspaceId"`
	Environment string  `json:"environment"`
	SecretPath  string  `json:"secretPath"`
	Type        string  `json:"type"`
	NewName     *string `json:"secretName,omitempty"`
	sealedFields
}

// sealedFields is what a write says of a secret; nil is left out, which the
// server takes for "as it is".
type sealedFields struct {
	KeyCiphertext     *string `json:"secretKeyCiphertext,omitempty"`
	KeyIV             *string `json:"secretKeyIV,omitempty"`
	KeyTag            *string `json:"secretKeyTag,omitempty"`
	ValueCiphertext   *string `json:"secretValueCiphertext,omitempty"`
	ValueIV           *string `json:"secretValueIV,omitempty"`
	ValueTag          *string `json:"secretValueTag,omitempty"`
	CommentCiphertext *string `json:"secretCommentCiphertext,omitempty"`
	CommentIV         *string `json:"secretCommentIV,omitempty"`
	CommentTag        *string `json:"secretCommentTag,omitempty"`

	TagIDs                *[]string          `json:"tags,omitempty"`
	ReminderRepeatDays    any                `json:"secretReminderRepeatDays,omitempty"` // a *int64: nil in it is sent as null
	ReminderNote          *string            `json:"secretReminderNote,omitempty"`
	Metadata              *map[string]string `json:"metadata,omitempty"`
	SkipMultilineEncoding *bool              `json:"skipMultilineEncoding,omitempty"`
}

func (p Place) body() *secretBody {
	return &secretBody{WorkspaceID: p.WorkspaceID, Environment: p.Environment, SecretPath: p.Path, Type: p.secretType()}
}

func (p Place) query(pathName string) url.Values {
	return url.Values{"workspaceId": {p.WorkspaceID}, "environment": {p.Environment}, pathName: {p.Path}}
}

func (f Field) texts() (ciphertext, iv, tag *string) { return &f.Ciphertext, &f.IV, &f.Tag }

func (c *Client) byName(ctx context.Context, method, name string, query url.Values, body *secretBody) (Secret, error) {
	var answer struct {
		Secret   *wireSecret `json:"secret"`
		Approval *approval   `json:"approval"`
	}
	call := call{
		method: method, route: "/api/v3/secrets/:secretName",
		path: []string{"api", "v3", "secrets", name}, query: query,
	}
	if body != nil {
		call.body = body
	}
	if err := c.do(ctx, call, &answer); err != nil {
		return Secret{}, err
	}
	switch {
	case answer.Approval != nil && answer.Secret == nil:
		return Secret{}, call.approvalPending(*answer.Approval)
	case answer.Secret == nil || answer.Secret.id() == "":
		return Secret{}, call.malformed("the answer holds no secret")
	}
	return answer.Secret.secret(), nil
}

func (c call) malformed(what string) *Error {
	return &Error{
		Kind: KindMalformed, Method: c.method, Route: c.route, Status: http.StatusOK,
		cause: errors.New(what), sent: true, harmless: c.harmless,
	}
}
