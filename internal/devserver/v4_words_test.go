package devserver

import (
	"strings"
	"testing"
)

// TestV4Answers goes through PROTOCOL_V4 sections 1.1 to 1.3 row by row.
func TestV4Answers(t *testing.T) {
	t.Parallel()
	w := v4World(t, Options{})
	for name, value := range map[string]string{"A": "a ${B}", "B": "b", "TAKEN": "t"} {
		w.PutRawRecord(RawRecord{WorkspaceID: w.project.ID, Environment: "dev", Name: name, Value: value})
	}
	w.CreateFolder(w.project.ID, "dev", "/app")
	who := w.identity(Identity{})
	value := func(more ...any) map[string]any {
		out := map[string]any{"secretValue": "v"}
		for i := 0; i < len(more); i += 2 {
			out[more[i].(string)] = more[i+1]
		}
		return out
	}
	batch := func(more map[string]any, items ...map[string]any) map[string]any {
		out := map[string]any{"secrets": items}
		for name, value := range more {
			out[name] = value
		}
		return out
	}
	const unknownTag = "3dafd81d-0000-4000-8000-000000000000"
	for _, c := range []struct {
		name                  string
		method, address, path string
		more                  map[string]any
		status                int
		label                 string
		message               any
	}{
		{"no project", "GET", "", "/", map[string]any{"projectId": ""}, 400, "BadRequest", "Missing project id or environment"},
		{"flag", "GET", "", "/", map[string]any{"viewSecretValue": "1"}, 422, "ValidationFailure", nil},
		{"older names of flags are dropped", "GET", "", "/", map[string]any{"include_imports": "1"}, 200, "", nil},
		{"list of a missing folder", "GET", "", "/nope", nil, 404, "SecretPathNotFound", "Folder with path '/nope' in environment 'dev' was not found. Please ensure the environment slug and secret path is correct."},
		{"list of a missing environment", "GET", "", "/", map[string]any{"environment": "nope"}, 404, "SecretPathNotFound", "Folder with path '/' in environment 'nope' was not found. Please ensure the environment slug and secret path is correct."},
		{"get without an environment", "GET", "/A", "/", map[string]any{"environment": ""}, 400, "BadRequest", "Missing environment"},
		{"get of nothing", "GET", "/NOPE", "/", nil, 404, "NotFound", "Secret with name 'NOPE' not found"},
		{"get in a missing folder", "GET", "/A", "/nope", nil, 404, "GetSecretByName", "Folder with path '/nope' in environment with slug 'dev' not found"},
		{"create without a value", "POST", "/C", "/", nil, 422, "ValidationFailure", nil},
		{"create in a missing folder", "POST", "/C", "/nope", value(), 404, "CreateSecret", "Folder with path '/nope' in environment with slug 'dev' not found"},
		{"create with an unknown tag", "POST", "/C", "/", value("tagIds", []string{w.project.Tags[0].ID, unknownTag}), 404, "NotFound", "Tag not found. Found red"},
		{"create of a personal one", "POST", "/C", "/", value("type", "personal"), 400, "BadRequest", "Must be user to create personal secret"},
		{"create of a colon", "POST", "/a:b", "/", value(), 422, "ValidationFailure", nil},
		{"create of a blank", "POST", "/%20", "/", value(), 422, "ValidationFailure", nil},
		{"create of duplicate", "POST", "/duplicate", "/", value(), 422, "ValidationFailure", nil},
		{"create of move", "POST", "/move", "/", value(), 422, "ValidationFailure", nil},
		{"create of backfill", "POST", "/backfill-secret-references", "/", value(), 403, "", nil},
		{"create of what exists", "POST", "/A", "/", value(), 400, "BadRequest", "Secret 'A' already exists in path '/' of environment 'dev'"},
		{"batch of what exists", "POST", "/batch", "/", batch(nil, rawItemOf("C", "v"), rawItemOf("A", "v"), rawItemOf("B", "v")), 400, "BadRequest", "Secret already exists: A,B"},
		{"update of nothing", "PATCH", "/NOPE", "/", value(), 404, "NotFound", "Secret with name NOPE not found"},
		{"rename to a taken name", "PATCH", "/A", "/", map[string]any{"newSecretName": "TAKEN"}, 400, "BadRequest", "Secret with the new name already exists"},
		{"rename to a colon", "PATCH", "/A", "/", map[string]any{"newSecretName": "a:b"}, 422, "ValidationFailure", nil},
		{"delete of nothing", "DELETE", "/NOPE", "/", nil, 404, "NotFound", "Secret not found"},
		{"batch without items", "POST", "/batch", "/", batch(nil), 422, "ValidationFailure", nil},
		{"batch update of nothing", "PATCH", "/batch", "/", batch(nil, rawItemOf("A", "x"), rawItemOf("NOPE", "x"), rawItemOf("NIL", "x")), 404, "NotFound", "Secret does not exist: NIL, NOPE in path /"},
		{"batch rename to a taken name", "PATCH", "/batch", "/", batch(nil, map[string]any{"secretKey": "A", "newSecretName": "TAKEN"}), 400, "BadRequest", "Secret with new name already exists: TAKEN"},
		{"batch in a missing environment", "PATCH", "/batch", "/", batch(map[string]any{"environment": "nope"}, rawItemOf("A", "x")), 404, "NotFound", "Environment with slug 'nope' in project with ID '" + w.project.ID + "' not found"},
		{"batch delete of nothing", "DELETE", "/batch", "/", batch(nil, rawItemOf("A", ""), rawItemOf("NOPE", "")), 404, "NotFound", "One or more secrets does not exist: A"},
		{"batch in an unknown mode", "PATCH", "/batch", "/", batch(map[string]any{"mode": "all"}, rawItemOf("A", "x")), 422, "ValidationFailure", nil},
	} {
		r := who.v4(c.method, c.address, c.path, c.more)
		if r.status != c.status || c.label != "" && r.body["error"] != c.label || c.message != nil && r.message() != c.message {
			t.Errorf("%s: %d %s", c.name, r.status, r.raw)
		}
		if c.status != 200 && r.body["reqId"] == nil {
			t.Errorf("%s: no reqId", c.name)
		}
	}
	if held := w.RawRecords(w.project.ID, "dev", "/"); len(held) != 3 {
		t.Errorf("%d secrets", len(held))
	}
	refused := w.identity(Identity{Role: RoleViewer}).v4("POST", "/C", "/", value())
	w.want(refused, 403, "You are not allowed to create on secrets")
	if refused.body["error"] != "PermissionDenied" || refused.body["details"] == nil {
		t.Errorf("%s", refused.raw)
	}
}

