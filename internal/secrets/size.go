package secrets

import (
	"context"
	"encoding/base64"
	"fmt"
)

// maxRequestBytes is the server's limit for a body (PROTOCOL section 4), and
// requestOverhead more than what a request holds beside its contents: field
// names, places, IVs and tags.
const (
	maxRequestBytes = 1 << 20
	requestOverhead = 2 << 10
)

// CheckContent refuses what the server would refuse for its size, or could not
// hold in this mode.
func (s *Store) CheckContent(ctx context.Context, ref Ref, value Value, comment Value) error {
	content := Content{value, comment}
	if err := checkSize(ref, content, DetailsChange{}); err != nil {
		return err
	}
	p, err := s.unlock(ctx)
	if err != nil {
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

func checkSize(ref Ref, content Content, details DetailsChange) error {
	size := write{ref: ref, content: content, details: details}.size()
	if size <= maxRequestBytes {
		return nil
	}
	return &Error{
		Problem: ProblemTooLarge, Subject: ref.String(),
		Why: fmt.Sprintf("Its value of %d bytes and comment of %d make a request of about %d bytes; the server takes at most %d.",
			len(content.Value.Reveal()), len(content.Comment.Reveal()), size, maxRequestBytes),
		Do: fmt.Sprintf("Store a smaller value: with this name and comment at most %d bytes fit.",
			max(0, maxRequestBytes-(size-base64.StdEncoding.EncodedLen(len(content.Value.Reveal()))))/4*3),
	}
}
