package secrets

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"
)

// Reading says what a reader wants to see. The zero Reading is a folder's own
// secrets as they are stored.
type Reading struct {
	Imports   bool // those that it imports, too
	Recursive bool // those of all folders below, too
	Filter    Filter
	Expand    bool    // replace references in values, see parseReferences
	Missing   Missing // what becomes of references to what does not exist
	Within    Within  // how far references may lead
	Personal  bool    // the user's own secrets in place of shared ones of their names
}

// view is what of a folder a reader sees.
type view struct{ imports, personal bool }

func (r Reading) view() view { return view{r.Imports, r.Personal} }

// Filter keeps secrets that meet all of it. The zero Filter keeps all.
type Filter struct {
	Prefix   string         // of the name, which is looked at in normal form C
	Pattern  *regexp.Regexp // found anywhere in the name; nil = any
	TagSlugs []string       // at least one of them is on it; nil = any
	// Metadata has entries that are all on it, with these values; nil = any.
	Metadata map[string]string
}

func (f Filter) keepsName(name string) bool {
	name = nameKey(name)
	return strings.HasPrefix(name, f.Prefix) && (f.Pattern == nil || f.Pattern.MatchString(name))
}

func (f Filter) keepsTags(r row) bool {
	return f.TagSlugs == nil || slices.ContainsFunc(r.slugs, func(slug string) bool { return slices.Contains(f.TagSlugs, slug) })
}

func (f Filter) keepsMetadata(r row) bool {
	for key, value := range f.Metadata {
		if held, ok := r.details.Metadata[key]; !ok || held != value {
			return false
		}
	}
	return true
}

// keeps tells whether a row meets what is asked of its details.
func (f Filter) keeps(r row) bool { return f.keepsTags(r) && f.keepsMetadata(r) }

// untold refuses a filter by what the server does not tell: nothing would meet it.
func (f Filter) untold(v *seen) error {
	what, attribute := "", ""
	for _, r := range v.own.rows {
		switch {
		case f.TagSlugs != nil && r.details.Untold.Tags && r.slugs == nil:
			what, attribute = "tags", "tag_slugs"
		case f.Metadata != nil && r.details.Untold.Metadata:
			what, attribute = "metadata", "metadata_filter"
		}
	}
	if what == "" {
		return nil
	}
	return &Error{
		Problem: ProblemServer, Subject: v.own.in.String(),
		Why: fmt.Sprintf("Over its raw endpoints this server does not tell the %s of secrets, so they cannot be chosen by it.", what),
		Do:  fmt.Sprintf("Leave %s out, and choose by name_prefix or name_regex.", attribute),
	}
}

// Listed is a secret as a folder shows it. It lives elsewhere if the folder
// imports it: Folder and Fingerprint are of the place where it lives, or, for
// what a source imports in turn, of that source.
type Listed struct {
	Secret
	// Key is its name, behind the way from the folder that was asked for to
	// the one that shows it: NAME, or db/NAME.
	Key string
}

// Listing is what a reader sees, sorted by folder and name.
type Listing struct {
	Folder  Folder // that was asked for
	Secrets []Listed
	Damaged []error  // one for each that was left out because it could not be opened
	Skipped []Folder // below, and outside of the token's scopes
}

// List returns all secrets of a folder. Rows that do not open do not hide the
// others. A folder that does not exist is [ProblemFolderMissing].
func (s *Store) List(ctx context.Context, f Folder) (Listing, error) {
	return s.Gather(ctx, f, Reading{})
}

