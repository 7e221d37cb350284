package secrets

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/api"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/seal"
)

// sealedBackend keeps values in envelopes of our own, which the raw endpoints
// store as ordinary values. What is not sealed (names, comments, tags) is as in
// ES mode, so that it works through that mode's backend.
type sealedBackend struct {
	raw  *esBackend
	ring seal.Ring
	only *api.Scope // of a token that has no other
	// proveMissing is [Store.proveMissing].
	proveMissing func(ctx context.Context, f Folder, refusal error) error
}

// openSealed asks nothing: no key of the server's has a part in it.
func (s *Store) openSealed(a access) (backend, error) {
	if a.of2023 {
		return nil, notForSealed("project", "Servers of 2023 have no projects of version 3.")
	}
	b := &sealedBackend{raw: &esBackend{client: s.client, key: a.ownKey, user: a.user}, ring: s.ring}
	b.raw.spoken.unknown = !a.user // v4 takes no API keys
	b.proveMissing = func(ctx context.Context, f Folder, refusal error) error {
		p, err := s.unlock(ctx)
		if err != nil {
			return err
		}
		return s.proveMissing(ctx, p, f, refusal)
	}
	if len(a.scopes) == 1 {
		b.only = &a.scopes[0]
	}
	return b, nil
}

// within refuses what is outside of a token's only scope, if that is one folder:
// servers of later years answer each list with that folder's, whatever was asked
// for (their source). What is elsewhere would seem to be gone.
func (b *sealedBackend) within(f Folder) error {
	if b.only == nil {
		return nil
	}
	path, literal := literalPath(*b.only)
	if !literal || f.Environment == b.only.Environment && f.Path == path {
		return nil
	}
	return &Error{
		Problem: ProblemPermission, Subject: f.String(),
		Why: fmt.Sprintf("It is outside of the service token's only scope, %s.", b.only.Environment+":"+b.only.SecretPath),
		Do:  "Use a token whose scopes cover it.",
	}
}

func notForSealed(subject, why string) *Error {
	return &Error{
		Problem: ProblemMode, Subject: subject, Why: why + " Sealed mode is for projects of version 3.",
		Do: "Use a project of version 3. One of version 1 or 2 that is end-to-end encrypted needs no sealed mode on its own server: leave encryption_mode out.",
	}
}

// serves refuses projects whose end-to-end encryption a raw call could end
// (PROTOCOL_V3 section 6), before there is one.
func (b *sealedBackend) serves(w *api.Workspace) (*Warning, error) {
	switch {
	case w == nil:
		return nil, notForSealed("project", "Its version could not be looked up with this credential, and on one of version 1 or 2 the very first request could hand its key to the server.")
	case w.Version < 3:
		return nil, notForSealed(fmt.Sprintf("project %q", w.Name), fmt.Sprintf("It is of version %d: a request to the raw endpoints could hand its key to the server.", w.Version))
	}
	return nil, nil
}

func (b *sealedBackend) list(ctx context.Context, f Folder, imports bool, etag string, in *intake) (listed, error) {
	if err := b.within(f); err != nil {
		return listed{}, err
	}
	out, err := b.raw.list(ctx, f, false, etag, in)
	if err != nil || out.unchanged {
		return out, err
	}
	for i := range out.rows {
		out.rows[i] = b.sealed(f, out.rows[i])
	}
	if imports { // a folder that may be missing may be only empty
		out.etag = "" // the answer tells nothing of what the imports bring
		out.imports, err = newFollower(b, in).imports(ctx, f, maxImportDepth)
	}
	return out, err
}

