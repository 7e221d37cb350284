package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// NewServer is the protocol server of a provider. Without logs it hands each call a
// context of its own: the framework keeps the cancel function of every call until
// Terraform stops the provider, and with it the context's loggers and gRPC stream,
// about 45 KB for each resource of a plan (terraform-plugin-framework 1.19). The
// loggers live in that context, so that with logs it stays.
func NewServer(p provider.Provider, logs bool) Server {
	server := providerserver.NewProtocol6(p)().(Server)
	if logs {
		return server
	}
	return scopedServer{server}
}

// Server is everything that the framework's server serves. A wrapper that lacks a
// method would take list resources or actions away without an error.
type Server interface {
	tfprotov6.ProviderServerWithListResource //nolint:staticcheck // ProviderServer has no list resources yet
	tfprotov6.ActionServer
	tfprotov6.StateStoreServer
}

// scopedServer has a method for each call that a run makes for each resource. The
// others, and those that answer with a stream, are few.
type scopedServer struct{ Server }

// scoped makes a call whose context ends with it. It ends as well when Terraform
// gives the call up; StopProvider ends what the framework derived from it.
func scoped[Request, Response any](ctx context.Context, req Request, call func(context.Context, Request) (Response, error)) (Response, error) {
	own, cancel := context.WithCancel(context.Background())
	defer cancel()
	defer context.AfterFunc(ctx, cancel)()
	return call(own, req)
}

func (s scopedServer) ValidateResourceConfig(ctx context.Context, req *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return scoped(ctx, req, s.Server.ValidateResourceConfig)
}

func (s scopedServer) UpgradeResourceState(ctx context.Context, req *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	return scoped(ctx, req, s.Server.UpgradeResourceState)
}

func (s scopedServer) UpgradeResourceIdentity(ctx context.Context, req *tfprotov6.UpgradeResourceIdentityRequest) (*tfprotov6.UpgradeResourceIdentityResponse, error) {
	return scoped(ctx, req, s.Server.UpgradeResourceIdentity)
}

func (s scopedServer) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	return scoped(ctx, req, s.Server.ReadResource)
}

func (s scopedServer) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	return scoped(ctx, req, s.Server.PlanResourceChange)
}

func (s scopedServer) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	return scoped(ctx, req, s.Server.ApplyResourceChange)
}

func (s scopedServer) ImportResourceState(ctx context.Context, req *tfprotov6.ImportResourceStateRequest) (*tfprotov6.ImportResourceStateResponse, error) {
	return scoped(ctx, req, s.Server.ImportResourceState)
}

func (s scopedServer) MoveResourceState(ctx context.Context, req *tfprotov6.MoveResourceStateRequest) (*tfprotov6.MoveResourceStateResponse, error) {
	return scoped(ctx, req, s.Server.MoveResourceState)
}

func (s scopedServer) ReadDataSource(ctx context.Context, req *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	return scoped(ctx, req, s.Server.ReadDataSource)
}

func (s scopedServer) OpenEphemeralResource(ctx context.Context, req *tfprotov6.OpenEphemeralResourceRequest) (*tfprotov6.OpenEphemeralResourceResponse, error) {
	return scoped(ctx, req, s.Server.OpenEphemeralResource)
}
