package secrets_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// altered opens what a server shows after a change to the JSON of its only
// secret, by every way that reads one. All must agree that there is an error;
// it is the one of the reader who asked by name and id.
func altered(w *world, id string, change func(record map[string]any)) error {
	w.t.Helper()
	fault := rewritten(change)
	w.server.InjectFault(func(r devserver.Request) *devserver.Fault {
		if r.Route == listRoute {
			return &fault
		}
		return nil
	})
	store := w.store(seed.Token{})
	_, found := store.Find(w.t.Context(), w.ref("N"), id)
	if _, err := store.Lookup(w.t.Context(), w.ref("N"), secrets.Reading{}); (err == nil) != (found == nil) {
		w.t.Errorf("by name and id: %v; by name: %v", found, err)
	}
	if listing, err := store.List(w.t.Context(), w.folder("/")); (err == nil && len(listing.Damaged) == 0) != (found == nil) {
		w.t.Errorf("by name and id: %v; listed: %v, %v", found, listing.Damaged, err)
	}
	if _, err := store.Update(w.t.Context(), w.ref("N"), id, secrets.Change{}); (err == nil) != (found == nil) {
		w.t.Errorf("by name and id: %v; updated: %v", found, err)
	}
	return found
}

func second(_ secrets.Secret, err error) error { return err }

// TestFlippedBits: one bit of any byte of a sealed field, and the field does
// not open; the error says which it was.
func TestFlippedBits(t *testing.T) {
	t.Parallel()
	const value, comment = "the value", "the comment"
	for field, what := range map[string]string{"Key": "name", "Value": "value", "Comment": "comment"} {
		for _, part := range []string{"Ciphertext", "IV", "Tag"} {
			t.Run(field+part, func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, devserver.Project{})
				there := w.put("N", value, comment)
				store, length, at := w.store(seed.Token{}), 0, 0
				w.server.InjectFault(func(r devserver.Request) *devserver.Fault {
					if r.Route != listRoute {
						return nil
					}
					f := rewritten(func(record map[string]any) {
						raw, err := base64.StdEncoding.DecodeString(record["secret"+field+part].(string))
						if err != nil {
							panic(err)
						}
						length = len(raw)
						raw[at] ^= 1 << (at % 8)
						record["secret"+field+part] = base64.StdEncoding.EncodeToString(raw)
					})
					return &f
				})
				for ; length == 0 || at < length; at++ {
					_, err := store.Find(t.Context(), w.ref("N"), there.ID)
					wantProblem(t, err, secrets.ProblemNotAuthentic, "Its "+what+" is not authentic: it was altered, damaged, or sealed under another key")
					store = w.store(seed.Token{})
				}
				if at < 1 {
					t.Error("nothing was flipped")
				}
			})
		}
	}
}

