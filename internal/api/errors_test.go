package api

import (
	"errors"
	"fmt"
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
	}{
		{403, `{"statusCode":403,"message":"Token missing","error":"Unauthorized access"}`, KindTokenRejected},
		{500, `{"statusCode":500,"error":"Internal Server Error","message":"jwt must be provided"}`, KindTokenRejected},
		{500, `{"statusCode":500,"error":"Internal Server Error","message":"jwt malformed"}`, KindTokenRejected},
		{500, `{"statusCode":500,"error":"Internal Server Error","message":"invalid signature"}`, KindTokenRejected},
		{500, `{"statusCode":500,"error":"Internal Server Error","message":"data and hash arguments required"}`, KindTokenRejected},
		{403, `{"statusCode":403,"message":"You are not allowed to access this resource","error":"UnauthorizedError"}`, KindTokenRejected},
		{400, `{"statusCode":400,"message":"Service token user not found","error":"BadRequest"}`, KindTokenRejected},
		{403, `{"statusCode":403,"message":"failed to authenticate expired service token","error":"UnauthorizedError"}`, KindTokenExpired},
		{403, `{"statusCode":403,"message":"Failed to find service authorization for given project","error":"UnauthorizedError"}`, KindWrongProject},
		{401, `{"statusCode":401,"error":"PermissionDenied","message":"You are not allowed to read on secrets"}`, KindPermission},
		{401, `{"statusCode":401,"error":"PermissionDenied","message":"You are not allowed to create on secrets"}`, KindPermission},
		{403, `{"statusCode":403,"error":"ValidationFailure","message":[{"code":"invalid_type","path":["secrets",1,"secretValueIV"],"message":"Required"}]}`, KindValidation},
		{400, `{"statusCode":400,"message":"Secret not found","error":"BadRequest"}`, KindSecretNotFound},
		{404, `{"statusCode":404,"message":"Secret not found","error":"NotFound"}`, KindSecretNotFound},
		{400, `{"statusCode":400,"message":"Secret not found: blind index MISSING","error":"BadRequest"}`, KindSecretNotFound},
		{400, `{"statusCode":400,"message":"Secret already exist","error":"BadRequest"}`, KindSecretExists},
		{400, `{"statusCode":400,"message":"Folder not found for the given environment slug & secret path","error":"Create secret"}`, KindFolderNotFound},
		{404, `{"statusCode":404,"message":"Folder not found for the given environment slug & secret path","error":"Create secret"}`, KindFolderNotFound},
		{400, `{"statusCode":400,"message":"Folder not found","error":"Delete folder"}`, KindFolderNotFound},
		{400, `{"statusCode":400,"message":"Environment not found","error":"get folders"}`, KindEnvironmentNotFound},
		{400, `{"statusCode":400,"message":"Tag not found","error":"BadRequest"}`, KindTagNotFound},
		{400, `{"statusCode":400,"message":"Secret import doc not found","error":"Sec imp del"}`, KindImportNotFound},
		{400, `{"statusCode":400,"message":"Secret import not found","error":"BadRequest"}`, KindImportNotFound},
		{404, `{"statusCode":404,"message":"Secret import not found","error":"NotFound"}`, KindImportNotFound},
		{400, `{"statusCode":400,"message":"Folder with specified name already exists","error":"Update folder"}`, KindFolderExists},
		{400, `{"statusCode":400,"message":"Blind index not found","error":"CreateSecret"}`, KindNoBlindIndex},
		{404, `{"statusCode":404,"message":"Blind index not found","error":"Create secret"}`, KindNoBlindIndex},
		{404, `{"statusCode":404,"message":"Blind index for project with ID 'x' not found","error":"NotFound"}`, KindNoBlindIndex},
		{400, `{"statusCode":400,"message":"Project is currently being upgraded, and secrets cannot be written. Please try again","error":"BadRequest"}`, KindUpgradeRunning},
		{400, `{"statusCode":400,"message":"Must be user to create personal secret","error":"BadRequest"}`, KindPersonalNeedsUser},
		{413, `{"statusCode":413,"code":"FST_ERR_CTP_BODY_TOO_LARGE","error":"Payload Too Large","message":"Request body is too large"}`, KindBodyTooLarge},
		{404, `{"message":"Route POST:/api/v3/secrets/aaa not found","error":"Not Found","statusCode":404}`, KindRouteNotFound},
		{500, `{"statusCode":500,"message":"Something went wrong","error":"Find by secret path"}`, KindServer},
		{500, `{"statusCode":500,"message":"Something went wrong","error":"Internal"}`, KindServer},
		{502, `<html>Bad Gateway</html>`, KindServer},
		{500, ``, KindServer},
		{400, `{"statusCode":400,"message":"failed to find bot key","error":"BadRequest"}`, KindNoBot},
		{400, `{"statusCode":400,"message":"Bot is not active","error":"BadRequest"}`, KindNoBot},
		{404, `{"statusCode":404,"message":"Bot not found. Please ask admin user to login","error":"NotFound"}`, KindNoBot},
		{400, `{"statusCode":400,"message":"Secrets not found anywhere","error":"BadRequest"}`, KindUnexpected},
		{404, `{"statusCode":404,"message":"Project not found","error":"NotFound"}`, KindUnexpected},
		{404, `<html>Not Found</html>`, KindMalformed},
		{302, ``, KindMalformed},
	} {
		t.Run(fmt.Sprint(c.status, c.body), func(t *testing.T) {
			t.Parallel()
			client := newFake(t, answers(c.status, c.body)).client(t)
			_, err := client.DeleteSecret(t.Context(), here, "N")
			if got := KindOf(err); got != c.want {
				t.Errorf("kind %d, want %d: %v", got, c.want, err)
			}
			var e *Error
			if !errors.As(err, &e) || e.Status != c.status || e.Route != "/api/v3/secrets/:secretName" {
				t.Errorf("%v", err)
			}
		})
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
		{Error{Method: "POST", Kind: KindSecretExists, sent: true}, false},
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

func TestValidationNamesTheFields(t *testing.T) {
	t.Parallel()
	client := newFake(t, answers(403, `{"statusCode":403,"error":"ValidationFailure","message":[
		{"code":"invalid_type","path":["secrets",1,"secretValueIV"],"message":"Required"},{"path":[],"message":"Expected object, received null"}]}`)).client(t)
	_, err := client.GetSecret(t.Context(), here, "N")
	if !strings.Contains(err.Error(), "secrets.1.secretValueIV: Required; Expected object, received null") {
		t.Error(err)
	}
}
