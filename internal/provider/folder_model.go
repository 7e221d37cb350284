package provider

import (
	"errors"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// folderModel is an infisical_folder in configuration, plan and state.
type folderModel struct {
	WorkspaceID types.String `tfsdk:"workspace_id"`
	EnvSlug     types.String `tfsdk:"env_slug"`
	ParentPath  types.String `tfsdk:"parent_path"`
	Name        types.String `tfsdk:"name"`
	ForceDelete types.Bool   `tfsdk:"force_delete"`
	OnExisting  types.String `tfsdk:"on_existing"`
	ID          types.String `tfsdk:"id"`
	Path        types.String `tfsdk:"path"`
}

// folderIdentityModel names a folder for Terraform 1.12 and later.
type folderIdentityModel struct {
	WorkspaceID types.String `tfsdk:"workspace_id"`
	EnvSlug     types.String `tfsdk:"env_slug"`
	Path        types.String `tfsdk:"path"`
}

// parent is where the folder is.
func (m folderModel) parent() locationModel {
	return locationModel{WorkspaceID: m.WorkspaceID, EnvSlug: m.EnvSlug, FolderPath: m.ParentPath}
}

func (m *folderModel) setParent(l locationModel) {
	m.WorkspaceID, m.EnvSlug, m.ParentPath = l.WorkspaceID, l.EnvSlug, l.FolderPath
}

// stored is the place of the folder itself, of one in state.
func (m folderModel) stored() secrets.Folder {
	return m.parent().stored().Sub(m.Name.ValueString())
}

func (m folderModel) identity() folderIdentityModel {
	f := m.stored()
	return folderIdentityModel{
		WorkspaceID: types.StringValue(f.WorkspaceID), EnvSlug: types.StringValue(f.Environment), Path: types.StringValue(f.Path),
	}
}

// planPath is the path as far as it can be known.
func (m *folderModel) planPath() {
	parent := m.parent()
	if parent.FolderPath.IsUnknown() || m.Name.IsUnknown() {
		m.Path = types.StringUnknown()
		return
	}
	m.Path = types.StringValue(m.stored().Path)
}

// set takes over a folder as it is on the server.
func (m *folderModel) set(f secrets.Subfolder) {
	parent, name := f.Split()
	at := m.parent()
	at.set(parent)
	m.setParent(at)
	m.Name, m.Path, m.ID = types.StringValue(name), types.StringValue(f.Path), types.StringValue(f.ID)
}

// parseFolderID reads `env:/path` and `workspace:env:/path`.
func parseFolderID(id string) (secrets.Folder, error) {
	place, path, found := strings.Cut(id, ":/")
	f := secrets.Folder{Environment: place}
	if workspace, environment, ok := strings.Cut(place, ":"); ok {
		f.WorkspaceID, f.Environment = workspace, environment
	}
	if !found || f.Environment == "" || strings.Contains(f.Environment, ":") || strings.HasPrefix(place, ":") {
		return secrets.Folder{}, errors.New("it is not of the form env:/path or workspace:env:/path, such as dev:/app/db")
	}
	return checkFolder(f, "/"+path)
}

// checkFolder completes the place of a folder that is to be imported.
func checkFolder(f secrets.Folder, path string) (secrets.Folder, error) {
	var err error
	if f.Path, err = secrets.CanonicalPath(path); err != nil {
		return secrets.Folder{}, errors.New("its path cannot be used: " + err.Error())
	}
	if f.Path == "/" {
		return secrets.Folder{}, errors.New("/ is the root of an environment, which is always there and cannot be managed")
	}
	return f, nil
}
