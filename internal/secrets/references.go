package secrets

import (
	"strings"
)

// The form of references. In E2EE mode the clients replace them, and no two of
// the existing ones agree on the cases at the edge (PROTOCOL section 19). Here:
//
//   - A reference is `${`, a text, and the first `}` behind it. The text holds
//     no control character (so it ends in its line) and, with the blanks around
//     it taken off, is not empty. Everything else is left as it is: `${}`, a
//     `${` without end, `$KEY`, `}`.
//   - Of `${${A}}` only the inner `${A}` is a reference: a `${` inside of one
//     begins anew. What comes out is not looked at again.
//   - There is no way to escape: `$${A}` is a dollar sign and a reference.
//   - `${KEY}` is the secret KEY of the folder in which the value lives;
//     `${env.KEY}` that of the root of the environment env; `${env.f1.f2.KEY}`
//     that of its folder /f1/f2. Key names may hold dots: a secret of the
//     value's own folder whose whole name is the text comes first. Otherwise
//     the text is split at its dots, so that a key with a dot in it cannot be
//     named from elsewhere.
//   - A value that is no UTF-8 text holds no references.

// part is a piece of a value.
type part struct {
	text string // as it is written
	name string // what it refers to, without the blanks around it; "" = it is no reference
}

// parseReferences cuts a value into pieces, which put together are the value.
func parseReferences(value string) []part {
	var parts []part
	text := 0 // where the text before the next reference begins
	for at := 0; ; {
		open := strings.Index(value[at:], "${")
		if open < 0 {
			break
		}
		open += at
		end := open + len("${")
		for end < len(value) && value[end] != '}' && value[end] >= ' ' && value[end] != 0x7f && !strings.HasPrefix(value[end:], "${") {
			end++
		}
		if at = end; end == len(value) || value[end] != '}' {
			continue
		}
		at = end + 1
		name := strings.TrimFunc(value[open+len("${"):end], isJavaScriptSpace)
		if name == "" {
			continue
		}
		if text < open {
			parts = append(parts, part{text: value[text:open]})
		}
		parts = append(parts, part{value[open:at], name})
		text = at
	}
	if text < len(value) {
		parts = append(parts, part{text: value[text:]})
	}
	return parts
}

// splitReference reads env.KEY and env.f1.f2.KEY; ok is false for what can be
// nothing but the name of a secret.
func splitReference(name string) (environment, path, key string, ok bool) {
	segments := strings.Split(name, ".")
	last := len(segments) - 1
	for _, segment := range segments[:last] {
		if !isFolderName(segment) {
			return "", "", "", false
		}
	}
	if last == 0 || segments[last] == "" {
		return "", "", "", false
	}
	return segments[0], "/" + strings.Join(segments[1:last], "/"), segments[last], true
}

// isFolderName also tells of an environment's slug: both are made of the same
// characters.
func isFolderName(text string) bool {
	_, err := CanonicalPath("/" + text)
	return err == nil && text != "" && !strings.Contains(text, "/")
}
