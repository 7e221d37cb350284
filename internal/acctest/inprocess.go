package acctest

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
)

// NewInProcess is [NewTerraform] with the provider in the test's own process,
// one of its own for each command. There is nothing to build, install or
// initialise, and a command takes less than half the time. Variables of Env
// reach the command line alone, so that those of the provider become attributes
// of its block; tests that are about such variables, about logs or about the
// process, and those with several provider blocks, need NewTerraform.
func NewInProcess(t testing.TB, env *Env) *Terraform {
	tf := &Terraform{T: t, Dir: t.TempDir(), serve: factories()["infisical"]}
	if env != nil {
		tf.Env = environ(env)
	}
	return tf
}

var aliased = regexp.MustCompile(`(?m)^\s*alias\s*=`)

// settings writes what Env says to the provider into a file of the
// configuration, as far as its provider block leaves that out.
func (tf *Terraform) settings() {
	tf.T.Helper()
	given := map[string]string{}
	for _, variable := range tf.Env {
		name, value, _ := strings.Cut(variable, "=")
		switch attribute := strings.ToLower(strings.TrimPrefix(name, "INFISICAL_")); {
		case name == "INFISICAL_HOST", name == "INFISICAL_SERVICE_TOKEN", name == "INFISICAL_ENCRYPTION_MODE":
			given[attribute] = strconv.Quote(value)
		case name == "INFISICAL_PROJECT_ID":
			given["workspace_id"] = strconv.Quote(value)
		case name == "INFISICAL_SEALING_KEYS":
			given[attribute] = hclList(strings.Split(value, ","))
		case !strings.HasPrefix(name, "TF_VAR_"):
			tf.T.Fatalf("%s is for a provider with a process of its own", name)
		}
	}
	main := tf.File("main.tf")
	if aliased.MatchString(main) {
		tf.T.Fatal("provider blocks with aliases would share one provider here, and are for processes of their own")
	}
	block := ""
	for _, name := range slices.Sorted(maps.Keys(given)) {
		if !regexp.MustCompile(`\b` + name + `\s*=`).MatchString(main) {
			block += "  " + name + " = " + given[name] + "\n"
		}
	}
	file, stale := "provider.tf", "provider_override.tf"
	if strings.Contains(main, `provider "infisical"`) {
		file, stale = stale, file
	}
	_ = os.Remove(filepath.Join(tf.Dir, stale))
	tf.WriteFile(file, "provider \"infisical\" {\n"+block+"}\n")
}

// attach serves a provider until stop is called. The variable has the command
// line talk to it.
func (tf *Terraform) attach() (variable string, stop func()) {
	server, err := tf.serve()
	if err != nil {
		tf.T.Fatal(err)
	}
	address := cli.RegistryHost() + "/infisical-e2ee/infisical"
	ctx, cancel := context.WithCancel(context.Background())
	configs, closed := make(chan *plugin.ReattachConfig, 1), make(chan struct{})
	failed := make(chan error, 1)
	go func() {
		failed <- tf6server.Serve(address, func() tfprotov6.ProviderServer { return server },
			tf6server.WithDebug(ctx, configs, closed), tf6server.WithGoPluginLogger(hclog.NewNullLogger()), tf6server.WithoutLogStderrOverride())
	}()
	var config *plugin.ReattachConfig
	select {
	case config = <-configs:
	case err := <-failed:
		cancel()
		tf.T.Fatalf("the provider cannot be served: %v", err)
	}
	encoded, err := json.Marshal(map[string]any{address: map[string]any{
		"Protocol": config.Protocol, "ProtocolVersion": config.ProtocolVersion, "Pid": os.Getpid(), "Test": true,
		"Addr": map[string]string{"Network": config.Addr.Network(), "String": config.Addr.String()},
	}})
	if err != nil {
		cancel()
		tf.T.Fatal(err)
	}
	return "TF_REATTACH_PROVIDERS=" + string(encoded), func() {
		cancel()
		<-closed
	}
}
