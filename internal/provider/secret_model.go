package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// secretResourceModel is the state of an infisical_secret.
type secretResourceModel struct {
	locationModel
	ID      types.String `tfsdk:"id"`
	Name    types.String `tfsdk:"name"`
	Value   types.String `tfsdk:"value"`
	Comment types.String `tfsdk:"comment"`
	Version types.Int64  `tfsdk:"version"`
}

func (m secretResourceModel) ref(f secrets.Folder) secrets.Ref {
	return secrets.Ref{Folder: f, Name: m.Name.ValueString()}
}

// content is what a create stores.
func (m secretResourceModel) content() secrets.Content {
	return secrets.Content{
		Value:   secrets.NewValue(m.Value.ValueString()),
		Comment: secrets.NewValue(m.Comment.ValueString()),
	}
}

// change is what an update brings about: everything that the configuration
// manages. A value that it leaves out is not touched; a comment that it leaves
// out is cleared.
func (m secretResourceModel) change() secrets.Change {
	name := m.Name.ValueString()
	comment := secrets.NewValue(m.Comment.ValueString())
	change := secrets.Change{Name: &name, Comment: &comment}
	if !m.Value.IsNull() {
		value := secrets.NewValue(m.Value.ValueString())
		change.Value = &value
	}
	return change
}

// written takes over what a create or update learnt.
func (m *secretResourceModel) written(s secrets.Secret) {
	m.set(s.Folder)
	m.ID = types.StringValue(s.ID)
	m.Version = types.Int64Value(s.Version)
}

// read takes over what the server holds. A value that is not in the state
// stays out of it. One that a Terraform string cannot carry leaves it, so that
// the next plan writes the configured one again.
func (m *secretResourceModel) read(s secrets.Secret) {
	m.written(s)
	if !secrets.SameName(m.Name.ValueString(), s.Name) { // renamed outside Terraform
		m.Name = types.StringValue(s.Name)
	}
	if !m.Value.IsNull() {
		m.Value = types.StringNull()
		if s.Value.IsText() {
			m.Value = types.StringValue(s.Value.Reveal())
		}
	}
	// No comment, an empty one and a null one are the same: what is in the
	// state stays, so that no plan shows a change that is none.
	if s.Comment.Reveal() != m.Comment.ValueString() {
		m.Comment = types.StringValue(s.Comment.Reveal())
	}
}
