package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/url"
	"strconv"
	"strings"
	"testing"
)

// TestErrorTable has a row for each answer that PROTOCOL lists, as recorded.
func TestErrorTable(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		body   string
		want   Kind
		hint   Hint
	}{
		{403, `{"statusCode":403,"message":"Token missing","error":"Unauthorized access"}`, KindRefused, HintTokenRejected},
		{500, `{"statusCode":500,"error":"Internal Server Error","message":"jwt must be provided"}`, KindServer, HintTokenRejected},
		{500, `{"statusCode":500,"error":"Internal Server Error","message":"jwt malformed"}`, KindServer, HintTokenRejected},
		{500, `{"statusCode":500,"error":"Internal Server Error","message":"invalid signature"}`, KindServer, HintTokenRejected},
		{500, `{"statusCode":500,"error":"Internal Server Error","message":"data and hash arguments required"}`, KindServer, HintTokenRejected},
		{403, `{"statusCode":403,"message":"You are not allowed to access this resource","error":"UnauthorizedError"}`, KindTokenRejected, HintNone},
		{400, `{"statusCode":400,"message":"Service token user not found","error":"BadRequest"}`, KindRefused, HintTokenRejected},
		{403, `{"statusCode":403,"message":"failed to authenticate expired service token","error":"UnauthorizedError"}`, KindTokenRejected, HintExpired},
		{403, `{"statusCode":403,"message":"Failed to find service authorization for given project","error":"UnauthorizedError"}`, KindTokenRejected, HintWrongProject},
		{401, `{"statusCode":401,"message":"Failed to find service authorization for given project","error":"UnauthorizedError"}`, KindTokenRejected, HintWrongProject},
		{401, `{"statusCode":401,"error":"PermissionDenied","message":"You are not allowed to read on secrets"}`, KindPermission, HintNone},
		{401, `{"statusCode":401,"error":"PermissionDenied","message":"You are not allowed to create on secrets"}`, KindPermission, HintNone},
		{403, `{"statusCode":403,"error":"ValidationFailure","message":[{"code":"invalid_type","path":["secrets",1,"secretValueIV"],"message":"Required"}]}`, KindValidation, HintNone},
		{400, `{"statusCode":400,"message":"Secret not found","error":"BadRequest"}`, KindRefused, HintNone},
		{404, `{"statusCode":404,"message":"Secret not found","error":"NotFound"}`, KindRefused, HintNone},
		{400, `{"statusCode":400,"message":"Secret not found: blind index MISSING","error":"BadRequest"}`, KindRefused, HintNone},
		{400, `{"statusCode":400,"message":"Secret already exist","error":"BadRequest"}`, KindRefused, HintExists},
		{400, `{"statusCode":400,"message":"Folder not found for the given environment slug & secret path","error":"Create secret"}`, KindRefused, HintFolderMissing},
		{404, `{"statusCode":404,"message":"Folder not found for the given environment slug & secret path","error":"Create secret"}`, KindRefused, HintFolderMissing},
		{400, `{"statusCode":400,"message":"Folder not found","error":"Delete folder"}`, KindRefused, HintFolderMissing},
		{400, `{"statusCode":400,"message":"Environment not found","error":"get folders"}`, KindRefused, HintEnvironmentMissing},
		{400, `{"statusCode":400,"message":"Tag not found","error":"BadRequest"}`, KindRefused, HintTagMissing},
		{400, `{"statusCode":400,"message":"Secret import doc not found","error":"Sec imp del"}`, KindRefused, HintNone},
		{400, `{"statusCode":400,"message":"Secret import not found","error":"BadRequest"}`, KindRefused, HintNone},
		{404, `{"statusCode":404,"message":"Secret import not found","error":"NotFound"}`, KindRefused, HintNone},
		{400, `{"statusCode":400,"message":"Folder with specified name already exists","error":"Update folder"}`, KindRefused, HintExists},
		{400, `{"statusCode":400,"message":"Blind index not found","error":"CreateSecret"}`, KindRefused, HintNoBlindIndex},
		{404, `{"statusCode":404,"message":"Blind index not found","error":"Create secret"}`, KindRefused, HintNoBlindIndex},
		{404, `{"statusCode":404,"message":"Blind index for project with ID 'x' not found","error":"NotFound"}`, KindRefused, HintNoBlindIndex},
		{400, `{"statusCode":400,"message":"Project is currently being upgraded, and secrets cannot be written. Please try again","error":"BadRequest"}`, KindRefused, HintUpgradeRunning},
		{400, `{"statusCode":400,"message":"Must be user to create personal secret","error":"BadRequest"}`, KindRefused, HintPersonalNeedsUser},
		{400, `{"statusCode":400,"message":"Failed to create personal secret override for no corresponding shared secret","error":"BadRequest"}`, KindRefused, HintPersonalNeedsShared},
		{400, `{"statusCode":400,"message":"Secret already exist: A, B","error":"BadRequest"}`, KindRefused, HintExists},
		{400, `{"statusCode":400,"message":"Secret already existing","error":"BadRequest"}`, KindRefused, HintExists},
		{401, `{"statusCode":401,"message":"Invalid credentials","error":"UnauthorizedError"}`, KindTokenRejected, HintNone},
		{413, `{"statusCode":413,"code":"FST_ERR_CTP_BODY_TOO_LARGE","error":"Payload Too Large","message":"Request body is too large"}`, KindBodyTooLarge, HintNone},
		{404, `{"message":"Route POST:/api/v3/secrets/aaa not found","error":"Not Found","statusCode":404}`, KindRouteNotFound, HintNone},
		{500, `{"statusCode":500,"message":"Something went wrong","error":"Find by secret path"}`, KindServer, HintNone},
		{500, `{"statusCode":500,"message":"Something went wrong","error":"Internal"}`, KindServer, HintNone},
		{502, `<html>Bad Gateway</html>`, KindServer, HintNone},
		{500, ``, KindServer, HintNone},
		{400, `{"statusCode":400,"message":"failed to find bot key","error":"BadRequest"}`, KindRefused, HintNoBot},
		{400, `{"statusCode":400,"message":"Bot is not active","error":"BadRequest"}`, KindRefused, HintNoBot},
		{404, `{"statusCode":404,"message":"Bot not found. Please ask admin user to login","error":"NotFound"}`, KindRefused, HintNoBot},
		{400, `{"statusCode":400,"message":"Secrets not found anywhere","error":"BadRequest"}`, KindRefused, HintNone},
		{404, `{"statusCode":404,"message":"Project not found","error":"NotFound"}`, KindRefused, HintNone},
		{404, `<html>Not Found</html>`, KindMalformed, HintNone},
		{302, ``, KindMalformed, HintNone},

		// October 2024 (wire_v3.json).
		{401, `{"statusCode":401,"message":"Token missing","error":"UnauthorizedError"}`, KindTokenRejected, HintTokenRejected},
		{401, `{"statusCode":401,"message":"No identity access token found","error":"UnauthorizedError"}`, KindTokenRejected, HintNone},
		{401, `{"statusCode":401,"message":"failed to authenticate expired service token","error":"UnauthorizedError"}`, KindTokenRejected, HintExpired},
		{403, `{"statusCode":403,"message":"The provided access token is malformed. Please use a valid token or generate a new one and try again.","error":"TokenError"}`, KindTokenRejected, HintNone},
		{403, `{"statusCode":403,"message":"invalid signature","error":"TokenError"}`, KindTokenRejected, HintTokenRejected},
		{403, `{"statusCode":403,"message":"Your token has expired. Please re-authenticate.","error":"TokenError"}`, KindTokenRejected, HintExpired},
		{403, `{"statusCode":403,"message":"You are not allowed to read on secrets","error":"PermissionDenied"}`, KindPermission, HintNone},
		{403, `{"statusCode":403,"message":"You are not allowed to access this resource","error":"Service token not a part of the specified project"}`, KindRefused, HintWrongProject},
		{403, `{"statusCode":403,"message":"You are not allowed to access this resource","error":"Identity is not a member of the specified project"}`, KindRefused, HintWrongProject},
		{403, `{"statusCode":403,"message":"You are not allowed to access this resource from the current IP address","error":"ForbiddenError"}`, KindRefused, HintAddressRefused},
		{401, `{"statusCode":401,"message":[{"code":"invalid_type","expected":"object","received":"null","path":[],"message":"Expected object, received null"}],"error":"ValidationFailure"}`, KindValidation, HintNone},
		{404, `{"statusCode":404,"message":"Secret not found: blind index MISSING","error":"NotFound"}`, KindRefused, HintNone},
		{404, `{"statusCode":404,"message":"Folder not found","error":"NotFound"}`, KindRefused, HintFolderMissing},
		{404, `{"statusCode":404,"message":"Folder not found","error":"Delete folder"}`, KindRefused, HintFolderMissing},
		{404, `{"statusCode":404,"message":"Environment not found","error":"get folders"}`, KindRefused, HintEnvironmentMissing},
		{404, `{"statusCode":404,"message":"Tag not found","error":"NotFound"}`, KindRefused, HintTagMissing},
		{404, `{"statusCode":404,"message":"Blind index not found","error":"Update secret"}`, KindRefused, HintNoBlindIndex},
		{404, `{"statusCode":404,"message":"Secret does not exist: B1","error":"NotFound"}`, KindRefused, HintNone},
		{500, `{"statusCode":500,"message":"Something went wrong","error":"InternalServerError"}`, KindServer, HintNone},

		// 2023 (section 16 and that server's source).
		{401, `{"type":"unauthorized","message":"You are not authorized to access this resource","status_code":401}`, KindTokenRejected, HintNone},
		{401, `{"type":"unauthorized","message":"Failed to authenticate expired service token","status_code":401}`, KindTokenRejected, HintExpired},
		{401, `{"type":"unauthorized","message":"Failed service token authorization for the given workspace","status_code":401}`, KindTokenRejected, HintNone},
		{401, `{"type":"unauthorized","message":"Failed service token authorization for the given workspace environment","status_code":401}`, KindTokenRejected, HintNone},
		{401, `{"type":"unauthorized","message":"Failed service token authorization for the given workspace environment action: write","status_code":401}`, KindTokenRejected, HintNone},
		{400, `{"type":"validation_error","message":"The request failed validation","status_code":400}`, KindValidation, HintNone},
		{404, `{"type":"secret_not_found_error","message":"The requested secret was not found","status_code":404}`, KindSecretNotFound, HintNone},
		{404, `{"type":"workspace_not_found_error","message":"The requested workspace was not found","status_code":404}`, KindRefused, HintNone},
		{404, `{"type":"account_not_found_error","message":"The requested secret was not found","status_code":404}`, KindRefused, HintNone},
		{404, `{"type":"secret_blind_index_data_not_found_error","message":"The requested secret blind index data was not found","status_code":404}`, KindRefused, HintNoBlindIndex},
		{404, `{"type":"route_not_found","message":"The requested source was not found","status_code":404}`, KindRouteNotFound, HintNone},
		{401, `{"type":"unauthorized","message":"Folder Permission Denied","status_code":401}`, KindTokenRejected, HintNone},
		{403, `{"type":"forbidden","message":"You are not allowed to read on secrets","status_code":403}`, KindPermission, HintNone},
		{400, `{"type":"bad_request","message":"Failed to create secret that already exists","status_code":400}`, KindRefused, HintExists},
		{400, `{"statusCode":400,"message":"Secret with the new name already exist","error":"BadRequest"}`, KindRefused, HintExists},
		{500, `{"type":"internal_server_error","message":"The server encountered an error while processing the request","status_code":500}`, KindServer, HintNone},
	} {
		t.Run(fmt.Sprint(c.status, c.body), func(t *testing.T) {
			t.Parallel()
			client := newFake(t, answers(c.status, c.body)).client(t)
			_, err := client.DeleteSecret(t.Context(), here, "N")
			if got := KindOf(err); got != c.want {
				t.Errorf("kind %d, want %d: %v", got, c.want, err)
			}
			var e *Error
			if !errors.As(err, &e) || e.Hint != c.hint || e.Status != c.status || e.Route != "/api/v3/secrets/:secretName" {
				t.Errorf("%v", err)
			}
		})
	}
}

