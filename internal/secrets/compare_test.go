package secrets_test

import (
	"slices"
	"testing"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/devserver/seed"
	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

func TestCompare(t *testing.T) {
	t.Parallel()
	w := newWorld(t, devserver.Project{})
	for _, line := range []string{
		"dev:/l:EQUAL=e", "prod:/r:EQUAL=e", "dev:/l:OTHER=1", "prod:/r:OTHER=2", "dev:/l:LEFT=l", "prod:/r:RIGHT=r",
		"dev:/l:caf\u00e9=c", "prod:/r:cafe\u0301=c", "dev:/l:URL=${EQUAL}/x", "prod:/r:URL=e/x", "prod:/i:LEFT=l",
	} {
		w.putAt(line)
	}
	w.importInto("prod:/r", "prod:/i")
	store := w.store(seed.Token{})
	compare := func(r secrets.Reading, damaged int, inSync bool, left, right, different, equal []string) {
		t.Helper()
		d, _, err := store.Compare(t.Context(), [2]secrets.Folder{w.place("dev:/l"), w.place("prod:/r")}, r)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(d.OnlyLeft, left) || !slices.Equal(d.OnlyRight, right) || !slices.Equal(d.Different, different) || !slices.Equal(d.Equal, equal) {
			t.Errorf("%q %q %q %q", d.OnlyLeft, d.OnlyRight, d.Different, d.Equal)
		}
		if len(d.Damaged) != damaged || d.InSync() != inSync {
			t.Errorf("%d damaged, in sync: %t", len(d.Damaged), d.InSync())
		}
	}
	compare(secrets.Reading{}, 0, false, []string{"LEFT"}, []string{"RIGHT"}, []string{"OTHER", "URL"}, []string{"EQUAL", "caf\u00e9"})
	compare(secrets.Reading{Imports: true, Expand: true}, 0, false, nil, []string{"RIGHT"}, []string{"OTHER"}, []string{"EQUAL", "LEFT", "URL", "caf\u00e9"})

	for _, line := range []string{"dev:/l:OTHER=2", "dev:/l:RIGHT=r", "prod:/r:LEFT=l"} {
		w.putAt(line)
	}
	store = w.store(seed.Token{})
	compare(secrets.Reading{Expand: true}, 0, true, nil, nil, nil, []string{"EQUAL", "LEFT", "OTHER", "RIGHT", "URL", "caf\u00e9"})

	// What does not open is not known to be equal, and not taken for missing.
	tag := "AAAAAAAAAAAAAAAAAAAAAA=="
	damaged := w.putAt("prod:/r:OTHER=2")
	damaged.Value.Tag = &tag
	w.server.PutRecord(damaged)
	store = w.store(seed.Token{})
	compare(secrets.Reading{Expand: true}, 1, false, nil, nil, []string{"OTHER"}, []string{"EQUAL", "LEFT", "RIGHT", "URL", "caf\u00e9"})

	nameless := w.putAt("prod:/r:LOST=x")
	nameless.Key.Tag = &tag
	w.server.PutRecord(nameless)
	w.putAt("prod:/r:OTHER=2")
	record := w.putAt("prod:/r:OTHER=2")
	record.Value, _ = w.owner.Seal("2")
	w.server.PutRecord(record)
	store = w.store(seed.Token{})
	compare(secrets.Reading{Expand: true}, 1, false, nil, nil, nil, []string{"EQUAL", "LEFT", "OTHER", "RIGHT", "URL", "caf\u00e9"})

	for side, folders := range [][2]string{{"dev:/none", "prod:/r"}, {"dev:/l", "prod:/none"}} {
		_, about, err := store.Compare(t.Context(), [2]secrets.Folder{w.place(folders[0]), w.place(folders[1])}, secrets.Reading{})
		wantProblem(t, err, secrets.ProblemFolderMissing, "/none")
		if about != side {
			t.Errorf("the error is about %d, not %d", about, side)
		}
	}
}
