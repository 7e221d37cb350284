package secrets

// Records of E2EE mode: what of them opens, and where they say they belong.

import (
	"encoding/base64"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/api"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/e2ee"
)

// row opens a record's name and checks its place; the content waits.
func (b *e2eeBackend) row(f Folder, s api.Secret) row {
	r := row{id: s.ID, version: s.Version, details: detailsOf(s), folder: s.FolderID, created: s.Created}
	if s.TagSlugs != nil {
		r.slugs = append([]string{}, s.TagSlugs...)
		slices.Sort(r.slugs)
	}
	name, err := b.open(s.Key)
	if err != nil {
		r.flaw = notAuthentic(fmt.Sprintf("secret with id %s (%s)", s.ID, f), "Its name is "+err.Error()+".")
		return r
	}
	if !utf8.ValidString(name) {
		r.flaw = notAuthentic(fmt.Sprintf("secret with id %s (%s)", s.ID, f), "Its name is no text.")
		return r
	}
	if CheckName(name) != nil {
		r.nameWithheld = true
		r.flaw = notAuthentic(fmt.Sprintf("secret with id %s (%s)", s.ID, f), "Its name breaks the rules for names, so it is not shown: it may be a value or comment that the server put in its place. "+
			"If it is a name, rename the secret in Infisical's web application (no slash, no white space at the ends, at most 100 characters, not batch, raw, tags or move).")
		return r
	}
	r.name, r.sealedName = name, true
	ref := Ref{Folder: f, Name: name, Personal: s.Type == "personal"}
	if differs(s.WorkspaceID, f.WorkspaceID) || differs(s.Environment, f.Environment) || differs(s.Path, f.Path) {
		r.flaw = notAuthentic(ref.String(), "The server answered with a record of another project, environment or folder.")
		return r
	}
	r.open = func() (Secret, error) {
		content, commentDamaged, err := b.content(ref, s)
		return Secret{Ref: ref, Content: content, commentDamaged: commentDamaged, Fingerprint: b.fingerprint(ref, content.Value, ""), FingerprintKeyID: b.keyID}, err
	}
	return r
}

// content opens value and comment. With an error it holds what did open.
func (b *e2eeBackend) content(ref Ref, s api.Secret) (content Content, commentDamaged bool, err error) {
	if !s.Comment.IsEmpty() {
		comment, openErr := b.open(s.Comment)
		if openErr != nil {
			commentDamaged = true
			err = notAuthentic(ref.String(), "Its comment is "+openErr.Error()+".")
		} else {
			content.Comment = NewValue(shownComment(comment))
		}
	}
	value, openErr := b.open(s.Value)
	if openErr != nil {
		return content, commentDamaged, notAuthentic(ref.String(), "Its value is "+openErr.Error()+".")
	}
	content.Value = NewValue(value)
	return content, commentDamaged, err
}

// shownComment is a comment as plans may show it. One that is no text is shown
// nowhere.
func shownComment(comment string) string {
	if !utf8.ValidString(comment) {
		return comment
	}
	return api.PrintableLines(comment)
}

// keep decides of each row of a list as it arrives. Of rows whose names do not
// open only so many are kept as are reported; the IVs of what they hold are
// noted all the same, since a name may be a copy of it.
func (b *e2eeBackend) keep(in *intake, contents map[string]bool) func(api.Secret) (bool, error) {
	return func(s api.Secret) (bool, error) {
		for _, iv := range []string{s.Value.IV, s.Comment.IV} {
			if iv != "" {
				contents[iv] = true
			}
		}
		if _, err := b.open(s.Key); err != nil && !in.unnamedRow() {
			return false, nil
		}
		return true, in.take(sizeOf(s))
	}
}

// sizeOf is how long the texts of a row are.
func sizeOf(s api.Secret) int {
	size := len(s.Reminder.Note)
	for _, f := range []api.Field{s.Key, s.Value, s.Comment} {
		size += len(f.Ciphertext) + len(f.IV) + len(f.Tag)
	}
	for name, text := range s.Metadata {
		size += entrySize + len(name) + len(text)
	}
	for i := range s.TagIDs {
		size += entrySize + len(s.TagIDs[i]) + len(s.TagSlugs[i])
	}
	return size
}

// entrySize is what a tag or an entry of metadata takes beside its texts.
const entrySize = 64

func (b *e2eeBackend) open(f api.Field) (string, error) {
	sealed, err := decodeField(f)
	if err != nil {
		return "", err
	}
	plaintext, err := b.key.Open(sealed)
	defer clear(plaintext) // what is left are texts, which Go cannot overwrite
	return string(plaintext), err
}

// decodeField reads a field's base64. A text that is no strict base64 is as
// little authentic as one that does not open: some servers store anything.
func decodeField(f api.Field) (e2ee.Sealed, error) {
	var s e2ee.Sealed
	for _, part := range []struct {
		text string
		into *[]byte
	}{{f.Ciphertext, &s.Ciphertext}, {f.IV, &s.IV}, {f.Tag, &s.Tag}} {
		raw, err := base64.StdEncoding.Strict().DecodeString(part.text)
		if err != nil {
			return e2ee.Sealed{}, e2ee.ErrNotAuthentic
		}
		*part.into = raw
	}
	return s, nil
}

// seal encrypts one field and opens it again before anything is sent: what
// leaves is known to be readable.
func (b *e2eeBackend) seal(ref Ref, what, plaintext string) (api.Field, error) {
	bytes := []byte(plaintext)
	defer clear(bytes)
	sealed, err := b.key.Seal(bytes)
	if err != nil {
		return api.Field{}, &Error{Problem: ProblemOther, Subject: ref.String(), Why: "Its " + what + " could not be sealed: " + err.Error() + "."}
	}
	again, err := b.key.Open(sealed)
	defer clear(again)
	if err != nil || string(again) != plaintext {
		return api.Field{}, &Error{
			Problem: ProblemOther, Subject: ref.String(),
			Why: "Its " + what + ", just sealed, did not open to the same bytes. Nothing was sent.",
			Do:  "This points to faulty memory or a fault of this provider: run again on another machine, and report it.",
		}
	}
	return api.Field{
		Ciphertext: base64.StdEncoding.EncodeToString(sealed.Ciphertext),
		IV:         base64.StdEncoding.EncodeToString(sealed.IV),
		Tag:        base64.StdEncoding.EncodeToString(sealed.Tag),
	}, nil
}
