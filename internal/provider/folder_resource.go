package provider

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

var (
	_ resource.ResourceWithConfigure   = (*folderResource)(nil)
	_ resource.ResourceWithIdentity    = (*folderResource)(nil)
	_ resource.ResourceWithImportState = (*folderResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*folderResource)(nil)
)

func newFolderResource() resource.Resource { return &folderResource{} }

type folderResource struct {
	configured *configured
}

func (r *folderResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_folder"
	// The identity holds the path, and a rename is an update in place.
	resp.ResourceBehavior.MutableIdentity = true
}

func (r *folderResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.configured = configuredFrom(req.ProviderData, &resp.Diagnostics)
}

// ModifyPlan plans the place and the path, and refuses what can be known to
// fail. It asks the server nothing that a run does not ask anyway.
func (r *folderResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if r.configured == nil {
		return
	}
	var state *folderModel
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	}
	if req.Plan.Raw.IsNull() { // destroy
		if r.configured.unknown == "" && state != nil {
			r.checkWrite(ctx, state.parent().stored(), &resp.Diagnostics)
			if !state.ForceDelete.ValueBool() && !resp.Diagnostics.HasError() { // what is in it has to be seen
				r.checkWrite(ctx, state.stored(), &resp.Diagnostics)
			}
			r.warnForced(ctx, *state, &resp.Diagnostics)
		}
		return
	}
	var config, plan folderModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	var before *locationModel
	if state != nil {
		parent := state.parent()
		before = &parent
	}
	planned := plan.parent()
	parent, located := r.configured.planPlace(ctx, "Cannot Plan Folder", "parent_path", config.parent(), before, &planned, resp)
	if resp.Diagnostics.HasError() {
		return
	}
	if state != nil && !plan.Name.Equal(state.Name) && len(resp.RequiresReplace) == 0 {
		r.planRename(ctx, state.stored(), resp)
		if resp.Diagnostics.HasError() {
			return
		}
	}
	if state != nil && len(resp.RequiresReplace) > 0 && r.configured.unknown == "" {
		r.warnForced(ctx, *state, &resp.Diagnostics)
	}
	plan.setParent(planned)
	plan.planPath()
	if creates := state == nil || len(resp.RequiresReplace) > 0; creates && located && plan.OnExisting.ValueString() == onExistingAdopt && !plan.Path.IsUnknown() {
		if existing, err := r.configured.store.FindFolder(ctx, parent.Sub(plan.Name.ValueString()), ""); err == nil {
			warning := secrets.FolderAdoption(existing, true)
			resp.Diagnostics.AddWarning(warning.Summary, warning.Detail)
		}
	}
	r.announce(plan, state, located && len(resp.RequiresReplace) == 0)
	resp.Diagnostics.Append(resp.Plan.Set(ctx, plan)...)
	if writes := state == nil || len(resp.RequiresReplace) > 0 || !plan.Name.Equal(state.Name); writes && located {
		r.checkWrite(ctx, parent, &resp.Diagnostics)
	}
	r.configured.addWarnings(&resp.Diagnostics)
}

// warnForced names what a delete takes along, which the plan shows nowhere else.
func (r *folderResource) warnForced(ctx context.Context, state folderModel, diags *diag.Diagnostics) {
	if !state.ForceDelete.ValueBool() || diags.HasError() {
		return
	}
	if warning, ok := r.configured.store.ForcedDelete(ctx, state.stored()); ok {
		diags.AddWarning(warning.Summary, warning.Detail)
	}
}

// announce says which folder this run creates or renames to: what lies in it is
// planned later, if its path or depends_on comes from this resource.
func (r *folderResource) announce(plan folderModel, state *folderModel, renames bool) {
	if r.configured.unknown != "" || plan.Path.IsUnknown() || plan.WorkspaceID.IsUnknown() || plan.EnvSlug.IsUnknown() {
		return
	}
	var before secrets.Folder
	if state != nil && renames {
		before = state.stored()
	}
	if f := plan.stored(); f != before {
		r.configured.store.PlanFolder(f, before)
	}
}

// planRename plans another folder where a rename would leave secrets behind
// that no longer open.
func (r *folderResource) planRename(ctx context.Context, f secrets.Folder, resp *resource.ModifyPlanResponse) {
	if r.configured.unknown != "" {
		if r.configured.maybeSealed() { // an apply cannot make a replacement of it any more
			r.configured.known(&resp.Diagnostics, "In sealed mode, renaming a folder")
		}
		return
	}
	sealed, err := r.configured.store.SealedIn(ctx, f)
	if err != nil {
		r.configured.addError(&resp.Diagnostics, "Cannot Plan Folder", err)
	}
	if len(sealed) > 0 {
		resp.RequiresReplace = append(resp.RequiresReplace, path.Root("name"))
		resp.Diagnostics.AddAttributeWarning(path.Root("name"), "Folder Will Be Replaced", fmt.Sprintf(
			"The %s holds secrets that are sealed for it (%d), and under another name nobody could open them. So a new folder is planned in its place. "+
				"Secrets of this configuration that take their path from this resource are made anew in it. Move others first: if there are any, the old folder is not deleted and the apply ends with an error; with force_delete = true they are lost.", f, len(sealed)))
	}
}

