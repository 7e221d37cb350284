package devserver

import (
	"fmt"
	"strings"
)

// opened is a field of a record as some project key opens it.
func (r *replay) opened(object map[string]any, field string) (string, bool) {
	f := fieldOf(object, field)
	if f.IV == nil {
		return "", false
	}
	for _, key := range r.keys {
		if text, err := key.open(f); err == nil {
			return text, true
		}
	}
	return "", false
}

// sameWhenOpened gives what the server sealed under an IV of its own, and a
// project key of the recording opens to what was recorded, the recorded text.
func (r *replay) sameWhenOpened(got, want map[string]any) {
	for _, field := range []string{"secretKey", "secretValue", "secretComment"} {
		here, ok := r.opened(got, field)
		there, recorded := r.opened(want, field)
		if ok && recorded && here == there {
			for _, suffix := range []string{"Ciphertext", "IV", "Tag"} {
				got[field+suffix] = want[field+suffix]
			}
		}
	}
}

// learnToken keeps the access token that a login or a renewal answered.
func (r *replay) learnToken(e wireExchange, got any) {
	answer, _ := got.(map[string]any)
	token, ok := answer["accessToken"].(string)
	if !ok {
		return
	}
	sent, _ := e.Request.Body.(map[string]any)
	client := strings.Trim(strings.TrimPrefix(fmt.Sprint(sent["clientId"]), "{{client_id_"), "}")
	for who, id := range clientsV3 {
		if id == client {
			r.tokens[who] = token
		}
	}
}
