package secrets

import (
	"context"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/api"
)

// proveMissing is nil if a look shows that a folder, of which the server refused
// something, does not exist. No words are believed: what the folder holds is not
// known then, and that must not pass for nothing.
func (s *Store) proveMissing(ctx context.Context, p *project, f Folder, refusal error) error {
	look := func() (bool, error) { return s.confirmMissing(ctx, p, f) }
	if p.access.of2023 {
		look = func() (bool, error) { return s.folderGone(ctx, p, f) }
	}
	missing, err := look()
	switch {
	case missing:
		return nil
	case ProblemOf(err) == ProblemEnvironment:
		return err
	case err == nil && (hintOf(refusal) == api.HintFolderMissing || hintOf(refusal) == api.HintEnvironmentMissing):
		return contradiction(f, refusal)
	}
	return p.translate(refusal, f.String(), f)
}

// contradiction says more than the server's words, where they seem to be about the
// folder.
func contradiction(f Folder, refusal error) error {
	return &Error{
		Problem: ProblemServer, Subject: f.String(), Server: refusal.Error(),
		Why: "The server lists the folder, and answers as if it did not exist when it is asked for what it holds.",
		Do:  "Run again: it may have been made in between. If it stays so, the server or something before it is at fault.",
	}
}

// provenMissing is [ProblemFolderMissing] if a look proves that there is no such
// folder.
func (s *Store) provenMissing(ctx context.Context, p *project, f Folder, refusal error) error {
	if err := s.proveMissing(ctx, p, f, refusal); err != nil {
		return err
	}
	return s.folderMissing(ctx, f)
}

// confirmMissing looks for a folder that a list says is not there: servers of
// later years answer with the same list for an environment that does not
// exist, which must not pass for a folder that is gone.
func (s *Store) confirmMissing(ctx context.Context, p *project, f Folder) (bool, error) {
	if !p.hasEnvironment(f.Environment) {
		e := &Error{Subject: f.String()}
		e.Problem, e.Why, e.Do = p.environmentMissing(f.Environment)
		return false, e
	}
	if p.access.of2023 { // whose lists tell nothing: it was looked for already
		return true, nil
	}
	first, err := s.firstMissing(ctx, f)
	return first != "", err
}
