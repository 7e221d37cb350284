package provider

import (
	"errors"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"
)

// TestValueTransitions is the whole table of decideValue. "A" and "B" stand for
// fingerprints of two values.
func TestValueTransitions(t *testing.T) {
	t.Parallel()
	a, b := "A", "B"
	none, v := types.Int64Null(), types.Int64Value
	const unknown, keep = "unknown", "A" // keep: what is stored
	const nothing, write, accept = "", "write", "accept"
	for _, c := range []struct {
		name string
		in   valueInputs
		want string // the planned fingerprint
		does string // with the value: nothing, write, accept
		err  error
	}{
		// Creating.
		{"create, no value", valueInputs{creating: true}, "", nothing, errValueMissing},
		{"create, value", valueInputs{creating: true, source: valuePlain, configured: &a}, "A", write, nil},
		{"create, value unknown", valueInputs{creating: true, source: valuePlain}, unknown, write, nil},
		{"create, write-only", valueInputs{creating: true, source: valueWriteOnly, configured: &a, version: none}, unknown, write, nil},
		{"create, write-only with version", valueInputs{creating: true, source: valueWriteOnly, configured: &a, version: v(1)}, unknown, write, nil},
		{"create, write-only unknown", valueInputs{creating: true, source: valueWriteOnly, version: v(1)}, unknown, write, nil},

		// Unmanaged.
		{"unmanaged", valueInputs{stored: a}, keep, nothing, nil},
		{"unmanaged, other changes", valueInputs{stored: a, changes: true}, keep, nothing, nil},
		{"unmanaged, renamed", valueInputs{stored: a, changes: true, renamed: true, reprinted: true}, unknown, nothing, nil},
		{"unmanaged, changed outside", valueInputs{stored: b, written: a}, "B", nothing, nil},

		// value: known things stay known.
		{"value, equal", valueInputs{source: valuePlain, configured: &a, stored: a, unchanged: true}, "A", nothing, nil},
		{"value, changed", valueInputs{source: valuePlain, configured: &b, stored: a}, "B", write, nil},
		{"value, changed outside", valueInputs{source: valuePlain, configured: &a, stored: b}, "A", write, nil},
		{"value, unknown", valueInputs{source: valuePlain, stored: a}, unknown, write, nil},
		{"value, never fingerprinted", valueInputs{source: valuePlain, configured: &a}, "A", write, nil},
		{"value, with a comment that changes", valueInputs{source: valuePlain, configured: &a, stored: a, changes: true, unchanged: true}, "A", nothing, nil},
		{"value, renamed", valueInputs{source: valuePlain, configured: &b, stored: a, changes: true, unchanged: true, renamed: true, reprinted: true}, "B", nothing, nil},
		{"value, renamed and changed", valueInputs{source: valuePlain, configured: &b, stored: a, changes: true, renamed: true, reprinted: true}, "B", write, nil},

		// value_wo without version: compared, and only an empty plan is final.
		{"write-only, equal", valueInputs{source: valueWriteOnly, configured: &a, version: none, stored: a, written: a}, keep, nothing, nil},
		{"write-only, changed or rotated", valueInputs{source: valueWriteOnly, configured: &b, version: none, stored: a, written: a}, unknown, write, nil},
		{"write-only, changed outside", valueInputs{source: valueWriteOnly, configured: &a, version: none, stored: b, written: a}, unknown, write, nil},
		{"write-only, unknown at plan", valueInputs{source: valueWriteOnly, version: none, stored: a, written: a}, unknown, write, nil},
		{"write-only, equal, with a comment that changes", valueInputs{source: valueWriteOnly, configured: &a, version: none, stored: a, changes: true}, unknown, write, nil},
		{"write-only, never fingerprinted", valueInputs{source: valueWriteOnly, configured: &a, version: none}, unknown, write, nil},
		{"write-only, version taken away", valueInputs{source: valueWriteOnly, configured: &a, version: none, priorVersion: v(3), stored: a, changes: true}, unknown, write, nil},

		// value_wo with version: the value is not looked at.
		{"version equal", valueInputs{source: valueWriteOnly, configured: &a, version: v(1), priorVersion: v(1), stored: a, written: a}, keep, nothing, nil},
		{"version equal, another value", valueInputs{source: valueWriteOnly, configured: &b, version: v(1), priorVersion: v(1), stored: a, written: a}, keep, nothing, nil},
		{"version equal, value unknown", valueInputs{source: valueWriteOnly, version: v(1), priorVersion: v(1), stored: a, written: a}, keep, nothing, nil},
		{"version equal, comment changes", valueInputs{source: valueWriteOnly, configured: &b, version: v(1), priorVersion: v(1), stored: a, written: a, changes: true}, keep, nothing, nil},
		{"version equal, renamed, the value last written", valueInputs{source: valueWriteOnly, configured: &b, asWritten: &a, version: v(1), priorVersion: v(1), stored: a, written: a, changes: true, renamed: true, reprinted: true}, unknown, nothing, nil},
		{"version equal, renamed, another value", valueInputs{source: valueWriteOnly, configured: &b, asWritten: &b, version: v(1), priorVersion: v(1), stored: a, written: a, changes: true, renamed: true, reprinted: true}, "", nothing, errOtherValue},
		{"version equal, renamed, not comparable", valueInputs{source: valueWriteOnly, configured: &b, version: v(1), priorVersion: v(1), stored: a, written: a, changes: true, renamed: true, reprinted: true}, "", nothing, errOtherValue},
		{"version equal, renamed, another value, keep", valueInputs{source: valueWriteOnly, configured: &b, asWritten: &b, version: v(1), priorVersion: v(1), stored: a, written: a, keep: true, changes: true, renamed: true, reprinted: true}, unknown, accept, nil},
		{"version equal, renamed, not comparable, keep", valueInputs{source: valueWriteOnly, configured: &b, version: v(1), priorVersion: v(1), stored: a, written: a, keep: true, changes: true, renamed: true, reprinted: true}, unknown, accept, nil},
		{"version equal, renamed, the value last written, keep", valueInputs{source: valueWriteOnly, configured: &b, asWritten: &a, version: v(1), priorVersion: v(1), stored: a, written: a, keep: true, changes: true, renamed: true, reprinted: true}, unknown, nothing, nil},
		{"version equal, renamed, provider unknown", valueInputs{source: valueWriteOnly, configured: &b, version: v(1), priorVersion: v(1), stored: a, written: a, deferred: true, changes: true, renamed: true, reprinted: true}, unknown, nothing, nil},
		{"version equal, renamed, nothing remembered", valueInputs{source: valueWriteOnly, configured: &b, asWritten: &a, version: v(1), priorVersion: v(1), stored: a, changes: true, renamed: true, reprinted: true}, "", nothing, errOtherValue},
		{"version equal, sealed anew", valueInputs{source: valueWriteOnly, configured: &b, version: v(1), priorVersion: v(1), stored: a, written: a, reprinted: true}, unknown, nothing, nil},
		{"version up, renamed, another value", valueInputs{source: valueWriteOnly, configured: &b, asWritten: &b, version: v(2), priorVersion: v(1), stored: a, written: a, changes: true, renamed: true, reprinted: true}, unknown, write, nil},
		{"no version, renamed, another value", valueInputs{source: valueWriteOnly, configured: &b, asWritten: &b, version: none, stored: a, written: a, changes: true, renamed: true, reprinted: true}, unknown, write, nil},
		{"version equal, changed outside", valueInputs{source: valueWriteOnly, configured: &a, version: v(1), priorVersion: v(1), stored: b, written: a}, unknown, write, nil},
		{"version equal, changed outside and renamed", valueInputs{source: valueWriteOnly, configured: &b, asWritten: &a, version: v(1), priorVersion: v(1), stored: b, written: a, renamed: true, reprinted: true, changes: true}, unknown, write, nil},
		{"version equal, changed outside and renamed, another value", valueInputs{source: valueWriteOnly, configured: &b, asWritten: &b, version: v(1), priorVersion: v(1), stored: b, written: a, renamed: true, reprinted: true, changes: true}, "", nothing, errOtherValue},
		{"version equal, nothing remembered (taken over)", valueInputs{source: valueWriteOnly, configured: &b, version: v(1), priorVersion: v(1), stored: a}, keep, nothing, nil},
		{"version up", valueInputs{source: valueWriteOnly, configured: &b, version: v(2), priorVersion: v(1), stored: a, written: a, changes: true}, unknown, write, nil},
		{"version up, equal value", valueInputs{source: valueWriteOnly, configured: &a, version: v(2), priorVersion: v(1), stored: a, written: a, changes: true}, unknown, write, nil},
		{"version down", valueInputs{source: valueWriteOnly, configured: &a, version: v(1), priorVersion: v(2), stored: a, written: a, changes: true}, unknown, write, nil},
		{"version unknown", valueInputs{source: valueWriteOnly, configured: &a, version: types.Int64Unknown(), priorVersion: v(2), stored: a, written: a, changes: true}, unknown, write, nil},
		{"version new: imported, or value before", valueInputs{source: valueWriteOnly, configured: &a, version: v(1), priorVersion: none, stored: a, written: a, changes: true}, unknown, write, nil},
		{"version new, keep", valueInputs{keep: true, source: valueWriteOnly, configured: &a, version: v(1), priorVersion: none, stored: a, written: a, changes: true}, keep, accept, nil},
		{"version new, keep, renamed", valueInputs{keep: true, renamed: true, reprinted: true, source: valueWriteOnly, configured: &a, version: v(1), priorVersion: none, stored: a, written: a, changes: true}, unknown, accept, nil},
		{"version new and unknown, keep", valueInputs{keep: true, source: valueWriteOnly, configured: &a, version: types.Int64Unknown(), priorVersion: none, stored: a, written: a, changes: true}, unknown, write, nil},
		{"version changed, keep", valueInputs{keep: true, source: valueWriteOnly, configured: &a, version: v(1), priorVersion: v(2), stored: a, written: a, changes: true}, unknown, write, nil},

		// Switches.
		{"value to write-only, equal", valueInputs{source: valueWriteOnly, configured: &a, version: none, stored: a, written: a, changes: true}, unknown, write, nil},
		{"write-only to value, equal", valueInputs{source: valuePlain, configured: &a, priorVersion: v(1), stored: a, written: a, changes: true}, "A", write, nil},
		{"write-only to value, other", valueInputs{source: valuePlain, configured: &b, priorVersion: v(1), stored: a, written: a, changes: true}, "B", write, nil},
		{"value to unmanaged", valueInputs{stored: a, written: a, changes: true}, keep, nothing, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			got, err := decideValue(c.in)
			if !errors.Is(err, c.err) {
				t.Fatal(err)
			}
			if err != nil {
				return
			}
			fingerprint := unknown
			if got.fingerprint != nil {
				fingerprint = *got.fingerprint
			}
			does := nothing
			switch {
			case got.Write && got.Accept:
				t.Error("it writes a value and takes the one that is there")
			case got.Write:
				does = write
			case got.Accept:
				does = accept
			}
			if fingerprint != c.want || does != c.does {
				t.Errorf("plans %s and does %q; want %s, %q", fingerprint, does, c.want, c.does)
			}
		})
	}
}

