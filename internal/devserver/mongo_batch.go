package devserver

// Batches came by October 2023. Each item needs its type, and of all the shapes
// of answers none is the other's.

// mongoCreateBatch makes all or none; a name twice in it makes two rows.
func mongoCreateBatch(c *call) (any, error) {
	f := c.mongoForm("body")
	at := c.mongoPlace(f, "secretPath")
	var rows []*row
	for _, item := range f.secrets() {
		name := item.text("secretName")
		made := c.mongoNew(item, item.mongoType())
		made.BlindIndex = name
		rows = append(rows, made)
	}
	if err := c.mongoChecked(f); err != nil {
		return nil, err
	}
	p, err := c.mongoInsert(at, rows...)
	if err != nil {
		return nil, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	out := secretsAnswer[mongoSecretBody]{}
	for _, r := range rows {
		body := r.oldest.mongo(p)
		body.BlindIndex = blindIndex(r.oldest.BlindIndex)
		out.Secrets = append(out.Secrets, body)
	}
	return out, nil
}

// mongoUpdateBatch changes all or none and answers an empty object. That the
// sealed name need not be sent is recorded, that it is kept is not.
func mongoUpdateBatch(c *call) (any, error) {
	f := c.mongoForm("body")
	at := c.mongoPlace(f, "secretPath")
	var items []batchItem
	for _, item := range f.secrets() {
		items = append(items, batchItem{item.text("secretName"), item.mongoType(), change{
			value: item.sealed("secretValue"), key: item.optionalSealed("secretKey"), comment: item.optionalSealed("secretComment"),
			skip: item.skip(), tags: item.texts("tags"),
		}})
	}
	if err := c.mongoChecked(f); err != nil {
		return nil, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	_, t, err := c.mongoTable(toEdit, at)
	if err != nil {
		return nil, err
	}
	for _, item := range items {
		if len(c.mongoRows(t, item.kind, item.name)) == 0 {
			return nil, errMongoBad
		}
	}
	for _, item := range items {
		for _, r := range c.mongoRows(t, item.kind, item.name) {
			item.change.apply(r)
		}
	}
	return struct{}{}, nil
}

// mongoDeleteBatch removes all rows of each name and type, and takes no notice
// of names that are missing.
func mongoDeleteBatch(c *call) (any, error) {
	f := c.mongoForm("body")
	at := c.mongoPlace(f, "secretPath")
	var items []batchItem
	for _, item := range f.secrets() {
		items = append(items, batchItem{name: item.text("secretName"), kind: item.mongoType()})
	}
	if err := c.mongoChecked(f); err != nil {
		return nil, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	_, t, err := c.mongoTable(toDelete, at)
	if err != nil {
		return nil, err
	}
	type gone struct {
		ID string `json:"_id"`
	}
	out := []gone{}
	for _, item := range items {
		for _, r := range c.mongoRows(t, item.kind, item.name) {
			out = append(out, gone{r.ID})
			delete(t.rows, r.ID)
		}
	}
	return map[string]any{"secrets": map[string]any{"secrets": out}}, nil
}
