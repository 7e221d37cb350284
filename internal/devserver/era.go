package devserver

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// Era is the time whose server is played. Handlers work as the one of May 2024
// does; where another era differs they ask, and what it calls a failure is
// translated on the way out.
type Era string

// The eras. The zero Era is Era2024May.
const (
	// Era2023 is the server on MongoDB, as far as it is known from its source
	// (PROTOCOL section 16): statuses, error bodies, tokens of one scope, ids,
	// bodies of 100 KB, one limit for all routes, updates of values alone, and
	// personal overrides that hide shared secrets. Folders and imports answer
	// as in 2024-05.
	Era2023 Era = "2023"
	// Era2024May is the recorded server of PROTOCOL.
	Era2024May Era = "2024-05"
	// Era2024October is the recorded server of PROTOCOL_V3.
	Era2024October Era = "2024-10"
	// Era2026January is a server of that time as far as it is known from its
	// source: that of October 2024 with the endpoints of /api/v4/secrets, and
	// without those of end-to-end encryption. See v4.go.
	Era2026January Era = "2026-01"
)

// Eras are those of end-to-end encryption, oldest first. Era2026January comes
// after them.
func Eras() []Era { return []Era{Era2023, Era2024May, Era2024October} }

func (e Era) check() error {
	eras := append(Eras(), Era2026January)
	if e == "" || slices.Contains(eras, e) {
		return nil
	}
	return fmt.Errorf("devserver: there is no era %q; the eras are %v", string(e), eras)
}

// sinceOctober tells whether what came by October 2024 is there.
func (e Era) sinceOctober() bool { return e == Era2024October || e == Era2026January }

// newID is an id as the era's database makes them.
func (e Era) newID() string {
	id := uuid.NewString()
	if e == Era2023 {
		return strings.ReplaceAll(id, "-", "")[:24]
	}
	return id
}

// isID tells an id from a name.
func (e Era) isID(text string) bool {
	if e == Era2023 {
		return len(text) == 24 && strings.Trim(text, "0123456789abcdef") == ""
	}
	return uuid.Validate(text) == nil
}

// maxBody is the largest request body in bytes (PROTOCOL section 4, Values, and
// section 16; PROTOCOL_V3 section 4).
func (e Era) maxBody() int {
	if e == Era2023 {
		return 100 << 10
	}
	return largestBody
}

// limit is how many requests a minute a route allows that allows so many in
// May 2024, and whether all routes are counted together (PROTOCOL section 16,
// PROTOCOL_V3 section 0).
func (e Era) limit(may int) (limit int, together bool) {
	switch e {
	case Era2023:
		return 350, true
	case Era2024October, Era2026January:
		switch may {
		case 1000:
			return 40, false
		case 600:
			return 60, false
		}
		return 200, false
	}
	return may, false
}

// limitHeaders are what the limiter says, under the era's names.
func (e Era) limitHeaders(header http.Header) http.Header {
	if e != Era2023 {
		return header
	}
	out := http.Header{}
	for name, values := range header {
		out[strings.TrimPrefix(name, "X-")] = values
	}
	return out
}

// answerTo is a failure in the era's words.
func (e Era) answerTo(f *failure) answer {
	switch e {
	case Era2024October:
		return f.ofOctober2024().answer()
	case Era2026January:
		return f.ofJanuary2026().answer()
	case Era2023:
		return f.of2023()
	}
	return f.answer()
}

// missing tells whether a failure of May 2024, which is a 400 like others, says
// that something does not exist.
func (f *failure) missing() bool {
	text, _ := f.Message.(string)
	if f.Status != http.StatusBadRequest {
		return f.Status == http.StatusNotFound
	}
	switch text {
	case "Secret not found", "Folder not found", "Environment not found", "Tag not found", "Blind index not found",
		"Folder not found for the given environment slug & secret path", "Secret import not found", "Secret import doc not found":
		return true
	}
	return strings.HasPrefix(text, "Secret not found: blind index ")
}

const somethingWrong = "Something went wrong"

