package secrets

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/api"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/e2ee"
)

// esBackend keeps secrets at the /api/v3/secrets/raw endpoints, in the clear:
// the server holds the project key. Its writes share no requests: the server of
// May 2024 has no batches here, and which later one has them no answer tells.
type esBackend struct {
	client *api.Client
	key    e2ee.Key // for fingerprints alone
	keyID  string
	user   bool // who has personal secrets
	of2023 bool
	early  bool // see access
	spoken dialect
}

func (b *esBackend) list(ctx context.Context, f Folder, imports bool, etag string, in *intake) (listed, error) {
	list, err := b.spoken.list(ctx, b.client, place(f), imports, etag, func(s api.RawSecret) (bool, error) {
		if (s.Name == "" || !isOneLine(s.Name)) && !in.unnamedRow() {
			return false, nil
		}
		b.spoken.note(s)
		size := len(s.Name) + len(s.Value()) + len(s.Comment()) + len(s.Reminder.Note)
		for i := range s.TagIDs {
			size += entrySize + len(s.TagIDs[i]) + len(s.TagSlugs[i])
		}
		for key, value := range s.Metadata {
			size += entrySize + len(key) + len(value)
		}
		return true, in.take(size)
	})
	if err != nil || list.NotModified {
		return listed{unchanged: list.NotModified, etag: etag}, err
	}
	out := listed{rows: b.rows(f, list.Secrets), folderMissing: list.FolderMissing, etag: list.ETag}
	for _, one := range list.Imports {
		source := Folder{f.WorkspaceID, one.Environment, one.Path}
		for i := range one.Secrets {
			one.Secrets[i].Environment = "" // what the source itself imports may be of another
		}
		out.imports = append(out.imports, imported{source, sharedOf(b.rows(source, one.Secrets))})
	}
	out.rows = append(out.rows, in.moreUnnamed()...)
	return out, nil
}

func (b *esBackend) rows(f Folder, list []api.RawSecret) []row {
	rows := make([]row, 0, len(list))
	for _, s := range list {
		if s.Type == "shared" || s.Type == "personal" && b.user {
			rows = append(rows, b.row(f, s, s.Comment()))
		}
	}
	return rows
}

func (b *esBackend) writeOne(ctx context.Context, w write) (row, error) {
	at := placeOf(w.ref)
	w, err := b.prepared(w)
	if err != nil {
		return row{}, err
	}
	d := b.spoken.known()
	var echo api.RawSecret
	switch w.kind {
	case createSecret:
		echo, err = b.client.CreateRaw(ctx, d, at, w.name, api.NewRawSecret{
			Value: w.content.Value.Reveal(), Comment: w.content.Comment.Reveal(), TagIDs: w.details.TagIDs,
			Reminder: w.details.Reminder, Metadata: w.details.Metadata, SkipMultilineEncoding: w.details.SkipMultilineEncoding,
		})
	case updateSecret:
		echo, err = b.client.UpdateRaw(ctx, d, at, w.ref.Name, rawChange(w))
	default:
		echo, err := b.client.DeleteRaw(ctx, d, at, w.ref.Name)
		if err == nil && echo.ID != w.id {
			err = replaced(w.ref, "deleted")
		}
		return row{}, err
	}
	if err != nil {
		return row{}, err
	}
	return b.checkEcho(w, echo)
}

