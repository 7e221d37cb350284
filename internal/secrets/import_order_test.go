package secrets

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/api"
)

// numbered writes rows as `id:position` in the order of their positions.
func numbered(rows []api.Import) string {
	rows = slices.Clone(rows)
	slices.SortFunc(rows, func(a, b api.Import) int { return cmp.Or(cmp.Compare(a.Position, b.Position), cmp.Compare(a.ID, b.ID)) })
	out := make([]string, 0, len(rows))
	for _, r := range rows {
		out = append(out, fmt.Sprintf("%s:%d", r.ID, r.Position))
	}
	return strings.Join(out, " ")
}

// parseNumbered reads what numbered writes.
func parseNumbered(text string) []api.Import {
	var rows []api.Import
	for field := range strings.FieldsSeq(text) {
		var r api.Import
		_, _ = fmt.Sscanf(strings.Replace(field, ":", " ", 1), "%s %d", &r.ID, &r.Position)
		rows = append(rows, r)
	}
	return rows
}

func positions(text string) map[string]int64 {
	out := map[string]int64{}
	for _, r := range parseNumbered(text) {
		out[r.ID] = r.Position
	}
	return out
}

func TestOrderOfImports(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, rows, placed string
		seen               string // "" = as they are
		want               string
		requests           int
	}{
		{"nothing placed", "a:1 b:2", "", "", "a:1 b:2", 0},
		{"nothing placed, with a gap", "a:1 b:5", "", "", "a:1 b:5", 0},
		{"placed where it is", "a:1 b:2", "b:2", "", "a:1 b:2", 0},
		{"a new one at the front", "a:1 b:2 n:3", "n:1", "", "n:1 a:2 b:3", 1},
		{"a new one in between", "a:1 b:2 c:3 n:4", "n:2", "", "a:1 n:2 b:3 c:4", 1},
		{"the only one, far out", "n:1", "n:5", "", "n:5", 1},
		{"far out behind others", "a:1 n:2", "n:9", "", "a:1 n:9", 1},
		{"into a gap", "a:1 b:5 n:6", "n:3", "", "a:1 n:3 b:5", 2},
		{"before a gap, which takes up the shift", "a:1 b:5 n:6", "n:1", "", "n:1 a:2 b:5", 2},
		{"one moves behind another", "a:1 b:2", "a:2", "", "b:1 a:2", 1},
		{"a swap", "a:1 b:2", "a:2 b:1", "", "b:1 a:2", 1},
		{"a turn", "a:1 b:2 c:3", "a:2 b:3 c:1", "", "c:1 a:2 b:3", 1},
		{"the first was deleted", "b:1 c:2", "", "b:2 c:3", "b:2 c:3", 2},
		{"the first was deleted, and one took its place", "b:1 c:2 n:3", "n:1", "b:2 c:3 n:3", "n:1 b:2 c:3", 1},
		{"created in the wrong order", "c:1 b:2 a:3", "a:1 b:2 c:3", "", "a:1 b:2 c:3", 2},
		{"two of one position", "a:1 b:1 c:2", "", "", "a:1 b:2 c:3", 2},
		{"two of one position, and one placed there", "a:1 b:1 n:2", "n:1", "", "n:1 a:2 b:3", 2},
		{"none begins at zero", "a:0 b:1", "", "", "a:1 b:2", 2},
	} {
		rows, seen := parseNumbered(c.rows), positions(cmp.Or(c.seen, c.rows))
		todo := moves(rows, order(rows, positions(c.placed), seen))
		for _, m := range todo {
			shift(rows, m.id, m.to)
		}
		if got := numbered(rows); got != c.want || len(todo) != c.requests {
			t.Errorf("%s: %q after %d moves, want %q after %d", c.name, got, len(todo), c.want, c.requests)
		}
	}
}

// TestOrderHoldsInAnyCase: whatever there is, what is placed is at its place,
// no two are at one, the others keep their order, and a second look finds
// nothing to do.
func TestOrderHoldsInAnyCase(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		var rows []api.Import
		placed, seen := map[string]int64{}, map[string]int64{}
		at := int64(0)
		free := random.Perm(12)
		for i := range random.IntN(8) {
			id := string(rune('a' + i))
			at += int64(random.IntN(3)) // 0: the same twice
			rows = append(rows, api.Import{ID: id, Position: at})
			seen[id] = at + int64(random.IntN(3)) - 1
			if random.IntN(2) == 0 {
				placed[id] = int64(free[i] + 1)
			}
		}
		random.Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		before := numbered(rows)
		targets := order(rows, placed, seen)
		todo := moves(rows, targets)
		for _, m := range todo {
			shift(rows, m.id, m.to)
		}
		taken := map[int64]bool{}
		for _, r := range rows {
			if taken[r.Position] || r.Position < 1 {
				t.Fatalf("%s, placed %v, seen %v: ended as %s", before, placed, seen, numbered(rows))
			}
			taken[r.Position] = true
			if to, ok := placed[r.ID]; ok && r.Position != to {
				t.Fatalf("%s, placed %v, seen %v: %s ended at %d", before, placed, seen, r.ID, r.Position)
			}
		}
		unplaced := func(text string) (ids []string) {
			for _, r := range parseNumbered(text) {
				if _, ok := placed[r.ID]; !ok {
					ids = append(ids, r.ID)
				}
			}
			return ids
		}
		if was, is := unplaced(before), unplaced(numbered(rows)); !slices.Equal(was, is) {
			t.Fatalf("%s, placed %v, seen %v: the others were %v and are %v", before, placed, seen, was, is)
		}
		if again := moves(rows, order(rows, placed, seen)); len(again) > 0 {
			t.Fatalf("%s, placed %v, seen %v: ended as %s, and moves again: %v", before, placed, seen, numbered(rows), again)
		}
		if len(todo) > 2*len(rows) {
			t.Fatalf("%s: %d moves", before, len(todo))
		}
	}
}
