package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
)

var ways = []devserver.Way{devserver.WayOIDC, devserver.WayKubernetes, devserver.WayAWS}

const isLogin = "POST /api/v1/auth/"

// logins counts those by all ways.
func logins(env *acctest.Env) int {
	count := 0
	for route, n := range env.Routes() {
		if strings.HasPrefix(route, isLogin) {
			count += n
		}
	}
	return count
}

// inMode is a project for a mode, with the settings of its provider block. In
// sealed mode the project key has no part.
func inMode(t *testing.T, mode string) (env *acctest.Env, read project, settings []string, withKey func(hcl string) string) {
	t.Helper()
	if mode == "sealed" {
		s := acctest.NewSealed(t)
		return s.Env, s, s.Settings(), func(hcl string) string {
			return strings.ReplaceAll(hcl, fmt.Sprintf("project_key = %q\n", s.Owner.KeyText), "")
		}
	}
	env = newEra(t, devserver.Era2024October)
	if mode == "es" {
		env.SwitchToES()
	}
	return env, env, []string{fmt.Sprintf("encryption_mode = %q", mode)}, func(hcl string) string { return hcl }
}

// TestLifeByAnothersWord: create, plan nothing, change, and destroy, each in a
// process that logs in once.
func TestLifeByAnothersWord(t *testing.T) {
	t.Parallel()
	for _, way := range ways {
		for _, mode := range []string{"e2ee", "es", "sealed"} {
			t.Run(fmt.Sprintf("%s, %s", way, mode), func(t *testing.T) {
				t.Parallel()
				env, read, settings, withKey := inMode(t, mode)
				identity := env.Vouched(way)
				block := withKey(env.Provider(identity.Credential, settings...))
				s := newInstalledScene(t, env, block+secretNamed("N", `value = "first"`))
				output := ""
				step := func(do func() string) {
					t.Helper()
					s.Env = identity.Environ
					output += do()
					identity.Replace() // a new one for each run, as CI systems have it
				}
				step(s.Apply)
				step(func() string { s.PlanIsEmpty(); return "" })
				s.Write(block + secretNamed("N", `value = "second"`))
				step(s.Apply)
				if got := read.Read("dev", "/"); len(got) != 1 || got["N"].Value != "second" {
					t.Errorf("the server holds %d secrets, or another value", len(got))
				}
				before, seen := logins(env), env.Routes()["GET /api/v1/workspace/:id"]
				step(func() string { return s.Run("destroy", "-auto-approve", "-no-color") })
				if got, processes := logins(env)-before, env.Routes()["GET /api/v1/workspace/:id"]-seen; got == 0 || got != processes {
					t.Errorf("%d logins in %d processes", got, processes)
				}
				if left := read.Read("dev", "/"); len(left) > 0 {
					t.Errorf("%d secrets are left", len(left))
				}
				for _, word := range identity.Words {
					if strings.Contains(output+s.File("terraform.tfstate"), word) {
						t.Error("the output or the state holds what proves who logs in")
					}
				}
			})
		}
	}
}

// TestLifeByAccessToken is the life of everything with a token that is given
// ready, for which nobody logs in.
func TestLifeByAccessToken(t *testing.T) {
	t.Parallel()
	hcl := strings.ReplaceAll(everything, "data \"infisical_service_token\" \"this\" {}\n", "")
	hcl = strings.ReplaceAll(hcl, "data.infisical_service_token.this.can_write", "true")
	for _, mode := range []string{"e2ee", "sealed"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			env, read, settings, withKey := inMode(t, mode)
			token := env.AccessToken()
			token.HCL = withKey(token.HCL)
			life(t, read, "/app", hcl, token, settings...)
			if got := logins(env); got > 0 {
				t.Errorf("%d logins", got)
			}
			env.Server.ExpireAccessTokens()
			play(t, resource.TestStep{
				Config:      env.ConfigAs(token, secretNamed("N", `value = "v"`), settings...),
				ExpectError: says("The access token has expired. Set auth.token (or INFISICAL_TOKEN) to a new one: the provider was given this one ready and cannot get another."),
			})
		})
	}
}

// TestLoginByEnvironmentAlone: the provider block is empty.
func TestLoginByEnvironmentAlone(t *testing.T) {
	t.Parallel()
	for way, method := range map[devserver.Way]string{devserver.WayOIDC: "oidc", devserver.WayKubernetes: "kubernetes", devserver.WayAWS: "aws_iam"} {
		t.Run(method, func(t *testing.T) {
			t.Parallel()
			env := newEra(t, devserver.Era2024October)
			identity := env.Vouched(way)
			s := newInstalledScene(t, env, secretNamed("N", `value = "v"`))
			s.Env = append([]string{
				"INFISICAL_HOST=" + env.Server.URL(), "INFISICAL_AUTH_METHOD=" + method, "INFISICAL_MACHINE_IDENTITY_ID=" + identity.ID,
				"INFISICAL_OIDC_AUTH_TOKEN_KEY_NAME=SOME_CI_JWT", "INFISICAL_PROJECT_KEY=" + env.Owner.KeyText, "INFISICAL_PROJECT_ID=" + env.Owner.Project.ID,
				"INFISICAL_AUTH_ORGANIZATION_SLUG=another-organization",
			}, identity.Environ...)
			if way == devserver.WayKubernetes {
				s.Env = append(s.Env, "INFISICAL_KUBERNETES_SERVICE_ACCOUNT_TOKEN="+identity.Words[0])
			}
			s.Apply()
			if len(env.Read("dev", "/")) != 1 || logins(env) == 0 {
				t.Error("nothing was written, or by another credential")
			}
			for _, r := range env.Server.Requests() {
				if strings.HasPrefix(r.Route, isLogin) && !strings.Contains(string(r.Body), `"organizationSlug":"another-organization"`) {
					t.Error("the login is in no organisation")
				}
			}
		})
	}
}

