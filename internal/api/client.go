// Package api speaks Infisical's HTTP dialect: one method an endpoint, typed
// errors from one table. It carries ciphertext as base64 text and a credential;
// it knows no keys, so it cannot see a plaintext.
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
	"maps"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
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
	Host              string // base URL; a trailing /api is tolerated
	AllowInsecureHTTP bool   // plain http to other hosts than this machine
	Credential        Credential
	UserAgent         string        //
	RequestTimeout    time.Duration // of one attempt; 0 = DefaultRequestTimeout
	MaxRetries        int           // 0 = none
	// MaxRequestsPerMinute of one method and route, on top of what the server
	// allows; 0 = no limit of our own.
	MaxRequestsPerMinute int
	Logger               Logger // may be nil

	TLS     TLS
	Headers map[string]string // on every request, beside the client's own
}

// Client calls one server. It is safe for concurrent use.
type Client struct {
	base       string
	credential Credential
	userAgent  string
	timeout    time.Duration
	http       *retryablehttp.Client
	headers    func() http.Header // a closure, as they may be credentials

	hasCertificate   bool        // to show to a server that asks for one
	certificateAsked atomic.Bool // by a server

	writes atomic.Int64
	of2023 atomic.Bool // known by what was told of the credential
}

// Writes is how many writes have ended, whatever became of them. Something that
// was read when it was less may show the state before the last of them.
func (c *Client) Writes() int64 { return c.writes.Load() }

// Host is the address of the server, without /api.
func (c *Client) Host() string { return c.base }

// New checks the configuration, reads its files and dials nothing. An error is
// a *SettingError, or says what is wrong with the host.
func New(cfg Config) (*Client, error) {
	base, err := parseHost(cfg.Host, cfg.AllowInsecureHTTP)
	if err != nil {
		return nil, err
	}
	if err := checkProxy(base); err != nil {
		return nil, err
	}
	if cfg.Credential == nil {
		return nil, errors.New("internal error: no credential")
	}
	if cfg.RequestTimeout <= 0 {
		cfg.RequestTimeout = DefaultRequestTimeout
	}
	headers, err := extraHeaders(cfg.Headers)
	if err != nil {
		return nil, err
	}
	c := &Client{
		base:       base,
		credential: cfg.Credential,
		userAgent:  cfg.UserAgent,
		timeout:    cfg.RequestTimeout,
		headers:    func() http.Header { return headers },

		hasCertificate: cfg.TLS.ClientCertFile != "",
	}
	certificates, err := cfg.TLS.config(&c.certificateAsked)
	if err != nil {
		return nil, err
	}
	c.http = newHTTPClient(cfg, certificates)
	return c, nil
}

// call is one request of this dialect.
type call struct {
	method string
	route  string   // pattern for logs and errors, e.g. /api/v3/secrets/:secretName
	path   []string // the real segments behind the base, unescaped
	query  url.Values
	body   any
	limit  int64 // bytes of the answer; 0 = maxAnswerBytes

	ifNoneMatch string                       // an earlier answer's ETag; the same content is errNotModified
	read        func(answer io.Reader) error // instead of decoding the whole answer at once
	etag        *string                      // takes the answer's

	harmless bool // a write that changes nothing that anybody keeps

	size   int  // of the encoded body; set by attempt
	of2023 bool // the server is one of 2023; set by attempt
}

// errNotModified is what a call with ifNoneMatch returns if nothing changed.
var errNotModified = errors.New("not modified")

func (c call) isWrite() bool { return c.method != http.MethodGet && !c.harmless }

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

// do sends the call with a proof of the credential and decodes a 2xx answer
// into out. Every error is an *Error. A proof that is refused had no effect, so
// that any call may be made again with another.
func (c *Client) do(ctx context.Context, call call, out any) error {
	for last := false; ; last = true {
		proof, err := c.credential.prove(ctx, c)
		if err != nil {
			return err
		}
		err = c.attempt(ctx, call, proof, out)
		switch KindOf(err) {
		case KindUnexplained:
			var e *Error
			if errors.As(err, &e) {
				return c.explain(ctx, proof, e)
			}
		case KindTokenRejected:
			if c.credential.again(proof, call.route, last) {
				continue
			}
		case KindServer:
			// Servers of May 2024 fail so of an access token that has expired.
			var e *Error
			if errors.As(err, &e) && e.uncaught && !call.isWrite() && !last && c.credential.again(proof, call.route, false) {
				continue
			}
		}
		return err
	}
}