// TestV4Defaults: imports and references are followed unless a reader says no,
// over the older address only if he says yes.
func TestV4Defaults(t *testing.T) {
	t.Parallel()
	w := v4World(t, Options{})
	for path, one := range map[string][2]string{"/": {"A", "a ${B}"}, "/source": {"I", "i ${J}"}} {
		w.PutRawRecord(RawRecord{WorkspaceID: w.project.ID, Environment: "dev", SecretPath: path, Name: one[0], Value: one[1]})
	}
	w.PutRawRecord(RawRecord{WorkspaceID: w.project.ID, Environment: "dev", SecretPath: "/", Name: "B", Value: "b"})
	w.PutRawRecord(RawRecord{WorkspaceID: w.project.ID, Environment: "dev", SecretPath: "/source", Name: "J", Value: "j"})
	w.want(w.do("POST", "/api/v1/secret-imports", w.at("/", map[string]any{"import": map[string]any{"environment": "dev", "path": "/source"}})), 200, nil)
	imports := func(r reply) int { return len(r.body["imports"].([]any)) }
	list := w.v4("GET", "", "/", nil)
	if list.secrets()[0]["secretValue"] != "a b" || imports(list) != 1 || !strings.Contains(list.raw, `"i j"`) {
		t.Errorf("%s", list.raw)
	}
	plain := w.v4("GET", "", "/", map[string]any{"includeImports": "false", "expandSecretReferences": "false"})
	if plain.secrets()[0]["secretValue"] != "a ${B}" || imports(plain) != 0 {
		t.Errorf("%s", plain.raw)
	}
	older := w.rawList("/", "&includeImports=true") // a name it does not know
	if older.secrets()[0]["secretValue"] != "a ${B}" || imports(older) != 0 {
		t.Errorf("%s", older.raw)
	}
	if got := w.v4("GET", "/I", "/", nil).secret(); got["secretValue"] != "i j" || got["secretPath"] != "/source" {
		t.Errorf("%v", got)
	}
	w.want(w.v4("GET", "/I", "/", map[string]any{"includeImports": "false"}), 404, nil)
	hidden := w.v4("GET", "", "/", map[string]any{"viewSecretValue": "false"})
	if s := hidden.secrets()[0]; s["secretValue"] != hiddenValue || s["secretValueHidden"] != true || strings.Contains(hidden.raw, `"i `) {
		t.Errorf("%s", hidden.raw)
	}
}

