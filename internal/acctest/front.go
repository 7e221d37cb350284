package acctest

import (
	"crypto/tls"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
)

// Front stands before the development server and passes everything on, as
// what ends TLS before a real one does.
type Front struct {
	*httptest.Server
	kept
}

// Front starts one with TLS of that configuration.
func (e *Env) Front(config *tls.Config) *Front {
	e.T.Helper()
	f := &Front{}
	pass := e.pass()
	f.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.keep(r)
		pass.ServeHTTP(w, r)
	}))
	f.TLS, f.EnableHTTP2 = config, true
	f.Config.ErrorLog = log.New(io.Discard, "", 0)
	f.StartTLS()
	e.T.Cleanup(f.Close)
	return f
}

func (e *Env) pass() *httputil.ReverseProxy {
	to, err := url.Parse(e.Server.URL())
	if err != nil {
		e.T.Fatal(err)
	}
	return httputil.NewSingleHostReverseProxy(to)
}

// Proxy is what HTTPS_PROXY and HTTP_PROXY name. Whatever host it is asked for,
// it connects to one place.
type Proxy struct {
	*httptest.Server
	kept
	// Refuse is a status that it answers instead.
	Refuse int
}

// Proxy starts one that connects to f, and without TLS to the server itself.
func (e *Env) Proxy(f *Front) *Proxy {
	e.T.Helper()
	p, pass := &Proxy{}, e.pass()
	p.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.keep(r)
		switch {
		case p.Refuse != 0:
			w.WriteHeader(p.Refuse)
		case r.Method == http.MethodConnect:
			tunnel(w, f.Listener.Addr().String())
		default:
			pass.ServeHTTP(w, r)
		}
	}))
	e.T.Cleanup(p.Close)
	return p
}

func tunnel(w http.ResponseWriter, address string) {
	there, err := net.Dial("tcp", address)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	here, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		_ = there.Close()
		return
	}
	_, _ = io.WriteString(here, "HTTP/1.1 200 Connection established\r\n\r\n")
	copyTo := func(to, from net.Conn) {
		_, _ = io.Copy(to, from)
		_ = to.Close()
	}
	go copyTo(there, here)
	go copyTo(here, there)
}

// kept are the requests that came.
type kept struct {
	mu       sync.Mutex
	requests []*http.Request
}

func (k *kept) keep(r *http.Request) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.requests = append(k.requests, r.Clone(r.Context()))
}

// Requests returns what came, without bodies.
func (k *kept) Requests() []*http.Request {
	k.mu.Lock()
	defer k.mu.Unlock()
	return append([]*http.Request(nil), k.requests...)
}
