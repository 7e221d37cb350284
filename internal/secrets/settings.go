package secrets

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"
)

// environment is the one table of environment variables: for each setting the
// variables that stand in for it, in order.
var environment = map[string][]string{
	hostSetting:               {"INFISICAL_HOST", "INFISICAL_API_URL", "INFISICAL_DOMAIN"},
	"service_token":           {"INFISICAL_SERVICE_TOKEN", accessOrServiceToken},
	"project_key":             {"INFISICAL_PROJECT_KEY"},
	"project_key_id":          {"INFISICAL_PROJECT_KEY_ID"},
	"sealing_keys":            {"INFISICAL_SEALING_KEYS"},
	"encryption_mode":         {"INFISICAL_ENCRYPTION_MODE"},
	"workspace_id":            {"INFISICAL_PROJECT_ID"},
	"env_slug":                {"INFISICAL_ENVIRONMENT"},
	"folder_path":             {"INFISICAL_FOLDER_PATH"},
	"request_timeout":         {"INFISICAL_REQUEST_TIMEOUT"},
	"max_retries":             {"INFISICAL_MAX_RETRIES"},
	"max_requests_per_minute": {"INFISICAL_MAX_REQUESTS_PER_MINUTE"},
	"expiry_warning_days":     {"INFISICAL_EXPIRY_WARNING_DAYS"},
	"allow_insecure_http":     {"INFISICAL_ALLOW_INSECURE_HTTP"},
	"ca_cert_pem":             {"INFISICAL_CA_CERT_PEM"},
	"ca_cert_file":            {"INFISICAL_CA_CERT_FILE"},
	"client_cert_file":        {"INFISICAL_CLIENT_CERT_FILE"},
	"client_key_file":         {"INFISICAL_CLIENT_KEY_FILE"},

	"acknowledge_server_key_access": {"INFISICAL_ACKNOWLEDGE_SERVER_KEY_ACCESS"},

	"auth":                         {"INFISICAL_AUTH_METHOD"}, // which of its parts the environment is to fill in
	"auth.organization_slug":       {"INFISICAL_AUTH_ORGANIZATION_SLUG"},
	"auth.api_key.api_key":         {"INFISICAL_API_KEY"},
	"auth.api_key.private_key":     {"INFISICAL_PRIVATE_KEY"},
	"auth.universal.client_id":     {"INFISICAL_UNIVERSAL_AUTH_CLIENT_ID"},
	"auth.universal.client_secret": {"INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET"},
	"auth.oidc.identity_id":        {"INFISICAL_MACHINE_IDENTITY_ID"},
	"auth.kubernetes.identity_id":  {"INFISICAL_MACHINE_IDENTITY_ID"},
	"auth.aws_iam.identity_id":     {"INFISICAL_MACHINE_IDENTITY_ID"},
	"auth.token":                   {accessOrServiceToken},
	jwtVariableSetting:             {"INFISICAL_OIDC_AUTH_TOKEN_KEY_NAME", "INFISICAL_OIDC_AUTH_TOKEN_NAME"},
	serviceAccountTokenSetting:     {"INFISICAL_KUBERNETES_SERVICE_ACCOUNT_TOKEN"},
	serviceAccountTokenPathSetting: {"INFISICAL_KUBERNETES_SERVICE_ACCOUNT_TOKEN_PATH"},
}

// accessOrServiceToken is of two settings, and its text tells of which.
const accessOrServiceToken = "INFISICAL_TOKEN"

// Settings of a credential that have a default.
const (
	jwtVariableSetting             = "auth.oidc.token_environment_variable_name"
	serviceAccountTokenSetting     = "auth.kubernetes.service_account_token"
	serviceAccountTokenPathSetting = "auth.kubernetes.service_account_token_path"
)

// FromEnvironment is what the environment says of a setting; "" if nothing.
func FromEnvironment(setting string) string {
	if set := setVariables(setting); len(set) > 0 {
		return os.Getenv(set[0])
	}
	return ""
}

// Variables names the environment variables of a setting, such as "A or B"; ""
// if it has none.
func Variables(setting string) string { return strings.Join(environment[setting], " or ") }

// setVariables are the environment variables of a setting that are set.
func setVariables(setting string) []string {
	return slices.DeleteFunc(slices.Clone(environment[setting]), func(name string) bool {
		value := os.Getenv(name)
		isAccessToken := strings.HasPrefix(value, "eyJ")
		return value == "" || name == accessOrServiceToken && isAccessToken != (setting == "auth.token")
	})
}

// Settings are where the settings of a credential stand: in a configuration,
// which comes first, and in the environment.
type Settings struct {
	// Configured is what stands in the configuration at a path of names, such as
	// "auth.universal.client_id", and whether anything does; of an object the
	// text is "". nil = there is no configuration.
	Configured func(path string) (text string, ok bool)
}

