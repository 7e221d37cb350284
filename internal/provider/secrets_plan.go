package provider

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// ValidateConfig checks the elements. None of its diagnostics has a path:
// Terraform would print a line that may hold values.
func (r *secretsResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	config := decoded[secretsResourceModel](ctx, req.Config, &resp.Diagnostics)
	config.validateForm(&resp.Diagnostics)
	for _, form := range []types.Map{config.Secrets, config.Values, config.ValuesWO} {
		for name, element := range form.Elements() {
			if err := secrets.CheckName(name); err != nil {
				resp.Diagnostics.AddError("Invalid Secret Name", fmt.Sprintf("The server cannot hold a secret named %q: %s.\n\nChoose another name.", name, err))
			}
			if element.IsNull() {
				resp.Diagnostics.AddError("Missing Secret", fmt.Sprintf("%s[%q] is null.\n\nGive it a value, or leave the name out.", config.attribute(), name))
			}
		}
	}
	var unversioned []string
	for name, e := range config.entries() {
		if e.unknown {
			continue
		}
		e.validate(name, &resp.Diagnostics)
		if config.OnExisting.ValueString() == onExistingKeep && !e.isVersioned() {
			unversioned = append(unversioned, name)
		}
	}
	if len(unversioned) > 0 {
		resp.Diagnostics.AddError("Keep Without Versioned Value", fmt.Sprintf(
			"%s Not all elements of secrets have them: %s.\n\nGive these elements value_wo and value_wo_version, or set another on_existing. "+
				"In the flat form, use values_wo with values_wo_version.", keepNeedsVersion, quoted(unversioned)))
	}
	config.validateRemove(&resp.Diagnostics)
}

func (e entry) validate(name string, diags *diag.Diagnostics) {
	e.checkOneValue(name, diags)
	if err := secrets.CheckText(e.Comment.ValueString()); err != nil {
		diags.AddError("Unprintable Text", fmt.Sprintf("The comment of secret %q cannot be used: %s.\n\nRemove it.", name, err))
	}
	if !e.ValueWOVersion.IsNull() && e.ValueWO.IsNull() {
		diags.AddError("Version Without Write-Only Value", fmt.Sprintf(
			"value_wo_version of secret %q says when value_wo is to be written, and there is no value_wo.\n\nRemove value_wo_version, or give the value in value_wo.", name))
	}
}

func (e entry) checkOneValue(name string, diags *diag.Diagnostics) {
	if e.isAmbiguous() {
		diags.AddError("Several Secret Values", fmt.Sprintf("Only one of value and value_wo of secret %q can be set.\n\nRemove the other.", name))
	}
}

