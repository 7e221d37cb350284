package api

import (
	"html"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A server quotes what it was sent as it likes: escaped for JSON, HTML or an
// address, in capitals, or cut. So a message is read as each of these would be,
// and what is then a confidential text, or eight characters of one, is taken out.

// piece is one character of a message as it is read, and where it is written.
type piece struct {
	char     rune
	from, to int
}

// wordOf is how much of a confidential text must not be shown: shorter pieces
// are in ordinary words, too.
const wordOf = 8

// maxQuoted is how much of a message is looked at; of a longer one only the
// beginning is kept.
const maxQuoted = 16 << 10

// gap is what stands in the place of what was taken out.
const gap = "[…]"

// hideAll takes the texts out of a message, however the message writes them.
func hideAll(message string, texts []string) string {
	if len(message) > maxQuoted {
		message = strings.ToValidUTF8(message[:maxQuoted], "")
	}
	hidden := make([]bool, len(message))
	pieces := make([]piece, 0, len(message))
	for at, r := range message {
		pieces = append(pieces, piece{r, at, at + utf8.RuneLen(r)})
	}
	for range 4 { // a body in a message in a message
		for _, text := range texts {
			mark(hidden, pieces, foldAll(text))
		}
		next := unescaped(pieces)
		if len(next) == len(pieces) {
			break
		}
		pieces = next
	}
	var out strings.Builder
	for at := 0; at < len(message); at++ {
		switch {
		case !hidden[at]:
			out.WriteByte(message[at])
		case at == 0 || !hidden[at-1]:
			out.WriteString(gap)
		}
	}
	return out.String()
}

// mark notes where a text stands. One of up to three characters counts only
// where it stands alone: within other words it is theirs, and gaps in them would
// tell what it is.
func mark(hidden []bool, pieces []piece, text []rune) {
	text = []rune(strings.TrimSpace(string(text)))
	size := min(len(text), wordOf)
	if size == 0 {
		return
	}
	places := map[string][]int{}
	folded := make([]rune, len(pieces))
	for i, p := range pieces {
		folded[i] = fold(p.char)
	}
	for i := 0; i+size <= len(folded); i++ {
		word := string(folded[i : i+size])
		places[word] = append(places[word], i)
	}
	isWord := func(at int) bool {
		return at >= 0 && at < len(folded) && (unicode.IsLetter(folded[at]) || unicode.IsDigit(folded[at]))
	}
	for i := 0; i+size <= len(text); i++ {
		for _, at := range places[string(text[i:i+size])] {
			if size <= 3 && (isWord(at-1) || isWord(at+size)) {
				continue
			}
			for b := pieces[at].from; b < pieces[at+size-1].to; b++ {
				hidden[b] = true
			}
		}
	}
}

func foldAll(text string) []rune {
	out := []rune(text)
	for i, r := range out {
		out[i] = fold(r)
	}
	return out
}

// fold makes capitals and small letters one, and all white space.
func fold(r rune) rune {
	if unicode.IsSpace(r) {
		return ' '
	}
	return unicode.ToLower(unicode.ToUpper(r))
}

// unescaped reads what is escaped, one time.
func unescaped(pieces []piece) []piece {
	out := make([]piece, 0, len(pieces))
	for i := 0; i < len(pieces); {
		text, length := escapeAt(pieces[i:])
		if length == 0 {
			out = append(out, pieces[i])
			i++
			continue
		}
		for _, r := range text {
			out = append(out, piece{r, pieces[i].from, pieces[i+length-1].to})
		}
		i += length
	}
	return out
}

// escapeAt returns what the escape at the beginning stands for, and how many
// pieces it is long; 0 if there is none.
func escapeAt(pieces []piece) (text string, length int) {
	begin := make([]rune, 0, 36)
	for _, p := range pieces[:min(len(pieces), 36)] {
		begin = append(begin, p.char)
	}
	switch written := string(begin); begin[0] {
	case '\\':
		return backslashAt(begin)
	case '&':
		if end := slices.Index(begin, ';'); end > 0 && end < 12 {
			if read := html.UnescapeString(string(begin[:end+1])); read != string(begin[:end+1]) {
				return read, end + 1
			}
		}
	case '%':
		var raw []byte
		for at := 0; at+2 < len(written) && written[at] == '%'; at += 3 {
			code, err := strconv.ParseUint(written[at+1:at+3], 16, 8)
			if err != nil {
				break
			}
			if raw = append(raw, byte(code)); utf8.Valid(raw) {
				return string(raw), len(raw) * 3
			}
		}
	case '+':
		return " ", 1
	}
	return "", 0
}

// backslashAt is escapeAt for JSON, and for the languages like it.
func backslashAt(begin []rune) (text string, length int) {
	if len(begin) < 2 {
		return "", 0
	}
	hex := map[rune]int{'u': 4, 'x': 2}[begin[1]]
	if hex == 0 {
		if at := strings.IndexRune(`nrtbf"\/'`, begin[1]); at >= 0 {
			return string("\n\r\t\b\f\"\\/'"[at]), 2
		}
		return "", 0
	}
	if len(begin) < 2+hex {
		return "", 0
	}
	code, err := strconv.ParseUint(string(begin[2:2+hex]), 16, 32)
	if err != nil {
		return "", 0
	}
	if code >= 0xd800 && code < 0xdc00 && len(begin) >= 12 && begin[6] == '\\' && begin[7] == 'u' {
		if low, err := strconv.ParseUint(string(begin[8:12]), 16, 32); err == nil {
			return string(rune((code-0xd800)<<10 + (low - 0xdc00) + 0x10000)), 12
		}
	}
	return string(rune(code)), 2 + hex
}