// TestFieldsOfWrongLengthsAndTypes: whatever stands in the place of a field,
// nothing panics and nothing opens.
func TestFieldsOfWrongLengthsAndTypes(t *testing.T) {
	t.Parallel()
	of := func(length int) string { return base64.StdEncoding.EncodeToString(make([]byte, length)) }
	type wrong struct {
		field string
		value any
		says  string
	}
	const not, shape = "is not authentic", "JSON of another shape"
	var all []wrong
	for _, field := range []string{"Key", "Value", "Comment"} {
		for _, length := range []int{0, 1, 11, 12, 13, 15, 16, 17, 32} {
			all = append(all, wrong{"secret" + field + "IV", of(length), not}, wrong{"secret" + field + "Tag", of(length), not})
		}
		for _, part := range []string{"Ciphertext", "IV", "Tag"} {
			name := "secret" + field + part
			all = append(all, wrong{name, 7, shape}, wrong{name, true, shape}, wrong{name, []any{}, shape}, wrong{name, map[string]any{}, shape},
				wrong{name, "@@@", not}, wrong{name, "AAA", not}, wrong{name, "AA==\nAA==", not}, wrong{name, of(3 << 20), not}, wrong{name, of(10 << 20), "one row of the answer is longer than 4 MiB"})
		}
	}
	for _, huge := range []string{"9223372036854775808", "1e400", "1.5", `"7"`} {
		all = append(all, wrong{"version", json.RawMessage(huge), shape})
	}
	all = append(all, []wrong{
		{"id", "", "has no id"},
		{"id", 7, shape},
		{"metadata", []any{}, shape},
		{"metadata", map[string]any{"a": 1}, shape},
		{"tags", "x", shape},
		{"secretReminderRepeatDays", "x", shape},
		{"environment", 7, shape},
		{"environment", "prod", "another project, environment or folder"},
	}...)
	w := newWorld(t, devserver.Project{})
	there := w.put("N", "v", "c")
	change := func(map[string]any) {}
	fault := rewritten(func(record map[string]any) { change(record) })
	w.server.InjectFault(func(r devserver.Request) *devserver.Fault {
		if r.Route == listRoute {
			return &fault
		}
		return nil
	})
	for _, c := range all {
		change = func(record map[string]any) {
			record[c.field] = c.value
			delete(record, "_id")
		}
		err := second(w.store(seed.Token{}).Find(t.Context(), w.ref("N"), there.ID))
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %T: %v, which does not say %q", c.field, c.value, err, c.says)
		}
	}
	change = func(map[string]any) {}
	if err := altered(w, there.ID, change); err != nil {
		t.Errorf("unaltered: %v", err)
	}
}

// TestTwoRowsOfOneID: under one id two secrets would be taken for each other.
func TestTwoRowsOfOneID(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	one := w.put("N", "1", "")
	w.put("M", "2", "")
	w.server.InjectFault(func(r devserver.Request) *devserver.Fault {
		if r.Route != listRoute {
			return nil
		}
		f := rewritten(func(record map[string]any) { record["id"], record["_id"] = one.ID, one.ID })
		return &f
	})
	store := w.store(seed.Token{})
	for _, name := range []string{"N", "M"} {
		wantProblem(t, second(store.Find(t.Context(), w.ref(name), "")), secrets.ProblemNotAuthentic, "two secrets with the id "+one.ID)
	}
	_, err := store.List(t.Context(), w.folder("/"))
	wantProblem(t, err, secrets.ProblemNotAuthentic, "two secrets with the id")
}

// TestEveryCharacterOfTheBase64: a text that was altered and still decodes to
// the same bytes is refused too.
func TestEveryCharacterOfTheBase64(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	there := w.put("N", "v", "")
	// 1 byte is two characters, of which the second has four bits to spare.
	loose := func(text string) string { return text[:1] + string(text[1]+1) + text[2:] }
	err := altered(w, there.ID, func(r map[string]any) {
		r["secretValueCiphertext"] = loose(r["secretValueCiphertext"].(string))
	})
	wantProblem(t, err, secrets.ProblemNotAuthentic, "Its value is not authentic")
}

