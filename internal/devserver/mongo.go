package devserver

import (
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"unicode/utf8"
)

// The servers of 2023 kept their data in MongoDB and were other programs than
// those that came after: Express, with other orders of checks, other answers and
// other flaws. So all of it, from the routes on, is in files of their own, whose
// names begin with mongo. PROTOCOL_2023 says what was recorded of two of them,
// and testdata/wire_2023.json holds the recordings; "not recorded" marks guesses.

// Of2023 tells whether the era's server is one of 2023.
func (e Era) Of2023() bool { return e == Era2023June || e == Era2023November }

// mongoRoutes are the endpoints of 2023. Their `limit` is of no meaning: all
// requests are counted together.
func mongoRoutes(o Options) []route {
	const secrets, raw, folders, imports = "api/v3/secrets", "api/v3/secrets/raw", "api/v1/folders", "api/v1/secret-imports"
	const workspace = "api/v1/workspace/:id"
	r := func(method, pattern string, access access, handle func(*call) (any, error)) route {
		return route{method, strings.Split(pattern, "/"), access, 0, handle}
	}
	november := o.Era == Era2023November
	both := tokens | apiKeys
	// Tokens make folders since about August; that API keys do is not recorded.
	foldersFor := loggedIn
	if november {
		foldersFor = both
	}
	all := []route{
		r("GET", "api/status", open, mongoStatus),
		r("GET", "api/v2/service-token", tokens, mongoServiceToken),
		r("GET", "api/v1/workspace", loggedIn, nil),
		r("GET", workspace, loggedIn, nil),
		r("GET", "api/v2/workspace/:id/tags", loggedIn, nil),
		r("GET", "api/v2/users/me", apiKeys, mongoMe),
		r("GET", "api/v2/workspace/:id/encrypted-key", apiKeys, mongoEncryptedKey),

		r("GET", "api/v2/secrets", both, mongoListV2),
		r("GET", secrets, both, mongoList),
		r("GET", raw, both, mongoListRaw),
		r("GET", raw+"/:secretName", both, mongoGetRaw),
		r("POST", raw+"/:secretName", both, mongoCreateRaw),
		r("PATCH", raw+"/:secretName", both, mongoUpdateRaw),
		r("DELETE", raw+"/:secretName", both, mongoDeleteRaw),
	}
	if november {
		all = append(all,
			r("POST", secrets+"/batch", both, mongoCreateBatch),
			r("PATCH", secrets+"/batch", both, mongoUpdateBatch),
			r("DELETE", secrets+"/batch", both, mongoDeleteBatch),

			r("GET", imports, both, mongoListImports),
			r("POST", imports, both, mongoCreateImport),
			r("PUT", imports+"/:id", both, mongoUpdateImports),
			r("DELETE", imports+"/:id", both, mongoDeleteImport),
		)
	}
	return append(all,
		r("GET", secrets+"/:secretName", both, mongoGet),
		r("POST", secrets+"/:secretName", both, mongoCreate),
		r("PATCH", secrets+"/:secretName", both, mongoUpdate),
		r("DELETE", secrets+"/:secretName", both, mongoDelete),

		r("GET", folders, foldersFor, mongoListFolders),
		r("POST", folders, foldersFor, mongoCreateFolder),
		r("PATCH", folders+"/:folder", foldersFor, mongoUpdateFolder),
		r("DELETE", folders+"/:folder", foldersFor, mongoDeleteFolder),
	)
}

// matchMongo finds a route. Fixed segments are read in any case, HEAD is served
// as GET is, and a name may be of any length.
func (s *Server) matchMongo(r *http.Request) match {
	path, _, _ := strings.Cut(target(r), "?")
	method := r.Method
	if method == http.MethodHead {
		method = http.MethodGet
	}
	segments := strings.Split(strings.TrimPrefix(strings.TrimSuffix(path, "/"), "/"), "/")
	for i := range s.routes {
		if param, ok := s.routes[i].fitsMongo(method, segments); ok {
			name, err := url.PathUnescape(param)
			if err != nil || !utf8.ValidString(name) {
				return match{err: mongoException(fmt.Sprintf("Failed to decode param '%s'", param))}
			}
			return match{route: &s.routes[i], param: name}
		}
	}
	return match{err: &failure{Status: http.StatusNotFound, Label: "route_not_found"}}
}

func (r *route) fitsMongo(method string, segments []string) (param string, ok bool) {
	if r.method != method || len(r.segments) != len(segments) {
		return "", false
	}
	for i, want := range r.segments {
		switch {
		case strings.HasPrefix(want, ":") && segments[i] != "":
			param = segments[i]
		case !strings.EqualFold(segments[i], want):
			return "", false
		}
	}
	return param, true
}

// mongoWork is a request's way: the body, then the limiter, which counts what no
// route matches too, then the credential, then the handler.
func (s *Server) mongoWork(r *http.Request, m match, body []byte) answer {
	if r.Method == http.MethodOptions {
		return answer{status: http.StatusNoContent, header: http.Header{"Content-Type": nil}}
	}
	c := &call{server: s, ip: clientIP(r), param: m.param, query: queryValues(r.URL.RawQuery)}
	var refused *failure
	if c.body, refused = mongoBody(r, body); refused != nil {
		return s.mongoFailure(refused)
	}
	header := http.Header{}
	if m.route == nil || m.route.pattern() != "/api/status" {
		limit := 200
		if s.era == Era2023November {
			limit = 350
		}
		// All clients of the server are one to it.
		taken, allowed := s.limits.take("", "", limit)
		for name, values := range taken {
			header[strings.TrimPrefix(name, "X-")] = values
		}
		if !allowed {
			header["Retry-After"], header["Content-Type"] = []string{"60"}, []string{"text/html; charset=utf-8"}
			if s.era == Era2023June {
				header["Ratelimit-Reset"] = []string{"0"}
			}
			return withMongoTag(answer{status: http.StatusTooManyRequests, header: header, body: []byte("Too many requests, please try again later.")})
		}
	}
	var a answer
	if refused = m.err; refused == nil {
		refused = s.mongoAuthenticate(c, r, m.route)
	}
	if refused != nil {
		a = s.mongoFailure(refused)
	} else {
		a = c.mongoRun(m.route)
	}
	for name, values := range header {
		a.header[name] = values
	}
	return a
}

func (c *call) mongoRun(route *route) answer {
	payload, err := route.handle(c)
	if f := (*failure)(nil); errors.As(err, &f) {
		return c.server.mongoFailure(f)
	}
	return withMongoTag(answer{status: http.StatusOK, header: http.Header{}, body: encode(payload)})
}

// withMongoTag adds the ETag as Express makes it: by SHA-1, which guards nothing
// here.
func withMongoTag(a answer) answer {
	sum := sha1.Sum(a.body)
	a.header["Etag"] = []string{fmt.Sprintf(`W/"%x-%s"`, len(a.body), base64.StdEncoding.EncodeToString(sum[:])[:27])}
	return a
}
