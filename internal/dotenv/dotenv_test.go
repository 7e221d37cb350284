package dotenv_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/dotenv"
)

func TestEachValueHasItsForm(t *testing.T) {
	t.Parallel()
	for value, form := range map[string]string{
		``:                    ``,
		`plain`:               `plain`,
		`https://a.b/c_d-e@%`: `https://a.b/c_d-e@%`,
		`aGVsbG8+/w==`:        `aGVsbG8+/w==`,
		`two words`:           `'two words'`,
		` outer blanks	`:      `' outer blanks	'`,
		`a "quoted" one`:      `'a "quoted" one'`,
		`$HOME ${X} $(id)`:    `'$HOME ${X} $(id)'`,
		"`id`":                "'`id`'",
		`~`:                   `'~'`,
		`#no comment`:         `'#no comment'`,
		`C:\dir\n`:            `'C:\dir\n'`,
		"-----BEGIN\nx==\n":   "'-----BEGIN\nx==\n'",
		`grün €`:              `'grün €'`,
		"NBSP\u00a0":          "'NBSP\u00a0'",
		`it's`:                `"it's"`,
		`it's "x"`:            `"it's \"x\""`,
		"it's $1 and `id`":    "\"it's \\$1 and \\`id\\`\"",
		`it's \n`:             `"it's \\n"`,
		`C:\dir\`:             `"C:\\dir\\"`,
		"a\r\nb\r\n":          "\"a\\r\nb\\r\n\"",
		"it's\nmore":          "\"it's\nmore\"",
	} {
		pairs := []dotenv.Pair{{Name: "A", Value: value}, {Name: "B", Value: "behind"}}
		text, err := dotenv.Encode(pairs)
		if err != nil || text != "A="+form+"\nB=behind\n" {
			t.Errorf("%q became %q: %v", value, text, err)
		}
		// Programs that change line ends change nothing.
		for _, text := range []string{text, strings.ReplaceAll(text, "\n", "\r\n"), strings.TrimSuffix(text, "\n")} {
			if back, err := dotenv.Decode(text); err != nil || !slices.Equal(back, pairs) {
				t.Errorf("%q was read as %q: %v", text, back, err)
			}
		}
	}
}

func TestEncodeKeepsTheOrder(t *testing.T) {
	t.Parallel()
	text, err := dotenv.Encode([]dotenv.Pair{{"b", "1"}, {"A.x-9", "2"}, {"9_", "3"}, {"export", "4"}})
	if want := "b=1\nA.x-9=2\n9_=3\nexport=4\n"; err != nil || text != want {
		t.Errorf("%q, want %q: %v", text, want, err)
	}
	if text, err := dotenv.Encode(nil); err != nil || text != "" {
		t.Errorf("nothing became %q: %v", text, err)
	}
}

func TestEncodeRefusesWhatNoFileCarries(t *testing.T) {
	t.Parallel()
	const noName = " is no name that a dotenv file can carry: letters A-Z and a-z, digits, underscore, dash and dot, the first a letter, digit or underscore"
	for _, c := range []struct {
		pairs []dotenv.Pair
		want  string
	}{
		{[]dotenv.Pair{{"", "canary"}}, `""` + noName},
		{[]dotenv.Pair{{"-A", "canary"}}, `"-A"` + noName},
		{[]dotenv.Pair{{".A", "canary"}}, `".A"` + noName},
		{[]dotenv.Pair{{"A B", "canary"}}, `"A B"` + noName},
		{[]dotenv.Pair{{"A=B", "canary"}}, `"A=B"` + noName},
		{[]dotenv.Pair{{"A\nB", "canary"}}, `"A\nB"` + noName},
		{[]dotenv.Pair{{"Ä", "canary"}}, `"Ä"` + noName},
		{[]dotenv.Pair{{"A", "1"}, {"B", "canary\x00"}}, `"B" has a value with a NUL byte, which no environment variable can hold`},
		{[]dotenv.Pair{{"A", "canary"}, {"B", ""}, {"A", "canary"}}, `"A" is there twice`},
	} {
		if text, err := dotenv.Encode(c.pairs); err == nil || err.Error() != c.want {
			t.Errorf("%q: %v, want %s", text, err, c.want)
		}
	}
}

func TestDecode(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text string
		want []dotenv.Pair
	}{
		{"", nil},
		{"\n \t\r\n# comment = 'x\n  #\n\n", nil},
		{"\ufeffA=1", []dotenv.Pair{{"A", "1"}}},
		{"A=1\r\nB=2\r", []dotenv.Pair{{"A", "1"}, {"B", "2"}}},
		{"A='1' # x\ry\nB=2 # x\ry", []dotenv.Pair{{"A", "1"}, {"B", "2"}}},
		{"export A=1\n export\t B = 2 \nexport=3\nexportC=4\n", []dotenv.Pair{{"A", "1"}, {"B", "2"}, {"export", "3"}, {"exportC", "4"}}},
		{"A=\nB= \nC=''\nD=\"\"\nE=", []dotenv.Pair{{"A", ""}, {"B", ""}, {"C", ""}, {"D", ""}, {"E", ""}}},
		{"A=two words \nB=a=b==", []dotenv.Pair{{"A", "two words"}, {"B", "a=b=="}}},
		{"A=1 # comment\nB=1#none\nC=#none\nD= # comment\nE=a\t#c # d", []dotenv.Pair{{"A", "1"}, {"B", "1#none"}, {"C", "#none"}, {"D", ""}, {"E", "a"}}},
		{"A='1' # comment\nB=\"# 1\" \t\nC = '#'", []dotenv.Pair{{"A", "1"}, {"B", "# 1"}, {"C", "#"}}},
		{"A=it's\nB=say \"x\"\nC=C:\\dir\\n", []dotenv.Pair{{"A", "it's"}, {"B", `say "x"`}, {"C", `C:\dir\n`}}},
		{"A=$X\nB='$X'\nC=\"$X ${X} \\$X $(x)\"", []dotenv.Pair{{"A", "$X"}, {"B", "$X"}, {"C", "$X ${X} $X $(x)"}}},
		{`A="\n\r\t\"\\\$\` + "`" + `"`, []dotenv.Pair{{"A", "\n\r\t\"\\$`"}}},
		{`A="C:\Users \x \é \'"`, []dotenv.Pair{{"A", `C:\Users \x \é \'`}}},
		{`A='C:\dir\' # as shells read it`, []dotenv.Pair{{"A", `C:\dir\`}}},
		{"A=`it's \"x\" \\n`", []dotenv.Pair{{"A", `it's "x" \n`}}},
		{"A='\n# no comment\r\nB=1\n'\nC=\"1\n2\"\nD=`\n`", []dotenv.Pair{{"A", "\n# no comment\nB=1\n"}, {"C", "1\n2"}, {"D", "\n"}}},
		{"A='lone\rreturn'", []dotenv.Pair{{"A", "lone\rreturn"}}},
		{"A=\xff\nB='\xfe'", []dotenv.Pair{{"A", "\xff"}, {"B", "\xfe"}}},
	} {
		pairs, err := dotenv.Decode(c.text)
		if err != nil || !slices.Equal(pairs, c.want) {
			t.Errorf("%q was read as %q: %v", c.text, pairs, err)
		}
	}
}

// TestDecodeNamesLinesOnly has a canary wherever an error could quote it.
func TestDecodeNamesLinesOnly(t *testing.T) {
	t.Parallel()
	const noName = "what stands before its `=` is no name: letters A-Z and a-z, digits, underscore, dash and dot, the first a letter, digit or underscore"
	const behind = "there is something behind the closing quote; a comment there begins with a blank and `#`"
	for text, want := range map[string]string{
		"canary":                          "line 1: it holds no `=`",
		"A=1\n\nexport canary\nB=1":       "line 3: it holds no `=`",
		"A: canary":                       "line 1: it holds no `=`",
		"=canary":                         "line 1: " + noName,
		"export =canary\nexport = canary": "line 2: it sets the same name as line 1",
		"# x\r\ncanary canary=canary":     "line 2: " + noName,
		"A='1\n2\n'\ncänary=1":            "line 4: " + noName,
		"A=1\nB='canary\ncanary\n":        "line 2: its quote is not closed",
		"A=1\nB= \"canary\\\"\nC=canary":  "line 2: its quote is not closed",
		`A="canary\`:                      "line 1: its quote is not closed",
		"A=`canary":                       "line 1: its quote is not closed",
		"A='can'ary":                      "line 1: " + behind,
		"A='it'\\''s canary'":             "line 1: " + behind,
		"A=1\nB=\"can\n\n\" ary # x":      "line 4: " + behind,
		"A='canary'#comment":              "line 1: " + behind,
		"canary=canary\n#\ncanary = 'x'":  "line 3: it sets the same name as line 1",
		"A='\n\n'\nB=1\nexport A=canary":  "line 5: it sets the same name as line 1",
		"A=1\r\nB=can\rC=ary":             "line 2: it holds a carriage return that is not at its end; between double quotes write it as \\r",
		"A=1\nB=can\x00ary":               "line 2: it holds a NUL byte, which no environment variable can",
		"A=1\nMIIEcanary\nC='2'":          "line 2: it holds no `=`",
	} {
		pairs, err := dotenv.Decode(text)
		if err == nil || err.Error() != want || pairs != nil {
			t.Errorf("%q: %v, want %s", text, err, want)
		}
	}
}