// CredentialError says why the settings do not give one credential.
type CredentialError struct {
	Headline string
	Reason   string
	Do       string
}

func (e *CredentialError) Error() string { return e.Reason + " " + e.Do }

// credentialKind is one of the ways to say who is asking.
type credentialKind struct {
	setting  string
	needed   []string // settings of the environment table
	optional []string
	fill     func(cfg *Config, s Settings)
	identity bool // a machine identity: project_key goes with it
	pinned   bool // the server hands the project key over: project_key, where it is set, must be it
	logsIn   bool
	// named: the environment has it only if INFISICAL_AUTH_METHOD says so. Its
	// variables do not tell it from others.
	named bool
}

var credentialKinds = []credentialKind{
	{
		setting: "service_token", needed: []string{"service_token"},
		fill: func(cfg *Config, s Settings) { cfg.ServiceToken = s.text("service_token") },
	},
	{
		setting: "auth.api_key", needed: []string{"auth.api_key.api_key", "auth.api_key.private_key"}, pinned: true,
		fill: func(cfg *Config, s Settings) {
			cfg.APIKey, cfg.PrivateKey = s.text("auth.api_key.api_key"), s.text("auth.api_key.private_key")
		},
	},
	{
		setting: "auth.universal", needed: []string{"auth.universal.client_id", "auth.universal.client_secret"}, identity: true, logsIn: true,
		fill: func(cfg *Config, s Settings) {
			cfg.ClientID, cfg.ClientSecret = s.text("auth.universal.client_id"), s.text("auth.universal.client_secret")
		},
	},
	{
		setting: "auth.oidc", needed: []string{"auth.oidc.identity_id"}, optional: []string{jwtVariableSetting}, identity: true, logsIn: true, named: true,
		fill: func(cfg *Config, s Settings) {
			cfg.OIDC = &OIDC{IdentityID: s.text("auth.oidc.identity_id"), Variable: cmp.Or(s.text(jwtVariableSetting), "INFISICAL_AUTH_JWT")}
		},
	},
	{
		setting: "auth.kubernetes", needed: []string{"auth.kubernetes.identity_id"}, optional: []string{serviceAccountTokenSetting, serviceAccountTokenPathSetting},
		identity: true, logsIn: true, named: true,
		fill: func(cfg *Config, s Settings) {
			// Of token and path the environment gives at most one, and none beside a
			// configured one.
			cfg.Kubernetes = &Kubernetes{IdentityID: s.text("auth.kubernetes.identity_id")}
			if !s.has(serviceAccountTokenPathSetting) {
				cfg.Kubernetes.Token = s.text(serviceAccountTokenSetting)
			} else {
				cfg.Kubernetes.Token, _ = s.configured(serviceAccountTokenSetting)
			}
			if cfg.Kubernetes.Token == "" {
				cfg.Kubernetes.TokenPath = s.text(serviceAccountTokenPathSetting)
			} else {
				cfg.Kubernetes.TokenPath, _ = s.configured(serviceAccountTokenPathSetting)
			}
		},
	},
	{
		setting: "auth.aws_iam", needed: []string{"auth.aws_iam.identity_id"}, identity: true, logsIn: true, named: true,
		fill: func(cfg *Config, s Settings) {
			cfg.AWSIAM = &AWSIAM{IdentityID: s.text("auth.aws_iam.identity_id")}
		},
	},
	{
		setting: "auth.token", needed: []string{"auth.token"}, identity: true,
		fill: func(cfg *Config, s Settings) { cfg.AccessToken = s.text("auth.token") },
	},
}

// CredentialSettings are all settings of credentials, each behind the object
// that it is in.
func CredentialSettings() []string {
	settings := []string{"auth.organization_slug"}
	for _, kind := range credentialKinds {
		settings = slices.Concat(settings, []string{kind.setting}, kind.needed, kind.optional)
	}
	return settings
}

