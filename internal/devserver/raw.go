package devserver

import (
	"cmp"
	"slices"
	"strings"
)

// The raw endpoints carry plaintext (PROTOCOL section 9). They work where the
// server's bot has the project key, on the very rows that the E2EE endpoints
// show: what is written here is sealed as a client would.

// rawBody is a secret as the raw endpoints answer it. Tags, reminders, metadata
// and skipMultilineEncoding are not in it.
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
}

// rawListedBody is an item of a raw list.
type rawListedBody struct {
	rawBody
	SecretPath string `json:"secretPath"`
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
	return out, nil
}

func (b *bot) rawAnswer(r *row, workspace string) (any, error) {
	body, err := b.raw(r, workspace)
	if err != nil {
		return nil, err
	}
	return secretAnswer[rawBody]{body}, nil
}

// bot is looked for before anything else is (PROTOCOL section 9).
func (c *call) bot(at place) (*bot, error) {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	p := c.server.projects[at.workspace]
	switch {
	case p == nil || p.bot == nil:
		return nil, badRequest("failed to find bot key")
	case !p.bot.active:
		return nil, badRequest("Bot is not active")
	}
	return p.bot, nil
}

func (f *form) rawPlace() place {
	at := f.place("secretPath")
	at.raw = true
	return at
}

// rawValue is a required text, trimmed, but for one line feed at its end
// (PROTOCOL_V3 section 4).
func (f *form) rawValue() string {
	v, _ := f.value("secretValue", "string", false, false)
	s, _ := v.(string)
	if strings.HasSuffix(s, "\n") {
		return trim(s) + "\n"
	}
	return trim(s)
}

