package provider

import (
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/types"
)

// valueSource is the attribute that a configuration gives a value in.
type valueSource int

const (
	valueUnmanaged valueSource = iota // none: the value is somebody else's
	valuePlain                        // value or value_base64: in the state
	valueWriteOnly                    // value_wo: not in the state
)

// valueInputs is everything that decides about a value. It holds no value:
// fingerprints stand for them.
type valueInputs struct {
	creating     bool
	source       valueSource
	configured   *string     // fingerprint of the configured value; nil = the value is not known yet
	version      types.Int64 // value_wo_version in the configuration
	priorVersion types.Int64 // and in the state
	stored       string      // the server's value when it was last read; "" = never
	written      string      // what was last written; "" = never
	changes      bool        // something else of the resource changes
	renamed      bool        // or sealed anew under another key
}

// valueDecision is what to do with a value.
type valueDecision struct {
	// write hands the configured value to the store, which sends nothing if
	// the server holds it already.
	write bool
	// fingerprint to plan; nil = unknown until applied.
	fingerprint *string
}

var (
	errValueMissing = errors.New("no value is configured to create it with")
	errVersionLower = errors.New("value_wo_version goes backwards")
)

// decideValue is asked at plan, again when the plan is applied (with values
// that were not known, or have rotated since), and at last by the update
// itself. Terraform allows a later answer to refine an earlier one only: what
// was planned known must stay. So a fingerprint is planned known only where no
// later call can come to another one.
func decideValue(in valueInputs) (valueDecision, error) {
	unknown, keep := valueDecision{write: true}, valueDecision{fingerprint: &in.stored}
	if in.renamed { // the name and the key go into the fingerprint
		keep.fingerprint = nil
	}
	switch in.source {
	case valuePlain:
		return valueDecision{write: true, fingerprint: in.configured}, nil

	case valueWriteOnly:
		if in.creating {
			return unknown, nil
		}
		if in.version.IsNull() {
			// A rotating source gives another value at apply. Only a plan with
			// nothing in it is not asked again.
			if in.configured != nil && *in.configured == in.stored && !in.changes {
				return keep, nil
			}
			return unknown, nil
		}
		switch {
		case in.version.IsUnknown(), in.priorVersion.IsNull(), in.version.ValueInt64() > in.priorVersion.ValueInt64():
			return unknown, nil
		case in.version.ValueInt64() < in.priorVersion.ValueInt64():
			return valueDecision{}, fmt.Errorf("%w, from %d to %d", errVersionLower, in.priorVersion.ValueInt64(), in.version.ValueInt64())
		case in.written != "" && in.written != in.stored: // changed outside
			return unknown, nil
		}
		return keep, nil
	}
	if in.creating {
		return valueDecision{}, errValueMissing
	}
	return keep, nil
}

// writes tells whether an update writes the configured value. A fingerprint
// that the plan left as it was promises that a write-only one is not, which
// ignore_changes brings about.
func (d valueDecision) writes(source valueSource, planned types.String) bool {
	return d.write && (source != valueWriteOnly || planned.IsUnknown())
}

// changesValue tells whether a decision plans another value than the stored.
func (d valueDecision) changesValue(stored string) bool {
	return d.fingerprint == nil || *d.fingerprint != stored
}
