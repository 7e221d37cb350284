package provider

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// addError is the only place where an error becomes a diagnostic. The detail
// says what, why, what to do, and last what the server said.
func (s *configured) addError(diags *diag.Diagnostics, summary string, err error) {
	s.addErrorAt(diags, path.Root, summary, err)
}

// addErrorAt is addError where an attribute that mends a problem has another
// path than its name.
func (s *configured) addErrorAt(diags *diag.Diagnostics, pathOf func(attribute string) path.Path, summary string, err error) {
	s.addWarnings(diags)
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		diags.AddError(summary, "The run was interrupted before this was done. Apply again.")
		return
	}
	var e *secrets.Error
	if !errors.As(err, &e) {
		diags.AddError(summary, err.Error())
		return
	}
	if attribute, ok := attributeOf[e.Problem]; ok {
		diags.AddAttributeError(pathOf(attribute), summary, detailOf(e))
		return
	}
	diags.AddError(summary, detailOf(e))
}

// addDamaged reports rows that were left out: one warning for all, because
// Terraform shows only the first of several alike.
func (s *configured) addDamaged(diags *diag.Diagnostics, damaged []error) {
	var managed []string
	rest := make([]error, 0, len(damaged))
	for _, err := range damaged {
		var e *secrets.Error
		if errors.As(err, &e) && e.Problem == secrets.ProblemMode {
			managed = append(managed, "- "+sentence(e.Subject)+" "+e.Why)
			continue
		}
		rest = append(rest, err)
	}
	if len(managed) > 0 {
		diags.AddWarning("Server-Managed Secrets Left Out", fmt.Sprintf("%d secrets are kept by the server itself, so that they are not sealed, and are missing from the result:\n\n%s\n\n"+
			"Keep them in a folder of their own, and read them in another mode.", len(managed), joinLines(managed)))
	}
	s.warnOfDamaged(diags, "Secrets Left Out", "%d secrets cannot be opened and are missing from the result", rest)
}

// addUncompared is addDamaged for a comparison, which leaves none out.
func (s *configured) addUncompared(diags *diag.Diagnostics, damaged []error) {
	s.warnOfDamaged(diags, "Secrets Not Compared", "%d secrets cannot be opened and are not known to be equal", damaged)
}

func (s *configured) warnOfDamaged(diags *diag.Diagnostics, summary, what string, damaged []error) {
	if len(damaged) == 0 {
		return
	}
	var lines []string
	for _, err := range damaged {
		var e *secrets.Error
		if errors.As(err, &e) {
			lines = append(lines, "- "+sentence(e.Subject)+" "+e.Why)
		}
	}
	diags.AddWarning(summary, fmt.Sprintf(what+":\n\n%s\n\n"+
		"If another client wrote them, write them again with this provider, or delete them. "+
		"Otherwise treat the server as untrustworthy until you know why.", len(damaged), joinLines(lines)))
}

// joinLines leaves out what nobody reads to the end: a server can damage more
// rows than a diagnostic should have lines.
func joinLines(lines []string) string {
	const most = 100
	if more := len(lines) - most; more > 0 {
		lines = append(lines[:most:most], fmt.Sprintf("- and %d more", more))
	}
	return strings.Join(lines, "\n")
}

// addLeftOut reports secrets of a folder that were to be taken over or deleted
// as a whole, and are neither.
func (s *configured) addLeftOut(diags *diag.Diagnostics, leftOut []error) {
	if len(leftOut) == 0 {
		return
	}
	var lines []string
	for _, err := range leftOut {
		var e *secrets.Error
		if errors.As(err, &e) {
			lines = append(lines, "- "+sentence(e.Subject)+" "+e.Why)
		}
	}
	diags.AddWarning("Secrets Left Out", fmt.Sprintf("%d secrets of this folder are neither taken over nor deleted:\n\n%s\n\n"+
		"Look at them in Infisical's web application, and delete there what is not wanted.", len(lines), joinLines(lines)))
}

// addUnreadable reports secrets of a resource whose content does not open. They
// stay in the state, and the next plan writes what is configured.
func (s *configured) addUnreadable(diags *diag.Diagnostics, damaged map[string]error) {
	if len(damaged) == 0 {
		return
	}
	diags.AddWarning("Secrets Cannot Be Opened", fmt.Sprintf("%s\n\n"+
		"Those with a configured value are written again by the next apply. "+
		"Unless another client wrote them with a wrong key, treat the server as untrustworthy until you know why.", failures(damaged)))
}

