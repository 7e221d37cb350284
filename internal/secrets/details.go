package secrets

import (
	"maps"
	"slices"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/api"
)

// Reminder asks people every RepeatDays days (1 to 365) to change a secret. The
// zero Reminder is none.
type Reminder = api.Reminder

// Details are what the server keeps of a secret in the clear.
type Details struct {
	TagIDs                []string // sorted
	Reminder              Reminder
	Metadata              map[string]string
	SkipMultilineEncoding bool
}

// DetailsChange is what is to become of the details; nil leaves a part as it
// is. An empty part clears it.
type DetailsChange struct {
	TagIDs                *[]string
	Reminder              *Reminder
	Metadata              *map[string]string
	SkipMultilineEncoding *bool
}

// differing keeps of a change only what is not so already.
func (c DetailsChange) differing(current Details) DetailsChange {
	if c.TagIDs != nil && slices.Equal(slices.Sorted(slices.Values(*c.TagIDs)), current.TagIDs) {
		c.TagIDs = nil
	}
	if c.Reminder != nil && *c.Reminder == current.Reminder {
		c.Reminder = nil
	}
	if c.Metadata != nil && maps.Equal(*c.Metadata, current.Metadata) {
		c.Metadata = nil
	}
	if c.SkipMultilineEncoding != nil && *c.SkipMultilineEncoding == current.SkipMultilineEncoding {
		c.SkipMultilineEncoding = nil
	}
	return c
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

func (c DetailsChange) isEmpty() bool { return c == DetailsChange{} }

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
