package provider_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
)

// TestSeededRunsOfTerraform is TestSeededRuns with the real command line.
func TestSeededRunsOfTerraform(t *testing.T) {
	t.Parallel()
	acctest.NeedsProcess(t)
	for seed := range seeds(2, 20) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			newLife(t, env, commandLine{newInstalledScene(t, env, "")}, uint64(seed)).live(6)
		})
	}
}

// commandLine is the real Terraform.
type commandLine struct{ scene }

func (c commandLine) apply(config map[string]declared, limit time.Duration) error {
	c.Write(hcl(config))
	env := slices.Clone(c.Env)
	if limit != 0 {
		c.Env = append(c.Env, "INFISICAL_REQUEST_TIMEOUT="+limit.String())
	}
	out, err := c.Try("apply", "-auto-approve", "-no-color")
	c.Env = env
	if err == nil {
		return nil
	}
	if _, said, ok := strings.Cut(out, "Error: "); ok {
		return errors.New(said)
	}
	return fmt.Errorf("%w\n%s", err, out)
}

func (c commandLine) unchanged(map[string]declared) string {
	if out, err := c.Try("plan", "-no-color", "-detailed-exitcode"); err != nil {
		return out
	}
	if out, err := c.Try("plan", "-no-color", "-refresh-only"); err != nil || !strings.Contains(out, "No changes.") {
		return out
	}
	return ""
}

func (c commandLine) ids() map[string][]string {
	var state struct {
		Resources []struct {
			Name      string
			Instances []struct {
				Status     string
				Attributes struct {
					ID      string
					Secrets map[string]struct{ ID string }
				}
			}
		}
	}
	if text := c.File("terraform.tfstate"); text != "" {
		if err := json.Unmarshal([]byte(text), &state); err != nil {
			c.T.Fatal(err)
		}
	}
	out := map[string][]string{}
	for _, r := range state.Resources {
		for _, i := range r.Instances {
			address := strings.Replace(r.Name, "in_", "in.", 1)
			out[address] = nil
			if i.Status == "tainted" {
				continue
			}
			out[address] = append(out[address], i.Attributes.ID)
			for _, element := range i.Attributes.Secrets {
				out[address] = append(out[address], element.ID)
			}
		}
	}
	return out
}

// hcl is a configuration as text.
func hcl(config map[string]declared) string {
	name := func(address string) string { return strings.ReplaceAll(address, ".", "_") }
	var out strings.Builder
	for _, address := range slices.Sorted(maps.Keys(config)) {
		d := config[address]
		fmt.Fprintf(&out, "resource %q %q {\n", d.kind, name(address))
		for _, attribute := range slices.Sorted(maps.Keys(d.config)) {
			fmt.Fprintf(&out, "  %s = %s\n", attribute, hclOf(d.config[attribute]))
		}
		for _, other := range d.after {
			fmt.Fprintf(&out, "  depends_on = [%s.%s]\n", config[other].kind, name(other))
		}
		out.WriteString("}\n")
	}
	return out.String()
}

func hclOf(value any) string {
	v, ok := value.(tftypes.Value)
	if !ok {
		return fmt.Sprintf("%#v", value)
	}
	var text string
	var parts map[string]tftypes.Value
	switch {
	case v.IsNull():
		return "null"
	case v.As(&text) == nil:
		return fmt.Sprintf("%q", text)
	case v.As(&parts) == nil:
		var out strings.Builder
		for _, name := range slices.Sorted(maps.Keys(parts)) {
			if !parts[name].IsNull() {
				fmt.Fprintf(&out, " %s = %s,", name, hclOf(parts[name]))
			}
		}
		return "{" + out.String() + " }"
	}
	panic("no HCL for " + v.Type().String())
}
