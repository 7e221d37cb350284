package provider_test

import (
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
)

// matrix is each mode with each credential, in each era that had both.
var matrix = []struct {
	credential string
	of         func(*acctest.Env) acctest.Credential
	eras       []devserver.Era
	tells      bool // where it may go, so that infisical_service_token can say it
}{
	{"service token", (*acctest.Env).ServiceToken, devserver.Eras(), true},
	{"API key", (*acctest.Env).APIKey, []devserver.Era{devserver.Era2023June, devserver.Era2023November, devserver.Era2024May}, false},
	{"machine identity", (*acctest.Env).Identity, []devserver.Era{devserver.Era2024May, devserver.Era2024October}, false},
}

// TestLifecycleMatrix is the life of everything by every way in. The
// configuration is the same but for the provider block.
func TestLifecycleMatrix(t *testing.T) {
	t.Parallel()
	for _, way := range matrix {
		for _, era := range way.eras {
			for _, mode := range []string{"e2ee", "es"} {
				t.Run(fmt.Sprintf("%s, %s, %s", way.credential, era, mode), func(t *testing.T) {
					t.Parallel()
					env := newEra(t, era)
					if mode == "es" {
						env.SwitchToES()
					}
					hcl, path := everything, "/app"
					if era == devserver.Era2023June {
						hcl, path = everythingInJune2023, "/"
					}
					if !way.tells {
						hcl = strings.ReplaceAll(hcl, "data \"infisical_service_token\" \"this\" {}\n", "")
						hcl = strings.ReplaceAll(hcl, "data.infisical_service_token.this.can_write", "true")
					}
					life(t, env, path, hcl, way.of(env), fmt.Sprintf("encryption_mode = %q", mode))
					if raw := env.RawRequests() > 0; raw != (mode == "es") {
						t.Errorf("a raw endpoint was asked: %t", raw)
					}
				})
			}
		}
	}
}

// life creates, changes, reads back by an ephemeral resource, repairs and
// deletes everything, which is in that folder of dev.
func life(t *testing.T, env project, path, hcl string, credential acctest.Credential, settings ...string) {
	t.Helper()
	first, second := env.Secret("first canary"), env.Secret("second canary")
	want := func(value string) map[string]string {
		return map[string]string{
			"ONE": value + " one", "WRITE_ONLY": value + " write-only", "A": value + " A", "B": value + " B", "C": value + " C",
		}
	}
	tf := acctest.NewInProcess(t, nil)
	t.Cleanup(func() { // what it did not come to destroy; the server may be a real one
		if t.Failed() {
			_, _ = tf.Try("destroy", "-auto-approve", "-no-color")
		}
	})
	step := func(value, more string) {
		t.Helper()
		tf.Env = []string{"TF_VAR_value=" + value}
		tf.Write(env.Provider(credential, settings...) + hcl + more)
		tf.Apply()
		if err := holds(env, path, want(value))(nil); err != nil {
			t.Fatal(err)
		}
		if more == "" {
			if seen := tf.Run("output", "-raw", "seen"); seen != value+" one A,B,C,ONE,WRITE_ONLY "+path+" true" {
				t.Fatalf("it reads back something else: %q", seen)
			}
		}
		tf.PlanIsEmpty()
	}
	step(first, "")
	step(second, "")
	if path != "/" {
		step(second, opened)
	}
	// What others change or delete comes back, in one apply.
	env.Remove("dev", path, "A")
	env.Remove("dev", path, "ONE")
	env.Change("dev", path, "WRITE_ONLY", "by somebody else")
	step(second, "")
	tf.Run("destroy", "-auto-approve", "-no-color")
	if left := env.Read("dev", path); len(left) > 0 {
		t.Errorf("%d secrets are left after the destroy", len(left))
	}
}

// TestReal is the life of everything on a server that is named by the
// environment (make testacc-real).
func TestReal(t *testing.T) {
	server := acctest.NewReal(t)
	life(t, server, "/app", everything, server.Credential(), server.Mode())
}

