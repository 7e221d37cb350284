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

// rewriteReferences follows a rename in what refers to the secret: ${OLD} in the
// values of its folder, and ${env.folder.OLD} everywhere (the server's source,
// since 2026). The caller holds the lock.
func (p *project) rewriteReferences(renamed *table, from, to string) {
	if from == to {
		return
	}
	inside := renamed.environment.Slug + strings.ReplaceAll(strings.TrimSuffix(renamed.path(), "/"), "/", ".") + "."
	for _, f := range p.folders() {
		t := p.table(f, true)
		for _, r := range t.rows {
			text, err := t.bot.open(r.Value)
			if err != nil {
				continue
			}
			changed := strings.ReplaceAll(text, "${"+inside+from+"}", "${"+inside+to+"}")
			if f == renamed.folder {
				changed = strings.ReplaceAll(changed, "${"+from+"}", "${"+to+"}")
			}
			if changed != text {
				r.Value = t.bot.seal(changed)
			}
		}
	}
}
