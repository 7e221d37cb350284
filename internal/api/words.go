package api

// What a server says, and what makes it safe to print.

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// messageOf reads both shapes of `message`: a text, or the array of a failed
// validation (section 0), of which the places and complaints are kept.
func messageOf(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	var issues []struct {
		Path    []any  `json:"path"`
		Message string `json:"message"`
	}
	if json.Unmarshal(raw, &issues) != nil {
		return ""
	}
	lines := make([]string, 0, len(issues))
	for _, issue := range issues {
		place := make([]string, 0, len(issue.Path))
		for _, step := range issue.Path {
			place = append(place, fmt.Sprint(step))
		}
		lines = append(lines, strings.TrimPrefix(strings.Join(place, ".")+": "+issue.Message, ": "))
	}
	return strings.Join(lines, "; ")
}

// maxMessage is how many characters of the server's words an error keeps.
const maxMessage = 300

// ciphertextLike finds runs that can be base64 of anything: a server that
// quotes the request must not put it into an error.
var ciphertextLike = regexp.MustCompile(`[A-Za-z0-9+/]{20,}={0,2}`)

// sealedTexts are the ciphertexts, IVs and tags in a request's body, or what
// it carries in the clear.
func sealedTexts(body any) []string {
	if raw, ok := body.(interface{ confidential() []string }); ok {
		return raw.confidential()
	}
	encoded, err := json.Marshal(body)
	if err != nil {
		return nil
	}
	var texts []string
	for _, match := range sealedText.FindAllSubmatch(encoded, -1) {
		texts = append(texts, string(match[1]))
	}
	return texts
}

var sealedText = regexp.MustCompile(`"secret(?:Key|Value|Comment)(?:Ciphertext|IV|Tag)":"([^"]+)"`)

// hide takes a text out of a message. One of up to three characters only where
// it stands alone: within other words it is theirs, and gaps in them would tell
// what it is.
func hide(message, text string) string {
	const gap = "[…]"
	switch n := utf8.RuneCountInString(text); {
	case strings.TrimSpace(text) == "":
		return message
	case n > 3:
		return strings.ReplaceAll(message, text, gap)
	}
	isWord := func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
	var out strings.Builder
	done := 0
	for {
		at := strings.Index(message[done:], text)
		if at < 0 {
			return out.String() + message[done:]
		}
		at += done
		end := at + len(text)
		before, _ := utf8.DecodeLastRuneInString(message[:at])
		after, _ := utf8.DecodeRuneInString(message[end:])
		if isWord(before) || isWord(after) {
			out.WriteString(message[done:end])
		} else {
			out.WriteString(message[done:at] + gap)
		}
		done = end
	}
}

// clean makes a server's words safe to print: without what was sent to it,
// and without what only looks like it.
func clean(message string, sent []string) string {
	for _, text := range sent {
		message = hide(message, text)
	}
	message = ciphertextLike.ReplaceAllString(message, "[…]")
	message = strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return ' '
	}, message)
	if runes := []rune(message); len(runes) > maxMessage {
		message = string(runes[:maxMessage]) + "…"
	}
	return message
}
