package provider_test

import (
	"context"
	"maps"
	"math/big"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/provider"
)

const secretType = "infisical_secret"

// protocol talks to the provider as Terraform does, to test what the command
// line at hand may be too old to ask for.
type protocol struct {
	t        testing.TB
	server   tfprotov6.ProviderServer
	schemas  *tfprotov6.GetProviderSchemaResponse
	all      *tfprotov6.GetResourceIdentitySchemasResponse
	kind     string       // of the resource that is spoken of
	secret   tftypes.Type // of the resource
	identity tftypes.Type // of the resource's identity
}

// of speaks to the same provider of another type of resource.
func (p *protocol) of(kind string) *protocol {
	other := *p
	other.kind = kind
	other.secret, other.identity = p.schemas.ResourceSchemas[kind].ValueType(), p.all.IdentitySchemas[kind].ValueType()
	return &other
}

// attributes are an object's attributes by name; those left out are null.
type attributes map[string]any

// schemas are the same for every provider that a test starts.
var schemas = sync.OnceValue(func() (out struct {
	all        *tfprotov6.GetProviderSchemaResponse
	identities *tfprotov6.GetResourceIdentitySchemasResponse
	err        error
},
) {
	server := providerserver.NewProtocol6(provider.New("test")())()
	if out.all, out.err = server.GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{}); out.err == nil {
		out.identities, out.err = server.GetResourceIdentitySchemas(context.Background(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	}
	return out
})

// newProtocol starts a provider of its own, with nothing read yet, and
// configures it for env. config overrides that configuration.
func newProtocol(t testing.TB, env *acctest.Env, config attributes) *protocol {
	t.Helper()
	server, err := env.Factories()["infisical"]()
	if err != nil {
		t.Fatal(err)
	}
	known := schemas()
	if known.err != nil {
		t.Fatal(known.err)
	}
	p := &protocol{t: t, server: server, schemas: known.all, all: known.identities}
	p.succeeds("GetProviderSchema", p.schemas.Diagnostics)
	p.succeeds("GetResourceIdentitySchemas", p.all.Diagnostics)
	p = p.of(secretType)

	all := attributes{"host": env.Server.URL(), "service_token": env.Token}
	maps.Copy(all, config)
	configured, err := server.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{
		TerraformVersion: "1.14.0", Config: p.object(p.schemas.Provider.ValueType(), all),
	})
	if err != nil {
		t.Fatal(err)
	}
	p.succeeds("ConfigureProvider", configured.Diagnostics)
	return p
}

// succeeds fails the test on an error of the provider.
func (p *protocol) succeeds(call string, diagnostics []*tfprotov6.Diagnostic) {
	p.t.Helper()
	if text := errorsIn(diagnostics); text != "" {
		p.t.Fatalf("%s: %s", call, text)
	}
}

func errorsIn(diagnostics []*tfprotov6.Diagnostic) string {
	var all []string
	for _, d := range diagnostics {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			all = append(all, d.Summary+": "+d.Detail)
		}
	}
	return strings.Join(all, "\n")
}

// object packs attributes as a value of an object's type.
func (p *protocol) object(kind tftypes.Type, values attributes) *tfprotov6.DynamicValue {
	p.t.Helper()
	types := kind.(tftypes.Object).AttributeTypes
	all := make(map[string]tftypes.Value, len(types))
	for name, attributeType := range types {
		if ready, ok := values[name].(tftypes.Value); ok {
			all[name] = ready
			continue
		}
		all[name] = tftypes.NewValue(attributeType, values[name])
	}
	for name := range values {
		if _, ok := types[name]; !ok {
			p.t.Fatalf("there is no attribute %q", name)
		}
	}
	return p.pack(kind, tftypes.NewValue(kind, all))
}

// null packs an object that is not there.
func (p *protocol) null(kind tftypes.Type) *tfprotov6.DynamicValue {
	p.t.Helper()
	return p.pack(kind, tftypes.NewValue(kind, nil))
}