// TestLimitThatLooksLikeAFailure: in October 2024 only headers tell a rate
// limit from a failure; the same answer without them may have written.
func TestLimitThatLooksLikeAFailure(t *testing.T) {
	t.Parallel()
	const body = `{"statusCode":500,"message":"Something went wrong","error":"InternalServerError"}`
	for _, c := range []struct {
		headers []string
		want    Kind
	}{
		{[]string{"Retry-After", "60", "X-Ratelimit-Remaining", "0"}, KindRateLimited},
		{[]string{"X-Ratelimit-Remaining", "0"}, KindServer},
		{[]string{"Retry-After", "60", "X-Ratelimit-Remaining", "7"}, KindServer},
	} {
		server := newFake(t, answers(500, body, c.headers...))
		_, err := server.client(t).CreateSecret(t.Context(), here, "N", NewSecret{})
		var e *Error
		if !errors.As(err, &e) || e.Kind != c.want || e.Ambiguous() != (c.want == KindServer) {
			t.Errorf("%v: %v", c.headers, err)
		}
	}
}

// TestFailureThatMeansTooLarge: two eras answer 500 to a body over their limit.
func TestFailureThatMeansTooLarge(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		body  string
		bytes int
		want  Kind
	}{
		{`{"statusCode":500,"message":"Something went wrong","error":"InternalServerError"}`, MaxBody, KindBodyTooLarge},
		{`{"statusCode":500,"message":"Something went wrong","error":"InternalServerError"}`, MaxBodyOf2023, KindServer},
		{`{"type":"internal_server_error","message":"The server encountered an error while processing the request"}`, MaxBodyOf2023, KindBodyTooLarge},
		{`{"type":"internal_server_error","message":"The server encountered an error while processing the request"}`, MaxBodyOf2023 / 2, KindServer},
		{`{"statusCode":500,"message":"Something went wrong","error":"Create"}`, MaxBody, KindServer},
	} {
		client := newFake(t, answers(500, c.body)).client(t)
		_, err := client.CreateSecret(t.Context(), here, "N", NewSecret{Value: Field{Ciphertext: strings.Repeat("A", c.bytes)}})
		if got := KindOf(err); got != c.want {
			t.Errorf("%d bytes, %s: kind %d, want %d", c.bytes, c.body, got, c.want)
		}
	}
}

