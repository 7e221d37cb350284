package api

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"time"
)

// The ways in which a machine identity logs in. That of Universal Auth was
// recorded (PROTOCOL_V3 section 1); routes and bodies of the others were read in
// the public source of Infisical's server and of its Go client.

// organization has a login be in another organization than the one that the
// identity was made in (source: `organizationSlug`); most say none.
type organization struct {
	Slug string `json:"organizationSlug,omitempty"`
}

type universalAuthBody struct {
	ClientID     string `json:"clientId"`
	ClientSecret string `json:"clientSecret"`
	organization
}

func (b universalAuthBody) confidential() []string { return []string{b.ClientID, b.ClientSecret} }

// ByUniversalAuth is a machine identity with a client secret.
func ByUniversalAuth(clientID, clientSecret, organizationSlug string) Credential {
	return &login{way: "universal-auth", unchanging: true, now: time.Now, body: func(context.Context) (loginBody, error) {
		return universalAuthBody{clientID, clientSecret, organization{organizationSlug}}, nil
	}}
}

// Identity is who logs in by another's word.
type Identity struct{ ID, OrganizationSlug string }

type jwtBody struct {
	IdentityID string `json:"identityId"`
	JWT        string `json:"jwt"`
	organization
}

func (b jwtBody) confidential() []string { return []string{b.JWT} }

// ByOIDC is a machine identity that an OpenID Connect provider vouches
// for. jwt is asked for a token at each login.
func ByOIDC(who Identity, jwt func() (string, error)) Credential {
	return byJWT("oidc-auth", who, jwt)
}

// ByKubernetes is a machine identity that a cluster vouches for: jwt
// gives the token of a service account, and is asked at each login.
func ByKubernetes(who Identity, jwt func() (string, error)) Credential {
	return byJWT("kubernetes-auth", who, jwt)
}

func byJWT(way string, who Identity, jwt func() (string, error)) Credential {
	return &login{way: way, now: time.Now, body: func(context.Context) (loginBody, error) {
		token, err := jwt()
		if err != nil {
			return nil, err
		}
		return jwtBody{who.ID, token, organization{who.OrganizationSlug}}, nil
	}}
}

// SignedRequest is a request to AWS that the server sends for us, to learn from
// the answer who signed it.
type SignedRequest struct {
	Method, Body string
	Header       map[string]string
}

type awsBody struct {
	IdentityID string `json:"identityId"`
	Method     string `json:"iamHttpRequestMethod"`
	Body       string `json:"iamRequestBody"`    // base64
	Headers    string `json:"iamRequestHeaders"` // base64 of a JSON object
	organization
	secrets []string
}

func (b awsBody) confidential() []string { return b.secrets }

// ByAWS is a machine identity that AWS vouches for. sign is asked at
// each login: a signature is good for minutes.
func ByAWS(who Identity, sign func(ctx context.Context) (SignedRequest, error)) Credential {
	return &login{way: "aws-auth", now: time.Now, body: func(ctx context.Context) (loginBody, error) {
		signed, err := sign(ctx)
		if err != nil {
			return nil, err
		}
		header, err := json.Marshal(signed.Header)
		if err != nil {
			return nil, err
		}
		b := awsBody{
			IdentityID: who.ID, Method: signed.Method, organization: organization{who.OrganizationSlug},
			Body: base64.StdEncoding.EncodeToString([]byte(signed.Body)), Headers: base64.StdEncoding.EncodeToString(header),
		}
		b.secrets = []string{b.Headers}
		for _, name := range []string{"Authorization", "X-Amz-Security-Token"} {
			b.secrets = append(b.secrets, signed.Header[name])
		}
		return b, nil
	}}
}