// older says that the server shows a secret in an earlier version than was seen
// before; "" if it does not. Another id is another secret, which begins anew. In
// sealed mode the envelope tells, whatever the version is.
func older(id types.String, seen types.Int64, s secrets.Secret) string {
	if s.Envelope != nil || id.ValueString() != s.ID || s.Version >= seen.ValueInt64() {
		return ""
	}
	return fmt.Sprintf("- %q: version %d is there, and version %d was seen before.", s.Name, s.Version, seen.ValueInt64())
}

// addOlder warns of secrets whose version went backwards. Nothing in a record
// tells that it is not the newest, so what is compared is the state.
func (s *configured) addOlder(diags *diag.Diagnostics, older []string) {
	older = slices.DeleteFunc(older, func(line string) bool { return line == "" })
	if len(older) == 0 {
		return
	}
	slices.Sort(older)
	diags.AddWarning("Older Version Than Seen Before", fmt.Sprintf("The server shows secrets as they once were:\n\n%s\n\n"+
		"It was restored from a backup, or it serves old versions to undo changes, such as the replacement of a leaked value. "+
		"The next apply writes again what the configuration says. If nobody restored a backup, treat the server as untrustworthy until you know why.",
		strings.Join(older, "\n")))
}

// What an error of a part of an edit tells the user to do.
const (
	applyAgain  = "Apply again: what is missing is done then."
	createAgain = "Terraform marks the resource as tainted, so that the next apply deletes what was created and makes all of it anew; " +
		"after terraform untaint it makes only what is missing."
)

// addEditError says of each secret of an edit why it was not written. done are
// those that were; nil if nothing was tried.
func (s *configured) addEditError(diags *diag.Diagnostics, summary string, err error, done map[string]secrets.Secret, next string) {
	var failed secrets.EditError
	if !errors.As(err, &failed) {
		s.addError(diags, summary, err)
		return
	}
	s.addWarnings(diags)
	detail := failures(failed)
	for _, err := range failed {
		var e *secrets.Error // with an id: it was there before this run
		if errors.As(err, &e) && e.Problem == secrets.ProblemExists && e.ID != "" {
			detail += "\n\nLeave to other resources of this configuration what they manage. To take other existing secrets over and write the configured values into them, set on_existing = \"adopt\"."
			break
		}
	}
	if done == nil {
		diags.AddError(summary, detail+"\n\nThis was found before anything of this resource was written: none of it was changed.")
		return
	}
	others := 0
	for name := range done {
		if failed[name] == nil { // else it was made, and is not what was sent
			others++
		}
	}
	if len(done) == 0 {
		diags.AddError(summary, detail+"\n\nNothing else was changed. "+applyAgain)
		return
	}
	made := "Nothing else was changed."
	switch {
	case others == 1:
		made = "1 other change was made and is in the state."
	case others > 1:
		made = fmt.Sprintf("%d other changes were made and are in the state.", others)
	}
	diags.AddError(summary, detail+"\n\n"+made+" "+next)
}