// TestExactlyOneCredential: what is missing, doubled or half there is named.
func TestExactlyOneCredential(t *testing.T) {
	t.Parallel()
	const (
		apiKey   = `auth = { api_key = { api_key = "ak.7a1b2c3d-0000-4000-8000-000000000001.5f3e2d1c", private_key = "qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqo=" } }`
		identity = `auth = { universal = { client_id = "id", client_secret = "secret" } }`
		oidc     = `auth = { oidc = { identity_id = "0f0f7a8c-4a52-4b0e-9a3e-5b6c1d2e3f40" } }`
		pod      = `auth = { kubernetes = { identity_id = "0f0f7a8c-4a52-4b0e-9a3e-5b6c1d2e3f40" } }`
		aws      = `auth = { aws_iam = { identity_id = "0f0f7a8c-4a52-4b0e-9a3e-5b6c1d2e3f40" } }`
		ready    = `auth = { token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJwb2QifQ.c2lnbmF0dXJl" }`
		jwt      = "INFISICAL_AUTH_JWT=eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJwb2QifQ.c2lnbmF0dXJl"
		id       = "INFISICAL_MACHINE_IDENTITY_ID=0f0f7a8c-4a52-4b0e-9a3e-5b6c1d2e3f40"
		key      = "\nproject_key = \"0123456789abcdef0123456789abcdef\""
		place    = "\nworkspace_id = \"5f1efa06-83ef-4dd8-850d-24bdfbd77c03\""
	)
	for _, c := range []struct {
		name, provider string
		environment    []string
		want           string // "" = the plan goes through
	}{
		{"none", "", nil, "No credential is configured, so nothing can be read or written. Set service_token"},
		{"an empty auth", "auth = {}", []string{"INFISICAL_SERVICE_TOKEN=$TOKEN"}, "auth says of no credential which it is"},
		{"token and key", "service_token = \"$TOKEN\"\n" + apiKey, nil, "More than one credential is given: service_token, auth.api_key."},
		{"key and identity", `auth = { api_key = {}, universal = {} }`, nil, "More than one credential is given: auth.api_key, auth.universal."},
		{"two in the environment", "", []string{"INFISICAL_TOKEN=$TOKEN", "INFISICAL_UNIVERSAL_AUTH_CLIENT_ID=x"}, "More than one credential is given: INFISICAL_TOKEN, INFISICAL_UNIVERSAL_AUTH_CLIENT_ID."},
		{"one in the block beside others in the environment", `service_token = "$TOKEN"`, []string{"INFISICAL_API_KEY=x", "INFISICAL_UNIVERSAL_AUTH_CLIENT_ID=x", "INFISICAL_PROJECT_KEY=x"}, ""},
		{"no private key", `auth = { api_key = { api_key = "ak.x" } }` + place, nil, "auth.api_key.private_key is not set; without it the credential is not complete. Set it in the provider block, or INFISICAL_PRIVATE_KEY in the environment."},
		{"no client secret", "", []string{"INFISICAL_UNIVERSAL_AUTH_CLIENT_ID=x"}, "auth.universal.client_secret is not set"},
		{"an API key that is none", strings.Replace(apiKey, "ak.", "st.", 1) + place, nil, "auth.api_key.api_key cannot be used: it does not begin with `ak.`"},
		{"a private key that is none", strings.Replace(apiKey, "qqo=", "qq", 1) + place, nil, "auth.api_key.private_key cannot be used: a private key is 32 bytes in standard base64"},
		{"an API key of no project", apiKey, nil, "workspace_id is not set: an API key does not tell which project is meant."},
		{"an identity of no project", identity + "\nproject_key = \"0123456789abcdef0123456789abcdef\"", nil, "workspace_id is not set: a machine identity"},
		{"an identity without the key", identity + place, nil, "project_key is not set: in E2EE mode a machine identity needs it"},
		{"a project key that is none", identity + place + "\nproject_key = \"0123\"", nil, "project_key cannot be used: a key is exactly 32 hexadecimal characters"},
		{"a client id with a line feed", strings.Replace(identity, `"id"`, `"id\n"`, 1) + place, nil, "auth.universal.client_id cannot be used: it has white space in it"},
		{"an identity and a token", `auth = { oidc = {}, token = "x" }`, nil, "More than one credential is given: auth.oidc, auth.token."},
		{"a method that is none", "", []string{"INFISICAL_AUTH_METHOD=gcp"}, `INFISICAL_AUTH_METHOD is "gcp", and auth has no such part. Set it to one of api_key, universal, oidc, kubernetes, aws_iam, token`},
		{"a method beside others", key + place, []string{"INFISICAL_SERVICE_TOKEN=$TOKEN", "INFISICAL_API_KEY=x", "INFISICAL_AUTH_METHOD=oidc"}, "auth.oidc.identity_id is not set"},
		{"a method beside a block", `service_token = "$TOKEN"`, []string{"INFISICAL_AUTH_METHOD=oidc"}, ""},
		{"an id alone tells no method", "", []string{id, jwt}, "No credential is configured"},
		{"a method and no token", key + place, []string{id, "INFISICAL_AUTH_METHOD=oidc"}, "auth.oidc.token_environment_variable_name cannot be used: the environment variable INFISICAL_AUTH_JWT, in which it looks for the token, is not set"},
		{"a variable that is named in a variable", key + place, []string{id, "INFISICAL_AUTH_METHOD=oidc", "INFISICAL_OIDC_AUTH_TOKEN_KEY_NAME=OTHER"}, "the environment variable OTHER, in which it looks for the token, is not set"},
		{"the other name of that variable", key + place, []string{id, "INFISICAL_AUTH_METHOD=oidc", "INFISICAL_OIDC_AUTH_TOKEN_NAME=OTHER"}, "the environment variable OTHER, in which it looks for the token, is not set"},
		{"an identity id that is none", strings.Replace(oidc, "0f0f", "my-", 1) + key + place, []string{jwt}, "auth.oidc.identity_id cannot be used: it is no id of an identity"},
		{"a JSON web token that is none", oidc + key + place, []string{"INFISICAL_AUTH_JWT=0123456789abcdef"}, "what the environment variable INFISICAL_AUTH_JWT holds is no JSON web token"},
		{"OIDC without the key", oidc + place, []string{jwt}, "project_key is not set: in E2EE mode a machine identity needs it"},
		{"OIDC in ES mode without a key", oidc + place + "\nencryption_mode = \"es\"", []string{jwt}, "project_key is not set: in ES mode fingerprints of values are made with it"},
		{"OIDC of no project", oidc + key, []string{jwt}, "workspace_id is not set: a machine identity"},
		{"a pod's token and its file", strings.Replace(pod, "identity_id", `service_account_token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJwb2QifQ.c2lnbmF0dXJl", service_account_token_path = "/x", identity_id`, 1) + key + place, nil, "auth.kubernetes.service_account_token_path cannot be used: it is set beside service_account_token"},
		{"a pod's token that is none", pod + key + place, []string{"INFISICAL_KUBERNETES_SERVICE_ACCOUNT_TOKEN=0123456789abcdef"}, "auth.kubernetes.service_account_token cannot be used: it is no JSON web token"},
		{"a file beside a token in the environment", strings.Replace(pod, "identity_id", `service_account_token_path = "/no/where", identity_id`, 1) + key + place, []string{"INFISICAL_KUBERNETES_SERVICE_ACCOUNT_TOKEN=x"}, "There is no file /no/where, in which the provider looks for the service account's token: this does not run in a pod"},
		{"no pod", pod + key + place, nil, "There is no file /var/run/secrets/kubernetes.io/serviceaccount/token"},
		{"a file with something else", pod + key + place, []string{"INFISICAL_KUBERNETES_SERVICE_ACCOUNT_TOKEN_PATH=/etc/passwd"}, "The file /etc/passwd, in which the provider looks for the service account's token, holds no JSON web token"},
		{"AWS without a region", aws + key + place, acctest.AWSEnviron("AKIDEXAMPLE", "0123456789abcdef", ""), "No AWS region is set, and the signature of the login needs one. Set AWS_REGION"},
		{"AWS without credentials", aws + key + place, acctest.AWSEnviron("", "", "eu-west-1"), "No AWS credentials were found"},
		{"an access token that is none", strings.Replace(ready, "eyJ", "st.", 1) + key + place, nil, "auth.token cannot be used: it is no access token"},
		{"an access token in the environment", place, []string{"INFISICAL_TOKEN=eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJwb2QifQ.c2lnbmF0dXJl"}, "project_key is not set"},
		{"an organisation where nobody logs in", strings.Replace(ready, "token", `organization_slug = "x", token`, 1) + key + place, nil, "auth.organization_slug is set, and with auth.token nobody logs in"},
		{"a project key beside a token", "service_token = \"$TOKEN\"\nproject_key = \"0123456789abcdef0123456789abcdef\"", nil, "project_key is set, and service_token brings the project key already"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			token := strings.NewReplacer("$TOKEN", env.Token)
			s := newInstalledScene(t, env, "provider \"infisical\" {\n"+token.Replace(c.provider)+"\n}\n"+secretNamed("N", `value = "v"`))
			s.Env = []string{"INFISICAL_HOST=" + env.Server.URL()}
			for _, variable := range c.environment {
				s.Env = append(s.Env, token.Replace(variable))
			}
			out, err := s.Try("plan", "-no-color")
			if (err == nil) != (c.want == "") || c.want != "" && !says(c.want).MatchString(strings.ReplaceAll(out, "│", "")) {
				t.Errorf("%v\n%s", err, out)
			}
			for _, secret := range []string{env.Token, "qqqqqqqq", "0123456789abcdef", "5f3e2d1c", "c2lnbmF0dXJl", "root:"} {
				if strings.Contains(out, secret) {
					t.Error("the output holds a credential")
				}
			}
		})
	}
}