func (r *folderResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan folderModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() || !r.configured.known(&resp.Diagnostics, "Creating a folder") {
		return
	}
	parent, err := r.configured.store.Locate(ctx, plan.parent().folder())
	if err != nil {
		r.configured.addError(&resp.Diagnostics, "Cannot Create Folder", err)
		return
	}
	place := parent.Sub(plan.Name.ValueString())
	folder, err := r.configured.store.CreateFolder(ctx, place, plan.OnExisting.ValueString() == "adopt")
	if err != nil {
		r.configured.addError(&resp.Diagnostics, "Cannot Create Folder", withFolderImportBlock(err, place))
		return
	}
	plan.set(folder)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, plan.identity())...)
	r.configured.addWarnings(&resp.Diagnostics)
}

func (r *folderResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state folderModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	// Terraform wants an identity even of what is gone or was not read.
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)
	if r.configured.unknown != "" {
		resp.Diagnostics.AddWarning("Folder Not Refreshed", fmt.Sprintf(
			"The provider's %s is known only after apply, so %q is planned as it was last seen.", r.configured.unknown, state.Name.ValueString()))
		return
	}
	folder, err := r.configured.store.FindFolder(ctx, state.stored(), state.ID.ValueString())
	if secrets.ProblemOf(err) == secrets.ProblemNotFound {
		resp.State.RemoveResource(ctx)
		return
	}
	if err != nil {
		r.configured.addError(&resp.Diagnostics, "Cannot Read Folder", err)
		return
	}
	state.set(folder)
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)
	r.configured.addWarnings(&resp.Diagnostics)
}

func (r *folderResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state folderModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() || !r.configured.known(&resp.Diagnostics, "Updating a folder") {
		return
	}
	if !plan.Name.Equal(state.Name) {
		folder, err := r.configured.store.RenameFolder(ctx, state.stored(), state.ID.ValueString(), plan.Name.ValueString())
		if err != nil {
			r.configured.addError(&resp.Diagnostics, "Cannot Rename Folder", err)
			return
		}
		plan.set(folder)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, plan.identity())...)
	r.configured.addWarnings(&resp.Diagnostics)
}

func (r *folderResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state folderModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() || !r.configured.known(&resp.Diagnostics, "Deleting a folder") {
		return
	}
	if err := r.configured.store.DeleteFolder(ctx, state.stored(), state.ID.ValueString(), state.ForceDelete.ValueBool()); err != nil {
		r.configured.addError(&resp.Diagnostics, "Cannot Delete Folder", err)
		return
	}
	r.configured.addWarnings(&resp.Diagnostics)
}

// ImportState finds the folder now, for an error that says more than
// Terraform's own. The Read that follows costs no request.
func (r *folderResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	if !r.configured.known(&resp.Diagnostics, "Importing a folder") {
		return
	}
	var place secrets.Folder
	var err error
	what := req.ID
	if req.ID != "" {
		place, err = parseFolderID(req.ID)
	} else {
		var identity folderIdentityModel
		resp.Diagnostics.Append(req.Identity.Get(ctx, &identity)...)
		if resp.Diagnostics.HasError() {
			return
		}
		what = identity.Path.ValueString()
		place, err = checkFolder(secrets.Folder{WorkspaceID: identity.WorkspaceID.ValueString(), Environment: identity.EnvSlug.ValueString()}, what)
	}
	if err != nil {
		resp.Diagnostics.AddError("Invalid Import ID", fmt.Sprintf("%q cannot be imported: %s.", what, err))
		return
	}
	if place, err = r.configured.store.Locate(ctx, place); err != nil {
		r.configured.addError(&resp.Diagnostics, "Cannot Import Folder", err)
		return
	}
	folder, err := r.configured.store.FindFolder(ctx, place, "")
	if err != nil {
		r.configured.addError(&resp.Diagnostics, "Cannot Import Folder", err)
		return
	}
	var found folderModel
	found.set(folder)
	resp.Diagnostics.Append(resp.State.Set(ctx, found)...)
}

func (r *folderResource) checkWrite(ctx context.Context, folder secrets.Folder, diags *diag.Diagnostics) {
	if err := r.configured.store.CheckFolders(ctx, folder); err != nil {
		r.configured.addError(diags, "Cannot Plan Folder", err)
		return
	}
	if err := r.configured.store.CheckWrite(ctx, folder); err != nil {
		r.configured.addError(diags, "Cannot Plan Folder", err)
	}
}

// withFolderImportBlock adds to "exists already" the import block that takes
// the folder over, ready to be pasted.
func withFolderImportBlock(err error, f secrets.Folder) error {
	var e *secrets.Error
	if !errors.As(err, &e) || e.Problem != secrets.ProblemExists || e.ID == "" {
		return err
	}
	out := *e
	out.Do = otherResource + "To take it over with everything in it, set on_existing = \"adopt\". " +
		importBlock("infisical_folder", f.WorkspaceID+":"+f.Environment+":"+f.Path)
	return &out
}
