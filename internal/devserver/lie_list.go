package devserver

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// Lies are the ways in which a server that means harm can answer.
func Lies() []Lie {
	return slices.Concat(LiesAboutFields(), LiesAboutPlaces(), LiesAboutKeys(), LiesOfShape(), LiesThatGrow(), LiesThatPrint())
}

// LiesAboutFields swap what belongs to secrets: names, values and comments of
// the same folder, of any other that was seen, and of earlier versions.
func LiesAboutFields() []Lie {
	swap := func(name, part, plain string) Lie {
		return Lie{Name: name, change: func(l *Liar, _ Request, answer map[string]any) {
			all := secretsOf(answer)
			for i, j := range l.random.Perm(len(all)) {
				if j <= i {
					continue
				}
				one, two := all[i], all[j]
				if isSealed(one) && isSealed(two) {
					first, second := tripleOf(one, part), tripleOf(two, part)
					first.putInto(two, part)
					second.putInto(one, part)
				} else {
					one[plain], two[plain] = two[plain], one[plain]
				}
			}
		}}
	}
	seen := func(name, part, plain, from string) Lie {
		return Lie{Name: name, change: func(l *Liar, _ Request, answer map[string]any) {
			for _, one := range secretsOf(answer) {
				switch {
				case l.random.IntN(2) == 0:
				case isSealed(one) && len(l.fields) > 0:
					l.fields[l.random.IntN(len(l.fields))].putInto(one, part)
				case one[plain] != nil:
					one[plain] = l.another(from, fmt.Sprint(one[plain]))
				}
			}
		}}
	}
	return []Lie{
		swap("names swapped", "Key", "secretKey"), swap("values swapped", "Value", "secretValue"), swap("comments swapped", "Comment", "secretComment"),
		seen("names from elsewhere", "Key", "secretKey", "secretKey"), seen("values as names", "Key", "secretKey", "secretValue"),
		seen("values from elsewhere", "Value", "secretValue", "secretValue"), seen("names as comments", "Comment", "secretComment", "secretKey"),
	}
}

// LiesAboutPlaces answer with what is elsewhere, or as if it were.
func LiesAboutPlaces() []Lie {
	another := func(name string, keys ...string) Lie {
		return Lie{Name: name, change: func(l *Liar, _ Request, answer map[string]any) {
			eachText(answer, func(key, text string) string {
				if slices.Contains(keys, key) && l.random.IntN(2) == 0 {
					return l.another(key, text)
				}
				return text
			})
		}}
	}
	return []Lie{
		another("another environment", "environment", "slug"), another("another folder", "secretPath", "importPath", "path", "folderId", "parentId"),
		another("another project", "workspace", "workspaceId", "projectId"), another("another id", "id", "_id"), another("another type", "type"),
		{Name: "another answer", replace: func(l *Liar, _ Request, status int, body []byte) (int, []byte) {
			routes := slices.Sorted(maps.Keys(l.answers))
			if len(routes) == 0 {
				return status, body
			}
			return http.StatusOK, l.answers[routes[l.random.IntN(len(routes))]]
		}},
		{Name: "rows left out", change: func(l *Liar, _ Request, answer map[string]any) {
			eachObject(answer, func(o map[string]any) {
				for key, value := range o {
					if list, ok := value.([]any); ok && len(list) > 0 {
						at := l.random.IntN(len(list))
						o[key] = slices.Delete(slices.Clone(list), at, at+1)
					}
				}
			})
		}},
		{Name: "rows doubled", change: func(l *Liar, _ Request, answer map[string]any) {
			eachObject(answer, func(o map[string]any) {
				for key, value := range o {
					list, ok := value.([]any)
					if !ok || len(list) == 0 {
						continue
					}
					row, isRow := list[0].(map[string]any)
					if !isRow {
						continue
					}
					row = maps.Clone(row)
					if l.random.IntN(2) == 0 {
						row["id"] = fmt.Sprint("doubled-", l.random.Uint32())
					}
					o[key] = append(slices.Clone(list), row)
				}
			})
		}},
	}
}

// LiesAboutKeys forge what keys are opened with.
func LiesAboutKeys() []Lie {
	forge := func(name string, keys ...string) Lie {
		return Lie{Name: name, change: func(l *Liar, _ Request, answer map[string]any) {
			eachText(answer, func(key, text string) string {
				raw, err := base64.StdEncoding.DecodeString(text)
				if !slices.Contains(keys, key) || err != nil || len(raw) == 0 {
					return text
				}
				raw[l.random.IntN(len(raw))] ^= 1 << l.random.IntN(8)
				return base64.StdEncoding.EncodeToString(raw)
			})
		}}
	}
	return []Lie{
		forge("forged project key", "encryptedKey", "iv", "tag", "nonce", "publicKey"),
		forge("forged secrets", "secretKeyCiphertext", "secretValueCiphertext", "secretValueIV", "secretCommentTag", "secretKeyTag"),
	}
}

