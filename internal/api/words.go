package api

// What a server says, and what makes it safe to print.

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
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

// clean makes a server's words safe to print: without what was sent to it,
// and without what only looks like it.
func clean(message string, sent []string) string {
	message = ciphertextLike.ReplaceAllString(hideAll(message, sent), gap)
	return firstOf(Printable(message), maxMessage)
}