// sealed makes a row open its envelope. A value that is none is what a server
// would show that wants its own value used.
func (b *sealedBackend) sealed(f Folder, r row) row {
	if r.flaw != nil {
		return r
	}
	ref := Ref{Folder: f, Name: r.name, Personal: r.personal}
	switch {
	case r.hidden:
		r.flaw = &Error{
			Problem: ProblemPermission, Subject: ref.String(), Why: "The server does not show its value to this credential.",
			Do: "Give the credential the right to read the value, or leave the secret to one that has it.",
		}
		return r
	case r.rotated:
		r.flaw = &Error{
			Problem: ProblemMode, Subject: ref.String(), Why: "It is a rotated secret: the server makes its value by itself, so that it is not sealed.",
			Do: "Keep rotated secrets in a folder of their own, and read them in another mode.",
		}
		return r
	}
	raw := r.open
	r.sealedAs = func(name string) bool {
		secret, err := raw()
		if err != nil {
			return false
		}
		_, _, _, err = b.ring.Open(sealedPlace(ref.named(name)), secret.Value.Reveal())
		return err == nil
	}
	r.open = func() (Secret, error) {
		secret, err := raw()
		if err != nil {
			return secret, err
		}
		text := secret.Value.Reveal()
		secret.Value, secret.Fingerprint, secret.FingerprintKeyID = Value{}, "", ""
		secret.Envelope = &Envelope{KeyID: keyIDOf(text), Hash: envelopeHash(text)}
		value, generation, keyID, err := b.ring.Open(sealedPlace(ref), text)
		if err != nil {
			secret.plain = errors.Is(err, seal.ErrNoEnvelope)
			return secret, cannotOpen(ref, secret.Envelope.KeyID, err)
		}
		secret.Value = NewValue(string(value))
		secret.Envelope.KeyID, secret.Envelope.Generation = keyID, generation
		secret.FingerprintKeyID = keyID
		secret.Fingerprint, err = b.ring.Fingerprint(keyID, fingerprintPlace(ref), value)
		return secret, err
	}
	return r
}

func keyIDOf(text string) string {
	id, _ := seal.KeyID(text)
	return id
}

// cannotOpen says of each way not to open what it means.
func cannotOpen(ref Ref, keyID string, err error) error {
	e := notAuthentic(ref.String(), "Its value cannot be opened: "+err.Error()+".")
	switch {
	case errors.Is(err, seal.ErrNoEnvelope):
		e.Why = "Its value is not sealed: another client wrote it in the clear, it is a honey token, or the server shows a value of its own in place of a sealed one."
		e.Do = "If somebody wrote it on purpose, write it anew with this provider (create it with on_existing = \"adopt\"; if it is in the state, terraform state rm comes first), and rotate what it protects: the server has seen it. A honey token is the server's own decoy, which it marks nowhere: leave it where it is, and do not use its value. Otherwise treat the server as untrustworthy until you know why."
	case errors.Is(err, seal.ErrUnknownKey):
		e.Problem = ProblemCredential
		e.Why = fmt.Sprintf("It was sealed with a key of id %s, and none of sealing_keys has that id.", keyID)
		e.Do = "Add that key to sealing_keys, behind the first. If nobody has such a key, treat the server as untrustworthy until you know why."
	case errors.Is(err, seal.ErrOtherPlace):
		e.Why = "Its value was sealed for another place (project, environment, folder, name), or under another key of the same id: it was renamed, moved, copied or imported outside of this provider, or the server swapped it."
		e.Do = "If somebody renamed or moved it, take that back in Infisical's web application, or write it again with this provider (create it with on_existing = \"adopt\"; if it is in the state, terraform state rm comes first). Otherwise treat the server as untrustworthy until you know why."
	case errors.Is(err, seal.ErrVersion):
		e.Problem = ProblemCredential // as with a missing key: somebody can open it, and it is not to be written over
		e.Why, e.Do = "Its value is sealed in a newer form than this version of the provider knows.", "Upgrade the provider."
	case errors.Is(err, seal.ErrAltered):
		e.Why = "Its value was altered, cut or damaged since it was sealed."
	}
	return e
}

func (b *sealedBackend) writeOne(ctx context.Context, w write) (row, error) {
	envelope, err := b.seal(w)
	if err != nil {
		return row{}, err
	}
	r, err := b.raw.writeOne(ctx, envelope)
	if r.id != "" {
		r = b.sealed(w.ref.Folder, r)
	}
	return r, err
}

