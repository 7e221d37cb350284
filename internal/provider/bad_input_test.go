package provider_test

import (
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
)

const oneSecret = `
resource "infisical_secret" "this" {
  env_slug = "dev"
  name     = "NAME"
  value    = "canary-of-bad-input"
}
`

// TestBadConfiguration runs what can be known to be wrong without the server
// having to say so, or at the latest when it is planned. Nothing may be
// written, and no error may quote a token or value.
func TestBadConfiguration(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		token  func(e *acctest.Env) string // nil = the good one
		hcl    string                      // "" = oneSecret
		config []string
		want   []string
	}{
		{name: "no token", token: func(*acctest.Env) string { return "" }, want: []string{"Missing Credential", "INFISICAL_SERVICE_TOKEN"}},
		{
			name: "a token without its fourth part", token: func(e *acctest.Env) string { return e.Token[:strings.LastIndex(e.Token, ".")] },
			want: []string{"Invalid Provider Configuration", "fourth part, the decryption key, is missing"},
		},
		{
			name: "a token that ends early", token: func(e *acctest.Env) string { return e.Token[:len(e.Token)-1] },
			want: []string{"fourth part is not a decryption key"},
		},
		{
			name: "a token of another server", token: func(*acctest.Env) string {
				return "st.f126ad6c-336e-43b7-a3b6-931ff274ec95.45eca005fa3d4a38992e475dbdda606a.ac7bde86f59c83e225fbeba99aae632e"
			},
			want: []string{"does not accept the service token"},
		},
		{
			name: "a token with another's key", token: func(e *acctest.Env) string {
				return e.Token[:strings.LastIndex(e.Token, ".")] + "." + strings.Repeat("0", 32)
			},
			want: []string{"fourth part of the service token does not open the project key"},
		},
		{
			name: "an expired token",
			token: func(e *acctest.Env) string {
				return e.NewToken(seed.Token{Name: "old", ExpiresAt: time.Now().Add(-time.Hour)})
			},
			want: []string{"The service token has expired"},
		},
		{
			name:  "a read-only token",
			token: func(e *acctest.Env) string { return e.NewToken(seed.Token{Name: "reader", ReadOnly: true}) },
			want:  []string{"Cannot Plan Secret", `The service token "reader" is read-only`},
		},
		{
			name: "an unknown environment", hcl: strings.Replace(oneSecret, `"dev"`, `"Development"`, 1),
			want: []string{`has no environment "Development"`, "dev, staging, prod"},
		},
		{name: "an empty name", hcl: strings.Replace(oneSecret, `"NAME"`, `""`, 1), want: []string{"Invalid Secret Name", "it is empty"}},
		{name: "a name with a slash", hcl: strings.Replace(oneSecret, `"NAME"`, `"a/b"`, 1), want: []string{"Invalid Secret Name", "it holds a slash"}},
		{name: "no value to create with", hcl: strings.Replace(oneSecret, "value ", "comment ", 1), want: []string{"Missing Secret Value"}},
		{
			name: "a folder path without a slash", hcl: oneSecret[:len(oneSecret)-2] + "folder_path = \"app\"\n}\n",
			want: []string{"Invalid Folder Path", "must begin with a slash"},
		},
		{
			name: "another project", hcl: oneSecret[:len(oneSecret)-2] + "workspace_id = \"5f1efa06-83ef-4dd8-850d-24bdfbd77c03\"\n}\n",
			want: []string{"belongs to another project"},
		},
		{name: "no environment", hcl: strings.Replace(oneSecret, `env_slug = "dev"`, "", 1), want: []string{"No env_slug is set"}},
		{name: "a timeout that is none", config: []string{`request_timeout = "soon"`}, want: []string{"request_timeout cannot be used", "INFISICAL_REQUEST_TIMEOUT"}},
		{name: "retries below zero", config: []string{"max_retries = -1"}, want: []string{"max_retries cannot be used"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			env.Secret("canary-of-bad-input")
			token, hcl := env.Token, c.hcl
			if c.token != nil {
				token = c.token(env)
			}
			if hcl == "" {
				hcl = oneSecret
			}
			// A process of its own: what it prints is all that a user sees.
			tf := acctest.NewTerraform(t, nil)
			tf.Write(env.ConfigWithToken(token, hcl, c.config...))
			tf.Run("init", "-no-color")
			out, err := tf.Try("plan", "-no-color")
			if err == nil {
				t.Fatal("it was planned")
			}
			for _, want := range c.want {
				if !says(want).MatchString(out) {
					t.Errorf("the error does not say %q:\n%s", want, out)
				}
			}
			parts := strings.Split(token, ".")
			if len(parts) >= 3 && acctest.Search(out, append(env.Canaries(), parts[2:]...)) > 0 {
				t.Error("the error holds a secret")
			}
			if writes := env.Writes(); len(writes) != 0 {
				t.Errorf("something was written: %v", writes)
			}
		})
	}
}

