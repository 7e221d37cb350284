package secrets

import (
	"strings"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/api"
)

var allParts = Parts{Tags: true, Reminder: true, Metadata: true, SkipMultilineEncoding: true}

// creates are the parts that a create carries. At /api/v4 it carries all of them;
// at the older raw endpoints they come in an update, once the answer has told
// whether this server has them.
func (b *esBackend) creates() Parts {
	if b.spoken.known() == api.RawV4 {
		return allParts
	}
	return Parts{}
}

func (b *esBackend) isLater() bool { return b.spoken.isLater() }

// prepared refuses what the raw endpoints are known not to carry.
func (b *esBackend) prepared(w write) (write, error) {
	if w.kind == deleteSecret {
		return w, nil
	}
	if err := b.carries(w); err != nil {
		return w, err
	}
	if w.kind == createSecret && !b.creates().Tags {
		w.details, w.want = DetailsChange{}, Details{}
	}
	return w, nil
}

func rawChange(w write) api.RawChange {
	change := api.RawChange{
		Value: w.content.Value.Reveal(), TagIDs: w.details.TagIDs, Metadata: w.details.Metadata,
		Reminder: w.details.Reminder, SkipMultilineEncoding: w.details.SkipMultilineEncoding,
	}
	if w.withComment {
		comment := w.content.Comment.Reveal()
		change.Comment = &comment
	}
	if w.name != w.ref.Name {
		change.NewName = &w.name
	}
	return change
}

// carriesDetails refuses details that the server would alter or not take away.
func (b *esBackend) carriesDetails(w write) error {
	refuse := func(why, do string) error {
		return &Error{Problem: ProblemOther, Subject: w.ref.named(w.name).String(), Why: why, Do: do}
	}
	lacking, details := b.spoken.lacks(), w.details.setting()
	if w.kind == updateSecret {
		lacking, details = w.want.Untold, w.details
	}
	if parts := details.within(lacking); len(parts) > 0 {
		return uncarried(w.ref, parts, "They were not written.")
	}
	if w.details.Metadata != nil {
		for key, value := range *w.details.Metadata {
			switch {
			case key == "":
				return refuse("A key of its metadata is empty, which the server refuses. Nothing is sent.", "Give each entry of metadata a key.")
			case HasOuterSpace(key), HasOuterSpace(value):
				return refuse("Its metadata has white space at the beginning or end of a key or value, and the server would cut it off. Nothing is sent.",
					"Remove the white space, for example with trimspace().")
			}
		}
	}
	// Servers that keep metadata keep reminders apart, and take them away for users
	// of the web application only (their source).
	later := b.spoken.known() == api.RawV4 || w.kind == updateSecret && !w.want.Untold.Metadata
	if later && w.kind == updateSecret && w.details.Reminder != nil && *w.details.Reminder == (Reminder{}) {
		return refuse("This server removes reminders for users of its web application only, and keeps this one whatever is sent. Nothing is sent.",
			"Delete the reminder in Infisical's web application, then plan again; or keep secret_reminder.")
	}
	return nil
}

// uncarried: attributes that this server's raw endpoints do not know.
func uncarried(ref Ref, parts []string, done string) *Error {
	return &Error{
		Problem: ProblemServer, Subject: ref.String(),
		Why: "Over its raw endpoints this server neither takes nor tells " + strings.Join(parts, ", ") + ". " + done,
		Do:  "Leave these attributes as they were, or out, and change them in Infisical's web application or in E2EE mode.",
	}
}

// within are the attributes of a change that are of these parts.
func (c DetailsChange) within(p Parts) (attributes []string) {
	for _, one := range []struct {
		in   bool
		name string
	}{
		{p.Tags && c.TagIDs != nil, "tag_ids"},
		{p.Reminder && c.Reminder != nil, "secret_reminder"},
		{p.Metadata && c.Metadata != nil, "metadata"},
		{p.SkipMultilineEncoding && c.SkipMultilineEncoding != nil, "skip_multiline_encoding"},
	} {
		if one.in {
			attributes = append(attributes, one.name)
		}
	}
	return attributes
}

func rawDetails(s api.RawSecret) Details {
	d := detailsOf(api.Secret{TagIDs: s.TagIDs, Reminder: s.Reminder, Metadata: s.Metadata, SkipMultilineEncoding: s.SkipMultilineEncoding})
	d.Untold = untold(s)
	return d
}

// untold: raw endpoints tell metadata since 2025 (PROTOCOL_V4), and those of May
// 2024 tell nothing but value and comment (section 9).
func untold(s api.RawSecret) Parts {
	return Parts{Tags: s.TagSlugs == nil, Reminder: !s.Told, Metadata: s.Metadata == nil, SkipMultilineEncoding: !s.Told}
}