// TestUnknownCredential: resources are planned, readers say what is missing.
func TestUnknownCredential(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	const unknown = `
resource "terraform_data" "later" { input = "x" }
`
	for attribute, block := range map[string]string{
		"auth.universal.client_secret": `auth = { universal = { client_id = "id", client_secret = terraform_data.later.output } }`,
		"auth.api_key":                 `auth = { api_key = terraform_data.later.output == "x" ? null : {} }`,
		"auth.oidc":                    `auth = { oidc = terraform_data.later.output == "x" ? null : {} }`,
		"auth.kubernetes.service_account_token_path": `auth = { kubernetes = { service_account_token_path = terraform_data.later.output } }`,
		"auth.organization_slug":                     `auth = { organization_slug = terraform_data.later.output }`,
		"project_key":                                "auth = { universal = { client_id = \"id\", client_secret = \"s\" } }\n project_key = terraform_data.later.output",
	} {
		hcl := env.Provider(acctest.Credential{HCL: block}) + unknown
		play(
			t,
			resource.TestStep{Config: hcl + `data "infisical_secrets" "all" { env_slug = "dev" }`, ExpectError: says("the provider's " + attribute + " depends on a value that is known only after apply")},
			resource.TestStep{Config: hcl + secretNamed("N", `value = "v"`), PlanOnly: true, ExpectNonEmptyPlan: true},
		)
	}
}

