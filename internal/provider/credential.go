package provider

import (
	"cmp"
	"fmt"
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
		"project_key": secret("The project key, 32 hexadecimal characters, for a machine identity, to which the server gives none that it could open. It never leaves this process. " +
			"In `es` mode `auth.universal` can do without it; with it, fingerprints are those of other credentials that open the project key. Environment variable: `INFISICAL_PROJECT_KEY`."),
		"sealing_keys": schema.ListAttribute{
			Optional: true, Sensitive: true, ElementType: types.StringType,
			MarkdownDescription: "The keys of `sealed` mode, each `sealkey1.<key>.<id>`: the first seals, all of them open. None ever leaves this process. They may come from an ephemeral resource. " +
				"Environment variable: `INFISICAL_SEALING_KEYS`, with commas or line breaks between them.",
		},
	}
}

// Settings of a credential that have a default.
const (
	jwtVariableSetting             = "auth.oidc.token_environment_variable_name"
	serviceAccountTokenSetting     = "auth.kubernetes.service_account_token"
	serviceAccountTokenPathSetting = "auth.kubernetes.service_account_token_path"
)

// credentialKind is one of the ways to say who is asking.
type credentialKind struct {
	attribute string
	needed    []string // settings of the environment table
	optional  []string
	fill      func(cfg *secrets.Config, m providerModel)
	identity  bool // a machine identity: project_key goes with it
	logsIn    bool
	// named: the environment has it only if INFISICAL_AUTH_METHOD says so. Its
	// variables do not tell it from others.
	named bool
}

var credentialKinds = []credentialKind{
	{
		attribute: "service_token", needed: []string{"service_token"},
		fill: func(cfg *secrets.Config, m providerModel) { cfg.ServiceToken = m.setting("service_token") },
	},
	{
		attribute: "auth.api_key", needed: []string{"auth.api_key.api_key", "auth.api_key.private_key"},
		fill: func(cfg *secrets.Config, m providerModel) {
			cfg.APIKey, cfg.PrivateKey = m.setting("auth.api_key.api_key"), m.setting("auth.api_key.private_key")
		},
	},
	{
		attribute: "auth.universal", needed: []string{"auth.universal.client_id", "auth.universal.client_secret"}, identity: true, logsIn: true,
		fill: func(cfg *secrets.Config, m providerModel) {
			cfg.ClientID, cfg.ClientSecret = m.setting("auth.universal.client_id"), m.setting("auth.universal.client_secret")
		},
	},
	{
		attribute: "auth.oidc", needed: []string{"auth.oidc.identity_id"}, optional: []string{jwtVariableSetting}, identity: true, logsIn: true, named: true,
		fill: func(cfg *secrets.Config, m providerModel) {
			cfg.OIDC = &secrets.OIDC{IdentityID: m.setting("auth.oidc.identity_id"), Variable: cmp.Or(m.setting(jwtVariableSetting), "INFISICAL_AUTH_JWT")}
		},
	},
	{
		attribute: "auth.kubernetes", needed: []string{"auth.kubernetes.identity_id"}, optional: []string{serviceAccountTokenSetting, serviceAccountTokenPathSetting},
		identity: true, logsIn: true, named: true,
		fill: func(cfg *secrets.Config, m providerModel) {
			// Of token and path the environment gives at most one, and none beside a
			// configured one.
			cfg.Kubernetes = &secrets.Kubernetes{IdentityID: m.setting("auth.kubernetes.identity_id")}
			if isNull(m.at(serviceAccountTokenPathSetting)) {
				cfg.Kubernetes.Token = m.setting(serviceAccountTokenSetting)
			} else {
				cfg.Kubernetes.Token = m.configured(serviceAccountTokenSetting).ValueString()
			}
			if cfg.Kubernetes.Token == "" {
				cfg.Kubernetes.TokenPath = m.setting(serviceAccountTokenPathSetting)
			} else {
				cfg.Kubernetes.TokenPath = m.configured(serviceAccountTokenPathSetting).ValueString()
			}
		},
	},
	{
		attribute: "auth.aws_iam", needed: []string{"auth.aws_iam.identity_id"}, identity: true, logsIn: true, named: true,
		fill: func(cfg *secrets.Config, m providerModel) {
			cfg.AWSIAM = &secrets.AWSIAM{IdentityID: m.setting("auth.aws_iam.identity_id")}
		},
	},
	{
		attribute: "auth.token", needed: []string{"auth.token"}, identity: true,
		fill: func(cfg *secrets.Config, m providerModel) { cfg.AccessToken = m.setting("auth.token") },
	},
}

