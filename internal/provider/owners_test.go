package provider_test

import (
	"fmt"
	"strings"
	"testing"
)

func singleSecret(address, name, value string) string {
	return fmt.Sprintf("resource \"infisical_secret\" %q {\n  env_slug = \"dev\"\n  name = %q\n  value = %q\n}\n", address, name, value)
}

func bulkAt(address, elements string) string {
	return strings.Replace(bulk(elements), `"all"`, fmt.Sprintf("%q", address), 1)
}

const anotherManages = "Another resource of this configuration manages these secrets of the"

// TestSecondResourceForOneSecret: it is refused at plan, although its content is
// what is there.
func TestSecondResourceForOneSecret(t *testing.T) {
	inEachMode(t, func(t *testing.T, m modal) {
		single, bulk := singleSecret("first", "A", "a"), bulkAt("first", "A = { value = \"a\" }\nB = { value = \"b\" }")
		for _, c := range []struct{ title, first, second string }{
			{"single, then single", single, singleSecret("second", "A", "a")},
			{"single, then bulk", single, bulkAt("second", `A = { value = "a" }`)},
			{"bulk, then single", bulk, singleSecret("second", "A", "a")},
			{"bulk, then bulk", bulk, bulkAt("second", `A = { value = "a" }`)},
		} {
			s := m.scene(t, c.first)
			s.Apply()
			m.Server.ResetRequests()
			s.Write(c.first + c.second)
			out, err := s.Try("plan", "-no-color")
			if err == nil {
				t.Errorf("%s: the plan was not refused:\n%s", c.title, out)
			}
			said(t, out, anotherManages)
			s.Write(c.first)
			s.PlanIsEmpty()
			if got := m.Writes(); len(got) != 0 {
				t.Errorf("%s: written: %v", c.title, got)
			}
			s.Run("destroy", "-auto-approve", "-no-color")
		}
	})
}

// TestOneOfTwoOwnersIsDropped: where a state holds two, the block of either may be
// removed, and the secret stays.
func TestOneOfTwoOwnersIsDropped(t *testing.T) {
	inEachMode(t, func(t *testing.T, m modal) {
		single, other := singleSecret("single", "A", "a"), singleSecret("other", "A", "a")
		many := func(elements string) string { return bulkAt("many", elements) }
		both := "A = { value = \"a\" }\nB = { value = \"b\" }"
		for _, c := range []struct{ title, first, imported, address, id, after string }{
			{"the second of two", single, other, "infisical_secret.other", "dev:/:A", single},
			{"the first of two", single, other, "infisical_secret.other", "dev:/:A", other},
			{"one beside many", many(both), single, "infisical_secret.single", "dev:/:A", many(both)},
			{"many beside one", many(both), single, "infisical_secret.single", "dev:/:A", single},
			{"an element beside one", many(both), single, "infisical_secret.single", "dev:/:A", single + many(`B = { value = "b" }`)},
		} {
			s := m.scene(t, c.first)
			s.Apply()
			s.Write(c.first + c.imported)
			s.Run("import", "-no-color", c.address, c.id)
			if out, err := s.Try("plan", "-no-color"); err == nil {
				t.Errorf("%s: two owners were not refused:\n%s", c.title, out)
			}
			s.Write(c.after)
			out, err := s.Try("plan", "-no-color", "-out=saved")
			for range 20 { // the removal may be planned before the other is read
				if err != nil {
					said(t, out, "plan again")
					out, err = s.Try("plan", "-no-color", "-out=saved")
				}
			}
			said(t, out, `stay on the server: "A".`)
			s.Run("apply", "-no-color", "saved")
			if m.read("/")["A"].Value != "a" {
				t.Errorf("%s: the secret was deleted", c.title)
			}
			s.Apply()
			s.PlanIsEmpty()
			s.Run("destroy", "-auto-approve", "-no-color")
			if got := len(m.read("/")); got != 0 {
				t.Fatalf("%s: %d secrets are left", c.title, got)
			}
		}
	})
}

// TestBothOwnersAreDestroyed: then the secret is deleted.
func TestBothOwnersAreDestroyed(t *testing.T) {
	inEachMode(t, func(t *testing.T, m modal) {
		s := m.scene(t, singleSecret("first", "A", "a")+singleSecret("second", "A", "a"))
		s.Run("apply", "-auto-approve", "-no-color", "-target=infisical_secret.first")
		s.Run("import", "-no-color", "infisical_secret.second", "dev:/:A")
		s.Run("destroy", "-auto-approve", "-no-color", "-refresh=false")
		m.holds(t, map[string]string{})
	})
}
