package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// flatModel is the other way to write an infisical_secrets: values alone, in one
// map. Terraform marks it as a whole, so that its work grows with the size of the
// map; on the nested one it grows with the square.
type flatModel struct {
	Values            types.Map   `tfsdk:"values"`
	ValuesWO          types.Map   `tfsdk:"values_wo"`
	ValuesWOVersion   types.Int64 `tfsdk:"values_wo_version"`
	IDs               types.Map   `tfsdk:"ids"`
	Versions          types.Map   `tfsdk:"versions"`
	ValueFingerprints types.Map   `tfsdk:"value_fingerprints"`
}

// isFlat tells whether the secrets are given as values or values_wo. In a state,
// the latter has left nothing but what is computed.
func (m secretsResourceModel) isFlat() bool { return m.Secrets.IsNull() }

// attribute is where a configuration names the secrets.
func (m secretsResourceModel) attribute() string {
	switch {
	case !m.Secrets.IsNull():
		return "secrets"
	case !m.Values.IsNull():
		return "values"
	}
	return "values_wo"
}

// isUnknown tells whether not even the names are known.
func (m secretsResourceModel) isUnknown() bool {
	return m.Secrets.IsUnknown() || m.Values.IsUnknown() || m.ValuesWO.IsUnknown() || m.IDs.IsUnknown()
}

// entries reads the secrets in whichever form they have; it is empty where they
// are unknown.
func (m secretsResourceModel) entries() map[string]entry {
	if !m.isFlat() {
		return nestedEntries(m.Secrets)
	}
	// Elements copies the map, so each is asked once.
	values, writeOnly, ids := m.Values.Elements(), m.ValuesWO.Elements(), m.IDs.Elements()
	versions, fingerprints := m.Versions.Elements(), m.ValueFingerprints.Elements()
	out := make(map[string]entry, len(values)+len(writeOnly))
	for _, named := range []map[string]attr.Value{values, writeOnly, ids} { // in a configuration there are no ids, in a state no values_wo
		for name := range named {
			if _, done := out[name]; done {
				continue
			}
			e := entry{
				valueModel: valueModel{Value: textOf(values[name]), ValueWO: textOf(writeOnly[name])},
				ID:         textOf(ids[name]), ValueFingerprint: textOf(fingerprints[name]), Version: types.Int64Null(),
			}
			if version, ok := versions[name].(types.Int64); ok {
				e.Version = version
			}
			if m.IDs.IsNull() || e.isManaged() {
				e.ValueWOVersion = m.ValuesWOVersion
			}
			out[name] = e
		}
	}
	return out
}

// textOf is null for what is not there.
func textOf(value attr.Value) types.String {
	text, _ := value.(types.String)
	return text
}

// setEntries is the way back from entries, for a plan or a state.
func (m *secretsResourceModel) setEntries(all map[string]entry) {
	if !m.isFlat() {
		m.Secrets = nestedMap(all)
		m.IDs, m.Versions, m.ValueFingerprints = types.MapNull(types.StringType), types.MapNull(types.Int64Type), types.MapNull(types.StringType)
		return
	}
	values, ids := make(map[string]attr.Value, len(all)), make(map[string]attr.Value, len(all))
	versions, fingerprints := make(map[string]attr.Value, len(all)), make(map[string]attr.Value, len(all))
	set := func(into map[string]attr.Value, name string, value attr.Value) {
		if !value.IsNull() {
			into[name] = value
		}
	}
	for name, e := range all {
		set(values, name, e.Value)
		set(ids, name, e.ID)
		set(versions, name, e.Version)
		set(fingerprints, name, e.ValueFingerprint)
	}
	if !m.Values.IsNull() {
		m.Values = types.MapValueMust(types.StringType, values)
	}
	m.IDs, m.Versions = types.MapValueMust(types.StringType, ids), types.MapValueMust(types.Int64Type, versions)
	m.ValueFingerprints = types.MapValueMust(types.StringType, fingerprints)
}

// setUnknown is setEntries where not even the names are known.
func (m *secretsResourceModel) setUnknown() {
	if !m.isFlat() {
		m.IDs, m.Versions, m.ValueFingerprints = types.MapNull(types.StringType), types.MapNull(types.Int64Type), types.MapNull(types.StringType)
		return
	}
	m.IDs, m.Versions, m.ValueFingerprints = types.MapUnknown(types.StringType), types.MapUnknown(types.Int64Type), types.MapUnknown(types.StringType)
}

// before are the elements of a state as the form of m has them: a flat one leaves
// comments alone. state is nil on create.
func (m secretsResourceModel) before(state *secretsResourceModel) map[string]entry {
	if state == nil {
		return map[string]entry{}
	}
	all := state.entries()
	if m.isFlat() {
		for name, e := range all {
			e.Comment = types.StringNull()
			all[name] = e
		}
	}
	return all
}

// configuredEntries are the elements that a plan is for. Where ignore_changes holds
// values_wo, Terraform shows a configuration without it: the secrets stay those of
// the state, and their values somebody else's.
func (m secretsResourceModel) configuredEntries(state *secretsResourceModel) map[string]entry {
	if state == nil || !m.Secrets.IsNull() || !m.Values.IsNull() || !m.ValuesWO.IsNull() {
		return m.entries()
	}
	out := map[string]entry{}
	for name, e := range state.entries() {
		if e.isManaged() {
			out[name] = entry{valueModel: valueModel{ValueWOVersion: m.ValuesWOVersion}}
		}
	}
	return out
}

// validateForm refuses a configuration without secrets, or with them in several
// forms.
func (m secretsResourceModel) validateForm(diags *diag.Diagnostics) {
	forms := 0
	for _, form := range []types.Map{m.Secrets, m.Values, m.ValuesWO} {
		if !form.IsNull() {
			forms++
		}
	}
	unknown := m.Secrets.IsUnknown() || m.Values.IsUnknown() || m.ValuesWO.IsUnknown()
	switch {
	case forms == 0:
		diags.AddError("Missing Secrets", "None of secrets, values and values_wo is set.\n\nSet one of them; to manage no secret, set an empty map.")
	case forms > 1 && !unknown: // what is not known yet may become null
		diags.AddError("Secrets In Several Forms", "Only one of secrets, values and values_wo can be set.\n\nRemove the others. To move secrets between forms, move their names and values; nothing is written for that.")
	}
	if !m.ValuesWOVersion.IsNull() && m.ValuesWO.IsNull() {
		diags.AddError("Version Without Write-Only Value", "values_wo_version says when values_wo is to be written, and there is no values_wo.\n\nRemove values_wo_version, or give the values in values_wo.")
	}
}
