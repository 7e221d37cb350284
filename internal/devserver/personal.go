package devserver

// Personal secrets are a user's own values of shared ones (PROTOCOL sections 3,
// 4 and 11; what is refused and how, the server's source).

var (
	errPersonal = badRequest("Must be user to create personal secret")
	errNoShared = badRequest("Failed to create personal secret override for no corresponding shared secret")
	errRename   = badRequest("Personal secret cannot change the key name")
)

// ofType are the rows of a name: the shared ones, or the user's personal one.
func (f *folder) ofType(kind, userID, name string) []*row {
	if kind != "personal" {
		return f.shared(name)
	}
	if own := f.overrides(userID)[name]; own != nil {
		return []*row{own}
	}
	return nil
}

// overrides are a user's personal secrets, by name.
func (f *folder) overrides(userID string) map[string]*row {
	out := map[string]*row{}
	for _, r := range f.rows {
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
func (c *call) free(f *folder, r *row) error {
	personal, err := c.personal(r.Type)
	if err != nil {
		return err
	}
	if len(f.ofType(r.Type, c.actor.userID(), r.BlindIndex)) > 0 {
		return errExists
	}
	if personal && len(f.shared(r.BlindIndex)) == 0 {
		return errNoShared
	}
	return nil
}

// shownOverrides are the personal secrets of a folder that a list shows, and
// whether they hide the shared ones. Users see theirs beside the shared ones. In
// 2023 they stand in their place, and a service token sees those of its creator
// (PROTOCOL section 21).
func (c *call) shownOverrides(f *folder) (own map[string]*row, hide bool) {
	if c.server.era == Era2023 && c.actor.token != nil {
		return f.overrides(c.server.owner.id), true
	}
	return f.overrides(c.actor.userID()), c.server.era == Era2023
}
