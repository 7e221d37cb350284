package devserver

import (
	"context"
	"sync"
	"testing"
)

// Statuses, texts and shapes of the raw endpoints of October 2024 are held by the
// recording (wire_v3_test.go). Here is what it does not show.

func v3World(t *testing.T) *world {
	t.Helper()
	return newWorld(t, Options{Era: Era2024October, RateLimit: 1000}, Project{Version: 3})
}

func (w *world) rawBatch(method string, items ...map[string]any) reply {
	w.t.Helper()
	return w.do(method, "/api/v3/secrets/batch/raw", w.at("/", map[string]any{"secrets": items}))
}

func rawItemOf(name, value string) map[string]any {
	return map[string]any{"secretKey": name, "secretValue": value}
}

func TestRawRecords(t *testing.T) {
	t.Parallel()
	w := v3World(t)
	put := w.PutRawRecord(RawRecord{WorkspaceID: w.project.ID, Environment: "dev", SecretPath: "/app", Name: "A", Value: "v", Comment: "c"})
	get := func() map[string]any {
		return w.do("GET", "/api/v3/secrets/raw/A"+w.query("dev", "/app", ""), nil).secret()
	}
	if got := get(); got["secretValue"] != "v" || got["secretComment"] != "c" || got["id"] != put.ID || got["version"] != 1.0 {
		t.Errorf("%v", got)
	}
	put.Value, put.Version = "w", 7
	w.PutRawRecord(put)
	if got := get(); got["secretValue"] != "w" || got["version"] != 7.0 {
		t.Errorf("%v", got)
	}
	if held := w.RawRecords(w.project.ID, "dev", "/app"); len(held) != 1 || held[0].Value != "w" || held[0].SecretPath != "/app" {
		t.Errorf("%d records", len(held))
	}
	if sealed := w.Records(w.project.ID, "dev", "/app"); len(sealed) != 0 {
		t.Errorf("%d records are seen by the E2EE endpoints", len(sealed))
	}
	if !w.DeleteRawRecord(w.project.ID, put.ID) || w.DeleteRawRecord(w.project.ID, put.ID) {
		t.Error("a record was not deleted once")
	}
	if w.RawRecords(w.project.ID, "dev", "/nope") != nil {
		t.Error("a missing folder has records")
	}
}

// TestRawCreatesCanRace: version 3 has no unique index either.
func TestRawCreatesCanRace(t *testing.T) {
	t.Parallel()
	var looked sync.WaitGroup
	looked.Add(2)
	s, err := start(Options{Era: Era2024October}, func() {
		looked.Done()
		looked.Wait()
	})
	if err != nil {
		t.Fatal(err)
	}
	closeAfter(t, s)
	w := worldOn(t, s, Project{Version: 3})
	counts := together(t, 2, func(int) (reply, error) {
		return w.send(context.Background(), "POST", "/api/v3/secrets/raw/ONE", w.at("/", map[string]any{"secretValue": "v"}))
	})
	if counts[200] != 2 || len(w.RawRecords(w.project.ID, "dev", "/")) != 2 {
		t.Errorf("statuses %v", counts)
	}
	// A batch finds two rows for one item, and says so in its way.
	w.want(w.rawBatch("PATCH", rawItemOf("ONE", "w")), 404, "Secret does not exist: ONE, ONE")
	w.want(w.raw("DELETE", "ONE", nil), 200, nil)
	if left := w.RawRecords(w.project.ID, "dev", "/"); len(left) != 0 {
		t.Errorf("%d records are left", len(left))
	}
}

// TestRawBatchOfVersion1 is the other batch with plaintext.
func TestRawBatchOfVersion1(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{Era: Era2024October}, Project{})
	w.HandOverKey(w.project.ID, testKey)
	r := w.rawBatch("POST", rawItemOf("A", "1"), rawItemOf("B", "2"))
	w.want(r, 200, nil)
	if got := r.secrets(); len(got) != 2 || got[0]["version"] != 0.0 || got[0]["secretValue"] != "1" {
		t.Errorf("%s", r.raw)
	}
	w.want(w.rawBatch("POST", rawItemOf("C", "3"), rawItemOf("A", "1")), 400, "Secret already exist")
	w.want(w.rawBatch("PATCH", rawItemOf("A", "x"), rawItemOf("NOPE", "x")), 404, "Secret not found: blind index NOPE")
	if left := w.Records(w.project.ID, "dev", "/"); len(left) != 2 || left[0].Version != 0 || left[1].Version != 0 {
		t.Errorf("%d records are left", len(left))
	}
	w.want(w.rawBatch("DELETE", rawItemOf("A", ""), rawItemOf("B", "")), 200, nil)
}

