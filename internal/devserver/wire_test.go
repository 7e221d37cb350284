package devserver

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"
)

// TestWireRecordedExchanges replays what a real server was asked and answered.
// Everything must be equal but ids (which must correspond one to one over the
// whole recording), times and the token's hash.
func TestWireRecordedExchanges(t *testing.T) {
	raw, err := os.ReadFile("testdata/wire.json")
	if err != nil {
		t.Fatal(err)
	}
	var file wireFile
	if err := json.Unmarshal(raw, &file); err != nil {
		t.Fatal(err)
	}
	if len(file.Exchanges) != 105 {
		t.Fatalf("%d exchanges, want 105", len(file.Exchanges))
	}
	r := newReplay(t, file)
	for _, e := range file.Exchanges {
		t.Run(e.Name, func(t *testing.T) {
			if e.Name == "list with tags" {
				r.putUnrecorded(t, file)
			}
			r.exchange(t, e)
		})
	}
}

func newReplay(t *testing.T, file wireFile) *replay {
	s := startServer(t, Options{})
	project := s.CreateProject(Project{
		Name: "transcript", Slug: "transcript-261b",
		Tags: []Tag{{Slug: "team", Name: "Team", Color: "#ff0000"}},
	})
	other := s.CreateProject(Project{Name: "es", Slug: "transcript-es-d0e2"})
	s.HandOverKey(other.ID, file.ProjectKeyES)
	unindexed := s.CreateProject(Project{Name: "no blind index", NoBlindIndex: true})
	r := &replay{server: s, tokens: map[string]string{}, there: map[string]string{}, here: map[string]string{
		"{{workspace}}":                project.ID,
		"{{workspace_es}}":             other.ID,
		"{{workspace_no_blind_index}}": unindexed.ID,
		"{{tag_id}}":                   project.Tags[0].ID,
	}}
	sealed := map[string]map[string]any{}
	for _, e := range file.Exchanges {
		if body, ok := e.Response.Body.(map[string]any); ok && body["encryptedKey"] != nil {
			sealed[*e.Token] = body
		}
	}
	all := []Scope{{"dev", "/**"}, {"staging", "/**"}, {"prod", "/**"}}
	mint := func(name string, token ServiceToken) (id string) {
		token.Name = name
		if token.ProjectID == "" {
			token.ProjectID = project.ID
		}
		if body := sealed[name]; body != nil {
			token.EncryptedKey, token.IV, token.Tag = body["encryptedKey"].(string), body["iv"].(string), body["tag"].(string)
		}
		id, r.tokens[name] = s.CreateServiceToken(token)
		return id
	}
	both := []string{"read", "write"}
	mint("rw", ServiceToken{Scopes: all, Permissions: both})
	mint("ro", ServiceToken{Scopes: all, Permissions: []string{"read"}})
	mint("wo", ServiceToken{Scopes: all[:1], Permissions: []string{"write"}})
	mint("scoped", ServiceToken{Scopes: []Scope{{"dev", "/app/*"}}, Permissions: both})
	mint("expired", ServiceToken{Scopes: all, Permissions: both, ExpiresAt: time.Now().Add(-time.Minute)})
	mint("es", ServiceToken{ProjectID: other.ID, Scopes: all, Permissions: both})
	mint("no_blind_index", ServiceToken{ProjectID: unindexed.ID, Scopes: all, Permissions: both})
	s.RevokeServiceToken(mint("deleted", ServiceToken{Scopes: all, Permissions: both}))
	return r
}

// putUnrecorded stores the one secret the lists of the recording show although
// its creation is not among the exchanges: an answer too big to keep.
func (r *replay) putUnrecorded(t *testing.T, file wireFile) {
	i := slices.IndexFunc(file.Exchanges, func(e wireExchange) bool { return e.Name == "list with tags" })
	for _, item := range file.Exchanges[i].Response.Body.(map[string]any)["secrets"].([]any) {
		recorded := item.(map[string]any)
		if fmt.Sprint(recorded["metadata"]) != "map[pad:xxxxxxxxxx]" {
			continue
		}
		r.server.PutRecord(Record{
			WorkspaceID: r.here["{{workspace}}"], Environment: "dev", BlindIndex: "unrecorded",
			Key: fieldOf(recorded, "secretKey"), Value: fieldOf(recorded, "secretValue"), Comment: fieldOf(recorded, "secretComment"),
			Metadata: map[string]string{"pad": "xxxxxxxxxx"},
		})
		return
	}
	t.Fatal("the recording has changed: no secret with a pad")
}
