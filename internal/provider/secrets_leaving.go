package provider

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// leaving are the elements of the state that the configuration does not name:
// those that are deleted, and those that stay on the server.
func (p *secretsPlanner) leaving(state map[string]entry) (deleted, staying []string) {
	config := p.config.Secrets.Elements()
	for name, e := range state {
		_, kept := config[name]
		switch {
		case kept:
		case p.config.deletes(e, p.state):
			deleted = append(deleted, name)
		case p.config.Exclusive.IsNull() || p.config.Exclusive.Equal(types.BoolValue(false)):
			staying = append(staying, name) // else warnOfOthers names it
		}
	}
	return deleted, staying
}

// unmanaged are the names of elements that only a refresh or an import put into
// the state.
func unmanaged(state map[string]entry) (names []string) {
	for name, e := range state {
		if !e.isManaged() {
			names = append(names, name)
		}
	}
	return names
}

// addDeleted names the secrets that a plan deletes: they are elements of a map,
// which Terraform's summary does not count.
func addDeleted(diags *diag.Diagnostics, f secrets.Folder, names []string) {
	if len(names) > 0 {
		diags.AddWarning("Secrets Will Be Deleted", fmt.Sprintf(
			"These secrets leave the configuration, and this plan deletes them from the %s: %s.\n\n"+
				"Terraform counts the resource as changed, so the summary of the plan does not count them as destroyed.", f, quoted(names)))
	}
}

func addStaying(diags *diag.Diagnostics, f secrets.Folder, names []string) {
	if len(names) > 0 {
		diags.AddWarning("Secrets Stay On The Server", fmt.Sprintf(
			"The configuration does not manage these secrets of the %s. They leave the state and stay on the server: %s.\n\n"+
				"To manage one, name it in secrets. To delete it, delete it in Infisical's web application.", f, quoted(names)))
	}
}

// quoted lists names, sorted. A plan of thousands of them is not read to the end.
func quoted(names []string) string {
	const most = 100
	all := make([]string, 0, len(names))
	for _, name := range slices.Sorted(slices.Values(names)) {
		all = append(all, fmt.Sprintf("%q", name))
	}
	if more := len(all) - most; more > 0 {
		return strings.Join(all[:most], ", ") + fmt.Sprintf(" and %d more", more)
	}
	return strings.Join(all, ", ")
}
