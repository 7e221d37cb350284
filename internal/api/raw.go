package api

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// The raw endpoints carry plaintext: the server holds the project key. Servers
// differ in what they take and tell (section 9 is of May 2024; those of October
// 2024 carry reminders, tags and skipMultilineEncoding, and a new name).

// RawSecret is one stored secret in the clear, as the raw endpoints tell it.
type RawSecret struct {
	ID          string
	Version     int64
	Type        string
	WorkspaceID string // "" in imports
	Environment string
	Path        string // in lists only
	Name        string
	Value       func() string // closed over, so that no formatting prints it
	Comment     func() string
	Created     time.Time // zero where it is not told

	// Told says whether the answer tells reminder and skipMultilineEncoding.
	Told                  bool
	Reminder              Reminder
	SkipMultilineEncoding bool
	TagIDs                []string
	TagSlugs              []string // nil where the tags are not told
	// Metadata is nil where it is not told: by servers of before 2025, and in the
	// answers to writes.
	Metadata map[string]string

	// Servers of later years: the answer does not show the value (to whom may
	// only see that there is one), or the server changes it by itself.
	Hidden  bool
	Rotated bool
}

type wireRawSecret struct {
	ID          label  `json:"id"`
	MongoID     label  `json:"_id"` // alone on servers of 2023
	Version     int64  `json:"version"`
	Type        label  `json:"type"`
	Workspace   label  `json:"workspace"`
	Environment label  `json:"environment"`
	SecretPath  label  `json:"secretPath"`
	Key         string `json:"secretKey"`
	Value       string `json:"secretValue"`
	Comment     remark `json:"secretComment"`
	CreatedAt   moment `json:"createdAt"`

	ReminderRepeatDays    int64     `json:"secretReminderRepeatDays"`
	ReminderNote          remark    `json:"secretReminderNote"`
	SkipMultilineEncoding told      `json:"skipMultilineEncoding"`
	Tags                  []wireTag `json:"tags"`
	Metadata              metadata  `json:"secretMetadata"`
	Hidden                bool      `json:"secretValueHidden"`
	Rotated               bool      `json:"isRotatedSecret"`
}

// told is a boolean that may be null, and knows whether it was there at all.
type told struct{ there, value bool }

// UnmarshalJSON is called for null, too.
func (t *told) UnmarshalJSON(raw []byte) error {
	t.there = true
	return json.Unmarshal(raw, &t.value)
}

func (w wireRawSecret) id() string { return string(cmp.Or(w.ID, w.MongoID)) }

func (w wireRawSecret) secret() RawSecret {
	out := RawSecret{
		ID: w.id(), Version: w.Version, Type: string(w.Type),
		WorkspaceID: string(w.Workspace), Environment: string(w.Environment), Path: string(w.SecretPath),
		Name: w.Key, Value: func() string { return w.Value }, Comment: func() string { return string(w.Comment) },
		Told: w.SkipMultilineEncoding.there, SkipMultilineEncoding: w.SkipMultilineEncoding.value,
		Reminder: Reminder{w.ReminderRepeatDays, string(w.ReminderNote)},
		Hidden:   w.Hidden, Rotated: w.Rotated, Created: w.CreatedAt.Time,
		Metadata: w.Metadata,
	}
	if w.Tags != nil {
		out.TagSlugs = []string{}
	}
	for _, tag := range w.Tags {
		out.TagIDs, out.TagSlugs = append(out.TagIDs, string(tag.ID)), append(out.TagSlugs, string(tag.Slug))
	}
	return out
}

// RawList is the content of one folder in the clear, as List is of sealed ones.
// A server of May 2024 answers for an empty folder as for one that is missing,
// and so do some of later years; others answer for the latter, and for a missing
// environment, with a refusal.
type RawList struct {
	Secrets       []RawSecret
	Imports       []ImportedRaw
	FolderMissing bool // or, perhaps, only empty
	ETag          string
	NotModified   bool

	keep func(RawSecret) (bool, error)
	rows int // that were there, kept or not
}

// ImportedRaw is what one import brings, as ImportedSecrets is. Of none of its
// secrets it is told from which folder it is.
type ImportedRaw struct {
	Environment string
	Path        string
	Secrets     []RawSecret
}

