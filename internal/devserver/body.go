package devserver

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"strings"
)

// largestBody is the largest request body in bytes that any era takes.
const largestBody = 1 << 20

// readBody reads at most one byte more than is allowed, and lets the rest of an
// oversized body pass by so that the client can finish sending and read the 413.
func readBody(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, largestBody+1))
	if err != nil {
		return nil, err
	}
	_, err = io.CopyN(io.Discard, r.Body, 16<<20)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return body, nil
}

// parseBody decodes a body as Fastify does. No body at all is nil, which
// validation then refuses.
func parseBody(r *http.Request, body []byte) (any, *failure) {
	kind := r.Header.Get("Content-Type")
	if kind == "" && len(body) == 0 {
		return nil, nil
	}
	if len(body) > largestBody {
		return nil, fastify(http.StatusRequestEntityTooLarge, "FST_ERR_CTP_BODY_TOO_LARGE", "Request body is too large")
	}
	media, _, err := mime.ParseMediaType(kind)
	switch {
	case err == nil && media == "text/plain":
		return string(body), nil
	case err == nil && media == "application/x-www-form-urlencoded":
		return queryValues(string(body)), nil
	case err != nil || media != "application/json":
		if kind == "" {
			kind = "undefined"
		}
		return nil, fastify(http.StatusUnsupportedMediaType, "FST_ERR_CTP_INVALID_MEDIA_TYPE", "Unsupported Media Type: "+kind)
	case len(body) == 0:
		return nil, fastify(http.StatusBadRequest, "FST_ERR_CTP_EMPTY_JSON_BODY",
			"Body cannot be empty when content-type is set to 'application/json'")
	}
	var value any
	if err := json.Unmarshal(body, &value); err != nil {
		return nil, fastify(http.StatusBadRequest, "", jsonMessage(err, body))
	}
	if object, ok := value.(map[string]any); ok && object["__proto__"] != nil {
		return nil, fastify(http.StatusBadRequest, "", "Object contains forbidden prototype property")
	}
	return value, nil
}

func fastify(status int, code, message string) *failure {
	label := http.StatusText(status)
	if status == http.StatusRequestEntityTooLarge {
		label = "Payload Too Large" // the older name, which Node still uses
	}
	return &failure{Status: status, Code: code, Message: message, Label: label}
}

// jsonMessage says what is wrong with a JSON text in the words of V8.
func jsonMessage(err error, body []byte) string {
	var syntax *json.SyntaxError
	if !errors.As(err, &syntax) || strings.Contains(syntax.Error(), "unexpected end") {
		return "Unexpected end of JSON input"
	}
	at := int(syntax.Offset) - 1
	text := syntax.Error()
	if strings.Contains(text, "beginning of object key") && bytes.HasSuffix(bytes.TrimSpace(body[:at]), []byte(",")) {
		return fmt.Sprintf("Expected double-quoted property name in JSON at position %d", at)
	}
	for _, known := range []struct{ golang, v8 string }{
		{"after object key:value pair", "Expected ',' or '}' after property value"},
		{"after object key", "Expected ':' after property name"},
		{"after array element", "Expected ',' or ']' after array element"},
		{"after top-level value", "Unexpected non-whitespace character after"},
		{"beginning of object key", "Expected property name or '}'"},
	} {
		if strings.Contains(text, known.golang) {
			in := " in JSON"
			if strings.HasSuffix(known.v8, "after") {
				in = " JSON"
			}
			return fmt.Sprintf("%s%s at position %d", known.v8, in, at)
		}
	}
	return fmt.Sprintf("Unexpected token '%c', %q is not valid JSON", body[at], body)
}
