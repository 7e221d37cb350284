package devserver

import "slices"

// The answers' shapes differ between endpoints; each was taken from recorded
// exchanges (testdata/wire.json).

// rowBody is what batch calls answer: the columns of the table.
type rowBody struct {
	ID                    string            `json:"id"`
	Version               int               `json:"version"`
	Type                  string            `json:"type"`
	KeyCiphertext         *string           `json:"secretKeyCiphertext"`
	KeyIV                 *string           `json:"secretKeyIV"`
	KeyTag                *string           `json:"secretKeyTag"`
	ValueCiphertext       *string           `json:"secretValueCiphertext"`
	ValueIV               *string           `json:"secretValueIV"`
	ValueTag              *string           `json:"secretValueTag"`
	CommentCiphertext     *string           `json:"secretCommentCiphertext"`
	CommentIV             *string           `json:"secretCommentIV"`
	CommentTag            *string           `json:"secretCommentTag"`
	ReminderNote          *string           `json:"secretReminderNote"`
	ReminderRepeatDays    *int              `json:"secretReminderRepeatDays"`
	SkipMultilineEncoding bool              `json:"skipMultilineEncoding"`
	Algorithm             string            `json:"algorithm"`
	KeyEncoding           string            `json:"keyEncoding"`
	Metadata              map[string]string `json:"metadata"`
	UserID                *string           `json:"userId"`
	FolderID              string            `json:"folderId"`
	CreatedAt             stamp             `json:"createdAt"`
	UpdatedAt             stamp             `json:"updatedAt"`
}

// namedBody is what GET by name answers: no _id, secretPath, tags.
type namedBody struct {
	rowBody
	Workspace   string `json:"workspace"`
	Environment string `json:"environment"`
}

// writtenBody is what POST, PATCH and DELETE by name answer, and what a list
// shows of an import: no secretPath, tags.
type writtenBody struct {
	rowBody
	MongoID     string `json:"_id"`
	Workspace   string `json:"workspace"`
	Environment string `json:"environment"`
}

// listedBody is an item of a list.
type listedBody struct {
	writtenBody
	SecretPath string    `json:"secretPath"`
	Tags       []tagBody `json:"tags"`
}

type tagBody struct {
	ID    string `json:"id"`
	Slug  string `json:"slug"`
	Name  string `json:"name"`
	Color string `json:"color"`
}

type secretAnswer[T any] struct {
	Secret T `json:"secret"`
}

type secretsAnswer[T any] struct {
	Secrets []T `json:"secrets"`
}

func (r *row) body() rowBody {
	c := r.record()
	return rowBody{
		ID: c.ID, Version: c.Version, Type: c.Type,
		KeyCiphertext: c.Key.Ciphertext, KeyIV: c.Key.IV, KeyTag: c.Key.Tag,
		ValueCiphertext: c.Value.Ciphertext, ValueIV: c.Value.IV, ValueTag: c.Value.Tag,
		CommentCiphertext: c.Comment.Ciphertext, CommentIV: c.Comment.IV, CommentTag: c.Comment.Tag,
		ReminderNote: c.ReminderNote, ReminderRepeatDays: c.ReminderRepeatDays,
		SkipMultilineEncoding: c.SkipMultilineEncoding,
		Algorithm:             "aes-256-gcm", KeyEncoding: "utf8",
		Metadata: c.Metadata, UserID: c.UserID, FolderID: c.FolderID,
		CreatedAt: stamp(c.CreatedAt), UpdatedAt: stamp(c.UpdatedAt),
	}
}

func (r *row) named(workspace string) namedBody {
	return namedBody{r.body(), workspace, r.folder.environment.Slug}
}

func (r *row) written(workspace string) writtenBody {
	return writtenBody{r.body(), r.ID, workspace, r.folder.environment.Slug}
}

func (r *row) listed(p *project) listedBody {
	tags := []tagBody{}
	for _, t := range p.tagsOf(r) {
		tags = append(tags, tagBody(t))
	}
	return listedBody{r.written(p.ID), r.folder.path(), tags}
}

// tagsOf are the row's tags. Those of October 2024 have no names any more; the
// slug is told for one.
func (p *project) tagsOf(r *row) []Tag {
	var out []Tag
	for _, id := range r.TagIDs {
		for _, t := range p.Tags {
			if r.folder.environment.era.sinceOctober() {
				t.Name = t.Slug
			}
			if t.ID == id {
				out = append(out, t)
			}
		}
	}
	return out
}

// hasTag says whether the row has one of the tags.
func (p *project) hasTag(r *row, slugs []string) bool {
	return slices.ContainsFunc(p.tagsOf(r), func(t Tag) bool { return slices.Contains(slugs, t.Slug) })
}

func bodies(rows []*row) secretsAnswer[rowBody] {
	out := secretsAnswer[rowBody]{Secrets: []rowBody{}}
	for _, r := range rows {
		out.Secrets = append(out.Secrets, r.body())
	}
	return out
}
