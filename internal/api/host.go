package api

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
)

// parseHost checks a base URL and strips a trailing slash and `/api`.
func parseHost(text string, allowInsecureHTTP bool) (string, error) {
	if text == "" {
		return "", errors.New("host is empty: it is the address of the Infisical server, such as https://app.infisical.com")
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "":
		return "", errors.New("host is not a URL: it must begin with https:// (http:// does for this machine alone) and name the server, such as https://app.infisical.com")
	case u.User != nil:
		return "", errors.New("host must not hold a user or password")
	case u.RawQuery != "" || u.Fragment != "":
		return "", errors.New("host must not hold a query or fragment: give the address of the server only")
	case u.Scheme == "https":
	case u.Scheme != "http":
		return "", fmt.Errorf("host begins with %q: only https:// is possible, and http:// to this machine", u.Scheme+"://")
	case !isLoopback(u.Hostname()) && !allowInsecureHTTP:
		return "", fmt.Errorf("host is http://%s: without TLS everyone on the way sees the token and can alter what is read. "+
			"Use https://, or set allow_insecure_http = true if the way to that host is protected by other means", u.Host)
	}
	path := strings.TrimRight(u.EscapedPath(), "/")
	path = strings.TrimSuffix(path, "/api")
	return u.Scheme + "://" + u.Host + path, nil
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
