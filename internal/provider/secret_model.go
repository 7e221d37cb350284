package provider

import (
	"context"
	"math"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// The values of type.
const (
	typeShared   = "shared"
	typePersonal = "personal"
)

func typeOf(ref secrets.Ref) types.String {
	if ref.Personal {
		return types.StringValue(typePersonal)
	}
	return types.StringValue(typeShared)
}

// secretResourceModel is an infisical_secret in configuration, plan and state.
type secretResourceModel struct {
	locationModel
	valueModel
	ID                    types.String `tfsdk:"id"`
	Name                  types.String `tfsdk:"name"`
	Type                  types.String `tfsdk:"type"`
	ValueFingerprint      types.String `tfsdk:"value_fingerprint"`
	Comment               types.String `tfsdk:"comment"`
	TagIDs                types.Set    `tfsdk:"tag_ids"`
	SecretReminder        types.Object `tfsdk:"secret_reminder"`
	Metadata              types.Map    `tfsdk:"metadata"`
	SkipMultilineEncoding types.Bool   `tfsdk:"skip_multiline_encoding"`
	OnExisting            types.String `tfsdk:"on_existing"`
	Version               types.Int64  `tfsdk:"version"`
	sealingModel
}

// sealingModel is what sealed mode adds to a secret; null in other modes.
type sealingModel struct {
	SealingKeyID   types.String `tfsdk:"sealing_key_id"`
	Generation     types.Int64  `tfsdk:"generation"`
	AcceptRollback types.Bool   `tfsdk:"accept_rollback"`
}

func (m *sealingModel) readEnvelope(e *secrets.Envelope) {
	m.SealingKeyID, m.Generation = types.StringNull(), types.Int64Null()
	if e != nil {
		m.SealingKeyID, m.Generation = types.StringValue(e.KeyID), generationValue(*e)
	}
}

// generationValue is a generation as Terraform can show it.
func generationValue(e secrets.Envelope) types.Int64 {
	return types.Int64Value(int64(min(e.Generation, math.MaxInt64)))
}

// emptySecretModel is a state in which nothing is set.
func emptySecretModel() secretResourceModel {
	return secretResourceModel{
		TagIDs: types.SetNull(types.StringType), Metadata: types.MapNull(types.StringType), SecretReminder: types.ObjectNull(reminderTypes),
	}
}

// identityModel names a secret for Terraform 1.12 and later.
type identityModel struct {
	WorkspaceID types.String `tfsdk:"workspace_id"`
	EnvSlug     types.String `tfsdk:"env_slug"`
	FolderPath  types.String `tfsdk:"folder_path"`
	Name        types.String `tfsdk:"name"`
	Type        types.String `tfsdk:"type"`
}

var reminderTypes = map[string]attr.Type{"note": types.StringType, "repeat_days": types.Int64Type}

func (m secretResourceModel) ref(f secrets.Folder) secrets.Ref {
	return secrets.Ref{Folder: f, Name: m.Name.ValueString(), Personal: m.Type.ValueString() == typePersonal}
}

// draft is a secret to create, without its details.
func (m secretResourceModel) draft(value secrets.Value) secrets.Draft {
	return secrets.Draft{
		Value: value, Comment: commentChange(m.Comment, types.StringNull()),
		Adopt: m.OnExisting.ValueString() == onExistingAdopt, Keep: m.OnExisting.ValueString() == onExistingKeep,
	}
}

// claim is what a plan for this state has to do with the planned name.
func (m secretResourceModel) claim(plan secretResourceModel) secrets.Claim {
	if secrets.SameName(m.Name.ValueString(), plan.Name.ValueString()) {
		return secrets.Keeps
	}
	return secrets.Takes
}

func (m secretResourceModel) identity() identityModel {
	f := m.stored()
	return identityModel{
		WorkspaceID: types.StringValue(f.WorkspaceID), EnvSlug: types.StringValue(f.Environment),
		FolderPath: types.StringValue(f.Path), Name: m.Name, Type: typeOf(m.ref(f)),
	}
}

// details are the changes to what the server keeps in the clear. What a plan does
// not mention is left alone, unless the prior state did: that is cleared. What it
// does not change is left alone, too, see commentChange.
func (m secretResourceModel) details(ctx context.Context, prior *secretResourceModel) (secrets.DetailsChange, diag.Diagnostics) {
	var change secrets.DetailsChange
	var diags diag.Diagnostics
	if prior == nil && !m.TagIDs.IsNull() || prior != nil && !m.TagIDs.Equal(prior.TagIDs) {
		tags := []string{}
		if !m.TagIDs.IsNull() {
			diags.Append(m.TagIDs.ElementsAs(ctx, &tags, false)...)
		}
		change.TagIDs = &tags
		change.Known.Tags = prior != nil && sameElements(m.TagIDs, prior.TagIDs)
	}
	if prior == nil && !m.Metadata.IsNull() || prior != nil && !m.Metadata.Equal(prior.Metadata) {
		metadata := map[string]string{}
		if !m.Metadata.IsNull() {
			diags.Append(m.Metadata.ElementsAs(ctx, &metadata, false)...)
		}
		change.Metadata = &metadata
		change.Known.Metadata = prior != nil && sameElements(m.Metadata, prior.Metadata)
	}
	if prior == nil && !m.SecretReminder.IsNull() || prior != nil && !m.SecretReminder.Equal(prior.SecretReminder) {
		reminder := secrets.Reminder{}
		if !m.SecretReminder.IsNull() {
			attributes := m.SecretReminder.Attributes()
			reminder.Note = attributes["note"].(types.String).ValueString()
			reminder.RepeatDays = attributes["repeat_days"].(types.Int64).ValueInt64()
		}
		change.Reminder = &reminder
	}
	if prior == nil && !m.SkipMultilineEncoding.IsNull() || prior != nil && !m.SkipMultilineEncoding.Equal(prior.SkipMultilineEncoding) {
		skip := m.SkipMultilineEncoding.ValueBool()
		change.SkipMultilineEncoding = &skip
		change.Known.SkipMultilineEncoding = prior != nil && skip == prior.SkipMultilineEncoding.ValueBool()
	}
	return change, diags
}

// knownDetails is details without what is not known yet.
func (m secretResourceModel) knownDetails(ctx context.Context, prior *secretResourceModel) secrets.DetailsChange {
	before := secretResourceModel{
		TagIDs: types.SetNull(types.StringType), Metadata: types.MapNull(types.StringType),
		SecretReminder: types.ObjectNull(reminderTypes), SkipMultilineEncoding: types.BoolNull(),
	}
	if prior != nil {
		before = *prior
	}
	if !isKnown(ctx, m.TagIDs) {
		m.TagIDs = before.TagIDs
	}
	if !isKnown(ctx, m.Metadata) {
		m.Metadata = before.Metadata
	}
	if !isKnown(ctx, m.SecretReminder) {
		m.SecretReminder = before.SecretReminder
	}
	if m.SkipMultilineEncoding.IsUnknown() {
		m.SkipMultilineEncoding = before.SkipMultilineEncoding
	}
	change, _ := m.details(ctx, prior) // of what is known, which converts
	return change
}

// isKnown tells whether a value is known with all that is in it.
func isKnown(ctx context.Context, value attr.Value) bool {
	raw, err := value.ToTerraformValue(ctx)
	return err == nil && raw.IsFullyKnown()
}

// commentChange is nil if a plan does not change the comment: the server's may
// be newer, and ignore_changes may have left it out of the plan.
func commentChange(planned, prior types.String) *secrets.Value {
	if planned.Equal(prior) {
		return nil
	}
	comment := secrets.NewValue(planned.ValueString())
	return &comment
}

// changesServer tells whether a plan changes something on the server beside
// the value; changesState whether it changes anything at all beside it.
func (m secretResourceModel) changesServer(prior secretResourceModel) bool {
	return !m.Name.Equal(prior.Name) || !m.SecretReminder.Equal(prior.SecretReminder) ||
		differs(m.Comment, prior.Comment, m.Comment.ValueString() == prior.Comment.ValueString()) ||
		differs(m.TagIDs, prior.TagIDs, sameElements(m.TagIDs, prior.TagIDs)) ||
		differs(m.Metadata, prior.Metadata, sameElements(m.Metadata, prior.Metadata)) ||
		differs(m.SkipMultilineEncoding, prior.SkipMultilineEncoding, m.SkipMultilineEncoding.ValueBool() == prior.SkipMultilineEncoding.ValueBool())
}

// differs tells whether a plan may need a write for an attribute. same says
// that both mean the same, none and empty being one. But what was not
// mentioned before was left alone, so "empty" may clear what others put there.
func differs(planned, prior attr.Value, same bool) bool {
	return planned.IsUnknown() || !same || prior.IsNull() && !planned.IsNull()
}

func (m secretResourceModel) changesState(prior secretResourceModel) bool {
	return m.changesServer(prior) || !m.FolderPath.Equal(prior.FolderPath) ||
		!m.Comment.Equal(prior.Comment) || !m.TagIDs.Equal(prior.TagIDs) || !m.Metadata.Equal(prior.Metadata) ||
		!m.SkipMultilineEncoding.Equal(prior.SkipMultilineEncoding) || !m.OnExisting.Equal(prior.OnExisting) || !m.AcceptRollback.Equal(prior.AcceptRollback) ||
		!m.Value.Equal(prior.Value) || !m.ValueBase64.Equal(prior.ValueBase64) || !m.ValueWOVersion.Equal(prior.ValueWOVersion)
}

// sameElements takes an empty collection and none for the same.
func sameElements(a, b interface {
	attr.Value
	Length(basetypes.CollectionLengthOptions) int
},
) bool {
	count := basetypes.CollectionLengthOptions{UnhandledNullAsZero: true, UnhandledUnknownAsZero: true}
	return a.Equal(b) || a.Length(count) == 0 && b.Length(count) == 0
}

// written takes over what a create or update learnt. A fingerprint that was
// planned stays as it was planned.
func (m *secretResourceModel) written(s secrets.Secret) {
	m.set(s.Folder)
	m.ID = types.StringValue(s.ID)
	m.Type = typeOf(s.Ref)
	m.Version = types.Int64Value(s.Version)
	m.readEnvelope(s.Envelope)
	if m.ValueFingerprint.IsUnknown() || m.ValueFingerprint.IsNull() {
		m.ValueFingerprint = types.StringValue(s.Fingerprint)
	}
	m.ValueWO = types.StringNull()
}

// read takes over what the server holds. What is not in the state stays out of
// it, the value above all, unless all is asked for, as by an import, and even
// then not the value.
func (m *secretResourceModel) read(s secrets.Secret, all bool) {
	m.set(s.Folder)
	m.ID = types.StringValue(s.ID)
	m.Type = typeOf(s.Ref)
	m.Version = types.Int64Value(s.Version)
	m.readEnvelope(s.Envelope)
	m.ValueFingerprint = types.StringValue(s.Fingerprint)
	if !secrets.SameName(m.Name.ValueString(), s.Name) { // renamed outside Terraform
		m.Name = types.StringValue(s.Name)
	}
	m.valueModel.read(s.Value)
	m.readDetails(s, all)
}

// readDetails leaves an attribute that says the same in other words as it is,
// and one of which the server does not tell.
func (m *secretResourceModel) readDetails(s secrets.Secret, all bool) {
	if !s.Comment.IsText() {
		// Nothing that a string can carry: the next plan writes what is
		// configured, or leaves it alone.
		m.Comment = types.StringNull()
	} else if comment := s.Comment.Reveal(); (all && comment != "" || !m.Comment.IsNull()) && comment != m.Comment.ValueString() {
		m.Comment = types.StringValue(comment)
	}
	if !s.Untold.Tags && (all && len(s.TagIDs) > 0 || !m.TagIDs.IsNull()) {
		tags := make([]attr.Value, 0, len(s.TagIDs))
		for _, id := range s.TagIDs {
			tags = append(tags, types.StringValue(id))
		}
		m.TagIDs = types.SetValueMust(types.StringType, tags)
	}
	if !s.Untold.Metadata && (all && len(s.Metadata) > 0 || !m.Metadata.IsNull()) {
		metadata := make(map[string]attr.Value, len(s.Metadata))
		for key, value := range s.Metadata {
			metadata[key] = types.StringValue(value)
		}
		m.Metadata = types.MapValueMust(types.StringType, metadata)
	}
	if !s.Untold.Reminder && (all || !m.SecretReminder.IsNull()) {
		m.SecretReminder = reminderObject(s.Reminder, m.SecretReminder)
	}
	if !s.Untold.SkipMultilineEncoding && (all && s.SkipMultilineEncoding || !m.SkipMultilineEncoding.IsNull()) {
		m.SkipMultilineEncoding = types.BoolValue(s.SkipMultilineEncoding)
	}
}

// reminderObject is null where there is no reminder. An empty note and none
// are the same; what was there stays.
func reminderObject(r secrets.Reminder, prior types.Object) types.Object {
	if r.RepeatDays == 0 {
		return types.ObjectNull(reminderTypes)
	}
	note := types.StringNull()
	if r.Note != "" {
		note = types.StringValue(r.Note)
	} else if !prior.IsNull() {
		if before, ok := prior.Attributes()["note"].(types.String); ok && before.ValueString() == "" {
			note = before
		}
	}
	return types.ObjectValueMust(reminderTypes, map[string]attr.Value{"note": note, "repeat_days": types.Int64Value(r.RepeatDays)})
}
