package provider_test

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// spot is where a secret lies.
type spot struct{ env, folder, name string }

// held is a secret as the server has it.
type held struct {
	spot
	value string
}

// announced is what a plan says about secrets of the server: in its changes, and in
// the names that its warnings hold.
type announced struct {
	deletes  map[string]bool   // by id
	leaves   map[string]string // name by id: an element that leaves its map, which no count tells
	values   map[string]bool   // by id: the value may become another
	renames  map[string]bool   // by id
	creates  map[spot]string   // address
	repairs  map[spot]bool     // what somebody may delete before the apply, and is then created
	adopts   map[spot]bool     // creates that may write over what is there
	replaces map[string]string // address by id; a plan does not know that it replaces a tainted object
	fixed    map[string]string // why the value must stay, by id
	owned    map[string]bool   // ids that the state had before
	planned  []string          // warnings of the plan
	warnings []string          // of the plan and the apply
}

func (s announced) warns(name string) bool { return names(s.warnings, name) }

func names(warnings []string, name string) bool {
	return slices.ContainsFunc(warnings, func(text string) bool { return strings.Contains(text, name) })
}

// announcedBy reads what a plan shows.
func (c *core) announcedBy(changes []change) announced {
	p := newProtocol(c.t, c.env, c.settings)
	out := announced{
		deletes: map[string]bool{}, leaves: map[string]string{}, values: map[string]bool{}, renames: map[string]bool{},
		creates: map[spot]string{}, repairs: map[spot]bool{}, adopts: map[spot]bool{}, replaces: map[string]string{}, fixed: map[string]string{}, owned: map[string]bool{},
	}
	for _, o := range c.state {
		for _, id := range p.idsOf(o) {
			out.owned[id] = true
		}
	}
	for _, ch := range changes {
		if ch.destroys != nil {
			for _, id := range p.managedBy(ch.destroys) {
				out.deletes[id] = true
				if ch.creates && !ch.destroys.tainted {
					out.replaces[id] = ch.address
				}
			}
		}
		if !ch.creates && !ch.updates {
			continue
		}
		p := p.of(ch.declared.kind)
		prior, planned := p.unpack(p.secret, ch.before.state), p.unpack(p.secret, ch.planned.PlannedState)
		if ch.declared.kind == secretType {
			out.single(ch, prior, planned)
		} else {
			out.many(ch, prior, planned)
		}
	}
	return out
}

func (s announced) single(ch change, prior, planned map[string]tftypes.Value) {
	adopts := textOf(planned["on_existing"]) == "adopt"
	at := spot{textOf(planned["env_slug"]), textOf(planned["folder_path"]), textOf(planned["name"])}
	if prior == nil {
		s.creates[at], s.adopts[at] = ch.address, adopts
		return
	}
	id := textOf(prior["id"])
	s.renames[id] = !planned["name"].Equal(prior["name"])
	s.values[id] = !planned["value_fingerprint"].Equal(prior["value_fingerprint"])
	_, writeOnly := ch.declared.config["value_wo"]
	source := "value"
	if writeOnly {
		source = "value_wo"
	}
	switch {
	case slices.Contains(ch.declared.ignore, source):
		s.fixed[id] = "it is under ignore_changes"
	case ch.declared.config["value"] == nil && !writeOnly:
		s.fixed[id] = "it is not managed"
	}
}

func (s announced) many(ch change, prior, planned map[string]tftypes.Value) {
	before, after := elementsOf(prior), elementsOf(planned)
	for name, now := range after {
		at := spot{textOf(planned["env_slug"]), textOf(planned["folder_path"]), name}
		if then, existed := before[name]; existed {
			s.values[textOf(then["id"])] = !now["value_fingerprint"].Equal(then["value_fingerprint"])
			s.repairs[at] = !now["version"].IsKnown()
		} else {
			s.creates[at], s.adopts[at] = ch.address, textOf(planned["on_existing"]) == "adopt"
		}
	}
	for name, then := range before {
		if _, stays := after[name]; !stays {
			s.leaves[textOf(then["id"])] = name
		}
	}
}

// managedBy are the ids that an object deletes with itself: an element without a
// version is in the state only to be shown.
func (p *protocol) managedBy(o *object) []string {
	if o.kind == secretType {
		return p.idsOf(o)
	}
	p = p.of(o.kind)
	var out []string
	for _, element := range elementsOf(p.unpack(p.secret, o.state)) {
		if !element["version"].IsNull() {
			out = append(out, textOf(element["id"]))
		}
	}
	return out
}

