package devserver

import (
	"math"
	"strings"
)

// rawPlace is the place of a raw call that changes something.
func (c *call) rawPlace(f *form) place {
	return place{workspace: f.text(c.projectField()), environment: f.text("environment"), path: f.folderPath("secretPath"), raw: true}
}

// rawQuery is the place of a raw read. Since October 2024 validation asks for
// none of its fields; the handler does.
func (c *call) rawQuery(f *form) place {
	if !c.server.era.sinceOctober() {
		return c.rawPlace(f)
	}
	return place{
		workspace: *either(f.optionalText(c.projectField()), new("")), slug: *either(f.optionalText("workspaceSlug"), new("")),
		environment: *either(f.optionalText("environment"), new("")), path: f.folderPath("secretPath"), raw: true,
	}
}

// rawBatchPlace takes the project's slug for its id.
func (c *call) rawBatchPlace(f *form) place {
	if c.v4 {
		return c.rawPlace(f)
	}
	return place{
		workspace: *either(f.optionalText("workspaceId"), new("")), slug: *either(f.optionalText("projectSlug"), new("")),
		environment: f.text("environment"), path: f.folderPath("secretPath"), raw: true,
	}
}

// rawValue is a required text, trimmed, but for one line feed at its end
// (PROTOCOL_V3 section 4).
func (f *form) rawValue() string {
	v, _ := f.value("secretValue", "string", false, false)
	s, _ := v.(string)
	if strings.HasSuffix(s, "\n") {
		return trim(s) + "\n"
	}
	return trim(s)
}

// rawChange is what a raw call sets, before it is sealed.
type rawChange struct {
	value   *string // nil keeps what is there, which came in 2026
	comment *string
	rest    change // what is not sealed
}

// rawChange reads a create or an update. One of May 2024 takes value and comment
// when it creates and the value alone when it updates: a comment or a new name
// that is sent is ignored (recorded: "raw update comment").
func (c *call) rawChange(f *form, create bool) rawChange {
	out := rawChange{value: new(f.rawValue())}
	october := c.server.era.sinceOctober()
	if create || october {
		out.comment = f.optionalText("secretComment")
	}
	if !october {
		return out
	}
	out.rest.skip, out.rest.tags = f.skip(), f.texts("tagIds")
	out.rest.readReminder(f, math.Inf(-1), math.Inf(1)) // days are not range-checked
	if !create {
		out.rest.newName = f.newSecretName()
	}
	return out
}

// newSecretName is not trimmed, although names are everywhere else.
func (f *form) newSecretName() *string {
	v, ok := f.value("newSecretName", "string", true, false)
	if !ok {
		return nil
	}
	s := v.(string)
	if s == "" {
		f.tooShort("newSecretName")
	}
	return &s
}

// sealed is the change for the table's rows.
func (ch rawChange) sealed(b *bot) change {
	out := ch.rest
	if ch.value != nil {
		out.value = b.seal(*ch.value)
	}
	if ch.comment != nil {
		out.comment = b.seal(*ch.comment)
	}
	if out.newName != nil {
		out.key = b.seal(*out.newName)
	}
	return out
}

// row is a new secret. A comment that is not sent is an empty one.
func (ch rawChange) row(b *bot, kind, userID, name string) *row {
	r := &row{Record: Record{Type: kind, BlindIndex: name, Key: b.seal(name), Comment: b.seal("")}}
	if kind == "personal" {
		r.UserID = &userID
	}
	set := ch.sealed(b)
	set.apply(r) // which makes it version 1
	return r
}

// rawName is the name in the URL, which calls of May 2024 that change or delete
// do not trim.
func (c *call) rawName() string {
	if c.server.era.sinceOctober() {
		return trim(c.param)
	}
	return c.param
}
