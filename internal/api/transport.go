package api

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// Waiting times between attempts.
const (
	firstBackoff   = 250 * time.Millisecond
	longestBackoff = 8 * time.Second
	// The server's windows are 60 s long (section 10): a longer Retry-After is
	// a mistake or malice.
	longestRetryAfter = 65 * time.Second
	announceAfter     = 3 * time.Second
)

type callKey struct{}

type onceKey struct{}

// Once makes the requests of a context be tried once only: for those who know
// that another has just tried as often as it is worth.
func Once(ctx context.Context) context.Context { return context.WithValue(ctx, onceKey{}, true) }

func callFrom(ctx context.Context) call {
	c, _ := ctx.Value(callKey{}).(call)
	return c
}

func newHTTPClient(cfg Config, certificates *tls.Config) *retryablehttp.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone() // keeps HTTPS_PROXY, NO_PROXY and HTTP/2
	transport.TLSClientConfig = certificates
	transport.OnProxyConnectResponse = proxyAnswered
	transport.MaxIdleConnsPerHost = 16
	client := retryablehttp.NewClient()
	client.HTTPClient = &http.Client{
		Transport: &finishWrites{next: transport, timeout: cfg.RequestTimeout, logger: cfg.Logger, pace: newPacer(cfg)},
		// The API redirects nowhere. A redirect comes from something before it,
		// and following one would carry the credential along.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	client.Logger = nil // it logs whole URLs
	client.RetryMax = cfg.MaxRetries
	client.ErrorHandler = retryablehttp.PassthroughErrorHandler
	client.CheckRetry = checkRetry
	client.Backoff = backoff(cfg.Logger)
	return client
}

// finishWrites sends one attempt: within the time limit, and for a write to
// its end even if the caller is interrupted meanwhile. Terraform cancels every
// operation in flight at once when a run is interrupted; a create that the
// server carries out and nobody hears of would be lost to the state.
type finishWrites struct {
	next    http.RoundTripper
	timeout time.Duration
	logger  Logger
	pace    *pacer
}

func (t *finishWrites) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, route := req.Context(), callFrom(req.Context()).route
	if err := t.pace.wait(ctx, req.Method, route); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if callFrom(ctx).isWrite() {
		ctx = context.WithoutCancel(ctx)
	}
	ctx, cancel := context.WithTimeout(ctx, t.timeout)
	start := time.Now()
	resp, err := t.next.RoundTrip(req.WithContext(ctx))
	t.log(req, resp, time.Since(start))
	if err != nil {
		cancel()
		return nil, err
	}
	t.pace.learn(req.Method, route, resp)
	resp.Request = req
	resp.Body = &cancelOnClose{resp.Body, cancel}
	return resp, nil
}

// cancelOnClose keeps the time limit over the reading of the body.
type cancelOnClose struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (b *cancelOnClose) Close() error {
	defer b.cancel()
	return b.ReadCloser.Close()
}

// log reports an attempt: route, status, time; nothing that the user typed.
func (t *finishWrites) log(req *http.Request, resp *http.Response, took time.Duration) {
	if t.logger == nil {
		return
	}
	fields := map[string]any{
		"method":       req.Method,
		"route":        callFrom(req.Context()).route,
		"milliseconds": took.Milliseconds(),
		"bytes_sent":   max(req.ContentLength, 0),
	}
	if resp == nil {
		fields["outcome"] = "no answer"
	} else {
		fields["status"] = resp.StatusCode
	}
	t.logger.Debug(req.Context(), "Infisical request", fields)
}

// checkRetry repeats what is known to have had no effect, and reads. A write
// whose outcome is unknown is returned: only a read can settle it.
func checkRetry(ctx context.Context, resp *http.Response, err error) (bool, error) {
	interrupted := ctx.Err() != nil // a write may have been answered all the same: no error of its own
	write := callFrom(ctx).isWrite()
	switch {
	case interrupted, ctx.Value(onceKey{}) != nil:
		return false, nil //nolint:nilerr // what ended the attempt goes back to the caller all the same
	case err != nil:
		final := isTimeout(err) || whyNoTLS(err, false) != "" || isProxyError(err)
		return !final && (!write || !wasSent(err)), nil
	case isRateLimit(resp):
		return true, nil
	case resp.StatusCode == http.StatusBadGateway, resp.StatusCode == http.StatusServiceUnavailable,
		resp.StatusCode == http.StatusGatewayTimeout:
		return !write, nil
	}
	return false, nil
}