// ofOctober2024 is PROTOCOL_V3 section 0: the statuses are permuted, and every
// exception, the framework's own included, is one and the same 500.
func (f *failure) ofOctober2024() *failure {
	out := *f
	text, _ := f.Message.(string)
	switch {
	case f.Label == "ValidationFailure":
		out.Status = http.StatusUnauthorized
	case f.Label == "PermissionDenied":
		out.Status = http.StatusForbidden
	case text == "Failed to find service authorization for given project":
		out.Message, out.Label = accessDenied, "Service token not a part of the specified project"
	case f.Label == "UnauthorizedError", text == "Token missing":
		out.Status, out.Label = http.StatusUnauthorized, "UnauthorizedError"
	case strings.HasSuffix(f.Label, " Unauthorized Access"):
		out.Label = "Forbidden access to " + strings.TrimSuffix(f.Label, " Unauthorized Access")
	case f.Label == "Identity not in project":
		out.Label = "Identity is not a member of the specified project"
	case f.Label == "User not in project":
		out.Label = "User not a part of the specified project" // (the server's source)
	case text == "jwt expired":
		out.Status, out.Label = http.StatusForbidden, "TokenError"
		out.Message = "Your token has expired. Please re-authenticate."
	case text == "jwt malformed":
		out.Status, out.Label = http.StatusForbidden, "TokenError"
		out.Message = "The provided access token is malformed. Please use a valid token or generate a new one and try again."
	case text == "invalid signature":
		out.Status, out.Label = http.StatusForbidden, "TokenError"
	case f.missing() && f.Status == http.StatusBadRequest:
		out.Status = http.StatusNotFound
		if f.Label == "BadRequest" || f.Label == "Get imports" || f.Label == "Sec imp del" {
			out.Label = "NotFound"
		}
		if text == "Secret import doc not found" {
			out.Message = "Secret import not found"
		}
	case f.Code != "", f.Label == "Bad Request", f.Label == "Internal Server Error", f.Status == http.StatusTooManyRequests:
		out = failure{Status: http.StatusInternalServerError, Message: somethingWrong, Label: "InternalServerError"}
	}
	return &out
}

// of2023 is the error body of that server's source: a type instead of a label.
func (f *failure) of2023() answer {
	text, _ := f.Message.(string)
	status, kind, message := http.StatusBadRequest, "bad_request", text
	switch {
	case f.Label == "ValidationFailure":
		kind, message = "validation_error", "The request failed validation"
	case f.Label == "PermissionDenied":
		status, kind, message = http.StatusUnauthorized, "unauthorized", "Failed service token authorization for the given workspace environment"
	case text == "Failed to find service authorization for given project":
		status, kind, message = http.StatusUnauthorized, "unauthorized", "Failed service token authorization for the given workspace"
	case text == "failed to authenticate expired service token":
		status, kind, message = http.StatusUnauthorized, "unauthorized", "Failed to authenticate expired service token"
	case f.Status == http.StatusForbidden, strings.HasPrefix(text, "jwt "), text == "invalid signature":
		status, kind, message = http.StatusUnauthorized, "unauthorized", "You are not authorized to access this resource"
	case text == "Secret already exist":
		message = "Failed to create secret that already exists"
	case strings.HasPrefix(text, "Secret not found"):
		status, kind, message = http.StatusNotFound, "secret_not_found_error", "The requested secret was not found"
	case text == "Blind index not found":
		status, kind, message = http.StatusNotFound, "secret_blind_index_data_not_found_error", "The requested secret blind index data was not found"
	case f.Label == "Not Found":
		status, kind = http.StatusNotFound, "route_not_found"
	case f.Status == http.StatusTooManyRequests:
		return answer{status: f.Status, body: []byte(`"Too many requests, please try again later."`)}
	case f.Code != "", f.Status >= http.StatusInternalServerError:
		status, kind, message = http.StatusInternalServerError, "internal_server_error", "The server encountered an error while processing the request"
	}
	return answer{status: status, body: encode(map[string]any{
		"type": kind, "message": message, "context": map[string]any{}, "level": 200, "level_name": "INFO",
		"status_code": status, "datetime_iso": stamp(time.Now()), "application": "infisical-api", "extra": []any{},
	})}
}
