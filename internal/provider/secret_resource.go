package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

var (
	_ resource.ResourceWithConfigure   = (*secretResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*secretResource)(nil)
	_ resource.ResourceWithImportState = (*secretResource)(nil)
)

func newSecretResource() resource.Resource { return &secretResource{} }

type secretResource struct {
	session *session
}

func (r *secretResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_secret"
}

func (r *secretResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := locationResourceAttributes()
	attributes["id"] = schema.StringAttribute{
		Computed:            true,
		MarkdownDescription: "The server's id of the secret. It stays through renames.",
		PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown()},
	}
	attributes["name"] = schema.StringAttribute{
		Required:            true,
		MarkdownDescription: "Name of the secret. The server sees it in the clear. A change renames in place.",
		Validators:          []validator.String{secretNameValidator{}},
	}
	attributes["value"] = schema.StringAttribute{
		Optional:  true,
		Sensitive: true,
		MarkdownDescription: "Value of the secret, sealed before it leaves this process. It is kept in the state in the clear. " +
			"Needed to create a secret; without it an existing one's value is left as it is and kept out of the state.",
	}
	attributes["comment"] = schema.StringAttribute{
		Optional:            true,
		MarkdownDescription: "Comment, sealed like the value but shown in plans. Leaving it out clears it.",
	}
	attributes["version"] = schema.Int64Attribute{
		Computed:            true,
		MarkdownDescription: "The server's count of the secret's changes.",
	}
	resp.Schema = schema.Schema{
		// Version 0 is the official provider's, whose states ours are to follow.
		Version: 1,
		MarkdownDescription: "One end-to-end encrypted secret.\n\n" +
			"The value and the comment are sealed before they are sent and opened after they are read; the server sees the name, the place, the sizes and the times.",
		Attributes: attributes,
	}
}

func (r *secretResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.session = sessionFrom(req.ProviderData, &resp.Diagnostics)
}

// ModifyPlan plans the place, and refuses what can be known to fail. It asks
// the server nothing that a run does not ask anyway.
func (r *secretResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if r.session == nil {
		return
	}
	var state *secretResourceModel
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	}
	if req.Plan.Raw.IsNull() { // destroy
		if r.session.unknown == "" && state != nil {
			r.checkWrite(ctx, state.stored(), resp)
		}
		return
	}
	var config secretResourceModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	var stateLocation *locationModel
	if state != nil {
		stateLocation = &state.locationModel
	}
	folder, known := r.session.planLocation(ctx, config.locationModel, stateLocation, resp)
	if resp.Diagnostics.HasError() {
		return
	}
	creates := state == nil || len(resp.RequiresReplace) > 0
	if creates && config.Value.IsNull() {
		resp.Diagnostics.AddAttributeError(path.Root("value"), "Missing Secret Value", fmt.Sprintf(
			"Secret %q is to be created, and no value is configured.\n\n"+
				"Set value. Leaving it out means \"the value is managed elsewhere\" and needs a secret that exists: import it.", config.Name.ValueString()))
		return
	}
	if known && (creates || !req.Plan.Raw.Equal(req.State.Raw)) {
		r.checkWrite(ctx, folder, resp)
	}
}

func (r *secretResource) checkWrite(ctx context.Context, folder secrets.Folder, resp *resource.ModifyPlanResponse) {
	if err := r.session.store.CheckWrite(ctx, folder); err != nil {
		r.session.addError(&resp.Diagnostics, "Cannot Plan Secret", err)
	}
}

func (r *secretResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan secretResourceModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() || !r.session.known(&resp.Diagnostics, "Creating a secret") {
		return
	}
	folder, err := r.session.store.Locate(ctx, plan.folder())
	if err != nil {
		r.session.addError(&resp.Diagnostics, "Cannot Create Secret", err)
		return
	}
	secret, err := r.session.store.Create(ctx, plan.ref(folder), plan.content())
	if err != nil {
		r.session.addError(&resp.Diagnostics, "Cannot Create Secret", withImportBlock(err, plan.ref(folder)))
		return
	}
	plan.written(secret)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	r.session.addWarnings(&resp.Diagnostics)
}

func (r *secretResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state secretResourceModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if r.session.unknown != "" {
		resp.Diagnostics.AddWarning("Secret Not Refreshed", fmt.Sprintf(
			"The provider's %s is known only after apply, so %q is planned as it was last seen.", r.session.unknown, state.Name.ValueString()))
		return
	}
	secret, err := r.session.store.Find(ctx, state.ref(state.stored()), state.ID.ValueString())
	if secrets.ProblemOf(err) == secrets.ProblemNotFound {
		resp.State.RemoveResource(ctx)
		return
	}
	if err != nil {
		r.session.addError(&resp.Diagnostics, "Cannot Read Secret", err)
		return
	}
	state.read(secret)
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	r.session.addWarnings(&resp.Diagnostics)
}

func (r *secretResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state secretResourceModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() || !r.session.known(&resp.Diagnostics, "Updating a secret") {
		return
	}
	secret, err := r.session.store.Update(ctx, state.ref(state.stored()), state.ID.ValueString(), plan.change())
	if err != nil {
		r.session.addError(&resp.Diagnostics, "Cannot Update Secret", err)
		return
	}
	plan.written(secret)
	resp.Diagnostics.Append(resp.State.Set(ctx, plan)...)
	r.session.addWarnings(&resp.Diagnostics)
}

func (r *secretResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state secretResourceModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() || !r.session.known(&resp.Diagnostics, "Deleting a secret") {
		return
	}
	if err := r.session.store.Delete(ctx, state.ref(state.stored()), state.ID.ValueString()); err != nil {
		r.session.addError(&resp.Diagnostics, "Cannot Delete Secret", err)
	}
}

// ImportState finds the secret now, for an error that says more than Terraform's
// own. The Read that follows costs no request. The value stays out of the state
// unless the configuration brings it in.
func (r *secretResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	if !r.session.known(&resp.Diagnostics, "Importing a secret") {
		return
	}
	folder, name, err := parseImportID(req.ID)
	if err != nil {
		resp.Diagnostics.AddError("Invalid Import ID", fmt.Sprintf("%q cannot be imported: %s.", req.ID, err))
		return
	}
	if folder, err = r.session.store.Locate(ctx, folder); err != nil {
		r.session.addError(&resp.Diagnostics, "Cannot Import Secret", err)
		return
	}
	secret, err := r.session.store.Find(ctx, secrets.Ref{Folder: folder, Name: name}, "")
	if err != nil {
		r.session.addError(&resp.Diagnostics, "Cannot Import Secret", err)
		return
	}
	for attribute, value := range map[string]string{
		"workspace_id": folder.WorkspaceID, "env_slug": folder.Environment, "folder_path": folder.Path,
		"name": secret.Name, "id": secret.ID,
	} {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(attribute), value)...)
	}
}
