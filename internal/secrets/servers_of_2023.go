package secrets

import "context"

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
