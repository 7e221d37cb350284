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
	at := f.place()
	kind := f.secretType()
	withImports, old := f.flag("include_imports"), f.queryNumber("version")
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
	t, err := p.secretTable(at, "Create secret")
	if err != nil {
		return nil, err
	}
	if c.actor.token != nil {
		kind = "shared"
	}
	if rows := t.ofType(kind, c.actor.userID(), name); len(rows) > 0 {
		found := rows[0]
		if old {
			found = found.oldest
		}
		return secretAnswer[namedBody]{found.named(p.ID)}, nil
	}
	if withImports {
		found, err := p.importedByName(t.folder, false, name)
		if err != nil {
			return nil, err
		}
		if found != nil {
			return secretAnswer[namedBody]{found.named(p.ID)}, nil
		}
	}
	return nil, badRequest("Secret not found")
}

// createSecret is POST by name. It trims the name.
func createSecret(c *call) (any, error) {
	f := newForm(c.body)
	at := f.place()
	kind := f.secretType()
	made := f.newRow()
	if err := f.err(); err != nil {
		return nil, err
	}
	if err := (&change{metadata: made.Metadata}).fits(c.server.era); err != nil {
		return nil, err
	}
	made.Version, made.BlindIndex, made.Type = 1, trim(c.param), kind
	if kind == "personal" {
		made.UserID = new(c.actor.userID())
	}
	p, held, err := c.insertAfterCheck(at, "CreateSecret", ready(made))
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
	r.Metadata = f.metadata()
	if skip := f.skip(); skip != nil {
		r.SkipMultilineEncoding = *skip
	}
	return r
}

// draft makes the rows of a create when their table is known.
type draft func(*table) ([]*row, error)

func ready(rows ...*row) draft {
	return func(*table) ([]*row, error) { return rows, nil }
}

// insertAfterCheck looks whether the names are free and then, in a critical
// section of its own, inserts the rows. There is no unique index, so of two
// creates at the same time both may succeed (PROTOCOL section 12); and a batch
// with a name twice makes two rows (section 5). With an approval nothing was
// inserted.
func (c *call) insertAfterCheck(at place, label string, rows draft) (*project, *approvalAnswer, error) {
	to, err := c.checkFree(at, label, rows)
	if to.held != nil || err != nil {
		return nil, to.held, err
	}
	c.server.gap()
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	made := now()
	if to.table.gone() || c.server.projects[to.project.ID] != to.project {
		return nil, nil, database("Create")
	}
	for _, r := range to.rows {
		r.ID, r.WorkspaceID, r.CreatedAt, r.UpdatedAt = c.server.era.newID(), to.project.ID, made, made
		to.table.insert(r)
	}
	return to.project, nil, nil
}

// insertion is a create that passed its checks, and may have to wait.
type insertion struct {
	project *project
	table   *table
	rows    []*row
	held    *approvalAnswer
}

func (c *call) checkFree(at place, label string, rows draft) (to insertion, err error) {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	if to.project, to.table, err = c.writable(toCreate, at, label); err != nil {
		return to, err
	}
	if to.rows, err = rows(to.table); err != nil {
		return to, err
	}
	for _, r := range to.rows {
		if err := c.free(to.table, r); err != nil {
			return to, err
		}
		if at.raw && c.server.era.since2026() {
			value, _ := to.table.bot.open(r.Value)
			if err := to.project.accepts(r.BlindIndex, true, &value); err != nil {
				return to, err
			}
		}
	}
	for _, r := range to.rows {
		if err := to.project.checkTags(r.TagIDs, at); err != nil {
			return to, err
		}
		if err := c.readable(to.project, at, r.Value); err != nil {
			return to, err
		}
	}
	to.held = c.hold(to.project, to.table.folder, to.rows[0].Type)
	return to, nil
}

// deleteSecret is DELETE by name, with a body and without trimming the name. It
// removes all rows of the name, personal overrides included, and answers one; or
// the user's override alone, whose absence is an exception (PROTOCOL section 11).
func deleteSecret(c *call) (any, error) {
	f := newForm(c.body)
	at := f.place()
	kind := f.secretType()
	if err := f.err(); err != nil {
		return nil, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	p, t, err := c.writable(toDelete, at, "CreateSecret")
	if err != nil {
		return nil, err
	}
	personal, err := c.personal(kind)
	if err != nil {
		return nil, err
	}
	rows := t.shared(c.param)
	if len(rows) == 0 {
		return nil, notFound(c.param)
	}
	if held := c.hold(p, t.folder, kind); held != nil {
		return held, nil
	}
	c.noticed(p)
	if personal {
		if rows = t.ofType(kind, c.actor.userID(), c.param); len(rows) == 0 {
			return nil, internal("Cannot read properties of undefined (reading 'id')")
		}
		delete(t.rows, rows[0].ID)
	} else {
		t.removeNamed(c.param)
	}
	return secretAnswer[writtenBody]{rows[0].written(p.ID)}, nil
}

// writable is the table for a change of secrets. The caller holds the lock.
func (c *call) writable(a action, at place, label string) (*project, *table, error) {
	p, err := c.allow(a, at)
	if err != nil {
		return nil, nil, err
	}
	if err := p.upgrading(); err != nil {
		return nil, nil, err
	}
	t, err := p.secretTable(at, label)
	if err != nil {
		return nil, nil, err
	}
	return p, t, nil
}
