package devserver

import (
	"cmp"
	"slices"
	"strings"
)

// Reads of secrets in 2026: of /api/v4/secrets, and of /api/v3/secrets/raw, which
// the same service answers under older names and with older defaults.

// hiddenValue is shown in place of a value that was not asked for.
const hiddenValue = "<hidden-by-infisical>"

// showing is what a read shows of secrets.
type showing struct{ imports, expand, value bool }

func (c *call) showing(f *form) showing {
	importsField := "include_imports"
	if c.v4 {
		importsField = "includeImports"
	}
	return showing{
		value:   f.flagOr("viewSecretValue", true),
		expand:  f.flagOr("expandSecretReferences", c.v4),
		imports: f.flagOr(importsField, c.v4),
	}
}

// slugs is a list of texts between commas; nil when missing.
func (f *form) slugs(name string) []string {
	text := f.optionalText(name)
	if text == nil || *text == "" {
		return nil
	}
	var out []string
	for slug := range strings.SplitSeq(*text, ",") {
		out = append(out, trim(slug))
	}
	return out
}

// listV4 is GET of a list. Its imports field is there always.
func listV4(c *call) (any, error) {
	f := newForm(c.query)
	metadata := f.metadataFilter()
	at := c.rawQuery(f)
	show, recursive := c.showing(f), f.flag("recursive")
	if c.v4 {
		at.slug = ""
		f.flag("includePersonalOverrides") // of users, whom these endpoints know by their login alone
	}
	tags := f.slugs("tagSlugs")
	if err := f.err(); err != nil {
		return nil, err
	}
	at = c.scopeFor(at)
	if at.workspace == "" && (at.slug == "" || c.actor.token != nil) || at.environment == "" {
		if c.v4 {
			return nil, badRequest("Missing project id or environment")
		}
		return nil, badRequest("Missing workspace id or environment")
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	p, folders, err := c.listedFolders(at, recursive)
	if err != nil {
		return nil, err
	}
	if len(folders) == 0 {
		return nil, noSuchPath(at)
	}
	answer := struct {
		Secrets []rawBody         `json:"secrets"`
		Imports []rawImportedBody `json:"imports"`
	}{[]rawBody{}, []rawImportedBody{}}
	for _, folder := range folders {
		t := p.table(folder, true)
		for _, r := range c.visible(t) {
			if len(tags) > 0 && !p.hasTag(r, tags) || !r.hasMetadata(metadata) {
				continue
			}
			body, err := p.shown(t.bot, r, show)
			if err != nil {
				return nil, err
			}
			answer.Secrets = append(answer.Secrets, body)
		}
	}
	slices.SortFunc(answer.Secrets, func(a, b rawBody) int { return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.ID, b.ID)) })
	if show.imports {
		if answer.Imports, err = p.rawImports(folders, show); err != nil {
			return nil, err
		}
	}
	return answer, nil
}

// shown is the row as a read shows it. The caller holds the lock.
func (p *project) shown(b *bot, r *row, show showing) (rawBody, error) {
	body, err := p.rawRead(b, r)
	if err != nil {
		return body, err
	}
	body.SecretPath = r.folder.path()
	p.show(&body, r.folder, show)
	return body, nil
}

// show expands or hides a value.
func (p *project) show(body *rawBody, in *folder, show showing) {
	switch {
	case !show.value:
		body.Value, body.ValueHidden = hiddenValue, new(true)
	case show.expand:
		body.Value = p.expand(body.Value, in, maxReferenceDepth)
	}
}

// getV4 is GET of one secret by its name. The version that is asked for is
// ignored, as nothing keeps old ones here.
func getV4(c *call) (any, error) {
	f := newForm(c.query)
	at := c.rawQuery(f)
	if c.v4 {
		at.workspace, at.slug = f.text("projectId"), ""
	}
	kind, show := f.secretType(), c.showing(f)
	f.queryNumber("version")
	if err := f.err(); err != nil {
		return nil, err
	}
	at = c.scopeFor(at)
	switch {
	case at.environment == "":
		return nil, badRequest("Missing environment")
	case at.workspace == "" && at.slug == "":
		return nil, badRequest("You must provide workspaceSlug or workspaceId")
	}
	name := trim(c.param)
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	p, err := c.allow(toRead, at)
	if err != nil {
		return nil, err
	}
	t, err := p.secretTable(at, "GetSecretByName")
	if err != nil {
		return nil, err
	}
	if err := t.storable(name, "FindOneWIthTags"); err != nil {
		return nil, err
	}
	if c.actor.token != nil {
		kind = "shared"
	}
	var found *row
	if rows := t.ofType(kind, c.actor.userID(), name); len(rows) > 0 {
		found = rows[0]
	} else if show.imports {
		if found, err = p.importedByName(t.folder, true, name); err != nil {
			return nil, err
		}
	}
	if found == nil {
		return nil, badRequest("Secret not found")
	}
	body, err := p.shown(t.bot, found, show)
	return secretAnswer[rawBody]{body}, err
}

// getByID is GET of one secret by its id, whatever project it is in.
func getByID(c *call) (any, error) {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	p, found := c.server.rowByID(c.param)
	if found == nil {
		return nil, &failure{Status: 404, Message: "Secret with ID '" + c.param + "' not found", Label: "GetSecretById"}
	}
	if _, err := c.allow(toRead, found.place(p)); err != nil {
		return nil, err
	}
	body, err := p.shown(p.table(found.folder, true).bot, found, showing{value: true})
	return secretAnswer[rawBody]{body}, err
}

// place is where the row is, for a raw call.
func (r *row) place(p *project) place {
	return place{workspace: p.ID, environment: r.folder.environment.Slug, path: r.folder.path(), raw: true}
}

// rowByID finds a row of the clear endpoints; nil when there is none.
func (s *state) rowByID(id string) (*project, *row) {
	for _, p := range s.projects {
		for _, f := range p.folders() {
			if r := p.table(f, true).rows[id]; r != nil {
				return p, r
			}
		}
	}
	return nil, nil
}
