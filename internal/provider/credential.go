package provider

import (
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
	public := func(description string) schema.Attribute {
		return schema.StringAttribute{Optional: true, MarkdownDescription: description}
	}
	identityID := public("The id of the identity. Environment variable: `INFISICAL_MACHINE_IDENTITY_ID`.")
	return map[string]schema.Attribute{
		"service_token": secret("Service token, `st.<id>.<secret>.<key>`. The first three parts are sent to the server; the fourth is the decryption key and never leaves this process. " +
			"Environment variable: `INFISICAL_SERVICE_TOKEN`, then `INFISICAL_TOKEN`."),
		"auth": schema.SingleNestedAttribute{
			Optional:            true,
			MarkdownDescription: "Another credential instead of a service token: exactly one of the following, which may have `organization_slug` beside it. All need `workspace_id`. What a part leaves out is taken from the environment, and `INFISICAL_AUTH_METHOD`, with the name of a part, stands for an empty one. See the guide [Credentials](guides/credentials).",
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
					MarkdownDescription: "A machine identity, by Universal Auth, with a client secret. In `e2ee` mode it needs `project_key`.",
					Attributes: map[string]schema.Attribute{
						"client_id":     public("The client id. Environment variable: `INFISICAL_UNIVERSAL_AUTH_CLIENT_ID`."),
						"client_secret": secret("A client secret. Environment variable: `INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET`."),
					},
				},
				"oidc": schema.SingleNestedAttribute{
					Optional:            true,
					MarkdownDescription: "A machine identity, by OIDC Auth: with a token that a CI system, for example, has made for this run. In `e2ee` and `es` mode it needs `project_key`.",
					Attributes: map[string]schema.Attribute{
						"identity_id": identityID,
						"token_environment_variable_name": public("The environment variable that holds the token; default `INFISICAL_AUTH_JWT`. " +
							"Environment variable: `INFISICAL_OIDC_AUTH_TOKEN_KEY_NAME`, then `INFISICAL_OIDC_AUTH_TOKEN_NAME`."),
					},
				},
				"kubernetes": schema.SingleNestedAttribute{
					Optional:            true,
					MarkdownDescription: "A machine identity, by Kubernetes Auth: with the token of a pod's service account. In `e2ee` and `es` mode it needs `project_key`.",
					Attributes: map[string]schema.Attribute{
						"identity_id": identityID,
						"service_account_token": secret("The token itself, instead of a file. " +
							"Environment variable: `INFISICAL_KUBERNETES_SERVICE_ACCOUNT_TOKEN`."),
						"service_account_token_path": public("The file with the token, which is read at each login; default `" + secrets.DefaultServiceAccountTokenPath + "`. " +
							"Environment variable: `INFISICAL_KUBERNETES_SERVICE_ACCOUNT_TOKEN_PATH`."),
					},
				},
				"aws_iam": schema.SingleNestedAttribute{
					Optional:            true,
					MarkdownDescription: "A machine identity, by AWS Auth: with the AWS credentials and the region that all AWS tools find here. In `e2ee` and `es` mode it needs `project_key`.",
					Attributes:          map[string]schema.Attribute{"identity_id": identityID},
				},
				"token": secret("An access token of a machine identity, ready to use. It is not replaced when it expires. In `e2ee` and `es` mode it needs `project_key`. " +
					"Environment variable: `INFISICAL_TOKEN`, if it begins with `eyJ`."),
				"organization_slug": public("The organisation in which to log in, if it is another than the identity's own. " +
					"Environment variable: `INFISICAL_AUTH_ORGANIZATION_SLUG`."),
			},
		},
		"project_key": secret("The project key, 32 hexadecimal characters, for a machine identity, to which the server gives none that it could open. With `auth.api_key` the key that the server hands over must be this one. It never leaves this process. " +
			"In `es` mode `auth.universal` can do without it; with it, fingerprints are those of other credentials that open the project key. Environment variable: `INFISICAL_PROJECT_KEY`."),
		"project_key_id": public("The id of the project key, 22 characters, which the project key must have that the credential opens. Set it with `auth.api_key`: there the server hands the key over, and could hand over one of its own. " +
			"The data source `infisical_environments` and `unseal project-key-id` print it; see [Pinning the Project Key](guides/credentials#pinning-the-project-key). Environment variable: `INFISICAL_PROJECT_KEY_ID`."),
		"sealing_keys": schema.ListAttribute{
			Optional: true, Sensitive: true, ElementType: types.StringType,
			MarkdownDescription: "The keys of `sealed` mode, each `sealkey1.<key>.<id>`: the first seals, all of them open. None ever leaves this process. They may come from an ephemeral resource. " +
				"Environment variable: `INFISICAL_SEALING_KEYS`. An element, or the variable, may hold several, with commas or white space between them, and comments from `#` to the end of a line.",
		},
	}
}

// settings are what the configuration and the environment say.
func (m providerModel) settings() secrets.Settings {
	return secrets.Settings{Configured: func(path string) (string, bool) {
		value := m.at(path)
		text, _ := value.(types.String)
		return text.ValueString(), !isNull(value)
	}}
}

// credential puts the one credential into cfg.
func (m providerModel) credential(cfg *secrets.Config, diags *diag.Diagnostics) {
	for _, err := range m.settings().Credential(cfg) {
		diags.AddError(err.Headline, err.Reason+"\n\n"+err.Do)
	}
}

// at is the attribute at a path of names, null where one on the way is. A null
// or unknown object on the way stands for what is in it.
func (m providerModel) at(path string) attr.Value {
	names := strings.Split(path, ".")
	switch names[0] {
	case "host":
		return m.Host
	case "service_token":
		return m.ServiceToken
	case "project_key":
		return m.ProjectKey
	case "project_key_id":
		return m.ProjectKeyID
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
	if m.sealingKeysUnknown() {
		return "sealing_keys"
	}
	for _, setting := range secrets.CredentialSettings() {
		if m.at(setting).IsUnknown() {
			return setting
		}
	}
	return ""
}

func (m providerModel) sealingKeysUnknown() bool {
	return m.SealingKeys.IsUnknown() || slices.ContainsFunc(m.SealingKeys.Elements(), attr.Value.IsUnknown)
}

// sealingKeys come from the configuration, or from the environment.
func (m providerModel) sealingKeys() []string {
	if m.SealingKeys.IsNull() {
		return secrets.SealingKeysFromEnvironment()
	}
	var keys []string
	for _, element := range m.SealingKeys.Elements() {
		key, _ := element.(types.String)
		keys = append(keys, key.ValueString())
	}
	return keys
}

func isNull(v attr.Value) bool { return v == nil || v.IsNull() }
