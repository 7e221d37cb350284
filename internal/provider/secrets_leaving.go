package provider

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// deletion says which secrets a plan deletes that it does not name.
type deletion struct {
	remove map[string]string // as in secretsResourceModel.removed
	added  []string          // of those, what no refresh has looked for; sorted
	clears bool              // what the refresh put into the state for exclusive
}

// deletion of a plan; state is nil on create. In E2EE mode exclusive deletes
// nothing: the names would be the server's, see [secrets.Store.SealsNames].
func (s *configured) deletion(plan secretsResourceModel, state *secretsResourceModel) deletion {
	d := deletion{remove: plan.removed()}
	var before map[string]string
	var elements map[string]entry
	if state != nil {
		before, elements = state.removed(), state.entries()
		d.clears = plan.Exclusive.ValueBool() && state.Exclusive.ValueBool() && (s.store == nil || !s.store.SealsNames())
	}
	for key, name := range d.remove {
		_, looked := before[key]
		if _, there := elements[name]; !looked && !there {
			d.added = append(d.added, name)
		}
	}
	slices.Sort(d.added)
	return d
}

// deletes tells whether a plan that does not hold an element of the state
// deletes it.
func (d deletion) deletes(name string, e entry) bool {
	_, removed := d.remove[secrets.NameKey(name)]
	return e.isManaged() || d.clears || removed
}

// strays chooses what a refresh puts into the state beside the elements that are
// there, and under which name: what exclusive and remove delete, so that the next
// plan shows it, and what an import finds.
func (s *configured) strays(state secretsResourceModel, memory secretsMemory) func(secrets.Secret) (string, bool) {
	remove := state.removed()
	exclusive := state.Exclusive.ValueBool() && !s.store.SealsNames()
	return func(secret secrets.Secret) (string, bool) {
		if name, ok := remove[secrets.NameKey(secret.Name)]; ok {
			return name, true
		}
		return secret.Name, exclusive || memory.Imported
	}
}

