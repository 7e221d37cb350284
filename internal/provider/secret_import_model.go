package provider

import (
	"errors"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// secretImportModel is an infisical_secret_import in configuration, plan and
// state.
type secretImportModel struct {
	locationModel
	ImportEnvSlug    types.String `tfsdk:"import_env_slug"`
	ImportFolderPath types.String `tfsdk:"import_folder_path"`
	Position         types.Int64  `tfsdk:"position"`
	ID               types.String `tfsdk:"id"`
}

// secretImportIdentityModel names an import for Terraform 1.12 and later.
type secretImportIdentityModel struct {
	WorkspaceID      types.String `tfsdk:"workspace_id"`
	EnvSlug          types.String `tfsdk:"env_slug"`
	FolderPath       types.String `tfsdk:"folder_path"`
	ImportEnvSlug    types.String `tfsdk:"import_env_slug"`
	ImportFolderPath types.String `tfsdk:"import_folder_path"`
}

// source is the folder that is imported into f.
func (m secretImportModel) source(f secrets.Folder) secrets.Folder {
	return locationModel{
		WorkspaceID: types.StringValue(f.WorkspaceID), EnvSlug: m.ImportEnvSlug, FolderPath: m.ImportFolderPath,
	}.stored()
}

// sourceIsUnknown tells whether the source is not known yet.
func (m secretImportModel) sourceIsUnknown() bool {
	return m.ImportEnvSlug.IsUnknown() || m.ImportFolderPath.IsUnknown()
}

func (m secretImportModel) identity() secretImportIdentityModel {
	f := m.stored()
	return secretImportIdentityModel{
		WorkspaceID: types.StringValue(f.WorkspaceID), EnvSlug: types.StringValue(f.Environment), FolderPath: types.StringValue(f.Path),
		ImportEnvSlug: m.ImportEnvSlug, ImportFolderPath: types.StringValue(m.source(f).Path),
	}
}

// read takes over an import as it is on the server.
func (m *secretImportModel) read(i secrets.Import) {
	m.set(i.Folder)
	if m.source(i.Folder) != i.Source { // and leaves a path as the user wrote it
		m.ImportEnvSlug, m.ImportFolderPath = types.StringValue(i.Source.Environment), types.StringValue(i.Source.Path)
	}
	m.ID, m.Position = types.StringValue(i.ID), types.Int64Value(i.Position)
}

// folders are the place and the source of an import that is to be imported.
func (m secretImportIdentityModel) folders() (f, source secrets.Folder, err error) {
	path := "/"
	if m.FolderPath.ValueString() != "" {
		path = m.FolderPath.ValueString()
	}
	return checkImportFolders(
		secrets.Folder{WorkspaceID: m.WorkspaceID.ValueString(), Environment: m.EnvSlug.ValueString(), Path: path},
		secrets.Folder{Environment: m.ImportEnvSlug.ValueString(), Path: m.ImportFolderPath.ValueString()},
	)
}

// parseSecretImportID reads `env:/path:source_env:/source/path`, and the same
// with `workspace:` before it.
func parseSecretImportID(id string) (f, source secrets.Folder, err error) {
	parts := strings.Split(id, ":")
	if len(parts) == 5 && parts[0] != "" {
		f.WorkspaceID, parts = parts[0], parts[1:]
	}
	if len(parts) != 4 || parts[0] == "" || parts[2] == "" {
		return f, source, errors.New("it is not of the form env:/path:source_env:/source/path or workspace:env:/path:source_env:/source/path, such as dev:/app:prod:/shared")
	}
	f.Environment, f.Path = parts[0], parts[1]
	return checkImportFolders(f, secrets.Folder{Environment: parts[2], Path: parts[3]})
}

// checkImportFolders brings both paths to their canonical form.
func checkImportFolders(f, source secrets.Folder) (secrets.Folder, secrets.Folder, error) {
	var err error
	if f.Path, err = secrets.CanonicalPath(f.Path); err != nil {
		return f, source, errors.New("its folder path cannot be used: " + err.Error())
	}
	if source.Path, err = secrets.CanonicalPath(source.Path); err != nil {
		return f, source, errors.New("the path of its source cannot be used: " + err.Error())
	}
	return f, source, nil
}

// importIDOf is what parseSecretImportID reads.
func importIDOf(f, source secrets.Folder) string {
	return strings.Join([]string{f.WorkspaceID, f.Environment, f.Path, source.Environment, source.Path}, ":")
}
