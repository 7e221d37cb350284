package devserver

import (
	"encoding/base64"
	"net/netip"
	"strings"
	"testing"
	"time"
)

var elsewhere = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}

// login answers the login of an identity.
func (w *world) login(clientID, clientSecret string) reply {
	w.t.Helper()
	return w.as("").do("POST", "/api/v1/auth/universal-auth/login", map[string]any{"clientId": clientID, "clientSecret": clientSecret})
}

// identity is a logged in machine identity.
func (w *world) identity(i Identity) *world {
	w.t.Helper()
	if i.ProjectID == "" {
		i.ProjectID = w.project.ID
	}
	r := w.login(w.CreateIdentity(i))
	w.want(r, 200, nil)
	return w.as(r.body["accessToken"].(string))
}

func (w *world) tokenCall(action, token string) reply {
	w.t.Helper()
	return w.as("").do("POST", "/api/v1/auth/token/"+action, map[string]any{"accessToken": token})
}

func TestLogin(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{Era: Era2024October, RateLimit: 1000}, Project{})
	id, secret := w.CreateIdentity(Identity{AccessTokenTTL: time.Hour, AccessTokenMaxTTL: 24 * time.Hour})
	r := w.login(id, secret)
	if r.body["expiresIn"] != 3600.0 || r.body["accessTokenMaxTTL"] != 86400.0 || r.body["tokenType"] != "Bearer" {
		t.Errorf("%s", r.raw)
	}
	parts := strings.Split(r.body["accessToken"].(string), ".")
	if header, err := base64.RawURLEncoding.DecodeString(parts[0]); len(parts) != 3 || err != nil || string(header) != `{"alg":"HS256","typ":"JWT"}` {
		t.Errorf("the token has %d parts, the header is %s", len(parts), header)
	}
	w.want(w.login(id, "wrong"), 401, "Invalid credentials")
	w.want(w.login("nope", secret), 404, "No identity with specified client ID was found")
	w.want(w.as("").do("POST", "/api/v1/auth/universal-auth/login", map[string]any{"clientId": id}), 401, nil)

	once, onceSecret := w.CreateIdentity(Identity{SecretMaxUses: 1})
	w.want(w.login(once, onceSecret), 200, nil)
	w.want(w.login(once, onceSecret), 401, "Access denied due to client secret usage limit reached")
	w.want(w.login(w.CreateIdentity(Identity{SecretExpiresAt: time.Now().Add(-time.Second)})), 401, "Access denied due to expired client secret")
	w.want(w.login(w.CreateIdentity(Identity{SecretTrusted: elsewhere})), 403, accessDenied+" from the current IP address")
	bound := w.identity(Identity{TokenTrusted: elsewhere})
	w.want(bound.list("/", ""), 403, accessDenied+" from the current IP address")
	w.want(bound.do("GET", "/api/v3/secrets"+w.query("dev", "/", ""), nil, "X-Forwarded-For", "192.0.2.7"), 200, nil)
	w.RevokeClientSecret(id)
	w.want(w.login(id, secret), 401, "Invalid credentials")
	w.want(w.as(r.body["accessToken"].(string)).list("/", ""), 403, accessDenied) // works, in no project
}

func TestAccessTokens(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{Era: Era2024October, RateLimit: 1000}, Project{})
	i := w.identity(Identity{AccessTokenTTL: time.Hour, AccessTokenMaxTTL: 24 * time.Hour})
	w.want(i.list("/", ""), 200, nil)
	renewed := w.tokenCall("renew", i.bearer)
	w.want(renewed, 200, nil)
	w.want(w.as(renewed.body["accessToken"].(string)).list("/", ""), 200, nil)
	w.want(w.tokenCall("revoke", i.bearer), 200, "Successfully revoked access token")
	w.want(i.list("/", ""), 401, "No identity access token found")
	w.want(w.tokenCall("revoke", i.bearer), 401, "No identity access token found")

	last := w.identity(Identity{})
	w.want(w.tokenCall("renew", last.bearer), 401, "Failed to renew MI access token past its Max TTL expiration")
	w.want(last.list("/", ""), 401, "No identity access token found")

	twice := w.identity(Identity{MaxUses: 2})
	for range 2 {
		w.want(twice.list("/", ""), 200, nil)
	}
	w.want(twice.list("/", ""), 401, "Unable to renew because access token number of uses limit reached")

	bad := w.identity(Identity{})
	w.want(w.as(bad.bearer+"x").list("/", ""), 403, "invalid signature")
	w.want(w.as("garbage").list("/", ""), 403, "The provided access token is malformed. Please use a valid token or generate a new one and try again.")
	w.ExpireAccessTokens()
	r := bad.list("/", "")
	w.want(r, 403, "Your token has expired. Please re-authenticate.")
	if r.body["error"] != "TokenError" {
		t.Errorf("%s", r.raw)
	}
	w.want(w.tokenCall("renew", bad.bearer), 403, nil)
	revoked := w.identity(Identity{})
	w.RevokeAccessTokens()
	w.want(revoked.list("/", ""), 401, "No identity access token found")
	w.want(w.identity(Identity{}).list("/", ""), 200, nil)
}

func TestRoles(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{Era: Era2024October, RateLimit: 1000}, Project{Tags: []Tag{{Slug: "red", Name: "Red"}}})
	w.want(w.create("/", "A", "v"), 200, nil)
	for role, want := range map[Role][4]int{
		RoleAdmin: {200, 200, 200, 200}, RoleMember: {200, 200, 200, 200}, "": {200, 200, 200, 200},
		RoleViewer: {200, 403, 403, 200}, RoleNoAccess: {403, 403, 403, 200},
	} {
		i := w.identity(Identity{Role: role})
		got := [4]int{
			i.list("/", "").status,
			i.do("PATCH", "/api/v3/secrets/A", w.at("/", value("w"))).status,
			i.do("POST", "/api/v1/folders", w.at("/", map[string]any{"name": "made"})).status,
			i.do("GET", "/api/v1/workspace/"+w.project.ID, nil).status,
		}
		if got != want {
			t.Errorf("role %q: %v, want %v", role, got, want)
		}
	}
	i := w.identity(Identity{})
	w.want(i.do("GET", "/api/v2/service-token", nil), 403, accessDenied)
	w.want(i.do("GET", "/api/v1/workspace", nil), 403, accessDenied)
	w.want(i.do("GET", "/api/v2/workspace/"+w.project.Slug, nil), 200, nil)
	w.want(i.do("GET", "/api/v1/workspace/"+w.project.ID+"/tags", nil), 200, nil)
	outsider := w.identity(Identity{ProjectID: w.CreateProject(Project{Name: "other"}).ID})
	r := outsider.list("/", "")
	w.want(r, 403, accessDenied)
	if r.body["error"] != "Identity is not a member of the specified project" {
		t.Errorf("%s", r.raw)
	}
}

// TestIdentitiesOfOtherEras: in May 2024 with the statuses of that time, in 2023
// not at all.
func TestIdentitiesOfOtherEras(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, Project{})
	w.want(w.login("nope", "nope"), 403, accessDenied)
	i := w.identity(Identity{Role: RoleViewer})
	w.want(i.list("/", ""), 200, nil)
	w.want(i.create("/", "A", "v"), 401, "You are not allowed to create on secrets")
	w.ExpireAccessTokens()
	w.want(i.list("/", ""), 500, "jwt expired")

	old := newWorld(t, Options{Era: Era2023November}, Project{})
	old.want(old.login(old.CreateIdentity(Identity{})), 404, nil)
}
