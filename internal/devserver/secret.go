package devserver

// sealed reads a text's three required parts.
func (f *form) sealed(field string) Field {
	c, iv, tag := f.text(field+"Ciphertext"), f.text(field+"IV"), f.text(field+"Tag")
	return Field{&c, &iv, &tag}
}

// optionalSealed reads three parts that may be missing, each by itself.
func (f *form) optionalSealed(field string) Field {
	return Field{f.optionalText(field + "Ciphertext"), f.optionalText(field + "IV"), f.optionalText(field + "Tag")}
}

// over is the field with the parts that were sent, the others kept.
func (f Field) over(old Field) Field {
	return Field{either(f.Ciphertext, old.Ciphertext), either(f.IV, old.IV), either(f.Tag, old.Tag)}
}

func either[T any](sent, kept *T) *T {
	if sent != nil {
		return sent
	}
	return kept
}

var errExists = badRequest("Secret already exist")

func notFound(name string) error {
	return badRequest("Secret not found: blind index " + name)
}

// getSecret is GET by name (PROTOCOL section 4). It trims the name. A type of
// "personal" answers a service token the shared one.
func getSecret(c *call) (any, error) {
	f := newForm(c.query)
	at := f.place("secretPath")
	kind := f.secretType()
	withImports, old := f.flag("include_imports"), f.queryNumber("version")
	if c.server.era == Era2023 && f.values["include_imports"] == nil {
		withImports = true // (PROTOCOL section 21)
	}
	if err := f.err(); err != nil {
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
	if own := c.personalFirst(folder, name, kind); own != nil {
		return secretAnswer[namedBody]{own.named(p.ID)}, nil
	}
	if c.actor.token != nil {
		kind = "shared"
	}
	if rows := folder.ofType(kind, c.actor.userID(), name); len(rows) > 0 {
		found := rows[0]
		if old {
			found = found.oldest
		}
		return secretAnswer[namedBody]{found.named(p.ID)}, nil
	}
	if withImports {
		found, err := p.importedByName(folder, name)
		if err != nil {
			return nil, err
		}
		if found != nil {
			return secretAnswer[namedBody]{found.named(p.ID)}, nil
		}
	}
	return nil, badRequest("Secret not found")
}

// personalFirst is what servers of 2023 answer to a read without a type: the
// personal secret of the user, or of whoever made the token, if there is one
// (PROTOCOL section 21).
func (c *call) personalFirst(f *folder, name, kind string) *row {
	if _, typed := c.query["type"]; c.server.era != Era2023 || typed && kind == "shared" {
		return nil
	}
	own, _ := c.shownOverrides(f)
	return own[name]
}

// createSecret is POST by name. It trims the name.
func createSecret(c *call) (any, error) {
	f := newForm(c.body)
	at := f.place("secretPath")
	kind := f.secretType()
	made := f.newRow()
	if err := f.err(); err != nil {
		return nil, err
	}
	made.Version, made.BlindIndex, made.Type = 1, trim(c.param), kind
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
	return secretAnswer[writtenBody]{made.oldest.written(p.ID)}, nil
}

// newRow reads the fields of a new shared secret.
func (f *form) newRow() *row {
	r := &row{Record: Record{Type: "shared"}}
	r.Key, r.Value, r.Comment = f.sealed("secretKey"), f.sealed("secretValue"), f.optionalSealed("secretComment")
	r.Metadata = f.textMap("metadata")
	if skip := f.boolean("skipMultilineEncoding"); skip != nil {
		r.SkipMultilineEncoding = *skip
	}
	return r
}

// insertAfterCheck looks whether the names are free and then, in a critical
// section of its own, inserts the rows. There is no unique index, so of two
// creates at the same time both may succeed (PROTOCOL section 12); and a batch
// with a name twice makes two rows (section 5). With an approval nothing was
// inserted.
func (c *call) insertAfterCheck(at place, label string, rows []*row) (*project, *approvalAnswer, error) {
	p, folder, held, err := c.checkFree(at, label, rows)
	if held != nil || err != nil {
		return nil, held, err
	}
	c.server.gap()
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	t := now()
	if folder.gone() || c.server.projects[p.ID] != p {
		return nil, nil, database("Create")
	}
	for _, r := range rows {
		r.ID, r.WorkspaceID, r.CreatedAt, r.UpdatedAt = c.server.era.newID(), p.ID, t, t
		folder.insert(r)
	}
	return p, nil, nil
}

func (c *call) checkFree(at place, label string, rows []*row) (*project, *folder, *approvalAnswer, error) {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	p, folder, err := c.writable(toCreate, at, label)
	if err != nil {
		return nil, nil, nil, err
	}
	for _, r := range rows {
		if err := c.free(folder, r); err != nil {
			return nil, nil, nil, err
		}
	}
	return p, folder, c.hold(p, folder, rows[0].Type), nil
}

// deleteSecret is DELETE by name, with a body and without trimming the name. It
// removes all rows of the name, personal overrides included, and answers one; or
// the user's override alone, whose absence is an exception (PROTOCOL section 11).
func deleteSecret(c *call) (any, error) {
	f := newForm(c.body)
	at := f.place("secretPath")
	kind := f.secretType()
	if err := f.err(); err != nil {
		return nil, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	p, folder, err := c.writable(toDelete, at, "CreateSecret")
	if err != nil {
		return nil, err
	}
	personal, err := c.personal(kind)
	if err != nil {
		return nil, err
	}
	rows := folder.shared(c.param)
	if len(rows) == 0 {
		return nil, notFound(c.param)
	}
	if held := c.hold(p, folder, kind); held != nil {
		return held, nil
	}
	if personal {
		if rows = folder.ofType(kind, c.actor.userID(), c.param); len(rows) == 0 {
			return nil, internal("Cannot read properties of undefined (reading 'id')")
		}
		delete(folder.rows, rows[0].ID)
	} else {
		folder.removeNamed(c.param)
	}
	return secretAnswer[writtenBody]{rows[0].written(p.ID)}, nil
}

// writable is the folder for a change of existing secrets. The caller holds the
// lock.
func (c *call) writable(a action, at place, label string) (*project, *folder, error) {
	p, err := c.allow(a, at)
	if err != nil {
		return nil, nil, err
	}
	if err := p.upgrading(); err != nil {
		return nil, nil, err
	}
	folder, err := p.secretFolder(at, label)
	if err != nil {
		return nil, nil, err
	}
	return p, folder, nil
}

func (f *folder) removeNamed(name string) {
	for id, r := range f.rows {
		if r.BlindIndex == name {
			delete(f.rows, id)
		}
	}
}
