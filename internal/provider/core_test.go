package provider_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/acctest"
)

// core is Terraform as one provider sees it, in this process. It keeps a
// state, refreshes, plans and applies, each run with a provider for the plan
// and one for the apply, and holds the provider to what Terraform holds it to.
// A run takes a few milliseconds, so that there can be thousands.
type core struct {
	t        testing.TB
	env      *acctest.Env
	settings attributes         // of the provider
	state    map[string]*object // by address
	mu       sync.Mutex         // guards state within a run
	hearing  sync.Mutex         // guards warnings
	warnings []string           // of the last run
}

// declared is a resource block.
type declared struct {
	kind   string
	config attributes
	after  []string // addresses that it depends on
	ignore []string // attributes under ignore_changes
}

// object is what a state holds of a resource.
type object struct {
	declared
	instance
	tainted bool
}

// change is what a plan does with an address; of a replacement it is the
// second half, and destroys the first.
type change struct {
	address  string
	declared declared
	before   instance // null where something is created
	planned  *tfprotov6.PlanResourceChangeResponse
	destroys *object // nil = nothing
	creates  bool
	updates  bool
}

func newCore(t testing.TB, env *acctest.Env) *core {
	return &core{t: t, env: env, state: map[string]*object{}}
}

// with is the same state under another provider configuration.
func (c *core) with(settings attributes) *core {
	return &core{t: c.t, env: c.env, settings: settings, state: c.state}
}

// apply is `terraform apply -auto-approve`. The error holds what every
// resource said.
func (c *core) apply(config map[string]declared) error {
	c.t.Helper()
	changes, _, err := c.plan(config)
	if err != nil {
		return err
	}
	return c.carryOut(changes)
}

// carryOut is the second half of an apply.
func (c *core) carryOut(changes []change) error {
	c.t.Helper()
	p := newProtocol(c.t, c.env, c.settings)
	var failures []error
	failed := map[string]bool{}
	dependents := func(ch change) []string { return c.dependents(ch, changes) }
	for _, wave := range waves(changes, dependents) {
		failures = append(failures, c.inParallel(wave, failed, dependents, func(ch change) error { return c.destroy(p, ch) })...)
	}
	after := func(ch change) []string { return ch.declared.after }
	// Terraform writes nothing either while what depends on it is still to be destroyed.
	all := func(ch change) []string { return slices.Concat(after(ch), dependents(ch)) }
	for _, wave := range waves(changes, after) {
		failures = append(failures, c.inParallel(wave, failed, all, func(ch change) error { return c.write(p, ch) })...)
	}
	return errors.Join(failures...)
}

// plan is the first half of an apply: it refreshes the state and says what is
// to be done. drifted are the addresses whose state the refresh has changed.
func (c *core) plan(config map[string]declared) (changes []change, drifted []string, err error) {
	c.t.Helper()
	c.warnings = nil
	p := newProtocol(c.t, c.env, c.settings)
	refreshed := map[string]*object{}
	var failures []error
	var mu sync.Mutex
	each(slices.Sorted(maps.Keys(c.state)), func(address string) {
		o := *c.state[address]
		p := p.of(o.kind)
		read, err := p.server.ReadResource(c.t.Context(), &tfprotov6.ReadResourceRequest{
			TypeName: o.kind, CurrentState: o.state, CurrentIdentity: o.identity, Private: o.private,
		})
		if err != nil {
			c.t.Fatal(err)
		}
		mu.Lock()
		defer mu.Unlock()
		if err := c.heard(address, read.Diagnostics); err != nil {
			failures = append(failures, err)
			return
		}
		if !p.equal(read.NewState, o.state) {
			drifted = append(drifted, address)
		}
		if p.unpack(p.secret, read.NewState) != nil {
			o.instance = instance{read.NewState, read.NewIdentity, read.Private}
			refreshed[address] = &o
		}
	})
	if len(failures) > 0 {
		return nil, drifted, errors.Join(failures...)
	}
	all := slices.Compact(slices.Sorted(func(yield func(string) bool) {
		for _, addresses := range [][]string{slices.Collect(maps.Keys(config)), slices.Collect(maps.Keys(refreshed))} {
			for _, address := range addresses {
				if !yield(address) {
					return
				}
			}
		}
	}))
	planOne := func(address string) {
		d, wanted := config[address]
		ch, err := c.planOne(p, address, d, wanted, refreshed[address])
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			failures = append(failures, err)
		} else if ch.creates || ch.updates || ch.destroys != nil {
			changes = append(changes, ch)
		}
	}
	// What others depend on is planned first; no chain is longer here.
	dependsOnNone := func(address string) bool { return len(config[address].after) == 0 }
	each(slices.DeleteFunc(slices.Clone(all), func(a string) bool { return !dependsOnNone(a) }), planOne)
	each(slices.DeleteFunc(all, dependsOnNone), planOne)
	slices.SortFunc(changes, func(a, b change) int { return strings.Compare(a.address, b.address) })
	if len(failures) > 0 {
		return nil, drifted, errors.Join(failures...)
	}
	c.state = refreshed // what a plan that failed has seen is not kept
	return changes, drifted, nil
}

