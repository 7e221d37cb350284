package api

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
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

// ServiceTokenCredential is the first three parts of a service token,
// `st.<id>.<secret>` (section 2). A fourth, the key, is dropped.
func ServiceTokenCredential(bearer string) Credential {
	parts := strings.Split(bearer, ".")
	p := &proof{header: "Authorization", text: strings.Join(parts[:min(len(parts), 3)], ".")}
	return fixed(func() *proof { return p })
}

// UserCredential is a user's API key, `ak.<id>.<secret>` (section 2).
func UserCredential(key string) Credential {
	p := &proof{header: "X-API-Key", text: key}
	return fixed(func() *proof { return p })
}

// UniversalAuthCredential is a machine identity's: it logs in when the first
// request is made, and again when the access token is about to expire or is
// refused (PROTOCOL_V3 section 1). It never renews one: that can destroy it.
func UniversalAuthCredential(clientID, clientSecret string) Credential {
	return &universalAuth{body: func() loginBody { return loginBody{clientID, clientSecret} }, now: time.Now, hopeless: map[string]bool{}}
}

type universalAuth struct {
	body    func() loginBody
	now     func() time.Time
	flights singleflight.Group

	mu      sync.Mutex
	current *proof
	until   time.Time // zero = not told
	refused error     // why no login will do
	// hopeless are routes on which new tokens are refused like old ones.
	hopeless map[string]bool
}

type loginBody struct {
	ClientID     string `json:"clientId"`
	ClientSecret string `json:"clientSecret"`
}

func (b loginBody) confidential() []string { return []string{b.ClientID, b.ClientSecret} }

// prove returns the access token, which all requests of a process share.
func (u *universalAuth) prove(ctx context.Context, c *Client) (*proof, error) {
	if p := u.valid(); p != nil {
		return p, nil
	}
	ch := u.flights.DoChan("", func() (any, error) {
		if p := u.valid(); p != nil { // of a login that ended as this one began
			return p, nil
		}
		u.mu.Lock()
		refused := u.refused
		u.mu.Unlock()
		if refused != nil { // a thousand resources ask
			return nil, refused
		}
		return u.login(context.WithoutCancel(ctx), c)
	})
	select {
	case result := <-ch:
		p, _ := result.Val.(*proof)
		return p, result.Err
	case <-ctx.Done():
		return nil, &Error{Kind: KindInterrupted, Method: http.MethodPost, Route: loginRoute, cause: ctx.Err(), harmless: true}
	}
}

func (u *universalAuth) valid() *proof {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.current == nil || !u.until.IsZero() && !u.now().Before(u.until) {
		return nil
	}
	return u.current
}

// again forgets a token that is refused, unless new ones are refused like it.
func (u *universalAuth) again(refused *proof, route string, last bool) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	if last {
		u.hopeless[route] = true
	}
	if u.hopeless[route] {
		return false
	}
	if u.current == refused {
		u.current = nil
	}
	return true
}

const loginRoute = "/api/v1/auth/universal-auth/login"

// earlier is how much of its life an access token is not used any more: a
// request takes time on its way.
func earlier(life time.Duration) time.Duration { return min(life/10, time.Minute) }

func (u *universalAuth) login(ctx context.Context, c *Client) (*proof, error) {
	var answer struct {
		AccessToken string `json:"accessToken"`
		ExpiresIn   int64  `json:"expiresIn"` // seconds
	}
	login := call{
		method: http.MethodPost, route: loginRoute, path: []string{"api", "v1", "auth", "universal-auth", "login"},
		body: u.body(), harmless: true,
	}
	began := u.now()
	if err := c.attempt(ctx, login, nil, &answer); err != nil {
		var e *Error
		if !errors.As(err, &e) {
			return nil, err
		}
		switch e.Kind {
		case KindTokenRejected: // how servers of May 2024 say it
			e.Kind = KindLoginRejected
		case KindRouteNotFound:
			e.Kind = KindLoginUnsupported
		}
		switch e.Kind {
		case KindLoginUnknown, KindLoginRejected, KindLoginSpent, KindLoginExpired, KindLoginUnsupported, KindAddressRefused:
			u.mu.Lock()
			u.refused = e
			u.mu.Unlock()
		}
		return nil, e
	}
	if answer.AccessToken == "" {
		return nil, login.malformed("the answer holds no access token")
	}
	p := &proof{header: "Authorization", text: answer.AccessToken}
	u.mu.Lock()
	defer u.mu.Unlock()
	u.current, u.until = p, time.Time{}
	if life := time.Duration(answer.ExpiresIn) * time.Second; life > 0 {
		u.until = began.Add(life - earlier(life))
	}
	return p, nil
}
