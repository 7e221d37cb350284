package acctest

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
)

// Env is a development server with one project, for one test. When the test
// ends, everything that was sent to the server is searched for the project
// key, the fourth part of every token, what Secret returned, and what any
// request carried sealed; and for names that nobody typed.
type Env struct {
	T      testing.TB
	Server *devserver.Server
	Owner  *seed.Owner
	Token  string // reads and writes everything

	mu       sync.Mutex
	keys     []string // never sent, in any mode
	canaries []string
	raw      bool // raw endpoints may be asked
	es       bool // with values in the clear

	unwitnessed bool // a provider with a process of its own talks to the server, too
}

// New starts a server with a project.
func New(t testing.TB) *Env {
	t.Helper()
	return NewProject(t, devserver.Project{Name: "acceptance"}, devserver.Options{})
}

// NewReworded starts a server that refuses in other words; seed 0 = in its own.
func NewReworded(t testing.TB, seed uint64) *Env {
	t.Helper()
	return NewProject(t, devserver.Project{Name: "acceptance"}, devserver.Options{Reword: seed})
}

// NewProject starts a server with that project.
func NewProject(t testing.TB, project devserver.Project, options devserver.Options) *Env {
	t.Helper()
	if options.Era == "" && era != "" {
		options.Era = era
		if options.RateLimit == 0 {
			options.RateLimit = 1000 // the era's own would make every test wait for minutes
		}
	}
	server, err := devserver.Start(options)
	if err != nil {
		t.Fatal(err)
	}
	forgetTyped(server.URL())
	owner, err := seed.NewOwner(server, project)
	if err != nil {
		t.Fatal(err)
	}
	e := &Env{T: t, Server: server, Owner: owner, keys: []string{owner.KeyText}}
	e.Token = e.NewToken(seed.Token{Name: "acceptance"})
	t.Cleanup(func() {
		if err := server.Close(); err != nil {
			t.Error(err)
		}
		e.checkWire()
		e.checkNames()
	})
	return e
}

// NewToken makes a service token and watches over its fourth part.
func (e *Env) NewToken(spec seed.Token) string {
	e.T.Helper()
	token, err := e.Owner.ServiceToken(spec)
	if err != nil {
		e.T.Fatal(err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.keys = append(e.keys, token[strings.LastIndex(token, ".")+1:])
	return token
}

// NewES starts a server with a project in Encrypted Standard mode.
func NewES(t testing.TB) *Env {
	t.Helper()
	e := New(t)
	e.SwitchToES()
	return e
}

// SwitchToES hands the project key to the server. From then on a test may send
// values in the clear; the keys it still may not.
func (e *Env) SwitchToES() {
	e.raw, e.es = true, true
	e.Owner.SwitchToES()
}

// ES is Config with encryption_mode = "es".
func (e *Env) ES(hcl string, settings ...string) string {
	return e.Config(hcl, append(settings, `encryption_mode = "es"`)...)
}

// isRaw tells an endpoint for secrets in the clear.
func isRaw(path string) bool {
	return strings.Contains(path, "/raw") || strings.HasPrefix(path, "/api/v4/secrets")
}

// IsRawList tells the list of a folder's secrets in the clear.
func IsRawList(r devserver.Request) bool {
	return r.Method == http.MethodGet && (strings.HasSuffix(r.Path, "/raw") || r.Path == "/api/v4/secrets")
}

// RawRequests counts the requests to raw endpoints.
func (e *Env) RawRequests() int {
	count := 0
	for _, r := range e.Server.Requests() {
		if isRaw(r.Path) {
			count++
		}
	}
	return count
}

// Secret declares that a text must never be seen outside of this process, and
// returns it.
func (e *Env) Secret(text string) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.canaries = append(e.canaries, text)
	return text
}

// Canaries returns all texts that must not be seen.
func (e *Env) Canaries() []string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return append(slices.Clone(e.keys), e.canaries...)
}

