package provider

import (
	"encoding/base64"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// valueModel is how a configuration gives the value of a secret.
type valueModel struct {
	Value          types.String `tfsdk:"value"`
	ValueBase64    types.String `tfsdk:"value_base64"`
	ValueWO        types.String `tfsdk:"value_wo"`
	ValueWOVersion types.Int64  `tfsdk:"value_wo_version"`
}

// source is where the configuration gives the value. m is of a configuration.
func (m valueModel) source() valueSource {
	switch {
	case !m.ValueWO.IsNull():
		return valueWriteOnly
	case !m.Value.IsNull(), !m.ValueBase64.IsNull():
		return valuePlain
	}
	return valueUnmanaged
}

// configuredValue is the value of a configuration; ok is false where there is
// none, or it is not known yet.
func (m valueModel) configuredValue() (value secrets.Value, ok bool) {
	for _, text := range []types.String{m.ValueWO, m.Value} {
		if !text.IsNull() {
			return secrets.NewValue(text.ValueString()), !text.IsUnknown()
		}
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(m.ValueBase64.ValueString())
	return secrets.NewValue(string(raw)), err == nil && !m.ValueBase64.IsNull() && !m.ValueBase64.IsUnknown()
}

// toWrite is the value that an apply writes. ignore_changes keeps parts of a
// configuration out of the plan and not out of the apply, so a plain value is the
// plan's; write-only values are in no plan. m is of a configuration.
func (m valueModel) toWrite(plan valueModel) (secrets.Value, bool) {
	if plan.Value.IsNull() && plan.ValueBase64.IsNull() {
		plan.ValueWO = m.ValueWO
	} else {
		plan.ValueWO = types.StringNull()
	}
	return plan.configuredValue()
}

// isVersioned tells whether a configuration gives a write-only value with a
// version, or may do so when it is known.
func (m valueModel) isVersioned() bool { return !m.ValueWO.IsNull() && !m.ValueWOVersion.IsNull() }

// isAmbiguous tells whether a configuration gives several values.
func (m valueModel) isAmbiguous() bool {
	set := 0
	for _, value := range []types.String{m.Value, m.ValueWO, m.ValueBase64} {
		if !value.IsNull() && !value.IsUnknown() {
			set++
		}
	}
	return set > 1
}

// sameAs tells, without any key, whether a configuration holds the value that
// a state holds; of a write-only one it cannot be told.
func (m valueModel) sameAs(state valueModel) bool {
	return !m.Value.IsUnknown() && !m.ValueBase64.IsUnknown() &&
		m.Value.Equal(state.Value) && m.ValueBase64.Equal(state.ValueBase64)
}

// read takes over the server's value where the state held it in the clear. One
// that a Terraform string cannot carry leaves the state: the next plan says so
// where the configuration is known.
func (m *valueModel) read(v secrets.Value) {
	text, encoded := valueTexts(v)
	if !m.Value.IsNull() {
		m.Value = text
	}
	if !m.ValueBase64.IsNull() {
		m.ValueBase64 = encoded
	}
}

// valueTexts gives a value as text, or as null where a Terraform string cannot
// carry it exactly; and always as base64 of its bytes.
func valueTexts(v secrets.Value) (text, encoded types.String) {
	text = types.StringNull()
	if v.IsText() {
		text = types.StringValue(v.Reveal())
	}
	return text, types.StringValue(base64.StdEncoding.EncodeToString([]byte(v.Reveal())))
}