func (p *protocol) pack(kind tftypes.Type, value tftypes.Value) *tfprotov6.DynamicValue {
	p.t.Helper()
	packed, err := tfprotov6.NewDynamicValue(kind, value)
	if err != nil {
		p.t.Fatal(err)
	}
	return &packed
}

// unpack gives an object's attributes; nil where it is null or missing.
func (p *protocol) unpack(kind tftypes.Type, packed *tfprotov6.DynamicValue) map[string]tftypes.Value {
	p.t.Helper()
	if packed == nil {
		return nil
	}
	value, err := packed.Unmarshal(kind)
	if err != nil {
		p.t.Fatal(err)
	}
	if value.IsNull() {
		return nil
	}
	all := map[string]tftypes.Value{}
	if err := value.As(&all); err != nil {
		p.t.Fatal(err)
	}
	return all
}

// plain gives an object's attributes as texts, numbers and whatever else they
// are; those that are null are left out.
func (p *protocol) plain(kind tftypes.Type, packed *tfprotov6.DynamicValue) map[string]string {
	p.t.Helper()
	out := map[string]string{}
	for name, value := range p.unpack(kind, packed) {
		var text string
		number := new(big.Float)
		switch {
		case value.IsNull():
			continue
		case !value.IsKnown():
			text = "(unknown)"
		case value.Type().Is(tftypes.String):
			_ = value.As(&text)
		case value.Type().Is(tftypes.Number):
			_ = value.As(&number)
			text = number.Text('f', -1)
		default:
			text = value.String()
		}
		out[name] = text
	}
	return out
}

func (p *protocol) identityOf(data *tfprotov6.ResourceIdentityData) map[string]string {
	p.t.Helper()
	if data == nil {
		return nil
	}
	return p.plain(p.identity, data.IdentityData)
}

// instance is a resource as Terraform keeps it between calls.
type instance struct {
	state    *tfprotov6.DynamicValue
	identity *tfprotov6.ResourceIdentityData
	private  []byte
}

// apply plans and applies a configuration on top of what is there; the zero
// instance is nothing. It proposes what Terraform proposes: the configuration,
// with what the provider computes as it was, or unknown in something new.
func (p *protocol) apply(before instance, config attributes) instance {
	p.t.Helper()
	if before.state == nil {
		before.state = p.null(p.secret)
	}
	prior := p.unpack(p.secret, before.state)
	proposed := maps.Clone(config)
	for _, attribute := range p.schemas.ResourceSchemas[p.kind].Block.Attributes {
		if _, configured := config[attribute.Name]; configured || !attribute.Computed {
			continue
		}
		if prior == nil {
			proposed[attribute.Name] = tftypes.UnknownValue
		} else {
			proposed[attribute.Name] = prior[attribute.Name]
		}
	}
	packed := p.object(p.secret, config)
	planned, err := p.server.PlanResourceChange(p.t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: p.kind, PriorState: before.state, PriorPrivate: before.private, PriorIdentity: before.identity,
		Config: packed, ProposedNewState: p.object(p.secret, proposed),
	})
	if err != nil {
		p.t.Fatal(err)
	}
	p.succeeds("PlanResourceChange", planned.Diagnostics)
	if len(planned.RequiresReplace) > 0 {
		p.t.Fatalf("a replacement is planned, for %v", planned.RequiresReplace)
	}
	applied, err := p.server.ApplyResourceChange(p.t.Context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: p.kind, PriorState: before.state, PlannedState: planned.PlannedState,
		PlannedPrivate: planned.PlannedPrivate, PlannedIdentity: planned.PlannedIdentity, Config: packed,
	})
	if err != nil {
		p.t.Fatal(err)
	}
	p.succeeds("ApplyResourceChange", applied.Diagnostics)
	return instance{applied.NewState, applied.NewIdentity, applied.Private}
}

