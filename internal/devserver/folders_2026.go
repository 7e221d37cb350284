package devserver

import (
	"cmp"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// Folders of 2026, whose two versions differ in the field that names the project
// and in what a delete does to a folder that is not empty
// (Infisical/infisical@4af40163, services/secret-folder and
// routes/v2/secret-folder-router.ts).

// folderLaterBody are the fields that came after October 2024.
type folderLaterBody struct {
	Description        *string `json:"description"`
	LastSecretModified *stamp  `json:"lastSecretModified"`
	Path               string  `json:"path,omitempty"`         // in answers to creates and renames, and to reads by id
	RelativePath       string  `json:"relativePath,omitempty"` // in lists of a whole tree
	// In reads by id.
	Environment *folderEnvBody `json:"environment,omitempty"`
	ProjectID   string         `json:"projectId,omitempty"`
}

type folderEnvBody struct {
	ID   string `json:"envId"`
	Name string `json:"envName"`
	Slug string `json:"envSlug"`
}

func (f *folder) bodyAt(full string) folderBody {
	body := f.body()
	body.folderLaterBody = &folderLaterBody{Path: full, Description: f.description}
	return body
}

// folderName is a name that a folder may get.
func (f *form) folderName() string {
	name := f.text("name")
	if !validFolderName(name) {
		f.add(issue{"code": "custom", "message": "Invalid folder name. Only alphanumeric characters, dashes, and underscores are allowed.", "path": f.at("name")})
	}
	return name
}

// description is a folder's; nil when it is missing or null.
func (f *form) description() *string {
	v, ok := f.value("description", "string", true, true)
	if !ok {
		return nil
	}
	return new(v.(string))
}

// folderPlace is a place whose path may lack the leading slash.
func (c *call) folderPlace(f *form) place {
	at := c.place(f)
	if !strings.HasPrefix(at.path, "/") {
		at.path = "/" + at.path
	}
	return at
}

func noEnvironment(slug string) *failure {
	return notFoundAs(fmt.Sprintf("Environment with slug '%s' not found", slug))
}

func noFolder(at place, label string) *failure {
	f := notFoundAs(fmt.Sprintf("Folder with path '%s' in environment with slug '%s' not found", at.path, at.environment))
	f.Label = label
	return f
}

// listFoldersV2 is GET of a list, without a look at what the actor may see.
func listFoldersV2(c *call) (any, error) {
	f := newForm(c.query)
	at := c.folderPlace(f)
	if c.v4 {
		f.text("path") // which the second version wants
	}
	recursive := false
	if text := f.optionalText("recursive"); text != nil {
		recursive = *text != "" && *text != "0" && !strings.EqualFold(*text, "false")
	}
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
		return nil, noEnvironment(at.environment)
	}
	parent, err := p.folder(at.environment, at.path)
	if err != nil {
		return nil, err
	}
	out := []folderBody{}
	switch {
	case parent == nil:
	case recursive:
		for _, below := range parent.tree()[1:] {
			body := below.bodyAt("")
			body.RelativePath = below.path()
			out = append(out, body)
		}
	default:
		for _, child := range parent.children {
			out = append(out, child.bodyAt(""))
		}
	}
	slices.SortFunc(out, func(a, b folderBody) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID)) })
	return map[string]any{"folders": out}, nil
}

// getFolder is GET of one folder by its id.
func getFolder(c *call) (any, error) {
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	for _, p := range c.server.projects {
		for _, f := range p.folders() {
			if f.id != c.param {
				continue
			}
			if _, err := c.project(p.ID); err != nil {
				return nil, err
			}
			body, e := f.bodyAt(f.path()), f.environment
			body.Environment, body.ProjectID = &folderEnvBody{e.ID, e.Name, e.Slug}, p.ID
			return folderAnswer{body}, nil
		}
	}
	return nil, notFoundAs(fmt.Sprintf("Folder with ID '%s' not found", c.param))
}

