package provider

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// missingKey is where a planned create notes in private state that its folder
// does not exist. Terraform hands it to the delete of a tainted object that the
// create replaces, and not to the create.
const missingKey = "missing_folder"

// checkFolder refuses a replacement into a folder that does not exist: the old
// object would be deleted, and the new one could not be created. A plan does not
// know that it replaces a tainted object, so there the delete looks.
func (s *configured) checkFolder(ctx context.Context, summary string, f secrets.Folder, replaces bool, resp *resource.ModifyPlanResponse) {
	err := s.store.CheckFolder(ctx, f)
	switch {
	case err == nil:
	case replaces:
		s.addError(&resp.Diagnostics, summary, nothingDeleted(err, folderOfThisRun))
	default:
		raw, _ := json.Marshal(f)
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, missingKey, raw)...)
	}
}

// canBeReplaced is false, with an error, if the create that follows a delete has
// no folder.
func (s *configured) canBeReplaced(ctx context.Context, summary string, req resource.DeleteRequest, resp *resource.DeleteResponse) bool {
	raw, diags := req.Private.GetKey(ctx, missingKey)
	resp.Diagnostics.Append(diags...)
	var f secrets.Folder
	if len(raw) == 0 || json.Unmarshal(raw, &f) != nil || f == (secrets.Folder{}) {
		return true
	}
	err := s.store.CheckFolder(ctx, f)
	if err != nil {
		s.addError(&resp.Diagnostics, summary, nothingDeleted(err, folderOfThisRun))
		// What a delete that fails returns is the object's private state again.
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, missingKey, []byte("null"))...)
	}
	return err == nil
}

const folderOfThisRun = " If this configuration creates the folder, take the path from its infisical_folder or add it to depends_on, so that Terraform plans the folder first."

// nothingDeleted adds to why a create is refused that this stops a replacement, and
// more of what to do.
func nothingDeleted(err error, do string) error {
	var e *secrets.Error
	if !errors.As(err, &e) {
		return err
	}
	out := *e
	out.Why = fmt.Sprintf("%s The resource would be replaced: its secrets would be deleted, and then they could not be created again. Nothing was deleted.", e.Why)
	out.Do = e.Do + do
	return &out
}
