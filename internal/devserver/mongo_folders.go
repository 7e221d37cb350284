package devserver

import (
	"crypto/rand"
	"encoding/base64"
)

// Folders of an environment are one document, which the first of them makes:
// the answer to that one is shorter. No permission is asked for but the scope,
// so a token that may only read makes folders.

type mongoFolderBody struct {
	MongoID  string             `json:"_id,omitempty"` // when it was there already
	ID       string             `json:"id"`
	Name     string             `json:"name"`
	Children *[]mongoFolderBody `json:"children,omitempty"`
	Version  int                `json:"version,omitempty"`
}

// short is a folder where little is told.
func (f *folder) short() mongoFolderBody { return mongoFolderBody{ID: f.id, Name: f.name} }

// whole is a folder with all below it.
func (f *folder) whole() mongoFolderBody {
	children := []mongoFolderBody{}
	for _, child := range f.children {
		below := child.whole()
		below.MongoID = child.mongoID
		children = append(children, below)
	}
	return mongoFolderBody{ID: f.id, Name: f.name, Children: &children, Version: f.version}
}

// newFolderID is an id as the era makes those of folders, and that of the
// document inside.
func (e Era) newFolderID(root bool) (id, mongoID string) {
	switch {
	case !e.Of2023():
		return e.newID(), ""
	case root:
		return "root", ""
	}
	raw := make([]byte, 9)
	_, _ = rand.Read(raw)
	return base64.RawURLEncoding.EncodeToString(raw), e.newID()
}

// mongoFolderPlace is the environment of a call about folders. Only directory
// is read, and never path. The caller holds the lock.
func (c *call) mongoFolderPlace(at place) (*environment, error) {
	p, err := c.mongoProject(at.workspace)
	if err != nil {
		return nil, err
	}
	if t := c.actor.token; t != nil && !t.reaches(at.environment, at.path) {
		return nil, errMongoUnauthorized
	}
	e := p.environment(at.environment)
	if e == nil {
		return nil, errMongoBad
	}
	return e, nil
}

// mongoListFolders is GET /api/v1/folders.
func mongoListFolders(c *call) (any, error) {
	f := c.mongoForm("query")
	at := c.mongoPlace(f, "directory")
	if err := c.mongoChecked(f); err != nil {
		return nil, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	e, err := c.mongoFolderPlace(at)
	if err != nil {
		return nil, err
	}
	out := map[string]any{"folders": []mongoFolderBody{}}
	if !e.folders {
		out["dir"] = []any{}
	}
	if parent := c.server.projects[at.workspace].mongoFolder(at.environment, at.path); parent != nil {
		children := []mongoFolderBody{}
		for _, child := range parent.children {
			children = append(children, child.short())
		}
		out["folders"] = children
	}
	return out, nil
}

// mongoCreateFolder is POST /api/v1/folders. Missing parents are made.
func mongoCreateFolder(c *call) (any, error) {
	f := c.mongoForm("body")
	at := c.mongoPlace(f, "directory")
	name := f.text("folderName")
	if err := c.mongoChecked(f); err != nil {
		return nil, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	e, err := c.mongoFolderPlace(at)
	if err != nil {
		return nil, err
	}
	if !validFolderName(name) {
		return nil, errMongoBad
	}
	first := !e.folders
	parent := c.server.mustFolder(at.workspace, at.environment, at.path)
	made := parent.child(name)
	switch {
	case made != nil:
		body := made.whole()
		body.MongoID = made.mongoID
		return map[string]any{"folder": body}, nil
	case first:
		return map[string]any{"folder": newFolder(e, parent, name).short()}, nil
	}
	return map[string]any{"folder": newFolder(e, parent, name).whole()}, nil
}

// mongoChild is the folder that the URL names, by its name alone. The caller
// holds the lock.
func (c *call) mongoChild(at place) (*folder, error) {
	e, err := c.mongoFolderPlace(at)
	if err != nil {
		return nil, err
	}
	parent := c.server.projects[at.workspace].mongoFolder(e.Slug, at.path)
	if parent == nil || parent.child(c.param) == nil {
		return nil, errMongoBad
	}
	return parent.child(c.param), nil
}

// mongoUpdateFolder is PATCH /api/v1/folders/:folder. What a name that is taken
// is answered is not recorded.
func mongoUpdateFolder(c *call) (any, error) {
	f := c.mongoForm("body")
	at := c.mongoPlace(f, "directory")
	name := f.text("name")
	if err := c.mongoChecked(f); err != nil {
		return nil, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	found, err := c.mongoChild(at)
	if err != nil {
		return nil, err
	}
	if taken := found.parent.child(name); !validFolderName(name) || taken != nil && taken != found {
		return nil, errMongoBad
	}
	found.name, found.updatedAt = name, now()
	found.version++
	return map[string]any{"message": "Successfully updated folder", "folder": found.short()}, nil
}

// mongoDeleteFolder is DELETE /api/v1/folders/:folder, of all below it too.
func mongoDeleteFolder(c *call) (any, error) {
	f := c.mongoForm("body")
	at := c.mongoPlace(f, "directory")
	if err := c.mongoChecked(f); err != nil {
		return nil, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	found, err := c.mongoChild(at)
	if err != nil {
		return nil, err
	}
	var out []mongoFolderBody
	for _, gone := range found.tree() {
		out = append(out, gone.short())
	}
	found.detach()
	return map[string]any{"message": "successfully deleted folders", "folders": out}, nil
}
