package devserver

import (
	"net/http"
	"slices"
	"strings"
	"testing"
)

// freshProject makes the project of one exchange, holding what its answer
// shows to have been there.
func (r *replayV3) freshProject(t *testing.T, e wireExchange) {
	t.Helper()
	r.projectOf([]wireExchange{e}, "of_it", 1)
	id := r.here["{{workspace_of_it}}"]
	body, _ := e.Response.Body.(map[string]any)
	var secrets []any
	if one, ok := body["secret"]; ok {
		secrets = append(secrets, one)
	} else {
		secrets, _ = body["secrets"].([]any)
	}
	raw := strings.Contains(e.Request.Path, "/raw")
	b := &bot{key: []byte(testKey)}
	if raw {
		r.server.KnowPrivateKey(id, testKey)
	}
	for i, item := range secrets {
		if e.Request.Method == http.MethodPost {
			break
		}
		recorded := item.(map[string]any)
		version := int(recorded["version"].(float64))
		if e.Request.Method == http.MethodPatch {
			version--
		}
		made := Record{
			WorkspaceID: id, Environment: "dev", BlindIndex: []string{"A", "B"}[min(i, 1)], Version: version,
			Key: fieldOf(recorded, "secretKey"), Value: fieldOf(recorded, "secretValue"), Comment: fieldOf(recorded, "secretComment"),
		}
		if raw {
			made.Key, made.Value = b.seal(recorded["secretKey"].(string)), b.seal(recorded["secretValue"].(string))
		}
		r.server.PutRecord(made)
	}
	if !strings.Contains(e.Name, "import") && e.Name != "triggers: folder list" || len(secrets) > 0 {
		return
	}
	r.server.CreateFolder(id, "dev", "/app")
	if e.Name == "triggers: folder list" {
		return
	}
	r.freshImport(e, id)
}

// freshImport puts the import into the folder /app that the answer shows, or one
// in front of it.
func (r *replayV3) freshImport(e wireExchange, project string) {
	r.server.mu.Lock()
	defer r.server.mu.Unlock()
	p := r.server.projects[project]
	app, _ := p.folder("dev", "/app")
	made := &secretImport{id: r.server.era.newID(), environment: p.environment("prod"), path: "/", position: 1, createdAt: now(), updatedAt: now()}
	shown := e.Response.Body.(map[string]any)
	if list, ok := shown["secretImports"].([]any); ok {
		shown = list[0].(map[string]any)
	} else {
		shown = shown["secretImport"].(map[string]any)
	}
	if e.Request.Method != http.MethodPost {
		recorded := shown["id"].(string)
		made.environment = p.environment(shown["importEnv"].(map[string]any)["slug"].(string))
		r.here[recorded], r.there[made.id] = made.id, recorded
	}
	app.imports = slices.Concat(app.imports, []*secretImport{made})
}
