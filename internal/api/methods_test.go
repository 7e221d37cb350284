package api

import (
	"context"
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"
)

var (
	here     = Place{WorkspaceID: "ws", Environment: "dev", Path: "/app"}
	sealedA  = Field{"Y2E=", "aXY=", "dGE="}
	sealedB  = Field{"Y2I=", "aXYy", "dGI="}
	recordOK = `{"id":"1","version":3,"type":"shared","workspace":"ws","environment":"dev","secretPath":"/app",
		"secretKeyCiphertext":"Y2E=","secretKeyIV":"aXY=","secretKeyTag":"dGE=",
		"secretValueCiphertext":"Y2I=","secretValueIV":"aXYy","secretValueTag":"dGI=",
		"secretCommentCiphertext":null,"secretCommentIV":null,"secretCommentTag":null}`
	importedOK = `{"id":"2","_id":"2","version":1,"type":"shared","workspace":"","environment":"prod","folderId":"f",
		"secretKeyCiphertext":"Y2E=","secretKeyIV":"aXY=","secretKeyTag":"dGE=",
		"secretValueCiphertext":"Y2I=","secretValueIV":"aXYy","secretValueTag":"dGI="}`
	importOK = `{"id":"i","importPath":"/shared","position":2,"importEnv":{"name":"Production","slug":"prod","id":"e"}}`
	secretOK = Secret{ID: "1", Version: 3, Type: "shared", WorkspaceID: "ws", Environment: "dev", Path: "/app", Key: sealedA, Value: sealedB}
)