func TestMissingFolderIsNamed(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	env.Server.CreateFolder(env.Owner.Project.ID, "dev", "/app")
	play(t,
		resource.TestStep{
			Config: env.Config(`
resource "infisical_secret" "this" {
  env_slug    = "dev"
  folder_path = "/app/db/main"
  name        = "NAME"
  value       = "v"
}`),
			ExpectError: says(`There is no folder /app/db in environment "dev". Make it with infisical_folder`),
		},
		resource.TestStep{
			Config: env.Config(`
data "infisical_secrets" "this" {
  env_slug    = "dev"
  folder_path = "/nope"
}`),
			ExpectError: says(`There is no folder /nope in environment "dev"`),
		},
	)
}

func TestUnauthenticRecordIsRefusedAndHidesNoOther(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	env.Put("dev", "/", "GOOD", "good value", "")
	for _, c := range []struct {
		name   string
		damage func(good devserver.Record) devserver.Record
		want   string
	}{
		{"VALUE", func(r devserver.Record) devserver.Record {
			r.Value.Ciphertext = flipped(r.Value.Ciphertext)
			return r
		}, "Its value is not authentic"},
		{"TAG", func(r devserver.Record) devserver.Record { r.Value.Tag = flipped(r.Value.Tag); return r }, "Its value is not authentic"},
		{"COMMENT", func(r devserver.Record) devserver.Record { r.Comment.IV = flipped(r.Comment.IV); return r }, "Its comment is not authentic"},
		{"THREE_EMPTY_TEXTS", func(r devserver.Record) devserver.Record {
			empty := ""
			r.Value = devserver.Field{Ciphertext: &empty, IV: &empty, Tag: &empty}
			return r
		}, "Its value is not authentic"},
	} {
		env.Server.PutRecord(c.damage(env.Put("dev", "/", c.name, "value", "comment")))
		play(t, resource.TestStep{
			Config:      env.Config("resource \"infisical_secret\" \"this\" {\n env_slug = \"dev\"\n name = \"" + c.name + "\"\n value = \"value\"\n}"),
			ExpectError: says(c.want + ": it was altered, damaged, or sealed under another key"),
		})
	}

	// A name that does not open cannot be told from any other: it hides from
	// its owner, and is reported where the whole folder is read.
	unnamed := env.Put("dev", "/", "NAMELESS", "value", "")
	unnamed.Key.Tag = flipped(unnamed.Key.Tag)
	env.Server.PutRecord(unnamed)

	tf := acctest.NewTerraform(t, env)
	tf.Write(`
data "infisical_secrets" "all" { env_slug = "dev" }
output "names" { value = data.infisical_secrets.all.names }
`)
	tf.Run("init", "-no-color")
	out := tf.Apply()
	if !regexp.MustCompile(`names\s+= toset\(\[\s+"GOOD",\s+\]\)`).MatchString(out) {
		t.Errorf("the other secret was not read:\n%s", out)
	}
	for _, want := range []string{"Secrets Left Out", `Secret "VALUE"`, `"COMMENT"`, "secret with id " + unnamed.ID} {
		if !strings.Contains(strings.ToLower(strings.Join(strings.Fields(out), " ")), strings.ToLower(want)) {
			t.Errorf("no warning names %q:\n%s", want, out)
		}
	}
}

