package api

import "strings"

// Dialect says which of a server's endpoints for secrets in the clear a call is
// for. What they do is the same.
type Dialect int

// The dialects.
const (
	RawV3 Dialect = iota // /api/v3/secrets/raw
	// RawV4 is /api/v4/secrets, of servers of later years (read in their source,
	// which calls the other deprecated). It takes no API keys.
	RawV4
)

// call is one of the raw endpoints, by what follows their common beginning.
func (d Dialect) call(method, route string, segments ...string) call {
	path := []string{"api", "v3", "secrets", "raw"}
	switch {
	case d == RawV4:
		path = []string{"api", "v4", "secrets"}
	case route == "/batch": // which is turned round there
		path, route, segments = []string{"api", "v3", "secrets", "batch", "raw"}, "", nil
	}
	return call{method: method, route: "/" + strings.Join(path, "/") + route, path: append(path, segments...)}
}

// project is the project's id under the dialect's name for it.
func (d Dialect) project(p Place) rawProject {
	if d == RawV4 {
		return rawProject{ProjectID: p.WorkspaceID}
	}
	return rawProject{WorkspaceID: p.WorkspaceID}
}

type rawProject struct {
	WorkspaceID string `json:"workspaceId,omitempty"`
	ProjectID   string `json:"projectId,omitempty"`
}
