package e2ee

import (
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

func FuzzParseServiceToken(f *testing.F) {
	f.Add(goodToken)
	f.Add("st...")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		token, err := ParseServiceToken(text)
		if err != nil {
			return
		}
		if !strings.HasPrefix(text, token.Bearer()+".") || strings.Count(token.Bearer(), ".") != 2 {
			t.Fatal("the bearer is not the first three parts")
		}
	})
}
