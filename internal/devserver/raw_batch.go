package devserver

import "strings"

// The raw batches came after May 2024: all or nothing (PROTOCOL_V3 section 4).

// rawItem is one secret of a raw batch.
type rawItem struct {
	name, kind string
	sent       rawChange
}

// rawItems reads the place and the secrets of a batch.
func (c *call) rawItems(read func(*form, *rawItem)) (place, []rawItem, error) {
	f := newForm(c.body)
	at := c.rawBatchPlace(f)
	var items []rawItem
	for _, one := range f.secrets() {
		item := rawItem{name: one.text("secretKey"), kind: "shared"}
		read(one, &item)
		items = append(items, item)
	}
	if err := f.err(); err != nil {
		return at, nil, err
	}
	if at.workspace == "" && at.slug == "" {
		return at, nil, badRequest("Must provide either project slug or projectId")
	}
	return at, items, nil
}

// createRawBatch is POST of a batch. A name twice in it makes two rows.
func createRawBatch(c *call) (any, error) {
	at, items, err := c.rawItems(func(f *form, item *rawItem) { item.sent = c.rawChange(f, true) })
	if err != nil {
		return nil, err
	}
	var rows []*row
	var bot *bot
	p, held, err := c.insertAfterCheck(at, "Create secret", func(t *table) ([]*row, error) {
		bot = t.bot
		var taken []*row
		for _, item := range items {
			if err := t.storable(item.name, "Create"); err != nil {
				return nil, err
			}
			made := item.sent.row(t.bot, item.kind, "", item.name)
			if !t.v3 {
				made.Version = 0 // as in the other batch (the server's source)
			}
			rows, taken = append(rows, made), append(taken, t.shared(item.name)...)
		}
		if t.v3 && len(taken) > 0 {
			return nil, badRequest("Secret already exist: " + names(taken))
		}
		return rows, nil
	})
	if held != nil || err != nil {
		return held, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	for i, r := range rows {
		rows[i] = r.oldest
	}
	return bot.rawAnswers(rows, p.ID)
}

// updateRawBatch is PATCH of a batch. A new name is taken, also one that another
// secret has (the server's source).
func updateRawBatch(c *call) (any, error) {
	at, items, err := c.rawItems(func(f *form, item *rawItem) { item.sent = c.rawChange(f, false) })
	if err != nil {
		return nil, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	p, t, rows, err := c.rawBatchRows(toEdit, at, items, "UpdateSecret", "Secret does not exist: ")
	if err != nil {
		return nil, err
	}
	var tags []string
	for _, item := range items {
		tags = append(tags, item.sent.rest.tags...)
	}
	if err := p.checkTags(tags, at); err != nil {
		return nil, err
	}
	if held := c.hold(p, t.folder, "shared"); held != nil {
		return held, nil
	}
	for _, item := range items {
		if err := item.sent.rest.fits(c.server.era); err != nil {
			return nil, err
		}
		if err := t.storable(*either(item.sent.rest.newName, &item.name), "Update"); err != nil {
			return nil, err
		}
	}
	for i, item := range items {
		changed := item.sent.sealed(t.bot)
		changed.apply(rows[i])
	}
	return t.bot.rawAnswers(rows, p.ID)
}

// deleteRawBatch is DELETE of a batch.
func deleteRawBatch(c *call) (any, error) {
	at, items, err := c.rawItems(func(f *form, item *rawItem) { item.kind = f.secretType() })
	if err != nil {
		return nil, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	p, t, rows, err := c.rawBatchRows(toDelete, at, items, "Delete secret", "One or more secrets does not exist: ")
	if err != nil {
		return nil, err
	}
	if held := c.hold(p, t.folder, "shared"); held != nil {
		return held, nil
	}
	answer, err := t.bot.rawAnswers(rows, p.ID)
	if err != nil {
		return nil, err
	}
	for i, r := range rows {
		t.removeOf(items[i].kind, r)
	}
	return answer, nil
}

// rawBatchRows are the items' rows, which must all be there, once each. The text
// names those that are, not what is missing (PROTOCOL_V3 section 4). The caller
// holds the lock.
func (c *call) rawBatchRows(a action, at place, items []rawItem, label, text string) (*project, *table, []*row, error) {
	p, t, err := c.writable(a, at, label)
	if err != nil {
		return nil, nil, nil, err
	}
	var rows []*row
	var missing []string
	for _, item := range items {
		if _, err := c.personal(item.kind); err != nil {
			return nil, nil, nil, err
		}
		found := t.ofType(item.kind, c.actor.userID(), item.name)
		if len(found) == 0 {
			missing = append(missing, item.name)
		}
		rows = append(rows, found...)
	}
	switch {
	case len(rows) == len(items) && len(missing) == 0:
		return p, t, rows, nil
	case t.v3:
		return nil, nil, nil, notFoundAs(text + names(rows))
	}
	return nil, nil, nil, notFound(strings.Join(missing, ","))
}

func names(rows []*row) string {
	var out []string
	for _, r := range rows {
		out = append(out, r.BlindIndex)
	}
	return strings.Join(out, ", ")
}