// TestMethods holds each method to one request: verb, escaped path, query,
// body, and what it makes of the answer.
func TestMethods(t *testing.T) {
	t.Parallel()
	const name = "A b/%?#+\"é€\n.."
	const escaped = "/api/v3/secrets/A%20b%2F%25%3F%23+%22%C3%A9%E2%82%AC%0A.."
	one := answers(200, `{"secret":`+recordOK+`}`)
	for _, c := range []struct {
		name   string
		answer http.HandlerFunc
		call   func(context.Context, *Client) (any, error)
		method string
		uri    string
		body   string // JSON; "" = none
		want   any
	}{
		{
			"list", answers(200, `{"secrets":[`+recordOK+`]}`),
			func(ctx context.Context, c *Client) (any, error) { return c.ListSecrets(ctx, here, false, "", nil) },
			"GET", "/api/v3/secrets?environment=dev&include_imports=false&recursive=false&secretPath=%2Fapp&workspaceId=ws", "",
			List{Secrets: []Secret{secretOK}},
		},
		{
			"list of an empty folder", answers(200, `{"secrets":[]}`),
			func(ctx context.Context, c *Client) (any, error) { return c.ListSecrets(ctx, here, false, "", nil) },
			"GET", "", "",
			List{Secrets: []Secret{}},
		},
		{
			"list of a missing folder", answers(200, `{"secrets":[],"imports":[]}`),
			func(ctx context.Context, c *Client) (any, error) { return c.ListSecrets(ctx, here, false, "", nil) },
			"GET", "", "",
			List{Secrets: []Secret{}, FolderMissing: true},
		},
		{
			"list with imports that nobody asked for", answers(200, `{"secrets":[`+recordOK+`],"imports":[]}`),
			func(ctx context.Context, c *Client) (any, error) { return c.ListSecrets(ctx, here, false, "", nil) },
			"GET", "", "",
			List{Secrets: []Secret{secretOK}},
		},
		{
			"list with imports", answers(200, `{"imports":[{"secretPath":"/shared","environment":"prod","folderId":"f","new":{"x":[1]},
				"secrets":[`+importedOK+`]},{"secrets":[],"environment":"dev","secretPath":"/","folderId":"g"}],"secrets":[`+recordOK+`]}`),
			func(ctx context.Context, c *Client) (any, error) { return c.ListSecrets(ctx, here, true, "", nil) },
			"GET", "/api/v3/secrets?environment=dev&include_imports=true&recursive=false&secretPath=%2Fapp&workspaceId=ws", "",
			List{Secrets: []Secret{secretOK}, Imports: []ImportedSecrets{
				{"prod", "/shared", "f", []Secret{{ID: "2", Version: 1, Type: "shared", Environment: "prod", FolderID: "f", Key: sealedA, Value: sealedB}}},
				{"dev", "/", "g", []Secret{}},
			}},
		},
		{
			"list with imports of a folder that holds only those", answers(200, `{"secrets":[],"imports":[{"secretPath":"/","environment":"prod","folderId":"f","secrets":[]}]}`),
			func(ctx context.Context, c *Client) (any, error) { return c.ListSecrets(ctx, here, true, "", nil) },
			"GET", "", "",
			List{Secrets: []Secret{}, Imports: []ImportedSecrets{{"prod", "/", "f", []Secret{}}}},
		},
		{
			"list with tags", answers(200, `{"secrets":[{"id":"1","tags":[{"id":"t","slug":"team","name":"Team","color":"#fff"}]},{"id":"2","tags":[]}]}`),
			func(ctx context.Context, c *Client) (any, error) { return c.ListSecrets(ctx, here, false, "", nil) },
			"GET", "", "",
			List{Secrets: []Secret{{ID: "1", TagIDs: []string{"t"}, TagSlugs: []string{"team"}}, {ID: "2", TagSlugs: []string{}}}},
		},
		{
			"list of a server of 2023", answers(200, `{"secrets":[{"_id":"64d2","version":1,"type":"personal","folder":"f","tags":[]}]}`),
			func(ctx context.Context, c *Client) (any, error) { return c.ListSecrets(ctx, here, false, "", nil) },
			"GET", "", "",
			List{Secrets: []Secret{{ID: "64d2", Version: 1, Type: "personal", FolderID: "f", TagSlugs: []string{}}}},
		},
		{
			"get", one,
			func(ctx context.Context, c *Client) (any, error) { return c.GetSecret(ctx, here, name) },
			"GET", escaped + "?environment=dev&include_imports=false&secretPath=%2Fapp&type=shared&workspaceId=ws", "", secretOK,
		},
		{
			"create", one,
			func(ctx context.Context, c *Client) (any, error) {
				return c.CreateSecret(ctx, here, name, NewSecret{Key: sealedA, Value: sealedB, Comment: sealedA})
			},
			"POST", escaped,
			`{"workspaceId":"ws","environment":"dev","secretPath":"/app","type":"shared",
			"secretKeyCiphertext":"Y2E=","secretKeyIV":"aXY=","secretKeyTag":"dGE=",
			"secretValueCiphertext":"Y2I=","secretValueIV":"aXYy","secretValueTag":"dGI=",
			"secretCommentCiphertext":"Y2E=","secretCommentIV":"aXY=","secretCommentTag":"dGE="}`, secretOK,
		},
		{
			"create with an empty value and no comment", one,
			func(ctx context.Context, c *Client) (any, error) {
				return c.CreateSecret(ctx, here, name, NewSecret{Key: sealedA, Value: Field{"", "aXY=", "dGE="}})
			},
			"POST", escaped,
			`{"workspaceId":"ws","environment":"dev","secretPath":"/app","type":"shared",
			"secretKeyCiphertext":"Y2E=","secretKeyIV":"aXY=","secretKeyTag":"dGE=",
			"secretValueCiphertext":"","secretValueIV":"aXY=","secretValueTag":"dGE="}`, secretOK,
		},
		{
			"update that keeps the comment", one,
			func(ctx context.Context, c *Client) (any, error) {
				return c.UpdateSecret(ctx, here, name, SecretChange{Value: sealedB})
			},
			"PATCH", escaped,
			`{"workspaceId":"ws","environment":"dev","secretPath":"/app","type":"shared",
			"secretValueCiphertext":"Y2I=","secretValueIV":"aXYy","secretValueTag":"dGI="}`, secretOK,
		},
		{
			"update that clears the comment and renames", one,
			func(ctx context.Context, c *Client) (any, error) {
				return c.UpdateSecret(ctx, here, name, SecretChange{Value: sealedB, Comment: &Field{}, Rename: &Rename{Name: "NEW", Key: sealedA}})
			},
			"PATCH", escaped,
			`{"workspaceId":"ws","environment":"dev","secretPath":"/app","type":"shared",
			"secretName":"NEW","secretKeyCiphertext":"Y2E=","secretKeyIV":"aXY=","secretKeyTag":"dGE=",
			"secretValueCiphertext":"Y2I=","secretValueIV":"aXYy","secretValueTag":"dGI=",
			"secretCommentCiphertext":"","secretCommentIV":"","secretCommentTag":""}`, secretOK,
		},
		{
			"delete", one,
			func(ctx context.Context, c *Client) (any, error) { return c.DeleteSecret(ctx, here, name) },
			"DELETE", escaped, `{"workspaceId":"ws","environment":"dev","secretPath":"/app","type":"shared"}`, secretOK,
		},
		{
			"service token", answers(200, `{"id":"t","name":"rw","workspace":"ws","scopes":[{"secretPath":"/**","environment":"dev"}],"permissions":["read","write"],
				"expiresAt":"2027-01-02T03:04:05.000Z","encryptedKey":"Y2E=","iv":"aXY=","tag":"dGE=","secretHash":"$2b$10$x"}`),
			func(ctx context.Context, c *Client) (any, error) { return c.ServiceToken(ctx) },
			"GET", "/api/v2/service-token", "",
			ServiceToken{"rw", "ws", []Scope{{"dev", "/**"}}, []string{"read", "write"}, time.Date(2027, 1, 2, 3, 4, 5, 0, time.UTC), sealedA, false, false},
		},
		{
			"service token of 2023", answers(200, `{"_id":"64d2","name":"rw","workspace":"ws","environment":"dev","secretPath":"/app","permissions":["read"],
				"encryptedKey":"Y2E=","iv":"aXY=","tag":"dGE="}`),
			func(ctx context.Context, c *Client) (any, error) { return c.ServiceToken(ctx) },
			"GET", "", "",
			ServiceToken{"rw", "ws", []Scope{{"dev", "/app"}}, []string{"read"}, time.Time{}, sealedA, true, true},
		},
		{
			"workspace", answers(200, `{"workspace":{"id":"ws","name":"n","version":3,"upgradeStatus":null,"environments":[{"name":"Development","slug":"dev","id":"e"}]}}`),
			func(ctx context.Context, c *Client) (any, error) { return c.Workspace(ctx, "ws") },
			"GET", "/api/v1/workspace/ws", "",
			Workspace{"ws", "n", 3, []Environment{{"Development", "dev", "e"}}, false},
		},
		{
			"workspace of a server that takes keys", answers(200, `{"workspace":{"id":"ws","name":"n","version":1,"pitVersionLimit":10,"kmsCertificateKeyId":null,"auditLogsRetentionDays":null,"environments":[]}}`),
			func(ctx context.Context, c *Client) (any, error) { return c.Workspace(ctx, "ws") },
			"GET", "", "",
			Workspace{"ws", "n", 1, []Environment{}, true},
		},
		{
			"workspace of a server that knows no versions", answers(200, `{"workspace":{"id":"ws","name":"n","environments":[]}}`),
			func(ctx context.Context, c *Client) (any, error) { return c.Workspace(ctx, "ws") },
			"GET", "", "",
			Workspace{"ws", "n", 1, []Environment{}, false},
		},
		{
			"folders", answers(200, `{"folders":[{"id":"f","name":"a"},{"id":"g","name":"b"}]}`),
			func(ctx context.Context, c *Client) (any, error) { return c.Folders(ctx, here) },
			"GET", "/api/v1/folders?environment=dev&path=%2Fapp&workspaceId=ws", "",
			[]Folder{{ID: "f", Name: "a"}, {ID: "g", Name: "b"}},
		},
		{
			"create folder", answers(200, `{"folder":{"id":"f","name":"db"}}`),
			func(ctx context.Context, c *Client) (any, error) { return c.CreateFolder(ctx, here, "db") },
			"POST", "/api/v1/folders", `{"workspaceId":"ws","environment":"dev","path":"/app","name":"db"}`,
			Folder{ID: "f", Name: "db"},
		},
		{
			"rename folder", answers(200, `{"folder":{"id":"f","name":"store"}}`),
			func(ctx context.Context, c *Client) (any, error) {
				return c.RenameFolder(ctx, here, Folder{ID: "f"}, "store")
			},
			"PATCH", "/api/v1/folders/f", `{"workspaceId":"ws","environment":"dev","path":"/app","name":"store"}`,
			Folder{ID: "f", Name: "store"},
		},
		{
			"delete folder", answers(200, `{"folder":{"id":"f","name":"db"}}`),
			func(ctx context.Context, c *Client) (any, error) { return c.DeleteFolder(ctx, here, Folder{ID: "f"}) },
			"DELETE", "/api/v1/folders/f", `{"workspaceId":"ws","environment":"dev","path":"/app"}`,
			Folder{ID: "f", Name: "db"},
		},
		{
			"imports", answers(200, `{"message":"","secretImports":[`+importOK+`]}`),
			func(ctx context.Context, c *Client) (any, error) { return c.Imports(ctx, here) },
			"GET", "/api/v1/secret-imports?environment=dev&path=%2Fapp&workspaceId=ws", "",
			[]Import{{"i", "prod", "/shared", 2}},
		},
		{
			"create import", answers(200, `{"secretImport":`+importOK+`}`),
			func(ctx context.Context, c *Client) (any, error) { return c.CreateImport(ctx, here, "prod", "/shared") },
			"POST", "/api/v1/secret-imports", `{"workspaceId":"ws","environment":"dev","path":"/app","import":{"environment":"prod","path":"/shared"}}`,
			Import{"i", "prod", "/shared", 2},
		},
		{
			"move import", answers(200, `{"secretImport":`+importOK+`}`),
			func(ctx context.Context, c *Client) (any, error) { return c.MoveImport(ctx, here, "i", 2) },
			"PATCH", "/api/v1/secret-imports/i", `{"workspaceId":"ws","environment":"dev","path":"/app","import":{"position":2}}`,
			Import{"i", "prod", "/shared", 2},
		},
		{
			"delete import", answers(200, `{"secretImport":`+importOK+`}`),
			func(ctx context.Context, c *Client) (any, error) { return c.DeleteImport(ctx, here, "i") },
			"DELETE", "/api/v1/secret-imports/i", `{"workspaceId":"ws","environment":"dev","path":"/app"}`,
			Import{"i", "prod", "/shared", 2},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			server := newFake(t, c.answer)
			got, err := c.call(t.Context(), server.client(t))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, c.want) {
				t.Errorf("got  %+v\nwant %+v", got, c.want)
			}
			requests := server.seen()
			if len(requests) != 1 {
				t.Fatalf("%d requests", len(requests))
			}
			r := requests[0]
			if r.method != c.method || c.uri != "" && r.uri != c.uri {
				t.Errorf("sent %s %s\nwant %s %s", r.method, r.uri, c.method, c.uri)
			}
			if !sameJSON(t, r.body, c.body) {
				t.Errorf("sent the body %s", r.body)
			}
			if r.header.Get("Authorization") != "Bearer "+testBearer || r.header.Get("User-Agent") != "test/1" ||
				(c.body != "") != (r.header.Get("Content-Type") == "application/json") {
				t.Errorf("headers: %v", r.header)
			}
		})
	}
}

