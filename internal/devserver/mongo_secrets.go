package devserver

import (
	"slices"
	"strings"
)

// mongoAt is the project and the folder of a call that may do this there. By
// November a folder that is missing is nil; in June it is refused as what a token
// may not see, which is all that was recorded. The caller holds the lock.
func (c *call) mongoAt(a action, at place) (*project, *folder, error) {
	p, err := c.mongoProject(at.workspace)
	if err != nil {
		return nil, nil, err
	}
	if !c.mongoMay(a, at) {
		return nil, nil, errMongoUnauthorized
	}
	f := p.mongoFolder(at.environment, at.path)
	if f == nil && c.server.era == Era2023June {
		return nil, nil, errMongoUnauthorized
	}
	return p, f, nil
}

// mongoTable is the table of a call by name or a batch. The caller holds the lock.
func (c *call) mongoTable(a action, at place) (*project, *table, error) {
	p, f, err := c.mongoAt(a, at)
	if err == nil && f == nil {
		err = errMongoNoFolder
	}
	if err != nil {
		return nil, nil, err
	}
	return p, p.table(f, false), nil
}

// mongoKnown refuses a project that is missing or another's. November does so
// before it validates the rest. The caller does not hold the lock.
func (c *call) mongoKnown(f *form) error {
	if c.server.era == Era2023June {
		return nil
	}
	workspace, _ := f.values["workspaceId"].(string)
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	_, err := c.mongoProject(trim(workspace))
	return err
}

// mongoChecked is what a call asks for, once it is valid.
func (c *call) mongoChecked(f *form) error {
	if err := c.mongoKnown(f); err != nil {
		return err
	}
	return c.invalid(f)
}

// mongoRows are the rows of a name: the shared ones, or the actor's own.
func (c *call) mongoRows(t *table, kind, name string) []*row {
	return t.ofType(kind, c.mongoUser(), name)
}

// mongoShown are what a list shows: the actor's personal secrets and then the
// shared ones, none of which they hide.
func (c *call) mongoShown(t *table) []*row {
	user := c.mongoUser()
	var own, shared []*row
	for _, r := range t.sorted() {
		switch {
		case r.Type == "shared":
			shared = append(shared, r)
		case r.UserID != nil && *r.UserID == user:
			own = append(own, r)
		}
	}
	return append(own, shared...)
}

