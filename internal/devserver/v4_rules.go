package devserver

import (
	"fmt"
	"strings"
)

// ValidationRule is a project's own demand on secrets (2026). The server looks at
// values in the clear, so what was sealed by a client is judged as it is stored.
type ValidationRule struct {
	Name, Constraint string
	// Fails says what is wrong with a secret; "" is nothing.
	Fails func(name, value string) string
}

// SetRules gives a project its rules, and says whether names must be in capitals.
// An unknown id does nothing.
func (s *Server) SetRules(projectID string, capitals bool, rules ...ValidationRule) {
	s.editProject(projectID, func(p *project) { p.capitals, p.rules = capitals, rules })
}

// accepts checks a secret's name, if it is a new one, and the value that is sent;
// nil is none.
func (p *project) accepts(name string, isNew bool, value *string) error {
	if p.capitals && isNew && name != strings.ToUpper(name) {
		return badRequest("Secret name must be in UPPERCASE per project requirements. You can disable this requirement in project settings.")
	}
	var wrong []string
	for _, rule := range p.rules {
		if value == nil {
			break
		}
		if why := rule.Fails(name, *value); why != "" {
			wrong = append(wrong, fmt.Sprintf("Secret \"%s\": %s (rule: \"%s\", constraint: %s)", name, why, rule.Name, rule.Constraint))
		}
	}
	if len(wrong) > 0 {
		return badRequest("Secret validation failed:\n" + strings.Join(wrong, "\n"))
	}
	return nil
}
