package provider_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
)

// TestSealedImportBehindAnUnknownRefusal: what a source imports is not left out
// because its server refuses in words that nobody knows.
func TestSealedImportBehindAnUnknownRefusal(t *testing.T) {
	t.Parallel()
	for name, options := range map[string][]func(*devserver.Options){"v3": nil, "v4": {acctest.OverV4}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := acctest.NewSealed(t, options...)
			for _, folder := range []string{"/b", "/c"} {
				s.Server.CreateFolder(s.Owner.Project.ID, "dev", folder)
			}
			s.Other().CreateImport("dev", "/", "dev", "/b")
			s.Other().CreateImport("dev", "/b", "dev", "/c")
			there := acctest.NewInProcess(t, nil)
			there.Write(s.Config("resource \"infisical_secret\" \"far\" {\n env_slug = \"dev\"\n folder_path = \"/c\"\n name = \"FAR\"\n value = \"v\"\n}\n"))
			there.Run("apply", "-auto-approve", "-no-color")
			reader := acctest.NewInProcess(t, nil)
			reader.Write(s.Config("data \"infisical_secrets\" \"all\" {\n env_slug = \"dev\"\n include_imports = true\n}\noutput \"names\" {\n value = data.infisical_secrets.all.names\n}\n"))
			if out := reader.Run("plan", "-no-color"); !strings.Contains(out, "FAR") {
				t.Errorf("the far secret is not read:\n%s", out)
			}
			s.Server.InjectFault(func(r devserver.Request) *devserver.Fault {
				if r.Method != http.MethodGet || !strings.Contains(r.RawQuery, "%2Fb") || !strings.Contains(r.Path, "secret-imports") {
					return nil
				}
				return &devserver.Fault{Status: http.StatusNotFound, Body: `{"statusCode":404,"error":"NotFound","message":"There is something new about this place"}`}
			})
			if out, err := reader.Try("plan", "-no-color"); err == nil || !says("something new about this place").MatchString(out) {
				t.Errorf("it was not an error: %v\n%s", err, out)
			}
		})
	}
}