// TestSecondDecisionOnlyRefines: Terraform asks again when it applies, with
// what an ephemeral source gives by then. A fingerprint that was planned known
// must come out again, whatever that is.
func TestSecondDecisionOnlyRefines(t *testing.T) {
	t.Parallel()
	values := []*string{nil, ptr("A"), ptr("B"), ptr("C")}
	versions := []types.Int64{types.Int64Null(), types.Int64Value(1), types.Int64Value(2)}
	checked := 0
	for _, first := range values {
		for _, second := range values {
			for _, version := range versions {
				for _, prior := range versions {
					for _, written := range []string{"", "A", "B"} {
						for flags := range 32 {
							in := valueInputs{
								source: valueWriteOnly, configured: first, version: version, priorVersion: prior, stored: "A", written: written,
								creating: flags&1 != 0, changes: flags&2 != 0, renamed: flags&4 != 0, keep: flags&8 != 0,
								asWritten: first,
							}
							in.reprinted = in.renamed || flags&16 != 0
							planned, err := decideValue(in)
							if err != nil {
								continue
							}
							// A resource without any planned change is not asked again.
							if !in.creating && !in.changes && planned.fingerprint != nil {
								continue
							}
							in.configured, in.asWritten = second, second
							applied, err := decideValue(in)
							if errors.Is(err, errOtherValue) {
								continue // nothing is written
							}
							if err != nil {
								t.Fatalf("%+v: planned, then refused: %v", in, err)
							}
							if planned.fingerprint != nil && (applied.fingerprint == nil || *applied.fingerprint != *planned.fingerprint) {
								t.Fatalf("%+v: planned a fingerprint, then came to another", in)
							}
							if applied.Accept && applied.Write {
								t.Fatalf("%+v: it writes and accepts", in)
							}
							checked++
						}
					}
				}
			}
		}
	}
	if checked < 1000 {
		t.Errorf("only %d combinations were checked", checked)
	}
}

func ptr(s string) *string { return &s }
