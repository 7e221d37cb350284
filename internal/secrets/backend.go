package secrets

import "context"

// backend is where the modes differ, and the only place: how a project's
// records become secrets and back. Errors are *api.Error or *Error.
type backend interface {
	// list returns all shared secrets of a folder, those that do not open too.
	list(ctx context.Context, f Folder) (rows []row, folderMissing bool, err error)
	// create stores a new secret and returns the server's echo.
	create(ctx context.Context, ref Ref, content Content) (row, error)
	// update brings the secret to newName and content. The comment is sent
	// only if withComment.
	update(ctx context.Context, ref Ref, newName string, content Content, withComment bool) (row, error)
	// remove deletes all rows of that name.
	remove(ctx context.Context, ref Ref) error
}

// row is one stored secret. Its name is known; its content is opened when it
// is asked for, so that a large folder costs no memory for what nobody reads.
type row struct {
	id      string
	name    string // the server's own spelling; "" if it does not open
	version int64
	open    func() (Content, error)
	flaw    error // why the row as a whole is not to be believed
}

// secret opens the row as a secret of the folder.
func (r row) secret(f Folder) (Secret, error) {
	ref := Ref{Folder: f, Name: r.name}
	if r.flaw != nil {
		return Secret{}, r.flaw
	}
	content, err := r.open()
	if err != nil {
		return Secret{}, err
	}
	return Secret{Ref: ref, Content: content, ID: r.id, Version: r.version}, nil
}
