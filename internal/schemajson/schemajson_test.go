package schemajson_test

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/provider"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/schemajson"
)

func TestMain(m *testing.M) { acctest.Main(m) }

// TestSchemaIsWhatTheCommandLinePrints compares with `providers schema -json`
// of the real command line, attached to the same provider in this process.
func TestSchemaIsWhatTheCommandLinePrints(t *testing.T) {
	for name, factory := range map[string]func() tfprotov6.ProviderServer{
		"this provider": providerserver.NewProtocol6(provider.New("docs")()),
		"everything":    func() tfprotov6.ProviderServer { return everything{} },
	} {
		t.Run(name, func(t *testing.T) {
			raw, err := schemajson.Marshal(t.Context(), factory())
			if err != nil {
				t.Fatal(err)
			}
			ours, theirs := decode(t, raw), decode(t, []byte(printedByCLI(t, factory)))
			compare(t, "", ours, theirs, keysOf(theirs))
		})
	}
}

// TestSchemaKeysThatNewCommandLinesKnow holds what only Terraform 1.12 and
// 1.14 print, and older ones cannot be compared with.
func TestSchemaKeysThatNewCommandLinesKnow(t *testing.T) {
	raw, err := schemajson.Marshal(t.Context(), everything{})
	if err != nil {
		t.Fatal(err)
	}
	want := decode(t, []byte(`{"provider_schemas": {"any": {
		"list_resource_schemas": {"infisical_all": {"version": 0, "block": {
			"attributes": {"l": {"type": "string", "description_kind": "plain", "optional": true}}, "description_kind": "plain"}}},
		"resource_identity_schemas": {"infisical_all": {"version": 2, "attributes": {
			"name": {"type": "string", "description": "the name", "required_for_import": true},
			"parts": {"type": ["list", "number"], "optional_for_import": true}}}}}}}`))
	ours := decode(t, raw)
	for key, value := range want {
		if !reflect.DeepEqual(ours[key], value) {
			t.Errorf("%s is %v, not %v", key, ours[key], value)
		}
	}
}

func TestSchemaIsFiledWhereTheGeneratorLooks(t *testing.T) {
	raw, err := schemajson.Marshal(t.Context(), everything{})
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		FormatVersion   string                     `json:"format_version"`
		ProviderSchemas map[string]json.RawMessage `json:"provider_schemas"`
	}
	if err := json.Unmarshal(raw, &document); err != nil {
		t.Fatal(err)
	}
	if _, ok := document.ProviderSchemas["registry.terraform.io/hashicorp/infisical"]; !ok || document.FormatVersion != "1.0" {
		t.Errorf("format version %q, providers %v", document.FormatVersion, keysOf(document.ProviderSchemas))
	}
}

// failing is a provider whose schemas are wrong in one way.
type failing struct {
	everything
	err         error
	diagnostics []*tfprotov6.Diagnostic
}

func (f failing) GetProviderSchema(context.Context, *tfprotov6.GetProviderSchemaRequest) (*tfprotov6.GetProviderSchemaResponse, error) {
	return &tfprotov6.GetProviderSchemaResponse{Diagnostics: f.diagnostics}, f.err
}

func TestSchemaErrorsAreReported(t *testing.T) {
	diagnostic := []*tfprotov6.Diagnostic{
		{Severity: tfprotov6.DiagnosticSeverityWarning, Summary: "only a warning"},
		{Severity: tfprotov6.DiagnosticSeverityError, Summary: "Duplicate Name", Detail: "two of them"},
	}
	for want, server := range map[string]failing{
		"broken pipe":                 {err: errors.New("broken pipe")},
		"Duplicate Name: two of them": {diagnostics: diagnostic},
	} {
		if _, err := schemajson.Marshal(t.Context(), server); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the error is %v, not %q", err, want)
		}
	}
}

// printedByCLI serves a provider in this process and has the command line print
// its schemas.
func printedByCLI(t *testing.T, factory func() tfprotov6.ProviderServer) string {
	t.Helper()
	t.Setenv("TF_LOG_SDK", "off") // served for a debugger, a provider logs everything
	ctx, stop := context.WithCancel(t.Context())
	config, closed := channelOf(tf6server.WithDebug), make(chan struct{})
	served := make(chan error, 1)
	go func() {
		served <- tf6server.Serve("registry.terraform.io/infisical-e2ee/infisical", factory,
			tf6server.WithDebug(ctx, config, closed), tf6server.WithoutLogStderrOverride())
	}()
	defer func() {
		stop()
		<-closed
		if err := <-served; err != nil {
			t.Error(err)
		}
	}()
	at := <-config
	reattach := map[string]any{
		"Protocol": at.Protocol, "ProtocolVersion": at.ProtocolVersion, "Pid": at.Pid, "Test": at.Test,
		"Addr": map[string]any{"Network": at.Addr.Network(), "String": at.Addr.String()},
	}
	variable, err := json.Marshal(map[string]any{
		"registry.terraform.io/infisical-e2ee/infisical": reattach,
		"registry.opentofu.org/infisical-e2ee/infisical": reattach,
	})
	if err != nil {
		t.Fatal(err)
	}
	tf := acctest.NewTerraform(t, nil)
	tf.Env = append(tf.Env, "TF_REATTACH_PROVIDERS="+string(variable))
	tf.Write("")
	tf.Run("init", "-no-color")
	return tf.Run("providers", "schema", "-json", "-no-color")
}

// channelOf makes the channel that an option takes. Its element's type is of a
// module that is not among this one's direct requirements and need not be.
func channelOf[T any](func(context.Context, chan T, chan struct{}) tf6server.ServeOpt) chan T {
	return make(chan T)
}

// decode returns what is said about the only provider.
func decode(t *testing.T, raw []byte) map[string]any {
	t.Helper()
	var document struct {
		ProviderSchemas map[string]map[string]any `json:"provider_schemas"`
	}
	if err := json.Unmarshal(raw, &document); err != nil {
		t.Fatalf("%v in:\n%s", err, raw)
	}
	if len(document.ProviderSchemas) != 1 {
		t.Fatalf("%d providers", len(document.ProviderSchemas))
	}
	for _, only := range document.ProviderSchemas {
		return only
	}
	return nil
}

// compare reports every difference. A key that is nowhere in what the command
// line printed is one that it does not know.
func compare(t *testing.T, path string, ours, theirs any, known []string) {
	t.Helper()
	a, aok := ours.(map[string]any)
	b, bok := theirs.(map[string]any)
	if !aok || !bok {
		if !reflect.DeepEqual(ours, theirs) {
			t.Errorf("%s is %v, and %v for the command line", path, ours, theirs)
		}
		return
	}
	for key, value := range a {
		other, ok := b[key]
		switch {
		case ok:
			compare(t, path+"/"+key, value, other, known)
		case slices.Contains(known, key):
			t.Errorf("%s/%s is %v, and missing for the command line", path, key, value)
		default:
			t.Logf("%s/%s is not known to the command line", path, key)
		}
	}
	for key, value := range b {
		if _, ok := a[key]; !ok {
			t.Errorf("%s/%s is missing, and %v for the command line", path, key, value)
		}
	}
}

// keysOf lists all keys of a JSON value, on every level.
func keysOf(value any) []string {
	var keys []string
	switch v := value.(type) {
	case map[string]any:
		for key, inner := range v {
			keys = append(append(keys, key), keysOf(inner)...)
		}
	case []any:
		for _, inner := range v {
			keys = append(keys, keysOf(inner)...)
		}
	}
	return keys
}
