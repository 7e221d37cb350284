package devserver

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// text is a required text, trimmed.
func (f *form) text(name string) string {
	v, _ := f.value(name, "string", false, false)
	s, _ := v.(string)
	return trim(s)
}

// optionalText is nil when the field is missing.
func (f *form) optionalText(name string) *string {
	v, ok := f.value(name, "string", true, false)
	if !ok {
		return nil
	}
	s := trim(v.(string))
	return &s
}

// folderPath is a path with "/" as default, less one trailing slash.
func (f *form) folderPath(name string) string {
	s := f.optionalText(name)
	if s == nil {
		return "/"
	}
	return withoutTrailingSlash(*s)
}

func withoutTrailingSlash(path string) string {
	if path == "/" {
		return path
	}
	return strings.TrimSuffix(path, "/")
}

// choice is one of the options, or the default when missing.
func (f *form) choice(name, missing string, options ...string) string {
	if f.broken() {
		return missing
	}
	v, present := f.values[name]
	if !present {
		return missing
	}
	wanted := "'" + strings.Join(options, "' | '") + "'"
	s, ok := v.(string)
	if !ok {
		f.mismatch(wanted, kindOf(v), f.at(name))
		return missing
	}
	if !slices.Contains(options, s) {
		f.add(issue{
			"code": "invalid_enum_value", "received": s, "options": options, "path": f.at(name),
			"message": fmt.Sprintf("Invalid enum value. Expected %s, received '%s'", wanted, s),
		})
		return missing
	}
	return s
}

func (f *form) secretType() string { return f.choice("type", "shared", "shared", "personal") }

func (f *form) flag(name string) bool { return f.flagOr(name, false) }

// flagOr is a flag with a default.
func (f *form) flagOr(name string, missing bool) bool {
	return f.choice(name, strconv.FormatBool(missing), "true", "false") == "true"
}

// skip is skipMultilineEncoding; nil when it is missing.
func (f *form) skip() *bool {
	v, ok := f.value("skipMultilineEncoding", "boolean", true, false)
	if !ok {
		return nil
	}
	b := v.(bool)
	return &b
}

// number is a number between two bounds; false when it is missing or null.
func (f *form) number(name string, least, most float64, nullable bool) (float64, bool) {
	v, ok := f.value(name, "number", true, nullable)
	if !ok {
		return 0, false
	}
	n := v.(float64)
	bound := func(code, key, words string, limit float64) {
		f.add(issue{
			"code": code, key: limit, "type": "number", "inclusive": true, "exact": false, "path": f.at(name),
			"message": fmt.Sprintf("Number must be %s than or equal to %s", words, strconv.FormatFloat(limit, 'f', -1, 64)),
		})
	}
	if n < least {
		bound("too_small", "minimum", "greater", least)
	}
	if n > most {
		bound("too_big", "maximum", "less", most)
	}
	return n, true
}

// queryNumber is a number out of a query's text; nothing is checked but that.
func (f *form) queryNumber(name string) (given bool) {
	text := f.optionalText(name)
	if text == nil {
		return false
	}
	if n, err := strconv.ParseFloat(*text, 64); *text != "" && (err != nil || math.IsNaN(n)) {
		f.mismatch("number", "nan", f.at(name))
	}
	return true
}

// texts is a list of texts; nil when missing.
func (f *form) texts(name string) []string {
	v, ok := f.value(name, "array", true, false)
	if !ok {
		return nil
	}
	out := []string{}
	for i, item := range v.([]any) {
		s, ok := item.(string)
		if !ok {
			f.mismatch("string", kindOf(item), append(f.at(name), i))
		}
		out = append(out, s)
	}
	return out
}

// metadata is an object of texts; nil when missing.
func (f *form) metadata() map[string]string {
	v, ok := f.value("metadata", "object", true, false)
	if !ok {
		return nil
	}
	out := map[string]string{}
	for key, item := range v.(map[string]any) {
		s, ok := item.(string)
		if !ok {
			f.mismatch("string", kindOf(item), append(f.at("metadata"), key))
		}
		out[key] = s
	}
	return out
}

// part is a required object inside this one.
func (f *form) part(name string) *form {
	inner := &form{path: f.at(name), issues: f.issues}
	if v, ok := f.value(name, "object", false, false); ok {
		inner.values = v.(map[string]any)
	}
	return inner
}

// secrets are the objects of a batch.
func (f *form) secrets() []*form { return f.parts("secrets") }

// parts are the objects of a required list of at least one.
func (f *form) parts(name string) []*form {
	if v, ok := f.values[name].([]any); ok && len(v) == 0 {
		f.add(issue{
			"code": "too_small", "minimum": 1, "type": "array", "inclusive": true, "exact": false,
			"message": "Array must contain at least 1 element(s)", "path": f.at(name),
		})
	}
	return f.items(name)
}

// items are the objects of a required list.
func (f *form) items(name string) []*form {
	v, ok := f.value(name, "array", false, false)
	if !ok {
		return nil
	}
	var out []*form
	for i, value := range v.([]any) {
		item := &form{path: append(f.at(name), i), issues: f.issues}
		item.values, _ = f.object(value, item.path)
		out = append(out, item)
	}
	return out
}

// tooShort says that a text is empty which must not be.
func (f *form) tooShort(name string) {
	f.add(issue{
		"code": "too_small", "minimum": 1, "type": "string", "inclusive": true, "exact": false,
		"message": "String must contain at least 1 character(s)", "path": f.at(name),
	})
}

// tooLong says that a text has more characters than allowed.
func (f *form) tooLong(name string, most int, message string) {
	f.add(issue{
		"code": "too_big", "maximum": most, "type": "string", "inclusive": true, "exact": false, "message": message, "path": f.at(name),
	})
}
