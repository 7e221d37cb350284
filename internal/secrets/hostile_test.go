package secrets_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// rewritten changes the JSON of a secret in an answer on its way out.
func rewritten(change func(record map[string]any)) devserver.Fault {
	return devserver.Fault{Rewrite: func(status int, body []byte) (int, []byte) {
		var answer map[string]any
		if status != 200 || json.Unmarshal(body, &answer) != nil {
			return status, body
		}
		if record, ok := answer["secret"].(map[string]any); ok {
			change(record)
		}
		if list, ok := answer["secrets"].([]any); ok {
			for _, record := range list {
				change(record.(map[string]any))
			}
		}
		out, err := json.Marshal(answer)
		if err != nil {
			return status, body
		}
		return status, out
	}}
}

// TestHostileEchoes: the answer to a write must be what was written.
func TestHostileEchoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	otherValue, err := w.owner.Seal("other")
	if err != nil {
		t.Fatal(err)
	}
	set := func(record map[string]any, part string, f devserver.Field) {
		record["secret"+part+"Ciphertext"], record["secret"+part+"IV"], record["secret"+part+"Tag"] = *f.Ciphertext, *f.IV, *f.Tag
	}
	for i, c := range []struct {
		name   string
		change func(map[string]any)
		want   string
	}{
		{"another value", func(r map[string]any) { set(r, "Value", otherValue) }, "another value or comment than was sent"},
		{"another comment", func(r map[string]any) { set(r, "Comment", otherValue) }, "another value or comment than was sent"},
		{"no comment", func(r map[string]any) {
			r["secretCommentCiphertext"], r["secretCommentIV"], r["secretCommentTag"] = nil, nil, nil
		}, "another value or comment than was sent"},
		{"another name", func(r map[string]any) { set(r, "Key", otherValue) }, "a secret of another name"},
		{"a name that does not open", func(r map[string]any) { r["secretKeyTag"] = "AAAAAAAAAAAAAAAAAAAAAA==" }, "Its name is not authentic"},
		{"a value that does not open", func(r map[string]any) { r["secretValueIV"] = "AAAAAAAAAAAAAAAAAAAAAA==" }, "Its value is not authentic"},
		{"no base64", func(r map[string]any) { r["secretValueCiphertext"] = "@@@" }, "Its value is not authentic"},
		{"another environment", func(r map[string]any) { r["environment"] = "prod" }, "another project, environment or folder"},
		{"another project", func(r map[string]any) { r["workspace"] = "5f1efa06-83ef-4dd8-850d-24bdfbd77c03" }, "another project, environment or folder"},
		{"a personal one", func(r map[string]any) { r["type"] = "personal" }, "a secret of another type"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, devserver.Project{})
			otherValue, err = w.owner.Seal("other")
			if err != nil {
				t.Fatal(err)
			}
			there := w.put("UPDATED", "v", "c")
			store := w.store(seed.Token{})
			w.onceOn(createRoute, rewritten(c.change))
			_, err := store.Create(t.Context(), w.ref(fmt.Sprintf("N%d", i)), draft("value", "comment"))
			wantProblem(t, err, secrets.ProblemNotAuthentic, c.want)
			w.onceOn(updateRoute, rewritten(c.change))
			_, err = store.Update(t.Context(), w.ref("UPDATED"), there.ID, changeTo("value", "comment"))
			wantProblem(t, err, secrets.ProblemNotAuthentic, c.want)
		})
	}
}

// TestHostileLists: a record is believed only if it says of itself what was
// asked for, and a name is what its ciphertext says.
func TestHostileLists(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(map[string]any)
		want   string
	}{
		{"another environment", func(r map[string]any) { r["environment"] = "prod" }, "another project, environment or folder"},
		{"another folder", func(r map[string]any) { r["secretPath"] = "/other" }, "another project, environment or folder"},
		{"another project", func(r map[string]any) { r["workspace"] = "x" }, "another project, environment or folder"},
	} {
		w := newWorld(t, devserver.Project{})
		w.put("N", "v", "")
		w.onceOn(listRoute, rewritten(c.change))
		_, err := w.store(seed.Token{}).Find(t.Context(), w.ref("N"), "")
		wantProblem(t, err, secrets.ProblemNotAuthentic, c.want)
	}

	w := newWorld(t, devserver.Project{})
	one, two := w.put("ONE", "1", ""), w.put("TWO", "2", "")
	one.Key, two.Key = two.Key, one.Key // swapped names
	w.server.PutRecord(one)
	w.server.PutRecord(two)
	if found, err := w.store(seed.Token{}).Find(t.Context(), w.ref("ONE"), ""); err != nil || found.ID != two.ID {
		t.Errorf("the name is not taken from its ciphertext: %v", err)
	}

	w = newWorld(t, devserver.Project{})
	w.put("N", "shared", "")
	w.onceOn(listRoute, rewritten(func(r map[string]any) { r["type"] = "personal" }))
	_, err := w.store(seed.Token{}).Find(t.Context(), w.ref("N"), "")
	wantProblem(t, err, secrets.ProblemNotFound)
}

func TestAnotherProjectsRecordDoesNotOpen(t *testing.T) {
	t.Parallel()
	w, other := newWorld(t, devserver.Project{}), newWorld(t, devserver.Project{})
	foreign := other.put("N", "v", "")
	foreign.WorkspaceID, foreign.ID, foreign.FolderID = w.owner.Project.ID, "", ""
	foreign = w.server.PutRecord(foreign)
	w.put("OWN", "v", "")
	listing, err := w.store(seed.Token{}).List(t.Context(), w.folder("/"))
	if err != nil || len(listing.Secrets) != 1 || listing.Secrets[0].Name != "OWN" || len(listing.Damaged) != 1 {
		t.Fatalf("%d opened, %d damaged: %v", len(listing.Secrets), len(listing.Damaged), err)
	}
	wantProblem(t, listing.Damaged[0], secrets.ProblemNotAuthentic, foreign.ID)
}

func TestAlteredTokenRecord(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		change  string
		problem secrets.Problem
		want    string
	}{
		{`"tag":"`, `"tag":"AAAAAAAAAAAAAAAAAAAAAA==","x":"`, secrets.ProblemCredential, "does not open the project key"},
		{`"encryptedKey":"`, `"encryptedKey":"@`, secrets.ProblemNotAuthentic, "sealed project key is damaged"},
	} {
		w := newWorld(t, devserver.Project{})
		w.onceOn(tokenRoute, devserver.Fault{Rewrite: func(status int, body []byte) (int, []byte) {
			return status, bytes.Replace(body, []byte(c.name), []byte(c.change), 1)
		}})
		_, err := w.store(seed.Token{}).Locate(t.Context(), secrets.Folder{Environment: "dev"})
		wantProblem(t, err, c.problem, c.want)
	}
}

func TestNothingPrintsAValue(t *testing.T) {
	t.Parallel()
	type holder struct {
		Secret secrets.Secret
		hidden secrets.Content
	}
	h := holder{Secret: secrets.Secret{Content: content("canary", "canary")}, hidden: content("canary", "canary")}
	var out strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		fmt.Fprintf(&out, verb+verb+verb, h, &h, []secrets.Value{h.Secret.Value})
	}
	encoded, err := json.Marshal(h)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(encoded)
	if strings.Contains(out.String(), "canary") || strings.Contains(out.String(), fmt.Sprintf("%x", "canary")) || strings.Contains(strings.ToLower(out.String()), "63616e617279") {
		t.Error("a value was printed")
	}
	if !strings.Contains(out.String(), "[redacted]") {
		t.Error("nothing was redacted: the test looks at the wrong thing")
	}
}
