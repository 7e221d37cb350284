package secrets

import (
	"context"
	"fmt"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/api"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/e2ee"
)

// e2eeBackend keeps secrets at the /api/v3/secrets endpoints, sealed under the
// project key. It never calls a /raw endpoint.
type e2eeBackend struct {
	client *api.Client
	key    e2ee.Key
	keyID  string
	user   bool // who has personal secrets
	of2023 bool
	early  bool // see access
}

func (b *e2eeBackend) list(ctx context.Context, f Folder, imports bool, etag string, in *intake) (listed, error) {
	contents := map[string]bool{}
	list, err := b.client.ListSecrets(ctx, place(f), imports, etag, b.keep(in, contents))
	if err != nil || list.NotModified {
		return listed{unchanged: list.NotModified, etag: etag}, err
	}
	out := listed{rows: b.rows(f, list.Secrets, contents), folderMissing: list.FolderMissing, etag: list.ETag}
	for _, one := range list.Imports {
		source := Folder{f.WorkspaceID, one.Environment, one.Path}
		for i := range one.Secrets {
			// What the source itself imports may be of another environment.
			if s := &one.Secrets[i]; s.FolderID != one.FolderID {
				s.Environment = ""
			}
		}
		out.imports = append(out.imports, imported{source, sharedOf(b.rows(source, one.Secrets, contents))})
	}
	out.rows = append(out.rows, in.moreUnnamed()...)
	return out, nil
}

// rows takes the secrets of a list. contents are the IVs of all values
// and comments in it: each field that a client seals has a random one of its
// own, so a name with one of these was put together by the server.
func (b *e2eeBackend) rows(f Folder, list []api.Secret, contents map[string]bool) []row {
	rows := make([]row, 0, len(list))
	for _, s := range list {
		personal := s.Type == "personal"
		if visible := s.Type == "shared" || personal && b.user; !visible {
			continue
		}
		r := b.row(f, s)
		r.personal = personal
		if contents[s.Key.IV] {
			r.name, r.flaw = "", notAuthentic(fmt.Sprintf("secret with id %s (%s)", s.ID, f),
				"Its name is a copy of a value or comment of this folder: the server is trying to have it shown or sent in the clear.")
		}
		rows = append(rows, r)
	}
	return rows
}

func (b *e2eeBackend) writeOne(ctx context.Context, w write) (row, error) {
	at, after := placeOf(w.ref), w.ref.named(w.name)
	var echo api.Secret
	switch w.kind {
	case createSecret:
		if refused := b.refuse(w); refused != nil {
			return row{}, refused
		}
		body, err := b.newSecret(w)
		if err != nil {
			return row{}, err
		}
		if echo, err = b.client.CreateSecret(ctx, at, w.name, body); err != nil {
			return row{}, err
		}
	case updateSecret:
		if refused := b.refuse(w); refused != nil {
			return row{}, refused
		}
		body, err := b.change(w)
		if err != nil {
			return row{}, err
		}
		if echo, err = b.client.UpdateSecret(ctx, at, w.ref.Name, body); err != nil {
			return row{}, err
		}
	default:
		echo, err := b.client.DeleteSecret(ctx, at, w.ref.Name)
		if err == nil && echo.ID != w.id {
			err = replaced(w.ref, "deleted")
		}
		return row{}, err
	}
	return b.checkEcho(after, w, echo)
}