// TestCredentialsSideBySide: three provider blocks, one project, one run. For
// each alias Terraform starts a provider of its own, so that these are installed.
func TestCredentialsSideBySide(t *testing.T) {
	t.Parallel()
	env := newEra(t, devserver.Era2024May)
	hcl := ""
	want := map[string]string{}
	for alias, credential := range map[string]acctest.Credential{"token": env.ServiceToken(), "key": env.APIKey(), "identity": env.Identity()} {
		hcl += env.Provider(credential, fmt.Sprintf("alias = %q", alias)) + fmt.Sprintf(`
resource "infisical_secret" %[1]q {
  provider = infisical.%[1]s
  env_slug = "dev"
  name     = upper(%[1]q)
  value    = "of %[1]s"
}
`, alias)
		want[strings.ToUpper(alias)] = "of " + alias
	}
	s := newInstalledScene(t, env, hcl)
	s.Env = nil
	s.Apply()
	if err := holds(env, "/", want)(nil); err != nil {
		t.Error(err)
	}
	s.PlanIsEmpty()

	authors := map[string]string{}
	for _, r := range env.Server.Requests() {
		name, isSecret := strings.CutPrefix(r.Path, "/api/v3/secrets/")
		if r.Method != http.MethodPost || !isSecret {
			continue
		}
		switch bearer := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "); {
		case r.Header.Get("X-API-Key") != "":
			authors[name] = "KEY"
		case strings.HasPrefix(bearer, "st."):
			authors[name] = "TOKEN"
		default:
			authors[name] = "IDENTITY"
		}
	}
	for name := range want {
		if authors[name] != name {
			t.Errorf("%s was written with the credential %s", name, authors[name])
		}
	}
}

// TestOneLogin: however many objects there are, and again only when the access
// token is no longer taken.
func TestOneLogin(t *testing.T) {
	t.Parallel()
	const login = "POST /api/v1/auth/universal-auth/login"
	for _, era := range []devserver.Era{devserver.Era2024May, devserver.Era2024October} {
		for name, lose := range map[string]func(*devserver.Server){"expired": (*devserver.Server).ExpireAccessTokens, "revoked": (*devserver.Server).RevokeAccessTokens} {
			t.Run(fmt.Sprint(era, " ", name), func(t *testing.T) {
				t.Parallel()
				env := newEra(t, era)
				hcl := env.ConfigAs(env.Identity(), manySecrets(20))
				lost := false
				remove := env.Server.InjectFault(func(r devserver.Request) *devserver.Fault {
					if strings.HasPrefix(r.Route, "POST /api/v3/secrets") && !lost { // amid the writes of the first run
						lost = true
						lose(env.Server)
					}
					return nil
				})
				defer remove()
				play(t, resource.TestStep{Config: hcl})
				if got := len(env.Read("dev", "/")); got != 0 {
					t.Errorf("%d secrets are left", got)
				}
				// Each of Terraform's runs configures the provider anew.
				runs := env.Routes()["GET /api/v1/workspace/:id"]
				if logins := env.Routes()[login]; !lost || logins != runs+1 {
					t.Errorf("%d logins in %d runs, one of which lost its token", logins, runs)
				}
			})
		}
	}
}

// TestLoginRefused says which of the two may be wrong, as far as the server
// tells.
func TestLoginRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		era          devserver.Era
		wrong, right string
	}{
		{devserver.Era2024October, "client_id", "The server knows no machine identity with this client id"},
		{devserver.Era2024October, "client_secret", "Which of the two is wrong it does not say"},
		{devserver.Era2024May, "client_id", "Which of the two is wrong it does not say"},
		{devserver.Era2024May, "client_secret", "Which of the two is wrong it does not say"},
	} {
		t.Run(fmt.Sprint(c.era, " ", c.wrong), func(t *testing.T) {
			t.Parallel()
			env := newEra(t, c.era)
			credential := env.Identity()
			credential.HCL = strings.Replace(credential.HCL, c.wrong+` = "`, c.wrong+` = "0`, 1)
			play(t, resource.TestStep{Config: env.ConfigAs(credential, simpleSecret), ExpectError: says(c.right)})
		})
	}
}