// TestHostileBatchEchoes: each answer to a write in company is held to what
// was written, and a bad one is the error of that secret alone.
func TestHostileBatchEchoes(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(w *world, record map[string]any)
		want   string
	}{
		"another value":              {func(w *world, r map[string]any) { w.set(r, "Value", "other") }, "another value or comment than was sent"},
		"another comment":            {func(w *world, r map[string]any) { w.set(r, "Comment", "other") }, "another value or comment than was sent"},
		"another name":               {func(w *world, r map[string]any) { w.set(r, "Key", "OTHER") }, "holds no secret of that name"},
		"a name that does not open":  {func(_ *world, r map[string]any) { r["secretKeyTag"] = "AAAAAAAAAAAAAAAAAAAAAA==" }, "holds no secret of that name"},
		"a value that does not open": {func(_ *world, r map[string]any) { r["secretValueTag"] = "AAAAAAAAAAAAAAAAAAAAAA==" }, "Its value is not authentic"},
		"another environment":        {func(_ *world, r map[string]any) { r["environment"] = "prod" }, "another project, environment or folder"},
		"another project":            {func(_ *world, r map[string]any) { r["workspace"] = "5f1efa06-83ef-4dd8-850d-24bdfbd77c03" }, "another project, environment or folder"},
		"a personal one":             {func(_ *world, r map[string]any) { r["type"] = "personal" }, "a secret of another type"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, route := range []string{"POST /api/v3/secrets/batch", "PATCH /api/v3/secrets/batch"} {
				w := newWorld(t, devserver.Project{})
				edit := secrets.Edit{Create: map[string]secrets.Draft{}, Update: map[string]secrets.Update{}}
				for i := range 3 {
					name := fmt.Sprint("N", i)
					if route[1] == 'O' {
						edit.Create[name] = draft("new", "c")
					} else {
						edit.Update[name] = secrets.Update{ID: w.put(name, "old", "c").ID, Change: changeTo("new", "c")}
					}
				}
				w.onceOn(route, rewritten(func(record map[string]any) {
					field := devserver.Field{}
					for part, into := range map[string]**string{"Ciphertext": &field.Ciphertext, "IV": &field.IV, "Tag": &field.Tag} {
						text, _ := record["secretKey"+part].(string)
						*into = &text
					}
					if name, err := w.owner.Open(field); err == nil && name == "N1" {
						c.change(w, record)
					}
				}))
				done, err := w.store(seed.Token{}).Edit(t.Context(), w.folder("/"), edit)
				failed, _ := err.(secrets.EditError) //nolint:errorlint // as it is returned
				if len(failed) != 1 {
					t.Fatalf("%s: %v", route, err)
				}
				wantProblem(t, failed["N1"], secrets.ProblemNotAuthentic, c.want)
				if done["N0"].ID == "" || done["N2"].ID == "" {
					t.Errorf("%s: it took others along", route)
				}
			}
		})
	}
}

func (w *world) set(record map[string]any, part, plaintext string) {
	w.t.Helper()
	f, err := w.owner.Seal(plaintext)
	if err != nil {
		w.t.Fatal(err)
	}
	record["secret"+part+"Ciphertext"], record["secret"+part+"IV"], record["secret"+part+"Tag"] = *f.Ciphertext, *f.IV, *f.Tag
}

// TestWhatTheProtocolCannotShow keeps the threat model honest: it says that
// none of this is detected, because a sealed field is bound to its key alone.
func TestWhatTheProtocolCannotShow(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	old := w.put("ONE", "1 of before", "")
	w.put("ONE", "1", "c")
	one, two := w.put("ONE", "1", "c"), w.put("TWO", "2", "")
	one.Value, two.Value = two.Value, one.Value
	w.server.PutRecord(one)
	w.server.PutRecord(two)
	read := func(name string) string {
		t.Helper()
		s, err := w.store(seed.Token{}).Find(t.Context(), w.ref(name), "")
		if err != nil {
			t.Fatal(err)
		}
		return s.Value.Reveal() + "#" + s.Comment.Reveal()
	}
	if read("ONE") != "2#c" || read("TWO") != "1#" {
		t.Error("swapped values are detected: the threat model says less than is so")
	}
	one.Comment = devserver.Field{}
	w.server.PutRecord(one)
	if read("ONE") != "2#" {
		t.Error("a dropped comment is detected: the threat model says less than is so")
	}
	w.server.PutRecord(old)
	if read("ONE") != "1 of before#" {
		t.Error("an old version is detected: the threat model says less than is so")
	}
}

// TestBatchOfDeletesThatMeetsAnother: a batch goes by names, and one of them
// has become another secret's since the folder was listed.
func TestBatchOfDeletesThatMeetsAnother(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	one, two := w.put("ONE", "1", ""), w.put("TWO", "2", "")
	store := w.listed()
	w.again("ONE", "theirs")
	done, err := store.Edit(t.Context(), w.folder("/"), secrets.Edit{Delete: map[string]string{"ONE": one.ID, "TWO": two.ID}})
	wantProblem(t, err, secrets.ProblemOther, `"ONE": `, "the new one was deleted instead")
	if _, told := done["TWO"]; !told || len(done) != 1 {
		t.Errorf("%d are told to be done", len(done))
	}
}