func sameJSON(t *testing.T, got, want string) bool {
	t.Helper()
	if got == "" || want == "" {
		return got == want
	}
	var a, b any
	if err := json.Unmarshal([]byte(got), &a); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(want), &b); err != nil {
		t.Fatal(err)
	}
	return reflect.DeepEqual(a, b)
}

// TestAnswersThatAreNone: a 2xx that does not hold what was asked for is an
// error of its own kind, and says nothing of what it held.
func TestAnswersThatAreNone(t *testing.T) {
	t.Parallel()
	get := func(ctx context.Context, c *Client) error { _, err := c.GetSecret(ctx, here, "N"); return err }
	list := func(ctx context.Context, c *Client) error {
		_, err := c.ListSecrets(ctx, here, false, "", nil)
		return err
	}
	token := func(ctx context.Context, c *Client) error { _, err := c.ServiceToken(ctx); return err }
	workspace := func(ctx context.Context, c *Client) error { _, err := c.Workspace(ctx, "ws"); return err }
	folders := func(ctx context.Context, c *Client) error { _, err := c.Folders(ctx, here); return err }
	for _, c := range []struct {
		name string
		call func(context.Context, *Client) error
		body string
		want string
	}{
		{"empty", get, "", "empty"},
		{"white space", get, " \n", "empty"},
		{"HTML", get, "<html>canary</html>", "HTML"},
		{"half", get, `{"secret":{"id":"canary`, "whole JSON"},
		{"text", get, `canary`, "whole JSON"},
		{"list instead of an object", get, `["canary"]`, "another shape"},
		{"number instead of a text", get, `{"secret":{"id":12345678}}`, "another shape"},
		{"text instead of a number", get, `{"secret":{"id":"1","version":"canary"}}`, "another shape"},
		{"a huge number", get, `{"secret":{"id":"1","version":1e400}}`, "another shape"},
		{"no secret", get, `{}`, "no secret"},
		{"null", get, `null`, "no secret"},
		{"a secret without id", get, `{"secret":{"version":1}}`, "no secret"},
		{"no list", list, `{}`, "no list of secrets"},
		{"an import without a source", list, `{"secrets":[],"imports":[{"secrets":[]}]}`, "does not name its source"},
		{"an imported row without id", list, `{"secrets":[],"imports":[{"secrets":[{"version":1}]}]}`, "has no id"},
		{"imports that are none", list, `{"secrets":[],"imports":"canary"}`, "another shape"},
		{"a source that is none", list, `{"secrets":[],"imports":[{"environment":["canary"]}]}`, "another shape"},
		{"a row without id", list, `{"secrets":[{"version":1}]}`, "has no id"},
		{"no project in the token", token, `{"name":"canary"}`, "names no project"},
		{"no workspace", workspace, `{}`, "no project"},
		{"no folders", folders, `{}`, "no list of folders"},
		{"longer than any secret", get, `{"secret":{"id":"` + strings.Repeat("x", maxAnswerBytes) + `"}}`, "longer than 4 MiB"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			err := c.call(t.Context(), newFake(t, answers(200, c.body)).client(t))
			if KindOf(err) != KindMalformed || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v", err)
			}
			if err != nil && (strings.Contains(err.Error(), "canary") || strings.Contains(err.Error(), "12345678")) {
				t.Error("the error quotes the answer")
			}
		})
	}
}

