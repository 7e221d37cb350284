package provider_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
)

// says matches a text however Terraform wraps its lines.
func says(text string) *regexp.Regexp {
	words := strings.Fields(text)
	for i, word := range words {
		words[i] = regexp.QuoteMeta(word)
	}
	return regexp.MustCompile(strings.Join(words, `\s+`))
}

// project is a project of a development server, or one of a real server.
type project interface {
	Factories() map[string]func() (tfprotov6.ProviderServer, error)
	Provider(c acctest.Credential, settings ...string) string
	Secret(text string) string
	// Another client's view and doings.
	Read(environment, path string) map[string]seed.Plain
	Change(environment, path, name, value string)
	Remove(environment, path, name string)
}

// run runs the steps with the provider in this process.
func run(t *testing.T, env project, steps ...resource.TestStep) {
	t.Helper()
	resource.UnitTest(t, resource.TestCase{ProtoV6ProviderFactories: env.Factories(), Steps: steps})
}

// play has Terraform take the steps like run, but starts it twice for each in
// place of eight times: one apply, or a plan with PlanOnly, that goes through or
// is refused with ExpectError, and one plan that is empty. What is in the state
// at last is destroyed. Of the state, checks see the outputs alone.
func play(t *testing.T, steps ...resource.TestStep) {
	t.Helper()
	tf := acctest.NewInProcess(t, nil)
	for i, step := range steps {
		if step.PreConfig != nil {
			step.PreConfig()
		}
		tf.Write(step.Config)
		if err := take(tf, step); err != nil {
			t.Fatalf("step %d of %d: %v", i+1, len(steps), err)
		}
	}
	if state := tf.File("terraform.tfstate"); state != "" && !strings.Contains(state, `"resources": []`) {
		tf.Run("destroy", "-auto-approve", "-no-color", "-refresh=false") // whatever the last step reads
	}
}

func take(tf *acctest.Terraform, step resource.TestStep) error {
	rest := step
	rest.Config, rest.PreConfig, rest.Check = "", nil, nil
	rest.ExpectError, rest.PlanOnly, rest.ExpectNonEmptyPlan = nil, false, false
	if !reflect.ValueOf(rest).IsZero() {
		return errors.New("it has what run can do alone")
	}
	if step.ExpectError != nil || !step.PlanOnly {
		command := []string{"apply", "-auto-approve", "-no-color"}
		if step.PlanOnly {
			command = []string{"plan", "-no-color"}
		}
		out, err := tf.Try(command...)
		// What is planned is no part of a refusal, and may hold the same words.
		refusal := out[max(0, strings.Index(out, "Error: ")):]
		switch {
		case step.ExpectError == nil && err != nil:
			return fmt.Errorf("%w\n%s", err, out)
		case step.ExpectError != nil && err == nil:
			return fmt.Errorf("it was not refused with %q", step.ExpectError)
		case step.ExpectError != nil && !step.ExpectError.MatchString(refusal):
			return fmt.Errorf("it was not refused with %q but with\n%s", step.ExpectError, out)
		case step.ExpectError != nil:
			return nil
		}
	}
	if step.Check != nil {
		outputs, err := outputsOf(tf)
		if err != nil {
			return err
		}
		if err := step.Check(outputs); err != nil {
			return err
		}
	}
	out, err := tf.Try("plan", "-no-color", "-detailed-exitcode")
	var exit *exec.ExitError
	changes := errors.As(err, &exit) && exit.ExitCode() == 2
	if err != nil && !changes {
		return fmt.Errorf("%w\n%s", err, out)
	}
	if changes != step.ExpectNonEmptyPlan {
		return fmt.Errorf("a plan with changes: %t\n%s", changes, out)
	}
	return nil
}

func outputsOf(tf *acctest.Terraform) (*terraform.State, error) {
	var file struct {
		Outputs map[string]struct{ Value any }
	}
	if err := json.Unmarshal([]byte(tf.File("terraform.tfstate")), &file); err != nil {
		return nil, err
	}
	outputs := map[string]*terraform.OutputState{}
	for name, output := range file.Outputs {
		outputs[name] = &terraform.OutputState{Value: output.Value}
	}
	return &terraform.State{Modules: []*terraform.ModuleState{{Path: []string{"root"}, Outputs: outputs}}}, nil
}

// imports takes what the configuration holds at an address over by that id,
// and expects nothing left to do.
func imports(t *testing.T, config, address, id string) {
	t.Helper()
	tf := acctest.NewInProcess(t, nil)
	tf.Write(config)
	tf.Run("import", "-no-color", address, id)
	tf.PlanIsEmpty()
}

// refusesImports tries ids that cannot be imported; each is answered with that.
func refusesImports(t *testing.T, config, address string, answers map[string]string) {
	t.Helper()
	tf := acctest.NewInProcess(t, nil)
	tf.Write(config)
	for id, want := range answers {
		if out, err := tf.Try("import", "-no-color", address, id); err == nil || !says(want).MatchString(out) {
			t.Errorf("%q was not refused with %q: %v\n%s", id, want, err, out)
		}
	}
}

// await looks until something is so.
func await(t *testing.T, so func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !so(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it did not come about within a minute")
		}
	}
}
