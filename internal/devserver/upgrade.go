package devserver

// UpgradeProject makes a project version 3. The encrypted rows and the blind
// index stay, so the E2EE endpoints go on answering with them: lists go stale
// and writes succeed unseen (PROTOCOL_V3 section 6). What raw calls see from then
// on is a copy of them, if the server has the project key or can take it;
// without it raw calls see nothing. A row that the key does not open makes the
// upgrade fail. An unknown id, and a project of version 3, are left alone.
func (s *Server) UpgradeProject(id string) {
	s.editProject(id, func(p *project) {
		if p.Version >= 3 {
			return
		}
		key := p.bot
		if key == nil && p.known != nil {
			key = &bot{p.known, true}
		}
		if key != nil && !p.copyRows(key) {
			p.UpgradeStatus = "FAILED"
			return
		}
		p.Version, p.UpgradeStatus = 3, ""
	})
}

// copyRows fills the tables of version 3; false if some row is under another
// key, and nothing is copied.
func (p *project) copyRows(key *bot) bool {
	copies := map[*row]*row{}
	for _, f := range p.folders() {
		for _, r := range f.e2ee {
			c, ok := r.resealed(key, p.kms)
			if !ok {
				return false
			}
			copies[r] = c
		}
	}
	for r, c := range copies {
		(&table{r.folder, r.folder.v3, true, p.kms}).insert(c)
	}
	return true
}

// resealed is a copy of the row under another key.
func (r *row) resealed(from, to *bot) (*row, bool) {
	c := &row{Record: r.clone()}
	for _, field := range []*Field{&c.Key, &c.Value, &c.Comment} {
		text, err := from.open(*field)
		if err != nil {
			return nil, false
		}
		*field = to.seal(text)
	}
	// The name it is found by is the one it shows from now on.
	c.BlindIndex, _ = to.open(c.Key)
	return c, true
}
