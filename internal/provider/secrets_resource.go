package provider

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

var (
	_ resource.ResourceWithConfigure      = (*secretsResource)(nil)
	_ resource.ResourceWithIdentity       = (*secretsResource)(nil)
	_ resource.ResourceWithImportState    = (*secretsResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*secretsResource)(nil)
	_ resource.ResourceWithValidateConfig = (*secretsResource)(nil)
)

func newSecretsResource() resource.Resource { return &secretsResource{} }

type secretsResource struct {
	configured *configured
}

func (r *secretsResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_secrets"
}

func (r *secretsResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.configured = configuredFrom(req.ProviderData, &resp.Diagnostics)
}

func (r *secretsResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	config := decoded[secretsResourceModel](ctx, req.Config, &resp.Diagnostics)
	plan := decoded[secretsResourceModel](ctx, req.Plan, &resp.Diagnostics)
	if resp.Diagnostics.HasError() || !r.configured.known(&resp.Diagnostics, "Creating secrets") {
		return
	}
	folder, err := r.configured.store.Locate(ctx, plan.folder())
	if err != nil {
		r.configured.addError(&resp.Diagnostics, "Cannot Create Secrets", err)
		return
	}
	memory := secretsMemory{Owner: secrets.NewOwner(), Secrets: map[string]memory{}}
	edit, ok := r.edit(ctx, folder, config, plan, nil, memory, decisions{}, &resp.Diagnostics)
	if !ok {
		return
	}
	r.configured.store.Hold(memory.Owner, secrets.Creates, refs(folder, names(plan.entries()))...)
	done, err := r.configured.store.Edit(ctx, folder, edit)
	if err != nil {
		r.configured.addEditError(&resp.Diagnostics, "Cannot Create Secrets", err, done, createAgain)
		if len(done) == 0 {
			return
		}
	}
	plan.set(folder)
	plan.setEntries(edited(plan, nil, edit, done, &memory, r.learner(ctx, &memory, nil, edit, nil, &resp.Diagnostics)))
	resp.Diagnostics.Append(encode(ctx, &resp.State, plan)...)
	resp.Diagnostics.Append(encode(ctx, resp.Identity, plan.identity())...)
	resp.Diagnostics.Append(memory.save(ctx, resp.Private)...)
	r.configured.addWarnings(&resp.Diagnostics)
}

