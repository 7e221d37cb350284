package devserver

import "testing"

// sealedWith is the body of a create or update whose parts open with a key.
func sealedWith(key, name, text string) map[string]any {
	b, out := &bot{key: []byte(key)}, map[string]any{}
	for field, text := range map[string]string{"secretKey": name, "secretValue": text} {
		sealed := b.seal(text)
		out[field+"Ciphertext"], out[field+"IV"], out[field+"Tag"] = sealed.Ciphertext, sealed.IV, sealed.Tag
	}
	return out
}

const foreignKey = "ffffffffffffffffffffffffffffffff"

// TestServerTakesTheKey is the table of PROTOCOL_V3 section 6: one project a
// call, and whether the server holds the project key afterwards.
func TestServerTakesTheKey(t *testing.T) {
	t.Parallel()
	const path, batch, raw = "/api/v3/secrets/A", "/api/v3/secrets/batch", "/api/v3/secrets/raw"
	s := startServer(t, Options{Era: Era2024October, RateLimit: 1000})
	elsewhere := worldOn(t, s, Project{})
	for name, c := range map[string]struct {
		call  func(w *world) reply
		takes bool
	}{
		"token":         {func(w *world) reply { return w.do("GET", "/api/v2/service-token", nil) }, false},
		"workspace":     {func(w *world) reply { return w.do("GET", "/api/v1/workspace/"+w.project.ID, nil) }, false},
		"list":          {func(w *world) reply { return w.list("/", "") }, false},
		"get":           {func(w *world) reply { return w.get("/", "A") }, false},
		"folder create": {func(w *world) reply { return w.do("POST", "/api/v1/folders", w.at("/", map[string]any{"name": "f"})) }, false},
		"create": {func(w *world) reply {
			return w.do("POST", "/api/v3/secrets/B", w.at("/", sealedWith(testKey, "B", "v")))
		}, true},
		"update": {func(w *world) reply { return w.do("PATCH", path, w.at("/", sealedWith(testKey, "A", "v"))) }, true},
		"delete": {func(w *world) reply { return w.do("DELETE", path, w.at("/", nil)) }, true},
		"batch delete": {func(w *world) reply {
			return w.do("DELETE", batch, w.at("/", map[string]any{"secrets": []any{map[string]any{"secretName": "A"}}}))
		}, true},
		"import create": {func(w *world) reply {
			return w.do("POST", "/api/v1/secret-imports", w.at("/", map[string]any{"import": map[string]any{"environment": "prod", "path": "/"}}))
		}, true},
		"raw list":          {func(w *world) reply { return w.do("GET", raw+w.query("dev", "/", ""), nil) }, true},
		"raw get, missing":  {func(w *world) reply { return w.do("GET", raw+"/NOPE"+w.query("dev", "/", ""), nil) }, true},
		"raw list, refused": {func(w *world) reply { return w.as(elsewhere.bearer).do("GET", raw+w.query("dev", "/", ""), nil) }, true},
		"raw list, nobody":  {func(w *world) reply { return w.as("").do("GET", raw+w.query("dev", "/", ""), nil) }, false},
	} {
		w := worldOn(t, s, Project{})
		w.PutRecord(Record{WorkspaceID: w.project.ID, Environment: "dev", BlindIndex: "A", Key: (&bot{key: []byte(testKey)}).seal("A")})
		w.KnowPrivateKey(w.project.ID, testKey)
		if w.HoldsProjectKey(w.project.ID) {
			t.Fatalf("%s: the server holds the key before", name)
		}
		r := c.call(w)
		if got := w.HoldsProjectKey(w.project.ID); got != c.takes {
			t.Errorf("%s (status %d): the server holds the key: %v", name, r.status, got)
		}
		if version := w.do("GET", "/api/v1/workspace/"+w.project.ID, nil); version.body["workspace"].(map[string]any)["version"] != 1.0 {
			t.Errorf("%s: %s", name, version.raw)
		}
	}
}

