package api

import (
	"context"
	"net/http"
)

// Import shows the secrets of another folder in a folder (section 8).
type Import struct {
	ID          string
	Environment string // slug of the source
	Path        string // of the source
	Position    int64  // from 1; of two imports that bring one name the later wins (section 20)
}

type wireImport struct {
	ID          label `json:"id"`
	ImportPath  label `json:"importPath"`
	Position    int64 `json:"position"`
	Environment struct {
		Slug label `json:"slug"`
	} `json:"importEnv"`
}

func (w wireImport) imported() Import {
	return Import{ID: string(w.ID), Environment: string(w.Environment.Slug), Path: string(w.ImportPath), Position: w.Position}
}

// Imports lists what a folder imports, in no order.
func (c *Client) Imports(ctx context.Context, place Place) ([]Import, error) {
	if c.of2023.Load() {
		all, _, err := c.importsOf2023(ctx, place)
		return all, err
	}
	var answer struct {
		Imports *[]wireImport `json:"secretImports"`
	}
	list := call{
		method: http.MethodGet, route: "/api/v1/secret-imports", path: []string{"api", "v1", "secret-imports"},
		query: place.query("path"),
	}
	if err := c.do(ctx, list, &answer); err != nil {
		return nil, err
	}
	if answer.Imports == nil {
		return nil, list.malformed("the answer holds no list of imports")
	}
	imports := make([]Import, 0, len(*answer.Imports))
	for _, w := range *answer.Imports {
		imports = append(imports, w.imported())
	}
	return imports, nil
}

type importBody struct {
	WorkspaceID string        `json:"workspaceId"`
	Environment string        `json:"environment"`
	Path        string        `json:"path"`
	Import      *importChange `json:"import,omitempty"`
}

type importChange struct {
	Environment string `json:"environment,omitempty"`
	Path        string `json:"path,omitempty"`
	Position    int64  `json:"position,omitempty"`
}

// CreateImport adds an import after all others of the folder. The server
// checks neither that the source exists, nor that it is another folder, nor
// that it is not imported already (section 8).
func (c *Client) CreateImport(ctx context.Context, place Place, sourceEnvironment, sourcePath string) (Import, error) {
	if c.of2023.Load() {
		return c.createImportOf2023(ctx, place, sourceEnvironment, sourcePath)
	}
	return c.writeImport(ctx, http.MethodPost, place, "", &importChange{Environment: sourceEnvironment, Path: sourcePath})
}

// MoveImport gives an import another position; those between shift by one.
func (c *Client) MoveImport(ctx context.Context, place Place, id string, position int64) (Import, error) {
	if c.of2023.Load() {
		return c.moveImportOf2023(ctx, place, id, position)
	}
	return c.writeImport(ctx, http.MethodPatch, place, id, &importChange{Position: position})
}

// DeleteImport removes an import; the source is not touched.
func (c *Client) DeleteImport(ctx context.Context, place Place, id string) (Import, error) {
	if c.of2023.Load() {
		return c.deleteImportOf2023(ctx, place, id)
	}
	return c.writeImport(ctx, http.MethodDelete, place, id, nil)
}

func (c *Client) writeImport(ctx context.Context, method string, place Place, id string, change *importChange) (Import, error) {
	var answer struct {
		Import *wireImport `json:"secretImport"`
	}
	call := call{
		method: method, route: "/api/v1/secret-imports", path: []string{"api", "v1", "secret-imports"},
		body: importBody{place.WorkspaceID, place.Environment, place.Path, change},
	}
	if id != "" {
		call.route, call.path = "/api/v1/secret-imports/:secretImportId", append(call.path, id)
	}
	if err := c.do(ctx, call, &answer); err != nil {
		return Import{}, err
	}
	if answer.Import == nil || answer.Import.ID == "" {
		return Import{}, call.malformed("the answer holds no import")
	}
	return answer.Import.imported(), nil
}
