package secrets

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/api"
)

// imported is what one import brings into a folder: the rows of its source, in
// the server's order, and behind them those that the source imports. Of those
// the answer does not tell the path, so that they stand under the source too.
type imported struct {
	source Folder
	rows   []row
}

// seen is a folder as one reader sees it: its own rows, and what it imports if
// that was asked for.
type seen struct {
	own     *rowSet
	imports []*rowSet // in the order of their positions
	// tagsUntold: there are rows of own writes, whose answers tell no slugs.
	tagsUntold bool
}

// rowSet are rows that are found by name.
type rowSet struct {
	in    Folder
	rows  []row
	named map[string][]int // by nameKey, ascending
	first map[string]int   // where the rows of a folder begin, by its id
}

func newRowSet(in Folder, rows []row) *rowSet {
	set := &rowSet{in: in, rows: rows, named: make(map[string][]int, len(rows)), first: map[string]int{}}
	for i, r := range rows {
		if r.name != "" {
			set.named[nameKey(r.name)] = append(set.named[nameKey(r.name)], i)
		}
		if _, known := set.first[r.folder]; !known {
			set.first[r.folder] = i
		}
	}
	return set
}

// spot is where a name is looked up: in a folder with what it imports, or
// within one import. What an import brings is a row of folders each of which
// imports the next, so that the folder from which a row came sees what stands
// from its own first row on.
type spot struct {
	in   *seen
	set  *rowSet // nil = the folder itself
	from int     // in set
}

// folder names the place for people.
func (at spot) folder() Folder {
	if at.set != nil {
		return at.set.in
	}
	return at.in.own.in
}

// find returns the rows of a name that count here, none or one; several only
// if the server holds several in one folder. home is where they look up names
// themselves.
func (at spot) find(name string) (rows []row, home spot) {
	key := nameKey(name)
	if at.set != nil {
		return at.set.find(key, at.from, at.in)
	}
	for _, i := range at.in.own.named[key] {
		rows = append(rows, at.in.own.rows[i])
	}
	if len(rows) > 0 {
		return rows, at
	}
	for _, set := range slices.Backward(at.in.imports) { // the last one wins (PROTOCOL section 20)
		if rows, home = set.find(key, 0, at.in); len(rows) > 0 {
			return rows, home
		}
	}
	return nil, spot{}
}

// find takes the first row of a name: a folder's own stand before those that it
// imports. A folder that comes twice, as by an import of itself, has the same
// rows again.
func (set *rowSet) find(key string, from int, in *seen) (rows []row, home spot) {
	for _, i := range set.named[key] {
		switch r := set.rows[i]; {
		case i < from:
		case len(rows) == 0:
			rows, home = []row{r}, spot{in, set, set.first[r.folder]}
		case r.folder == rows[0].folder && r.folder != "" && r.id != rows[0].id:
			rows = append(rows, r)
		}
	}
	return rows, home
}

// names are all that the folder shows, in no order.
func (v *seen) names() map[string]bool {
	names := make(map[string]bool, len(v.own.rows))
	for _, set := range v.sets() {
		for name := range set.named {
			names[name] = true
		}
	}
	return names
}

// nameless are the rows whose name does not open, each once.
func (v *seen) nameless() []row {
	var out []row
	known := map[string]bool{}
	for _, set := range v.sets() {
		for _, r := range set.rows {
			if r.name == "" && !known[r.id] {
				known[r.id] = true
				out = append(out, r)
			}
		}
	}
	return out
}

func (v *seen) sets() []*rowSet { return append([]*rowSet{v.own}, v.imports...) }

