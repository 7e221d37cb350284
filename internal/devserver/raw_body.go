package devserver

import "encoding/json"

// The raw endpoints carry plaintext (PROTOCOL section 9, PROTOCOL_V3 section 4).
// They work where the server's bot has the project key, on the very rows that the
// E2EE endpoints show: what is written there is sealed as a client would. In a
// project of version 3 they have a table of their own.

// rawBody is a secret as the raw endpoints answer it.
type rawBody struct {
	ID          string `json:"id"`
	MongoID     string `json:"_id"`
	Workspace   string `json:"workspace"`
	Environment string `json:"environment"`
	Version     int    `json:"version"`
	Type        string `json:"type"`
	Key         string `json:"secretKey"`
	Value       string `json:"secretValue"`
	Comment     string `json:"secretComment"`
	// Came between May and October 2024.
	*rawFlagsBody
	*rawMoreBody
	*rawLaterBody
	SecretPath string          `json:"secretPath,omitempty"`    // in lists
	Tags       []tagBody       `json:"tags,omitzero"`           // in reads
	Entries    []MetadataEntry `json:"secretMetadata,omitzero"` // in reads since 2026
}

type rawFlagsBody struct {
	SkipMultilineEncoding *bool           `json:"skipMultilineEncoding"` // null came after October 2024
	Metadata              json.RawMessage `json:"metadata,omitempty"`    // of October 2024, always null
}

// rawLaterBody came after October 2024. A honey token looks like any other
// secret.
type rawLaterBody struct {
	ValueHidden *bool   `json:"secretValueHidden,omitempty"` // not in answers to creates
	Rotated     bool    `json:"isRotatedSecret"`
	RotationID  *string `json:"rotationId"`
	Actor       any     `json:"actor"`
}

// rawMoreBody is not in what imports bring in.
type rawMoreBody struct {
	ReminderNote       *string `json:"secretReminderNote"`
	ReminderRepeatDays *int    `json:"secretReminderRepeatDays"`
	CreatedAt          stamp   `json:"createdAt"`
	UpdatedAt          stamp   `json:"updatedAt"`
}

type rawImportedBody struct {
	SecretPath  string    `json:"secretPath"`
	Environment string    `json:"environment"`
	FolderID    string    `json:"folderId"`
	Secrets     []rawBody `json:"secrets"`
}

// raw opens the row.
func (b *bot) raw(r *row, workspace string) (rawBody, error) {
	out := rawBody{
		ID: r.ID, MongoID: r.ID, Workspace: workspace, Environment: r.folder.environment.Slug,
		Version: r.Version, Type: r.Type,
	}
	for _, part := range []struct {
		sealed Field
		into   *string
	}{{r.Key, &out.Key}, {r.Value, &out.Value}, {r.Comment, &out.Comment}} {
		text, err := b.open(part.sealed)
		if err != nil {
			return rawBody{}, err
		}
		*part.into = text
	}
	if r.folder.environment.era.sinceOctober() {
		out.rawFlagsBody = &rawFlagsBody{SkipMultilineEncoding: &r.SkipMultilineEncoding, Metadata: json.RawMessage("null")}
		out.rawMoreBody = &rawMoreBody{r.ReminderNote, r.ReminderRepeatDays, stamp(r.CreatedAt), stamp(r.UpdatedAt)}
	}
	if r.folder.environment.era.since2026() {
		// Reminders have a table of their own, which answers to writes do not
		// look at.
		out.rawLaterBody, out.Metadata, out.ReminderNote, out.ReminderRepeatDays = &rawLaterBody{ValueHidden: new(bool), Rotated: r.Rotated}, nil, nil, nil
		if r.skipUnset {
			out.SkipMultilineEncoding = nil
		}
	}
	return out, nil
}

// rawRead is the row as a read shows it: of October 2024 with its tags.
func (p *project) rawRead(b *bot, r *row) (rawBody, error) {
	body, err := b.raw(r, p.ID)
	if err == nil && r.folder.environment.era.sinceOctober() {
		body.Tags = []tagBody{}
		for _, t := range p.tagsOf(r) {
			body.Tags = append(body.Tags, tagBody(t))
		}
		body.ReminderNote, body.ReminderRepeatDays = r.ReminderNote, r.ReminderRepeatDays
	}
	if err == nil && r.folder.environment.era.since2026() {
		body.Entries = r.entries()
	}
	return body, err
}

func (b *bot) rawAnswer(r *row, workspace string) (any, error) {
	body, err := b.raw(r, workspace)
	if err != nil {
		return nil, err
	}
	return secretAnswer[rawBody]{body}, nil
}

func (b *bot) rawAnswers(rows []*row, workspace string) (any, error) {
	out := secretsAnswer[rawBody]{Secrets: []rawBody{}}
	for _, r := range rows {
		body, err := b.raw(r, workspace)
		if err != nil {
			return nil, err
		}
		out.Secrets = append(out.Secrets, body)
	}
	return out, nil
}

// rawImports is the imports field of a raw list. The caller holds the lock.
func (p *project) rawImports(folders []*folder, show showing) ([]rawImportedBody, error) {
	found, err := p.follow(placed(folders...), true, 0)
	if err != nil {
		return nil, err
	}
	out := []rawImportedBody{}
	for _, one := range found {
		body := rawImportedBody{
			SecretPath: one.from.path, Environment: one.from.environment.Slug, FolderID: one.of.id, Secrets: []rawBody{},
		}
		for _, r := range one.rows {
			raw, err := p.table(one.of, true).bot.raw(r, "") // empty as in the other list
			if err != nil {
				return nil, err
			}
			raw.rawMoreBody = nil
			if r.folder.environment.era.since2026() {
				raw.Entries = r.entries()
				p.show(&raw, r.folder, show)
			}
			body.Secrets = append(body.Secrets, raw)
		}
		out = append(out, body)
	}
	return out, nil
}