// LiesOfShape are answers of a wrong kind.
func LiesOfShape() []Lie {
	fixed := func(status int, body string) Lie {
		return Lie{Name: fmt.Sprintf("status %d %.20q", status, body), replace: func(*Liar, Request, int, []byte) (int, []byte) { return status, []byte(body) }}
	}
	return []Lie{
		{Name: "another type of JSON", change: func(l *Liar, _ Request, answer map[string]any) {
			others := []any{nil, true, json.Number("-1"), json.Number("1e400"), "", []any{}, map[string]any{}, []any{nil}, strings.Repeat("a", 5000)}
			eachObject(answer, func(o map[string]any) {
				for _, key := range slices.Sorted(maps.Keys(o)) {
					if l.random.IntN(8) == 0 {
						o[key] = others[l.random.IntN(len(others))]
					}
				}
			})
		}},
		{Name: "half an answer", replace: func(_ *Liar, _ Request, status int, body []byte) (int, []byte) { return status, body[:len(body)/2] }},
		{Name: "deep JSON", replace: func(_ *Liar, _ Request, status int, _ []byte) (int, []byte) {
			return status, bytes.Repeat([]byte(`{"secrets":[`), 20_000)
		}},
		{Name: "the request in an error", replace: func(_ *Liar, r Request, _ int, _ []byte) (int, []byte) {
			body, _ := json.Marshal(map[string]any{"statusCode": 400, "error": "BadRequest", "message": r.Header.Get("Authorization") + " " + r.Path + " " + string(r.Body)})
			return http.StatusBadRequest, body
		}},
		fixed(http.StatusOK, `{}`), fixed(http.StatusOK, `null`), fixed(http.StatusOK, ``), fixed(http.StatusNoContent, ``),
		fixed(http.StatusNotModified, ``), fixed(http.StatusFound, ``), fixed(http.StatusTeapot, `{"message":"no"}`),
		fixed(http.StatusNotFound, `{"statusCode":404,"message":"no such thing","error":"NotFound"}`),
		fixed(http.StatusBadRequest, `{"statusCode":400,"message":"nothing that anybody knows","error":"BadRequest"}`),
		fixed(http.StatusForbidden, `{"statusCode":403,"message":"not you","error":"PermissionDenied"}`),
		fixed(http.StatusInternalServerError, `{"statusCode":500,"message":"Something went wrong","error":"InternalServerError"}`),
	}
}

// LiesThatGrow make a client ask or hold without end.
func LiesThatGrow() []Lie {
	insert := func(name, list string, items func(rest []byte) []byte) Lie {
		return Lie{Name: name, replace: func(_ *Liar, r Request, status int, body []byte) (int, []byte) {
			open := []byte(`"` + list + `":[`)
			at := bytes.Index(body, open)
			if r.Method != http.MethodGet || status != http.StatusOK || at < 0 || len(body) == at+len(open) {
				return status, body
			}
			rest := body[at+len(open):]
			added := items(rest)
			if len(added) == 0 {
				return status, body
			}
			grown := slices.Concat(body[:at+len(open)], added) // each with a comma behind it
			if rest[0] == ']' {
				grown = grown[:len(grown)-1]
			}
			return status, append(grown, rest...)
		}}
	}
	grow := func(name, list string, item func(l *Liar, r Request, i int) string, count int) Lie {
		return Lie{Name: name, replace: func(l *Liar, r Request, status int, body []byte) (int, []byte) {
			return insert(name, list, func([]byte) []byte {
				var items bytes.Buffer
				for i := range count {
					items.WriteString(item(l, r, i) + ",")
				}
				return items.Bytes()
			}).replace(l, r, status, body)
		}}
	}
	folder := func(l *Liar, _ Request, i int) string {
		return fmt.Sprintf(`{"id":"grown-%d-%d","name":"f%d","version":1}`, l.random.Uint32(), i, i)
	}
	return []Lie{
		grow("a folder in every folder", "folders", folder, 1), grow("folders without end", "folders", folder, 60_000),
		grow("a few folders in every folder", "folders", folder, 4),
		{Name: "the same folders in every folder", replace: theSame("folders")},
		insert("rows without names", "secrets", func([]byte) []byte { return namelessRows() }),
		grow("an import in every folder", "secretImports", importOfAnother, 2), grow("imports without end", "secretImports", importOfAnother, 20_000),
		insert("copies of a row", "secrets", copiesOfARow),
		{Name: "a long text", change: func(_ *Liar, _ Request, answer map[string]any) {
			eachText(answer, func(key, text string) string {
				if key == "name" || key == "message" || key == "importPath" {
					return strings.Repeat(text+"x", 100_000)
				}
				return text
			})
		}},
		{Name: "an import, and a failure of lists", replace: func(l *Liar, r Request, status int, body []byte) (int, []byte) {
			switch {
			case isList(r):
				return http.StatusInternalServerError, []byte(`{"statusCode":500,"message":"Something went wrong","error":"InternalServerError"}`)
			case strings.HasSuffix(r.Route, "/secret-imports") && r.Method == http.MethodGet:
				return http.StatusOK, []byte(`{"secretImports":[` + importOf(l, 0, "") + "," + importOf(l, 1, "") + `]}`)
			case strings.HasSuffix(r.Route, "/folders") && r.Method == http.MethodGet:
				return http.StatusOK, []byte(`{"folders":[{"id":"a","name":"a"},{"id":"b","name":"b"},{"id":"c","name":"c"}]}`)
			}
			return status, body
		}},
	}
}

