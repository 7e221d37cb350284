package dotenv_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/dotenv"
)

// decodeError is all that Decode may say: nothing in it is of the text.
var decodeError = regexp.MustCompile(`^line \d+: (it holds no ` + "`=`" + `|it holds a NUL byte, which no environment variable can|` +
	`what stands before its ` + "`=`" + ` is no name: letters A-Z and a-z, digits, underscore, dash and dot, the first a letter, digit or underscore|` +
	`its quote is not closed|there is something behind the closing quote; a comment there begins with a blank and ` + "`#`" + `|` +
	`it holds a carriage return that is not at its end; between double quotes write it as \\r|it sets the same name as line \d+)$`)

// FuzzDotenv has one input be a file and two be values.
func FuzzDotenv(f *testing.F) {
	f.Add("A=1\nexport B = 'x' # c\n\n# d\nC=\"\\n\\$\"\r\n", "plain", "")
	f.Add("A=`'\"`\nA=2", "it's", "C:\\dir\\")
	f.Add("\ufeffA='1\n2'x", "a\r\nb\r", " # \"")
	f.Add("A=\"\\", "`$(id)` ${X}", "\\\"\\'\\`\\$\\n")
	f.Add("=\x00", "\x00", "\xff\u00a0\t")
	f.Fuzz(func(t *testing.T, text, first, second string) {
		pairs, err := dotenv.Decode(text)
		if err != nil && !decodeError.MatchString(err.Error()) {
			t.Fatalf("an error of another form: %v", err)
		}
		if err == nil {
			comesBack(t, pairs)
		}
		if !strings.ContainsRune(first+second, 0) {
			comesBack(t, []dotenv.Pair{{Name: "A", Value: first}, {Name: "B", Value: second}})
		} else if text, err := dotenv.Encode([]dotenv.Pair{{Name: "A", Value: first + second}}); err == nil {
			t.Fatalf("a NUL byte was written: %q", text)
		}
	})
}

// comesBack writes the pairs and reads them again, also from a file whose line
// ends somebody changed.
func comesBack(t *testing.T, pairs []dotenv.Pair) {
	t.Helper()
	text, err := dotenv.Encode(pairs)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{text, strings.ReplaceAll(text, "\n", "\r\n")} {
		if back, err := dotenv.Decode(text); err != nil || !slices.Equal(back, pairs) {
			t.Fatalf("%q was written as %q and read as %q: %v", pairs, text, back, err)
		}
	}
}
