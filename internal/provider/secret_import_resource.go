package provider

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

var (
	_ resource.ResourceWithConfigure   = (*secretImportResource)(nil)
	_ resource.ResourceWithIdentity    = (*secretImportResource)(nil)
	_ resource.ResourceWithImportState = (*secretImportResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*secretImportResource)(nil)
)

func newSecretImportResource() resource.Resource { return &secretImportResource{} }

type secretImportResource struct {
	configured *configured
}

// placedKey says in private state that the configuration gave the position:
// then those of the folder's other imports are counted on too.
const placedKey = "placed"

func (r *secretImportResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_secret_import"
	// The identity holds the source, which others can change.
	resp.ResourceBehavior.MutableIdentity = true
}

func (r *secretImportResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.configured = configuredFrom(req.ProviderData, &resp.Diagnostics)
}

func (r *secretImportResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var config, plan secretImportModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() || !r.configured.known(&resp.Diagnostics, "Creating a secret import") {
		return
	}
	folder, err := r.configured.store.Locate(ctx, plan.folder())
	if err != nil {
		r.configured.addError(&resp.Diagnostics, "Cannot Create Secret Import", err)
		return
	}
	source := plan.source(folder)
	made, err := r.configured.store.CreateImport(ctx, folder, source, config.Position.ValueInt64())
	if made.ID != "" { // stored, even if it is not at its position
		plan.read(made)
		resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
		resp.Diagnostics.Append(resp.Identity.Set(ctx, plan.identity())...)
		resp.Diagnostics.Append(resp.Private.SetKey(ctx, placedKey, placedValue(config))...)
	}
	if err != nil {
		r.configured.addError(&resp.Diagnostics, "Cannot Create Secret Import", withSecretImportBlock(err, folder, source))
		return
	}
	r.configured.addWarnings(&resp.Diagnostics)
}

func (r *secretImportResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state secretImportModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	// Terraform wants an identity even of what is gone or was not read.
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)
	if r.configured.unknown != "" {
		resp.Diagnostics.AddWarning("Secret Import Not Refreshed", fmt.Sprintf(
			"The provider's %s is known only after apply, so the import of %s is planned as it was last seen.", r.configured.unknown, state.ImportFolderPath.ValueString()))
		return
	}
	folder := state.stored()
	found, err := r.configured.store.FindImport(ctx, folder, state.source(folder), state.ID.ValueString())
	if secrets.ProblemOf(err) == secrets.ProblemNotFound {
		resp.State.RemoveResource(ctx)
		return
	}
	if err != nil {
		r.configured.addError(&resp.Diagnostics, "Cannot Read Secret Import", err)
		return
	}
	state.read(found)
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, state.identity())...)
	r.configured.addWarnings(&resp.Diagnostics)
}

func (r *secretImportResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var config, plan, state secretImportModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() || !r.configured.known(&resp.Diagnostics, "Updating a secret import") {
		return
	}
	if !plan.Position.Equal(state.Position) {
		folder := state.stored()
		moved, err := r.configured.store.MoveImport(ctx, folder, state.source(folder), state.ID.ValueString(), config.Position.ValueInt64())
		if err != nil {
			r.configured.addError(&resp.Diagnostics, "Cannot Move Secret Import", err)
			return
		}
		plan.read(moved)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, plan.identity())...)
	resp.Diagnostics.Append(resp.Private.SetKey(ctx, placedKey, placedValue(config))...)
	r.configured.addWarnings(&resp.Diagnostics)
}

func (r *secretImportResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state secretImportModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	placed, diags := req.Private.GetKey(ctx, placedKey)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() || !r.configured.known(&resp.Diagnostics, "Deleting a secret import") ||
		!r.configured.canBeReplaced(ctx, "Cannot Delete Secret Import", req, resp) {
		return
	}
	folder := state.stored()
	// Without the key it is not known, as of a tainted object that is replaced: to
	// keep the positions of others is never wrong.
	err := r.configured.store.DeleteImport(ctx, folder, state.source(folder), state.ID.ValueString(), string(placed) != "false")
	if err != nil {
		r.configured.addError(&resp.Diagnostics, "Cannot Delete Secret Import", err)
		return
	}
	r.configured.addWarnings(&resp.Diagnostics)
}

// ImportState finds the import now, for an error that says more than
// Terraform's own. The Read that follows costs no request.
func (r *secretImportResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	if !r.configured.known(&resp.Diagnostics, "Importing a secret import") {
		return
	}
	var folder, source secrets.Folder
	var err error
	what := fmt.Sprintf("%q", req.ID)
	if req.ID != "" {
		folder, source, err = parseSecretImportID(req.ID)
	} else {
		what = "The identity"
		var identity secretImportIdentityModel
		resp.Diagnostics.Append(req.Identity.Get(ctx, &identity)...)
		if resp.Diagnostics.HasError() {
			return
		}
		folder, source, err = identity.folders()
	}
	if err != nil {
		resp.Diagnostics.AddError("Invalid Import ID", fmt.Sprintf("%s cannot be imported: %s.", what, err))
		return
	}
	if folder, err = r.configured.store.Locate(ctx, folder); err != nil {
		r.configured.addError(&resp.Diagnostics, "Cannot Import Secret Import", err)
		return
	}
	source.WorkspaceID = folder.WorkspaceID
	found, err := r.configured.store.FindImport(ctx, folder, source, "")
	if err != nil {
		r.configured.addError(&resp.Diagnostics, "Cannot Import Secret Import", err)
		return
	}
	var state secretImportModel
	state.read(found)
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
}

// placedValue is JSON: private state takes nothing else.
func placedValue(config secretImportModel) []byte {
	if config.Position.IsNull() {
		return []byte("false")
	}
	return []byte("true")
}

// withSecretImportBlock adds to "exists already" the import block that takes
// the import over, ready to be pasted.
func withSecretImportBlock(err error, f, source secrets.Folder) error {
	var e *secrets.Error
	if !errors.As(err, &e) || e.Problem != secrets.ProblemExists || e.ID == "" {
		return err
	}
	out := *e
	out.Do = otherResource + "If the address of this resource changed, say so with a moved block. " +
		importBlock("infisical_secret_import", importIDOf(f, source))
	return &out
}
