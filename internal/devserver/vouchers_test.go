package devserver

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestLoginByJWT(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{Era: Era2024October, RateLimit: 1000}, Project{})
	client, secret := w.CreateIdentity(Identity{ProjectID: w.project.ID, AccessTokenTTL: time.Hour})
	id := w.Vouch(client, WayOIDC, "old")
	w.Vouch(client, WayOIDC, "new")
	w.Vouch(client, WayKubernetes, "pod")
	by := func(way, id, jwt string) reply {
		t.Helper()
		return w.as("").do("POST", "/api/v1/auth/"+way+"-auth/login", map[string]any{"identityId": id, "jwt": jwt})
	}
	r := by("oidc", id, "new")
	w.want(r, 200, nil)
	if r.body["expiresIn"] != 3600.0 || r.body["tokenType"] != "Bearer" {
		t.Errorf("%s", r.raw)
	}
	w.want(w.as(r.body["accessToken"].(string)).list("/", ""), 200, nil)
	w.want(by("kubernetes", id, "pod"), 200, nil)
	w.want(w.login(client, secret), 200, nil)

	w.want(by("oidc", id, "old"), 403, "Your token has expired. Please re-authenticate.")
	w.want(by("oidc", id, "pod"), 401, "Access denied: OIDC audience not allowed.")
	w.want(by("kubernetes", id, "new"), 401, "Kubernetes token not authenticated")
	other, _ := w.CreateIdentity(Identity{})
	w.want(by("kubernetes", w.Vouch(other, WayOIDC, "x"), "x"), 404, "Kubernetes auth method not found for identity, did you configure Kubernetes auth?")
	w.want(by("oidc", client, "new"), 404, "OIDC auth method not found for identity, did you configure OIDC auth?")
	w.want(by("oidc", "a name", "new"), 500, somethingWrong)
	w.want(w.as("").do("POST", "/api/v1/auth/oidc-auth/login", map[string]any{"identityId": id}), 401, nil)

	may := newWorld(t, Options{}, Project{})
	may.want(may.as("").do("POST", "/api/v1/auth/oidc-auth/login", map[string]any{"identityId": id, "jwt": "x"}), 403, accessDenied)
	old := newWorld(t, Options{Era: Era2023November}, Project{})
	old.want(old.as("").do("POST", "/api/v1/auth/oidc-auth/login", map[string]any{"identityId": id, "jwt": "x"}), 404, nil)
}

func TestLoginByAWS(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{Era: Era2024October, RateLimit: 1000}, Project{})
	client, _ := w.CreateIdentity(Identity{ProjectID: w.project.ID})
	id := w.Vouch(client, WayAWS, "AKIDEXAMPLE")
	now := time.Now().UTC().Format("20060102T150405Z")
	header := func(change ...string) map[string]string {
		h := map[string]string{
			"Host": "sts.eu-west-1.amazonaws.com", "X-Amz-Date": now,
			"Authorization": "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/" + now[:8] + "/eu-west-1/sts/aws4_request, SignedHeaders=content-length;host;x-amz-date, Signature=" + strings.Repeat("0f", 32),
		}
		for i := 0; i < len(change); i += 3 {
			h[change[i]] = strings.ReplaceAll(h[change[i]], change[i+1], change[i+2])
		}
		return h
	}
	by := func(id, body string, header map[string]string) reply {
		t.Helper()
		raw, err := json.Marshal(header)
		if err != nil {
			t.Fatal(err)
		}
		return w.as("").do("POST", "/api/v1/auth/aws-auth/login", map[string]any{
			"identityId": id, "iamHttpRequestMethod": "POST",
			"iamRequestBody": base64.StdEncoding.EncodeToString([]byte(body)), "iamRequestHeaders": base64.StdEncoding.EncodeToString(raw),
		})
	}
	const asks = "Action=GetCallerIdentity&Version=2011-06-15"
	w.want(by(id, asks, header()), 200, nil)
	w.want(by(id, asks, header("Authorization", "AKIDEXAMPLE", "AKIDOTHER")), 401, "Access denied: AWS principal ARN not allowed.")
	w.want(by(client, asks, header()), 404, "AWS auth method not found for identity, did you configure AWS auth?")
	for name, r := range map[string]reply{
		"another question":  by(id, "Action=ListUsers", header()),
		"not signed":        by(id, asks, header("Authorization", "Signature", "Nothing")),
		"of another host":   by(id, asks, header("Host", "eu-west-1", "us-east-1")),
		"host not signed":   by(id, asks, header("Authorization", "host;", "")),
		"of another day":    by(id, asks, header("X-Amz-Date", now[:4], "1999", "Authorization", "/"+now[:4], "/1999")),
		"of another region": by(id, asks, header("Authorization", "eu-west-1", "eu_west")),
	} {
		if r.status != 500 {
			t.Errorf("%s: %d", name, r.status)
		}
	}
}
