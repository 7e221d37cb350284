package secrets

import (
	"context"
	"encoding/base64"
	"fmt"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/api"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/e2ee"
)

// e2eeBackend keeps secrets at the /api/v3/secrets endpoints, sealed under the
// project key. It never calls a /raw endpoint.
type e2eeBackend struct {
	client *api.Client
	key    e2ee.Key
}

func (b *e2eeBackend) list(ctx context.Context, f Folder) ([]row, bool, error) {
	list, err := b.client.ListSecrets(ctx, place(f))
	if err != nil {
		return nil, false, err
	}
	rows := make([]row, 0, len(list.Secrets))
	for _, s := range list.Secrets {
		if s.Type == "shared" {
			rows = append(rows, b.row(f, s))
		}
	}
	return rows, list.FolderMissing, nil
}

func (b *e2eeBackend) create(ctx context.Context, ref Ref, content Content, details DetailsChange) (row, error) {
	name, err := b.seal(ref, "name", ref.Name)
	if err != nil {
		return row{}, err
	}
	value, err := b.seal(ref, "value", content.Value.Reveal())
	if err != nil {
		return row{}, err
	}
	body := api.NewSecret{Key: name, Value: value, SkipMultilineEncoding: details.SkipMultilineEncoding}
	if details.Metadata != nil {
		body.Metadata = *details.Metadata
	}
	if !content.Comment.IsEmpty() {
		if body.Comment, err = b.seal(ref, "comment", content.Comment.Reveal()); err != nil {
			return row{}, err
		}
	}
	echo, err := b.client.CreateSecret(ctx, place(ref.Folder), ref.Name, body)
	if err != nil {
		return row{}, err
	}
	want := DetailsChange{Metadata: details.Metadata, SkipMultilineEncoding: details.SkipMultilineEncoding}.on(Details{})
	return b.checkEcho(ref, content, want, echo)
}

func (b *e2eeBackend) update(ctx context.Context, ref Ref, u update) (row, error) {
	value, err := b.seal(ref, "value", u.content.Value.Reveal())
	if err != nil {
		return row{}, err
	}
	body := api.SecretChange{
		Value: value, TagIDs: u.details.TagIDs, Reminder: u.details.Reminder,
		Metadata: u.details.Metadata, SkipMultilineEncoding: u.details.SkipMultilineEncoding,
	}
	if u.withComment {
		var comment api.Field // three empty texts clear it, as the official clients do
		if !u.content.Comment.IsEmpty() {
			if comment, err = b.seal(ref, "comment", u.content.Comment.Reveal()); err != nil {
				return row{}, err
			}
		}
		body.Comment = &comment
	}
	if u.name != ref.Name {
		name, err := b.seal(ref, "name", u.name)
		if err != nil {
			return row{}, err
		}
		body.Rename = &api.Rename{Name: u.name, Key: name}
	}
	echo, err := b.client.UpdateSecret(ctx, place(ref.Folder), ref.Name, body)
	if err != nil {
		return row{}, err
	}
	r, err := b.checkEcho(Ref{Folder: ref.Folder, Name: u.name}, u.content, u.want, echo)
	r.details.TagIDs = u.want.TagIDs // which no answer to a write tells
	return r, err
}

func (b *e2eeBackend) remove(ctx context.Context, ref Ref) error {
	_, err := b.client.DeleteSecret(ctx, place(ref.Folder), ref.Name)
	return err
}

// seal encrypts one field and opens it again before anything is sent: what
// leaves is known to be readable.
func (b *e2eeBackend) seal(ref Ref, what, plaintext string) (api.Field, error) {
	sealed, err := b.key.Seal([]byte(plaintext))
	if err != nil {
		return api.Field{}, &Error{Problem: ProblemOther, Subject: ref.String(), Why: "Its " + what + " could not be sealed: " + err.Error() + "."}
	}
	if again, err := b.key.Open(sealed); err != nil || string(again) != plaintext {
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

// checkEcho opens what a write answered and compares it with what was sent.
func (b *e2eeBackend) checkEcho(ref Ref, sent Content, want Details, echo api.Secret) (row, error) {
	r := b.row(ref.Folder, echo)
	if r.flaw == nil && echo.Type != "shared" {
		r.flaw = notAuthentic(ref.String(), "The server answered the write with a secret of another type.")
	}
	if r.flaw == nil && r.name != ref.Name {
		r.flaw = notAuthentic(ref.String(), "The server answered the write with a secret of another name.")
	}
	if r.flaw != nil {
		return row{}, r.flaw
	}
	got, err := r.open()
	if err != nil {
		return row{}, err
	}
	if !got.equal(sent) {
		return row{}, notAuthentic(ref.String(), "The server answered the write with another value or comment than was sent.")
	}
	if !want.equalEcho(r.details) {
		return row{}, &Error{
			Problem: ProblemServer, Subject: ref.String(),
			Why: "The server did not keep the reminder, metadata or skip_multiline_encoding as they were sent.",
			Do:  "Look at the secret in Infisical's web application: this server may not support all of them.",
		}
	}
	return r, nil
}

// row opens a record's name and checks its place; the content waits.
func (b *e2eeBackend) row(f Folder, s api.Secret) row {
	r := row{id: s.ID, version: s.Version, details: detailsOf(s)}
	name, err := b.open(s.Key)
	if err != nil {
		r.flaw = notAuthentic(fmt.Sprintf("secret with id %s (%s)", s.ID, f), "Its name is "+err.Error()+".")
		return r
	}
	r.name = name
	ref := Ref{Folder: f, Name: name}
	if differs(s.WorkspaceID, f.WorkspaceID) || differs(s.Environment, f.Environment) || differs(s.Path, f.Path) {
		r.flaw = notAuthentic(ref.String(), "The server answered with a record of another project, environment or folder.")
		return r
	}
	r.open = func() (Secret, error) {
		content, err := b.content(ref, s)
		return Secret{Ref: ref, Content: content, Fingerprint: b.fingerprint(ref, content.Value)}, err
	}
	return r
}

// fingerprint is labelled with the secret's place and name, so that equal
// values in two places cannot be told to be equal. The name counts in the form
// in which it is matched: Terraform and the server may spell it differently.
func (b *e2eeBackend) fingerprint(ref Ref, value Value) string {
	place := []string{ref.WorkspaceID, ref.Environment, ref.Path, nameKey(ref.Name), "shared"}
	fingerprint, err := b.key.Fingerprint(place, []byte(value.Reveal()))
	if err != nil {
		return "" // only a key that was never set has none
	}
	return fingerprint
}

func (b *e2eeBackend) content(ref Ref, s api.Secret) (Content, error) {
	value, err := b.open(s.Value)
	if err != nil {
		return Content{}, notAuthentic(ref.String(), "Its value is "+err.Error()+".")
	}
	content := Content{Value: NewValue(value)}
	if !s.Comment.IsEmpty() {
		comment, err := b.open(s.Comment)
		if err != nil {
			return Content{}, notAuthentic(ref.String(), "Its comment is "+err.Error()+".")
		}
		content.Comment = NewValue(comment)
	}
	return content, nil
}

func (b *e2eeBackend) open(f api.Field) (string, error) {
	sealed, err := decodeField(f)
	if err != nil {
		return "", err
	}
	plaintext, err := b.key.Open(sealed)
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

func place(f Folder) api.Place {
	return api.Place{WorkspaceID: f.WorkspaceID, Environment: f.Environment, Path: f.Path}
}

// differs compares what an answer says with what was asked for; endpoints that
// leave a field out say nothing.
func differs(answered, asked string) bool { return answered != "" && answered != asked }