// mongoList is GET /api/v3/secrets. It knows no recursion; by November it shows
// imports when they are asked for, and of a missing folder nothing.
func mongoList(c *call) (any, error) {
	f := c.mongoForm("query")
	at := c.mongoPlace(f, "secretPath")
	if err := c.mongoChecked(f); err != nil {
		return nil, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	p, in, err := c.mongoAt(toRead, at)
	if err != nil {
		return nil, err
	}
	answer := struct {
		Secrets []mongoSecretBody   `json:"secrets"`
		Imports []mongoImportedBody `json:"imports,omitzero"`
	}{Secrets: []mongoSecretBody{}}
	if in == nil {
		return answer, nil
	}
	for _, r := range c.mongoShown(p.table(in, false)) {
		answer.Secrets = append(answer.Secrets, r.mongo(p))
	}
	if c.server.era == Era2023November && c.query["include_imports"] == "true" {
		answer.Imports = p.mongoImported(in)
	}
	return answer, nil
}

// mongoListV2 is GET /api/v2/secrets: the root's, in the order of their ids.
func mongoListV2(c *call) (any, error) {
	f := c.mongoForm("query")
	at := place{workspace: f.text("workspaceId"), environment: f.text("environment"), path: "/"}
	if err := c.mongoChecked(f); err != nil {
		return nil, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	p, t, err := c.mongoTable(toRead, at)
	if err != nil {
		return nil, err
	}
	shown := c.mongoShown(t)
	slices.SortFunc(shown, func(a, b *row) int { return strings.Compare(a.ID, b.ID) })
	out := []mongoSecretBody{}
	for _, r := range shown {
		out = append(out, r.mongo(p))
	}
	return map[string]any{"secrets": out}, nil
}

// mongoGet is GET by name, which it trims. Unless it is asked for the shared one
// it prefers the actor's own; by November it looks at imports, unless told not to.
func mongoGet(c *call) (any, error) {
	f := c.mongoForm("query")
	at := c.mongoPlace(f, "secretPath")
	kind := f.secretType()
	if err := c.mongoChecked(f); err != nil {
		return nil, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	p, t, err := c.mongoTable(toRead, at)
	if err != nil {
		return nil, err
	}
	name := trim(c.param)
	var rows []*row
	if c.query["type"] == nil || kind == "personal" {
		rows = c.mongoRows(t, "personal", name)
	}
	rows = append(rows, t.shared(name)...)
	if len(rows) == 0 && c.server.era == Era2023November && c.query["include_imports"] != "false" {
		rows = p.mongoImportedRows(t.folder, name)
	}
	if len(rows) == 0 {
		return nil, errMongoNoSecret
	}
	return secretAnswer[mongoSecretBody]{rows[0].mongo(p)}, nil
}

// mongoNew reads what a create stores. What June does not know it ignores.
func (c *call) mongoNew(f *form, kind string) *row {
	r := &row{Record: Record{Type: kind, Version: 1}}
	if kind == "personal" {
		r.UserID = new(c.mongoUser())
	}
	r.Key, r.Value, r.Comment = f.sealed("secretKey"), f.sealed("secretValue"), f.optionalSealed("secretComment")
	if c.server.era == Era2023November {
		r.Metadata, r.SkipMultilineEncoding = f.metadata(), *either(f.skip(), new(false))
	}
	return r
}

// mongoCreate is POST by name, which November trims.
func mongoCreate(c *call) (any, error) {
	f := c.mongoForm("body")
	at := c.mongoPlace(f, "secretPath")
	made := c.mongoNew(f, f.mongoType())
	if err := c.mongoChecked(f); err != nil {
		return nil, err
	}
	made.BlindIndex = c.param
	if c.server.era == Era2023November {
		made.BlindIndex = trim(c.param)
	}
	p, err := c.mongoInsert(at, made)
	if err != nil {
		return nil, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	return secretAnswer[mongoSecretBody]{made.oldest.mongo(p)}, nil
}

// mongoInsert looks whether the names are free and then, in a critical section
// of its own, inserts the rows: of two at the same time both may succeed.
func (c *call) mongoInsert(at place, rows ...*row) (*project, error) {
	p, t, err := c.mongoAllFree(at, rows)
	if err != nil {
		return nil, err
	}
	c.server.gap()
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	made := now()
	for _, r := range rows {
		r.ID, r.WorkspaceID, r.CreatedAt, r.UpdatedAt = c.server.era.newID(), p.ID, made, made
		t.insert(r)
	}
	return p, nil
}

func (c *call) mongoAllFree(at place, rows []*row) (*project, *table, error) {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	p, t, err := c.mongoTable(toCreate, at)
	if err != nil {
		return nil, nil, err
	}
	look := []*table{t}
	if c.server.era == Era2023June && t.parent == nil {
		// It looks for the folder's id and not for the environment, and every
		// root has the same.
		look = nil
		for _, e := range p.environments {
			look = append(look, p.table(e.root, false))
		}
	}
	exists := func(kind, name string) bool {
		return slices.ContainsFunc(look, func(t *table) bool { return len(c.mongoRows(t, kind, name)) > 0 })
	}
	for _, r := range rows {
		if exists(r.Type, r.BlindIndex) || r.Type == "personal" && !exists("shared", r.BlindIndex) {
			return nil, nil, errMongoBad
		}
	}
	return p, t, nil
}

// mongoUpdate is PATCH by name. June takes a value and ignores all else.
func mongoUpdate(c *call) (any, error) {
	f := c.mongoForm("body")
	at := c.mongoPlace(f, "secretPath")
	kind := f.mongoType()
	ch := change{value: f.sealed("secretValue")}
	name := trim(c.param)
	if c.server.era == Era2023November {
		name = c.param
		ch.comment, ch.key, ch.newName = f.optionalSealed("secretComment"), f.optionalSealed("secretKey"), f.optionalText("secretName")
		ch.skip, ch.metadata, ch.tags = f.skip(), f.metadata(), f.texts("tags")
	}
	if err := c.mongoChecked(f); err != nil {
		return nil, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	p, t, err := c.mongoTable(toEdit, at)
	if err != nil {
		return nil, err
	}
	rows := c.mongoRows(t, kind, name)
	switch {
	case len(rows) == 0:
		return nil, errMongoNoSecret
	case ch.newName != nil && len(c.mongoRows(t, kind, *ch.newName)) > 0:
		return nil, errMongoBad
	}
	ch.apply(rows[0])
	return secretAnswer[mongoSecretBody]{rows[0].mongo(p)}, nil
}

// mongoDelete is DELETE by name: in June of every row of it, personal ones
// included, and of a trimmed name; by November of one row.
func mongoDelete(c *call) (any, error) {
	f := c.mongoForm("body")
	at := c.mongoPlace(f, "secretPath")
	kind := f.mongoType()
	if err := c.mongoChecked(f); err != nil {
		return nil, err
	}
	name, june := c.param, c.server.era == Era2023June
	if june {
		name = trim(name)
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	p, t, err := c.mongoTable(toDelete, at)
	if err != nil {
		return nil, err
	}
	rows := c.mongoRows(t, kind, name)
	if len(rows) == 0 {
		return nil, errMongoNoSecret
	}
	delete(t.rows, rows[0].ID)
	if june && kind == "shared" {
		t.removeNamed(name)
	}
	return secretAnswer[mongoSecretBody]{rows[0].mongo(p)}, nil
}
