// Command terraform-provider-infisical is the provider as Terraform starts it.
package main

import (
	"context"
	"flag"
	"log"
	"os"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/provider"
)

// version is set by the release build.
var version = "dev"

// quietUnlessAsked turns the framework's own log off where nobody reads it. It
// is written for every call, at trace level, and Terraform takes each line
// apart before it throws it away: a third of a large plan's time.
func quietUnlessAsked() {
	for _, variable := range os.Environ() {
		if strings.HasPrefix(variable, "TF_LOG") {
			return
		}
	}
	_ = os.Setenv("TF_LOG_SDK", "off")
}

func main() {
	debug := flag.Bool("debug", false, "serve for a debugger such as delve, and print how to attach Terraform")
	flag.Parse()
	quietUnlessAsked()

	factory, stop := provider.NewStoppable(version)
	err := providerserver.Serve(context.Background(), factory, providerserver.ServeOpts{
		Address: "registry.terraform.io/infisical-e2ee/infisical",
		Debug:   *debug,
	})
	stop()
	if err != nil {
		log.Fatal(err)
	}
}