// ListRaw is ListSecrets in the clear. The server is told not to replace
// references in values.
func (c *Client) ListRaw(ctx context.Context, d Dialect, place Place, imports bool, etag string, keep func(RawSecret) (bool, error)) (RawList, error) {
	query := place.query("secretPath")
	if d == RawV4 {
		query.Set("projectId", query.Get("workspaceId"))
		query.Del("workspaceId")
	}
	query.Set("include_imports", strconv.FormatBool(imports))
	query.Set("includeImports", strconv.FormatBool(imports)) // its name on servers of later years
	query.Set("recursive", "false")
	query.Set("expandSecretReferences", "false")
	out := RawList{keep: keep}
	list := d.call(http.MethodGet, "")
	list.query, list.limit, list.ifNoneMatch, list.etag, list.read = query, maxListBytes, etag, &out.ETag, out.read
	err := c.do(ctx, list, nil)
	if errors.Is(err, errNotModified) {
		return RawList{NotModified: true, ETag: etag}, nil
	}
	out.keep, out.rows = nil, 0
	return out, err
}

func (l *RawList) read(answer io.Reader) error {
	imports, err := readList(answer, func(decoder *listDecoder) (err error) {
		l.Secrets, err = l.readRaw(decoder)
		return err
	}, func(decoder *listDecoder) error {
		var one ImportedRaw
		err := readSource(decoder, &one.Environment, &one.Path, new(string), func() (err error) {
			one.Secrets, err = l.readRaw(decoder)
			return err
		})
		l.Imports = append(l.Imports, one)
		return err
	})
	l.FolderMissing = imports && len(l.Imports) == 0 && l.rows == 0
	return err
}

func (l *RawList) readRaw(decoder *listDecoder) ([]RawSecret, error) {
	list := []RawSecret{}
	err := eachItem(decoder, func() error {
		var w wireRawSecret
		if err := decoder.Decode(&w); err != nil {
			return shapeError(err)
		}
		if w.id() == "" {
			return errors.New("a secret in the answer has no id")
		}
		l.rows++
		s, keep := w.secret(), true
		if l.keep != nil {
			var err error
			if keep, err = l.keep(s); err != nil {
				return &stopped{err}
			}
		}
		if keep {
			list = append(list, s)
		}
		return decoder.took(1 + len(w.Tags) + len(w.Metadata))
	})
	return list, err
}

// metadata is a list of entries on the wire. Of two entries of one key the last
// one counts, as nothing tells them apart.
type metadata map[string]string

type metadataEntry struct {
	Key   remark `json:"key"`
	Value remark `json:"value"` // may be null
}

// UnmarshalJSON is called for null, too, which tells nothing.
func (m *metadata) UnmarshalJSON(raw []byte) error {
	var entries []metadataEntry
	if err := json.Unmarshal(raw, &entries); err != nil || entries == nil {
		return err
	}
	*m = make(metadata, len(entries))
	for _, e := range entries {
		(*m)[string(e.Key)] = string(e.Value)
	}
	return nil
}

// MarshalJSON sorts by key, so that one change sends the same bytes each time.
func (m metadata) MarshalJSON() ([]byte, error) {
	entries := make([]metadataEntry, 0, len(m))
	for _, key := range slices.Sorted(maps.Keys(m)) {
		entries = append(entries, metadataEntry{remark(key), remark(m[key])})
	}
	return json.Marshal(entries)
}

// wireMetadata is nil, and so not sent, where nothing is to change.
func wireMetadata(m *map[string]string) *metadata {
	if m == nil {
		return nil
	}
	entries := metadata(*m)
	return &entries
}

// NewRawSecret is what a create stores: in the clear. The details are for servers
// of RawV4; nil ones are not sent.
type NewRawSecret struct {
	Value, Comment string

	TagIDs                *[]string
	Reminder              *Reminder
	Metadata              *map[string]string
	SkipMultilineEncoding *bool
}