// seal puts the value into an envelope, and opens it again before anything is
// sent: what leaves is known to be readable.
func (b *sealedBackend) seal(w write) (write, error) {
	if w.kind == deleteSecret {
		return w, nil
	}
	ref, value := w.ref.named(w.name), w.content.Value.Reveal()
	if err := b.carries(w); err != nil {
		return w, err
	}
	if w.replaces >= math.MaxInt64 {
		return w, &Error{
			Problem: ProblemOther, Subject: ref.String(), Why: "The generation in its envelope is the highest that there is, so that no newer one can be written. This provider does not get there in any time: somebody who has the key made it by hand.",
			Do: "Delete the secret and make it again, and find out who did that.",
		}
	}
	// The clock, so that a secret that is deleted and made again does not begin
	// anew; and in any case more than what is there.
	generation := max(w.replaces+1, uint64(time.Now().UnixMilli()))
	text, err := b.ring.Seal(sealedPlace(ref), generation, []byte(value))
	if err != nil {
		return w, &Error{Problem: ProblemOther, Subject: ref.String(), Why: "Its value could not be sealed: " + err.Error() + "."}
	}
	if again, _, _, err := b.ring.Open(sealedPlace(ref), text); err != nil || string(again) != value {
		return w, &Error{
			Problem: ProblemOther, Subject: ref.String(),
			Why: "Its value, just sealed, did not open to the same bytes. Nothing was sent.",
			Do:  "This points to faulty memory or a fault of this provider: run again on another machine, and report it.",
		}
	}
	w.content.Value, w.sealed = NewValue(text), true
	return w, nil
}

func (b *sealedBackend) writeMany(ctx context.Context, kind writeKind, f Folder, writes []write) ([]outcome, error) {
	outcomes := make([]outcome, len(writes))
	var items []api.RawItem
	sent := map[int]write{} // the others are refused here, and their company is not
	for i, w := range writes {
		w, err := b.seal(w)
		if err == nil {
			w, err = b.raw.prepared(w)
		}
		if outcomes[i].err = err; err == nil {
			sent[i] = w
			items = append(items, rawItemOf(w))
		}
	}
	if len(sent) == 0 {
		return outcomes, nil
	}
	client := b.raw.client
	send := map[writeKind]func(context.Context, api.Dialect, api.Place, []api.RawItem) ([]api.RawSecret, error){
		createSecret: client.CreateRawBatch, updateSecret: client.UpdateRawBatch, deleteSecret: client.DeleteRawBatch,
	}[kind]
	echoes, err := send(ctx, b.raw.spoken.known(), place(f), items)
	if err != nil {
		return nil, err
	}
	byName, byID := map[string]api.RawSecret{}, map[string]bool{}
	for _, echo := range echoes {
		byName[echo.Name], byID[echo.ID] = echo, true
	}
	for i, w := range sent {
		echo, answered := byName[w.name]
		switch {
		case kind == deleteSecret && byID[w.id]:
		case kind == deleteSecret:
			outcomes[i].err = replaced(w.ref, "deleted")
		case !answered:
			outcomes[i].err = notAsked(w.ref, "The server's answer to the write holds no secret of that name.")
		default:
			r, err := b.raw.checkEcho(w, echo)
			if r.id != "" {
				r = b.sealed(f, r)
			}
			outcomes[i] = outcome{r, err}
		}
	}
	return outcomes, nil
}

func rawItemOf(w write) api.RawItem {
	item := api.RawItem{Name: w.ref.Name}
	if w.kind == deleteSecret {
		return item
	}
	value, comment := w.content.Value.Reveal(), w.content.Comment.Reveal()
	item.Value, item.TagIDs, item.Metadata, item.SkipMultilineEncoding = &value, w.details.TagIDs, w.details.Metadata, w.details.SkipMultilineEncoding
	if w.withComment {
		item.Comment = &comment
	}
	return item
}

// carries: any bytes can be sealed; the comment goes in the clear.
func (b *sealedBackend) carries(w write) error {
	w.content.Value = Value{}
	return b.raw.carries(w)
}

func (b *sealedBackend) fingerprintKeyID() string { return "" }

func (b *sealedBackend) fingerprint(ref Ref, value Value, keyID string) string {
	fingerprint, err := b.ring.Fingerprint(cmp.Or(keyID, b.ring.SealingKeyID()), fingerprintPlace(ref), []byte(value.Reveal()))
	if err != nil {
		return "" // a key that was taken out of the ring
	}
	return fingerprint
}

func (b *sealedBackend) clear() {
	b.raw.clear()
	b.ring.Clear()
}

func (b *sealedBackend) isLater() bool { return b.raw.isLater() }

func (b *sealedBackend) creates() Parts { return b.raw.creates() }

func (b *sealedBackend) usesProjectKey() bool { return false }
