#!/usr/bin/env bash
# terraform-plugin-framework v1.19.0 (with terraform-plugin-go v0.31.0): an action's
# schema may declare a write-only attribute, and GetProviderSchema says nothing
# against it, but every configuration that gives it a value is refused as one that
# needs Terraform 1.11. Actions need Terraform 1.14, and all of those have write-only
# attributes: one would expect the value to be taken. ValidateActionConfig gets no
# client capabilities in the protocol, so the framework assumes that there are none.
#
# Seen: one error, "WriteOnly Attribute Not Allowed", which names Terraform 1.11;
# without the value no error.
#
# Matters because: no secret can be handed to an action, by no attribute. An action
# can name where a secret is, and not what it is.
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
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

type demo struct{}

func (demo) Metadata(_ context.Context, _ provider.MetadataRequest, r *provider.MetadataResponse) {
	r.TypeName = "demo"
}
func (demo) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse)          {}
func (demo) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {}
func (demo) DataSources(context.Context) []func() datasource.DataSource                        { return nil }
func (demo) Resources(context.Context) []func() resource.Resource                              { return nil }
func (demo) Actions(context.Context) []func() action.Action {
	return []func() action.Action{func() action.Action { return send{} }}
}

type send struct{}

func (send) Metadata(_ context.Context, _ action.MetadataRequest, r *action.MetadataResponse) {
	r.TypeName = "demo_send"
}
func (send) Schema(_ context.Context, _ action.SchemaRequest, r *action.SchemaResponse) {
	r.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"password": schema.StringAttribute{Optional: true, WriteOnly: true},
	}}
}
func (send) Invoke(context.Context, action.InvokeRequest, *action.InvokeResponse) {}

func texts(all []*tfprotov6.Diagnostic) string {
	var out []string
	for _, d := range all {
		out = append(out, d.Summary+": "+d.Detail)
	}
	return strings.Join(out, "\n")
}

func main() {
	ctx := context.Background()
	server, ok := providerserver.NewProtocol6(demo{})().(tfprotov6.ProviderServerWithActions)
	if !ok {
		panic("no actions in this version")
	}
	schemas, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		panic(err)
	}
	kind := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"password": tftypes.String}}
	validate := func(password any) string {
		config, err := tfprotov6.NewDynamicValue(kind, tftypes.NewValue(kind, map[string]tftypes.Value{"password": tftypes.NewValue(tftypes.String, password)}))
		if err != nil {
			panic(err)
		}
		answer, err := server.ValidateActionConfig(ctx, &tfprotov6.ValidateActionConfigRequest{ActionType: "demo_send", Config: &config})
		if err != nil {
			panic(err)
		}
		return texts(answer.Diagnostics)
	}
	without, with := validate(nil), validate("example")
	fmt.Printf("schema: %q\nwithout a value: %q\nwith one: %q\n", texts(schemas.Diagnostics), without, with)
	if len(schemas.Diagnostics) > 0 || without != "" || !strings.Contains(with, "Not Allowed") || !strings.Contains(with, "1.11") {
		fmt.Println("changed: write-only attributes of actions are treated otherwise")
		os.Exit(1)
	}
	fmt.Println("unchanged: a write-only attribute of an action is accepted in the schema and refused in every configuration")
}
GO
export GOFLAGS=-mod=mod GOWORK=off
go mod init demo >/dev/null 2>&1
go get github.com/hashicorp/terraform-plugin-framework@v1.19.0 github.com/hashicorp/terraform-plugin-go@v0.31.0 >/dev/null 2>&1
go run .
