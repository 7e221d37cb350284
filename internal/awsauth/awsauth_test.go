package awsauth

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

const (
	keyID  = "AKIDEXAMPLE"
	secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
)

// TestSignature makes the signature again as AWS describes it ("Signature
// Version 4"), from what is sent alone.
func TestSignature(t *testing.T) {
	t.Parallel()
	for _, session := range []string{"", "session-token"} {
		now := time.Date(2026, 11, 25, 7, 30, 0, 0, time.UTC)
		got, err := sign(t.Context(), aws.Credentials{AccessKeyID: keyID, SecretAccessKey: secret, SessionToken: session}, "eu-central-1", now)
		if err != nil {
			t.Fatal(err)
		}
		const scope = "20261125/eu-central-1/sts/aws4_request"
		before, signature, ok := strings.Cut(got.Header["Authorization"], ", Signature=")
		names, ok2 := strings.CutPrefix(before, "AWS4-HMAC-SHA256 Credential="+keyID+"/"+scope+", SignedHeaders=")
		if !ok || !ok2 || got.Method != http.MethodPost || got.Header["X-Amz-Date"] != "20261125T073000Z" || got.Header["X-Amz-Security-Token"] != session {
			t.Fatal("the request is not what AWS describes")
		}
		lower := map[string]string{}
		for name, value := range got.Header {
			lower[strings.ToLower(name)] = value
		}
		canonical := "POST\n/\n\n"
		for name := range strings.SplitSeq(names, ";") {
			canonical += name + ":" + lower[name] + "\n"
		}
		canonical += "\n" + names + "\n" + sum(got.Body)
		key := []byte("AWS4" + secret)
		for part := range strings.SplitSeq(scope, "/") {
			key = mac(key, part)
		}
		if want := hex.EncodeToString(mac(key, "AWS4-HMAC-SHA256\n20261125T073000Z\n"+scope+"\n"+sum(canonical))); signature != want {
			t.Errorf("session token %q: the signature is another", session)
		}
		for _, name := range []string{"host", "x-amz-date"} {
			if !strings.Contains(";"+names+";", ";"+name+";") {
				t.Errorf("%s is not signed", name)
			}
		}
		if lower["host"] != "sts.eu-central-1.amazonaws.com" || got.Body != "Action=GetCallerIdentity&Version=2011-06-15" {
			t.Error("it asks another question, or somebody else")
		}
	}
}

func sum(text string) string {
	hash := sha256.Sum256([]byte(text))
	return hex.EncodeToString(hash[:])
}

func mac(key []byte, text string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(text))
	return h.Sum(nil)
}

// TestSign takes what the environment says.
func TestSign(t *testing.T) {
	for name, value := range map[string]string{
		"AWS_CONFIG_FILE": "/nowhere", "AWS_SHARED_CREDENTIALS_FILE": "/nowhere", "AWS_EC2_METADATA_DISABLED": "true",
		"AWS_PROFILE": "", "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_REGION": "", "AWS_DEFAULT_REGION": "",
		"AWS_WEB_IDENTITY_TOKEN_FILE": "", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "", "AWS_CONTAINER_CREDENTIALS_FULL_URI": "",
	} {
		t.Setenv(name, value)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	if _, err := Sign(ctx); !errors.Is(err, ErrNoRegion) {
		t.Errorf("without a region: %v", err)
	}
	t.Setenv("AWS_REGION", "eu-west-1")
	if _, err := Sign(ctx); !errors.Is(err, ErrNoCredentials) {
		t.Errorf("without credentials: %v", err)
	}
	t.Setenv("AWS_ACCESS_KEY_ID", keyID)
	t.Setenv("AWS_SECRET_ACCESS_KEY", secret)
	got, err := Sign(ctx)
	if err != nil || !strings.Contains(got.Header["Authorization"], keyID) || got.Header["Host"] != "sts.eu-west-1.amazonaws.com" {
		t.Errorf("%v", err)
	}
	if strings.Contains(got.Header["Authorization"], secret) {
		t.Error("it holds the key")
	}
	t.Setenv("AWS_REGION", "eu west")
	if _, err := Sign(ctx); !errors.Is(err, ErrNoRegion) {
		t.Errorf("of a region that is none: %v", err)
	}
}
