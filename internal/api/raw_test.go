package api

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

const (
	rawMay     = `{"id":"1","_id":"1","workspace":"ws","environment":"dev","version":3,"type":"shared","secretKey":"N","secretValue":"v","secretComment":"c"}`
	rawOctober = `{"id":"2","_id":"2","workspace":"ws","environment":"dev","version":1,"type":"shared","secretKey":"M","secretValue":"w","secretComment":"",
		"secretReminderNote":"n","secretReminderRepeatDays":3,"skipMultilineEncoding":true,"metadata":null,"secretPath":"/app","tags":[{"id":"t","slug":"red","name":"Red","color":"#f00"}]}`
)

// TestListRaw reads what servers of both years tell, and asks them to replace
// no references.
func TestListRaw(t *testing.T) {
	t.Parallel()
	f := newFake(t, answers(200, `{"secrets":[`+rawMay+`,`+rawOctober+`],"imports":[{"secretPath":"/s","environment":"prod","folderId":"f","secrets":[`+rawMay+`]}]}`))
	list, err := f.client(t).ListRaw(t.Context(), RawV3, here, true, "", nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := "/api/v3/secrets/raw?environment=dev&expandSecretReferences=false&includeImports=true&include_imports=true&recursive=false&secretPath=%2Fapp&workspaceId=ws"; f.seen()[0].uri != want {
		t.Errorf("%s", f.seen()[0].uri)
	}
	may, october := list.Secrets[0], list.Secrets[1]
	if may.ID != "1" || may.Version != 3 || may.Name != "N" || may.Value() != "v" || may.Comment() != "c" || may.Told || may.TagSlugs != nil {
		t.Errorf("%+v", may)
	}
	if !october.Told || !october.SkipMultilineEncoding || october.Reminder != (Reminder{3, "n"}) || october.Path != "/app" ||
		!slices.Equal(october.TagIDs, []string{"t"}) || !slices.Equal(october.TagSlugs, []string{"red"}) {
		t.Errorf("%+v", october)
	}
	if one := list.Imports[0]; one.Environment != "prod" || one.Path != "/s" || one.Secrets[0].Value() != "v" || list.FolderMissing {
		t.Errorf("%+v", one)
	}
}

func TestListRawOfAnEmptyOrMissingFolder(t *testing.T) {
	t.Parallel()
	f := newFake(t, answers(200, `{"secrets":[],"imports":[]}`))
	if list, err := f.client(t).ListRaw(t.Context(), RawV3, here, false, "", nil); err != nil || !list.FolderMissing {
		t.Errorf("%+v %v", list, err)
	}
	f = newFake(t, answers(200, `{"secrets":[]}`))
	if list, err := f.client(t).ListRaw(t.Context(), RawV3, here, false, "", nil); err != nil || list.FolderMissing {
		t.Errorf("%+v %v", list, err)
	}
}

// TestSkipNullIsTold: the field is there, so that the server knows it.
func TestSkipNullIsTold(t *testing.T) {
	t.Parallel()
	f := newFake(t, answers(200, `{"secret":{"id":"1","secretKey":"N","skipMultilineEncoding":null}}`))
	got, err := f.client(t).DeleteRaw(t.Context(), RawV3, here, "N")
	if err != nil || !got.Told || got.SkipMultilineEncoding {
		t.Errorf("%+v %v", got, err)
	}
}

// TestRawWrites: method, address and body; nothing that was not said is sent.
func TestRawWrites(t *testing.T) {
	t.Parallel()
	f := newFake(t, answers(200, `{"secret":`+rawMay+`}`))
	c := f.client(t)
	empty := ""
	_, err1 := c.CreateRaw(t.Context(), RawV3, here, "A b/c", NewRawSecret{Value: "v\"\n", Comment: ""})
	_, err2 := c.UpdateRaw(t.Context(), RawV3, here, "N", RawChange{Value: "v"})
	_, err3 := c.UpdateRaw(t.Context(), RawV3, here, "N", RawChange{Value: "v", Comment: &empty, TagIDs: &[]string{}, Reminder: &Reminder{}})
	_, err4 := c.DeleteRaw(t.Context(), RawV3, here, "N")
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		t.Fatal(err)
	}
	const place = `{"workspaceId":"ws","environment":"dev","secretPath":"/app","type":"shared"`
	for i, want := range []seen{
		{method: "POST", uri: "/api/v3/secrets/raw/A%20b%2Fc", body: place + `,"secretValue":"v\"\n","secretComment":""}`},
		{method: "PATCH", uri: "/api/v3/secrets/raw/N", body: place + `,"secretValue":"v"}`},
		{method: "PATCH", uri: "/api/v3/secrets/raw/N", body: place + `,"secretValue":"v","secretComment":"","tagIds":[],"secretReminderRepeatDays":null,"secretReminderNote":""}`},
		{method: "DELETE", uri: "/api/v3/secrets/raw/N", body: place + `}`},
	} {
		if got := f.seen()[i]; got.method != want.method || got.uri != want.uri || got.body != want.body {
			t.Errorf("%s %s %s", got.method, got.uri, got.body)
		}
	}
	if f.seen()[0].header.Get("Authorization") != "Bearer "+testBearer || c.Writes() != 4 {
		t.Error("the bearer token was not sent, or a write not counted")
	}
}

