package secrets

import (
	"cmp"
	"fmt"
)

// sealedLocation refuses a place that the configuration leaves to the server. An
// envelope opens in its place alone, which is what keeps the server from showing
// one place's values as another's: a place that the server says would take that
// back. A path that is left out is "/", whatever the token's scopes say; where
// they say another one, the configuration was hardly meant so.
func sealedLocation(p *project, f Folder) (Folder, error) {
	const why = "An envelope opens in the place that it was sealed for, so in sealed mode the place comes from the configuration and never from what the server says of the credential."
	switch {
	case f.WorkspaceID == "":
		return f, &Error{
			Problem: ProblemWorkspace, Why: "No workspace_id is set. " + why,
			Do: "Set workspace_id to the project's id, here, in the provider block, or in INFISICAL_PROJECT_ID.",
		}
	case f.Environment == "":
		return f, &Error{
			Problem: ProblemEnvironment, Why: "No env_slug is set. " + why,
			Do: "Set env_slug here, in the provider block, or in INFISICAL_ENVIRONMENT.",
		}
	case f.Path == "":
		if path, ok := p.solePath(); ok && path != "/" {
			return f, &Error{
				Problem: ProblemFolderMissing,
				Why:     fmt.Sprintf("No folder_path is set, which means the root, and the service token is for %s alone. %s", path, why),
				Do:      "Set folder_path here, in the provider block, or in INFISICAL_FOLDER_PATH.",
			}
		}
	}
	f.Path = cmp.Or(f.Path, "/")
	return f, nil
}
