package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// ValidateConfig refuses several values. It quotes none, as stock validators
// would.
func (r *secretResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	// Attribute by attribute: this runs for every instance, and most of a
	// configuration is of no interest here.
	var config secretResourceModel
	for name, into := range map[string]*types.String{
		"value": &config.Value, "value_wo": &config.ValueWO, "value_base64": &config.ValueBase64,
	} {
		resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root(name), into)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("value_wo_version"), &config.ValueWOVersion)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("on_existing"), &config.OnExisting)...)
	if config.OnExisting.ValueString() == onExistingKeep && !config.isVersioned() {
		resp.Diagnostics.AddAttributeError(path.Root("on_existing"), "Keep Without Versioned Value", keepNeedsVersion+
			"\n\nSet value_wo and value_wo_version, or another on_existing.")
	}
	if !config.ValueWOVersion.IsNull() && config.ValueWO.IsNull() {
		resp.Diagnostics.AddAttributeError(path.Root("value_wo_version"), "Version Without Write-Only Value",
			"value_wo_version says when value_wo is to be written, and there is no value_wo.\n\nRemove value_wo_version, or give the value in value_wo.")
	}
	config.checkOneValue(&resp.Diagnostics)
}

func (m secretResourceModel) checkOneValue(diags *diag.Diagnostics) {
	if m.isAmbiguous() {
		diags.AddError("Several Secret Values", "Only one of value, value_wo and value_base64 can be set.\n\nRemove all but one.")
	}
}

