package secrets

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/api"
)

// Servers of 2023 (PROTOCOL_2023). Those of before October 12, here early, change
// values alone, have no batches, and serve neither folders nor imports to what
// is no session of the web application. What the others do to a secret that is
// there, beside its name, value and comment, is not known.

// Writing is which parts of a secret a plan writes.
type Writing struct {
	Create                                         bool // a new secret, or else one that is there
	Name, Comment                                  bool
	Tags, Reminder, Metadata, SkipMultilineEncoded bool
}

// CheckParts refuses what the server is known not to keep of a secret.
func (s *Store) CheckParts(ctx context.Context, ref Ref, parts Writing) error {
	p, err := s.unlock(ctx)
	if err != nil || !p.access.of2023 {
		return err
	}
	_, inTheClear := p.backend.(*esBackend) // whose updates are of values alone until late in 2024
	if refused := refusedParts(ref, p.access.early, inTheClear, parts); refused != nil {
		return refused
	}
	return nil
}

func refusedParts(ref Ref, early, inTheClear bool, parts Writing) *Error {
	details := parts.Tags || parts.Reminder
	kept := parts.Metadata || parts.SkipMultilineEncoded
	switch {
	case parts.Create && (details || kept && (early || inTheClear)):
		why := "Servers of late 2023 keep no tags and no reminder of a new secret, as far as is known."
		if early || inTheClear {
			why = "Servers of 2023 like this one keep no tags, reminder, metadata or skip_multiline_encoding of a new secret."
		}
		return &Error{Problem: ProblemServer, Subject: ref.String(), Why: why, Do: "Leave them out."}
	case parts.Create:
		return nil
	case details || kept, early && (parts.Name || parts.Comment), inTheClear && (parts.Name || parts.Comment):
		return unsupported(ref, early || inTheClear, "Nothing was sent.")
	}
	return nil
}

// unsupported says what the server does not do to a secret that is there.
func unsupported(ref Ref, valuesAlone bool, what string) *Error {
	e := &Error{
		Problem: ProblemServer, Subject: ref.String(),
		Why: "Servers of late 2023 change the name, value and comment of an existing secret and, as far as is known, nothing else: no tags, reminder, metadata or skip_multiline_encoding. " + what,
		Do:  "Leave the others as they are.",
	}
	if valuesAlone {
		e.Why = "Servers of before October 2023 change the value of an existing secret and nothing else: no name, comment, tags, reminder or metadata. " + what
		e.Do = "Leave the others as they are. A name or comment can be had by making it anew (terraform apply -replace=…)."
	}
	return e
}

// writing is what a write changes.
func (w write) writing() Writing {
	return Writing{
		Create: w.kind == createSecret, Name: w.kind == updateSecret && w.name != w.ref.Name, Comment: w.withComment,
		Tags: w.details.TagIDs != nil, Reminder: w.details.Reminder != nil,
		Metadata: w.details.Metadata != nil, SkipMultilineEncoded: w.details.SkipMultilineEncoding != nil,
	}
}

func (b *e2eeBackend) refuse(w write) *Error {
	if !b.of2023 || w.kind == deleteSecret {
		return nil
	}
	return refusedParts(w.ref, b.early, false, w.writing())
}

// refused are the errors of writes that the server would carry out in part, in
// their order, with nil for the others; nil if there are none.
func (b *e2eeBackend) refused(writes []write) []error {
	var out []error
	for i, w := range writes {
		if refused := b.refuse(w); refused != nil {
			if out == nil {
				out = make([]error, len(writes))
			}
			out[i] = refused
		}
	}
	return out
}

// writeOthers sends those that are not refused: company does not fail for them.
func (b *e2eeBackend) writeOthers(ctx context.Context, kind writeKind, f Folder, writes []write, refused []error) ([]outcome, error) {
	outcomes := make([]outcome, len(writes))
	var others []write
	for i, w := range writes {
		if outcomes[i].err = refused[i]; refused[i] == nil {
			others = append(others, w)
		}
	}
	if len(others) == 0 {
		return outcomes, nil
	}
	sent, err := b.writeMany(ctx, kind, f, others)
	if err != nil {
		return nil, err
	}
	for i := range writes {
		if refused[i] == nil {
			outcomes[i], sent = sent[0], sent[1:]
		}
	}
	return outcomes, nil
}

// hasFolder tells whether a folder whose list is empty is there: a server of late
// 2023 lists one that does not exist as one that holds nothing. Asked for a
// secret, whatever its name, it finds none in a folder that is there, and fails in
// one that is not.
func hasFolder(ctx context.Context, client *api.Client, f Folder) (bool, error) {
	if f.Path == "/" {
		return true, nil
	}
	_, err := client.GetSecret(ctx, place(f), "terraform-provider-infisical")
	if err == nil || api.KindOf(err) == api.KindSecretNotFound {
		return true, nil
	}
	return false, err
}

