package devserver

import (
	"cmp"
	"maps"
	"slices"
	"sync/atomic"
)

// table is where a call finds the secrets of a folder. The E2EE endpoints know
// one alone; raw calls in a project of version 3 have another, so that neither
// sees what the other writes (PROTOCOL_V3 section 6).
type table struct {
	*folder
	rows map[string]*row // by id
	v3   bool
	bot  *bot // who opens and seals for raw calls; nil where there is none
}

// table is the one of a raw call, or of another, in a folder of the project.
func (p *project) table(f *folder, raw bool) *table {
	if raw && p.Version >= 3 {
		return &table{f, f.v3, true, p.kms}
	}
	return &table{f, f.e2ee, false, p.bot}
}

// writes counts inserts and updates. PostgreSQL puts the new version of a row
// behind all others, and looks for one of a name from the front.
var writes atomic.Int64

func (t *table) insert(r *row) {
	r.folder, r.seq = t.folder, writes.Add(1)
	t.rows[r.ID] = r
	if r.oldest == nil {
		r.oldest = &row{Record: r.clone(), folder: t.folder}
	}
}

// sorted are the rows in the order of the database's lists.
func (t *table) sorted() []*row {
	return slices.SortedFunc(maps.Values(t.rows), func(a, b *row) int { return cmp.Compare(a.ID, b.ID) })
}

// shared are the rows a service token sees under a name: one, none, or several
// when creates raced. The first is the one by-name calls answer.
func (t *table) shared(name string) []*row {
	var out []*row
	for _, r := range t.rows {
		if r.BlindIndex == name && r.Type == "shared" {
			out = append(out, r)
		}
	}
	slices.SortFunc(out, func(a, b *row) int { return cmp.Compare(a.seq, b.seq) })
	return out
}

func (t *table) removeNamed(name string) {
	for id, r := range t.rows {
		if r.BlindIndex == name {
			delete(t.rows, id)
		}
	}
}