func (b *e2eeBackend) writeMany(ctx context.Context, kind writeKind, f Folder, writes []write) ([]outcome, error) {
	if refused := b.refused(writes); refused != nil {
		return b.writeOthers(ctx, kind, f, writes, refused)
	}
	var echoes []api.Secret
	var err error
	switch kind {
	case createSecret:
		items := make([]api.BatchCreate, len(writes))
		for i, w := range writes {
			items[i].Name = w.name
			if items[i].NewSecret, err = b.newSecret(w); err != nil {
				return nil, err
			}
		}
		echoes, err = b.client.CreateSecrets(ctx, place(f), items)
	case updateSecret:
		items := make([]api.BatchUpdate, len(writes))
		for i, w := range writes {
			change, err := b.change(w)
			if err != nil {
				return nil, err
			}
			name, err := b.seal(w.ref, "name", w.name)
			if err != nil {
				return nil, err
			}
			items[i] = api.BatchUpdate{
				Name: w.ref.Name, Key: name, Value: change.Value, Comment: change.Comment,
				TagIDs: change.TagIDs, SkipMultilineEncoding: change.SkipMultilineEncoding,
			}
		}
		echoes, err = b.client.UpdateSecrets(ctx, place(f), items)
	default:
		names := make([]string, len(writes))
		for i, w := range writes {
			names[i] = w.ref.Name
		}
		echoes, err = b.client.DeleteSecrets(ctx, place(f), names)
	}
	if err != nil {
		return nil, err
	}
	outcomes := make([]outcome, len(writes))
	if kind == deleteSecret {
		deleted := make(map[string]bool, len(echoes))
		for _, echo := range echoes {
			deleted[echo.ID] = true
		}
		for i, w := range writes {
			if !deleted[w.id] && !b.of2023 { // which leaves out what was gone; there is a look afterwards
				outcomes[i].err = replaced(w.ref, "deleted")
			}
		}
		return outcomes, nil
	}
	if b.of2023 && kind == updateSecret { // which is answered with nothing
		list, err := b.client.ListSecrets(ctx, place(f), false, "", nil)
		if err != nil {
			return nil, err
		}
		for _, s := range list.Secrets {
			if s.Type == "shared" {
				echoes = append(echoes, s)
			}
		}
	}
	// The answers come in any order; what tells them apart is their own name.
	byName := make(map[string]api.Secret, len(echoes))
	for _, echo := range echoes {
		if name, err := b.open(echo.Key); err == nil {
			byName[name] = echo
		}
	}
	for i, w := range writes {
		echo, ok := byName[w.name]
		if !ok {
			outcomes[i].err = notAuthentic(w.ref.String(), "The server's answer to the write holds no secret of that name.")
			continue
		}
		outcomes[i].row, outcomes[i].err = b.checkEcho(w.ref.named(w.name), w, echo)
	}
	return outcomes, nil
}

func (b *e2eeBackend) newSecret(w write) (api.NewSecret, error) {
	name, err := b.seal(w.ref, "name", w.name)
	if err != nil {
		return api.NewSecret{}, err
	}
	value, err := b.seal(w.ref, "value", w.content.Value.Reveal())
	if err != nil {
		return api.NewSecret{}, err
	}
	body := api.NewSecret{Key: name, Value: value, SkipMultilineEncoding: w.details.SkipMultilineEncoding}
	if w.details.Metadata != nil {
		body.Metadata = *w.details.Metadata
	}
	if !w.content.Comment.IsEmpty() {
		if body.Comment, err = b.seal(w.ref, "comment", w.content.Comment.Reveal()); err != nil {
			return api.NewSecret{}, err
		}
	}
	return body, nil
}

func (b *e2eeBackend) change(w write) (api.SecretChange, error) {
	value, err := b.seal(w.ref, "value", w.content.Value.Reveal())
	if err != nil {
		return api.SecretChange{}, err
	}
	body := api.SecretChange{
		Value: value, TagIDs: w.details.TagIDs, Reminder: w.details.Reminder,
		Metadata: w.details.Metadata, SkipMultilineEncoding: w.details.SkipMultilineEncoding,
	}
	if w.withComment {
		var comment api.Field // three empty texts clear it, as the official clients do
		if !w.content.Comment.IsEmpty() {
			if comment, err = b.seal(w.ref, "comment", w.content.Comment.Reveal()); err != nil {
				return api.SecretChange{}, err
			}
		}
		body.Comment = &comment
	}
	if w.name != w.ref.Name {
		name, err := b.seal(w.ref, "name", w.name)
		if err != nil {
			return api.SecretChange{}, err
		}
		body.Rename = &api.Rename{Name: w.name, Key: name}
	}
	return body, nil
}

