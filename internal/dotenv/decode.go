package dotenv

import (
	"fmt"
	"strings"
)

// Decode reads a dotenv file. Its errors give line numbers, counted from 1,
// and hold nothing of the text.
func Decode(text string) ([]Pair, error) {
	if at := strings.IndexByte(text, 0); at != -1 {
		return nil, errorAt(1+strings.Count(text[:at], "\n"), "it holds a NUL byte, which no environment variable can")
	}
	// Editors of Windows put a byte order mark before everything, and a
	// carriage return before each line feed.
	text = strings.TrimPrefix(text, "\ufeff")
	text = strings.TrimSuffix(strings.ReplaceAll(text, "\r\n", "\n"), "\r")
	s := scanner{rest: text, line: 1}
	var pairs []Pair
	lineOf := map[string]int{}
	for s.rest != "" {
		if s.skipBlankLine() {
			continue
		}
		line := s.line
		name, err := s.name()
		if err != nil {
			return nil, err
		}
		value, err := s.value()
		if err != nil {
			return nil, err
		}
		if first, twice := lineOf[name]; twice {
			return nil, errorAt(line, fmt.Sprintf("it sets the same name as line %d", first))
		}
		lineOf[name] = line
		pairs = append(pairs, Pair{name, value})
	}
	return pairs, nil
}

func errorAt(line int, what string) error { return fmt.Errorf("line %d: %s", line, what) }

const blanks = " \t"

// scanner reads a text from its beginning.
type scanner struct {
	rest string
	line int // of the first byte of rest
}

func (s *scanner) take(length int) string {
	taken := s.rest[:length]
	s.rest = s.rest[length:]
	s.line += strings.Count(taken, "\n")
	return taken
}

// takeLine takes what is left of the line, and the line feed.
func (s *scanner) takeLine() string {
	if end := strings.IndexByte(s.rest, '\n'); end != -1 {
		return strings.TrimSuffix(s.take(end+1), "\n")
	}
	return s.take(len(s.rest))
}

// skipBlankLine takes a line with nothing, or a comment alone, if one is next.
func (s *scanner) skipBlankLine() bool {
	s.rest = strings.TrimLeft(s.rest, blanks)
	if s.rest != "" && s.rest[0] != '\n' && s.rest[0] != '#' {
		return false
	}
	s.takeLine()
	return true
}

// name takes everything to behind the `=`.
func (s *scanner) name() (string, error) {
	line, end := s.line, strings.IndexAny(s.rest, "=\n")
	if end == -1 || s.rest[end] == '\n' {
		return "", errorAt(line, "it holds no `=`")
	}
	name := strings.TrimRight(s.take(end), blanks)
	s.take(1)
	if rest, found := strings.CutPrefix(name, "export"); found && rest != strings.TrimLeft(rest, blanks) {
		name = strings.TrimLeft(rest, blanks)
	}
	if !isName(name) {
		return "", errorAt(line, "what stands before its `=` is no name: "+nameRule)
	}
	return name, nil
}

// value takes everything to the end of the line on which the value ends.
func (s *scanner) value() (string, error) {
	line := s.line
	trimmed := strings.TrimLeft(s.rest, blanks)
	if trimmed == "" || !strings.ContainsRune("'\"`", rune(trimmed[0])) {
		value := plain(s.takeLine())
		if strings.Contains(value, "\r") {
			return "", errorAt(line, "it holds a carriage return that is not at its end; between double quotes write it as \\r")
		}
		return value, nil
	}
	s.rest = trimmed
	value, closed := s.quoted(s.take(1)[0])
	if !closed {
		return "", errorAt(line, "its quote is not closed")
	}
	line = s.line
	behind := s.takeLine()
	if rest := strings.TrimLeft(behind, blanks); rest != "" && (rest[0] != '#' || rest == behind) {
		return "", errorAt(line, "there is something behind the closing quote; a comment there begins with a blank and `#`")
	}
	return value, nil
}

// plain is a value without quotes: as it is, to its last character that is not
// blank, or to a comment.
func plain(line string) string {
	for i := 1; i < len(line); i++ {
		if line[i] == '#' && strings.IndexByte(blanks, line[i-1]) != -1 {
			line = line[:i]
			break
		}
	}
	return strings.Trim(line, blanks)
}

// quoted takes a value and its closing quote.
func (s *scanner) quoted(quote byte) (value string, closed bool) {
	var out strings.Builder
	for i := 0; i < len(s.rest); i++ {
		c := s.rest[i]
		switch {
		case c == quote:
			s.take(i + 1)
			return out.String(), true
		case c == '\\' && quote == '"' && i+1 < len(s.rest):
			i++
			out.WriteString(unescaped(s.rest[i]))
		default:
			out.WriteByte(c)
		}
	}
	return "", false
}

// unescaped is what a backslash and a character stand for between double
// quotes. One that means nothing stays, as in Windows paths.
func unescaped(c byte) string {
	switch c {
	case 'n':
		return "\n"
	case 'r':
		return "\r"
	case 't':
		return "\t"
	case '"', '\\', '$', '`':
		return string(rune(c))
	}
	return `\` + string([]byte{c})
}
