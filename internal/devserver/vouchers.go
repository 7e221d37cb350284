package devserver

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Way is how a machine identity can log in by the word of somebody else whom
// the server trusts. All of it is from the server's source; it came in the course
// of 2024, and is played from May on.
type Way string

// The ways, under the names that the web application shows.
const (
	WayOIDC       Way = "OIDC"
	WayKubernetes Way = "Kubernetes"
	WayAWS        Way = "AWS"
)

// voucher is what is taken as that word. No provider and no cluster is asked: a
// JSON web token is good if a test said so, and one that was replaced since is
// taken for expired.
type voucher struct {
	now     string // a JSON web token, or an AWS access key id
	expired []string
}

// Vouch has an identity log in by that word: a JSON web token, or for WayAWS a
// request signed with that access key id. It replaces an earlier one. It returns
// the identity's id, which such logins name; "" for an unknown client id.
func (s *Server) Vouch(clientID string, way Way, word string) (identityID string) {
	s.editIdentity(clientID, func(i *identity) {
		identityID = i.id
		before := i.vouched[way]
		i.vouched[way] = voucher{word, append(slices.Clone(before.expired), before.now)}
	})
	return identityID
}

// vouchedFor finds the identity with that id and way. The caller holds the lock.
func (s *state) vouchedFor(id string, way Way, era Era) (*identity, voucher, error) {
	for _, i := range s.identities {
		if word, ok := i.vouched[way]; ok && i.id == id {
			return i, word, nil
		}
	}
	if uuid.Validate(id) != nil { // PostgreSQL is asked for an id of another type
		return nil, voucher{}, internal(somethingWrong)
	}
	if era.sinceOctober() {
		return nil, voucher{}, &failure{
			Status: http.StatusNotFound, Label: "NotFound",
			Message: string(way) + " auth method not found for identity, did you configure " + string(way) + " auth?",
		}
	}
	return nil, voucher{}, unauthorized(accessDenied)
}

// loginByJWT is POST /api/v1/auth/oidc-auth/login and …/kubernetes-auth/login.
func loginByJWT(way Way) func(c *call) (any, error) {
	return func(c *call) (any, error) {
		f := newForm(c.body)
		id, token := f.text("identityId"), f.text("jwt")
		if err := f.err(); err != nil {
			return nil, err
		}
		c.server.mu.Lock()
		defer c.server.mu.Unlock()
		i, word, err := c.server.vouchedFor(id, way, c.server.era)
		switch {
		case err != nil:
			return nil, err
		case token == word.now:
			return i.login(c.server.newAccessToken(i)), nil
		case way == WayKubernetes: // the cluster says no more
			return nil, unauthorized("Kubernetes token not authenticated")
		case slices.Contains(word.expired, token):
			return nil, internal("jwt expired")
		}
		return nil, unauthorized("Access denied: OIDC audience not allowed.")
	}
}

var awsAuthorization = regexp.MustCompile(`^AWS4-HMAC-SHA256 Credential=([A-Z0-9]+)/(\d{8})/([a-z0-9-]{1,20})/sts/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=[0-9a-f]{64}$`)

// loginByAWS is POST /api/v1/auth/aws-auth/login. The real server sends the
// request on to AWS. This one looks at everything but the signature itself, which
// takes the secret key; an answer of AWS other than 200 is a failure of the
// server.
func loginByAWS(c *call) (any, error) {
	f := newForm(c.body)
	id, method := f.text("identityId"), f.text("iamHttpRequestMethod")
	rawBody, rawHeaders := f.text("iamRequestBody"), f.text("iamRequestHeaders")
	if err := f.err(); err != nil {
		return nil, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	i, word, err := c.server.vouchedFor(id, WayAWS, c.server.era)
	if err != nil {
		return nil, err
	}
	keyID, ok := signer(method, rawBody, rawHeaders)
	if !ok {
		return nil, internal(somethingWrong)
	}
	if keyID != word.now {
		return nil, unauthorized("Access denied: AWS principal ARN not allowed.")
	}
	return i.login(c.server.newAccessToken(i)), nil
}

// signer is the access key id of a signed request for the caller's identity.
func signer(method, rawBody, rawHeaders string) (keyID string, ok bool) {
	body, err := base64.StdEncoding.DecodeString(rawBody)
	header, err2 := base64.StdEncoding.DecodeString(rawHeaders)
	said := map[string]string{}
	if err != nil || err2 != nil || json.Unmarshal(header, &said) != nil || method != http.MethodPost || string(body) != "Action=GetCallerIdentity&Version=2011-06-15" {
		return "", false
	}
	signed := awsAuthorization.FindStringSubmatch(said["Authorization"])
	if signed == nil {
		return "", false
	}
	at, err := time.Parse("20060102T150405Z", said["X-Amz-Date"])
	names := strings.Split(signed[4], ";")
	return signed[1], err == nil && time.Since(at).Abs() < 5*time.Minute && strings.HasPrefix(said["X-Amz-Date"], signed[2]) &&
		said["Host"] == "sts."+signed[3]+".amazonaws.com" && slices.Contains(names, "host") && slices.Contains(names, "x-amz-date")
}
