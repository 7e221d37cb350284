package secrets_test

import (
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// TestWhatTerraformStringsCarry: UTF-8 in normal form C, and nothing else.
func TestWhatTerraformStringsCarry(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{"": true, "caf\u00e9": true, "cafe\u0301": false, "\xff": false, "a\x00b": true} {
		if got := secrets.NewValue(text).IsText(); got != want {
			t.Errorf("%q: %t", text, got)
		}
	}
	if !secrets.SameName("caf\u00e9", "cafe\u0301") || secrets.SameName("N", "n") {
		t.Error("names are told apart by their Unicode form, or not by their case")
	}
}