// elementsOf are the elements of an infisical_secrets in a plan or state, whichever
// form they have.
func elementsOf(attributes map[string]tftypes.Value) map[string]map[string]tftypes.Value {
	out := map[string]map[string]tftypes.Value{}
	for name, element := range mapOf(attributes["secrets"]) {
		var fields map[string]tftypes.Value
		_ = element.As(&fields)
		out[name] = fields
	}
	computed := map[string]string{"id": "ids", "version": "versions", "value_fingerprint": "value_fingerprints"}
	for name := range mapOf(attributes["ids"]) {
		fields := map[string]tftypes.Value{}
		for field, attribute := range computed {
			value, ok := mapOf(attributes[attribute])[name]
			if !ok {
				value = tftypes.NewValue(attributes[attribute].Type().(tftypes.Map).ElementType, nil)
			}
			fields[field] = value
		}
		out[name] = fields
	}
	return out
}

func mapOf(value tftypes.Value) (all map[string]tftypes.Value) {
	if value.Type() != nil && !value.IsNull() {
		_ = value.As(&all) // none of what is unknown
	}
	return all
}

// broken are the promises that an apply broke: what it did, and no plan showed.
// failure is what the apply ended with.
func (c *core) broken(s announced, before, after map[string]held, failure error) (out []string) {
	tell := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	owners := map[string][]string{}
	p := newProtocol(c.t, c.env, c.settings)
	for _, address := range slices.Sorted(maps.Keys(c.state)) {
		for _, id := range p.idsOf(c.state[address]) {
			owners[id] = append(owners[id], address)
		}
	}
	for id, then := range before {
		now, there := after[id]
		switch {
		case there:
			if now.spot != then.spot && !s.renames[id] {
				tell("%v was renamed to %v", then.spot, now.spot)
			}
			_, created := s.creates[then.spot]
			if now.value != then.value && !s.values[id] && (!created || !s.adopts[then.spot] || !s.warns(then.name)) {
				tell("%v has another value", then.spot)
			}
			if why := s.fixed[id]; why != "" && now.value != then.value {
				tell("the value of %v was written, though %s", then.spot, why)
			}
			if s.deletes[id] && failure == nil && len(owners[id]) == 0 && !s.warns(then.name) {
				tell("%v is left in no state", then.spot)
			}
		case s.leaves[id] != "":
			if !s.warns(s.leaves[id]) {
				tell("%v was deleted, which no warning named", then.spot)
			}
		case !s.deletes[id]:
			tell("%v was deleted", then.spot)
		case s.replaces[id] != "" && !c.holds(s.replaces[id]):
			tell("%v was deleted, and its replacement was not created", then.spot)
		}
	}
	for id, now := range after {
		_, existed := before[id]
		address, planned := s.creates[now.spot]
		switch {
		case !existed && !planned && !s.repairs[now.spot]:
			tell("%v was created", now.spot)
		case existed && planned && slices.Contains(owners[id], address) && !s.owned[id] && !names(s.planned, now.name):
			tell("%v was adopted, which no warning of the plan named", now.spot)
		case existed && planned && slices.Contains(owners[id], address) && !s.warns(now.name):
			tell("%v was adopted, which no warning named", now.spot)
		}
	}
	for id, addresses := range owners {
		if len(addresses) > 1 && failure == nil {
			tell("%v is held by %v", after[id].spot, addresses)
		}
	}
	return out
}

// promised applies a configuration, and tells what its plan announced.
func (c *core) promised(config map[string]declared) (planned announced, refused bool, failure error) {
	changes, _, err := c.plan(config)
	if err != nil {
		return planned, true, err
	}
	planned = c.announcedBy(changes)
	planned.planned = slices.Clone(c.warnings)
	failure = c.carryOut(changes)
	planned.warnings = c.warnings
	return planned, false, failure
}

var errUnsettled = errors.New("a plan after an apply that went well has more to do")

// settled tells whether there is nothing left to do.
func (c *core) settled(config map[string]declared) error {
	changes, _, err := c.plan(config)
	if err == nil && len(changes) > 0 {
		err = errUnsettled
		for _, ch := range changes {
			err = fmt.Errorf("%w: %s (creates %t, updates %t, destroys %t)", err, ch.address, ch.creates, ch.updates, ch.destroys != nil)
		}
	}
	return err
}
