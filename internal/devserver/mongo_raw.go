package devserver

// The raw endpoints of 2023 work where the bot has the project key (an E2EE
// project that was switched). Its lists fail otherwise than the rest.

type mongoRawBody struct {
	ID          string  `json:"_id"`
	Version     int     `json:"version"`
	Workspace   string  `json:"workspace"`
	Type        string  `json:"type"`
	User        *string `json:"user,omitempty"`
	Environment string  `json:"environment"`
	Key         string  `json:"secretKey"`
	Value       string  `json:"secretValue"`
	Comment     string  `json:"secretComment"`
}

func (b *bot) mongoRaw(r *row, p *project) (mongoRawBody, error) {
	out := mongoRawBody{ID: r.ID, Version: r.Version, Workspace: p.ID, Type: r.Type, User: r.UserID, Environment: r.folder.environment.Slug}
	for _, part := range []struct {
		sealed Field
		into   *string
	}{{r.Key, &out.Key}, {r.Value, &out.Value}, {r.Comment, &out.Comment}} {
		text, err := b.open(part.sealed)
		if err != nil {
			return mongoRawBody{}, mongoException("Unsupported state or unable to authenticate data")
		}
		*part.into = text
	}
	return out, nil
}

func (b *bot) mongoRawAnswer(r *row, p *project) (any, error) {
	body, err := b.mongoRaw(r, p)
	if err != nil {
		return nil, err
	}
	return secretAnswer[mongoRawBody]{body}, nil
}

// mongoRawTable is mongoTable where the bot has the key. The caller holds the lock.
func (c *call) mongoRawTable(a action, at place) (*project, *table, error) {
	p, err := c.mongoProject(at.workspace)
	if err != nil {
		return nil, nil, err
	}
	if p.bot == nil || !p.bot.active {
		return nil, nil, errMongoBad
	}
	return c.mongoTable(a, at)
}

type mongoRawImportedBody struct {
	mongoImportedBody
	Secrets []mongoRawBody `json:"secrets"`
}

// mongoListRaw takes its place from the token where none is told, by November.
// That it shows imports when they are asked for is not recorded.
func mongoListRaw(c *call) (any, error) {
	f := c.mongoForm("query")
	var at place
	if t := c.actor.token; c.server.era == Era2023November && t != nil && len(c.query) == 0 {
		at = place{workspace: t.ProjectID, environment: t.mongoScope().Environment, path: t.mongoScope().SecretPath}
	} else {
		at = c.mongoPlace(f, "secretPath")
		if err := c.mongoChecked(f); err != nil {
			return nil, err
		}
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	p, in, err := c.mongoAt(toRead, at)
	if err != nil {
		return nil, err
	}
	if p.bot == nil || !p.bot.active {
		if c.server.era == Era2023June {
			return nil, errMongoBad
		}
		return nil, mongoException("Failed to find bot key")
	}
	out := struct {
		Secrets []mongoRawBody         `json:"secrets"`
		Imports []mongoRawImportedBody `json:"imports,omitzero"`
	}{Secrets: []mongoRawBody{}}
	if in == nil {
		return out, nil
	}
	for _, r := range c.mongoShown(p.table(in, false)) {
		body, err := p.bot.mongoRaw(r, p)
		if err != nil {
			return nil, err
		}
		out.Secrets = append(out.Secrets, body)
	}
	if c.server.era == Era2023November && c.query["include_imports"] == "true" {
		out.Imports, err = p.mongoRawImported(in)
	}
	return out, err
}

func (p *project) mongoRawImported(in *folder) ([]mongoRawImportedBody, error) {
	out := []mongoRawImportedBody{}
	for _, i := range in.imports {
		source := p.mongoFolder(i.environment.Slug, i.path)
		if source == nil {
			continue
		}
		one := mongoRawImportedBody{mongoImportedBody{SecretPath: i.path, FolderID: source.id, Environment: i.environment.Slug}, []mongoRawBody{}}
		for _, r := range p.table(source, false).sorted() {
			if r.Type != "shared" {
				continue
			}
			body, err := p.bot.mongoRaw(r, p)
			if err != nil {
				return nil, err
			}
			one.Secrets = append(one.Secrets, body)
		}
		out = append(out, one)
	}
	return out, nil
}

func mongoGetRaw(c *call) (any, error) {
	f := c.mongoForm("query")
	at := c.mongoPlace(f, "secretPath")
	kind := f.secretType()
	if err := c.mongoChecked(f); err != nil {
		return nil, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	p, t, err := c.mongoRawTable(toRead, at)
	if err != nil {
		return nil, err
	}
	var rows []*row
	if c.query["type"] == nil || kind == "personal" {
		rows = c.mongoRows(t, "personal", trim(c.param))
	}
	rows = append(rows, t.shared(trim(c.param))...)
	if len(rows) == 0 {
		return nil, errMongoNoSecret
	}
	return p.bot.mongoRawAnswer(rows[0], p)
}

// mongoCreateRaw is POST of a raw secret, whose value is trimmed.
func mongoCreateRaw(c *call) (any, error) {
	f := c.mongoForm("body")
	at := c.mongoPlace(f, "secretPath")
	kind, value, comment := f.mongoType(), f.text("secretValue"), either(f.optionalText("secretComment"), new(""))
	if err := c.mongoChecked(f); err != nil {
		return nil, err
	}
	made, err := c.mongoSealedRow(at, kind, value, *comment)
	if err != nil {
		return nil, err
	}
	p, err := c.mongoInsert(at, made)
	if err != nil {
		return nil, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	return p.bot.mongoRawAnswer(made.oldest, p)
}

func (c *call) mongoSealedRow(at place, kind, value, comment string) (*row, error) {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	p, _, err := c.mongoRawTable(toCreate, at)
	if err != nil {
		return nil, err
	}
	name := trim(c.param)
	r := &row{Record: Record{
		Type: kind, Version: 1, BlindIndex: name, Key: p.bot.seal(name), Value: p.bot.seal(value), Comment: p.bot.seal(comment),
	}}
	if kind == "personal" {
		r.UserID = new(c.mongoUser())
	}
	return r, nil
}

// mongoUpdateRaw is PATCH of a raw secret: of its value.
func mongoUpdateRaw(c *call) (any, error) {
	f := c.mongoForm("body")
	value := f.text("secretValue")
	return c.mongoRawRow(f, toEdit, func(p *project, _ *table, r *row) {
		ch := change{value: p.bot.seal(value)}
		ch.apply(r)
	})
}

// mongoDeleteRaw is DELETE of a raw secret.
func mongoDeleteRaw(c *call) (any, error) {
	return c.mongoRawRow(c.mongoForm("body"), toDelete, func(_ *project, t *table, r *row) {
		delete(t.rows, r.ID)
		if c.server.era == Era2023June && r.Type == "shared" {
			t.removeNamed(r.BlindIndex)
		}
	})
}

// mongoRawRow changes the row that a call names and answers it.
func (c *call) mongoRawRow(f *form, a action, do func(*project, *table, *row)) (any, error) {
	at := c.mongoPlace(f, "secretPath")
	kind := f.mongoType()
	if err := c.mongoChecked(f); err != nil {
		return nil, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	p, t, err := c.mongoRawTable(a, at)
	if err != nil {
		return nil, err
	}
	rows := c.mongoRows(t, kind, c.param)
	if len(rows) == 0 {
		return nil, errMongoNoSecret
	}
	do(p, t, rows[0])
	return p.bot.mongoRawAnswer(rows[0], p)
}