func (c *core) planOne(p *protocol, address string, d declared, wanted bool, there *object) (change, error) {
	ch := change{address: address, declared: d}
	if !wanted {
		ch.declared, ch.destroys = there.declared, there
		p := p.of(there.kind)
		planned, err := p.server.PlanResourceChange(c.t.Context(), &tfprotov6.PlanResourceChangeRequest{
			TypeName: there.kind, PriorState: there.state, PriorPrivate: there.private, PriorIdentity: there.identity,
			Config: p.null(p.secret), ProposedNewState: p.null(p.secret),
		})
		if err != nil {
			c.t.Fatal(err)
		}
		ch.planned = planned
		return ch, c.heard(address, planned.Diagnostics)
	}
	p = p.of(d.kind)
	nothing := instance{state: p.null(p.secret)}
	ch.before = nothing
	if there != nil && !there.tainted {
		ch.before = there.instance
	}
	var err error
	if ch.planned, err = c.proposeTo(p, address, d, ch.before); err != nil {
		return ch, err
	}
	switch {
	case there == nil:
		ch.creates = true
	case there.tainted:
		ch.creates, ch.destroys = true, there
	case len(ch.planned.RequiresReplace) > 0:
		// Planned once more as a new object, whose warnings nobody is shown.
		ch.before, ch.creates, ch.destroys = nothing, true, there
		ch.planned = c.propose(p, d, instance{state: nothing.state, private: ch.planned.PlannedPrivate})
		if text := errorsIn(ch.planned.Diagnostics); text != "" {
			return ch, fmt.Errorf("%s: %s", address, text)
		}
	default:
		ch.updates = !p.equal(ch.planned.PlannedState, ch.before.state)
	}
	return ch, nil
}

func (c *core) proposeTo(p *protocol, address string, d declared, before instance) (*tfprotov6.PlanResourceChangeResponse, error) {
	planned := c.propose(p, d, before)
	return planned, c.heard(address, planned.Diagnostics)
}

