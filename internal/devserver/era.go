package devserver

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
)

// Era is the time whose server is played. Handlers work as the one of May 2024
// does; where another era differs they ask, and what it calls a failure is
// translated on the way out.
type Era string

// The eras. The zero Era is Era2024May.
const (
	// Era2023June and Era2023November are the recorded servers of PROTOCOL_2023.
	// June has tokens of one folder, updates of values alone, and neither
	// batches nor, for tokens, folders and imports.
	Era2023June     Era = "2023-06"
	Era2023November Era = "2023-11"
	// Era2024May is the recorded server of PROTOCOL.
	Era2024May Era = "2024-05"
	// Era2024October is the recorded server of PROTOCOL_V3.
	Era2024October Era = "2024-10"
	// Era2024OctoberLate is that server two weeks later, whose texts had changed
	// (PROTOCOL_V3, "Seen since").
	Era2024OctoberLate Era = "2024-10-24"
	// Era2026July is a server of that time as far as it is known from its
	// source (PROTOCOL_V4): that of October 2024 with the endpoints of
	// /api/v4/secrets, and without those of end-to-end encryption. See v4.go.
	Era2026July Era = "2026-07"
)

// Eras are those of end-to-end encryption whose recordings are replayed, oldest
// first. Era2024OctoberLate and Era2026July come after them.
func Eras() []Era { return []Era{Era2023June, Era2023November, Era2024May, Era2024October} }

func (e Era) check() error {
	eras := append(Eras(), Era2024OctoberLate, Era2026July)
	if e == "" || slices.Contains(eras, e) {
		return nil
	}
	return fmt.Errorf("devserver: there is no era %q; the eras are %v", string(e), eras)
}

// sinceOctober tells whether what came by October 2024 is there.
func (e Era) sinceOctober() bool { return e == Era2024October || e.sinceLateOctober() }

// sinceLateOctober tells whether what came by 24 October 2024 is there.
func (e Era) sinceLateOctober() bool { return e == Era2024OctoberLate || e.since2026() }

// since2026 tells whether what came by July 2026 is there.
func (e Era) since2026() bool { return e == Era2026July }

// newID is an id as the era's database makes them.
func (e Era) newID() string {
	if e.Of2023() {
		// An ObjectId: by time and, within a second, by number.
		return fmt.Sprintf("%08x%s%06x", time.Now().Unix(), machine, objectIDs.Add(1)&0xffffff)
	}
	return uuid.NewString()
}

var (
	machine   = newTokenSecret()[:10]
	objectIDs atomic.Uint32
)

// limit is how many requests a minute a route allows that allows so many in
// May 2024 (PROTOCOL_V3 section 0). 0 is no limit: those of 2026 limit in the
// vendor's own cloud alone (PROTOCOL_V4 section 1.4).
func (e Era) limit(may int) int {
	switch {
	case !e.sinceOctober():
		return may
	case e.since2026():
		return 0
	}
	switch may {
	case 1000:
		return 40
	case 600:
		return 60
	}
	return 200
}

// answerTo is a failure in the era's words.
func (e Era) answerTo(f *failure) answer {
	switch e {
	case Era2024October, Era2024OctoberLate:
		return f.ofOctober2024(e).answer()
	case Era2026July:
		return f.ofJuly2026().answer()
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
func (f *failure) ofOctober2024(e Era) *failure {
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
	case f.Status == http.StatusTooManyRequests && e.sinceLateOctober(): // of 19 October
		out.Label = "RateLimitExceeded"
	case f.Code != "", f.Label == "Bad Request", f.Label == "Internal Server Error", f.Status == http.StatusTooManyRequests:
		out = failure{Status: http.StatusInternalServerError, Message: somethingWrong, Label: "InternalServerError"}
	}
	return &out
}
