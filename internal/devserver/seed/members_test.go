package seed_test

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/crypto/nacl/box"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
)

func newOwner(t *testing.T) *seed.Owner {
	t.Helper()
	server, err := devserver.Start(devserver.Options{Era: devserver.Era2024October})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	owner, err := seed.NewOwner(server, devserver.Project{Name: "members"})
	if err != nil {
		t.Fatal(err)
	}
	return owner
}

// TestAPIKeyOpensTheProjectKey goes the way of a client: only what the server
// answers and the user's private key.
func TestAPIKeyOpensTheProjectKey(t *testing.T) {
	t.Parallel()
	owner := newOwner(t)
	apiKey, privateKey, err := owner.APIKey()
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequest(http.MethodGet, owner.Server.URL()+"/api/v2/workspace/"+owner.Project.ID+"/encrypted-key", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("X-API-Key", apiKey)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var got struct {
		EncryptedKey, Nonce string
		Sender              struct{ PublicKey string }
	}
	if err := json.NewDecoder(resp.Body).Decode(&got); err != nil {
		t.Fatal(err)
	}
	decode := func(text string, bytes int) []byte {
		raw, err := base64.StdEncoding.DecodeString(text)
		if err != nil || bytes > 0 && len(raw) != bytes {
			t.Fatalf("%d bytes, want %d: %v", len(raw), bytes, err)
		}
		return raw
	}
	nonce, sender, own := [24]byte(decode(got.Nonce, 24)), [32]byte(decode(got.Sender.PublicKey, 32)), [32]byte(decode(privateKey, 32))
	key, ok := box.Open(nil, decode(got.EncryptedKey, 0), &nonce, &sender, &own)
	if !ok || string(key) != owner.KeyText {
		t.Error("the box does not hold the project key")
	}
}

func TestIdentityOfTheProject(t *testing.T) {
	t.Parallel()
	owner := newOwner(t)
	id, secret := owner.Identity(devserver.Identity{Role: devserver.RoleViewer})
	body := strings.NewReader(`{"clientId":"` + id + `","clientSecret":"` + secret + `"}`)
	resp, err := http.Post(owner.Server.URL()+"/api/v1/auth/universal-auth/login", "application/json", body)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	var got struct{ AccessToken string }
	if err := json.NewDecoder(resp.Body).Decode(&got); err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequest(http.MethodGet, owner.Server.URL()+"/api/v1/workspace/"+owner.Project.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+got.AccessToken)
	seen, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = seen.Body.Close() }()
	if seen.StatusCode != http.StatusOK {
		t.Errorf("status %d", seen.StatusCode)
	}
}
