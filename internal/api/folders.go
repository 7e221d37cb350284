package api

import (
	"context"
	"net/http"
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
// are (section 6). A missing place has none; the answer does not tell it from
// an empty one.
func (c *Client) Folders(ctx context.Context, place Place) ([]Folder, error) {
	var answer struct {
		Folders *[]wireFolder `json:"folders"`
	}
	list := call{
		method: http.MethodGet, route: "/api/v1/folders", path: []string{"api", "v1", "folders"},
		query: place.query("path"),
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

// folderBody is the body of every write of a folder; the path is its parent's.
type folderBody struct {
	WorkspaceID string `json:"workspaceId"`
	Environment string `json:"environment"`
	Path        string `json:"path"`
	Name        string `json:"name,omitempty"`
}

// CreateFolder makes a folder and the parents that are missing. One that is
// there already is answered as if it were made (section 6).
func (c *Client) CreateFolder(ctx context.Context, parent Place, name string) (Folder, error) {
	return c.writeFolder(ctx, http.MethodPost, parent, "", name)
}

// RenameFolder gives a folder another name in the same parent. The id stays.
func (c *Client) RenameFolder(ctx context.Context, parent Place, id, name string) (Folder, error) {
	return c.writeFolder(ctx, http.MethodPatch, parent, id, name)
}

// DeleteFolder removes a folder, all folders below it and every secret in
// them, without a question (section 6).
func (c *Client) DeleteFolder(ctx context.Context, parent Place, id string) (Folder, error) {
	return c.writeFolder(ctx, http.MethodDelete, parent, id, "")
}

func (c *Client) writeFolder(ctx context.Context, method string, parent Place, id, name string) (Folder, error) {
	var answer struct {
		Folder *wireFolder `json:"folder"`
	}
	call := call{
		method: method, route: "/api/v1/folders", path: []string{"api", "v1", "folders"},
		body: folderBody{parent.WorkspaceID, parent.Environment, parent.Path, name},
	}
	if id != "" {
		call.route, call.path = "/api/v1/folders/:folderId", append(call.path, id)
	}
	if err := c.do(ctx, call, &answer); err != nil {
		return Folder{}, err
	}
	if answer.Folder == nil || answer.Folder.ID == "" {
		return Folder{}, call.malformed("the answer holds no folder")
	}
	return answer.Folder.folder(), nil
}
