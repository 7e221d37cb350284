package main

import "testing"

// TestListIsOfTheSource: a mutation whose text is gone, or stands twice, is none.
func TestListIsOfTheSource(t *testing.T) {
	t.Chdir("../..")
	all, err := mutations()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range all {
		if _, err := m.mutated(); err != nil {
			t.Errorf("%s: %s: %v", m.file, m.what, err)
		}
	}
}
