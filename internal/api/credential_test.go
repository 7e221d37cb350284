package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

const (
	testClientID     = "0f0f7a8c-4a52-4b0e-9a3e-5b6c1d2e3f40"
	universalLogin   = "/api/v1/auth/universal-auth/login"
	testClientSecret = "c3c1a55a90d2e48cbd7f0a12c8e1b9f3"
)

// identityServer logs in with the next of the tokens, and answers to the last
// of them that it gave, or to what valid says.
type identityServer struct {
	*fake
	mu     sync.Mutex
	logins int
	revoke func(w http.ResponseWriter) // what a refused token gets
	valid  func(login int, bearer string) bool
}

func isLogin(path string) bool { return strings.HasSuffix(path, "-auth/login") }

func token(login int) string { return fmt.Sprintf("eyJhbGciOiJIUzI1NiJ9.login-%d.signature", login) }

func newIdentityServer(t *testing.T, expiresIn int) *identityServer {
	t.Helper()
	s := &identityServer{
		revoke: func(w http.ResponseWriter) {
			answers(401, `{"statusCode":401,"message":"No identity access token found","error":"UnauthorizedError"}`)(w, nil)
		},
		valid: func(login int, bearer string) bool { return bearer == token(login) },
	}
	s.fake = newFake(t, func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if isLogin(r.URL.Path) {
			s.logins++
			answers(200, fmt.Sprintf(`{"accessToken":%q,"expiresIn":%d,"accessTokenMaxTTL":2592000,"tokenType":"Bearer"}`, token(s.logins), expiresIn))(w, r)
			return
		}
		if !s.valid(s.logins, strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")) {
			s.revoke(w)
			return
		}
		answers(200, `{"secret":`+recordOK+`}`)(w, r)
	})
	return s
}

func (s *identityServer) client(t *testing.T) (*Client, *login) {
	t.Helper()
	credential := ByUniversalAuth(testClientID, testClientSecret, "")
	return s.fake.client(t, func(cfg *Config) { cfg.Credential, cfg.MaxRetries = credential, 0 }), credential.(*login)
}

func (s *identityServer) count(t *testing.T, logins, others int) {
	t.Helper()
	got := map[bool]int{}
	for _, r := range s.seen() {
		got[isLogin(r.uri)]++
	}
	if got[true] != logins || got[false] != others {
		t.Errorf("%d logins and %d other requests, want %d and %d", got[true], got[false], logins, others)
	}
}

func TestOneLoginForAll(t *testing.T) {
	t.Parallel()
	s := newIdentityServer(t, 2592000)
	client, _ := s.client(t)
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if _, err := client.GetSecret(t.Context(), here, "N"); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	s.count(t, 1, 20)
	login := s.seen()[0]
	var body map[string]string
	if err := json.Unmarshal([]byte(login.body), &body); err != nil || len(body) != 2 || body["clientId"] != testClientID || body["clientSecret"] != testClientSecret {
		t.Error("the login's body is not client id and secret")
	}
	if login.header.Get("Authorization") != "" || client.Writes() != 0 {
		t.Error("the login sent a credential of its own, or counts as a write")
	}
}

