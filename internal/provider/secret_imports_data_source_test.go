package provider_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
)

func TestSecretImportsDataSource(t *testing.T) {
	t.Parallel()
	env := newSources(t)
	other := env.Other()
	two := other.CreateImport("dev", "/app", "prod", "/two/")
	one := other.CreateImport("dev", "/app", "prod", "/one")
	other.CreateImport("dev", "/app", "staging", "/")
	other.ChangeImport("dev", "/app", one, map[string]any{"position": 1})
	const ds = "data.infisical_secret_imports.this"
	read := func(attributes string) string {
		return env.Config("data \"infisical_secret_imports\" \"this\" {\n env_slug = \"dev\"\n" + attributes + "\n}")
	}
	run(
		t, env,
		resource.TestStep{Config: read(`folder_path = "/app/"`), Check: resource.ComposeAggregateTestCheckFunc(
			resource.TestCheckResourceAttr(ds, "secret_imports.#", "3"),
			resource.TestCheckResourceAttr(ds, "secret_imports.0.id", one),
			resource.TestCheckResourceAttr(ds, "secret_imports.0.position", "1"),
			resource.TestCheckResourceAttr(ds, "secret_imports.0.import_env_slug", "prod"),
			resource.TestCheckResourceAttr(ds, "secret_imports.0.import_folder_path", "/one"),
			resource.TestCheckResourceAttr(ds, "secret_imports.1.id", two),
			resource.TestCheckResourceAttr(ds, "secret_imports.1.import_folder_path", "/two"),
			resource.TestCheckResourceAttr(ds, "secret_imports.2.import_env_slug", "staging"),
			resource.TestCheckResourceAttr(ds, "secret_imports.2.import_folder_path", "/"),
			resource.TestCheckResourceAttr(ds, "folder_path", "/app/"),
		)},
		resource.TestStep{Config: read(""), Check: resource.TestCheckResourceAttr(ds, "secret_imports.#", "0")},
		resource.TestStep{Config: read(`folder_path = "/app/nope/deep"`), ExpectError: says(`There is no folder /app/nope in environment "dev"`)},
		resource.TestStep{Config: strings.Replace(read(""), `"dev"`, `"qa"`, 1), ExpectError: says(`has no environment "qa". It has: dev, staging, prod`)},
	)
}