func TestAmbiguity(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err  Error
		want bool
	}{
		{Error{Method: "POST", Kind: KindTransport, sent: true}, true},
		{Error{Method: "POST", Kind: KindTransport}, false},
		{Error{Method: "GET", Kind: KindTransport, sent: true}, false},
		{Error{Method: "PATCH", Kind: KindServer}, true},
		{Error{Method: "DELETE", Kind: KindMalformed}, true},
		{Error{Method: "POST", Kind: KindInterrupted, sent: true}, true},
		{Error{Method: "POST", Kind: KindInterrupted}, false},
		{Error{Method: "POST", Kind: KindRefused, sent: true}, false},
		{Error{Method: "POST", Kind: KindRateLimited, sent: true}, false},
	} {
		if got := c.err.Ambiguous(); got != c.want {
			t.Errorf("%+v: %v", c.err, got)
		}
	}
}

func TestTheServersWordsAreMadeSafe(t *testing.T) {
	t.Parallel()
	const ciphertext = "62WMYzBKGjisZnXWfSf+94hwQR1Bzhw="
	body := fmt.Sprintf(`{"statusCode":400,"error":"x","message":"bearer %s sent %s\u001b[31m%s"}`, testBearer, ciphertext, strings.Repeat(" no", 400))
	client := newFake(t, answers(400, body)).client(t)
	_, err := client.GetSecret(t.Context(), here, "N")
	text := err.Error()
	for _, bad := range []string{testBearer, testBearer[41:], ciphertext, "\x1b"} {
		if strings.Contains(text, bad) {
			t.Error("the error holds what it must not")
		}
	}
	if !strings.Contains(text, "bearer […] sent […]") || len(text) > 700 {
		t.Errorf("%d bytes: %s", len(text), text)
	}
}

