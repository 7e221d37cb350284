package secrets

import "github.com/infisical-e2ee/terraform-provider-infisical/internal/e2ee"

// fingerprint is labelled with the secret's place and name, so that equal
// values in two places cannot be told to be equal. The name counts in the form
// in which it is matched: Terraform and the server may spell it differently.
func fingerprint(key e2ee.Key, ref Ref, value Value) string {
	place := []string{ref.WorkspaceID, ref.Environment, ref.Path, nameKey(ref.Name), ref.kind()}
	fingerprint, err := key.Fingerprint(place, []byte(value.Reveal()))
	if err != nil {
		return "" // only a key that was never set has none
	}
	return fingerprint
}