// leaving are the elements of the state that the configuration does not name:
// those that are deleted, and those that stay on the server.
func (p *secretsPlanner) leaving(ctx context.Context, state map[string]entry) (deleted, staying []string) {
	config := p.configuredEntries
	deletion := p.configured.deletion(p.config, p.state)
	if len(deletion.added) > 0 && p.located {
		contents, _ := p.configured.store.Contents(ctx, p.folder, deletion.added) // whatever fails, the apply meets it
		deleted = slices.Collect(maps.Keys(contents.Secrets))
	}
	for name, e := range state {
		_, kept := config[name]
		switch {
		case kept:
		case deletion.deletes(name, e):
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
		diags.AddWarning(secrets.Titled("Secrets Will Be Deleted", f, names), fmt.Sprintf(
			"These secrets leave the configuration, and this plan deletes them from the %s: %s.\n\n"+
				"Terraform counts the resource as changed, so the summary of the plan does not count them as destroyed.", f, quoted(names)))
	}
}

func addStaying(diags *diag.Diagnostics, f secrets.Folder, names []string, attribute string) {
	if len(names) > 0 {
		diags.AddWarning(secrets.Titled("Secrets Stay On The Server", f, names), fmt.Sprintf(
			"The configuration does not manage these secrets of the %s. They leave the state and stay on the server: %s.\n\n"+
				"To manage one, name it in %s. To delete one, name it in remove.", f, quoted(names), attribute))
	}
}

// addLeft names secrets that a resource gives up and that another one keeps.
func addLeft(diags *diag.Diagnostics, f secrets.Folder, names []string) {
	if len(names) > 0 {
		diags.AddWarning(secrets.Titled("Secrets Stay On The Server", f, names), fmt.Sprintf(
			"Another resource of this state manages these secrets of the %s too, and keeps them. They leave this resource and stay on the server: %s.", f, quoted(names)))
	}
}

// drop plans the delete of the secrets of a state, and leaves those on the server
// that another resource has too.
func (r *secretsResource) drop(ctx context.Context, state secretsResourceModel, memory secretsMemory, resp *resource.ModifyPlanResponse) {
	if memory.Owner == "" {
		return
	}
	for name, e := range state.entries() {
		if e.isManaged() && r.configured.store.Drop(memory.Owner, secrets.Ref{Folder: state.stored(), Name: name}, e.ID.ValueString()) {
			memory.Left = append(memory.Left, name)
		}
	}
	if len(memory.Left) > 0 {
		resp.Diagnostics.Append(memory.save(ctx, resp.Private)...)
		addLeft(&resp.Diagnostics, state.stored(), memory.Left)
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

// addAllTaken refuses what goes against what another resource means to do with
// the secrets of a plan and of the state before; state is nil on create.
func (s *configured) addAllTaken(diags *diag.Diagnostics, summary string, folder secrets.Folder, memory secretsMemory, plan secretsResourceModel, state *secretsResourceModel) {
	planned, stored := plan.entries(), plan.before(state)
	claims := map[secrets.Claim][]string{}
	deletion := s.deletion(plan, state)
	claims[secrets.Clears] = deletion.added
	for name := range planned {
		claim := secrets.Creates
		if _, has := stored[name]; has {
			claim = secrets.Keeps
		}
		claims[claim] = append(claims[claim], name)
	}
	for name, e := range stored {
		_, kept := planned[name]
		switch {
		case kept:
		case e.isManaged():
			claims[secrets.Drops] = append(claims[secrets.Drops], name)
		case deletion.deletes(name, e):
			claims[secrets.Clears] = append(claims[secrets.Clears], name)
		}
	}
	for _, claim := range []secrets.Claim{secrets.Keeps, secrets.Creates, secrets.Drops, secrets.Clears} {
		s.addTaken(diags, summary, memory.Owner, claim, refs(folder, claims[claim])...)
	}
}

// warnOfOthers names the secrets of the folder that exclusive is about. Where
// exclusive is new, this apply leaves them, because no element of the plan shows
// them, and the next plan does. In E2EE mode nothing deletes them. If another
// resource manages one, that is an error now.
func (p *secretsPlanner) warnOfOthers(ctx context.Context, diags *diag.Diagnostics) {
	if !p.plan.Exclusive.ValueBool() || p.plan.isUnknown() {
		return
	}
	sealed := p.configured.store.SealsNames()
	isNew := p.state == nil || !p.state.Exclusive.ValueBool()
	if !isNew && (!sealed || !p.configured.store.IsListed(p.folder)) {
		return
	}
	known := slices.Concat(names(p.plan.entries()), slices.Collect(maps.Values(p.plan.removed())))
	contents, err := p.configured.store.Contents(ctx, p.folder, known)
	if err != nil {
		return // a folder that is to be made yet, or what the apply will say
	}
	if isNew {
		p.configured.addLeftOut(diags, contents.LeftOut)
	}
	if len(contents.Others) == 0 {
		return
	}
	var others []string
	for _, s := range contents.Others {
		others = append(others, s.Name)
	}
	p.configured.addTaken(diags, "Cannot Plan Secrets", cmp.Or(p.memory.Owner, secrets.NewOwner()), secrets.Clears, refs(p.folder, others)...)
	if sealed {
		diags.AddWarning("Exclusive Leaves Other Secrets", fmt.Sprintf(
			"exclusive is set, and the %s holds secrets (%d) that the configuration does not name: %s. "+
				"They stay there: in e2ee mode the server chooses what a name field holds, so Terraform deletes only names that the configuration or the state of a managed secret holds.\n\n"+
				"If you recognise a name, list it in remove to delete the secret, or in secrets to manage it. "+
				"If you do not, do not copy it: look at the secret in Infisical's web application.", p.folder, len(others), quoted(others)))
		return
	}
	diags.AddWarning("Exclusive Will Delete Secrets", fmt.Sprintf(
		"exclusive is set, and the %s holds secrets that the configuration does not name: %s. "+
			"This apply leaves them; the next plan shows them as elements that leave secrets, and its apply deletes them.\n\n"+
			"Name in secrets what is to stay.", p.folder, quoted(others)))
}

// warnOfAdoptions names what exists already of the elements that are new. It
// refuses a replacement that could not create one of them.
func (p *secretsPlanner) warnOfAdoptions(ctx context.Context, diags *diag.Diagnostics) {
	stored := p.plan.before(p.state)
	var adoptions []secrets.Adoption
	var refused []error
	for name, e := range p.plan.entries() {
		if _, existed := stored[name]; existed || e.unknown {
			continue
		}
		draft, known := e.draft(p.configuredEntries[name], p.plan.OnExisting.ValueString())
		a, err := p.configured.store.Adoption(ctx, secrets.Ref{Folder: p.folder, Name: name}, draft, known)
		if a != nil {
			adoptions = append(adoptions, *a)
		}
		if err != nil && p.replaces {
			refused = append(refused, err)
		}
	}
	addAdoptions(diags, adoptions)
	if len(refused) > 0 { // one stands for all
		p.configured.addError(diags, "Cannot Plan Secrets", nothingDeleted(refused[0], ""))
	}
}

func addAdoptions(diags *diag.Diagnostics, all []secrets.Adoption) {
	for _, warning := range secrets.AdoptionWarnings(all, true) {
		diags.AddWarning(warning.Summary, warning.Detail)
	}
}

// validateRemove refuses names that no secret can have, and those that secrets
// holds too.
func (m secretsResourceModel) validateRemove(diags *diag.Diagnostics) {
	remove := m.removed()
	for _, name := range slices.Sorted(maps.Values(remove)) {
		if err := secrets.CheckName(name); err != nil {
			diags.AddError("Invalid Secret Name", fmt.Sprintf("remove holds %q, and the server cannot hold a secret of this name: %s.\n\nCorrect the name, or take it out of remove.", name, err))
		}
	}
	for _, name := range names(m.entries()) {
		if _, both := remove[secrets.NameKey(name)]; both {
			diags.AddError("Secret Is Also Removed", fmt.Sprintf("%q is in %s and in remove.\n\nTake it out of one of them.", name, m.attribute()))
		}
	}
}

// removesUnknown tells whether remove, or a name in it, is not known yet.
func (m secretsResourceModel) removesUnknown() bool {
	return m.Remove.IsUnknown() || slices.ContainsFunc(m.Remove.Elements(), attr.Value.IsUnknown)
}
