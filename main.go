// Command terraform-provider-infisical is the provider as Terraform starts it.
package main

import (
	"context"
	"flag"
	"log"
	"os"
	"runtime/debug"
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

// collectHalfAsOften spares a large plan a tenth of all its time: nearly all
// that a call allocates is garbage when it ends, and what stays is little. The
// peak, which comes with the reading of a large list, is the same.
func collectHalfAsOften() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(200)
	}
}

func main() {
	underDebugger := flag.Bool("debug", false, "serve for a debugger such as delve, and print how to attach Terraform")
	flag.Parse()
	quietUnlessAsked()
	collectHalfAsOften()

	err := providerserver.Serve(context.Background(), provider.New(version), providerserver.ServeOpts{
		Address: "registry.terraform.io/infisical-e2ee/infisical",
		Debug:   *underDebugger,
	})
	if err != nil {
		log.Fatal(err)
	}
}