// checkEcho compares what a write answered with what was sent. What the server
// made of it is there now, so that the row comes along with the error.
func (b *esBackend) checkEcho(w write, echo api.RawSecret) (row, error) {
	after := w.ref.named(w.name)
	comment := echo.Comment()
	if w.kind == updateSecret && !w.withComment {
		// Later servers show none where none was sent, and keep it all the
		// same (PROTOCOL_V3 section 4).
		comment = w.content.Comment.Reveal()
	}
	r := b.row(w.ref.Folder, echo, comment)
	switch {
	case r.flaw != nil:
		return row{}, r.flaw
	case echo.Type != after.kind():
		return row{}, notAsked(after, "The server answered the write with a secret of another type.")
	case w.kind == updateSecret && echo.ID != w.id:
		return row{}, replaced(after, "changed")
	}
	r.details = w.want
	if w.kind == createSecret && !b.creates().Tags {
		r.details.Untold = Parts{Metadata: true} // of the rest it has none yet
	}
	if len(r.details.TagIDs) == 0 && !r.details.Untold.Tags {
		r.slugs = []string{}
	}
	if echo.Told && !r.details.Untold.Metadata {
		// Later servers keep reminders apart, and their answers to writes show none:
		// the next list tells.
		echo.Reminder = w.want.Reminder
	}
	altered := func(why, do string) (row, error) {
		return r, &Error{Problem: ProblemServer, Subject: after.String(), Why: why, Do: do}
	}
	switch {
	case nameKey(r.name) != nameKey(w.name) && w.name != w.ref.Name:
		return altered("The server answered the change of its name and left the name as it was: its raw endpoints rename nothing.",
			"Take the new name back, or rename the secret in Infisical's web application as well.")
	case nameKey(r.name) != nameKey(w.name):
		return row{}, notAsked(after, "The server answered the write with a secret of another name.")
	case w.sealed && echo.Value() != w.content.Value.Reveal() && w.wasPlain:
		return row{}, serverManaged(after, "The server answered the write and kept a value that is not sealed.")
	case w.sealed && echo.Value() != w.content.Value.Reveal():
		return row{}, notAuthentic(after.String(), "The server answered the write with another value than was sent.")
	case echo.Value() != w.content.Value.Reveal():
		return altered("The server does not hold the value that was sent: "+whatBecame(w.content.Value.Reveal(), echo.Value())+".",
			"Write a value without white space at its ends, as by trimspace(), or encode it, as by base64encode(). In E2EE mode values are kept byte by byte.")
	case w.withComment && comment != w.content.Comment.Reveal() && w.kind == updateSecret && comment != trimmed(w.content.Comment.Reveal()):
		return altered("The server answered the change of its comment and left the comment as it was: its raw endpoints change none. A changed value was written.",
			"Take the new comment back, or change it in Infisical's web application as well.")
	case w.withComment && comment != w.content.Comment.Reveal():
		return altered("The server does not hold the comment that was sent: "+whatBecame(w.content.Comment.Reveal(), comment)+".",
			"Write a comment without white space at its ends.")
	}
	if !echo.Told && !w.details.isEmpty() {
		r.details.Untold = untold(echo)
		return r, uncarried(after, w.details.within(allParts), "The rest was written.")
	}
	if echo.Told && (echo.Reminder != w.want.Reminder && w.details.Reminder != nil || echo.SkipMultilineEncoding != w.want.SkipMultilineEncoding) {
		return altered("The server did not keep the reminder or skip_multiline_encoding as they were sent.",
			"Look at the secret in Infisical's web application: this server may not support all of them.")
	}
	return r, nil
}

// notAsked: nothing is sealed here, and this is all that can be noticed.
func notAsked(ref Ref, why string) *Error {
	return &Error{
		Problem: ProblemNotAuthentic, Subject: ref.String(), Why: why,
		Do: "Check that nothing on the way to the server rewrites its answers, and treat it as untrustworthy until you know why.",
	}
}

// trimmed is a text as servers cut it (PROTOCOL_V3 section 4).
func trimmed(text string) string { return strings.TrimFunc(text, isJavaScriptSpace) }

// storedValue is a value as servers keep it: trimmed, but for one line feed at
// its end (PROTOCOL_V3 section 4).
func storedValue(text string) string {
	if strings.HasSuffix(text, "\n") {
		return trimmed(text) + "\n"
	}
	return trimmed(text)
}

// whatBecame says what a server did to a text, without any of it.
func whatBecame(sent, held string) string {
	switch {
	case trimmed(held) == trimmed(sent):
		return "its raw endpoints cut white space off the ends"
	case held == "":
		return "it is empty there"
	}
	return fmt.Sprintf("%d bytes were sent, and it holds %d others", len(sent), len(held))
}

