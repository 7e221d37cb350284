package api

import (
	"context"
	"net/http"
	"strings"
)

// Credential proves to a server who is asking.
type Credential interface {
	// prove returns what the next request carries. A login is a request of its
	// own; its errors are *Error.
	prove(ctx context.Context, c *Client) (*proof, error)
	// again tells whether it is worth asking for another proof after the server
	// refused this one on a route. last: it was another one already.
	again(refused *proof, route string, last bool) bool
}

// proof is a header of a request.
type proof struct{ header, text string }

// set puts the proof on a request.
func (p *proof) set(header http.Header) {
	if p == nil { // a login itself
		return
	}
	text := p.text
	if p.header == "Authorization" {
		text = "Bearer " + text
	}
	header.Set(p.header, text)
}

// confidential is what no error may hold.
func (p *proof) confidential() string {
	if p == nil {
		return ""
	}
	return p.text
}

// fixed is a proof that stays the same. It hides in a closure: nothing that
// prints a Client prints it.
type fixed func() *proof

func (f fixed) prove(context.Context, *Client) (*proof, error) { return f(), nil }
func (f fixed) again(*proof, string, bool) bool                { return false }

// AsServiceToken asks with the first three parts of a service token,
// `st.<id>.<secret>` (section 2). A fourth, the key, is dropped.
func AsServiceToken(bearer string) Credential {
	parts := strings.Split(bearer, ".")
	p := &proof{header: "Authorization", text: strings.Join(parts[:min(len(parts), 3)], ".")}
	return fixed(func() *proof { return p })
}

// AsUser asks with a user's API key, `ak.<id>.<secret>` (section 2).
func AsUser(key string) Credential {
	p := &proof{header: "X-API-Key", text: key}
	return fixed(func() *proof { return p })
}

// AsAccessToken asks with a machine identity's access token that somebody else got.
// It is never replaced.
func AsAccessToken(token string) Credential {
	p := &proof{header: "Authorization", text: token}
	return fixed(func() *proof { return p })
}
