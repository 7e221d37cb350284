package devserver

import (
	"cmp"
	"fmt"
	"net/http"
	"strings"

	"github.com/google/uuid"
)

// What a server of July 2026 does otherwise than one of October 2024. All of it
// was read in the server's source and not seen (PROTOCOL_V4). Files beside this
// one have the handlers of secrets, which both addresses share.

// asV4 has a handler answer as /api/v4/secrets does, and not as the raw endpoints.
func asV4(handle func(*call) (any, error)) func(*call) (any, error) {
	return func(c *call) (any, error) {
		c.v4 = true
		return handle(c)
	}
}

// projectField is what calls name the project by.
func (c *call) projectField() string {
	if c.v4 {
		return "projectId"
	}
	return "workspaceId"
}

// scopeFor is where a list looks. For a token of one scope without a wildcard
// that is the scope, whatever was asked for.
func (c *call) scopeFor(at place) place {
	if t := c.actor.token; c.v4 && t != nil && len(t.Scopes) == 1 && !strings.ContainsAny(t.Scopes[0].SecretPath, "*?[]{}()!+@") {
		at.workspace, at.environment, at.path = t.ProjectID, t.Scopes[0].Environment, t.Scopes[0].SecretPath
	}
	return at
}

// noSuchPath is a list of a folder or an environment that does not exist.
func noSuchPath(at place) *failure {
	return &failure{
		Status: http.StatusNotFound, Label: "SecretPathNotFound",
		Message: fmt.Sprintf("Folder with path '%s' in environment '%s' was not found. Please ensure the environment slug and secret path is correct.", at.path, at.environment),
	}
}

// named says what does not exist by its name, and not of which kind it is alone.
func (c *call) named(route *route, f *failure) *failure {
	text, _ := f.Message.(string)
	out := *f
	say := func(format string, args ...any) {
		out.Status, out.Message = http.StatusNotFound, fmt.Sprintf(format, args...)
		if out.Label == "BadRequest" {
			out.Label = "NotFound"
		}
	}
	switch {
	case text == "Folder not found" && strings.HasSuffix(route.pattern(), ":folder"):
		say("Folder with ID '%s' not found", c.param)
	case strings.HasPrefix(text, "Folder not found"):
		path := c.asked("secretPath")
		if path == "" {
			path = c.asked("path")
		}
		say("Folder with path '%s' in environment with slug '%s' not found", path, c.asked("environment"))
	case text == "Environment not found":
		say("Environment with slug '%s' not found", c.asked("environment"))
	case text == "Secret import doc not found":
		say("Secret import with folder ID '%s' not found", c.param)
	case text == "Secret import not found": // which is a bad request again
		out.Label = "BadRequest"
	case text == errExists.Message:
		out.Message = fmt.Sprintf("Secret '%s' already exists in path '%s' of environment '%s'", trim(c.param), cmp.Or(c.asked("secretPath"), "/"), c.asked("environment"))
	case text == "Secret not found" && route.method == http.MethodPatch && c.asked("type") == "personal":
		say("Personal secret with name %s not found", c.param)
	case text == "Secret not found" && route.method == http.MethodPatch:
		say("Secret with name %s not found", trim(c.param))
	case text == "Secret not found" && route.method == http.MethodGet:
		say("Secret with name '%s' not found", trim(c.param))
	case text == "Tag not found":
		say("Tag not found. Found %s", strings.Join(f.found, ","))
	case text == "Secret with the new name already exist":
		out.Message = text + "s"
	default:
		return f
	}
	return &out
}

// asked is a text of the query or the body.
func (c *call) asked(name string) string {
	if text, ok := c.query[name].(string); ok {
		return text
	}
	body, _ := c.body.(map[string]any)
	text, _ := body[name].(string)
	return text
}

// ofJuly2026 takes back some of what October had permuted. Only what no
// handler answered has no id.
func (f *failure) ofJuly2026() *failure {
	out := f.ofOctober2024(Era2026July)
	text, _ := f.Message.(string)
	switch {
	case f.Label == "Not Found":
		return out
	case f.Label == "ValidationFailure":
		out.Status = http.StatusUnprocessableEntity
	case text == "Secret import not found":
		out.Status = f.Status
	case f.Label == "PermissionDenied":
		out.Details = []any{}
	}
	out.ReqID = "req-" + uuid.NewString()
	return out
}
