package devserver

import (
	"net/http"
	"slices"
	"time"
)

// All imports of a folder are one document, whose id is that of none of them.

type importDocument struct {
	id                   string
	createdAt, updatedAt time.Time
	v                    int
}

type mongoImportBody struct {
	ID          string `json:"_id"`
	Environment string `json:"environment"`
	SecretPath  string `json:"secretPath"`
}

type mongoImportsBody struct {
	ID          string            `json:"_id"`
	Workspace   string            `json:"workspace"`
	Environment string            `json:"environment"`
	FolderID    string            `json:"folderId"`
	Imports     []mongoImportBody `json:"imports"`
	CreatedAt   stamp             `json:"createdAt"`
	UpdatedAt   stamp             `json:"updatedAt"`
	V           int               `json:"__v"`
}

// mongoImportFolder is the folder that has the imports. What is answered where
// there is none is not recorded. The caller holds the lock.
func (c *call) mongoImportFolder(at place) (*project, *folder, error) {
	if _, err := c.mongoFolderPlace(at); err != nil {
		return nil, nil, err
	}
	p := c.server.projects[at.workspace]
	f := p.mongoFolder(at.environment, at.path)
	if f == nil {
		return nil, nil, errMongoBad
	}
	return p, f, nil
}

// mongoListImports is GET /api/v1/secret-imports: an empty object if there was
// never an import.
func mongoListImports(c *call) (any, error) {
	f := c.mongoForm("query")
	at := c.mongoPlace(f, "directory")
	if err := c.mongoChecked(f); err != nil {
		return nil, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	p, in, err := c.mongoImportFolder(at)
	if err != nil {
		return nil, err
	}
	d := in.importDocument
	if d == nil {
		return map[string]any{"secretImport": struct{}{}}, nil
	}
	body := mongoImportsBody{
		ID: d.id, Workspace: p.ID, Environment: in.environment.Slug, FolderID: in.id, Imports: []mongoImportBody{},
		CreatedAt: stamp(d.createdAt), UpdatedAt: stamp(d.updatedAt), V: d.v,
	}
	for _, i := range in.imports {
		body.Imports = append(body.Imports, mongoImportBody{i.id, i.environment.Slug, i.path})
	}
	return map[string]any{"secretImport": body}, nil
}

// newMongoImport is an import of whatever is told; nothing is checked.
func (s *state) newMongoImport(p *project, slug, path string) *secretImport {
	source := p.environment(slug)
	if source == nil {
		source = &environment{Environment: Environment{Slug: slug}, era: s.era}
	}
	t := now()
	return &secretImport{id: s.era.newID(), environment: source, path: path, createdAt: t, updatedAt: t}
}

// mongoCreateImport is POST /api/v1/secret-imports. The same one twice is refused.
func mongoCreateImport(c *call) (any, error) {
	f := c.mongoForm("body")
	at := c.mongoPlace(f, "directory")
	from := f.part("secretImport")
	slug, path := from.text("environment"), from.text("secretPath")
	if err := c.mongoChecked(f); err != nil {
		return nil, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	p, in, err := c.mongoImportFolder(at)
	if err != nil {
		return nil, err
	}
	if slices.ContainsFunc(in.imports, func(i *secretImport) bool { return i.environment.Slug == slug && i.path == path }) {
		return nil, errMongoBad
	}
	made := c.server.newMongoImport(p, slug, path)
	if in.importDocument == nil {
		in.importDocument = &importDocument{id: c.server.era.newID(), createdAt: made.createdAt}
	}
	in.importDocument.updatedAt = made.createdAt
	in.imports = append(in.imports, made)
	return map[string]string{"message": "successfully created secret import"}, nil
}

// mongoDocument is the folder whose document of imports the URL names. The
// caller holds the lock.
func (c *call) mongoDocument() (*project, *folder, error) {
	if !isObjectID(c.param) {
		return nil, nil, castError(c.param, "SecretImports")
	}
	for _, p := range c.server.projects {
		for _, f := range p.folders() {
			if f.importDocument == nil || f.importDocument.id != c.param {
				continue
			}
			_, err := c.mongoFolderPlace(place{workspace: p.ID, environment: f.environment.Slug, path: f.path()})
			return p, f, err
		}
	}
	return nil, nil, mongoError(http.StatusBadRequest, "bad_request") // not recorded
}

// rewritten is the document with other imports.
func (f *folder) rewritten(imports []*secretImport) {
	f.imports = imports
	f.importDocument.updatedAt = now()
	f.v++
}

// mongoUpdateImports is PUT /api/v1/secret-imports/:id: the whole list anew, in
// its order.
func mongoUpdateImports(c *call) (any, error) {
	f := c.mongoForm("body")
	type source struct{ slug, path string }
	var sources []source
	for _, one := range f.parts("secretImports") {
		sources = append(sources, source{one.text("environment"), one.text("secretPath")})
	}
	if err := c.invalid(f); err != nil {
		return nil, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	p, in, err := c.mongoDocument()
	if err != nil {
		return nil, err
	}
	var imports []*secretImport
	for _, s := range sources {
		imports = append(imports, c.server.newMongoImport(p, s.slug, s.path))
	}
	in.rewritten(imports)
	return map[string]string{"message": "successfully updated secret import"}, nil
}

// mongoDeleteImport is DELETE /api/v1/secret-imports/:id, of the one that the
// body names.
func mongoDeleteImport(c *call) (any, error) {
	f := c.mongoForm("body")
	slug, path := f.text("secretImportEnv"), f.text("secretImportPath")
	if err := c.invalid(f); err != nil {
		return nil, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	_, in, err := c.mongoDocument()
	if err != nil {
		return nil, err
	}
	in.rewritten(slices.DeleteFunc(slices.Clone(in.imports), func(i *secretImport) bool {
		return i.environment.Slug == slug && i.path == path
	}))
	return map[string]string{"message": "successfully delete secret import"}, nil
}

type mongoImportedBody struct {
	SecretPath  string            `json:"secretPath"`
	FolderID    string            `json:"folderId"`
	Environment string            `json:"environment"`
	Secrets     []mongoSecretBody `json:"secrets"`
}

// mongoImported is what a folder's imports bring in. Neither imports of imports
// nor missing sources are recorded; they bring nothing here.
func (p *project) mongoImported(f *folder) []mongoImportedBody {
	out := []mongoImportedBody{}
	for _, i := range f.imports {
		source := p.mongoFolder(i.environment.Slug, i.path)
		if source == nil {
			continue
		}
		body := mongoImportedBody{SecretPath: i.path, FolderID: source.id, Environment: i.environment.Slug, Secrets: []mongoSecretBody{}}
		for _, r := range p.table(source, false).sorted() {
			if r.Type == "shared" {
				body.Secrets = append(body.Secrets, r.mongo(p))
			}
		}
		out = append(out, body)
	}
	return out
}

// mongoImportedRows are the rows of a name that imports bring in, the last
// import first.
func (p *project) mongoImportedRows(f *folder, name string) []*row {
	var out []*row
	for _, i := range slices.Backward(f.imports) {
		if source := p.mongoFolder(i.environment.Slug, i.path); source != nil {
			out = append(out, p.table(source, false).shared(name)...)
		}
	}
	return out
}
