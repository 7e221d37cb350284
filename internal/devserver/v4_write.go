package devserver

import (
	"math"
	"strings"
)

// Writes of one secret in 2026, for both addresses; see v4_read.go.

// longestNote is the longest note of a reminder, in UTF-16 units.
const longestNote = 1024

// checkName refuses names that older endpoints take.
func checkName(f *form, field, name string) {
	switch {
	case name == "":
		f.tooShort(field)
	case strings.ContainsAny(name, ":/"):
		f.add(issue{"code": "custom", "message": "Secret name cannot contain colon or forward slash.", "path": f.at(field)})
	}
}

// newNameV4 is trimmed and checked as a create's name is.
func (f *form) newNameV4() *string {
	name := f.optionalText("newSecretName")
	if name != nil {
		checkName(f, "newSecretName", *name)
	}
	return name
}

// changeV4 reads what creates and updates have in common. The value is read
// before, since only updates may leave it out.
func (f *form) changeV4(value *string) rawChange {
	out := rawChange{value: value, comment: f.optionalText("secretComment")}
	out.rest.entries, out.rest.tags = f.secretMetadata(), f.texts("tagIds")
	return out
}

// optionalRawValue is nil when it is missing.
func (f *form) optionalRawValue() *string {
	if _, sent := f.values["secretValue"]; !sent || f.broken() {
		return nil
	}
	return new(f.rawValue())
}

// nullishSkip is skipMultilineEncoding of a create, which may be null.
func (ch *change) nullishSkip(f *form) {
	if v, sent := f.values["skipMultilineEncoding"]; sent && v == nil {
		ch.skipUnset = true
		return
	}
	ch.skip = f.skip()
}

// reminderV4 reads the reminder. It is left alone unless there are days: nothing
// that writes a secret takes one away.
func (ch *change) reminderV4(f *form) {
	ch.readReminder(f, math.Inf(-1), math.Inf(1)) // days are not range-checked
	if note, ok := f.values["secretReminderNote"].(string); ok && units(note) > longestNote {
		f.tooLong("secretReminderNote", longestNote, "Secret reminder note cannot exceed 1024 characters")
	}
	if ch.days == nil || *ch.days <= 0 {
		ch.days, ch.daysGiven, ch.note, ch.noteGiven = nil, false, nil, false
	}
}

// createV4 is POST of a secret. The answer shows what was sent, trimmed, and not
// what is stored.
func createV4(c *call) (any, error) {
	f := newForm(c.body)
	name := trim(c.param)
	checkName(f, "secretName", name)
	at := c.rawPlace(f)
	sent := f.changeV4(new(f.rawValue()))
	sent.rest.nullishSkip(f)
	kind := f.secretType()
	sent.rest.reminderV4(f)
	if err := f.err(); err != nil {
		return nil, err
	}
	var made *row
	var bot *bot
	p, held, err := c.insertAfterCheck(at, "CreateSecret", func(t *table) ([]*row, error) {
		if err := sent.rest.fits(c.server.era); err != nil {
			return nil, err
		}
		bot, made = t.bot, sent.row(t.bot, kind, c.actor.userID(), name)
		return []*row{made}, t.storable(name, "Find one")
	})
	if held != nil || err != nil {
		return held, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	body, err := bot.raw(made.oldest, p.ID)
	if err != nil {
		return nil, err
	}
	body.Value, body.Comment, body.ValueHidden = *sent.value, *either(sent.comment, new("")), nil
	return secretAnswer[rawBody]{body}, nil
}

// updateV4 is PATCH of a secret. What is not sent is kept, although the answer
// shows an empty comment and an empty value in its place: it shows what was sent.
func updateV4(c *call) (any, error) {
	f := newForm(c.body)
	at := c.rawPlace(f)
	sent := f.changeV4(f.optionalRawValue())
	if v, ok := f.values["secretComment"].(string); ok {
		sent.comment = &v // which an update does not trim
	}
	sent.rest.skip = f.skip()
	kind := f.secretType()
	sent.rest.reminderV4(f)
	f.texts("secretReminderRecipients")
	sent.rest.newName = f.newNameV4()
	if err := f.err(); err != nil {
		return nil, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	p, t, rows, err := c.rawRows(toEdit, at, kind, "UpdateSecret")
	if err != nil {
		return nil, err
	}
	if err := rows[0].updatable(sent); err != nil {
		return nil, err
	}
	if err := p.checkTags(sent.rest.tags, at); err != nil {
		return nil, err
	}
	if sent.rest.newName != nil {
		if err := t.renamable(kind, *sent.rest.newName); err != nil {
			return nil, err
		}
	}
	if err := p.accepts(*either(sent.rest.newName, &rows[0].BlindIndex), sent.rest.newName != nil, sent.value); err != nil {
		return nil, err
	}
	if held := c.hold(p, t.folder, kind); held != nil {
		return held, nil
	}
	if err := sent.rest.fits(c.server.era); err != nil {
		return nil, err
	}
	was := rows[0].BlindIndex
	changed := sent.sealed(t.bot)
	changed.apply(rows[0])
	p.rewriteReferences(t, was, rows[0].BlindIndex)
	body, err := t.bot.raw(rows[0], p.ID)
	if err != nil {
		return nil, err
	}
	body.Value, body.Comment = *either(sent.value, new("")), *either(sent.comment, new(""))
	return secretAnswer[rawBody]{body}, nil
}

// deleteV4 is DELETE of a secret, of all rows of its name.
func deleteV4(c *call) (any, error) {
	f := newForm(c.body)
	at := c.rawPlace(f)
	kind := f.secretType()
	if err := f.err(); err != nil {
		return nil, err
	}
	c.server.mu.Lock()
	defer c.server.mu.Unlock()
	p, t, rows, err := c.rawRows(toDelete, at, kind, "DeleteSecret")
	if err != nil {
		return nil, err
	}
	if err := rows[0].deletable(); err != nil {
		return nil, err
	}
	if held := c.hold(p, t.folder, kind); held != nil {
		return held, nil
	}
	answer, err := t.bot.rawAnswer(rows[0], p.ID)
	if err == nil {
		t.removeOf(kind, rows[0])
	}
	return answer, err
}

// updatable refuses another value or name of a secret that the server itself
// manages (PROTOCOL_V4 section 1.2).
func (r *row) updatable(sent rawChange) error {
	if (sent.value == nil || *sent.value == "") && sent.rest.newName == nil {
		return nil
	}
	switch {
	case r.Rotated:
		return badRequest("Cannot update rotated secret name or value")
	case r.HoneyToken:
		return badRequest("Cannot update honey token secret name or value")
	}
	return nil
}

func (r *row) deletable() error {
	switch {
	case r.Rotated:
		return badRequest("Cannot delete rotated secrets")
	case r.HoneyToken:
		return badRequest("Cannot delete honey token secrets")
	}
	return nil
}
