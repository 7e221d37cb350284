package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// addError is the only place where an error becomes a diagnostic. The detail
// says what, why, what to do, and last what the server said.
func (s *configured) addError(diags *diag.Diagnostics, summary string, err error) {
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
		diags.AddAttributeError(path.Root(attribute), summary, detailOf(e))
		return
	}
	diags.AddError(summary, detailOf(e))
}

// addDamaged reports rows that were left out: one warning for all, because
// Terraform shows only the first of several alike.
func (s *configured) addDamaged(diags *diag.Diagnostics, damaged []error) {
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
	diags.AddWarning("Secrets Left Out", fmt.Sprintf("%d secrets of this folder cannot be opened and are missing from the result:\n\n%s\n\n"+
		"If another client wrote them, write them again with the right project key, or delete them. "+
		"Otherwise treat the server as untrustworthy until you know why.", len(damaged), strings.Join(lines, "\n")))
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

	secrets.ProblemSource:            "import_folder_path",
	secrets.ProblemSourceEnvironment: "import_env_slug",
	secrets.ProblemPosition:          "position",
}

// addWarnings passes on what the store wants a user to hear once.
func (s *configured) addWarnings(diags *diag.Diagnostics) {
	if s.store == nil {
		return
	}
	for _, warning := range s.store.TakeWarnings() {
		diags.AddWarning(warning.Summary, warning.Detail)
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

// withImportBlock adds to "exists already" the import block that takes the
// secret over, ready to be pasted.
func withImportBlock(err error, ref secrets.Ref) error {
	var e *secrets.Error
	if !errors.As(err, &e) || e.Problem != secrets.ProblemExists || e.ID == "" {
		return err
	}
	out := *e
	id := ref.WorkspaceID + ":" + ref.Environment + ":" + ref.Path + ":" + ref.Name
	out.Do = "To take it over and write the configured value into it, set on_existing = \"adopt\". " +
		"Or import it, with the address of this resource:\n\n" +
		importBlock("infisical_secret", id) + "\n\n" +
		"After an import, too, the next apply writes the value that is configured."
	return &out
}

// importBlock is ready to be pasted.
func importBlock(resourceType, id string) string {
	return "import {\n  to = " + resourceType + ".example\n  id = " + hclString(id) + "\n}"
}

// hclString quotes a text for HCL.
func hclString(text string) string {
	return `"` + strings.NewReplacer(
		`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`, "${", "$${", "%{", "%%{",
	).Replace(text) + `"`
}
