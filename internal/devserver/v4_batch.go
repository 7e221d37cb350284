package devserver

import (
	"cmp"
	"slices"
	"strings"
)

// Batches of 2026, for both addresses; see v4_read.go. Each is one transaction
// without an upper bound (PROTOCOL_V4 section 1.3).

// itemV4 is one secret of a batch.
type itemV4 struct {
	name, kind string
	path       string // of an update; "" is the batch's
	sent       rawChange
}

// itemsV4 reads the place and the secrets of a batch.
func (c *call) itemsV4(f *form, read func(*form, *itemV4)) (place, []itemV4, error) {
	at := c.rawBatchPlace(f)
	var items []itemV4
	for _, one := range f.secrets() {
		item := itemV4{name: one.text("secretKey"), kind: "shared"}
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

// createManyV4 is POST of a batch. Of a name twice in it the last counts.
func createManyV4(c *call) (any, error) {
	f := newForm(c.body)
	at, items, err := c.itemsV4(f, func(one *form, item *itemV4) {
		checkName(one, "secretKey", item.name)
		item.sent = one.changeV4(new(one.rawValue()))
		item.sent.rest.nullishSkip(one)
	})
	if err != nil {
		return nil, err
	}
	last := map[string]int{}
	for i, item := range items {
		last[item.name] = i
	}
	var rows []*row
	var bot *bot
	p, held, err := c.insertAfterCheck(at, "CreateManySecret", func(t *table) ([]*row, error) {
		bot = t.bot
		var taken []*row
		for i, item := range items {
			if err := cmp.Or(t.storable(item.name, "Create"), item.sent.rest.fits(c.server.era)); err != nil {
				return nil, err
			}
			taken = append(taken, t.shared(item.name)...)
			if last[item.name] == i {
				rows = append(rows, item.sent.row(t.bot, item.kind, "", item.name))
			}
		}
		if len(taken) > 0 {
			return nil, badRequest("Secret already exists: " + strings.ReplaceAll(names(taken), ", ", ","))
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
	return bot.manyV4(rows, p.ID, true)
}

// manyV4 is the answer to a batch, in the order of the database.
func (b *bot) manyV4(rows []*row, workspace string, created bool) (any, error) {
	rows = slices.SortedFunc(slices.Values(rows), func(a, b *row) int { return cmp.Compare(a.ID, b.ID) })
	out := secretsAnswer[rawBody]{Secrets: []rawBody{}}
	for _, r := range rows {
		body, err := b.raw(r, workspace)
		if err != nil {
			return nil, err
		}
		if created && body.rawLaterBody != nil {
			body.ValueHidden = nil
		}
		out.Secrets = append(out.Secrets, body)
	}
	return out, nil
}

// The modes of PATCH: what becomes of items that do not exist.
const (
	failOnNotFound = "failOnNotFound"
	ignoreNotFound = "ignore"
	upsert         = "upsert"
)

// updateManyV4 is PATCH of a batch. Items may name folders of their own.
func updateManyV4(c *call) (any, error) {
	f := newForm(c.body)
	mode := f.choice("mode", failOnNotFound, upsert, ignoreNotFound, failOnNotFound)
	at, items, err := c.itemsV4(f, func(one *form, item *itemV4) {
		checkName(one, "secretKey", item.name)
		item.sent = one.changeV4(one.optionalRawValue())
		item.sent.rest.skip, item.sent.rest.newName = one.skip(), one.newNameV4()
		item.sent.rest.reminderV4(one)
		if one.optionalText("secretPath") != nil {
			item.path = one.folderPath("secretPath")
		}
	})
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(items, func(a, b itemV4) int { return cmp.Compare(a.name, b.name) })
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	p, err := c.projectAt(at)
	if err != nil {
		return nil, err
	}
	if p.environment(at.environment) == nil && c.actor.token == nil {
		return nil, notFoundAs("Environment with slug '" + at.environment + "' in project with ID '" + p.ID + "' not found")
	}
	var paths []string
	byPath := map[string][]itemV4{}
	for _, item := range items {
		path := cmp.Or(item.path, at.path)
		if byPath[path] == nil {
			paths = append(paths, path)
		}
		byPath[path] = append(byPath[path], item)
	}
	var all []plannedV4
	for _, path := range paths {
		there := at
		there.path = path
		planned, held, err := c.planV4(there, byPath[path], mode)
		if held != nil || err != nil {
			return held, err
		}
		all = append(all, planned...)
	}
	var rows []*row
	for _, one := range all {
		rows = append(rows, one.carryOut(c, p))
	}
	return p.table(p.environments[0].root, true).bot.manyV4(rows, p.ID, false)
}

// plannedV4 is an item that passed every check; the row is nil for one that is
// to be created.
type plannedV4 struct {
	item  itemV4
	table *table
	row   *row
}

// planV4 checks the items of one folder. The caller holds the lock.
func (c *call) planV4(at place, items []itemV4, mode string) ([]plannedV4, *approvalAnswer, error) {
	p, t, err := c.writable(toEdit, at, "UpdateManySecret")
	if err != nil {
		return nil, nil, err
	}
	var out []plannedV4
	var tags, missing, taken []string
	for _, item := range items {
		rows := t.shared(item.name)
		switch {
		case len(rows) > 0:
			out = append(out, plannedV4{item, t, rows[0]})
		case mode == upsert:
			out = append(out, plannedV4{item, t, nil})
		default:
			missing = append(missing, item.name)
			continue
		}
		if err := p.accepts(*either(item.sent.rest.newName, &item.name), len(rows) == 0 || item.sent.rest.newName != nil, item.sent.value); err != nil {
			return nil, nil, err
		}
		if err := item.sent.rest.fits(c.server.era); err != nil {
			return nil, nil, err
		}
		tags = append(tags, item.sent.rest.tags...)
		if to := item.sent.rest.newName; to != nil && len(t.shared(*to)) > 0 {
			taken = append(taken, *to)
		}
	}
	if mode == failOnNotFound && len(missing) > 0 {
		return nil, nil, notFoundAs("Secret does not exist: " + strings.Join(missing, ", ") + " in path " + at.path)
	}
	if err := p.checkTags(tags, at); err != nil {
		return nil, nil, err
	}
	if len(taken) > 0 {
		return nil, nil, badRequest("Secret with new name already exists: " + strings.Join(taken, ", "))
	}
	return out, c.hold(p, t.folder, "shared"), nil
}

// carryOut changes or creates the row. Value and name of a secret that the
// server itself manages are dropped without a word.
func (one plannedV4) carryOut(c *call, p *project) *row {
	sent := one.item.sent
	if one.row == nil {
		made := sent.row(one.table.bot, "shared", "", one.item.name)
		made.ID, made.WorkspaceID, made.CreatedAt = c.server.era.newID(), p.ID, now()
		one.table.insert(made)
		return made
	}
	if one.row.Rotated || one.row.HoneyToken {
		sent.value, sent.rest.newName = nil, nil
	}
	was := one.row.BlindIndex
	changed := sent.sealed(one.table.bot)
	changed.apply(one.row)
	p.rewriteReferences(one.table, was, one.row.BlindIndex)
	return one.row
}

// deleteManyV4 is DELETE of a batch. The answer also holds the personal rows that
// go along.
func deleteManyV4(c *call) (any, error) {
	f := newForm(c.body)
	at, items, err := c.itemsV4(f, func(one *form, item *itemV4) { item.kind = one.secretType() })
	if err != nil {
		return nil, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	p, t, err := c.writable(toDelete, at, "DeleteManySecret")
	if err != nil {
		return nil, err
	}
	var found []*row
	named := map[string]bool{}
	for _, item := range items {
		if _, err := c.personal(item.kind); err != nil {
			return nil, err
		}
		rows := t.ofType(item.kind, c.actor.userID(), item.name)
		if len(rows) > 0 {
			named[item.name] = true
		}
		found = append(found, rows...)
	}
	if len(named) != len(items) {
		return nil, notFoundAs("One or more secrets does not exist: " + names(found)) // which names those that do
	}
	var gone []*row
	for i, item := range items {
		for _, r := range t.sorted() {
			if r.BlindIndex != item.name || items[i].kind == "personal" && !slices.Contains(found, r) {
				continue
			}
			if err := r.deletable(); err != nil {
				return nil, err
			}
			gone = append(gone, r)
		}
	}
	if held := c.hold(p, t.folder, "shared"); held != nil {
		return held, nil
	}
	answer, err := t.bot.manyV4(gone, p.ID, false)
	if err == nil {
		for _, r := range gone {
			delete(t.rows, r.ID)
		}
	}
	return answer, err
}
