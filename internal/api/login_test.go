package api

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var testIdentity = Identity{ID: "5f1efa06-83ef-4dd8-850d-24bdfbd77c03"}

const testJWT = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJwb2QifQ.c2lnbmF0dXJl"

func fixedJWT() (string, error) { return testJWT, nil }

func signed(context.Context) (SignedRequest, error) {
	return SignedRequest{"POST", "Action=X", map[string]string{"Authorization": "AWS4-HMAC-SHA256 signed", "X-Amz-Security-Token": "session"}}, nil
}

// ways are all logins but that of Universal Auth, each with its body.
func ways(who Identity) map[string]struct {
	credential Credential
	body       map[string]string
} {
	byJWT := map[string]string{"identityId": who.ID, "jwt": testJWT}
	return map[string]struct {
		credential Credential
		body       map[string]string
	}{
		"oidc-auth":       {ByOIDC(who, fixedJWT), byJWT},
		"kubernetes-auth": {ByKubernetes(who, fixedJWT), byJWT},
		"aws-auth": {ByAWS(who, signed), map[string]string{
			"identityId": who.ID, "iamHttpRequestMethod": "POST",
			"iamRequestBody":    base64.StdEncoding.EncodeToString([]byte("Action=X")),
			"iamRequestHeaders": base64.StdEncoding.EncodeToString([]byte(`{"Authorization":"AWS4-HMAC-SHA256 signed","X-Amz-Security-Token":"session"}`)),
		}},
	}
}

func TestLoginBodies(t *testing.T) {
	t.Parallel()
	for _, slug := range []string{"", "sub-organization"} {
		who := testIdentity
		who.OrganizationSlug = slug
		all := ways(who)
		all["universal-auth"] = struct {
			credential Credential
			body       map[string]string
		}{ByUniversalAuth(testClientID, testClientSecret, slug), map[string]string{"clientId": testClientID, "clientSecret": testClientSecret}}
		for way, want := range all {
			s := newIdentityServer(t, 3600)
			client := s.fake.client(t, func(cfg *Config) { cfg.Credential = want.credential })
			if _, err := client.GetSecret(t.Context(), here, "N"); err != nil {
				t.Fatal(err)
			}
			sent := s.seen()[0]
			body := map[string]string{}
			if err := json.Unmarshal([]byte(sent.body), &body); err != nil {
				t.Fatal(err)
			}
			if slug != "" {
				want.body["organizationSlug"] = slug
			}
			if sent.uri != "/api/v1/auth/"+way+"/login" || !maps.Equal(body, want.body) || sent.header.Get("Authorization") != "" {
				t.Errorf("%s, organization %q: %s, a body of %d fields, or another credential beside it", way, slug, sent.uri, len(body))
			}
		}
	}
}

// TestTokenFileIsReadAtEachLogin: a cluster replaces it while this runs.
func TestTokenFileIsReadAtEachLogin(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "token")
	put := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s := newIdentityServer(t, 3600)
	credential := ByKubernetes(testIdentity, func() (string, error) {
		raw, err := os.ReadFile(file)
		return string(raw), err
	})
	client := s.fake.client(t, func(cfg *Config) { cfg.Credential, cfg.MaxRetries = credential, 0 })
	get := func() {
		t.Helper()
		if _, err := client.GetSecret(t.Context(), here, "N"); err != nil {
			t.Fatal(err)
		}
	}
	put("first")
	get()
	put("second")
	get() // the access token is still good
	s.mu.Lock()
	s.valid = func(login int, bearer string) bool { return login > 1 && bearer == token(login) }
	s.mu.Unlock()
	get()
	var sent []string
	for _, r := range s.seen() {
		if isLogin(r.uri) {
			sent = append(sent, r.body)
		}
	}
	if len(sent) != 2 || !strings.Contains(sent[0], "first") || !strings.Contains(sent[1], "second") {
		t.Errorf("%d logins, or not each with what the file held", len(sent))
	}
}