func (r *secretsResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	state := decoded[secretsResourceModel](ctx, req.State, &resp.Diagnostics)
	memory, diags := recallSecrets(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	// Terraform wants an identity even of what is gone or was not read.
	resp.Diagnostics.Append(encode(ctx, resp.Identity, state.identity())...)
	if r.configured.unknown != "" {
		resp.Diagnostics.AddWarning("Secrets Not Refreshed", fmt.Sprintf(
			"The provider's %s is known only after apply, so the secrets of folder %s are planned as they were last seen.", r.configured.unknown, state.FolderPath.ValueString()))
		return
	}
	if memory.Owner == "" {
		memory.Owner = secrets.NewOwner()
	}
	before := state.entries()
	for _, e := range before { // before anything waits for the server, as of a single secret
		if e.isManaged() {
			r.configured.store.Has(state.stored(), memory.Owner, e.ID.ValueString())
		}
	}
	if !r.configured.checkProjectKey(ctx, &resp.Diagnostics, "Cannot Read Secrets", memory.any()) {
		return
	}
	contents, err := r.configured.store.Contents(ctx, state.stored(), names(before))
	if secrets.ProblemOf(err) == secrets.ProblemFolderMissing {
		resp.State.RemoveResource(ctx)
		return
	}
	if err != nil {
		r.configured.addError(&resp.Diagnostics, "Cannot Read Secrets", err)
		return
	}
	if state.Exclusive.ValueBool() || memory.Imported {
		r.configured.addLeftOut(&resp.Diagnostics, contents.LeftOut)
	}
	var backwards []string
	for name, e := range before {
		if e.isManaged() && r.configured.store.HasOther(state.stored(), memory.Owner, e.ID.ValueString()) {
			e.Version = types.Int64Null() // it is the other's as well: not to be deleted if it leaves
			before[name] = e
		}
		backwards = append(backwards, older(e.ID, e.Version, contents.Secrets[name]))
	}
	r.configured.addOlder(&resp.Diagnostics, backwards)
	var uncomparable []string
	learn := func(name string, s secrets.Secret) {
		underOldKey := r.configured.before(ctx, memory, name, s, &resp.Diagnostics)
		if memory.forget(name, s, underOldKey, before[name].ValueFingerprint) && !before[name].ValueWOVersion.IsNull() {
			uncomparable = append(uncomparable, fmt.Sprintf("%q", name))
		}
		memory.learn(name, s, underOldKey, false)
	}
	state.setEntries(refreshed(before, contents, r.configured.strays(state, memory), &memory, learn))
	if len(uncomparable) > 0 {
		slices.Sort(uncomparable)
		addUncomparable(&resp.Diagnostics, fmt.Sprintf("secrets %s of the %s", strings.Join(uncomparable, ", "), state.stored()))
	}
	if names := memory.rolledBack(); len(names) > 0 { // accepted by an apply: one that was accepted does not speak for the next
		addRolledBack(&resp.Diagnostics, fmt.Sprintf("secrets %s of the %s", strings.Join(names, ", "), state.stored()))
	}
	for _, name := range slices.Sorted(maps.Keys(contents.Damaged)) {
		err := contents.Damaged[name]
		switch secrets.ProblemOf(err) {
		case secrets.ProblemCredential, secrets.ProblemPermission, secrets.ProblemMode: // not damaged: not to be written over
			r.configured.addError(&resp.Diagnostics, "Cannot Read Secrets", err)
			return
		}
	}
	r.configured.addUnreadable(&resp.Diagnostics, contents.Damaged)
	memory.Imported = false
	resp.Diagnostics.Append(encode(ctx, &resp.State, state)...)
	resp.Diagnostics.Append(memory.save(ctx, resp.Private)...)
	r.configured.addWarnings(&resp.Diagnostics)
}

func (r *secretsResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	config := decoded[secretsResourceModel](ctx, req.Config, &resp.Diagnostics)
	plan := decoded[secretsResourceModel](ctx, req.Plan, &resp.Diagnostics)
	state := decoded[secretsResourceModel](ctx, req.State, &resp.Diagnostics)
	memory, diags := recallSecrets(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() || !r.configured.known(&resp.Diagnostics, "Updating secrets") {
		return
	}
	var decided decisions
	if memory.Decisions != nil {
		decided = *memory.Decisions
	}
	memory.Decisions = nil
	// Now, so that they are gone from what a failure leaves behind, too.
	resp.Diagnostics.Append(memory.save(ctx, resp.Private)...)
	if !r.configured.checkProjectKey(ctx, &resp.Diagnostics, "Cannot Update Secrets", memory.any()) {
		return
	}
	folder := state.stored()
	edit, ok := r.edit(ctx, folder, config, plan, &state, memory, decided, &resp.Diagnostics)
	if !ok {
		return
	}
	if len(edit.Update) > 0 && decided == nil {
		addUndecided(&resp.Diagnostics)
		return
	}
	var done map[string]secrets.Secret
	if !edit.IsEmpty() {
		r.configured.addAllTaken(&resp.Diagnostics, "Cannot Update Secrets", folder, memory, plan, &state)
		if resp.Diagnostics.HasError() {
			return
		}
		var err error
		if done, err = r.configured.store.Edit(ctx, folder, edit); err != nil {
			r.configured.addEditError(&resp.Diagnostics, "Cannot Update Secrets", err, done, applyAgain)
			if len(done) == 0 {
				return
			}
			plan.ValuesWOVersion = state.ValuesWOVersion // not all have the new one: the next apply writes what is missing
		}
	}
	plan.set(folder)
	stored := plan.before(&state)
	for name, decision := range decided {
		if _, sent := edit.Update[name]; !sent && decision.Accept {
			memory.accept(name, stored[name].ValueFingerprint)
		}
	}
	plan.setEntries(edited(plan, &state, edit, done, &memory, r.learner(ctx, &memory, stored, edit, decided, &resp.Diagnostics)))
	if plan.AcceptRollback.ValueBool() {
		memory.acceptRollbacks()
	}
	resp.Diagnostics.Append(encode(ctx, &resp.State, plan)...)
	resp.Diagnostics.Append(encode(ctx, resp.Identity, plan.identity())...)
	resp.Diagnostics.Append(memory.save(ctx, resp.Private)...)
	r.configured.addWarnings(&resp.Diagnostics)
}

// edit is what a plan brings about; state is nil on create.
func (r *secretsResource) edit(ctx context.Context, folder secrets.Folder, config, plan secretsResourceModel, state *secretsResourceModel, memory secretsMemory, decided decisions, diags *diag.Diagnostics) (secrets.Edit, bool) {
	edit := secrets.Edit{Create: map[string]secrets.Draft{}, Update: map[string]secrets.Update{}, Delete: map[string]string{}}
	configured, planned, stored := config.entries(), plan.entries(), plan.before(state)
	for name, e := range planned {
		c := configured[name]
		prior, existed := stored[name]
		if !existed {
			draft, ok := e.draft(c, plan.OnExisting.ValueString())
			if !ok {
				addMissingValue(diags, name)
			}
			edit.Create[name] = draft
			continue
		}
		if !e.Version.IsUnknown() { // planned without any change on the server
			continue
		}
		change := secrets.Change{
			Comment: commentChange(e.Comment, prior.Comment), SealedUnder: r.configured.store.SealingKeyID(),
			Seen: memory.Secrets[name].Generation, AcceptOlder: plan.AcceptRollback.ValueBool() && memory.Secrets[name].isRolledBack(), // the one that the plan showed
		}
		if value, known := c.toWrite(e.valueModel); known && decided[name].Write {
			change.Value = &value
		}
		edit.Update[name] = secrets.Update{ID: prior.ID.ValueString(), Change: change}
	}
	deletion := r.configured.deletion(plan, state)
	for name, prior := range stored {
		if _, kept := planned[name]; !kept && deletion.deletes(name, prior) {
			edit.Delete[name] = prior.ID.ValueString()
		}
	}
	for _, name := range deletion.added {
		edit.Delete[name] = ""
	}
	if state == nil && len(planned) == 0 { // no write would tell that the folder is missing
		if _, err := r.configured.store.Contents(ctx, folder, nil); err != nil {
			r.configured.addError(diags, "Cannot Read Secrets", err)
			return secrets.Edit{}, false
		}
	}
	return edit, !diags.HasError()
}

// learner remembers what an edit did; before are the elements of the state.
func (r *secretsResource) learner(ctx context.Context, m *secretsMemory, before map[string]entry, edit secrets.Edit, decided decisions, diags *diag.Diagnostics) func(string, secrets.Secret) {
	return func(name string, s secrets.Secret) {
		_, created := edit.Create[name]
		written, underOldKey := created || decided[name].Write || decided[name].Accept, r.configured.before(ctx, *m, name, s, diags)
		if !written && m.forget(name, s, underOldKey, before[name].ValueFingerprint) && !before[name].ValueWOVersion.IsNull() {
			addUncomparable(diags, s.String())
		}
		m.learn(name, s, underOldKey, written)
	}
}

// edited is the map of a state after an edit: of what was done the plan, of
// the rest what was there before, unless the plan leaves it to others.
func edited(plan secretsResourceModel, state *secretsResourceModel, edit secrets.Edit, done map[string]secrets.Secret, memory *secretsMemory, learn func(string, secrets.Secret)) map[string]entry {
	planned, after := plan.entries(), plan.before(state)
	for name, e := range planned {
		s, wasDone := done[name]
		_, created := edit.Create[name]
		_, updated := edit.Update[name]
		switch {
		case wasDone:
			e.written(s)
			after[name] = e
			learn(name, s)
		case !created && !updated:
			after[name] = e
		}
	}
	for name := range after {
		_, kept := planned[name]
		_, doomed := edit.Delete[name]
		if _, wasDone := done[name]; !kept && (wasDone || !doomed) {
			delete(after, name)
			delete(memory.Secrets, name)
		}
	}
	return after
}

func (r *secretsResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	state := decoded[secretsResourceModel](ctx, req.State, &resp.Diagnostics)
	memory, diags := recallSecrets(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() || !r.configured.known(&resp.Diagnostics, "Deleting secrets") ||
		!r.configured.canBeReplaced(ctx, "Cannot Delete Secrets", req, resp) {
		return
	}
	// What another client made outlives the resource, see isManaged.
	edit := secrets.Edit{Delete: map[string]string{}}
	for name, e := range state.entries() {
		if e.isManaged() && !slices.Contains(memory.Left, name) {
			edit.Delete[name] = e.ID.ValueString()
		}
	}
	done, err := r.configured.store.Edit(ctx, state.stored(), edit)
	if err != nil {
		r.configured.addEditError(&resp.Diagnostics, "Cannot Delete Secrets", err, done, applyAgain)
		state.setEntries(edited(secretsResourceModel{}, &state, edit, done, &memory, nil))
		resp.Diagnostics.Append(encode(ctx, &resp.State, state)...)
		resp.Diagnostics.Append(memory.save(ctx, resp.Private)...)
		return
	}
	r.configured.addWarnings(&resp.Diagnostics)
}

// ImportState takes over all secrets of a folder; the Read that follows fills
// them in, without their values.
func (r *secretsResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	if !r.configured.known(&resp.Diagnostics, "Importing secrets") {
		return
	}
	var folder secrets.Folder
	if req.ID != "" {
		var err error
		if folder, err = parseFolderImportID(req.ID); err != nil {
			resp.Diagnostics.AddError("Invalid Import ID", fmt.Sprintf("%q cannot be imported: %s.", req.ID, err))
			return
		}
	} else {
		var identity secretsIdentityModel
		resp.Diagnostics.Append(req.Identity.Get(ctx, &identity)...)
		if resp.Diagnostics.HasError() {
			return
		}
		folder = secrets.Folder{
			WorkspaceID: identity.WorkspaceID.ValueString(), Environment: identity.EnvSlug.ValueString(), Path: identity.FolderPath.ValueString(),
		}
		if folder.Path == "" {
			folder.Path = "/"
		}
	}
	folder, err := r.configured.store.Locate(ctx, folder)
	if err == nil { // now, for an error that says more than Terraform's own; the Read that follows costs no request
		_, err = r.configured.store.Contents(ctx, folder, nil)
	}
	if err != nil {
		r.configured.addError(&resp.Diagnostics, "Cannot Import Secrets", err)
		return
	}
	for attribute, value := range map[string]any{
		"workspace_id": folder.WorkspaceID, "env_slug": folder.Environment, "folder_path": folder.Path, "secrets": nestedMap(nil),
	} {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(attribute), value)...)
	}
	memory := secretsMemory{Owner: secrets.NewOwner(), Imported: true}
	resp.Diagnostics.Append(memory.save(ctx, resp.Private)...)
}
