package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"

	"golang.org/x/net/http/httpproxy"
)

// checkProxy refuses a proxy setting that names none. net/http takes such a
// setting for none at all, and would ask the server directly. What the setting
// says is not repeated: it may hold a password.
func checkProxy(base string) error {
	address, err := url.Parse(base)
	if err != nil {
		return nil //nolint:nilerr // of which parseHost has said so
	}
	found := httpproxy.FromEnvironment()
	setting, variable := found.HTTPSProxy, "HTTPS_PROXY"
	if address.Scheme == "http" {
		setting, variable = found.HTTPProxy, "HTTP_PROXY"
	}
	if setting == "" || isProxyAddress(setting) {
		return nil
	}
	always := httpproxy.Config{HTTPProxy: "http://proxy", HTTPSProxy: "http://proxy", NoProxy: found.NoProxy}
	if used, err := always.ProxyFunc()(address); err != nil || used == nil {
		return nil //nolint:nilerr // no proxy is used for this host
	}
	if os.Getenv(variable) == "" {
		variable = strings.ToLower(variable)
	}
	return fmt.Errorf("the environment variable %s is not the address of a proxy, such as http://proxy.example.com:3128. The server would be asked without a proxy, so nothing is sent. "+
		"Correct it, or name the server in NO_PROXY", variable)
}

func isProxyAddress(setting string) bool {
	if !strings.Contains(setting, "://") {
		setting = "http://" + setting // as in proxy:3128
	}
	address, err := url.Parse(setting)
	if err != nil || address.Hostname() == "" || strings.Trim(address.Path, "/") != "" || strings.HasPrefix(address.Path, "//") {
		return false
	}
	switch address.Scheme {
	case "http", "https", "socks5", "socks5h":
		return true
	}
	return false
}

// proxyError is why a proxy let nothing through.
type proxyError struct{ why string }

func (e *proxyError) Error() string { return e.why }

func isProxyError(err error) bool {
	var proxy *proxyError
	return errors.As(err, &proxy)
}

// proxyAnswered turns a refusal into an error with a type.
func proxyAnswered(_ context.Context, proxy *url.URL, _ *http.Request, answer *http.Response) error {
	switch answer.StatusCode {
	case http.StatusOK:
		return nil
	case http.StatusProxyAuthRequired:
		return &proxyError{fmt.Sprintf("the proxy %s wants a user and password, or not these (status 407): they stand in HTTPS_PROXY, as in http://user:password@%s", proxy.Host, proxy.Host)}
	}
	return &proxyError{fmt.Sprintf("the proxy %s refuses to connect to the server (status %d)", proxy.Host, answer.StatusCode)}
}
