package devserver

// maxImportDepth is how deep imports of imports are followed (PROTOCOL section 20).
const maxImportDepth = 10

// imported is what one import brings in: the source's own rows, then those of
// its own imports. A name may occur several times; the first one counts.
type imported struct {
	from *secretImport
	in   *folder // which has the import
	of   *folder // the source
	rows []*row
}

type placedImport struct {
	*secretImport
	in *folder
}

type importedBody struct {
	SecretPath  string        `json:"secretPath"`
	Environment string        `json:"environment"`
	FolderID    string        `json:"folderId"`
	Secrets     []writtenBody `json:"secrets"`
}

// follow resolves imports the way the server's source does, flaws included.
//
//   - The token's scopes are not asked: a token for dev gets prod's secrets
//     (PROTOCOL section 8).
//   - Missing sources alone are harmless, beside a good one they are an
//     exception (section 8).
//   - Of a source's own imports only the first is followed (source).
func (p *project) follow(imports []placedImport, raw bool, depth int) ([]imported, error) {
	if depth >= maxImportDepth {
		return nil, nil
	}
	late := p.environments[0].era.sinceLateOctober()
	var deeper []placedImport
	seen, missing := map[*folder]bool{}, false
	sources := make([]*folder, len(imports))
	for i, imp := range imports {
		source, err := p.folder(imp.environment.Slug, imp.path)
		if source == nil || err != nil {
			missing = true
			continue
		}
		sources[i] = source
		if !seen[source] {
			seen[source] = true
			for _, next := range placed(source) {
				// A folder that imports itself is followed once.
				if of, err := p.folder(next.environment.Slug, next.path); !late || err != nil || of != source {
					deeper = append(deeper, next)
				}
			}
		}
	}
	if len(seen) == 0 {
		return nil, nil
	}
	below, err := p.follow(deeper, raw, depth+1)
	if err != nil {
		return nil, err
	}
	if missing && !late {
		return nil, internal("Cannot read properties of undefined (reading '0')")
	}
	var out []imported
	for i, imp := range imports {
		if sources[i] == nil {
			continue // since late October 2024 it is left out
		}
		one := imported{from: imp.secretImport, in: imp.in, of: sources[i]}
		for _, r := range p.table(sources[i], raw).sorted() {
			if r.Type == "shared" {
				one.rows = append(one.rows, r)
			}
		}
		for _, b := range below {
			if b.in == sources[i] {
				one.rows = append(one.rows, b.rows...)
				break
			}
		}
		out = append(out, one)
	}
	return out, nil
}

func placed(folders ...*folder) []placedImport {
	var out []placedImport
	for _, f := range folders {
		for _, i := range f.imports {
			out = append(out, placedImport{i, f})
		}
	}
	return out
}

// importedBodies is the imports field of a list. The caller holds the lock.
func (p *project) importedBodies(folders []*folder) ([]importedBody, error) {
	found, err := p.follow(placed(folders...), false, 0)
	if err != nil {
		return nil, err
	}
	out := []importedBody{}
	for _, one := range found {
		body := importedBody{
			SecretPath: one.from.path, Environment: one.from.environment.Slug, FolderID: one.of.id,
			Secrets: []writtenBody{},
		}
		for _, r := range one.rows {
			// The workspace is empty here (PROTOCOL section 8).
			body.Secrets = append(body.Secrets, r.written(""))
		}
		out = append(out, body)
	}
	return out, nil
}

// importedByName searches a folder's imports from the last to the first, which
// is their precedence (PROTOCOL section 20). The caller holds the lock.
func (p *project) importedByName(f *folder, raw bool, name string) (*row, error) {
	found, err := p.follow(placed(f), raw, 0)
	if err != nil {
		return nil, err
	}
	for i := len(found) - 1; i >= 0; i-- {
		for _, r := range found[i].rows {
			if r.BlindIndex == name {
				return r, nil
			}
		}
	}
	return nil, nil
}
