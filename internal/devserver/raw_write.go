package devserver

// createRaw is POST of a raw secret.
func createRaw(c *call) (any, error) {
	f := newForm(c.body)
	at := c.rawPlace(f)
	kind, sent := f.secretType(), c.rawChange(f, true)
	if err := f.err(); err != nil {
		return nil, err
	}
	var made *row
	var bot *bot
	p, held, err := c.insertAfterCheck(at, c.rawLabel("Create secret"), func(t *table) ([]*row, error) {
		if err := sent.rest.fits(c.server.era); err != nil {
			return nil, err
		}
		name := trim(c.param)
		bot, made = t.bot, sent.row(t.bot, kind, c.actor.userID(), name)
		return []*row{made}, t.storable(name, "Find one")
	})
	if held != nil || err != nil {
		return held, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	// As it was inserted: somebody may have changed it since.
	return bot.rawAnswer(made.oldest, p.ID)
}

// updateRaw is PATCH of a raw secret. A comment that is not sent is kept, but of
// version 3 the answer shows an empty one (PROTOCOL_V3 section 4).
func updateRaw(c *call) (any, error) {
	f := newForm(c.body)
	at := c.rawPlace(f)
	kind, sent := f.secretType(), c.rawChange(f, false)
	if err := f.err(); err != nil {
		return nil, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	p, t, rows, err := c.rawRows(toEdit, at, kind, c.rawLabel("UpdateSecret"))
	if err != nil {
		return nil, err
	}
	if sent.rest.newName != nil {
		if err := t.renamable(kind, *sent.rest.newName); err != nil {
			return nil, err
		}
	}
	if err := p.checkTags(sent.rest.tags, at); err != nil {
		return nil, err
	}
	if held := c.hold(p, t.folder, kind); held != nil {
		return held, nil
	}
	if err := sent.rest.fits(c.server.era); err != nil {
		return nil, err
	}
	changed := sent.sealed(t.bot)
	changed.apply(rows[0])
	body, err := t.bot.raw(rows[0], p.ID)
	if err != nil {
		return nil, err
	}
	if t.v3 && sent.comment == nil {
		body.Comment = ""
	}
	return secretAnswer[rawBody]{body}, nil
}

// renamable: a secret's own name is taken as well, by itself.
func (t *table) renamable(kind, name string) error {
	switch {
	case kind == "personal":
		return errRename
	case len(t.shared(name)) == 0:
		return t.storable(name, "Find one")
	case t.v3:
		return badRequest("Secret with the new name already exist")
	}
	return errExists
}

// deleteRaw is DELETE of a raw secret, of all rows of its name. The answer tells
// what one of them was.
func deleteRaw(c *call) (any, error) {
	f := newForm(c.body)
	at := c.rawPlace(f)
	kind := f.secretType()
	if err := f.err(); err != nil {
		return nil, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	p, t, rows, err := c.rawRows(toDelete, at, kind, c.rawLabel("Delete secret"))
	if err != nil {
		return nil, err
	}
	if held := c.hold(p, t.folder, kind); held != nil {
		return held, nil
	}
	answer, err := t.bot.rawAnswer(rows[0], p.ID)
	if err == nil {
		t.removeOf(kind, rows[0])
	}
	return answer, err
}

// removeOf removes a personal row alone, or all of a shared one's name.
func (t *table) removeOf(kind string, r *row) {
	if kind == "personal" {
		delete(t.rows, r.ID)
	} else {
		t.removeNamed(r.BlindIndex)
	}
}

// rawLabel is the label of a failure, which of May 2024 is one for all.
func (c *call) rawLabel(october string) string {
	if c.server.era.sinceOctober() {
		return october
	}
	return "CreateSecret"
}

// rawRows are the rows of the name in the URL. The caller holds the lock.
func (c *call) rawRows(a action, at place, kind, label string) (*project, *table, []*row, error) {
	p, t, err := c.writable(a, at, label)
	if err != nil {
		return nil, nil, nil, err
	}
	if _, err := c.personal(kind); err != nil {
		if t.v3 && a == toDelete {
			err = badRequest("Must be user to delete personal secret")
		}
		return nil, nil, nil, err
	}
	name := c.rawName()
	if err := t.storable(name, "Find one"); err != nil {
		return nil, nil, nil, err
	}
	rows := t.ofType(kind, c.actor.userID(), name)
	switch {
	case len(rows) > 0:
		return p, t, rows, nil
	case t.v3:
		return nil, nil, nil, badRequest("Secret not found")
	}
	return nil, nil, nil, notFound(name)
}
