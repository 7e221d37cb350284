package api

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
)

// Kind says what an error means to a caller.
type Kind int

// The kinds. A secret may be taken for gone on KindSecretNotFound alone.
const (
	KindUnexpected          Kind = iota // an answer that no table row knows
	KindInvalid                         // the request could not be built
	KindInterrupted                     // the caller's context ended
	KindTransport                       // no whole answer came
	KindTLS                             // no TLS connection came about: nothing was sent
	KindProxy                           // the proxy did not let anything through: nothing was sent
	KindMalformed                       // a 2xx that is not what the endpoint answers
	KindRateLimited                     // and waiting did not help
	KindTokenRejected                   // unknown, revoked, or expired before
	KindTokenExpired                    // expired; told once, later it is KindTokenRejected
	KindNoLogin                         // there was nothing to log in with; Unwrap says why, and nothing was sent
	KindLoginUnknown                    // no machine identity has that client id, or it has not this way to log in
	KindLoginRejected                   // what was sent is not taken: most servers do not say what of it
	KindLoginSpent                      // the client secret was used as often as it may be
	KindLoginExpired                    // the client secret, or the JSON web token, has expired
	KindLoginNotOffered                 // the server has no such login
	KindLoginFailed                     // the server failed at a login, as when who vouches for it is out of its reach
	KindAddressRefused                  // not from this address
	KindWrongProject                    // the token belongs to another project
	KindPermission                      // not allowed, or no such environment: the server does not tell them apart
	KindUnexplained                     // refused without a word by a server of 2023, which took the credential a moment later; see wordless
	KindValidation                      // the server refused a field
	KindSecretNotFound                  //
	KindFolderNotFound                  //
	KindEnvironmentNotFound             //
	KindTagNotFound                     //
	KindImportNotFound                  //
	KindSecretExists                    //
	KindFolderExists                    //
	KindNoBlindIndex                    //
	KindNoBot                           // the server holds no key of the project: raw endpoints do not serve it
	KindUpgradeRunning                  //
	KindPersonalNeedsUser               //
	KindPersonalNeedsShared             // there is no shared secret of that name
	KindApprovalPending                 // accepted as a proposal: nothing was written
	KindBodyTooLarge                    //
	KindRouteNotFound                   // not Infisical, or a name of more than 100 UTF-16 units
	KindServer                          // the server failed
)

// Error is every error of this package. It holds no secret, token or
// ciphertext: the server's own words are cut, cleaned and stripped of them.
type Error struct {
	Kind    Kind
	Method  string
	Route   string // pattern, not the address
	Status  int    // 0 when no answer came
	Message string // the server's words; may be empty
	// TimedOut: no answer came in time. The server may still be at work.
	TimedOut bool

	cause    error
	labelled bool // the body named a type of error
	sent     bool
	harmless bool // see call
}

// Error says what happened and leaves the mend to the caller, who knows more.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s", e.Method, e.Route)
	if e.Status != 0 {
		fmt.Fprintf(&b, ": status %d", e.Status)
	}
	if e.cause != nil {
		fmt.Fprintf(&b, ": %s", e.cause)
	}
	if e.Message != "" {
		fmt.Fprintf(&b, ": the server says %q", e.Message)
	}
	return Printable(b.String()) // the cause may hold names of a certificate, which the server chose
}

// Unwrap gives the cause between here and the server, if there was one.
func (e *Error) Unwrap() error { return e.cause }

// Ambiguous tells whether a write may have been carried out although it
// failed here: the server finishes what it began when a connection is lost
// (section 5), and a proxy's 5xx says nothing of what stands behind it.
func (e *Error) Ambiguous() bool {
	if e.Method == http.MethodGet || e.harmless {
		return false
	}
	switch e.Kind {
	case KindTransport, KindInterrupted:
		return e.sent
	case KindMalformed, KindServer:
		return true
	}
	return false
}

// KindOf is the kind of the first *Error in err's chain; KindUnexpected if
// there is none.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return KindUnexpected
}

// rule is one row of the table that turns an answer into a kind. Empty fields
// match anything; message is a prefix where it ends in "…".
type rule struct {
	status  int
	label   string // the body's `error`, or `type` on servers of 2023
	message string
	kind    Kind
}

