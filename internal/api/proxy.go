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
