package provider

import (
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// secretsResourceModel is an infisical_secrets resource in configuration, plan
// and state. Secrets stays a Terraform map: as a whole, or one by one, its
// elements may be unknown in a plan.
type secretsResourceModel struct {
	locationModel
	flatModel
	Secrets    types.Map    `tfsdk:"secrets"`
	Exclusive  types.Bool   `tfsdk:"exclusive"`
	Remove     types.Set    `tfsdk:"remove"`
	OnExisting types.String `tfsdk:"on_existing"`

	AcceptRollback types.Bool `tfsdk:"accept_rollback"`
}

// secretsIdentityModel names a folder's secrets for Terraform 1.12 and later.
type secretsIdentityModel struct {
	WorkspaceID types.String `tfsdk:"workspace_id"`
	EnvSlug     types.String `tfsdk:"env_slug"`
	FolderPath  types.String `tfsdk:"folder_path"`
}

func (m secretsResourceModel) identity() secretsIdentityModel {
	f := m.stored()
	return secretsIdentityModel{
		WorkspaceID: types.StringValue(f.WorkspaceID), EnvSlug: types.StringValue(f.Environment), FolderPath: types.StringValue(f.Path),
	}
}

// removed are the names that remove holds, by their [secrets.NameKey].
func (m secretsResourceModel) removed() map[string]string {
	out := map[string]string{}
	for _, element := range m.Remove.Elements() {
		if name, ok := element.(types.String); ok && !name.IsNull() && !name.IsUnknown() {
			out[secrets.NameKey(name.ValueString())] = name.ValueString()
		}
	}
	return out
}

// entry is one element of the map, without its name. It has no value_base64:
// each sensitive attribute of an element costs Terraform dearly.
type entry struct {
	valueModel
	Comment          types.String
	ID               types.String
	Version          types.Int64
	ValueFingerprint types.String
	unknown          bool // the element as a whole: nothing of it is known yet
}

var entryTypes = map[string]attr.Type{
	"value": types.StringType, "value_wo": types.StringType, "value_wo_version": types.Int64Type,
	"comment": types.StringType, "id": types.StringType, "version": types.Int64Type, "value_fingerprint": types.StringType,
}

// nestedEntries reads the map; it is empty where the map is unknown. The framework's
// own decoding knows no unknown elements, and takes most of the time of a plan
// of many.
func nestedEntries(m types.Map) map[string]entry {
	out := make(map[string]entry, len(m.Elements()))
	for name, element := range m.Elements() {
		object, ok := element.(types.Object)
		if !ok || object.IsUnknown() {
			out[name] = entry{unknown: true}
			continue
		}
		if object.IsNull() {
			continue // refused by ValidateConfig
		}
		attributes := object.Attributes()
		out[name] = entry{
			valueModel: valueModel{
				Value: attributes["value"].(types.String), ValueWO: attributes["value_wo"].(types.String), ValueWOVersion: attributes["value_wo_version"].(types.Int64),
			},
			Comment: attributes["comment"].(types.String), ID: attributes["id"].(types.String),
			Version: attributes["version"].(types.Int64), ValueFingerprint: attributes["value_fingerprint"].(types.String),
		}
	}
	return out
}

// nestedMap is the map with these elements. Write-only values are in neither
// plan nor state.
func nestedMap(all map[string]entry) types.Map {
	elements := make(map[string]attr.Value, len(all))
	for name, e := range all {
		if e.unknown { // part by part: Terraform takes no write-only value, unknown ones included
			e = entry{
				valueModel: valueModel{Value: types.StringUnknown(), ValueWOVersion: types.Int64Unknown()},
				Comment:    types.StringUnknown(), ID: types.StringUnknown(), Version: types.Int64Unknown(), ValueFingerprint: types.StringUnknown(),
			}
		}
		elements[name] = types.ObjectValueMust(entryTypes, map[string]attr.Value{
			"value": e.Value, "value_wo": types.StringNull(), "value_wo_version": e.ValueWOVersion, "comment": e.Comment, "id": e.ID, "version": e.Version, "value_fingerprint": e.ValueFingerprint,
		})
	}
	return types.MapValueMust(types.ObjectType{AttrTypes: entryTypes}, elements)
}

func names(all map[string]entry) []string { return slices.Sorted(maps.Keys(all)) }

func refs(f secrets.Folder, names []string) []secrets.Ref {
	out := make([]secrets.Ref, 0, len(names))
	for _, name := range names {
		out = append(out, secrets.Ref{Folder: f, Name: name})
	}
	return out
}

// isManaged tells whether an element of a state is this resource's own. One
// without a version is not: an import found it and no apply has confirmed it, or
// exclusive is to delete it. The mark is in the state, not in private state:
// Terraform hands the delete of a tainted object the private state of its
// replacement.
func (e entry) isManaged() bool { return !e.Version.IsNull() }

// found is an element that the server holds and that nothing manages yet.
func found(s secrets.Secret) entry {
	var e entry
	if s.Comment.IsText() && !s.Comment.IsEmpty() {
		e.Comment = types.StringValue(s.Comment.Reveal())
	}
	e.stored(s)
	e.Version = types.Int64Null()
	return e
}

func (e *entry) stored(s secrets.Secret) {
	e.ID = types.StringValue(s.ID)
	e.Version = types.Int64Value(s.Version)
	e.ValueFingerprint = types.StringValue(s.Fingerprint)
}

// written takes over what a create or update learnt. A fingerprint that was
// planned stays as it was planned.
func (e *entry) written(s secrets.Secret) {
	planned := e.ValueFingerprint
	e.stored(s)
	if !planned.IsUnknown() && !planned.IsNull() {
		e.ValueFingerprint = planned
	}
}

// read takes over what the server holds; what is not in the state stays out of
// it.
func (e *entry) read(s secrets.Secret) {
	managed := e.isManaged()
	e.stored(s)
	if !managed {
		e.Version = types.Int64Null()
	}
	e.valueModel.read(s.Value)
	if !s.Comment.IsText() {
		e.Comment = types.StringNull() // the next plan writes what is configured
	} else if comment := s.Comment.Reveal(); !e.Comment.IsNull() && comment != e.Comment.ValueString() {
		e.Comment = types.StringValue(comment)
	}
}

// damaged is read of a secret whose content does not open: the next plan
// writes what is configured.
func (e *entry) damaged(s secrets.Secret) {
	e.ID = types.StringValue(s.ID)
	if e.isManaged() {
		e.Version = types.Int64Value(s.Version)
	}
	e.Value, e.ValueFingerprint = types.StringNull(), types.StringNull()
}

// changesServer tells whether a plan changes something on the server beside
// the value; equal whether it changes anything at all.
func (e entry) changesServer(prior entry) bool {
	return differs(e.Comment, prior.Comment, e.Comment.ValueString() == prior.Comment.ValueString())
}

func (e entry) equal(prior entry) bool {
	return !e.unknown && e.Value.Equal(prior.Value) && e.ValueWOVersion.Equal(prior.ValueWOVersion) &&
		e.Comment.Equal(prior.Comment) && e.ID.Equal(prior.ID) && e.Version.Equal(prior.Version) && e.ValueFingerprint.Equal(prior.ValueFingerprint)
}

// draft is a secret to create from an element of a plan, with the value that the
// plan or, if it is write-only, the configuration has.
func (e entry) draft(config entry, onExisting string) (draft secrets.Draft, ok bool) {
	value, ok := config.toWrite(e.valueModel)
	return secrets.Draft{
		Value: value, Comment: commentChange(e.Comment, types.StringNull()),
		Adopt: onExisting == onExistingAdopt, Keep: onExisting == onExistingKeep,
	}, ok
}

// refreshed is what the server holds of the elements of a state, and of the
// secrets that strays chooses.
func refreshed(before map[string]entry, contents secrets.Contents, strays func(secrets.Secret) (string, bool), memory *secretsMemory, learn func(string, secrets.Secret)) map[string]entry {
	after := make(map[string]entry, len(before))
	for name, e := range before {
		s, there := contents.Secrets[name]
		if !there {
			delete(memory.Secrets, name)
			continue
		}
		_, known := memory.Secrets[name]
		if err := contents.Damaged[name]; err != nil {
			if !memory.Secrets[name].knows(s.Envelope) {
				e.damaged(s)
			} else if secrets.ProblemOf(err) == secrets.ProblemCredential {
				delete(contents.Damaged, name) // under a key that is not here, and nothing has changed
			}
		} else {
			e.read(s)
			if e.isManaged() || known {
				learn(name, s)
			}
		}
		after[name] = e
	}
	for _, s := range contents.Others {
		name, ok := strays(s)
		if !ok {
			continue
		}
		after[name] = found(s)
		if memory.Imported {
			learn(name, s)
		}
	}
	return after
}