// rules is the only place where answers are told apart. Order matters: the
// first row that matches decides. Servers of three eras answer the same things
// with each other's statuses (403 is a bad token here and a missing permission
// there), so no row goes by its status alone unless all eras agree. Those of
// later years name what does not exist: rows with a "…" inside. "Not found"
// must be matched word for word: a missing bot, blind index, tag, folder or
// environment is answered with the same statuses, and none of them means that a
// secret is gone.
var rules = []rule{
	// Authentication (section 2).
	{403, "", "failed to authenticate expired service token", KindTokenExpired},
	{403, "", "Token missing", KindTokenRejected},
	{403, "UnauthorizedError", "You are not allowed to access this resource", KindTokenRejected},
	{400, "", "Service token user not found", KindTokenRejected},
	{500, "", "jwt must be provided", KindTokenRejected},
	{500, "", "jwt malformed", KindTokenRejected},
	{500, "", "invalid signature", KindTokenRejected},
	{500, "", "jwt expired", KindTokenExpired}, // from the server's source
	{500, "", "data and hash arguments required", KindTokenRejected},
	// Logins, and October 2024 (PROTOCOL_V3 sections 0 and 1).
	{404, "", "No identity with specified client ID was found", KindLoginUnknown},
	{401, "", "Invalid credentials", KindLoginRejected},
	{401, "", "Access denied due to client secret usage limit reached", KindLoginSpent},
	{401, "", "Access denied due to expired client secret", KindLoginExpired},
	{403, "", "You are not allowed to access this resource from the current IP address", KindAddressRefused},
	{401, "UnauthorizedError", "failed to authenticate expired service token", KindTokenExpired},
	{401, "UnauthorizedError", "Failed to find service authorization for given project", KindWrongProject},
	{401, "UnauthorizedError", "", KindTokenRejected},
	{403, "TokenError", "Your token has expired…", KindTokenExpired},
	{403, "TokenError", "", KindTokenRejected},
	// 2023 (PROTOCOL_2023): for most of the year answers had no words, see
	// wordless; these are of the weeks that had some (the server's source).
	{404, "service_token_data_not_found_error", "", KindTokenRejected},
	{404, "api_key_data_not_found_error", "", KindTokenRejected},
	{500, "internal_server_error", "Cast to ObjectId failed for value …", KindTokenRejected},
	{500, "internal_server_error", "Folder not found", KindFolderNotFound},
	{401, "unauthorized", "Failed to authenticate expired service token", KindTokenExpired},
	{401, "unauthorized", "Failed service token authorization for the given workspace", KindWrongProject},
	{401, "unauthorized", "Failed service token authorization for the given workspace environment…", KindPermission},
	{401, "unauthorized", "Folder Permission Denied", KindPermission},
	{401, "unauthorized", "", KindTokenRejected},

	// Rights and validation (sections 0, 3, 4).
	{403, "", "Failed to find service authorization for given project", KindWrongProject},
	{403, "User not in project", "", KindWrongProject},
	{403, "Identity not in project", "", KindWrongProject},
	{403, "UnauthorizedError", "", KindTokenRejected}, // of an access token
	{401, "PermissionDenied", "", KindPermission},
	{403, "ValidationFailure", "", KindValidation},
	// October 2024 (PROTOCOL_V3 sections 0 and 2).
	{403, "Service token not a part of the specified project", "", KindWrongProject},
	{403, "Identity is not a member of the specified project", "", KindWrongProject},
	{403, "PermissionDenied", "", KindPermission},
	{401, "ValidationFailure", "", KindValidation},
	// 2023.
	{403, "forbidden", "", KindPermission},
	{400, "validation_error", "", KindValidation},
	// Later years (their source).
	{422, "ValidationFailure", "", KindValidation},

	// Missing and taken (sections 4, 5, 6, 8, 16, 21).
	{400, "", "Secret not found", KindSecretNotFound},
	{400, "", "Secret not found: blind index …", KindSecretNotFound},
	{404, "", "Secret not found", KindSecretNotFound},
	{404, "", "Secret not found: blind index …", KindSecretNotFound},
	{404, "", "Secret with name …not found", KindSecretNotFound},
	{404, "", "Personal secret with name …not found", KindSecretNotFound},
	{404, "secret_not_found_error", "", KindSecretNotFound},
	{400, "", "Secret already exist", KindSecretExists},
	{400, "", "Secret already exist: …", KindSecretExists}, // a batch in the clear (PROTOCOL_V3 section 4)
	{400, "bad_request", "Failed to create secret that already exists", KindSecretExists},
	{400, "", "Folder not found for the given environment slug & secret path", KindFolderNotFound},
	{404, "", "Folder not found for the given environment slug & secret path", KindFolderNotFound},
	{400, "", "Folder not found", KindFolderNotFound},
	{404, "", "Folder not found", KindFolderNotFound},
	{404, "", "Folder with path …not found", KindFolderNotFound},
	{404, "SecretPathNotFound", "Folder with path …", KindFolderNotFound},
	{404, "", "Folder with ID …not found", KindFolderNotFound},
	{404, "", "Target folder not found", KindFolderNotFound},
	{400, "", "Environment not found", KindEnvironmentNotFound},
	{404, "", "Environment not found", KindEnvironmentNotFound},
	{404, "", "Environment with slug …not found", KindEnvironmentNotFound},
	{400, "", "Tag not found", KindTagNotFound},
	{404, "", "Tag not found", KindTagNotFound},
	{404, "", "Tag not found. …", KindTagNotFound},
	{400, "", "Secret import doc not found", KindImportNotFound},
	{400, "", "Secret import not found", KindImportNotFound},
	{404, "", "Secret import not found", KindImportNotFound},
	{404, "", "Secret import with …not found", KindImportNotFound},
	{400, "", "Folder with specified name already exists", KindFolderExists},
	{400, "", "Blind index not found", KindNoBlindIndex},
	{404, "", "Blind index not found", KindNoBlindIndex},
	{404, "", "Blind index for project with ID …", KindNoBlindIndex},
	{400, "", "failed to find bot key", KindNoBot},
	{400, "", "Bot is not active", KindNoBot},
	{404, "", "Bot not found…", KindNoBot},
	{404, "", "Project not found during bot lookup…", KindWrongProject},
	{404, "secret_blind_index_data_not_found_error", "", KindNoBlindIndex},
	{400, "", "Project is currently being upgraded…", KindUpgradeRunning},
	{400, "", "Secret with the new name already exist", KindSecretExists},
	{400, "", "Secret with the new name already exists", KindSecretExists},
	{400, "", "Must be user to create personal secret", KindPersonalNeedsUser},
	{400, "", "Failed to create personal secret override for no corresponding shared secret", KindPersonalNeedsShared},

	// Limits and shapes (sections 0, 3, 4). A rate limit is told apart before, by
	// its headers.
	{413, "", "", KindBodyTooLarge},
	{404, "", "Route …", KindRouteNotFound},
	{404, "route_not_found", "", KindRouteNotFound},
}

