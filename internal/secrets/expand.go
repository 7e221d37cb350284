package secrets

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// Missing says what becomes of a reference to something that does not exist.
type Missing int

// What can become of it.
const (
	MissingIsError Missing = iota
	MissingIsKept          // its text stays
	MissingIsEmpty         // nothing stands in its place
)

// Within says how far the references of a reading may lead that name a place.
type Within int

// How far they may lead.
const (
	WithinCredential  Within = iota // wherever the credential may read
	WithinEnvironment               // of the folder that is read
	WithinFolder                    // that is read, and all below it
)

// Bounds of what references can grow into. Ten values that each name the next
// ten times would otherwise be ten thousand million copies of the last.
const (
	maxExpandedBytes = 1 << 20  // of one value: no stored one can be as long
	maxExpandedTotal = 64 << 20 // of all values that one reader gets
	maxReferences    = 100      // that lead from a value to one another, one by one
)

// expander replaces the references of the secrets that one reader gets. Each
// secret is resolved once, and each folder that is named is read once.
type expander struct {
	store   *Store
	project *project
	root    Folder // that is read
	reading Reading
	places  map[Folder]*visited
	done    map[node]*expansion
	stack   []node // those under way, each named by the one before
	bytes   int
}

// node is a secret as a spot sees it.
type node struct {
	home spot
	id   string
}

// expansion is what became of a secret.
type expansion struct {
	ref   Ref
	value Value
	depth int // how many references lead on from it, one by one
	err   error
	ended bool // if not, it is under way
}

type visited struct {
	seen *seen
	err  error
}

func (s *Store) newExpander(p *project, root Folder, r Reading) *expander {
	return &expander{store: s, project: p, root: root, reading: r, places: map[Folder]*visited{}, done: map[node]*expansion{}}
}

// value is that of a row with its references replaced. home is where they are
// looked up.
func (x *expander) value(ctx context.Context, home spot, r row) (Value, error) {
	e := x.expand(ctx, home, r)
	return e.value, e.err
}

func (x *expander) expand(ctx context.Context, home spot, r row) *expansion {
	here := node{home, r.id}
	if e := x.done[here]; e != nil {
		if !e.ended {
			return &expansion{err: x.ring(here)}
		}
		return e
	}
	e := &expansion{ref: Ref{Folder: home.folder(), Name: r.name}}
	x.done[here] = e
	x.stack = append(x.stack, here)
	secret, err := r.secret()
	if err == nil {
		e.value, e.depth, err = x.replace(ctx, home, secret)
	}
	e.err = err
	x.stack = x.stack[:len(x.stack)-1]
	e.ended = true
	return e
}

func (x *expander) replace(ctx context.Context, home spot, secret Secret) (_ Value, depth int, err error) {
	text := secret.Value.Reveal()
	if !strings.Contains(text, "${") || !utf8.ValidString(text) {
		return secret.Value, 0, nil
	}
	var out strings.Builder
	for _, part := range parseReferences(text) {
		piece := part.text
		if part.name != "" {
			target, err := x.follow(ctx, home, secret.Ref, part)
			if err != nil {
				return Value{}, 0, err
			}
			piece, depth = target.value.Reveal(), max(depth, target.depth+1)
		}
		if depth > maxReferences {
			return Value{}, 0, tooDeep(secret.Ref)
		}
		if x.bytes += len(piece); x.bytes > maxExpandedTotal {
			return Value{}, 0, referenceError(secret.Ref, fmt.Sprintf("With it the values with references are longer than %d MiB together.", maxExpandedTotal>>20), "Read fewer of them at once, or without expand_references.")
		}
		if out.Len()+len(piece) > maxExpandedBytes {
			return Value{}, 0, referenceError(secret.Ref, fmt.Sprintf("With its references replaced its value is longer than %d MiB.", maxExpandedBytes>>20), "Refer to less, or read it without expand_references.")
		}
		out.WriteString(piece)
	}
	return NewValue(out.String()), depth, nil
}

