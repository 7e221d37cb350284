package api

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Kind says what an error means to a caller.
type Kind int

// The kinds. They follow from the structure of an answer alone: status, rate
// limit headers, machine label, route and size. No sentence makes one, so that
// what a caller does by a kind depends on none.
const (
	KindUnexpected      Kind = iota // no *Error at all
	KindInvalid                     // the request could not be built
	KindInterrupted                 // the caller's context ended
	KindTransport                   // no whole answer came
	KindTLS                         // no TLS connection came about: nothing was sent
	KindProxy                       // the proxy did not let anything through: nothing was sent
	KindMalformed                   // a 2xx that is not what the endpoint answers
	KindRateLimited                 // and waiting did not help
	KindTokenRejected               // unknown, revoked or expired
	KindNoLogin                     // there was nothing to log in with; Unwrap says why, and nothing was sent
	KindLoginUnknown                // no machine identity has that client id, or it has not this way to log in
	KindLoginRejected               // what was sent is not taken: most servers do not say what of it
	KindLoginNotOffered             // the server has no such login
	KindLoginFailed                 // the server failed at a login, as when who vouches for it is out of its reach
	KindPermission                  // not allowed, or no such environment: the server does not tell them apart
	KindUnexplained                 // refused without a label of later years by a server of 2023, which took the credential a moment later; see explain
	KindRefused                     // a 4xx whose reason only its words tell: look at what is there
	KindValidation                  // the server refused a field: as KindRefused
	KindSecretNotFound              // the answer of servers of 2023 to a GET by name, in a folder that is there
	KindApprovalPending             // accepted as a proposal: nothing was written
	KindBodyTooLarge                //
	KindRouteNotFound               // not Infisical, or a name of more than 100 UTF-16 units
	KindServer                      // the server failed
)

// Hint is what a server's words seem to say. It makes advice more exact and
// decides nothing: servers change their words every month.
type Hint int

// The hints.
const (
	HintNone Hint = iota
	HintExpired
	HintTokenRejected
	HintLoginSpent    // the client secret was used as often as it may be
	HintLoginLocked   // after too many failures
	HintServerManaged // a honey token or a rotated secret, which only the server changes
	HintAddressRefused
	HintWrongProject // the credential belongs to another project
	HintExists
	HintFolderMissing
	HintEnvironmentMissing
	HintTagMissing
	HintNoBlindIndex
	HintNoBot // the server holds no key of the project: raw endpoints do not serve it
	HintUpgradeRunning
	HintPersonalNeedsUser
	HintPersonalNeedsShared // there is no shared secret of that name
)

// Error is every error of this package. It holds no secret, token or
// ciphertext: the server's own words are cut, cleaned and stripped of them.
type Error struct {
	Kind    Kind
	Hint    Hint // for advice alone
	Method  string
	Route   string // pattern, not the address
	Status  int    // 0 when no answer came
	Message string // the server's words; may be empty
	// TimedOut: no answer came in time. The server may still be at work.
	TimedOut bool

	cause    error
	labelled bool // the body named a type of error
	uncaught bool // an exception that nobody caught on the server, by its label
	native   bool // the body has the shape that all Infisical servers since 2024 give an error
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

// IsRefusal tells a refusal whose reason is not known: the request was not
// carried out, and what the server holds tells why. What is known to be about the
// credential, a limit, the size or the address is none.
func (e *Error) IsRefusal() bool {
	switch e.Kind {
	case KindRefused, KindValidation, KindSecretNotFound:
		return true
	}
	return false
}

// IsNative tells whether an answer is one of Infisical's own handlers, and not of
// its router or of something before it.
func (e *Error) IsNative() bool { return e.native && e.Kind != KindRouteNotFound }

// KindOf is the kind of the first *Error in err's chain; KindUnexpected if
// there is none.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return KindUnexpected
}

// rule is one row of the table: of the answers that it matches, and what they
// are. Empty fields match anything.
type rule struct {
	status int
	labels string // any of these, separated by |: the body's `error`, or `type` on servers of 2023
	kind   Kind
	// words are what the label and the message hold, all of them and in any order;
	// each may be one of several, separated by |. Such a row has a hint and no kind.
	words []string
	hint  Hint
}

