package acctest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
)

// Other is another client of a project, which works on folders and imports and
// has no key. It speaks HTTP of its own.
type Other struct {
	T           testing.TB
	URL         string
	Bearer      string // three parts of a token
	WorkspaceID string
}

// Other is one that may do everything.
func (e *Env) Other() Other {
	e.T.Helper()
	token := e.NewToken(seed.Token{Name: "another client"})
	return Other{e.T, e.Server.URL(), token[:strings.LastIndex(token, ".")], e.Owner.Project.ID}
}

// Folders are the folders directly in one, as name and id.
func (o Other) Folders(environment, path string) map[string]string {
	o.T.Helper()
	var answer struct{ Folders []struct{ ID, Name string } }
	o.do(http.MethodGet, "/api/v1/folders", environment, path, nil, &answer)
	out := map[string]string{}
	for _, f := range answer.Folders {
		out[f.Name] = f.ID
	}
	return out
}

// CreateFolder makes a folder of any name and returns its id.
func (o Other) CreateFolder(environment, parent, name string) string {
	o.T.Helper()
	var answer struct{ Folder struct{ ID string } }
	o.do(http.MethodPost, "/api/v1/folders", environment, parent, map[string]any{"name": name}, &answer)
	return answer.Folder.ID
}

// RenameFolder gives a folder another name.
func (o Other) RenameFolder(environment, parent, name, newName string) {
	o.T.Helper()
	o.do(http.MethodPatch, "/api/v1/folders/"+name, environment, parent, map[string]any{"name": newName}, nil)
}

// DeleteFolder removes a folder with everything in it.
func (o Other) DeleteFolder(environment, parent, name string) {
	o.T.Helper()
	o.do(http.MethodDelete, "/api/v1/folders/"+name, environment, parent, nil, nil)
}

type otherImport struct {
	ID         string
	ImportPath string
	ImportEnv  struct{ Slug string }
	Position   int64
}

// Imports are the imports of a folder in the order of their positions, each as
// `POSITION ENVIRONMENT:/PATH`.
func (o Other) Imports(environment, path string) []string {
	o.T.Helper()
	out := []string{}
	for _, i := range o.imports(environment, path) {
		out = append(out, fmt.Sprintf("%d %s:%s", i.Position, i.ImportEnv.Slug, i.ImportPath))
	}
	return out
}

// ImportID is the id of the import of a source; "" if there is none.
func (o Other) ImportID(environment, path, sourceEnvironment, sourcePath string) string {
	o.T.Helper()
	for _, i := range o.imports(environment, path) {
		if i.ImportEnv.Slug == sourceEnvironment && i.ImportPath == sourcePath {
			return i.ID
		}
	}
	return ""
}

func (o Other) imports(environment, path string) []otherImport {
	o.T.Helper()
	var answer struct{ SecretImports []otherImport }
	o.do(http.MethodGet, "/api/v1/secret-imports", environment, path, nil, &answer)
	slices.SortFunc(answer.SecretImports, func(a, b otherImport) int { return int(a.Position - b.Position) })
	return answer.SecretImports
}

// CreateImport makes a folder import another and returns the import's id.
func (o Other) CreateImport(environment, path, sourceEnvironment, sourcePath string) string {
	o.T.Helper()
	var answer struct{ SecretImport struct{ ID string } }
	o.do(http.MethodPost, "/api/v1/secret-imports", environment, path,
		map[string]any{"import": map[string]any{"environment": sourceEnvironment, "path": sourcePath}}, &answer)
	return answer.SecretImport.ID
}

// ChangeImport changes the position, environment or path of an import.
func (o Other) ChangeImport(environment, path, id string, change map[string]any) {
	o.T.Helper()
	o.do(http.MethodPatch, "/api/v1/secret-imports/"+id, environment, path, map[string]any{"import": change}, nil)
}

// DeleteImport removes an import.
func (o Other) DeleteImport(environment, path, id string) {
	o.T.Helper()
	o.do(http.MethodDelete, "/api/v1/secret-imports/"+id, environment, path, nil, nil)
}

func (o Other) do(method, route, environment, path string, body map[string]any, answer any) {
	o.T.Helper()
	place := map[string]any{"workspaceId": o.WorkspaceID, "environment": environment, "path": path}
	address := o.URL + route
	if method == http.MethodGet {
		query := url.Values{}
		for name, value := range place {
			query.Set(name, value.(string))
		}
		address += "?" + query.Encode()
	}
	maps.Copy(place, body)
	encoded, err := json.Marshal(place)
	if err != nil {
		o.T.Fatal(err)
	}
	if method == http.MethodGet {
		encoded = nil
	}
	req, err := http.NewRequestWithContext(o.T.Context(), method, address, bytes.NewReader(encoded))
	if err != nil {
		o.T.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+o.Bearer)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", OtherAgent)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		o.T.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	raw, err := io.ReadAll(resp.Body)
	if err != nil {
		o.T.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		o.T.Fatalf("another client's %s %s: %d %s", method, route, resp.StatusCode, raw)
	}
	if answer != nil {
		if err := json.Unmarshal(raw, answer); err != nil {
			o.T.Fatal(err)
		}
	}
}

// OtherAgent is how an Other calls itself, so that counts can leave it out.
const OtherAgent = "another-client"

// Routes counts the requests by route that no Other has sent.
func (e *Env) Routes() map[string]int {
	out := map[string]int{}
	for _, r := range e.Server.Requests() {
		if r.Header.Get("User-Agent") != OtherAgent {
			out[r.Route]++
		}
	}
	return out
}
