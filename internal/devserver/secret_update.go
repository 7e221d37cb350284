package devserver

import (
	"strings"

	"github.com/google/uuid"
)

// change is what an update sets; nil keeps what is there.
type change struct {
	newName             *string
	key, value, comment Field
	skip                *bool
	skipUnset           bool // it was sent as null
	metadata            map[string]string
	entries             []MetadataEntry // replaces all; nil keeps, empty clears
	tags                []string        // replaces all; nil keeps, empty clears
	note                *string
	noteGiven           bool
	days                *int
	daysGiven           bool
	halfDays            bool // a number that is none of days
}

// updateSecret is PATCH by name: the value is required, everything else is not
// (PROTOCOL section 4). It does not trim the name. A new name and new key
// ciphertext are independent of each other, and neither is checked against the
// other.
func updateSecret(c *call) (any, error) {
	f := newForm(c.body)
	at := f.place()
	kind := f.secretType()
	ch := change{value: f.sealed("secretValue"), comment: f.optionalSealed("secretComment")}
	ch.readReminder(f, 1, 365)
	ch.tags, ch.skip = f.texts("tags"), f.skip()
	ch.newName, ch.key = f.optionalText("secretName"), f.optionalSealed("secretKey")
	ch.metadata = f.metadata()
	if err := f.err(); err != nil {
		return nil, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	p, t, err := c.writable(toEdit, at, "CreateSecret")
	if err != nil {
		return nil, err
	}
	if ch.newName != nil && *ch.newName == "" {
		return nil, badRequest("New secret name cannot be empty")
	}
	personal, err := c.personal(kind)
	if err != nil {
		return nil, err
	}
	rows := t.ofType(kind, c.actor.userID(), c.param)
	if len(rows) == 0 {
		return nil, notFound(c.param)
	}
	if personal && ch.newName != nil {
		return nil, errRename
	}
	// A secret's own name is taken as well: by itself.
	if ch.newName != nil && len(t.shared(*ch.newName)) > 0 {
		return nil, errExists
	}
	if err := p.checkTags(ch.tags, at); err != nil {
		return nil, err
	}
	if held := c.hold(p, t.folder, kind); held != nil {
		return held, nil
	}
	if err := ch.fits(c.server.era); err != nil {
		return nil, err
	}
	if err := c.readable(p, at, ch.value); err != nil {
		return nil, err
	}
	// Where a race left several rows of the name, one changes.
	ch.apply(rows[0])
	return secretAnswer[writtenBody]{rows[0].written(p.ID)}, nil
}

// readReminder reads the two fields that, unlike all others, may be set to null.
func (ch *change) readReminder(f *form, least, most float64) {
	if f.broken() {
		return
	}
	_, ch.daysGiven = f.values["secretReminderRepeatDays"]
	if n, ok := f.number("secretReminderRepeatDays", least, most, true); ok {
		days := int(n)
		ch.days, ch.halfDays = &days, float64(days) != n
	}
	_, ch.noteGiven = f.values["secretReminderNote"]
	if v, ok := f.value("secretReminderNote", "string", true, true); ok {
		note := trim(v.(string))
		ch.note = &note
	}
}

// longestColumn is how many characters the note's column holds before 2026.
const longestColumn = 255

// fits refuses what passes validation and is then more than the database takes
// (PROTOCOL section 22).
func (ch *change) fits(e Era) error {
	texts := []string{}
	if ch.note != nil {
		texts = append(texts, *ch.note)
	}
	for key, value := range ch.metadata {
		texts = append(texts, key, value)
	}
	for _, one := range ch.entries {
		texts = append(texts, one.Key, one.Value)
	}
	bad := ch.halfDays || ch.note != nil && !e.since2026() && len([]rune(*ch.note)) > longestColumn
	for _, text := range texts {
		bad = bad || strings.Contains(text, "\x00")
	}
	if bad {
		return database("UpdateSecret")
	}
	return nil
}

// apply changes the row; every update counts as a new version, an identical one
// included.
func (ch *change) apply(r *row) {
	if ch.newName != nil {
		r.BlindIndex = *ch.newName
	}
	r.Key, r.Value, r.Comment = ch.key.over(r.Key), ch.value.over(r.Value), ch.comment.over(r.Comment)
	if ch.skip != nil {
		r.SkipMultilineEncoding, r.skipUnset = *ch.skip, false
	}
	if ch.skipUnset {
		r.SkipMultilineEncoding, r.skipUnset = false, true
	}
	if ch.entries != nil {
		r.SecretMetadata = ch.entries
	}
	if ch.metadata != nil {
		r.Metadata = ch.metadata
	}
	if ch.tags != nil {
		r.TagIDs = ch.tags
	}
	if ch.noteGiven {
		r.ReminderNote = ch.note
	}
	if ch.daysGiven {
		r.ReminderRepeatDays = ch.days
	}
	r.Version++
	r.UpdatedAt, r.seq = now(), writes.Add(1)
}

// checkTags wants as many tags as ids, so that an id twice is a tag not found
// too (from the server's source). What is no id is an error of the database.
func (p *project) checkTags(ids []string, at place) error {
	found := map[string]bool{}
	for _, id := range ids {
		if uuid.Validate(id) != nil {
			if at.raw && p.Version >= 3 {
				return database("Find one")
			}
			return database("Find all by ids")
		}
		for _, t := range p.Tags {
			found[id] = found[id] || t.ID == id
		}
	}
	var known []string
	for _, t := range p.Tags {
		if found[t.ID] {
			known = append(known, t.Slug)
		}
	}
	if len(known) != len(ids) {
		missing := badRequest("Tag not found")
		missing.found = known
		return missing
	}
	return nil
}
