package seed

import (
	"crypto/ecdh"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"

	"golang.org/x/crypto/nacl/box"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
)

// APIKey invites a user of his own into the project and returns his API key and
// his private key: the 32 bytes of X25519 in base64. The server gets the project
// key boxed for him, and his public key (PROTOCOL section 18).
func (o *Owner) APIKey() (apiKey, privateKey string, err error) {
	public, private, err := box.GenerateKey(rand.Reader)
	if err != nil {
		return "", "", err
	}
	var nonce [24]byte
	_, _ = rand.Read(nonce[:])
	boxed := box.Seal(nil, []byte(o.KeyText), &nonce, public, o.own)

	user := o.Server.CreateUser(devserver.User{Email: "member@example.com", PublicKey: encode(public[:])})
	o.Server.AddMember(devserver.Member{
		ProjectID: o.Project.ID, UserID: user.ID,
		EncryptedKey: encode(boxed), Nonce: encode(nonce[:]), SenderPublicKey: encode(o.public[:]),
	})
	_, apiKey = o.Server.CreateAPIKey(devserver.APIKey{UserID: user.ID})
	return apiKey, encode(private[:]), nil
}

// Identity makes a machine identity, of the owner's project unless it says
// another, and returns what it logs in with. It gets no key.
func (o *Owner) Identity(i devserver.Identity) (clientID, clientSecret string) {
	if i.ProjectID == "" {
		i.ProjectID = o.Project.ID
	}
	return o.Server.CreateIdentity(i)
}

// ForgeKey boxes another project key for the user with that private key, as a
// server can that knows his public key: in the answer that holds the real one.
func ForgeKey(privateKey, keyText string) (devserver.Fault, error) {
	raw, err := base64.StdEncoding.DecodeString(privateKey)
	if err != nil {
		return devserver.Fault{}, err
	}
	private, err := ecdh.X25519().NewPrivateKey(raw)
	if err != nil {
		return devserver.Fault{}, err
	}
	user := [32]byte(private.PublicKey().Bytes())
	public, own, err := box.GenerateKey(rand.Reader)
	if err != nil {
		return devserver.Fault{}, err
	}
	var nonce [24]byte
	_, _ = rand.Read(nonce[:])
	boxed := box.Seal(nil, []byte(keyText), &nonce, &user, own)
	return devserver.Fault{Rewrite: func(status int, body []byte) (int, []byte) {
		var answer map[string]any
		if json.Unmarshal(body, &answer) != nil {
			return status, body
		}
		answer["encryptedKey"], answer["nonce"] = encode(boxed), encode(nonce[:])
		answer["sender"] = map[string]any{"publicKey": encode(public[:])}
		out, err := json.Marshal(answer)
		if err != nil {
			return status, body
		}
		return status, out
	}}, nil
}