// Put and Read act as another client of the project.
func (e *Env) Put(environment, path, name, value, comment string) devserver.Record {
	e.T.Helper()
	record, err := e.Owner.Put(environment, path, name, value, comment)
	if err != nil {
		e.T.Fatal(err)
	}
	return record
}

// Read opens what the server holds, by name.
func (e *Env) Read(environment, path string) map[string]seed.Plain {
	e.T.Helper()
	list, err := e.Owner.Read(environment, path)
	if err != nil {
		e.T.Fatal(err)
	}
	out := map[string]seed.Plain{}
	for _, s := range list {
		if _, twice := out[s.Name]; twice {
			e.T.Fatalf("the server holds %q twice", s.Name)
		}
		out[s.Name] = s
	}
	return out
}

// Change gives a secret another value, as another client would; Remove deletes
// it.
func (e *Env) Change(environment, path, name, value string) {
	e.T.Helper()
	e.Put(environment, path, name, value, e.Read(environment, path)[name].Comment)
}

// Remove deletes a secret as another client would.
func (e *Env) Remove(environment, path, name string) {
	e.T.Helper()
	if err := e.Owner.Delete(environment, path, name); err != nil {
		e.T.Fatal(err)
	}
}

// Factories serves the provider in this process.
func (*Env) Factories() map[string]func() (tfprotov6.ProviderServer, error) { return factories() }

func factories() map[string]func() (tfprotov6.ProviderServer, error) {
	return map[string]func() (tfprotov6.ProviderServer, error){
		"infisical": newWitness,
	}
}

// Config puts a provider block for this server before a configuration.
func (e *Env) Config(hcl string, settings ...string) string {
	return e.ConfigWithToken(e.Token, hcl, settings...)
}

// ConfigWithToken is Config with another token.
func (e *Env) ConfigWithToken(token, hcl string, settings ...string) string {
	return fmt.Sprintf("provider \"infisical\" {\n  host = %q\n  service_token = %q\n  %s\n}\n%s",
		e.Server.URL(), token, strings.Join(settings, "\n  "), hcl)
}

// Writes counts the requests that change something, by method.
func (e *Env) Writes() map[string]int {
	out := map[string]int{}
	for _, r := range e.Server.Requests() {
		if r.Method != http.MethodGet {
			out[r.Method]++
		}
	}
	return out
}

// checkWire searches the recording. Each request is looked at as it was sent
// and unescaped, for each canary as it is and in the usual encodings.
func (e *Env) checkWire() {
	e.T.Helper()
	canaries := append(e.Canaries(), e.sealedTexts()...)
	if e.es {
		canaries = e.keys
	}
	for _, r := range e.Server.Requests() {
		if isRaw(r.Path) && !e.raw {
			e.T.Errorf("%s %s: a request to a raw endpoint", r.Method, r.Path)
		}
		if bearer := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "); strings.Count(bearer, ".") > 2 {
			e.T.Errorf("%s: more than three parts of the token were sent", r.Route)
		}
		text := r.Method + " " + r.Path + "?" + r.RawQuery + "\n" + fmt.Sprint(r.Header) + "\n" + string(r.Body)
		if plain, err := url.QueryUnescape(text); err == nil {
			text += "\n" + plain
		}
		if found := Search(text, canaries); found > 0 {
			e.T.Errorf("%s %s: a secret was sent in the clear", r.Method, r.Route)
		}
	}
}

// Search counts how many of the secrets occur in a text, as they are, as JSON
// and HCL quote them, in base64 or hexadecimal.
func Search(text string, canaries []string) int {
	found := 0
	for _, canary := range canaries {
		if canary == "" {
			continue
		}
		quoted := strings.Trim(fmt.Sprintf("%q", canary), `"`)
		for _, form := range []string{
			canary, quoted, url.QueryEscape(canary), url.PathEscape(canary),
			strings.TrimRight(base64.StdEncoding.EncodeToString([]byte(canary)), "="),
			base64.RawURLEncoding.EncodeToString([]byte(canary)), hex.EncodeToString([]byte(canary)),
		} {
			if strings.Contains(text, form) {
				found++
				break
			}
		}
	}
	return found
}