// TestNoKeyIsTaken by servers that know no private key, and by older ones.
func TestNoKeyIsTaken(t *testing.T) {
	t.Parallel()
	for _, era := range Eras() {
		w := newWorld(t, Options{Era: era}, Project{})
		if era != Era2024October {
			w.KnowPrivateKey(w.project.ID, testKey)
		}
		w.want(w.do("POST", "/api/v3/secrets/A", w.at("/", sealedWith(foreignKey, "A", "v"))), 200, nil)
		if r := w.rawList("/", ""); r.status < 400 || w.HoldsProjectKey(w.project.ID) {
			t.Errorf("%s: the raw list answers %d", era, r.status)
		}
	}
}

// TestForeignCiphertext: who has the key looks into what is written.
func TestForeignCiphertext(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{Era: Era2024October}, Project{})
	w.KnowPrivateKey(w.project.ID, testKey)
	foreign := sealedWith(foreignKey, "A", "v")
	foreign["secretName"] = "A"
	batch := w.at("/", map[string]any{"secrets": []any{foreign}})
	w.want(w.do("POST", "/api/v3/secrets/A", w.at("/", foreign)), 500, "Something went wrong")
	w.want(w.do("POST", "/api/v3/secrets/batch", batch), 500, "Something went wrong")
	w.want(w.do("POST", "/api/v3/secrets/A", w.at("/", sealedWith(testKey, "A", "v"))), 200, nil)
	w.want(w.do("PATCH", "/api/v3/secrets/batch", batch), 500, "Something went wrong")
	delete(foreign, "secretName")
	w.want(w.do("PATCH", "/api/v3/secrets/A", w.at("/", foreign)), 500, "Something went wrong")
	if left := w.Records(w.project.ID, "dev", "/"); len(left) != 1 || left[0].Version != 1 {
		t.Errorf("%d records are left", len(left))
	}
}

// TestUpgrade makes two worlds of one project, neither of which sees the other.
func TestUpgrade(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{Era: Era2024October}, Project{})
	for _, name := range []string{"A", "B"} {
		w.want(w.do("POST", "/api/v3/secrets/"+name, w.at("/", sealedWith(testKey, name, "old"))), 200, nil)
	}
	w.KnowPrivateKey(w.project.ID, testKey)
	w.UpgradeProject(w.project.ID)
	before := w.Records(w.project.ID, "dev", "/")
	copied := w.RawRecords(w.project.ID, "dev", "/")
	if len(copied) != 2 || copied[0].ID != before[0].ID || copied[0].Value != "old" {
		t.Fatalf("%d records were copied", len(copied))
	}
	w.want(w.raw("PATCH", "A", map[string]any{"secretValue": "raw"}), 200, nil)
	w.want(w.raw("DELETE", "B", nil), 200, nil)
	if after := w.Records(w.project.ID, "dev", "/"); len(after) != 2 || after[0].Version != 1 || after[1].Version != 1 {
		t.Error("a raw call changed the encrypted rows")
	}
	w.want(w.do("POST", "/api/v3/secrets/C", w.at("/", sealedWith(foreignKey, "C", "unseen"))), 200, nil)
	if left := w.RawRecords(w.project.ID, "dev", "/"); len(left) != 1 || left[0].Name != "A" || left[0].Value != "raw" {
		t.Errorf("raw calls see %d records", len(left))
	}
}

func TestUpgradeOfForeignRows(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{Era: Era2024October}, Project{})
	for name, key := range map[string]string{"A": testKey, "FOREIGN": foreignKey} {
		w.want(w.do("POST", "/api/v3/secrets/"+name, w.at("/", sealedWith(key, name, "v"))), 200, nil)
	}
	w.KnowPrivateKey(w.project.ID, testKey)
	w.UpgradeProject(w.project.ID)
	got := w.do("GET", "/api/v1/workspace/"+w.project.ID, nil).body["workspace"].(map[string]any)
	if got["version"] != 1.0 || got["upgradeStatus"] != "FAILED" || w.RawRecords(w.project.ID, "dev", "/") != nil {
		t.Errorf("version %v, status %v", got["version"], got["upgradeStatus"])
	}
	// The list cannot be served, one of the others can.
	w.want(w.rawList("/", ""), 500, "Something went wrong")
	w.want(w.do("GET", "/api/v3/secrets/raw/A"+w.query("dev", "/", ""), nil), 200, nil)
}
