package provider_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
)

// renamed is newProject with another name for its upper folder.
func renamed(name, more string) string {
	return strings.Replace(newProject, `name     = "app"`, fmt.Sprintf("name = %q", name), 1) + more
}

// TestRenameReplacesWhatTakesItsPlaceFromTheFolder: those are deleted at the
// old path before the rename, and made again at the new one after it; what
// nobody manages stays.
func TestRenameReplacesWhatTakesItsPlaceFromTheFolder(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	s := newScene(t, env, renamed("app", ""))
	s.Apply()
	env.Put("dev", "/app", "THEIRS", "v", "")
	id := env.Other().Folders("dev", "/")["app"]
	s.Write(renamed("main", ""))
	if out := s.Apply(); !strings.Contains(out, "5 added, 1 changed, 5 destroyed") {
		t.Errorf("%s", out)
	}
	s.PlanIsEmpty()
	if got := env.Read("dev", "/main"); len(got) != 3 || got["THEIRS"].Value != "v" || got["A"].Value != "v" || env.Other().Folders("dev", "/")["main"] != id {
		t.Errorf("%d secrets, or another folder", len(got))
	}
	if got := env.Other().Imports("prod", "/"); !slices.Equal(got, []string{"1 dev:/main/db"}) || len(env.Read("dev", "/main/db")) != 1 {
		t.Errorf("%q", got)
	}

	// What nobody manages in a folder that would have to be replaced stops all.
	env.Put("dev", "/main/db", "THEIRS", "v", "")
	s.Write(renamed("other", ""))
	if out, err := s.Try("apply", "-auto-approve", "-no-color"); err == nil || !says("It holds 1 secret (THEIRS)").MatchString(out) {
		t.Errorf("%v\n%s", err, out)
	}
	if err := holdsFolders(env, "/main", "/main/db")(nil); err != nil || env.Read("dev", "/main/db")["THEIRS"].Value != "v" {
		t.Error(err)
	}
	s.Write(renamed("main", ""))
	s.Apply()
	s.PlanIsEmpty()

	// A secret whose value is nowhere but on the server is not deleted.
	imported := `
resource "infisical_secret" "theirs" {
  env_slug    = "dev"
  folder_path = infisical_folder.app.path
  name        = "THEIRS"
}
`
	s.Write(renamed("main", imported))
	s.Run("import", "-no-color", "infisical_secret.theirs", "dev:/main:THEIRS")
	s.PlanIsEmpty()
	s.Write(renamed("other", imported))
	refuses(t, env, s.Terraform, "Missing Secret Value", "apply", "-auto-approve")
}

// TestFolderBelowOneThatWasRenamedOutside is not where the state says; when the
// name is put back it is there again, and not taken over unasked.
func TestFolderBelowOneThatWasRenamedOutside(t *testing.T) {
	t.Parallel()
	env := acctest.New(t)
	s := newScene(t, env, renamed("app", ""))
	s.Apply()
	env.Other().RenameFolder("dev", "/", "app", "theirs")
	out, err := s.Try("apply", "-auto-approve", "-no-color")
	if err == nil || !says(`Folder /app/db of environment "dev". It is there already. It was not touched.`).MatchString(out) {
		t.Errorf("%v\n%s", err, out)
	}
	useImportBlock(t, s, out, "infisical_folder.db")
	s.Apply()
	s.PlanIsEmpty()
	if err := holdsFolders(env, "/app", "/app/db")(nil); err != nil || len(env.Read("dev", "/app")) != 2 || len(env.Read("dev", "/app/db")) != 1 {
		t.Error(err)
	}
}
