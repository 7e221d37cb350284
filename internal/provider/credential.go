package provider

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

func credentialAttributes() map[string]schema.Attribute {
	secret := func(description string) schema.Attribute {
		return schema.StringAttribute{Optional: true, Sensitive: true, MarkdownDescription: description}
	}
	return map[string]schema.Attribute{
		"service_token": secret("Service token, `st.<id>.<secret>.<key>`. The first three parts are sent to the server; the fourth is the decryption key and never leaves this process. " +
			"Environment variable: `INFISICAL_SERVICE_TOKEN`, then `INFISICAL_TOKEN`."),
		"auth": schema.SingleNestedAttribute{
			Optional:            true,
			MarkdownDescription: "Another credential instead of a service token: exactly one of the following. Both need `workspace_id`. See the guide [Credentials](guides/credentials).",
			Attributes: map[string]schema.Attribute{
				"api_key": schema.SingleNestedAttribute{
					Optional:            true,
					MarkdownDescription: "A user's API key: acts as that user, who may have personal secrets.",
					Attributes: map[string]schema.Attribute{
						"api_key": secret("The API key, `ak.<id>.<secret>`. Environment variable: `INFISICAL_API_KEY`."),
						"private_key": secret("The user's private key, 32 bytes in standard base64, which opens the project key. It never leaves this process. " +
							"Environment variable: `INFISICAL_PRIVATE_KEY`."),
					},
				},
				"universal": schema.SingleNestedAttribute{
					Optional:            true,
					MarkdownDescription: "A machine identity, by Universal Auth. In `e2ee` mode it needs `project_key`.",
					Attributes: map[string]schema.Attribute{
						"client_id": schema.StringAttribute{
							Optional: true, MarkdownDescription: "The client id. Environment variable: `INFISICAL_UNIVERSAL_AUTH_CLIENT_ID`.",
						},
						"client_secret": secret("A client secret. Environment variable: `INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET`."),
					},
				},
			},
		},
		"project_key": secret("The project key, 32 hexadecimal characters, for a machine identity, to which the server gives none that it could open. It never leaves this process. " +
			"In `es` mode an identity can do without it; with it, fingerprints are those of other credentials that open the project key. Environment variable: `INFISICAL_PROJECT_KEY`."),
		"sealing_keys": schema.ListAttribute{
			Optional: true, Sensitive: true, ElementType: types.StringType,
			MarkdownDescription: "The keys of `sealed` mode, each `sealkey1.<key>.<id>`: the first seals, all of them open. None ever leaves this process. They may come from an ephemeral resource. " +
				"Environment variable: `INFISICAL_SEALING_KEYS`, with commas or line breaks between them.",
		},
	}
}

// credentialKind is one of the ways to say who is asking.
type credentialKind struct {
	attribute string
	settings  []string // of the environment table; all of them are needed
	fill      func(cfg *secrets.Config, settings []string)
}

var credentialKinds = []credentialKind{
	{"service_token", []string{"service_token"}, func(cfg *secrets.Config, s []string) { cfg.ServiceToken = s[0] }},
	{"auth.api_key", []string{"auth.api_key.api_key", "auth.api_key.private_key"}, func(cfg *secrets.Config, s []string) { cfg.APIKey, cfg.PrivateKey = s[0], s[1] }},
	{"auth.universal", []string{"auth.universal.client_id", "auth.universal.client_secret"}, func(cfg *secrets.Config, s []string) { cfg.ClientID, cfg.ClientSecret = s[0], s[1] }},
}