// checkEcho opens what a write answered and compares it with what was sent.
func (b *e2eeBackend) checkEcho(ref Ref, w write, echo api.Secret) (row, error) {
	r := b.row(ref.Folder, echo)
	if r.flaw == nil && echo.Type != ref.kind() {
		r.flaw = notAuthentic(ref.String(), "The server answered the write with a secret of another type.")
	}
	if r.flaw == nil && r.name != ref.Name {
		r.flaw = notAuthentic(ref.String(), "The server answered the write with a secret of another name.")
	}
	if r.flaw == nil && w.kind == updateSecret && echo.ID != w.id {
		r.flaw = replaced(ref, "changed")
	}
	if r.flaw != nil {
		return row{}, r.flaw
	}
	got, err := r.open()
	if err != nil {
		return row{}, err
	}
	if b.of2023 && w.kind == updateSecret && got.Value.Equal(w.content.Value) && !got.Comment.Equal(w.content.Comment) {
		return row{}, unsupported(ref, b.early, "It has the configured value, and the comment that it had.")
	}
	if !got.equal(w.content) {
		return row{}, notAuthentic(ref.String(), "The server answered the write with another value or comment than was sent.")
	}
	if !w.want.equalEcho(r.details) {
		return row{}, &Error{
			Problem: ProblemServer, Subject: ref.String(),
			Why: "The server did not keep the reminder, metadata or skip_multiline_encoding as they were sent.",
			Do:  "Look at the secret in Infisical's web application: this server may not support all of them.",
		}
	}
	r.personal = ref.Personal
	r.details.TagIDs = w.want.TagIDs // which no answer to a write tells
	if len(r.details.TagIDs) == 0 {
		r.slugs = []string{}
	}
	return r, nil
}

func (b *e2eeBackend) fingerprintKeyID() string { return b.keyID }

func (b *e2eeBackend) fingerprint(ref Ref, value Value, _ string) string {
	return fingerprint(b.key, ref, value)
}

func (b *e2eeBackend) clear() { b.key.Clear() }

// carries: any bytes can be sealed.
func (b *e2eeBackend) carries(write) error { return nil }

func (b *e2eeBackend) isLater() bool { return false }

func (b *e2eeBackend) creates() Parts { return Parts{Metadata: true, SkipMultilineEncoding: true} }

func (b *e2eeBackend) usesProjectKey() bool { return true }

// serves refuses projects of version 3: their servers still answer the E2EE
// endpoints, with stale or empty lists and with writes that nobody sees
// (PROTOCOL section 21).
func (b *e2eeBackend) serves(w *api.Workspace) (*Warning, error) {
	switch {
	case w == nil:
		return &Warning{"Project Version Unknown", "The project's version could not be looked up with this credential. " +
			"If the project is of version 3 (made or upgraded since mid-2024), what is read here may be stale and what is written may be invisible to other clients."}, nil
	case w.Version >= 3:
		return nil, &Error{
			Problem: ProblemMode, Subject: fmt.Sprintf("project %q", w.Name),
			Why: "It is of version 3, which keeps its secrets elsewhere: the E2EE endpoints would answer with stale or empty lists, and writes would be invisible to every other client.",
			Do:  "Use a project that was not upgraded: end-to-end encryption ends with the upgrade to version 3. For this one set encryption_mode = \"sealed\" and sealing_keys, and the server still reads nothing; or \"es\", if it may read its secrets.",
		}
	}
	return nil, nil
}

func place(f Folder) api.Place {
	return api.Place{WorkspaceID: f.WorkspaceID, Environment: f.Environment, Path: f.Path}
}

func placeOf(ref Ref) api.Place {
	at := place(ref.Folder)
	at.Personal = ref.Personal
	return at
}

// differs compares what an answer says with what was asked for; endpoints that
// leave a field out say nothing.
func differs(answered, asked string) bool { return answered != "" && answered != asked }