// ModifyPlan plans every element on its own, so that a change to one shows
// nothing of the others, and refuses what can be known to fail. It asks the
// server nothing that a run does not ask anyway.
func (r *secretsResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if r.configured == nil {
		return
	}
	var state *secretsResourceModel
	if !req.State.Raw.IsNull() {
		state = new(decoded[secretsResourceModel](ctx, req.State, &resp.Diagnostics))
	}
	if req.Plan.Raw.IsNull() { // destroy
		if r.configured.unknown == "" && state != nil {
			r.checkWrite(ctx, state.stored(), &resp.Diagnostics)
			memory, diags := recallSecrets(ctx, req.Private)
			resp.Diagnostics.Append(diags...)
			r.drop(ctx, *state, memory, resp)
			addStaying(&resp.Diagnostics, state.stored(), unmanaged(state.entries()), state.attribute())
		}
		return
	}
	config := decoded[secretsResourceModel](ctx, req.Config, &resp.Diagnostics)
	plan := decoded[secretsResourceModel](ctx, req.Plan, &resp.Diagnostics)
	memory, diags := recallSecrets(ctx, req.Private)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	if plan.removesUnknown() {
		resp.Diagnostics.AddError("Names To Remove Are Unknown", "remove depends on a value that is known only after apply, so this plan cannot show what it deletes.\n\n"+
			"Use names that are known at plan, or apply first what they depend on (terraform apply -target=…).")
		return
	}
	var stateLocation *locationModel
	if state != nil {
		stateLocation = &state.locationModel
		if !r.configured.checkProjectKey(ctx, &resp.Diagnostics, "Cannot Plan Secrets", memory.any()) {
			return
		}
	}
	folder, located := r.configured.planLocation(ctx, "Cannot Plan Secrets", config.locationModel, stateLocation, &plan.locationModel, resp)
	if resp.Diagnostics.HasError() {
		return
	}
	replaces := state != nil && len(resp.RequiresReplace) > 0
	if replaces {
		if r.configured.unknown == "" {
			r.drop(ctx, *state, memory, resp)
		}
		state = nil // planned as new; Terraform asks again without the old one
	}
	if state == nil {
		memory = secretsMemory{Owner: cmp.Or(memory.Owner, secrets.NewOwner())} // a replacement has that of the old one
	}

	p := secretsPlanner{configured: r.configured, config: config, configuredEntries: config.configuredEntries(state), plan: plan, state: state, memory: memory, folder: folder, located: located, replaces: replaces}
	writes := p.run(ctx, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	if names := memory.rolledBack(); state != nil && len(names) > 0 && !plan.AcceptRollback.ValueBool() {
		resp.Diagnostics.AddError("Secrets Were Rolled Back", allRolledBack(state.stored(), names))
		return
	}
	resp.Diagnostics.Append(encode(ctx, &resp.Plan, p.plan)...)
	if state != nil && (writes || len(p.decisions) > 0) {
		memory.Decisions = &p.decisions
		resp.Diagnostics.Append(memory.save(ctx, resp.Private)...)
	}
	if located {
		p.checkKeys(ctx, &resp.Diagnostics)
		if writes {
			r.checkWrite(ctx, folder, &resp.Diagnostics)
		}
		p.checkOwners(&resp.Diagnostics)
		if !resp.Diagnostics.HasError() {
			p.warnOfAdoptions(ctx, &resp.Diagnostics)
			p.warnOfOthers(ctx, &resp.Diagnostics)
		}
	}
	r.configured.addWarnings(&resp.Diagnostics)
}

func allRolledBack(folder secrets.Folder, names []string) string {
	return fmt.Sprintf("In the %s the server shows older values than were seen before of: %s. They were restored from a backup or to an earlier point in time, or the server replays what was replaced.\n\n"+
		"If the restore was meant, set accept_rollback = true and apply; remove it afterwards. Otherwise treat the server as untrustworthy until you know why.",
		folder, strings.Join(names, ", "))
}

func (r *secretsResource) checkWrite(ctx context.Context, folder secrets.Folder, diags *diag.Diagnostics) {
	if err := r.configured.store.CheckWrite(ctx, folder); err != nil {
		r.configured.addError(diags, "Cannot Plan Secrets", err)
	}
}

// secretsPlanner plans one infisical_secrets. Its plan becomes the planned one.
type secretsPlanner struct {
	configured   *configured
	config, plan secretsResourceModel
	state        *secretsResourceModel // nil on create
	// configuredEntries are the elements of the configuration.
	configuredEntries map[string]entry
	memory            secretsMemory
	folder            secrets.Folder
	located           bool
	replaces          bool      // what is planned as new replaces something
	decisions         decisions // of the elements whose value does not stay as it is
}

// run plans the elements and tells whether anything is to be written.
func (p *secretsPlanner) run(ctx context.Context, diags *diag.Diagnostics) (writes bool) {
	if p.config.isUnknown() {
		p.plan.setUnknown()
		return true // whatever it will be, it is planned again when it is known
	}
	config, state := p.configuredEntries, p.plan.before(p.state)
	changes := p.state == nil
	if p.state != nil {
		changes = len(state) != len(config) || p.plan.isFlat() != p.state.isFlat() || p.plan.Values.IsNull() != p.state.Values.IsNull() ||
			!p.config.ValuesWOVersion.Equal(p.state.ValuesWOVersion) ||
			!p.config.Exclusive.Equal(p.state.Exclusive) || !p.config.Remove.Equal(p.state.Remove) ||
			!p.config.OnExisting.Equal(p.state.OnExisting) || !p.config.AcceptRollback.Equal(p.state.AcceptRollback) || !p.plan.FolderPath.Equal(p.state.FolderPath)
	}
	// A change to one element makes Terraform ask again for all of them when
	// it applies, and a write-only value may have rotated by then: what is
	// planned for it depends on whether there is any change. So once as if
	// there were none, and once more if there is one.
	for {
		planned := make(map[string]entry, len(config))
		p.decisions = decisions{}
		differ, failed := false, diag.Diagnostics{}
		writes = false
		for name, c := range config {
			prior, existed := state[name]
			e, wrote := p.element(ctx, name, c, prior, existed, changes, &failed)
			planned[name] = e
			differ = differ || !existed || !e.equal(prior)
			writes = writes || wrote
		}
		if differ && !changes {
			changes = true
			continue
		}
		deleted, staying := p.leaving(ctx, state)
		writes = writes || len(deleted) > 0
		addDeleted(diags, p.folder, deleted)
		addStaying(diags, p.folder, staying, p.plan.attribute())
		if drifted := p.drifted(planned, state); len(drifted) > 0 {
			addDrifted(diags, fmt.Sprintf("secrets %s of the %s", strings.Join(drifted, ", "), p.state.stored()))
		}
		diags.Append(failed...)
		p.plan.setEntries(planned)
		return writes
	}
}

// drifted are the write-only elements that are planned to be written and whose
// value is not the one last written.
func (p *secretsPlanner) drifted(planned, state map[string]entry) []string {
	var out []string
	for name, prior := range state {
		e, kept := planned[name]
		if kept && e.source() == valueWriteOnly && e.ValueFingerprint.IsUnknown() && p.memory.Secrets[name].drifted(prior.ValueFingerprint) {
			out = append(out, fmt.Sprintf("%q", name))
		}
	}
	slices.Sort(out)
	return out
}

// element plans one element, and tells whether it is to be written.
func (p *secretsPlanner) element(ctx context.Context, name string, config, prior entry, existed, changes bool, diags *diag.Diagnostics) (planned entry, writes bool) {
	if config.unknown {
		return config, true
	}
	config.checkOneValue(name, diags)
	if existed && p.memory.Secrets[name].Bytes && !config.Value.IsNull() {
		diags.AddError("Secret Value Is Not Text", fmt.Sprintf(
			"The server holds bytes for secret %q that a Terraform string cannot carry exactly: no UTF-8, or not in normal form C.\n\n"+
				"Manage it by infisical_secret with value_base64. Or leave its value out of secrets, and its name out of values: it is then not touched.", name))
	}
	decision := p.decide(ctx, name, config, prior, existed, changes, diags)
	if existed && (decision.Write || decision.Accept) {
		p.decisions[name] = decision
	}
	planned = config
	planned.ID, planned.Version, planned.ValueFingerprint = prior.ID, prior.Version, prior.ValueFingerprint
	if !existed {
		planned.ID = types.StringUnknown()
	}
	// One that an import found, or that exclusive was to delete, is managed from
	// the update on, also where that sends nothing.
	// Accepting a rollback is a change, which the plan shows.
	if existed && prior.isManaged() && !planned.changesServer(prior) && !decision.changesValue(prior.ValueFingerprint.ValueString()) && !p.reseals(name) && !p.memory.Secrets[name].isRolledBack() {
		return planned, false
	}
	planned.Version, planned.ValueFingerprint = types.Int64Unknown(), types.StringUnknown()
	if decision.fingerprint != nil {
		planned.ValueFingerprint = types.StringValue(*decision.fingerprint)
	}
	if p.located {
		p.checkParts(ctx, name, planned, prior, existed, diags)
		if err := p.checkContent(ctx, name, config, prior, existed, decision); err != nil {
			p.configured.addError(diags, "Cannot Plan Secrets", err)
		}
	}
	return planned, true
}

// checkContent refuses what the server would refuse or alter. What is not known
// yet passes: Terraform asks again when it is.
func (p *secretsPlanner) checkContent(ctx context.Context, name string, config, prior entry, existed bool, decision valueDecision) error {
	value, known := config.configuredValue()
	ref := secrets.Ref{Folder: p.folder, Name: name}
	switch {
	case config.Comment.IsUnknown():
		return nil
	case !existed:
		return p.configured.store.CheckContent(ctx, ref, value, secrets.NewValue(config.Comment.ValueString()))
	}
	return p.configured.store.CheckUpdate(ctx, ref, prior.ID.ValueString(), secrets.Change{
		Value: decision.valueToCheck(value, known), Comment: commentChange(config.Comment, prior.Comment),
	})
}

// decide collects what decideValue needs.
func (p *secretsPlanner) decide(ctx context.Context, name string, config, prior entry, existed, changes bool, diags *diag.Diagnostics) valueDecision {
	in := valueInputs{
		creating: !existed, source: config.source(), keep: p.plan.OnExisting.ValueString() == onExistingKeep,
		version: config.ValueWOVersion, priorVersion: types.Int64Null(),
		written: p.memory.Secrets[name].Written, changes: changes, deferred: p.configured.unknown != "",
	}
	if existed {
		in.priorVersion, in.stored = prior.ValueWOVersion, prior.ValueFingerprint.ValueString()
		in.unchanged = config.sameAs(prior.valueModel)
		in.reprinted = p.reseals(name) || changes && p.configured.otherFingerprints(ctx, p.memory.Secrets[name].KeyID)
	}
	if value, known := config.configuredValue(); known && p.located {
		fingerprint, err := p.configured.store.Fingerprint(ctx, secrets.Ref{Folder: p.folder, Name: name}, value)
		if err != nil {
			p.configured.addError(diags, "Cannot Plan Secrets", err)
			return valueDecision{}
		}
		in.configured = &fingerprint
	}
	if existed && p.configured.unknown != "" && !in.reprinted && (!changes || p.configured.mode == modeE2EE) && in.unchanged {
		// Nothing can be compared, and nothing that could be is different. In other
		// modes than E2EE fingerprints may be of another key when it is applied.
		in.configured = &in.stored
	}
	decision, err := decideValue(in)
	if err != nil { // an element is never renamed, which leaves one error
		addMissingValue(diags, name)
	}
	return decision
}

func (p *secretsPlanner) reseals(name string) bool {
	keyID := p.memory.Secrets[name].keyID()
	return keyID != "" && p.configured.reseals(types.StringValue(keyID))
}

// checkKeys refuses to seal anew what there is no key to open with. It looks at
// the server: the state may not know who sealed it last. One error stands for all.
func (p *secretsPlanner) checkKeys(ctx context.Context, diags *diag.Diagnostics) {
	var resealed []string
	for name := range p.plan.entries() {
		if p.reseals(name) {
			resealed = append(resealed, name)
		}
	}
	if len(resealed) == 0 {
		return
	}
	contents, err := p.configured.store.Contents(ctx, p.state.stored(), resealed)
	if err != nil {
		return // which the apply meets, too
	}
	for _, name := range slices.Sorted(maps.Keys(contents.Damaged)) {
		if err := contents.Damaged[name]; secrets.ProblemOf(err) == secrets.ProblemCredential {
			p.configured.addError(diags, "Cannot Plan Secrets", err)
			return
		}
	}
}

// checkOwners refuses names that another resource of this run manages.
func (p *secretsPlanner) checkOwners(diags *diag.Diagnostics) {
	if p.memory.Owner == "" || p.plan.isUnknown() {
		return
	}
	p.configured.addAllTaken(diags, "Cannot Plan Secrets", p.folder, p.memory, p.plan, p.state)
}
