package api

import (
	"errors"
	"testing"
)

// TestRawV4: the same calls at other addresses, and the project under its other
// name.
func TestRawV4(t *testing.T) {
	t.Parallel()
	f := newFake(t, inOrder(
		answers(200, `{"secrets":[`+rawOctober+`],"imports":[]}`, "ETag", `"1"`), answers(304, ""),
		answers(200, `{"secret":`+rawMay+`}`), answers(200, `{"secret":`+rawMay+`}`), answers(200, `{"secret":`+rawMay+`}`),
		answers(200, `{"secrets":[`+rawMay+`,`+rawOctober+`]}`),
	))
	c := f.client(t)
	list, err := c.ListRaw(t.Context(), RawV4, here, false, "", nil)
	if err != nil || len(list.Secrets) != 1 || list.Secrets[0].Path != "/app" || list.FolderMissing {
		t.Fatalf("%+v %v", list, err)
	}
	if again, err := c.ListRaw(t.Context(), RawV4, here, false, list.ETag, nil); err != nil || !again.NotModified {
		t.Errorf("%+v %v", again, err)
	}
	value := "v"
	_, err1 := c.CreateRaw(t.Context(), RawV4, here, "A b", NewRawSecret{Value: "v", Comment: "c"})
	_, err2 := c.UpdateRaw(t.Context(), RawV4, here, "N", RawChange{Value: "v", NewName: &value})
	_, err3 := c.DeleteRaw(t.Context(), RawV4, here, "N")
	_, err4 := c.CreateRawBatch(t.Context(), RawV4, here, []RawItem{{Name: "N", Value: &value}})
	_, err5 := c.UpdateRawBatch(t.Context(), RawV4, here, []RawItem{{Name: "N", Value: &value}})
	both, err6 := c.DeleteRawBatch(t.Context(), RawV4, here, []RawItem{{Name: "N"}, {Name: "M"}})
	if err := errors.Join(err1, err2, err3, err4, err5, err6); err != nil || len(both) != 2 {
		t.Fatalf("%d %v", len(both), err)
	}
	const query = "/api/v4/secrets?environment=dev&expandSecretReferences=false&includeImports=false&include_imports=false&projectId=ws&recursive=false&secretPath=%2Fapp"
	const place = `{"projectId":"ws","environment":"dev","secretPath":"/app",`
	for i, want := range []seen{
		{method: "GET", uri: query},
		{method: "GET", uri: query},
		{method: "POST", uri: "/api/v4/secrets/A%20b", body: place + `"type":"shared","secretValue":"v","secretComment":"c"}`},
		{method: "PATCH", uri: "/api/v4/secrets/N", body: place + `"type":"shared","newSecretName":"v","secretValue":"v"}`},
		{method: "DELETE", uri: "/api/v4/secrets/N", body: place + `"type":"shared"}`},
		{method: "POST", uri: "/api/v4/secrets/batch", body: place + `"secrets":[{"secretKey":"N","secretValue":"v"}]}`},
		{method: "PATCH", uri: "/api/v4/secrets/batch", body: place + `"secrets":[{"secretKey":"N","secretValue":"v","type":"shared"}]}`},
		{method: "DELETE", uri: "/api/v4/secrets/batch", body: place + `"secrets":[{"secretKey":"N","type":"shared"},{"secretKey":"M","type":"shared"}]}`},
	} {
		if got := f.seen()[i]; got.method != want.method || got.uri != want.uri || got.body != want.body {
			t.Errorf("%s %s %s\nwant %s %s %s", got.method, got.uri, got.body, want.method, want.uri, want.body)
		}
	}
}

// TestRawV4HeldForApproval: an answer without a secret.
func TestRawV4HeldForApproval(t *testing.T) {
	t.Parallel()
	f := newFake(t, answers(200, `{"approval":{"id":"1"}}`))
	c := f.client(t)
	_, err1 := c.CreateRaw(t.Context(), RawV4, here, "N", NewRawSecret{})
	_, err2 := c.CreateRawBatch(t.Context(), RawV4, here, nil)
	for _, err := range []error{err1, err2} {
		if KindOf(err) != KindApprovalPending {
			t.Errorf("%v", err)
		}
	}
}

// TestWordsOfLaterYears: what does not exist is one status, and told apart by
// the words for it.
func TestWordsOfLaterYears(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status        int
		message, name string
		want          Kind
		hint          Hint
	}{
		{404, `"Folder with path '/app' in environment 'dev' was not found. Please ensure the environment slug and secret path is correct."`, "SecretPathNotFound", KindRefused, HintFolderMissing},
		{404, `"Folder with path '/app' in environment with slug 'dev' not found"`, "CreateSecret", KindRefused, HintFolderMissing},
		{404, `"Folder with ID 'app' not found"`, "UpdateFolder", KindRefused, HintFolderMissing},
		{404, `"Environment with slug 'dev' not found"`, "NotFound", KindRefused, HintEnvironmentMissing},
		{404, `"Environment with slug 'dev' in project with ID 'ws' not found"`, "NotFound", KindRefused, HintEnvironmentMissing},
		{404, `"Secret not found"`, "NotFound", KindRefused, HintNone},
		{404, `"Secret with name N not found"`, "NotFound", KindRefused, HintNone},
		{404, `"Personal secret with name N not found"`, "NotFound", KindRefused, HintNone},
		{404, `"Secret with name N has no version 3"`, "NotFound", KindRefused, HintNone},
		{404, `"Secret does not exist: N in path /"`, "NotFound", KindRefused, HintNone},
		{404, `"Tag not found. Found red"`, "NotFound", KindRefused, HintTagMissing},
		{404, `"Secret import with folder ID 'x' not found"`, "NotFound", KindRefused, HintFolderMissing},
		{404, `"Project with ID 'ws' not found"`, "NotFound", KindRefused, HintNone},
		{404, `"Route GET:/api/v4/secrets?projectId=ws not found"`, "Not Found", KindRouteNotFound, HintNone},
		{400, `"Secret already exist"`, "BadRequest", KindRefused, HintExists},
		{400, `"Secret with the new name already exists"`, "BadRequest", KindRefused, HintExists},
		{422, `[{"path":["secretName"],"message":"Secret name cannot contain colon or forward slash."}]`, "ValidationFailure", KindValidation, HintNone},
		{403, `"You are not allowed to read on secrets"`, "PermissionDenied", KindPermission, HintNone},
	} {
		f := newFake(t, answers(c.status, `{"reqId":"req-1","statusCode":404,"message":`+c.message+`,"error":"`+c.name+`"}`))
		_, err := f.client(t).ListRaw(t.Context(), RawV4, here, false, "", nil)
		var e *Error
		if !errors.As(err, &e) || e.Kind != c.want || e.Hint != c.hint {
			t.Errorf("%s: %v, kind %d, want %d", c.message, err, KindOf(err), c.want)
		}
	}
	f := newFake(t, answers(404, "<html>404</html>"))
	if _, err := f.client(t).ListRaw(t.Context(), RawV4, here, false, "", nil); KindOf(err) != KindMalformed {
		t.Errorf("a page: %v", err)
	}
}
