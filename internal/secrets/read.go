package secrets

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/api"
)

// Find returns one secret. With an id it follows that secret through renames
// in its folder; without one, or when it is gone, the name decides. It returns
// [ProblemNotFound] only on the server's word that neither is there.
//
// In E2EE mode a rename is not followed: that is [ProblemRenamed], and the
// secret comes with it under the name that was asked for, if it opens.
func (s *Store) Find(ctx context.Context, ref Ref, id string) (Secret, error) {
	p, err := s.unlock(ctx)
	if err != nil {
		return Secret{}, err
	}
	if err := p.checkOwner(ref); err != nil {
		return Secret{}, err
	}
	k, err := s.load(ctx, p, ref.Folder, time.Now().Add(-snapshotLife))
	if err != nil {
		return Secret{}, err
	}
	r, err := k.find(ref, id)
	if ProblemOf(err) == ProblemRenamed {
		secret, openErr := r.secret()
		if openErr != nil {
			return Secret{}, err
		}
		secret.Ref, secret.Fingerprint = ref, p.backend.fingerprint(ref, secret.Value, secret.FingerprintKeyID)
		return secret, err
	}
	if err != nil {
		return Secret{}, err
	}
	return r.secretOf(ref)
}

// secretOf is secret for a caller who knows the row as ref. In sealed mode a row
// that others renamed does not open under its new name; the old name proves that
// it is the same secret, and no other.
func (r row) secretOf(ref Ref) (Secret, error) {
	secret, err := r.secret()
	if err == nil || r.flaw != nil || nameKey(r.name) == nameKey(ref.Name) || r.sealedAs == nil || !r.sealedAs(ref.Name) {
		return secret, err
	}
	return secret, &Error{
		Problem: ProblemNotAuthentic, Subject: ref.String(),
		Why: fmt.Sprintf("It was renamed to %q outside of Terraform. Its value is still sealed for the old name, which proves that it is the same secret, and opens under no other name.", Printable(r.name)),
		Do:  fmt.Sprintf("Rename it back to %q in Infisical's web application. To keep the new name, set name to it and on_existing = \"adopt\", take the secret out of the state with terraform state rm, and apply: that seals the configured value for the new name.", ref.Name),
	}
}

// Fingerprint is what the fingerprint of a secret with that value would be, if
// it were written now.
func (s *Store) Fingerprint(ctx context.Context, ref Ref, value Value) (string, error) {
	return s.FingerprintUnder(ctx, ref, value, "")
}

// FingerprintUnder is Fingerprint in sealed mode under the sealing key of that
// id; "" if there is no such key any more. In other modes there is one key.
func (s *Store) FingerprintUnder(ctx context.Context, ref Ref, value Value, keyID string) (string, error) {
	p, err := s.unlock(ctx)
	if err != nil {
		return "", err
	}
	return p.backend.fingerprint(ref, value, keyID), nil
}

// FingerprintKeyID is the id of the key that fingerprints are made with; "" in
// sealed mode, where it is that of the envelope, and where there is no key.
func (s *Store) FingerprintKeyID(ctx context.Context) (string, error) {
	p, err := s.unlock(ctx)
	if err != nil {
		return "", err
	}
	return p.backend.fingerprintKeyID(), nil
}

// find looks into the snapshot. Several rows of one name are never picked from.
// known are other names that the caller's configuration holds. With
// [ProblemRenamed] it returns the row.
func (k *folder) find(ref Ref, id string, known ...string) (row, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	name := ref.Name
	byID, followed := k.rows[id]
	followed = followed && byID.personal == ref.Personal
	if followed && byID.flaw == nil {
		if nameKey(byID.name) != nameKey(name) {
			if err := checkRename(ref, byID, known); err != nil {
				return byID, err
			}
		}
		name = byID.name
	}
	var named []row
	for _, id := range k.named[ref.named(name).key()] {
		named = append(named, k.rows[id])
	}
	switch {
	case len(named) > 1:
		return row{}, duplicate(ref.named(name), named)
	case followed:
		return byID, nil
	case len(named) == 1:
		return named[0], nil
	}
	if k.missing {
		return row{}, &Error{
			Problem: ProblemNotFound, Subject: ref.String(),
			Why: "It does not exist on the server, and neither does its folder.", Do: "Check folder_path and env_slug.",
		}
	}
	return row{}, &Error{
		Problem: ProblemNotFound, Subject: ref.String(),
		Why: "It does not exist on the server.",
		Do:  "Check name, env_slug and folder_path; names are case-sensitive.",
	}
}

