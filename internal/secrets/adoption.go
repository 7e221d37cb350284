package secrets

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Adoption is a secret that exists before a create, which makes it its own.
type Adoption struct {
	Ref
	Version    int64
	Created    time.Time // zero where the server does not tell
	Overwrites bool      // it holds something else, which the create replaces
}

func (a Adoption) line() string {
	return fmt.Sprintf("- %s: version %d%s", a.Ref, a.Version, since(a.Created))
}

func since(created time.Time) string {
	if created.IsZero() {
		return ""
	}
	return ", created " + created.UTC().Format("2006-01-02 15:04 MST")
}

// adoption of an existing row by a draft that may have it.
func adoption(existing row, ref Ref, draft Draft) Adoption {
	secret, err := existing.secret()
	return Adoption{
		Ref: ref, Version: existing.version, Created: existing.created,
		Overwrites: !draft.Keep && (err != nil || !secret.Value.Equal(draft.Value)) || draft.Comment != nil && !draft.Comment.Equal(secret.Comment),
	}
}

// Adoption returns what a create would adopt, as a list of the last minute shows
// it; nil if nothing. The error is why the create will be refused. A secret that a state of
// this run has is not adopted: it moves between resources, or it is replaced. With
// known false the value of the draft is not known yet.
//
// Cost: one list a folder and Store.
func (s *Store) Adoption(ctx context.Context, ref Ref, draft Draft, known bool) (*Adoption, error) {
	p, err := s.unlock(ctx)
	if err != nil {
		return nil, nil //nolint:nilerr // the create will say it
	}
	k, err := s.load(ctx, p, ref.Folder, time.Now().Add(-snapshotLife))
	if err != nil {
		return nil, nil //nolint:nilerr // the create will say it
	}
	existing, err := k.find(ref, "")
	if err != nil || s.HasOther(ref.Folder, "", existing.id) || !known && !draft.Adopt && !draft.Keep {
		return nil, nil //nolint:nilerr // nothing is there, or the create will say it
	}
	if _, err := takeOver(existing, ref, draft); err != nil {
		return nil, err
	}
	a := adoption(existing, ref, draft)
	a.Overwrites = a.Overwrites || !known && draft.Adopt
	return &a, nil
}

// AdoptionWarnings say what a plan will adopt, or an apply has adopted.
func AdoptionWarnings(all []Adoption, planned bool) []Warning {
	var adopted, overwritten []Adoption
	for _, a := range all {
		if a.Overwrites {
			overwritten = append(overwritten, a)
		} else {
			adopted = append(adopted, a)
		}
	}
	const whose = " They may belong to another configuration or workspace: then remove them from one of the two. A destroy of this resource will delete them.\n\n"
	var out []Warning
	add := func(summary, detail string, list []Adoption) {
		var lines, names []string
		for _, a := range list {
			lines, names = append(lines, a.line()), append(names, a.Name)
		}
		if len(lines) > 0 {
			slices.Sort(lines)
			out = append(out, Warning{Titled(summary, list[0].Folder, names), detail + whose + shortened(lines)})
		}
	}
	if planned {
		add("Existing Secrets Will Be Adopted", "These secrets exist already. This plan adopts them with the value that they have.", adopted)
		add("Existing Secrets Will Be Overwritten", "These secrets exist already, and on_existing lets this plan adopt them and overwrite what they hold.", overwritten)
		return out
	}
	add("Existing Secrets Adopted", "These secrets existed before they were created here. They were adopted with the value that they had.", adopted)
	add("Existing Secrets Overwritten", "These secrets existed before they were created here. on_existing let Terraform adopt them and overwrite what they held.", overwritten)
	return out
}

// Titled makes the summary of a warning about some names in a folder. Terraform
// prints only the first of several warnings with one summary.
func Titled(summary string, f Folder, names []string) string {
	if len(names) == 1 {
		return fmt.Sprintf("%s: %s", summary, names[0])
	}
	return fmt.Sprintf("%s: %d in %s:%s", summary, len(names), f.Environment, f.Path)
}

// shortened leaves out what nobody reads to the end.
func shortened(lines []string) string {
	const most = 100
	if more := len(lines) - most; more > 0 {
		lines = append(lines[:most:most], fmt.Sprintf("- and %d more", more))
	}
	return strings.Join(lines, "\n")
}

func (s *Store) noteAdoption(a Adoption) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.adopted = append(s.adopted, a)
}

// FolderAdoption is the warning about a folder that exists before it is created.
func FolderAdoption(f Subfolder, planned bool) Warning {
	const whose = "It may belong to another configuration or workspace. A destroy of this resource will delete it if it is empty, and with force_delete = true whatever it holds."
	if planned {
		return Warning{Titled("Existing Folder Will Be Adopted", f.Folder, []string{f.Path}), fmt.Sprintf("The %s exists already%s. This plan adopts it with everything in it. %s", f.Folder, since(f.Created), whose)}
	}
	return Warning{Titled("Existing Folder Adopted", f.Folder, []string{f.Path}), fmt.Sprintf("The %s existed before it was created here%s. It was adopted with everything in it. %s", f.Folder, since(f.Created), whose)}
}
