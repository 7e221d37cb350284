package provider_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
)

// folderIdentity is the identity of a folder of env's project.
func folderIdentity(env *acctest.Env, path string) map[string]string {
	return map[string]string{"workspace_id": env.Owner.Project.ID, "env_slug": "dev", "path": path}
}

// imported takes what an import brought through the read that follows it.
func (p *protocol) imported(imported *tfprotov6.ImportResourceStateResponse) instance {
	p.t.Helper()
	p.succeeds("ImportResourceState", imported.Diagnostics)
	if len(imported.ImportedResources) != 1 {
		p.t.Fatalf("%d resources were imported", len(imported.ImportedResources))
	}
	one := imported.ImportedResources[0]
	return p.read(instance{one.State, one.Identity, one.Private})
}

func TestFolderIdentityFollowsRenames(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	other := env.Other()
	p := newProtocol(t, env, nil).of("infisical_folder")
	config := attributes{"env_slug": "dev", "parent_path": "/app/", "name": "first"}
	created := p.apply(instance{}, config)
	expectIdentity(t, p.identityOf(created.identity), folderIdentity(env, "/app/first"))
	if path := p.plain(p.secret, created.state)["parent_path"]; path != "/app/" {
		t.Errorf("the state holds the path %q and not the one that was written", path)
	}
	config["name"] = "second"
	renamed := p.apply(p.read(created), config)
	expectIdentity(t, p.identityOf(renamed.identity), folderIdentity(env, "/app/second"))

	other.RenameFolder("dev", "/app", "second", "third")
	p = newProtocol(t, env, nil).of("infisical_folder") // another run
	followed := p.read(renamed)
	expectIdentity(t, p.identityOf(followed.identity), folderIdentity(env, "/app/third"))
	back := p.apply(followed, config)
	expectIdentity(t, p.identityOf(back.identity), folderIdentity(env, "/app/second"))

	unknown := newProtocol(t, env, attributes{"host": tftypes.UnknownValue}).of("infisical_folder")
	expectIdentity(t, unknown.identityOf(unknown.read(back).identity), folderIdentity(env, "/app/second"))

	other.DeleteFolder("dev", "/app", "second")
	for _, identity := range []*tfprotov6.ResourceIdentityData{back.identity, nil} { // nil: a state from before 1.12
		gone := newProtocol(t, env, nil).of("infisical_folder").read(instance{back.state, identity, back.private})
		if p.unpack(p.secret, gone.state) != nil {
			t.Error("a deleted folder is still in the state")
		}
	}
}

func TestFolderImportByIdentity(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	env.Server.CreateFolder(env.Owner.Project.ID, "dev", "/app/db")
	for name, identity := range map[string]attributes{
		"what is required":   {"env_slug": "dev", "path": "/app/db"},
		"all":                {"workspace_id": env.Owner.Project.ID, "env_slug": "dev", "path": "/app/db"},
		"a slash at the end": {"env_slug": "dev", "path": "/app/db/"},
	} {
		p := newProtocol(t, env, attributes{"folder_path": "/elsewhere"}).of("infisical_folder")
		read := p.imported(p.importIdentity(identity))
		expectIdentity(t, p.identityOf(read.identity), folderIdentity(env, "/app/db"))
		if state := p.plain(p.secret, read.state); state["name"] != "db" || state["parent_path"] != "/app" || state["path"] != "/app/db" || state["id"] == "" {
			t.Errorf("%s: %v", name, state)
		}
	}
	for _, c := range []struct {
		identity attributes
		want     string
	}{
		{attributes{"env_slug": "dev", "path": "/"}, "is the root of an environment, which is always there and cannot be managed"},
		{attributes{"env_slug": "dev", "path": "app"}, "begin with a slash"},
		{attributes{"env_slug": "dev", "path": "/nope/x"}, "there is no folder /nope."},
		{attributes{"env_slug": "dev", "path": "/app/nope"}, `Folder /app/nope of environment "dev". It does not exist on the server.`},
		{attributes{"env_slug": "qa", "path": "/app"}, `no environment "qa"`},
		{attributes{"workspace_id": "5f1efa06-83ef-4dd8-850d-24bdfbd77c03", "env_slug": "dev", "path": "/app"}, "belongs to another project"},
	} {
		p := newProtocol(t, env, nil).of("infisical_folder")
		if text := errorsIn(p.importIdentity(c.identity).Diagnostics); !says(c.want).MatchString(text) {
			t.Errorf("%v: %s", c.identity, text)
		}
	}
	p := newProtocol(t, env, attributes{"service_token": tftypes.UnknownValue}).of("infisical_folder")
	if text := errorsIn(p.importIdentity(attributes{"env_slug": "dev", "path": "/app"}).Diagnostics); !says("Importing a folder needs the server now").MatchString(text) {
		t.Error(text)
	}
}

func TestFolderImportByID(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	env.Server.CreateFolder(env.Owner.Project.ID, "dev", "/app/db")
	config := env.Config(folderNamed("db", `parent_path = "/app"`))
	for _, id := range []string{"dev:/app/db", env.Owner.Project.ID + ":dev:/app/db", "dev:/app/db/"} {
		imports(t, config, folderAddress, id)
	}
	refusesImports(t, config, folderAddress, map[string]string{
		"dev":                "not of the form env:/path or workspace:env:/path",
		"/app":               "not of the form",
		"dev:app":            "not of the form",
		":/app":              "not of the form",
		"a:b:c:/app":         "not of the form",
		"dev:/":              "is the root of an environment, which is always there and cannot be managed",
		"dev:/app//db":       "two slashes in a row",
		"dev:/a b":           "its path cannot be used",
		"dev:/app/nope":      "It does not exist on the server",
		"qa:/app":            `no environment "qa"`,
		"nope:dev:/app/db":   "belongs to another project",
		"dev:/app/db:/NAME":  "its path cannot be used",
		"dev:/app/nope/deep": "there is no folder /app/nope",
	})
}