// Gather returns what a reading shows of a folder. Names are taken before
// values are opened, and filtered before references are replaced, so that
// what is left out cannot fail the rest. Own secrets hide imported ones; of
// those the last import's count. A folder that does not exist is
// [ProblemFolderMissing].
//
// Cost: one list a folder and Store, shared with all other readers; with
// Recursive one request for each folder more, and with Expand one list for each
// other folder that a reference names.
func (s *Store) Gather(ctx context.Context, f Folder, r Reading) (Listing, error) {
	all, skipped, err := s.gather(ctx, f, r)
	if err != nil {
		return Listing{}, err
	}
	listing := Listing{Folder: f, Secrets: make([]Listed, 0, len(all)), Skipped: skipped}
	for _, one := range all {
		if one.err != nil {
			listing.Damaged = append(listing.Damaged, one.err)
			continue
		}
		listing.Secrets = append(listing.Secrets, Listed{one.secret, one.key})
	}
	return listing, nil
}

// Lookup returns one secret by its name.
//
// Cost: as Gather.
func (s *Store) Lookup(ctx context.Context, ref Ref, r Reading) (Secret, error) {
	p, err := s.unlock(ctx)
	if err != nil {
		return Secret{}, err
	}
	v, err := s.see(ctx, p, ref.Folder, r.view())
	if err != nil {
		return Secret{}, err
	}
	rows, home := spot{in: v}.find(ref.Name)
	switch {
	case len(rows) == 0:
		return Secret{}, notFound(ref, r.Imports)
	case len(rows) > 1:
		return Secret{}, duplicate(Ref{Folder: home.folder(), Name: rows[0].name}, rows)
	}
	secret, err := rows[0].secret()
	if err == nil && r.Expand {
		x := s.newExpander(p, ref.Folder, r)
		x.places[ref.Folder] = &visited{seen: v}
		secret.Value, err = x.value(ctx, home, rows[0])
	}
	if err != nil {
		return Secret{}, err
	}
	return secret, nil
}

func notFound(ref Ref, imports bool) error {
	e := &Error{
		Problem: ProblemNotFound, Subject: ref.String(),
		Why: "It does not exist on the server.",
		Do:  "Check name, env_slug and folder_path; names are case-sensitive. If the folder imports it, set include_imports.",
	}
	if imports {
		e.Why = "It does not exist on the server, and the folder imports none of this name."
		e.Do = "Check name, env_slug and folder_path; names are case-sensitive."
	}
	return e
}

// gathered is one secret of a reading, or what is wrong with it. Of one whose
// name does not open, the key is empty.
type gathered struct {
	key    string
	row    row
	home   spot
	secret Secret
	err    error
}

func (s *Store) gather(ctx context.Context, f Folder, r Reading) (all []gathered, skipped []Folder, err error) {
	p, err := s.unlock(ctx)
	if err != nil {
		return nil, nil, err
	}
	folders := []Folder{f}
	if r.Recursive && p.mayGo(f) { // otherwise the server refuses the first
		if folders, err = s.FoldersBelow(ctx, f); err != nil {
			return nil, nil, err
		}
	}
	views, skipped, err := s.seeAll(ctx, p, folders, r.view())
	if err != nil {
		return nil, nil, err
	}
	x := s.newExpander(p, f, r)
	for i, v := range views {
		if v == nil {
			continue
		}
		x.places[folders[i]] = &visited{seen: v}
		way := strings.TrimPrefix(strings.TrimPrefix(folders[i].Path, f.Path), "/")
		shown, err := v.shows(r.Filter, way)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, shown...)
	}
	if err := openAll(all); err != nil {
		return nil, nil, err
	}
	if r.Expand {
		err = x.all(ctx, all)
	}
	return all, skipped, err
}

// seeAll reads folders, a few at a time. One below the first that the token
// may not read is skipped; one that is gone by now is nil.
func (s *Store) seeAll(ctx context.Context, p *project, folders []Folder, of view) (views []*seen, skipped []Folder, err error) {
	views = make([]*seen, len(folders))
	forbidden := make([]bool, len(folders))
	var reads errgroup.Group
	reads.SetLimit(parallelReads)
	for i, f := range folders {
		if forbidden[i] = i > 0 && !p.mayGo(f); forbidden[i] {
			continue
		}
		reads.Go(func() (err error) {
			views[i], err = s.see(ctx, p, f, of)
			switch problem := ProblemOf(err); {
			case i > 0 && problem == ProblemPermission:
				forbidden[i] = true
				return nil
			case i > 0 && problem == ProblemFolderMissing:
				return nil
			}
			return err
		})
	}
	if err := reads.Wait(); err != nil {
		return nil, nil, err
	}
	for i, f := range folders {
		if forbidden[i] {
			skipped = append(skipped, f)
		}
	}
	return views, skipped, nil
}

