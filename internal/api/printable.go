package api

import (
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What a server can choose and people are shown passes through here, and
// nowhere else: an escape sequence, a mark that turns the direction of text, or
// a line break in a folder's path could make a terminal show "No changes".

// Printable returns a text that stands on one line and that a terminal shows as
// it is: white space becomes a blank, and whatever else does not print U+FFFD,
// which no path, slug or id holds and no pattern of a scope takes for a wildcard.
func Printable(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == utf8.RuneError, unicode.IsPrint(r) && !isBlank(r):
			return r
		case unicode.IsSpace(r), r == '\u0085':
			return ' '
		}
		return utf8.RuneError
	}, text)
}

// PrintableLines is Printable for texts of several lines that people write, such
// as comments: it takes out only what a terminal obeys. Line breaks, tabs and
// the marks by which scripts and emoji are joined stay.
func PrintableLines(text string) string {
	var out strings.Builder
	for at, r := range text {
		switch {
		case r == '\n', r == '\t', !unicode.IsControl(r) && !turnsText(r):
			out.WriteRune(r)
		case r == '\r' && strings.HasPrefix(text[at:], "\r\n"): // anywhere else it begins the line anew
			out.WriteRune(r)
		default:
			out.WriteRune(utf8.RuneError)
		}
	}
	return out.String()
}

// turnsText tells the marks after which text is shown in another order.
func turnsText(r rune) bool {
	return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}

// isBlank tells letters that show nothing: unicode counts them as printable.
func isBlank(r rune) bool {
	switch r {
	case 0x115f, 0x1160, 0x2800, 0x3164, 0xffa0:
		return true
	}
	return false
}

// maxLabel is how many characters of a label are kept. Names of folders have at
// most 255, and no path, slug or id that is in use comes near.
const maxLabel = 2000

// label is a text of an answer that tells people or this client what something
// is called, where it is or which one it is. It is made printable as it arrives.
// Names of secrets and what is stored in them are none: they have to stay as
// they are.
type label string

func (l *label) UnmarshalJSON(raw []byte) error {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return err
	}
	*l = label(firstOf(Printable(text), maxLabel))
	return nil
}

// remark is a text of several lines that is shown in plans.
type remark string

func (r *remark) UnmarshalJSON(raw []byte) error {
	var text string
	if err := json.Unmarshal(raw, &text); err != nil {
		return err
	}
	*r = remark(PrintableLines(text))
	return nil
}

func firstOf(text string, most int) string {
	if len(text) <= most {
		return text
	}
	if runes := []rune(text); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return text
}

func texts[T ~string](all []T) []string {
	if all == nil {
		return nil
	}
	out := make([]string, len(all))
	for i, one := range all {
		out[i] = string(one)
	}
	return out
}
