package secrets

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/api"
)

// unlock looks up the credential, opens the project key and checks that the
// project is one whose secrets the mode's endpoints hold: two requests, once a
// Store (of a server of before July 2023, one; a machine identity's is a login). A failed
// unlock is not kept: the next caller tries again.
func (s *Store) unlock(ctx context.Context) (*project, error) {
	s.mu.Lock()
	p := s.unlocked
	s.mu.Unlock()
	if p != nil {
		return p, nil
	}
	err := s.shared(ctx, "unlock", func(ctx context.Context) error {
		s.mu.Lock()
		done, failed := s.unlocked != nil, s.failed
		s.mu.Unlock()
		if done { // by a flight that landed while this caller was on its way here
			return nil
		}
		if failed {
			// Asked again, because it may work by now; but not for long, a
			// thousand resources ask.
			ctx = api.Once(ctx)
		}
		opened, err := s.openProject(ctx)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.unlocked, s.failed = opened, err != nil
		return err
	})
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.unlocked, nil
}

func (s *Store) openProject(ctx context.Context) (*project, error) {
	access, err := s.credential.look(ctx, s.client)
	if err != nil {
		unknown := &project{access: access, host: s.host()}
		unknown.access.holder = s.credential.holder()
		return nil, unknown.translate(err, "", Folder{})
	}
	if access.of2023 && !access.early {
		knows, err := s.client.KnowsNames(ctx, access.workspaceID)
		if err != nil {
			return nil, (&project{access: access, host: s.host()}).translate(err, "project "+access.workspaceID, Folder{})
		}
		access.early = !knows
	}
	backend, err := s.openBackend(access)
	if err != nil {
		return nil, err
	}
	p := &project{id: access.workspaceID, host: s.host(), access: access, backend: backend, limit: bodyLimitOf(access)}
	if access.of2023 {
		return p, nil // it has no versions, and tells of its projects to sessions of the web application alone
	}
	if err := s.guardVersion(ctx, p); err != nil {
		return nil, err
	}
	return p, nil
}

func (s *Store) openE2EE(a access) (backend, error) {
	if a.projectKey == nil {
		return nil, &Error{
			Problem: ProblemCredential,
			Why:     fmt.Sprintf("The server keeps no project key for the %s, so that nothing of the project can be opened.", a.noun),
			Do:      a.noKey,
		}
	}
	key, err := a.projectKey()
	if err == nil {
		err = s.checkPin(a, key)
	}
	if err != nil {
		return nil, err
	}
	s.warnOfUnpinnedKey(key)
	return &e2eeBackend{client: s.client, key: key, keyID: key.ID(), of2023: a.of2023, early: a.early, user: a.user}, nil
}

// openES needs a key for fingerprints alone. It is the project key, so that
// they are the same in both modes. Where there is none, as in projects that
// were never end-to-end encrypted, it is made of the credential.
func (s *Store) openES(a access) (backend, error) {
	key := a.ownKey
	if a.projectKey != nil {
		var err error
		if key, err = a.projectKey(); err != nil {
			return nil, err
		}
		if err := s.checkPin(a, key); err != nil {
			return nil, err
		}
	}
	if err := s.noKeyToPin(a); err != nil {
		return nil, err
	}
	return &esBackend{client: s.client, key: key, keyID: key.ID(), of2023: a.of2023, early: a.early, user: a.user}, nil
}

// cannotUseKeys: not the key is at fault, and not what it is to open.
func cannotUseKeys(err error) *Error {
	return &Error{
		Problem: ProblemOther, Subject: "project key", Why: "Nothing can be opened or sealed here: " + err.Error() + ".",
		Do: "Run Terraform where this encryption is allowed.",
	}
}

// guardVersion looks the project up and lets the backend refuse it.
func (s *Store) guardVersion(ctx context.Context, p *project) error {
	known, err := s.lookUp(ctx, p)
	if err != nil {
		return err
	}
	warning, err := p.backend.serves(known)
	if err != nil {
		return err
	}
	if warning != nil {
		s.warn(*warning)
	}
	if known == nil {
		return nil
	}
	p.version = known.Version
	switch {
	case !p.backend.usesProjectKey():
	case known.Version == 2:
		p.keyAccess = hasKey
	case known.TakesKey:
		p.keyAccess = canTake
	}
	if len(known.Environments) > 0 {
		p.environments = known.Environments
	}
	return nil
}

