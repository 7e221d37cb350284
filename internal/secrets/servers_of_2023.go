package secrets

import (
	"context"
	"fmt"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/api"
)

// hidden stands for the shared secrets that a list of a server of 2023 leaves
// out because it shows the user's, or the token creator's, personal ones in their place
// (PROTOCOL section 21): without it they would pass for deleted. They could be
// read by name; but what the list calls their names is the server's word, and a
// sealed value in the place of one would be opened and sent to it in an address.
func (b *e2eeBackend) hidden(f Folder, list []api.Secret, shown []row, contents map[string]bool) []row {
	if !b.of2023 {
		return nil
	}
	names := map[string]bool{}
	for _, r := range shown {
		names[r.name] = names[r.name] || !r.personal
	}
	var out []row
	for _, s := range list {
		if s.Type != "personal" {
			continue
		}
		r := b.row(f, s)
		if r.flaw == nil && names[r.name] {
			continue
		}
		r.id = "hidden:" + r.id // the personal one may be a row itself
		if r.flaw != nil || contents[s.Key.IV] {
			r.name, r.flaw = "", notAuthentic(fmt.Sprintf("personal secret with id %s (%s)", s.ID, f), "Its name does not open, or is a copy of a value or comment.")
			out = append(out, r)
			continue
		}
		r.flaw = &Error{
			Problem: ProblemOther, Subject: Ref{Folder: f, Name: r.name}.String(),
			Why: "Servers of 2023 hide a shared secret behind the personal override of who asks, or made the service token; whether there is one this server does not tell.",
			Do:  "Have that person delete the override, or use a credential of somebody without one.",
		}
		out = append(out, r)
	}
	return out
}

// onlyValues says what servers of 2023 do not do.
func onlyValues(ref Ref, what string) *Error {
	return &Error{
		Problem: ProblemServer, Subject: ref.String(),
		Why: "Servers of 2023 change the value of an existing secret and nothing else: no name, comment, tags, reminder, metadata. " + what,
		Do:  "Leave the others as they are. A name, comment or metadata can be had by making it anew (terraform apply -replace=…).",
	}
}

// refused are the errors of writes that a server of 2023 would carry out in
// part, in their order, with nil for the others; nil if there are none.
func (b *e2eeBackend) refused(kind writeKind, writes []write) []error {
	if !b.of2023 || kind != updateSecret {
		return nil
	}
	var out []error
	for i, w := range writes {
		if w.changesMoreThanContent() {
			if out == nil {
				out = make([]error, len(writes))
			}
			out[i] = onlyValues(w.ref, "Nothing was sent.")
		}
	}
	return out
}

// writeOthers sends those that are not refused: company does not fail for them.
func (b *e2eeBackend) writeOthers(ctx context.Context, kind writeKind, f Folder, writes []write, refused []error) ([]outcome, error) {
	outcomes := make([]outcome, len(writes))
	var others []write
	for i, w := range writes {
		if outcomes[i].err = refused[i]; refused[i] == nil {
			others = append(others, w)
		}
	}
	if len(others) == 0 {
		return outcomes, nil
	}
	sent, err := b.writeMany(ctx, kind, f, others)
	if err != nil {
		return nil, err
	}
	for i := range writes {
		if refused[i] == nil {
			outcomes[i], sent = sent[0], sent[1:]
		}
	}
	return outcomes, nil
}
