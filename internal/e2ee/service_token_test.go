package e2ee

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

const (
	tokenID     = "f126ad6c-336e-43b7-a3b6-931ff274ec95"
	tokenSecret = "45eca005fa3d4a38992e475dbdda606a"
	tokenKey    = "ac7bde86f59c83e225fbeba99aae632e"
	goodToken   = "st." + tokenID + "." + tokenSecret + "." + tokenKey
)

func TestBearerHasThreePartsAndNotTheKey(t *testing.T) {
	t.Parallel()
	for _, id := range []string{tokenID, "64a1b2c3d4e5f60718293a4b"} {
		token, err := ParseServiceToken("st." + id + "." + tokenSecret + "." + tokenKey)
		if err != nil {
			t.Fatal(err)
		}
		if got, want := token.Bearer(), "st."+id+"."+tokenSecret; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if (ServiceToken{}).Bearer() != "" {
		t.Error("the zero token has a bearer")
	}
}

func TestMalformedTokensAreNamedByTheirPartAndNotQuoted(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ about, text, want string }{
		{"empty", "", "empty"},
		{"blank behind", goodToken + "\n", "white space"},
		{"another kind of token", "eyJhbGciOi." + tokenSecret + "." + tokenKey + ".x", "`st.`"},
		{"no key", "st." + tokenID + "." + tokenSecret, "fourth part"},
		{"no key and no secret", "st." + tokenID, "2 parts"},
		{"a part too many", goodToken + ".x", "5 parts"},
		{"id", "st.nope." + tokenSecret + "." + tokenKey, "second part"},
		{"id with a bad group", "st.f126ad6c-336e-43b7-a3b6-931ff274ec9g." + tokenSecret + "." + tokenKey, "second part"},
		{"empty secret", "st." + tokenID + ".." + tokenKey, "third part"},
		{"secret", "st." + tokenID + ".xyz." + tokenKey, "third part"},
		{"empty key", "st." + tokenID + "." + tokenSecret + ".", "fourth part"},
		{"short key", "st." + tokenID + "." + tokenSecret + "." + tokenKey[1:], "fourth part"},
	} {
		t.Run(c.about, func(t *testing.T) {
			t.Parallel()
			_, err := ParseServiceToken(c.text)
			if err == nil {
				t.Fatal("was taken")
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("%q does not say %q", err, c.want)
			}
			for _, part := range strings.Split(c.text, ".") {
				if len(part) > 4 && strings.Contains(err.Error(), strings.TrimSpace(part)) {
					t.Error("the error quotes the token")
				}
			}
		})
	}
}

// TestTokenWithoutAKey: where nothing is opened with it the fourth part may be
// missing. One that is there is no less a key for that, and is never sent.
func TestTokenWithoutAKey(t *testing.T) {
	t.Parallel()
	const three = "st." + tokenID + "." + tokenSecret
	for _, text := range []string{three, three + "."} {
		token, err := ParseServiceTokenOfThreeParts(text)
		if err != nil || token.Bearer() != three || token.Key().ID() != "" {
			t.Errorf("%q: %v", token.Bearer(), err)
		}
	}
	token, err := ParseServiceTokenOfThreeParts(goodToken)
	if err != nil || token.Bearer() != three || token.Key().ID() != mustKey(t, tokenKey).ID() {
		t.Errorf("%q: %v", token.Bearer(), err)
	}
	for text, want := range map[string]string{
		"":                          "empty",
		"st." + tokenID:             "2 parts",
		goodToken + ".x":            "5 parts",
		three + ".0":                "fourth part",
		"st.nope." + tokenSecret:    "second part",
		"st." + tokenID + ".secret": "third part",
	} {
		if _, err := ParseServiceTokenOfThreeParts(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// tokenForm is PROTOCOL section 17 in another notation than the parser's.
var tokenForm = regexp.MustCompile(`^st\.([0-9a-fA-F]{24}|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})\.[0-9a-fA-F]+\.[0-9a-fA-F]{32}$`)

// tokenError is all that the parser may say: nothing in it is of the token.
var tokenError = regexp.MustCompile("^it (is empty|has white space around it|does not begin with `st.`|has \\d+ parts separated by dots instead of 4)$|" +
	"^its fourth part, the decryption key, is missing: copy the whole token as it was shown when it was made$|" +
	"^its second part, the token's id, is no UUID$|^its third part, the token's secret, is not hexadecimal$|" +
	"^its fourth part is not a decryption key: a key is exactly 32 hexadecimal characters$")

func FuzzParseServiceToken(f *testing.F) {
	for _, seed := range []string{
		goodToken, strings.ToUpper(goodToken), "st.64a1b2c3d4e5f60718293a4b." + tokenSecret + "." + tokenKey,
		"st." + tokenID + "." + tokenSecret, goodToken + "\n", goodToken + ".x", "st." + tokenID + ".." + tokenKey, "st...", "",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		token, err := ParseServiceToken(text)
		if (err == nil) != tokenForm.MatchString(text) {
			t.Fatalf("taken for something else than it is: %v", err)
		}
		if err != nil {
			if !tokenError.MatchString(err.Error()) {
				t.Fatal("an error of another form")
			}
			if token.Bearer() != "" {
				t.Fatal("a token was returned with the error")
			}
			return
		}
		if token.Bearer() != text[:strings.LastIndex(text, ".")] {
			t.Fatal("the bearer is not the first three parts")
		}
		if printed := fmt.Sprintf("%v %+v %#v %s %x", token, token, token, token.Key(), token); printed != strings.Repeat(redacted+" ", 4)+redacted {
			t.Fatal("a token prints more than its redaction")
		}
	})
}
