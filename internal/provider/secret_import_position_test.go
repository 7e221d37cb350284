package provider_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
)

// placedImports are imports into /app of dev by their source; 0 is without a
// position.
func placedImports(positions map[string]int) string {
	hcl := ""
	for _, name := range []string{"one", "two", "three", "four"} {
		position, ok := positions[name]
		if !ok {
			continue
		}
		attributes := ""
		if position != 0 {
			attributes = fmt.Sprintf("position = %d", position)
		}
		hcl += fmt.Sprintf("resource \"infisical_secret_import\" %q {\n env_slug = \"dev\"\n folder_path = \"/app\"\n"+
			" import_env_slug = \"prod\"\n import_folder_path = \"/%s\"\n%s\n}\n", name, name, attributes)
	}
	return hcl
}

// TestImportPositions: whatever is configured is there after one apply, and
// nothing is left to do; the test framework plans again after each step.
func TestImportPositions(t *testing.T) {
	t.Parallel()
	type step struct {
		positions map[string]int
		want      []string
	}
	all := []string{"1 prod:/one", "2 prod:/two", "3 prod:/three", "4 prod:/four"}
	for name, steps := range map[string][]step{
		"all at once": {
			{map[string]int{"one": 1, "two": 2, "three": 3, "four": 4}, all},
			{map[string]int{"one": 4, "two": 3, "three": 2, "four": 1}, []string{"1 prod:/four", "2 prod:/three", "3 prod:/two", "4 prod:/one"}},
			{map[string]int{"one": 1, "two": 3, "three": 2, "four": 4}, []string{"1 prod:/one", "2 prod:/three", "3 prod:/two", "4 prod:/four"}},
		},
		"one by one, each before the others": {
			{map[string]int{"four": 1}, []string{"1 prod:/four"}},
			{map[string]int{"three": 1, "four": 2}, []string{"1 prod:/three", "2 prod:/four"}},
			{map[string]int{"two": 1, "three": 2, "four": 3}, []string{"1 prod:/two", "2 prod:/three", "3 prod:/four"}},
			{map[string]int{"one": 1, "two": 2, "three": 3, "four": 4}, all},
		},
		"higher than there are imports": {
			{map[string]int{"one": 7}, []string{"7 prod:/one"}},
			{map[string]int{"one": 7, "two": 5}, []string{"5 prod:/two", "7 prod:/one"}},
			{map[string]int{"one": 7, "two": 9, "three": 8}, []string{"7 prod:/one", "8 prod:/three", "9 prod:/two"}},
		},
		"into a gap": {
			{map[string]int{"one": 10, "three": 30}, []string{"10 prod:/one", "30 prod:/three"}},
			{map[string]int{"one": 10, "two": 20, "three": 30}, []string{"10 prod:/one", "20 prod:/two", "30 prod:/three"}},
		},
		"a gap stays where one is deleted": {
			{map[string]int{"one": 1, "two": 2, "three": 3, "four": 4}, all},
			{map[string]int{"two": 2, "four": 4}, []string{"2 prod:/two", "4 prod:/four"}},
			{map[string]int{"two": 1, "four": 2}, []string{"1 prod:/two", "2 prod:/four"}},
		},
		"a list that loses its first": {
			{map[string]int{"one": 1, "two": 2, "three": 3}, all[:3]},
			{map[string]int{"two": 1, "three": 2}, []string{"1 prod:/two", "2 prod:/three"}},
		},
		"a list whose first is another": {
			{map[string]int{"one": 1, "two": 2, "three": 3}, all[:3]},
			{map[string]int{"four": 1, "two": 2, "three": 3}, []string{"1 prod:/four", "2 prod:/two", "3 prod:/three"}},
		},
		"without positions": {
			{map[string]int{"one": 0}, []string{"1 prod:/one"}},
			{map[string]int{"one": 0, "two": 0}, []string{"1 prod:/one", "2 prod:/two"}},
			{map[string]int{"two": 0}, []string{"1 prod:/two"}},
			{map[string]int{"two": 0, "three": 1}, []string{"1 prod:/three", "2 prod:/two"}},
		},
		"the position leaves the configuration": {
			{map[string]int{"one": 1, "two": 2}, all[:2]},
			{map[string]int{"one": 0, "two": 2}, all[:2]},
			{map[string]int{"one": 0, "two": 0}, all[:2]},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := newSources(t)
			var all []resource.TestStep
			for _, s := range steps {
				all = append(all, resource.TestStep{Config: env.Config(placedImports(s.positions)), Check: holdsImports(env, s.want...)})
			}
			play(t, all...)
			if err := holdsImports(env)(nil); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestImportPositionOneAtATime: where each operation is on its own, nothing is
// moved that need not be.
func TestImportPositionOneAtATime(t *testing.T) {
	t.Parallel()
	env := newSources(t)
	s := newScene(t, env, placedImports(map[string]int{"one": 1, "two": 2, "three": 3}))
	single := func(moves int) {
		t.Helper()
		env.Server.ResetRequests()
		s.Run("apply", "-auto-approve", "-no-color", "-parallelism=1")
		if got := env.Routes()["PATCH /api/v1/secret-imports/:id"]; got > moves {
			t.Errorf("%d moves, at most %d", got, moves)
		}
		s.PlanIsEmpty()
	}
	single(6) // the last comes first, in the worst case
	s.Write(placedImports(map[string]int{"one": 1, "two": 2, "three": 3, "four": 4}))
	single(0)
	s.Write(placedImports(map[string]int{"one": 2, "two": 1, "three": 3, "four": 4}))
	single(2)
	if err := holdsImports(env, "1 prod:/two", "2 prod:/one", "3 prod:/three", "4 prod:/four")(nil); err != nil {
		t.Error(err)
	}
	env.Server.ResetRequests()
	s.Run("destroy", "-auto-approve", "-no-color", "-parallelism=1")
	if got := env.Routes()["PATCH /api/v1/secret-imports/:id"]; got > 6 {
		t.Errorf("%d moves for a destroy", got)
	}
}

func TestImportPositionChangedOutside(t *testing.T) {
	t.Parallel()
	env := newSources(t)
	other := env.Other()
	hcl := env.Config(placedImports(map[string]int{"one": 1, "two": 2, "three": 3}))
	const all = "infisical_secret_import.one"
	run(
		t, env,
		resource.TestStep{Config: hcl, Check: holdsImports(env, "1 prod:/one", "2 prod:/two", "3 prod:/three")},
		resource.TestStep{
			PreConfig: func() {
				other.ChangeImport("dev", "/app", other.ImportID("dev", "/app", "prod", "/one"), map[string]any{"position": 3})
			},
			Config: hcl, ConfigPlanChecks: planned(all, plancheck.ResourceActionUpdate),
			Check: holdsImports(env, "1 prod:/one", "2 prod:/two", "3 prod:/three"),
		},
		resource.TestStep{
			PreConfig: func() { other.DeleteImport("dev", "/app", other.ImportID("dev", "/app", "prod", "/one")) },
			Config:    hcl, ConfigPlanChecks: planned(all, plancheck.ResourceActionCreate),
			Check: holdsImports(env, "1 prod:/one", "2 prod:/two", "3 prod:/three"),
		},
		resource.TestStep{ // somebody else's stays after ours
			PreConfig: func() { other.CreateImport("dev", "/app", "prod", "/four") },
			Config:    hcl, ConfigPlanChecks: planned(all, plancheck.ResourceActionNoop),
			Check: holdsImports(env, "1 prod:/one", "2 prod:/two", "3 prod:/three", "4 prod:/four"),
		},
		resource.TestStep{
			Config: env.Config(placedImports(map[string]int{"one": 1, "two": 2, "three": 4})),
			Check:  holdsImports(env, "1 prod:/one", "2 prod:/two", "3 prod:/four", "4 prod:/three"),
		},
	)
	if err := holdsImports(env, "3 prod:/four")(nil); err != nil {
		t.Error(err)
	}
}

func TestOnePositionForTwoImportsIsRefusedAtPlan(t *testing.T) {
	t.Parallel()
	env := newSources(t)
	play(
		t,
		resource.TestStep{
			Config: env.Config(placedImports(map[string]int{"one": 1, "two": 2, "three": 2})), PlanOnly: true,
			ExpectError: says("Its position 2 can only be that of one import of the folder. The import of folder /"),
		},
		resource.TestStep{Config: env.Config(placedImports(map[string]int{"one": 1, "two": 2}))},
		resource.TestStep{
			Config: env.Config(placedImports(map[string]int{"one": 1, "two": 2, "three": 1})), PlanOnly: true,
			ExpectError: says("Its position 1 can only be that of one import of the folder"),
		},
		resource.TestStep{
			Config: env.Config(placedImports(map[string]int{"one": 1, "two": 2})), PlanOnly: true,
		},
	)
}

// TestImportThatCannotBePlacedIsInTheState: it was made, so it must not be
// lost; the next apply makes it anew, at its position.
func TestImportThatCannotBePlacedIsInTheState(t *testing.T) {
	t.Parallel()
	env := newSources(t)
	env.Other().CreateImport("dev", "/app", "prod", "/two")
	remove := refuseMoves(env)
	run(
		t, env,
		resource.TestStep{Config: env.Config(placedImports(map[string]int{"one": 1})), ExpectError: says("Cannot Create Secret Import")},
		resource.TestStep{
			PreConfig: func() {
				if err := holdsImports(env, "1 prod:/two", "2 prod:/one")(nil); err != nil {
					t.Error(err)
				}
				remove()
			},
			Config: env.Config(placedImports(map[string]int{"one": 1})),
			Check: resource.ComposeAggregateTestCheckFunc(holdsImports(env, "1 prod:/one", "2 prod:/two"), func(state *terraform.State) error {
				if got := state.RootModule().Resources["infisical_secret_import.one"].Primary.Attributes["position"]; got != "1" {
					return fmt.Errorf("position %s", got)
				}
				return nil
			}),
		},
	)
}

// refuseMoves has the server refuse every change of a position.
func refuseMoves(env *acctest.Env) (remove func()) {
	return env.Server.InjectFault(func(r devserver.Request) *devserver.Fault {
		if r.Route == "PATCH /api/v1/secret-imports/:id" {
			return &devserver.Fault{Status: 403, Body: `{"statusCode":403,"message":[],"error":"ValidationFailure"}`}
		}
		return nil
	})
}