func TestRawBatchesAreNew(t *testing.T) {
	t.Parallel()
	w := esWorld(t, Project{})
	w.want(w.rawBatch("POST", rawItemOf("A", "1")), 404, "Route POST:/api/v3/secrets/batch/raw not found")
}

// TestRawOfUsers: their personal secrets, and approvals.
func TestRawOfUsers(t *testing.T) {
	t.Parallel()
	w := v3World(t)
	user, _ := w.member()
	personal := map[string]any{"secretValue": "mine", "type": "personal"}
	w.want(user.raw("POST", "A", personal), 400, "Failed to create personal secret override for no corresponding shared secret")
	w.want(user.raw("POST", "A", map[string]any{"secretValue": "shared"}), 200, nil)
	w.want(user.raw("POST", "A", personal), 200, nil)
	if got := user.rawList("/", "").secrets(); len(got) != 2 {
		t.Errorf("the user sees %d secrets", len(got))
	}
	if got := w.rawList("/", "").secrets(); len(got) != 1 || got[0]["secretValue"] != "shared" {
		t.Errorf("a service token sees %v", got)
	}
	w.want(user.raw("PATCH", "A", map[string]any{"secretValue": "x", "type": "personal", "newSecretName": "B"}), 400, "Personal secret cannot change the key name")
	w.want(user.raw("DELETE", "A", map[string]any{"type": "personal"}), 200, nil)
	w.want(user.raw("DELETE", "A", map[string]any{"type": "personal"}), 404, "Secret not found")

	w.HoldForApproval(w.project.ID, "dev", true)
	for name, r := range map[string]reply{
		"create":       user.raw("POST", "B", map[string]any{"secretValue": "v"}),
		"update":       user.raw("PATCH", "A", map[string]any{"secretValue": "v"}),
		"delete":       user.raw("DELETE", "A", nil),
		"batch create": user.rawBatch("POST", rawItemOf("B", "v")),
		"batch update": user.rawBatch("PATCH", rawItemOf("A", "v")),
		"batch delete": user.rawBatch("DELETE", rawItemOf("A", "v")),
	} {
		if r.status != 200 || r.body["approval"] == nil {
			t.Errorf("%s: %d %s", name, r.status, r.raw)
		}
	}
	if held := w.RawRecords(w.project.ID, "dev", "/"); len(held) != 1 || held[0].Value != "shared" || held[0].Version != 1 {
		t.Errorf("something was written: %d records", len(held))
	}
	if r := w.identity(Identity{}).raw("DELETE", "A", nil); r.secret() == nil {
		t.Errorf("an identity waits for approval: %s", r.raw)
	}
}

func TestReferences(t *testing.T) {
	t.Parallel()
	w := v3World(t)
	for _, r := range []RawRecord{
		{Environment: "dev", SecretPath: "/", Name: "A", Value: "<${B}>"},
		{Environment: "dev", SecretPath: "/", Name: "B", Value: "[${prod.a.b.C}]"},
		{Environment: "prod", SecretPath: "/a/b", Name: "C", Value: "c ${D}"},
		{Environment: "prod", SecretPath: "/a/b", Name: "D", Value: "d"},
		{Environment: "dev", SecretPath: "/", Name: "EMPTY", Value: ""},
		{Environment: "dev", SecretPath: "/", Name: "X", Value: "x${Y}"},
		{Environment: "dev", SecretPath: "/", Name: "Y", Value: "y${X}"},
		{Environment: "dev", SecretPath: "/", Name: "ALL", Value: "${A} ${EMPTY} ${nope.A} ${dev.nope.A}"},
	} {
		r.WorkspaceID = w.project.ID
		w.PutRawRecord(r)
	}
	get := func(name, more string) any {
		return w.do("GET", "/api/v3/secrets/raw/"+name+w.query("dev", "/", more), nil).secret()["secretValue"]
	}
	if got := get("ALL", "&expandSecretReferences=true"); got != "<[c d]> ${EMPTY} ${nope.A} ${dev.nope.A}" {
		t.Errorf("%v", got)
	}
	if got := get("A", ""); got != "<${B}>" {
		t.Errorf("%v", got)
	}
	if got := get("X", "&expandSecretReferences=true"); got != "xyxyxyxyxyx${Y}" {
		t.Errorf("a ring is %v", got)
	}
}