// TestFailedLoginOfMany: whatever a server has against it, it hears of it once.
func TestFailedLoginOfMany(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]devserver.Fault{
		"refused":  {Status: http.StatusUnauthorized, Body: `{"statusCode":401,"message":"Invalid credentials","error":"UnauthorizedError"}`},
		"no route": {Status: http.StatusNotFound, Body: `{"message":"Route POST:/api/v1/auth/universal-auth/login not found","error":"Not Found","statusCode":404}`},
		"a page":   {Status: http.StatusNotFound, Header: http.Header{"Content-Type": {"text/html"}}, Body: "<html>Not Found</html>"},
		"failed":   {Status: http.StatusInternalServerError, Body: `{"statusCode":500,"message":"Something went wrong","error":"InternalServerError"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := newEra(t, devserver.Era2024October)
			s := newInstalledScene(t, env, env.ConfigAs(env.Identity(), manySecrets(50)))
			defer env.Server.InjectFault(func(r devserver.Request) *devserver.Fault {
				if !strings.HasPrefix(r.Route, isLogin) {
					return nil
				}
				return &fault
			})()
			if out, err := s.Try("plan", "-no-color"); err == nil || logins(env) != 1 {
				t.Errorf("%d logins: %v\n%s", logins(env), err, out)
			}
		})
	}
}

// TestWrongProjectKey: nothing is sealed under a key that opens nothing there.
func TestWrongProjectKey(t *testing.T) {
	t.Parallel()
	env := newEra(t, devserver.Era2024October)
	env.Put("dev", "/", "THERE", "v", "")
	credential := env.Identity()
	credential.HCL = strings.Replace(credential.HCL, env.Owner.KeyText, strings.Repeat("a", 32), 1)
	play(
		t,
		resource.TestStep{Config: env.ConfigAs(credential, simpleSecret), ExpectError: says("The project key opens none of the secrets that are there (1)")},
		resource.TestStep{Config: env.ConfigAs(credential, `data "infisical_secrets" "all" { env_slug = "dev" }`), ExpectError: says("The project key opens none of the secrets that are there (1)")},
	)
	if len(env.Writes()) > 1 { // the logins
		t.Errorf("%v were sent", env.Writes())
	}
}

// TestPrivateKeyOfAnother: the API key is one user's, the private key another's.
func TestPrivateKeyOfAnother(t *testing.T) {
	t.Parallel()
	env := newEra(t, devserver.Era2024May)
	one, other := env.APIKey(), env.APIKey()
	private := func(c acctest.Credential) string { return strings.Split(c.HCL, `"`)[3] }
	one.HCL = strings.Replace(one.HCL, private(one), private(other), 1)
	play(t, resource.TestStep{Config: env.ConfigAs(one, simpleSecret), ExpectError: says("The private key does not open the project key that the server keeps for the user")})
}

const personal = `
resource "infisical_secret" "shared" {
  env_slug = "dev"
  name     = "N"
  value    = "everybody's"
}
resource "infisical_secret" "mine" {
  env_slug   = "dev"
  name       = "N"
  type       = "personal"
  value      = "%s"
  depends_on = [infisical_secret.shared]
}
resource "infisical_secret" "shared_2" {
  env_slug = "dev"
  name     = "M"
  value    = "everybody's too"
}
resource "infisical_secret" "mine_2" {
  env_slug = "dev"
  name     = infisical_secret.shared_2.name
  type     = "personal"
  value_wo = "mine too"
}
`

const overrides = `
data "infisical_secrets" "preferred" {
  env_slug           = "dev"
  personal_overrides = "prefer"
}
data "infisical_secrets" "ignored" {
  env_slug = "dev"
}
data "infisical_secret" "preferred" {
  env_slug           = "dev"
  name               = "N"
  personal_overrides = "prefer"
}
output "seen" {
  value = nonsensitive(join(" ", [
    data.infisical_secrets.preferred.values["N"], data.infisical_secrets.preferred.secrets["N"].secret_type,
    join(",", data.infisical_secrets.preferred.names), data.infisical_secrets.ignored.values["N"],
    join(",", data.infisical_secrets.ignored.names), data.infisical_secret.preferred.value, data.infisical_secret.preferred.secret_type,
  ]))
}
`

// TestPersonalSecrets: a user's own beside the shared ones, in both modes.
func TestPersonalSecrets(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"e2ee", "es"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			env := newEra(t, devserver.Era2024May)
			if mode == "es" {
				env.SwitchToES()
			}
			setting := fmt.Sprintf("encryption_mode = %q", mode)
			mine, other := env.APIKey(), env.APIKey()
			kinds := func() map[string]string {
				out := map[string]string{}
				for _, r := range env.Server.Records(env.Owner.Project.ID, "dev", "/") {
					value, err := env.Owner.Open(r.Value)
					if err != nil {
						t.Fatal(err)
					}
					out[r.Type+" "+r.BlindIndex] = value
				}
				return out
			}
			want := func(want map[string]string) {
				t.Helper()
				if got := kinds(); !maps.Equal(got, want) {
					t.Errorf("the server holds %v", got)
				}
			}
			play(
				t,
				resource.TestStep{Config: env.ConfigAs(mine, fmt.Sprintf(personal, "mine"), setting)},
				resource.TestStep{
					PreConfig: func() {
						want(map[string]string{"shared N": "everybody's", "personal N": "mine", "shared M": "everybody's too", "personal M": "mine too"})
					},
					Config: env.ConfigAs(mine, fmt.Sprintf(personal, "mine")+overrides, setting),
					Check:  resource.TestCheckOutput("seen", "mine personal M,N everybody's M,N mine personal"),
				},
				// A change, drift, and a deletion by the user elsewhere.
				resource.TestStep{Config: env.ConfigAs(mine, fmt.Sprintf(personal, "still mine"), setting)},
				resource.TestStep{
					PreConfig: func() {
						want(map[string]string{"shared N": "everybody's", "personal N": "still mine", "shared M": "everybody's too", "personal M": "mine too"})
						for _, r := range env.Server.Records(env.Owner.Project.ID, "dev", "/") {
							if r.Type == "personal" && r.BlindIndex == "N" {
								env.Server.DeleteRecord(env.Owner.Project.ID, r.ID)
							}
						}
					},
					Config: env.ConfigAs(mine, fmt.Sprintf(personal, "still mine"), setting),
				},
				// The server deletes it with the shared one: no error, and the rest stays.
				resource.TestStep{
					PreConfig: func() {
						want(map[string]string{"shared N": "everybody's", "personal N": "still mine", "shared M": "everybody's too", "personal M": "mine too"})
					},
					Config: env.ConfigAs(mine, strings.Split(fmt.Sprintf(personal, "still mine"), "resource \"infisical_secret\" \"shared_2\"")[0], setting),
				},
				resource.TestStep{
					PreConfig:   func() { want(map[string]string{"shared N": "everybody's", "personal N": "still mine"}) },
					Config:      env.ConfigAs(mine, secretNamed("ALONE", "type = \"personal\"\nvalue = \"v\""), setting),
					ExpectError: says("A personal secret stands beside a shared one of its name, and there is none."),
				},
			)
			want(map[string]string{})

			// Nobody else has them, and a service token none.
			env.Put("dev", "/", "N", "everybody's", "")
			for _, c := range []acctest.Credential{other, env.ServiceToken()} {
				play(t, resource.TestStep{
					Config: env.ConfigAs(c, overrides, setting),
					Check:  resource.TestCheckOutput("seen", "everybody's shared N everybody's N everybody's shared"),
				})
			}
			play(t, resource.TestStep{
				Config: env.ConfigAs(env.ServiceToken(), secretNamed("P", "type = \"personal\"\nvalue = \"v\""), setting), PlanOnly: true,
				ExpectError: says("A personal secret belongs to a user, and the provider's credential (service token) is none"),
			})
		})
	}
}

