package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
)

// ModifyPlan plans the place, and refuses what can be known to fail. It asks
// the server nothing that a run does not ask anyway: whether the source is
// there is looked at when the import is made, because the same run may make it.
func (r *secretImportResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if r.configured == nil {
		return
	}
	var state *secretImportModel
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	}
	const summary = "Cannot Plan Secret Import"
	check := func(err error) {
		if err != nil {
			r.configured.addError(&resp.Diagnostics, summary, err)
		}
	}
	if req.Plan.Raw.IsNull() { // destroy
		if r.configured.unknown == "" && state != nil {
			check(r.configured.store.CheckWrite(ctx, state.stored()))
		}
		return
	}
	var config, plan secretImportModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	var before *locationModel
	if state != nil {
		before = &state.locationModel
	}
	folder, located := r.configured.planLocation(ctx, summary, config.locationModel, before, &plan.locationModel, resp)
	if resp.Diagnostics.HasError() {
		return
	}
	if state != nil && !samePlace(plan.ImportEnvSlug, state.ImportEnvSlug) {
		resp.RequiresReplace = append(resp.RequiresReplace, path.Root("import_env_slug"))
	}
	if state != nil && !samePlace(plan.ImportFolderPath, state.ImportFolderPath) {
		resp.RequiresReplace = append(resp.RequiresReplace, path.Root("import_folder_path"))
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, plan)...)
	if !located || plan.sourceIsUnknown() {
		return
	}
	source := plan.source(folder)
	switch {
	case state == nil, len(resp.RequiresReplace) > 0:
		check(r.configured.store.CheckImport(ctx, folder, source))
		if err := r.configured.store.CheckSource(ctx, source); err != nil && state != nil {
			check(nothingDeleted(err, folderOfThisRun))
		}
	case !plan.Position.Equal(state.Position):
		check(r.configured.store.CheckWrite(ctx, folder))
	}
	if !config.Position.IsNull() && !config.Position.IsUnknown() {
		check(r.configured.store.ClaimPosition(folder, source, config.Position.ValueInt64()))
	}
	r.configured.addWarnings(&resp.Diagnostics)
}