func TestRawAnswersThatAreNone(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]Kind{
		`{"approval":{"id":"1"}}`: KindApprovalPending, `{"secret":{}}`: KindMalformed, `{}`: KindMalformed,
		`{"secret":{"id":"1","skipMultilineEncoding":"yes"}}`: KindMalformed,
	} {
		f := newFake(t, answers(200, body))
		if _, err := f.client(t).UpdateRaw(t.Context(), RawV3, here, "N", RawChange{}); KindOf(err) != want {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// TestRawErrorsRepeatNothing of what was sent, trimmed or not.
func TestRawErrorsRepeatNothing(t *testing.T) {
	t.Parallel()
	f := newFake(t, answers(400, `{"statusCode":400,"message":"not hidden, nor this  hidden : why","error":"BadRequest"}`))
	_, err := f.client(t).CreateRaw(t.Context(), RawV3, here, "N", NewRawSecret{Value: " hidden ", Comment: "why"})
	if err == nil || strings.Contains(err.Error(), "hidden") || strings.Contains(err.Error(), "why") {
		t.Errorf("%v", err)
	}
}

// TestRawBatches: one request, with the kind where it has one and no name in the
// address; an update and a delete of what may be two kinds say which.
func TestRawBatches(t *testing.T) {
	t.Parallel()
	f := newFake(t, answers(200, `{"secrets":[`+rawMay+`,`+rawOctober+`]}`))
	c := f.client(t)
	a, b, empty, yes := "a\"", "", "", true
	made, err1 := c.CreateRawBatch(t.Context(), RawV3, here, []RawItem{{Name: "A b/c", Value: &a, Comment: &empty}, {Name: "B", Value: &b, SkipMultilineEncoding: &yes}})
	_, err2 := c.UpdateRawBatch(t.Context(), RawV3, here, []RawItem{{Name: "A", NewName: &a, Value: &b, TagIDs: &[]string{}}})
	_, err3 := c.DeleteRawBatch(t.Context(), RawV3, here, []RawItem{{Name: "A"}, {Name: "B"}})
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	if len(made) != 2 || made[0].Name != "N" || made[0].Value() != "v" || made[0].Told || made[1].Name != "M" || !made[1].Told {
		t.Errorf("%+v", made)
	}
	const place = `{"workspaceId":"ws","environment":"dev","secretPath":"/app","secrets":[`
	for i, want := range []seen{
		{method: "POST", body: place + `{"secretKey":"A b/c","secretValue":"a\"","secretComment":""},{"secretKey":"B","secretValue":"","skipMultilineEncoding":true}]}`},
		{method: "PATCH", body: place + `{"secretKey":"A","newSecretName":"a\"","secretValue":"","type":"shared","tagIds":[]}]}`},
		{method: "DELETE", body: place + `{"secretKey":"A","type":"shared"},{"secretKey":"B","type":"shared"}]}`},
	} {
		if got := f.seen()[i]; got.method != want.method || got.uri != "/api/v3/secrets/batch/raw" || got.body != want.body {
			t.Errorf("%s %s %s", got.method, got.uri, got.body)
		}
	}
	if c.Writes() != 3 {
		t.Errorf("%d writes", c.Writes())
	}
}

func TestRawBatchAnswersThatAreNone(t *testing.T) {
	t.Parallel()
	value := "hidden "
	for body, want := range map[string]Kind{
		`{"approval":{"id":"1"}}`: KindApprovalPending, `{"secrets":[{}]}`: KindMalformed, `{}`: KindMalformed, `{"secrets":{}}`: KindMalformed,
	} {
		f := newFake(t, answers(200, body))
		if got, err := f.client(t).CreateRawBatch(t.Context(), RawV3, here, []RawItem{{Name: "N", Value: &value}}); KindOf(err) != want || got != nil {
			t.Errorf("%s: %v", body, err)
		}
	}
	f := newFake(t, answers(400, `{"statusCode":400,"message":"not hidden either","error":"BadRequest"}`))
	if _, err := f.client(t).UpdateRawBatch(t.Context(), RawV3, here, []RawItem{{Name: "N", Value: &value}}); err == nil || strings.Contains(err.Error(), "hidden") {
		t.Errorf("%v", err)
	}
}
