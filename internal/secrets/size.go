package secrets

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/api"
)

// requestOverhead is more than what a request holds beside its contents: field
// names, places, IVs and tags.
const requestOverhead = 2 << 10

// bodyLimit is the largest request body in bytes that a server takes. Not all
// say so when it is exceeded, so it is kept beforehand.
type bodyLimit int

// bodyLimitOf goes by what tells the servers apart: their answer about the
// credential.
func bodyLimitOf(a access) bodyLimit {
	if a.of2023 {
		return api.MaxBodyOf2023
	}
	return api.MaxBody
}

// shared is how many bytes several writes may be that share a request: well
// below the limit, 900 KiB or 88 KiB.
func (l bodyLimit) shared() int { return int(l) * 900 / 1024 }

// CheckContent refuses what the server would refuse for its size, or could not
// hold in this mode. It is for a secret that is created; ref holds its name.
func (s *Store) CheckContent(ctx context.Context, ref Ref, value Value, comment Value) error {
	return s.CheckDraft(ctx, ref, Draft{Value: value, Comment: &comment})
}

// CheckDraft is CheckContent with the details of a secret.
//
// Cost: with details, or a name that some servers refuse, outside of E2EE mode a
// list of the folder, if there is no recent one: it shows what the server is.
func (s *Store) CheckDraft(ctx context.Context, ref Ref, draft Draft) error {
	p, err := s.unlock(ctx)
	if err != nil {
		return err
	}
	w := write{kind: createSecret, ref: ref, name: ref.Name, content: draft.content(), withComment: true, details: draft.DetailsChange}
	if err := p.limit.check(ref, w.content, w.details); err != nil {
		return err
	}
	oddName := isAddressOfV4(ref.Name) || strings.ContainsRune(ref.Name, ':')
	if !s.SealsNames() && (!draft.isEmpty() || oddName) {
		k, err := s.load(ctx, p, ref.Folder, time.Now().Add(-snapshotLife)) // what is wrong with the folder others say
		if err == nil && oddName {
			if _, err := k.find(ref, ""); err == nil {
				return nil // it would be adopted: no name is new
			}
		}
	}
	return p.backend.carries(w)
}

// CheckUpdate refuses what [Store.Update] is known to fail with. It sends nothing:
// without a list of the folder that is there already, as with -refresh=false, it
// judges by the change alone.
func (s *Store) CheckUpdate(ctx context.Context, ref Ref, id string, change Change) error {
	p, err := s.unlock(ctx)
	if err != nil {
		return err
	}
	if k := s.folder(ref.Folder); k.isRead(time.Now().Add(-snapshotLife)) && !k.isMissing() {
		w, done := k.update(p.limit, ref, id, change)
		if done != nil {
			return done.err
		}
		return p.backend.carries(w)
	}
	if change.Value == nil {
		return nil // the stored value is not known, and nothing else can be too large
	}
	w := change.on(Secret{}, row{name: ref.Name}, ref)
	if err := p.limit.check(ref, w.content, w.details); err != nil {
		return err
	}
	return p.backend.carries(w)
}

// size is about how many bytes a write is as an item of a request.
func (w write) size() int {
	size := requestOverhead
	for _, text := range []string{w.ref.Name, w.ref.Path, w.content.Value.Reveal(), w.content.Comment.Reveal()} {
		size += base64.StdEncoding.EncodedLen(len(text))
	}
	if w.details.Metadata != nil {
		for key, value := range *w.details.Metadata {
			size += len(key) + len(value) + 8
		}
	}
	return size
}

func (l bodyLimit) check(ref Ref, content Content, details DetailsChange) error {
	size := write{ref: ref, content: content, details: details}.size()
	if size <= int(l) {
		return nil
	}
	return &Error{
		Problem: ProblemTooLarge, Subject: ref.String(),
		Why: fmt.Sprintf("Its value of %d bytes and comment of %d make a request of about %d bytes; the server takes at most %d.",
			len(content.Value.Reveal()), len(content.Comment.Reveal()), size, int(l)),
		Do: fmt.Sprintf("Store a smaller value: with this name and comment at most %d bytes fit.",
			max(0, int(l)-(size-base64.StdEncoding.EncodedLen(len(content.Value.Reveal()))))/4*3),
	}
}