// TestWritesAreCountedWhenTheyEnd: also one that fails, and no read.
func TestWritesAreCountedWhenTheyEnd(t *testing.T) {
	t.Parallel()
	during := make(chan int64, 1)
	var client *Client
	fake := newFake(t, inOrder(
		answers(200, `{"secrets":[]}`),
		func(w http.ResponseWriter, r *http.Request) {
			during <- client.Writes()
			cut(w, r)
		},
		answers(200, `{"secret":`+recordOK+`}`),
	))
	client = fake.client(t)
	if _, err := client.ListSecrets(t.Context(), here, false, "", nil); err != nil || client.Writes() != 0 {
		t.Errorf("%d after a list: %v", client.Writes(), err)
	}
	if _, err := client.DeleteSecret(t.Context(), here, "N"); err == nil || <-during != 0 || client.Writes() != 1 {
		t.Errorf("%d after a write that failed: %v", client.Writes(), err)
	}
	if _, err := client.DeleteSecret(t.Context(), here, "N"); err != nil || client.Writes() != 2 {
		t.Errorf("%d after a write: %v", client.Writes(), err)
	}
}

func TestApprovalIsNoSuccess(t *testing.T) {
	t.Parallel()
	client := newFake(t, answers(200, `{"approval":{"id":"x","status":"open"}}`)).client(t)
	_, err := client.UpdateSecret(t.Context(), here, "N", SecretChange{Value: sealedA})
	if KindOf(err) != KindApprovalPending || !strings.Contains(err.Error(), "nothing was written") {
		t.Error(err)
	}
}

