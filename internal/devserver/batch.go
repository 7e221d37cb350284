package devserver

import "strings"

// createBatch is POST /api/v3/secrets/batch (PROTOCOL section 5): all or
// nothing, names that are taken are refused but a name twice in one batch is
// not, and the rows begin at version 0.
func createBatch(c *call) (any, error) {
	f := newForm(c.body)
	at := f.place()
	var rows []*row
	for _, item := range f.secrets() {
		name := item.text("secretName")
		made := item.newRow()
		made.BlindIndex = name
		rows = append(rows, made)
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	if _, held, err := c.insertAfterCheck(at, "Create secret", ready(rows...)); held != nil || err != nil {
		return held, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	// As they were inserted: somebody may have changed them since.
	for i, r := range rows {
		rows[i] = r.oldest
	}
	return bodies(rows), nil
}

// batchItem is one secret of a batch update or delete.
type batchItem struct {
	name, kind string
	change     change
}

// updateBatch is PATCH /api/v3/secrets/batch. Value and key are both required;
// names cannot be changed.
func updateBatch(c *call) (any, error) {
	f := newForm(c.body)
	at := f.place()
	var items []batchItem
	for _, item := range f.secrets() {
		items = append(items, batchItem{item.text("secretName"), item.secretType(), change{
			value: item.sealed("secretValue"), key: item.sealed("secretKey"), comment: item.optionalSealed("secretComment"),
			skip: item.skip(), tags: item.texts("tags"),
		}})
		item.metadata() // which is looked at and dropped (PROTOCOL section 22)
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	p, t, err := c.batchTable(at, items)
	if err != nil {
		return nil, err
	}
	// All items' tags are counted together, so the same tag on two of them is
	// refused (from the server's source).
	var tags []string
	for _, item := range items {
		tags = append(tags, item.change.tags...)
	}
	if err := p.checkTags(tags, at); err != nil {
		return nil, err
	}
	if held := c.hold(p, t.folder, "shared"); held != nil {
		return held, nil
	}
	for _, item := range items {
		if err := c.readable(p, at, item.change.value); err != nil {
			return nil, err
		}
	}
	var changed []*row
	for _, item := range items {
		rows := t.shared(item.name)
		for _, r := range rows {
			item.change.apply(r)
		}
		changed = append(changed, rows[0])
	}
	return bodies(changed), nil
}

// deleteBatch is DELETE /api/v3/secrets/batch.
func deleteBatch(c *call) (any, error) {
	f := newForm(c.body)
	at := f.place()
	var items []batchItem
	for _, item := range f.secrets() {
		items = append(items, batchItem{name: item.text("secretName"), kind: item.secretType()})
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	p, t, err := c.batchTable(at, items)
	if err != nil {
		return nil, err
	}
	if held := c.hold(p, t.folder, "shared"); held != nil {
		return held, nil
	}
	c.noticed(p)
	var deleted []*row
	for _, item := range items {
		deleted = append(deleted, t.shared(item.name)...)
		t.removeNamed(item.name)
	}
	return bodies(deleted), nil
}

// batchTable checks that every item is there before anything is changed. The
// caller holds the lock.
func (c *call) batchTable(at place, items []batchItem) (*project, *table, error) {
	// The server asks for the right to create here, whatever the batch does
	// (from its source); it shows in the text of the refusal only.
	p, t, err := c.writable(toCreate, at, "Update secret")
	if err != nil {
		return nil, nil, err
	}
	found, missing := map[string]bool{}, []string{}
	for _, item := range items {
		if item.kind == "personal" {
			return nil, nil, badRequest("Missing user id for personal secret")
		}
		if len(t.shared(item.name)) > 0 {
			found[item.name] = true
		} else {
			missing = append(missing, item.name)
		}
	}
	// Distinct names found are compared with items sent, so a name twice fails
	// with nothing to name (PROTOCOL section 5).
	if len(found) != len(items) {
		return nil, nil, notFound(strings.Join(missing, ","))
	}
	return p, t, nil
}
