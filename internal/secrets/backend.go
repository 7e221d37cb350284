package secrets

import (
	"context"
	"time"

	"github.com/infisical-e2ee/terraform-provider-infisical/internal/api"
)

// backend is where the modes differ, and the only place: how a project's
// records become secrets and back. Errors are *api.Error or *Error.
type backend interface {
	// list returns all secrets of a folder, those that do not open too, and with
	// imports the shared ones that it imports. With the etag of an earlier list
	// of the same kind it may say that nothing changed. Each row is asked of the
	// intake before it is kept.
	list(ctx context.Context, f Folder, imports bool, etag string, in *intake) (listed, error)
	// writeOne makes one write and returns the server's echo (of a delete, none).
	// An error with a row means: the server holds that row now, and it is not
	// what was asked for.
	writeOne(ctx context.Context, w write) (row, error)
	// serves refuses a project whose secrets this backend's endpoints do not
	// hold. Of nil, which could not be looked up, it may warn.
	serves(w *api.Workspace) (*Warning, error)
	// usesProjectKey tells whether the project key is what hides values.
	usesProjectKey() bool
	// creates are the parts of the details that a create carries; the others come
	// in an update. It is asked after a list.
	creates() Parts
	// isLater tells whether the server is known to be of 2025 or later.
	isLater() bool
	// carries refuses a write whose value, comment or name the server is known to
	// refuse or to alter. It asks nothing.
	carries(w write) error
	// fingerprint is "" where there is no key to make one with. In sealed mode it
	// is made with the key of that id, or for "" the one that seals.
	fingerprint(ref Ref, value Value, keyID string) string
	// fingerprintKeyID is of the key of all fingerprints; "" in sealed mode, where
	// each envelope has its own.
	fingerprintKeyID() string
	// clear overwrites the key.
	clear()
}

// batching is a backend whose server takes several writes in one request.
type batching interface {
	backend
	// writeMany makes several writes of one kind in one folder, all or none.
	// The outcomes are in the order of the writes; an error is of them all.
	writeMany(ctx context.Context, kind writeKind, f Folder, writes []write) ([]outcome, error)
}

// canBatch tells whether writes can share requests.
func canBatch(b backend) bool {
	if e, ok := b.(*e2eeBackend); ok && e.early {
		return false // it would read the batch as a secret of that name
	}
	_, ok := b.(batching)
	return ok
}

// listed is what a list brings.
type listed struct {
	rows          []row
	imports       []imported // in the order of their positions
	folderMissing bool       // or, with imports, perhaps only empty
	gone          bool       // the folder is proved not to be there
	unchanged     bool       // since the list that had this etag; nothing else is set
	etag          string
}

type writeKind int

const (
	createSecret writeKind = iota
	updateSecret
	deleteSecret
	writeKinds // how many there are
)

// write is one change to one secret, with everything that the server wants to
// have sent.
type write struct {
	kind        writeKind
	ref         Ref    // the secret as the server knows it
	id          string // which it is to be; not of a create
	name        string // what it is to be called
	content     Content
	withComment bool
	details     DetailsChange
	want        Details // what the echo must show
	replaces    uint64  // in sealed mode, the generation that is there
	sealed      bool    // the value of content is an envelope
	wasPlain    bool    // in sealed mode, the value that is there is none

	// again, where it is set, makes the write anew from the snapshot, just
	// before it is sent, or tells that there is nothing to send and why. The
	// snapshot is of since or later then.
	again func() (write, *outcome)
	since time.Time
}

// alone tells whether the write can share no request: a batch renames nothing
// and carries no reminder and no metadata (PROTOCOL section 5). Which personal
// secrets it takes is not known.
func (w write) alone(limit bodyLimit) bool {
	return w.ref.Personal || w.size() > limit.shared() || w.details.Reminder != nil ||
		w.kind == updateSecret && (w.name != w.ref.Name || w.details.Metadata != nil)
}

// outcome is what became of one write of several.
type outcome struct {
	row row
	err error
}

// row is one stored secret. Its name is known; its content is opened when it
// is asked for, so that a large folder costs no memory for what nobody reads.
type row struct {
	id      string
	name    string // the server's own spelling; "" if it does not open
	version int64
	created time.Time // zero where it is not told
	details Details
	slugs   []string // of its tags, sorted; nil where they are not told
	folder  string   // the server's id of the folder it is in; "" where it is not told
	// personal: the user's own. Lists hold both kinds.
	personal bool
	// sealedName: the name was opened, from a field in which the server can put any
	// sealed text of the project. It is sent only where a caller knows it already.
	sealedName bool
	// nameWithheld: the name opened and breaks the rules, so that it is kept nowhere.
	nameWithheld bool
	// hidden: the server has a value and does not show it. rotated: it changes
	// the value by itself. Both are of servers of later years.
	hidden, rotated bool
	open            func() (Secret, error)
	flaw            error // why the row as a whole is not to be believed
	// sealedAs tells whether the value was sealed for the secret of that name in the
	// row's folder; nil in other modes than sealed.
	sealedAs func(name string) bool
}

// key is what no two rows of a folder should have in common.
func (r row) key() string { return Ref{Name: r.name, Personal: r.personal}.key() }

// secret opens the row. With an error of one that is no flaw of the whole row
// it returns what did open.
func (r row) secret() (Secret, error) {
	if r.flaw != nil {
		return Secret{}, r.flaw
	}
	secret, err := r.open()
	secret.ID, secret.Version, secret.Details, secret.TagSlugs = r.id, r.version, r.details, r.slugs
	return secret, err
}
