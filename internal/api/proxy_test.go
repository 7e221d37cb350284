package api

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"
)

// TestMalformedProxySettings: each is an error before anything is sent, and not a
// direct connection; the error holds nothing of the setting.
func TestMalformedProxySettings(t *testing.T) { //nolint:paralleltest // it sets variables
	for _, name := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "NO_PROXY", "no_proxy"} {
		t.Setenv(name, "")
	}
	for setting, good := range map[string]bool{
		"http://proxy:3128": true, "proxy:3128": true, "https://user:canary@proxy": true, "socks5://proxy:1080": true, "proxy": true, "": true,
		"http//proxy:canary": false, "http://": false, "http://user:canary@": false, "ftp://canary": false, "://canary": false, "http://canary:x": false, " http://canary": false, "http://pro xy canary": false,
	} {
		t.Setenv("HTTPS_PROXY", setting)
		_, err := New(Config{Host: "https://infisical.invalid", Credential: AsServiceToken(testBearer)})
		if good != (err == nil) {
			t.Errorf("%q: %v", setting, err)
		}
		if err != nil && (!strings.Contains(err.Error(), "HTTPS_PROXY is not the address of a proxy") || strings.Contains(err.Error(), "canary")) {
			t.Errorf("%q: %v", setting, err)
		}
		t.Setenv("NO_PROXY", "infisical.invalid")
		if _, err := New(Config{Host: "https://infisical.invalid", Credential: AsServiceToken(testBearer)}); err != nil {
			t.Errorf("%q for a host that needs no proxy: %v", setting, err)
		}
		t.Setenv("NO_PROXY", "")
	}
}

// TestProxyThatRefuses: nothing reached the server, and the mend is another one
// than for a server that cannot be reached. Its password is not shown.
func TestProxyThatRefuses(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int // 0 = nobody is there
		says   string
	}{
		{http.StatusProxyAuthRequired, "wants a user and password, or not these (status 407)"},
		{http.StatusBadGateway, "refuses to connect to the server (status 502)"},
		{0, "no connection to the proxy: connection refused"},
	} {
		proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(c.status) }))
		address, err := url.Parse(strings.Replace(proxy.URL, "http://", "http://user:canary@", 1))
		if err != nil {
			t.Fatal(err)
		}
		if c.status == 0 {
			proxy.Close()
		}
		t.Cleanup(proxy.Close)
		client, err := New(Config{Host: "https://secrets.invalid", Credential: AsServiceToken(testBearer), RequestTimeout: 5 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		client.http.HTTPClient.Transport.(*finishWrites).next.(*http.Transport).Proxy = http.ProxyURL(address)
		for what, call := range map[string]func() error{
			"read":  func() error { _, err := client.GetSecret(t.Context(), here, "N"); return err },
			"write": func() error { _, err := client.CreateSecret(t.Context(), here, "N", NewSecret{}); return err },
		} {
			err := call()
			if KindOf(err) != KindProxy || !strings.Contains(err.Error(), c.says) || strings.Contains(err.Error(), "canary") {
				t.Errorf("%s: %v, want %q", what, err, c.says)
			}
			var e *Error
			if errors.As(err, &e) && e.Ambiguous() {
				t.Errorf("%s: it passes for one that may have happened", what)
			}
		}
	}
}

// TestOnce: who knows that another has just tried as often as it is worth does
// not wait for as many tries again.
func TestOnce(t *testing.T) {
	t.Parallel()
	f := newFake(t, answers(503, ""))
	client := f.client(t, func(cfg *Config) { cfg.MaxRetries = 1 })
	if _, err := client.GetSecret(Once(t.Context()), here, "N"); err == nil || len(f.seen()) != 1 {
		t.Errorf("%d requests: %v", len(f.seen()), err)
	}
}
