package secrets

import "context"

// backend is where the modes differ, and the only place: how a project's
// records become secrets and back. Errors are *api.Error or *Error.
type backend interface {
	// list returns all shared secrets of a folder, those that do not open too.
	list(ctx context.Context, f Folder) (rows []row, folderMissing bool, err error)
	// create stores a new secret and returns the server's echo. Tags and
	// reminders it cannot carry.
	create(ctx context.Context, ref Ref, content Content, details DetailsChange) (row, error)
	// update changes the secret of that name and returns the server's echo.
	update(ctx context.Context, ref Ref, u update) (row, error)
	// remove deletes all rows of that name.
	remove(ctx context.Context, ref Ref) error
	// fingerprint is "" where there is no key to make one with.
	fingerprint(ref Ref, value Value) string
}

// update is one request: the whole content, and of the rest what changes.
type update struct {
	name        string
	content     Content
	withComment bool
	details     DetailsChange
	want        Details // what the echo must show
}

// row is one stored secret. Its name is known; its content is opened when it
// is asked for, so that a large folder costs no memory for what nobody reads.
type row struct {
	id      string
	name    string // the server's own spelling; "" if it does not open
	version int64
	details Details
	open    func() (Secret, error)
	flaw    error // why the row as a whole is not to be believed
}

// secret opens the row.
func (r row) secret() (Secret, error) {
	if r.flaw != nil {
		return Secret{}, r.flaw
	}
	secret, err := r.open()
	if err != nil {
		return Secret{}, err
	}
	secret.ID, secret.Version, secret.Details = r.id, r.version, r.details
	return secret, nil
}