// TestFolderIdentityInTerraform is the same under a command line that knows of
// identities.
func TestFolderIdentityInTerraform(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	is := func(path string) []statecheck.StateCheck {
		checks := map[string]knownvalue.Check{}
		for attribute, value := range folderIdentity(env, path) {
			checks[attribute] = knownvalue.StringExact(value)
		}
		return []statecheck.StateCheck{
			statecheck.ExpectIdentity(folderAddress, checks),
			statecheck.ExpectIdentityValueMatchesState(folderAddress, tfjsonpath.New("path")),
		}
	}
	resource.UnitTest(t, resource.TestCase{
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_12_0)},
		ProtoV6ProviderFactories: env.Factories(),
		Steps: []resource.TestStep{
			{Config: env.Config(folderNamed("first", "")), ConfigStateChecks: is("/first")},
			{Config: env.Config(folderNamed("second", "")), ConfigStateChecks: is("/second")},
			{
				PreConfig: func() { env.Other().RenameFolder("dev", "/", "second", "third") },
				Config:    env.Config(folderNamed("second", "")), ConfigStateChecks: is("/second"),
			},
		},
	})
}

// newFoldersToList has folders in two levels and one that no path reaches.
func newFoldersToList(t *testing.T) *acctest.Env {
	t.Helper()
	env := acctest.New(t)
	for _, path := range []string{"/b/inner", "/a", "/b-x/y/z"} {
		env.Server.CreateFolder(env.Owner.Project.ID, "dev", path)
	}
	env.Other().CreateFolder("dev", "/", "odd/name")
	return env
}

func TestListFindsFolders(t *testing.T) {
	t.Parallel()
	env := newFoldersToList(t)
	all := []string{"dev:/a", "dev:/b", "dev:/b-x", "dev:/b-x/y", "dev:/b-x/y/z", "dev:/b/inner"}
	for _, c := range []struct {
		name             string
		provider, config attributes
		limit            int64
		want             []string
	}{
		{"the root", nil, attributes{"env_slug": "dev"}, 0, []string{"dev:/a", "dev:/b", "dev:/b-x"}},
		{"a folder", nil, attributes{"env_slug": "dev", "folder_path": "/b/"}, 0, []string{"dev:/b/inner"}},
		{"an empty folder", nil, attributes{"env_slug": "dev", "folder_path": "/a", "recursive": true}, 0, nil},
		{"all", nil, attributes{"env_slug": "dev", "recursive": true}, 0, all},
		{"some of all", nil, attributes{"env_slug": "dev", "recursive": true}, 4, all[:4]},
		{"more than all", nil, attributes{"env_slug": "dev", "recursive": true}, 9, all},
		{"the provider's defaults", attributes{"env_slug": "dev", "folder_path": "/b-x"}, attributes{"recursive": true}, 0, []string{"dev:/b-x/y", "dev:/b-x/y/z"}},
	} {
		for _, include := range []bool{false, true} {
			p := newProtocol(t, env, c.provider).of("infisical_folder")
			got := p.list(c.config, tfprotov6.ListResourceRequest{Limit: c.limit, IncludeResource: include})
			expectNoDiagnostics(t, got)
			expectNames(t, got, c.want...)
			for _, result := range got.found {
				path := strings.TrimPrefix(result.DisplayName, "dev:")
				expectIdentity(t, p.identityOf(result.Identity), folderIdentity(env, path))
				if !include {
					if result.Resource != nil {
						t.Errorf("%s comes with the resource", result.DisplayName)
					}
					continue
				}
				state := p.plain(p.secret, result.Resource)
				if cut := strings.LastIndex(path, "/"); state["path"] != path || state["name"] != path[cut+1:] || state["parent_path"] != path[:max(cut, 1)] || state["id"] == "" {
					t.Errorf("%s: %v", result.DisplayName, state)
				}
				if _, ok := state["force_delete"]; ok {
					t.Errorf("%s: %v", result.DisplayName, state)
				}
			}
		}
	}
}

func TestFolderListErrorsAreResults(t *testing.T) {
	t.Parallel()
	env := newFoldersToList(t)
	for want, c := range map[string]struct{ provider, config attributes }{
		`has no environment "qa". It has: dev, staging, prod`: {nil, attributes{"env_slug": "qa"}},
		"There is no folder /a/nope":                          {nil, attributes{"env_slug": "dev", "folder_path": "/a/nope/deep", "recursive": true}},
		"No env_slug is set":                                  {nil, nil},
		"Listing folders needs the server now":                {attributes{"host": tftypes.UnknownValue}, attributes{"env_slug": "dev"}},
	} {
		got := newProtocol(t, env, c.provider).of("infisical_folder").list(c.config, tfprotov6.ListResourceRequest{})
		expectNames(t, got)
		if text := errorsIn(got.diagnostics); !says(want).MatchString(text) || len(got.diagnostics) != 1 {
			t.Errorf("%d diagnostics, %s", len(got.diagnostics), text)
		}
	}
}
