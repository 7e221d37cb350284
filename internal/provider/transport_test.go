package provider_test

import (
	"crypto/tls"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest/authority"
)

const readAllOfDev = "data \"infisical_secrets\" \"all\" {\n  env_slug = \"dev\"\n}\noutput \"names\" { value = data.infisical_secrets.all.names }\n"

// withSettings is a provider block of these alone; host and token come from the
// environment.
func withSettings(settings ...string) string {
	return "provider \"infisical\" {\n  " + strings.Join(settings, "\n  ") + "\n}\n" + readAllOfDev
}

// heredoc writes a text of several lines as an attribute.
func heredoc(name, text string) string { return name + " = <<-EOT\n" + text + "EOT" }

// TestCertificates goes through every way to name them. The server is behind
// TLS of an authority that no system knows.
func TestCertificates(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	env.Put("dev", "/", "FOUND", "value", "")
	ca, other := authority.New(t), authority.New(t)
	certFile, keyFile := ca.Client()
	open := env.Front(&tls.Config{Certificates: []tls.Certificate{ca.Server("127.0.0.1")}})
	closed := env.Front(&tls.Config{Certificates: []tls.Certificate{ca.Server("127.0.0.1")}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: ca.Pool()})
	set := func(name, value string) string { return fmt.Sprintf("%s = %q", name, value) }
	for _, c := range []struct {
		name        string
		front       *acctest.Front
		settings    []string
		environment []string
		want        string
		fails       bool
	}{
		{"text", open, []string{heredoc("ca_cert_pem", ca.PEM)}, nil, "FOUND", false},
		{"file", open, []string{set("ca_cert_file", ca.File)}, nil, "FOUND", false},
		{"file beside the configuration", open, []string{`ca_cert_file = "ca.pem"`}, nil, "FOUND", false},
		{"text in the environment", open, nil, []string{"INFISICAL_CA_CERT_PEM=" + ca.PEM}, "FOUND", false},
		{"file in the environment", open, nil, []string{"INFISICAL_CA_CERT_FILE=" + ca.File}, "FOUND", false},
		{"text before a file in the environment", open, []string{heredoc("ca_cert_pem", ca.PEM)}, []string{"INFISICAL_CA_CERT_FILE=" + other.File}, "FOUND", false},
		{"file before a text in the environment", open, []string{set("ca_cert_file", ca.File)}, []string{"INFISICAL_CA_CERT_PEM=" + other.PEM}, "FOUND", false},
		{"none", open, nil, nil, "signed by an unknown authority", true},
		{"another's", open, []string{set("ca_cert_file", other.File)}, nil, "A certificate authority that this machine does not know goes into ca_cert_file", true},
		{"both", open, []string{set("ca_cert_file", ca.File), heredoc("ca_cert_pem", ca.PEM)}, nil, "ca_cert_pem cannot be used: ca_cert_file is set, too", true},
		{"both in the environment", open, nil, []string{"INFISICAL_CA_CERT_FILE=" + ca.File, "INFISICAL_CA_CERT_PEM=" + ca.PEM}, "ca_cert_pem cannot be used: ca_cert_file is set, too", true},
		{"no PEM", open, []string{set("ca_cert_pem", "canary of a text that is no certificate")}, nil, "ca_cert_pem cannot be used: it is not PEM", true},
		{"missing file", open, []string{set("ca_cert_file", "nowhere.pem")}, nil, "ca_cert_file cannot be used: there is no file nowhere.pem", true},
		{"client certificate", closed, []string{set("ca_cert_file", ca.File), set("client_cert_file", certFile), set("client_key_file", keyFile)}, nil, "FOUND", false},
		{"client certificate in the environment", closed, []string{set("ca_cert_file", ca.File)}, []string{"INFISICAL_CLIENT_CERT_FILE=" + certFile, "INFISICAL_CLIENT_KEY_FILE=" + keyFile}, "FOUND", false},
		{"no client certificate", closed, []string{set("ca_cert_file", ca.File)}, nil, "client certificate", true},
		{"half a client certificate", closed, []string{set("ca_cert_file", ca.File), set("client_cert_file", certFile)}, nil, "client_key_file cannot be used: client_cert_file is set", true},
		{"half of it, in the environment", closed, []string{set("ca_cert_file", ca.File)}, []string{"INFISICAL_CLIENT_KEY_FILE=" + keyFile}, "client_cert_file cannot be used: client_key_file is set", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newInstalledScene(t, env, withSettings(c.settings...))
			s.Env = append(append(s.Env, "INFISICAL_HOST="+c.front.URL), c.environment...)
			s.WriteFile("ca.pem", ca.PEM)
			out, err := s.Try("plan", "-no-color")
			if (err != nil) != c.fails || !says(c.want).MatchString(out) {
				t.Errorf("%v\n%s", err, out)
			}
			if strings.Contains(out, "canary") {
				t.Errorf("the error quotes what was given:\n%s", out)
			}
		})
	}
}

