package e2ee

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"os"
	"testing"
)

// vectors is testdata/vectors.json: ciphertext that other clients made and a
// real server returned, with the plaintext that went in.
type vectors struct {
	ServiceToken     string            `json:"service_token"`
	ServiceTokenData map[string]any    `json:"service_token_data"`
	ProjectKey       string            `json:"project_key"`
	Records          []vectorsOfRecord `json:"records"`
}

type vectorsOfRecord struct {
	WrittenBy string         `json:"written_by"`
	Name      string         `json:"name"`
	Value     string         `json:"value"`
	Comment   *string        `json:"comment"`
	Record    map[string]any `json:"record"`
}

func readVectors(t *testing.T) vectors {
	t.Helper()
	raw, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	if len(v.Records) != 11 {
		t.Fatalf("%d records, want the 11 that were recorded", len(v.Records))
	}
	return v
}

// field reads one sealed field; ok is false where the record has none.
func field(t *testing.T, record map[string]any, ciphertext, iv, tag string) (s Sealed, ok bool) {
	t.Helper()
	decode := func(name string) []byte {
		text, isText := record[name].(string)
		if !isText {
			return nil
		}
		raw, err := base64.StdEncoding.Strict().DecodeString(text)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		return raw
	}
	s = Sealed{decode(ciphertext), decode(iv), decode(tag)}
	return s, s.IV != nil
}

func projectKey(t *testing.T, v vectors) Key {
	t.Helper()
	token, err := ParseServiceToken(v.ServiceToken)
	if err != nil {
		t.Fatal(err)
	}
	sealed, ok := field(t, v.ServiceTokenData, "encryptedKey", "iv", "tag")
	if !ok {
		t.Fatal("the token's data holds no sealed key")
	}
	key, err := token.Key().OpenKey(sealed)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestOpensWhatOtherClientsSealed(t *testing.T) {
	t.Parallel()
	v := readVectors(t)
	key := projectKey(t, v)

	if direct, err := ParseKey(v.ProjectKey); err != nil || !bytes.Equal(direct.material().bytes, key.material().bytes) {
		t.Fatal("the token's key opened to another project key than the recorded one")
	}
	for _, r := range v.Records {
		t.Run(r.Name, func(t *testing.T) {
			t.Parallel()
			check := func(what string, want *string, ciphertext, iv, tag string) {
				sealed, ok := field(t, r.Record, ciphertext, iv, tag)
				if !ok {
					if want != nil {
						t.Errorf("%s is missing", what)
					}
					return
				}
				if len(sealed.IV) == 0 && len(sealed.Tag) == 0 && len(sealed.Ciphertext) == 0 {
					return // three empty texts: one of the ways of saying "no comment"
				}
				got, err := key.Open(sealed)
				if err != nil {
					t.Errorf("%s: %v", what, err)
				} else if want == nil || string(got) != *want {
					t.Errorf("%s opens to something else than what went in", what)
				}
			}
			check("name", &r.Name, "secretKeyCiphertext", "secretKeyIV", "secretKeyTag")
			check("value", &r.Value, "secretValueCiphertext", "secretValueIV", "secretValueTag")
			check("comment", r.Comment, "secretCommentCiphertext", "secretCommentIV", "secretCommentTag")
		})
	}
}

func TestRefusesEveryFlippedBitOfARecordedField(t *testing.T) {
	t.Parallel()
	v := readVectors(t)
	key := projectKey(t, v)
	flips := 0
	for _, r := range v.Records {
		sealed, _ := field(t, r.Record, "secretValueCiphertext", "secretValueIV", "secretValueTag")
		if len(sealed.Ciphertext) > 200 {
			sealed.Ciphertext = sealed.Ciphertext[:200] // cut: itself a tampering
			if _, err := key.Open(sealed); !errors.Is(err, ErrNotAuthentic) {
				t.Errorf("%s: opens although its end was cut off", r.Name)
			}
			continue
		}
		for _, part := range [][]byte{sealed.Ciphertext, sealed.IV, sealed.Tag} {
			for i := range part {
				for bit := range 8 {
					part[i] ^= 1 << bit
					if plaintext, err := key.Open(sealed); !errors.Is(err, ErrNotAuthentic) || plaintext != nil {
						t.Errorf("%s: opens with a flipped bit", r.Name)
					}
					part[i] ^= 1 << bit
					flips++
				}
			}
		}
		if _, err := key.Open(sealed); err != nil {
			t.Errorf("%s: no longer opens although every bit was put back", r.Name)
		}
	}
	if flips < 2000 {
		t.Errorf("only %d bits were flipped", flips)
	}
}