// TestLogsInAgain: for what a new token mends, and for nothing else.
func TestLogsInAgain(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		status int
		body   string
		again  bool
	}{
		{"revoked", 401, `{"statusCode":401,"message":"No identity access token found","error":"UnauthorizedError"}`, true},
		{"uses spent", 401, `{"statusCode":401,"message":"Unable to renew because access token number of uses limit reached","error":"UnauthorizedError"}`, true},
		{"expired", 403, `{"statusCode":403,"message":"Your token has expired. Please re-authenticate.","error":"TokenError"}`, true},
		{"malformed", 403, `{"statusCode":403,"message":"invalid signature","error":"TokenError"}`, true},
		{"no rights", 403, `{"statusCode":403,"message":"You are not allowed to read on secrets","error":"PermissionDenied"}`, false},
		{"of no project", 403, `{"statusCode":403,"message":"no","error":"Identity is not a member of the specified project"}`, false},
		{"missing", 404, `{"statusCode":404,"message":"Secret not found","error":"NotFound"}`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newIdentityServer(t, 2592000)
			client, _ := s.client(t)
			if _, err := client.GetSecret(t.Context(), here, "N"); err != nil {
				t.Fatal(err)
			}
			s.mu.Lock()
			s.revoke = func(w http.ResponseWriter) { answers(c.status, c.body)(w, nil) }
			s.valid = func(login int, bearer string) bool { return login > 1 && bearer == token(login) }
			s.mu.Unlock()
			_, err := client.CreateSecret(t.Context(), here, "N", NewSecret{})
			if c.again != (err == nil) {
				t.Errorf("%v", err)
			}
			if c.again {
				s.count(t, 2, 3)
			} else {
				s.count(t, 1, 2)
			}
		})
	}
}

// TestNoLoginStorm: a server that refuses every token gets two logins, however
// many requests there are.
func TestNoLoginStorm(t *testing.T) {
	t.Parallel()
	s := newIdentityServer(t, 2592000)
	client, _ := s.client(t)
	if _, err := client.GetSecret(t.Context(), here, "N"); err != nil {
		t.Fatal(err)
	}
	s.mu.Lock()
	s.valid = func(int, string) bool { return false }
	s.mu.Unlock()
	for range 5 {
		if _, err := client.GetSecret(t.Context(), here, "N"); KindOf(err) != KindTokenRejected {
			t.Error(err)
		}
	}
	if s.logins != 2 {
		t.Errorf("%d logins", s.logins)
	}
}

