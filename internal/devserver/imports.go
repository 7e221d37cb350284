package devserver

import (
	"cmp"
	"math"
	"slices"

	"github.com/google/uuid"
)

type importEnvBody struct {
	Name string `json:"name"`
	Slug string `json:"slug"`
	ID   string `json:"id"`
}

type importBody struct {
	ID         string `json:"id"`
	Version    int    `json:"version"`
	ImportPath string `json:"importPath"`
	Position   int    `json:"position"`
	CreatedAt  stamp  `json:"createdAt"`
	UpdatedAt  stamp  `json:"updatedAt"`
	FolderID   string `json:"folderId"`
	*replicationBody
	ImportEnv importEnvBody `json:"importEnv"`
}

// replicationBody are the fields that came between May and October 2024.
type replicationBody struct {
	IsReplication        bool    `json:"isReplication"`
	IsReplicationSuccess *bool   `json:"isReplicationSuccess"`
	ReplicationStatus    *string `json:"replicationStatus"`
	LastReplicated       *stamp  `json:"lastReplicated"`
	IsReserved           bool    `json:"isReserved"`
}

func (i *secretImport) body(in *folder) importBody {
	var replication *replicationBody
	if in.environment.era.sinceOctober() {
		replication = &replicationBody{}
	}
	return importBody{
		replicationBody: replication,
		ID:              i.id, Version: 1, ImportPath: i.path, Position: i.position, FolderID: in.id,
		CreatedAt: stamp(i.createdAt), UpdatedAt: stamp(i.updatedAt),
		ImportEnv: importEnvBody{i.environment.Name, i.environment.Slug, i.environment.ID},
	}
}

type importAnswer struct {
	Message      string     `json:"message"`
	SecretImport importBody `json:"secretImport"`
}