// CreateRaw stores a secret under a name that is free.
func (c *Client) CreateRaw(ctx context.Context, d Dialect, place Place, name string, s NewRawSecret) (RawSecret, error) {
	body := d.rawBody(place)
	body.Value, body.Comment = &s.Value, &s.Comment
	body.TagIDs, body.SkipMultilineEncoding, body.Metadata = s.TagIDs, s.SkipMultilineEncoding, wireMetadata(s.Metadata)
	if s.Reminder != nil && s.Reminder.RepeatDays != 0 {
		body.ReminderRepeatDays, body.ReminderNote = &s.Reminder.RepeatDays, &s.Reminder.Note
	}
	return c.rawByName(ctx, d, http.MethodPost, name, body)
}

// RawChange is what an update stores; nil keeps a part as it is. The server
// needs the value in every update. One of May 2024 takes the value and nothing
// else, and says so by its answer alone.
type RawChange struct {
	Value   string
	Comment *string // "" clears it
	NewName *string

	TagIDs                *[]string          // replaces all
	Reminder              *Reminder          // of 0 days clears it, on servers of 2024
	Metadata              *map[string]string // replaces all; for servers that tell it
	SkipMultilineEncoding *bool
}

// UpdateRaw changes the secret of that name. The id stays. The answer of
// later servers shows no comment where none was sent.
func (c *Client) UpdateRaw(ctx context.Context, d Dialect, place Place, name string, s RawChange) (RawSecret, error) {
	body := d.rawBody(place)
	body.Value, body.Comment, body.NewName = &s.Value, s.Comment, s.NewName
	body.TagIDs, body.SkipMultilineEncoding, body.Metadata = s.TagIDs, s.SkipMultilineEncoding, wireMetadata(s.Metadata)
	if s.Reminder != nil {
		var days *int64
		if s.Reminder.RepeatDays != 0 {
			days = &s.Reminder.RepeatDays
		}
		body.ReminderRepeatDays, body.ReminderNote = days, &s.Reminder.Note
	}
	return c.rawByName(ctx, d, http.MethodPatch, name, body)
}

// DeleteRaw removes the secret of that name, as DeleteSecret does.
func (c *Client) DeleteRaw(ctx context.Context, d Dialect, place Place, name string) (RawSecret, error) {
	return c.rawByName(ctx, d, http.MethodDelete, name, d.rawBody(place))
}

// rawBody is the body of every raw write.
type rawBody struct {
	rawProject
	Environment string  `json:"environment"`
	SecretPath  string  `json:"secretPath"`
	Type        string  `json:"type"`
	NewName     *string `json:"newSecretName,omitempty"`
	Value       *string `json:"secretValue,omitempty"`
	Comment     *string `json:"secretComment,omitempty"`

	TagIDs                *[]string `json:"tagIds,omitempty"`
	ReminderRepeatDays    any       `json:"secretReminderRepeatDays,omitempty"` // a *int64: nil in it is sent as null
	ReminderNote          *string   `json:"secretReminderNote,omitempty"`
	Metadata              *metadata `json:"secretMetadata,omitempty"`
	SkipMultilineEncoding *bool     `json:"skipMultilineEncoding,omitempty"`
}

func (d Dialect) rawBody(p Place) *rawBody {
	return &rawBody{rawProject: d.project(p), Environment: p.Environment, SecretPath: p.Path, Type: p.secretType()}
}

// confidential are the texts that no error may repeat: as they were sent, and
// as a server quotes them that has trimmed them.
func (b *rawBody) confidential() []string {
	var texts []string
	for _, text := range []*string{b.Value, b.Comment} {
		if text != nil {
			texts = append(texts, *text, strings.TrimSpace(*text))
		}
	}
	return texts
}

func (c *Client) rawByName(ctx context.Context, d Dialect, method, name string, body *rawBody) (RawSecret, error) {
	var answer struct {
		Secret   *wireRawSecret `json:"secret"`
		Approval *approval      `json:"approval"`
	}
	call := d.call(method, "/:secretName", name)
	call.body = body
	if err := c.do(ctx, call, &answer); err != nil {
		return RawSecret{}, err
	}
	switch {
	case answer.Approval != nil && answer.Secret == nil:
		return RawSecret{}, call.approvalPending(*answer.Approval)
	case answer.Secret == nil || answer.Secret.id() == "":
		return RawSecret{}, call.malformed("the answer holds no secret")
	}
	return answer.Secret.secret(), nil
}
