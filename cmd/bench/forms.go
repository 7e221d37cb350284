package main

import (
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
)

// nestedCount is how many secrets the nested form is measured with. Terraform's work
// on it grows with the square of their number, so more would take minutes.
const nestedCount = 1000

// forms measures the three forms of infisical_secrets, and terraform_data with the
// same map beside them.
func (b *bench) forms() error {
	w, err := b.world(b.shared, devserver.Options{Latency: time.Millisecond})
	if err != nil {
		return err
	}
	defer w.close()
	few, many := 2*nestedCount, 10*nestedCount
	nested, err := w.form("secrets", nestedCount, 0)
	if err != nil {
		return err
	}
	for _, count := range []int{few, many} {
		floor, err := w.form("terraform_data", count, 0)
		if err != nil {
			return err
		}
		for _, form := range []string{"values", "values_wo"} {
			plan, err := w.form(form, count, floor)
			if err != nil {
				return err
			}
			if square := float64(count*count) / (nestedCount * nestedCount); count == few {
				fmt.Printf("  %-50s %9s %9s %8.3f\n", "  to the nested form, by its square", "", "", plan.Seconds()/(nested.Seconds()*square))
			}
		}
	}
	return nil
}

// form measures create, plan, a change of one, and destroy. It returns the plan's
// time; its ratio is the one to floor.
func (w *world) form(form string, count int, floor time.Duration) (time.Duration, error) {
	fmt.Printf("%d secrets as %s\n", count, form)
	value, changed := "var.value", "\"changed\""
	if form == "secrets" {
		value, changed = "{ value = var.value }", "{ value = \"changed\" }"
	}
	resource := "\"infisical_secrets\" \"all\" {\n env_slug = \"dev\"\n " + form
	if form == "terraform_data" {
		resource = "\"terraform_data\" \"all\" {\n input"
	}
	// range() ends at 1,024 elements.
	w.write(fmt.Sprintf(`
variable "value" {}
variable "first" { default = false }
locals {
  all = merge([for i in range(%d) : { for j in range(1000) : "SECRET_${i}_${j}" => %s }]...)
}
resource %s = var.first ? merge(local.all, { SECRET_0_0 = %s }) : local.all
}
`, count/1000, value, resource, changed))
	env := slices.Concat(w.env, []string{"TF_VAR_value=the value"})
	var plan time.Duration
	for _, step := range []struct {
		name string
		args []string
	}{
		{"create", []string{"apply", "-auto-approve"}},
		{"plan", []string{"plan"}},
		{"change one", []string{"apply", "-auto-approve", "-var=first=true"}},
		{"destroy", []string{"destroy", "-auto-approve"}},
	} {
		fmt.Fprintf(os.Stderr, "  %s, %s, %d …\n", step.name, form, count)
		r, err := w.measure(env, step.args...)
		if err != nil {
			return 0, err
		}
		ratio := ""
		if step.name == "plan" {
			plan = r.took
			if floor > 0 {
				ratio = fmt.Sprintf("%.2f", plan.Seconds()/floor.Seconds())
			}
		}
		fmt.Printf("  %-50s %9d %9.1f %8s %8d\n", step.name, r.requests, r.took.Seconds(), ratio, r.peakMB)
	}
	return plan, nil
}
