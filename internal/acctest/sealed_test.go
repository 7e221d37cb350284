package acctest

import (
	"maps"
	"net/http"
	"slices"
	"testing"
)

// TestSealedTextsAreOpened: the search of the wire knows what was sent sealed,
// alone and in batches, and leaves short texts out.
func TestSealedTextsAreOpened(t *testing.T) {
	t.Parallel()
	env := New(t)
	secret := func(name, value, comment string) map[string]any {
		out := map[string]any{"secretName": name}
		for part, text := range map[string]string{"Key": name, "Value": value, "Comment": comment} {
			sealed, err := env.Owner.Seal(text)
			if err != nil {
				t.Fatal(err)
			}
			out["secret"+part+"Ciphertext"], out["secret"+part+"IV"], out["secret"+part+"Tag"] = *sealed.Ciphertext, *sealed.IV, *sealed.Tag
		}
		return out
	}
	other := env.Other()
	alone := secret("THE_NAME_OF_ONE", "the value of one", "the comment of one")
	delete(alone, "secretName")
	other.do(http.MethodPost, "/api/v3/secrets/THE_NAME_OF_ONE", "dev", "/", maps.Clone(alone), nil)
	other.do(http.MethodPost, "/api/v3/secrets/batch", "dev", "/", map[string]any{
		"secrets": []any{secret("THE_NAME_OF_TWO", "the value of two", "short")},
	}, nil)
	found := env.sealedTexts()
	slices.Sort(found)
	if want := []string{"the comment of one", "the value of one", "the value of two"}; !slices.Equal(found, want) {
		t.Errorf("found %q", found)
	}
}