// TestProxies: a process of its own for each, because the standard library
// looks at the environment once. The server's name leads nowhere, so whatever
// reaches it went through the proxy.
func TestProxies(t *testing.T) {
	t.Parallel()
	const host, password = "infisical.invalid", "canary-of-a-proxy"
	ca := authority.New(t)
	for _, c := range []struct {
		name        string
		scheme      string
		refuse      int
		environment func(proxy string) []string
		want        string
		fails       bool
		proxied     bool
	}{
		{"TLS", "https", 0, func(p string) []string { return []string{"HTTPS_PROXY=" + p} }, "FOUND", false, true},
		{"no TLS", "http", 0, func(p string) []string { return []string{"HTTP_PROXY=" + p} }, "FOUND", false, true},
		{"excepted", "https", 0, func(p string) []string { return []string{"HTTPS_PROXY=" + p, "NO_PROXY=.invalid"} }, `the host name "infisical.invalid" was not found`, true, false},
		{"wants a password", "https", 407, func(p string) []string { return []string{"HTTPS_PROXY=" + p} }, "wants a user and password, or not these (status 407)", true, true},
		{"refuses", "https", 403, func(p string) []string { return []string{"HTTPS_PROXY=" + p} }, "refuses to connect to the server (status 403)", true, true},
		{"is not there", "https", 0, func(string) []string { return []string{"HTTPS_PROXY=http://user:" + password + "@127.0.0.1:1"} }, "no connection to the proxy: connection refused", true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			env.Put("dev", "/", "FOUND", "value", "")
			front := env.Front(&tls.Config{Certificates: []tls.Certificate{ca.Server(host)}})
			proxy := env.Proxy(front)
			proxy.Refuse = c.refuse
			s := newInstalledScene(t, env, withSettings(fmt.Sprintf("ca_cert_file = %q", ca.File), "max_retries = 2", "allow_insecure_http = true"))
			s.Env = append(s.Env, "INFISICAL_HOST="+c.scheme+"://"+host, "TF_LOG=TRACE", "TF_LOG_PATH=trace.log",
				"HTTPS_PROXY=", "https_proxy=", "HTTP_PROXY=", "http_proxy=", "NO_PROXY=", "no_proxy=")
			s.Env = append(s.Env, c.environment(strings.Replace(proxy.URL, "://", "://user:"+password+"@", 1))...)
			out, err := s.Try("plan", "-no-color")
			if (err != nil) != c.fails || !says(c.want).MatchString(out) {
				t.Errorf("%v\n%s", err, out)
			}
			came := proxy.Requests()
			if (len(came) > 0) != c.proxied {
				t.Errorf("%d requests came through the proxy", len(came))
			}
			for _, r := range came {
				if r.URL.Hostname() != host && !strings.HasPrefix(r.Host, host) {
					t.Errorf("the proxy was asked for %s", r.Host)
				}
				r.Header = http.Header{"Authorization": r.Header["Proxy-Authorization"]}
				if user, word, _ := r.BasicAuth(); user != "user" || word != password {
					t.Error("the proxy was not told user and password")
				}
				if c.scheme == "https" && r.Method != http.MethodConnect {
					t.Error("the proxy saw more than the name of the server")
				}
			}
			if c.refuse != 0 && len(came) != 1 {
				t.Errorf("a refusal was tried again: %d times", len(came))
			}
			if strings.Contains(out+s.File("trace.log"), password) {
				t.Error("the proxy's password was printed")
			}
		})
	}
}

