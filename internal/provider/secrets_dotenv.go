package provider

import (
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

var dotenvName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// dotenvText is a dotenv file of secrets under their bare names; null where it
// could not say all of them.
func dotenvText(list []secrets.Listed) types.String {
	values := map[string]string{}
	names := []string{}
	for _, s := range list {
		value := s.Value.Reveal()
		_, twice := values[s.Name]
		if twice || !dotenvName.MatchString(s.Name) || !utf8.ValidString(value) || strings.ContainsRune(value, 0) {
			return types.StringNull()
		}
		values[s.Name] = value
		names = append(names, s.Name)
	}
	slices.Sort(names)
	var out strings.Builder
	quote := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "$", `\$`, "\n", `\n`, "\r", `\r`)
	for _, name := range names {
		out.WriteString(name + `="` + quote.Replace(values[name]) + "\"\n")
	}
	return types.StringValue(out.String())
}
