// Command randomprovider stands in for hashicorp/random in tests, which need
// no network: it has the ephemeral random_password with the attributes that
// the modules under examples/ use.
package main

import (
	"context"
	"crypto/rand"
	"log"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func main() {
	err := providerserver.Serve(context.Background(), func() provider.Provider { return randomProvider{} },
		providerserver.ServeOpts{Address: "registry.terraform.io/hashicorp/random"})
	if err != nil {
		log.Fatal(err)
	}
}

type randomProvider struct{}

func (randomProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "random"
}

func (randomProvider) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}

func (randomProvider) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {
}

func (randomProvider) Resources(context.Context) []func() resource.Resource { return nil }

func (randomProvider) DataSources(context.Context) []func() datasource.DataSource { return nil }

func (randomProvider) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{func() ephemeral.EphemeralResource { return password{} }}
}

type password struct{}

func (password) Metadata(_ context.Context, req ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_password"
}

func (password) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"length":  schema.Int64Attribute{Required: true},
		"special": schema.BoolAttribute{Optional: true},
		"result":  schema.StringAttribute{Computed: true, Sensitive: true},
	}}
}

func (password) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var model struct {
		Length  types.Int64  `tfsdk:"length"`
		Special types.Bool   `tfsdk:"special"`
		Result  types.String `tfsdk:"result"`
	}
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	text := ""
	for int64(len(text)) < model.Length.ValueInt64() {
		text += rand.Text()
	}
	model.Result = types.StringValue(text[:model.Length.ValueInt64()])
	resp.Diagnostics.Append(resp.Result.Set(ctx, model)...)
}