// TestBatches: one request for all, whose items carry what goes by name
// elsewhere.
func TestBatches(t *testing.T) {
	t.Parallel()
	const key = `"secretKeyCiphertext":"Y2E=","secretKeyIV":"aXY=","secretKeyTag":"dGE="`
	const value = `"secretValueCiphertext":"Y2I=","secretValueIV":"aXYy","secretValueTag":"dGI="`
	tags, skip := []string{"t"}, true
	for _, c := range []struct {
		method, items string
		call          func(context.Context, *Client) ([]Secret, error)
	}{
		{
			"POST", `{"secretName":"A",` + key + `,` + value + `},{"secretName":"B",` + key + `,` + value + `,
				"secretCommentCiphertext":"Y2E=","secretCommentIV":"aXY=","secretCommentTag":"dGE=","metadata":{"a":"b"},"skipMultilineEncoding":true}`,
			func(ctx context.Context, c *Client) ([]Secret, error) {
				return c.CreateSecrets(ctx, here, []BatchCreate{
					{"A", NewSecret{Key: sealedA, Value: sealedB}},
					{"B", NewSecret{Key: sealedA, Value: sealedB, Comment: sealedA, Metadata: map[string]string{"a": "b"}, SkipMultilineEncoding: &skip}},
				})
			},
		},
		{
			"PATCH", `{"secretName":"A","type":"shared",` + key + `,` + value + `},{"secretName":"B","type":"shared",` + key + `,` + value + `,
				"secretCommentCiphertext":"","secretCommentIV":"","secretCommentTag":"","tags":["t"],"skipMultilineEncoding":true}`,
			func(ctx context.Context, c *Client) ([]Secret, error) {
				return c.UpdateSecrets(ctx, here, []BatchUpdate{
					{Name: "A", Key: sealedA, Value: sealedB},
					{Name: "B", Key: sealedA, Value: sealedB, Comment: &Field{}, TagIDs: &tags, SkipMultilineEncoding: &skip},
				})
			},
		},
		{
			"DELETE", `{"secretName":"A","type":"shared"},{"secretName":"B","type":"shared"}`,
			func(ctx context.Context, c *Client) ([]Secret, error) {
				return c.DeleteSecrets(ctx, here, []string{"A", "B"})
			},
		},
	} {
		t.Run(c.method, func(t *testing.T) {
			t.Parallel()
			f := newFake(t, inOrder(
				answers(200, `{"secrets":[`+recordOK+`]}`),
				answers(200, `{"approval":{"id":"a"}}`),
				answers(200, `{}`),
				answers(200, `{"secrets":[{"version":1}]}`),
				answers(200, `{"secrets":[7]}`),
				answers(500, `{"statusCode":500,"message":"Something went wrong","error":"x"}`),
			))
			client := f.client(t)
			got, err := c.call(t.Context(), client)
			if err != nil || !reflect.DeepEqual(got, []Secret{secretOK}) {
				t.Errorf("%+v %v", got, err)
			}
			var sent, want any
			body := `{"workspaceId":"ws","environment":"dev","secretPath":"/app","secrets":[` + c.items + `]}`
			if json.Unmarshal([]byte(f.seen()[0].body), &sent) != nil || json.Unmarshal([]byte(body), &want) != nil || !reflect.DeepEqual(sent, want) {
				t.Errorf("sent %s", f.seen()[0].body)
			}
			if f.seen()[0].method != c.method || f.seen()[0].uri != "/api/v3/secrets/batch" {
				t.Errorf("%s %s", f.seen()[0].method, f.seen()[0].uri)
			}
			for _, want := range []Kind{KindApprovalPending, KindMalformed, KindMalformed, KindMalformed, KindServer} {
				got, err := c.call(t.Context(), client)
				if KindOf(err) != want || got != nil {
					t.Errorf("kind %d, not %d: %v", KindOf(err), want, err)
				}
			}
		})
	}
}