// TestHeldForApproval: 200, and nothing written; the state does not claim it.
func TestHeldForApproval(t *testing.T) {
	t.Parallel()
	env := newEra(t, devserver.Era2024May)
	env.Put("dev", "/", "TAKEN", "v", "")
	id := env.Owner.Project.ID
	key := env.APIKey()
	const waits = "The server holds the change for approval: nothing was written."
	many := bulk(`A = { value = "a" }
    B = { value = "b" }`)
	hold := func(on bool) func() { return func() { env.Server.HoldForApproval(id, "dev", on) } }
	play(
		t,
		resource.TestStep{PreConfig: hold(true), Config: env.ConfigAs(key, simpleSecret), ExpectError: says(waits)},
		resource.TestStep{Config: env.ConfigAs(key, many), ExpectError: says(waits)},
		resource.TestStep{
			PreConfig: func() {
				if got := env.Read("dev", "/"); len(got) != 1 {
					t.Errorf("the server holds %d secrets", len(got))
				}
				hold(false)()
			},
			Config: env.ConfigAs(key, simpleSecret+many),
		},
		resource.TestStep{PreConfig: hold(true), Config: env.ConfigAs(key, strings.Replace(simpleSecret, `"v"`, `"w"`, 1)+many), ExpectError: says(waits)},
		resource.TestStep{Config: env.ConfigAs(key, many), ExpectError: says(waits)}, // a delete
		resource.TestStep{PreConfig: hold(false), Config: env.ConfigAs(key, simpleSecret+many), PlanOnly: true},
	)
}

// TestServiceTokenOfAnotherCredential: the data source has nothing to tell of.
func TestServiceTokenOfAnotherCredential(t *testing.T) {
	t.Parallel()
	env := newEra(t, devserver.Era2024May)
	play(t, resource.TestStep{
		Config: env.ConfigAs(env.APIKey(), `data "infisical_service_token" "this" {}`), ExpectError: says("The provider is configured with another credential (API key)"),
	})
	if got := env.Routes(); len(got) > 0 {
		t.Errorf("it asked %v", slices.Sorted(maps.Keys(got)))
	}
}

