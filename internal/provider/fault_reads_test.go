package provider_test

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
)

// reading is a row of the matrix of reads.
type reading struct {
	title, kind string
	ephemeral   bool
	config      attributes
}

// TestFaultMatrixOfReads meets each data source and ephemeral resource with
// each fault, at each of its requests. It gives what it gives without the
// fault, or an error that names the cause, and then what it should when it is
// asked again.
func TestFaultMatrixOfReads(t *testing.T) {
	t.Parallel()
	secretsOf := attributes{"env_slug": "dev", "include_imports": true, "recursive": true, "expand_references": true}
	readings := []reading{
		{"data infisical_secret", "infisical_secret", false, attributes{"env_slug": "dev", "name": "N"}},
		{"data infisical_secrets", "infisical_secrets", false, secretsOf},
		{"data infisical_folders", "infisical_folders", false, attributes{"env_slug": "dev", "recursive": true}},
		{"data infisical_secret_imports", "infisical_secret_imports", false, attributes{"env_slug": "dev"}},
		{"data infisical_environments", "infisical_environments", false, nil},
		{"data infisical_service_token", "infisical_service_token", false, nil},
		{"data infisical_secrets_diff", "infisical_secrets_diff", false, attributes{"left": place("dev", "/"), "right": place("prod", "/")}},
		{"ephemeral infisical_secret", "infisical_secret", true, attributes{"env_slug": "dev", "name": "N"}},
		{"ephemeral infisical_secrets", "infisical_secrets", true, secretsOf},
	}
	type spot struct{ reading, fault int }
	var spots []spot
	for r := range readings {
		for f := range devserver.Faults(faultLimit) {
			spots = append(spots, spot{r, f})
		}
	}
	verdicts, faults := make([]string, len(spots)), devserver.Faults(faultLimit)
	inCells(t, len(spots), 64, func(i int) string {
		return readings[spots[i].reading].title + ", " + faults[spots[i].fault].Name
	}, func(t testing.TB, i int) {
		verdicts[i] = readings[spots[i].reading].meet(t, spots[i].fault)
	})
	var table strings.Builder
	for i, verdict := range verdicts {
		fmt.Fprintf(&table, "%-32s %-24s %s\n", readings[spots[i].reading].title, faults[spots[i].fault].Name, verdict)
		if verdict != "same" && verdict != "clear error" {
			t.Errorf("%s, %s: %q", readings[spots[i].reading].title, faults[spots[i].fault].Name, verdict)
		}
	}
	t.Logf("\n%s", table.String())
}

func place(environment, path string) tftypes.Value {
	kind := tftypes.Object{AttributeTypes: map[string]tftypes.Type{"env_slug": tftypes.String, "folder_path": tftypes.String, "workspace_id": tftypes.String}}
	return tftypes.NewValue(kind, map[string]tftypes.Value{
		"env_slug": tftypes.NewValue(tftypes.String, environment), "folder_path": tftypes.NewValue(tftypes.String, path),
		"workspace_id": tftypes.NewValue(tftypes.String, nil),
	})
}

// meet reads with the fault at the first request, at the second, and so on,
// until there is none that meets it.
func (r reading) meet(t testing.TB, fault int) string {
	env := acctest.New(t)
	env.Server.CreateFolder(env.Owner.Project.ID, "dev", "/below")
	env.Put("dev", "/", "N", "${prod.M}", "c")
	env.Put("prod", "/", "M", "m", "")
	env.Put("prod", "/shared", "S", "s", "")
	env.Other().CreateImport("dev", "/", "prod", "/shared")
	want, err := r.read(t, env, nil)
	if err != nil {
		t.Fatal(err)
	}
	verdict := "same"
	for nth, limit := 1, faultLimit; ; {
		script := devserver.Nth("*", nth, devserver.Faults(limit)[fault].Fault)
		var met atomic.Bool // a request given up may still be on its way to the server
		remove := env.Server.InjectFault(func(req devserver.Request) *devserver.Fault {
			f := script(req)
			if f != nil {
				met.Store(true)
			}
			return f
		})
		got, err := r.read(t, env, attributes{"request_timeout": limit.String()})
		remove()
		env.Server.AwaitRestart()
		switch {
		case err != nil && !met.Load(): // a busy machine let another request run into its limit
			if limit *= 3; limit > time.Minute {
				t.Fatal(err)
			}
			continue
		case err != nil:
			verdict = "clear error"
			if name := devserver.Faults(limit)[fault].Name; !causeOf(name).MatchString(err.Error()) {
				t.Errorf("request %d: the error does not name the cause: %v", nth, err)
			}
			if got, err = r.read(t, env, nil); err != nil {
				t.Errorf("request %d: it fails again: %v", nth, err)
			}
		case !met.Load():
			return verdict
		}
		if err == nil && !got.Equal(want) {
			t.Errorf("request %d: it gives something else", nth)
		}
		nth++
	}
}

func (r reading) read(t testing.TB, env *acctest.Env, settings attributes) (tftypes.Value, error) {
	return r.readBy(newCore(t, env).with(settings))
}

// readBy reads in a run of its own.
func (r reading) readBy(c *core) (tftypes.Value, error) {
	t, p := c.t, newProtocol(c.t, c.env, c.settings)
	if r.ephemeral {
		p.secret = p.schemas.EphemeralResourceSchemas[r.kind].ValueType()
		opened, err := p.server.OpenEphemeralResource(t.Context(), &tfprotov6.OpenEphemeralResourceRequest{TypeName: r.kind, Config: p.object(p.secret, r.config)})
		if err != nil {
			t.Fatal(err)
		}
		return p.result(opened.Result), c.heard(r.title, opened.Diagnostics)
	}
	p.secret = p.schemas.DataSourceSchemas[r.kind].ValueType()
	read, err := p.server.ReadDataSource(t.Context(), &tfprotov6.ReadDataSourceRequest{TypeName: r.kind, Config: p.object(p.secret, r.config)})
	if err != nil {
		t.Fatal(err)
	}
	return p.result(read.State), c.heard(r.title, read.Diagnostics)
}

func (p *protocol) result(packed *tfprotov6.DynamicValue) tftypes.Value {
	if packed == nil {
		return tftypes.NewValue(p.secret, nil)
	}
	return p.value(packed)
}