// isRateLimit knows both ways of saying it: 429, and on servers of October
// 2024 a 500 that only its headers tell from a failure. The limiter stands
// before the work, so such a request had no effect.
func isRateLimit(resp *http.Response) bool {
	return resp.StatusCode == http.StatusTooManyRequests ||
		resp.StatusCode == http.StatusInternalServerError &&
			resp.Header.Get("Retry-After") != "" && resp.Header.Get("X-Ratelimit-Remaining") == "0"
}

// backoff obeys Retry-After up to longestRetryAfter, else doubles from firstBackoff
// to longestBackoff, and spreads both so that parallel requests do not come back
// in step.
func backoff(logger Logger) retryablehttp.Backoff {
	return func(_, _ time.Duration, attempt int, resp *http.Response) time.Duration {
		wait := min(firstBackoff<<min(attempt, 10), longestBackoff)
		wait = wait/2 + rand.N(wait/2+1)
		if resp == nil {
			return wait
		}
		if seconds, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil && seconds >= 0 {
			wait = min(time.Duration(seconds)*time.Second, longestRetryAfter) + rand.N(500*time.Millisecond)
		}
		if logger != nil && wait >= announceAfter {
			ctx := resp.Request.Context()
			logger.Warn(ctx, "The server's rate limit is reached: waiting before the next attempt", map[string]any{
				"route": callFrom(ctx).route, "seconds": int(wait.Seconds()),
			})
		}
		return wait
	}
}

// wasSent tells whether the server may have seen the request. A failed dial
// (refused, no route, no such host) proves that it has not. So does a
// cancellation of a write: once it is on its way nothing cancels it.
func wasSent(err error) bool {
	var op *net.OpError
	if errors.As(err, &op) && (op.Op == "dial" || op.Op == "proxyconnect") {
		return false
	}
	var dns *net.DNSError
	return !errors.As(err, &dns) && !errors.Is(err, context.Canceled)
}

func isTimeout(err error) bool {
	var t interface{ Timeout() bool }
	return errors.Is(err, context.DeadlineExceeded) || errors.As(err, &t) && t.Timeout()
}

// transportError names what went wrong between here and the server.
func (c *Client) transportError(ctx context.Context, call call, err error) *Error {
	e := &Error{Kind: KindTransport, Method: call.method, Route: call.route, sent: wasSent(err), harmless: call.harmless}
	var dns *net.DNSError
	noTLS := whyNoTLS(err, c.hasCertificate)
	var proxy *proxyError
	var op *net.OpError
	switch {
	case ctx.Err() != nil:
		e.Kind, e.cause = KindInterrupted, ctx.Err()
	case errors.As(err, &proxy):
		e.Kind, e.cause, e.sent = KindProxy, proxy, false
	case noTLS != "":
		e.Kind, e.cause, e.sent = KindTLS, fmt.Errorf("%s: %s", c.base, noTLS), false
	case isTimeout(err):
		e.TimedOut = true
		e.cause = fmt.Errorf("it did not answer within %s (request_timeout)", c.timeout)
	case errors.As(err, &op) && op.Op == "proxyconnect":
		e.Kind, e.cause = KindProxy, fmt.Errorf("no connection to the proxy: %s", reason(err))
	case errors.As(err, &dns):
		e.cause = fmt.Errorf("the host name %q was not found", dns.Name)
	case !e.sent:
		e.cause = fmt.Errorf("no connection to %s: %s", c.base, reason(err))
	default:
		e.cause = fmt.Errorf("the connection was lost before the answer was complete: %s%s", reason(err), c.perhapsRefused())
	}
	return e
}

// perhapsRefused is for a server that asks for a client certificate: with TLS
// 1.3 it can close the connection on a request that is on its way, so that its
// refusal is not seen (whyRefused).
func (c *Client) perhapsRefused() string {
	switch {
	case !c.certificateAsked.Load():
		return ""
	case c.hasCertificate:
		return "; the server asks for a client certificate, and may not accept this one (client_cert_file)"
	}
	return "; the server asks for a client certificate, and may demand one (client_cert_file and client_key_file)"
}

// reason says why, for the causes whose words are known to be safe. Others
// quote the URL, which holds the secret's name, or what the server sent, which
// may be anything that was sent to it.
func reason(err error) string {
	var errno syscall.Errno
	var dns *net.DNSError
	switch {
	case errors.As(err, &errno):
		return errno.Error()
	case errors.As(err, &dns):
		return fmt.Sprintf("the host name %q was not found", dns.Name)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "it was closed"
	}
	return "what came was no HTTP"
}