// TestRightsOfOthers: what a role does not allow the server says, and the error
// names the credential.
func TestRightsOfOthers(t *testing.T) {
	t.Parallel()
	for _, era := range []devserver.Era{devserver.Era2024May, devserver.Era2024October} {
		t.Run(string(era), func(t *testing.T) {
			t.Parallel()
			env := newEra(t, era)
			env.Put("dev", "/", "THERE", "v", "")
			viewer, nobody := env.IdentityWith(devserver.Identity{Role: "viewer"}), env.IdentityWith(devserver.Identity{Role: "no-access"})
			other, err := seed.NewOwner(env.Server, devserver.Project{Name: "another"})
			if err != nil {
				t.Fatal(err)
			}
			elsewhere := env.Identity()
			elsewhere.HCL = strings.Replace(elsewhere.HCL, env.Owner.Project.ID, other.Project.ID, 1)
			play(
				t,
				resource.TestStep{Config: env.ConfigAs(viewer, simpleSecret), ExpectError: says("The machine identity may not do that in the folder / of environment \"dev\". Give the identity a role in the project that allows it.")},
				resource.TestStep{Config: env.ConfigAs(nobody, simpleSecret), ExpectError: says("The machine identity may not do that")},
				resource.TestStep{Config: env.ConfigAs(elsewhere, simpleSecret), ExpectError: says("The project that the configuration or the state names is not the machine identity's")},
				resource.TestStep{Config: env.ConfigAs(viewer, `data "infisical_secrets" "all" { env_slug = "dev" }`)},
			)
			if writes := env.Writes(); writes[http.MethodPatch]+writes[http.MethodDelete] > 0 || len(env.Read("dev", "/")) != 1 {
				t.Errorf("%v were sent", writes)
			}
		})
	}
}

// TestPersonalSecretHasAnotherName: the server renames shared secrets alone, so
// that it is made anew.
func TestPersonalSecretHasAnotherName(t *testing.T) {
	t.Parallel()
	env := newEra(t, devserver.Era2024May)
	key := env.APIKey()
	env.Put("dev", "/", "A", "v", "")
	env.Put("dev", "/", "B", "v", "")
	named := func(name string) string { return secretNamed(name, "type = \"personal\"\nvalue = \"mine\"") }
	run(
		t, env,
		resource.TestStep{Config: env.ConfigAs(key, named("A"))},
		resource.TestStep{Config: env.ConfigAs(key, named("B")), ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
			plancheck.ExpectResourceAction("infisical_secret.this", plancheck.ResourceActionDestroyBeforeCreate),
		}}},
	)
}

// TestTypeCannotBeChanged: shared and personal are two secrets, and to replace
// one by the other would delete what others use.
func TestTypeCannotBeChanged(t *testing.T) {
	t.Parallel()
	env := newEra(t, devserver.Era2024May)
	key := env.APIKey()
	typed := func(kind, more string) string {
		return env.ConfigAs(key, secretNamed("N", fmt.Sprintf("type = %q\nvalue = \"v\"\n%s", kind, more)))
	}
	play(
		t,
		resource.TestStep{Config: typed("shared", "")},
		resource.TestStep{Config: typed("personal", ""), ExpectError: says(`"N" is a shared secret and is to become a personal one. These are two secrets of one name`)},
		resource.TestStep{Config: typed("personal", "lifecycle { create_before_destroy = true }"), ExpectError: says("Type Cannot Be Changed")},
		resource.TestStep{Config: typed("shared", ""), PlanOnly: true},
	)
}

// TestPersonalSecretSeenByOthers: to them it is not there, which must not pass
// for a secret that is gone.
func TestPersonalSecretSeenByOthers(t *testing.T) {
	t.Parallel()
	env := newEra(t, devserver.Era2024May)
	mine, other := env.APIKey(), env.APIKey()
	env.Put("dev", "/", "N", "everybody's", "")
	hcl := secretNamed("N", "type = \"personal\"\nvalue = \"mine\"")
	held := func() int {
		count := 0
		for _, r := range env.Server.Records(env.Owner.Project.ID, "dev", "/") {
			if r.Type == "personal" {
				count++
			}
		}
		return count
	}
	play(
		t,
		resource.TestStep{Config: env.ConfigAs(mine, hcl)},
		resource.TestStep{Config: env.Config(hcl), ExpectError: says("It is a user's own, and the provider's credential (service token) cannot see it.")},
		resource.TestStep{Config: env.Config(""), ExpectError: says("It is a user's own, and the provider's credential (service token) cannot see it.")},
		resource.TestStep{Config: env.ConfigAs(other, hcl), ExpectError: says(`"N" is the personal secret of another user`)},
		resource.TestStep{Config: env.ConfigAs(other, ""), ExpectError: says(`"N" is the personal secret of another user`)},
		resource.TestStep{
			PreConfig: func() {
				if held() != 1 {
					t.Errorf("the server holds %d personal secrets", held())
				}
			},
			Config: env.ConfigAs(mine, hcl), PlanOnly: true,
		},
	)
}

