package provider_test

import (
	"context"
	"runtime"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/provider"
)

// TestServerKeepsNoCall: what came with a call can be collected when it has
// returned, although the server lives on.
func TestServerKeepsNoCall(t *testing.T) {
	t.Parallel()
	server := provider.NewServer(provider.New("test")(), false)
	p := newProtocol(t, acctest.New(t), nil)
	type key struct{}
	collected := make(chan struct{})
	func() {
		stream := new([1 << 16]byte)
		runtime.AddCleanup(stream, func(struct{}) { close(collected) }, struct{}{})
		_, err := server.ValidateResourceConfig(context.WithValue(t.Context(), key{}, stream), &tfprotov6.ValidateResourceConfigRequest{
			TypeName: secretType, Config: p.object(p.secret, attributes{"name": "A"}),
		})
		if err != nil {
			t.Fatal(err)
		}
	}()
	for range 50 {
		runtime.GC()
		select {
		case <-collected:
			runtime.KeepAlive(server)
			return
		case <-time.After(10 * time.Millisecond):
		}
	}
	t.Error("the server keeps the context of a call that has returned")
	runtime.KeepAlive(server)
}

// TestServerCallEndsWithItsCaller: what Terraform gives up does not go on.
func TestServerCallEndsWithItsCaller(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	p := newProtocol(t, env, nil)
	ctx, cancel := context.WithCancel(t.Context())
	env.Server.InjectFault(func(devserver.Request) *devserver.Fault {
		cancel()
		return &devserver.Fault{HangBefore: true}
	})
	read, err := p.server.ReadDataSource(ctx, &tfprotov6.ReadDataSourceRequest{
		TypeName: "infisical_secrets", Config: p.object(p.schemas.DataSourceSchemas["infisical_secrets"].ValueType(), attributes{"env_slug": "dev"}),
	})
	if err != nil {
		t.Fatal(err)
	}
	if errorsIn(read.Diagnostics) == "" {
		t.Error("the call ended well although nobody waits for it")
	}
}
