package devserver

import (
	"strings"
	"testing"
)

func TestBatch(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{}, Project{Tags: []Tag{{Slug: "a"}}})
	send := func(method string, items ...any) reply {
		return w.do(method, "/api/v3/secrets/batch", w.at("/", map[string]any{"secrets": items}))
	}
	name := func(n string) map[string]any { return map[string]any{"secretName": n} }
	with := func(m map[string]any, key string, v any) map[string]any {
		m[key] = v
		return m
	}
	stored := func() int { return len(w.Records(w.project.ID, "dev", "/")) }

	r := send("POST", item("A", "1"), item("B", "2"), item(strings.Repeat("n", 300), "3"), item("", "4"))
	w.want(r, 200, nil)
	for _, s := range r.secrets() {
		if s["version"] != 0.0 {
			t.Errorf("version %v", s["version"])
		}
	}
	w.want(send("POST", item("C", "1"), item("A", "1")), 400, "Secret already exist")
	w.want(send("PATCH", item("A", "x"), item("NOPE", "x"), item("NADA", "x")), 400, "Secret not found: blind index NOPE,NADA")
	w.want(send("PATCH", item("A", "x"), item("A", "x")), 400, "Secret not found: blind index ")
	w.want(send("DELETE", name("A"), name("NOPE")), 400, "Secret not found: blind index NOPE")
	w.want(send("PATCH", with(item("A", "x"), "type", "personal")), 400, "Missing user id for personal secret")
	w.want(send("DELETE", with(name("A"), "type", "personal")), 400, "Missing user id for personal secret")
	tags := []any{w.project.Tags[0].ID}
	w.want(send("PATCH", with(item("A", "x"), "tags", tags), with(item("B", "x"), "tags", tags)), 400, "Tag not found")
	r = send("POST", item("D", "1"), with(item("E", "1"), "secretValueIV", nil))
	issue, _ := r.message().([]any)
	if r.status != 403 || len(issue) != 1 || !strings.Contains(r.raw, `"path":["secrets",1,"secretValueIV"]`) {
		t.Errorf("%d %s", r.status, r.raw)
	}
	if r := send("PATCH", with(name("A"), "secretValueCiphertext", "v")); r.status != 403 || len(r.message().([]any)) != 5 {
		t.Errorf("value and key are required: %s", r.raw)
	}
	if stored() != 4 {
		t.Errorf("%d records; a refused batch must change nothing", stored())
	}
	for _, rec := range w.Records(w.project.ID, "dev", "/") {
		if rec.Version != 0 {
			t.Errorf("%s was changed", rec.BlindIndex)
		}
	}

	// The same name twice makes two rows; a PATCH by name changes one of them,
	// a DELETE removes both.
	w.want(send("POST", item("TWIN", "1"), item("TWIN", "2")), 200, nil)
	if stored() != 6 {
		t.Fatalf("%d records", stored())
	}
	w.want(w.do("PATCH", "/api/v3/secrets/TWIN", w.at("/", value("3"))), 200, nil)
	changed := 0
	for _, rec := range w.Records(w.project.ID, "dev", "/") {
		if rec.BlindIndex == "TWIN" && rec.Version == 1 {
			changed++
		}
	}
	if changed != 1 {
		t.Errorf("%d rows changed", changed)
	}
	w.want(w.do("DELETE", "/api/v3/secrets/TWIN", w.at("/", nil)), 200, nil)
	if stored() != 4 {
		t.Errorf("%d records", stored())
	}

	if r := send("DELETE", name("A"), name("B"), name(strings.Repeat("n", 300)), name("")); r.status != 200 || len(r.secrets()) != 4 || stored() != 0 {
		t.Errorf("%d %s", r.status, r.raw)
	}
}
