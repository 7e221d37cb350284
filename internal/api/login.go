package api

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

// login is a machine identity's credential: it logs in when the first request
// is made, and again when the access token is about to expire or is refused
// (PROTOCOL_V3 section 1). It never renews one: that can destroy it.
type login struct {
	way string // the route's segment, such as "universal-auth"
	// body is made anew for each login: what proves who asks may have been
	// replaced meanwhile.
	body    func(ctx context.Context) (loginBody, error)
	now     func() time.Time
	flights singleflight.Group

	mu      sync.Mutex
	current *proof
	until   time.Time // zero = not told
	// hopeless are routes on which new tokens are refused like old ones.
	hopeless map[string]bool
	// refused is why no login will do, for a while from refusedAt on: a thousand
	// resources ask, and a server that counts failures locks the identity out.
	refused   error
	refusedAt time.Time
	// unchanging: each login sends the same. final: the server refused it, and is
	// not asked again, because each failure prolongs a lock.
	unchanging, final bool
}

// memory is how long a failed login is not tried again. No longer: what proves
// who asks may be replaced, and the identity mended, while this runs. A refused
// secret stays the same, and is not tried again at all.
const memory = time.Minute

// loginBody is what a login sends. Nothing of what its method returns may be in
// an error.
type loginBody interface{ confidential() []string }

// prove returns the access token, which all requests of a process share.
func (l *login) prove(ctx context.Context, c *Client) (*proof, error) {
	if p := l.valid(); p != nil {
		return p, nil
	}
	ch := l.flights.DoChan("", func() (any, error) {
		if p := l.valid(); p != nil { // of a login that ended as this one began
			return p, nil
		}
		if err := l.remembered(); err != nil {
			return nil, err
		}
		return l.ask(context.WithoutCancel(ctx), c)
	})
	select {
	case result := <-ch:
		p, _ := result.Val.(*proof)
		return p, result.Err
	case <-ctx.Done():
		return nil, l.failed(KindInterrupted, ctx.Err())
	}
}

func (l *login) valid() *proof {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.current == nil || !l.until.IsZero() && !l.now().Before(l.until) {
		return nil
	}
	return l.current
}

func (l *login) remembered() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.refused == nil || !l.final && l.now().Sub(l.refusedAt) > memory {
		return nil
	}
	return l.refused
}

// again forgets a token that is refused, unless new ones are refused like it.
func (l *login) again(refused *proof, route string, last bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if last {
		if l.hopeless == nil {
			l.hopeless = map[string]bool{}
		}
		l.hopeless[route] = true
	}
	if l.hopeless[route] {
		return false
	}
	if l.current == refused {
		l.current = nil
	}
	return true
}

func (l *login) route() string { return "/api/v1/auth/" + l.way + "/login" }

func (l *login) failed(kind Kind, cause error) *Error {
	return &Error{Kind: kind, Method: http.MethodPost, Route: l.route(), cause: cause, harmless: true}
}

// earlier is how much of its life an access token is not used any more: a
// request takes time on its way.
func earlier(life time.Duration) time.Duration { return min(life/10, time.Minute) }

func (l *login) ask(ctx context.Context, c *Client) (*proof, error) {
	var answer struct {
		AccessToken string `json:"accessToken"`
		ExpiresIn   int64  `json:"expiresIn"` // seconds
	}
	body, err := l.makeBody(ctx, c.timeout)
	if err != nil {
		return nil, l.failed(KindNoLogin, err)
	}
	ask := call{
		method: http.MethodPost, route: l.route(), path: []string{"api", "v1", "auth", l.way, "login"},
		body: body, harmless: true,
	}
	began := l.now()
	err = c.attempt(ctx, ask, nil, &answer)
	if err == nil && answer.AccessToken == "" {
		err = ask.malformed("the answer holds no access token")
	}
	if err != nil {
		var e *Error
		if errors.As(err, &e) {
			e.Kind = atLogin(e.Kind, e.Status)
			if lasts(e) {
				l.mu.Lock()
				l.refused, l.refusedAt = e, l.now()
				l.final = l.unchanging && e.Kind == KindLoginRejected
				l.mu.Unlock()
			}
		}
		return nil, err
	}
	p := &proof{header: "Authorization", text: answer.AccessToken}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.current, l.until = p, time.Time{}
	if life := time.Duration(answer.ExpiresIn) * time.Second; life > 0 {
		l.until = began.Add(life - earlier(life))
	}
	return p, nil
}

func (l *login) makeBody(ctx context.Context, limit time.Duration) (loginBody, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return l.body(ctx)
}

// lasts tells whether another login would fail like this one. A server's own
// failure does: it is how some refuse a word that they cannot check. What stands
// before a server, the network and a limit may let the next one through.
func lasts(e *Error) bool {
	switch e.Kind {
	case KindTransport, KindTLS, KindProxy, KindInterrupted, KindRateLimited, KindServer:
		return false
	}
	return e.Status != http.StatusRequestTimeout
}

// atLogin is what a refusal means when it answers a login. The logins by
// somebody else's word answer with the status of their era and many texts, one
// for each claim that does not fit (the server's source), so the status decides.
func atLogin(kind Kind, status int) Kind {
	switch kind {
	case KindRouteNotFound:
		return KindLoginNotOffered
	case KindServer:
		if status == http.StatusInternalServerError {
			return KindLoginFailed
		}
	case KindTokenRejected, KindPermission, KindRefused:
		switch status {
		case http.StatusNotFound:
			return KindLoginUnknown
		case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden, http.StatusConflict, http.StatusUnprocessableEntity:
			return KindLoginRejected
		}
	}
	return kind
}
