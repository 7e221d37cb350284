package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// The values of encryption_mode.
const (
	modeE2EE   = "e2ee"
	modeES     = "es"
	modeSealed = "sealed"
)

type providerModel struct {
	Host              types.String `tfsdk:"host"`
	ServiceToken      types.String `tfsdk:"service_token"`
	Auth              types.Object `tfsdk:"auth"`
	ProjectKey        types.String `tfsdk:"project_key"`
	ProjectKeyID      types.String `tfsdk:"project_key_id"`
	SealingKeys       types.List   `tfsdk:"sealing_keys"`
	EncryptionMode    types.String `tfsdk:"encryption_mode"`
	WorkspaceID       types.String `tfsdk:"workspace_id"`
	EnvSlug           types.String `tfsdk:"env_slug"`
	FolderPath        types.String `tfsdk:"folder_path"`
	RequestTimeout    types.String `tfsdk:"request_timeout"`
	MaxRetries        types.Int64  `tfsdk:"max_retries"`
	MaxRequests       types.Int64  `tfsdk:"max_requests_per_minute"`
	ExpiryWarningDays types.Int64  `tfsdk:"expiry_warning_days"`
	AllowInsecureHTTP types.Bool   `tfsdk:"allow_insecure_http"`
	AcknowledgeKey    types.Bool   `tfsdk:"acknowledge_server_key_access"`
	transportModel
}

// configured is what Configure hands to every object.
type configured struct {
	store *secrets.Store
	// unknown is the provider attribute whose value Terraform does not know
	// yet, as at the plan of a configuration that creates the server or the
	// token itself. Then store is nil.
	unknown string
	// mode is that of encryption_mode while something is unknown; "" = unknown, too.
	mode string
	// sealingKeyID is of the key that seals, while something else is unknown; ""
	// = unknown, too.
	sealingKeyID string
}

// maybeSealed tells whether it is in sealed mode, or can be, while something is
// unknown.
func (s *configured) maybeSealed() bool {
	return s.unknown != "" && (s.mode == "" || s.mode == modeSealed)
}

// otherFingerprints tells whether a fingerprint that was made with the key of
// that id is another one if it is made anew, or may be when the plan is applied:
// in ES mode the key can be made of the credential. Sealed mode names its key,
// see reseals.
func (s *configured) otherFingerprints(ctx context.Context, keyID string) bool {
	if s.unknown != "" {
		return s.mode == "" || s.mode == modeES
	}
	now, err := s.store.FingerprintKeyID(ctx) // whatever comes next meets the error, too
	return err == nil && keyID != "" && now != "" && keyID != now
}

func (m providerModel) unknown(attribute string) *configured {
	mode := ""
	if !m.EncryptionMode.IsUnknown() {
		mode = text("encryption_mode", m.EncryptionMode, modeE2EE)
	}
	c := &configured{unknown: attribute, mode: mode}
	if mode == modeSealed && !m.sealingKeysUnknown() {
		c.sealingKeyID, _ = secrets.SealingKeyID(m.sealingKeys()) // what is wrong with them, the apply says
	}
	return c
}

