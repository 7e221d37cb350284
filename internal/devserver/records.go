package devserver

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Field is one sealed text: three base64 texts, nil for null.
type Field struct{ Ciphertext, IV, Tag *string }

func (f Field) clone() Field {
	return Field{clone(f.Ciphertext), clone(f.IV), clone(f.Tag)}
}

func clone[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

// Record is a stored secret as the server sees it.
type Record struct {
	ID, WorkspaceID, Environment, SecretPath, FolderID string
	// BlindIndex is the plain name by which by-name calls find the record. It
	// is never compared with what Key says (PROTOCOL section 0).
	BlindIndex            string
	Version               int
	Type                  string // "shared" or "personal"
	Key, Value, Comment   Field
	SkipMultilineEncoding bool
	Metadata              map[string]string
	SecretMetadata        []MetadataEntry // of 2026, for the clear endpoints
	ReminderNote          *string
	ReminderRepeatDays    *int // 1 to 365
	TagIDs                []string
	UserID                *string // of a personal record; nil is put as the project's owner
	// HoneyToken and Rotated mark secrets that the server itself manages (2026).
	HoneyToken, Rotated  bool
	CreatedAt, UpdatedAt time.Time
}

func (r Record) clone() Record {
	r.Key, r.Value, r.Comment = r.Key.clone(), r.Value.clone(), r.Comment.clone()
	r.Metadata, r.TagIDs, r.SecretMetadata = maps.Clone(r.Metadata), slices.Clone(r.TagIDs), slices.Clone(r.SecretMetadata)
	r.ReminderNote, r.ReminderRepeatDays, r.UserID = clone(r.ReminderNote), clone(r.ReminderRepeatDays), clone(r.UserID)
	return r
}

// record is a copy of the row with its place filled in.
func (r *row) record() Record {
	out := r.clone()
	out.Environment, out.SecretPath, out.FolderID = r.folder.environment.Slug, r.folder.path(), r.folder.id
	return out
}

// Records returns copies of what a folder holds, personal records included,
// sorted by ID. It is nil when the folder is missing.
func (s *Server) Records(workspaceID, environment, path string) []Record {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.projects[workspaceID]
	if p == nil {
		return nil
	}
	f, err := p.folder(environment, path)
	if f == nil || err != nil {
		return nil
	}
	out := []Record{}
	for _, r := range p.table(f, false).sorted() {
		out = append(out, r.record())
	}
	return out
}

// PutRecord inserts a record, or replaces the one with the same ID, without any
// check: another client at work, a hostile server, duplicates. Missing folders
// are made; an empty ID, SecretPath, Type, Version and times are filled in. It
// panics when the project or the environment does not exist.
func (s *Server) PutRecord(r Record) Record {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.mustFolder(r.WorkspaceID, r.Environment, cmp.Or(r.SecretPath, "/"))
	r = s.filledIn(r.clone())
	s.removeRow(r.WorkspaceID, r.ID, false)
	stored := &row{Record: r}
	s.projects[r.WorkspaceID].table(f, false).insert(stored)
	return stored.record()
}

func (s *state) filledIn(r Record) Record {
	r.ID = cmp.Or(r.ID, s.era.newID())
	r.Type = cmp.Or(r.Type, "shared")
	r.Version = cmp.Or(r.Version, 1)
	if r.Type == "personal" && r.UserID == nil {
		r.UserID = new(s.owner.id)
	}
	if r.CreatedAt.IsZero() {
		r.CreatedAt = now()
	}
	if r.UpdatedAt.IsZero() {
		r.UpdatedAt = r.CreatedAt
	}
	return r
}

// DeleteRecord removes a record by its id and says whether there was one.
func (s *Server) DeleteRecord(workspaceID, id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.removeRow(workspaceID, id, false)
}

func (s *state) removeRow(workspaceID, id string, raw bool) bool {
	p := s.projects[workspaceID]
	if p == nil {
		return false
	}
	for _, f := range p.folders() {
		if t := p.table(f, raw); t.rows[id] != nil {
			delete(t.rows, id)
			return true
		}
	}
	return false
}

// folders are all of the project's.
func (p *project) folders() []*folder {
	var out []*folder
	for _, e := range p.environments {
		out = append(out, e.root.tree()...)
	}
	return out
}

// CreateFolder makes a folder and its parents; an existing one is left alone.
// It panics when the project or the environment does not exist.
func (s *Server) CreateFolder(workspaceID, environment, path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mustFolder(workspaceID, environment, path)
}

// DeleteFolder removes a folder with everything below it. The root cannot be
// removed; it, or a folder that is missing, is left alone.
func (s *Server) DeleteFolder(workspaceID, environment, path string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.projects[workspaceID]
	if p == nil {
		return
	}
	if f, err := p.folder(environment, path); err == nil && f != nil && f.parent != nil {
		f.detach()
	}
}

func (s *state) mustFolder(workspaceID, environment, path string) *folder {
	p := s.projects[workspaceID]
	if p == nil {
		panic(fmt.Sprintf("devserver: no project %q", workspaceID))
	}
	e := p.environment(environment)
	if e == nil {
		panic(fmt.Sprintf("devserver: project %q has no environment %q", workspaceID, environment))
	}
	f := e.root
	for _, name := range strings.FieldsFunc(path, func(c rune) bool { return c == '/' }) {
		next := f.child(name)
		if next == nil {
			next = newFolder(e, f, name)
		}
		f = next
	}
	return f
}
