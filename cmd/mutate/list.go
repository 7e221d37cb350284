package main

import (
	"fmt"
	"os"
	"strings"
)

// mutations are the checks, each with the words that stand for it. What cannot
// be noticed is left out: that a field just sealed opens again guards against
// faulty memory alone.
func mutations() ([]mutation, error) {
	const (
		field, key         = "internal/e2ee/field.go", "internal/e2ee/key.go"
		backend, es        = "internal/secrets/backend_e2ee.go", "internal/secrets/backend_es.go"
		read, snapshot     = "internal/secrets/read.go", "internal/secrets/snapshot.go"
		client, transport  = "internal/api/client.go", "internal/api/transport.go"
		table, diagnostics = "internal/api/errors.go", "internal/provider/diagnostics.go"
	)
	all := []mutation{
		{field, "tag is verified", "joined, nil)\n\tif err != nil {", "joined, nil)\n\tif false {", ""},
		{field, "tag length", "if len(s.Tag) != tagSize {", "if false {", ""},
		{field, "IV length", "if len(s.IV) != ivSize && len(s.IV) != ivSizeShort {", "if false {", ""},
		{field, "IV is random", "_, _ = rand.Read(iv)", "_ = rand.Read", ""},
		{key, "key length", "if !isHex(text, keyTextLength) {", "if !isHex(text, len(text)) {", ""},
		{key, "key is hexadecimal", "if !isHex(text, keyTextLength) {", "if len(text) != keyTextLength {", ""},

		{backend, "project of a record", "differs(s.WorkspaceID, f.WorkspaceID) || ", "", ""},
		{backend, "environment of a record", "differs(s.Environment, f.Environment) || ", "", ""},
		{backend, "folder of a record", " || differs(s.Path, f.Path)", "", ""},
		{backend, "type in a list", "if s.Type != \"shared\" {", "if false {", ""},
		{backend, "type in an echo", "echo.Type != \"shared\"", "false", ""},
		{backend, "name in an echo", "r.name != ref.Name", "false", ""},
		{backend, "id in the echo of an update", "w.kind == updateSecret && echo.ID != w.id", "false", ""},
		{backend, "id in the echo of a delete", "err == nil && echo.ID != w.id", "err == nil && echo.ID == \"\"", ""},
		{backend, "ids in the echo of a batch of deletes", "if !deleted[w.id] {", "if false {", ""},
		{backend, "names in the echo of a batch", "if !ok {\n\t\t\toutcomes[i].err", "if !ok && false {\n\t\t\toutcomes[i].err", ""},
		{backend, "content in an echo", "if !got.equal(w.content) {", "if false {", ""},
		{backend, "details in an echo", "if !w.want.equalEcho(r.details) {", "if false {", ""},
		{backend, "name opens", "name, err := b.open(s.Key)\n\tif err != nil {", "name, err := b.open(s.Key)\n\tif err != nil && false {", ""},
		{backend, "name is text", "if !utf8.ValidString(name) {", "if !utf8.ValidString(\"\") {", ""},
		{backend, "name is no copy of a value", "if contents[s.Key.IV] {", "if false {", ""},
		{backend, "value opens", "value, openErr := b.open(s.Value)\n\tif openErr != nil {", "value, openErr := b.open(s.Value)\n\tif false {", ""},
		{backend, "comment opens", "comment, openErr := b.open(s.Comment)\n\t\tif openErr != nil {", "comment, openErr := b.open(s.Comment)\n\t\tif false {", ""},
		{backend, "base64 is strict", "base64.StdEncoding.Strict()", "base64.StdEncoding", ""},
		{backend, "version of the project", "case w.Version >= 3:", "case false:", ""},
		{es, "project of a record in the clear", "differs(s.WorkspaceID, f.WorkspaceID) || ", "", ""},
		{es, "environment of a record in the clear", "differs(s.Environment, f.Environment) || ", "", ""},
		{es, "folder of a record in the clear", " || differs(s.Path, f.Path)", "", ""},

		{read, "two secrets of one name", "case len(named) > 1:", "case false:", ""},
		{read, "a rename to a value", "if !swapped {", "if true {", ""},
		{snapshot, "two secrets of one id", "if ids[r.id] {", "if false {", ""},
		{snapshot, "a missing folder is confirmed", "missing, err = s.confirmMissing(ctx, p, f)", "", ""},
		{"internal/secrets/create.go", "content of what is taken over", "if !secret.equal(draft.content()) {", "if false {", ""},
		{"internal/secrets/create.go", "a create that timed out is not sent again", "errors.As(d.err, &e) && e.TimedOut", "errors.As(d.err, &e) && false", ""},
		{"internal/secrets/update.go", "id of what is updated", "if id != \"\" && current.id != id {", "if false {", ""},
		{"internal/secrets/delete.go", "id of what is deleted", "case id != \"\" && current.id != id:", "case false:", ""},
		{"internal/secrets/delete.go", "what was taken over is kept", "if k.tookOver(current.id) {", "if false {", ""},

		{client, "three parts of a token", "strings.Count(cfg.Bearer, \".\") > 2", "false", ""},
		{client, "length of an answer", "r.left < 0", "false", ""},
		{client, "HTML is no answer", "case trimmed[0] == '<':", "case false:", ""},
		{"internal/api/secrets.go", "an answer has an id", "answer.Secret == nil || answer.Secret.id() == \"\"", "answer.Secret == nil", ""},
		{"internal/api/batch.go", "all of a batch's answers have ids", "if w.id() == \"\" {", "if false {", ""},
		{transport, "redirects are not followed", "func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }", "nil", ""},
		{transport, "a write is not repeated", "!final && (!write || !wasSent(err))", "!final", ""},
		{transport, "a write is not repeated after 502", "return !write, nil", "return true, nil", ""},
		{transport, "a write is finished", "ctx = context.WithoutCancel(ctx)", "_ = ctx", ""},
		{table, "answers are matched word for word", "return r.message == \"\" || r.message == message", "return strings.HasPrefix(message, r.message)", ""},
		{table, "the label of an answer", "r.label != \"\" && r.label != label", "false", ""},
		{table, "the status of an answer", "r.status != status || ", "", ""},
		{table, "ciphertext in the server's words", "message = ciphertextLike.ReplaceAllString(message, \"[…]\")", "", ""},

		{diagnostics, "a version that goes backwards", "s.Version >= seen.ValueInt64()", "true", "TestReplayed"},
		{diagnostics, "another id begins anew", "id.ValueString() != s.ID || ", "", "TestReplayed"},
	}
	rows, err := rowsOf(table)
	return append(all, rows...), err
}

// rowsOf are the rows of the table that tells answers apart: each is left out.
func rowsOf(file string) ([]mutation, error) {
	source, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	_, rest, begins := strings.Cut(string(source), "var rules = []rule{\n")
	rows, _, ends := strings.Cut(rest, "\n}\n")
	if !begins || !ends {
		return nil, fmt.Errorf("%s holds no table of rules", file)
	}
	var out []mutation
	for line := range strings.Lines(rows) {
		if row := strings.TrimSpace(line); strings.HasPrefix(row, "{") {
			out = append(out, mutation{file, "row " + strings.TrimSuffix(row, ","), line, "", ""})
		}
	}
	return out, nil
}