// flipped changes one bit of a base64 text and leaves it base64.
func flipped(text *string) *string {
	other := map[bool]string{true: "B", false: "A"}[(*text)[0] == 'A'] + (*text)[1:]
	return &other
}

func TestServersThatDoNotAnswerAsInfisical(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		fault devserver.Fault
		want  string
	}{
		{"HTML", devserver.Fault{Status: 200, Header: http.Header{"Content-Type": {"text/html"}}, Body: "<!doctype html><title>Sign in</title>"}, "the answer is an HTML page, not JSON"},
		{"nothing", devserver.Fault{Status: 200, Header: http.Header{"Content-Type": {"application/json"}}}, "the answer is empty"},
		{"half a JSON", devserver.Fault{Rewrite: func(status int, body []byte) (int, []byte) { return status, body[:len(body)/2] }}, "the answer is not whole JSON"},
		{"another JSON", devserver.Fault{Status: 200, Body: `[1, 2]`}, "JSON of another shape"},
		{"hangs", devserver.Fault{HangBefore: true}, "it did not answer within 1s (request_timeout)"},
		{"cuts the connection", devserver.Fault{CutBefore: true}, "the connection was lost before the answer was complete"},
		{"redirects", devserver.Fault{Status: 302, Header: http.Header{"Location": {"https://login.example.com/"}}, Body: "x"}, "answers with a redirect, which is not followed"},
		{"fails", devserver.Fault{Status: 500, Body: `{"statusCode":500,"message":"Something went wrong","error":"Internal"}`}, "The server failed"},
		{"has no such address", devserver.Fault{Status: 404, Body: `{"statusCode":404,"message":"Route GET:/x not found","error":"Not Found"}`}, "does not know the address"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for _, route := range []string{"GET /api/v2/service-token", "GET /api/v1/workspace/:id", "GET /api/v3/secrets"} {
				if route == "GET /api/v1/workspace/:id" && c.name == "has no such address" {
					continue // a warning: TestProjectVersion
				}
				env := acctest.New(t)
				env.Server.InjectFault(func(r devserver.Request) *devserver.Fault {
					if r.Route == route {
						return &c.fault
					}
					return nil
				})
				play(t, resource.TestStep{
					Config:      env.Config(oneSecret, `request_timeout = "1s"`, "max_retries = 1"),
					ExpectError: says(c.want),
				})
				if writes := env.Writes(); len(writes) != 0 {
					t.Errorf("%s: something was written: %v", route, writes)
				}
			}
		})
	}
}

func TestServerThatIsNotThere(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	for _, c := range []struct{ host, want string }{
		{"http://127.0.0.1:1", "no connection to http://127.0.0.1:1: connection refused"},
		{"https://127.0.0.1:1", "no connection to https://127.0.0.1:1: connection refused"},
		{"http://infisical.example.com", "without TLS everyone on the way sees the token"},
		{"infisical.example.com", "host is not a URL"},
		{"ftp://infisical.example.com", "only https:// is possible"},
		{"https://user:word@infisical.example.com", "must not hold a user or password"},
	} {
		config := strings.Replace(env.Config(oneSecret, "max_retries = 0"), env.Server.URL(), c.host, 1)
		play(t, resource.TestStep{Config: config, ExpectError: says(c.want)})
	}
}

func TestProviderSaysHowItIsUsed(t *testing.T) {
	t.Parallel()
	tf := acctest.NewTerraform(t, nil)
	binary, err := exec.Command("find", tf.Dir, "-name", "terraform-provider-infisical*", "-type", "f").Output()
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(strings.Fields(string(binary))[0]).CombinedOutput()
	if err == nil || !strings.Contains(string(out), "This binary is a plugin") {
		t.Errorf("%v: %s", err, out)
	}
}