// TestNothingToLogInWith: the reason comes back, and nothing was sent.
func TestNothingToLogInWith(t *testing.T) {
	t.Parallel()
	missing := errors.New("there is no such file")
	s := newFake(t, answers(200, `{}`))
	for _, credential := range []Credential{
		ByOIDC(testIdentity, func() (string, error) { return "", missing }),
		ByAWS(testIdentity, func(context.Context) (SignedRequest, error) { return SignedRequest{}, missing }),
	} {
		client := s.client(t, func(cfg *Config) { cfg.Credential = credential })
		_, err := client.CreateSecret(t.Context(), here, "N", NewSecret{})
		var e *Error
		if !errors.As(err, &e) || e.Kind != KindNoLogin || !errors.Is(err, missing) || e.Ambiguous() {
			t.Errorf("%v", err)
		}
	}
	if len(s.seen()) > 0 {
		t.Error("something was sent")
	}
}

func TestLoginByAnothersWordFails(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		body   string
		want   Kind
	}{
		{404, `{"statusCode":404,"message":"OIDC auth method not found for identity, did you configure OIDC auth?","error":"NotFound"}`, KindLoginUnknown},
		{401, `{"statusCode":401,"message":"Access denied: OIDC audience not allowed.","error":"UnauthorizedError"}`, KindLoginRejected},
		{403, `{"statusCode":403,"message":"Access denied: OIDC subject not allowed.","error":"ForbiddenError"}`, KindLoginRejected},
		{400, `{"statusCode":400,"message":"Request failed with status code 401","error":"KubernetesTokenReviewError"}`, KindLoginRejected},
		{403, `{"statusCode":403,"message":"You are not allowed to access this resource","error":"UnauthorizedError"}`, KindLoginRejected},
		{403, `{"statusCode":403,"message":"invalid signature","error":"TokenError"}`, KindLoginRejected},
		{403, `{"statusCode":403,"message":"Your token has expired. Please re-authenticate.","error":"TokenError"}`, KindLoginRejected},
		{500, `{"statusCode":500,"error":"Internal Server Error","message":"jwt expired"}`, KindLoginFailed},
		{500, `{"statusCode":500,"message":"Something went wrong","error":"InternalServerError"}`, KindLoginFailed},
		{404, `{"message":"Route POST:/api/v1/auth/oidc-auth/login not found","error":"Not Found","statusCode":404}`, KindLoginNotOffered},
		{500, fmt.Sprintf(`{"message":"%s session %s"}`, testJWT, base64.StdEncoding.EncodeToString([]byte("{}"))), KindLoginFailed},
	} {
		for way, one := range ways(testIdentity) {
			s := newFake(t, answers(c.status, c.body))
			client := s.client(t, func(cfg *Config) { cfg.Credential = one.credential })
			_, err := client.CreateSecret(t.Context(), here, "N", NewSecret{})
			var e *Error
			if !errors.As(err, &e) || e.Kind != c.want || len(s.seen()) != 1 || e.Ambiguous() {
				t.Errorf("%s, %d: kind %d after %d requests: %v", way, c.status, KindOf(err), len(s.seen()), err)
			}
			if strings.Contains(err.Error(), testJWT) && way != "aws-auth" || strings.Contains(err.Error(), "session") && way == "aws-auth" {
				t.Errorf("%s: the error holds what was sent", way)
			}
		}
	}
}

// TestAccessTokenIsNotReplaced: nobody here could get another.
func TestAccessTokenIsNotReplaced(t *testing.T) {
	t.Parallel()
	good := true
	s := newFake(t, func(w http.ResponseWriter, r *http.Request) {
		if !good {
			answers(403, `{"statusCode":403,"message":"Your token has expired. Please re-authenticate.","error":"TokenError"}`)(w, r)
			return
		}
		answers(200, `{"secret":`+recordOK+`}`)(w, r)
	})
	client := s.client(t, func(cfg *Config) { cfg.Credential = AsAccessToken(testJWT) })
	if _, err := client.GetSecret(t.Context(), here, "N"); err != nil {
		t.Fatal(err)
	}
	good = false
	if _, err := client.GetSecret(t.Context(), here, "N"); KindOf(err) != KindTokenRejected || len(s.seen()) != 2 {
		t.Errorf("after %d requests: %v", len(s.seen()), err)
	}
	if got := s.seen()[1].header.Get("Authorization"); got != "Bearer "+testJWT {
		t.Error("the token was not sent, or not as one")
	}
}
