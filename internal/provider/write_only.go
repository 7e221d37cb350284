package provider

import (
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/secrets"
)

// valueSource is the attribute that a configuration gives a value in.
type valueSource int

const (
	valueUnmanaged valueSource = iota // none, or ignored: the value is somebody else's
	valuePlain                        // value or value_base64: in the state
	valueWriteOnly                    // value_wo: not in the state
)

// valueInputs is everything that decides about a value. It holds no value:
// fingerprints stand for them.
type valueInputs struct {
	creating     bool
	source       valueSource
	keep         bool        // on_existing = "keep"
	unchanged    bool        // the plain value is the one in the state
	configured   *string     // fingerprint of the configured value; nil = it cannot be made yet
	asWritten    *string     // the same, made as written was: under the name and key of then; nil = it cannot be made
	version      types.Int64 // value_wo_version in the configuration
	priorVersion types.Int64 // and in the state
	stored       string      // the server's value when it was last read; "" = never
	written      string      // what was last written; "" = never
	changes      bool        // something else of the resource changes
	renamed      bool        // the name changes
	reprinted    bool        // the same value gets another fingerprint: another name or key
	deferred     bool        // the provider is not known yet, so that this is asked again
}

// valueDecision is what an update does with a value. The plan decides; private
// state carries the decision to the apply, which has another view of the
// configuration: there, ignore_changes no longer applies.
type valueDecision struct {
	// Write hands the configured value to the store, which sends nothing if
	// the server holds it already. Without it the server's value stays.
	Write bool `json:"write,omitempty"`
	// Accept takes the value that the server has for the one of the configured
	// version.
	Accept bool `json:"accept,omitempty"`
	// fingerprint to plan; nil = unknown until applied.
	fingerprint *string
}

var (
	errValueMissing = errors.New("no value is configured to create it with")
	errOtherValue   = errors.New("the configured value is not the one last written")
)

// decideValue is called at plan, and again when the plan is applied (with values
// that were not known, or have rotated since). Terraform allows the second
// decision to refine the first one only: what was planned known must stay. So a
// fingerprint is planned known only where no later call can decide otherwise.
func decideValue(in valueInputs) (valueDecision, error) {
	keep := valueDecision{fingerprint: &in.stored}
	if in.reprinted {
		keep.fingerprint = nil
	}
	switch in.source {
	case valuePlain:
		// The value in the state may be there because of ignore_changes. If it
		// does not change, it is not written: the server's may be newer.
		return valueDecision{Write: in.creating || !in.unchanged, fingerprint: in.configured}, nil
	case valueWriteOnly:
		return decideWriteOnly(in, keep)
	}
	if in.creating {
		return valueDecision{}, errValueMissing
	}
	return keep, nil
}

// decideWriteOnly is decideValue for value_wo. keep leaves the value as it is.
func decideWriteOnly(in valueInputs, keep valueDecision) (valueDecision, error) {
	write, accept := valueDecision{Write: true}, valueDecision{Accept: true, fingerprint: keep.fingerprint}
	isLastWritten := in.asWritten != nil && in.written != "" && *in.asWritten == in.written
	drifted := in.written != "" && in.written != in.stored
	switch {
	case in.creating:
		return write, nil
	case in.version.IsNull():
		// A rotating source gives another value at apply. Only a plan with
		// nothing in it is not asked again.
		if in.configured != nil && *in.configured == in.stored && !in.changes {
			return keep, nil
		}
		return write, nil
	case in.keep && in.priorVersion.IsNull() && !in.version.IsUnknown(): // imported, or written in another way until now
		return accept, nil
	case !in.version.Equal(in.priorVersion):
		return write, nil
	case in.renamed && !isLastWritten && !in.deferred:
		// A value that is configured for another secret looks like this, as
		// after a shift of count.
		if in.keep {
			return accept, nil
		}
		return valueDecision{}, errOtherValue
	case drifted:
		return write, nil
	}
	return keep, nil
}

// valueToCheck is the value that an update would send, or nil for the one that is
// there. Of one that is not known yet, nothing can be refused.
func (d valueDecision) valueToCheck(configured secrets.Value, known bool) *secrets.Value {
	switch {
	case !d.Write:
		return nil
	case !known:
		configured = secrets.Value{}
	}
	return &configured
}

// changesValue tells whether a decision plans another value than the stored.
func (d valueDecision) changesValue(stored string) bool {
	return d.fingerprint == nil || *d.fingerprint != stored
}

// addUndecided refuses a plan of another version of the provider: an apply never
// decides about a value by itself.
func addUndecided(diags *diag.Diagnostics) {
	diags.AddError("Plan Has No Decision", "The plan does not say whether values are written, so nothing was written. Another version of this provider made it.\n\nPlan again and apply the new plan.")
}

// addDrifted says why a plan writes a write-only value, of which it can show
// nothing.
func addDrifted(diags *diag.Diagnostics, what string) {
	diags.AddWarning("Secret Changed Outside Of Terraform", fmt.Sprintf(
		"%s The server's value is not the one that was last written or seen here. The configured one is planned to be written again.", sentence(what)))
}

// addUncomparable says that a refresh believes a value that nothing was left to
// compare with, so that it is told once.
func addUncomparable(diags *diag.Diagnostics, what string) {
	diags.AddWarning("Secret Cannot Be Compared", fmt.Sprintf(
		"%s The value was sealed anew outside of Terraform, and the key that it was under before is not in sealing_keys any more, "+
			"so that nothing can tell whether it is still the one that was last written here. It is taken for that one from now on.\n\n"+
			"If somebody may have changed it, change value_wo_version, and the configured value is written. "+
			"At the next rotation keep the old key in sealing_keys until Terraform has run once more: then it compares.", sentence(what)))
}
