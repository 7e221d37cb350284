package secrets

import (
	"context"
	"errors"
	"fmt"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/e2ee"
)

// With an API key the server hands the project key over in a box that anybody
// can make who knows the user's public key. So what it holds is compared with a
// pin, and without one with what states remember. A service token's own part
// opens the key, and an identity is given it: there the server has no choice.

func isAPIKey(c credential) bool {
	_, ok := c.(*apiKey)
	return ok
}

// keyPin is the id that the project key must have; "" if the configuration
// names none.
func (cfg Config) keyPin() (string, error) {
	if cfg.ProjectKeyID != "" && !e2ee.IsKeyID(cfg.ProjectKeyID) {
		return "", &SettingError{Setting: "project_key_id", Cause: errors.New("it is not an id of a project key, which has 22 characters; infisical_environments and `unseal project-key-id` print it")}
	}
	if cfg.ProjectKey == "" || cfg.Mode == ModeSealed {
		return cfg.ProjectKeyID, nil
	}
	key, err := e2ee.ParseKey(cfg.ProjectKey)
	if err != nil {
		return "", &SettingError{Setting: "project_key", Cause: err}
	}
	defer key.Clear()
	id := key.ID()
	if cfg.ProjectKeyID != "" && cfg.ProjectKeyID != id {
		return "", &SettingError{Setting: "project_key_id", Cause: errors.New("project_key has another id")}
	}
	return id, nil
}

// checkPin compares the project key that was opened with the pin.
func (s *Store) checkPin(a access, key e2ee.Key) error {
	if s.keyPin == "" || s.keyPin == key.ID() {
		return nil
	}
	return &Error{
		Problem: ProblemCredential, Subject: "project " + a.workspaceID,
		Why: fmt.Sprintf("The %s opens a project key with the id %s, and the configuration names %s (project_key_id, or project_key). Nothing was read or written.", a.noun, key.ID(), s.keyPin),
		Do: "Correct the one that is wrong. If the project was set up anew and has another key, name that one. " +
			"Otherwise treat the server as untrustworthy: it may have put a key of its own in the place of the project's.",
	}
}

// noKeyToPin: there is nothing that the pin could be compared with.
func (s *Store) noKeyToPin(a access) error {
	if s.keyPin == "" || a.projectKey != nil {
		return nil
	}
	return &Error{
		Problem: ProblemCredential, Subject: "project " + a.workspaceID,
		Why: fmt.Sprintf("The configuration names a project key (project_key_id, or project_key), and the server keeps none for the %s.", a.noun),
		Do:  "Remove project_key_id, or project_key beside auth.api_key.",
	}
}

// warnOfUnpinnedKey tells once that only the server vouches for the key.
func (s *Store) warnOfUnpinnedKey(key e2ee.Key) {
	if s.keyVouched {
		return
	}
	s.warn(Warning{"Project Key Not Pinned", fmt.Sprintf("With an API key the server hands over the project key, and a server that lies can hand over one of its own, which it can read. "+
		"This one has the id %s.\n\nCompare it with the id that another source gives, such as `unseal project-key-id` with a service token. "+
		"If they are equal, set project_key_id = %q in the provider block, or INFISICAL_PROJECT_KEY_ID. "+
		"Without it another key is noticed only for secrets whose state remembers the first one.", key.ID(), key.ID())})
}

// ProjectKeyID is the id of the project key; "" where the mode uses none.
func (s *Store) ProjectKeyID(ctx context.Context) (string, error) {
	p, err := s.unlock(ctx)
	if err != nil || p.access.projectKey == nil {
		return "", err
	}
	return p.backend.fingerprintKeyID(), nil
}

// CheckProjectKey refuses another project key than the one with that id, which
// a state remembers, where only the server vouches for it.
func (s *Store) CheckProjectKey(ctx context.Context, id string) error {
	p, err := s.unlock(ctx)
	if err != nil || s.keyVouched || !p.backend.usesProjectKey() || id == "" || id == p.backend.fingerprintKeyID() {
		return err
	}
	return &Error{
		Problem: ProblemCredential, Subject: "project " + p.id,
		Why: fmt.Sprintf("The %s opens a project key with the id %s, and the state was written under %s. Nothing was read or written.", p.access.noun, p.backend.fingerprintKeyID(), id),
		Do: "If the project was set up anew and has another key, name it by project_key_id in the provider block. " +
			"Otherwise treat the server as untrustworthy: it may have put a key of its own in the place of the project's.",
	}
}
