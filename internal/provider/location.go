package provider

import (
	"context"
	"errors"
	"strings"

	datasource "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	resourceschema "github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// locationModel is where an object's secrets are; every object has these three
// attributes.
type locationModel struct {
	WorkspaceID types.String `tfsdk:"workspace_id"`
	EnvSlug     types.String `tfsdk:"env_slug"`
	FolderPath  types.String `tfsdk:"folder_path"`
}

const (
	workspaceIDDescription = "Project id. Defaults to the provider's `workspace_id`, then to the service token's project; in sealed mode one of the two must be set."
	envSlugDescription     = "Environment, by its slug (`dev`, not `Development`). Defaults to the provider's `env_slug`, then to the one environment of the service token's scopes; in sealed mode one of the two must be set."
	folderPathDescription  = "Folder, such as `/` or `/app/db`. Defaults to the provider's `folder_path`, then to the folder of the service token's only scope, or `/`; in sealed mode to `/`."
)

var (
	notEmpty     = []validator.String{notEmptyValidator{}}
	isFolderPath = []validator.String{folderPathValidator{}}
)

func locationResourceAttributes() map[string]resourceschema.Attribute {
	const replaces = " A change, also of the default, replaces the resource."
	return map[string]resourceschema.Attribute{
		"workspace_id": resourceschema.StringAttribute{Optional: true, Computed: true, Validators: notEmpty, MarkdownDescription: workspaceIDDescription + replaces},
		"env_slug":     resourceschema.StringAttribute{Optional: true, Computed: true, Validators: notEmpty, MarkdownDescription: envSlugDescription + replaces},
		"folder_path":  resourceschema.StringAttribute{Optional: true, Computed: true, Validators: isFolderPath, MarkdownDescription: folderPathDescription + replaces},
	}
}

func locationDataSourceAttributes() map[string]datasource.Attribute {
	return map[string]datasource.Attribute{
		"workspace_id": datasource.StringAttribute{Optional: true, Computed: true, Validators: notEmpty, MarkdownDescription: workspaceIDDescription},
		"env_slug":     datasource.StringAttribute{Optional: true, Computed: true, Validators: notEmpty, MarkdownDescription: envSlugDescription},
		"folder_path":  datasource.StringAttribute{Optional: true, Computed: true, Validators: isFolderPath, MarkdownDescription: folderPathDescription},
	}
}

// folder is the place as it is written; "" where nothing is.
func (m locationModel) folder() secrets.Folder {
	return secrets.Folder{
		WorkspaceID: m.WorkspaceID.ValueString(),
		Environment: m.EnvSlug.ValueString(),
		Path:        m.FolderPath.ValueString(),
	}
}

// stored is the place of an object in state, with its path in canonical form:
// the state keeps the path as the user wrote it.
func (m locationModel) stored() secrets.Folder {
	f := m.folder()
	if path, err := secrets.CanonicalPath(f.Path); err == nil {
		f.Path = path
	}
	return f
}

func (m locationModel) isUnknown() bool {
	return m.WorkspaceID.IsUnknown() || m.EnvSlug.IsUnknown() || m.FolderPath.IsUnknown()
}

// set writes the place that was found into the attributes, and leaves a path
// that the user wrote as it is written.
func (m *locationModel) set(f secrets.Folder) {
	m.WorkspaceID = types.StringValue(f.WorkspaceID)
	m.EnvSlug = types.StringValue(f.Environment)
	if m.FolderPath.IsNull() || m.FolderPath.IsUnknown() || m.stored().Path != f.Path {
		m.FolderPath = types.StringValue(f.Path)
	}
}

// planLocation plans where a resource is, into planned. state is nil on create.
// A place that comes from a default and changed since is planned as a
// replacement here: an attribute's own modifiers run too early to see it.
//
// A replacement into a folder that does not exist is an error.
//
// It returns the place, and false where it is not known yet or an error was
// added under the summary.
func (s *configured) planLocation(ctx context.Context, summary string, config locationModel, state, planned *locationModel, resp *resource.ModifyPlanResponse) (secrets.Folder, bool) {
	folder, located := s.planPlace(ctx, summary, "folder_path", config, state, planned, resp)
	if replaces := state != nil && len(resp.RequiresReplace) > 0; located && (replaces || state == nil) {
		s.checkFolder(ctx, summary, folder, replaces, resp)
	}
	return folder, located
}

// planPlace is planLocation for a resource whose path has another attribute.
func (s *configured) planPlace(ctx context.Context, summary, pathAttribute string, config locationModel, state, planned *locationModel, resp *resource.ModifyPlanResponse) (secrets.Folder, bool) {
	*planned = config
	located := false
	var folder secrets.Folder
	if s.unknown == "" && !config.isUnknown() {
		var err error
		if folder, err = s.store.Locate(ctx, config.folder()); err != nil {
			s.addError(&resp.Diagnostics, summary, err)
			return folder, false
		}
		located = true
		planned.set(folder)
	}
	var before locationModel
	if state != nil {
		before = *state
	}
	for _, a := range []struct {
		name          string
		config, state types.String
		planned       *types.String
	}{
		{"workspace_id", config.WorkspaceID, before.WorkspaceID, &planned.WorkspaceID},
		{"env_slug", config.EnvSlug, before.EnvSlug, &planned.EnvSlug},
		{pathAttribute, config.FolderPath, before.FolderPath, &planned.FolderPath},
	} {
		if a.config.IsNull() {
			switch {
			case state != nil && (!located || samePlace(*a.planned, a.state)):
				*a.planned = a.state
			case !located:
				*a.planned = types.StringUnknown()
			}
		}
		if state != nil && !samePlace(*a.planned, a.state) {
			resp.RequiresReplace = append(resp.RequiresReplace, path.Root(a.name))
		}
	}
	return folder, located
}

// samePlace compares two spellings of one attribute of a place: a trailing
// slash makes no difference, and no other attribute ends in one.
func samePlace(a, b types.String) bool {
	if a.IsUnknown() || b.IsUnknown() {
		return false
	}
	trim := func(s types.String) string {
		text := s.ValueString()
		if len(text) > 1 {
			text = strings.TrimSuffix(text, "/")
		}
		return text
	}
	return trim(a) == trim(b)
}

// parseImportID reads the import id of a secret: `env:/path:NAME` or
// `workspace:env:/path:NAME`.
func parseImportID(id string) (f secrets.Folder, name string, err error) {
	f, found, err := parsePlaceID(id)
	if err == nil && found == nil {
		err = errPlaceID
	}
	if err != nil {
		return secrets.Folder{}, "", err
	}
	return f, *found, nil
}

var errPlaceID = errors.New("it is not of the form env:/path:NAME or workspace:env:/path:NAME, such as dev:/:DB_PASSWORD")

// parsePlaceID reads the id of a secret or, without `:NAME`, of a folder; then
// name is nil. A name may hold colons; an environment begins with no slash and a
// path always does, which tells whether the workspace is left out.
func parsePlaceID(id string) (f secrets.Folder, name *string, err error) {
	first, rest, _ := strings.Cut(id, ":")
	if !strings.HasPrefix(rest, "/") {
		f.WorkspaceID = first
		first, rest, _ = strings.Cut(rest, ":")
	}
	f.Environment = first
	folderPath, text, named := strings.Cut(rest, ":")
	if strings.HasPrefix(id, ":") || f.Environment == "" || !strings.HasPrefix(folderPath, "/") {
		return secrets.Folder{}, nil, errPlaceID
	}
	if f.Path, err = secrets.CanonicalPath(folderPath); err != nil {
		return secrets.Folder{}, nil, errors.New("its folder path cannot be used: " + err.Error())
	}
	if !named {
		return f, nil, nil
	}
	if err := secrets.CheckName(text); err != nil {
		return secrets.Folder{}, nil, errors.New("its secret name cannot be used: " + err.Error())
	}
	return f, &text, nil
}

// placeID prints what parsePlaceID reads.
func placeID(f secrets.Folder, name *string) string {
	id := f.Environment + ":" + f.Path
	if f.WorkspaceID != "" {
		id = f.WorkspaceID + ":" + id
	}
	if name != nil {
		id += ":" + *name
	}
	return id
}

// parseFolderImportID reads the import id of a folder: `env:/path` or
// `workspace:env:/path`.
func parseFolderImportID(id string) (secrets.Folder, error) {
	f, name, err := parsePlaceID(id)
	if errors.Is(err, errPlaceID) || err == nil && name != nil {
		return secrets.Folder{}, errors.New("it is not of the form env:/path or workspace:env:/path, such as dev:/app")
	}
	return f, err
}
