package api

import (
	"context"
	"net/http"
	"slices"
	"time"
)

// Folder is one folder of an environment.
type Folder struct {
	ID, Name string
	Created  time.Time // zero where it is not told
}

type wireFolder struct {
	ID   label `json:"id"`
	Name label `json:"name"`

	CreatedAt moment `json:"createdAt"`
}

func (w wireFolder) folder() Folder { return Folder{string(w.ID), string(w.Name), w.CreatedAt.Time} }

// Folders lists the direct subfolders of a place, whatever the token's scopes
// are (section 6), but for servers of 2023. A missing place has none; the answer
// does not tell it from an empty one.
func (c *Client) Folders(ctx context.Context, place Place) ([]Folder, error) {
	var answer struct {
		Folders *[]wireFolder `json:"folders"`
	}
	list := call{
		method: http.MethodGet, route: "/api/v1/folders", path: []string{"api", "v1", "folders"},
		query: place.query(c.pathField()),
	}
	if err := c.do(ctx, list, &answer); err != nil {
		return nil, err
	}
	if answer.Folders == nil {
		return nil, list.malformed("the answer holds no list of folders")
	}
	folders := make([]Folder, 0, len(*answer.Folders))
	for _, w := range *answer.Folders {
		if w.ID == "" {
			return nil, list.malformed("a folder in the answer has no id")
		}
		folders = append(folders, w.folder())
	}
	return folders, nil
}

// pathField is the server's name for a path in calls about folders and imports.
// One of 2023 takes no notice of the later name and serves the root.
func (c *Client) pathField() string {
	if c.of2023.Load() {
		return "directory"
	}
	return "path"
}

// folderBody is the body of every write of a folder; the path is its parent's.
type folderBody struct {
	WorkspaceID string `json:"workspaceId"`
	Environment string `json:"environment"`
	Path        string `json:"path,omitempty"`
	Directory   string `json:"directory,omitempty"` // in 2023, in place of the path
	Name        string `json:"name,omitempty"`
	FolderName  string `json:"folderName,omitempty"` // in 2023, of one that is made
}

// CreateFolder makes a folder and the parents that are missing. One that is
// there already is answered as if it were made (section 6).
func (c *Client) CreateFolder(ctx context.Context, parent Place, name string) (Folder, error) {
	return c.writeFolder(ctx, http.MethodPost, parent, Folder{}, name)
}

// RenameFolder gives a folder another name in the same parent. The id stays.
func (c *Client) RenameFolder(ctx context.Context, parent Place, folder Folder, name string) (Folder, error) {
	return c.writeFolder(ctx, http.MethodPatch, parent, folder, name)
}

// DeleteFolder removes a folder, all folders below it and every secret in
// them, without a question (section 6).
func (c *Client) DeleteFolder(ctx context.Context, parent Place, folder Folder) (Folder, error) {
	return c.writeFolder(ctx, http.MethodDelete, parent, folder, "")
}

// DeleteEmptyFolder removes a folder if it holds neither secrets nor folders. The
// server itself looks; one that holds something is refused with status 400, in
// whatever words. Servers of before late 2025 have no such address.
func (c *Client) DeleteEmptyFolder(ctx context.Context, parent Place, folder Folder) (Folder, error) {
	var answer struct {
		Folder *wireFolder `json:"folder"`
	}
	call := call{
		method: http.MethodDelete, route: "/api/v2/folders/:folderId", path: []string{"api", "v2", "folders", folder.ID},
		body: map[string]any{"projectId": parent.WorkspaceID, "environment": parent.Environment, "path": parent.Path, "forceDelete": false},
	}
	if err := c.do(ctx, call, &answer); err != nil {
		return Folder{}, err
	}
	if answer.Folder == nil || answer.Folder.ID == "" {
		return Folder{}, call.malformed("the answer holds no folder")
	}
	return answer.Folder.folder(), nil
}

// writeFolder names the folder by its id, or on a server of 2023, which knows
// none of those in addresses, by its name.
func (c *Client) writeFolder(ctx context.Context, method string, parent Place, folder Folder, name string) (Folder, error) {
	var answer struct {
		Folder  *wireFolder  `json:"folder"`
		Folders []wireFolder `json:"folders"` // of a delete in 2023, with all below it
	}
	body := folderBody{WorkspaceID: parent.WorkspaceID, Environment: parent.Environment, Path: parent.Path, Name: name}
	by := folder.ID
	if c.of2023.Load() {
		body.Path, body.Directory, by = "", parent.Path, folder.Name
		if method == http.MethodPost {
			body.Name, body.FolderName = "", name
		}
	}
	call := call{
		method: method, route: "/api/v1/folders", path: []string{"api", "v1", "folders"},
		body: body,
	}
	if by != "" {
		call.route, call.path = "/api/v1/folders/:folderId", append(call.path, by)
	}
	if err := c.do(ctx, call, &answer); err != nil {
		return Folder{}, err
	}
	if i := slices.IndexFunc(answer.Folders, func(f wireFolder) bool { return string(f.ID) == folder.ID }); answer.Folder == nil && i >= 0 {
		answer.Folder = &answer.Folders[i]
	}
	if answer.Folder == nil || answer.Folder.ID == "" {
		return Folder{}, call.malformed("the answer holds no folder")
	}
	return answer.Folder.folder(), nil
}
