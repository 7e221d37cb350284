package devserver

import (
	"cmp"
	"slices"
	"strings"
)

// listSecrets is GET /api/v3/secrets (PROTOCOL section 3). The imports field is
// there when imports were asked for, and, for a reason of the server's own,
// when the folder is missing.
func listSecrets(c *call) (any, error) {
	f := newForm(c.query)
	at := f.place()
	recursive, withImports := f.flag("recursive"), f.flag("include_imports")
	if err := f.err(); err != nil {
		return nil, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	p, folders, err := c.listedFolders(at, recursive)
	if err != nil {
		return nil, err
	}
	answer := struct {
		Secrets []listedBody   `json:"secrets"`
		Imports []importedBody `json:"imports,omitzero"`
	}{Secrets: []listedBody{}}
	if len(folders) == 0 && !recursive {
		answer.Imports = []importedBody{}
		return answer, nil
	}

	for _, folder := range folders {
		for _, r := range c.visible(p.table(folder, false)) {
			answer.Secrets = append(answer.Secrets, r.listed(p))
		}
	}
	slices.SortFunc(answer.Secrets, func(a, b listedBody) int { return cmp.Compare(a.ID, b.ID) })
	if withImports {
		if answer.Imports, err = p.importedBodies(folders); err != nil {
			return nil, err
		}
	}
	return answer, nil
}

// listedFolders are the folders a list shows. A recursive one is not refused
// outside the scopes but silently shows what is inside them, and takes its path
// as a prefix of texts (from the server's source), so /app takes /apple along.
func (c *call) listedFolders(at place, recursive bool) (*project, []*folder, error) {
	if !recursive {
		p, err := c.allow(toRead, at)
		if err != nil {
			return nil, nil, err
		}
		f, err := p.folder(at.environment, at.path)
		if f == nil || err != nil {
			return p, nil, err
		}
		return p, []*folder{f}, nil
	}
	p, err := c.projectAt(at)
	if err != nil {
		return nil, nil, err
	}
	e := p.environment(at.environment)
	switch {
	case e == nil && c.actor.token != nil:
		return nil, nil, notAllowed(toRead)
	case e == nil:
		return p, nil, nil
	}
	prefix := strings.TrimSuffix(at.path, "/")
	var out []*folder
	for _, f := range e.root.tree() {
		if path := f.path(); strings.HasPrefix(path, prefix) && c.may(p, toRead, at.environment, path) {
			out = append(out, f)
		}
	}
	return p, out, nil
}