// listRaw is GET of the raw list. Unlike the other list it has an imports field
// always.
func listRaw(c *call) (any, error) {
	f := newForm(c.query)
	at := f.rawPlace()
	recursive, withImports := f.flag("recursive"), f.flag("include_imports")
	if err := f.err(); err != nil {
		return nil, err
	}
	bot, err := c.bot(at)
	if err != nil {
		return nil, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	p, folders, err := c.listedFolders(at, recursive)
	if err != nil {
		return nil, err
	}
	answer := struct {
		Secrets []rawListedBody   `json:"secrets"`
		Imports []rawImportedBody `json:"imports"`
	}{[]rawListedBody{}, []rawImportedBody{}}
	for _, folder := range folders {
		own, hide := c.shownOverrides(folder)
		for _, r := range folder.rows {
			override := own[r.BlindIndex]
			if override != r && (r.Type != "shared" || override != nil && hide) {
				continue
			}
			body, err := bot.raw(r, p.ID)
			if err != nil {
				return nil, err
			}
			answer.Secrets = append(answer.Secrets, rawListedBody{body, folder.path()})
		}
	}
	slices.SortFunc(answer.Secrets, func(a, b rawListedBody) int { return cmp.Compare(a.ID, b.ID) })
	if withImports {
		if answer.Imports, err = p.rawImports(bot, folders); err != nil {
			return nil, err
		}
	}
	return answer, nil
}

// rawImports is the imports field of a raw list. The caller holds the lock.
func (p *project) rawImports(bot *bot, folders []*folder) ([]rawImportedBody, error) {
	var imports []placedImport
	for _, f := range folders {
		imports = append(imports, placed(f)...)
	}
	found, err := p.follow(imports, 0)
	if err != nil {
		return nil, err
	}
	out := []rawImportedBody{}
	for _, one := range found {
		body := rawImportedBody{
			SecretPath: one.from.path, Environment: one.from.environment.Slug, FolderID: one.of.id, Secrets: []rawBody{},
		}
		for _, r := range one.rows {
			raw, err := bot.raw(r, "") // empty as in the other list
			if err != nil {
				return nil, err
			}
			body.Secrets = append(body.Secrets, raw)
		}
		out = append(out, body)
	}
	return out, nil
}

// getRaw is GET of a raw secret.
func getRaw(c *call) (any, error) {
	f := newForm(c.query)
	at := f.rawPlace()
	f.secretType()
	withImports := f.flag("include_imports")
	if err := f.err(); err != nil {
		return nil, err
	}
	bot, err := c.bot(at)
	if err != nil {
		return nil, err
	}
	name := trim(c.param)
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	p, err := c.allow(toRead, at)
	if err != nil {
		return nil, err
	}
	folder, err := p.secretFolder(at, "Create secret")
	if err != nil {
		return nil, err
	}
	if rows := folder.shared(name); len(rows) > 0 {
		return bot.rawAnswer(rows[0], p.ID)
	}
	if withImports {
		found, err := p.importedByName(folder, name)
		if err != nil {
			return nil, err
		}
		if found != nil {
			return bot.rawAnswer(found, p.ID)
		}
	}
	return nil, badRequest("Secret not found")
}

// createRaw is POST of a raw secret.
func createRaw(c *call) (any, error) {
	f := newForm(c.body)
	at := f.rawPlace()
	value, comment, kind := f.rawValue(), f.optionalText("secretComment"), f.secretType()
	if err := f.err(); err != nil {
		return nil, err
	}
	bot, err := c.bot(at)
	if err != nil {
		return nil, err
	}
	name := trim(c.param)
	made := &row{Record: Record{Type: kind, Version: 1, BlindIndex: name, Key: bot.seal(name), Value: bot.seal(value)}}
	made.Comment = bot.seal(*either(comment, new(""))) // a comment that is not sent is an empty one
	if kind == "personal" {
		made.UserID = new(c.actor.userID())
	}
	p, held, err := c.insertAfterCheck(at, "CreateSecret", []*row{made})
	if held != nil || err != nil {
		return held, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	// As it was inserted: somebody may have changed it since.
	return bot.rawAnswer(made.oldest, p.ID)
}

// updateRaw is PATCH of a raw secret: the value, which is required, and nothing
// else. A comment or a new name that is sent is ignored (recorded: "raw update
// comment").
func updateRaw(c *call) (any, error) {
	f := newForm(c.body)
	at := f.rawPlace()
	value, kind := f.rawValue(), f.secretType()
	if err := f.err(); err != nil {
		return nil, err
	}
	bot, err := c.bot(at)
	if err != nil {
		return nil, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	p, rows, err := c.rawRows(toEdit, at, kind)
	if err != nil {
		return nil, err
	}
	changed := change{value: bot.seal(value)}
	changed.apply(rows[0])
	return bot.rawAnswer(rows[0], p.ID)
}

// deleteRaw is DELETE of a raw secret. The answer tells what it was.
func deleteRaw(c *call) (any, error) {
	f := newForm(c.body)
	at := f.rawPlace()
	kind := f.secretType()
	if err := f.err(); err != nil {
		return nil, err
	}
	bot, err := c.bot(at)
	if err != nil {
		return nil, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	p, rows, err := c.rawRows(toDelete, at, kind)
	if err != nil {
		return nil, err
	}
	answer, err := bot.rawAnswer(rows[0], p.ID)
	switch {
	case err != nil:
	case kind == "personal":
		delete(rows[0].folder.rows, rows[0].ID)
	default:
		rows[0].folder.removeNamed(c.param)
	}
	return answer, err
}

// rawRows are the rows of the name in the URL, which is not trimmed. The caller
// holds the lock.
func (c *call) rawRows(a action, at place, kind string) (*project, []*row, error) {
	p, err := c.allow(a, at)
	if err != nil {
		return nil, nil, err
	}
	if err := p.upgrading(); err != nil {
		return nil, nil, err
	}
	folder, err := p.secretFolder(at, "CreateSecret")
	if err != nil {
		return nil, nil, err
	}
	if _, err := c.personal(kind); err != nil {
		return nil, nil, err
	}
	rows := folder.ofType(kind, c.actor.userID(), c.param)
	if len(rows) == 0 {
		return nil, nil, notFound(c.param)
	}
	return p, rows, nil
}
