package main

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/nacl/box"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/e2ee"
)

const projectKey = "00112233445566778899aabbccddeeff"

// TestPrepare plays the server, which opens the new user's private key with the
// password, and boxes the project key for the user. The token that comes out
// must open the project for this module's own client.
func TestPrepare(t *testing.T) {
	t.Parallel()
	for _, version := range []int{1, 2} {
		testPrepare(t, version)
	}
}

func testPrepare(t *testing.T, version int) {
	t.Helper()
	server := httptest.NewServer(fakeServer(t, version))
	defer server.Close()

	made, err := prepare(context.Background(), server.URL+"/")
	if err != nil {
		t.Fatal(err)
	}
	if made.host != server.URL || made.projectID != "project" {
		t.Errorf("it made %q on %q", made.projectID, made.host)
	}
	token, err := e2ee.ParseServiceToken(made.serviceToken)
	if err != nil {
		t.Fatal(err)
	}
	if token.Bearer() != bearer {
		t.Error("the first three parts of the token are not those that the server gave")
	}
	key, err := token.Key().OpenKey(stored)
	if err != nil {
		t.Fatal(err)
	}
	of := projectKey
	if version == 1 {
		of = uploaded
	}
	want, err := e2ee.ParseKey(of)
	if err != nil {
		t.Fatal(err)
	}
	text, err := want.Seal([]byte("hello"))
	if err != nil {
		t.Fatal(err)
	}
	if opened, err := key.Open(text); err != nil || string(opened) != "hello" {
		t.Errorf("the token does not open the project: %v", err)
	}
}

func TestLateServersAreRefused(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(fakeServer(t, 3))
	defer server.Close()
	if _, err := prepare(context.Background(), server.URL); err == nil || !strings.Contains(err.Error(), "a project of version 3") {
		t.Errorf("the error is %v", err)
	}
}

func TestServersInUseAreRefused(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/status" {
			status(w, r)
			return
		}
		w.WriteHeader(http.StatusBadRequest)
		_, _ = w.Write([]byte(`{"message":"Admin account has already been set up"}`))
	}))
	defer server.Close()
	if _, err := prepare(context.Background(), server.URL); err == nil || !strings.Contains(err.Error(), "it has to be empty") || !strings.Contains(err.Error(), "already been set up") {
		t.Errorf("the error is %v", err)
	}
}

const bearer = "st.637e1097-3db5-4d8c-9f0a-3d1f6c1c9a11.00112233445566778899aabbccddeeff"

// What the server keeps of the token, and the key of a project of version 1.
// Only TestPrepare gets so far.
var (
	stored   e2ee.Sealed
	uploaded string
)

func status(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(`{"message":"Ok"}`)) }

func fakeServer(t *testing.T, version int) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/status", status)
	var publicKey, user *[32]byte
	handle := func(pattern, authorization string, answer func(body map[string]any) any) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if got := r.Header.Get("Authorization"); got != authorization {
				t.Errorf("%s: Authorization is %q, want %q", pattern, got, authorization)
			}
			var body map[string]any
			if r.Method != http.MethodGet {
				if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
					t.Error(err)
				}
			}
			_ = json.NewEncoder(w).Encode(answer(body))
		})
	}
	handle("POST /api/v1/admin/signup", "", func(body map[string]any) any {
		text := func(name string) string { s, _ := body[name].(string); return s }
		derived := argon2.IDKey([]byte(text("password")), []byte(text("salt")), 3, 64*1024, 1, 32)
		between, err := hex.DecodeString(open(t, derived, text("protectedKey"), text("protectedKeyIV"), text("protectedKeyTag")))
		if err != nil {
			t.Error(err)
		}
		private := decode(t, open(t, between, text("encryptedPrivateKey"), text("encryptedPrivateKeyIV"), text("encryptedPrivateKeyTag")))
		publicKey = (*[32]byte)(decode(t, text("publicKey")))
		probe, err := box.SealAnonymous(nil, []byte("probe"), publicKey, rand.Reader)
		if err != nil {
			t.Error(err)
		}
		if _, ok := box.OpenAnonymous(nil, probe, publicKey, (*[32]byte)(private)); !ok {
			t.Error("the private key that the password opens is not that of the public key")
		}
		user = (*[32]byte)(private)
		return map[string]any{"token": "first", "user": map[string]string{"id": "user"}, "organization": map[string]string{"id": "organization"}}
	})
	handle("POST /api/v3/auth/select-organization", "Bearer first", func(map[string]any) any {
		return map[string]string{"token": "second"}
	})
	handle("POST /api/v2/workspace", "Bearer second", func(map[string]any) any {
		return map[string]any{"project": map[string]any{"id": "project", "version": version}}
	})
	if version == 1 { // servers of later refuse both addresses
		handle("POST /api/v1/workspace", "Bearer second", func(map[string]any) any {
			return map[string]any{"workspace": map[string]any{"id": "project", "version": 1}}
		})
		handle("POST /api/v1/workspace/project/key", "Bearer second", func(body map[string]any) any {
			key, _ := body["key"].(map[string]any)
			text := func(name string) []byte { s, _ := key[name].(string); return decode(t, s) }
			opened, ok := box.Open(nil, text("encryptedKey"), (*[24]byte)(text("nonce")), publicKey, user)
			if !ok || key["userId"] != "user" {
				t.Error("the key of the project is not boxed for the user")
			}
			uploaded = string(opened)
			return map[string]string{"message": "ok"}
		})
	}
	handle("GET /api/v2/workspace/project/encrypted-key", "Bearer second", func(map[string]any) any {
		senderPublic, senderPrivate, err := box.GenerateKey(rand.Reader)
		if err != nil {
			t.Error(err)
		}
		var nonce [24]byte
		sealed := box.Seal(nil, []byte(projectKey), &nonce, publicKey, senderPrivate)
		encode := base64.StdEncoding.EncodeToString
		return map[string]any{"encryptedKey": encode(sealed), "nonce": encode(nonce[:]), "sender": map[string]string{"publicKey": encode(senderPublic[:])}}
	})
	handle("POST /api/v2/service-token", "Bearer second", func(body map[string]any) any {
		if expires, there := body["expiresIn"]; !there || expires != nil {
			t.Error("expiresIn must be there, and null")
		}
		text := func(name string) []byte { s, _ := body[name].(string); return decode(t, s) }
		stored = e2ee.Sealed{Ciphertext: text("encryptedKey"), IV: text("iv"), Tag: text("tag")}
		return map[string]string{"serviceToken": bearer}
	})
	return mux
}

func open(t *testing.T, key []byte, ciphertext, iv, tag string) string {
	t.Helper()
	block, err := aes.NewCipher(key)
	if err != nil {
		t.Error(err)
		return ""
	}
	gcm, err := cipher.NewGCMWithNonceSize(block, 16)
	if err != nil {
		t.Error(err)
		return ""
	}
	plain, err := gcm.Open(nil, decode(t, iv), append(decode(t, ciphertext), decode(t, tag)...), nil)
	if err != nil {
		t.Error(err)
	}
	return string(plain)
}

func decode(t *testing.T, text string) []byte {
	t.Helper()
	raw, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Error(err)
	}
	return raw
}
