package provider_test

import (
	"encoding/base64"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
)

// textValues are what a Terraform string carries exactly; byteValues are not.
// No two are of one length, to tell them apart without showing them.
var (
	textValues = map[string]string{
		"EMPTY":           "",
		"ONE_BYTE":        "x",
		"NEWLINE_AT_END":  "ends with a newline\n",
		"ONLY_NEWLINES":   "\n\n",
		"CRLF":            "first\r\nsecond\r\n",
		"BLANKS_AROUND":   " \t blanks around it \t\u00a0 ",
		"ZERO_BYTES":      "zero\x00bytes\x00",
		"JSON":            `{"a": "\u00e9\n", "b": [1, null, "${c}"], "d": "<&>"}`,
		"NOT_A_REFERENCE": "${not_a_reference} %{ if no_directive } $${twice}",
		"UNICODE":         "Äpfel, 日本語, 🔑👩\u200d💻, \ufeff\u2028",
		"PEM":             "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----\n",
		"LARGE":           strings.Repeat("0123456789abcde\n", 700<<10/16),
	}
	byteValues = map[string]string{
		"NO_UTF8":     "\xff\xfe\x00\x80 not UTF-8",
		"CUT_UTF8":    "cut in the middle of \xe2\x82",
		"SURROGATE":   "half of a pair \xed\xa0\x80",
		"NO_FORM_C":   "Cafe\u0301, decomposed",
		"ALL_BYTES":   allBytes(),
		"LARGE_BYTES": strings.Repeat("\x00\xff", 350<<10),
	}
)

func allBytes() string {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	return string(all)
}

// holdsExactly checks the server's plaintexts byte by byte.
func holdsExactly(env *acctest.Env, want map[string]string) resource.TestCheckFunc {
	return func(*terraform.State) error {
		got := env.Read("dev", "/")
		if len(got) != len(want) {
			return fmt.Errorf("the server holds %d secrets instead of %d", len(got), len(want))
		}
		for name, value := range want {
			if held, ok := got[name]; !ok || held.Value != value {
				return fmt.Errorf("%s: held: %t, %d bytes instead of %d, or others", name, ok, len(held.Value), len(value))
			}
		}
		return nil
	}
}

// TestValuesComeBackByteByByte creates them through an attribute, plans
// nothing after that (the test framework sees to it), and writes others.
func TestValuesComeBackByteByByte(t *testing.T) {
	t.Parallel()
	both := maps.Clone(textValues)
	maps.Copy(both, byteValues)
	for attribute, values := range map[string]map[string]string{"value": textValues, "value_wo": textValues, "value_base64": both} {
		t.Run(attribute, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			names := slices.Sorted(maps.Keys(values))
			hcl := env.Config(`
variable "names" { type = list(string) }
variable "values" { type = list(string) }

resource "infisical_secret" "this" {
  count    = length(var.names)
  env_slug = "dev"
  name     = var.names[count.index]
  ` + attribute + ` = var.values[count.index]
}`)
			// step gives each name the value that is so many places behind its own.
			tf := acctest.NewInProcess(t, nil)
			tf.Write(hcl)
			step := func(turn int) {
				t.Helper()
				given, want := []string{}, map[string]string{}
				for i, name := range names {
					value := values[names[(i+turn)%len(names)]]
					want[name] = value
					if attribute == "value_base64" {
						value = base64.StdEncoding.EncodeToString([]byte(value))
					}
					given = append(given, value)
				}
				writeVariables(t, tf, map[string]any{"names": names, "values": given})
				tf.Apply()
				if err := holdsExactly(env, want)(nil); err != nil {
					t.Fatal(err)
				}
				tf.PlanIsEmpty()
			}
			step(0)
			step(1)
			tf.Run("destroy", "-auto-approve", "-no-color")
			for method, count := range env.Writes() {
				if count > len(values) {
					t.Errorf("%d values, and %d times %s", len(values), count, method)
				}
			}
		})
	}
}

func TestValueOfAFile(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	dir := t.TempDir()
	text, bytes := env.Secret(strings.Repeat("canary in a file\r\n", 40_000)), env.Secret("canary \xc3\x28 in a file")
	for name, content := range map[string]string{"text": text, "bytes": bytes} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	play(t, resource.TestStep{
		Config: env.Config(fmt.Sprintf(`
resource "infisical_secret" "text" {
  env_slug = "dev"
  name     = "TEXT"
  value    = file("%[1]s/text")
}

resource "infisical_secret" "bytes" {
  env_slug     = "dev"
  name         = "BYTES"
  value_base64 = filebase64("%[1]s/bytes")
}`, filepath.ToSlash(dir))),
		Check: holdsExactly(env, map[string]string{"TEXT": text, "BYTES": bytes}),
	})
}