// TestSharedSecretTakesPersonalOnesAlong: the server deletes them with it, and
// the run says so.
func TestSharedSecretTakesPersonalOnesAlong(t *testing.T) {
	t.Parallel()
	env := newEra(t, devserver.Era2024May)
	s := newInstalledScene(t, env, env.ConfigAs(env.APIKey(), strings.Split(fmt.Sprintf(personal, "mine"), "resource \"infisical_secret\" \"shared_2\"")[0]))
	s.Env = nil
	s.Apply()
	if out := s.Run("apply", "-auto-approve", "-no-color", "-replace=infisical_secret.shared"); !strings.Contains(out, "Personal Secret Deleted Along") {
		t.Errorf("the run does not say what it took along:\n%s", out)
	}
	s.Apply()
	s.PlanIsEmpty()
	if got := len(env.Server.Records(env.Owner.Project.ID, "dev", "/")); got != 2 {
		t.Errorf("the server holds %d secrets", got)
	}
}

// TestPersonalSecretThatExists: on a server an import by id is of the shared
// one, so none is offered.
func TestPersonalSecretThatExists(t *testing.T) {
	t.Parallel()
	env := newEra(t, devserver.Era2024May)
	key := env.APIKey()
	env.Put("dev", "/", "N", "everybody's", "")
	typed := func(name, value, more string) string {
		return env.ConfigAs(key, fmt.Sprintf("resource \"infisical_secret\" %q {\n  env_slug = \"dev\"\n  name = \"N\"\n  type = \"personal\"\n  value = %q\n  %s\n}\n", name, value, more))
	}
	forget := "removed {\n  from = infisical_secret.first\n  lifecycle { destroy = false }\n}\n"
	play(
		t,
		resource.TestStep{Config: typed("first", "mine", "")},
		resource.TestStep{Config: env.ConfigAs(key, forget)},
		resource.TestStep{Config: typed("second", "other", ""), ExpectError: regexp.MustCompile(`(?s)A\s+secret\s+of\s+this\s+name\s+is\s+there\s+already[^{]*on_existing\s+=\s+"adopt"\.\s*$`)},
		resource.TestStep{Config: typed("second", "other", `on_existing = "adopt"`)},
	)
}

// TestPersonalSecretsOf2023: they stand beside the shared ones, as everywhere.
func TestPersonalSecretsOf2023(t *testing.T) {
	t.Parallel()
	for _, era := range []devserver.Era{devserver.Era2023June, devserver.Era2023November} {
		env := newEra(t, era)
		key := env.APIKey()
		env.Put("dev", "/", "N", "everybody's", "")
		both := secretNamed("N", "type = \"personal\"\nvalue = \"mine\"") + `
data "infisical_secret" "shared" {
  env_slug   = "dev"
  name       = "N"
  depends_on = [infisical_secret.this]
}

output "shared" {
  value = nonsensitive(data.infisical_secret.shared.value)
}
`
		play(t, resource.TestStep{Config: env.ConfigAs(key, both), Check: resource.TestCheckOutput("shared", "everybody's")})
	}
}

// TestWrongProjectKeyInAnEmptyFolder: nothing there tells, and the environment
// does; one request more, once.
func TestWrongProjectKeyInAnEmptyFolder(t *testing.T) {
	t.Parallel()
	env := newEra(t, devserver.Era2024October)
	env.Server.CreateFolder(env.Owner.Project.ID, "dev", "/empty")
	env.Put("dev", "/elsewhere", "THERE", "v", "")
	right, wrong := env.Identity(), env.Identity()
	wrong.HCL = strings.Replace(wrong.HCL, env.Owner.KeyText, strings.Repeat("a", 32), 1)
	for _, hcl := range []string{
		strings.Replace(simpleSecret, `env_slug = "dev"`, "env_slug = \"dev\"\n  folder_path = \"/empty\"", 1),
		bulk(`A = { value = "a" }`, `folder_path = "/empty"`),
	} {
		play(
			t,
			resource.TestStep{Config: env.ConfigAs(wrong, hcl), ExpectError: says("The project key opens none of the secrets that are there (1)")},
			resource.TestStep{Config: env.ConfigAs(right, hcl)},
		)
	}
}

// TestRotatedClientSecretOfES: fingerprints are others under another secret,
// and nothing is written for that.
func TestRotatedClientSecretOfES(t *testing.T) {
	t.Parallel()
	env := newEra(t, devserver.Era2024October)
	env.SwitchToES()
	first, second := env.Identity(), env.Identity()
	config := func(c acctest.Credential, value string) string {
		c.HCL = strings.ReplaceAll(c.HCL, fmt.Sprintf("project_key = %q\n", env.Owner.KeyText), "")
		return env.ConfigAs(c, secretNamed("N", fmt.Sprintf("value_wo = %q\nvalue_wo_version = 1", value)), `encryption_mode = "es"`)
	}
	play(
		t,
		resource.TestStep{Config: config(first, "written")},
		resource.TestStep{Config: config(second, "rotated since"), Check: holds(env, "/", map[string]string{"N": "written"})},
		resource.TestStep{PreConfig: func() { env.Put("dev", "/", "N", "drifted", "") }, Config: config(second, "written anew"), Check: holds(env, "/", map[string]string{"N": "written anew"})},
	)
}