// listImports is GET /api/v1/secret-imports (PROTOCOL section 8).
func listImports(c *call) (any, error) {
	f := newForm(c.query)
	at := c.place(f)
	if err := f.err(); err != nil {
		return nil, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	_, folder, err := c.importFolder(toRead, at, "Get imports")
	if err != nil {
		return nil, err
	}
	out := []importBody{}
	for _, i := range folder.imports {
		out = append(out, i.body(folder))
	}
	return map[string]any{"message": "Successfully fetched secret imports", "secretImports": out}, nil
}

// importFolder is the folder that holds the imports. The caller holds the lock.
func (c *call) importFolder(a action, at place, label string) (*project, *folder, error) {
	p, err := c.allow(a, at)
	if err != nil {
		return nil, nil, err
	}
	f, err := p.folder(at.environment, at.path)
	if err == nil && f == nil {
		err = labelled("Folder not found", label)
	}
	return p, f, err
}

// createImport is POST /api/v1/secret-imports. Both places must be allowed;
// otherwise nothing is checked: the same one twice, a missing path and the folder
// itself are all taken.
func createImport(c *call) (any, error) {
	f := newForm(c.body)
	at := c.place(f)
	from := f.part("import")
	slug, path := from.text("environment"), withoutTrailingSlash(from.text("path"))
	if err := f.err(); err != nil {
		return nil, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	p, err := c.allow(toCreate, at)
	if err != nil {
		return nil, err
	}
	if !c.may(p, toCreate, slug, path) {
		return nil, notAllowed(toCreate)
	}
	if err := p.upgrading(); err != nil {
		return nil, err
	}
	_, folder, err := c.importFolder(toCreate, at, "Create import")
	if err != nil {
		return nil, err
	}
	source := p.environment(slug)
	if source == nil {
		return nil, errNoImportEnv
	}
	if err := p.cyclic(folder, slug, path); err != nil {
		return nil, err
	}
	t := now()
	made := &secretImport{id: c.server.era.newID(), environment: source, path: path, createdAt: t, updatedAt: t, position: 1}
	if n := len(folder.imports); n > 0 {
		made.position = folder.imports[n-1].position + 1
	}
	folder.imports = append(folder.imports, made)
	c.noticed(p)
	return importAnswer{"Successfully created secret import", made.body(folder)}, nil
}

var errNoImportEnv, errNoNewImportEnv = labelled("", "Create import"), labelled("The request is invalid", "Create import")

// cyclic refuses two folders that import each other. One that imports itself is
// taken, and so are longer rings (PROTOCOL section 22).
func (p *project) cyclic(in *folder, environment, path string) error {
	source, err := p.folder(environment, path)
	if err != nil {
		return nil //nolint:nilerr // a place that is not there imports nothing
	}
	if source == nil || source == in {
		return nil
	}
	for _, back := range source.imports {
		if back.environment == in.environment && back.path == in.path() {
			return badRequest("Cyclic import not allowed")
		}
	}
	return nil
}

// updateImport is PATCH /api/v1/secret-imports/:id: another source, another
// position, or both.
func updateImport(c *call) (any, error) {
	f := newForm(c.body)
	at := c.place(f)
	to := f.part("import")
	slug, path := to.optionalText("environment"), to.optionalText("path")
	position, moved := to.number("position", -math.MaxInt32, math.MaxInt32, false)
	half := position != math.Trunc(position)
	if err := f.err(); err != nil {
		return nil, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	p, folder, err := c.importFolder(toEdit, at, "Update import")
	if err != nil {
		return nil, err
	}
	if uuid.Validate(c.param) != nil {
		return nil, database("Find one")
	}
	found := folder.importByID(c.param)
	if found == nil {
		// Another text than DELETE has (from the server's source).
		return nil, badRequest("Secret import not found")
	}
	source := found.environment
	if slug != nil {
		if source = p.environment(*slug); source == nil {
			return nil, errNoNewImportEnv
		}
	}
	target := found.path
	if path != nil {
		target = withoutTrailingSlash(*path)
	}
	if err := p.cyclic(folder, source.Slug, target); err != nil {
		return nil, err
	}
	if half {
		return nil, database("Update")
	}
	found.environment, found.path = source, target
	if moved {
		folder.moveImport(found, int(position))
	}
	found.updatedAt = now()
	return importAnswer{"Successfully updated secret import", found.body(folder)}, nil
}

// moveImport shifts those between the old position and the new one by one.
func (f *folder) moveImport(moved *secretImport, to int) {
	from := moved.position
	for _, i := range f.imports {
		switch {
		case i.position > from && i.position <= to:
			i.position--
		case i.position < from && i.position >= to:
			i.position++
		}
	}
	moved.position = to
	slices.SortStableFunc(f.imports, func(a, b *secretImport) int { return cmp.Compare(a.position, b.position) })
}

// deleteImport is DELETE /api/v1/secret-imports/:id.
func deleteImport(c *call) (any, error) {
	f := newForm(c.body)
	at := c.place(f)
	if err := f.err(); err != nil {
		return nil, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	p, folder, err := c.importFolder(toDelete, at, "Delete import")
	if err != nil {
		return nil, err
	}
	found := folder.importByID(c.param)
	if found == nil && p.hasImport(c.param) {
		return nil, database("Delete") // it is another folder's
	}
	if found == nil {
		return nil, labelled("Secret import doc not found", "Sec imp del")
	}
	c.noticed(p)
	folder.imports = slices.DeleteFunc(folder.imports, func(i *secretImport) bool { return i == found })
	for _, i := range folder.imports {
		if i.position > found.position {
			i.position--
		}
	}
	return importAnswer{"Successfully deleted secret import", found.body(folder)}, nil
}

// getImport is GET of one import by its id, which came after October 2024.
func getImport(c *call) (any, error) {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	for _, p := range c.server.projects {
		for _, f := range p.folders() {
			found := f.importByID(c.param)
			if found == nil {
				continue
			}
			if _, err := c.allow(toRead, place{workspace: p.ID, environment: f.environment.Slug, path: f.path()}); err != nil {
				return nil, err
			}
			e := f.environment
			return map[string]any{"secretImport": struct {
				importBody
				Environment importEnvBody `json:"environment"`
				ProjectID   string        `json:"projectId"`
				SecretPath  string        `json:"secretPath"`
			}{found.body(f), importEnvBody{e.Name, e.Slug, e.ID}, p.ID, f.path()}}, nil
		}
	}
	return nil, notFoundAs("Secret import with ID '" + c.param + "' not found")
}

// PutImport makes a folder import another without any check, as what an older
// server took: also one that leads back. It panics when the project, an
// environment or the importing folder does not exist.
func (s *Server) PutImport(projectID, environment, path, sourceEnvironment, sourcePath string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	in, source := s.mustFolder(projectID, environment, path), s.projects[projectID].environment(sourceEnvironment)
	t := now()
	in.imports = append(in.imports, &secretImport{
		id: s.era.newID(), environment: source, path: sourcePath, createdAt: t, updatedAt: t, position: len(in.imports) + 1,
	})
}

// hasImport says whether some folder of the project has the import.
func (p *project) hasImport(id string) bool {
	return slices.ContainsFunc(p.folders(), func(f *folder) bool { return f.importByID(id) != nil })
}

func (f *folder) importByID(id string) *secretImport {
	for _, i := range f.imports {
		if i.id == id {
			return i
		}
	}
	return nil
}