// createFolderV2 is POST of a folder: it makes missing parents.
func createFolderV2(c *call) (any, error) {
	f := newForm(c.body)
	at := c.folderPlace(f)
	name, description := f.folderName(), f.description()
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
		return nil, notFoundAs(fmt.Sprintf("Environment with slug '%s' in project with ID '%s' not found", at.environment, p.ID))
	}
	full := path.Join(at.path, name)
	found, err := p.folder(at.environment, full)
	switch {
	case err != nil:
		return nil, err
	case len(name) > 255:
		return nil, &failure{Status: http.StatusUnprocessableEntity, Message: "The provided value is too long", Label: "ValidationFailure"}
	case found != nil: // which older servers answer with the folder
		return nil, badRequest(fmt.Sprintf("Folder with name '%s' already exists in path '%s'", name, at.path))
	}
	made := e.makeFolder(at.path, full, name)
	made.description = description
	return folderAnswer{made.bodyAt(full)}, nil
}

// updateFolderV2 is PATCH of a folder: a new name.
func updateFolderV2(c *call) (any, error) {
	f := newForm(c.body)
	at := c.folderPlace(f)
	name, description := f.folderName(), f.description()
	if err := f.err(); err != nil {
		return nil, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	parent, _, err := c.parentOf(toEdit, at, "UpdateFolder")
	if err != nil {
		return nil, err
	}
	found := parent.childCalled(c.param, uuid.Validate(c.param) == nil)
	if found == nil {
		missing := notFoundAs(fmt.Sprintf("Folder with ID '%s' not found", c.param))
		missing.Label = "UpdateFolder"
		return nil, missing
	}
	if taken := parent.child(name); taken != nil && taken != found {
		return nil, labelled("Folder with specified name already exists", "UpdateFolder")
	}
	found.name, found.updatedAt = name, now()
	found.description = either(description, found.description)
	found.version++
	return folderAnswer{found.bodyAt(found.path())}, nil
}

// parentOf is the folder whose child a call changes. The caller holds the lock.
func (c *call) parentOf(a action, at place, label string) (*folder, *project, error) {
	p, err := c.allow(a, at)
	if err != nil {
		return nil, nil, err
	}
	if p.environment(at.environment) == nil {
		return nil, nil, noEnvironment(at.environment)
	}
	parent, err := p.folder(at.environment, at.path)
	if err == nil && parent == nil {
		err = noFolder(at, label)
	}
	return parent, p, err
}

// childCalled finds a child by its id, or by its name.
func (f *folder) childCalled(idOrName string, byID bool) *folder {
	for _, child := range f.children {
		if byID && child.id == idOrName || !byID && child.name == idOrName {
			return child
		}
	}
	return nil
}

// deleteFolderV2 is DELETE of a folder with all below it. The first version does
// so always, the second refuses a folder with secrets or folders in it unless it
// is told to.
func deleteFolderV2(c *call) (any, error) {
	f := newForm(c.body)
	at := c.folderPlace(f)
	force := !c.v4
	if c.v4 {
		if v, ok := f.value("forceDelete", "boolean", true, false); ok {
			force = v.(bool)
		}
	}
	if err := f.err(); err != nil {
		return nil, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	parent, p, err := c.parentOf(toDelete, at, "NotFound")
	if err != nil {
		return nil, err
	}
	found := parent.childCalled(c.param, false)
	if found == nil && uuid.Validate(c.param) == nil {
		found = parent.childCalled(c.param, true)
	}
	if c.actor.identity == nil {
		if found == nil {
			return nil, notFoundAs("Target folder not found")
		}
		if err := p.protected(found); err != nil {
			return nil, err
		}
	}
	switch {
	case found == nil:
		return nil, notFoundAs(fmt.Sprintf("Folder with ID '%s' not found", c.param))
	case !force && (len(found.children) > 0 || len(p.table(found, true).rows) > 0):
		return nil, labelled(fmt.Sprintf("Cannot delete folder \"%s\" because it contains resources. Use forceDelete=true to delete it forcefully.", found.name), "deleteFolder")
	}
	body := found.bodyAt("")
	found.detach()
	return folderAnswer{body}, nil
}

// protected refuses to delete a folder that holds secrets under a policy, which
// machine identities may (the server's source).
func (p *project) protected(found *folder) error {
	held := p.policies[found.environment.Slug]
	if held == nil {
		return nil
	}
	for _, f := range found.tree() {
		if len(p.table(f, true).rows) > 0 {
			return labelled(fmt.Sprintf("You cannot delete the selected folder because it contains one or more secrets that are protected by the change policy \"%s\" at folder path \"%s\". Please remove the secrets at folder path \"%s\" and try again.",
				"changes of "+found.environment.Slug, f.path(), f.path()), "DeleteFolderProtectedByPolicy")
		}
	}
	return nil
}
