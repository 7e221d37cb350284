// Package schemajson writes the schemas of a provider that is served in this
// process as `terraform providers schema -json` would print them. The
// documentation is generated from that, so that it neither needs a command line
// nor lacks what the one at hand does not know yet.
package schemajson

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// ProviderKey is the address under which the schemas are filed. It is not the
// provider's own: tfplugindocs looks nowhere else.
const ProviderKey = "registry.terraform.io/hashicorp/infisical"

// formatVersion is the version of the format that Terraform states since 1.1.
const formatVersion = "1.0"

type document struct {
	FormatVersion   string                    `json:"format_version"`
	ProviderSchemas map[string]providerSchema `json:"provider_schemas"`
}

type providerSchema struct {
	Provider                 *schema                    `json:"provider,omitempty"`
	ResourceSchemas          map[string]*schema         `json:"resource_schemas,omitempty"`
	DataSourceSchemas        map[string]*schema         `json:"data_source_schemas,omitempty"`
	EphemeralResourceSchemas map[string]*schema         `json:"ephemeral_resource_schemas,omitempty"`
	ListResourceSchemas      map[string]*schema         `json:"list_resource_schemas,omitempty"`
	Functions                map[string]*function       `json:"functions,omitempty"`
	ResourceIdentitySchemas  map[string]*identitySchema `json:"resource_identity_schemas,omitempty"`
}

// Marshal asks the server for its schemas and writes them as JSON, indented and
// in an order that does not change from call to call.
func Marshal(ctx context.Context, server tfprotov6.ProviderServer) ([]byte, error) {
	schemas, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return nil, fmt.Errorf("the provider gave no schemas: %w", err)
	}
	if err := firstError(schemas.Diagnostics); err != nil {
		return nil, fmt.Errorf("the provider's schemas are not valid: %w", err)
	}
	identities, err := server.GetResourceIdentitySchemas(ctx, &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		return nil, fmt.Errorf("the provider gave no identity schemas: %w", err)
	}
	if err := firstError(identities.Diagnostics); err != nil {
		return nil, fmt.Errorf("the provider's identity schemas are not valid: %w", err)
	}

	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetIndent("", "  ")
	err = encoder.Encode(document{
		FormatVersion: formatVersion,
		ProviderSchemas: map[string]providerSchema{ProviderKey: {
			Provider:                 newSchema(schemas.Provider),
			ResourceSchemas:          mapped(schemas.ResourceSchemas, newSchema),
			DataSourceSchemas:        mapped(schemas.DataSourceSchemas, newSchema),
			EphemeralResourceSchemas: mapped(schemas.EphemeralResourceSchemas, newSchema),
			ListResourceSchemas:      mapped(schemas.ListResourceSchemas, newSchema),
			Functions:                mapped(schemas.Functions, newFunction),
			ResourceIdentitySchemas:  mapped(identities.IdentitySchemas, newIdentitySchema),
		}},
	})
	if err != nil {
		return nil, fmt.Errorf("the provider's schemas cannot be written as JSON: %w", err)
	}
	return out.Bytes(), nil
}

func firstError(diagnostics []*tfprotov6.Diagnostic) error {
	for _, d := range diagnostics {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			return errors.New(d.Summary + ": " + d.Detail)
		}
	}
	return nil
}

func mapped[From, To any](in map[string]From, convert func(From) To) map[string]To {
	out := make(map[string]To, len(in))
	for name, value := range in {
		out[name] = convert(value)
	}
	return out
}
