package devserver_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
)

// truths are answers that every lie finds something in, by the route.
var truths = map[string]string{
	"GET /api/v3/secrets": `{"secrets":[
		{"id":"a","type":"shared","environment":"dev","secretPath":"/","workspace":"w","folderId":"f","secretKeyCiphertext":"a2V5","secretKeyIV":"aXY=","secretKeyTag":"dGFn","secretValueCiphertext":"dmFs","secretValueIV":"aXYx","secretValueTag":"dGFnMQ==","secretCommentCiphertext":"Y29t","secretCommentIV":"aXYy","secretCommentTag":"dGFnMg=="},
		{"id":"b","type":"personal","environment":"prod","secretPath":"/b","workspace":"v","folderId":"g","secretKeyCiphertext":"a2V6","secretKeyIV":"aXYz","secretKeyTag":"dGFu","secretValueCiphertext":"dmFz","secretValueIV":"aXY0","secretValueTag":"dGFnNA==","secretCommentCiphertext":"Y29u","secretCommentIV":"aXY1","secretCommentTag":"dGFnNQ=="}]}`,
	"GET /api/v3/secrets/raw":    `{"secrets":[{"id":"a","secretKey":"A","secretValue":"1","secretComment":"x"},{"id":"b","secretKey":"B","secretValue":"2","secretComment":"y"}]}`,
	"GET /api/v1/folders":        `{"folders":[{"id":"f","name":"folder"}]}`,
	"GET /api/v1/secret-imports": `{"secretImports":[{"id":"i","importPath":"/a","position":1,"importEnv":{"slug":"dev"}}]}`,
	"GET /api/v2/service-token":  `{"id":"t","name":"token","workspace":"w","permissions":["read"],"message":"m","error":"e","reqId":"r","scopes":[{"environment":"dev","path":"/"}],"secretReminderNote":"n","encryptedKey":"a2V5","iv":"aXY=","tag":"dGFn"}`,
	"GET /api/v1/workspace/:id":  `{"workspace":{"id":"w","name":"project","environments":[{"slug":"dev","name":"Development"}]}}`,
}

// TestLiarTellsEachLie: a lie that changes nothing would prove nothing. Equal
// seeds tell equal lies.
func TestLiarTellsEachLie(t *testing.T) {
	t.Parallel()
	tell := func(lie devserver.Lie, seed uint64) (told []string, answers string) {
		liar := devserver.NewLiar(seed, 1, lie)
		script := liar.Script(nil)
		var all bytes.Buffer
		for i := range 30 {
			for _, route := range []string{"GET /api/v3/secrets", "GET /api/v3/secrets/raw", "GET /api/v1/folders", "GET /api/v1/secret-imports", "GET /api/v2/service-token", "GET /api/v1/workspace/:id"} {
				status, body := script(devserver.Request{Method: "GET", Route: route}).Rewrite(200, []byte(strings.Replace(truths[route], `"name":"folder"`, fmt.Sprintf(`"name":"folder%d"`, i), 1)))
				if all.Len() < 1<<20 {
					all.Write(body)
				}
				if told = liar.Told(); len(told) > 0 {
					return told, all.String()
				}
				if len(body) > 0 && status == 200 && strings.HasPrefix(lie.Name, "names") && !json.Valid(body) {
					t.Errorf("%s: no JSON", lie.Name)
				}
			}
		}
		return nil, all.String()
	}
	for _, lie := range devserver.Lies() {
		told, answers := tell(lie, 7)
		if len(told) == 0 {
			t.Errorf("%s: nothing was changed", lie.Name)
		}
		if _, again := tell(lie, 7); again != answers {
			t.Errorf("%s: equal seeds give other answers", lie.Name)
		}
	}
}