func TestValueOverTheLimitIsRefusedByThePlan(t *testing.T) {
	t.Parallel()
	const size = 790 << 10
	for attribute, repeat := range map[string]string{
		"value": `join("", [for i in range(790) : local.kibibyte])`, "value_wo": `join("", [for i in range(790) : local.kibibyte])`,
		"value_base64": `base64encode(join("", [for i in range(790) : local.kibibyte]))`,
	} {
		t.Run(attribute, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			big := func(value string) string {
				return env.Config(fmt.Sprintf(`
locals { kibibyte = "%s" }

resource "infisical_secret" "this" {
  env_slug = "dev"
  name     = "BIG"
  %s = %s
}`, strings.Repeat("k", 1<<10), attribute, value))
			}
			refused := resource.TestStep{
				Config: big(repeat), PlanOnly: true,
				ExpectError: says(fmt.Sprintf("Its value of %d bytes and comment of 0 make a request of about", size)),
			}
			limit := refused
			limit.ExpectError = says("the server takes at most 1048576. Store a smaller value: with this name and comment at most")
			resource.UnitTest(t, resource.TestCase{
				ProtoV6ProviderFactories: env.Factories(),
				TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_11_0)},
				Steps:                    []resource.TestStep{refused, limit},
			})
			if writes := env.Writes(); len(writes) != 0 {
				t.Fatalf("something was written: %v", writes)
			}
			env.Put("dev", "/", "OTHER", "left alone", "")
			resource.UnitTest(t, resource.TestCase{
				ProtoV6ProviderFactories: env.Factories(),
				TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_11_0)},
				Steps:                    []resource.TestStep{{Config: big(`"c21hbGw="`)}, refused}, // an update
			})
			if writes := env.Writes(); writes["PATCH"] != 0 || writes["POST"] != 1 {
				t.Errorf("the update was sent: %v", writes)
			}
		})
	}
}

// TestValueThatBecomesBytesOutsideTerraform: the read has no configuration to
// judge by and must not fail; the plan says what to do.
func TestValueThatBecomesBytesOutsideTerraform(t *testing.T) {
	t.Parallel()
	for name, value := range map[string]string{"no UTF-8": "\xff\xfe bytes", "not in form C": "Cafe\u0301 bytes"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			tf := acctest.NewTerraform(t, env)
			set := func(attribute string) {
				tf.Write("resource \"infisical_secret\" \"this\" {\n env_slug = \"dev\"\n name = \"NAME\"\n " + attribute + "\n}")
			}
			set(`value = "text"`)
			tf.Run("init", "-no-color")
			tf.Apply()
			env.Put("dev", "/", "NAME", env.Secret(value), "")
			writes := env.Writes()
			unchanged := func(after string) {
				t.Helper()
				if now := env.Writes(); !maps.Equal(now, writes) {
					t.Errorf("%s sent a write: %v, %v before", after, now, writes)
				}
			}

			tf.Run("apply", "-refresh-only", "-auto-approve", "-no-color")
			for range 2 {
				out, err := tf.Try("plan", "-no-color")
				if err == nil || !says(`The server holds bytes for secret "NAME" that a Terraform string cannot carry exactly`).MatchString(out) ||
					!says("Use value_base64 instead of value;").MatchString(out) {
					t.Errorf("%v:\n%s", err, out)
				}
			}
			unchanged("a refused plan")

			set(fmt.Sprintf("value_base64 = %q", base64.StdEncoding.EncodeToString([]byte(value))))
			if out := tf.Run("plan", "-no-color"); !strings.Contains(out, "0 to add, 1 to change, 0 to destroy") {
				t.Errorf("the switch is no update in place:\n%s", out)
			}
			tf.Apply()
			unchanged("the switch to value_base64")
			tf.PlanIsEmpty()

			set(`value_base64 = "dGV4dA=="`)
			tf.Apply()
			if got := env.Read("dev", "/")["NAME"].Value; got != "text" {
				t.Errorf("the server holds %d other bytes", len(got))
			}
			writes = env.Writes()
			set(`value = "text"`)
			tf.Apply()
			unchanged("the switch back to value")
			tf.PlanIsEmpty()
		})
	}
}

