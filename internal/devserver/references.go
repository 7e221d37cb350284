package devserver

import (
	"regexp"
	"strings"
)

// maxReferenceDepth is how deep references in referred values are followed.
const maxReferenceDepth = 10

var reference = regexp.MustCompile(`\$\{([^}]+)\}`)

// expand replaces references in a value: ${KEY} of the same folder,
// ${env.folder.KEY} of another. One that leads nowhere, or to an empty value
// (the server's source), stays as it is and is never an error (PROTOCOL_V3
// section 4). The caller holds the lock.
func (p *project) expand(value string, in *folder, depth int) string {
	if depth == 0 {
		return value
	}
	return reference.ReplaceAllStringFunc(value, func(text string) string {
		at, name := in, text[2:len(text)-1]
		if parts := strings.Split(name, "."); len(parts) > 1 {
			last := len(parts) - 1
			at, _ = p.folder(parts[0], "/"+strings.Join(parts[1:last], "/"))
			name = parts[last]
		}
		if at == nil {
			return text
		}
		t := p.table(at, true)
		rows := t.shared(name)
		if len(rows) == 0 {
			return text
		}
		found, err := t.bot.open(rows[0].Value)
		if err != nil || found == "" {
			return text
		}
		return p.expand(found, at, depth-1)
	})
}
