package devserver

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"unicode"
)

// issue is one complaint of zod, the server's validation library.
type issue map[string]any

// form reads a decoded JSON object, or a query, field by field and collects
// every issue, in the order of the reads: the order of the server's schemas.
// Fields nobody asks for are ignored.
type form struct {
	values map[string]any
	path   []any
	issues *[]issue
}

// newForm reads a body or a query. What is no object is an issue at the root.
func newForm(value any) *form {
	f := &form{path: []any{}, issues: &[]issue{}}
	f.values, _ = f.object(value, f.path)
	return f
}

func (f *form) object(value any, path []any) (map[string]any, bool) {
	object, ok := value.(map[string]any)
	if !ok {
		f.mismatch("object", kindOf(value), path)
	}
	return object, ok
}

// err is the 403 with the list of issues, or nil when there are none.
func (f *form) err() error {
	if len(*f.issues) == 0 {
		return nil
	}
	return &failure{Status: http.StatusForbidden, Message: *f.issues, Label: "ValidationFailure"}
}

// broken says that the root is no object, so the fields say nothing.
func (f *form) broken() bool { return f.values == nil }

func (f *form) at(name string) []any { return append(slices.Clone(f.path), name) }

func (f *form) add(i issue) { *f.issues = append(*f.issues, i) }

func (f *form) mismatch(expected, received string, path []any) {
	message := fmt.Sprintf("Expected %s, received %s", expected, received)
	if received == "undefined" {
		message = "Required"
	}
	f.add(issue{"code": "invalid_type", "expected": expected, "received": received, "path": path, "message": message})
}

// value reads a field of the wanted kind. Missing is allowed when optional,
// null only when nullable; either gives false.
func (f *form) value(name, kind string, optional, nullable bool) (any, bool) {
	if f.broken() {
		return nil, false
	}
	v, present := f.values[name]
	received := "undefined"
	if present {
		received = kindOf(v)
	}
	switch {
	case received == kind:
		return v, true
	case !present && optional, received == "null" && nullable:
		return nil, false
	}
	f.mismatch(kind, received, f.at(name))
	return nil, false
}

func kindOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case string:
		return "string"
	case bool:
		return "boolean"
	case float64:
		return "number"
	case []any:
		return "array"
	default:
		return "object"
	}
}

// trim is JavaScript's String.prototype.trim.
func trim(s string) string {
	return strings.TrimFunc(s, func(r rune) bool {
		return r != '\u0085' && unicode.IsSpace(r) || r == '\ufeff'
	})
}
