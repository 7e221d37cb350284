package provider

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// officialSecret is an infisical_secret in a state of the official provider,
// of any release: what is missing stays empty, what is not here is dropped.
// tag_ids was a list before it became a set; both are arrays here.
type officialSecret struct {
	ID             *string           `json:"id"`
	WorkspaceID    *string           `json:"workspace_id"`
	EnvSlug        *string           `json:"env_slug"`
	FolderPath     *string           `json:"folder_path"`
	Name           *string           `json:"name"`
	Value          *string           `json:"value"`
	ValueWOVersion *int64            `json:"value_wo_version"`
	TagIDs         []string          `json:"tag_ids"`
	Metadata       map[string]string `json:"metadata"`
	SecretReminder *struct {
		Note       *string `json:"note"`
		RepeatDays *int64  `json:"repeat_days"`
	} `json:"secret_reminder"`
}

// readOfficial parses a state; ok is false if it is not one of that kind.
func readOfficial(raw []byte) (official officialSecret, ok bool) {
	err := json.Unmarshal(raw, &official)
	return official, err == nil && !orNull(official.Name).IsNull() && !orNull(official.EnvSlug).IsNull() && !orNull(official.FolderPath).IsNull()
}

// model maps what both providers have. An empty id is learnt by the next read,
// which finds the secret by its name.
func (o officialSecret) model() secretResourceModel {
	m := emptySecretModel()
	m.WorkspaceID, m.EnvSlug, m.FolderPath = orNull(o.WorkspaceID), orNull(o.EnvSlug), orNull(o.FolderPath)
	m.ID, m.Name, m.Type = orNull(o.ID), types.StringPointerValue(o.Name), types.StringValue(typeShared)
	m.Value, m.ValueWOVersion = types.StringPointerValue(o.Value), types.Int64PointerValue(o.ValueWOVersion)
	if o.TagIDs != nil {
		tags := make([]attr.Value, 0, len(o.TagIDs))
		for _, id := range o.TagIDs {
			tags = append(tags, types.StringValue(id))
		}
		m.TagIDs = types.SetValueMust(types.StringType, tags)
	}
	if o.Metadata != nil {
		metadata := make(map[string]attr.Value, len(o.Metadata))
		for key, value := range o.Metadata {
			metadata[key] = types.StringValue(value)
		}
		m.Metadata = types.MapValueMust(types.StringType, metadata)
	}
	if o.SecretReminder != nil && o.SecretReminder.RepeatDays != nil {
		m.SecretReminder = types.ObjectValueMust(reminderTypes, map[string]attr.Value{
			"note": types.StringPointerValue(o.SecretReminder.Note), "repeat_days": types.Int64PointerValue(o.SecretReminder.RepeatDays),
		})
	}
	return m
}

// UpgradeState reads states of the official provider, which `terraform state
// replace-provider` hands over as they are: version 0 is theirs.
func (r *secretResource) UpgradeState(context.Context) map[int64]resource.StateUpgrader {
	return map[int64]resource.StateUpgrader{0: {
		StateUpgrader: func(ctx context.Context, req resource.UpgradeStateRequest, resp *resource.UpgradeStateResponse) {
			official, ok := readOfficial(req.RawState.JSON)
			if !ok {
				// No detail of the parser's: it may quote the state.
				resp.Diagnostics.AddError("Cannot Take Over State", "The state of this infisical_secret is not one of the official provider's.\n\n"+
					"Remove it with terraform state rm and import the secret.")
				return
			}
			resp.Diagnostics.Append(encode(ctx, &resp.State, official.model())...)
		},
	}}
}

// MoveState does the same for `moved` blocks.
func (r *secretResource) MoveState(context.Context) []resource.StateMover {
	return []resource.StateMover{{
		StateMover: func(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
			if req.SourceTypeName != "infisical_secret" || !strings.HasSuffix(req.SourceProviderAddress, "/infisical/infisical") || req.SourceRawState == nil {
				return // not ours to move: Terraform says so
			}
			official, ok := readOfficial(req.SourceRawState.JSON)
			if !ok {
				resp.Diagnostics.AddError("Cannot Take Over State", "The state that is moved here is not one of the official provider's.\n\n"+
					"Remove it with terraform state rm and import the secret.")
				return
			}
			resp.Diagnostics.Append(encode(ctx, &resp.TargetState, official.model())...)
		},
	}}
}

// orNull takes an empty text for none.
func orNull(text *string) types.String {
	if text == nil || *text == "" {
		return types.StringNull()
	}
	return types.StringValue(*text)
}
