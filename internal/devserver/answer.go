package devserver

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
)

// answer is a whole HTTP answer. Handlers never touch the ResponseWriter, so a
// fault can throw an answer away after the work is done.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// write sends the answer. The status is reported before the first byte leaves,
// so a client that has its answer finds it in the recorder.
func (a answer) write(w http.ResponseWriter, r *http.Request, report func(status int)) {
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Connection", "keep-alive")
	h.Set("Keep-Alive", "timeout=72")
	for name, values := range a.header {
		h[http.CanonicalHeaderKey(name)] = values
	}
	if len(a.body) > 0 && h.Get("ETag") == "" {
		h.Set("ETag", etag(a.body))
	}
	// Saves bytes and no work: the list was made all the same (PROTOCOL section 0).
	if r.Method == http.MethodGet && a.status == http.StatusOK && r.Header.Get("If-None-Match") == h.Get("ETag") && h.Get("ETag") != "" {
		h.Del("Content-Type")
		report(http.StatusNotModified)
		w.WriteHeader(http.StatusNotModified)
		return
	}
	report(a.status)
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body)
}

func etag(body []byte) string {
	sum := sha256.Sum256(body)
	return `"` + base64.RawURLEncoding.EncodeToString(sum[:20]) + `"`
}

// encode writes JSON the way Node does: < > & stay as they are.
func encode(v any) []byte {
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(fmt.Sprintf("devserver: encode answer: %v", err))
	}
	return bytes.TrimSuffix(buf.Bytes(), []byte("\n"))
}

// failure is an error body. Message is a text, or a list of issues when the
// request did not pass validation (PROTOCOL section 0).
type failure struct {
	ReqID   string `json:"reqId,omitempty"` // came after October 2024
	Status  int    `json:"statusCode"`
	Code    string `json:"code,omitempty"`
	Message any    `json:"message"`
	Label   string `json:"error"`
	Details any    `json:"details,omitempty"` // came after October 2024

	found []string // of what was asked for; only later servers tell
}

func (f *failure) Error() string {
	return fmt.Sprintf("%d %s: %v", f.Status, f.Label, f.Message)
}

func (f *failure) answer() answer {
	return answer{status: f.Status, body: encode(f)}
}

// badRequest is the plain 400, which this server also uses for "not found".
func badRequest(message string) *failure {
	return labelled(message, "BadRequest")
}

// labelled is a 400 whose error field names the operation that failed.
func labelled(message, label string) *failure {
	return &failure{Status: http.StatusBadRequest, Message: message, Label: label}
}

func unauthorized(message string) *failure {
	return &failure{Status: http.StatusForbidden, Message: message, Label: "UnauthorizedError"}
}

// notAllowed is "no permission", which is 401 here (PROTOCOL section 0).
func notAllowed(a action) *failure {
	return &failure{
		Status:  http.StatusUnauthorized,
		Message: fmt.Sprintf("You are not allowed to %s on secrets", a),
		Label:   "PermissionDenied",
	}
}

// internal is an exception nobody caught.
func internal(message string) *failure {
	return &failure{Status: http.StatusInternalServerError, Message: message, Label: "Internal Server Error"}
}

// database is an error of PostgreSQL, whose text is not shown.
func database(label string) *failure {
	return &failure{Status: http.StatusInternalServerError, Message: "Something went wrong", Label: label}
}

// routeNotFound is Fastify's answer for an unknown path, a wrong method and a
// parameter that is too long. The query is part of the text.
func routeNotFound(r *http.Request) *failure {
	return &failure{
		Status:  http.StatusNotFound,
		Message: fmt.Sprintf("Route %s:%s not found", r.Method, target(r)),
		Label:   "Not Found",
	}
}