// follow resolves one reference of a secret.
func (x *expander) follow(ctx context.Context, home spot, from Ref, p part) (*expansion, error) {
	rows, at := home.find(p.name)
	missing := fmt.Sprintf("there is no secret of that name in the %s", home.folder())
	if environment, path, key, ok := splitReference(p.name); len(rows) == 0 && ok {
		place := Folder{from.WorkspaceID, environment, path}
		v, reason, err := x.visit(ctx, from, place, p)
		switch {
		case err != nil:
			return nil, err
		case v == nil:
			missing = reason
		default:
			rows, at = spot{in: v}.find(key)
			missing = fmt.Sprintf("there is no such secret in the %s", place)
		}
	}
	switch {
	case len(rows) > 1:
		return nil, duplicate(Ref{Folder: at.folder(), Name: rows[0].name}, rows)
	case len(rows) == 1 && len(x.stack) > maxReferences:
		return nil, tooDeep(x.done[x.stack[0]].ref)
	case len(rows) == 1:
		target := x.expand(ctx, at, rows[0])
		if ProblemOf(target.err) == ProblemNotAuthentic {
			return nil, notAuthentic(from.String(), fmt.Sprintf("Its value refers to the %s, whose value cannot be read.", Ref{Folder: at.folder(), Name: rows[0].name}))
		}
		return target, target.err
	case x.reading.Missing == MissingIsKept:
		return &expansion{value: NewValue(p.text)}, nil
	case x.reading.Missing == MissingIsEmpty:
		return &expansion{}, nil
	}
	do := `Create it, correct the reference, or set on_missing_reference to "keep" or "empty".`
	if !x.reading.Imports {
		do += " If it is imported, set include_imports."
	}
	return nil, referenceError(from, fmt.Sprintf("Its value holds %s, and %s.", p, missing), do)
}

// visit reads another folder, once. reason says why there is none; an error is
// of what may be there.
func (x *expander) visit(ctx context.Context, from Ref, f Folder, p part) (v *seen, reason string, err error) {
	if bound := x.bound(); x.reading.Within != WithinCredential && !f.within(bound) {
		place := bound.String()
		if x.reading.Within == WithinEnvironment {
			place = fmt.Sprintf("environment %q", bound.Environment)
		}
		return nil, "", referenceError(from, fmt.Sprintf("Its value holds %s, which leads out of the %s.", p, place),
			"Take the reference out, or set references_within to what references may lead to.")
	}
	if !x.project.hasEnvironment(f.Environment) {
		_, why, _ := x.project.environmentMissing(f.Environment)
		return nil, lowerFirst(strings.TrimSuffix(why, ".")), nil
	}
	if !x.project.mayGo(f) {
		return nil, "", &Error{
			Problem: ProblemReference, Subject: from.String(),
			Why: fmt.Sprintf("Its value holds %s, and the %s is outside of the scopes of the service token %q. %s", p, f, x.project.access.name, x.project.describeAccess()),
			Do:  "Use a token whose scopes cover it.",
		}
	}
	there, known := x.places[f]
	if !known {
		there = &visited{}
		if there.err = x.store.bounds.leads(f); there.err == nil {
			there.seen, there.err = x.store.see(ctx, x.project, f, x.reading.view())
		}
		x.places[f] = there
	}
	var e *Error
	switch {
	case !errors.As(there.err, &e):
	case e.Problem == ProblemFolderMissing:
		return nil, lowerFirst(strings.TrimSuffix(e.Why, ".")), nil
	case !known:
		explained := *e
		explained.Why += fmt.Sprintf(" It was read because the value of the %s refers to it.", from)
		there.err = &explained
	}
	return there.seen, "", there.err
}

// bound is the folder in which, or below which, references have to stay.
func (x *expander) bound() Folder {
	switch x.reading.Within {
	case WithinFolder:
		return x.root
	case WithinEnvironment:
		return Folder{x.root.WorkspaceID, x.root.Environment, "/"}
	}
	return Folder{}
}

// ring is the error of a secret that is named by itself, through others. It
// begins with the same one, wherever the ring was entered.
func (x *expander) ring(again node) error {
	refs := []Ref{}
	for _, n := range x.stack[slices.Index(x.stack, again):] {
		refs = append(refs, x.done[n].ref)
	}
	text := func(ref Ref) string { return ref.Environment + ":" + ref.Path + ":" + Printable(ref.Name) }
	first := slices.MinFunc(refs, func(a, b Ref) int { return strings.Compare(text(a), text(b)) })
	at := slices.Index(refs, first)
	var names strings.Builder
	for _, ref := range slices.Concat(refs[at:], refs[:at]) {
		names.WriteString(text(ref) + " → ")
	}
	return referenceError(first, "Its value refers to itself: "+names.String()+text(first)+".", "Take one of these references out.")
}

func tooDeep(ref Ref) error {
	return referenceError(ref, fmt.Sprintf("Its references lead on to others more than %d times.", maxReferences), "Refer to the secret at the end of them itself.")
}

func referenceError(ref Ref, why, do string) *Error {
	return &Error{Problem: ProblemReference, Subject: ref.String(), Why: why, Do: do}
}

// plainReference is what a reference looks like that somebody meant as one.
var plainReference = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*(\.[A-Za-z0-9_-]+)*$`)

// String names the reference, unless it may be a piece of a password that only
// looks like one.
func (p part) String() string {
	if len(p.name) <= maxNameUnits && plainReference.MatchString(p.name) {
		return "${" + p.name + "}"
	}
	return "a ${…} whose text is not shown, because it may be a part of the value"
}

func lowerFirst(text string) string { return strings.ToLower(text[:1]) + text[1:] }