// TestAnswersOfTenMebibytes: no answer about one thing is that long, whichever
// way it is meant; it is told so, and not kept in memory as a whole.
func TestAnswersOfTenMebibytes(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 10<<20)
	for status, body := range map[int]string{
		200: `{"secret":{"id":"` + long + `"}}`,
		400: `{"statusCode":400,"message":"` + long + `"}`,
		500: long,
	} {
		f := newFake(t, answers(status, body))
		for _, call := range []func(context.Context, *Client) error{
			func(ctx context.Context, c *Client) error { _, err := c.ServiceToken(ctx); return err },
			func(ctx context.Context, c *Client) error {
				_, err := c.CreateSecret(ctx, here, "N", NewSecret{Key: sealedA, Value: sealedB})
				return err
			},
		} {
			err := call(t.Context(), f.client(t))
			if KindOf(err) != KindMalformed || !strings.Contains(err.Error(), "longer than 4 MiB") || len(err.Error()) > 300 {
				t.Errorf("status %d: %.300v", status, err)
			}
		}
	}
	row := `{"id":"1","version":1,"type":"` + long[:2<<20] + `"}`
	f := newFake(t, answers(200, `{"secrets":[`+strings.Repeat(row+",", 4)+row+`]}`))
	if list, err := f.client(t).ListSecrets(t.Context(), here, false, "", nil); err != nil || len(list.Secrets) != 5 {
		t.Errorf("a list may be that long: %v", err)
	}
}