// credential puts the one credential into cfg. What is configured goes before
// the environment, which is looked at for all kinds only if none is.
func (m providerModel) credential(cfg *secrets.Config, diags *diag.Diagnostics) {
	configured := func(kind credentialKind) bool { return !isNull(m.at(kind.attribute)) }
	inEnvironment := func(kind credentialKind) bool {
		return slices.ContainsFunc(kind.settings, func(setting string) bool { return fromEnvironment(setting) != "" })
	}
	chosen := inEnvironment
	if !isNull(m.at("service_token")) || !isNull(m.at("auth")) {
		chosen = configured
	}
	var found []credentialKind
	for _, kind := range credentialKinds {
		if chosen(kind) {
			found = append(found, kind)
		}
	}
	switch {
	case len(found) > 1:
		var names []string
		for _, kind := range found {
			if configured(kind) {
				names = append(names, kind.attribute)
				continue
			}
			for _, setting := range kind.settings {
				names = append(names, setVariables(setting)...)
			}
		}
		diags.AddError("Several Credentials", fmt.Sprintf("More than one credential is given: %s. Which of them is meant cannot be known.\n\nRemove all but one.", strings.Join(names, ", ")))
		return
	case len(found) == 0 && !isNull(m.at("auth")):
		diags.AddError("Missing Credential", "auth says of no credential which it is.\n\nSet auth.api_key or auth.universal, or remove auth and set service_token.")
		return
	case len(found) == 0:
		diags.AddError("Missing Credential", "No credential is configured, so nothing can be read or written.\n\n"+
			"Set service_token in the provider block, or better "+variables("service_token")+" in the environment: "+
			"a service token is made in the project's settings and begins with \"st.\". "+
			"An API key or a machine identity can be given in auth.")
		return
	}
	values := make([]string, len(found[0].settings))
	for i, setting := range found[0].settings {
		value, _ := m.at(setting).(types.String)
		if values[i] = text(setting, value, ""); values[i] == "" {
			diags.AddError("Missing Credential", fmt.Sprintf("%s is not set; without it the credential is not complete.\n\nSet it in the provider block, or %s in the environment.", setting, variables(setting)))
		}
	}
	found[0].fill(cfg, values)
	switch {
	case found[0].attribute == "auth.universal":
		cfg.ProjectKey = text("project_key", m.ProjectKey, "")
	case !m.ProjectKey.IsNull():
		diags.AddError("Project Key Not Used", fmt.Sprintf("project_key is set, and %s brings the project key already: two could differ.\n\nRemove project_key.", found[0].attribute))
	}
}

// at is the attribute at a path of names, null where one on the way is. A null
// or unknown object on the way stands for what is in it.
func (m providerModel) at(path string) attr.Value {
	names := strings.Split(path, ".")
	if names[0] == "service_token" {
		return m.ServiceToken
	}
	var value attr.Value = m.Auth
	for _, name := range names[1:] {
		object, ok := value.(types.Object)
		if !ok || object.IsNull() || object.IsUnknown() {
			break
		}
		value = object.Attributes()[name]
	}
	return value
}

// unknownSecret is the attribute of a credential or of keys that is not known
// yet.
func (m providerModel) unknownSecret() string {
	if m.SealingKeys.IsUnknown() || slices.ContainsFunc(m.SealingKeys.Elements(), attr.Value.IsUnknown) {
		return "sealing_keys"
	}
	for _, kind := range credentialKinds {
		for _, path := range append([]string{kind.attribute}, kind.settings...) {
			if m.at(path).IsUnknown() {
				return path
			}
		}
	}
	return ""
}

// sealingKeys come from the configuration, or from the environment, where
// commas or line breaks stand between them.
func (m providerModel) sealingKeys() []string {
	if m.SealingKeys.IsNull() {
		return strings.FieldsFunc(fromEnvironment("sealing_keys"), func(c rune) bool { return strings.ContainsRune(",\r\n ", c) })
	}
	var keys []string
	for _, element := range m.SealingKeys.Elements() {
		key, _ := element.(types.String)
		keys = append(keys, key.ValueString())
	}
	return keys
}

func isNull(v attr.Value) bool { return v == nil || v.IsNull() }

// setVariables are the environment variables of a setting that are set.
func setVariables(setting string) []string {
	return slices.DeleteFunc(slices.Clone(environment[setting]), func(name string) bool { return os.Getenv(name) == "" })
}
