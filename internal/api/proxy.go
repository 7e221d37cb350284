package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
)

// proxyError is why a proxy let nothing through.
type proxyError struct{ why string }

func (e *proxyError) Error() string { return e.why }

func isProxyError(err error) bool {
	var proxy *proxyError
	return errors.As(err, &proxy)
}

// proxyFromEnvironment obeys HTTPS_PROXY, HTTP_PROXY and NO_PROXY. The standard
// library's error quotes the variable, which may hold a password.
func proxyFromEnvironment(req *http.Request) (*url.URL, error) {
	proxy, err := http.ProxyFromEnvironment(req)
	if err != nil {
		return nil, &proxyError{"HTTPS_PROXY or HTTP_PROXY in the environment is no address of a proxy, such as http://proxy.example.com:3128"}
	}
	return proxy, nil
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
