package provider_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
)

// TestSecretsAmongFaults: the server loses answers and requests, fails, and
// refuses some secrets, in a seeded order. After each apply, failed or not,
// the state holds exactly what the server holds, and the next one ends well.
func TestSecretsAmongFaults(t *testing.T) {
	t.Parallel()
	for seeded := range 3 {
		t.Run(fmt.Sprint("seed ", seeded), func(t *testing.T) {
			t.Parallel()
			env := acctest.New(t)
			random := rand.New(rand.NewPCG(uint64(seeded), 77))
			// Of every two elements the second has a write-only value.
			config := func(from, to, changed int) string {
				value := fmt.Sprintf(`"${i < %d ? "new" : "old"}-${i}"`, changed)
				return fmt.Sprintf("resource \"infisical_secrets\" \"all\" {\n  env_slug = \"dev\"\n  secrets = { for i in range(%d, %d) : \"N${i}\" => {\n"+
					"    value = i %% 2 == 0 ? %s : null\n    value_wo = i %% 2 == 1 ? %s : null\n    comment = \"${i < %d}\"\n  } }\n}\n", from, to, value, value, changed)
			}
			s := newScene(t, env, config(0, 30, 0))
			amongFaults := func(command string) {
				t.Helper()
				remove := faults(env, random)
				_, _ = s.Try(command, "-auto-approve", "-no-color")
				remove()
				if out, _ := s.Try("plan", "-refresh-only", "-no-color"); !strings.Contains(out, "No changes.") {
					t.Errorf("%s: the state does not hold what the server holds:\n%s", command, out)
				}
				if held, recorded := len(env.Read("dev", "/")), strings.Count(s.File("terraform.tfstate"), `"value_fingerprint"`); held != recorded {
					t.Errorf("%s: the server holds %d secrets, the state %d", command, held, recorded)
				}
			}
			amongFaults("apply")
			s.Apply()
			s.PlanIsEmpty()
			s.Write(config(4, 35, 20)) // four leave, five come, sixteen change
			amongFaults("apply")
			s.Apply()
			s.PlanIsEmpty()
			for i := 4; i < 35; i++ {
				if want := fmt.Sprintf("%s-%d", map[bool]string{true: "new", false: "old"}[i < 20], i); env.Read("dev", "/")[fmt.Sprint("N", i)].Value != want {
					t.Errorf("N%d has another value than configured", i)
				}
			}
			amongFaults("destroy")
			s.Run("destroy", "-auto-approve", "-no-color")
			if rest := len(env.Read("dev", "/")); rest != 0 {
				t.Errorf("%d secrets are left", rest)
			}
		})
	}
}

// faults makes half of all writes go wrong in one way or another, and those of
// some secrets more often.
func faults(env *acctest.Env, random *rand.Rand) (remove func()) {
	var mu sync.Mutex
	return env.Server.InjectFault(func(r devserver.Request) *devserver.Fault {
		mu.Lock()
		defer mu.Unlock()
		if r.Method == http.MethodGet {
			return nil
		}
		for _, name := range []string{"N3", "N13", "N23", "N28"} {
			if (strings.HasSuffix(r.Path, "/"+name) || strings.Contains(string(r.Body), `"secretName":"`+name+`"`)) && random.IntN(3) > 0 {
				return &devserver.Fault{Status: http.StatusForbidden, Body: `{"statusCode":403,"error":"ValidationFailure","message":[{"path":["secrets"],"message":"refused"}]}`}
			}
		}
		switch random.IntN(6) {
		case 0:
			return &devserver.Fault{CutAfter: true}
		case 1:
			return &devserver.Fault{CutBefore: true}
		case 2:
			return &devserver.Fault{Status: http.StatusInternalServerError, Body: `{"statusCode":500,"message":"Something went wrong","error":"x"}`}
		}
		return nil
	})
}
