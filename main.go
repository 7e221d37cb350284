// Command terraform-provider-infisical is the provider as Terraform starts it.
package main

import (
	"flag"
	"log"
	"os"
	"runtime/debug"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/provider"
)

// version is set by the release build.
var version = "dev"

// address is the one that Terraform finds the provider under.
const address = "registry.terraform.io/infisical-e2ee/infisical"

// garbagePercent lets the heap grow to three times of what is live before it is
// collected. A large plan allocates much and keeps little: this takes a fifth of the
// provider's CPU time for a few megabytes more.
const garbagePercent = 200

// logs tells whether somebody reads the log. If not, the framework's own is turned
// off. It is written for every call, at trace level, and Terraform takes each line
// apart before it throws it away: a third of a large plan's time.
func logs() bool {
	for _, variable := range os.Environ() {
		if strings.HasPrefix(variable, "TF_LOG") {
			return true
		}
	}
	_ = os.Setenv("TF_LOG_SDK", "off")
	return false
}

func main() {
	debugger := flag.Bool("debug", false, "serve for a debugger such as delve, and print how to attach Terraform")
	flag.Parse()
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbagePercent)
	}
	var options []tf6server.ServeOpt
	if *debugger {
		options = append(options, tf6server.WithManagedDebug())
	}
	factory, stop := provider.NewStoppable(version)
	withLogs := logs()
	err := tf6server.Serve(address, func() tfprotov6.ProviderServer { return provider.NewServer(factory(), withLogs) }, options...)
	stop()
	if err != nil {
		log.Fatal(err)
	}
}