// TestV4Updates: what is left out is kept, and the answer shows what was sent.
func TestV4Updates(t *testing.T) {
	t.Parallel()
	w := v4World(t, Options{})
	w.PutRawRecord(RawRecord{WorkspaceID: w.project.ID, Environment: "dev", Name: "OLD", Value: "v", Comment: "c"})
	w.PutRawRecord(RawRecord{WorkspaceID: w.project.ID, Environment: "dev", Name: "REF", Value: "${OLD} ${dev.OLD}"})
	w.PutRawRecord(RawRecord{WorkspaceID: w.project.ID, Environment: "dev", SecretPath: "/app", Name: "FAR", Value: "${OLD} ${dev.OLD}"})
	answer := w.v4("PATCH", "/OLD", "/", map[string]any{"newSecretName": " NEW "}).secret()
	if answer["secretKey"] != "NEW" || answer["secretValue"] != "" || answer["secretComment"] != "" {
		t.Errorf("%v", answer)
	}
	held := map[string]string{}
	for _, path := range []string{"/", "/app"} {
		for _, r := range w.RawRecords(w.project.ID, "dev", path) {
			held[r.Name] = r.Value + " " + r.Comment
		}
	}
	same(t, "after a rename", held, map[string]string{"NEW": "v c", "REF": "${NEW} ${dev.NEW} ", "FAR": "${OLD} ${dev.NEW} "})
	w.want(w.v4("PATCH", "/NEW", "/", map[string]any{"secretComment": " kept "}), 200, nil)
	w.want(w.v4("PATCH", "/NEW", "/", map[string]any{"secretValue": " trimmed \n"}), 200, nil)
	if r := w.RawRecords(w.project.ID, "dev", "/"); r[0].Name == "NEW" && (r[0].Comment != " kept " || r[0].Value != "trimmed\n") {
		t.Errorf("%+v", r[0])
	}
}