// folderGone looks for a folder of which a server of late 2023 fails. A failure
// proves nothing: the folder above has to show that it is not there. Where a token
// may not look there, a server that lists the folder as empty and fails of it twice
// is one without it.
func (s *Store) folderGone(ctx context.Context, p *project, f Folder) (bool, error) {
	if p.access.early {
		return false, nil
	}
	there, err := hasFolder(ctx, s.client, f)
	if there || api.KindOf(err) != api.KindServer {
		return false, err
	}
	parent, name := f.Split()
	if p.mayGo(parent) {
		folders, lookErr := s.client.Folders(ctx, place(parent))
		if lookErr != nil || named(folders, name) != nil {
			return false, err
		}
		return true, nil
	}
	there, err = hasFolder(ctx, s.client, f)
	if !there && api.KindOf(err) == api.KindServer {
		return true, nil
	}
	return false, err
}

// refuseFolders says that the server has no folders for this credential.
func (p *project) refuseFolders(subject string) error {
	if !p.access.early {
		return nil
	}
	return &Error{
		Problem: ProblemServer, Subject: subject,
		Why: fmt.Sprintf("Servers of before October 2023 show and change folders in their web application alone, and have neither folders nor imports for the provider's credential (%s).", p.access.noun),
		Do:  "Make the folder there, and name its path in folder_path. A service token of before July 2023 reaches the one folder that it is for.",
	}
}

// CheckFolders refuses folders and imports where the server has none.
func (s *Store) CheckFolders(ctx context.Context, f Folder) error {
	p, err := s.unlock(ctx)
	if err != nil {
		return err
	}
	return p.refuseFolders(f.String())
}

// goneOf2023 is missingFolder there: it asks for the folder itself, and for those
// above only if it is missing and the credential reaches them.
func (s *Store) goneOf2023(ctx context.Context, p *project, f Folder, notBefore time.Time) (string, error) {
	if err := p.refuseFolders(f.String()); err != nil {
		return "", err
	}
	gone, err := s.folderGone(ctx, p, f)
	if err != nil {
		return "", p.translate(err, f.String(), f)
	}
	parent, _ := f.Split()
	if !gone {
		return "", nil
	}
	if p.mayGo(parent) {
		if above, err := s.missingFolder(ctx, p, parent, notBefore); err != nil || above != "" {
			return above, err
		}
	}
	return f.Path, nil
}

// unexplained is a refusal without words by a server that still takes the
// credential: what it can be, less what is known not to be.
func (p *project) unexplained(f Folder) (why, do string) {
	if f != (Folder{}) && !p.mayGo(f) {
		return fmt.Sprintf("The server refuses it without a reason, and it is outside of the scopes of the %s. %s", p.access.noun, p.describeAccess()), p.access.wider
	}
	why = fmt.Sprintf("The server refuses it without a reason, and takes the %s. Either that may not do it there, or the environment or the folder does not exist, or the project has no salt for its blind index. %s",
		p.access.noun, p.describeAccess())
	return strings.TrimSpace(why),
		"Check env_slug, folder_path and what the credential may do. A salt that is missing is made when the server is started anew."
}

// lookAfterDelete tells what a server of late 2023 left of a name: it removes one
// row of several that a race made, and no personal secrets.
func (s *Store) lookAfterDelete(ctx context.Context, p *project, ref Ref, id string) error {
	if !p.access.of2023 || p.access.early || ref.Personal {
		return nil
	}
	k, err := s.load(context.WithoutCancel(ctx), p, ref.Folder, time.Now())
	if err != nil {
		return err
	}
	if k.hasPersonal(ref.Name) {
		s.warn(Warning{"Personal Secret Left Behind", fmt.Sprintf("The server has deleted %s, and not your personal secret of that name, which stands without a shared one now. Delete it in Infisical's web application, unless Terraform manages it.", ref)})
	}
	left, err := k.find(ref, "")
	if ProblemOf(err) == ProblemNotFound {
		return nil
	}
	which := "others"
	if err == nil {
		which = "one with the id " + left.id
	}
	if err == nil && left.id == id {
		return &Error{
			Problem: ProblemServer, Subject: ref.String(), Why: "The server said that it was deleted, and lists it still.",
			Do: "Apply again.",
		}
	}
	s.warn(Warning{"Secret Of That Name Left", fmt.Sprintf("The server held %s more than once, as after two creates at the same time, and deletes one at a time: it still holds %s, whose value is in force now. "+
		"Look at it in Infisical's web application, and delete it there if it is not wanted.", ref, which)})
	return nil
}