// ModifyPlan plans the place, the fingerprint and the version, and refuses
// what can be known to fail. It asks the server nothing that a run does not
// ask anyway.
func (r *secretResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if r.configured == nil {
		return
	}
	var state *secretResourceModel
	if !req.State.Raw.IsNull() {
		state = &secretResourceModel{}
		resp.Diagnostics.Append(decode(ctx, req.State, state)...)
	}
	if req.Plan.Raw.IsNull() { // destroy
		if r.configured.unknown == "" && state != nil {
			r.checkWrite(ctx, state.stored(), &resp.Diagnostics)
			memory, diags := recall(ctx, req.Private)
			resp.Diagnostics.Append(diags...)
			r.checkRenamed(ctx, *state, nil, memory, &resp.Diagnostics)
			r.drop(ctx, *state, memory, resp)
		}
		return
	}
	var config, plan secretResourceModel
	resp.Diagnostics.Append(decode(ctx, req.Config, &config)...)
	resp.Diagnostics.Append(decode(ctx, req.Plan, &plan)...)
	memory, diags := recall(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	var stateLocation *locationModel
	if state != nil {
		stateLocation = &state.locationModel
		if !r.configured.checkProjectKey(ctx, &resp.Diagnostics, "Cannot Plan Secret", memory) {
			return
		}
	}
	proposed := plan
	folder, located := r.configured.planLocation(ctx, "Cannot Plan Secret", config.locationModel, stateLocation, &plan.locationModel, resp)
	config.checkOneValue(&resp.Diagnostics)
	r.checkType(ctx, state, plan, memory, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if state != nil && plan.Type.ValueString() == typePersonal && !secrets.SameName(plan.Name.ValueString(), state.Name.ValueString()) {
		resp.RequiresReplace = append(resp.RequiresReplace, path.Root("name")) // the server renames shared secrets alone
	}
	replaced := len(resp.RequiresReplace) > 0 || state != nil && !plan.Type.Equal(state.Type)
	if state != nil {
		following := &plan
		if replaced {
			following = nil
		}
		if r.checkRenamed(ctx, *state, following, memory, &resp.Diagnostics); resp.Diagnostics.HasError() {
			return
		}
	}
	if replaced {
		if state != nil && r.configured.unknown == "" {
			r.drop(ctx, *state, memory, resp)
		}
		state = nil // planned as a new secret; Terraform asks again without the old one
	}
	if state != nil && memory.Bytes && !config.Value.IsNull() {
		// No path: Terraform would print the line that holds the value.
		resp.Diagnostics.AddError("Secret Value Is Not Text", fmt.Sprintf(
			"The server holds bytes for secret %q that a Terraform string cannot carry exactly: no UTF-8, or not in normal form C.\n\n"+
				"Use value_base64 instead of value; to write text over it all the same, value_base64 = base64encode(…) does.", config.Name.ValueString()))
		return
	}

	decision, ok := r.decide(ctx, config, plan, state, memory, folder, located, &resp.Diagnostics)
	if !ok {
		return
	}
	if state != nil && decision.Write && config.source() == valueWriteOnly && memory.drifted(state.ValueFingerprint) {
		addDrifted(&resp.Diagnostics, plan.ref(state.stored()).String())
	}
	writes := state == nil || plan.changesServer(*state) || decision.changesValue(state.ValueFingerprint.ValueString()) || r.configured.reseals(state.SealingKeyID)
	if writes {
		plan.Version, plan.ValueFingerprint = types.Int64Unknown(), types.StringUnknown()
		plan.SealingKeyID, plan.Generation = r.configured.plannedEnvelope()
		if decision.fingerprint != nil {
			plan.ValueFingerprint = types.StringValue(*decision.fingerprint)
		}
		if plan.ID.IsNull() { // taken over from a state without one, and learnt by the write
			plan.ID = types.StringUnknown()
		}
	} else {
		plan.Version, plan.ValueFingerprint = state.Version, state.ValueFingerprint
		plan.SealingKeyID, plan.Generation = state.SealingKeyID, state.Generation
		if memory.isRolledBack() { // accepting it is a change, which the plan shows
			plan.Generation = types.Int64Unknown()
		}
	}
	if state != nil && memory.isRolledBack() && !plan.AcceptRollback.ValueBool() {
		resp.Diagnostics.AddError("Secret Was Rolled Back", rolledBack(plan.ref(state.stored()), memory))
		return
	}
	if plan.locationModel != proposed.locationModel || plan.ID != proposed.ID || plan.Version != proposed.Version ||
		plan.ValueFingerprint != proposed.ValueFingerprint || plan.sealingModel != proposed.sealingModel {
		resp.Diagnostics.Append(encode(ctx, &resp.Plan, plan)...)
	}
	if state != nil && (writes || decision.Accept) {
		memory.Decision = &decision
		resp.Diagnostics.Append(memory.save(ctx, resp.Private)...)
	}
	if located && !plan.Name.IsUnknown() {
		owner, claim := cmp.Or(memory.Owner, secrets.NewOwner()), secrets.Creates // a replacement has the owner of the old one
		if state != nil {
			owner, claim = memory.Owner, state.claim(plan)
		}
		if claim == secrets.Takes {
			r.configured.addTaken(&resp.Diagnostics, "Cannot Plan Secret", owner, secrets.Renames, state.ref(folder))
		}
		r.configured.addTaken(&resp.Diagnostics, "Cannot Plan Secret", owner, claim, plan.ref(folder))
		if state == nil && !resp.Diagnostics.HasError() {
			value, known := config.configuredValue()
			a, err := r.configured.store.Adoption(ctx, plan.ref(folder), plan.draft(value), known)
			if a != nil {
				addAdoptions(&resp.Diagnostics, []secrets.Adoption{*a})
			}
			if err != nil && replaced {
				r.configured.addError(&resp.Diagnostics, "Cannot Plan Secret", nothingDeleted(err, ""))
			}
		}
	}
	if writes && located {
		if state != nil && r.configured.reseals(state.SealingKeyID) {
			r.checkKey(ctx, *state, &resp.Diagnostics)
		}
		r.checkWrite(ctx, folder, &resp.Diagnostics)
		r.checkParts(ctx, state, plan, folder, &resp.Diagnostics)
		if err := r.checkContent(ctx, config, plan, state, decision, folder); err != nil {
			r.configured.addError(&resp.Diagnostics, "Cannot Plan Secret", err)
		}
	}
	r.configured.addWarnings(&resp.Diagnostics)
}

// drop plans the delete of a secret, and leaves it on the server if another
// resource has it too.
func (r *secretResource) drop(ctx context.Context, state secretResourceModel, memory memory, resp *resource.ModifyPlanResponse) {
	ref := state.ref(state.stored())
	if memory.Owner == "" || !r.configured.store.Drop(memory.Owner, ref, state.ID.ValueString()) {
		return
	}
	memory.Left = true
	resp.Diagnostics.Append(memory.save(ctx, resp.Private)...)
	addLeft(&resp.Diagnostics, ref.Folder, []string{ref.Name})
}

// checkContent refuses what the server would refuse or alter. state is nil on
// create. What is not known yet passes: Terraform asks again when it is.
func (r *secretResource) checkContent(ctx context.Context, config, plan secretResourceModel, state *secretResourceModel, decision valueDecision, folder secrets.Folder) error {
	value, known := config.configuredValue()
	switch {
	case plan.Name.IsUnknown(), plan.Comment.IsUnknown():
		return nil
	case state == nil:
		draft := plan.draft(value)
		draft.DetailsChange = plan.knownDetails(ctx, nil)
		return r.configured.store.CheckDraft(ctx, plan.ref(folder), draft)
	}
	return r.configured.store.CheckUpdate(ctx, state.ref(folder), state.ID.ValueString(), secrets.Change{
		Name: plan.Name.ValueStringPointer(), Value: decision.valueToCheck(value, known), Comment: commentChange(plan.Comment, state.Comment),
		DetailsChange: plan.knownDetails(ctx, state),
	})
}

// decide collects what decideValue needs. state is nil on create.
func (r *secretResource) decide(
	ctx context.Context, config, plan secretResourceModel, state *secretResourceModel, memory memory,
	folder secrets.Folder, located bool, diags *diag.Diagnostics,
) (valueDecision, bool) {
	in := valueInputs{
		creating: state == nil, source: config.source(), keep: plan.OnExisting.ValueString() == onExistingKeep,
		version: config.ValueWOVersion, written: memory.Written, deferred: r.configured.unknown != "",
	}
	if state != nil {
		in.priorVersion = state.ValueWOVersion
		in.stored = state.ValueFingerprint.ValueString()
		in.unchanged = config.sameAs(state.valueModel)
		in.changes = plan.changesState(*state)
		in.renamed = !plan.Name.IsUnknown() && state.claim(plan) == secrets.Takes
		in.reprinted = plan.Name.IsUnknown() || in.renamed || r.configured.reseals(state.SealingKeyID) ||
			in.changes && r.configured.otherFingerprints(ctx, memory.KeyID)
	}
	if value, known := config.configuredValue(); known && located {
		fingerprint := func(of secretResourceModel, keyID string) *string {
			made, err := r.configured.store.FingerprintUnder(ctx, of.ref(folder), value, keyID)
			if err != nil {
				r.configured.addError(diags, "Cannot Plan Secret", err)
			}
			return &made
		}
		if !plan.Name.IsUnknown() {
			in.configured = fingerprint(plan, "")
		}
		if in.renamed {
			// Under the name that the plan gives back, if others renamed and changed it.
			if in.asWritten = fingerprint(*state, memory.KeyID); *in.asWritten != memory.Written {
				in.asWritten = fingerprint(plan, memory.KeyID)
			}
		}
		if diags.HasError() {
			return valueDecision{}, false
		}
	}
	if state != nil && r.configured.unknown != "" && !in.changes && !in.reprinted && in.unchanged {
		// Nothing can be compared, and nothing that could be is different.
		in.configured = &in.stored
	}
	decision, err := decideValue(in)
	switch {
	case errors.Is(err, errValueMissing):
		addMissingValue(diags, plan.Name.ValueString())
	case err != nil:
		diags.AddError("Renamed Secret Has Another Value", fmt.Sprintf(
			"%s The plan renames it to %q and value_wo_version stays %d. value_wo is not the value last written here, or cannot be compared with it. "+
				"So Terraform cannot tell which value %[2]q should hold: a shifted count index looks the same.\n\n"+
				"To write value_wo under the new name, change value_wo_version. To carry the old value along, set on_existing = \"keep\". "+
				"To leave each secret its name, use for_each with the names as keys, or moved blocks.",
			sentence(state.ref(folder).String()), plan.Name.ValueString(), config.ValueWOVersion.ValueInt64()))
	}
	return decision, err == nil
}

// reseals tells whether a value under that key is to be written anew, because
// another one seals now, or may be to, while that one is not known.
func (s *configured) reseals(keyID types.String) bool {
	if s.unknown != "" {
		return s.maybeSealed() && !keyID.IsNull() && (s.sealingKeyID == "" || s.sealingKeyID != keyID.ValueString())
	}
	sealing := s.store.SealingKeyID()
	return sealing != "" && !keyID.IsNull() && keyID.ValueString() != sealing
}

// plannedEnvelope is what can be known of the envelope of a write.
func (s *configured) plannedEnvelope() (types.String, types.Int64) {
	switch {
	case s.unknown != "":
		return types.StringUnknown(), types.Int64Unknown()
	case s.store.SealingKeyID() == "":
		return types.StringNull(), types.Int64Null()
	}
	return types.StringValue(s.store.SealingKeyID()), types.Int64Unknown()
}

func rolledBack(ref secrets.Ref, m memory) string {
	return fmt.Sprintf("%s The server shows an older value than was seen before (generation %d, before it was %d): it was restored from a backup or to an earlier point in time, or the server replays what was replaced.\n\n"+
		"If the restore was meant, set accept_rollback = true and apply; remove it afterwards. Otherwise treat the server as untrustworthy until you know why.",
		sentence(ref.String()), m.Envelope.Generation, m.Generation)
}

// addRolledBack is for refreshes, which know nothing of the configuration: the
// plan, where there is one, stops for what it does not accept.
func addRolledBack(diags *diag.Diagnostics, what string) {
	diags.AddWarning("Older Value Than Seen Before", fmt.Sprintf(
		"%s The server shows an older value than was seen before, and this refresh takes it into the state. "+
			"A plan stops for that, unless accept_rollback is set; a run with -refresh-only does not.", sentence(what)))
}

// checkKey refuses to seal anew what there is no key to open with. It looks at
// the server: the state may not know who sealed it last.
func (r *secretResource) checkKey(ctx context.Context, state secretResourceModel, diags *diag.Diagnostics) {
	_, err := r.configured.store.Find(ctx, state.ref(state.stored()), state.ID.ValueString())
	if secrets.ProblemOf(err) == secrets.ProblemCredential {
		r.configured.addError(diags, "Cannot Plan Secret", err)
	}
}

func (r *secretResource) checkWrite(ctx context.Context, folder secrets.Folder, diags *diag.Diagnostics) {
	if err := r.configured.store.CheckWrite(ctx, folder); err != nil {
		r.configured.addError(diags, "Cannot Plan Secret", err)
	}
}

func addMissingValue(diags *diag.Diagnostics, name string) {
	diags.AddError("Missing Secret Value", fmt.Sprintf(
		"Secret %q is to be created, and no value is configured.\n\n"+
			"Set value, value_wo or value_base64. Leaving all out means \"the value is managed elsewhere\" and needs a secret that exists: import it.", name))
}

// checkType refuses personal secrets where nobody is there to own them, and a
// change of type: shared and personal are two secrets of one name, of which the
// server deletes the personal one with the shared one.
func (r *secretResource) checkType(ctx context.Context, state *secretResourceModel, plan secretResourceModel, memory memory, diags *diag.Diagnostics) {
	if r.configured.unknown != "" {
		return
	}
	if state != nil && !plan.Type.Equal(state.Type) && secrets.SameName(plan.Name.ValueString(), state.Name.ValueString()) && plan.locationModel == state.locationModel {
		diags.AddAttributeError(path.Root("type"), "Type Cannot Be Changed", fmt.Sprintf(
			"%q is a %s secret and is to become a %s one. These are two secrets of one name, and a personal one needs the shared one: to replace one by the other would delete what others use.\n\n"+
				"Make another resource for the other one, and let this one keep its type; or take it out of the state by a removed block with destroy = false.",
			state.Name.ValueString(), state.Type.ValueString(), plan.Type.ValueString()))
		return
	}
	if plan.Type.ValueString() != typePersonal {
		return
	}
	if state == nil {
		r.checkPersonal(ctx, "Cannot Plan Secret", diags)
		return
	}
	r.checkUser(ctx, "Cannot Plan Secret", *state, memory, diags)
}

func (r *secretResource) checkPersonal(ctx context.Context, summary string, diags *diag.Diagnostics) {
	if err := r.configured.store.CheckPersonal(ctx); err != nil {
		r.configured.addError(diags, summary, err)
	}
}

// checkUser refuses another user's personal secret: this one's lists do not
// show it, which must not pass for a secret that is gone.
func (r *secretResource) checkUser(ctx context.Context, summary string, state secretResourceModel, memory memory, diags *diag.Diagnostics) {
	if state.Type.ValueString() != typePersonal || memory.User == "" {
		return
	}
	user, err := r.configured.store.User(ctx)
	if err != nil {
		r.configured.addError(diags, summary, err)
		return
	}
	if user != "" && user != memory.User {
		diags.AddError(summary, fmt.Sprintf("%q is the personal secret of another user than the one whose API key the provider has.\n\n"+
			"Use that user's API key, or take the secret out of the state (terraform state rm, or a removed block with destroy = false).", state.Name.ValueString()))
	}
}

// rememberUser notes whose a personal secret is.
func (r *secretResource) rememberUser(ctx context.Context, secret secrets.Secret, memory *memory) {
	if secret.Personal {
		memory.User, _ = r.configured.store.User(ctx) // known by now: the secret was read
	}
}
