package devserver

import (
	"fmt"
	"net/http"
)

// place is where a call wants to work: the three fields every body and query of
// secrets, folders and imports has.
type place struct {
	workspace, environment, path string
	slug                         string // of the project, where its id is not told
	raw                          bool   // asked for by a raw call
}

// place reads the three fields of a call on secrets.
func (f *form) place() place {
	return place{workspace: f.text("workspaceId"), environment: f.text("environment"), path: f.folderPath("secretPath")}
}

// place is that of a call on folders or imports, which since 2026 may name the
// project by another field.
func (c *call) place(f *form) place {
	return place{workspace: f.text(c.projectField()), environment: f.text("environment"), path: f.folderPath("path")}
}

// upgrading refuses writes of secrets while the project is being upgraded.
func (p *project) upgrading() error {
	if p.UpgradeStatus != "IN_PROGRESS" {
		return nil
	}
	return badRequest("Project is currently being upgraded, and secrets cannot be written. Please try again")
}

// secretTable is the folder's table for a call by name or a batch, which need a
// blind index as well: without one every name is unknown. The label is the
// server's for this endpoint. A raw call in a project of version 3 needs no
// index. The caller holds the lock.
func (p *project) secretTable(at place, label string) (*table, error) {
	f, err := p.folder(at.environment, at.path)
	if err != nil {
		return nil, err
	}
	v3 := at.raw && p.Version >= 3
	if f == nil {
		if !v3 {
			label = "Create secret"
		}
		return nil, labelled("Folder not found for the given environment slug & secret path", label)
	}
	switch {
	case v3, !p.NoBlindIndex:
		return p.table(f, at.raw), nil
	case p.Version >= 3 && !f.environment.era.sinceOctober():
		// Only servers newer than the rest of this one have such projects, and
		// they answer 404 (PROTOCOL section 21).
		return nil, &failure{
			Status:  http.StatusNotFound,
			Message: fmt.Sprintf("Blind index for project with ID '%s' not found", p.ID),
			Label:   label,
		}
	default:
		return nil, labelled("Blind index not found", label)
	}
}