// see reads a folder, or takes a list of the last minute that others asked for.
// A folder that does not exist is [ProblemFolderMissing].
func (s *Store) see(ctx context.Context, p *project, f Folder, of view) (*seen, error) {
	load := func() (*folder, error) { return s.load(ctx, p, f, s.recent().time) }
	if of.imports {
		load = func() (*folder, error) { return s.loadImports(ctx, p, f) }
	}
	k, err := load()
	if err != nil {
		return nil, err
	}
	v := k.show(of)
	if v != nil && v.tagsUntold {
		if _, err := s.load(ctx, p, f, time.Now()); err != nil {
			return nil, err
		}
		v = k.show(of)
	}
	if v == nil {
		return nil, s.folderMissing(ctx, f)
	}
	return v, nil
}

// show is nil for a folder that is not there. All readers share the result.
func (k *folder) show(of view) *seen {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.missing {
		return nil
	}
	if v := k.shown[of]; v != nil {
		return v
	}
	rows := slices.Collect(maps.Values(k.rows))
	if of.personal {
		rows = slices.DeleteFunc(rows, func(r row) bool {
			return r.name != "" && !r.personal && len(k.named[Ref{Name: r.name, Personal: true}.key()]) > 0
		})
	} else {
		rows = sharedOf(rows)
	}
	slices.SortFunc(rows, func(a, b row) int { return strings.Compare(a.id, b.id) })
	v := &seen{
		own:        newRowSet(k.place, rows),
		tagsUntold: slices.ContainsFunc(rows, func(r row) bool { return r.slugs == nil && len(r.details.TagIDs) > 0 }),
	}
	if of.imports {
		for _, one := range k.imports {
			v.imports = append(v.imports, newRowSet(one.source, one.rows))
		}
	}
	k.shown[of] = v
	return v
}

// explainImports finds out why a list with imports failed. A server that is
// asked to follow an import whose source is missing, beside one that is there,
// answers with a failure which tells nothing (PROTOCOL section 8).
func (s *Store) explainImports(ctx context.Context, p *project, f Folder, failure error) error {
	if api.KindOf(failure) != api.KindServer {
		return failure
	}
	broken := s.brokenImports(ctx, p, f)
	if len(broken) == 0 {
		return failure
	}
	why, do := "the source of an import does not exist", "Delete that import, create the folder that it names"
	if len(broken) > 1 {
		why, do = "the sources of imports do not exist", "Delete those imports, create the folders that they name"
	}
	return &Error{
		Problem: ProblemServer, Subject: f.String(), Server: failure.Error(),
		Why: "The server cannot list it with its imports, because " + why + ": " + strings.Join(broken, "; ") + ".",
		Do:  do + ", or read without include_imports.",
	}
}

// maxImportDepth is how deep a server follows imports of imports (PROTOCOL
// section 20).
const maxImportDepth = 10

// brokenImports names the imports without a source, of the folder and of what
// it imports. What the token may not look into is left out.
//
// Cost: one request for the imports of each folder, and one for each level of
// a source's path; only ever made when a list has failed, and at most
// [maxExplained] a Store.
func (s *Store) brokenImports(ctx context.Context, p *project, f Folder) []string {
	var broken []string
	missing := map[Folder]bool{f: false} // of the sources that were looked for
	level := []Folder{f}
	for range maxImportDepth {
		var deeper []Folder
		for _, in := range level {
			if !s.bounds.explains(1) {
				break
			}
			imports, err := s.client.Imports(ctx, place(in))
			if err != nil {
				continue
			}
			for _, one := range imports {
				source := Folder{f.WorkspaceID, one.Environment, one.Path}
				if _, known := missing[source]; !known {
					if !s.bounds.explains(source.depth()) {
						break
					}
					first, err := s.firstMissing(ctx, source)
					missing[source] = first != "" || !p.hasEnvironment(source.Environment)
					if err == nil && first == "" {
						deeper = append(deeper, source)
					}
				}
				if missing[source] {
					broken = append(broken, fmt.Sprintf("the %s imports the %s", in, source))
				}
			}
		}
		level = deeper
	}
	slices.Sort(broken)
	return slices.Compact(broken)
}
