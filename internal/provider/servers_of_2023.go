package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// checkParts refuses at plan what servers of 2023 are known not to keep of a
// secret. state is nil on create.
func (r *secretResource) checkParts(ctx context.Context, state *secretResourceModel, plan secretResourceModel, folder secrets.Folder, diags *diag.Diagnostics) {
	if plan.Name.IsUnknown() {
		return
	}
	isSet := func(v attr.Value, empty bool) bool { return !v.IsNull() && (v.IsUnknown() || !empty) }
	parts := secrets.Writing{
		Create: true, Tags: isSet(plan.TagIDs, len(plan.TagIDs.Elements()) == 0), Reminder: isSet(plan.SecretReminder, false),
		Metadata: isSet(plan.Metadata, len(plan.Metadata.Elements()) == 0), SkipMultilineEncoded: isSet(plan.SkipMultilineEncoding, !plan.SkipMultilineEncoding.ValueBool()),
	}
	if state != nil {
		parts = secrets.Writing{
			Name:    !secrets.SameName(plan.Name.ValueString(), state.Name.ValueString()),
			Comment: plan.Comment.IsUnknown() || plan.Comment.ValueString() != state.Comment.ValueString(),
			Tags:    !plan.TagIDs.Equal(state.TagIDs), Reminder: !plan.SecretReminder.Equal(state.SecretReminder),
			Metadata: !plan.Metadata.Equal(state.Metadata), SkipMultilineEncoded: plan.SkipMultilineEncoding.ValueBool() != state.SkipMultilineEncoding.ValueBool(),
		}
	}
	if err := r.configured.store.CheckParts(ctx, plan.ref(folder), parts); err != nil {
		r.configured.addError(diags, "Cannot Plan Secret", err)
	}
}

// checkParts is the same for an element of infisical_secrets.
func (p *secretsPlanner) checkParts(ctx context.Context, name string, planned, prior entry, existed bool, diags *diag.Diagnostics) {
	parts := secrets.Writing{Create: !existed, Comment: planned.Comment.IsUnknown() || planned.Comment.ValueString() != prior.Comment.ValueString()}
	if err := p.configured.store.CheckParts(ctx, secrets.Ref{Folder: p.folder, Name: name}, parts); err != nil {
		p.configured.addError(diags, "Cannot Plan Secrets", err)
	}
}
