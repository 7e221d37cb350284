package devserver

import "slices"

// Personal secrets are a user's own values of shared ones (PROTOCOL sections 3,
// 4 and 11; what is refused and how, the server's source).

var (
	errPersonal = badRequest("Must be user to create personal secret")
	errNoShared = badRequest("Failed to create personal secret override for no corresponding shared secret")
	errRename   = badRequest("Personal secret cannot change the key name")
)

// ofType are the rows of a name: the shared ones, or the user's personal one.
func (t *table) ofType(kind, userID, name string) []*row {
	if kind != "personal" {
		return t.shared(name)
	}
	if own := t.overrides(userID)[name]; own != nil {
		return []*row{own}
	}
	return nil
}

// overrides are a user's personal secrets, by name.
func (t *table) overrides(userID string) map[string]*row {
	out := map[string]*row{}
	for _, r := range t.rows {
		if r.Type == "personal" && r.UserID != nil && *r.UserID == userID {
			out[r.BlindIndex] = r
		}
	}
	return out
}

// personal says whether a call asks for a personal secret, which no token has.
func (c *call) personal(kind string) (bool, error) {
	if kind != "personal" {
		return false, nil
	}
	if c.actor.user == nil {
		return false, errPersonal
	}
	return true, nil
}

// free says whether a row may be inserted.
func (c *call) free(t *table, r *row) error {
	personal, err := c.personal(r.Type)
	if err != nil {
		return err
	}
	if len(t.ofType(r.Type, c.actor.userID(), r.BlindIndex)) > 0 {
		return errExists
	}
	if personal && len(t.shared(r.BlindIndex)) == 0 {
		return errNoShared
	}
	return nil
}

// visible are the rows a list shows: shared ones, and a user's personal secrets
// beside them.
func (c *call) visible(t *table) []*row {
	own := t.overrides(c.actor.userID())
	return slices.DeleteFunc(t.sorted(), func(r *row) bool { return r.Type != "shared" && own[r.BlindIndex] != r })
}
