package devserver

import (
	"cmp"
	"slices"
	"strings"
)

// listRaw is GET of the raw list. Unlike the other list it has an imports field
// always, but of version 3.
func listRaw(c *call) (any, error) {
	f := newForm(c.query)
	at := c.rawQuery(f)
	recursive, withImports := f.flag("recursive"), f.flag("include_imports")
	expand, tags := f.flag("expandSecretReferences"), f.optionalText("tagSlugs")
	if err := f.err(); err != nil {
		return nil, err
	}
	october := c.server.era.sinceOctober()
	if october && (at.workspace == "" && (at.slug == "" || c.actor.token != nil) || at.environment == "") {
		return nil, badRequest("Missing workspace id or environment")
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	p, folders, err := c.listedFolders(at, recursive)
	if err != nil {
		return nil, err
	}
	answer := struct {
		Secrets []rawBody         `json:"secrets"`
		Imports []rawImportedBody `json:"imports,omitzero"`
	}{Secrets: []rawBody{}}
	if p.Version < 3 || len(folders) == 0 {
		answer.Imports = []rawImportedBody{}
	}
	for _, folder := range folders {
		t := p.table(folder, true)
		for _, r := range c.visible(t) {
			if october && tags != nil && !p.hasTag(r, strings.Split(*tags, ",")) {
				continue
			}
			body, err := p.rawRead(t.bot, r)
			if err != nil {
				return nil, err
			}
			body.SecretPath = folder.path()
			if october && expand {
				body.Value = p.expand(body.Value, folder, maxReferenceDepth)
			}
			answer.Secrets = append(answer.Secrets, body)
		}
	}
	slices.SortFunc(answer.Secrets, func(a, b rawBody) int { return cmp.Compare(a.ID, b.ID) })
	if withImports && len(folders) > 0 {
		if answer.Imports, err = p.rawImports(folders, showing{}); err != nil {
			return nil, err
		}
	}
	return answer, nil
}

// getRaw is GET of a raw secret. The version that is asked for is ignored; of one
// that an import brings in no tags are shown.
func getRaw(c *call) (any, error) {
	f := newForm(c.query)
	at := c.rawQuery(f)
	kind := f.secretType()
	withImports, expand := f.flag("include_imports"), f.flag("expandSecretReferences")
	if err := f.err(); err != nil {
		return nil, err
	}
	october := c.server.era.sinceOctober()
	switch {
	case october && at.environment == "":
		return nil, badRequest("Missing environment")
	case october && at.workspace == "" && at.slug == "":
		return nil, badRequest("You must provide workspaceSlug or workspaceId")
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
	if err := t.storable(name, "FindOneWIthTags"); err != nil {
		return nil, err
	}
	if c.actor.token != nil {
		kind = "shared"
	}
	var body rawBody
	if rows := t.ofType(kind, c.actor.userID(), name); len(rows) > 0 {
		if body, err = p.rawRead(t.bot, rows[0]); err == nil && expand && october {
			body.Value = p.expand(body.Value, t.folder, maxReferenceDepth)
		}
		return secretAnswer[rawBody]{body}, err
	}
	if withImports {
		found, err := p.importedByName(t.folder, true, name)
		if err != nil {
			return nil, err
		}
		if found != nil {
			return t.bot.rawAnswer(found, p.ID)
		}
	}
	return nil, badRequest("Secret not found")
}

// storable refuses a name that the column of version 3 cannot hold; before it
// names were hashed. The label is the server's for this query.
func (t *table) storable(name, label string) error {
	if t.v3 && (strings.Contains(name, "\x00") || len([]rune(name)) > 500) {
		return database(label)
	}
	return nil
}
