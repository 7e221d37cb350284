package acctest

import (
	"encoding/json"
	"slices"
	"unicode/utf8"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
)

// Limits of what is looked for beside declared secrets: shorter texts occur by
// chance, and many take long.
const (
	shortestSealed = 12
	mostSealed     = 40
)

// sealedTexts opens what requests carried sealed, values and comments. Whatever
// somebody once sealed may be in no request in the clear, whether or not a test
// declared it.
func (e *Env) sealedTexts() []string {
	var texts []string
	for _, r := range e.Server.Requests() {
		var body any
		if json.Unmarshal(r.Body, &body) == nil {
			e.collect(body, &texts)
		}
		if len(texts) >= mostSealed {
			break
		}
	}
	return texts
}

func (e *Env) collect(body any, texts *[]string) {
	switch body := body.(type) {
	case []any:
		for _, item := range body {
			e.collect(item, texts)
		}
	case map[string]any:
		for _, item := range body {
			e.collect(item, texts)
		}
		for _, part := range []string{"secretValue", "secretComment"} {
			text, err := e.Owner.Open(devserver.Field{
				Ciphertext: textOf(body[part+"Ciphertext"]), IV: textOf(body[part+"IV"]), Tag: textOf(body[part+"Tag"]),
			})
			if err == nil && utf8.RuneCountInString(text) >= shortestSealed && !slices.Contains(*texts, text) && len(*texts) < mostSealed {
				*texts = append(*texts, text)
			}
		}
	}
}

func textOf(field any) *string {
	text, ok := field.(string)
	if !ok {
		return nil
	}
	return &text
}
