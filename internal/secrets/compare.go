package secrets

import (
	"context"
	"slices"
)

// Difference is how two folders compare, in names, sorted.
type Difference struct {
	OnlyLeft, OnlyRight []string
	Different           []string // in value; also those that do not open on a side
	Equal               []string
	Damaged             []error // what did not open
}

// InSync tells whether both sides are known to hold the same.
func (d Difference) InSync() bool {
	return len(d.OnlyLeft)+len(d.OnlyRight)+len(d.Different)+len(d.Damaged) == 0
}

// Compare tells which names two folders show alike, and which hold the same
// values. Comments are not compared. An error is about one of them, 0 or 1.
//
// Cost: as Gather, for each side.
func (s *Store) Compare(ctx context.Context, folders [2]Folder, r Reading) (d Difference, about int, err error) {
	var sides [2]map[string]gathered
	for i, f := range folders {
		all, _, err := s.gather(ctx, f, r)
		if err != nil {
			return Difference{}, i, err
		}
		sides[i] = make(map[string]gathered, len(all))
		for _, one := range all {
			if one.err != nil {
				d.Damaged = append(d.Damaged, one.err)
			}
			if one.key != "" {
				sides[i][nameKey(one.key)] = one
			}
		}
	}
	for name, l := range sides[0] {
		r, there := sides[1][name]
		switch {
		case !there:
			d.OnlyLeft = append(d.OnlyLeft, l.key)
		case l.err != nil || r.err != nil || !l.secret.Value.Equal(r.secret.Value):
			d.Different = append(d.Different, l.key)
		default:
			d.Equal = append(d.Equal, l.key)
		}
	}
	for name, r := range sides[1] {
		if _, there := sides[0][name]; !there {
			d.OnlyRight = append(d.OnlyRight, r.key)
		}
	}
	for _, names := range [][]string{d.OnlyLeft, d.OnlyRight, d.Different, d.Equal} {
		slices.Sort(names)
	}
	return d, 0, nil
}
