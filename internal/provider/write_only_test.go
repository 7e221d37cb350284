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
	const unknown, keep = "unknown", "A" // keep: what is stored, without a write
	for _, c := range []struct {
		name string
		in   valueInputs
		want string // the planned fingerprint
		hand bool   // the configured value to the store
		err  error
	}{
		// Creating.
		{"create, no value", valueInputs{creating: true}, "", false, errValueMissing},
		{"create, value", valueInputs{creating: true, source: valuePlain, configured: &a}, "A", true, nil},
		{"create, value unknown", valueInputs{creating: true, source: valuePlain}, unknown, true, nil},
		{"create, write-only", valueInputs{creating: true, source: valueWriteOnly, configured: &a, version: none}, unknown, true, nil},
		{"create, write-only with version", valueInputs{creating: true, source: valueWriteOnly, configured: &a, version: v(1)}, unknown, true, nil},
		{"create, write-only unknown", valueInputs{creating: true, source: valueWriteOnly, version: v(1)}, unknown, true, nil},

		// Unmanaged.
		{"unmanaged", valueInputs{stored: a}, keep, false, nil},
		{"unmanaged, other changes", valueInputs{stored: a, changes: true}, keep, false, nil},
		{"unmanaged, renamed", valueInputs{stored: a, changes: true, renamed: true}, unknown, false, nil},
		{"unmanaged, changed outside", valueInputs{stored: b, written: a}, "B", false, nil},

		// value: known things stay known.
		{"value, equal", valueInputs{source: valuePlain, configured: &a, stored: a}, "A", true, nil},
		{"value, changed", valueInputs{source: valuePlain, configured: &b, stored: a}, "B", true, nil},
		{"value, changed outside", valueInputs{source: valuePlain, configured: &a, stored: b}, "A", true, nil},
		{"value, unknown", valueInputs{source: valuePlain, stored: a}, unknown, true, nil},
		{"value, never fingerprinted", valueInputs{source: valuePlain, configured: &a}, "A", true, nil},
		{"value, with a comment that changes", valueInputs{source: valuePlain, configured: &a, stored: a, changes: true}, "A", true, nil},
		{"value, renamed", valueInputs{source: valuePlain, configured: &b, stored: a, changes: true, renamed: true}, "B", true, nil},

		// value_wo without version: compared, and only an empty plan is final.
		{"write-only, equal", valueInputs{source: valueWriteOnly, configured: &a, version: none, stored: a, written: a}, keep, false, nil},
		{"write-only, changed or rotated", valueInputs{source: valueWriteOnly, configured: &b, version: none, stored: a, written: a}, unknown, true, nil},
		{"write-only, changed outside", valueInputs{source: valueWriteOnly, configured: &a, version: none, stored: b, written: a}, unknown, true, nil},
		{"write-only, unknown at plan", valueInputs{source: valueWriteOnly, version: none, stored: a, written: a}, unknown, true, nil},
		{"write-only, equal, with a comment that changes", valueInputs{source: valueWriteOnly, configured: &a, version: none, stored: a, changes: true}, unknown, true, nil},
		{"write-only, never fingerprinted", valueInputs{source: valueWriteOnly, configured: &a, version: none}, unknown, true, nil},
		{"write-only, version taken away", valueInputs{source: valueWriteOnly, configured: &a, version: none, priorVersion: v(3), stored: a, changes: true}, unknown, true, nil},

		// value_wo with version: the value is not looked at.
		{"version equal", valueInputs{source: valueWriteOnly, configured: &a, version: v(1), priorVersion: v(1), stored: a, written: a}, keep, false, nil},
		{"version equal, another value", valueInputs{source: valueWriteOnly, configured: &b, version: v(1), priorVersion: v(1), stored: a, written: a}, keep, false, nil},
		{"version equal, value unknown", valueInputs{source: valueWriteOnly, version: v(1), priorVersion: v(1), stored: a, written: a}, keep, false, nil},
		{"version equal, comment changes", valueInputs{source: valueWriteOnly, configured: &b, version: v(1), priorVersion: v(1), stored: a, written: a, changes: true}, keep, false, nil},
		{"version equal, renamed", valueInputs{source: valueWriteOnly, configured: &b, version: v(1), priorVersion: v(1), stored: a, written: a, changes: true, renamed: true}, unknown, false, nil},
		{"version equal, changed outside", valueInputs{source: valueWriteOnly, configured: &a, version: v(1), priorVersion: v(1), stored: b, written: a}, unknown, true, nil},
		{"version equal, changed outside and renamed", valueInputs{source: valueWriteOnly, configured: &a, version: v(1), priorVersion: v(1), stored: b, written: a, renamed: true, changes: true}, unknown, true, nil},
		{"version equal, nothing remembered (taken over)", valueInputs{source: valueWriteOnly, configured: &b, version: v(1), priorVersion: v(1), stored: a}, keep, false, nil},
		{"version up", valueInputs{source: valueWriteOnly, configured: &b, version: v(2), priorVersion: v(1), stored: a, written: a, changes: true}, unknown, true, nil},
		{"version up, equal value", valueInputs{source: valueWriteOnly, configured: &a, version: v(2), priorVersion: v(1), stored: a, written: a, changes: true}, unknown, true, nil},
		{"version down", valueInputs{source: valueWriteOnly, configured: &a, version: v(1), priorVersion: v(2), stored: a, written: a, changes: true}, "", false, errVersionLower},
		{"version unknown", valueInputs{source: valueWriteOnly, configured: &a, version: types.Int64Unknown(), priorVersion: v(2), stored: a, written: a, changes: true}, unknown, true, nil},
		{"version new: imported, or value before", valueInputs{source: valueWriteOnly, configured: &a, version: v(1), priorVersion: none, stored: a, written: a, changes: true}, unknown, true, nil},

		// Switches.
		{"value to write-only, equal", valueInputs{source: valueWriteOnly, configured: &a, version: none, stored: a, written: a, changes: true}, unknown, true, nil},
		{"write-only to value, equal", valueInputs{source: valuePlain, configured: &a, priorVersion: v(1), stored: a, written: a, changes: true}, "A", true, nil},
		{"write-only to value, other", valueInputs{source: valuePlain, configured: &b, priorVersion: v(1), stored: a, written: a, changes: true}, "B", true, nil},
		{"value to unmanaged", valueInputs{stored: a, written: a, changes: true}, keep, false, nil},
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
			if fingerprint != c.want || got.write != c.hand {
				t.Errorf("plans %s and hands the value over: %v; want %s, %v", fingerprint, got.write, c.want, c.hand)
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
						for flags := range 8 {
							in := valueInputs{
								source: valueWriteOnly, configured: first, version: version, priorVersion: prior, stored: "A", written: written,
								creating: flags&1 != 0, changes: flags&2 != 0, renamed: flags&4 != 0,
							}
							planned, err := decideValue(in)
							if err != nil {
								continue
							}
							// A resource without any planned change is not asked again.
							if !in.creating && !in.changes && planned.fingerprint != nil {
								continue
							}
							in.configured = second
							applied, err := decideValue(in)
							if err != nil {
								t.Fatalf("%+v: planned, then refused: %v", in, err)
							}
							if planned.fingerprint != nil && (applied.fingerprint == nil || *applied.fingerprint != *planned.fingerprint) {
								t.Fatalf("%+v: planned a fingerprint, then came to another", in)
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
