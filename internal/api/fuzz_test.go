package api

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"unicode"
)

// decodeErrors is all that may be said of an answer that is not what it should
// be: nothing in it is of the answer.
var decodeErrors = map[string]bool{
	errEmpty.Error(): true, errHTML.Error(): true, errCut.Error(): true, errShape.Error(): true,
	"a secret in the answer has no id": true, "the answer holds no list of secrets": true,
}

// FuzzDecodeAnswer takes one answer for a list, for a secret, and for a refusal.
func FuzzDecodeAnswer(f *testing.F) {
	const row = `{"id":"1","version":2,"secretKeyCiphertext":"c","secretKeyIV":null,"tags":[{"id":"t"}],"metadata":{"a":"b"}}`
	for _, seed := range []struct {
		status uint16
		answer string
	}{
		{200, `{"secrets":[` + row + `,` + row + `],"imports":[]}`},
		{200, ` {"imports":[],"secrets":[]}`},
		{200, `{"secret":` + row + `}`},
		{200, `{"secrets":[{"id":1}]}`},
		{200, `{"secrets":[{}]}`},
		{200, `{"secrets":{"id":"1"},"x":[[[[1e999]]]]}`},
		{200, `{"secrets":[` + strings.Repeat(`{"id":"1"},`, 50)},
		{404, "\n<html>not here</html>"},
		{502, ``},
		{400, `{"statusCode":400,"message":"Secret not found","error":"BadRequest"}`},
		{400, `{"message":"` + testBearer + ` sent ` + sentCiphertext + `\u001b[31m\ud800"}`},
		{403, `{"error":"ValidationFailure","message":[{"path":["secrets",1,{"a":[null]}],"message":"Required"},{"path":[]}]}`},
		{401, `{"error":"PermissionDenied","message":null}`},
		{500, `{"error":1}`},
		{302, `null`},
	} {
		f.Add(seed.status, []byte(seed.answer))
	}
	f.Fuzz(func(t *testing.T, status uint16, answer []byte) {
		before := allocated()
		list(t, answer)
		single(t, answer)
		refusal(t, int(status), answer)
		// A row of a few bytes becomes a few hundred in memory, and a list grows
		// by doubling; the rest are buffers of one size.
		if used, limit := allocated()-before, uint64(4<<20+1000*len(answer)); used > limit {
			t.Errorf("%d bytes of an answer took %d of memory", len(answer), used)
		}
	})
}

func allocated() uint64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.TotalAlloc
}

func list(t *testing.T, answer []byte) {
	var l List
	err := l.read(bytes.NewReader(answer))
	if err != nil && !decodeErrors[err.Error()] {
		t.Errorf("a list: %v", err)
	}
	for _, s := range l.Secrets {
		if s.ID == "" {
			t.Error("a list holds a secret without an id")
		}
	}
	if l.FolderMissing && len(l.Secrets) > 0 {
		t.Error("a folder that is missing holds secrets")
	}
	// However the bytes arrive, it is the same.
	var again List
	errAgain := again.read(io.MultiReader(bytes.NewReader(answer[:len(answer)/2]), bytes.NewReader(answer[len(answer)/2:])))
	if (errAgain == nil) != (err == nil) || len(again.Secrets) != len(l.Secrets) {
		t.Errorf("in two parts: %v instead of %v", errAgain, err)
	}
}

func single(t *testing.T, answer []byte) {
	var out struct {
		Secret *wireSecret `json:"secret"`
	}
	if err := decode(answer, &out); err != nil && !decodeErrors[err.Error()] {
		t.Errorf("a secret: %v", err)
	}
}

const sentCiphertext = "c2VudA==" // too short to look like ciphertext: only its being sent gives it away

func refusal(t *testing.T, status int, answer []byte) {
	if status/100 == 2 {
		return // is none
	}
	sent := call{method: http.MethodPatch, route: "/route", body: sealedFields{ValueCiphertext: pointerTo(sentCiphertext)}}
	err := classify(sent, &http.Response{StatusCode: status, Header: http.Header{}}, answer, testBearer)
	for _, secret := range []string{testBearer, sentCiphertext} {
		if strings.Contains(err.Error(), secret) {
			t.Error("an error holds what was sent")
		}
	}
	if ciphertextLike.MatchString(err.Message) || len([]rune(err.Message)) > maxMessage+1 || strings.ContainsFunc(err.Message, isNotPrint) {
		t.Errorf("the server's words were not cleaned: %q", err.Message)
	}
	if err.cause != nil && !decodeErrors[err.cause.Error()] && status/100 != 3 {
		t.Errorf("the cause holds what it should not: %v", err.cause)
	}
	// What an answer means hangs on no sentence of it.
	var body map[string]any
	if json.Unmarshal(answer, &body) != nil || body == nil {
		return
	}
	body["message"] = "Folder not found"
	reworded, _ := json.Marshal(body)
	if again := classify(sent, &http.Response{StatusCode: status, Header: http.Header{}}, reworded); again.Kind != err.Kind && err.cause == nil && again.cause == nil {
		t.Errorf("status %d, %q: kind %d, and in other words %d", status, err.Message, err.Kind, again.Kind)
	}
}

func isNotPrint(r rune) bool { return !unicode.IsPrint(r) }

func pointerTo(text string) *string { return &text }
