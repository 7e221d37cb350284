package api

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

// endless begins an answer and repeats a text until nobody reads on.
func endless(begin, text string) http.HandlerFunc {
	chunk := strings.Repeat(text, 1+(32<<10)/len(text))
	return func(w http.ResponseWriter, r *http.Request) {
		_, err := io.WriteString(w, begin)
		for err == nil && r.Context().Err() == nil {
			_, err = io.WriteString(w, chunk)
		}
	}
}

// TestListsThatDoNotEnd: a hostile server can write much with few bytes. What
// it can fill is limited, and the error says by what.
func TestListsThatDoNotEnd(t *testing.T) {
	t.Parallel()
	row := `{"id":"a","tags":[` + strings.Repeat(`{},`, 100_000) + `{}]},`
	details := `{"id":"a","metadata":{` + strings.Repeat(`"a":"","b":"",`, 10) + `"c":""}},`
	for _, c := range []struct{ name, begin, text, want string }{
		{"rows", `{"secrets":[`, `{"id":"a"},`, "more than 250000 secrets, tags and the like"},
		{"rows of imports", `{"secrets":[],"imports":[{"environment":"e","secretPath":"/","secrets":[`, `{"id":"a"},`, "more than 250000 secrets, tags and the like"},
		{"imports", `{"secrets":[],"imports":[`, `{"environment":"e","secretPath":"/","secrets":[]},`, "more than 250000 secrets, tags and the like"},
		{"tags", `{"secrets":[`, row, "more than 250000 secrets, tags and the like"},
		{"metadata", `{"secrets":[`, details, "more than 250000 secrets, tags and the like"},
		{"a long value", `{"secrets":[{"id":"a","secretValueCiphertext":"`, "AAAA", "one row of the answer is longer than 4 MiB"},
		{"a long list of tags", `{"secrets":[{"id":"a","tags":[`, `{},`, "one row of the answer is longer than 4 MiB"},
		{"a long import", `{"secrets":[],"imports":[{"environment":"`, "AAAA", "one row of the answer is longer than 4 MiB"},
		{"something else", `{"other":[`, "0,", "one row of the answer is longer than 4 MiB"},
		{"white space before", "", " ", "one row of the answer is longer than 4 MiB"},
		{"white space after", `{"secrets":[]`, " ", "one row of the answer is longer than 4 MiB"},
	} {
		t.Run(c.name, func(t *testing.T) {
			server := newFake(t, endless(c.begin, c.text))
			client := server.client(t, func(cfg *Config) { cfg.RequestTimeout = time.Minute })
			_, err := client.ListSecrets(t.Context(), here, true, "", nil)
			if KindOf(err) != KindMalformed || !strings.Contains(err.Error(), c.want) {
				t.Error(err)
			}
			if c.name != "rows" && c.name != "a long value" { // the rest is read by the same code
				return
			}
			_, err = client.ListRaw(t.Context(), RawV3, here, true, "", nil)
			if KindOf(err) != KindMalformed || !strings.Contains(err.Error(), c.want) {
				t.Error("in the clear:", err)
			}
		})
	}
}

// TestLongListsAreRead: ten thousand secrets with ten tags each, and one that is
// as long as a server takes it.
func TestLongListsAreRead(t *testing.T) {
	t.Parallel()
	row := `{"id":"a","tags":[` + strings.Repeat(`{"id":"t","slug":"s"},`, 9) + `{"id":"t","slug":"s"}]},`
	server := newFake(t, answers(200, `{"secrets":[`+strings.Repeat(row, 10_000)+
		`{"id":"b","secretValueCiphertext":"`+strings.Repeat("A", 3<<19)+`"}]}`))
	client := server.client(t, func(cfg *Config) { cfg.RequestTimeout = time.Minute })
	list, err := client.ListSecrets(t.Context(), here, false, "", nil)
	if err != nil || len(list.Secrets) != 10_001 || len(list.Secrets[0].TagIDs) != 10 {
		t.Errorf("%d secrets: %v", len(list.Secrets), err)
	}
}

// TestListSecretsBelow asks for the whole of a folder in one request, and for no
// imports.
func TestListSecretsBelow(t *testing.T) {
	t.Parallel()
	f := newFake(t, answers(200, `{"secrets":[`+recordOK+`]}`))
	list, err := f.client(t).ListSecretsBelow(t.Context(), here, nil)
	if err != nil || len(list.Secrets) != 1 {
		t.Fatalf("%d secrets: %v", len(list.Secrets), err)
	}
	if want := "/api/v3/secrets?environment=dev&include_imports=false&recursive=true&secretPath=%2Fapp&workspaceId=ws"; len(f.seen()) != 1 || f.seen()[0].uri != want {
		t.Errorf("%s", f.seen()[0].uri)
	}
}
