package provider

import (
	"cmp"
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

var (
	_ resource.ResourceWithConfigure      = (*secretResource)(nil)
	_ resource.ResourceWithIdentity       = (*secretResource)(nil)
	_ resource.ResourceWithImportState    = (*secretResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*secretResource)(nil)
	_ resource.ResourceWithMoveState      = (*secretResource)(nil)
	_ resource.ResourceWithUpgradeState   = (*secretResource)(nil)
	_ resource.ResourceWithValidateConfig = (*secretResource)(nil)
)

func newSecretResource() resource.Resource { return &secretResource{} }

type secretResource struct {
	configured *configured
}

func (r *secretResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_secret"
	// The identity holds the name, and a rename is an update in place.
	resp.ResourceBehavior.MutableIdentity = true
}

func (r *secretResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.configured = configuredFrom(req.ProviderData, &resp.Diagnostics)
}

func (r *secretResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var config, plan secretResourceModel
	resp.Diagnostics.Append(decode(ctx, req.Config, &config)...)
	resp.Diagnostics.Append(decode(ctx, req.Plan, &plan)...)
	if resp.Diagnostics.HasError() || !r.configured.known(&resp.Diagnostics, "Creating a secret") {
		return
	}
	folder, err := r.configured.store.Locate(ctx, plan.folder())
	if err != nil {
		r.configured.addError(&resp.Diagnostics, "Cannot Create Secret", err)
		return
	}
	value, ok := config.configuredValue()
	if !ok {
		addMissingValue(&resp.Diagnostics, plan.Name.ValueString())
		return
	}
	details, diags := plan.details(ctx, nil)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	memory := memory{Owner: secrets.NewOwner()}
	// Before it is there, or an exclusive resource of this run could take it for
	// nobody's.
	r.configured.store.Hold(memory.Owner, secrets.Creates, plan.ref(folder))
	draft := plan.draft(value)
	draft.DetailsChange = details
	secret, err := r.configured.store.Create(ctx, plan.ref(folder), draft)
	if secret.ID != "" { // stored, even if a second step failed
		plan.written(secret)
		resp.Diagnostics.Append(encode(ctx, &resp.State, plan)...)
		resp.Diagnostics.Append(encode(ctx, resp.Identity, plan.identity())...)
		memory.learn(secret, "", true)
		r.rememberUser(ctx, secret, &memory)
		resp.Diagnostics.Append(memory.save(ctx, resp.Private)...)
	}
	if err != nil {
		r.configured.addError(&resp.Diagnostics, "Cannot Create Secret", withImportBlock(err, plan.ref(folder)))
		return
	}
	r.configured.addWarnings(&resp.Diagnostics)
}

func (r *secretResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state secretResourceModel
	resp.Diagnostics.Append(decode(ctx, req.State, &state)...)
	memory, diags := recall(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	// Terraform wants an identity even of what is gone or was not read.
	resp.Diagnostics.Append(encode(ctx, resp.Identity, state.identity())...)
	if r.configured.unknown != "" {
		resp.Diagnostics.AddWarning("Secret Not Refreshed", fmt.Sprintf(
			"The provider's %s is known only after apply, so %q is planned as it was last seen.", r.configured.unknown, state.Name.ValueString()))
		return
	}
	folder := state.stored()
	if folder.WorkspaceID == "" { // a state of the official provider may not tell
		var err error
		if folder, err = r.configured.store.Locate(ctx, folder); err != nil {
			r.configured.addError(&resp.Diagnostics, "Cannot Read Secret", err)
			return
		}
	}
	if memory.Owner == "" { // imported, or of a state that another version wrote
		memory.Owner = secrets.NewOwner()
	}
	// Before anything waits for the server: Terraform may be planning the removal of
	// another owner.
	r.configured.store.Has(folder, memory.Owner, state.ID.ValueString())
	r.checkUser(ctx, "Cannot Read Secret", state, memory, &resp.Diagnostics)
	if resp.Diagnostics.HasError() || !r.configured.checkProjectKey(ctx, &resp.Diagnostics, "Cannot Read Secret", memory) {
		return
	}
	before := state.ref(folder)
	secret, err := r.configured.store.Find(ctx, before, state.ID.ValueString())
	if secrets.ProblemOf(err) == secrets.ProblemNotFound {
		resp.State.RemoveResource(ctx)
		return
	}
	if secrets.ProblemOf(err) == secrets.ProblemCredential && memory.knows(secret.Envelope) {
		return // sealed under a key that is not here, and nothing has changed
	}
	if memory.Renamed = secrets.ProblemOf(err) == secrets.ProblemRenamed; memory.Renamed {
		addRenamed(&resp.Diagnostics, before)
		if secret.ID == "" { // nor does it open
			resp.Diagnostics.Append(memory.save(ctx, resp.Private)...)
			return
		}
	} else if err != nil {
		r.configured.addError(&resp.Diagnostics, "Cannot Read Secret", err)
		return
	}
	r.configured.addOlder(&resp.Diagnostics, []string{older(state.ID, state.Version, secret)})
	// The fingerprint holds the name. What was written is compared under the
	// name that it was written under, and then remembered under the new one.
	underOldName, err := r.configured.store.FingerprintUnder(ctx, before, secret.Value, memory.KeyID)
	if err != nil {
		r.configured.addError(&resp.Diagnostics, "Cannot Read Secret", err)
		return
	}
	if memory.forget(secret, underOldName, state.ValueFingerprint) && !state.ValueWOVersion.IsNull() {
		addUncomparable(&resp.Diagnostics, before.String())
	}
	memory.learn(secret, underOldName, false)
	r.rememberUser(ctx, secret, &memory)
	if memory.isRolledBack() { // accepted by an apply: one that was accepted does not speak for the next
		addRolledBack(&resp.Diagnostics, before.String())
	}
	state.read(secret, memory.Imported)
	memory.Imported = false
	resp.Diagnostics.Append(encode(ctx, &resp.State, state)...)
	resp.Diagnostics.Append(encode(ctx, resp.Identity, state.identity())...)
	resp.Diagnostics.Append(memory.save(ctx, resp.Private)...)
	r.configured.addWarnings(&resp.Diagnostics)
}

func (r *secretResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var config, plan, state secretResourceModel
	resp.Diagnostics.Append(decode(ctx, req.Config, &config)...)
	resp.Diagnostics.Append(decode(ctx, req.Plan, &plan)...)
	resp.Diagnostics.Append(decode(ctx, req.State, &state)...)
	memory, diags := recall(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() || !r.configured.known(&resp.Diagnostics, "Updating a secret") {
		return
	}
	decision := memory.Decision
	memory.Decision = nil
	// Now, so that it is gone from what a failure leaves behind, too.
	resp.Diagnostics.Append(memory.save(ctx, resp.Private)...)
	if !r.configured.checkProjectKey(ctx, &resp.Diagnostics, "Cannot Update Secret", memory) {
		return
	}
	if !plan.Version.IsUnknown() { // planned without any change on the server
		if plan.AcceptRollback.ValueBool() {
			memory.acceptRollback()
		}
		if decision != nil && decision.Accept {
			memory.accept(plan.ValueFingerprint)
		}
		plan.ValueWO, plan.Generation = types.StringNull(), state.Generation
		resp.Diagnostics.Append(encode(ctx, &resp.State, plan)...)
		resp.Diagnostics.Append(encode(ctx, resp.Identity, plan.identity())...)
		resp.Diagnostics.Append(memory.save(ctx, resp.Private)...)
		return
	}
	if decision == nil {
		addUndecided(&resp.Diagnostics)
		return
	}
	change, ok := r.change(ctx, config, plan, state, *decision, memory, &resp.Diagnostics)
	if !ok {
		return
	}
	r.configured.addTaken(&resp.Diagnostics, "Cannot Update Secret", memory.Owner, state.claim(plan), plan.ref(state.stored()))
	if resp.Diagnostics.HasError() {
		return
	}
	secret, err := r.configured.store.Update(ctx, state.ref(state.stored()), state.ID.ValueString(), change)
	if err != nil {
		r.configured.addError(&resp.Diagnostics, "Cannot Update Secret", err)
		return
	}
	underOldName, err := r.configured.store.FingerprintUnder(ctx, state.ref(state.stored()), secret.Value, memory.KeyID)
	if err != nil {
		r.configured.addError(&resp.Diagnostics, "Cannot Update Secret", err)
		return
	}
	settled := decision.Write || decision.Accept
	if !settled && memory.forget(secret, underOldName, state.ValueFingerprint) && !plan.ValueWOVersion.IsNull() {
		addUncomparable(&resp.Diagnostics, plan.ref(state.stored()).String())
	}
	memory.learn(secret, underOldName, settled)
	if plan.AcceptRollback.ValueBool() {
		memory.acceptRollback()
	}
	memory.Renamed = false
	plan.written(secret)
	resp.Diagnostics.Append(encode(ctx, &resp.State, plan)...)
	resp.Diagnostics.Append(encode(ctx, resp.Identity, plan.identity())...)
	resp.Diagnostics.Append(memory.save(ctx, resp.Private)...)
	r.configured.addWarnings(&resp.Diagnostics)
}

// change is what an update does on the server.
func (r *secretResource) change(ctx context.Context, config, plan, state secretResourceModel, decision valueDecision, memory memory, diags *diag.Diagnostics) (secrets.Change, bool) {
	details, detailsDiags := plan.details(ctx, &state)
	diags.Append(detailsDiags...)
	name := plan.Name.ValueString()
	change := secrets.Change{
		Name: &name, Comment: commentChange(plan.Comment, state.Comment), DetailsChange: details,
		SealedUnder: r.configured.store.SealingKeyID(), Seen: memory.Generation,
		AcceptOlder: plan.AcceptRollback.ValueBool() && memory.isRolledBack(), // the one that the plan showed
	}
	if value, known := config.toWrite(plan.valueModel); known && decision.Write {
		change.Value = &value
	}
	return change, !diags.HasError()
}

func (r *secretResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state secretResourceModel
	resp.Diagnostics.Append(decode(ctx, req.State, &state)...)
	memory, diags := recall(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() || !r.configured.known(&resp.Diagnostics, "Deleting a secret") ||
		!r.configured.canBeReplaced(ctx, "Cannot Delete Secret", req, resp) {
		return
	}
	r.checkUser(ctx, "Cannot Delete Secret", state, memory, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if memory.Left {
		return
	}
	if err := r.configured.store.Delete(ctx, state.ref(state.stored()), state.ID.ValueString()); err != nil {
		r.configured.addError(&resp.Diagnostics, "Cannot Delete Secret", err)
		return
	}
	r.configured.addWarnings(&resp.Diagnostics)
}

// ImportState finds the secret now, for an error that says more than Terraform's
// own. The Read that follows costs no request. The value stays out of the state.
func (r *secretResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	if !r.configured.known(&resp.Diagnostics, "Importing a secret") {
		return
	}
	var folder secrets.Folder
	var name string
	kind := typeShared
	if req.ID != "" {
		var err error
		if folder, name, err = parseImportID(req.ID); err != nil {
			resp.Diagnostics.AddError("Invalid Import ID", fmt.Sprintf("%q cannot be imported: %s.", req.ID, err))
			return
		}
	} else {
		var identity identityModel
		resp.Diagnostics.Append(decode(ctx, req.Identity, &identity)...)
		if resp.Diagnostics.HasError() {
			return
		}
		if kind = cmp.Or(identity.Type.ValueString(), typeShared); kind == typePersonal {
			r.checkPersonal(ctx, "Cannot Import Secret", &resp.Diagnostics)
			if resp.Diagnostics.HasError() {
				return
			}
		}
		folder = secrets.Folder{
			WorkspaceID: identity.WorkspaceID.ValueString(), Environment: identity.EnvSlug.ValueString(), Path: identity.FolderPath.ValueString(),
		}
		if folder.Path == "" {
			folder.Path = "/"
		}
		name = identity.Name.ValueString()
	}
	folder, err := r.configured.store.Locate(ctx, folder)
	if err != nil {
		r.configured.addError(&resp.Diagnostics, "Cannot Import Secret", err)
		return
	}
	secret, err := r.configured.store.Find(ctx, secrets.Ref{Folder: folder, Name: name, Personal: kind == typePersonal}, "")
	if err != nil {
		r.configured.addError(&resp.Diagnostics, "Cannot Import Secret", err)
		return
	}
	for attribute, value := range map[string]string{
		"workspace_id": folder.WorkspaceID, "env_slug": folder.Environment, "folder_path": folder.Path,
		"name": secret.Name, "id": secret.ID, "type": kind,
	} {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(attribute), value)...)
	}
	imported := memory{Imported: true, Owner: secrets.NewOwner()}
	r.configured.store.Has(folder, imported.Owner, secret.ID)
	resp.Diagnostics.Append(imported.save(ctx, resp.Private)...)
}