// TestOneRouteThatRefusesAll, while others go on, costs one login more and not
// one for each call.
func TestOneRouteThatRefusesAll(t *testing.T) {
	t.Parallel()
	s := newIdentityServer(t, 2592000)
	// A login ends no earlier token.
	s.valid = func(login int, bearer string) bool {
		return slices.ContainsFunc([]int{1, 2, 3, 4}, func(earlier int) bool { return earlier <= login && bearer == token(earlier) })
	}
	client, _ := s.client(t)
	writesRefused := s.Config.Handler
	s.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPatch {
			answers(403, `{"statusCode":403,"message":"no","error":"UnauthorizedError"}`)(w, r)
			return
		}
		writesRefused.ServeHTTP(w, r)
	})
	var all sync.WaitGroup
	for range 10 {
		all.Go(func() {
			for range 5 {
				if _, err := client.GetSecret(t.Context(), here, "N"); err != nil {
					t.Error(err)
				}
			}
		})
		all.Go(func() {
			for range 5 {
				if _, err := client.UpdateSecret(t.Context(), here, "N", SecretChange{}); KindOf(err) != KindTokenRejected {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	if s.logins > 3 { // a call that began with the second token may lose it to one that had the first
		t.Errorf("%d logins", s.logins)
	}
}

// TestAFailedLoginIsRemembered: a thousand resources get one answer, unless it
// may be another a moment later. Those who ask at once share a login.
func TestAFailedLoginIsRemembered(t *testing.T) {
	t.Parallel()
	const atOnce, afterwards = 20, 5
	page := func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, "<html>Not Found</html>")
	}
	limit := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Retry-After", "0")
		answers(429, `{"statusCode":429,"message":"Rate limit exceeded","error":"TooManyRequests"}`)(w, r)
	}
	cut := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   Kind
		logins int
	}{
		"refused":           {answers(401, `{"statusCode":401,"message":"Invalid credentials","error":"UnauthorizedError"}`), KindLoginRejected, 1},
		"locked":            {answers(401, `{"statusCode":401,"message":"This identity auth method is temporarily locked, please try again later","error":"UnauthorizedError"}`), KindLoginRejected, 1},
		"no route":          {answers(404, `{"message":"Route POST:/api/v1/auth/universal-auth/login not found","error":"Not Found","statusCode":404}`), KindLoginNotOffered, 1},
		"a page":            {page, KindMalformed, 1},
		"another answer":    {answers(200, `{}`), KindMalformed, 1},
		"a redirect":        {answers(302, ``), KindMalformed, 1},
		"a field":           {answers(401, `{"statusCode":401,"message":[{"path":["clientId"],"message":"Required"}],"error":"ValidationFailure"}`), KindValidation, 1},
		"another status":    {answers(405, `{"statusCode":405,"message":"Method Not Allowed"}`), KindRefused, 1},
		"failed":            {answers(500, `{"statusCode":500,"message":"Something went wrong","error":"InternalServerError"}`), KindLoginFailed, 1},
		"not there":         {answers(503, `<html>Service Unavailable</html>`), KindServer, 1 + afterwards},
		"a gateway's":       {answers(502, `{"statusCode":502}`), KindServer, 1 + afterwards},
		"too late":          {answers(408, `{"statusCode":408,"message":"Request Timeout"}`), KindRefused, 1 + afterwards},
		"a limit":           {limit, KindRateLimited, 1 + afterwards},
		"a lost connection": {cut, KindTransport, 1 + afterwards},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			together := make(chan struct{}) // closed once all ask
			s := newFake(t, func(w http.ResponseWriter, r *http.Request) {
				<-together
				c.answer(w, r)
			})
			credential := ByUniversalAuth(testClientID, testClientSecret, "")
			client := s.client(t, func(cfg *Config) { cfg.Credential, cfg.MaxRetries = credential, 0 })
			ask := func() {
				if _, err := client.GetSecret(t.Context(), here, "N"); KindOf(err) != c.want {
					t.Errorf("kind %d: %v", KindOf(err), err)
				}
			}
			var asking, all sync.WaitGroup
			asking.Add(atOnce)
			for range atOnce {
				all.Go(func() {
					asking.Done()
					ask()
				})
			}
			asking.Wait()
			close(together)
			all.Wait()
			before := len(s.seen())
			if c.logins == 1 && before != 1 {
				t.Errorf("%d logins for those who ask at once", before)
			}
			for range afterwards {
				ask()
			}
			if got := len(s.seen()) - before; got != c.logins-1 {
				t.Errorf("%d more logins for those who ask afterwards, not %d", got, c.logins-1)
			}
			before = len(s.seen())
			credential.(*login).now = func() time.Time { return time.Now().Add(memory + time.Second) }
			ask()
			want := 1
			if c.want == KindLoginRejected { // the same secret would prolong a lock
				want = 0
			}
			if got := len(s.seen()) - before; got != want {
				t.Errorf("%d logins a minute later, not %d", got, want)
			}
		})
	}
}

func TestLogsInBeforeExpiry(t *testing.T) {
	t.Parallel()
	s := newIdentityServer(t, 300)
	client, credential := s.client(t)
	now := time.Now()
	credential.now = func() time.Time { return now }
	get := func(after time.Duration) {
		t.Helper()
		now = now.Add(after)
		if _, err := client.GetSecret(t.Context(), here, "N"); err != nil {
			t.Fatal(err)
		}
	}
	get(0)
	get(269 * time.Second)
	s.count(t, 1, 2)
	get(time.Second) // a tenth of its life is left
	s.count(t, 2, 3)
}