// TestV4Batches: the last of a name, modes, and folders of their own.
func TestV4Batches(t *testing.T) {
	t.Parallel()
	w := v4World(t, Options{})
	values := func(path string) map[string]string {
		out := map[string]string{}
		for _, r := range w.RawRecords(w.project.ID, "dev", path) {
			out[r.Name] = r.Value
		}
		return out
	}
	send := func(method string, more map[string]any, items ...map[string]any) reply {
		if more == nil {
			more = map[string]any{}
		}
		more["secrets"] = items
		return w.v4(method, "/batch", "/", more)
	}
	w.want(send("POST", nil, rawItemOf("A", "first"), rawItemOf("B", "b"), rawItemOf("A", "last")), 200, nil)
	same(t, "a name twice", values("/"), map[string]string{"A": "last", "B": "b"})
	w.CreateFolder(w.project.ID, "dev", "/app")
	inApp := rawItemOf("C", "c")
	inApp["secretPath"] = "/app/"
	w.want(send("PATCH", map[string]any{"mode": "ignore"}, rawItemOf("A", "a"), inApp), 200, nil)
	same(t, "ignored", values("/app"), map[string]string{})
	r := send("PATCH", map[string]any{"mode": "upsert"}, map[string]any{"secretKey": "A", "secretComment": "only"}, inApp)
	w.want(r, 200, nil)
	if len(r.secrets()) != 2 {
		t.Errorf("%s", r.raw)
	}
	same(t, "upserted", values("/app"), map[string]string{"C": "c"})
	same(t, "kept", values("/"), map[string]string{"A": "a", "B": "b"})
	w.want(send("PATCH", nil, rawItemOf("A", "x"), rawItemOf("C", "x")), 404, nil)
	same(t, "all or nothing", values("/"), map[string]string{"A": "a", "B": "b"})

	owner := "somebody"
	w.PutRawRecord(RawRecord{WorkspaceID: w.project.ID, Environment: "dev", Name: "A", Value: "mine", Type: "personal", UserID: &owner})
	gone := send("DELETE", nil, rawItemOf("A", ""))
	w.want(gone, 200, nil)
	if len(gone.secrets()) != 2 {
		t.Errorf("%s", gone.raw)
	}
	same(t, "deleted", values("/"), map[string]string{"B": "b"})
}

// TestRulesOfAProject: capitals, and what values must look like.
func TestRulesOfAProject(t *testing.T) {
	t.Parallel()
	w := v4World(t, Options{})
	w.PutRawRecord(RawRecord{WorkspaceID: w.project.ID, Environment: "dev", Name: "lower", Value: "long enough"})
	w.SetRules(w.project.ID, true, ValidationRule{Name: "length", Constraint: "minLength", Fails: func(_, value string) string {
		if len(value) < 3 {
			return "too short"
		}
		return ""
	}})
	const capitals = "Secret name must be in UPPERCASE per project requirements. You can disable this requirement in project settings."
	wrong := "Secret validation failed:\nSecret \"A\": too short (rule: \"length\", constraint: minLength)"
	w.want(w.v4("POST", "/a", "/", map[string]any{"secretValue": "long enough"}), 400, capitals)
	w.want(w.v4("POST", "/A", "/", map[string]any{"secretValue": "no"}), 400, wrong)
	w.want(w.v4("POST", "/batch", "/", map[string]any{"secrets": []any{rawItemOf("A", "no")}}), 400, wrong)
	w.want(w.v4("POST", "/A", "/", map[string]any{"secretValue": "long enough"}), 200, nil)
	w.want(w.v4("PATCH", "/A", "/", map[string]any{"secretValue": "no"}), 400, wrong)
	w.want(w.v4("PATCH", "/A", "/", map[string]any{"newSecretName": "b"}), 400, capitals)
	w.want(w.v4("PATCH", "/lower", "/", map[string]any{"secretComment": "as before"}), 200, nil)
}

// TestNoLimitIn2026, unless one is set.
func TestNoLimitIn2026(t *testing.T) {
	t.Parallel()
	for _, limit := range []int{0, 2} {
		w := newWorld(t, Options{Era: Era2026July, RateLimit: limit}, Project{Version: 3})
		var r reply
		for range 61 {
			r = w.v4("GET", "", "/", nil)
		}
		if limit == 0 {
			w.want(r, 200, nil)
			if r.header.Get("X-Ratelimit-Limit") != "" {
				t.Errorf("%v", r.header)
			}
			continue
		}
		w.want(r, 429, nil)
		if text, _ := r.message().(string); r.body["error"] != "RateLimitExceeded" || !strings.HasPrefix(text, "Rate limit exceeded. Please try again in ") {
			t.Errorf("%s", r.raw)
		}
	}
}
