#!/usr/bin/env bash
# terraform-plugin-framework v1.19.0 (with terraform-plugin-go v0.31.0): the
# protocol 6 server keeps the cancel function of every call until StopProvider.
# The context of a call, and whatever the context holds, stays in memory after the
# call has returned. One would expect a finished call to be collected.
#
# Seen: after 200 ReadResource calls whose contexts each hold 1 MiB, 200 MiB are
# still reachable; after StopProvider nothing of it is.
#
# Matters because: Terraform calls StopProvider only when it is interrupted, and the
# SDK's loggers and the gRPC stream are in that context. A provider's memory grows
# with each resource of a plan.
#
# Prints "unchanged" and exits 0 while this is so; exits 1 if it is not.
set -euo pipefail
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
cd "$dir"
cat > main.go <<'GO'
package main

import (
	"context"
	"fmt"
	"os"
	"runtime"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

type empty struct{}

func (empty) Metadata(_ context.Context, _ provider.MetadataRequest, r *provider.MetadataResponse) {
	r.TypeName = "demo"
}
func (empty) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse)          {}
func (empty) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {}
func (empty) DataSources(context.Context) []func() datasource.DataSource                        { return nil }
func (empty) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{func() resource.Resource { return thing{} }}
}

type thing struct{}

func (thing) Metadata(_ context.Context, _ resource.MetadataRequest, r *resource.MetadataResponse) {
	r.TypeName = "demo_thing"
}
func (thing) Schema(_ context.Context, _ resource.SchemaRequest, r *resource.SchemaResponse) {
	r.Schema = schema.Schema{Attributes: map[string]schema.Attribute{"id": schema.StringAttribute{Computed: true}}}
}
func (thing) Create(context.Context, resource.CreateRequest, *resource.CreateResponse) {}
func (thing) Read(context.Context, resource.ReadRequest, *resource.ReadResponse)       {}
func (thing) Update(context.Context, resource.UpdateRequest, *resource.UpdateResponse) {}
func (thing) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}

type ballast struct{}

func liveMiB() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc >> 20
}

func main() {
	server := providerserver.NewProtocol6(empty{})()
	kind := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"id": tftypes.String}}
	state, err := tfprotov6.NewDynamicValue(kind, tftypes.NewValue(kind, map[string]tftypes.Value{"id": tftypes.NewValue(tftypes.String, "x")}))
	if err != nil {
		panic(err)
	}
	for range 200 {
		ctx := context.WithValue(context.Background(), ballast{}, make([]byte, 1<<20))
		if _, err := server.ReadResource(ctx, &tfprotov6.ReadResourceRequest{TypeName: "demo_thing", CurrentState: &state}); err != nil {
			panic(err)
		}
	}
	kept := liveMiB()
	if _, err := server.StopProvider(context.Background(), &tfprotov6.StopProviderRequest{}); err != nil {
		panic(err)
	}
	left := liveMiB()
	runtime.KeepAlive(server)
	fmt.Printf("after 200 finished calls: %d MiB; after StopProvider: %d MiB\n", kept, left)
	if kept < 190 || left > 20 {
		fmt.Println("changed: finished calls are not kept any more")
		os.Exit(1)
	}
	fmt.Println("unchanged: finished calls are kept until StopProvider")
}
GO
export GOFLAGS=-mod=mod GOWORK=off
go mod init demo >/dev/null 2>&1
go get github.com/hashicorp/terraform-plugin-framework@v1.19.0 github.com/hashicorp/terraform-plugin-go@v0.31.0 >/dev/null 2>&1
go run .