// open turns the configuration into what objects work with, without dialling.
func (m providerModel) open(userAgent string) (*configured, diag.Diagnostics) {
	var diags diag.Diagnostics
	for _, a := range []struct {
		name  string
		value attr.Value
	}{
		{"host", m.Host},
		{"project_key", m.ProjectKey},
		{"project_key_id", m.ProjectKeyID},
		{"encryption_mode", m.EncryptionMode},
		{"workspace_id", m.WorkspaceID},
		{"env_slug", m.EnvSlug},
		{"folder_path", m.FolderPath},
		{"request_timeout", m.RequestTimeout},
		{"max_retries", m.MaxRetries},
		{"max_requests_per_minute", m.MaxRequests},
		{"expiry_warning_days", m.ExpiryWarningDays},
		{"allow_insecure_http", m.AllowInsecureHTTP},
		{"acknowledge_server_key_access", m.AcknowledgeKey},
	} {
		if a.value.IsUnknown() {
			return m.unknown(a.name), diags
		}
	}
	if unknown := cmp.Or(m.unknownSecret(), m.unknownTransport()); unknown != "" {
		return m.unknown(unknown), diags
	}
	cfg := secrets.Config{
		WorkspaceID:    text("workspace_id", m.WorkspaceID, ""),
		Environment:    text("env_slug", m.EnvSlug, ""),
		Path:           text("folder_path", m.FolderPath, ""),
		RequestTimeout: secrets.DefaultRequestTimeout,
		MaxRetries:     secrets.DefaultMaxRetries,
		ExpiryWarning:  secrets.DefaultExpiryWarning,
		UserAgent:      userAgent,
		Logger:         logger{},
	}
	bad := func(name, why string) {
		const summary = "Invalid Provider Configuration"
		detail := fmt.Sprintf("%s cannot be used: %s.\n\nIt can be set in the provider block%s.", name, why, orBy(secrets.Variables(name)))
		switch {
		case name == "service_token", name == "project_key", name == "sealing_keys", strings.HasPrefix(name, "auth."), name == "headers", name == "ca_cert_pem":
			// No path: Terraform would print the line of the configuration
			// that holds the secret, or what was put there by mistake.
			diags.AddError(summary, detail)
			return
		}
		diags.AddAttributeError(path.Root(name), summary, detail)
	}

	var err error
	if cfg.Host, cfg.HostFrom, err = m.settings().Host(); err != nil {
		bad("host", err.Error())
	}
	switch mode := text("encryption_mode", m.EncryptionMode, modeE2EE); mode {
	case modeE2EE:
		cfg.Mode = secrets.ModeE2EE
	case modeES:
		cfg.Mode = secrets.ModeES
	case modeSealed:
		cfg.Mode = secrets.ModeSealed
		cfg.SealingKeys = m.sealingKeys()
	default:
		bad("encryption_mode", fmt.Sprintf("%q is no mode; there are %q, the default, %q and %q", mode, modeE2EE, modeES, modeSealed))
	}
	m.credential(&cfg, &diags)
	if diags.HasError() {
		return nil, diags
	}
	if cfg.Mode != secrets.ModeSealed && !m.SealingKeys.IsNull() {
		bad("sealing_keys", "it is of sealed mode, and encryption_mode is another")
	}
	if value := text("request_timeout", m.RequestTimeout, ""); value != "" {
		timeout, err := time.ParseDuration(value)
		if err != nil || timeout <= 0 {
			bad("request_timeout", "it is no duration above zero such as 20s or 1m")
		}
		cfg.RequestTimeout = timeout
	}
	if value := text("max_retries", numberText(m.MaxRetries), ""); value != "" {
		retries, err := strconv.Atoi(value)
		if err != nil || retries < 0 || retries > 100 {
			bad("max_retries", "it is no whole number from 0 to 100")
		}
		cfg.MaxRetries = retries
	}
	if value := text("max_requests_per_minute", numberText(m.MaxRequests), ""); value != "" {
		requests, err := strconv.Atoi(value)
		if err != nil || requests < 1 {
			bad("max_requests_per_minute", "it is no whole number above zero")
		}
		cfg.MaxRequestsPerMinute = requests
	}
	if value := text("expiry_warning_days", numberText(m.ExpiryWarningDays), ""); value != "" {
		days, err := strconv.Atoi(value)
		if err != nil || days < 0 || days > 36500 {
			bad("expiry_warning_days", "it is no whole number of days, 0 or more")
		}
		cfg.ExpiryWarning = time.Duration(days) * 24 * time.Hour
	}
	if value := text("allow_insecure_http", boolText(m.AllowInsecureHTTP), ""); value != "" {
		allow, err := strconv.ParseBool(value)
		if err != nil {
			bad("allow_insecure_http", "it is neither true nor false")
		}
		cfg.AllowInsecureHTTP = allow
	}
	if value := text("acknowledge_server_key_access", boolText(m.AcknowledgeKey), ""); value != "" {
		acknowledge, err := strconv.ParseBool(value)
		if err != nil {
			bad("acknowledge_server_key_access", "it is neither true nor false")
		}
		cfg.AcknowledgeServerKeyAccess = acknowledge
	}
	if cfg.Path != "" {
		if _, err := secrets.CanonicalPath(cfg.Path); err != nil {
			bad("folder_path", err.Error())
		}
	}
	m.transport(&cfg)
	if diags.HasError() {
		return nil, diags
	}

	store, err := secrets.Open(cfg)
	var setting *secrets.SettingError
	switch {
	case errors.As(err, &setting) && setting.Missing:
		diags.AddError("Missing Provider Setting", fmt.Sprintf("%s is not set: %s.\n\nSet it in the provider block%s.", setting.Setting, err, orBy(secrets.Variables(setting.Setting))))
	case errors.As(err, &setting) && setting.Setting == "host":
		bad("host", fmt.Sprintf("%s (from %s)", err, cfg.HostFrom))
	case errors.As(err, &setting):
		bad(setting.Setting, err.Error())
	case err != nil:
		diags.AddError("Invalid Provider Configuration", err.Error())
	}
	return &configured{store: store}, diags
}

// text is an attribute's value, or what the environment says, or the fallback.
func text(name string, configured types.String, fallback string) string {
	if !configured.IsNull() {
		return configured.ValueString()
	}
	return cmp.Or(secrets.FromEnvironment(name), fallback)
}

func numberText(n types.Int64) types.String {
	if n.IsNull() {
		return types.StringNull()
	}
	return types.StringValue(strconv.FormatInt(n.ValueInt64(), 10))
}

func boolText(b types.Bool) types.String {
	if b.IsNull() {
		return types.StringNull()
	}
	return types.StringValue(strconv.FormatBool(b.ValueBool()))
}

func orBy(variables string) string {
	if variables == "" {
		return ""
	}
	return " or by " + variables
}

// configuredFrom is the first step of every object's Configure.
func configuredFrom(providerData any, diags *diag.Diagnostics) *configured {
	if providerData == nil { // the framework calls once before the provider is configured
		return nil
	}
	s, ok := providerData.(*configured)
	if !ok {
		diags.AddError("Internal Provider Error", fmt.Sprintf("Unexpected provider data of type %T. Please report this.", providerData))
	}
	return s
}

// logger passes the domain's log to Terraform's.
type logger struct{}

func (logger) Debug(ctx context.Context, message string, fields map[string]any) {
	tflog.Debug(ctx, message, fields)
}

func (logger) Warn(ctx context.Context, message string, fields map[string]any) {
	tflog.Warn(ctx, message, fields)
}
