package provider

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// public lists every attribute, by its name alone, that may be shown. Anything
// else must be sensitive or write-only: a new attribute fails the test until
// somebody has decided.
var public = map[string]bool{
	"host": true, "client_id": true, "identity_id": true, "token_environment_variable_name": true, "service_account_token_path": true, "organization_slug": true,
	"workspace_id": true, "env_slug": true, "folder_path": true, "request_timeout": true, "max_retries": true,
	"allow_insecure_http": true, "encryption_mode": true, "max_requests_per_minute": true, "expiry_warning_days": true, "acknowledge_server_key_access": true,
	"id": true, "name": true, "names": true, "type": true, "secret_type": true, "comment": true, "version": true,
	"value_fingerprint": true, "value_wo_version": true, "tag_ids": true, "metadata": true, "secret_reminder": true, "note": true,
	"repeat_days": true, "skip_multiline_encoding": true, "on_existing": true, "recursive": true, "exclusive": true, "remove": true,
	"include_imports": true, "include_values": true, "expand_references": true, "on_missing_reference": true, "references_within": true, "personal_overrides": true, "accept_rollback": true, "generation": true, "sealing_key_id": true, "sealing_key_ids": true, "project_key_id": true, "in_order": true, "flaw": true, "name_prefix": true, "name_regex": true,
	"tag_slugs": true, "metadata_filter": true, "tags": true, "source_env_slug": true, "source_folder_path": true,
	"left": true, "right": true, "only_left": true, "only_right": true, "different": true, "equal": true, "in_sync": true,
	"secrets": true, // a map by name, whose values are sensitive one by one
	"ids":     true, "versions": true, "value_fingerprints": true, "values_wo_version": true,
	"path": true, "parent_path": true, "force_delete": true, "folders": true, "paths": true, "environments": true, "slug": true, "slugs": true,
	"ca_cert_pem": true, "ca_cert_file": true, "client_cert_file": true, "client_key_file": true, // certificates, and names of files
	"position": true, "import_env_slug": true, "import_folder_path": true, "secret_imports": true,
	"scopes": true, "secret_path": true, "permissions": true, "expires_at": true, "can_write": true,
}

// pure lists every function. A function cannot mark its result: Terraform marks
// it as its arguments are. So one that returns more than follows from its
// arguments, such as something that the provider was configured with, must not
// be: a new function fails the test until somebody has decided.
var pure = []string{"dotenv_decode", "dotenv_encode", "parse_import_id", "secret_reference"}

// TestEverySecretAttributeIsSensitive walks all schemas that the provider has,
// and the identities, which can hide nothing.
func TestEverySecretAttributeIsSensitive(t *testing.T) {
	t.Parallel()
	server, err := providerserver.NewProtocol6WithError(New("test")())()
	if err != nil {
		t.Fatal(err)
	}
	schemas, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil || len(schemas.Diagnostics) > 0 {
		t.Fatal(err, schemas.Diagnostics)
	}
	walked, hidden := 0, 0
	var walk func(place string, attributes []*tfprotov6.SchemaAttribute)
	walk = func(place string, attributes []*tfprotov6.SchemaAttribute) {
		for _, a := range attributes {
			walked++
			if a.Sensitive || a.WriteOnly {
				hidden++
			} else if !public[a.Name] && a.NestedType == nil { // of an object what is in it counts
				t.Errorf("%s.%s is neither sensitive nor known to be public", place, a.Name)
			}
			if a.WriteOnly && !a.Sensitive && !strings.HasPrefix(place, "infisical_secrets.") {
				t.Errorf("%s.%s is write-only and shown in diffs of older tools", place, a.Name)
			}
			if a.NestedType != nil {
				walk(place+"."+a.Name, a.NestedType.Attributes)
			} else if !isPlain(a.Type) {
				t.Errorf("%s.%s is of type %s, which this walk does not see into", place, a.Name, a.Type)
			}
		}
	}
	walk("provider", schemas.Provider.Block.Attributes)
	for _, group := range []map[string]*tfprotov6.Schema{
		schemas.ResourceSchemas, schemas.DataSourceSchemas, schemas.EphemeralResourceSchemas, schemas.ListResourceSchemas,
	} {
		for name, schema := range group {
			walk(name, schema.Block.Attributes)
			if len(schema.Block.BlockTypes) > 0 {
				t.Errorf("%s has blocks, which this walk does not see", name)
			}
		}
	}
	if schemas.ProviderMeta != nil || len(schemas.ActionSchemas) > 0 || len(schemas.StateStoreSchemas) > 0 {
		t.Error("there are schemas of a kind that this walk does not see")
	}
	identities, err := server.GetResourceIdentitySchemas(t.Context(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil || len(identities.Diagnostics) > 0 || len(identities.IdentitySchemas) == 0 {
		t.Fatal(err, identities)
	}
	for name, schema := range identities.IdentitySchemas {
		for _, a := range schema.IdentityAttributes {
			if !public[a.Name] || !isPlain(a.Type) {
				t.Errorf("the identity of %s shows %s", name, a.Name)
			}
		}
	}
	if names := slices.Sorted(maps.Keys(schemas.Functions)); !slices.Equal(names, pure) {
		t.Errorf("the functions are %v, and those decided on are %v", names, pure)
	}
	if walked < 40 || hidden < 8 {
		t.Errorf("walked %d attributes, %d of them hidden: less than there are", walked, hidden)
	}
}

// isPlain tells whether there are no attributes in a type.
func isPlain(t tftypes.Type) bool {
	switch t := t.(type) {
	case tftypes.List:
		return isPlain(t.ElementType)
	case tftypes.Set:
		return isPlain(t.ElementType)
	case tftypes.Map:
		return isPlain(t.ElementType)
	}
	return t.Is(tftypes.String) || t.Is(tftypes.Number) || t.Is(tftypes.Bool)
}