// checkRename is asked before a secret is followed to another name. A name that
// was opened from a sealed field is followed only if the caller knows it: it may
// be any value of the project, and following it would send it in an address.
func checkRename(ref Ref, renamed row, known []string) error {
	switch {
	case renamed.sealedName && !slices.ContainsFunc(known, func(name string) bool { return SameName(name, renamed.name) }):
		return &Error{
			Problem: ProblemRenamed, Subject: ref.String(), ID: renamed.id,
			Why: fmt.Sprintf("The server shows it (id %s) under another name. In E2EE mode that text may be a value of another secret, which the server put in the place of the name. So it is neither shown nor sent.", renamed.id),
			Do: "If you renamed it, set name to the new name; or rename it back in Infisical's web application, where its history is. " +
				"If nobody renamed it, treat the server as untrustworthy until you know why.",
		}
	case CheckName(renamed.name) != nil:
		return &Error{
			Problem: ProblemName, Subject: ref.String(),
			Why: "It was renamed outside of Terraform, and its new name breaks the rules for names.",
			Do:  "Rename it in Infisical's web application.",
		}
	}
	return nil
}

func duplicate(ref Ref, rows []row) *Error {
	ids := make([]string, 0, len(rows))
	spellings := map[string]bool{}
	for _, r := range rows {
		ids = append(ids, r.id)
		spellings[r.name] = true
	}
	slices.Sort(ids)
	if more := len(ids) - 20; more > 0 { // a server can show any number of them
		ids = append(ids[:20:20], fmt.Sprintf("and %d more", more))
	}
	e := &Error{
		Problem: ProblemDuplicate, Subject: ref.String(),
		Why: fmt.Sprintf("The server holds %d secrets of this name (ids %s); it has no uniqueness when two clients create one at the same time.", len(rows), strings.Join(ids, ", ")),
		Do:  "Look at both in Infisical's web application and delete this name there, then write the right value again. A delete by name removes all of them, so nothing is done here.",
	}
	if len(spellings) > 1 {
		e.Why = fmt.Sprintf("The server holds %d secrets whose names look the same and differ in their Unicode form (ids %s). Terraform cannot tell them apart.", len(rows), strings.Join(ids, ", "))
		e.Do = "Rename all but one of them in Infisical's web application."
	}
	return e
}

// folderMissing names the first folder of the path that is not there.
func (s *Store) folderMissing(ctx context.Context, f Folder) error {
	first, err := s.firstMissing(ctx, f)
	if err != nil || first == "" {
		first = f.Path
	}
	return &Error{
		Problem: ProblemFolderMissing,
		Why:     fmt.Sprintf("There is no folder %s in environment %q.", first, f.Environment),
		Do:      "Make it with infisical_folder, and let what is in it take its path from there, or correct folder_path.",
	}
}

// firstMissing walks down the path: one request a level, only ever made when a
// folder was found missing. It returns "" if every folder is there, and an
// error if the environment is not.
func (s *Store) firstMissing(ctx context.Context, f Folder) (string, error) {
	return firstMissing(ctx, s.client, f)
}

func firstMissing(ctx context.Context, client *api.Client, f Folder) (string, error) {
	if err := tooDeepFolder(f); err != nil {
		return "", err
	}
	parent := "/"
	for segment := range strings.SplitSeq(strings.Trim(f.Path, "/"), "/") {
		below, err := client.Folders(ctx, api.Place{WorkspaceID: f.WorkspaceID, Environment: f.Environment, Path: parent})
		if err != nil {
			return "", err
		}
		if segment == "" { // the root itself
			return "", nil
		}
		path := strings.TrimSuffix(parent, "/") + "/" + segment
		if !slices.ContainsFunc(below, func(f api.Folder) bool { return f.Name == segment }) {
			return path, nil
		}
		parent = path
	}
	return "", nil
}