// TestShortTextsAreHiddenWhereTheyStandAlone: a credential or value of a few
// characters is in half of all words, which have to stay readable.
func TestShortTextsAreHiddenWhereTheyStandAlone(t *testing.T) {
	t.Parallel()
	const message = `a value a: "a" is (a), data`
	for _, c := range []struct {
		sent []string
		want string
	}{
		{[]string{"a"}, `[…] value […]: "[…]" is ([…]), data`},
		{[]string{"dat", "lue", "va"}, message},
		{[]string{"is", " ", ""}, `a value a: "a" […] (a), data`},
		{[]string{"é", "."}, message},
		{[]string{"alue"}, `a v[…] a: "a" is (a), data`},
	} {
		if got := clean(message, c.sent); got != c.want {
			t.Errorf("without %q: %s", c.sent, got)
		}
	}
	if got := clean("éa é, aé: aa aaa é", []string{"é", "aa"}); got != "éa […], aé: […] aaa […]" {
		t.Error(got)
	}
}

// TestTextsAreHiddenHoweverTheyAreQuoted: a value in the clear that a server
// refuses must not come back in an error in another dress.
func TestTextsAreHiddenHoweverTheyAreQuoted(t *testing.T) {
	t.Parallel()
	const value = "hunter2 <\"Paßwort\"> & more\nof it\U0001f511 end"
	encoded, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(string(encoded))
	if err != nil {
		t.Fatal(err)
	}
	ascii := strings.Trim(strconv.QuoteToASCII(value), `"`)
	utf16 := strings.ReplaceAll(ascii, `\U0001f511`, `\ud83d\udd11`)
	for name, quoted := range map[string]string{
		"as it is": value, "JSON": string(encoded), "JSON in JSON": string(again), "ASCII": utf16,
		"HTML": html.EscapeString(value), "HTML by numbers": strings.NewReplacer("<", "&#60;", `"`, "&#x22;", ">", "&gt;", "&", "&amp;").Replace(value),
		"query": url.QueryEscape(value), "path": url.PathEscape(value), "small hexadecimal": strings.ToLower(url.PathEscape(value)),
		"capitals": strings.ToUpper(value), "small letters": strings.ToLower(value), "begin": value[:12] + "...", "end": "…" + value[len(value)-14:],
		"middle": "..." + value[4:18] + "...", "JSON in an address": url.QueryEscape(string(encoded)), "on one line": strings.ReplaceAll(value, "\n", " "),
	} {
		got := clean("The value "+quoted+" is too long", []string{value})
		for _, part := range []string{"hunter2", "HUNTER2", "wort", "WORT", "more", "MORE", "of it", "of%20it", "of+it", "end"} {
			if strings.Contains(got, part) {
				t.Errorf("%s: it still holds a part of %d characters of it: %s", name, len(part), got)
			}
		}
		if !strings.HasPrefix(got, "The value") || !strings.HasSuffix(got, "is too long") {
			t.Errorf("%s: the words are lost: %s", name, got)
		}
	}
}

