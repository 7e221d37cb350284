package api

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// TestKindsFollowFromNoWords: what a caller does by a kind is the same in any
// words, those of another refusal too. Words give hints, and hints alone.
func TestKindsFollowFromNoWords(t *testing.T) {
	t.Parallel()
	const before = 86 // rows that there were when sentences decided
	if len(rules) > before/3 {
		t.Errorf("%d rows: what a sentence means belongs into a look at what is there", len(rules))
	}
	labels, sentences := []string{"", "BadRequest", "NotFound", "Create secret", "unauthorized", "bad_request"}, []string{
		"Secret not found", "Secret with name N not found", "Secret already exist", "Folder not found", "Route GET:/x not found",
		"Your token has expired", "You are not allowed to read on secrets", "Rate limit exceeded, retry in 1 minute", "Request body is too large",
	}
	for i, r := range rules {
		if (r.kind == 0) == (r.hint == 0) || (len(r.words) > 0) != (r.hint != 0) {
			t.Errorf("row %d: structure makes a kind, words make a hint, and nothing makes both: %+v", i, r)
		}
		labels = append(labels, strings.Split(r.labels, "|")...)
		sentences = append(sentences, strings.ReplaceAll(strings.Join(r.words, " "), "|", " "))
	}
	routes := []call{
		{method: http.MethodGet, route: serviceTokenRoute},
		{method: http.MethodGet, route: userKeyRoute},
		{method: http.MethodDelete, route: "/api/v3/secrets/:secretName", of2023: true},
	}
	for _, status := range []int{400, 401, 403, 404, 405, 409, 413, 422, 429, 500, 503} {
		for _, label := range labels {
			for _, asked := range append(routes, call{method: http.MethodPost, route: "/route"}) {
				for _, member := range []string{"error", "type"} {
					in := func(message string) *Error {
						body, _ := json.Marshal(map[string]any{"statusCode": status, member: label, "message": message})
						return classify(asked, &http.Response{StatusCode: status, Header: http.Header{}}, body)
					}
					want := in("")
					for _, sentence := range sentences {
						if got := in(sentence); got.Kind != want.Kind || got.IsRefusal() != want.IsRefusal() || got.IsNative() != want.IsNative() || got.Ambiguous() != want.Ambiguous() {
							t.Errorf("%d %q at %s: kind %d in no words, and %d in %q", status, label, asked.route, want.Kind, got.Kind, sentence)
						}
					}
				}
			}
		}
	}
}

// TestWordsAreMatchedLoosely: any case, with ids and quotes.
func TestWordsAreMatchedLoosely(t *testing.T) {
	t.Parallel()
	for message, want := range map[string]Hint{
		"Secret 'already exist' cannot be read":                                                           HintNone,
		"SECRET 'X' ALREADY EXISTS in path '/p'":                                                          HintExists,
		"Folder with path '/x' in environment 'dev' was not found. Please ensure it is correct.":          HintFolderMissing,
		"Environment with slug 'dev' in project with ID '5b2d2b0e-0000-4000-8000-000000000000' not found": HintEnvironmentMissing,
		"One or more tags not found":                                                                      HintTagMissing,
		"Both folders are bottomless":                                                                     HintNone,
		"Project bot not found for project":                                                               HintNoBot,
		"Failed to find bot key":                                                                          HintNoBot,
		"Identity with ID 'x' is not part of the specified project":                                       HintWrongProject,
	} {
		body := fmt.Sprintf(`{"statusCode":400,"error":"BadRequest","message":%q}`, message)
		if got := classify(call{}, &http.Response{StatusCode: http.StatusBadRequest, Header: http.Header{}}, []byte(body)); got.Hint != want {
			t.Errorf("%s: hint %d, want %d", message, got.Hint, want)
		}
	}
}
