package api

import (
	"context"
	"errors"
	"net/http"
	"slices"
)

// In 2023 a folder's imports are one document. An import is known by its source,
// which a folder can import once; the ids inside change when the order does. So
// the id of an import here is its source.

type importsDocument struct {
	ID      string `json:"_id"`
	Imports []struct {
		Environment string `json:"environment"`
		SecretPath  string `json:"secretPath"`
	} `json:"imports"`
}

func importsCall(method string, more ...string) call {
	c := call{method: method, route: "/api/v1/secret-imports", path: append([]string{"api", "v1", "secret-imports"}, more...)}
	if len(more) > 0 {
		c.route += "/:id"
	}
	return c
}

// importsOf2023 also gives the document's id, which is "" if there was never an
// import.
func (c *Client) importsOf2023(ctx context.Context, place Place) ([]Import, string, error) {
	var answer struct {
		Document *importsDocument `json:"secretImport"`
	}
	list := importsCall(http.MethodGet)
	list.query = place.query(c.pathField())
	if err := c.do(ctx, list, &answer); err != nil {
		return nil, "", err
	}
	if answer.Document == nil {
		return nil, "", list.malformed("the answer holds no list of imports")
	}
	imports := make([]Import, 0, len(answer.Document.Imports))
	for i, one := range answer.Document.Imports {
		imports = append(imports, Import{
			ID: one.Environment + ":" + one.SecretPath, Environment: one.Environment, Path: one.SecretPath, Position: int64(i + 1),
		})
	}
	return imports, answer.Document.ID, nil
}

func (c *Client) createImportOf2023(ctx context.Context, place Place, environment, path string) (Import, error) {
	create := importsCall(http.MethodPost)
	create.body = map[string]any{
		"workspaceId": place.WorkspaceID, "environment": place.Environment, "directory": place.Path,
		"secretImport": importSource{environment, path},
	}
	var ignored any
	if err := c.do(ctx, create, &ignored); err != nil {
		return Import{}, err
	}
	imports, _, err := c.importsOf2023(ctx, place) // what it is answered with is no import
	if err != nil {
		return Import{}, create.malformed("it was made, and could not be read afterwards")
	}
	for _, one := range imports {
		if one.Environment == environment && one.Path == path {
			return one, nil
		}
	}
	return Import{}, create.malformed("the server says that it was made, and does not list it")
}

type importSource struct {
	Environment string `json:"environment"`
	SecretPath  string `json:"secretPath"`
}

// moveImportOf2023 sends the whole list in its new order. What somebody else
// added in between is lost, as with every client of these servers.
func (c *Client) moveImportOf2023(ctx context.Context, place Place, id string, position int64) (Import, error) {
	imports, document, err := c.importsOf2023(ctx, place)
	if err != nil {
		return Import{}, err
	}
	update := importsCall(http.MethodPut, document)
	at := slices.IndexFunc(imports, func(i Import) bool { return i.ID == id })
	if at < 0 {
		return Import{}, update.gone()
	}
	moved := imports[at]
	imports = slices.Delete(imports, at, at+1)
	moved.Position = max(1, min(position, int64(len(imports)+1)))
	imports = slices.Insert(imports, int(moved.Position-1), moved)
	sources := make([]importSource, 0, len(imports))
	for _, one := range imports {
		sources = append(sources, importSource{one.Environment, one.Path})
	}
	update.body = map[string]any{"secretImports": sources}
	var ignored any
	return moved, c.do(ctx, update, &ignored)
}

func (c *Client) deleteImportOf2023(ctx context.Context, place Place, id string) (Import, error) {
	imports, document, err := c.importsOf2023(ctx, place)
	if err != nil {
		return Import{}, err
	}
	at := slices.IndexFunc(imports, func(i Import) bool { return i.ID == id })
	remove := importsCall(http.MethodDelete, document)
	if at < 0 {
		return Import{}, remove.gone()
	}
	remove.body = map[string]string{"secretImportEnv": imports[at].Environment, "secretImportPath": imports[at].Path}
	var ignored any
	return imports[at], c.do(ctx, remove, &ignored)
}

// gone: the import was deleted since it was listed, and nothing was sent.
func (c call) gone() *Error {
	return &Error{Kind: KindRefused, Method: c.method, Route: c.route, cause: errors.New("the import is not listed any more")}
}