// TestBytesWrittenBackByAWriteOnlyValue: nothing of the value is in the state,
// so there is nothing that could not be carried.
func TestBytesWrittenBackByAWriteOnlyValue(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	hcl := env.Config("resource \"infisical_secret\" \"this\" {\n env_slug = \"dev\"\n name = \"NAME\"\n value_wo = \"text\"\n}")
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: env.Factories(),
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_11_0)},
		Steps: []resource.TestStep{
			{Config: hcl},
			{
				PreConfig: func() { env.Put("dev", "/", "NAME", "\xff\xfe bytes", "") },
				Config:    hcl,
				Check:     holdsExactly(env, map[string]string{"NAME": "text"}),
			},
		},
	})
}

func TestInvalidBase64IsRefusedAndNotQuoted(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	tf := acctest.NewTerraform(t, env)
	tf.Write("resource \"infisical_secret\" \"this\" {\n env_slug = \"dev\"\n name = \"NAME\"\n value_base64 = \"\"\n}")
	tf.Run("init", "-no-color")
	for _, invalid := range []string{
		"Y2FuYXJ5IGNhbmFyeQ", "Y2FuYXJ5IGNhbmFyeQ=", "Y2FuYXJ5IGNhbmFye_-=", "Y2FuYXJ5 IGNhbmFyeQ==",
		"Y2FuYXJ5IGNhbmFyeR==", "canary canary!", "Y2FuYXJ5IGNhbmFyeQ==\\n", "Y2FuYXJ5\\r\\nIGNhbmFyeQ==",
	} {
		tf.Write("resource \"infisical_secret\" \"this\" {\n env_slug = \"dev\"\n name = \"NAME\"\n value_base64 = \"" + invalid + "\"\n}")
		out, err := tf.Try("plan", "-no-color")
		if err == nil || !says("value_base64 is not standard base64 with padding").MatchString(out) {
			t.Errorf("%q: %v:\n%s", invalid, err, out)
		}
		if strings.Contains(out, invalid[:6]) {
			t.Errorf("%q is quoted:\n%s", invalid, out)
		}
	}
	if writes := env.Writes(); len(writes) != 0 {
		t.Errorf("something was written: %v", writes)
	}
}

func TestSeveralValuesAreRefusedAndNotQuoted(t *testing.T) {
	t.Parallel()
	const value, encoded, writeOnly, later = "value = \"canary-1\"\n", "value_base64 = \"Y2FuYXJ5\"\n", "value_wo = \"canary-2\"\n", "value = terraform_data.later.output\n"
	for name, attributes := range map[string]string{
		"value and value_base64": value + encoded, "value and value_wo": value + writeOnly, "value_base64 and value_wo": encoded + writeOnly,
		"all three": value + encoded + writeOnly, "one is known at apply": later + encoded, "one is empty": "value = \"\"\n" + encoded,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			tf := acctest.NewTerraform(t, env)
			tf.Write("resource \"terraform_data\" \"later\" {\n input = \"canary-3\"\n}\n" +
				"resource \"infisical_secret\" \"this\" {\n env_slug = \"dev\"\n name = \"NAME\"\n " + attributes + "\n}")
			tf.Run("init", "-no-color")
			out, err := tf.Try("apply", "-auto-approve", "-no-color")
			if err == nil || !says("Only one of value, value_wo and value_base64 can be set").MatchString(out) {
				t.Errorf("%v:\n%s", err, out)
			}
			if _, message, _ := strings.Cut(out, "Error:"); strings.Contains(message, "canary") || strings.Contains(message, "Y2FuYXJ5") {
				t.Errorf("a value is quoted:\n%s", message)
			}
			if writes := env.Writes(); len(writes) != 0 {
				t.Errorf("something was written: %v", writes)
			}
		})
	}
}

func TestSwitchBetweenAttributesWithEqualBytesWritesNothing(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	step := func(attribute string) resource.TestStep {
		return resource.TestStep{
			Config:           env.Config("resource \"infisical_secret\" \"this\" {\n env_slug = \"dev\"\n name = \"NAME\"\n " + attribute + "\n}"),
			Check:            holdsExactly(env, map[string]string{"NAME": "text"}),
			ConfigPlanChecks: resource.ConfigPlanChecks{PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
		}
	}
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: env.Factories(),
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_11_0)},
		Steps: []resource.TestStep{
			step(`value = "text"`), step(`value_base64 = "dGV4dA=="`), step(`value_wo = "text"`), step(""), step(`value_base64 = "dGV4dA=="`), step(`value = "text"`),
		},
	})
	if writes := env.Writes(); writes["POST"] != 1 || writes["PATCH"] != 0 {
		t.Errorf("%v", writes)
	}
}
