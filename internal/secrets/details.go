package secrets

import (
	"maps"
	"slices"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/api"
)

// Reminder asks people every RepeatDays days (1 to 365) to change a secret. The
// zero Reminder is none.
type Reminder = api.Reminder

// Parts are parts of the details.
type Parts struct{ Tags, Reminder, Metadata, SkipMultilineEncoding bool }

// Details are what the server keeps of a secret in the clear.
type Details struct {
	TagIDs                []string // sorted
	Reminder              Reminder
	Metadata              map[string]string
	SkipMultilineEncoding bool
	// Untold are the parts that the server does not tell: they are empty here,
	// whatever it holds. In E2EE mode it tells all.
	Untold Parts
}

// DetailsChange is what is to become of the details; nil leaves a part as it
// is. An empty part clears it.
type DetailsChange struct {
	TagIDs                *[]string
	Reminder              *Reminder
	Metadata              *map[string]string
	SkipMultilineEncoding *bool
	// Known are the parts that are so already, for all that the caller knows.
	// Where the server does not tell, that is believed.
	Known Parts
}

// differing keeps of a change only what is not so already.
func (c DetailsChange) differing(current Details) DetailsChange {
	if c.TagIDs != nil && isSo(current.Untold.Tags, c.Known.Tags, slices.Equal(slices.Sorted(slices.Values(*c.TagIDs)), current.TagIDs)) {
		c.TagIDs = nil
	}
	if c.Reminder != nil && isSo(current.Untold.Reminder, c.Known.Reminder, *c.Reminder == current.Reminder) {
		c.Reminder = nil
	}
	if c.Metadata != nil && isSo(current.Untold.Metadata, c.Known.Metadata, maps.Equal(*c.Metadata, current.Metadata)) {
		c.Metadata = nil
	}
	if c.SkipMultilineEncoding != nil && isSo(current.Untold.SkipMultilineEncoding, c.Known.SkipMultilineEncoding, *c.SkipMultilineEncoding == current.SkipMultilineEncoding) {
		c.SkipMultilineEncoding = nil
	}
	return c
}

// empty are the parts that the change is to clear.
func (c DetailsChange) empty() Parts {
	return Parts{
		Tags:                  c.TagIDs != nil && len(*c.TagIDs) == 0,
		Reminder:              c.Reminder != nil && *c.Reminder == Reminder{},
		Metadata:              c.Metadata != nil && len(*c.Metadata) == 0,
		SkipMultilineEncoding: c.SkipMultilineEncoding != nil && !*c.SkipMultilineEncoding,
	}
}

// setting drops the parts that are cleared: of a new secret there is nothing to
// clear.
func (c DetailsChange) setting() DetailsChange {
	empty := c.empty()
	return c.only(Parts{Tags: !empty.Tags, Reminder: !empty.Reminder, Metadata: !empty.Metadata, SkipMultilineEncoding: !empty.SkipMultilineEncoding})
}

// only keeps of a change what is of these parts.
func (c DetailsChange) only(parts Parts) DetailsChange {
	if !parts.Tags {
		c.TagIDs = nil
	}
	if !parts.Reminder {
		c.Reminder = nil
	}
	if !parts.Metadata {
		c.Metadata = nil
	}
	if !parts.SkipMultilineEncoding {
		c.SkipMultilineEncoding = nil
	}
	return c
}

func isSo(untold, known, equal bool) bool {
	if untold {
		return known
	}
	return equal
}

// on is what the details are after the change.
func (c DetailsChange) on(current Details) Details {
	if c.TagIDs != nil {
		current.TagIDs = slices.Sorted(slices.Values(*c.TagIDs))
	}
	if c.Reminder != nil {
		current.Reminder = *c.Reminder
	}
	if c.Metadata != nil {
		current.Metadata = *c.Metadata
	}
	if c.SkipMultilineEncoding != nil {
		current.SkipMultilineEncoding = *c.SkipMultilineEncoding
	}
	return current
}

func (c DetailsChange) isEmpty() bool {
	c.Known = Parts{}
	return c == DetailsChange{}
}

// equalEcho leaves the tags out: a write's answer does not tell them.
func (d Details) equalEcho(echo Details) bool {
	return d.Reminder == echo.Reminder && maps.Equal(d.Metadata, echo.Metadata) && d.SkipMultilineEncoding == echo.SkipMultilineEncoding
}

func detailsOf(s api.Secret) Details {
	d := Details{
		TagIDs: slices.Sorted(slices.Values(s.TagIDs)), Reminder: s.Reminder,
		Metadata: s.Metadata, SkipMultilineEncoding: s.SkipMultilineEncoding,
	}
	if d.Reminder.RepeatDays == 0 {
		d.Reminder = Reminder{} // a note alone reminds nobody
	}
	return d
}