// TestServiceAccountTokenIsReplaced amid a run, with the access token that was
// got for the old one.
func TestServiceAccountTokenIsReplaced(t *testing.T) {
	t.Parallel()
	env := newEra(t, devserver.Era2024October)
	pod := env.Vouched(devserver.WayKubernetes)
	lost := false
	remove := env.Server.InjectFault(func(r devserver.Request) *devserver.Fault {
		if strings.HasPrefix(r.Route, "POST /api/v3/secrets") && !lost {
			lost = true
			pod.Replace()
			env.Server.RevokeAccessTokens()
		}
		return nil
	})
	defer remove()
	play(t, resource.TestStep{Config: env.ConfigAs(pod.Credential, manySecrets(20))})
	if runs := env.Routes()["GET /api/v1/workspace/:id"]; !lost || logins(env) != runs+1 {
		t.Errorf("%d logins in %d runs, one of which lost its token", logins(env), runs)
	}
}

// TestLoginByAnothersWordRefused says what to look at, and writes nothing.
func TestLoginByAnothersWordRefused(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		way   devserver.Way
		wrong func(v *acctest.Vouched)
		want  string
	}{
		{"another identity", devserver.WayOIDC, otherIdentity, "The server knows no machine identity with this id that may log in by OIDC Auth. Correct auth.oidc.identity_id (or INFISICAL_MACHINE_IDENTITY_ID)"},
		{"another identity", devserver.WayKubernetes, otherIdentity, "that may log in by Kubernetes Auth. Correct auth.kubernetes.identity_id"},
		{"another identity", devserver.WayAWS, otherIdentity, "that may log in by AWS Auth. Correct auth.aws_iam.identity_id"},
		{"an old token", devserver.WayOIDC, func(v *acctest.Vouched) {
			old := v.Environ
			v.Replace()
			v.Environ = old
		}, "The token in SOME_CI_JWT has expired. Have a new one made right before each run of Terraform."},
		{"a token for others", devserver.WayOIDC, func(v *acctest.Vouched) {
			v.Environ = []string{"SOME_CI_JWT=eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJwb2QifQ.c2lnbmF0dXJl"}
		}, "The server does not take the token in SOME_CI_JWT for this machine identity. Compare the token's issuer"},
		{"another pod", devserver.WayKubernetes, func(v *acctest.Vouched) {
			v.Environ = []string{"INFISICAL_KUBERNETES_SERVICE_ACCOUNT_TOKEN=eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJwb2QifQ.c2lnbmF0dXJl"}
			before, after, _ := strings.Cut(v.HCL, ", service_account_token_path")
			_, after, _ = strings.Cut(after, " } }")
			v.HCL = before + " } }" + after
		}, "The token of the service account does not get this machine identity in"},
		{"another AWS principal", devserver.WayAWS, func(v *acctest.Vouched) {
			v.Environ = acctest.AWSEnviron("AKIDOTHER", "k", "eu-west-1")
		}, "The server does not take the AWS account or principal, which AWS told it, for this machine identity. Compare what aws sts get-caller-identity says"},
	} {
		t.Run(fmt.Sprint(c.way, ", ", c.name), func(t *testing.T) {
			t.Parallel()
			env := newEra(t, devserver.Era2024October)
			identity := env.Vouched(c.way)
			c.wrong(identity)
			s := newInstalledScene(t, env, env.ConfigAs(identity.Credential, secretNamed("N", `value = "v"`)))
			s.Env = identity.Environ
			out, err := s.Try("apply", "-auto-approve", "-no-color")
			if err == nil || !says(c.want).MatchString(strings.ReplaceAll(out, "│", "")) {
				t.Errorf("%v\n%s", err, out)
			}
			if strings.Contains(out, "c2lnbmF0dXJl") || len(env.Read("dev", "/")) > 0 {
				t.Error("the output holds a token, or something was written")
			}
		})
	}
}

func otherIdentity(v *acctest.Vouched) {
	v.HCL = strings.Replace(v.HCL, v.ID, "0f0f7a8c-4a52-4b0e-9a3e-5b6c1d2e3f40", 1)
}

// TestLoginOnAnOldServer: none of these logins was there in 2023.
func TestLoginOnAnOldServer(t *testing.T) {
	t.Parallel()
	env := newEra(t, devserver.Era2023November)
	play(t, resource.TestStep{
		Config: env.Provider(acctest.Credential{HCL: fmt.Sprintf(
			"auth = { kubernetes = { identity_id = %q, service_account_token = %q } }\n project_key = %q\n workspace_id = %q",
			"0f0f7a8c-4a52-4b0e-9a3e-5b6c1d2e3f40", "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJwb2QifQ.c2lnbmF0dXJl", env.Owner.KeyText, env.Owner.Project.ID,
		)}) + simpleSecret,
		ExpectError: says("The server has no login by Kubernetes Auth"),
	})
}