// Credential puts the one credential into cfg, whose Mode is known. What is
// configured goes before the environment, which is looked at for all kinds only
// if none is.
func (s Settings) Credential(cfg *Config) []*CredentialError {
	kind, err := s.kind()
	if err != nil {
		return []*CredentialError{err}
	}
	var errs []*CredentialError
	for _, setting := range kind.needed {
		if s.text(setting) == "" {
			errs = append(errs, &CredentialError{
				Headline: "Missing Credential", Reason: setting + " is not set; without it the credential is not complete.",
				Do: "Set " + s.where(setting) + ".",
			})
		}
	}
	kind.fill(cfg, s)
	switch {
	case (kind.identity || kind.pinned) && cfg.Mode != ModeSealed:
		cfg.ProjectKey = s.text("project_key")
	case !s.has("project_key"):
	case cfg.Mode == ModeSealed:
		errs = append(errs, &CredentialError{
			Headline: "Project Key Not Used", Reason: "project_key is set, and sealed mode seals under sealing_keys alone: nothing would be encrypted with the project key.",
			Do: "Remove project_key, or encryption_mode if the project is end-to-end encrypted by Infisical itself.",
		})
	default:
		errs = append(errs, &CredentialError{
			Headline: "Project Key Not Used", Reason: fmt.Sprintf("project_key is set, and %s brings the project key already: two could differ.", kind.setting),
			Do: "Remove project_key.",
		})
	}
	switch {
	case cfg.Mode != ModeSealed:
		cfg.ProjectKeyID = s.text("project_key_id")
	case s.has("project_key_id"):
		errs = append(errs, &CredentialError{
			Headline: "Project Key Not Used", Reason: "project_key_id is set, and sealed mode seals under sealing_keys alone: there is no project key to compare it with.",
			Do: "Remove project_key_id, or encryption_mode if the project is end-to-end encrypted by Infisical itself.",
		})
	}
	switch {
	case kind.logsIn:
		cfg.OrganizationSlug = s.text("auth.organization_slug")
	case s.has("auth.organization_slug"):
		errs = append(errs, &CredentialError{
			Headline: "Organisation Not Used", Reason: fmt.Sprintf("auth.organization_slug is set, and with %s nobody logs in: it is of the organisation that it was made in.", kind.setting),
			Do: "Remove organization_slug.",
		})
	}
	return errs
}

// kind is the one kind of credential that the settings give.
func (s Settings) kind() (credentialKind, *CredentialError) {
	configured := func(kind credentialKind) bool { return s.has(kind.setting) }
	hasAuth := s.has("auth") && !s.has("auth.organization_slug")
	method := FromEnvironment("auth")
	chosen := func(kind credentialKind) bool {
		return !kind.named && slices.ContainsFunc(kind.needed, func(setting string) bool { return FromEnvironment(setting) != "" })
	}
	switch {
	case slices.ContainsFunc(credentialKinds, configured), hasAuth:
		chosen, method = configured, ""
	case method != "":
		chosen = func(kind credentialKind) bool { return kind.setting == "auth."+method }
	}
	var found []credentialKind
	for _, kind := range credentialKinds {
		if chosen(kind) {
			found = append(found, kind)
		}
	}
	parts := strings.Join(authParts(), ", ")
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		var names []string
		for _, kind := range found {
			if configured(kind) {
				names = append(names, kind.setting)
				continue
			}
			for _, setting := range kind.needed {
				names = append(names, setVariables(setting)...)
			}
		}
		return credentialKind{}, &CredentialError{
			Headline: "Several Credentials",
			Reason:   fmt.Sprintf("More than one credential is given: %s. Which of them is meant cannot be known.", strings.Join(names, ", ")),
			Do:       "Remove all but one.",
		}
	case method != "":
		return credentialKind{}, &CredentialError{
			Headline: "Unknown Credential", Reason: fmt.Sprintf("INFISICAL_AUTH_METHOD is %q, and auth has no such part.", method),
			Do: fmt.Sprintf("Set it to one of %s, or unset it.", parts),
		}
	case hasAuth:
		return credentialKind{}, &CredentialError{
			Headline: "Missing Credential", Reason: "auth says of no credential which it is.",
			Do: fmt.Sprintf("Set one of its parts (%s), or remove auth and set service_token.", parts),
		}
	}
	e := &CredentialError{
		Headline: "Missing Credential", Reason: "No credential is configured, so nothing can be read or written.",
		Do: "Set service_token in the provider block, or better " + Variables("service_token") + " in the environment: " +
			"a service token is made in the project's settings and begins with \"st.\". " +
			"An API key or a machine identity can be given in auth, or by INFISICAL_AUTH_METHOD and its variables.",
	}
	if s.Configured == nil {
		e.Do = "Set " + s.where("service_token") + ": a service token is made in the project's settings and begins with \"st.\". " +
			fmt.Sprintf("Or set INFISICAL_AUTH_METHOD to one of %s, and its variables.", parts)
	}
	return credentialKind{}, e
}

// where says where a setting can be set.
func (s Settings) where(setting string) string {
	if s.Configured == nil {
		return Variables(setting) + " in the environment"
	}
	return "it in the provider block, or " + Variables(setting) + " in the environment"
}

// authParts are the names of the credentials in auth.
func authParts() []string {
	var parts []string
	for _, kind := range credentialKinds {
		if part, ok := strings.CutPrefix(kind.setting, "auth."); ok {
			parts = append(parts, part)
		}
	}
	return parts
}

// text is what the configuration says, or the environment.
func (s Settings) text(setting string) string {
	if text, ok := s.configured(setting); ok {
		return text
	}
	return FromEnvironment(setting)
}

func (s Settings) configured(setting string) (text string, ok bool) {
	if s.Configured == nil {
		return "", false
	}
	return s.Configured(setting)
}

func (s Settings) has(setting string) bool {
	_, ok := s.configured(setting)
	return ok
}
