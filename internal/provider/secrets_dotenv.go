package provider

import (
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/dotenv"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// dotenvText is a dotenv file of secrets under their bare names; null where it
// could not say all of them.
func dotenvText(list []secrets.Listed) types.String {
	pairs := make([]dotenv.Pair, 0, len(list))
	for _, s := range list {
		if !s.Value.IsText() {
			return types.StringNull()
		}
		pairs = append(pairs, dotenv.Pair{Name: s.Name, Value: s.Value.Reveal()})
	}
	slices.SortFunc(pairs, func(a, b dotenv.Pair) int { return strings.Compare(a.Name, b.Name) })
	text, err := dotenv.Encode(pairs)
	if err != nil { // a name twice, or one that such a file cannot carry
		return types.StringNull()
	}
	return types.StringValue(text)
}