func TestLoginFails(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		body   string
		want   Kind
	}{
		{401, `{"statusCode":401,"message":"Invalid credentials","error":"UnauthorizedError"}`, KindLoginRejected},
		{403, `{"statusCode":403,"message":"You are not allowed to access this resource","error":"UnauthorizedError"}`, KindLoginRejected},
		{404, `{"statusCode":404,"message":"No identity with specified client ID was found","error":"NotFound"}`, KindLoginUnknown},
		{401, `{"statusCode":401,"message":"Access denied due to client secret usage limit reached","error":"UnauthorizedError"}`, KindLoginRejected},
		{401, `{"statusCode":401,"message":"Access denied due to expired client secret","error":"UnauthorizedError"}`, KindLoginRejected},
		{403, `{"statusCode":403,"message":"You are not allowed to access this resource from the current IP address","error":"ForbiddenError"}`, KindLoginRejected},
		{404, `{"message":"Route POST:/api/v1/auth/universal-auth/login not found","error":"Not Found","statusCode":404}`, KindLoginNotOffered},
		{200, `{}`, KindMalformed},
		{200, ``, KindMalformed},
		{500, `{"statusCode":500,"message":"` + testClientSecret + `","error":"InternalServerError"}`, KindLoginFailed},
	} {
		t.Run(fmt.Sprint(c.status, " ", c.want), func(t *testing.T) {
			t.Parallel()
			s := newFake(t, answers(c.status, c.body))
			client := s.client(t, func(cfg *Config) { cfg.Credential = ByUniversalAuth(testClientID, testClientSecret, "") })
			_, err := client.CreateSecret(t.Context(), here, "N", NewSecret{})
			if KindOf(err) != c.want || len(s.seen()) != 1 {
				t.Errorf("kind %d after %d requests: %v", KindOf(err), len(s.seen()), err)
			}
			var e *Error
			if !errors.As(err, &e) || e.Ambiguous() {
				t.Error("a login that failed passes for a write that may have happened")
			}
			for _, secret := range []string{testClientID, testClientSecret} {
				if strings.Contains(err.Error(), secret) {
					t.Error("the error holds a credential")
				}
			}
		})
	}
}

func TestAPIKeyHeader(t *testing.T) {
	t.Parallel()
	const key = "ak.7a1b2c3d-0000-4000-8000-000000000001.5f3e2d1c"
	s := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		switch {
		case strings.HasSuffix(r.URL.Path, "/encrypted-key"):
			w.WriteHeader(http.StatusOK)
		case r.Method == http.MethodPost:
			w.WriteHeader(http.StatusForbidden)
			_, _ = io.WriteString(w, `{"statusCode":403,"message":"`+key+`","error":"UnauthorizedError"}`)
		}
	})
	client := s.client(t, func(cfg *Config) { cfg.Credential = AsUser(key) })
	if got, err := client.UserKey(t.Context(), "ws"); err != nil || !got.IsEmpty() {
		t.Errorf("%v, and a key: %t", err, !got.IsEmpty())
	}
	if _, err := client.CreateSecret(t.Context(), here, "N", NewSecret{}); err == nil || strings.Contains(err.Error(), key) {
		t.Error("no error, or one that holds the key")
	}
	for _, r := range s.seen() {
		if r.header.Get("X-Api-Key") != key || r.header.Get("Authorization") != "" {
			t.Error("the key is not, or not alone, in its header")
		}
	}
	if text := fmt.Sprintf("%v %+v %#v", client, client, client); strings.Contains(text, key) {
		t.Error("a printed client shows the key")
	}
}

func TestUserKey(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		answer string
		want   UserKey
	}{
		{`{"id":"1","encryptedKey":"Ym94","nonce":"bm9uY2U=","projectId":"ws","sender":{"publicKey":"cHVi"}}`, UserKey{Box: "Ym94", Nonce: "bm9uY2U=", SenderPublicKey: "cHVi"}},
		{`{"_id":"1","encryptedKey":"Ym94","nonce":"bm9uY2U=","sender":{"_id":"2","publicKey":"cHVi"}}`, UserKey{Box: "Ym94", Nonce: "bm9uY2U=", SenderPublicKey: "cHVi", Of2023: true}},
	} {
		s := newFake(t, answers(200, c.answer))
		got, err := s.client(t).UserKey(t.Context(), "w/s")
		if err != nil || got != c.want || s.seen()[0].uri != "/api/v2/workspace/w%2Fs/encrypted-key" {
			t.Errorf("%+v, %v", got, err)
		}
	}
}
