package devserver

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
)

// Failures of 2023 hold the server's type of error as Label and, of an exception
// alone, its text as Message.

// mongoError is a failure with a type.
func mongoError(status int, kind string) *failure {
	return &failure{Status: status, Message: "", Label: kind}
}

// mongoException is what nobody caught.
func mongoException(text string) *failure {
	return &failure{Status: http.StatusInternalServerError, Message: text, Label: "internal_server_error"}
}

var (
	errMongoBad          = mongoError(http.StatusBadRequest, "bad_request")
	errMongoUnauthorized = mongoError(http.StatusUnauthorized, "unauthorized")
	errMongoNoSecret     = mongoError(http.StatusNotFound, "secret_not_found_error")
	errMongoNoFolder     = mongoException("Folder not found")
)

type mongoErrorBody struct {
	Level   int               `json:"_logLevel"`
	Name    string            `json:"_logName"`
	Status  int               `json:"statusCode"`
	Type    string            `json:"type"`
	Context map[string]string `json:"context"`
	Extra   []any             `json:"extra"`
}

// mongoFailure is the body of an error: nothing in June, and in November no word
// but the text of an exception.
func (s *Server) mongoFailure(f *failure) answer {
	body := []byte("{}")
	if s.era == Era2023November {
		b := mongoErrorBody{30, "INFO", f.Status, f.Label, map[string]string{}, []any{}}
		if f.Status == http.StatusInternalServerError || strings.HasSuffix(f.Label, "_not_found_error") {
			b.Level, b.Name = 50, "ERROR"
		}
		if text, _ := f.Message.(string); text != "" {
			b.Context["exception"] = text
		}
		body = encode(b)
	}
	return withMongoTag(answer{status: f.Status, header: http.Header{}, body: body})
}

// invalid is what the server makes of a request that does not pass validation:
// 400 in June, and in November an exception whose text are the issues.
func (c *call) invalid(f *form) error {
	switch {
	case len(*f.issues) == 0:
		return nil
	case c.server.era == Era2023June:
		return errMongoBad
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, issuesInOrder(*f.issues), "", "  "); err != nil {
		panic("devserver: " + err.Error())
	}
	return mongoException(indented.String())
}

// issuesInOrder are issues with their members in the order of zod.
func issuesInOrder(issues []issue) []byte {
	var texts []string
	for _, i := range issues {
		order := "code expected received path message"
		expected, _ := i["expected"].(string)
		switch {
		case strings.HasPrefix(expected, "'"):
			order = "expected received code path message"
		case i["code"] == "invalid_enum_value":
			order = "received code options path message"
		case i["code"] != "invalid_type":
			order = "code minimum type inclusive exact message path"
		}
		var members []string
		for name := range strings.FieldsSeq(order) {
			members = append(members, string(encode(name))+":"+string(encode(i[name])))
		}
		texts = append(texts, "{"+strings.Join(members, ",")+"}")
	}
	return []byte("[" + strings.Join(texts, ",") + "]")
}
