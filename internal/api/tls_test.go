package api

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest/authority"
)

// listen starts a TLS server of that configuration which answers every request
// with a secret, and tells the version of HTTP that it was asked by.
func listen(t *testing.T, config *tls.Config) *fake {
	t.Helper()
	f := &fake{}
	f.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		f.requests = append(f.requests, seen{r.Method, r.Proto, "", r.Header})
		f.mu.Unlock()
		_, _ = io.WriteString(w, `{"secret":`+recordOK+`}`)
	}))
	f.TLS, f.EnableHTTP2 = config, true
	f.Config.ErrorLog = log.New(io.Discard, "", 0)
	f.StartTLS()
	t.Cleanup(f.Close)
	return f
}

// TestTLS: each handshake against a real listener. One that fails is told as
// what it is, is not tried again, and counts as not sent.
func TestTLS(t *testing.T) {
	t.Parallel()
	ca, other := authority.New(t), authority.New(t)
	here := ca.Server("127.0.0.1")
	certFile, keyFile := ca.Client()
	strangerCert, strangerKey := other.Client()
	demanding := func(least uint16) *tls.Config {
		return &tls.Config{
			Certificates: []tls.Certificate{here}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: ca.Pool(),
			MinVersion: least, MaxVersion: least,
		}
	}
	for _, c := range []struct {
		name   string
		server *tls.Config
		client TLS
		want   string // in the error; "" = none
	}{
		{"authority by text", &tls.Config{Certificates: []tls.Certificate{here}}, TLS{CACertPEM: ca.PEM}, ""},
		{"authority by file", &tls.Config{Certificates: []tls.Certificate{here}}, TLS{CACertFile: ca.File}, ""},
		{"several authorities", &tls.Config{Certificates: []tls.Certificate{here}}, TLS{CACertPEM: "# ours\n" + other.PEM + "\n\n" + ca.PEM}, ""},
		{"unknown authority", &tls.Config{Certificates: []tls.Certificate{here}}, TLS{}, "its TLS certificate was not accepted: it is signed by an unknown authority"},
		{"another authority", &tls.Config{Certificates: []tls.Certificate{here}}, TLS{CACertFile: other.File}, "it is signed by an unknown authority"},
		{"another name", &tls.Config{Certificates: []tls.Certificate{ca.Server("infisical.example.com", "192.0.2.1")}}, TLS{CACertFile: ca.File}, "it is for another host name"},
		{"expired", &tls.Config{Certificates: []tls.Certificate{ca.Expired("127.0.0.1")}}, TLS{CACertFile: ca.File}, "has expired or is not valid yet"},
		{"TLS 1.2", &tls.Config{Certificates: []tls.Certificate{here}, MaxVersion: tls.VersionTLS12}, TLS{CACertFile: ca.File}, ""},
		{"TLS 1.1", &tls.Config{Certificates: []tls.Certificate{here}, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}, TLS{CACertFile: ca.File}, "no TLS that this client does, which is 1.2 and later"},
		{"client certificate, TLS 1.2", demanding(tls.VersionTLS12), TLS{CACertFile: ca.File, ClientCertFile: certFile, ClientKeyFile: keyFile}, ""},
		{"client certificate, TLS 1.3", demanding(tls.VersionTLS13), TLS{CACertFile: ca.File, ClientCertFile: certFile, ClientKeyFile: keyFile}, ""},
		{"no client certificate, TLS 1.2", demanding(tls.VersionTLS12), TLS{CACertFile: ca.File}, "it may demand a client certificate (client_cert_file and client_key_file)"},
		{"no client certificate, TLS 1.3", demanding(tls.VersionTLS13), TLS{CACertFile: ca.File}, "client certificate"},
		{"a stranger's client certificate, TLS 1.2", demanding(tls.VersionTLS12), TLS{CACertFile: ca.File, ClientCertFile: strangerCert, ClientKeyFile: strangerKey}, "it does not accept the client certificate (client_cert_file)"},
		{"a stranger's client certificate, TLS 1.3", demanding(tls.VersionTLS13), TLS{CACertFile: ca.File, ClientCertFile: strangerCert, ClientKeyFile: strangerKey}, "client certificate"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			server := listen(t, c.server)
			err := create(t.Context(), server.client(t, func(cfg *Config) { cfg.TLS, cfg.MaxRetries = c.client, 3 }))
			got := server.seen()
			if c.want == "" {
				if err != nil || len(got) != 1 {
					t.Fatalf("%d requests: %v", len(got), err)
				}
				if got[0].uri != "HTTP/2.0" {
					t.Errorf("asked by %s", got[0].uri)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Error(err)
			}
			// The refusal of a client certificate may be lost with TLS 1.3.
			if lost := KindOf(err) == KindTransport && c.server.MinVersion == tls.VersionTLS13; !lost {
				if e := new(Error); !errors.As(err, &e) || e.Kind != KindTLS || e.Ambiguous() {
					t.Errorf("kind %d, or a handshake that failed counts as sent", KindOf(err))
				}
			}
			if len(got) != 0 {
				t.Errorf("%d requests", len(got))
			}
		})
	}
}