func (c *core) propose(p *protocol, d declared, before instance) *tfprotov6.PlanResourceChangeResponse {
	prior := p.unpack(p.secret, before.state)
	config := d.ignoring(prior)
	planned, err := p.server.PlanResourceChange(c.t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: p.kind, PriorState: before.state, PriorPrivate: before.private, PriorIdentity: before.identity,
		Config: p.object(p.secret, config), ProposedNewState: p.object(p.secret, p.proposed(config, prior)),
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return planned
}

// ignoring is a configuration with what ignore_changes names as it was. It is
// what a provider plans with, and not what it applies.
func (d declared) ignoring(prior map[string]tftypes.Value) attributes {
	if prior == nil || len(d.ignore) == 0 {
		return d.config
	}
	out := maps.Clone(d.config)
	for _, name := range d.ignore {
		out[name] = prior[name]
	}
	return out
}

// proposed is the configuration, with what the provider computes as it was.
func (p *protocol) proposed(config attributes, prior map[string]tftypes.Value) attributes {
	out := maps.Clone(config)
	for _, a := range p.schemas.ResourceSchemas[p.kind].Block.Attributes {
		configured, isConfigured := config[a.Name]
		before, existed := prior[a.Name]
		switch {
		case isConfigured && a.NestedType != nil && a.NestedType.Nesting == tfprotov6.SchemaObjectNestingModeMap && existed && !before.IsNull():
			out[a.Name] = p.proposedElements(a.NestedType, configured.(tftypes.Value), before)
		case !isConfigured && a.Computed && existed:
			out[a.Name] = before
		}
	}
	return out
}

func (p *protocol) proposedElements(kind *tfprotov6.SchemaObject, configured, before tftypes.Value) tftypes.Value {
	var now, then map[string]tftypes.Value
	if configured.As(&now) != nil || before.As(&then) != nil {
		p.t.Fatal("a map of elements is none")
	}
	out := maps.Clone(now)
	for name, element := range now {
		var fields, old map[string]tftypes.Value
		if prior, ok := then[name]; !ok || element.As(&fields) != nil || prior.As(&old) != nil {
			continue
		}
		fields = maps.Clone(fields) // As hands out the element's own
		for _, a := range kind.Attributes {
			if a.Computed && fields[a.Name].IsNull() {
				fields[a.Name] = old[a.Name]
			}
		}
		out[name] = tftypes.NewValue(element.Type(), fields)
	}
	return tftypes.NewValue(configured.Type(), out)
}

// destroy is the first step of a change that removes something.
func (c *core) destroy(p *protocol, ch change) error {
	if ch.destroys == nil {
		return nil
	}
	p = p.of(ch.destroys.kind)
	applied, err := p.server.ApplyResourceChange(c.t.Context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: ch.destroys.kind, PriorState: ch.destroys.state, PlannedState: p.null(p.secret),
		Config: p.null(p.secret), PlannedPrivate: ch.planned.PlannedPrivate, // of a replacement that of the new object
	})
	if err != nil {
		c.t.Fatal(err)
	}
	failure := c.keep(p, ch.address, *ch.destroys, applied)
	if c.holds(ch.address) == (failure == nil) {
		c.t.Errorf("%s: a destroy that failed=%t left a state: %t", ch.address, failure != nil, c.holds(ch.address))
	}
	return failure
}

// write creates or updates. The plan is made again with the provider that
// applies it, and may only become more exact.
func (c *core) write(p *protocol, ch change) error {
	if !ch.creates && !ch.updates {
		return nil
	}
	p = p.of(ch.declared.kind)
	again, err := c.proposeTo(p, ch.address, ch.declared, ch.before)
	if err != nil {
		return err
	}
	if why := p.refines(ch.planned.PlannedState, again.PlannedState); why != "" {
		c.t.Errorf("%s: the final plan is inconsistent: %s", ch.address, why)
	}
	applied, err := p.server.ApplyResourceChange(c.t.Context(), &tfprotov6.ApplyResourceChangeRequest{
		TypeName: ch.declared.kind, PriorState: ch.before.state, PlannedState: again.PlannedState,
		PlannedPrivate: again.PlannedPrivate, PlannedIdentity: again.PlannedIdentity, Config: p.object(p.secret, ch.declared.config),
	})
	if err != nil {
		c.t.Fatal(err)
	}
	failure := c.keep(p, ch.address, object{declared: ch.declared}, applied)
	if failure == nil {
		if why := p.refines(again.PlannedState, applied.NewState); why != "" {
			c.t.Errorf("%s: the result is inconsistent with the plan: %s", ch.address, why)
		}
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if o := c.state[ch.address]; o != nil {
		o.tainted = ch.creates
	}
	return failure
}

// keep records what an apply answered, as Terraform does: also when it failed.
func (c *core) keep(p *protocol, address string, o object, applied *tfprotov6.ApplyResourceChangeResponse) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	failure := c.heard(address, applied.Diagnostics)
	if p.unpack(p.secret, applied.NewState) == nil {
		delete(c.state, address)
		return failure
	}
	o.instance = instance{applied.NewState, applied.NewIdentity, applied.Private}
	c.state[address] = &o
	return failure
}

func (c *core) holds(address string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state[address] != nil
}

// importInto is `terraform import`.
func (c *core) importInto(address string, d declared, id string) error {
	p := newProtocol(c.t, c.env, c.settings).of(d.kind)
	imported, err := p.server.ImportResourceState(c.t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: d.kind, ID: id})
	if err != nil {
		c.t.Fatal(err)
	}
	if err := c.heard(address, imported.Diagnostics); err != nil {
		return err
	}
	one := imported.ImportedResources[0]
	read, err := p.server.ReadResource(c.t.Context(), &tfprotov6.ReadResourceRequest{
		TypeName: d.kind, CurrentState: one.State, CurrentIdentity: one.Identity, Private: one.Private,
	})
	if err != nil {
		c.t.Fatal(err)
	}
	if err := c.heard(address, read.Diagnostics); err != nil {
		return err
	}
	if p.unpack(p.secret, read.NewState) == nil {
		return fmt.Errorf("%s: what was imported does not exist", address)
	}
	c.state[address] = &object{declared: d, instance: instance{read.NewState, read.NewIdentity, read.Private}}
	return nil
}

