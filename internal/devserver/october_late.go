package devserver

import (
	"fmt"
	"net/http"
	"strings"
)

// What a server of 24 October 2024 says otherwise than one of 10 October, which
// is the recorded one (PROTOCOL_V3, "Seen since").

// callNames label what a call by its name says of a missing folder.
var callNames = map[string]string{
	"GET": "GetSecretByName", "POST": "CreateSecret", "PATCH": "UpdateSecret", "DELETE": "DeleteSecret",
	"POST batch": "CreateManySecret", "PATCH batch": "UpdateManySecret", "DELETE batch": "DeleteManySecret",
}

// namedLate says what does not exist by its name.
func (c *call) namedLate(route *route, f *failure) *failure {
	text, _ := f.Message.(string)
	say := func(label, format string, args ...any) *failure {
		return &failure{Status: http.StatusNotFound, Label: label, Message: fmt.Sprintf(format, args...)}
	}
	switch pattern := route.pattern(); {
	case text == "Folder not found" && strings.HasSuffix(pattern, ":folder") && route.method == http.MethodDelete:
		return say("NotFound", "Failed to delete folder with ID '%s', not found", c.param)
	case text == "Folder not found" && strings.HasSuffix(pattern, ":folder"):
		return say("NotFound", "Failed to update folder with ID '%s'", c.param)
	case strings.HasPrefix(text, "Folder not found for"):
		call := route.method
		if strings.Contains(pattern, "/batch") {
			call += " batch"
		}
		path := c.asked("secretPath")
		if path == "" {
			path = "/"
		}
		return say(callNames[call], "Folder with path '%s' in environment with slug '%s' not found", path, c.asked("environment"))
	case text == "Secret not found" && route.method == http.MethodPatch:
		return say("NotFound", "Secret with name %s not found", trim(c.param))
	case text == "Secret not found":
		return say("NotFound", "Secret with name '%s' not found", trim(c.param))
	case text == "Tag not found":
		return say("NotFound", "One or more tags not found")
	case strings.HasPrefix(text, "Bot not found"):
		workspace := c.asked("workspaceId")
		return say("NotFound", "Project bot not found for project with ID '%s'. Please ask an administrator to log-in to the project.", workspace)
	case f == errNoImportEnv:
		return say("NotFound", "The requested entity is not found")
	}
	return f
}