// attempt is do with that proof; nil for what needs none.
func (c *Client) attempt(ctx context.Context, call call, proof *proof, out any) error {
	fail := func(kind Kind, cause error) *Error {
		return &Error{Kind: kind, Method: call.method, Route: call.route, cause: cause, harmless: call.harmless}
	}
	if call.isWrite() {
		defer c.writes.Add(1)
	}
	call.of2023 = c.of2023.Load()
	var body any
	if call.body != nil {
		encoded, err := json.Marshal(call.body)
		if err != nil {
			return fail(KindInvalid, errors.New("the request could not be encoded"))
		}
		body, call.size = encoded, len(encoded)
	}
	ctx = context.WithValue(ctx, callKey{}, call)
	req, err := retryablehttp.NewRequestWithContext(ctx, call.method, call.url(c.base), body)
	if err != nil {
		return fail(KindInvalid, errors.New("the request's address could not be built"))
	}
	maps.Copy(req.Header, c.headers())
	proof.set(req.Header)
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", c.userAgent)
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if call.ifNoneMatch != "" {
		req.Header.Set("If-None-Match", call.ifNoneMatch)
	}

	resp, err := c.http.Do(req)
	if err != nil {
		return c.transportError(ctx, call, err)
	}
	defer func() { _ = resp.Body.Close() }()
	if resp.StatusCode == http.StatusNotModified && call.ifNoneMatch != "" {
		return errNotModified
	}
	if call.etag != nil {
		*call.etag = resp.Header.Get("ETag")
	}
	limit := call.limit
	if limit == 0 {
		limit = maxAnswerBytes
	}
	limited := &limitedReader{from: resp.Body, left: limit}
	if call.read != nil && resp.StatusCode/100 == 2 {
		err = call.read(limited)
	} else {
		var answer []byte
		answer, err = io.ReadAll(limited)
		switch {
		case err != nil:
		case resp.StatusCode/100 != 2:
			return classify(call, resp, answer, append(c.confidential(), proof.confidential())...)
		default:
			err = decode(answer, out)
		}
	}
	var own *stopped
	switch {
	case err == nil:
		return nil
	case errors.As(err, &own):
		return own.cause
	case limited.exceeded:
		err = fmt.Errorf("the answer is longer than %d MiB, which no answer of this kind is", limit>>20)
	case limited.failed != nil:
		e := c.transportError(ctx, call, limited.failed)
		e.Status, e.sent = resp.StatusCode, true
		if e.Kind == KindTLS { // said too late to mean that
			e.Kind = KindTransport
		}
		return e
	}
	e := fail(KindMalformed, err)
	e.Status = resp.StatusCode
	return e
}

// confidential are the values of the user's headers, which no error may hold.
func (c *Client) confidential() []string {
	var values []string
	for _, value := range c.headers() {
		values = append(values, value...)
	}
	return values
}

// limitedReader ends with an error, not as if all were read, when there is
// more than left; and keeps what the connection failed with.
type limitedReader struct {
	from     io.Reader
	left     int64
	exceeded bool
	failed   error
}

func (r *limitedReader) Read(p []byte) (int, error) {
	n, err := r.from.Read(p)
	if r.left -= int64(n); r.left < 0 {
		r.exceeded = true
		return 0, errors.New("too long")
	}
	if err != nil && !errors.Is(err, io.EOF) {
		r.failed = err
	}
	return n, err
}

// decode tells what came instead of JSON without quoting any of it: the
// encoder's own errors may hold parts of the answer.
func decode(answer []byte, out any) error {
	trimmed := bytes.TrimSpace(answer)
	switch {
	case len(trimmed) == 0:
		return errEmpty
	case trimmed[0] == '<':
		return errHTML
	}
	return shapeError(json.Unmarshal(trimmed, out))
}

var (
	errEmpty = errors.New("the answer is empty")
	errHTML  = errors.New("the answer is an HTML page, not JSON: is `host` the address of the Infisical server itself, and does no proxy or login page stand before it")
	errCut   = errors.New("the answer is not whole JSON: it was cut off or is no Infisical answer")
	errShape = errors.New("the answer is JSON of another shape than Infisical's")
)

func shapeError(err error) error {
	var syntax *json.SyntaxError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errLongPortion):
		return errLongPortion
	case errors.As(err, &syntax), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return errCut
	}
	return errShape
}