// TestBadFiles: an error names the setting and the file, says what is wrong
// with it, and holds nothing of what is in it.
func TestBadFiles(t *testing.T) {
	t.Parallel()
	ca := authority.New(t)
	certFile, keyFile := ca.Client()
	_, otherKey := ca.Client()
	const inside = "MIIcanaryOfTheFile"
	write := func(text string) string { return authority.Write(t, "it.pem", text) }
	block := func(kind, header string) string {
		return "-----BEGIN " + kind + "-----\n" + header + "TUlJY2FuYXJ5T2ZUaGVGaWxl\n-----END " + kind + "-----\n"
	}
	for _, c := range []struct {
		name    string
		tls     TLS
		setting string
		want    string
	}{
		{"both", TLS{CACertPEM: ca.PEM, CACertFile: ca.File}, "ca_cert_pem", "ca_cert_file is set, too"},
		{"no PEM", TLS{CACertPEM: inside}, "ca_cert_pem", "it is not PEM"},
		{"a name in place of a text", TLS{CACertPEM: ca.File}, "ca_cert_pem", "it is not PEM"},
		{"empty", TLS{CACertFile: write("")}, "ca_cert_file", "it is not PEM"},
		{"cut off", TLS{CACertFile: write(ca.PEM + ca.PEM[:100])}, "ca_cert_file", "was cut off"},
		{"a key", TLS{CACertFile: keyFile}, "ca_cert_file", "there is no certificate in it"},
		{"damaged", TLS{CACertFile: write(ca.PEM + block("CERTIFICATE", ""))}, "ca_cert_file", "certificate number 2 in it is damaged"},
		{"missing", TLS{CACertFile: "/nowhere/ca.pem"}, "ca_cert_file", "there is no file /nowhere/ca.pem"},
		{"home", TLS{CACertFile: "~/ca.pem"}, "ca_cert_file", "pathexpand()"},
		{"a directory", TLS{CACertFile: t.TempDir()}, "ca_cert_file", "cannot be read: is a directory"},
		{"no key", TLS{ClientCertFile: certFile}, "client_key_file", "client_cert_file is set"},
		{"no certificate", TLS{ClientKeyFile: keyFile}, "client_cert_file", "client_key_file is set"},
		{"no such certificate", TLS{ClientCertFile: "/nowhere/c.pem", ClientKeyFile: keyFile}, "client_cert_file", "there is no file /nowhere/c.pem"},
		{"changed places", TLS{ClientCertFile: keyFile, ClientKeyFile: certFile}, "client_cert_file", "there is no certificate in it"},
		{"no such key", TLS{ClientCertFile: certFile, ClientKeyFile: "/nowhere/k.pem"}, "client_key_file", "there is no file /nowhere/k.pem"},
		{"a key that is none", TLS{ClientCertFile: certFile, ClientKeyFile: write(inside)}, "client_key_file", "there is no private key in it"},
		{"a key that is locked", TLS{ClientCertFile: certFile, ClientKeyFile: write(block("ENCRYPTED PRIVATE KEY", ""))}, "client_key_file", "locked with a passphrase"},
		{"a key that is locked as of old", TLS{ClientCertFile: certFile, ClientKeyFile: write(block("RSA PRIVATE KEY", "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\n"))}, "client_key_file", "locked with a passphrase"},
		{"a damaged key", TLS{ClientCertFile: certFile, ClientKeyFile: write(block("PRIVATE KEY", ""))}, "client_key_file", "is damaged"},
		{"another's key", TLS{ClientCertFile: certFile, ClientKeyFile: otherKey}, "client_key_file", "not that of the first certificate"},
	} {
		_, err := New(Config{Host: "https://x", Credential: ServiceTokenCredential(testBearer), TLS: c.tls})
		var setting *SettingError
		if !errors.As(err, &setting) || setting.Setting != c.setting || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		for _, file := range []string{c.tls.CACertFile, c.tls.ClientCertFile} {
			if strings.Contains(c.want, "in it") && file != "" && c.setting != "client_key_file" && !strings.Contains(err.Error(), file) {
				t.Errorf("%s: the error does not name the file: %v", c.name, err)
			}
		}
		if strings.Contains(err.Error(), inside) || strings.Contains(err.Error(), "TUlJY2") {
			t.Errorf("%s: the error quotes the file", c.name)
		}
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	const secret = "canary-of-a-header"
	for _, c := range []struct {
		name, value string
		want        string // in the error; "" = none
	}{
		{"CF-Access-Client-Secret", secret, ""},
		{"x-access", secret + " with=signs;", ""},
		{"Cookie", secret, ""},
		{"Authorization", secret, "Authorization is set by the provider alone"},
		{"authorization", secret, "Authorization is set by"},
		{"X-API-KEY", secret, "X-Api-Key is set by"},
		{"Host", secret, "Host is set by"},
		{"user-agent", secret, "User-Agent is set by"},
		{"Accept", secret, "Accept is set by"},
		{"Accept-Encoding", secret, "Accept-Encoding is set by"},
		{"Content-Type", secret, "Content-Type is set by"},
		{"Content-Length", secret, "Content-Length is set by"},
		{"If-None-Match", secret, "If-None-Match is set by"},
		{"Transfer-Encoding", secret, "Transfer-Encoding is set by"},
		{"", secret, `"" is no name`},
		{"X Y", secret, `"X Y" is no name`},
		{"X:", secret, `"X:" is no name`},
		{secret + "\r\nEvil: 1", secret, `is no name`},
		{"X-A", secret + "\r\nEvil: 1", "the value of X-A has a line break"},
		{"X-A", secret + "\x00.", "the value of X-A has a line break or another"},
		{"X-A", secret + "\n", "trimspace()"},
		{"X-A", "", "X-A has no value"},
	} {
		server := newFake(t, answers(400, fmt.Sprintf(`{"message":%q}`, "you sent "+c.value)))
		client, err := New(Config{Host: server.URL, Credential: ServiceTokenCredential(testBearer), UserAgent: "test/1", Headers: map[string]string{c.name: c.value}})
		var setting *SettingError
		if (err == nil) != (c.want == "") || err != nil && (!errors.As(err, &setting) || setting.Setting != "headers" || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%q: %v", c.name, err)
			continue
		}
		if err == nil {
			err = get(t.Context(), client)
			got := server.seen()[0].header
			if got.Get(c.name) != c.value || got.Get("Authorization") != "Bearer "+testBearer || got.Get("User-Agent") != "test/1" {
				t.Errorf("%q: the request does not carry all of its headers", c.name)
			}
			if text := fmt.Sprintf("%v %+v %#v", client, client, client); strings.Contains(text, secret) {
				t.Errorf("%q: the client prints it", c.name)
			}
		}
		if strings.Contains(err.Error(), secret) {
			t.Errorf("%q: the error holds the value", c.name)
		}
	}
	if _, err := New(Config{Host: "https://x", Credential: ServiceTokenCredential(testBearer), Headers: map[string]string{"X-A": "1", "x-a": "2"}}); err == nil || !strings.Contains(err.Error(), "X-A is there twice") {
		t.Error(err)
	}
}

// TestHandshakeThatHangs is told as a time-out like any other.
func TestHandshakeThatHangs(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	server := listen(t, &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) {
		<-release
		return nil, errors.New("never")
	}})
	defer close(release)
	err := get(t.Context(), server.client(t, func(cfg *Config) { cfg.RequestTimeout = 100 * time.Millisecond }))
	if KindOf(err) != KindTransport || !strings.Contains(err.Error(), "did not answer within 100ms") {
		t.Error(err)
	}
}