// TestLabelsArePrintable: what an answer says of places and ids is made so as it
// is read.
func TestLabelsArePrintable(t *testing.T) {
	t.Parallel()
	folders, err := newFake(t, answers(200, `{"folders":[{"id":"a\u001b[2K","name":"b\n\u202e"}]}`)).client(t).Folders(t.Context(), here)
	if err != nil || len(folders) != 1 || folders[0].ID != "a\ufffd[2K" || folders[0].Name != "b \ufffd" {
		t.Errorf("%+v: %v", folders, err)
	}
	imports, err := newFake(t, answers(200, `{"secretImports":[{"id":"a","importPath":"/a\u200b","importEnv":{"slug":"dev\r"}}]}`)).client(t).Imports(t.Context(), here)
	if err != nil || len(imports) != 1 || imports[0].Path != "/a\ufffd" || imports[0].Environment != "dev " {
		t.Errorf("%+v: %v", imports, err)
	}
}

// TestUnaskedNotModified: it is no redirect.
func TestUnaskedNotModified(t *testing.T) {
	t.Parallel()
	_, err := newFake(t, answers(304, "")).client(t).GetSecret(t.Context(), here, "N")
	if KindOf(err) != KindMalformed || !strings.Contains(err.Error(), "status 304: it answers that nothing has changed, which was not asked") || strings.Contains(err.Error(), "redirect") {
		t.Error(err)
	}
}

func TestPrintable(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "", "Äpfel 日本 🔑": "Äpfel 日本 🔑", "a\nb\tc\u2028d": "a b c d", "\x1b[2K\u009b1m": "\ufffd[2K\ufffd1m",
		"\u202eabc\u2066\u200f": "\ufffdabc\ufffd\ufffd", "a\u200bb\ufeffc\u00add": "a\ufffdb\ufffdc\ufffdd", "\u3164\u115f": "\ufffd\ufffd",
		"bad \xff bytes": "bad \ufffd bytes",
	} {
		if got := Printable(text); got != want {
			t.Errorf("%q became %q", text, got)
		}
	}
	for text, want := range map[string]string{
		"two\nlines\r\n\tthree 👩\u200d💻 \u200f": "two\nlines\r\n\tthree 👩\u200d💻 \u200f",
		"over\rwritten\r": "over\ufffdwritten\ufffd", "\x1b[2K\u009b\x00": "\ufffd[2K\ufffd\ufffd", "\u202e\u2069": "\ufffd\ufffd",
	} {
		if got := PrintableLines(text); got != want {
			t.Errorf("%q became %q", text, got)
		}
	}
}

func TestValidationNamesTheFields(t *testing.T) {
	t.Parallel()
	client := newFake(t, answers(403, `{"statusCode":403,"error":"ValidationFailure","message":[
		{"code":"invalid_type","path":["secrets",1,"secretValueIV"],"message":"Required"},{"path":[],"message":"Expected object, received null"}]}`)).client(t)
	_, err := client.GetSecret(t.Context(), here, "N")
	if !strings.Contains(err.Error(), "secrets.1.secretValueIV: Required; Expected object, received null") {
		t.Error(err)
	}
}
