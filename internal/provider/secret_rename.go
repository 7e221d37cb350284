package provider

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// A secret that was renamed outside of Terraform, in E2EE mode. What the server
// shows as its new name may be the value of another secret, so a refresh leaves
// it out of the state, and a plan follows it only if the configuration names it.

// addRenamed is for refreshes, which do not know the configuration.
func addRenamed(diags *diag.Diagnostics, ref secrets.Ref) {
	diags.AddWarning("Secret Renamed Outside Of Terraform", fmt.Sprintf(
		"%s The server shows it under another name. In E2EE mode that text may be a value of another secret, so it is not shown, and the state keeps the old name. "+
			"A plan follows the rename if name in the configuration is the new name, and stops if it is not.", sentence(ref.String())))
}

// checkRenamed refuses a plan for a renamed secret that the plan does not name.
// plan is nil where the secret is deleted or replaced, for which nothing could
// name it.
func (r *secretResource) checkRenamed(ctx context.Context, state secretResourceModel, plan *secretResourceModel, memory memory, diags *diag.Diagnostics) {
	if !memory.Renamed || plan != nil && plan.Name.IsUnknown() {
		return
	}
	if r.configured.unknown != "" {
		if plan == nil || secrets.SameName(plan.Name.ValueString(), state.Name.ValueString()) {
			diags.AddError("Cannot Plan Secret", fmt.Sprintf(
				"%s The last refresh found it under another name, which is not shown: in E2EE mode it may be a value of another secret.\n\n"+
					"If you renamed it, set name to the new name and change nothing else.", sentence(state.ref(state.stored()).String())))
		}
		return // the update looks again
	}
	named := state
	if plan != nil {
		named = *plan
	}
	_, err := r.configured.store.Find(ctx, named.ref(state.stored()), state.ID.ValueString())
	var renamed *secrets.Error
	if secrets.ProblemOf(err) != secrets.ProblemRenamed || !errors.As(err, &renamed) {
		return
	}
	said := *renamed
	if plan == nil {
		said.Do = "It cannot be deleted, because a delete sends the name. If you renamed it, set name to the new name, apply, and then delete or replace it. " +
			"Or delete it in Infisical's web application and run again, or take it out of the state (terraform state rm). " +
			"If nobody renamed it, treat the server as untrustworthy until you know why."
	}
	r.configured.addError(diags, "Cannot Plan Secret", &said)
}
