package main

import (
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/provider"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/schemajson"
)

// TestSchemaAndTableOfEnvironmentVariables holds the table in the index page's
// template to the variables that the provider's schema names.
func TestSchemaAndTableOfEnvironmentVariables(t *testing.T) {
	raw, err := schemajson.Marshal(t.Context(), providerserver.NewProtocol6(provider.New("docs")())())
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Schemas map[string]struct {
			Provider json.RawMessage `json:"provider"`
		} `json:"provider_schemas"`
	}
	if err := json.Unmarshal(raw, &document); err != nil {
		t.Fatal(err)
	}
	page, err := os.ReadFile("../../templates/index.md.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	var rows []byte
	for _, row := range regexp.MustCompile("(?m)^\\| `.*INFISICAL_.*$").FindAll(page, -1) {
		rows = append(rows, row...)
	}
	inSchema := variables(document.Schemas[schemajson.ProviderKey].Provider)
	if inTable := variables(rows); len(inSchema) == 0 || !slices.Equal(inSchema, inTable) {
		t.Errorf("the schema names %v, the table %v", inSchema, inTable)
	}
}

func variables(text []byte) []string {
	found := map[string]bool{}
	for _, variable := range regexp.MustCompile("INFISICAL_[A-Z0-9_]+").FindAll(text, -1) {
		found[string(variable)] = true
	}
	return slices.Sorted(maps.Keys(found))
}
