package secrets

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/api"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/e2ee"
)

// machineIdentity is an identity, in whichever way it logs in. The server keeps
// no project key for it: in E2EE mode the user gives it (PROTOCOL section 18).
type machineIdentity struct {
	workspaceID string
	login       api.Credential
	who         *holder
	projectKey  *e2ee.Key
	ownKey      e2ee.Key
}

var (
	errNoProjectKey = errors.New("in E2EE mode a machine identity needs it: the server keeps no key for it that could be opened. The guide Credentials says where it comes from")
	errNoLastingKey = errors.New("in ES mode fingerprints of values are made with it, because what this credential proves itself with changes from run to run. " +
		"If the project has no such key, any 32 hexadecimal characters will do that are kept secret and stay the same")
)

// identity is what all ways to log in have in common. lasting is a secret of
// the credential that stays the same from run to run; "" = it has none.
func (cfg Config) identity(login api.Credential, who *holder, lasting string) (credential, error) {
	if err := cfg.needsWorkspace("a machine identity"); err != nil {
		return nil, err
	}
	m := &machineIdentity{workspaceID: cfg.WorkspaceID, login: login, who: who}
	switch {
	case cfg.ProjectKey != "":
		key, err := e2ee.ParseKey(cfg.ProjectKey)
		if err != nil {
			return nil, &SettingError{Setting: "project_key", Cause: err}
		}
		m.projectKey = &key
	case cfg.Mode == ModeE2EE:
		return nil, &SettingError{"project_key", errNoProjectKey, true}
	case cfg.Mode == ModeES && lasting == "":
		// The identity's id would do, if it were a secret: with it whoever reads
		// a fingerprint in a state could try values.
		return nil, &SettingError{"project_key", errNoLastingKey, true}
	}
	if lasting != "" {
		var err error
		if m.ownKey, err = e2ee.FingerprintKey(lasting); err != nil {
			return nil, err
		}
	}
	return m, nil
}

func (m *machineIdentity) proof() api.Credential { return m.login }
func (m *machineIdentity) holder() *holder       { return m.who }

func (m *machineIdentity) clear() {
	if m.projectKey != nil {
		m.projectKey.Clear()
	}
	m.ownKey.Clear()
}

// look asks nothing: what the identity may do the server tells nobody but by
// its answers.
func (m *machineIdentity) look(context.Context, *api.Client) (access, error) {
	a := access{holder: m.who, workspaceID: m.workspaceID, ownKey: m.ownKey}
	if m.projectKey != nil {
		a.projectKey = func() (e2ee.Key, error) { return *m.projectKey, nil }
		a.keyUnchecked = true
	}
	return a, nil
}

// identityHolder speaks of an identity that logs in that way, as the web
// application calls it.
func identityHolder(way string, login map[api.Kind]refusal, hinted map[api.Hint]refusal) *holder {
	login[api.KindLoginNotOffered] = refusal{
		fmt.Sprintf("The server has no login by %s: it is older than that, or no Infisical server.", way),
		"Check host, or use another credential that the server knows.",
	}
	return &holder{
		noun:     "machine identity",
		rejected: "its access token was revoked, has been used as often as it may be, or the identity was deleted",
		mend:     fmt.Sprintf("Look at the identity in the organisation's settings, and at its limits under %s.", way),
		wider:    "Give the identity a role in the project that allows it.",
		outside:  "Add the identity to that project, or correct workspace_id. If the server was set up anew, take what is gone out of the state with terraform state rm.",
		login:    login,
		hinted:   hinted,
	}
}

// unknownIdentity is KindLoginUnknown of logins that name an identity by its id.
func unknownIdentity(way, setting string) refusal {
	return refusal{
		fmt.Sprintf("The server knows no machine identity with this id that may log in by %s.", way),
		fmt.Sprintf("Correct %s (or INFISICAL_MACHINE_IDENTITY_ID): it is the identity's id, not its name or a client id. If it is right, add %s to the identity; check that host is the server that the identity is of.", setting, way),
	}
}

// checkIdentityID refuses what no database would look up: the server fails
// then, and does not say why.
func checkIdentityID(setting, id string) error {
	if err := checkText(setting, id); err != nil {
		return err
	}
	if uuid.Validate(id) != nil {
		return &SettingError{Setting: setting, Cause: errors.New("it is no id of an identity, which looks like 0f0f7a8c-4a52-4b0e-9a3e-5b6c1d2e3f40; a name or a role is not meant")}
	}
	return nil
}

// isJWT tells a JSON web token from anything else, so that nothing else is sent
// to a server in its place.
func isJWT(text string) bool {
	parts := strings.Split(text, ".")
	if len(parts) != 3 || parts[1] == "" || parts[2] == "" || strings.ContainsFunc(text, isJavaScriptSpace) {
		return false
	}
	header, err := base64.RawURLEncoding.DecodeString(parts[0])
	return err == nil && strings.HasPrefix(string(header), "{")
}
