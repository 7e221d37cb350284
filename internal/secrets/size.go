package secrets

import (
	"context"
	"encoding/base64"
	"fmt"

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
// hold in this mode.
func (s *Store) CheckContent(ctx context.Context, ref Ref, value Value, comment Value) error {
	p, err := s.unlock(ctx)
	if err != nil {
		return err
	}
	content := Content{value, comment}
	if err := p.limit.check(ref, content, DetailsChange{}); err != nil {
		return err
	}
	return p.backend.carries(ref, content)
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
