package devserver

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// A server whose sentences nobody has met. Contracts fix the family of a status,
// the headers of a rate limit and some machine labels; sentences change every
// month, and so do the labels that name an operation or nothing at all.

// fixedLabels are the labels that mean the same on all servers that have them.
// "Not Found", with a blank, is the router's, and never a handler's.
var fixedLabels = []string{
	"PermissionDenied", "UnauthorizedError", "TokenError", "ValidationFailure", "ForbiddenError", "Not Found",
	"Internal Server Error", "InternalServerError", "Too Many Requests", "RateLimitExceeded",
}

// freeLabels take the place of others.
var freeLabels = []string{"BadRequest", "NotFound", "ConflictError", "DatabaseError", "CreateSecret", "GetSecretByName", "bulk operation", ""}

// sentences say what no refusal means, or what another one means: a client
// that goes by words does the wrong thing.
var sentences = []string{
	"The operation could not be completed",
	"Request rejected by policy",
	"Secret not found",
	"Secret already exist",
	"Secret with the new name already exists",
	"Folder not found",
	"Folder with specified name already exists",
	"Environment not found",
	"Secret import not found",
	"Tag not found",
	"Blind index not found",
	"failed to find bot key",
	"Project is currently being upgraded",
	"Must be user to create personal secret",
	"Your token has expired. Please re-authenticate.",
	"Failed to find service authorization for given project",
	"Route GET:/api not found",
}

// reword gives a refusal another sentence. The same seed rewords the same
// answer to the same request always alike. Rate limits, pages and answers that
// are no refusals stay.
func reword(seed uint64, route string, of2023 bool, a answer) answer {
	var body map[string]any
	if seed == 0 || a.status < 400 || a.status == http.StatusTooManyRequests || a.header.Get("Retry-After") != "" || json.Unmarshal(a.body, &body) != nil {
		return a
	}
	text, isText := body["message"].(string)
	label, _ := body["error"].(string)
	random := rand.New(rand.NewPCG(seed, hashOf(route, fmt.Sprint(a.status), label, text)))
	pick := func(from []string) string { return from[random.IntN(len(from))] }
	switch {
	case random.IntN(3) == 0 && isText && text != "": // the same, said in another way
		text = strings.ToUpper(text[:1]) + strings.ToLower(text[1:])
		if random.IntN(2) == 0 {
			text = strings.ReplaceAll(text, "secret", "secret 'X'")
		}
	default:
		text = pick(sentences)
	}
	if random.IntN(2) == 0 {
		text = fmt.Sprintf("%s with ID '%s' in path '/p' of environment 'e'", text, idOf(random))
	}
	body["message"] = text
	if random.IntN(2) == 0 {
		body["details"] = map[string]any{"reason": pick(sentences), "secretKey": "X"}
	}
	free := label != "" && a.status < 500 && !slices.Contains(fixedLabels, label)
	if free && a.status != http.StatusForbidden && random.IntN(2) == 0 {
		body["error"] = pick(freeLabels)
		if body["error"] == "" {
			delete(body, "error")
		}
	}
	isRoute := label == "Not Found" || body["type"] == "route_not_found"
	switch {
	case a.status == http.StatusBadRequest:
		a.status = []int{http.StatusBadRequest, http.StatusConflict, http.StatusUnprocessableEntity, http.StatusNotFound}[random.IntN(stable(of2023, 4, 3))]
	case a.status == http.StatusNotFound && !isRoute && !of2023: // whose 404 is all that it says of a secret
		a.status = []int{http.StatusNotFound, http.StatusBadRequest, http.StatusUnprocessableEntity}[random.IntN(3)]
	}
	if _, told := body["statusCode"]; told {
		body["statusCode"] = a.status
	}
	a.body = encode(body)
	if a.header.Get("Etag") != "" {
		a.header.Del("Etag")
	}
	return a
}

// stable is how many statuses can take the place of 400. Servers of 2023 say
// 404 of a secret that is not there, in no words, and so of nothing else.
func stable(of2023 bool, later, then int) int {
	if of2023 {
		return then
	}
	return later
}

func hashOf(texts ...string) uint64 {
	h := fnv.New64a()
	for _, text := range texts {
		_, _ = h.Write([]byte(text))
		_, _ = h.Write([]byte{0})
	}
	return h.Sum64()
}

func idOf(random *rand.Rand) string {
	var raw [16]byte
	binary.LittleEndian.PutUint64(raw[:], random.Uint64())
	binary.LittleEndian.PutUint64(raw[8:], random.Uint64())
	id, _ := uuid.FromBytes(raw[:])
	return id.String()
}