// shows is what a folder shows of its own and of what it imports, sorted by
// name; last the rows without one.
func (v *seen) shows(filter Filter, way string) ([]gathered, error) {
	var out []gathered
	if err := filter.untold(v); err != nil {
		return nil, err
	}
	for name := range v.names() {
		if !filter.keepsName(name) {
			continue
		}
		rows, home := spot{in: v}.find(name)
		if !slices.ContainsFunc(rows, filter.keeps) {
			continue
		}
		if len(rows) > 1 {
			return nil, duplicate(Ref{Folder: home.folder(), Name: rows[0].name}, rows)
		}
		key := rows[0].name
		if way != "" {
			key = way + "/" + key
		}
		out = append(out, gathered{key: key, row: rows[0], home: home})
	}
	slices.SortFunc(out, func(a, b gathered) int { return strings.Compare(nameKey(a.row.name), nameKey(b.row.name)) })
	for _, r := range v.nameless() {
		if filter.keeps(r) {
			out = append(out, gathered{row: r})
		}
	}
	return out, nil
}

// openAll opens the rows and refuses two of one key: a name may hold a slash,
// and then look like that of a secret in a folder below.
func openAll(all []gathered) error {
	seen := map[string]bool{}
	for i := range all {
		one := &all[i]
		if one.key != "" {
			if seen[nameKey(one.key)] {
				return &Error{
					Problem: ProblemDuplicate, Subject: fmt.Sprintf("secret %q", one.key),
					Why: "A secret has this very name, and one in a folder below is shown by it as well.",
					Do:  "Rename the one whose name holds a slash in Infisical's web application, or read the folders without recursive.",
				}
			}
			seen[nameKey(one.key)] = true
		}
		one.secret, one.err = one.row.secret()
	}
	return nil
}

// all replaces the references of all that were opened. What goes wrong is told
// at once, not one by one.
func (x *expander) all(ctx context.Context, all []gathered) error {
	var failed []error
	told := map[string]bool{}
	for i := range all {
		one := &all[i]
		if one.err != nil {
			continue
		}
		value, err := x.value(ctx, one.home, one.row)
		switch {
		case ProblemOf(err) == ProblemNotAuthentic:
			one.err = err
		case err != nil && ctx.Err() != nil:
			return ctx.Err()
		case err != nil && !told[err.Error()]:
			told[err.Error()] = true
			failed = append(failed, err)
		}
		one.secret.Value = value
	}
	return joined(failed)
}

// joined is one error for all that is wrong with references.
func joined(failed []error) error {
	switch len(failed) {
	case 0:
		return nil
	case 1:
		return failed[0]
	}
	const most = 20
	lines, mends := []string{}, []string{}
	for i, err := range failed {
		var e *Error
		if !errors.As(err, &e) {
			return err
		}
		switch {
		case i < most:
			line := "- " + e.Subject + ": " + e.Why
			if e.Server != "" {
				line += " (" + e.Server + ")"
			}
			lines = append(lines, line)
		case i == most:
			lines = append(lines, fmt.Sprintf("- and %d more", len(failed)-most))
		}
		if !slices.Contains(mends, e.Do) {
			mends = append(mends, e.Do)
		}
	}
	return &Error{Problem: ProblemReference, Why: fmt.Sprintf("%d references cannot be replaced:\n\n%s\n\n%s",
		len(failed), strings.Join(lines, "\n"), strings.Join(mends, " "))}
}
