package secrets

import (
	"context"
	"slices"
)

// SealedIn returns, sorted, what a rename of the folder would make unreadable:
// in sealed mode all secrets in it and below it whose envelopes belong where they
// are, or may, and the folders that could not be looked into. What was moved
// there from another place does not count: a rename back mends it. In other modes, and of a
// folder that does not exist, it returns nothing.
//
// Cost: in sealed mode as [Store.SealingReport] with recursive.
func (s *Store) SealedIn(ctx context.Context, f Folder) ([]string, error) {
	if s.SealingKeyID() == "" {
		return nil, nil
	}
	report, skipped, err := s.SealingReport(ctx, f, true)
	switch {
	case ProblemOf(err) == ProblemFolderMissing:
		return nil, nil
	case err != nil:
		return nil, err
	}
	var bound []string
	for _, one := range report {
		if ProblemOf(one.Flaw) != ProblemNotAuthentic {
			bound = append(bound, one.Name)
		}
	}
	for _, folder := range skipped {
		bound = append(bound, folder.Path)
	}
	slices.Sort(bound)
	return bound, nil
}

// refuseSealed refuses to rename a folder that holds what opens in its place alone.
func (s *Store) refuseSealed(ctx context.Context, f Folder) error {
	bound, err := s.SealedIn(ctx, f)
	if err != nil || len(bound) == 0 {
		return err
	}
	return &Error{
		Problem: ProblemMode, Subject: f.String(),
		Why: "It holds " + count("secret", bound) + " sealed for this folder: under another name of it nobody could open them. It was not renamed.",
		Do:  "Run terraform plan again: it plans a new folder in place of the old one.",
	}
}
