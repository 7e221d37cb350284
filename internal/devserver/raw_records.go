package devserver

import (
	"cmp"
	"slices"
	"time"
)

// RawRecord is a secret of a project of version 3, in the clear: the server
// holds the key it is kept under.
type RawRecord struct {
	ID, WorkspaceID, Environment, SecretPath, FolderID string
	Name, Value, Comment                               string
	Version                                            int
	Type                                               string // "shared" or "personal"
	SkipMultilineEncoding                              bool
	Metadata                                           []MetadataEntry
	ReminderNote                                       *string
	ReminderRepeatDays                                 *int
	TagIDs                                             []string
	UserID                                             *string // of a personal record
	HoneyToken, Rotated                                bool
	CreatedAt, UpdatedAt                               time.Time
}

// RawRecords returns copies of what a folder of a project of version 3 holds for
// raw calls, personal records included, sorted by ID. It is nil when the folder
// is missing and for projects before version 3, whose raw calls see Records.
func (s *Server) RawRecords(workspaceID, environment, path string) []RawRecord {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.projects[workspaceID]
	if p == nil || p.Version < 3 {
		return nil
	}
	f, err := p.folder(environment, path)
	if f == nil || err != nil {
		return nil
	}
	out := []RawRecord{}
	for _, r := range p.table(f, true).sorted() {
		out = append(out, r.rawRecord(p.kms))
	}
	return out
}

// PutRawRecord inserts a record into the tables of version 3, or replaces the
// one with the same ID, without any check: another client at work, a hostile
// server, duplicates. What is not told is filled in as by PutRecord. It panics
// when the project or the environment does not exist, or before version 3.
func (s *Server) PutRawRecord(r RawRecord) RawRecord {
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.mustFolder(r.WorkspaceID, r.Environment, cmp.Or(r.SecretPath, "/"))
	p := s.projects[r.WorkspaceID]
	if p.Version < 3 {
		panic("devserver: a project before version 3 has no raw records")
	}
	stored := &row{Record: s.filledIn(Record{
		ID: r.ID, WorkspaceID: r.WorkspaceID, BlindIndex: r.Name, Version: r.Version, Type: r.Type,
		Key: p.kms.seal(r.Name), Value: p.kms.seal(r.Value), Comment: p.kms.seal(r.Comment),
		SkipMultilineEncoding: r.SkipMultilineEncoding, ReminderNote: clone(r.ReminderNote), ReminderRepeatDays: clone(r.ReminderRepeatDays),
		TagIDs: slices.Clone(r.TagIDs), UserID: clone(r.UserID), CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt,
		SecretMetadata: slices.Clone(r.Metadata), HoneyToken: r.HoneyToken, Rotated: r.Rotated,
	})}
	s.removeRow(r.WorkspaceID, stored.ID, true)
	p.table(f, true).insert(stored)
	return stored.rawRecord(p.kms)
}

// DeleteRawRecord removes a record from the tables of version 3 by its id and
// says whether there was one.
func (s *Server) DeleteRawRecord(workspaceID, id string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.removeRow(workspaceID, id, true)
}

// rawRecord opens the row, whose key is the server's own.
func (r *row) rawRecord(kms *bot) RawRecord {
	c := r.record()
	out := RawRecord{
		ID: c.ID, WorkspaceID: c.WorkspaceID, Environment: c.Environment, SecretPath: c.SecretPath, FolderID: c.FolderID,
		Version: c.Version, Type: c.Type, SkipMultilineEncoding: c.SkipMultilineEncoding,
		ReminderNote: c.ReminderNote, ReminderRepeatDays: c.ReminderRepeatDays, TagIDs: c.TagIDs, UserID: c.UserID,
		CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt,
		Metadata: c.SecretMetadata, HoneyToken: c.HoneyToken, Rotated: c.Rotated,
	}
	out.Name, _ = kms.open(c.Key)
	out.Value, _ = kms.open(c.Value)
	out.Comment, _ = kms.open(c.Comment)
	return out
}