// Locate fills in what an object leaves out: the provider's defaults, then the
// token's project, the one environment of its scopes, and the folder of its
// only scope, or "/". In sealed mode nothing is taken from what the server says
// of the token, see sealedLocation.
func (s *Store) Locate(ctx context.Context, f Folder) (Folder, error) {
	p, err := s.unlock(ctx)
	if err != nil {
		return Folder{}, err
	}
	f.WorkspaceID = cmp.Or(f.WorkspaceID, s.defaults.WorkspaceID)
	f.Environment = cmp.Or(f.Environment, s.defaults.Environment)
	f.Path = cmp.Or(f.Path, s.defaults.Path)
	if s.SealingKeyID() != "" {
		if f, err = sealedLocation(p, f); err != nil {
			return Folder{}, err
		}
	}
	f.WorkspaceID = cmp.Or(f.WorkspaceID, p.id)
	if f.Environment == "" {
		environment, ok := p.soleEnvironment()
		if !ok {
			e := &Error{
				Problem: ProblemEnvironment,
				Why:     fmt.Sprintf("No env_slug is set, and the %s is not of one environment alone.", p.access.noun),
				Do:      "Set env_slug here, in the provider block, or in INFISICAL_ENVIRONMENT.",
			}
			if len(p.access.scopes) > 0 {
				e.Why = "No env_slug is set, and the service token is valid for several environments: " + p.scopedEnvironments() + "."
			}
			return Folder{}, e
		}
		f.Environment = environment
	}
	if f.Path == "" {
		if f.Path, _ = p.solePath(); f.Path == "" {
			f.Path = "/"
		}
	}
	if f.Path, err = CanonicalPath(f.Path); err != nil {
		return Folder{}, &Error{
			Problem: ProblemFolderMissing, Subject: "folder_path", Why: "It is no folder path: " + err.Error() + ".", Do: "Correct folder_path.",
		}
	}
	if err := p.checkID(f.WorkspaceID); err != nil {
		return Folder{}, err
	}
	return f, nil
}

// CheckWrite tells without a request of its own whether a write in that folder
// can be expected to be allowed.
func (s *Store) CheckWrite(ctx context.Context, f Folder) error {
	p, err := s.unlock(ctx)
	if err != nil {
		return err
	}
	if !p.hasEnvironment(f.Environment) {
		e := &Error{Subject: f.String()}
		e.Problem, e.Why, e.Do = p.environmentMissing(f.Environment)
		return e
	}
	forbidden := &Error{Problem: ProblemPermission, Subject: f.String()}
	switch {
	case !p.may("write"):
		forbidden.Why = fmt.Sprintf("The service token %q is read-only.", p.access.name)
		forbidden.Do = "Use a token with write permission."
	case !p.may("read"):
		forbidden.Why = fmt.Sprintf("The service token %q may write and not read.", p.access.name)
		forbidden.Do = "Use a token with both permissions: what is written is compared with what is there."
	case !p.mayGo(f):
		forbidden.Why = fmt.Sprintf("It is outside of the scopes of the service token %q. %s", p.access.name, p.describeAccess())
		forbidden.Do = "Use a token whose scopes cover it."
	default:
		s.warnOfExpiry(p)
		s.warnOfTakenKey(p)
		return nil
	}
	return forbidden
}

// warnOfExpiry tells once that the token will not be valid for long.
func (s *Store) warnOfExpiry(p *project) {
	if p.access.expiresAt.IsZero() {
		return
	}
	if left := time.Until(p.access.expiresAt); left < s.expiryWarning {
		s.expiryOnce.Do(func() {
			s.warn(Warning{"Service Token Expires Soon", fmt.Sprintf("The service token %q expires at %s. Make a new one before that: afterwards nothing can be read or written.",
				p.access.name, p.access.expiresAt.UTC().Format("2006-01-02 15:04 MST"))})
		})
	}
}

// warnOfTakenKey tells once that end-to-end encryption does not hold against
// this server. No answer shows whether it took the key already, or a write of
// this run will be the first.
func (s *Store) warnOfTakenKey(p *project) {
	if p.keyAccess == keepsNone || s.keyAcknowledged {
		return
	}
	const accepted = "If that is accepted, acknowledge_server_key_access = true in the provider block silences this warning."
	s.keyOnce.Do(func() {
		if p.keyAccess == hasKey {
			s.warn(Warning{"Server Holds The Project Key", "The project is of version 2. Its server has held the project key since the project was created or upgraded to that version, and opens every value that is written: " +
				"end-to-end encryption does not hold against this server.\n\n" +
				"Use a project of version 1 on a server of before mid-2024, or a project of version 3 with encryption_mode = \"sealed\". Otherwise treat whoever runs this server as able to read every value of the project. " + accepted})
			return
		}
		s.warn(Warning{"Server Can Take The Project Key", "This server is one of those since mid-2024, on which end-to-end encryption does not hold against the server: " +
			"once it holds the private key of a member of the project, which each login with a password hands over, it takes the project key at the first write of a secret by any client. " +
			"No answer shows it, and nothing that a client leaves out prevents it.\n\n" +
			"Use a server of before mid-2024, or treat whoever runs this one as able to read every value of the project. " + accepted})
	})
}