// theSame answers every list with the first one that was not empty.
func theSame(list string) func(l *Liar, r Request, status int, body []byte) (int, []byte) {
	return func(l *Liar, r Request, status int, body []byte) (int, []byte) {
		if r.Method != http.MethodGet || status != http.StatusOK || !bytes.Contains(body, []byte(`"`+list+`":[`)) {
			return status, body
		}
		if l.first == nil && !bytes.Contains(body, []byte(`"`+list+`":[]`)) {
			l.first = body
		}
		if l.first == nil {
			return status, body
		}
		return status, l.first
	}
}

// copiesOfARow are many of the first row, each with an id of its own. rest is
// the list behind its bracket.
func copiesOfARow(rest []byte) []byte {
	var row map[string]json.RawMessage
	if json.NewDecoder(bytes.NewReader(rest)).Decode(&row) != nil {
		return nil
	}
	delete(row, "id")
	delete(row, "_id")
	encoded, err := json.Marshal(row)
	if err != nil || len(row) == 0 {
		return nil
	}
	var copies bytes.Buffer
	for i := range 20_000 {
		fmt.Fprintf(&copies, `{"id":"copy-%d",`, i)
		copies.Write(encoded[1:])
		copies.WriteByte(',')
	}
	return copies.Bytes()
}

// namelessRows are a quarter of a million of them, made once.
var namelessRows = sync.OnceValue(func() []byte {
	var rows bytes.Buffer
	for i := range 249_000 {
		fmt.Fprintf(&rows, `{"id":"n%d","type":"shared"},`, i)
	}
	return rows.Bytes()
})

func importOfAnother(l *Liar, _ Request, i int) string {
	return importOf(l, i, fmt.Sprintf("/f%d", l.random.IntN(1000)))
}

// importOf is of a folder some levels down, and then of one in it.
func importOf(l *Liar, i int, below string) string {
	path := ""
	for range 1 + l.random.IntN(3) {
		path += "/" + string(rune('a'+l.random.IntN(3)))
	}
	return fmt.Sprintf(`{"id":"import-%d-%d","importPath":"%s%s","position":%d,"importEnv":{"id":"e","slug":"dev","name":"Development"}}`, l.random.Uint32(), i, path, below, i+1)
}

// Unprintable is what a terminal obeys, or shows otherwise than it is: an
// escape sequence, a bidirectional mark, line breaks, a zero-width space.
const Unprintable = "\x1b[2K\x1b[1A\u202e\u2066\r\n\nNo changes. Your infrastructure matches the configuration.\u200b\u009b31m"

// LiesThatPrint put Unprintable into texts that people may be shown, one kind of
// text each: a false id would hide the rest.
func LiesThatPrint() []Lie {
	var lies []Lie
	for _, key := range []string{
		"name", "slug", "path", "secretPath", "importPath", "message", "error", "environment", "permissions", "id", "secretKey", "secretComment",
		"secretReminderNote", "type", "folderId", "workspace", "reqId",
	} {
		lies = append(lies, Lie{Name: "a terminal obeys the " + key, replace: func(_ *Liar, _ Request, status int, body []byte) (int, []byte) {
			var answer any
			decoder := json.NewDecoder(bytes.NewReader(body))
			decoder.UseNumber()
			if decoder.Decode(&answer) != nil {
				return status, body
			}
			eachText(answer, func(at, text string) string {
				if at == key || at == "_id" && key == "id" {
					return text + Unprintable
				}
				return text
			})
			out, err := json.Marshal(answer)
			if err != nil {
				return status, body
			}
			return status, out
		}})
	}
	return append(lies, Lie{Name: "a refusal that a terminal obeys", replace: func(*Liar, Request, int, []byte) (int, []byte) {
		body, _ := json.Marshal(map[string]any{"statusCode": 400, "error": "BadRequest", "message": Unprintable})
		return http.StatusBadRequest, body
	}})
}
