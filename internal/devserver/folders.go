package devserver

import (
	"path"
	"slices"
	"strings"

	"github.com/google/uuid"
)

type folderBody struct {
	ID        string  `json:"id"`
	Name      string  `json:"name"`
	Version   int     `json:"version"`
	CreatedAt stamp   `json:"createdAt"`
	UpdatedAt stamp   `json:"updatedAt"`
	EnvID     string  `json:"envId"`
	ParentID  *string `json:"parentId"`
	// Came between May and October 2024.
	IsReserved *bool `json:"isReserved,omitempty"`
	*folderLaterBody
}

func (f *folder) body() folderBody {
	b := folderBody{
		ID: f.id, Name: f.name, Version: f.version, EnvID: f.environment.ID,
		CreatedAt: stamp(f.createdAt), UpdatedAt: stamp(f.updatedAt),
	}
	if f.environment.era.sinceOctober() {
		b.IsReserved = new(bool)
	}
	if f.parent != nil {
		b.ParentID = &f.parent.id
	}
	return b
}

type folderAnswer struct {
	Folder folderBody `json:"folder"`
}

// listFolders is GET /api/v1/folders: direct children only, and, as the real
// server does it, without a look at the token's scopes (PROTOCOL section 6).
func listFolders(c *call) (any, error) {
	f := newForm(c.query)
	at := c.place(f)
	if err := f.err(); err != nil {
		return nil, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	p, err := c.project(at.workspace)
	if err != nil {
		return nil, err
	}
	if p.environment(at.environment) == nil {
		return nil, labelled("Environment not found", "get folders")
	}
	parent, err := p.folder(at.environment, at.path)
	if err != nil {
		return nil, err
	}
	out := []folderBody{}
	if parent != nil {
		for _, child := range parent.children {
			out = append(out, child.body())
		}
	}
	slices.SortFunc(out, func(a, b folderBody) int { return strings.Compare(a.ID, b.ID) })
	return map[string]any{"folders": out}, nil
}

// createFolder is POST /api/v1/folders: makes missing parents, and answers the
// folder that is there when there is one.
func createFolder(c *call) (any, error) {
	f := newForm(c.body)
	at := c.place(f)
	name := f.text("name")
	if err := f.err(); err != nil {
		return nil, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	p, err := c.allow(toCreate, at)
	if err != nil {
		return nil, err
	}
	e := p.environment(at.environment)
	if e == nil {
		return nil, labelled("Environment not found", "Create folder")
	}
	full := path.Join(at.path, name)
	made, err := p.folder(at.environment, full)
	switch {
	case err != nil:
		return nil, err
	case len(name) > 255:
		return nil, database("Create") // longer than the column
	case made == nil || name == "" && at.path != "/":
		made = e.makeFolder(at.path, full, name)
	}
	return folderAnswer{made.body()}, nil
}

// makeFolder hangs a folder under the closest one that exists on its joined
// path. A name such as "x/y" or "../x" passes the check of the joined path and
// becomes one folder of that very name, which no path reaches (PROTOCOL section 6).
func (e *environment) makeFolder(parentPath, full, name string) *folder {
	parent := e.root
	for _, segment := range strings.Split(strings.TrimPrefix(full, "/"), "/") {
		next := parent.child(segment)
		if next == nil {
			break
		}
		parent = next
	}
	if missing, ok := strings.CutPrefix(parentPath, strings.TrimSuffix(parent.path(), "/")); ok {
		for _, segment := range strings.FieldsFunc(missing, func(r rune) bool { return r == '/' }) {
			parent = newFolder(e, parent, segment)
		}
	}
	if same := parent.child(name); same != nil {
		return same
	}
	return newFolder(e, parent, name)
}

// updateFolder is PATCH /api/v1/folders/:idOrName: a new name.
func updateFolder(c *call) (any, error) {
	f := newForm(c.body)
	at := c.place(f)
	name := f.text("name")
	if err := f.err(); err != nil {
		return nil, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	found, err := c.folderOf(toEdit, at)
	if err != nil {
		return nil, err
	}
	if found == nil {
		return nil, badRequest("Folder not found")
	}
	if taken := found.parent.child(name); taken != nil && taken != found {
		return nil, labelled("Folder with specified name already exists", "Update folder")
	}
	if len(name) > 255 {
		return nil, database("Update") // longer than the column
	}
	found.name = name
	found.version++
	found.updatedAt = now()
	return folderAnswer{found.body()}, nil
}

// deleteFolder is DELETE /api/v1/folders/:idOrName: the folder, all below it and
// every secret in there, without a warning.
func deleteFolder(c *call) (any, error) {
	f := newForm(c.body)
	at := c.place(f)
	if err := f.err(); err != nil {
		return nil, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	found, err := c.folderOf(toDelete, at)
	if err != nil {
		return nil, err
	}
	if found == nil {
		if p := c.server.projects[at.workspace]; uuid.Validate(c.param) != nil {
			if parent, _ := p.folder(at.environment, at.path); parent == nil {
				return nil, labelled("Secret path not found", "Delete folder")
			}
		}
		return nil, labelled("Folder not found", "Delete folder")
	}
	body := found.body()
	found.detach()
	return folderAnswer{body}, nil
}

// folderOf finds the child of a folder the URL names: by id when it looks like
// one, else by name. The root is nobody's child and so cannot be found.
func (c *call) folderOf(a action, at place) (*folder, error) {
	p, err := c.allow(a, at)
	if err != nil {
		return nil, err
	}
	parent, err := p.folder(at.environment, at.path)
	if parent == nil || err != nil {
		return nil, err
	}
	byID := uuid.Validate(c.param) == nil
	for _, child := range parent.children {
		if byID && child.id == c.param || !byID && child.name == c.param {
			return child, nil
		}
	}
	return nil, nil
}

// detach takes the folder out of the tree.
func (f *folder) detach() {
	f.parent.children = slices.DeleteFunc(f.parent.children, func(c *folder) bool { return c == f })
}

// gone says that the folder, or one above it, was deleted meanwhile.
func (f *folder) gone() bool {
	for ; f.parent != nil; f = f.parent {
		if !slices.Contains(f.parent.children, f) {
			return true
		}
	}
	return false
}