// row takes a record over; comment is the one it is known to have.
func (b *esBackend) row(f Folder, s api.RawSecret, comment string) row {
	r := row{id: s.ID, name: s.Name, version: s.Version, details: rawDetails(s), created: s.Created, personal: s.Type == "personal"}
	if s.TagSlugs != nil {
		r.slugs = append([]string{}, s.TagSlugs...)
		slices.Sort(r.slugs)
	}
	ref := Ref{Folder: f, Name: s.Name, Personal: r.personal}
	r.hidden, r.rotated = s.Hidden, s.Rotated
	if s.Name == "" || !isOneLine(s.Name) {
		r.name, r.flaw = "", &Error{
			Problem: ProblemNotAuthentic, Subject: fmt.Sprintf("secret with id %s (%s)", s.ID, f),
			Why: "It has no name, or one with a line break, a control character or a mark that turns the direction of text. So its name is not shown.",
			Do:  "Rename it in Infisical's web application.",
		}
		return r
	}
	if differs(s.WorkspaceID, f.WorkspaceID) || differs(s.Environment, f.Environment) || differs(s.Path, f.Path) {
		r.flaw = notAsked(ref, "The server answered with a record of another project, environment or folder.")
		return r
	}
	content := Content{NewValue(s.Value()), NewValue(comment)}
	r.open = func() (Secret, error) {
		return Secret{Ref: ref, Content: content, Fingerprint: b.fingerprint(ref, content.Value, ""), FingerprintKeyID: b.keyID}, nil
	}
	return r
}

// carries: JSON is text, and a server shows bytes that are none as U+FFFD. To
// send such a text back, as an update without a new value would, would put it
// in the place of the bytes. White space at the ends is cut off (PROTOCOL_V3
// section 4). A comment that is not sent is not looked at.
func (b *esBackend) carries(w write) error {
	if !w.withComment {
		w.content.Comment = Value{}
	}
	refuse := func(why, do string) error {
		return &Error{Problem: ProblemOther, Subject: w.ref.named(w.name).String(), Why: why, Do: do}
	}
	value, comment := w.content.Value.Reveal(), w.content.Comment.Reveal()
	for _, text := range []string{value, comment} {
		if !utf8.ValidString(text) || strings.ContainsRune(text, utf8.RuneError) {
			return refuse("Its value or comment holds bytes that are no UTF-8 text, or U+FFFD, by which servers show such bytes. In Encrypted Standard (ES) mode they would not be kept, so nothing is sent.",
				"Store text, for instance by base64encode(). A secret that held bytes before the project was switched to ES mode needs a new value, or is to be changed in E2EE mode.")
		}
	}
	if err := b.carriesDetails(w); err != nil {
		return err
	}
	switch {
	case !w.sealed && storedValue(value) != value:
		return refuse("Its value has white space at its beginning or end, and the server would cut it off (it keeps one line feed at the end). Nothing is sent.",
			"Remove the white space, for example with trimspace(), or encode the value, for example with base64encode(). A value from before the project was switched to ES mode needs a new value. In E2EE mode values are kept byte by byte.")
	case HasOuterSpace(comment):
		return refuse("Its comment has white space at its beginning or end, and the server would cut it off. Nothing is sent.",
			"Remove the white space, for example with trimspace().")
	case w.name != w.ref.Name && w.want.Untold.Reminder:
		// A server that tells nothing but value and comment changes nothing but
		// the value (PROTOCOL section 9).
		return refuse("Over its raw endpoints this server renames nothing. Nothing is sent.",
			"Take the new name back, or rename the secret in Infisical's web application as well.")
	case w.kind == updateSecret && w.withComment && w.want.Untold.Reminder:
		return refuse("Over its raw endpoints this server changes no comment. Nothing is sent.",
			"Take the new comment back, or change it in Infisical's web application as well.")
	case b.spoken.isLater() && strings.ContainsRune(w.name, ':') && (w.kind == createSecret || w.name != w.ref.Name):
		return refuse("Its name holds a colon, which this server refuses in new names. Nothing is sent.", "Choose another name.")
	case b.spoken.known() == api.RawV4 && w.kind == createSecret && isAddressOfV4(w.name):
		return refuse(fmt.Sprintf("The name %q is part of an address of this server's own, so that no secret can be created by it. Nothing is sent.", w.name), "Choose another name.")
	}
	return nil
}

func (b *esBackend) clear() { b.key.Clear() }

func (b *esBackend) fingerprintKeyID() string { return b.keyID }

func (b *esBackend) fingerprint(ref Ref, value Value, _ string) string {
	return fingerprint(b.key, ref, value)
}

func (b *esBackend) usesProjectKey() bool { return false }

// serves takes every project: whether the server holds its key the first list
// tells.
func (b *esBackend) serves(*api.Workspace) (*Warning, error) { return nil, nil }
