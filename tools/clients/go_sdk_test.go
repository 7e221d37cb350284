package clients

import (
	"testing"

	infisical "github.com/infisical/go-sdk"
)

// TestGoSDK lists, creates, updates, reads and deletes secrets and folders.
func TestGoSDK(t *testing.T) {
	s := start(t)
	client := infisical.NewInfisicalClient(t.Context(), infisical.Config{SiteUrl: s.Host, AutoTokenRefresh: infisical.BoolPtr(false), SilentMode: true})
	if _, err := client.Auth().UniversalAuthLogin(s.ClientID, s.ClientSecret); err != nil {
		t.Fatal(err)
	}
	list := func(etag string) infisical.ListSecretsResult {
		t.Helper()
		got, err := client.Secrets().ListSecrets(infisical.ListSecretsOptions{ProjectID: s.ProjectID, Environment: "dev", SecretPath: "/app", IfNoneMatch: etag})
		if err != nil && etag == "" {
			t.Fatal(err)
		}
		return got
	}
	if got := list(""); len(got.Secrets) != 0 {
		t.Errorf("an empty folder holds %d secrets", len(got.Secrets))
	}
	made, err := client.Secrets().Create(infisical.CreateSecretOptions{ProjectID: s.ProjectID, Environment: "dev", SecretPath: "/app", SecretKey: "A", SecretValue: "one", SecretComment: "why"})
	if err != nil || made.SecretKey != "A" || made.SecretValue != "one" || made.ID == "" {
		t.Fatalf("create: %v", err)
	}
	if _, err := client.Secrets().Batch().Create(infisical.BatchCreateSecretsOptions{ProjectID: s.ProjectID, Environment: "dev", SecretPath: "/app", Secrets: []infisical.BatchCreateSecret{
		{SecretKey: "B", SecretValue: "b", SecretMetadata: []infisical.SecretMetadata{{Key: "team", Value: "a"}}}, {SecretKey: "C", SecretValue: "c"},
	}}); err != nil {
		t.Fatal(err)
	}
	all := list("")
	if len(all.Secrets) != 3 || all.Secrets[1].SecretKey != "B" || len(all.Secrets[1].SecretMetadata) != 1 || all.ETag == "" {
		t.Errorf("listed %d secrets, the second with %d entries of metadata", len(all.Secrets), len(all.Secrets[1].SecretMetadata))
	}
	if _, err := client.Secrets().Update(infisical.UpdateSecretOptions{ProjectID: s.ProjectID, Environment: "dev", SecretPath: "/app", SecretKey: "A", NewSecretValue: "two"}); err != nil {
		t.Fatal(err)
	}
	got, err := client.Secrets().Retrieve(infisical.RetrieveSecretOptions{ProjectID: s.ProjectID, Environment: "dev", SecretPath: "/app", SecretKey: "A"})
	if err != nil || got.SecretValue != "two" || got.SecretComment != "why" || got.Version != 2 || got.SecretPath != "/app" {
		t.Errorf("retrieved version %d: %v", got.Version, err)
	}
	if _, err := client.Secrets().Delete(infisical.DeleteSecretOptions{ProjectID: s.ProjectID, Environment: "dev", SecretPath: "/app", SecretKey: "A"}); err != nil {
		t.Fatal(err)
	}
	if got := list(""); len(got.Secrets) != 2 {
		t.Errorf("after a delete %d secrets", len(got.Secrets))
	}

	folder, err := client.Folders().Create(infisical.CreateFolderOptions{ProjectID: s.ProjectID, Environment: "dev", Path: "/app", Name: "below"})
	if err != nil || folder.ID == "" {
		t.Fatalf("create a folder: %v", err)
	}
	if _, err := client.Folders().Update(infisical.UpdateFolderOptions{ProjectID: s.ProjectID, Environment: "dev", Path: "/app", FolderID: folder.ID, NewName: "renamed"}); err != nil {
		t.Fatal(err)
	}
	folders := func() int {
		t.Helper()
		found, err := client.Folders().List(infisical.ListFoldersOptions{ProjectID: s.ProjectID, Environment: "dev", Path: "/app"})
		if err != nil || len(found) > 0 && found[0].Name != "renamed" {
			t.Fatalf("folders: %v", err)
		}
		return len(found)
	}
	if folders() != 1 {
		t.Error("the folder is not listed")
	}
	if _, err := client.Folders().Delete(infisical.DeleteFolderOptions{ProjectID: s.ProjectID, Environment: "dev", Path: "/app", FolderID: folder.ID}); err != nil {
		t.Fatal(err)
	}
	if folders() != 0 {
		t.Error("the folder was not deleted")
	}
}