func (r rule) matches(status int, label, message string) bool {
	if r.status != status || r.label != "" && r.label != label {
		return false
	}
	if begin, end, ok := strings.Cut(r.message, "…"); ok {
		return len(message) >= len(begin)+len(end) && strings.HasPrefix(message, begin) && strings.HasSuffix(message, end)
	}
	return r.message == "" || r.message == message
}

// classify turns an answer other than 2xx into an *Error. What is confidential
// is stripped from the server's words.
func classify(call call, resp *http.Response, answer []byte, confidential ...string) *Error {
	e := &Error{Method: call.method, Route: call.route, Status: resp.StatusCode, sent: true, harmless: call.harmless}
	var body struct {
		Label   string          `json:"error"`
		Type    string          `json:"type"` // servers of 2023 have no `error`
		Message json.RawMessage `json:"message"`
		Context json.RawMessage `json:"context"` // likewise, with the text of an exception
	}
	if resp.StatusCode == http.StatusNotModified {
		e.Kind = KindMalformed
		e.cause = errors.New("it answers that nothing has changed, which was not asked: something before the server keeps answers, and must not")
		return e
	}
	if resp.StatusCode/100 == 3 {
		e.Kind = KindMalformed
		e.cause = errors.New("it answers with a redirect, which is not followed: set `host` to the address that answers itself")
		return e
	}
	err := decode(answer, &body)
	if isRateLimit(resp) { // whatever it says, or a proxy before it
		e.Kind = KindRateLimited
		return e
	}
	if err != nil {
		e.cause = err
		e.Kind = KindMalformed
		if resp.StatusCode >= 500 {
			e.Kind = KindServer
		}
		return e
	}
	message := messageOf(body.Message)
	label := cmp.Or(body.Label, body.Type)
	e.labelled = label != ""
	if resp.StatusCode >= 500 {
		e.Kind = KindServer
	}
	if message == "" {
		var invalid bool
		if message, invalid = exceptionOf(body.Context); invalid {
			e.Kind = KindValidation
		}
	}
	e.Message = clean(message, append(sealedTexts(call.body), confidential...))
	if tooLargeFor(resp.StatusCode, label, call.size) {
		e.Kind = KindBodyTooLarge
	}
	if kind, known := wordless(call, resp.StatusCode, label); known && message == "" {
		e.Kind = kind
		return e
	}
	for _, r := range rules {
		if r.matches(resp.StatusCode, label, message) {
			e.Kind = r.kind
			break
		}
	}
	return e
}

// Largest request bodies in bytes. Only servers of 2024-05 say 413 to a larger
// one; the others answer 500 as for any exception, so that the size alone tells.
const (
	MaxBody       = 1 << 20   // section 4, Values; PROTOCOL_V3 section 4
	MaxBodyOf2023 = 100 << 10 // PROTOCOL_2023
)

// tooLargeFor tells whether a failure with that label is what a server makes
// of a request body of that size.
func tooLargeFor(status int, label string, size int) bool {
	if status != http.StatusInternalServerError {
		return false
	}
	switch label {
	case "InternalServerError":
		return size > MaxBody
	case "internal_server_error", "": // of 2023
		return size > MaxBodyOf2023
	}
	return false
}