// rules is the only place where answers are told apart: first by structure, which
// decides, and then by words, which only advise. In each half the first row that
// matches counts. Servers of three eras answer the same things with each other's
// statuses, so labels come before statuses. Each row says what hangs on it.
var rules = []rule{
	{labels: "PermissionDenied|forbidden", kind: KindPermission},                // folders that are skipped by name; the version guard warns
	{labels: "ValidationFailure|validation_error", kind: KindValidation},        // a look at what is there
	{labels: "UnauthorizedError|TokenError", kind: KindTokenRejected},           // one more login of a machine identity
	{labels: "Not Found|route_not_found", status: 404, kind: KindRouteNotFound}, // v3 is spoken instead of v4
	{labels: "secret_not_found_error", status: 404, kind: KindSecretNotFound},   // that a folder of late 2023 is there
	{status: 413, kind: KindBodyTooLarge},                                       // a batch is taken apart
	{status: 401, kind: KindTokenRejected},                                      // as by its label

	// From here on: one sentence of advice each, and nothing else.
	{words: []string{"usage limit"}, hint: HintLoginSpent},
	{words: []string{"locked"}, hint: HintLoginLocked},
	{words: []string{"honey token|rotated secret"}, hint: HintServerManaged},
	{words: []string{"expired"}, hint: HintExpired},
	{words: []string{"ip address"}, hint: HintAddressRefused},
	{words: []string{"project", "member|part of|service authorization|not in project|not a part"}, hint: HintWrongProject},
	{words: []string{"blind index not found|blind index for project|blind index data not found"}, hint: HintNoBlindIndex},
	{words: []string{" bot "}, hint: HintNoBot},
	{words: []string{"being upgraded"}, hint: HintUpgradeRunning},
	{words: []string{"must be user"}, hint: HintPersonalNeedsUser},
	{words: []string{"shared secret"}, hint: HintPersonalNeedsShared},
	{words: []string{" tag | tags ", "not found"}, hint: HintTagMissing},
	{words: []string{"jwt|invalid signature|hash arguments|token missing|token user|objectid"}, hint: HintTokenRejected},
	{words: []string{"already exist"}, hint: HintExists},
	{words: []string{"^ environment", "not found"}, hint: HintEnvironmentMissing},
	{words: []string{"folder", "not found"}, hint: HintFolderMissing},
}

func (r rule) matches(status int, label, words string) bool {
	if r.status != 0 && r.status != status || r.labels != "" && !slices.Contains(strings.Split(r.labels, "|"), label) {
		return false
	}
	for _, one := range r.words {
		if !slices.ContainsFunc(strings.Split(one, "|"), func(word string) bool { return strings.Contains(words, word) }) {
			return false
		}
	}
	return true
}

// quoted is what a sentence is about, and ids: "Folder with path '/p' not found".
var quoted = regexp.MustCompile(`'[^']*'|"[^"]*"|[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}`)

// loose are words without what is quoted, in lower case, each between blanks.
func loose(text string) string {
	text = strings.ToLower(quoted.ReplaceAllString(text, " "))
	return " " + strings.Join(strings.FieldsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), " ") + " "
}

// judge sets what an answer means by its structure, and what its words say.
func (e *Error) judge(label, message string) {
	words := "^" + loose(message) + "$" + loose(label)
	for _, r := range rules {
		switch matches := r.matches(e.Status, label, words); {
		case !matches:
		case r.words == nil:
			e.Kind = cmp.Or(e.Kind, r.kind)
		default:
			e.Hint = cmp.Or(e.Hint, r.hint)
		}
	}
	e.Kind = cmp.Or(e.Kind, KindRefused)
}

// classify turns an answer other than 2xx into an *Error. What is confidential
// is stripped from the server's words.
func classify(call call, resp *http.Response, answer []byte, confidential ...string) *Error {
	e := &Error{Method: call.method, Route: call.route, Status: resp.StatusCode, sent: true, harmless: call.harmless}
	var body struct {
		Status  int             `json:"statusCode"`
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
	e.uncaught = resp.StatusCode == http.StatusInternalServerError && label == "Internal Server Error"
	e.labelled, e.native = label != "", body.Status == resp.StatusCode && body.Label != ""
	if resp.StatusCode >= 500 {
		e.Kind = KindServer
	}
	exception, invalid := exceptionOf(body.Context)
	if message = cmp.Or(message, exception); invalid {
		e.Kind = KindValidation
	}
	e.Message = clean(message, append(sealedTexts(call.body), confidential...))
	if tooLargeFor(resp.StatusCode, label, call.size) {
		e.Kind = KindBodyTooLarge
	}
	if kind, known := onRoute(call, resp.StatusCode, label); known && e.Kind == 0 {
		e.Kind = kind
	}
	e.judge(label, message)
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