// heard splits diagnostics into an error and warnings.
func (c *core) heard(address string, all []*tfprotov6.Diagnostic) error {
	c.hearing.Lock()
	defer c.hearing.Unlock()
	var failures []error
	for _, d := range all {
		text := fmt.Sprintf("%s: %s: %s", address, d.Summary, d.Detail)
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			failures = append(failures, errors.New(text))
		} else {
			c.warnings = append(c.warnings, text)
		}
	}
	return errors.Join(failures...)
}

// dependents are the addresses whose destruction comes before this one's.
func (c *core) dependents(ch change, all []change) []string {
	var out []string
	for _, other := range all {
		if other.destroys != nil && slices.Contains(other.destroys.after, ch.address) {
			out = append(out, other.address)
		}
	}
	return out
}

// waves sorts changes so that each wave depends on earlier ones alone.
func waves(changes []change, needs func(change) []string) [][]change {
	var out [][]change
	left := slices.Clone(changes)
	for len(left) > 0 {
		open := map[string]bool{}
		for _, ch := range left {
			open[ch.address] = true
		}
		var wave, rest []change
		for _, ch := range left {
			if slices.ContainsFunc(needs(ch), func(address string) bool { return open[address] }) {
				rest = append(rest, ch)
			} else {
				wave = append(wave, ch)
			}
		}
		if len(wave) == 0 {
			panic("the dependencies form a ring")
		}
		out, left = append(out, wave), rest
	}
	return out
}

// inParallel makes changes that do not depend on each other, and none that
// needs one that failed.
func (c *core) inParallel(wave []change, failed map[string]bool, needs func(change) []string, do func(change) error) []error {
	var mu sync.Mutex
	var failures []error
	byAddress, addresses := map[string]change{}, []string{}
	for _, ch := range wave {
		if failed[ch.address] || slices.ContainsFunc(needs(ch), func(a string) bool { return failed[a] }) {
			failed[ch.address] = true
			continue
		}
		byAddress[ch.address] = ch
		addresses = append(addresses, ch.address)
	}
	each(addresses, func(address string) {
		err := do(byAddress[address])
		mu.Lock()
		defer mu.Unlock()
		if err != nil {
			failures = append(failures, err)
			failed[address] = true
		}
	})
	return failures
}

// each works on as many at a time as Terraform does.
func each(addresses []string, do func(address string)) {
	var all sync.WaitGroup
	slots := make(chan struct{}, 10)
	for _, address := range addresses {
		slots <- struct{}{}
		all.Go(func() {
			defer func() { <-slots }()
			do(address)
		})
	}
	all.Wait()
}

func (p *protocol) equal(a, b *tfprotov6.DynamicValue) bool {
	return p.value(a).Equal(p.value(b))
}

func (p *protocol) value(packed *tfprotov6.DynamicValue) tftypes.Value {
	value, err := packed.Unmarshal(p.secret)
	if err != nil {
		p.t.Fatal(err)
	}
	return value
}

// refines says where a value goes against an earlier one, which may only
// become more exact; "" if nowhere.
func (p *protocol) refines(earlier, later *tfprotov6.DynamicValue) string {
	return contradiction(p.value(earlier), p.value(later), "")
}

func contradiction(earlier, later tftypes.Value, at string) string {
	switch {
	case !earlier.IsKnown():
		return ""
	case earlier.IsNull() || later.IsNull() || !later.IsKnown():
		if earlier.IsNull() != later.IsNull() {
			return at + " was planned otherwise"
		}
		return ""
	}
	var before, after map[string]tftypes.Value
	if earlier.As(&before) != nil || later.As(&after) != nil { // no object and no map
		if !earlier.Equal(later) {
			return at + " was planned otherwise"
		}
		return ""
	}
	if len(before) != len(after) {
		return at + " has other elements than planned"
	}
	for name := range before {
		if why := contradiction(before[name], after[name], at+"."+name); why != "" {
			return why
		}
	}
	return ""
}
