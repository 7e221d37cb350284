package devserver

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxParamUnits is the longest path parameter, in UTF-16 units after decoding
// (PROTOCOL section 4, Names).
const maxParamUnits = 100

// route is one endpoint. A handler sees only calls that passed authentication,
// the rate limit and the parsing of the body.
type route struct {
	method   string
	segments []string // a leading colon marks the parameter
	access   access
	limit    int // requests a minute; 0 is unlimited
	handle   func(*call) (any, error)
}

// access says which credentials a route takes.
type access uint8

const (
	tokens     access = 1 << iota // service tokens
	apiKeys                       // users, by an API key
	identities                    // machine identities, by an access token
	nobody                        // no credential; what is sent is checked all the same

	anybody  = tokens | apiKeys | identities
	open     = anybody | nobody
	loggedIn = access(0) // users of the web application, whose credentials this server does not know
)

func (r route) pattern() string {
	return "/" + strings.Join(r.segments, "/")
}

// match is what the router made of a request's target.
type match struct {
	route *route
	param string
	err   *failure // why route is nil
}

// name is the route as the recorder and the rate limiter spell it.
func (m match) name() string {
	if m.route == nil {
		return ""
	}
	return m.route.method + " " + m.route.pattern()
}

func routes(o Options) []route {
	if o.Era.Of2023() {
		return mongoRoutes(o)
	}
	const workspace, auth = "api/v1/workspace/:id", "api/v1/auth"
	all := []route{
		at("GET", "api/status", open, 0, getStatus),
		at("GET", "api/v2/service-token", tokens, 600, getServiceToken),
		at("GET", workspace, tokens|identities, 600, getWorkspace), // and not API keys (PROTOCOL section 22)
		at("GET", workspace+"/tags", identities, 600, getTags),
		at("POST", workspace+"/tags", loggedIn, 50, nil),
		at("GET", "api/v2/users/me", apiKeys, 600, getMe),
		at("GET", "api/v2/workspace/:id/encrypted-key", open, 600, getEncryptedKey),
		at("POST", auth+"/universal-auth/login", open, 50, login),
		at("POST", auth+"/oidc-auth/login", open, 50, loginByJWT(WayOIDC)),
		at("POST", auth+"/kubernetes-auth/login", open, 50, loginByJWT(WayKubernetes)),
		at("POST", auth+"/aws-auth/login", open, 50, loginByAWS),
		at("POST", auth+"/token/renew", open, 50, renewAccessToken),
		at("POST", auth+"/token/revoke", open, 50, revokeAccessToken),
		at("GET", "api/v1/workspace", apiKeys, 600, listWorkspaces),
		at("GET", "api/v2/workspace/:slug", identities, 600, getWorkspaceBySlug),
	}
	if o.Era.since2026() {
		return append(all, routesOf2026(o)...)
	}
	return append(all, routesOf2024(o)...)
}

// at is a route by its pattern.
func at(method, pattern string, access access, limit int, handle func(*call) (any, error)) route {
	return route{method, strings.Split(pattern, "/"), access, limit, handle}
}

// routesOf2024 are those of secrets, folders and imports. The order matters:
// fixed segments before parameters, which is how a secret named "raw" or "batch"
// collides (PROTOCOL section 4, Names).
func routesOf2024(o Options) []route {
	const secrets, raw = "api/v3/secrets", "api/v3/secrets/raw"
	const folders, imports = "api/v1/folders", "api/v1/secret-imports"
	all := []route{
		at("GET", secrets, anybody, 1000, listSecrets),
		at("GET", raw, anybody, 1000, listRaw),
		at("GET", raw+"/:secretName", anybody, 1000, getRaw),
		at("POST", raw+"/:secretName", anybody, 1000, createRaw),
		at("PATCH", raw+"/:secretName", anybody, 1000, updateRaw),
		at("DELETE", raw+"/:secretName", anybody, 1000, deleteRaw),
		at("POST", secrets+"/batch", anybody, 1000, createBatch),
		at("PATCH", secrets+"/batch", anybody, 1000, updateBatch),
		at("DELETE", secrets+"/batch", anybody, 1000, deleteBatch),
		at("GET", secrets+"/:secretName", anybody, 1000, getSecret),
		at("POST", secrets+"/:secretName", anybody, 1000, createSecret),
		at("PATCH", secrets+"/:secretName", anybody, 1000, updateSecret),
		at("DELETE", secrets+"/:secretName", anybody, 1000, deleteSecret),

		at("GET", folders, anybody, 600, listFolders),
		at("POST", folders, anybody, 1000, createFolder),
		at("PATCH", folders+"/:folder", anybody, 1000, updateFolder),
		at("DELETE", folders+"/:folder", anybody, 1000, deleteFolder),

		at("GET", imports, anybody, 600, listImports),
		at("POST", imports, anybody, 1000, createImport),
		at("PATCH", imports+"/:id", anybody, 1000, updateImport),
		at("DELETE", imports+"/:id", anybody, 1000, deleteImport),
	}
	if o.Era.sinceOctober() {
		all = append(all,
			at("POST", secrets+"/batch/raw", anybody, 1000, createRawBatch),
			at("PATCH", secrets+"/batch/raw", anybody, 1000, updateRawBatch),
			at("DELETE", secrets+"/batch/raw", anybody, 1000, deleteRawBatch),
		)
	}
	return all
}

// target is the request's path and query as they came over the wire.
func target(r *http.Request) string {
	if strings.HasPrefix(r.RequestURI, "/") {
		return r.RequestURI
	}
	return r.URL.RequestURI()
}

// match finds the route. It splits the escaped path and unescapes each segment
// by itself: names may hold slashes, dots and blanks, and nothing is normalised.
func (s *Server) match(r *http.Request) match {
	if s.era.Of2023() {
		return s.matchMongo(r)
	}
	path, _, _ := strings.Cut(target(r), "?")
	segments := strings.Split(strings.TrimPrefix(strings.TrimSuffix(path, "/"), "/"), "/")
	for i, segment := range segments {
		decoded, err := url.PathUnescape(segment)
		if err != nil || !utf8.ValidString(decoded) {
			return match{err: badURL(path)}
		}
		segments[i] = decoded
	}
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	if method == http.MethodOptions {
		return match{err: &failure{Status: http.StatusBadRequest, Message: "Invalid Preflight Request", Label: "Bad Request"}}
	}
	for i := range s.routes {
		if param, ok := s.routes[i].fits(method, segments); ok {
			return match{route: &s.routes[i], param: param}
		}
	}
	return match{err: routeNotFound(r)}
}

func (r *route) fits(method string, segments []string) (param string, ok bool) {
	if r.method != method || len(r.segments) != len(segments) {
		return "", false
	}
	for i, want := range r.segments {
		switch {
		case !strings.HasPrefix(want, ":"):
			if segments[i] != want {
				return "", false
			}
		case segments[i] == "" || len(utf16.Encode([]rune(segments[i]))) > maxParamUnits:
			return "", false
		default:
			param = segments[i]
		}
	}
	return param, true
}

func badURL(path string) *failure {
	return &failure{
		Status:  http.StatusBadRequest,
		Code:    "FST_ERR_BAD_URL",
		Message: fmt.Sprintf("'%s' is not a valid url component", path),
		Label:   "Bad Request",
	}
}
