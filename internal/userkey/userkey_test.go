package userkey

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/e2ee"
)

// vector is testdata/user_key.json: a project key that another client boxed.
type vector struct {
	PrivateKey      string `json:"private_key"`
	Box             string `json:"encrypted_key"`
	Nonce           string `json:"nonce"`
	SenderPublicKey string `json:"sender_public_key"`
	ProjectKey      string `json:"project_key"`
}

func readVector(t *testing.T) (vector, PrivateKey) {
	t.Helper()
	raw, err := os.ReadFile("testdata/user_key.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vector
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	key, err := ParsePrivateKey(v.PrivateKey)
	if err != nil {
		t.Fatal(err)
	}
	return v, key
}

func TestABoxOfAnotherClientOpens(t *testing.T) {
	t.Parallel()
	v, private := readVector(t)
	key, err := private.OpenKey(v.Box, v.Nonce, v.SenderPublicKey)
	if err != nil {
		t.Fatal(err)
	}
	want, err := e2ee.ParseKey(v.ProjectKey)
	if err != nil {
		t.Fatal(err)
	}
	sealed, err := want.Seal([]byte("hello"))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := key.Open(sealed); err != nil || string(got) != "hello" {
		t.Errorf("the key in the box opens nothing that the project key sealed: %v", err)
	}
}

func TestEveryFlippedBitIsRefused(t *testing.T) {
	t.Parallel()
	v, private := readVector(t)
	for name, flip := range map[string]func(*vector) *string{
		"box":    func(v *vector) *string { return &v.Box },
		"nonce":  func(v *vector) *string { return &v.Nonce },
		"sender": func(v *vector) *string { return &v.SenderPublicKey },
	} {
		raw, err := base64.StdEncoding.DecodeString(*flip(&v))
		if err != nil {
			t.Fatal(err)
		}
		for i := range len(raw) * 8 {
			if name == "sender" && i == 0 {
				continue // X25519 does not look at the highest bit (RFC 7748 section 5)
			}
			changed, other := append([]byte{}, raw...), v
			changed[len(raw)-1-i/8] ^= 1 << (7 - i%8)
			*flip(&other) = base64.StdEncoding.EncodeToString(changed)
			if _, err := private.OpenKey(other.Box, other.Nonce, other.SenderPublicKey); !errors.Is(err, ErrBox) {
				t.Errorf("%s, bit %d: %v", name, i, err)
			}
		}
	}
}

func TestWrongShapesAreRefused(t *testing.T) {
	t.Parallel()
	v, private := readVector(t)
	for _, bad := range []string{"", "x", v.PrivateKey[:40], v.PrivateKey + "AAAA", strings.TrimRight(v.PrivateKey, "="), " " + v.PrivateKey, v.PrivateKey + "\n\x00"} {
		if _, err := ParsePrivateKey(bad); !errors.Is(err, ErrPrivateKey) {
			t.Errorf("a text of %d characters: %v", len(bad), err)
		}
	}
	for _, bad := range []string{"", "AA==", "***", v.Box + "AAAA"} {
		for i, parts := range [][3]string{{bad, v.Nonce, v.SenderPublicKey}, {v.Box, bad, v.SenderPublicKey}, {v.Box, v.Nonce, bad}} {
			if _, err := private.OpenKey(parts[0], parts[1], parts[2]); !errors.Is(err, ErrBox) {
				t.Errorf("part %d of %d characters: %v", i, len(bad), err)
			}
		}
	}
	if _, err := (PrivateKey{}).OpenKey(v.Box, v.Nonce, v.SenderPublicKey); err == nil {
		t.Error("no key opened a box")
	}
}

func TestAPrivateKeyPrintsNothing(t *testing.T) {
	t.Parallel()
	v, private := readVector(t)
	raw, _ := base64.StdEncoding.DecodeString(v.PrivateKey)
	text, err := json.Marshal(struct{ K PrivateKey }{private})
	if err != nil {
		t.Fatal(err)
	}
	for _, out := range []string{
		fmt.Sprintf("%v %+v %#v %s %x", private, private, private, private, private),
		fmt.Sprintf("%+v %#v", struct{ k PrivateKey }{private}, struct{ k PrivateKey }{private}), string(text),
	} {
		for _, secret := range []string{v.PrivateKey, string(raw), fmt.Sprintf("%x", raw)} {
			if strings.Contains(out, secret) {
				t.Error("it is printed")
			}
		}
	}
}
