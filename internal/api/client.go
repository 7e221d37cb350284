// Package api speaks Infisical's HTTP dialect: one method an endpoint, typed
// errors from one table. It carries ciphertext as base64 text and a bearer
// token; it knows no keys, so it cannot see a plaintext.
//
// Section numbers in comments are those of PROTOCOL, the description of what
// recorded servers answer.
package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// Defaults and limits.
const (
	// DefaultRequestTimeout is above the 30 s after which the server itself
	// gives a request up (section 0).
	DefaultRequestTimeout = 40 * time.Second
	DefaultMaxRetries     = 4

	// A list of 10,000 secrets of 1 KiB is about 30 MB; one secret of the
	// largest size that the server takes is below 1.5 MB (section 4).
	maxListBytes   = 128 << 20
	maxAnswerBytes = 4 << 20
)

// Logger takes what a run does. Fields never hold secrets: the client gives it
// routes, statuses, sizes and times only.
type Logger interface {
	Debug(ctx context.Context, message string, fields map[string]any)
	Warn(ctx context.Context, message string, fields map[string]any)
}

// Config says how to reach a server and who is asking.
type Config struct {
	Host              string        // base URL; a trailing /api is tolerated
	AllowInsecureHTTP bool          // plain http to other hosts than this machine
	Bearer            string        // `st.<id>.<secret>`: never the fourth part
	UserAgent         string        //
	RequestTimeout    time.Duration // of one attempt; 0 = DefaultRequestTimeout
	MaxRetries        int           // 0 = none
	Logger            Logger        // may be nil
}

// Client calls one server. It is safe for concurrent use.
type Client struct {
	base      string
	bearer    func() string // a closure: nothing that prints a Client prints the token
	userAgent string
	timeout   time.Duration
	http      *retryablehttp.Client
}

// New checks the configuration and dials nothing. Its errors say what is wrong
// with the host.
func New(cfg Config) (*Client, error) {
	base, err := parseHost(cfg.Host, cfg.AllowInsecureHTTP)
	if err != nil {
		return nil, err
	}
	if strings.Count(cfg.Bearer, ".") > 2 {
		return nil, errors.New("internal error: a bearer token of more than three parts would hand the server the key")
	}
	if cfg.RequestTimeout <= 0 {
		cfg.RequestTimeout = DefaultRequestTimeout
	}
	return &Client{
		base:      base,
		bearer:    func() string { return cfg.Bearer },
		userAgent: cfg.UserAgent,
		timeout:   cfg.RequestTimeout,
		http:      newHTTPClient(cfg),
	}, nil
}

// call is one request of this dialect.
type call struct {
	method string
	route  string   // pattern for logs and errors, e.g. /api/v3/secrets/:secretName
	path   []string // the real segments behind the base, unescaped
	query  url.Values
	body   any
	limit  int64 // bytes of the answer; 0 = maxAnswerBytes
}

func (c call) isWrite() bool { return c.method != http.MethodGet }

// url is the only place that builds one: every segment is escaped on its own,
// so that a name like `a%2Fb?c` stays one segment.
func (c call) url(base string) string {
	var b strings.Builder
	b.WriteString(base)
	for _, segment := range c.path {
		b.WriteByte('/')
		b.WriteString(url.PathEscape(segment))
	}
	if len(c.query) > 0 {
		b.WriteByte('?')
		b.WriteString(c.query.Encode())
	}
	return b.String()
}

// do sends the call and decodes a 2xx answer into out. Every error is an *Error.
func (c *Client) do(ctx context.Context, call call, out any) error {
	fail := func(kind Kind, cause error) *Error {
		return &Error{Kind: kind, Method: call.method, Route: call.route, cause: cause}
	}
	var body any
	if call.body != nil {
		encoded, err := json.Marshal(call.body)
		if err != nil {
			return fail(KindInvalid, errors.New("the request could not be encoded"))
		}
		body = encoded
	}
	ctx = context.WithValue(ctx, callKey{}, call)
	req, err := retryablehttp.NewRequestWithContext(ctx, call.method, call.url(c.base), body)
	if err != nil {
		return fail(KindInvalid, errors.New("the request's address could not be built"))
	}
	req.Header.Set("Authorization", "Bearer "+c.bearer())
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.userAgent)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}

	resp, err := c.http.Do(req)
	if err != nil {
		return c.transportError(ctx, call, err)
	}
	defer func() { _ = resp.Body.Close() }()
	limit := call.limit
	if limit == 0 {
		limit = maxAnswerBytes
	}
	answer, err := io.ReadAll(io.LimitReader(resp.Body, limit+1))
	switch {
	case err != nil:
		e := c.transportError(ctx, call, err)
		e.Status, e.sent = resp.StatusCode, true
		return e
	case int64(len(answer)) > limit:
		e := fail(KindMalformed, fmt.Errorf("the answer is longer than %d MiB, which no answer of this kind is", limit>>20))
		e.Status = resp.StatusCode
		return e
	case resp.StatusCode/100 != 2:
		return classify(call, resp, answer, c.bearer())
	}
	if err := decode(answer, out); err != nil {
		e := fail(KindMalformed, err)
		e.Status = resp.StatusCode
		return e
	}
	return nil
}

// decode tells what came instead of JSON without quoting any of it: the
// encoder's own errors may hold parts of the answer.
func decode(answer []byte, out any) error {
	trimmed := bytes.TrimSpace(answer)
	switch {
	case len(trimmed) == 0:
		return errors.New("the answer is empty")
	case trimmed[0] == '<':
		return errors.New("the answer is an HTML page, not JSON: is `host` the address of the Infisical server itself, and does no proxy or login page stand before it")
	}
	if err := json.Unmarshal(trimmed, out); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return errors.New("the answer is not whole JSON: it was cut off or is no Infisical answer")
		}
		return errors.New("the answer is JSON of another shape than Infisical's")
	}
	return nil
}
