// Command terraform-provider-infisical is the provider as Terraform starts it.
package main

import (
	"context"
	"flag"
	"log"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/provider"
)

// version is set by the release build.
var version = "dev"

func main() {
	debug := flag.Bool("debug", false, "serve for a debugger such as delve, and print how to attach Terraform")
	flag.Parse()

	err := providerserver.Serve(context.Background(), provider.New(version), providerserver.ServeOpts{
		Address: "registry.terraform.io/infisical-e2ee/infisical",
		Debug:   *debug,
	})
	if err != nil {
		log.Fatal(err)
	}
}
