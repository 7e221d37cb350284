package api

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// extraHeaders checks headers that a user wants on every request, such as what
// a proxy before the server asks for. None may say what this client says
// itself, or change what an answer means. Errors name a header, and never hold
// a value.
func extraHeaders(headers map[string]string) (http.Header, error) {
	out := http.Header{}
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		value, canonical := headers[name], http.CanonicalHeaderKey(name)
		switch {
		case !httpguts.ValidHeaderFieldName(name):
			return nil, badSetting("headers", "%q is no name of a header: it may have letters, digits and -", shortened(name))
		case isOurs(canonical):
			return nil, badSetting("headers", "%s is set by the provider alone", canonical)
		case out[canonical] != nil:
			return nil, badSetting("headers", "%s is there twice: capitals do not count", canonical)
		case value == "":
			return nil, badSetting("headers", "%s has no value; leave it out or set it to null", canonical)
		case strings.TrimSpace(value) != value:
			return nil, badSetting("headers", "the value of %s has white space around it, which trimspace() takes away", canonical)
		case !httpguts.ValidHeaderFieldValue(value):
			return nil, badSetting("headers", "the value of %s has a line break or another character in it that no header can hold", canonical)
		}
		out.Set(canonical, value)
	}
	return out, nil
}

// isOurs tells whether a header is this client's, or one by which it and the
// server agree on how a request or an answer is to be read.
func isOurs(canonical string) bool {
	switch canonical {
	case "Authorization", "X-Api-Key", "X_api_key", "Host", "User-Agent", "Range", "Expect",
		"Connection", "Keep-Alive", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade":
		return true
	}
	return strings.HasPrefix(canonical, "Accept") || strings.HasPrefix(canonical, "Content-") || strings.HasPrefix(canonical, "If-")
}

// shortened keeps a name that is none from being a whole text that was put in its
// place by mistake.
func shortened(name string) string {
	if runes := []rune(name); len(runes) > 12 {
		return string(runes[:12]) + "…"
	}
	return name
}
