// Package provider maps Terraform's objects onto the domain and does nothing
// else: it knows neither HTTP nor encryption.
package provider

import (
	"context"
	"maps"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

var (
	_ provider.Provider                       = (*infisicalProvider)(nil)
	_ provider.ProviderWithEphemeralResources = (*infisicalProvider)(nil)
	_ provider.ProviderWithFunctions          = (*infisicalProvider)(nil)
	_ provider.ProviderWithListResources      = (*infisicalProvider)(nil)
)

// New returns the factory that a provider server wants.
func New(version string) func() provider.Provider {
	return func() provider.Provider { return &infisicalProvider{version: version} }
}

// NewStoppable is New for a process that knows when it has served its last
// call: then stop overwrites the keys. The framework has no hook for that, and
// Terraform tells a provider of an interrupt alone.
func NewStoppable(version string) (factory func() provider.Provider, stop func()) {
	var mu sync.Mutex
	var stores []*secrets.Store
	opened := func(store *secrets.Store) {
		mu.Lock()
		defer mu.Unlock()
		stores = append(stores, store)
	}
	factory = func() provider.Provider { return &infisicalProvider{version: version, opened: opened} }
	return factory, func() {
		mu.Lock()
		defer mu.Unlock()
		for _, store := range stores {
			store.Close()
		}
	}
}

type infisicalProvider struct {
	version string
	opened  func(*secrets.Store) // is told of each store; may be nil
}

func (p *infisicalProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "infisical"
	resp.Version = p.version
}

func (p *infisicalProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	attributes := credentialAttributes()
	maps.Copy(attributes, settingAttributes())
	maps.Copy(attributes, transportAttributes())
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads and writes the secrets of [Infisical](https://infisical.com) projects that are end-to-end encrypted. " +
			"Everything is sealed and opened inside the provider: the server only ever gets ciphertext, and never the decryption key. " +
			"Projects whose key the server holds can be managed as well, where the configuration says so (`encryption_mode`).",
		Attributes: attributes,
	}
}

func settingAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"host": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "Address of the Infisical server. Defaults to `" + secrets.DefaultHost + "`. Environment variable: `INFISICAL_HOST`, then `INFISICAL_API_URL` and `INFISICAL_DOMAIN`, the ones of Infisical's command line. A trailing `/api` is ignored.",
		},
		"encryption_mode": schema.StringAttribute{
			Optional: true,
			MarkdownDescription: "How secrets reach the server. `e2ee`, the default: sealed, by the E2EE endpoints; the server cannot read them. " +
				"`es`: in the clear, by the raw endpoints, for projects whose key the server holds (Encrypted Standard); see the guide [Encrypted Standard Mode](guides/es-mode). " +
				"`sealed`: in envelopes of this provider's own, by the raw endpoints, under `sealing_keys`: end-to-end encryption on projects of version 3, which know no other. " +
				"The mode is never switched by itself, and in `e2ee` no request goes to a raw endpoint. Environment variable: `INFISICAL_ENCRYPTION_MODE`.",
		},
		"workspace_id": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "Default project id for all objects. Without it the service token's project is used; other credentials need it. Environment variable: `INFISICAL_PROJECT_ID`.",
		},
		"env_slug": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "Default environment for all objects, by its slug. Without it the one environment of the service token's scopes is used. Environment variable: `INFISICAL_ENVIRONMENT`.",
		},
		"folder_path": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "Default folder for all objects. Without it the folder of the service token's only scope is used, or `/`. Environment variable: `INFISICAL_FOLDER_PATH`.",
		},
		"request_timeout": schema.StringAttribute{
			Optional:            true,
			MarkdownDescription: "How long one request may take, as a duration such as `20s` or `1m`. Defaults to `40s`. Environment variable: `INFISICAL_REQUEST_TIMEOUT`.",
		},
		"max_retries": schema.Int64Attribute{
			Optional:            true,
			MarkdownDescription: "How often a request is repeated that had no effect: reads, refused connections and rate limits. Defaults to `4`. Environment variable: `INFISICAL_MAX_RETRIES`.",
		},
		"max_requests_per_minute": schema.Int64Attribute{
			Optional: true,
			MarkdownDescription: "Send at most so many requests of one kind in a minute. The server's own limits are kept without this; it is for leaving others a share of them. " +
				"Environment variable: `INFISICAL_MAX_REQUESTS_PER_MINUTE`.",
		},
		"expiry_warning_days": schema.Int64Attribute{
			Optional:            true,
			MarkdownDescription: "Warn in plans with changes when the service token expires within so many days; `0` never. Defaults to `7`. Environment variable: `INFISICAL_EXPIRY_WARNING_DAYS`.",
		},
		"allow_insecure_http": schema.BoolAttribute{
			Optional:            true,
			MarkdownDescription: "Allow plain `http://` to other hosts than this machine. Everyone on the way then sees the credential and can alter what is read. Environment variable: `INFISICAL_ALLOW_INSECURE_HTTP`.",
		},
		"acknowledge_server_key_access": schema.BoolAttribute{
			Optional: true,
			MarkdownDescription: "Silences the warning that the server is one of those since mid-2024, which can take the project key at a write, or that the project is of version 2, whose key the server holds (see \"What holds on which server\"). It changes nothing else. " +
				"Environment variable: `INFISICAL_ACKNOWLEDGE_SERVER_KEY_ACCESS`.",
		},
	}
}

func (p *infisicalProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var config providerModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	s, diags := config.open("terraform-provider-infisical/" + p.version)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	if p.opened != nil && s.store != nil {
		p.opened(s.store)
	}
	resp.ResourceData = s
	resp.DataSourceData = s
	resp.EphemeralResourceData = s
	resp.ListResourceData = s
}

func (p *infisicalProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{newSecretResource, newSecretsResource, newFolderResource, newSecretImportResource}
}

func (p *infisicalProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{
		newSecretDataSource, newSecretsDataSource, newSecretsDiffDataSource, newSealingReportDataSource, newFoldersDataSource, newSecretImportsDataSource,
		newEnvironmentsDataSource, newServiceTokenDataSource,
	}
}

func (p *infisicalProvider) ListResources(context.Context) []func() list.ListResource {
	return []func() list.ListResource{newSecretList, newFolderList}
}

func (p *infisicalProvider) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{newSecretEphemeral, newSecretsEphemeral}
}

func (p *infisicalProvider) Functions(context.Context) []func() function.Function {
	return []func() function.Function{
		newDotenvDecodeFunction, newDotenvEncodeFunction, newParseImportIDFunction, newSecretReferenceFunction,
	}
}
