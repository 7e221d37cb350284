// Package dotenv writes and reads dotenv files: text to pairs of name and value
// and back. What Encode writes, Decode reads as the same pairs, whatever the
// values hold.
//
// There is no standard, and readers differ. So Encode takes the first of these
// forms that holds a value:
//
//   - NAME=value: letters, digits and _-.,:/@%+= only. Every reader takes it.
//   - NAME='value': no single quote, no carriage return, no backslash at the
//     end. Line breaks stay as they are. Shells, Docker Compose, godotenv and
//     dotenv of Node.js take it for the same value, and expand nothing in it.
//   - NAME="value": the rest, with a backslash before each of \ " $ and the
//     backtick, and \r for a carriage return.
//
// Of the values in double quotes
//
//   - shells (`set -a; . file`) read all the same but those with a carriage
//     return: they know no \r;
//   - Docker Compose all but those with a backtick: it keeps the backslash. A
//     shell would run a backtick without one;
//   - godotenv (1.5) all but those that end in a double quote or a backslash;
//   - dotenv of Node.js those that have no character to be escaped: it keeps the
//     backslash. `node --env-file` also keeps \r.
//
// Names are those that at least two of these readers take. A shell takes none
// with a dash, a dot or a digit at the beginning, godotenv none with a dash.
//
// Decode expands nothing. It takes what Encode writes, and also what people and
// other programs write: `export` before a name, blanks around the `=`, values
// with blanks and no quotes, comments, backticks as quotes, \n and \t between
// double quotes, line ends of Windows. A `#` begins a comment at the beginning
// of a line and behind a blank. A backslash means something between double
// quotes only. What some readers join, leave out or let pass is an error: text
// behind a closing quote, lines without `=`, names that are set twice.
package dotenv

import (
	"errors"
	"fmt"
	"strings"
)

// Pair is a name and its value.
type Pair struct {
	Name, Value string
}

// Encode writes one `NAME=value` a pair, in the order given. Its errors name
// the pair and never hold a value.
func Encode(pairs []Pair) (string, error) {
	seen := make(map[string]bool, len(pairs))
	var out strings.Builder
	for _, p := range pairs {
		if err := checkPair(p); err != nil {
			return "", fmt.Errorf("%q %w", p.Name, err)
		}
		if seen[p.Name] {
			return "", fmt.Errorf("%q is there twice", p.Name)
		}
		seen[p.Name] = true
		out.WriteString(p.Name + "=" + quote(p.Value) + "\n")
	}
	return out.String(), nil
}

func checkPair(p Pair) error {
	switch {
	case !isName(p.Name):
		return errors.New("is no name that a dotenv file can carry: " + nameRule)
	case strings.ContainsRune(p.Value, 0):
		return errors.New("has a value with a NUL byte, which no environment variable can hold")
	}
	return nil
}

// quote picks the form that most readers take for the same value; the package
// comment says which.
func quote(value string) string {
	switch {
	case strings.IndexFunc(value, isNotPlain) == -1:
		return value
	case !strings.ContainsAny(value, "'\r") && !strings.HasSuffix(value, `\`):
		return "'" + value + "'"
	}
	return `"` + escaper.Replace(value) + `"`
}

// escaper is for double quotes. A line break stays one: a shell knows no \n.
var escaper = strings.NewReplacer(`\`, `\\`, `"`, `\"`, `$`, `\$`, "`", "\\`", "\r", `\r`)

// isNotPlain tells what somebody's reader might take for more than itself.
func isNotPlain(c rune) bool {
	return !isAlphanumeric(c) && !strings.ContainsRune("_-.,:/@%+=", c)
}

const nameRule = "letters A-Z and a-z, digits, underscore, dash and dot, the first a letter, digit or underscore"

func isName(text string) bool {
	for i, c := range text {
		if !isAlphanumeric(c) && c != '_' && (i == 0 || c != '-' && c != '.') {
			return false
		}
	}
	return text != ""
}

func isAlphanumeric(c rune) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}