// TestHeadersGoAlong with every request, beside the credential, and are shown
// nowhere.
func TestHeadersGoAlong(t *testing.T) {
	t.Parallel()
	const canary = "canary-of-a-header"
	env := acctest.New(t)
	s := newInstalledScene(t, env, "")
	s.Env = append(s.Env, "TF_LOG=TRACE", "TF_LOG_PATH=trace.log", "TF_VAR_access="+canary)
	block := func(headers string) string {
		return "variable \"access\" { sensitive = true }\nprovider \"infisical\" {\n  headers = {" + headers + "}\n}\n" + secretNamed("N", `value = "v"`)
	}
	s.Write(block(`"CF-Access-Client-Id" = "me", "CF-Access-Client-Secret" = var.access, "X-Nothing" = null`))
	out := s.Apply()
	s.PlanIsEmpty()
	requests := env.Server.Requests()
	if len(requests) < 4 {
		t.Fatalf("only %d requests", len(requests))
	}
	for _, r := range requests {
		if r.Header.Get("CF-Access-Client-Id") != "me" || r.Header.Get("CF-Access-Client-Secret") != canary || r.Header["X-Nothing"] != nil {
			t.Errorf("%s went without its headers", r.Route)
		}
		if !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer st.") || !strings.HasPrefix(r.Header.Get("User-Agent"), "terraform-provider-infisical/") {
			t.Errorf("%s went without the provider's own headers", r.Route)
		}
	}

	for headers, want := range map[string]string{
		`Authorization = var.access`:                                 "headers cannot be used: Authorization is set by the provider alone",
		`x-api-key = var.access`:                                     "X-Api-Key is set by the provider alone",
		`Host = "elsewhere.example.com"`:                             "Host is set by the provider alone",
		`"X-A" = "${var.access}\n"`:                                  "the value of X-A has white space around it",
		`"X-A" = "${var.access}\nX-B: 1"`:                            "the value of X-A has a line break",
		`"X-Token" = "` + env.Token + `"`:                            "one of them holds a decryption key",
		`"X-Token" = "` + url.QueryEscape("Bearer "+env.Token) + `"`: "one of them holds a decryption key",
	} {
		s.Write(block(headers))
		tried, err := s.Try("plan", "-no-color")
		if err == nil || !says(want).MatchString(tried) {
			t.Errorf("%s: %v\n%s", want, err, tried)
		}
		out += tried
	}
	looked := out + s.File("terraform.tfstate") + s.File("trace.log")
	if acctest.Search(looked, append(env.Canaries(), canary)) > 0 {
		t.Error("a header or a key was printed or kept")
	}
}

// TestUnknownTransport: what the configuration is still to make, it cannot say.
func TestUnknownTransport(t *testing.T) {
	t.Parallel()
	for _, setting := range []string{
		"ca_cert_pem", "ca_cert_file", "client_cert_file", "client_key_file", "headers",
	} {
		t.Run(setting, func(t *testing.T) {
			t.Parallel()
			value := "terraform_data.later.output"
			if setting == "headers" {
				value = `{ "X-A" = terraform_data.later.output }`
			}
			s := newInstalledScene(t, acctest.New(t), "resource \"terraform_data\" \"later\" { input = timestamp() }\n"+withSettings(setting+" = "+value))
			out, err := s.Try("plan", "-no-color")
			if err == nil || !says("the provider's "+setting+" depends on a value that is known only after apply").MatchString(out) {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}
