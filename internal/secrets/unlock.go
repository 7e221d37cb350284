package secrets

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/api"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/e2ee"
)

// unlock looks up the token, opens the project key and checks that the project
// is one whose secrets the mode's endpoints hold: two requests, once a Store
// (of a server of 2023, one). A failed unlock is not kept: the next caller tries
// again.
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
	var none *project
	token, err := s.client.ServiceToken(ctx)
	if err != nil {
		return nil, none.translate(err, "", Folder{})
	}
	backend, err := s.openBackend(token)
	if err != nil {
		return nil, err
	}
	p := &project{id: token.WorkspaceID, token: token, backend: backend, limit: bodyLimitOf(token)}
	if token.Of2023 {
		return p, nil // it has no versions, and tells a service token nothing of the project
	}
	if err := s.guardVersion(ctx, p); err != nil {
		return nil, err
	}
	return p, nil
}

func (s *Store) openE2EE(token api.ServiceToken) (backend, error) {
	key, err := s.openKey(token)
	if err != nil {
		return nil, err
	}
	return &e2eeBackend{client: s.client, key: key, of2023: token.Of2023}, nil
}

// openES needs a key for fingerprints alone. It is the project key, so that
// they are the same in both modes. Where the server keeps none for the token,
// as in projects that were never end-to-end encrypted, it is the token's own.
func (s *Store) openES(token api.ServiceToken) (backend, error) {
	key := s.tokenKey
	if !token.SealedKey.IsEmpty() {
		var err error
		if key, err = s.openKey(token); err != nil {
			return nil, err
		}
	}
	return &esBackend{client: s.client, key: key}, nil
}

// openKey opens the project key with the token's fourth part.
func (s *Store) openKey(token api.ServiceToken) (e2ee.Key, error) {
	sealed, err := decodeField(token.SealedKey)
	if err != nil {
		return e2ee.Key{}, notAuthentic("project key", "The server's copy of the sealed project key is damaged.")
	}
	key, err := s.tokenKey.OpenKey(sealed)
	if err != nil && !errors.Is(err, e2ee.ErrNotAuthentic) && !errors.Is(err, e2ee.ErrKeyFormat) {
		return e2ee.Key{}, cannotUseKeys(err)
	}
	if err != nil {
		return e2ee.Key{}, &Error{
			Problem: ProblemCredential,
			Why:     "The fourth part of the service token does not open the project key that the server keeps for it: that part is wrong, or the stored key was altered.",
			Do:      "Copy the whole token again, as it was shown when it was made. If that does not help, make a new one.",
		}
	}
	return key, nil
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
	workspace, err := s.client.Workspace(ctx, p.id)
	known := &workspace
	switch api.KindOf(err) {
	case api.KindPermission, api.KindTokenRejected, api.KindWrongProject, api.KindRouteNotFound:
		known, err = nil, nil
	}
	if err != nil {
		return p.translate(err, "project "+p.id, Folder{})
	}
	warning, err := p.backend.serves(known)
	if err != nil {
		return err
	}
	if warning != nil {
		s.warn(*warning)
	}
	p.takesKey = workspace.TakesKey && p.backend.hides()
	if len(workspace.Environments) > 0 {
		p.environments = workspace.Environments
	}
	return nil
}

// Locate fills in what an object leaves out: the provider's defaults, then the
// token's project, the one environment of its scopes, and the folder of its
// only scope, or "/".
func (s *Store) Locate(ctx context.Context, f Folder) (Folder, error) {
	p, err := s.unlock(ctx)
	if err != nil {
		return Folder{}, err
	}
	f.WorkspaceID = cmp.Or(f.WorkspaceID, s.defaults.WorkspaceID, p.id)
	f.Environment = cmp.Or(f.Environment, s.defaults.Environment)
	f.Path = cmp.Or(f.Path, s.defaults.Path)
	if f.Environment == "" {
		environment, ok := p.soleEnvironment()
		if !ok {
			return Folder{}, &Error{
				Problem: ProblemEnvironment,
				Why:     "No env_slug is set, and the service token is valid for several environments: " + p.scopedEnvironments() + ".",
				Do:      "Set env_slug here, in the provider block, or in INFISICAL_ENVIRONMENT.",
			}
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
		forbidden.Why = fmt.Sprintf("The service token %q is read-only.", p.token.Name)
		forbidden.Do = "Use a token with write permission."
	case !p.may("read"):
		forbidden.Why = fmt.Sprintf("The service token %q may write and not read.", p.token.Name)
		forbidden.Do = "Use a token with both permissions: what is written is compared with what is there."
	case !inScopes(p.token.Scopes, f):
		forbidden.Why = fmt.Sprintf("It is outside of the scopes of the service token %q. %s", p.token.Name, p.describeToken())
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
	if p.token.ExpiresAt.IsZero() {
		return
	}
	if left := time.Until(p.token.ExpiresAt); left < s.expiryWarning {
		s.expiryOnce.Do(func() {
			s.warn(Warning{"Service Token Expires Soon", fmt.Sprintf("The service token %q expires at %s. Make a new one before that: afterwards nothing can be read or written.",
				p.token.Name, p.token.ExpiresAt.UTC().Format("2006-01-02 15:04 MST"))})
		})
	}
}

// warnOfTakenKey tells once that end-to-end encryption does not hold against
// this server. No answer shows whether it took the key already, or a write of
// this run will be the first.
func (s *Store) warnOfTakenKey(p *project) {
	if !p.takesKey || s.keyAcknowledged {
		return
	}
	s.keyOnce.Do(func() {
		s.warn(Warning{"Server Can Take The Project Key", "This server is one of those since mid-2024, on which end-to-end encryption does not hold against the server: " +
			"once it holds the private key of a member of the project, which each login with a password hands over, it takes the project key at the first write of a secret by any client. " +
			"No answer shows it, and nothing that a client leaves out prevents it.\n\n" +
			"Use a server of before mid-2024, or treat whoever runs this one as able to read every value of the project. " +
			"If that is accepted, acknowledge_server_key_access = true in the provider block silences this warning."})
	})
}
