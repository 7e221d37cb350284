package secrets

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/api"
)

// follower follows the imports of a folder in sealed mode. The server's own way
// is of no use: an envelope opens in its own place alone, which the answer does
// not tell. It asks of each folder once, however many ways lead to it.
type follower struct {
	*sealedBackend
	in    *intake
	lists map[Folder]listed
	known map[Folder][]api.Import
	seen  int // imports and what they bring, each as often as ways lead to it
}

func newFollower(b *sealedBackend, in *intake) *follower {
	return &follower{sealedBackend: b, in: in, lists: map[Folder]listed{}, known: map[Folder][]api.Import{}}
}

// maxImported bounds the ways of folders that import each other, which multiply
// with every level.
const maxImported = 100_000

func (b *follower) listOf(ctx context.Context, f Folder) (listed, error) {
	if list, ok := b.lists[f]; ok {
		return list, nil
	}
	if err := b.in.bounds.leads(f); err != nil {
		return listed{}, err
	}
	if err := b.within(f); err != nil {
		return listed{}, err
	}
	list, err := b.raw.list(ctx, f, false, "", b.in)
	if isRefused(err) {
		list.gone, err = true, b.proven(ctx, f, err)
	}
	if err == nil {
		list.rows = sharedOf(list.rows)
		b.lists[f] = list
	}
	return list, err
}

func (b *follower) importsOf(ctx context.Context, f Folder) ([]api.Import, error) {
	if rows, ok := b.known[f]; ok {
		return rows, nil
	}
	rows, err := b.raw.client.Imports(ctx, place(f))
	if isRefused(err) {
		err = b.proven(ctx, f, err)
	}
	if err == nil {
		b.known[f] = rows
	}
	return rows, err
}

// proven is nil if a look shows that the folder, or its environment, of which the
// server refused something, does not exist. Otherwise the secrets behind the
// refusal would be missing without a word.
func (b *follower) proven(ctx context.Context, f Folder, refusal error) error {
	err := b.proveMissing(ctx, f, refusal)
	if ProblemOf(err) == ProblemEnvironment {
		return nil
	}
	return err
}

// imports returns what the imports of a folder bring, in the order of their
// positions. A source that is proved not to exist brings nothing, as to the
// server's own readers; any other refusal is an error.
func (b *follower) imports(ctx context.Context, f Folder, depth int) ([]imported, error) {
	rows, err := b.importsOf(ctx, f)
	if err != nil {
		return nil, err
	}
	slices.SortStableFunc(rows, func(a, b api.Import) int { return cmp.Compare(a.Position, b.Position) })
	var out []imported
	for _, one := range rows {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		source := Folder{f.WorkspaceID, one.Environment, one.Path}
		if path, err := CanonicalPath(one.Path); err == nil {
			source.Path = path
		}
		list, err := b.listOf(ctx, source)
		refused := api.KindOf(err) == api.KindPermission
		if refused || ProblemOf(err) == ProblemPermission {
			e := &Error{
				Problem: ProblemPermission, Subject: source.String(),
				Why: fmt.Sprintf("The %s imports it, and the credential may not read it. In sealed mode each folder is read by itself.", f),
				Do:  "Give the credential the right to read it, or read without include_imports.",
			}
			if refused {
				e.Server = err.Error()
			}
			return nil, e
		}
		if err != nil {
			return nil, err
		}
		if b.seen += 1 + len(list.rows); b.seen > maxImported {
			return nil, &Error{
				Problem: ProblemTooLarge, Subject: f.String(),
				Why: fmt.Sprintf("Its imports lead to more than %d secrets, counted as often as ways lead to them: folders that import each other multiply them with every level.", maxImported),
				Do:  "Remove imports between folders that import each other, or read without include_imports.",
			}
		}
		got := imported{source: source}
		for _, r := range list.rows {
			r = b.sealed(source, r)
			r.folder = source.Environment + ":" + source.Path
			got.rows = append(got.rows, r)
		}
		if depth > 1 && !list.gone {
			deeper, err := b.imports(ctx, source, depth-1)
			if err != nil {
				return nil, err
			}
			for _, next := range slices.Backward(deeper) { // the last one wins (PROTOCOL section 20)
				got.rows = append(got.rows, next.rows...)
			}
		}
		out = append(out, got)
	}
	return out, nil
}
