package acctest

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"

	"github.com/google/uuid"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
)

// Vouched is a machine identity that may do everything, with the project key,
// and logs in by another's word. Its provider needs Environ, so it has to be a
// process of its own.
type Vouched struct {
	Credential
	ID      string
	Environ []string
	Words   []string // all that were taken so far

	env      *Env
	way      devserver.Way
	clientID string
	file     string // with the word of a cluster
}

const jwtVariable = "SOME_CI_JWT"

// Vouched makes an identity that logs in in that way.
func (e *Env) Vouched(way devserver.Way) *Vouched {
	e.T.Helper()
	v := &Vouched{env: e, way: way, file: filepath.Join(e.T.TempDir(), "token")}
	v.clientID, _ = e.Owner.Identity(devserver.Identity{Role: devserver.RoleAdmin})
	v.Replace()
	auth := map[devserver.Way]string{
		devserver.WayOIDC:       fmt.Sprintf("oidc = { identity_id = %q, token_environment_variable_name = %q }", v.ID, jwtVariable),
		devserver.WayKubernetes: fmt.Sprintf("kubernetes = { identity_id = %q, service_account_token_path = %q }", v.ID, v.file),
		devserver.WayAWS:        fmt.Sprintf("aws_iam = { identity_id = %q }", v.ID),
	}[way]
	v.Credential = Credential{"machine identity by " + string(way), e.identityHCL(auth)}
	return v
}

// Replace has another word be taken from now on, and puts it where the provider
// looks for it: in the file at once, in Environ for the next process.
func (v *Vouched) Replace() {
	v.env.T.Helper()
	word := newJWT()
	switch v.way {
	case devserver.WayOIDC:
		v.Environ = []string{jwtVariable + "=" + word}
	case devserver.WayKubernetes:
		if err := os.WriteFile(v.file, []byte(word+"\n"), 0o600); err != nil {
			v.env.T.Fatal(err)
		}
	case devserver.WayAWS:
		word = "AKIDEXAMPLE"
		v.Environ = AWSEnviron(word, v.env.Secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"), "eu-west-1")
	}
	v.Words = append(v.Words, word)
	v.ID = v.env.Server.Vouch(v.clientID, v.way, word)
}

// AWSEnviron keeps AWS's tools from looking anywhere else.
func AWSEnviron(keyID, secretKey, region string) []string {
	return []string{
		"AWS_CONFIG_FILE=/nowhere", "AWS_SHARED_CREDENTIALS_FILE=/nowhere", "AWS_EC2_METADATA_DISABLED=true",
		"AWS_ACCESS_KEY_ID=" + keyID, "AWS_SECRET_ACCESS_KEY=" + secretKey, "AWS_REGION=" + region,
	}
}

// AccessToken is a ready token of an identity that may do everything.
func (e *Env) AccessToken() Credential {
	e.T.Helper()
	clientID, _ := e.Owner.Identity(devserver.Identity{Role: devserver.RoleAdmin})
	return Credential{"access token", e.identityHCL(fmt.Sprintf("token = %q", e.Server.AccessToken(clientID)))}
}

func (e *Env) identityHCL(auth string) string {
	return fmt.Sprintf("auth = { %s }\n  project_key = %q\n  workspace_id = %q", auth, e.Owner.KeyText, e.Owner.Project.ID)
}

// newJWT has the form of one, which is all that the development server asks for.
func newJWT() string {
	part := base64.RawURLEncoding.EncodeToString
	return part([]byte(`{"alg":"RS256"}`)) + "." + part([]byte(`{"jti":"`+uuid.NewString()+`"}`)) + "." + part([]byte("signature"))
}
