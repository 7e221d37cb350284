package devserver

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
)

// maxBodyOf2023 is the largest request body in bytes.
const maxBodyOf2023 = 100 << 10

// mongoBody decodes a body as Express does: what says it is JSON is read, an
// object or a list; anything else is no body at all.
func mongoBody(r *http.Request, body []byte) (any, *failure) {
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	empty := map[string]any{}
	if media != "application/json" || len(body) == 0 {
		return empty, nil
	}
	if len(body) > maxBodyOf2023 {
		return nil, mongoException("request entity too large")
	}
	if begin := bytes.TrimLeft(body, " \t\r\n"); len(begin) > 0 && begin[0] != '{' && begin[0] != '[' {
		return nil, mongoException(fmt.Sprintf("Unexpected token '%c', \"#\" is not valid JSON", begin[0]))
	}
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		return nil, mongoException(jsonMessage(err, body))
	}
	if object, ok := value.(map[string]any); ok {
		return object, nil
	}
	return empty, nil // a list has no fields
}

// mongoForm reads the body, or of a GET the query; complaints name it.
func (c *call) mongoForm(of string) *form {
	values, ok := c.body.(map[string]any)
	if of == "query" {
		values, ok = c.query, true
	}
	if !ok {
		values = map[string]any{}
	}
	return &form{values: values, path: []any{of}, issues: &[]issue{}}
}

// mongoPlace reads a place. In June an empty path is the root.
func (c *call) mongoPlace(f *form, pathField string) place {
	at := place{workspace: f.text("workspaceId"), environment: f.text("environment"), path: "/"}
	if path := f.optionalText(pathField); path != nil && (*path != "" || c.server.era == Era2023November) {
		at.path = *path
	}
	return at
}

// mongoType is a required type.
func (f *form) mongoType() string {
	if _, there := f.values["type"]; !there {
		f.mismatch("'shared' | 'personal'", "undefined", f.at("type"))
	}
	return f.secretType()
}