// failures says of each secret what is wrong with it, once for all of which
// the same is.
func failures(errs map[string]error) string {
	names := map[string][]string{}
	for name, err := range errs {
		why := "The run was interrupted before it was sent."
		var e *secrets.Error
		if errors.As(err, &e) {
			one := *e
			one.Subject = ""
			why = strings.ReplaceAll(detailOf(&one), "\n\n", " ")
		} else if !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
			why = err.Error()
		}
		names[why] = append(names[why], fmt.Sprintf("%q", name))
	}
	var lines []string
	for why, these := range names {
		slices.Sort(these)
		lines = append(lines, fmt.Sprintf("- %s: %s", strings.Join(these, ", "), why))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// addTaken refuses secrets of one folder that another resource of this run has a claim to. An
// owner that is not known yet claims nothing.
func (s *configured) addTaken(diags *diag.Diagnostics, summary string, owner string, claim secrets.Claim, refs ...secrets.Ref) {
	if owner == "" || len(refs) == 0 {
		return
	}
	taken := s.store.Hold(owner, claim, refs...)
	if len(taken) == 0 {
		return
	}
	shifted := ""
	if claim == secrets.Creates || claim == secrets.Renames {
		shifted = " If one resource renames a secret and another creates a new one under the old name, apply the rename first: Terraform does not order the two. " +
			"A shifted count index looks like this; for_each with the names as keys avoids it."
	}
	diags.AddError(summary, fmt.Sprintf("Another resource of this configuration manages these secrets of the %s too: %s. "+
		"Two would undo each other's work in turns, or one delete what the other keeps.\n\n"+
		"Leave each secret to one resource. terraform state rm, or a removed block with destroy = false, lets one forget what it should not manage; "+
		"an infisical_secrets then adopts what it is configured with on the next apply. "+
		"If this plan already removes one of them, plan again: Terraform may have planned the removal before it read the other.%s",
		refs[0].Folder, strings.Join(taken, ", "), shifted))
}

// addSkipped reports folders below that the token may not read.
func (s *configured) addSkipped(diags *diag.Diagnostics, skipped []secrets.Folder) {
	if len(skipped) == 0 {
		return
	}
	const most = 20
	var paths []string
	for _, f := range skipped[:min(len(skipped), most)] {
		paths = append(paths, f.Path)
	}
	list := strings.Join(paths, ", ")
	if more := len(skipped) - most; more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	diags.AddWarning("Folders Left Out", fmt.Sprintf("Folders of environment %q that the %s may not read are missing from the result: %s.\n\n"+
		"Use a credential that may read them, or read a folder that it may read as a whole.", skipped[0].Environment, s.store.Credential(), list))
}

func detailOf(e *secrets.Error) string {
	detail := sentence(e.Subject)
	for _, part := range []string{e.Why, e.Do} {
		if part != "" {
			detail += " " + part
		}
	}
	if e.Server != "" {
		detail += "\n\n" + e.Server
	}
	return strings.TrimSpace(detail)
}

// attributeOf is the attribute whose change mends a problem.
var attributeOf = map[secrets.Problem]string{
	secrets.ProblemFolderMissing: "folder_path",
	secrets.ProblemEnvironment:   "env_slug",
	secrets.ProblemWorkspace:     "workspace_id",
	secrets.ProblemTag:           "tag_ids",
	secrets.ProblemRenamed:       "name",
	secrets.ProblemType:          "type",

	secrets.ProblemSource:            "import_folder_path",
	secrets.ProblemSourceEnvironment: "import_env_slug",
	secrets.ProblemPosition:          "position",
}

// addWarnings passes on what the store wants a user to hear once.
func (s *configured) addWarnings(diags *diag.Diagnostics) {
	if s.store == nil {
		return
	}
	details := map[string][]string{}
	for _, warning := range s.store.TakeWarnings() {
		details[warning.Summary] = append(details[warning.Summary], warning.Detail)
	}
	for _, summary := range slices.Sorted(maps.Keys(details)) { // Terraform shows only the first of several alike
		diags.AddWarning(summary, strings.Join(details[summary], "\n\n"))
	}
}

// known adds an error and returns false while the provider's configuration is
// not known yet.
func (s *configured) known(diags *diag.Diagnostics, what string) bool {
	if s.unknown == "" {
		return true
	}
	diags.AddError("Provider Configuration Unknown", fmt.Sprintf(
		"%s needs the server now, but the provider's %s depends on a value that is known only after apply.\n\n"+
			"Apply what it depends on first (terraform apply -target=…), or configure the provider with a known value.", what, s.unknown))
	return false
}

func sentence(subject string) string {
	if subject == "" {
		return ""
	}
	return strings.ToUpper(subject[:1]) + subject[1:] + "."
}

// openedAtPlan adds to a missing folder why an ephemeral resource does not find
// one that the same run makes.
func openedAtPlan(err error) error {
	var e *secrets.Error
	if !errors.As(err, &e) || e.Problem != secrets.ProblemFolderMissing {
		return err
	}
	out := *e
	out.Do += " An ephemeral resource is opened at plan: its folder has to be there before."
	return &out
}

// withImportBlock adds to "exists already" the import block that takes the
// secret over, ready to be pasted.
func withImportBlock(err error, ref secrets.Ref) error {
	var e *secrets.Error
	if !errors.As(err, &e) || e.Problem != secrets.ProblemExists || e.ID == "" {
		return err
	}
	out := *e
	const adopt = otherResource + "To take it over and write the configured value into it, set on_existing = \"adopt\"."
	if ref.Personal { // an id is that of the shared one, and Terraform before 1.12 knows nothing but ids
		out.Do = adopt
		return &out
	}
	out.Do = adopt + " " + importBlock("infisical_secret", placeID(ref.Folder, &ref.Name)) + "\n\n" +
		"After an import, too, the next apply writes the value that is configured."
	return &out
}

// otherResource comes before the advice to take something over: what another
// run of this configuration made looks like what somebody else made.
const otherResource = "If another resource of this configuration manages it, leave it to that one. "

// importBlock says how to import, with a block that is ready to be pasted but
// for the address, which a provider is not told.
func importBlock(resourceType, id string) string {
	address := resourceType + ".REPLACE_ME"
	return "Or import it, with the address of this resource in place of " + address + ":\n\n" +
		"import {\n  to = " + address + "\n  id = " + hclString(id) + "\n}"
}

// hclString quotes a text for HCL.
func hclString(text string) string {
	return `"` + strings.NewReplacer(
		`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`, "${", "$${", "%{", "%%{",
	).Replace(text) + `"`
}