// credential puts the one credential into cfg. What is configured goes before
// the environment, which is looked at for all kinds only if none is.
func (m providerModel) credential(cfg *secrets.Config, diags *diag.Diagnostics) {
	configured := func(kind credentialKind) bool { return !isNull(m.at(kind.attribute)) }
	method, organization := fromEnvironment("auth"), m.at("auth.organization_slug")
	chosen := func(kind credentialKind) bool {
		return !kind.named && slices.ContainsFunc(kind.needed, func(setting string) bool { return fromEnvironment(setting) != "" })
	}
	switch {
	case slices.ContainsFunc(credentialKinds, configured), !isNull(m.Auth) && isNull(organization):
		chosen, method = configured, ""
	case method != "":
		chosen = func(kind credentialKind) bool { return kind.attribute == "auth."+method }
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
			for _, setting := range kind.needed {
				names = append(names, setVariables(setting)...)
			}
		}
		diags.AddError("Several Credentials", fmt.Sprintf("More than one credential is given: %s. Which of them is meant cannot be known.\n\nRemove all but one.", strings.Join(names, ", ")))
		return
	case len(found) == 0 && method != "":
		diags.AddError("Unknown Credential", fmt.Sprintf("INFISICAL_AUTH_METHOD is %q, and auth has no such part.\n\nSet it to one of %s, or unset it.", method, strings.Join(authParts(), ", ")))
		return
	case len(found) == 0 && !isNull(m.Auth) && isNull(organization):
		diags.AddError("Missing Credential", fmt.Sprintf("auth says of no credential which it is.\n\nSet one of its parts (%s), or remove auth and set service_token.", strings.Join(authParts(), ", ")))
		return
	case len(found) == 0:
		diags.AddError("Missing Credential", "No credential is configured, so nothing can be read or written.\n\n"+
			"Set service_token in the provider block, or better "+variables("service_token")+" in the environment: "+
			"a service token is made in the project's settings and begins with \"st.\". "+
			"An API key or a machine identity can be given in auth, or by INFISICAL_AUTH_METHOD and its variables.")
		return
	}
	kind := found[0]
	for _, setting := range kind.needed {
		if m.setting(setting) == "" {
			diags.AddError("Missing Credential", fmt.Sprintf("%s is not set; without it the credential is not complete.\n\nSet it in the provider block, or %s in the environment.", setting, variables(setting)))
		}
	}
	kind.fill(cfg, m)
	switch {
	case kind.identity:
		cfg.ProjectKey = text("project_key", m.ProjectKey, "")
	case !m.ProjectKey.IsNull():
		diags.AddError("Project Key Not Used", fmt.Sprintf("project_key is set, and %s brings the project key already: two could differ.\n\nRemove project_key.", kind.attribute))
	}
	switch {
	case kind.logsIn:
		cfg.OrganizationSlug = m.setting("auth.organization_slug")
	case !isNull(organization):
		diags.AddError("Organisation Not Used", fmt.Sprintf("auth.organization_slug is set, and with %s nobody logs in: it is of the organisation that it was made in.\n\nRemove organization_slug.", kind.attribute))
	}
}

// authParts are the names of the credentials in auth.
func authParts() []string {
	var parts []string
	for _, kind := range credentialKinds {
		if part, ok := strings.CutPrefix(kind.attribute, "auth."); ok {
			parts = append(parts, part)
		}
	}
	return parts
}

// setting is what the configuration or the environment says.
func (m providerModel) setting(name string) string { return text(name, m.configured(name), "") }

func (m providerModel) configured(name string) types.String {
	value, _ := m.at(name).(types.String)
	return value
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
	if m.at("auth.organization_slug").IsUnknown() {
		return "auth.organization_slug"
	}
	for _, kind := range credentialKinds {
		for _, path := range slices.Concat([]string{kind.attribute}, kind.needed, kind.optional) {
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
