package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// transportModel is how the server is reached: certificates, and headers for
// what stands before it.
type transportModel struct {
	CACertPEM      types.String `tfsdk:"ca_cert_pem"`
	CACertFile     types.String `tfsdk:"ca_cert_file"`
	ClientCertFile types.String `tfsdk:"client_cert_file"`
	ClientKeyFile  types.String `tfsdk:"client_key_file"`
	Headers        types.Map    `tfsdk:"headers"`
}

func transportAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"ca_cert_pem": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "Certificates of authorities that are trusted beside those of the system, as PEM. Not with `ca_cert_file`. " +
				"Environment variable: `INFISICAL_CA_CERT_PEM`.",
		},
		"ca_cert_file": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "File with certificates of authorities that are trusted beside those of the system, as PEM. Not with `ca_cert_pem`; where one of the two is set here, the environment is not asked for either. " +
				"Environment variable: `INFISICAL_CA_CERT_FILE`.",
		},
		"client_cert_file": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "File with the certificate that is shown to servers which ask for one, as PEM, with those between it and its authority behind it. Needs `client_key_file`. " +
				"Environment variable: `INFISICAL_CLIENT_CERT_FILE`.",
		},
		"client_key_file": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "File with the private key of `client_cert_file`, as PEM, without a passphrase. " +
				"Environment variable: `INFISICAL_CLIENT_KEY_FILE`.",
		},
		"headers": schema.MapAttribute{
			Optional: true, Sensitive: true, ElementType: types.StringType,
			MarkdownDescription: "Headers that go along with every request, for what stands before the server and wants an access token of its own. " +
				"The provider's own cannot be set: `Authorization`, `X-API-Key`, `Host`, `User-Agent`, `Accept…`, `Content-…`, `If-…`, and those of the connection. " +
				"They go to the server, not to the proxy of `HTTPS_PROXY`. No environment variable.",
		},
	}
}

// unknownTransport is an attribute that is not known yet; "" if all are.
func (m transportModel) unknownTransport() string {
	for _, a := range []struct {
		name  string
		value types.String
	}{
		{"ca_cert_pem", m.CACertPEM},
		{"ca_cert_file", m.CACertFile},
		{"client_cert_file", m.ClientCertFile},
		{"client_key_file", m.ClientKeyFile},
	} {
		if a.value.IsUnknown() {
			return a.name
		}
	}
	if m.Headers.IsUnknown() {
		return "headers"
	}
	for _, value := range m.Headers.Elements() {
		if value.IsUnknown() {
			return "headers"
		}
	}
	return ""
}

// transport fills in what is configured. The two ways to name authorities
// exclude each other, so a variable stands in only where neither is set.
func (m transportModel) transport(cfg *secrets.Config) {
	cfg.TLS = secrets.TLS{
		CACertPEM: m.CACertPEM.ValueString(), CACertFile: m.CACertFile.ValueString(),
		ClientCertFile: text("client_cert_file", m.ClientCertFile, ""), ClientKeyFile: text("client_key_file", m.ClientKeyFile, ""),
	}
	if m.CACertPEM.IsNull() && m.CACertFile.IsNull() {
		cfg.TLS.CACertPEM, cfg.TLS.CACertFile = text("ca_cert_pem", m.CACertPEM, ""), text("ca_cert_file", m.CACertFile, "")
	}
	cfg.Headers = map[string]string{}
	for name, value := range m.Headers.Elements() {
		if text, ok := value.(types.String); ok && !text.IsNull() {
			cfg.Headers[name] = text.ValueString()
		}
	}
}