func (p *protocol) read(before instance) instance {
	p.t.Helper()
	read, err := p.server.ReadResource(p.t.Context(), &tfprotov6.ReadResourceRequest{
		TypeName: p.kind, CurrentState: before.state, CurrentIdentity: before.identity, Private: before.private,
	})
	if err != nil {
		p.t.Fatal(err)
	}
	p.succeeds("ReadResource", read.Diagnostics)
	return instance{read.NewState, read.NewIdentity, read.Private}
}

func (p *protocol) importIdentity(identity attributes) *tfprotov6.ImportResourceStateResponse {
	p.t.Helper()
	imported, err := p.server.ImportResourceState(p.t.Context(), &tfprotov6.ImportResourceStateRequest{
		TypeName: p.kind, Identity: &tfprotov6.ResourceIdentityData{IdentityData: p.object(p.identity, identity)},
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return imported
}

func expectIdentity(t *testing.T, got, want map[string]string) {
	t.Helper()
	if !maps.Equal(got, want) {
		t.Errorf("the identity is %v, not %v", got, want)
	}
}

// identityIn is the identity of a shared secret of env's project.
func identityIn(env *acctest.Env, environment, folder, name string) map[string]string {
	return map[string]string{
		"workspace_id": env.Owner.Project.ID, "env_slug": environment, "folder_path": folder, "name": name, "type": "shared",
	}
}

func TestIdentitySchemaNeedsEnvironmentAndName(t *testing.T) {
	t.Parallel()
	p := newProtocol(t, acctest.New(t), nil)
	schemas, err := p.server.GetResourceIdentitySchemas(t.Context(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		t.Fatal(err)
	}
	required := map[string]bool{}
	for _, attribute := range schemas.IdentitySchemas[secretType].IdentityAttributes {
		if attribute.RequiredForImport == attribute.OptionalForImport {
			t.Errorf("%s is neither required nor optional", attribute.Name)
		}
		required[attribute.Name] = attribute.RequiredForImport
	}
	if want := map[string]bool{"workspace_id": false, "env_slug": true, "folder_path": false, "name": true, "type": false}; !maps.Equal(required, want) {
		t.Errorf("required for import are %v, not %v", required, want)
	}
}

func TestIdentityFollowsRenames(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	env.Server.CreateFolder(env.Owner.Project.ID, "dev", "/app/db")
	p := newProtocol(t, env, nil)
	config := attributes{"env_slug": "dev", "folder_path": "/app/db/", "name": "FIRST", "value": env.Secret("canary of the identity")}

	created := p.apply(instance{}, config)
	expectIdentity(t, p.identityOf(created.identity), identityIn(env, "dev", "/app/db", "FIRST"))
	if path := p.plain(p.secret, created.state)["folder_path"]; path != "/app/db/" {
		t.Errorf("the state holds the path %q and not the one that was written", path)
	}

	config["name"] = "SECOND"
	p = newProtocol(t, env, nil) // as each run of Terraform has a provider of its own
	renamed := p.apply(p.read(created), config)
	expectIdentity(t, p.identityOf(renamed.identity), identityIn(env, "dev", "/app/db", "SECOND"))
	if held := env.Read("dev", "/app/db"); len(held) != 1 || held["SECOND"].ID != p.plain(p.secret, created.state)["id"] {
		t.Error("the rename was no rename in place")
	}

	if err := env.Owner.Rename("dev", "/app/db", "SECOND", "THIRD"); err != nil {
		t.Fatal(err)
	}
	p = newProtocol(t, env, nil) // another run
	read := p.read(renamed)      // which does not know whether the configuration names it
	expectIdentity(t, p.identityOf(read.identity), identityIn(env, "dev", "/app/db", "SECOND"))
	if name := p.plain(p.secret, read.state)["name"]; name != "SECOND" {
		t.Errorf("the state names it %q", name)
	}

	config["name"] = "THIRD"
	back := p.apply(read, config)
	expectIdentity(t, p.identityOf(back.identity), identityIn(env, "dev", "/app/db", "THIRD"))
	if _, ok := env.Read("dev", "/app/db")["THIRD"]; !ok {
		t.Error("the rename made outside was not followed")
	}

	if err := env.Owner.Delete("dev", "/app/db", "THIRD"); err != nil {
		t.Fatal(err)
	}
	for _, identity := range []*tfprotov6.ResourceIdentityData{back.identity, nil} { // nil: a state from before 1.12
		gone := newProtocol(t, env, nil).read(instance{back.state, identity, back.private})
		if p.unpack(p.secret, gone.state) != nil {
			t.Error("a deleted secret is still in the state")
		}
	}
}

// A state from before identities, or one taken over, has none.
func TestIdentityIsLearntByRead(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	p := newProtocol(t, env, nil)
	created := p.apply(instance{}, attributes{"env_slug": "dev", "name": "NAME", "value": "v"})
	created.identity = nil
	expectIdentity(t, p.identityOf(p.read(created).identity), identityIn(env, "dev", "/", "NAME"))
}

func TestIdentityIsKeptWhileTheProviderIsUnknown(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	created := newProtocol(t, env, nil).apply(instance{}, attributes{"env_slug": "dev", "name": "NAME", "value": "v"})
	p := newProtocol(t, env, attributes{"service_token": tftypes.UnknownValue})
	expectIdentity(t, p.identityOf(p.read(created).identity), identityIn(env, "dev", "/", "NAME"))

	imported := p.importIdentity(attributes{"env_slug": "dev", "name": "NAME"})
	if text := errorsIn(imported.Diagnostics); !says("provider's service_token depends on a value that is known only after apply").MatchString(text) {
		t.Errorf("importing says: %s", text)
	}
}

func TestImportByIdentity(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	value := env.Secret("canary of the import by identity")
	env.Put("dev", "/", "NAME", value, "in the root")
	env.Put("dev", "/app", "with:colons", value, "in a folder")
	for _, c := range []struct {
		name     string
		provider attributes
		identity attributes
		want     map[string]string
	}{
		{"what is required", nil, attributes{"env_slug": "dev", "name": "NAME"}, identityIn(env, "dev", "/", "NAME")},
		{
			"all", nil,
			attributes{"workspace_id": env.Owner.Project.ID, "env_slug": "dev", "folder_path": "/app", "name": "with:colons", "type": "shared"},
			identityIn(env, "dev", "/app", "with:colons"),
		},
		{"a slash at the end", nil, attributes{"env_slug": "dev", "folder_path": "/app/", "name": "with:colons"}, identityIn(env, "dev", "/app", "with:colons")},
		// An identity means the same whatever the provider's defaults are.
		{"no folder, and a provider with a default", attributes{"folder_path": "/app"}, attributes{"env_slug": "dev", "name": "NAME"}, identityIn(env, "dev", "/", "NAME")},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			p := newProtocol(t, env, c.provider)
			imported := p.importIdentity(c.identity)
			p.succeeds("ImportResourceState", imported.Diagnostics)
			if len(imported.ImportedResources) != 1 {
				t.Fatalf("%d resources were imported", len(imported.ImportedResources))
			}
			one := imported.ImportedResources[0]
			read := p.read(instance{one.State, one.Identity, one.Private})
			expectIdentity(t, p.identityOf(read.identity), c.want)
			state := p.plain(p.secret, read.state)
			if state["id"] == "" || state["version"] != "1" || state["value_fingerprint"] == "" || !strings.HasPrefix(state["comment"], "in ") {
				t.Errorf("the state is not filled in: %v", state)
			}
			for _, attribute := range []string{"value", "value_base64", "value_wo"} {
				if _, ok := state[attribute]; ok {
					t.Errorf("the import brought %s into the state", attribute)
				}
			}
		})
	}
}

func TestImportByIdentityIsRefused(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	env.Put("dev", "/", "NAME", env.Secret("canary of the refused import"), "")
	for _, c := range []struct {
		name     string
		identity attributes
		want     []string
	}{
		{"a personal secret", attributes{"env_slug": "dev", "name": "NAME", "type": "personal"}, []string{"the provider's credential (service token) is none"}},
		{"an unknown name", attributes{"env_slug": "dev", "name": "OTHER"}, []string{"Cannot Import Secret", `Secret "OTHER"`, "does not exist"}},
		{"an unknown environment", attributes{"env_slug": "qa", "name": "NAME"}, []string{"Cannot Import Secret", `"qa"`}},
		{"a missing folder", attributes{"env_slug": "dev", "folder_path": "/nope", "name": "NAME"}, []string{"Cannot Import Secret", "/nope"}},
		{"a path that is none", attributes{"env_slug": "dev", "folder_path": "app", "name": "NAME"}, []string{"Cannot Import Secret", "begin with a slash"}},
		{"another project", attributes{"workspace_id": "5f1efa06-83ef-4dd8-850d-24bdfbd77c03", "env_slug": "dev", "name": "NAME"}, []string{"belongs to another project"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			imported := newProtocol(t, env, nil).importIdentity(c.identity)
			text := errorsIn(imported.Diagnostics)
			for _, want := range c.want {
				if !says(want).MatchString(text) {
					t.Errorf("the error does not say %q: %s", want, text)
				}
			}
		})
	}
}

// TestIdentityInTerraform is the same under a command line that knows of
// identities.
func TestIdentityInTerraform(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	env.Put("dev", "/app", "FOUND", env.Secret("canary found by identity"), "")
	is := func(folder, name string) []statecheck.StateCheck {
		checks := map[string]knownvalue.Check{}
		for attribute, value := range identityIn(env, "dev", folder, name) {
			checks[attribute] = knownvalue.StringExact(value)
		}
		return []statecheck.StateCheck{
			statecheck.ExpectIdentity("infisical_secret.this", checks),
			statecheck.ExpectIdentityValueMatchesState("infisical_secret.this", tfjsonpath.New("name")),
		}
	}
	named := func(name string) string {
		return env.Config("resource \"infisical_secret\" \"this\" {\n env_slug = \"dev\"\n name = \"" + name + "\"\n value = \"v\"\n}")
	}
	imports := func(identity string) string {
		return env.Config(`
import {
  to       = infisical_secret.this
  identity = {` + identity + `}
}

resource "infisical_secret" "this" {
  env_slug    = "dev"
  folder_path = "/app"
  name        = "FOUND"
}`)
	}
	since112 := []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_12_0)}

	t.Run("create and rename", func(t *testing.T) {
		t.Parallel()
		resource.UnitTest(t, resource.TestCase{
			TerraformVersionChecks: since112, ProtoV6ProviderFactories: env.Factories(),
			Steps: []resource.TestStep{
				{Config: named("FIRST"), ConfigStateChecks: is("/", "FIRST")},
				{
					Config: named("SECOND"), ConfigStateChecks: is("/", "SECOND"),
					ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
						plancheck.ExpectResourceAction("infisical_secret.this", plancheck.ResourceActionUpdate),
					}},
				},
				{
					PreConfig: func() {
						if err := env.Owner.Rename("dev", "/", "SECOND", "THIRD"); err != nil {
							t.Error(err)
						}
					},
					Config: named("SECOND"), ExpectError: says("The server shows it"),
				},
				{Config: named("THIRD"), ConfigStateChecks: is("/", "THIRD")},
			},
		})
	})
	t.Run("import", func(t *testing.T) {
		t.Parallel()
		resource.UnitTest(t, resource.TestCase{
			TerraformVersionChecks: since112, ProtoV6ProviderFactories: env.Factories(),
			Steps: []resource.TestStep{
				{
					Config:      imports(`env_slug = "dev", folder_path = "/app", name = "FOUND", type = "personal"`),
					ExpectError: says("A personal secret belongs to a user"),
				},
				{
					Config: imports(`env_slug = "dev", folder_path = "/app", name = "FOUND"`), ConfigStateChecks: is("/app", "FOUND"),
					ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
						plancheck.ExpectResourceAction("infisical_secret.this", plancheck.ResourceActionNoop),
					}},
				},
			},
		})
	})
}
